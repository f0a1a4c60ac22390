//! A run of text without spaces in, the words of a vocabulary that it is most probably made of out.
//!
//! Of all ways to cut a run, the one whose words have the largest product of probabilities is taken (a unigram model, solved
//! by Viterbi's algorithm). Characters that are in no word count as much as two of the rarest words each, and
//! neighbours of that kind stay together, so that they may be composed of n-grams.

use std::ops::Range;

use wordferry_vectors::Embeddings;

use crate::frequency::Frequencies;

/// The longest word that is looked for, in characters.
const MOST_CHARACTERS: usize = 16;

/// Cuts runs of scripts that put no spaces between words.
pub(crate) struct Segmenter {
    frequencies: Frequencies,
    /// Characters of the longest word, up to [`MOST_CHARACTERS`].
    longest: usize,
}

/// The best way to cut a run up to some character.
#[derive(Clone, Copy)]
struct Step {
    /// Minus the logarithm of the product of probabilities.
    cost: f64,
    /// Characters of the last piece.
    length: usize,
    is_word: bool,
}

impl Segmenter {
    pub(crate) fn new(embeddings: &Embeddings) -> Self {
        let words = embeddings.vocabulary().iter().filter_map(|(_, word)| std::str::from_utf8(word).ok());
        let lengths = words.filter(|word| is_unspaced_word(word)).map(|word| word.chars().count());
        let longest = lengths.max().unwrap_or(1).min(MOST_CHARACTERS);
        Self { frequencies: Frequencies::of(embeddings), longest }
    }

    /// Whether a token has anything to segment.
    pub(crate) fn applies_to(token: &str) -> bool {
        !token.is_ascii() && token.chars().any(is_unspaced)
    }

    /// Calls `visit` with the pieces of a token, in order: words, runs that are in no word, and runs of other scripts.
    pub(crate) fn for_each_piece(&self, token: &str, embeddings: &Embeddings, mut visit: impl FnMut(&str)) {
        let mut rest = token;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|character| is_unspaced(character) != is_unspaced(first));
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after;
            match is_unspaced(first) {
                true => self.segment(run, embeddings).into_iter().for_each(|piece| visit(&run[piece])),
                false => Some(run.trim_matches(['\'', '-']))
                    .filter(|run| !run.is_empty())
                    .into_iter()
                    .for_each(&mut visit),
            }
        }
    }

    /// The pieces of a run, as ranges of bytes.
    fn segment(&self, run: &str, embeddings: &Embeddings) -> Vec<Range<usize>> {
        let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
        let steps = self.steps(run, &starts, embeddings);
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let (mut at, mut follows_unknown) = (steps.len() - 1, false);
        while at > 0 {
            let Step { length, is_word, .. } = steps[at];
            let start = starts[at - length];
            match pieces.last_mut() {
                Some(piece) if follows_unknown && !is_word => piece.start = start,
                _ => pieces.push(start..starts[at]),
            }
            follows_unknown = !is_word;
            at -= length;
        }
        pieces.reverse();
        pieces
    }

    /// The best last piece up to every character, from the left.
    fn steps(&self, run: &str, starts: &[usize], embeddings: &Embeddings) -> Vec<Step> {
        let unknown = 2.0 * self.frequencies.largest_cost();
        let mut steps = vec![Step { cost: 0.0, length: 0, is_word: true }];
        for end in 1..starts.len() {
            let mut best = Step { cost: steps[end - 1].cost + unknown, length: 1, is_word: false };
            for length in 1..=self.longest.min(end) {
                let piece = &run[starts[end - length]..starts[end]];
                let Some(word) = embeddings.vocabulary().get(piece) else { continue };
                let cost = steps[end - length].cost + self.frequencies.cost(embeddings, word);
                if cost < best.cost {
                    best = Step { cost, length, is_word: true };
                }
            }
            steps.push(best);
        }
        steps
    }
}

/// Whether a word is made of such scripts alone.
pub(crate) fn is_unspaced_word(word: &str) -> bool {
    !word.is_empty() && !word.is_ascii() && word.chars().all(is_unspaced)
}

/// Whether a character is of a script that puts no spaces between words: Thai and Lao, Myanmar, Khmer, kana, Han.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}'
        | '\u{1000}'..='\u{109f}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}'
        | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use wordferry_vectors::Vocabulary;

    use super::*;

    fn check(words: &[&str], token: &str, expected: &[&str]) {
        let vocabulary = Vocabulary::from_words(words);
        let embeddings = Embeddings::new(vocabulary, Array2::zeros((words.len(), 1))).unwrap();
        let mut found = Vec::new();
        Segmenter::new(&embeddings).for_each_piece(token, &embeddings, |piece| found.push(piece.to_string()));
        assert_eq!(found, expected, "{token}");
        assert!(Segmenter::applies_to(token));
    }

    #[test]
    fn the_most_probable_words_are_found() {
        let chinese = ["的", "是", "研究", "生命", "研究生", "命", "起源", "手机"];
        // Longest match from the left would read 研究生|命.
        check(&chinese, "研究生命的起源", &["研究", "生命", "的", "起源"]);
        check(&chinese, "iphone手机-5是x", &["iphone", "手机", "5", "是", "x"]);
        check(&chinese, "命運動物是", &["命", "運動物", "是"]);
        check(&chinese, "運", &["運"]);
        check(&["ฉัน", "รัก", "ภาษา", "ภาษาไทย"], "ฉันรักภาษาไทย", &["ฉัน", "รัก", "ภาษาไทย"]);
        check(&["ទឹក", "ភ្លៀង"], "ទឹកភ្លៀង", &["ទឹក", "ភ្លៀង"]);
        check(&["です", "日本", "語"], "日本語です", &["日本", "語", "です"]);
        check(&["unrelated"], "日本", &["日本"]);
    }

    #[test]
    fn spaced_scripts_are_left_alone() {
        for token in ["house", "schön", "हिन्दी", "한국어", "дом"] {
            assert!(!Segmenter::applies_to(token), "{token}");
        }
    }
}
