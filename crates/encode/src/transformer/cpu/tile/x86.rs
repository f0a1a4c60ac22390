//! The loop by the vector instructions of x86-64 that have no safe form.

use std::arch::x86_64::*;

use super::{BF16, F32, Kind, LINES, Lanes, Line, Portable, Rows, Sums, all_rows};

/// The loops of `all_rows` compiled for a processor with some instructions.
macro_rules! compiled {
    ($name:ident, $features:literal, $lanes:ty) => {
        /// # Safety
        /// The processor must have the instructions.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(rows: Rows<'_>, panel: &[Line], sums: &mut [Sums]) {
            all_rows::<$lanes, LINES>(rows, panel, sums);
        }
    };
}

compiled!(f32_avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", Avx512F32);
compiled!(bf16_avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma", Avx512Bf16);
compiled!(int8_avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma", Avx512Int8);

/// # Safety
/// The processor must have the instructions.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2(kind: Kind, rows: Rows<'_>, panel: &[Line], sums: &mut [Sums]) {
    match kind {
        Kind::F32 => all_rows::<Portable<F32, true>, 2>(rows, panel, sums),
        Kind::Bf16 => all_rows::<Portable<BF16, true>, 2>(rows, panel, sums),
        Kind::Int8 => all_rows::<Avx2Int8, 2>(rows, panel, sums),
    }
}

/// A vector of 256 bits of bytes. The instruction that multiplies bytes would saturate: they become 16 bits, the even ones and the odd ones.
struct Avx2Int8;

impl Lanes for Avx2Int8 {
    const PER_LINE: usize = 2;
    // Six registers for sums, six for the halves of columns and row, and the rest for products.
    const HEIGHT: usize = 3;
    type Vector = __m256i;

    #[inline(always)]
    fn zero() -> __m256i {
        // SAFETY: `avx2` calls this on processors that have the instructions, only.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    fn load(line: &Line, number: usize) -> __m256i {
        let half: &[u32] = &line.0[number * 8..][..8];
        // SAFETY: the same, and there are 32 bytes.
        unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(vector: __m256i, line: &mut [u32]) {
        assert_eq!(line.len(), 8);
        // SAFETY: the same, and there is room for 32 bytes.
        unsafe { _mm256_storeu_si256(line.as_mut_ptr().cast(), vector) }
    }

    #[inline(always)]
    fn splat(unit: u32) -> __m256i {
        // SAFETY: as in `zero`.
        unsafe { _mm256_set1_epi32(unit.cast_signed()) }
    }

    #[inline(always)]
    fn step(sums: __m256i, row: __m256i, columns: __m256i) -> __m256i {
        // SAFETY: as in `zero`.
        unsafe {
            let even_of_row = _mm256_and_si256(row, _mm256_set1_epi16(0xff));
            let even_of_columns = _mm256_srai_epi16(_mm256_slli_epi16(columns, 8), 8);
            let even = _mm256_madd_epi16(even_of_row, even_of_columns);
            let odd = _mm256_madd_epi16(_mm256_srli_epi16(row, 8), _mm256_srai_epi16(columns, 8));
            _mm256_add_epi32(sums, _mm256_add_epi32(even, odd))
        }
    }
}

/// A vector of 512 bits, whose `step` is the only thing that depends on the kind.
macro_rules! avx512 {
    ($name:ident, |$sums:ident, $row:ident, $columns:ident| $step:expr) => {
        struct $name;

        impl Lanes for $name {
            const PER_LINE: usize = 1;
            const HEIGHT: usize = 12;
            type Vector = __m512i;

            #[inline(always)]
            fn zero() -> __m512i {
                // SAFETY: `compiled` calls this on processors that have the instructions, only.
                unsafe { _mm512_setzero_si512() }
            }

            #[inline(always)]
            fn load(line: &Line, _: usize) -> __m512i {
                // SAFETY: the same, and a line is 64 bytes at an address that 64 divides.
                unsafe { _mm512_load_si512(line.0.as_ptr().cast()) }
            }

            #[inline(always)]
            fn store(vector: __m512i, line: &mut [u32]) {
                assert_eq!(line.len(), super::LINE);
                // SAFETY: the same, and there is room for 64 bytes.
                unsafe { _mm512_storeu_si512(line.as_mut_ptr().cast(), vector) }
            }

            #[inline(always)]
            fn splat(unit: u32) -> __m512i {
                // SAFETY: as in `zero`.
                unsafe { _mm512_set1_epi32(unit.cast_signed()) }
            }

            #[inline(always)]
            fn step($sums: __m512i, $row: __m512i, $columns: __m512i) -> __m512i {
                // SAFETY: as in `zero`.
                unsafe { $step }
            }
        }
    };
}

avx512!(Avx512F32, |sums, row, columns| {
    let [sums, row, columns] = [sums, row, columns].map(|vector| _mm512_castsi512_ps(vector));
    _mm512_castps_si512(_mm512_fmadd_ps(row, columns, sums))
});
avx512!(Avx512Bf16, |sums, row, columns| {
    let [row, columns] = [row, columns].map(|vector| std::mem::transmute::<__m512i, __m512bh>(vector));
    _mm512_castps_si512(_mm512_dpbf16_ps(_mm512_castsi512_ps(sums), row, columns))
});
avx512!(Avx512Int8, |sums, row, columns| _mm512_dpbusd_epi32(sums, row, columns));
