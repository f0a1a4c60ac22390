//! Zip archives: the one member that holds vectors is streamed out of them.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::beside::{self, Beside};
use crate::error::{Error, Fault, Place, Result};
use crate::format::{Format, PICKLE, refusal};
use crate::source::Source;

/// How a member's vectors are read.
type ReadMember<'a, T> = &'a dyn Fn(Source<'_>, Beside<'_>) -> Result<T>;

/// Whether bytes begin as a zip archive does, be it one without members.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Reads the member of an archive that holds vectors. An archive in a plain file at `path` is read there; a
/// compressed one or a stream has to be held in memory, since its list of members is at its end.
pub(crate) fn read<T>(source: Source<'_>, path: Option<&Path>, read: ReadMember<'_, T>) -> Result<T> {
    let name = source.name.clone();
    match path.filter(|_| source.length.is_some()) {
        Some(path) => {
            let file = File::open(path).map_err(|source| Error::Read { name: name.clone(), source })?;
            read_member(BufReader::new(file), &name, read)
        }
        None => read_member(Cursor::new(source.into_bytes()?), &name, read),
    }
}

fn read_member<T>(reader: impl Read + Seek + Send, name: &str, read: ReadMember<'_, T>) -> Result<T> {
    let mut archive = ZipArchive::new(reader).map_err(|error| damaged(error, name))?;
    let member = choose(&mut archive, name)?;
    let beside = beside(&mut archive, member, name)?;
    let source = open(&mut archive, member, name)?;
    if is_zip(&source.head) {
        let hint = "unpack the outer archive first: unzip";
        return Err(Error::Refused { name: source.name, found: "an archive in an archive".to_owned(), hint });
    }
    read(source, beside)
}

/// The lists of words beside a member that needs one.
fn beside(
    archive: &mut ZipArchive<impl Read + Seek + Send>,
    member: usize,
    name: &str,
) -> Result<Beside<'static>> {
    let format = Format::detect(&open(archive, member, name)?.head);
    if !matches!(format, Some(Format::Npy | Format::Safetensors)) {
        return Ok(Beside::Nothing);
    }
    let member = PathBuf::from(member_name(archive, member));
    let mut lists = Vec::new();
    for list in beside::lists(&member) {
        let number = (0..archive.len()).find(|number| Path::new(&member_name(archive, *number)) == list);
        if let Some(number) = number {
            let bytes = open(archive, number, name)?.into_bytes()?;
            lists.push((list, bytes));
        }
    }
    Ok(Beside::Archive { member, lists })
}

/// The number of the only member, or of the only one whose content looks like vectors.
fn choose(archive: &mut ZipArchive<impl Read + Seek + Send>, name: &str) -> Result<usize> {
    let members: Vec<(usize, String)> = (0..archive.len())
        .map(|number| (number, member_name(archive, number)))
        .filter(|(_, member)| !member.ends_with('/') && !member.starts_with("__MACOSX/"))
        .collect();
    if members.iter().any(|(_, member)| member.ends_with("data.pkl")) {
        return Err(Error::Refused { name: name.to_owned(), found: PICKLE.0.to_owned(), hint: PICKLE.1 });
    }
    if let [(number, _)] = members[..] {
        return Ok(number);
    }
    let mut vectors = Vec::new();
    for (number, member) in &members {
        let head = open(archive, *number, name).map(|source| source.head);
        match head {
            Ok(head) if refusal(&head).is_none() && Format::detect(&head).is_some() => {
                vectors.push((*number, member));
            }
            Ok(_) | Err(Error::Empty { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if let [(number, _)] = vectors[..] {
        return Ok(number);
    }
    let all = || members.iter().map(|(_, member)| member);
    let recognised = vectors.iter().map(|(_, member)| *member);
    Err(not_one(if vectors.is_empty() { all().collect() } else { recognised.collect() }, name))
}

fn not_one(members: Vec<&String>, name: &str) -> Error {
    let n = members.len();
    let shown: Vec<String> = members.iter().take(8).map(|member| format!("{member:?}")).collect();
    let more = if n > shown.len() { ", …" } else { "" };
    let found = format!("{n}: {}{more}", shown.join(", "));
    Fault::new(Place::File, "one member with vectors in the archive", found)
        .hint("unpack the archive and name the file: unzip")
        .within(name)
}

/// A member's bytes, decompressed; they are checked against their checksum when the last one is read.
fn open<'a>(
    archive: &'a mut ZipArchive<impl Read + Seek + Send>,
    number: usize,
    name: &str,
) -> Result<Source<'a>> {
    let shown = format!("{name}/{}", member_name(archive, number).escape_debug());
    let member = archive.by_index(number).map_err(|error| damaged(error, name))?;
    Source::new(member, &shown)
}

/// The name of a member, or its number if the name cannot be read.
fn member_name(archive: &ZipArchive<impl Read + Seek>, number: usize) -> String {
    let name = archive.name_for_index(number).and_then(|name| name.ok());
    name.map_or_else(|| format!("member {number}"), |name| name.into_owned())
}

fn damaged(error: ZipError, name: &str) -> Error {
    match error {
        ZipError::Io(error) => crate::error::reading(name, error),
        ZipError::UnsupportedArchive(found) => Error::Refused {
            name: name.to_owned(),
            found: format!("a zip archive of a kind that is not read ({found})"),
            hint: "unpack it first: unzip",
        },
        error => Fault::new(Place::File, "an intact zip archive", error.to_string())
            .hint("the file is cut short or damaged: download it again")
            .within(name),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;
    use crate::Loader;

    const VECTORS: &str = "2 2\na 1 2\nb 3 4\n";

    fn archive(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn stored() -> SimpleFileOptions {
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
    }

    fn check(bytes: &[u8], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        std::fs::write(&path, bytes).unwrap();
        let gzipped = zstd::encode_all(bytes, 1).unwrap();
        for read in [Loader::new().open(&path), Loader::new().read(gzipped.as_slice(), "a.zip.zst")] {
            match read {
                Ok(read) => assert_eq!(read.matrix().to_string(), expected),
                Err(error) => {
                    assert!(error.is_invalid_data() && error.hint().is_some(), "{error}");
                    assert!(error.to_string().contains(expected), "{error} instead of {expected}");
                }
            }
        }
    }

    #[test]
    fn the_member_with_vectors_is_read() {
        let matrix = "[[1, 2],\n [3, 4]]";
        let vectors: (&str, &[u8]) = ("folder/a.vec", VECTORS.as_bytes());
        let deflated = stored().compression_method(CompressionMethod::Deflated);
        for options in [stored(), deflated, stored().large_file(true), deflated.large_file(true)] {
            check(&archive(&[vectors], options), matrix);
        }
        let read_me: (&str, &[u8]) = ("README", b"These are vectors.\n");
        check(&archive(&[read_me, vectors, ("empty", b"")], stored()), matrix);
        check(&archive(&[("__MACOSX/a", b"1 1\na 1\n"), vectors], stored()), matrix);
        let zipped = zstd::encode_all(VECTORS.as_bytes(), 1).unwrap();
        check(&archive(&[("a.vec.zst", &zipped)], stored()), matrix);
    }

    #[test]
    fn other_archives_are_refused() {
        let vectors = VECTORS.as_bytes();
        check(&archive(&[], stored()), "expected one member with vectors in the archive, found 0");
        check(&archive(&[("a.vec", vectors), ("b.vec", vectors)], stored()), "found 2: \"a.vec\", \"b.vec\"");
        check(&archive(&[("a", b"b\n"), ("c", b"d\n")], stored()), "found 2: \"a\", \"c\"");
        check(&archive(&[("m/data.pkl", b"\x80\x02"), ("m/data/0", b"1")], stored()), "a Python pickle");
        let inner = archive(&[("a.vec", vectors)], stored());
        check(&archive(&[("a.zip", &inner)], stored()), "an archive in an archive");
        let npy = b"\x93NUMPY\x01\0\x3b\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\0\0\0\0";
        check(&archive(&[("a.npy", npy)], stored()), "a matrix without the list of its words");
        check(&archive(&[("m/a.npy", npy), ("vocab.txt", b"x\n")], stored()), "a matrix without the list");
        check(&archive(&[("m/a.npy", npy), ("m/vocab.txt", b"x\n")], stored()), "[[0]]");
    }

    #[test]
    fn damage_is_found() {
        let whole = archive(&[("a.vec", VECTORS.as_bytes())], stored());
        for length in 4..whole.len() {
            let error = Loader::new().read(&whole[..length], "cut.zip").unwrap_err();
            assert!(error.is_invalid_data(), "{length}: {error}");
        }
        for at in 4..whole.len() {
            for lie in [0, 1, 255] {
                let mut bytes = whole.clone();
                bytes[at..].iter_mut().take(4).for_each(|byte| *byte = lie);
                let _ = Loader::new().read(bytes.as_slice(), "lie.zip");
            }
        }
        let at = memchr::memmem::find(&whole, b"a 1 2").unwrap();
        let mut changed = whole;
        changed[at] = b'c';
        check(&changed, "expected an intact compressed stream");
    }
}
