//! The forward pass on the processor: token numbers in, a row of features a token out.
//!
//! Texts lie one after the other without padding. A token's row depends on its own text only, bit for bit, whatever
//! else is in the batch. What the products and the attention are made of is in [`tile`].

mod attention;
mod embedding;
mod instructions;
mod linear;
mod math;
mod network;
mod norm;
mod packed;
mod product;
mod tile;
mod units;

#[cfg_attr(
    not(feature = "candle"),
    allow(unused_imports, reason = "candle's networks embed with it, too")
)]
pub(crate) use embedding::Embedding;
pub(crate) use network::Network;
pub use product::Product;

/// Numbers that a transformer's products are computed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floating point.
    #[default]
    F32,
    /// 16-bit floating point with the range of `f32` (bfloat16), summed in `f32`.
    Bf16,
    /// Weights and activations of 8 bits with a scale a row, summed exactly.
    Int8,
}

impl Precision {
    /// Every precision.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];

    /// The name, as the command line writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }

    /// The precision of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name)
    }

    /// Whether this processor is as fast with it as with `f32`, or faster; where it is not, the results are the same but for rounding. Bytes are
    /// faster by AVX512-VNNI, and by AVX2 where `f32` has no more than that either.
    pub fn is_fast(self) -> bool {
        let instructions = instructions::Instructions::of_this_processor();
        match self {
            Self::F32 => true,
            Self::Bf16 => instructions.avx512_bf16,
            Self::Int8 => instructions.avx512_vnni || (instructions.avx2 && !instructions.avx512),
        }
    }
}
