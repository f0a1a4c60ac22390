//! Questions to the hub in, its answers out.

use std::io::Read;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::error::Error;
use super::name::{ModelName, is_commit};
use crate::http::{self, REDIRECTIONS, agent};

/// How long the hub may take to answer, and to go on with an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a list of files, at most.
const LONGEST_LIST: u64 = 32 << 20;

pub(super) struct Client {
    agent: Agent,
    endpoint: String,
}

/// What a revision is.
pub(super) struct Listing {
    pub(super) commit: String,
    pub(super) files: Vec<String>,
}

/// A file that is on its way.
pub(super) struct Incoming {
    pub(super) url: String,
    /// What the hub calls the file's content.
    pub(super) tag: Option<String>,
    /// Its length in bytes.
    pub(super) length: Option<u64>,
    pub(super) body: Box<dyn Read>,
}

impl Client {
    /// The endpoint begins with its scheme, as in `https://huggingface.co`.
    pub(super) fn new(endpoint: String) -> Self {
        Self { agent: agent(PATIENCE), endpoint: endpoint.trim_end_matches('/').to_owned() }
    }

    /// The commit that a name stands for, and its files.
    pub(super) fn listing(&self, name: &ModelName) -> Result<Listing, Error> {
        #[derive(Deserialize)]
        struct Answer {
            sha: String,
            siblings: Vec<Sibling>,
        }
        #[derive(Deserialize)]
        struct Sibling {
            rfilename: String,
        }
        let revision = name.revision.replace('/', "%2F");
        let url = format!("{}/api/models/{}/revision/{revision}", self.endpoint, name.repository);
        let (_, answer) = self.answer(&url, name)?;
        let wrong =
            |found: String| Error::Answer { url: url.clone(), expected: "a model's commit and files", found };
        let mut body = answer.into_body();
        let bytes = body
            .with_config()
            .limit(LONGEST_LIST)
            .read_to_vec()
            .map_err(|error| unreachable(&url, &error))?;
        let Answer { sha, siblings } =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let is_asked_for = !name.is_pinned() || sha == name.revision;
        match is_commit(&sha) && is_asked_for {
            true => {
                Ok(Listing { commit: sha, files: siblings.into_iter().map(|file| file.rfilename).collect() })
            }
            false => Err(wrong(format!("the commit {sha:?}"))),
        }
    }

    /// A file of a commit.
    pub(super) fn file(&self, name: &ModelName, commit: &str, file: &str) -> Result<Incoming, Error> {
        let url = format!("{}/{}/resolve/{commit}/{file}", self.endpoint, name.repository);
        let (first, answer) = self.answer(&url, name)?;
        let length = first.length.or(answer.body().content_length());
        Ok(Incoming { url, tag: first.tag, length, body: Box::new(answer.into_body().into_reader()) })
    }

    /// The answer at the end of all redirections, and what the first that told it said of the file.
    fn answer(&self, url: &str, name: &ModelName) -> Result<(Told, Response<Body>), Error> {
        let (mut told, mut at) = (Told::default(), url.to_owned());
        for _ in 0..=REDIRECTIONS {
            // The lengths are those of the files, not of what is packed for the journey.
            let question = self.agent.get(&at).header("accept-encoding", "identity");
            let answer = question.call().map_err(|error| unreachable(&at, &error))?;
            told = told.or(Told::by(&answer));
            match answer.status() {
                StatusCode::OK => return Ok((told, answer)),
                status if status.is_redirection() => at = onward(&at, &answer)?,
                StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(Error::Absent { name: name.to_string(), endpoint: self.endpoint.clone() });
                }
                status => return Err(Error::Status { url: at, status: status.as_u16() }),
            }
        }
        let found = format!("more than {REDIRECTIONS} redirections");
        Err(Error::Answer { url: url.to_owned(), expected: "an answer", found })
    }
}

/// What the headers of an answer tell of a file.
#[derive(Default)]
struct Told {
    tag: Option<String>,
    length: Option<u64>,
}

impl Told {
    /// A file that lies elsewhere is told of by headers of their own.
    fn by(answer: &Response<Body>) -> Self {
        let header = |name: &str| http::header(answer, name);
        let tag =
            header("x-linked-etag").or_else(|| header("etag").filter(|_| answer.status() == StatusCode::OK));
        let tag = tag.map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
        let is_safe = |tag: &&str| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Self {
            tag: tag.filter(is_safe).map(str::to_owned),
            length: header("x-linked-size").and_then(|length| length.parse().ok()),
        }
    }

    fn or(self, later: Self) -> Self {
        Self { tag: self.tag.or(later.tag), length: self.length.or(later.length) }
    }
}

/// Where an answer sends the question on to. Redirections are followed one by one, as a file's tag is told by the first of them.
fn onward(at: &str, answer: &Response<Body>) -> Result<String, Error> {
    let expected = "a place to go on to, as safe as this one";
    http::onward(at, answer).map_err(|found| Error::Answer { url: at.to_owned(), expected, found })
}

fn unreachable(url: &str, error: &ureq::Error) -> Error {
    Error::Unreachable { url: url.to_owned(), reason: error.to_string() }
}
