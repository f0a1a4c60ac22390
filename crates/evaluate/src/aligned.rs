//! Vectors of two languages in, the way into one space out.

use wordferry_align::{
    Aligner, Alignment, Evidence, Lexicon, MultiStep, Procrustes, SelfLearning, Verdict, align_by_best,
};
use wordferry_vectors::Embeddings;
use wordferry_vectors::normalise::Step;

use crate::plan::AlignmentPlan;
use crate::{AlignmentReport, Result, TargetPlan};

/// An alignment of two languages, with the evidence on them and where its seeds came from.
pub struct Aligned {
    /// The maps.
    pub alignment: Alignment,
    /// What its worth rests on, for these two languages.
    pub evidence: Option<Evidence>,
    /// What its seeds came from, in a word.
    pub seeds: &'static str,
    /// The pairs of words that are known to be translations, where there are any.
    pub lexicon: Lexicon,
}

impl Aligned {
    /// Aligns as `plan` says.
    pub(crate) fn of(
        source: &Embeddings,
        target: &Embeddings,
        plan: &TargetPlan,
        words_are_carried: bool,
        seed: u64,
    ) -> Result<Self> {
        match plan.alignment()? {
            AlignmentPlan::Lexicon(path) => {
                Self::by_lexicon(source, target, Lexicon::open(&path)?, words_are_carried, seed)
                    .map_err(|error| error.within(&path))
            }
            AlignmentPlan::Identical => {
                Self::by_identical_words(source, target, seed).map_err(|error| error.within(&plan.vectors))
            }
            AlignmentPlan::Unsupervised => {
                let by = SelfLearning::for_seeds(0, seed);
                Self::by(&[&by], (source, target), &Lexicon::default(), ("none", seed))
                    .map_err(|error| error.within(&plan.vectors))
            }
            AlignmentPlan::Saved(path) => {
                let alignment = Alignment::open(&path)?;
                let evidence = alignment.evidence_between(source, target)?.copied();
                Ok(Self { alignment, evidence, seeds: "saved", lexicon: Lexicon::default() })
            }
        }
    }

    /// Aligns by pairs of words that are known to be translations: with Procrustes, which leaves the source where it is, so that one
    /// classifier serves every target, or, where that cannot be for their dimensions, with the multi-step map; and where
    /// `words_are_carried` one by one with self-learning, whose translations are better, or the multi-step map, if it finds more of the words that
    /// are held out: learning from what a map finds makes a weak one worse.
    ///
    /// # Errors
    /// If too few pairs are known.
    pub fn by_lexicon(
        source: &Embeddings,
        target: &Embeddings,
        lexicon: Lexicon,
        words_are_carried: bool,
        seed: u64,
    ) -> Result<Self> {
        // All pairs count, known or not. To search, as with few seeds, did worse for weak vectors: Arabic texts −1.2 and −1.8, by training texts.
        let self_learning = SelfLearning::for_lexicon(&lexicon, lexicon.pairs().len(), seed);
        let multi_step = MultiStep::default();
        let aligners: &[&dyn Aligner] = match words_are_carried {
            true => &[&self_learning, &multi_step],
            false if source.dimension() == target.dimension() => &[&Procrustes],
            false => &[&multi_step],
        };
        let aligned = Self::by(aligners, (source, target), &lexicon, ("lexicon", seed))?;
        Ok(Self { lexicon, ..aligned })
    }

    /// Aligns by the words that both languages spell the same way.
    ///
    /// # Errors
    /// If there are too few: without a word in common there is nothing to begin with.
    pub fn by_identical_words(source: &Embeddings, target: &Embeddings, seed: u64) -> Result<Self> {
        let identical = Lexicon::identical(source.vocabulary(), target.vocabulary());
        let self_learning = SelfLearning {
            guess: false,
            ..SelfLearning::for_lexicon(&identical, identical.pairs().len(), seed)
        };
        Self::by(&[&self_learning], (source, target), &identical, ("identical", seed))
    }

    fn by(
        aligners: &[&dyn Aligner],
        (source, target): (&Embeddings, &Embeddings),
        lexicon: &Lexicon,
        (seeds, seed): (&'static str, u64),
    ) -> Result<Self> {
        let alignment = align_by_best(aligners, source, target, lexicon, &Step::UNIT_CENTRE_UNIT, seed)?;
        let evidence = alignment.evidence_between(source, target)?.copied();
        Ok(Self { alignment, evidence, seeds, lexicon: Lexicon::default() })
    }

    /// What the alignment is worth.
    pub fn verdict(&self) -> Verdict {
        self.evidence.unwrap_or_default().verdict()
    }

    /// As data.
    pub fn report(&self) -> AlignmentReport {
        AlignmentReport::of(&self.alignment, self.evidence.as_ref(), self.seeds)
    }
}
