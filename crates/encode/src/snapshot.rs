//! A folder in, the name and the commit that it has on a model hub out; a saved file in, the hub's models that it is read with out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use wordferry_vectors::Artefact;

/// Where the models of a hub are, by their names and commits, `owner/name@commit`.
pub type HubFolders = BTreeMap<String, PathBuf>;

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

/// The models of a hub that a saved bridge or model is read with and that are neither where they were nor beside its file, as names and commits.
/// Of any other file there are none.
pub fn absent_hub_models(path: &Path) -> Vec<String> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let mut names = Vec::new();
    collect(&Artefact::properties_of(path).unwrap_or_default(), beside, &mut names);
    names
}

/// Views have the properties of their encoders within their own.
fn collect(properties: &Map<String, Value>, beside: &Path, names: &mut Vec<String>) {
    let text = |key: &str| properties.get(key).and_then(Value::as_str);
    if let (Some(name), Some(folder)) = (text("hub"), text("folder")) {
        let is_there = places(folder, beside).iter().any(|place| place.is_dir());
        names.extend((!is_there).then(|| name.to_owned()));
    }
    properties.values().filter_map(Value::as_object).for_each(|inner| collect(inner, beside, names));
}

/// Where a folder is looked for that a file in the folder `beside` names.
pub(crate) fn places(folder: &str, beside: &Path) -> [PathBuf; 2] {
    let was = Path::new(folder);
    [beside.join(was), beside.join(was.file_name().unwrap_or_default())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_are_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        let part = |name: &str, folder: &str| {
            let mut part = Artefact::new("views");
            part.set("encoder", serde_json::json!({ "hub": name, "folder": folder }));
            part
        };
        let mut artefact = part("a/b@1", "/none/1");
        artefact.put_part("view0", part("a/c@2", "/none/2"));
        artefact.put_part("view1", part("a/d@3", "3"));
        artefact.set("provenance", serde_json::json!({ "hub": ["a/e@4"] }));
        artefact.save(&path).unwrap();
        std::fs::create_dir(folder.path().join("2")).unwrap();
        assert_eq!(absent_hub_models(&path), ["a/b@1", "a/d@3"]);
        std::fs::create_dir(folder.path().join("3")).unwrap();
        assert_eq!(absent_hub_models(&path), ["a/b@1"]);
        assert!(absent_hub_models(folder.path()).is_empty());
    }

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
