//! CSLS between rows that change little from one time to the next, as those of a map that is being learned: r is taken from the last
//! time that it was measured, so that one product is enough for the best and for r.

use ndarray::{ArrayView2, Axis};

use super::blocks::{Seen, both_ways, one_way};
use super::{BestBothWays, Hit, Tops, adjust_to_csls, firsts, mean_similarities, means};

/// r of CSLS of all rows of two sides, as it was last measured.
pub(crate) struct Remembered {
    k: usize,
    r: [Vec<f32>; 2],
}

impl Remembered {
    /// Measures all; rows of unit length, here and below.
    pub(crate) fn new(x: ArrayView2<'_, f32>, z: ArrayView2<'_, f32>, k: usize) -> Self {
        Self { k, r: mean_similarities(x, z, k) }
    }

    /// Of every row the best of the other side. The scores are those of r as it is now.
    pub(crate) fn best_of_all(&mut self, x: ArrayView2<'_, f32>, z: ArrayView2<'_, f32>) -> BestBothWays {
        let [near, best] = both_ways(x, z, [self.k, 1], |time, row, start, scores: &mut [f32]| {
            if time == 1 {
                adjust_to_csls(scores, &self.r[1][start..], self.r[0][row]);
            }
        });
        let mut found = best.map(|tops| firsts(&tops));
        let before = std::mem::replace(&mut self.r, near.map(|tops| means(&tops)));
        for (side, found) in found.iter_mut().enumerate() {
            let change = |side: usize, row: usize| before[side][row] - self.r[side][row];
            for (row, hit) in found.iter_mut().enumerate().filter_map(|(row, hit)| Some((row, hit.as_mut()?)))
            {
                hit.score += change(side, row) + change(1 - side, hit.row as usize);
            }
        }
        found
    }

    /// Of the chosen rows of x and of z the best of the other side, and their r; that of the other side is as it was.
    pub(crate) fn best_of_some<'a>(
        &mut self,
        x: ArrayView2<'a, f32>,
        z: ArrayView2<'a, f32>,
        chosen: [&[usize]; 2],
    ) -> BestBothWays {
        let look_up = |side: usize, own: ArrayView2<'_, f32>, other| {
            let queries = own.select(Axis(0), chosen[side]);
            let r_of_other = &self.r[1 - side];
            let seen = one_way(queries.view(), other, |_, n| Both {
                near: Tops::new(n, self.k.min(r_of_other.len())),
                best: Tops::new(n, 1.min(r_of_other.len())),
                r_of_other,
            });
            (means(&seen.near), firsts(&seen.best))
        };
        // A few rows are one task: the two sides at the same time keep two cores busy.
        let (of_x, of_z) = rayon::join(|| look_up(0, x, z), || look_up(1, z, x));
        let mut found = [vec![None; x.nrows()], vec![None; z.nrows()]];
        for (side, (r, best)) in [of_x, of_z].into_iter().enumerate() {
            for ((&row, r), hit) in chosen[side].iter().zip(r).zip(best) {
                found[side][row] = hit.map(|hit| Hit { score: hit.score - r, ..hit });
                self.r[side][row] = r;
            }
        }
        found
    }
}

/// The nearest by cosine, and the best by CSLS but for r of the query.
struct Both<'a> {
    near: Tops,
    best: Tops,
    r_of_other: &'a [f32],
}

impl Seen for Both<'_> {
    #[inline(always)]
    fn see(&mut self, row: usize, start: usize, scores: &mut [f32]) {
        self.near.see_row(row, start, scores);
        adjust_to_csls(scores, &self.r_of_other[start..], 0.0);
        self.best.see_row(row, start, scores);
    }

    fn merge(&mut self, first: usize, later: &Self) {
        self.near.merge(first, &later.near);
        self.best.merge(first, &later.best);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::best_both_ways;
    use crate::retrieve::tests::rows;

    #[test]
    fn what_does_not_change_is_found_as_ever() {
        let (x, z) = (rows(700, 6, 1), rows(900, 6, 2));
        let expected = best_both_ways(x.view(), z.view(), 5);
        let mut remembered = Remembered::new(x.view(), z.view(), 5);
        let (of_x, of_z): (Vec<usize>, Vec<usize>) =
            ((0..700).step_by(3).collect(), (1..900).step_by(2).collect());
        let some = remembered.best_of_some(x.view(), z.view(), [&of_x, &of_z]);
        let all = remembered.best_of_all(x.view(), z.view());
        for (side, chosen) in [of_x, of_z].iter().enumerate() {
            for (row, hit) in expected[side].iter().enumerate() {
                let near = |found: Option<Hit>| (found.unwrap().score - hit.unwrap().score).abs() < 1e-5;
                assert!(near(all[side][row]), "{side} {row}");
                assert!(if chosen.contains(&row) {
                    near(some[side][row])
                } else {
                    some[side][row].is_none()
                });
            }
        }
        // A change of x: the scores are those of r as it is now, whatever r the best were chosen by.
        let x = rows(700, 6, 3);
        let moved = remembered.best_of_all(x.view(), z.view());
        let [r_x, r_z] = mean_similarities(x.view(), z.view(), 5);
        for (row, hit) in moved[0].iter().enumerate().filter_map(|(row, hit)| Some((row, (*hit)?))) {
            let other = hit.row as usize;
            let score = 2.0 * x.row(row).dot(&z.row(other)) - r_x[row] - r_z[other];
            assert!((hit.score - score).abs() < 1e-5, "{hit:?} {score}");
        }
    }
}
