//! What is done to a file.

use std::fs;
use std::path::Path;

use super::table::{Row, matches};
use super::world::{World, Worlds};

/// The places at which a bit of a file is flipped, one after the other.
const FLIPS: usize = 3;

/// A kind of tampering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tampering {
    /// One bit is flipped, at one of several places.
    Flip,
    /// The second half of what was written is cut off.
    Truncate,
    /// Nothing is left in the file.
    Empty,
    /// The file is gone.
    Delete,
    /// Its content is exchanged with that of another file of its kind.
    Swap,
    /// It is what it was before the last things were recorded.
    Older,
    /// It is that of another history, recorded with the same key.
    Fork,
    /// It is that of a log of the same name with another key.
    Foreign,
}

impl Tampering {
    /// All, in the order of the table's columns.
    pub(super) const ALL: [Self; 8] = [
        Self::Flip,
        Self::Truncate,
        Self::Empty,
        Self::Delete,
        Self::Swap,
        Self::Older,
        Self::Fork,
        Self::Foreign,
    ];
}

/// What a file, or two, become.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// What is done, in words.
    pub(super) what: String,
    /// Paths from the world's root, and the bytes that they get; nothing where the file goes.
    files: Vec<(String, Option<Vec<u8>>)>,
}

impl Change {
    /// Makes it below a directory that holds a copy of the world, or of the part that is looked at.
    pub(super) fn apply(&self, root: &Path) {
        for (file, bytes) in &self.files {
            match bytes {
                Some(bytes) => fs::write(root.join(file), bytes).unwrap(),
                None => fs::remove_file(root.join(file)).unwrap(),
            }
        }
    }
}

/// Everything that one kind of tampering does to a file: nothing where that would leave it as it is.
pub(super) fn changes(worlds: &Worlds, row: &Row, file: &str, tampering: Tampering) -> Vec<Change> {
    let bytes = fs::read(worlds.newest.path(file)).unwrap();
    let one = |what: &str, after: Option<Vec<u8>>| Change {
        what: format!("{tampering:?}{what} {file}"),
        files: vec![(file.to_owned(), after)],
    };
    let other = |after: Option<Vec<u8>>| match after {
        Some(after) if after != bytes => vec![one("", Some(after))],
        _ => vec![],
    };
    match tampering {
        Tampering::Flip => flips(&bytes)
            .into_iter()
            .map(|(at, flipped)| one(&format!(" byte {at} of"), Some(flipped)))
            .collect(),
        Tampering::Truncate => other(bytes.get(..written(&bytes) / 2).map(<[u8]>::to_vec)),
        Tampering::Empty => other(Some(Vec::new())),
        Tampering::Delete => vec![one("", None)],
        Tampering::Swap => swap(worlds, row, file, &bytes),
        Tampering::Older => other(version(&worlds.older, row, file)),
        Tampering::Fork => other(version(&worlds.fork, row, file)),
        Tampering::Foreign => other(version(&worlds.foreign, row, file)),
    }
}

/// The file behind the last byte that is not zero.
fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

/// The file with one bit flipped, at places from its first byte to the last that was written.
fn flips(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let end = written(bytes);
    let mut places: Vec<usize> =
        (0..FLIPS).map(|place| place * end.saturating_sub(1) / (FLIPS - 1)).collect();
    places.dedup();
    let flipped = |at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        (at, bytes)
    };
    places.into_iter().filter(|at| *at < end).map(flipped).collect()
}

fn swap(worlds: &Worlds, row: &Row, file: &str, bytes: &[u8]) -> Vec<Change> {
    let Some(sibling) = row.sibling else { return vec![] };
    let pattern = format!("{}/{sibling}", row.place.directory());
    let files = worlds.newest.files();
    let read = |found: &String| fs::read(worlds.newest.path(found)).unwrap();
    let is_another =
        |found: &&String| matches(&pattern, found) && !read(found).is_empty() && read(found) != bytes;
    let sibling = files.iter().find(is_another).unwrap_or_else(|| panic!("{file} has a sibling {pattern}"));
    let others = read(sibling);
    vec![Change {
        what: format!("Swap {file} with {sibling}"),
        files: vec![(file.to_owned(), Some(others)), (sibling.clone(), Some(bytes.to_vec()))],
    }]
}

/// The file in another version of the world: of the same name, or, where names are made up, the only one of its kind.
fn version(world: &World, row: &Row, file: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = fs::read(world.path(file)) {
        return Some(bytes);
    }
    let pattern = format!("{}/{}", row.place.directory(), row.files);
    let files = world.files();
    let mut same = files.iter().filter(|found| matches(&pattern, found));
    let (first, more) = (same.next()?, same.next());
    more.is_none().then(|| fs::read(world.path(first)).unwrap())
}
