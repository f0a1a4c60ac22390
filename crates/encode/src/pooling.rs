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
}

impl Default for Pooling {
    fn default() -> Self {
        Pooling::CentredSif { a: 1e-2 }
    }
}

impl Pooling {
    /// Every way, with its usual constant.
    pub const ALL: [Pooling; 3] = [Pooling::CentredSif { a: 1e-2 }, Pooling::Mean, Pooling::Sif { a: 1e-3 }];

    /// The name, as the command line and files write it.
    pub fn name(&self) -> &'static str {
        match self {
            Pooling::Mean => "mean",
            Pooling::Sif { .. } => "sif",
            Pooling::CentredSif { .. } => "centred-sif",
        }
    }

    /// The pooling of this name, with its usual constant.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pooling| pooling.name() == name)
    }

    /// The constant a; 0 for the mean, which has none.
    pub fn constant(&self) -> f64 {
        match *self {
            Pooling::Mean => 0.0,
            Pooling::Sif { a } | Pooling::CentredSif { a } => a,
        }
    }

    /// The same pooling with another constant.
    pub(crate) fn with_constant(self, a: f64) -> Self {
        match self {
            Pooling::Mean => Pooling::Mean,
            Pooling::Sif { .. } => Pooling::Sif { a },
            Pooling::CentredSif { .. } => Pooling::CentredSif { a },
        }
    }

    /// The weight of a word of probability `p`.
    pub(crate) fn weight(&self, p: f64) -> f32 {
        match *self {
            Pooling::Mean => 1.0,
            Pooling::Sif { a } | Pooling::CentredSif { a } => (a / (a + p)) as f32,
        }
    }
}
