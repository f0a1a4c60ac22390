//! HTML in, the text that people see out, and the hosts that its links lead to.
//!
//! `html5gum` finds tags and entities as the WHATWG's standard says. There is no tree, and thus no depth.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Tags whose content is not for people to read.
const UNSEEN: [&[u8]; 5] = [b"script", b"style", b"title", b"template", b"noembed"];
/// Tags that begin and end a line.
const BLOCKS: [&[u8]; 24] = [
    b"address",
    b"article",
    b"blockquote",
    b"br",
    b"center",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"footer",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"header",
    b"hr",
    b"li",
    b"ol",
    b"p",
    b"table",
    b"tr",
    b"ul",
];
/// Names of hosts are no longer (RFC 1035).
const LONGEST_HOST: usize = 253;

/// The text, with the host of a link in brackets before the link's text.
pub(super) fn text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    // So that what looks like a tag within a script is none.
    emitter.naively_switch_states(true);
    let mut text = Text::default();
    let mut unseen: Option<Vec<u8>> = None;
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        match token {
            Token::StartTag(tag) if unseen.is_none() => {
                text.start(&tag);
                let name: &[u8] = &tag.name;
                if UNSEEN.contains(&name) && !tag.self_closing {
                    unseen = Some(name.to_vec());
                }
            }
            Token::EndTag(tag) => {
                let name: &[u8] = &tag.name;
                if unseen.as_deref() == Some(name) {
                    unseen = None;
                }
                text.separate(name);
            }
            Token::String(string) if unseen.is_none() => text.push(&String::from_utf8_lossy(&string)),
            _ => {}
        }
    }
    text.text
}

/// A text that grows.
#[derive(Default)]
struct Text {
    text: String,
    /// Whether white space was seen that is not written yet.
    space: bool,
}

impl Text {
    fn start(&mut self, tag: &StartTag<()>) {
        self.separate(&tag.name);
        let attribute = |name: &[u8]| {
            let value = tag.attributes.iter().find(|(key, _)| ***key == *name)?.1;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let name: &[u8] = &tag.name;
        match name {
            b"a" | b"area" => {
                if let Some(host) = attribute(b"href").as_deref().and_then(host) {
                    self.space = true;
                    self.push(&format!("[{host}] "));
                }
            }
            b"img" => self.push(&format!(" {} ", attribute(b"alt").unwrap_or_default())),
            _ => {}
        }
    }

    /// What a tag does to the text on both of its sides.
    fn separate(&mut self, name: &[u8]) {
        if BLOCKS.contains(&name) {
            self.text.truncate(self.text.trim_end_matches(' ').len());
            if !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push('\n');
            }
            self.space = false;
        } else if matches!(name, b"td" | b"th") {
            self.space = true;
        }
    }

    /// Adds text; white space of any length is one space.
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_whitespace() {
                self.space = true;
                continue;
            }
            if std::mem::take(&mut self.space) && !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push(' ');
            }
            self.text.push(character);
        }
    }
}

/// The host that a link leads to, in lower case; of an address, what comes after the @.
fn host(link: &str) -> Option<String> {
    let link: String = link.chars().filter(|character| !character.is_whitespace()).collect();
    let (scheme, rest) = link.split_once(':').unwrap_or(("", &link));
    let authority = match scheme.to_ascii_lowercase().as_str() {
        "mailto" => rest.split('?').next()?.rsplit_once('@')?.1,
        _ => rest.strip_prefix("//")?.split(['/', '?', '#', '\\']).next()?,
    };
    let host = authority.rsplit('@').next()?.split(':').next()?.to_lowercase();
    (!host.is_empty() && host.len() <= LONGEST_HOST).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(text(html).trim(), expected, "{html}");
    }

    #[test]
    fn what_people_see() {
        check("<p>Hi <b>you</b></p><p>there&nbsp;&amp; th&eacute;n</p>", "Hi you\nthere & thén");
        check("<style>p { x }</style><script>a < b; '<p>no</p>'</script><title>t</title>yes", "yes");
        check("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc");
        check("V<!-- x -->iagra <i>n</i>ow", "Viagra now");
        check("<div><div><div>a</div></div></div>b<br>c", "a\nb\nc");
        check("<img alt='Logo &lt;1&gt;'>", "Logo <1>");
        check("a < b & c <unclosed", "a < b & c");
    }

    #[test]
    fn links_keep_their_hosts() {
        check(
            "<a href='HTTPS://User:p@Pay.Example.com:80/x?y#z'>your bank</a>!",
            "[pay.example.com] your bank!",
        );
        check("<a href=//x.org>x</a> <a href='mailto:a@b.org?subject=c'>me</a>", "[x.org] x [b.org] me");
        check("<a href='#top'>top</a> <a href='javascript:f()'>f</a> <a name=n>n</a>", "top f n");
        check("<a href='ht\ntp://x.org'>x</a>", "[x.org] x");
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = "<div><a href=//x.org>".repeat(100_000);
        assert!(text(&deep).starts_with("[x.org]"));
    }
}
