//! What all questions over HTTP have in common, whoever is asked.

use std::time::{Duration, SystemTime};

use ureq::http::Response;
use ureq::{Agent, Body};

/// Places that a question may be sent on to.
pub(crate) const REDIRECTIONS: usize = 5;
/// Months and their days, but for leap days.
const MONTHS: [(&str, u64); 12] = [
    ("Jan", 31),
    ("Feb", 28),
    ("Mar", 31),
    ("Apr", 30),
    ("May", 31),
    ("Jun", 30),
    ("Jul", 31),
    ("Aug", 31),
    ("Sep", 30),
    ("Oct", 31),
    ("Nov", 30),
    ("Dec", 31),
];

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
    let whole = resolve(at, place);
    let is_safe = is_secure(&whole) || (whole.starts_with("http://") && !is_secure(at));
    match is_safe && !place.is_empty() {
        true => Ok(whole),
        false => Err(format!("{place:?}")),
    }
}

/// A place as seen from another one (RFC 3986, 5.2).
fn resolve(at: &str, place: &str) -> String {
    let (scheme, rest) = at.split_once("://").unwrap_or(("http", at));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let has_scheme = place.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']));
    match place {
        _ if has_scheme => place.to_owned(),
        _ if place.starts_with("//") => format!("{scheme}:{place}"),
        _ if place.starts_with('/') => format!("{scheme}://{host}{}", without_dots(place)),
        _ if place.starts_with('?') => format!("{scheme}://{host}{path}{place}"),
        _ => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{host}{}", without_dots(&format!("{folder}/{place}")))
        }
    }
}

/// A path from the root on, without the steps `.` and `..`.
fn without_dots(place: &str) -> String {
    let (path, query) = place.split_at(place.find(['?', '#']).unwrap_or(place.len()));
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "." => {}
            ".." => steps.truncate(steps.len().saturating_sub(1).max(1)),
            step => steps.push(step),
        }
    }
    format!("{}{query}", steps.join("/"))
}

/// The time that a date tells which is written as in `Sun, 06 Nov 1994 08:49:37 GMT`, as servers have to (RFC 9110, 5.6.7).
pub(crate) fn date(text: &str) -> Option<SystemTime> {
    let cells: Vec<&str> = text.trim().split([' ', ':']).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = cells[..] else { return None };
    let number = |cell: &str, most: u64| cell.parse::<u64>().ok().filter(|number| *number <= most);
    let (year, month) = (number(year, 9999)?, MONTHS.iter().position(|(name, _)| *name == month)?);
    let (past, day) = (year.checked_sub(1970)? + 1969, number(day, 31)?.checked_sub(1)?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // Leap days before 1970 are 477.
    let leap_days = past / 4 - past / 100 + past / 400 - 477 + u64::from(is_leap && month > 1);
    let days_of_months: u64 = MONTHS[..month].iter().map(|(_, days)| days).sum();
    let days = (year - 1970) * 365 + leap_days + days_of_months + day;
    let seconds = (number(hour, 23)? * 60 + number(minute, 59)?) * 60 + number(second, 60)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_seen_from_where_one_is() {
        let check = |place: &str, expected: &str| {
            assert_eq!(resolve("https://a.org/b/c/d?e=/f", place), expected, "{place}");
        };
        check("http://g.org/h", "http://g.org/h");
        check("//g.org/h", "https://g.org/h");
        check("/g?to=http://h", "https://a.org/g?to=http://h");
        check("g/h?to=http://i/../j", "https://a.org/b/c/g/h?to=http://i/../j");
        check("./g", "https://a.org/b/c/g");
        check("../g", "https://a.org/b/g");
        check("../../../../g", "https://a.org/g");
        check("?g", "https://a.org/b/c/d?g");
        assert_eq!(resolve("http://a.org", "b"), "http://a.org/b");
    }

    #[test]
    fn dates_tell_a_time() {
        let seconds =
            |text| date(text).map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs());
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(seconds("Fri, 01 Mar 2024 00:00:00 GMT"), Some(1_709_251_200));
        assert_eq!(seconds("Mon, 01 Mar 2100 00:00:00 GMT"), Some(4_107_542_400));
        for text in ["", "soon", "Sun, 06 Nov 1969 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
