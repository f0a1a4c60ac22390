//! A text in, the numbers of its tokens out.

use rayon::prelude::*;

use crate::tokenizer::Tokenizer;
use crate::{Coverage, Result};

/// How a network reads texts.
pub(crate) struct Reading {
    pub(crate) tokenizer: Tokenizer,
    /// What goes before every text; nothing, usually.
    pub(crate) prompt: String,
    pub(crate) max_length: usize,
    pub(crate) is_lower_case: bool,
}

impl Reading {
    /// The numbers of every text's tokens, with those that mark its beginning and end.
    ///
    /// # Errors
    /// If the tokenizer cannot take a text.
    pub(crate) fn tokens(&self, texts: &[&str]) -> Result<Vec<Vec<u32>>> {
        texts.par_iter().map(|text| self.tokens_of(text)).collect()
    }

    fn tokens_of(&self, text: &str) -> Result<Vec<u32>> {
        let mut text = format!("{}{text}", self.prompt);
        if self.is_lower_case {
            text = text.to_lowercase();
        }
        self.tokenizer.ids_with_special(&text, self.max_length)
    }

    pub(crate) fn coverage(&self, texts: &[&str]) -> Coverage {
        let unknown = self.tokenizer.unknown_id();
        let count = |text: &&str| {
            let ids = self.tokenizer.ids(text).unwrap_or_default();
            let n_unknown = ids.iter().filter(|id| Some(**id) == unknown).count();
            Coverage { n_tokens: ids.len() as u64, n_words: 0, n_subwords: (ids.len() - n_unknown) as u64 }
        };
        texts.par_iter().map(count).reduce(Coverage::default, Coverage::plus)
    }
}
