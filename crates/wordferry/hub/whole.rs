//! A folder of a cache in, whether an encoder's files are all there out, as far as they tell.
//!
//! Another program may have fetched some of a model's files only. Those that are there name others: `modules.json` the folders of
//! modules, an index the shards of its weights. A network has a configuration and a tokenizer.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::cache::MODULES;
use super::files::{INDEX, WHOLE, needed};

/// Whether no file is missing that another one needs. What is damaged is told when it is opened.
pub(super) fn is_whole(folder: &Path) -> bool {
    let mut names = Vec::new();
    list(folder, "", &mut names);
    let Ok(needed) = needed(&names) else { return false };
    let folders = needed.iter().filter_map(|name| name.strip_suffix(INDEX));
    let modules = json(&folder.join(MODULES));
    let modules = modules.as_array().map(Vec::as_slice).unwrap_or_default();
    folders.into_iter().all(|within| has_weights(&folder.join(within)))
        && has_network(folder, modules.first())
        && modules.iter().all(|module| has_module(folder, module))
}

/// Whether the network's configuration and tokenizer are there; static models have them in other places.
fn has_network(folder: &Path, first: Option<&Value>) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    let nested = folder.join("0_StaticEmbedding");
    let is_static = nested.is_dir() || first.is_some_and(|module| kind_of(module) == "StaticEmbedding");
    let network = match first {
        _ if nested.is_dir() => nested,
        Some(module) => folder.join(path_of(module)),
        None => folder.to_owned(),
    };
    let is_configured = match is_static {
        true => has("config.json") || has("config_sentence_transformers.json"),
        false => network.join("config.json").is_file() || has("config.json"),
    };
    is_configured && network.join("tokenizer.json").is_file()
}

/// Whether a module that `modules.json` names has its files.
fn has_module(folder: &Path, module: &Value) -> bool {
    let within = folder.join(path_of(module));
    let is_configured = within.join("config.json").is_file();
    match kind_of(module) {
        "Pooling" => is_configured,
        "Dense" => is_configured && has_weights(&within),
        _ => true,
    }
}

/// Whether a folder has its weights: one file, or all shards of an index.
fn has_weights(folder: &Path) -> bool {
    let is_there = |name: &str| folder.join(name).is_file();
    let index = json(&folder.join(INDEX));
    let shards = index["weight_map"].as_object().into_iter().flat_map(|map| map.values());
    is_there(WHOLE) || (is_there(INDEX) && shards.filter_map(Value::as_str).all(is_there))
}

fn path_of(module: &Value) -> &str {
    module["path"].as_str().unwrap_or_default()
}

fn kind_of(module: &Value) -> &str {
    module["type"].as_str().unwrap_or_default().rsplit('.').next().unwrap_or_default()
}

fn json(path: &Path) -> Value {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// The names of all files in a folder and in those within it, such as `1_Pooling`.
fn list(folder: &Path, within: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        match entry.path() {
            path if path.is_file() => names.push(name),
            path if path.is_dir() && within.is_empty() => list(&path, &format!("{name}/"), names),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that a folder with these files and contents is whole, and that it is not as soon as one of those that are needed is missing.
    fn check(files: &[(&str, &str)], not_needed: &[&str]) {
        for left_out in [None].into_iter().chain(files.iter().map(|(name, _)| Some(*name))) {
            let folder = tempfile::tempdir().unwrap();
            for (name, content) in files.iter().filter(|(name, _)| Some(*name) != left_out) {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            let expected = left_out.is_none_or(|name| not_needed.contains(&name));
            assert_eq!(is_whole(folder.path()), expected, "without {left_out:?}");
        }
    }

    const MODEL: [(&str, &str); 2] = [("config.json", "{}"), ("tokenizer.json", "{}")];

    #[test]
    fn a_network_alone() {
        check(&[MODEL[0], MODEL[1], (WHOLE, "")], &[]);
        let index = r#"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#;
        let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        check(&[MODEL[0], MODEL[1], (INDEX, index), (shards[0], ""), (shards[1], "")], &[]);
    }

    #[test]
    fn modules_are_named() {
        let modules = r#"[{"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"path": "2_Dense", "type": "sentence_transformers.models.Dense"},
            {"path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}]"#;
        let pooling = ("1_Pooling/config.json", "{}");
        let dense = [("2_Dense/config.json", "{}"), ("2_Dense/model.safetensors", "")];
        let files = [MODEL[0], MODEL[1], (WHOLE, ""), (MODULES, modules), pooling, dense[0], dense[1]];
        check(&files, &[MODULES]);
    }

    #[test]
    fn static_models() {
        check(&[MODEL[0], MODEL[1], (WHOLE, "")], &[]);
        let modules = r#"[{"path": ".", "type": "sentence_transformers.models.StaticEmbedding"}]"#;
        check(&[MODEL[0], MODEL[1], (WHOLE, ""), (MODULES, modules)], &[MODULES]);
        let nested =
            [("0_StaticEmbedding/tokenizer.json", "{}"), ("0_StaticEmbedding/model.safetensors", "")];
        check(&[MODEL[0], nested[0], nested[1]], &[]);
    }
}
