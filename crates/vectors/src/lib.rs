//! Bytes come in, word vectors go out.
//!
//! [`Loader`] opens a file, or reads a stream, of any supported [`Format`], recognised by its content and not
//! by its name, and gives [`Embeddings`]: a [`Vocabulary`] and a matrix *n × d*, row *i* being the vector of
//! word *i*. fastText and finalfusion models keep their n-gram table ([`Subwords`]), so that words that were
//! never seen in training have vectors too.
//!
//! Read are word2vec and GloVe text, word2vec binary, fastText `.bin` and `.ftz`, finalfusion `.fifu`, and
//! matrices in `.npy` or safetensors files whose words are listed beside them, model2vec folders among them;
//! all of them plain, in gzip or Zstandard, and as the one file with vectors in a zip archive.
//!
//! What would surprise:
//!
//! - Words are *bytes*. Real files hold words that are not UTF-8; they are kept as they are, and counted.
//! - A file is never trusted: counts in a header are checked against the file's length before anything is
//!   allocated.
//! - What was put right while reading (duplicates, a byte-order mark, …) is counted in [`Repairs`], never
//!   silent. What
//!   cannot be put right without losing rows is an error, unless [`Loader::lenient`] says otherwise.
//! - Quantised matrices stay quantised: a row is decoded when it is asked for, all of them by
//!   [`Embeddings::matrix`].
//! - A pickle (gensim's `.model` and `.kv`, PyTorch's `.pt`) is refused: opening one can run code.
//! - [`Space`] is a fingerprint of the vectors themselves. Vectors of different spaces must not be compared.

mod affine;
mod archive;
mod artefact;
mod atomic;
mod atomic_folder;
mod beside;
mod bytes;
mod element;
mod embedded;
mod embeddings;
mod encoded;
mod error;
mod fasttext;
mod features;
mod fields;
mod fifu;
mod fingerprint;
mod format;
mod gathered;
mod index;
mod info;
mod loader;
mod lost_pages;
pub mod map;
mod mapping;
mod named;
mod named_tensors;
mod ngrams;
pub mod normalise;
mod npy;
mod number;
mod quantised;
mod repairs;
mod rows;
mod sentence;
mod source;
mod space;
mod sparse;
mod store;
mod subwords;
mod tensors;
mod text;
mod vectors;
mod verify;
mod vocabulary;
mod word2vec;
mod word_list;
mod write;

pub use artefact::Artefact;
pub use atomic::{
    check_place, create_folder, discard_unfinished_files, remove_file_if_there, write_atomically,
};
pub use atomic_folder::{check_folder_place, write_folder_atomically};
pub use embeddings::{Embeddings, Found};
pub use error::{Error, Place, Result};
pub use features::{Block, BlockRow, Features};
pub use fingerprint::fingerprint_of_file;
pub use format::{Format, header_of_line};
pub use info::Info;
pub use loader::Loader;
pub use lost_pages::explain_lost_pages;
pub use named_tensors::{NamedTensors, TensorTable};
pub use repairs::Repairs;
pub use source::{open_decompressed, read_file};
pub use space::Space;
pub use sparse::SparseRows;
pub use store::Precision;
pub use subwords::Subwords;
pub use vocabulary::{Vocabulary, WordId};
pub use write::Target;
