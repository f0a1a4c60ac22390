//! A model of a language's own words, taught by a model that was carried over.
//!
//! What the carried model says of texts without labels is often right, and the texts hold words that it does not know. A student on
//! the texts' own n-grams learns from its more confident answers and corrects it (after Karamanolakis, Hsu and Gravano 2020,
//! and Blum and Mitchell 1998). It is two classifiers in one, as some of these answers are wrong: naive Bayes learns from labels that are often
//! wrong what logistic regression does not, and the other way about where texts are few.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use rayon::prelude::*;
use wordferry_classify::{
    Examples, Head, LinearClassifier, complement_naive_bayes, sum, temperature_of_sureness, top,
};
use wordferry_encode::{AnyEncoder, LexicalEncoder, Views};
use wordferry_vectors::{Features, Space};

use super::{Model, Trust};
use crate::{Corpus, Error, Result};

/// Every text is judged by a student that was taught without it, so that no student confirms itself.
const FOLDS: usize = 4;
const ROUNDS: usize = 2;
/// The penalty per row, times the rows, of the student that fits words together. Chosen, as the next, on German and Spanish training texts.
const PENALTY: f64 = 1.0 / 3.0;
/// What is added to every sum of the student that counts.
const SMOOTHING: f64 = 0.1;
/// How much the teacher counts beside the student.
const SHARE_OF_TEACHER: f32 = 0.5;
/// How often a text with a known label counts.
const WEIGHT_OF_LABELLED: f32 = 10.0;
/// The least share of texts that a class is taken to have.
const LEAST_SHARE: f64 = 0.01;
/// Texts below which a student is not worth teaching.
pub const FEWEST_TO_TEACH: usize = 200;

/// Scores of texts in units of their deviation, counted from where the classes' shares divide the texts.
struct Standard {
    centre: Array1<f32>,
    deviation: f32,
}

impl Model {
    /// A model that adds to half of this one's scores those of a student, which learned from this one's answers to `texts` without labels, and from
    /// `labelled` ones, each of which counts as ten.
    ///
    /// `shares` are those of the classes among the texts, as far as they are known: above 0, of sum 1. Scores that were carried over are
    /// often all too high or too low; which texts score higher than others is better known. Both together are as
    /// sure, on the mean, as this one is: a student that corrects its teacher is no less often right.
    ///
    /// # Errors
    /// If there are fewer than 200 texts, all of them are answered alike, a label is none of the model's classes, or the encoder or a
    /// solver fails.
    ///
    /// # Panics
    /// If there is not one share a class.
    pub fn taught_by_itself(
        self,
        texts: &[&str],
        labelled: Option<&Corpus>,
        shares: &[f64],
        seed: u64,
    ) -> Result<Self> {
        let known = labelled.map(|corpus| corpus.class_indices(self.classes())).transpose()?;
        let n_told = texts.len();
        if n_told < FEWEST_TO_TEACH {
            return Err(Error::TooFewToTeach { n: n_told, needed: FEWEST_TO_TEACH });
        }
        let all: Vec<&str> =
            texts.iter().copied().chain(labelled.into_iter().flat_map(Corpus::texts)).collect();
        let lesson = Lesson::of(&self.classifier, &self.encoder, &all, shares)?;
        let known: Vec<(usize, usize)> = (n_told..).zip(known.unwrap_or_default()).collect();
        let Taught { student, standard, combined } = lesson.teach(&known, seed)?;
        let believed = self.trust.probabilities(lesson.teacher_scores());
        let sure = top(believed.slice(s![..n_told, ..])).into_iter().map(|best| f64::from(best.probability));
        let sureness = sure.sum::<f64>() / n_told as f64;
        let temperature = temperature_of_sureness(combined.slice(s![..n_told, ..]), sureness);
        let factor = 1.0 / temperature as f32;
        let parts = [
            (lesson.teacher.shifted(&self.classifier), SHARE_OF_TEACHER * factor),
            (standard.shifted(&student), factor),
        ];
        let encoder = AnyEncoder::from(Views::side_by_side(vec![self.encoder, lesson.lexical.into()]));
        let classifier = sum(encoder.space(), self.classifier.classes(), &parts);
        let (moments, examples, recipe, trust) = (None, None, None, Trust::default());
        Ok(Self { encoder, classifier, moments, examples, recipe, trust, ..self })
    }
}

impl Model {
    /// The same of a model in its own language (Yarowsky 1995): the classes are taken to be as frequent among the texts as among this one's
    /// answers, but none rarer than one in a hundred.
    ///
    /// # Errors
    /// As [`Model::taught_by_itself`].
    pub fn self_trained(self, texts: &[&str], labelled: &Corpus, seed: u64) -> Result<Self> {
        let mut counts = vec![0.0; self.classes().len()];
        self.predict(texts)?.iter().for_each(|answer| counts[answer.class] += 1.0);
        let kept: Vec<f64> =
            counts.into_iter().map(|count| (count / texts.len() as f64).max(LEAST_SHARE)).collect();
        let sum: f64 = kept.iter().sum();
        let shares: Vec<f64> = kept.into_iter().map(|share| share / sum).collect();
        let mut model = self.taught_by_itself(texts, Some(labelled), &shares, seed)?;
        model.note("self_trained", serde_json::json!({ "n_texts": texts.len(), "shares": shares }));
        Ok(model)
    }
}

/// Texts that a teacher was asked about, encoded once, for students that are told different labels.
pub struct Lesson {
    /// The teacher's, in units of their deviation.
    scores: Array2<f32>,
    teacher: Standard,
    lexical: LexicalEncoder,
    features: Features,
    classes: Vec<String>,
    shares: Vec<f64>,
}

/// What a student learned.
struct Taught {
    student: LinearClassifier,
    standard: Standard,
    /// The scores of teacher and student together; those of the student by one that was taught without the text.
    combined: Array2<f32>,
}

impl Lesson {
    /// Of texts, known and unknown, which the teacher reads by `encoder`. `shares` are those of the classes among the texts.
    ///
    /// # Errors
    /// If the encoder fails.
    ///
    /// # Panics
    /// If there is no text, or not one share a class.
    pub fn of(
        teacher: &LinearClassifier,
        encoder: &AnyEncoder,
        texts: &[&str],
        shares: &[f64],
    ) -> Result<Self> {
        let classes = teacher.classes().to_vec();
        assert_eq!(shares.len(), classes.len(), "a share a class");
        let scores =
            super::by_the_batch(texts, classes.len(), |texts| Ok(teacher.scores(&encoder.features(texts)?)))?;
        let teacher = Standard::of(&scores, shares);
        let lexical = LexicalEncoder::fit(texts, texts.len() / classes.len());
        let features = lexical.features(texts);
        Ok(Self {
            scores: teacher.apply(scores.view()),
            teacher,
            lexical,
            features,
            classes,
            shares: shares.to_vec(),
        })
    }

    /// The classes of all texts by a student for each of `known`, which is told the classes of some texts; no text's own student learned
    /// from it.
    ///
    /// # Errors
    /// If a student's answers are all alike, or a solver fails.
    ///
    /// # Panics
    /// If there is no text or class of a number.
    pub fn predict_each(&self, known: &[Vec<(usize, usize)>], seed: u64) -> Result<Vec<Vec<usize>>> {
        known.par_iter().map(|known| Ok(answers(self.teach(known, seed)?.combined.view()).0)).collect()
    }

    /// The teacher's scores as they were.
    fn teacher_scores(&self) -> Array2<f32> {
        &self.scores * self.teacher.deviation + &self.teacher.centre
    }

    /// Teaches a student in rounds; `known` are numbers of texts with their classes.
    fn teach(&self, known: &[(usize, usize)], seed: u64) -> Result<Taught> {
        let mut combined = self.scores.clone();
        let mut taught = None;
        for round in 0..ROUNDS {
            let (mut labels, mut weights) = answers(combined.view());
            for &(text, class) in known {
                labels[text] = class;
                weights[text] = WEIGHT_OF_LABELLED;
            }
            let examples = Examples::new(&self.features, &labels, &self.classes)?.weighted(&weights);
            let seed = seed.wrapping_add(round as u64);
            let (student, held_out) = cross_fitted(&self.lexical, &examples, seed)?;
            let standard = Standard::of(&held_out, &self.shares);
            combined = &self.scores * SHARE_OF_TEACHER + &standard.apply(held_out.view());
            taught = Some((student, standard));
        }
        let (student, standard) = taught.expect("at least one round");
        Ok(Taught { student, standard, combined })
    }
}

/// The mean of classifiers that were each trained without a part of the examples, and the scores of every text by the one that was
/// trained without it.
fn cross_fitted(
    lexical: &LexicalEncoder,
    examples: &Examples<'_>,
    seed: u64,
) -> Result<(LinearClassifier, Array2<f32>)> {
    let fold_of = folds(examples.len(), seed);
    let fit = |fold: usize| -> Result<LinearClassifier> {
        let rows: Vec<u32> =
            (0u32..).zip(&fold_of).filter(|(_, of)| **of != fold).map(|(row, _)| row).collect();
        student(lexical.space(), &examples.only(rows)?)
    };
    let classifiers: Vec<LinearClassifier> = (0..FOLDS).into_par_iter().map(fit).collect::<Result<_>>()?;
    let by_fold: Vec<Array2<f32>> =
        classifiers.iter().map(|classifier| classifier.scores(examples.features())).collect();
    let mut held_out = Array2::zeros(by_fold[0].dim());
    for ((row, mut scores), &fold) in held_out.axis_iter_mut(Axis(0)).enumerate().zip(&fold_of) {
        scores.assign(&by_fold[fold].row(row));
    }
    let parts: Vec<_> = classifiers.into_iter().map(|classifier| (classifier, 1.0 / FOLDS as f32)).collect();
    Ok((added(&parts), held_out))
}

/// Two classifiers that err in different ways, each in units of its scores' deviation, added: one that fits words together, and one that only
/// counts, which labels that are often wrong mislead less, but which takes words for independent.
fn student(space: Space, examples: &Examples<'_>) -> Result<LinearClassifier> {
    let fitted = Head::Logistic.fit(space, examples, PENALTY / examples.len() as f64)?;
    let counted = complement_naive_bayes(space, examples, SMOOTHING);
    let in_units = |classifier: LinearClassifier| {
        let deviation = wordferry_classify::deviation(&classifier.scores(examples.features()));
        (classifier, (1.0 / deviation.max(f64::from(f32::MIN_POSITIVE))) as f32)
    };
    Ok(added(&[in_units(fitted), in_units(counted)]))
}

/// The classifier whose scores are those of others on the same features, each times its factor, added.
fn added(parts: &[(LinearClassifier, f32)]) -> LinearClassifier {
    let (first, _) = &parts[0];
    let mut weights = Array2::zeros(first.weights().dim());
    let mut bias = Array1::zeros(first.bias().len());
    for (classifier, factor) in parts {
        weights.scaled_add(*factor, &classifier.weights());
        bias.scaled_add(*factor, &classifier.bias());
    }
    LinearClassifier::new(first.space(), first.classes().to_vec(), weights, bias)
}

/// A fold for every text, by the seed.
fn folds(n: usize, seed: u64) -> Vec<usize> {
    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    let mut folds: Vec<usize> = (0..n).map(|text| text % FOLDS).collect();
    folds.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
    folds
}

/// The best class of every row, and a weight that grows with how far it is ahead, up to 1.
fn answers(scores: ArrayView2<'_, f32>) -> (Vec<usize>, Vec<f32>) {
    let answer = |row: ArrayView1<'_, f32>| {
        let best =
            row.iter().enumerate().fold(0, |best, (i, &score)| if score > row[best] { i } else { best });
        let second = row
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != best)
            .map(|(_, &score)| score)
            .fold(f32::MIN, f32::max);
        (best, (row[best] - second).clamp(1e-3, 1.0))
    };
    scores.rows().into_iter().map(answer).unzip()
}

impl Standard {
    /// Of two classes, the margin is counted from its quantile; of more, each score from its mean, less the logarithm of the share.
    fn of(scores: &Array2<f32>, shares: &[f64]) -> Self {
        let deviation = wordferry_classify::deviation(scores).max(f64::from(f32::MIN_POSITIVE)) as f32;
        let mut centre = scores.mean_axis(Axis(0)).expect("there are texts");
        if let [first, _] = shares {
            let mut margins: Vec<f32> = scores.rows().into_iter().map(|row| row[1] - row[0]).collect();
            margins.sort_by(f32::total_cmp);
            let at = (first * margins.len() as f64) as usize;
            centre = Array1::from(vec![0.0, margins[at.min(margins.len() - 1)]]);
        } else {
            for (centre, share) in centre.iter_mut().zip(shares) {
                *centre -= deviation * (share * shares.len() as f64).ln() as f32;
            }
        }
        Self { centre, deviation }
    }

    fn apply(&self, scores: ArrayView2<'_, f32>) -> Array2<f32> {
        (&scores - &self.centre) / self.deviation
    }

    /// A classifier of such scores.
    fn shifted(&self, classifier: &LinearClassifier) -> LinearClassifier {
        let weights = &classifier.weights() / self.deviation;
        let bias = (&classifier.bias() - &self.centre) / self.deviation;
        LinearClassifier::new(classifier.space(), classifier.classes().to_vec(), weights, bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Training;

    /// Texts whose class is told by one word that the teacher knows, half of the time, and by one that it does not.
    fn texts(n: usize) -> (Vec<String>, Vec<usize>) {
        let text = |i: usize| {
            let class = i % 2;
            let known = if i % 4 < 2 { ["bad", "good"][class] } else { "word" };
            (format!("{known} {} filler{}", ["mies", "prima"][class], i % 7), class)
        };
        (0..n).map(text).unzip()
    }

    fn teacher() -> Model {
        let pairs = [("good one", "yes"), ("bad one", "no"), ("good two", "yes"), ("bad two", "no")];
        let corpus = Corpus::from_pairs(pairs);
        Training::default()
            .fit(LexicalEncoder::fit(&corpus.texts(), corpus.n_rarest()).into(), &corpus)
            .unwrap()
    }

    #[test]
    fn a_student_learns_words_that_its_teacher_does_not_know() {
        let (texts, classes) = texts(400);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let taught = teacher().taught_by_itself(&texts, None, &[0.5, 0.5], 42).unwrap();
        let found: Vec<usize> = taught.predict(&["mies", "prima"]).unwrap().iter().map(|p| p.class).collect();
        assert_eq!(found, [0, 1]);
        let right =
            taught.predict(&texts).unwrap().iter().zip(&classes).filter(|(p, c)| p.class == **c).count();
        assert!(right > 390, "{right}");
        // Both are as sure, on the mean, as the teacher is: of half of the texts it knows nothing.
        let believed = teacher().probabilities(&texts).unwrap();
        let found = taught.probabilities(&texts).unwrap();
        let mean = |of: &Array2<f32>| {
            let best = of.rows().into_iter().map(|row| f64::from(row[0].max(row[1])));
            best.sum::<f64>() / texts.len() as f64
        };
        assert!((mean(&believed) - mean(&found)).abs() < 0.1, "{} {}", mean(&believed), mean(&found));
        // A text's own student knows it from others; the teacher alone would be right in three of four.
        let (teacher, shares) = (teacher(), [0.5, 0.5]);
        let lesson = Lesson::of(teacher.classifier(), teacher.encoder(), &texts, &shares).unwrap();
        let all: Vec<(usize, usize)> = (0..40).map(|text| (text, classes[text])).collect();
        for told in lesson.predict_each(&[vec![], all], 42).unwrap() {
            let right = told.iter().zip(&classes).filter(|(told, class)| told == class).count();
            assert!(right > 330, "{right}");
        }
        let folder = tempfile::tempdir().unwrap();
        taught.save(&folder.path().join("model")).unwrap();
        let again = Model::open(&folder.path().join("model")).unwrap();
        assert_eq!(again.probabilities(&texts[..9]).unwrap(), taught.probabilities(&texts[..9]).unwrap());
    }

    #[test]
    fn what_is_fitted_and_what_is_counted_weigh_the_same() {
        let (texts, classes) = texts(100);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (features, names) =
            (LexicalEncoder::fit(&texts, 1).features(&texts), ["no", "yes"].map(String::from));
        let examples = Examples::new(&features, &classes, &names).unwrap();
        let space = Space::of(&[b"test"]);
        let both = student(space, &examples).unwrap().scores(&features);
        let counted = complement_naive_bayes(space, &examples, SMOOTHING).scores(&features);
        let fitted = both - &counted / wordferry_classify::deviation(&counted) as f32;
        assert!((wordferry_classify::deviation(&fitted) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn self_training_finds_the_shares_of_classes() {
        let (texts, classes) = texts(400);
        // Nine of ten texts of the second class are gone.
        let is_kept = |i: &usize| classes[*i] == 0 || i % 20 == 1;
        let texts: Vec<&str> = (0..400).filter(is_kept).map(|i| texts[i].as_str()).collect();
        let corpus = Corpus::from_pairs([
            ("good one", "yes"),
            ("bad one", "no"),
            ("good two", "yes"),
            ("bad two", "no"),
        ]);
        let taught = teacher().self_trained(&texts, &corpus, 42).unwrap();
        let of_yes = taught.predict(&texts).unwrap().iter().filter(|found| found.class == 1).count();
        assert!((10..=60).contains(&of_yes), "{of_yes} of {}", texts.len());
        assert_eq!(taught.provenance()["self_trained"]["n_texts"], texts.len());
    }

    #[test]
    fn too_few_texts_are_an_error() {
        assert!(matches!(
            teacher().taught_by_itself(&["good"], None, &[0.5, 0.5], 42),
            Err(Error::TooFewToTeach { n: 1, .. })
        ));
    }
}
