//! The `wordferry` program.
fn main() {}
