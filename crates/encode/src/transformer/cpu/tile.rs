//! The inner loop of every product here: a few rows by 32 columns.
//!
//! Rows and columns consist of *units* of 32 bits: one `f32`, two `bf16`, or four bytes (unsigned in rows, signed in
//! columns). A step multiplies a unit of every row by a unit of every column, adds the products up in the unit, and adds
//! that to the sums, which are `f32`, or `i32` for bytes. All kinds of numbers therefore share one loop.

#![expect(
    unsafe_code,
    reason = "vector instructions that have no safe form, and loops without checks of bounds"
)]

#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::instructions::Instructions;

/// Columns of a panel.
pub(crate) const WIDTH: usize = 32;
/// Columns of a line, which is as long as a line of the cache.
pub(crate) const LINE: usize = 16;
/// Lines of a panel a unit.
pub(crate) const LINES: usize = WIDTH / LINE;

/// A unit of 16 columns.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u32; LINE]);

/// The sums of one row by the columns of a panel: the bits of `f32`, or of `i32` for bytes.
pub(crate) type Sums = [u32; WIDTH];

/// What a unit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One `f32`.
    F32,
    /// Two `bf16`, the first one in the lower half.
    Bf16,
    /// Four bytes, the first one in the lowest.
    Int8,
}

impl Kind {
    /// Values in a unit.
    pub(crate) fn values(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::Bf16 => 2,
            Self::Int8 => 4,
        }
    }
}

/// Rows of units.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    units: &'a [u32],
    n_rows: usize,
    n_units: usize,
    stride: usize,
}

impl<'a> Rows<'a> {
    /// `n_rows` rows of `n_units` each, `stride` units from one to the next.
    ///
    /// # Panics
    /// If there are fewer units than that.
    pub(crate) fn new(units: &'a [u32], n_rows: usize, n_units: usize, stride: usize) -> Self {
        assert!(n_rows == 0 || (n_rows - 1) * stride + n_units <= units.len(), "too few units");
        Self { units, n_rows, n_units, stride }
    }

    pub(crate) fn len(&self) -> usize {
        self.n_rows
    }
}

/// The sums of every row by every column of the panel.
///
/// # Panics
/// If the panel is not as long as the rows, or there are not as many sums as rows.
pub(crate) fn multiply(kind: Kind, rows: Rows<'_>, panel: &[Line], sums: &mut [Sums]) {
    assert_eq!(panel.len(), rows.n_units * LINES, "rows and columns of different lengths");
    assert_eq!(sums.len(), rows.n_rows, "sums for another number of rows");
    let instructions = Instructions::of_this_processor();
    match kind {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions.
        Kind::F32 if instructions.avx512 => unsafe { x86::f32_avx512(rows, panel, sums) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions.
        Kind::Bf16 if instructions.avx512_bf16 => unsafe { x86::bf16_avx512(rows, panel, sums) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions.
        Kind::Int8 if instructions.avx512_vnni => unsafe { x86::int8_avx512(rows, panel, sums) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions.
        _ if instructions.avx2 => unsafe { x86::avx2(kind, rows, panel, sums) },
        _ => portable(kind, rows, panel, sums),
    }
}

/// A vector of 32-bit numbers.
trait Lanes {
    /// Vectors a line.
    const PER_LINE: usize;
    /// Rows of a tile, so that its sums fit the registers.
    const HEIGHT: usize;
    type Vector: Copy;
    fn zero() -> Self::Vector;
    /// The vector of this number in a line.
    fn load(line: &Line, number: usize) -> Self::Vector;
    fn store(vector: Self::Vector, line: &mut [u32]);
    fn splat(unit: u32) -> Self::Vector;
    fn step(sums: Self::Vector, row: Self::Vector, columns: Self::Vector) -> Self::Vector;
}

/// `VECTORS` at a time, so that their sums of `L::HEIGHT` rows fit the registers. There are as many sums as rows.
#[inline(always)]
fn all_rows<L: Lanes, const VECTORS: usize>(rows: Rows<'_>, panel: &[Line], sums: &mut [Sums]) {
    const { assert!((LINES * L::PER_LINE).is_multiple_of(VECTORS), "no vectors of columns are left over") };
    for first in (0..LINES * L::PER_LINE).step_by(VECTORS) {
        let mut row = 0;
        while row < sums.len() {
            let found = &mut sums[row..];
            row += match found.len().min(L::HEIGHT) {
                12.. => tile::<L, VECTORS, 12>(rows, row, panel, first, found),
                6.. => tile::<L, VECTORS, 6>(rows, row, panel, first, found),
                3.. => tile::<L, VECTORS, 3>(rows, row, panel, first, found),
                2 => tile::<L, VECTORS, 2>(rows, row, panel, first, found),
                _ => tile::<L, VECTORS, 1>(rows, row, panel, first, found),
            };
        }
    }
}

/// The rows from `row` on, as many as the tile is high, by the vectors of columns from `first` on; and how many rows that is.
#[inline(always)]
fn tile<L: Lanes, const VECTORS: usize, const HEIGHT: usize>(
    rows: Rows<'_>,
    row: usize,
    panel: &[Line],
    first: usize,
    found: &mut [Sums],
) -> usize {
    let mut sums = [[L::zero(); VECTORS]; HEIGHT];
    for unit in 0..rows.n_units {
        let columns: [L::Vector; VECTORS] = std::array::from_fn(|vector| {
            let vector = first + vector;
            // SAFETY: the panel has LINES lines a unit, by the check in `multiply`, and `vector` is below LINES * PER_LINE, as `VECTORS`
            // divides that and `first`.
            let line = unsafe { panel.get_unchecked(unit * LINES + vector / L::PER_LINE) };
            L::load(line, vector % L::PER_LINE)
        });
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `row + HEIGHT <= n_rows`, which is the number of sums, and `Rows::new` has checked that all rows lie within the units.
            let value = unsafe { *rows.units.get_unchecked((row + i) * rows.stride + unit) };
            let row = L::splat(value);
            for (sum, columns) in sums.iter_mut().zip(columns) {
                *sum = L::step(*sum, row, columns);
            }
        }
    }
    for (sums, found) in sums.into_iter().zip(found) {
        let parts = found.chunks_exact_mut(LINE / L::PER_LINE).skip(first);
        sums.into_iter().zip(parts).for_each(|(vector, part)| L::store(vector, part));
    }
    HEIGHT
}

/// Arrays that the compiler turns into whatever vectors there are.
struct Portable<const KIND: usize, const FUSED: bool>;

const F32: usize = 0;
const BF16: usize = 1;
const INT8: usize = 2;

impl<const KIND: usize, const FUSED: bool> Lanes for Portable<KIND, FUSED> {
    const PER_LINE: usize = 2;
    // Of AVX2's 16 registers six rows of two vectors take twelve for sums. Pairs are taken apart in registers of their own, and with SSE a
    // vector is two registers.
    const HEIGHT: usize = if FUSED && KIND == F32 { 6 } else { 3 };
    type Vector = [u32; 8];

    #[inline(always)]
    fn zero() -> [u32; 8] {
        [0; 8]
    }

    #[inline(always)]
    fn load(line: &Line, number: usize) -> [u32; 8] {
        std::array::from_fn(|lane| line.0[number * 8 + lane])
    }

    #[inline(always)]
    fn store(vector: [u32; 8], line: &mut [u32]) {
        line.copy_from_slice(&vector);
    }

    #[inline(always)]
    fn splat(unit: u32) -> [u32; 8] {
        [unit; 8]
    }

    #[inline(always)]
    fn step(sums: [u32; 8], row: [u32; 8], columns: [u32; 8]) -> [u32; 8] {
        // One rounding where the processor has an instruction for it; elsewhere that would be a call.
        let add = |sum: f32, a: f32, b: f32| if FUSED { a.mul_add(b, sum) } else { a * b + sum };
        std::array::from_fn(|lane| {
            let (sum, a, b) = (sums[lane], row[lane], columns[lane]);
            match KIND {
                F32 => add(f32::from_bits(sum), f32::from_bits(a), f32::from_bits(b)).to_bits(),
                BF16 => {
                    let [low, high] = [(a << 16, b << 16), (a & 0xffff_0000, b & 0xffff_0000)]
                        .map(|(a, b)| [a, b].map(f32::from_bits));
                    add(add(f32::from_bits(sum), low[0], low[1]), high[0], high[1]).to_bits()
                }
                _ => {
                    let (a, b) = (a.to_le_bytes(), b.to_le_bytes().map(u8::cast_signed));
                    let products = std::array::from_fn::<i32, 4, _>(|i| i32::from(a[i]) * i32::from(b[i]));
                    sum.wrapping_add(products.iter().sum::<i32>().cast_unsigned())
                }
            }
        })
    }
}

fn portable(kind: Kind, rows: Rows<'_>, panel: &[Line], sums: &mut [Sums]) {
    match kind {
        Kind::F32 => all_rows::<Portable<F32, false>, 2>(rows, panel, sums),
        Kind::Bf16 => all_rows::<Portable<BF16, false>, 2>(rows, panel, sums),
        Kind::Int8 => all_rows::<Portable<INT8, false>, 2>(rows, panel, sums),
    }
}
