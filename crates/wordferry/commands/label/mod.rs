//! `wordferry label`: texts and a person in, labels and a model out; one key a text, safe to stop at any time.

mod journal;
mod keys;

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::json;
use wordferry::classify::Head;
use wordferry::encode::LexicalEncoder;
use wordferry::evaluate::Scores;
use wordferry::transfer::{Corpus, EncoderOrigin, Labelling, Model, Training};
use wordferry::vectors::check_place;

use self::journal::Journal;
use self::keys::{Answer, Keys};
use super::SEED;
use super::reader::open_model;
use super::texts::{as_strs, read_texts};
use crate::failure::Usage;
use crate::options::{LabelArguments, Shared};
use crate::printer::Printer;

/// Texts that are chosen from; of more, so many are drawn.
const MOST_TEXTS: usize = 20_000;
/// Characters of a text that are shown.
const SHOWN: usize = 1500;
/// Answers from one estimate to the next.
const BETWEEN_ESTIMATES: usize = 5;

pub(crate) fn run(
    arguments: &LabelArguments,
    shared: &Shared,
    printer: &Printer,
) -> anyhow::Result<ExitCode> {
    arguments.output.iter().try_for_each(|output| check_place(output))?;
    let file = arguments.new.as_ref().or(arguments.texts.as_ref()).expect("clap asks for one of them");
    let seed = shared.seed.unwrap_or(SEED);
    let texts = drawn(read_texts(file, &arguments.columns, printer)?, seed);
    let model = arguments.model.as_ref().filter(|_| arguments.new.is_none());
    let model = model.map(|path| open_model(path, None, shared, printer)).transpose()?;
    let classes = classes(arguments, model.as_ref())?;
    let path = arguments.labels_file.clone().unwrap_or_else(|| {
        let mut name = file.clone().into_os_string();
        name.push(".labels.csv");
        PathBuf::from(name)
    });
    let mut journal = Journal::open(&path, printer)?;
    let session = Session { arguments, texts, classes, seed, shared, printer };
    let fresh = fresh(model.as_ref(), &journal);
    let n_fresh = fresh.len();
    let mut labelling = session.labelling(model.as_ref(), fresh)?;
    session.ask(&mut labelling, &mut journal, n_fresh)?;
    session.end(model, &labelling, &journal)
}

/// The labels of a journal that a model has not learned: it may be the one that came of an earlier session.
fn fresh(model: Option<&Model>, journal: &Journal) -> Corpus {
    let given = journal.corpus();
    let Some(known) = model.and_then(Model::examples) else { return given };
    let known: HashSet<(&str, &String)> = known.texts().into_iter().zip(known.labels()).collect();
    let pairs = given.texts().into_iter().zip(given.labels()).enumerate();
    let rows: Vec<usize> = pairs.filter(|(_, pair)| !known.contains(pair)).map(|(row, _)| row).collect();
    given.only(&rows)
}

/// All texts, or as many as are looked at, in their order.
fn drawn(texts: Vec<String>, seed: u64) -> Vec<String> {
    if texts.len() <= MOST_TEXTS {
        return texts;
    }
    let mut rows: Vec<usize> = (0..texts.len()).collect();
    rows.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
    rows.truncate(MOST_TEXTS);
    rows.sort_unstable();
    rows.into_iter().map(|row| texts[row].clone()).collect()
}

/// The model's classes, or those that were named, sorted.
fn classes(arguments: &LabelArguments, model: Option<&Model>) -> anyhow::Result<Vec<String>> {
    if let Some(model) = model {
        return match model.examples() {
            Some(_) => Ok(model.classes().to_vec()),
            None => Err(wordferry::transfer::Error::NoTextsKept.into()),
        };
    }
    let mut classes = arguments.classes.clone();
    classes.sort_unstable();
    classes.dedup();
    match classes.len() {
        2.. => Ok(classes),
        n => Err(Usage(format!("expected two classes or more (--classes ham,spam), found {n}")).into()),
    }
}

struct Session<'a> {
    arguments: &'a LabelArguments,
    texts: Vec<String>,
    classes: Vec<String>,
    seed: u64,
    shared: &'a Shared,
    printer: &'a Printer,
}

impl Session<'_> {
    /// What is known before the first question: the model's examples, and the labels of earlier sessions.
    fn labelling(&self, model: Option<&Model>, given: Corpus) -> anyhow::Result<Labelling> {
        let known = match model.and_then(Model::examples) {
            Some(examples) => examples.plus(&given),
            None => given,
        };
        self.printer.progress(&format!("reading {} texts", self.texts.len()));
        let lexical = model.is_none().then(|| LexicalEncoder::fit(&as_strs(&self.texts), 1).into());
        let encoder = model.map(Model::encoder).or(lexical.as_ref()).expect("a model's or a new one");
        let head = model.map_or(Head::Logistic, Model::head);
        Ok(Labelling::new(&self.texts, &known, &self.classes, encoder, head, self.seed)?)
    }

    /// Asks until there is nothing left to ask, or no wish to answer. What was answered is in the journal before the next question.
    /// `n_fresh` answers of the journal can be taken back: a model has not learned them.
    fn ask(
        &self,
        labelling: &mut Labelling,
        journal: &mut Journal,
        mut n_fresh: usize,
    ) -> anyhow::Result<()> {
        let mut keys = Keys::new(&self.classes);
        self.tell(&keys.legend());
        let mut again = None;
        loop {
            self.printer.progress("choosing a text");
            let Some(row) = again.take().map_or_else(|| labelling.next(), |row| Ok(Some(row)))? else {
                self.tell("no text is left");
                return Ok(());
            };
            self.question(labelling, row)?;
            match keys.read()? {
                Answer::Class(class) => {
                    labelling.answer(row, class);
                    journal.add(labelling.text(row), &self.classes[class])?;
                    n_fresh += 1;
                    self.estimate(labelling)?;
                }
                Answer::Skip => labelling.leave_out(row),
                Answer::Undo => match n_fresh > 0 && journal.undo()? {
                    true => {
                        n_fresh -= 1;
                        again = labelling.undo();
                    }
                    false => {
                        self.tell("no answer of this file is left to take back");
                        again = Some(row);
                    }
                },
                Answer::Unknown(found) => {
                    self.tell(&format!("{found:?} is none of the keys: {}", keys.legend()));
                    again = Some(row);
                }
                Answer::Quit => return Ok(()),
            }
        }
    }

    fn question(&self, labelling: &Labelling, row: usize) -> anyhow::Result<()> {
        let text = labelling.text(row);
        let n: usize = labelling.counts().iter().sum();
        if self.shared.json {
            return self.printer.data(|out| Ok(writeln!(out, "{}", json!({ "n_labels": n, "text": text }))?));
        }
        let shown: String = text.chars().take(SHOWN).collect();
        let dots = if text.chars().count() > SHOWN { "…" } else { "" };
        self.tell(&format!("\n{}. {shown}{dots}", n + 1));
        Ok(())
    }

    /// Says how good a classifier of the answers is, every few answers.
    fn estimate(&self, labelling: &Labelling) -> anyhow::Result<()> {
        let counts = labelling.counts();
        let n: usize = counts.iter().sum();
        let of_class = self.classes.iter().zip(&counts).map(|(class, count)| format!("{count} {class}"));
        let mut line = format!("{n} labels: {}", of_class.collect::<Vec<_>>().join(", "));
        if n.is_multiple_of(BETWEEN_ESTIMATES)
            && let Some(scores) = self.scores(labelling)?
        {
            line.push_str(&format!("; held out: {}", said(&scores)));
        }
        self.tell(&line);
        Ok(())
    }

    fn scores(&self, labelling: &Labelling) -> anyhow::Result<Option<Scores>> {
        let held_out = labelling.held_out()?;
        Ok(held_out.map(|held_out| super::train::scores(held_out.scores.view(), &held_out.labels, self.seed)))
    }

    /// Trains on what was given, and says what came of it.
    fn end(
        &self,
        model: Option<Model>,
        labelling: &Labelling,
        journal: &Journal,
    ) -> anyhow::Result<ExitCode> {
        let given = fresh(model.as_ref(), journal);
        let counts = labelling.counts();
        let complete = !counts.contains(&0) && (model.is_some() || !given.is_empty());
        let scores = self.scores(labelling)?;
        let saved = match &self.arguments.output {
            Some(output) if complete => {
                self.printer.progress("training");
                let model = match model {
                    Some(model) if given.is_empty() => model,
                    Some(model) => model.updated(&given)?.model,
                    None => self.trained(&given)?,
                };
                model.save(output)?;
                Some(output.display().to_string())
            }
            Some(_) => {
                self.tell("no model: it takes a label of every class");
                None
            }
            None => None,
        };
        let by_class: serde_json::Map<String, serde_json::Value> =
            self.classes.iter().zip(&counts).map(|(class, count)| (class.clone(), json!(count))).collect();
        let report = json!({
            "labels": by_class, "labels_file": journal.path().display().to_string(), "model": saved,
            "held_out_macro_f1": scores.as_ref().map(|scores| scores.macro_f1),
        });
        if self.shared.json {
            self.printer.data(|out| Ok(writeln!(out, "{report}")?))?;
            return Ok(ExitCode::SUCCESS);
        }
        self.printer.data(|out| {
            let of_class = self.classes.iter().zip(&counts).map(|(class, count)| format!("{count} {class}"));
            writeln!(out, "labels: {}", of_class.collect::<Vec<_>>().join(", "))?;
            scores.iter().try_for_each(|scores| writeln!(out, "held out: {}", said(scores)))?;
            writeln!(out, "{}", journal.path().display())?;
            saved.iter().try_for_each(|saved| writeln!(out, "{saved}"))?;
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// What `wordferry train` makes of the labels, with the texts as unlabelled ones.
    fn trained(&self, given: &Corpus) -> anyhow::Result<Model> {
        let seen: Vec<&str> = given.texts().into_iter().chain(as_strs(&self.texts)).collect();
        let training = Training { balanced: true, keep_texts: true, seed: self.seed, ..Training::default() };
        let origin = EncoderOrigin { learned: vec![true], unlabelled: self.texts.clone() };
        let encoder = LexicalEncoder::fit(&seen, given.n_rarest());
        Ok(training.fit_calibrated(encoder.into(), given)?.with_origin(origin))
    }

    /// Says something to the person, on stderr.
    fn tell(&self, what: &str) {
        self.printer.note(what);
    }
}

fn said(scores: &Scores) -> String {
    let (f1, low, high) = (scores.macro_f1, scores.macro_f1_ci.0, scores.macro_f1_ci.1);
    format!(
        "macro-F1 {:.0} % ({:.0} to {:.0}), among texts that are harder than most",
        100.0 * f1,
        100.0 * low,
        100.0 * high
    )
}
