//! The best `k` of many scores, for many rows at once.

use super::Hit;

/// Scores looked at together: most of the time none of them is good enough.
const LANES: usize = 16;

/// Of each of `n` rows the best `k` of the scores seen so far, best first. Scores come in ascending order of what they are scores
/// of, so that the lower stays first among equals.
#[derive(Clone, Debug)]
pub(super) struct Tops {
    k: usize,
    hits: Vec<Hit>,
    /// What a score has to exceed, a row.
    floors: Vec<f32>,
    found: Vec<u32>,
}

impl Tops {
    pub(super) fn new(n: usize, k: usize) -> Self {
        let floor = if k == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { k, hits: vec![Hit { row: 0, score: 0.0 }; n * k], floors: vec![floor; n], found: vec![0; n] }
    }

    pub(super) fn len(&self) -> usize {
        self.floors.len()
    }

    /// The hits of a row, best first.
    pub(super) fn hits(&self, row: usize) -> &[Hit] {
        &self.hits[row * self.k..][..self.found[row] as usize]
    }

    /// Takes in a row's scores of the candidates from `start` on.
    #[inline(always)]
    pub(super) fn see_row(&mut self, row: usize, start: usize, scores: &[f32]) {
        for (chunk_idx, chunk) in scores.chunks(LANES).enumerate() {
            let floor = self.floors[row];
            if chunk.iter().fold(false, |any, &score| any | (score > floor)) {
                for (i, &score) in chunk.iter().enumerate() {
                    self.offer(row, Hit { row: (start + chunk_idx * LANES + i) as u32, score });
                }
            }
        }
    }

    /// Takes in the scores of one candidate for the rows from `start` on.
    #[inline(always)]
    pub(super) fn see_column(&mut self, start: usize, candidate: usize, scores: &[f32]) {
        for (chunk_idx, chunk) in scores.chunks(LANES).enumerate() {
            let first = start + chunk_idx * LANES;
            let floors = &self.floors[first..first + chunk.len()];
            if chunk.iter().zip(floors).fold(false, |any, (score, floor)| any | (score > floor)) {
                for (i, &score) in chunk.iter().enumerate() {
                    self.offer(first + i, Hit { row: candidate as u32, score });
                }
            }
        }
    }

    /// Takes in what was found for the rows from `first` on among later candidates.
    pub(super) fn merge(&mut self, first: usize, later: &Tops) {
        for row in 0..later.len() {
            later.hits(row).iter().for_each(|&hit| self.offer(first + row, hit));
        }
    }

    fn offer(&mut self, row: usize, hit: Hit) {
        // Not `<=`: a score that is not a number is no hit.
        if !(hit.score > self.floors[row]) {
            return;
        }
        let found = self.found[row] as usize;
        let hits = &mut self.hits[row * self.k..][..self.k];
        let at = hits[..found].partition_point(|better| better.score >= hit.score);
        let end = (found + 1).min(self.k);
        hits[at..end].rotate_right(1);
        hits[at] = hit;
        self.found[row] = end as u32;
        if end == self.k {
            self.floors[row] = hits[self.k - 1].score;
        }
    }
}
