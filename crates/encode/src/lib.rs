//! Wordferry: text to features.
