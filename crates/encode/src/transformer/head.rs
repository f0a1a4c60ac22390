//! From a row a token to a row a text: pooling, further layers and unit length, as a sentence-transformers folder has them.

use std::path::{Component, Path, PathBuf};

use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde_json::Value;
use wordferry_vectors::NamedTensors;
use wordferry_vectors::normalise::unit;

use super::files::{CUT_OFF, Json, model_error, there};
use super::loader::weights;
use crate::Result;

/// How a text's rows become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    First,
    Mean,
    Max,
    /// The sum over the square root of the number.
    MeanSqrt,
    /// The mean weighted by position, 1, 2, 3, … (Muennighoff 2022).
    WeightedMean,
    Last,
}

const POOLS: [(&str, &str, Pool); 6] = [
    ("pooling_mode_cls_token", "cls", Pool::First),
    ("pooling_mode_max_tokens", "max", Pool::Max),
    ("pooling_mode_mean_tokens", "mean", Pool::Mean),
    ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", Pool::MeanSqrt),
    ("pooling_mode_weightedmean_tokens", "weightedmean", Pool::WeightedMean),
    ("pooling_mode_lasttoken", "lasttoken", Pool::Last),
];

/// What follows the network.
pub(crate) struct SentenceHead {
    /// Their results lie side by side.
    pub(crate) pools: Vec<Pool>,
    pub(crate) dense: Vec<Dense>,
    pub(crate) is_unit: bool,
}

/// A linear layer after pooling.
pub(crate) struct Dense {
    pub(crate) weights: Array2<f32>,
    pub(crate) bias: Option<Array1<f32>>,
    pub(crate) is_tanh: bool,
}

/// Where the parts of a folder are.
pub(crate) struct Layout {
    /// The folder of the network.
    pub(crate) network: PathBuf,
    pub(crate) head: SentenceHead,
}

impl Layout {
    /// Reads `modules.json`, or without it `1_Pooling`; without that, the mean is taken.
    ///
    /// # Errors
    /// If a file is damaged, or asks for a module that is not known here.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let mut layout = Self { network: folder.to_owned(), head: SentenceHead::new() };
        match Json::open_if_there(&folder.join("modules.json"))? {
            Some(modules) => layout.take_modules(folder, &modules)?,
            None => layout.head.take_pooling(folder.join("1_Pooling/config.json"))?,
        }
        if layout.head.pools.is_empty() {
            layout.head.pools.push(Pool::Mean);
        }
        Ok(layout)
    }

    fn take_modules(&mut self, folder: &Path, modules: &Json) -> Result<()> {
        let list =
            modules.value().as_array().ok_or_else(|| modules.wrong("a list of modules", "something else"))?;
        for (at, module) in list.iter().enumerate() {
            let text = |key: &str| module.get(key).and_then(Value::as_str).unwrap_or_default();
            let path = Path::new(text("path"));
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(modules.wrong("paths within the folder", format!("{:?}", text("path"))));
            }
            let path = folder.join(path);
            let is_open = at > 1 && !self.head.is_unit;
            match text("type").rsplit('.').next().unwrap_or_default() {
                "Transformer" if at == 0 => self.network = path,
                "Pooling" if at == 1 => self.head.take_pooling(there(&path, "config.json", CUT_OFF)?)?,
                "Dense" if is_open => self.head.dense.push(Dense::open(&path)?),
                "Normalize" if is_open => self.head.is_unit = true,
                other => {
                    let expected =
                        "the modules Transformer, Pooling, any Dense and a Normalize, in this order";
                    return Err(modules.wrong(expected, format!("{other:?} in place {}", at + 1)));
                }
            }
        }
        Ok(())
    }
}

impl SentenceHead {
    fn new() -> Self {
        Self { pools: Vec::new(), dense: Vec::new(), is_unit: false }
    }

    /// The mean of all tokens, and nothing else.
    pub(crate) fn mean() -> Self {
        Self { pools: vec![Pool::Mean], ..Self::new() }
    }

    fn take_pooling(&mut self, config: PathBuf) -> Result<()> {
        let Some(json) = Json::open_if_there(&config)? else { return Ok(()) };
        if json.get("include_prompt").and_then(Value::as_bool) == Some(false) {
            return Err(json.wrong("pooling over the prompt, too", "`include_prompt` false"));
        }
        let named = match json.get("pooling_mode") {
            Some(Value::String(name)) => Some(name.split('+').collect()),
            Some(Value::Array(names)) => {
                Some(names.iter().map(|name| name.as_str().unwrap_or_default()).collect())
            }
            _ => None,
        };
        let pools: Option<Vec<Pool>> = match named {
            Some(names) => Vec::into_iter(names).map(pool_named).collect(),
            None => {
                Some(POOLS.iter().filter(|(key, _, _)| json.is_true(key)).map(|(_, _, pool)| *pool).collect())
            }
        };
        self.pools = pools
            .filter(|pools| !pools.is_empty())
            .ok_or_else(|| json.wrong("a way of pooling that is known here", json.value().to_string()))?;
        Ok(())
    }

    /// What tells it from another one.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        let mut bytes = format!("{:?} {}", self.pools, self.is_unit).into_bytes();
        for dense in &self.dense {
            bytes.push(u8::from(dense.is_tanh));
            let values = dense.weights.iter().chain(dense.bias.iter().flatten());
            bytes.extend(values.flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// The number of features of a text, of `size` values a token.
    ///
    /// # Errors
    /// If a further layer expects another number than it would get.
    pub(crate) fn dimension(&self, size: usize, folder: &Path) -> Result<usize> {
        self.dense.iter().try_fold(self.pools.len() * size, |n, dense| match dense.weights.ncols() == n {
            true => Ok(dense.weights.nrows()),
            false => {
                let found = format!("one for {}", dense.weights.ncols());
                Err(model_error(folder, format!("a Dense layer for {n} values"), found, ""))
            }
        })
    }

    /// A row a text, from the rows of the tokens of all texts and how many each has.
    pub(crate) fn apply(&self, tokens: ArrayView2<'_, f32>, lengths: &[usize]) -> Array2<f32> {
        let size = tokens.ncols();
        let mut rows = Array2::zeros((lengths.len(), self.pools.len() * size));
        let mut rest = tokens;
        for (length, mut row) in lengths.iter().zip(rows.rows_mut()) {
            let (text, others) = rest.split_at(Axis(0), *length);
            rest = others;
            for (pool, mut part) in self.pools.iter().zip(row.exact_chunks_mut(size)) {
                part.assign(&pool.apply(text));
            }
        }
        let mut rows = self.dense.iter().fold(rows, |rows, dense| dense.apply(&rows));
        if self.is_unit {
            rows.rows_mut().into_iter().filter_map(|row| row.into_slice()).for_each(unit);
        }
        rows
    }
}

fn pool_named(name: &str) -> Option<Pool> {
    POOLS.iter().find(|(_, known, _)| *known == name).map(|(_, _, pool)| *pool)
}

impl Pool {
    fn apply(self, tokens: ArrayView2<'_, f32>) -> Array1<f32> {
        let n = tokens.nrows().max(1) as f32;
        match self {
            Self::First => tokens.row(0).to_owned(),
            Self::Last => tokens.row(tokens.nrows() - 1).to_owned(),
            Self::Mean => tokens.sum_axis(Axis(0)) / n,
            Self::MeanSqrt => tokens.sum_axis(Axis(0)) / n.sqrt(),
            Self::Max => tokens.fold_axis(Axis(0), f32::NEG_INFINITY, |most, value| most.max(*value)),
            Self::WeightedMean => {
                let weights = Array1::from_iter((1..=tokens.nrows()).map(|position| position as f32));
                weights.dot(&tokens) / weights.sum()
            }
        }
    }
}

impl Dense {
    fn open(folder: &Path) -> Result<Self> {
        let json = Json::open(&there(folder, "config.json", CUT_OFF)?)?;
        let (n_in, n_out) = (json.count("in_features")?, json.count("out_features")?);
        let name = json.get("activation_function").and_then(Value::as_str).unwrap_or("Tanh");
        let is_tanh = match name.rsplit('.').next().unwrap_or_default() {
            "Tanh" => true,
            "Identity" => false,
            other => return Err(json.wrong("the activation Tanh or Identity", format!("{other:?}"))),
        };
        let tensors = NamedTensors::open(&weights(folder)?)?;
        let has_bias = json.get("bias").and_then(Value::as_bool) != Some(false);
        Ok(Self {
            weights: tensors.matrix("linear.weight", [n_out, n_in])?,
            bias: has_bias.then(|| tensors.vector("linear.bias", n_out)).transpose()?,
            is_tanh,
        })
    }

    fn apply(&self, rows: &Array2<f32>) -> Array2<f32> {
        let mut outputs = rows.dot(&self.weights.t());
        if let Some(bias) = &self.bias {
            outputs += bias;
        }
        if self.is_tanh {
            outputs.mapv_inplace(f32::tanh);
        }
        outputs
    }
}
