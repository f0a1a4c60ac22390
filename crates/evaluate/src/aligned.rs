//! Vectors of two languages in, the way into one space out.

use std::path::Path;

use wordferry_align::{Aligner, Alignment, Evidence, Lexicon, Procrustes, SelfLearning, Verdict, align};
use wordferry_vectors::Embeddings;
use wordferry_vectors::normalise::Step;

use crate::plan::AlignmentPlan;
use crate::{Error, Result, TargetPlan};

/// An alignment of two languages, with the evidence on them and where its seeds came from.
pub(crate) struct Aligned {
    pub(crate) alignment: Alignment,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) seeds: &'static str,
    /// The pairs of words that are known to be translations, where there are any.
    pub(crate) lexicon: Lexicon,
}

impl Aligned {
    /// Aligns as `plan` says. By a lexicon: with Procrustes, which leaves the source where it is, so that one classifier serves every
    /// target; or, where `words_are_carried` one by one, with self-learning, whose translations are better.
    pub(crate) fn of(
        source: &Embeddings,
        target: &Embeddings,
        plan: &TargetPlan,
        words_are_carried: bool,
        seed: u64,
    ) -> Result<Self> {
        let by = |aligner: &dyn Aligner, lexicon: &Lexicon, path: &Path| {
            align(aligner, source, target, lexicon, &Step::UNIT_CENTRE_UNIT, seed)
                .map_err(|error| Error::from(error).within(path))
        };
        let mut known = Lexicon::default();
        let (alignment, seeds) = match plan.alignment()? {
            AlignmentPlan::Lexicon(path) => {
                known = Lexicon::open(&path)?;
                let alignment = match words_are_carried {
                    true => by(&SelfLearning::for_lexicon(&known, known.pairs().len(), seed), &known, &path)?,
                    false => by(&Procrustes, &known, &path)?,
                };
                (alignment, "lexicon")
            }
            AlignmentPlan::Identical => {
                let identical = Lexicon::identical(source.vocabulary(), target.vocabulary());
                // Without a word in common there is nothing to begin with: an error, not a guess.
                let self_learning = SelfLearning {
                    guess: false,
                    ..SelfLearning::for_lexicon(&identical, identical.pairs().len(), seed)
                };
                (by(&self_learning, &identical, &plan.vectors)?, "identical")
            }
            AlignmentPlan::Unsupervised => {
                (by(&SelfLearning::for_seeds(0, seed), &Lexicon::default(), &plan.vectors)?, "none")
            }
            AlignmentPlan::Saved(path) => (Alignment::open(&path)?, "saved"),
        };
        let evidence = alignment.evidence_between(source, target)?.copied();
        Ok(Self { alignment, evidence, seeds, lexicon: known })
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.evidence.unwrap_or_default().verdict()
    }
}
