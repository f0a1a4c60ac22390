//! A question for a file, or for its rest, in; what a server says to it out.

use std::io::Read;
use std::time::{Duration, SystemTime};

use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::error::Error;
use super::part::{Part, Tag};
use crate::http::{self, REDIRECTIONS};

/// The longest pause; a server that asks for more is asked another day.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// How much older than the answer a file has to be for its date to be no other version's (RFC 9110, 8.8.2.2).
const SETTLED: Duration = Duration::from_secs(60);

/// Where a file is asked for.
pub(super) struct Question<'a> {
    pub(super) agent: &'a Agent,
    pub(super) url: &'a str,
}

impl Question<'_> {
    /// The answer at the end of all redirections: the file, its rest, or that there is no rest.
    pub(super) fn ask(&self, part: &Part) -> Result<Answer, Error> {
        let mut at = self.url.to_owned();
        let tag = part.tag.as_ref().filter(|_| part.length > 0);
        for _ in 0..=REDIRECTIONS {
            // The lengths are those of the files, not of what is packed for the journey.
            let mut question = self.agent.get(&at).header("accept-encoding", "identity");
            if let Some(tag) = tag {
                let range = format!("bytes={}-", part.length);
                question = question.header("range", range).header("if-range", &tag.name);
            }
            let response = question.call().map_err(|error| self.unreachable(&error))?;
            match response.status() {
                StatusCode::OK => return Ok(Answer { response }),
                StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if tag.is_some() => {
                    return Ok(Answer { response });
                }
                status if status.is_redirection() => at = self.onward(&at, &response)?,
                status => return Err(self.refused(status, &response)),
            }
        }
        let found = format!("more than {REDIRECTIONS} redirections");
        Err(Error::Answer { url: self.url.to_owned(), expected: "an answer", found })
    }

    fn onward(&self, at: &str, response: &Response<Body>) -> Result<String, Error> {
        let expected = "a place to go on to, as safe as this one";
        http::onward(at, response).map_err(|found| Error::Answer {
            url: self.url.to_owned(),
            expected,
            found,
        })
    }

    fn refused(&self, status: StatusCode, response: &Response<Body>) -> Error {
        let (url, code) = (self.url.to_owned(), status.as_u16());
        match status {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Error::Absent { url, status: code }
            }
            _ => Error::Status { url, status: code, after: after(response) },
        }
    }

    pub(super) fn unreachable(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Unreachable { url: self.url.to_owned(), reason: error.to_string() }
    }
}

/// How long a server asks to be left alone: in seconds, or until a time by its own clock.
fn after(response: &Response<Body>) -> Option<Duration> {
    let asked = http::header(response, "retry-after")?.trim();
    let now = date(response, "date").unwrap_or_else(SystemTime::now);
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
    let after = asked.parse().ok().map(Duration::from_secs).or_else(|| http::date(asked).map(until));
    Some(after.unwrap_or(LONGEST_PAUSE))
}

fn date(response: &Response<Body>, header: &str) -> Option<SystemTime> {
    http::header(response, header).and_then(http::date)
}

/// What a server says.
pub(super) struct Answer {
    response: Response<Body>,
}

impl Answer {
    /// Whether the file comes from its beginning.
    pub(super) fn is_whole(&self) -> bool {
        self.response.status() == StatusCode::OK
    }

    /// Whether nothing follows what has arrived.
    pub(super) fn is_nothing(&self) -> bool {
        self.response.status() == StatusCode::RANGE_NOT_SATISFIABLE
    }

    /// Whether it fits to what has arrived: the file from its beginning does always, more of it if it is of the same file and begins
    /// where that ends.
    pub(super) fn fits(&self, part: &Part) -> bool {
        let length = self.length();
        let is_next = match self.response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let known = part.tag.as_ref().and_then(|tag| tag.length);
                self.range().starts_with(&format!("{}-", part.length))
                    && length.is_some_and(|length| known.is_none_or(|known| known == length))
            }
            StatusCode::RANGE_NOT_SATISFIABLE => length == Some(part.length),
            _ => return true,
        };
        is_next && part.tag.as_ref().is_none_or(|tag| self.may_be(&tag.name))
    }

    /// Whether a file is not called otherwise here.
    fn may_be(&self, name: &str) -> bool {
        let header = if name.starts_with('"') { "etag" } else { "last-modified" };
        http::header(&self.response, header).is_none_or(|found| found == name)
    }

    /// The range that comes, and the length of the whole.
    fn range(&self) -> &str {
        let range = http::header(&self.response, "content-range").unwrap_or_default();
        range.strip_prefix("bytes ").unwrap_or_default()
    }

    /// The length of the whole file.
    pub(super) fn length(&self) -> Option<u64> {
        match self.is_whole() {
            true => self.response.body().content_length(),
            false => self.range().split_once('/')?.1.parse().ok(),
        }
    }

    /// Whether the end of the answer can be told from a connection that ends.
    pub(super) fn has_end(&self) -> bool {
        let is_chunked = |coding: &str| coding.to_ascii_lowercase().contains("chunked");
        self.length().is_some() || http::header(&self.response, "transfer-encoding").is_some_and(is_chunked)
    }

    /// What the server calls the file, if no other file may be called so; its date, if it has no name.
    pub(super) fn tag(&self) -> Option<Tag> {
        let response = &self.response;
        let is_settled = || {
            let (now, changed) = (date(response, "date")?, date(response, "last-modified")?);
            Some(now.duration_since(changed).ok()? >= SETTLED)
        };
        let name = match http::header(response, "etag") {
            Some(name) => Some(name).filter(|name| name.starts_with('"') && name.len() > 2),
            None => http::header(response, "last-modified").filter(|_| is_settled() == Some(true)),
        };
        name.map(|name| Tag { name: name.to_owned(), length: self.length() })
    }

    pub(super) fn into_reader(self) -> impl Read {
        self.response.into_body().into_reader()
    }
}
