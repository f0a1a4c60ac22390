//! Wordferry: features to labels.
