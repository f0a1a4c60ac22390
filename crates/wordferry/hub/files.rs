//! The names of a model's files in, those that an encoder is made of out.

/// The small files of a folder.
const SMALL: [&str; 6] = [
    "config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
];
pub(super) const WHOLE: &str = "model.safetensors";
pub(super) const INDEX: &str = "model.safetensors.index.json";
/// Endings of weights that may run code when they are opened, or belong to other programs.
const OTHER_WEIGHTS: [&str; 7] = ["bin", "pt", "pth", "ckpt", "pkl", "h5", "msgpack"];
/// Names of files that an error shows, at most.
const SHOWN: usize = 8;

/// Why no encoder can be made of a model's files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Its weights are there in another format only: the name of their file.
    Pickle(String),
    /// It has no weights at all: the names of some of its files.
    NoWeights(String),
}

/// The files that are needed: the small ones first, so that where there are weights the others are there, too.
///
/// # Errors
/// If a folder's weights are there in another format only, or there are none.
pub(crate) fn needed<S: AsRef<str>>(names: &[S]) -> Result<Vec<&str>, Unusable> {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let mut folders: Vec<&str> =
        names.iter().map(|name| split(name).0).filter(|folder| is_module(folder)).collect();
    folders.sort_unstable();
    folders.dedup();
    let (mut small, mut weights) = (Vec::new(), Vec::new());
    for folder in &folders {
        let within: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (*name, split(name)))
            .filter(|(_, (at, _))| at == folder)
            .map(|(name, (_, file))| (name, file))
            .collect();
        small.extend(within.iter().filter(|(_, file)| SMALL.contains(file)).map(|(name, _)| *name));
        let of_folder = weights_among(&within);
        let other = within.iter().find(|(_, file)| is_other_weights(file));
        let is_model = within.iter().any(|(_, file)| *file == "config.json");
        if let (true, Some((name, _))) = (of_folder.is_empty() && is_model, other) {
            return Err(Unusable::Pickle((*name).to_owned()));
        }
        weights.extend(of_folder);
    }
    let is_network = |name: &&str| split(name).0.is_empty() || name.starts_with("0_");
    if !weights.iter().any(is_network) {
        let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        return Err(Unusable::NoWeights(if shown.is_empty() { "no file".into() } else { shown }));
    }
    // Where the network's weights are, all has arrived.
    weights.sort_by_key(is_network);
    Ok(small.into_iter().chain(weights).collect())
}

/// The weights of a folder: one file, or an index and the shards.
fn weights_among<'a>(within: &[(&'a str, &str)]) -> Vec<&'a str> {
    let of = |is: &dyn Fn(&str) -> bool| {
        within.iter().filter(|(_, file)| is(file)).map(|(name, _)| *name).collect::<Vec<_>>()
    };
    let whole = of(&|file| file == WHOLE);
    let index = of(&|file| file == INDEX);
    match (whole.is_empty(), index.is_empty()) {
        (false, _) => whole,
        (true, true) => Vec::new(),
        (true, false) => of(&is_shard).into_iter().chain(index).collect(),
    }
}

/// `model-00001-of-00002.safetensors`.
fn is_shard(file: &str) -> bool {
    let numbers = file.strip_prefix("model-").and_then(|rest| rest.strip_suffix(".safetensors"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.and_then(|rest| rest.split_once("-of-")).is_some_and(|(a, b)| is_number(a) && is_number(b))
}

/// Whether a file's weights are of a kind that is not read: `model.bin` and the like; `training_args.bin` and others are no weights.
fn is_other_weights(file: &str) -> bool {
    let Some((stem, ending)) = file.rsplit_once('.') else { return false };
    OTHER_WEIGHTS.contains(&ending) && stem.contains("model")
}

/// The folder of a name, and the file within it.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// Whether a folder belongs to an encoder: the model's own, or a module's such as `1_Pooling`.
fn is_module(folder: &str) -> bool {
    let Some((number, kind)) = folder.split_once('_') else { return folder.is_empty() };
    let is = |text: &str, of: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| of(&byte));
    is(number, u8::is_ascii_digit) && is(kind, u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_files_first_and_nothing_else() {
        let names = [
            "README.md",
            "model.safetensors",
            "pytorch_model.bin",
            "config.json",
            "onnx/model.onnx",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "2_Dense/pytorch_model.bin",
            "tokenizer.json",
            "vocab.txt",
            "modules.json",
            "training_args.bin",
            "../x/config.json",
            "model-00001-of-00002.safetensors",
        ];
        let expected = [
            "config.json",
            "tokenizer.json",
            "modules.json",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "model.safetensors",
        ];
        assert_eq!(needed(&names).unwrap(), expected);
        let shards = [
            "config.json",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "model-x.safetensors",
        ];
        assert_eq!(needed(&shards).unwrap(), [shards[0], shards[1], shards[2]]);
        let nested =
            ["modules.json", "0_StaticEmbedding/model.safetensors", "0_StaticEmbedding/tokenizer.json"];
        assert_eq!(needed(&nested).unwrap(), [nested[0], nested[2], nested[1]]);
    }

    #[test]
    fn what_is_no_encoder() {
        let pickle = |name: &str| Err(Unusable::Pickle(name.to_owned()));
        assert_eq!(needed(&["config.json", "pytorch_model.bin"]), pickle("pytorch_model.bin"));
        assert_eq!(
            needed(&["model.safetensors", "2_Dense/config.json", "2_Dense/pytorch_model.bin"]),
            pickle("2_Dense/pytorch_model.bin")
        );
        let none = |shown: &str| Err(Unusable::NoWeights(shown.to_owned()));
        assert_eq!(needed(&["a.gguf", "README.md"]), none("a.gguf, README.md"));
        assert_eq!(needed(&["2_Dense/model.safetensors"]), none("2_Dense/model.safetensors"));
        assert_eq!(needed::<&str>(&[]), none("no file"));
    }
}
