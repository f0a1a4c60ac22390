//! Features of texts and their classes in, what is to become smaller in training out.

use candle_core::{D, Result, Tensor};

use super::place::Place;

/// What is added to the square of a length, so that it can be divided by.
const TINY: f64 = 1e-24;

/// How far the cosines of all pairs of a batch are from what they should be, 1 within a class and 0 between two: half the mean square
/// within the classes and half of that between them (after the pairs of Tunstall et al. 2022; there, pairs are drawn). `features` are
/// *n × d*.
pub(super) fn pair_loss(features: &Tensor, classes: &[usize], place: &Place) -> Result<Tensor> {
    let length = (features.sqr()?.sum_keepdim(D::Minus1)? + TINY)?.sqrt()?;
    let unit = features.broadcast_div(&length)?;
    let cosines = unit.matmul(&unit.t()?)?;
    let n = classes.len();
    let [same, weights] = pairs(classes);
    let (same, weights) = (place.tensor(same, (n, n))?, place.tensor(weights, (n, n))?);
    ((cosines - same)?.sqr()? * weights)?.sum_all()
}

/// What the cosine of every pair should be, and how much it counts.
fn pairs(classes: &[usize]) -> [Vec<f32>; 2] {
    let n = classes.len();
    let all = || (0..n * n).map(|at| (at / n, at % n));
    let is_same = |(i, j): (usize, usize)| classes[i] == classes[j];
    let n_same = all().filter(|&(i, j)| i != j && is_same((i, j))).count().max(1) as f32;
    let n_different = all().filter(|&pair| !is_same(pair)).count().max(1) as f32;
    let weight = |(i, j): (usize, usize)| match (i == j, is_same((i, j))) {
        (true, _) => 0.0,
        (false, true) => 0.5 / n_same,
        (false, false) => 0.5 / n_different,
    };
    [all().map(|pair| f32::from(is_same(pair))).collect(), all().map(weight).collect()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transformer::cpu::Precision;
    use crate::transformer::device::Device;

    #[test]
    fn pairs_of_either_kind_count_half() {
        let place = Place::new(Device::Cpu, Precision::F32).unwrap();
        let check = |features: [f32; 6], classes: [usize; 3], expected: f32| {
            let features = place.tensor(features.to_vec(), (3, 2)).unwrap();
            let loss = pair_loss(&features, &classes, &place).unwrap().to_scalar::<f32>().unwrap();
            assert!((loss - expected).abs() < 1e-6, "{loss}, expected {expected}");
        };
        check([2.0, 0.0, 3.0, 0.0, 0.0, 1.0], [0, 0, 1], 0.0);
        check([2.0, 0.0, 3.0, 0.0, 0.0, 1.0], [0, 1, 1], 0.5 + 0.25);
        check([2.0, 0.0, 3.0, 0.0, 0.0, 1.0], [0, 0, 0], 0.5 * 2.0 / 3.0);
        check([1.0, 0.0, -1.0, 0.0, 0.0, 1.0], [0, 1, 2], 0.5 / 3.0);
    }
}
