//! Replies of a model in, lines of a table or of JSON out.

use std::io::Write;

use serde_json::json;
use wordferry::classify::Answer;
use wordferry::transfer::{Reply, Row};

/// What stands in `decision` where somebody has to look.
const UNSURE: &str = "unsure";
/// Between the names of possible classes in a table.
const BETWEEN_CLASSES: &str = "|";

/// How replies are written: a line each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// JSON lines, or else tab-separated values below a header.
    pub(super) json: bool,
    /// With the decision by the budget or the confidence that the model keeps.
    pub(super) decision: bool,
    /// With the possible classes.
    pub(super) set: bool,
}

impl Lines {
    /// The line above the others, if there is one.
    pub(super) fn header(self) -> String {
        let columns = [
            (true, "label"),
            (true, "probability"),
            (self.decision, "decision"),
            (self.set, "classes"),
            (true, "text"),
        ];
        let columns: Vec<&str> = columns.iter().filter(|column| column.0).map(|column| column.1).collect();
        if self.json { String::new() } else { columns.join("\t") + "\n" }
    }

    /// The lines of rows and their replies.
    pub(super) fn of(self, rows: &[Row], replies: &[Reply], classes: &[String]) -> Vec<u8> {
        let mut lines = Vec::with_capacity(rows.iter().map(|row| row.text.len() + 64).sum());
        for (row, reply) in rows.iter().zip(replies) {
            let line = if self.json { Self::json_line } else { Self::table_line };
            line(self, &row.text, reply, classes, &mut lines);
            lines.push(b'\n');
        }
        lines
    }

    fn table_line(self, text: &str, reply: &Reply, classes: &[String], out: &mut Vec<u8>) {
        push_field(&classes[reply.prediction.class], out);
        let _ = write!(out, "\t{:.4}\t", reply.prediction.probability);
        if self.decision {
            push_field(decision(reply, classes), out);
            out.push(b'\t');
        }
        if self.set {
            for (i, &class) in reply.set.iter().flatten().enumerate() {
                out.extend(if i > 0 { BETWEEN_CLASSES } else { "" }.bytes());
                push_field(&classes[class], out);
            }
            out.push(b'\t');
        }
        push_field(text, out);
    }

    fn json_line(self, text: &str, reply: &Reply, classes: &[String], out: &mut Vec<u8>) {
        let mut line = json!({
            "label": classes[reply.prediction.class], "probability": reply.prediction.probability,
        });
        if self.decision {
            line["decision"] = decision(reply, classes).into();
        }
        if self.set {
            line["classes"] = reply.set.iter().flatten().map(|&class| classes[class].as_str()).collect();
        }
        line["text"] = text.into();
        let _ = write!(out, "{line}");
    }
}

fn decision<'a>(reply: &Reply, classes: &'a [String]) -> &'a str {
    match reply.decision {
        Some(Answer::Label(class)) => &classes[class],
        Some(Answer::Unsure) | None => UNSURE,
    }
}

/// A text as a field of a table without quoting: tabs and line ends become spaces.
pub(in crate::commands) fn push_field(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    out[start..]
        .iter_mut()
        .filter(|byte| matches!(byte, b'\t' | b'\n' | b'\r'))
        .for_each(|byte| *byte = b' ');
}

#[cfg(test)]
mod tests {
    use super::*;
    use wordferry::classify::Prediction;

    #[test]
    fn lines_say_what_the_model_knows() {
        let classes = ["ham".to_string(), "spam".to_string()];
        let row = Row { text: "a\tb\n\"c\"".into(), label: None, is_utf8: true, line: 1 };
        let reply = Reply {
            prediction: Prediction { class: 1, probability: 0.75 },
            decision: Some(Answer::Unsure),
            set: Some(vec![0, 1]),
        };
        let check = |json, decision, set, expected: &str| {
            let lines = Lines { json, decision, set };
            let found = lines.of(std::slice::from_ref(&row), std::slice::from_ref(&reply), &classes);
            assert_eq!(lines.header() + std::str::from_utf8(&found).unwrap(), expected);
        };
        check(false, false, false, "label\tprobability\ttext\nspam\t0.7500\ta b \"c\"\n");
        check(
            false,
            true,
            true,
            "label\tprobability\tdecision\tclasses\ttext\nspam\t0.7500\tunsure\tham|spam\ta b \"c\"\n",
        );
        check(
            true,
            true,
            true,
            "{\"label\":\"spam\",\"probability\":0.75,\"decision\":\"unsure\",\"classes\":[\"ham\",\"spam\"],\"text\":\"a\\tb\\n\\\"c\\\"\"}\n",
        );
    }
}
