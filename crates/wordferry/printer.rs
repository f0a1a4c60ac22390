//! Where words go: data to stdout, everything else to stderr.
//!
//! A reader that stops listening (`| head`) is no failure.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::options::Shared;

pub(crate) struct Printer {
    quiet: bool,
    spinner: Mutex<Option<ProgressBar>>,
}

impl Printer {
    pub(crate) fn new(shared: &Shared) -> Self {
        Self { quiet: shared.quiet, spinner: Mutex::new(None) }
    }

    /// Whether somebody sees what is overwritten: on a terminal only.
    pub(crate) fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Shows what is going on: a spinner that is overwritten.
    pub(crate) fn progress(&self, what: &str) {
        if !self.is_watched() {
            return;
        }
        let mut spinner = self.spinner.lock().unwrap_or_else(PoisonError::into_inner);
        let spinner = spinner.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{elapsed:>4} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(std::time::Duration::from_millis(200));
            bar
        });
        spinner.set_message(what.to_string());
    }

    /// Clears what [`Printer::progress`] shows.
    pub(crate) fn done(&self) {
        if let Some(spinner) = self.spinner.lock().unwrap_or_else(PoisonError::into_inner).take() {
            spinner.finish_and_clear();
        }
    }

    /// Says something that the user should know.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// Says something that the user has to know.
    pub(crate) fn error(&self, text: &str) {
        self.done();
        // Without a stderr there is nobody to tell.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Writes data to stdout.
    pub(crate) fn data(
        &self,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.done();
        let mut stdout = BufWriter::new(io::stdout().lock());
        let Err(error) = write(&mut stdout).and_then(|()| Ok(stdout.flush()?)) else { return Ok(()) };
        match writing_failed(&error) {
            Some(ErrorKind::BrokenPipe) => Ok(()),
            Some(_) => Err(anyhow!("expected to write to stdout, but {error}")),
            None => Err(error),
        }
    }

    /// Writes a report to stdout: as JSON if that is asked for, else as what `text` makes of it.
    pub(crate) fn report(
        &self,
        shared: &Shared,
        report: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        self.data(|out| match shared.json {
            true => {
                serde_json::to_writer_pretty(&mut *out, report)?;
                Ok(writeln!(out)?)
            }
            false => Ok(out.write_all(text().as_bytes())?),
        })
    }
}

/// Why nothing more can be written, if that is the error, and not what was to be written.
fn writing_failed(error: &anyhow::Error) -> Option<ErrorKind> {
    if let Some(error) = error.downcast_ref::<csv::Error>() {
        return match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        };
    }
    let json = error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    error.downcast_ref::<io::Error>().map(io::Error::kind).or(json)
}
