use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// The sums as this processor makes them and as any can, of `n_rows` rows of `n_units` units.
fn both(kind: Kind, n_rows: usize, n_units: usize) -> [Vec<Sums>; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut unit = || {
        let value: f32 = rng.random_range(-1.0..1.0);
        match kind {
            Kind::F32 => value.to_bits(),
            Kind::Bf16 => value.to_bits() & 0xffff_0000 | value.to_bits() >> 16 & 0xbfff,
            Kind::Int8 => value.to_bits(),
        }
    };
    let units: Vec<u32> = (0..n_rows * n_units).map(|_| unit()).collect();
    let panel: Vec<Line> = (0..n_units * LINES).map(|_| Line(std::array::from_fn(|_| unit()))).collect();
    let rows = Rows::new(&units, n_rows, n_units, n_units);
    let mut found = [vec![[0; WIDTH]; n_rows], vec![[0; WIDTH]; n_rows]];
    multiply(kind, rows, &panel, &mut found[0]);
    portable(kind, rows, &panel, &mut found[1]);
    found
}

#[test]
fn all_processors_find_the_same() {
    for n_rows in [0, 1, 2, 3, 4, 5, 6, 11, 12, 13, 25] {
        let [here, anywhere] = both(Kind::Int8, n_rows, 7);
        assert_eq!(here, anywhere);
        for kind in [Kind::F32, Kind::Bf16] {
            let [here, anywhere] = both(kind, n_rows, 7);
            let pairs = here.iter().flatten().zip(anywhere.iter().flatten());
            for (here, anywhere) in pairs.map(|(a, b)| (f32::from_bits(*a), f32::from_bits(*b))) {
                assert!((here - anywhere).abs() < 1e-5 * here.abs().max(1.0), "{kind:?}: {here}, {anywhere}");
            }
        }
    }
}
