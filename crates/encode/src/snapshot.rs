//! A folder in, the name and the commit that it has on a model hub out.

use std::path::Path;

/// The name and the commit, `owner/name@commit`, of a folder in the cache of a Hugging Face hub, which is called
/// `models--owner--name/snapshots/commit`; `None` of any other.
pub fn hub_name(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut parts = folder.iter().rev().map(|part| part.to_str().unwrap_or_default());
    let (commit, within, model) = (parts.next()?, parts.next()?, parts.next()?);
    let name = model.strip_prefix("models--")?.replacen("--", "/", 1);
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (within == "snapshots" && is_commit).then(|| format!("{name}@{commit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_a_cache_alone() {
        let commit = "0123456789abcdef".repeat(3)[..40].to_owned();
        let check = |folder: String, expected: Option<String>| {
            assert_eq!(hub_name(folder.as_ref()), expected, "{folder}");
        };
        check(format!("/c/models--a--b/snapshots/{commit}"), Some(format!("a/b@{commit}")));
        check(format!("/c/models--a--b-c--d/snapshots/{commit}/"), Some(format!("a/b-c--d@{commit}")));
        check(format!("/c/models--a--b/snapshots/{}", &commit[1..]), None);
        check(format!("/c/models--a--b/blobs/{commit}"), None);
        check(format!("/c/datasets--a--b/snapshots/{commit}"), None);
        check("/".into(), None);
    }
}
