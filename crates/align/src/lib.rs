//! Wordferry: vectors to one space.
