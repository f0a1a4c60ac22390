//! What a model is called on the hub.

use std::fmt;
use std::path::Path;

use crate::failure::Usage;

/// What marks a name as one of the hub's, whatever lies on the disk.
const PREFIX: &str = "hf:";
/// The revision of a name that has none.
const MAIN: &str = "main";
/// Characters of a name, at most.
const LONGEST: usize = 96;
/// Endings of files that are encoders: a path with one of them is no name.
const FILES: [&str; 12] =
    ["bin", "csv", "fifu", "ftz", "gz", "npy", "safetensors", "tsv", "txt", "vec", "zip", "zst"];

/// A model's name, `owner/name`, and its revision: a branch, a tag or a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelName {
    pub(crate) repository: String,
    pub(crate) revision: String,
}

impl ModelName {
    /// Reads `owner/name`, `owner/name@revision` or either after `hf:`; `None` if it is a path.
    ///
    /// # Errors
    /// If what follows `hf:` is no name.
    pub(crate) fn of(path: &Path) -> Result<Option<Self>, Usage> {
        let Some(text) = path.to_str() else { return Ok(None) };
        if let Some(name) = text.strip_prefix(PREFIX) {
            let found = || Usage(format!("expected hf:owner/name or hf:owner/name@revision, found {text:?}"));
            return parse(name).ok_or_else(found).map(Some);
        }
        Ok(parse(text).filter(|name| !looks_like_a_path(&name.repository)))
    }

    /// Whether the revision is a commit, which never changes.
    pub(crate) fn is_pinned(&self) -> bool {
        is_commit(&self.revision)
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        match self.revision == MAIN {
            true => Ok(()),
            false => write!(f, "@{}", self.revision),
        }
    }
}

/// Whether this is the hash of a commit.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn parse(text: &str) -> Option<ModelName> {
    let (repository, revision) = text.split_once('@').unwrap_or((text, MAIN));
    let (owner, name) = repository.split_once('/')?;
    let parts_of_revision = revision.split('/');
    let is_name = [owner, name].into_iter().chain(parts_of_revision).all(is_part);
    (is_name && repository.len() <= LONGEST)
        .then(|| ModelName { repository: repository.to_owned(), revision: revision.to_owned() })
}

/// Whether this can be an owner, a name, or a part of a revision.
fn is_part(part: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !part.is_empty() && part.bytes().all(is_known) && !part.starts_with(['.', '-']) && !part.contains("..")
}

/// Whether a name is rather a path that was mistyped: in a folder that is there, or of a file that can be read.
fn looks_like_a_path(name: &str) -> bool {
    let path = Path::new(name);
    let is_file =
        path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| FILES.contains(&ending));
    is_file || path.parent().is_some_and(Path::is_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths() {
        let commit = "c".repeat(40);
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = ModelName::of(text.as_ref()).unwrap();
            let found = found.as_ref().map(|name| (name.repository.as_str(), name.revision.as_str()));
            assert_eq!(found, expected, "{text}");
        };
        check("owner/a-name_1.5", Some(("owner/a-name_1.5", "main")));
        check("owner/name@v1.0", Some(("owner/name", "v1.0")));
        check("owner/name@refs/pr/1", Some(("owner/name", "refs/pr/1")));
        check("hf:owner/name.bin@x", Some(("owner/name.bin", "x")));
        check(&format!("owner/name@{commit}"), Some(("owner/name", &commit)));
        // In the folder of the crate.
        check("crates/name", None);
        check("hf:crates/name", Some(("crates/name", "main")));
        for path in [
            "name", "a/b/c", "/a/b", "../b", "./b", "a/../b", "a/b.vec", "a/b.gz", "a/b@", "a/b@..", "a b/c",
            "",
        ] {
            check(path, None);
        }
        for wrong in ["hf:", "hf:name", "hf:a/b/c", "hf:a/b@", "hf:../b", "hf:a/b@x//y"] {
            assert!(ModelName::of(wrong.as_ref()).is_err(), "{wrong}");
        }
        assert!(parse(&format!("a/b@{commit}")).unwrap().is_pinned());
        assert!(!parse("a/b@cccc").unwrap().is_pinned());
        assert_eq!(parse("a/b@x").unwrap().to_string(), "a/b@x");
        assert_eq!(parse("a/b").unwrap().to_string(), "a/b");
    }
}
