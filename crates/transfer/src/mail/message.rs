//! The bytes of a message in, its text out.
//!
//! `mail-parser` reads headers, MIME parts, transfer encodings and character sets. Of alternatives the HTML one counts: it is what
//! people see, and where the links are.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::html;

/// Of a longer text, the rest is left out.
const LONGEST_TEXT: usize = 1 << 20;
/// Of a longer header, the rest is left out.
const LONGEST_HEADER: usize = 1 << 10;
/// Of more attachments, the rest is left out.
const MOST_ATTACHMENTS: usize = 100;

/// The sender, the subject and the body of a message, and the names of what is attached, each after its own marker. A text that is cut
/// ends in `[cut]`. `None` if there are no headers.
pub(super) fn text(bytes: &[u8], is_cut: bool) -> Option<String> {
    let message = MessageParser::default().parse(bytes)?;
    if message.headers().is_empty() {
        return None;
    }
    let mut text = String::new();
    if let Some(sender) = message.from().and_then(|from| from.first()) {
        let parts = [sender.name(), sender.address()];
        field(&mut text, "From", &parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    field(&mut text, "Subject", message.subject().unwrap_or_default());
    let mut is_cut = is_cut;
    for part in message.html_bodies() {
        text.push('\n');
        is_cut |= !append(&mut text, part);
    }
    for part in message.attachments().take(MOST_ATTACHMENTS) {
        field(&mut text, "Attachment", attached(part));
    }
    if is_cut {
        field(&mut text, "[cut]", "");
    }
    take_apart(message);
    Some(text.trim_end().to_owned())
}

/// Adds a body; false if not all of it.
fn append(text: &mut String, part: &MessagePart<'_>) -> bool {
    let room = LONGEST_TEXT.saturating_sub(text.len());
    let body = match &part.body {
        PartType::Text(body) => body.replace("\r\n", "\n"),
        PartType::Html(body) => html::text(body),
        _ => return true,
    };
    text.push_str(start_of(body.trim(), room));
    text.push('\n');
    body.trim().len() <= room
}

/// What an attachment is called, else what it is.
fn attached<'m>(part: &'m MessagePart<'_>) -> &'m str {
    let subject = || part.message().and_then(Message::subject);
    let kind = || part.content_type().map(|kind| kind.ctype());
    part.attachment_name().or_else(subject).or_else(kind).unwrap_or("unnamed")
}

/// Adds a line: a marker and what belongs to it.
fn field(text: &mut String, marker: &str, value: &str) {
    let value = start_of(value, LONGEST_HEADER);
    let separator = if value.is_empty() { "" } else { ": " };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend([marker, separator, &value.split_whitespace().collect::<Vec<_>>().join(" "), "\n"]);
}

/// At most `length` bytes of a text, whole characters.
fn start_of(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Drops a message from the outside in: messages within messages, a hundred thousand deep, would take as many calls otherwise.
fn take_apart(message: Message<'_>) {
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        let inner = message.parts.into_iter().filter_map(|part| match part.body {
            PartType::Message(message) => Some(message),
            _ => None,
        });
        messages.extend(inner);
    }
}
