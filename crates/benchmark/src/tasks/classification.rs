//! `wordferry transfer --strategy zero-shot`, calibrated once for the hub: a classifier of its labelled texts reads the language.

use serde_json::json;
use wordferry_evaluate::{Answers, score_classification};
use wordferry_transfer::{Columns, Corpus, LabelMap};

use crate::Measurement;
use crate::reason::Reason;
use crate::subject::{Hub, Subject};

pub(super) fn measure(subject: &Subject<'_>, hub: &Hub<'_>) -> Result<Measurement, Reason> {
    let missing = || Reason::Missing(format!("no labelled texts of {} to test on", subject.language));
    let path = subject.benchmark.folder.reviews(subject.language, "test").ok_or_else(missing)?;
    // Before two languages are aligned for nothing.
    hub.training_texts()?;
    let corpus = Corpus::open(&path, &Columns::default(), &LabelMap::default())?;
    let texts = corpus.texts();
    let report = subject.pair(hub)?.aligned.report();
    subject.with_model(hub, |model| {
        let truth = corpus.class_indices(model.classes())?;
        let answers = Answers::of_probabilities(model.probabilities(&texts)?);
        let seed = subject.benchmark.settings.seed;
        let found = score_classification(&truth, &answers, model.classes(), None, seed);
        let scores = &found.scores;
        Ok(Measurement {
            score: scores.macro_f1.unwrap_or_default(),
            interval: scores.macro_f1_ci.map(|interval| (interval.0, interval.1)),
            n: scores.n_test,
            coverage: model.encoder().coverage(&texts).map(|coverage| coverage.share()),
            details: json!({ "scores": found, "alignment": report }),
        })
    })
}
