//! How the vectors of a text's words become one row.

/// A way to pool word vectors. p(w) is the probability of a word: from counts, or from its rank by Zipf's law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// Their mean weighted by a / (a + p(w)), minus its share of the first principal direction of the texts that the
    /// encoder was fitted on (SIF, Arora, Liang and Ma 2017).
    Sif {
        /// The constant a; its authors take 1e-3.
        a: f64,
    },
    /// SIF's weights, with the language's own centre taken from every word instead of a direction from every text.
    ///
    /// The centre is what the words of a text of this language pool to on average, Σ p a v / Σ p a over the
    /// vocabulary. It differs between aligned languages, and a classifier carried from one to the other reads the
    /// difference as a shift of its threshold. The centre needs no text to be known.
    CentredSif {
        /// The constant a; 1e-2 unless it is given.
        a: f64,
    },
    /// Their mean weighted by a / (a/2 + p(w)), each dimension divided by its length over the text's words, minus shares of
    /// the first five directions of the texts that the encoder was fitted on (uSIF, Ethayarajh 2018). The constant
    /// follows from the vocabulary: with α the share of words that are more probable than 1 − (1 − 1/|V|)ⁿ, a text of n = 11
    /// words, it is a = (1 − α) / (α |V|/2). Of direction i the share σᵢ² / Σ σ² is taken out, over the five.
    Usif,
    /// Their mean, and beside it the largest of their values in every dimension: 2d features.
    MeanMax,
    /// Their mean weighted by ln((1 + n) / (1 + df)) + 1, with df the number of texts that hold the word among the n texts that
    /// the encoder was fitted on (TF-IDF, Salton and Buckley 1988, smoothed). Words that are in none of them
    /// weigh the most; before it is fitted, all weigh the same.
    TfIdf,
}

impl Default for Pooling {
    fn default() -> Self {
        Pooling::CentredSif { a: 1e-2 }
    }
}

/// Words of a text that uSIF expects.
const USIF_LENGTH: i32 = 11;

impl Pooling {
    /// Every way, with its usual constant.
    pub const ALL: [Pooling; 6] = [
        Pooling::CentredSif { a: 1e-2 },
        Pooling::Mean,
        Pooling::Sif { a: 1e-3 },
        Pooling::Usif,
        Pooling::MeanMax,
        Pooling::TfIdf,
    ];

    /// The name, as the command line and files write it.
    pub fn name(&self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Sif { .. } => "sif",
            Pooling::CentredSif { .. } => "centred-sif",
            Pooling::Usif => "usif",
            Pooling::MeanMax => "mean-max",
            Pooling::TfIdf => "tf-idf",
        }
    }

    /// All names, for messages: `centred-sif, mean, …`.
    pub fn names() -> String {
        Self::ALL.map(|pooling| pooling.name()).join(", ")
    }

    /// The pooling of this name, with its usual constant.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pooling| pooling.name() == name)
    }

    /// The constant a; 0 for those that have none, or take theirs from the vocabulary.
    pub fn constant(&self) -> f64 {
        match *self {
            Pooling::Sif { a } | Pooling::CentredSif { a } => a,
            Pooling::Mean | Pooling::Usif | Pooling::MeanMax | Pooling::TfIdf => 0.0,
        }
    }

    /// Whether it needs to learn from texts of its own language: what it learns is about words, and words of one language
    /// say nothing of another's.
    pub fn needs_own_texts(&self) -> bool {
        matches!(self, Pooling::TfIdf)
    }

    /// The same pooling with another constant, where it has one.
    pub(crate) fn with_constant(self, a: f64) -> Self {
        match self {
            Pooling::Sif { .. } => Pooling::Sif { a },
            Pooling::CentredSif { .. } => Pooling::CentredSif { a },
            other => other,
        }
    }

    /// How many directions of texts it takes out of every row.
    pub(crate) fn n_directions(&self) -> usize {
        match self {
            Pooling::Sif { .. } => 1,
            Pooling::Usif => 5,
            Pooling::Mean | Pooling::CentredSif { .. } | Pooling::MeanMax | Pooling::TfIdf => 0,
        }
    }

    /// The weight of every word of these probabilities, and last that of a word as rare as the rarest.
    pub(crate) fn weights(&self, probabilities: &[f64]) -> Vec<f32> {
        let rarest = probabilities.iter().copied().fold(f64::INFINITY, f64::min);
        let weigh = |weight: &dyn Fn(f64) -> f64| {
            probabilities.iter().chain([&rarest]).map(|&p| weight(p) as f32).collect()
        };
        match *self {
            Pooling::Mean | Pooling::MeanMax | Pooling::TfIdf => vec![1.0; probabilities.len() + 1],
            Pooling::Sif { a } | Pooling::CentredSif { a } => weigh(&|p| a / (a + p)),
            Pooling::Usif => {
                let a = usif_constant(probabilities);
                // a / (a/2 + p), where a is infinite too.
                weigh(&|p| 1.0 / (0.5 + p / a))
            }
        }
    }
}

/// uSIF's constant a; infinite if no word is frequent enough to be in most texts, and all weigh the same then.
fn usif_constant(probabilities: &[f64]) -> f64 {
    let n = probabilities.len() as f64;
    let threshold = 1.0 - (1.0 - 1.0 / n).powi(USIF_LENGTH);
    let alpha = probabilities.iter().filter(|&&p| p > threshold).count() as f64 / n;
    (1.0 - alpha) / (alpha * n / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for pooling in Pooling::ALL {
            assert_eq!(Pooling::from_name(pooling.name()), Some(pooling));
            assert_eq!(pooling.with_constant(pooling.constant()), pooling);
        }
        assert_eq!(Pooling::from_name("max"), None);
    }

    #[test]
    fn usif_takes_its_constant_from_the_vocabulary() {
        // 1 − (9/10)¹¹ = 0.686: one word of ten is more probable, so a = 0.9 / (0.1 · 5).
        let mut probabilities = [0.02; 10];
        probabilities[0] = 0.82;
        assert!((usif_constant(&probabilities) - 1.8).abs() < 1e-12);
        let weights = Pooling::Usif.weights(&probabilities);
        assert!((weights[0] - (1.8 / (0.9 + 0.82)) as f32).abs() < 1e-6);
        assert_eq!(weights.len(), 11);
        assert_eq!(Pooling::Usif.weights(&[0.25; 4]), [2.0; 5], "no word is frequent: all weigh the same");
    }
}
