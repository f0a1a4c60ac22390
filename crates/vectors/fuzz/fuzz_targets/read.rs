//! What every target does with its bytes: read them strictly, leniently and cut short, and use what came of it.

use wordferry_vectors::{Format, Loader};

pub fn read_all(bytes: &[u8], format: Option<Format>) {
    let loader = format.map_or(Loader::new(), |format| Loader::new().format(format));
    for loader in [loader.clone(), loader.clone().lenient(true), loader.limit(2)] {
        let Ok(embeddings) = loader.read(bytes, "fuzz") else { continue };
        let mut vector = vec![0.0; embeddings.dimension()];
        for word in ["a", "</s>", "Straße", ""] {
            embeddings.vector_into(word, &mut vector);
            assert!(vector.iter().all(|value| value.is_finite()), "{word:?} has a vector that is not finite");
        }
        assert_eq!(embeddings.matrix().dim(), (embeddings.len(), embeddings.dimension()));
        assert!(embeddings.vocabulary().iter().all(|(id, word)| embeddings.vocabulary().get_bytes(word) == Some(id)));
    }
}
