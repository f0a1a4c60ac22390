use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Units of rows, and a panel, of `n_rows` rows of `n_units` units.
fn random(kind: Kind, n_rows: usize, n_units: usize) -> (Vec<u32>, Vec<Line>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut unit = || {
        let value: f32 = rng.random_range(-1.0..1.0);
        match kind {
            Kind::F32 => value.to_bits(),
            Kind::Bf16 => value.to_bits() & 0xffff_0000 | value.to_bits() >> 16 & 0xbfff,
            Kind::Int8 => value.to_bits(),
        }
    };
    let units = (0..n_rows * n_units).map(|_| unit()).collect();
    let panel = (0..n_units * LINES).map(|_| Line(std::array::from_fn(|_| unit()))).collect();
    (units, panel)
}

/// Sums that were found in two ways are the same.
fn check(kind: Kind, [here, anywhere]: &[Vec<Sums>; 2]) {
    if kind == Kind::Int8 {
        return assert_eq!(here, anywhere);
    }
    let pairs = here.iter().flatten().zip(anywhere.iter().flatten());
    for (here, anywhere) in pairs.map(|(a, b)| (f32::from_bits(*a), f32::from_bits(*b))) {
        assert!((here - anywhere).abs() < 1e-5 * here.abs().max(1.0), "{kind:?}: {here}, {anywhere}");
    }
}

#[test]
fn all_processors_find_the_same() {
    for n_rows in [0, 1, 2, 3, 4, 5, 6, 11, 12, 13, 25] {
        for kind in [Kind::F32, Kind::Bf16, Kind::Int8] {
            let (units, panel) = random(kind, n_rows, 7);
            let rows = Rows::new(&units, n_rows, 7, 7);
            let mut found = [vec![[0; WIDTH]; n_rows], vec![[0; WIDTH]; n_rows]];
            multiply(kind, rows, &panel, &mut found[0]);
            portable(kind, rows, &panel, &mut found[1]);
            check(kind, &found);
        }
    }
}

/// The loops for AVX2, which processors with more do not come to by themselves.
#[cfg(target_arch = "x86_64")]
#[test]
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn avx2_finds_the_same() {
    if !Instructions::of_this_processor().avx2 {
        eprintln!("skipped: this processor has no AVX2");
        return;
    }
    for n_rows in [1, 2, 3, 6, 7, 13] {
        for kind in [Kind::F32, Kind::Bf16, Kind::Int8] {
            let (units, panel) = random(kind, n_rows, 7);
            let rows = Rows::new(&units, n_rows, 7, 7);
            let mut found = [vec![[0; WIDTH]; n_rows], vec![[0; WIDTH]; n_rows]];
            // SAFETY: the processor has the instructions.
            unsafe { x86::avx2(kind, rows, &panel, &mut found[0]) };
            portable(kind, rows, &panel, &mut found[1]);
            check(kind, &found);
        }
    }
    // The largest products: two of them would not fit 16 bits.
    let panel = [Line([0x8080_8080; LINE]), Line([0x7f7f_7f7f; LINE])];
    let mut found = [[0; WIDTH]];
    // SAFETY: the processor has the instructions.
    unsafe { x86::avx2(Kind::Int8, Rows::new(&[0xffff_ffff], 1, 1, 1), &panel, &mut found) };
    assert_eq!(found[0][0].cast_signed(), -4 * 255 * 128);
    assert_eq!(found[0][LINE].cast_signed(), 4 * 255 * 127);
}
