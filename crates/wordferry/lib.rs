//! Wordferry carries a text classifier from one language to another.
