//! What opening a mapped file leaves out: looking at all of it.

use crate::artefact::Artefact;
use crate::bytes::Bytes;
use crate::embeddings::Embeddings;
use crate::error::{Fault, Place, Result, reading};
use crate::rows::UNUSABLE;

/// The file that embeddings are read from as they are used.
pub(crate) struct Origin {
    name: String,
    bytes: Bytes,
    /// A store, and the checksum that it should have.
    store: Option<(Artefact, String)>,
}

impl Origin {
    pub(crate) fn new(name: &str, bytes: Bytes) -> Self {
        Self { name: name.to_owned(), bytes, store: None }
    }

    pub(crate) fn store(name: &str, bytes: Bytes, artefact: Artefact, checksum: String) -> Self {
        Self { store: Some((artefact, checksum)), ..Self::new(name, bytes) }
    }

    /// All bytes of the file.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    fn fault(&self, expected: String, found: String) -> Fault {
        Fault::new(Place::File, expected, found).hint("download or convert the file again")
    }
}

impl Embeddings {
    /// Reads all of the file that these vectors are read from as they are used, a store or a plain fastText model, and checks
    /// what opening it left out: that it still has its length, the checksum of a store, and that every value is finite and within ±10¹⁵. A row
    /// with one that is not is used as a row of zeros until then. For vectors in memory there is nothing left to check.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`](crate::Error::Malformed) with what is wrong; [`Error::Read`](crate::Error::Read) if the file
    /// cannot be asked for its length.
    pub fn verify(&self) -> Result<()> {
        let Some(origin) = self.origin() else { return Ok(()) };
        if origin.bytes.mapping().is_none() && origin.store.is_none() {
            return Ok(());
        }
        if let Some(mapping) = origin.bytes.mapping()
            && !mapping.is_whole().map_err(|error| reading(&origin.name, error))?
        {
            let expected = format!("{} bytes, as when it was opened", origin.bytes.len());
            return Err(origin.fault(expected, "another length".to_owned()).within(&origin.name));
        }
        if let Some((artefact, checksum)) = &origin.store {
            artefact.verify(checksum)?;
        }
        let n_grams = self.subwords().map_or(0, |subwords| subwords.rows().count_unusable());
        match self.words().rows.count_unusable() + n_grams {
            0 => Ok(()),
            n_bad => {
                let found = format!("{n_bad} rows with {UNUSABLE}");
                Err(origin.fault("a matrix of finite values".to_owned(), found).within(&origin.name))
            }
        }
    }
}
