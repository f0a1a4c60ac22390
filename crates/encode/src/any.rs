//! An encoder of any kind, as a model keeps it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wordferry_vectors::{Artefact, Features, Space};

use crate::snapshot::places;
use crate::{
    Bridge, CarryEncoder, Coverage, Encoder, EncoderLoader, Error, HubFolders, LatentEncoder, LexicalEncoder,
    Result, StaticEncoder, TransformerEncoder, TransformerLoader, Views, WordEncoder, hub_name,
};

/// An encoder of a kind that a model can be made of.
pub enum AnyEncoder {
    /// Pooled word vectors.
    Words(Box<WordEncoder>),
    /// A static model.
    Static(Box<StaticEncoder>),
    /// Word vectors carried into another encoder's space.
    Bridge(Box<Bridge>),
    /// A transformer, and the folder that it came from.
    Transformer(Box<TransformerEncoder>, PathBuf),
    /// What n-grams of texts have in common.
    Latent(Box<LatentEncoder>),
    /// N-grams and marks.
    Lexical(Box<LexicalEncoder>),
    /// Another language's words read as the source's.
    Carry(Box<CarryEncoder>),
    /// Several of them side by side.
    Views(Box<Views>),
    /// An encoder of the user's own. It cannot be saved.
    Other(Box<dyn Encoder>),
}

/// Where the parts of a saved model that lie in other files are looked for.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The folder of the model's transformer, if it is no longer where it was.
    pub folder: Option<PathBuf>,
    /// The folder that the model lies in.
    pub beside: PathBuf,
    /// How a transformer is opened; its prompt and length are the model's.
    pub transformer: TransformerLoader,
    /// Where encoders of a hub are that are neither where they were nor beside the model; see [`absent_hub_models`](crate::absent_hub_models).
    pub hub: HubFolders,
}

impl Surroundings {
    /// Those of a model's file.
    pub fn of(model: &Path) -> Self {
        let beside = model.parent().unwrap_or(Path::new("")).to_owned();
        Self { beside, ..Self::default() }
    }
}

impl From<WordEncoder> for AnyEncoder {
    fn from(words: WordEncoder) -> Self {
        Self::Words(Box::new(words))
    }
}

impl From<StaticEncoder> for AnyEncoder {
    fn from(model: StaticEncoder) -> Self {
        Self::Static(Box::new(model))
    }
}

impl From<Bridge> for AnyEncoder {
    fn from(bridge: Bridge) -> Self {
        Self::Bridge(Box::new(bridge))
    }
}

impl From<LexicalEncoder> for AnyEncoder {
    fn from(lexical: LexicalEncoder) -> Self {
        Self::Lexical(Box::new(lexical))
    }
}

impl From<LatentEncoder> for AnyEncoder {
    fn from(latent: LatentEncoder) -> Self {
        Self::Latent(Box::new(latent))
    }
}

impl From<CarryEncoder> for AnyEncoder {
    fn from(carry: CarryEncoder) -> Self {
        Self::Carry(Box::new(carry))
    }
}

impl From<Views> for AnyEncoder {
    fn from(views: Views) -> Self {
        Self::Views(Box::new(views))
    }
}

impl From<Box<dyn Encoder>> for AnyEncoder {
    fn from(encoder: Box<dyn Encoder>) -> Self {
        Self::Other(encoder)
    }
}

macro_rules! dense {
    ($encoder:expr, $dense:ident => $value:expr, $lexical:ident => $of_lexical:expr, $carry:ident => $of_carry:expr, $views:ident => $of_views:expr) => {
        match $encoder {
            AnyEncoder::Words($dense) => $value,
            AnyEncoder::Static($dense) => $value,
            AnyEncoder::Bridge($dense) => $value,
            AnyEncoder::Transformer($dense, _) => $value,
            AnyEncoder::Latent($dense) => $value,
            AnyEncoder::Other($dense) => $value,
            AnyEncoder::Lexical($lexical) => $of_lexical,
            AnyEncoder::Carry($carry) => $of_carry,
            AnyEncoder::Views($views) => $of_views,
        }
    };
}

impl AnyEncoder {
    /// The space of the rows.
    pub fn space(&self) -> Space {
        dense!(self, encoder => encoder.space(), lexical => lexical.space(), carry => carry.space(), views => views.space())
    }

    /// The number of features, d.
    pub fn dimension(&self) -> usize {
        dense!(self, encoder => encoder.dimension(), lexical => lexical.dimension(), carry => carry.dimension(), views => views.dimension())
    }

    /// One row a text, n × d, in the order of the texts. A text's row does not depend on the other texts.
    ///
    /// # Errors
    /// If the encoder cannot take these texts.
    pub fn features(&self, texts: &[&str]) -> Result<Features> {
        dense!(
            self,
            encoder => Ok(encoder.encode(texts)?.into()),
            lexical => Ok(lexical.features(texts)),
            carry => Ok(Features::beside(carry.views(texts))),
            views => views.features(texts)
        )
    }

    /// The same features, those of each encoder that lies beside others by themselves.
    ///
    /// # Errors
    /// If the encoder cannot take these texts.
    pub fn parts(&self, texts: &[&str]) -> Result<Vec<Features>> {
        match self {
            Self::Views(views) => views.parts(texts),
            _ => Ok(vec![self.features(texts)?]),
        }
    }

    /// How much of the texts the encoder knows, if it can tell.
    pub fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        dense!(
            self,
            encoder => encoder.coverage(texts),
            lexical => Some(lexical.coverage(texts)),
            carry => Some(carry.coverage(texts)),
            views => views.coverage(texts)
        )
    }

    /// Whether its rows are dense.
    pub fn is_dense(&self) -> bool {
        !matches!(self, Self::Lexical(_) | Self::Carry(_) | Self::Views(_))
    }

    /// The encoder itself, if its rows are dense.
    ///
    /// # Errors
    /// If they are not: n-grams are counted, and views lie side by side.
    pub fn into_dense(self) -> Result<Box<dyn Encoder>> {
        Ok(match self {
            Self::Words(encoder) => encoder,
            Self::Static(encoder) => encoder,
            Self::Bridge(encoder) => encoder,
            Self::Transformer(encoder, _) => encoder,
            Self::Latent(encoder) => encoder,
            Self::Other(encoder) => encoder,
            Self::Lexical(_) | Self::Carry(_) | Self::Views(_) => {
                return Err(Error::Absent {
                    expected: "an encoder of dense rows".into(),
                    found: format!("one of the kind {:?}", self.kind()),
                    hint: "name vectors, a transformer, a static model or a bridge",
                });
            }
        })
    }

    /// The word encoder, if it is one.
    pub fn as_words(&self) -> Option<&WordEncoder> {
        match self {
            Self::Words(words) => Some(words),
            _ => None,
        }
    }

    /// Learns from texts again what it learned from others before: n-grams, document frequencies, common directions, means. `learned` says
    /// of each view, or of the one encoder, whether it did; one that came from elsewhere stays as it is.
    ///
    /// # Errors
    /// If an encoder fails.
    pub fn fit_again(&mut self, texts: &[&str], n_rarest: usize, learned: &[bool]) -> Result<()> {
        match self {
            Self::Views(views) => return views.fit_again(texts, n_rarest, learned),
            _ if learned.first() != Some(&true) => {}
            Self::Lexical(lexical) => **lexical = LexicalEncoder::fit(texts, n_rarest),
            Self::Latent(latent) => **latent = LatentEncoder::fit(texts),
            Self::Words(words) => words.fit(texts),
            _ => {}
        }
        Ok(())
    }

    /// What kind it is, as files and messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Words(_) => "words",
            Self::Static(_) => "static",
            Self::Bridge(_) => "bridge",
            Self::Transformer(..) => "transformer",
            Self::Lexical(_) => "lexical",
            Self::Latent(_) => LatentEncoder::KIND,
            Self::Carry(_) => CarryEncoder::KIND,
            Self::Views(_) => "views",
            Self::Other(_) => "other",
        }
    }

    /// Adds the encoder to an artefact. Of a transformer that is the name of its folder, its prompt and its length; whatever else is whole.
    ///
    /// # Errors
    /// If it is an encoder of the user's own.
    pub fn put(&self, artefact: &mut Artefact) -> Result<()> {
        match self {
            Self::Words(words) => words.put(artefact),
            Self::Static(model) => model.put(artefact),
            Self::Lexical(lexical) => lexical.put(artefact),
            Self::Latent(latent) => latent.put(artefact),
            Self::Carry(carry) => carry.put(artefact),
            Self::Bridge(bridge) => {
                bridge.put(artefact);
                artefact.set("encoder.kind", self.kind());
            }
            Self::Transformer(transformer, folder) => {
                let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                let about = json!({
                    "kind": self.kind(), "folder": folder.to_string_lossy(), "hub": hub_name(&folder), "prompt": transformer.prompt(),
                    "max_length": transformer.max_length(), "space": transformer.space().to_hex(),
                });
                artefact.set("encoder", about);
            }
            Self::Views(views) => views.put(artefact)?,
            Self::Other(_) => {
                return Err(Error::Absent {
                    expected: "an encoder that can be saved with its model".into(),
                    found: "one of the caller's own".into(),
                    hint: "save the classifier, and open the encoder where the classifier is used",
                });
            }
        }
        Ok(())
    }

    /// Takes an encoder back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together, or the folder of a transformer is not there or another than it was.
    pub fn take(artefact: &Artefact, surroundings: &Surroundings) -> Result<Self> {
        if artefact.has_property("encoder.kind") {
            let transformer = surroundings.transformer.clone();
            let loader = EncoderLoader::new().transformer(transformer).hub(surroundings.hub.clone());
            return Ok(Self::Bridge(Box::new(Bridge::take(artefact, &surroundings.beside, &loader)?)));
        }
        let about = artefact.get("encoder")?;
        Ok(match about["kind"].as_str().unwrap_or("words") {
            "words" => Self::Words(Box::new(WordEncoder::take(artefact)?)),
            "static" => Self::Static(Box::new(StaticEncoder::take(artefact)?)),
            LatentEncoder::KIND => Self::Latent(Box::new(LatentEncoder::take(artefact)?)),
            LexicalEncoder::KIND => Self::Lexical(Box::new(LexicalEncoder::take(artefact)?)),
            CarryEncoder::KIND => Self::Carry(Box::new(CarryEncoder::take(artefact)?)),
            Views::KIND => Self::Views(Box::new(Views::take(artefact, surroundings)?)),
            "transformer" => open_transformer(artefact, about, surroundings)?,
            kind => return Err(artefact.broken(format!("an encoder of the unknown kind {kind:?}")).into()),
        })
    }
}

/// The transformer of a model: in the folder that the caller named, the one that it was in, or one of its name beside the model.
fn open_transformer(artefact: &Artefact, about: &Value, surroundings: &Surroundings) -> Result<AnyEncoder> {
    let text = |key: &str| about[key].as_str();
    let (Some(folder), Some(prompt), Some(max_length), Some(space)) =
        (text("folder"), text("prompt"), about["max_length"].as_u64(), text("space"))
    else {
        return Err(artefact.broken("no folder, prompt, length and space of a transformer").into());
    };
    let of_hub = text("hub").and_then(|name| surroundings.hub.get(name));
    let places = places(folder, &surroundings.beside).into_iter().chain(of_hub.cloned());
    let mut places = surroundings.folder.clone().into_iter().chain(places);
    let of_hub = text("hub").map(|name| format!(", {name} on the hub")).unwrap_or_default();
    let wrong = |found: String| Error::Model {
        name: folder.into(),
        expected: format!("the folder of the transformer that the model was trained with{of_hub}"),
        found,
        hint: "name its folder with --encoder",
    };
    let folder = places.find(|place| place.is_dir()).ok_or_else(|| wrong("none there".into()))?;
    let loader = surroundings.transformer.clone().prompt(prompt).max_length(max_length as usize);
    let encoder = loader.open(&folder)?;
    match encoder.space().to_hex() == space {
        true => Ok(AnyEncoder::Transformer(Box::new(encoder), folder)),
        false => Err(wrong(format!("another one in {}", folder.display()))),
    }
}
