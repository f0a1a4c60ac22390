//! What all questions over HTTP have in common, whoever is asked.

use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body};

/// Places that a question may be sent on to.
pub(crate) const REDIRECTIONS: usize = 5;

/// Asks without following redirections; every status is an answer. A server may take `patience` to connect, to answer, and to go
/// on with an answer.
pub(crate) fn agent(patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .user_agent(concat!("wordferry/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

/// A header of an answer, if it is text.
pub(crate) fn header<'a>(answer: &'a Response<Body>, name: &str) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Where an answer sends the question on to.
///
/// # Errors
/// The place itself, if it is none or less safe than this one.
pub(crate) fn onward(at: &str, answer: &Response<Body>) -> Result<String, String> {
    let place = header(answer, "location").unwrap_or_default();
    let is_secure = |url: &str| url.starts_with("https://");
    let whole = match place.starts_with('/') {
        true => {
            let host = at.find("://").map_or(0, |scheme| scheme + 3);
            let origin = at[host..].find('/').map_or(at, |path| &at[..host + path]);
            format!("{origin}{place}")
        }
        false => place.to_owned(),
    };
    match is_secure(&whole) || (whole.starts_with("http://") && !is_secure(at)) {
        true => Ok(whole),
        false => Err(format!("{place:?}")),
    }
}
