//! An mbox in, its messages one by one out, as they are asked for.
//!
//! A message begins after a line `From somebody Thu Jan  1 00:00:00 1970`, at the start or after an empty line. Programs that write mailboxes
//! put a > before lines of a message that look like that (RFC 4155); it is taken away.

use std::io::{self, BufRead, Read};

use super::{LONGEST_MESSAGE, Raw};

/// How much of a line is looked at at a time.
const LONGEST_PIECE: u64 = 64 << 10;

/// Messages of a reader.
pub(super) struct Mbox<R> {
    reader: R,
    /// Lines that were read.
    line: u64,
    /// Whether the separator of the next message was read.
    begun: bool,
}

impl<R: BufRead> Mbox<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 0, begun: false }
    }

    /// The next message; what stands before the first separator is one, too, if it is more than empty lines.
    pub(super) fn next(&mut self) -> io::Result<Option<Raw>> {
        let mut raw = Raw { bytes: Vec::new(), line: self.line + 1, is_cut: false };
        let (mut after_empty, mut at_start) = (!self.begun, true);
        let mut piece = Vec::new();
        loop {
            piece.clear();
            if self.reader.by_ref().take(LONGEST_PIECE).read_until(b'\n', &mut piece)? == 0 {
                return Ok((std::mem::take(&mut self.begun) || has_text(&raw.bytes)).then_some(raw));
            }
            if at_start {
                self.line += 1;
            }
            if at_start && after_empty && is_separator(&piece) {
                let ended = std::mem::replace(&mut self.begun, true) || has_text(&raw.bytes);
                if ended {
                    return Ok(Some(raw));
                }
                raw = Raw { bytes: Vec::new(), line: self.line + 1, is_cut: false };
                after_empty = false;
                continue;
            }
            let kept = if at_start { unquoted(&piece) } else { &piece };
            match raw.bytes.len() as u64 + kept.len() as u64 <= LONGEST_MESSAGE {
                true => raw.bytes.extend_from_slice(kept),
                false => raw.is_cut = true,
            }
            after_empty = at_start && piece.trim_ascii().is_empty();
            at_start = piece.ends_with(b"\n");
        }
    }
}

fn has_text(bytes: &[u8]) -> bool {
    !bytes.trim_ascii().is_empty()
}

/// Whether a line stands between two messages: From, a sender, and a time of the day.
pub(super) fn is_separator(line: &[u8]) -> bool {
    let is_time = |part: &[u8]| {
        part.len() >= 4
            && part[0].is_ascii_digit()
            && part.contains(&b':')
            && part.iter().all(|byte| b"0123456789:".contains(byte))
    };
    line.starts_with(b"From ") && line.trim_ascii().split(|&byte| byte == b' ').any(is_time)
}

/// The line without the > that keeps it from being a separator.
fn unquoted(line: &[u8]) -> &[u8] {
    let inner = &line[line.iter().position(|&byte| byte != b'>').unwrap_or(0)..];
    if inner.len() < line.len() && is_separator(inner) { &line[1..] } else { line }
}
