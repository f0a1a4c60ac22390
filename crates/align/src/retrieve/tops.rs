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

    /// The same for rows that are known to end up with `k` hits of scores not below `floors`: nothing else is taken in.
    pub(super) fn with_floors(k: usize, floors: impl Iterator<Item = f32>) -> Self {
        // A score that equals the floor may be the one that the floor was taken from.
        let floors: Vec<f32> = floors.map(f32::next_down).collect();
        let n = floors.len();
        if k == 0 {
            return Self::new(n, 0);
        }
        Self { floors, ..Self::new(n, k) }
    }

    pub(super) fn len(&self) -> usize {
        self.floors.len()
    }

    /// What a score has to exceed to be among the best of a row.
    pub(super) fn floor(&self, row: usize) -> f32 {
        self.floors[row]
    }

    /// The hits of a row, best first.
    pub(super) fn hits(&self, row: usize) -> &[Hit] {
        &self.hits[row * self.k..][..self.found[row] as usize]
    }

    /// Takes in a row's scores of the candidates from `start` on.
    #[inline(always)]
    pub(super) fn see_row(&mut self, row: usize, start: usize, scores: &[f32]) {
        let (chunks, rest) = scores.as_chunks::<LANES>();
        for (chunk_idx, chunk) in chunks.iter().enumerate() {
            if any_above(chunk, &[self.floors[row]; LANES]) {
                self.see_few(start + chunk_idx * LANES, chunk, |_| row, |at| at);
            }
        }
        self.see_few(start + chunks.len() * LANES, rest, |_| row, |at| at);
    }

    /// Takes in the scores of one candidate for the rows from `start` on.
    #[inline(always)]
    pub(super) fn see_column(&mut self, start: usize, candidate: usize, scores: &[f32]) {
        let (chunks, rest) = scores.as_chunks::<LANES>();
        for (chunk_idx, chunk) in chunks.iter().enumerate() {
            let first = start + chunk_idx * LANES;
            let floors = self.floors[first..].first_chunk().expect("a floor for every score");
            if any_above(chunk, floors) {
                self.see_few(first, chunk, |at| at, |_| candidate);
            }
        }
        self.see_few(start + chunks.len() * LANES, rest, |at| at, |_| candidate);
    }

    /// Takes in scores from `start` on; `row` and `candidate` are those of a score.
    #[inline(always)]
    fn see_few(
        &mut self,
        start: usize,
        scores: &[f32],
        row: impl Fn(usize) -> usize,
        candidate: impl Fn(usize) -> usize,
    ) {
        for (at, &score) in (start..).zip(scores) {
            self.offer(row(at), Hit { row: candidate(at) as u32, score });
        }
    }

    /// Every hit with its row: far less than room for all, where floors kept most out.
    pub(super) fn into_found(self) -> Vec<(u32, Hit)> {
        let of = |row: usize| self.hits(row).iter().map(move |&hit| (row as u32, hit));
        (0..self.len()).flat_map(of).collect()
    }

    /// Takes in what [`Tops::into_found`] gave of later candidates.
    pub(super) fn take(&mut self, later: &[(u32, Hit)]) {
        for &(row, hit) in later {
            self.offer(row as usize, hit);
        }
    }

    /// Takes in what was found for the rows from `first` on among later candidates.
    pub(super) fn merge(&mut self, first: usize, later: &Tops) {
        for row in 0..later.len() {
            later.hits(row).iter().for_each(|&hit| self.offer(first + row, hit));
        }
    }

    /// Takes in a hit if its score is above the floor.
    #[inline(always)]
    fn offer(&mut self, row: usize, hit: Hit) {
        if hit.score > self.floors[row] {
            self.insert(row, hit);
        }
    }

    /// Takes in a hit whose score is above the floor.
    #[inline(never)]
    fn insert(&mut self, row: usize, hit: Hit) {
        let found = self.found[row] as usize;
        let hits = &mut self.hits[row * self.k..][..self.k];
        let mut at = found.min(self.k - 1);
        while at > 0 && hits[at - 1].score < hit.score {
            hits[at] = hits[at - 1];
            at -= 1;
        }
        hits[at] = hit;
        if found < self.k {
            self.found[row] += 1;
        }
        if found + 1 >= self.k {
            self.floors[row] = hits[self.k - 1].score;
        }
    }
}

#[inline(always)]
fn any_above(scores: &[f32; LANES], floors: &[f32; LANES]) -> bool {
    scores.iter().zip(floors).fold(false, |any, (score, floor)| any | (score > floor))
}
