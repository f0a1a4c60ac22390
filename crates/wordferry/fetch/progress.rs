//! How far files are in, a bar a file and one over all out, on a terminal only.

use std::sync::mpsc::Sender;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Event;
use super::transfer::Watch;
use crate::printer::Printer;

const FILE: &str = "{prefix:28!} {bar:24} {bytes:>10} of {total_bytes:>10} {bytes_per_sec:>12}";
const ALL: &str = "{prefix:28!} {bar:24} {bytes:>10} of {total_bytes:>10} {bytes_per_sec:>12}, {eta} left";

/// The bars of all files.
pub(super) struct Bars {
    bars: MultiProgress,
    all: ProgressBar,
    n_files: usize,
}

impl Bars {
    /// Nothing is shown where nobody watches.
    pub(super) fn new(n_files: usize, bytes: u64, printer: &Printer) -> Self {
        let bars = MultiProgress::new();
        if !printer.is_watched() {
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        let all = bars.add(bar(ALL, bytes));
        all.enable_steady_tick(Duration::from_millis(500));
        let bars = Self { bars, all, n_files };
        bars.count(0);
        bars
    }

    /// Says that so many files have ended.
    pub(super) fn count(&self, n: usize) {
        self.all.set_prefix(format!("{n} of {} files", self.n_files));
    }

    /// Says that a file of so many bytes need not be fetched.
    pub(super) fn pass(&self, bytes: u64) {
        self.all.inc(bytes);
    }

    /// Lets something be written above the bars.
    pub(super) fn above(&self, write: impl FnOnce()) {
        self.bars.suspend(write);
    }

    /// The bar of a file that is thought to have so many bytes.
    pub(super) fn file(&self, name: &str, bytes: u64, events: Sender<Event>) -> FileBar {
        let own = self.bars.insert_before(&self.all, bar(FILE, bytes).with_prefix(name.to_owned()));
        FileBar { own, all: self.all.clone(), name: name.to_owned(), events }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.all.finish_and_clear();
    }
}

fn bar(template: &str, bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden()).with_style(style)
}

/// The bar of a file; when it goes, all of the file counts as done.
pub(super) struct FileBar {
    own: ProgressBar,
    all: ProgressBar,
    name: String,
    events: Sender<Event>,
}

impl Watch for FileBar {
    fn length(&self, bytes: u64) {
        let thought = self.own.length().unwrap_or_default();
        self.own.set_length(bytes);
        self.all.inc_length(bytes.saturating_sub(thought));
        self.all.dec_length(thought.saturating_sub(bytes));
    }

    fn position(&self, bytes: u64) {
        let before = self.own.position();
        self.own.set_position(bytes);
        self.all.inc(bytes.saturating_sub(before));
        self.all.dec(before.saturating_sub(bytes));
    }

    fn note(&self, text: &str) {
        // Where nobody listens any more, all has ended.
        let _ = self.events.send(Event::Note(format!("{text} ({})", self.name)));
    }
}

impl Drop for FileBar {
    fn drop(&mut self) {
        let length = self.own.length().unwrap_or_default();
        self.all.inc(length.saturating_sub(self.own.position()));
        self.own.finish_and_clear();
    }
}
