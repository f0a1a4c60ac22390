//! A text in, its tokens out, each with the words of the vocabulary that it is read as.

use wordferry_vectors::{Embeddings, WordId};

use crate::Tokenisation;
use crate::segmenter::Segmenter;
use crate::tokens::{Token, parts};

/// Reads texts with a vocabulary.
pub(crate) struct Reader {
    pub(crate) tokenisation: Tokenisation,
    segmenter: Option<Segmenter>,
}

/// Memory that is used again from text to text.
#[derive(Default)]
pub(crate) struct Scratch {
    text: String,
    words: Vec<WordId>,
}

impl Reader {
    pub(crate) fn new(tokenisation: Tokenisation, embeddings: &Embeddings) -> Self {
        Self { segmenter: tokenisation.segmented.then(|| Segmenter::new(embeddings)), tokenisation }
    }

    /// Calls `visit` with every token and the words that it is read as: itself, else the words that text without spaces
    /// is segmented into, a token each, else its known parts between ' and -. None: the token is unknown.
    pub(crate) fn for_each(
        &self,
        text: &str,
        embeddings: &Embeddings,
        scratch: &mut Scratch,
        mut visit: impl FnMut(&str, &[WordId]),
    ) {
        let Scratch { text: buffer, words } = scratch;
        let get = |token: &str| self.get(embeddings, token);
        self.tokenisation.cut(text, buffer, |token| match token {
            Token::Word(token) => match (get(token), &self.segmenter) {
                (Some(word), _) => visit(token, &[word]),
                (None, Some(segmenter)) if Segmenter::applies_to(token) => {
                    segmenter.for_each_piece(token, embeddings, |piece| match get(piece) {
                        Some(word) => visit(piece, &[word]),
                        None => visit(piece, &[]),
                    });
                }
                (None, _) => {
                    words.clear();
                    words.extend(parts(token).filter_map(get));
                    visit(token, words);
                }
            },
            Token::Mark(mark) => get(mark).into_iter().for_each(|word| visit(mark, &[word])),
        });
    }

    /// The word that a token is; one with capitals that is none, in lower case.
    fn get(&self, embeddings: &Embeddings, token: &str) -> Option<WordId> {
        let vocabulary = embeddings.vocabulary();
        let lowered = || match self.tokenisation.case_kept && token.chars().any(char::is_uppercase) {
            true => vocabulary.get(&token.to_lowercase()),
            false => None,
        };
        vocabulary.get(token).or_else(lowered)
    }
}
