//! Writes word vectors in another format: `convert IN OUT [FORMAT [PRECISION]]`, the format by the extension of OUT if none
//! is given, the precision f32, f16 or i8 for the native store.

#![allow(clippy::print_stdout)] // It is a program.

use std::error::Error;
use std::path::Path;

use wordferry_vectors::{Loader, Target};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, rest @ ..] = &arguments[..] else {
        return Err("usage: convert IN OUT [FORMAT [PRECISION]]".into());
    };
    let target = match rest {
        [] => Target::of_path(Path::new(to)).ok_or("expected an extension that names a format")?,
        [format] => format.parse()?,
        [_, precision, ..] => Target::Store(precision.parse()?),
    };
    let embeddings = Loader::new().open(from)?;
    embeddings.write(to, target)?;
    println!("{embeddings:?} written as {target} to {to}");
    Ok(())
}
