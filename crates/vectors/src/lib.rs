//! Wordferry: bytes to vectors.
