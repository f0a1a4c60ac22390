//! Wordferry: source to target.
