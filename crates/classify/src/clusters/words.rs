//! The words of texts and the groups that the texts are in, in; the words that tell a group out.

use std::collections::HashMap;

/// The weight of the prior, in words per word of all texts: how many texts a rare word has to be in before it tells anything.
const PRIOR: f64 = 0.1;

/// In how many texts of each group each word occurs.
#[derive(Clone, Debug, Default)]
pub struct WordCounts {
    /// For each word its counts by group.
    counts: HashMap<String, Vec<u32>>,
    n_groups: usize,
}

impl WordCounts {
    /// Of no text yet, for `n_groups` groups.
    pub fn new(n_groups: usize) -> Self {
        Self { counts: HashMap::new(), n_groups }
    }

    /// Counts the words of a text of a group; a word that it repeats counts once.
    ///
    /// # Panics
    /// If there are not that many groups.
    pub fn add(&mut self, group: usize, mut words: Vec<String>) {
        words.sort_unstable();
        words.dedup();
        for word in words {
            self.counts.entry(word).or_insert_with(|| vec![0; self.n_groups])[group] += 1;
        }
    }

    /// The `n` words that tell a group from all others most, each with its z: the difference of the word's log-odds inside and outside
    /// the group, with all texts as the prior, in units of its deviation (Monroe, Colaresi and Quinn 2008). Words with a z below 1.96
    /// are left out.
    pub fn telling(&self, group: usize, n: usize) -> Vec<(&str, f64)> {
        let total = |of: &dyn Fn(&Vec<u32>) -> f64| self.counts.values().map(of).sum::<f64>();
        let everywhere = |counts: &Vec<u32>| counts.iter().map(|&count| f64::from(count)).sum::<f64>();
        let (n_all, n_inside) = (total(&everywhere), total(&|counts| f64::from(counts[group])));
        let mut words: Vec<(&str, f64)> = self
            .counts
            .iter()
            .map(|(word, counts)| {
                let (all, inside) = (everywhere(counts), f64::from(counts[group]));
                let prior = PRIOR * all;
                let odds = |of_word: f64, of_all: f64| {
                    ((of_word + prior) / (of_all + PRIOR * n_all - of_word - prior).max(f64::MIN_POSITIVE))
                        .ln()
                };
                let difference = odds(inside, n_inside) - odds(all - inside, n_all - n_inside);
                let variance = 1.0 / (inside + prior) + 1.0 / (all - inside + prior);
                (word.as_str(), difference / variance.sqrt())
            })
            .filter(|&(_, z)| z >= 1.96)
            .collect();
        words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        words.truncate(n);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(texts: &[(usize, &str)], times: usize) -> WordCounts {
        let mut counts = WordCounts::new(2);
        for &(group, text) in texts {
            (0..times).for_each(|_| counts.add(group, text.split(' ').map(String::from).collect()));
        }
        counts
    }

    #[test]
    fn words_of_one_group_tell_it() {
        let texts = [
            (0, "the win prize prize"),
            (0, "the win free"),
            (1, "the dinner tonight"),
            (1, "the dinner late"),
        ];
        let counts = counts(&texts, 20);
        let words = |group| counts.telling(group, 2).into_iter().map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(words(0), ["win", "free"]);
        assert_eq!(words(1), ["dinner", "late"]);
    }

    /// By hand: y = 20 of 60 against 0 of 60, prior 2 of 12.
    #[test]
    fn z_by_hand() {
        let texts = [(0, "win a b"), (1, "c d e")];
        let counts = counts(&texts, 20);
        let expected =
            ((22f64 / (72.0 - 22.0)).ln() - (2f64 / (72.0 - 2.0)).ln()) / (1.0f64 / 22.0 + 0.5).sqrt();
        let (_, found) = counts.telling(0, 3)[2];
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn a_word_seen_once_tells_nothing() {
        assert!(counts(&[(0, "once"), (1, "other")], 1).telling(0, 5).is_empty());
        assert!(WordCounts::new(1).telling(0, 5).is_empty());
    }
}
