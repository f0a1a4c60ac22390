//! `wordferry train --few` and `wordferry evaluate few`: labelled texts in, how well a classifier does with few of the labels out.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};
use wordferry::encode::AnyEncoder;
use wordferry::evaluate::{
    Answers, Draw, FewLabels, FewScores, Interval, LearningCurve, LearningPoint, Scores, learning_curves,
};
use wordferry::transfer::{Corpus, EncoderOrigin, LabelMap, Training};
use wordferry::vectors::{check_place, write_atomically};

use super::{SEED, columns, train};
use crate::options::{EvaluateFewArguments, Shared, TrainArguments};
use crate::printer::Printer;

/// Numbers of labels that are tried where none are named.
const USUAL_SIZES: [usize; 5] = [8, 16, 32, 64, 256];

/// Trains on `n` texts of every class and tests on the others, as often as was asked for.
pub(super) fn train(
    arguments: &TrainArguments,
    n: usize,
    corpus: &Corpus,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    let unlabelled = train::unlabelled(arguments)?;
    let (training, learned) = (train::training(arguments, shared), train::learned(&arguments.encoder));
    let paths = train::paths(&arguments.encoder, &arguments.encoding, shared, printer)?;
    let classes = corpus.classes();
    let mut encoder: Option<AnyEncoder> = None;
    let mut measured: Vec<Scores> = Vec::new();
    let mut n_test = 0;
    for draw in 0..arguments.draws {
        let training = Training { seed: training.seed.wrapping_add(draw as u64), ..training };
        let [few, rest] = Draw::of_each_class(corpus, n, training.seed)?.map(|rows| corpus.only(&rows));
        let seen: Vec<&str> = few.texts().into_iter().chain(unlabelled.iter().map(String::as_str)).collect();
        let own = match encoder.take() {
            None => train::encoder(&paths, &arguments.encoding, &seen, few.n_rarest(), shared, printer)?,
            Some(mut encoder) => {
                encoder.fit_again(&seen, few.n_rarest(), &learned)?;
                encoder
            }
        };
        printer.progress(&format!("draw {} of {}", draw + 1, arguments.draws));
        let model = training.fit_calibrated(own, &few)?;
        let answers = Answers::of_probabilities(model.probabilities(&rest.texts())?);
        measured.push(Scores::of_answers(&rest.class_indices(&classes)?, &answers, training.seed));
        let origin = EncoderOrigin { learned: learned.clone(), unlabelled: unlabelled.clone() };
        let model = model.with_origin(origin);
        if draw == 0 {
            model.save(&arguments.output)?;
        }
        n_test = rest.len();
        encoder = Some(model.into_encoder());
    }
    let accuracy = summary(&measured, training.seed, |scores| (scores.accuracy, scores.accuracy_ci));
    let macro_f1 = summary(&measured, training.seed, |scores| (scores.macro_f1, scores.macro_f1_ci));
    let majority = measured.first().map_or(0.0, |scores| scores.majority);
    let report = json!({
        "n_of_each_class": n, "n_draws": arguments.draws, "n_test": n_test, "classes": classes,
        "accuracy": accuracy.0, "accuracy_ci": accuracy.1, "macro_f1": macro_f1.0, "macro_f1_ci": macro_f1.1,
        "majority": majority, "macro_f1_of_draws": measured.iter().map(|scores| scores.macro_f1).collect::<Vec<_>>(),
    });
    printer.report(shared, &report, || {
        let per_cent = |(mean, Interval(low, high)): (f64, Interval)| {
            format!("{:.1} % ({:.1} to {:.1})", 100.0 * mean, 100.0 * low, 100.0 * high)
        };
        let of_draws = match arguments.draws {
            1 => String::new(),
            n => format!(", {n} draws"),
        };
        format!(
            "{n} texts of each of {}{of_draws}; tested on the other {n_test}\naccuracy {}, macro-F1 {}; always guessing the most \
             frequent class {:.1} %\n{}\n",
            classes.join(", "),
            per_cent(accuracy),
            per_cent(macro_f1),
            100.0 * majority,
            arguments.output.display(),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The mean over draws and its interval; of one draw, the interval is over the texts.
fn summary(measured: &[Scores], seed: u64, of: impl Fn(&Scores) -> (f64, Interval)) -> (f64, Interval) {
    match measured {
        [only] => of(only),
        _ => {
            let scores = measured.iter().map(|scores| of(scores).0).collect();
            let point = LearningPoint { n_labels: 0, scores };
            (point.mean(), point.interval(seed))
        }
    }
}

pub(crate) fn evaluate(
    arguments: &EvaluateFewArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    arguments.plot.iter().try_for_each(|plot| check_place(plot))?;
    train::check_combine(arguments.combine, &arguments.encoder)?;
    let labels = arguments.labels.iter().map(|(class, labels)| (class.as_str(), &labels[..]));
    let corpus = Corpus::open(&arguments.texts, &columns(&arguments.columns), &LabelMap::new(labels))?;
    let paths = train::paths(&arguments.encoder, &arguments.encoding, shared, printer)?;
    let encoder =
        train::encoder(&paths, &arguments.encoding, &corpus.texts(), corpus.n_rarest(), shared, printer)?;
    let seed = shared.seed.unwrap_or(SEED);
    let mut sizes = arguments.sizes.clone();
    sizes.sort_unstable();
    sizes.dedup();
    let mut few = FewLabels {
        training: Training {
            head: arguments.head,
            combination: arguments.combine.combination(),
            balanced: true,
            seed,
            ..Training::default()
        },
        learned: train::learned(&arguments.encoder),
        draw: if arguments.natural { Draw::Natural } else { Draw::Balanced },
        sizes,
        n_seeds: arguments.seeds,
        positive: arguments.positive.clone(),
    };
    if few.sizes.is_empty() {
        few.sizes = usual_sizes(few.most(&corpus)?, printer);
    }
    let found = few.run(encoder, &corpus, &mut |done, all| {
        printer.progress(&format!("{done} of {all} trainings"));
    })?;
    if let Some(path) = &arguments.plot {
        let svg = plot(arguments, &found, seed);
        write_atomically(path, |file| file.write_all(svg.as_bytes()))?;
    }
    printer.report(shared, &report(&found, few.draw, seed), || text(arguments, &found, seed))?;
    Ok(ExitCode::SUCCESS)
}

/// The usual numbers of labels, of which no more than `most` can be drawn. Of none of them the first stays, so that what is missing is told.
fn usual_sizes(most: usize, printer: &Printer) -> Vec<usize> {
    let fit = USUAL_SIZES.iter().filter(|&&size| size <= most).count();
    if let ([.., last], [next, ..]) = USUAL_SIZES.split_at(fit) {
        printer.note(&format!(
            "note: {most} labels can be drawn from half of the texts: {last} are tried, not {next}"
        ));
    }
    USUAL_SIZES[..fit.max(1)].to_vec()
}

fn recall_name(positive: &str) -> String {
    format!("recall of {positive} at ≤ 0.5 % false positives")
}

fn plot(arguments: &EvaluateFewArguments, found: &FewScores, seed: u64) -> String {
    let recall = recall_name(arguments.positive.as_deref().unwrap_or_default());
    let mut curves = vec![("macro-F1", &found.macro_f1)];
    curves.extend(found.recall.iter().map(|curve| (recall.as_str(), curve)));
    let file = arguments.texts.file_name().unwrap_or_default().to_string_lossy();
    let mut chart = learning_curves(&format!("Few labels: {file}"), "score", &curves, seed);
    chart.x_label = "labels".into();
    chart.to_svg()
}

fn report(found: &FewScores, draw: Draw, seed: u64) -> Value {
    let points = |curve: &LearningCurve| {
        let point = |point: &LearningPoint| {
            json!({
                "n_labels": point.n_labels, "mean": point.mean(), "ci": point.interval(seed), "scores": point.scores,
            })
        };
        curve.points().iter().map(point).collect::<Vec<Value>>()
    };
    json!({
        "n_pool": found.n_pool, "n_test": found.n_test, "draw": draw,
        "macro_f1": points(&found.macro_f1), "recall_at_fpr_0_005": found.recall.as_ref().map(points),
    })
}

fn text(arguments: &EvaluateFewArguments, found: &FewScores, seed: u64) -> String {
    let drawn = if arguments.natural { "as they come" } else { "as many of each class" };
    let mut text = format!(
        "labels drawn from {} texts, {drawn}, {} times; tested on {}; per cent with 95 % interval\n\nlabels  macro-F1",
        found.n_pool, arguments.seeds, found.n_test
    );
    if let Some(positive) = &arguments.positive {
        text.push_str(&format!("               {}", recall_name(positive)));
    }
    text.push('\n');
    for (i, point) in found.macro_f1.points().iter().enumerate() {
        text.push_str(&format!("{:>6}  {:<21}", point.n_labels, per_cent(point, seed)));
        if let Some(point) = found.recall.as_ref().and_then(|curve| curve.points().get(i)) {
            text.push_str(&format!("  {}", per_cent(point, seed)));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn per_cent(point: &LearningPoint, seed: u64) -> String {
    let Interval(low, high) = point.interval(seed);
    format!("{:.1} ({:.1} to {:.1})", 100.0 * point.mean(), 100.0 * low, 100.0 * high)
}
