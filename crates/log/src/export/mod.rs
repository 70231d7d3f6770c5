//! What others get of a log: JSON lines, a C2SP tile tree, or a bundle that holds everything needed to check the log without us.
//!
//! Every export ends at the last signed checkpoint; what lies beyond it is counted. Directories are made new, and the file
//! `checkpoint` is written last: a directory without one is an export that did not finish.

mod bundle;
mod check;
mod directory;
mod tiles;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use docket_domain::Digest;

use crate::blobs::BlobError;
use crate::entry::EntryError;
use crate::error::LogError;
use crate::reader::LogReader;
use crate::record::StoredEvent;
use crate::tlog::bundle::BundleError;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::hash::Hash;
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;
use crate::tlog::tile::TileError;

pub use bundle::export_bundle;
pub use check::{BundleReport, KeysUsed, verify_bundle};
pub use tiles::export_tiles;

/// The file of the signed checkpoint.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The file of the words, one line an entry that has any.
pub const OPENINGS_FILE: &str = "openings.jsonl";
/// The directory of the documents, each under its SHA-256.
pub const SOURCES_DIRECTORY: &str = "sources";
/// The file that says how to check a bundle.
pub const README_FILE: &str = "README.txt";

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// The entries: those up to the last signed checkpoint.
    pub entries: u64,
    /// The root at that size.
    pub root: Hash,
    /// The entries beyond it, which were left out.
    pub unsigned: u64,
    /// The documents.
    pub sources: u64,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file cannot be written.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The directory holds something already.
    #[error("{} is not empty: an export needs a new or empty directory", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing is signed yet.
    #[error("the log {origin} has no signed checkpoint yet, and only what is signed is exported")]
    NothingSigned {
        /// The log.
        origin: String,
    },
    /// The public key is missing.
    #[error("the public key of the log {origin} is missing: a bundle without it cannot be checked")]
    NoVerifierKey {
        /// The log.
        origin: String,
    },
    /// A stored entry cannot be printed.
    #[error("entry {index} cannot be printed")]
    Entry {
        /// Its index.
        index: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// The openings of an entry cannot be printed.
    #[error("the openings of entry {index} cannot be printed")]
    Openings {
        /// Its index.
        index: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Entries make no bundle.
    #[error("a bundle of entries cannot be made")]
    Bundle(#[from] BundleError),
    /// There is no such tile.
    #[error("a tile cannot be made")]
    Tile(#[from] TileError),
    /// The entries do not give the root that is signed. Nothing of it can be relied on: the checkpoint was not written.
    #[error("the first {size} entries give the root {found}, but {signed} is signed: run `docket verify`")]
    Root {
        /// The size.
        size: u64,
        /// The root that is signed.
        signed: Hash,
        /// The root of the entries.
        found: Hash,
    },
    /// A document cannot be read.
    #[error("a document of the log cannot be read")]
    Blob(#[from] BlobError),
    /// A document is missing.
    #[error(
        "the document {digest} of entry {entry} is missing, and no redaction names it: run `docket verify`"
    )]
    BlobMissing {
        /// Its SHA-256.
        digest: Digest,
        /// The first entry that names it.
        entry: u64,
    },
}

/// Where an export ends: the last signed checkpoint, and what lies beyond.
struct End {
    note: Note,
    head: TreeHead,
    unsigned: u64,
}

fn end_of(reader: &LogReader) -> Result<Option<End>, LogError> {
    let Some(note) = reader.last_checkpoint()? else { return Ok(None) };
    let head =
        Checkpoint::parse(note.text()).map_err(|source| LogError::Checkpoint { source })?.checkpoint.head();
    let unsigned = reader.size().saturating_sub(head.size);
    Ok(Some(End { note, head, unsigned }))
}

fn signed_end_of(reader: &LogReader) -> Result<End, ExportError> {
    end_of(reader)?.ok_or_else(|| ExportError::NothingSigned { origin: reader.origin().to_string() })
}

/// Takes an entry with its canonical bytes.
type Take<'a> = &'a mut dyn FnMut(&StoredEvent, &[u8]) -> Result<(), ExportError>;

/// Shows the first `size` entries, each with its canonical bytes.
fn each_entry(reader: &LogReader, size: u64, take: Take<'_>) -> Result<(), ExportError> {
    let mut bytes = Vec::new();
    reader.visit_range(0..size, &mut |stored| {
        let index = stored.entry.event.index;
        bytes.clear();
        stored.entry.encode_into(&mut bytes).map_err(|source| ExportError::Entry { index, source })?;
        take(&stored, &bytes)
    })
}

/// Writes one canonical entry a line, without its words.
///
/// Where nothing is signed yet it writes nothing.
pub fn export_jsonl(reader: &LogReader, out: &mut dyn io::Write) -> Result<Exported, ExportError> {
    let Some(End { head, unsigned, .. }) = end_of(reader)? else {
        let (root, unsigned) = (crate::tlog::hash::empty_root(), reader.size());
        return Ok(Exported { entries: 0, root, unsigned, sources: 0 });
    };
    let error = |source| ExportError::Io { operation: "write to", path: PathBuf::from("the output"), source };
    each_entry(reader, head.size, &mut |_, bytes| {
        out.write_all(bytes).and_then(|()| out.write_all(b"\n")).map_err(error)
    })?;
    out.flush().map_err(error)?;
    Ok(Exported { entries: head.size, root: head.root, unsigned, sources: 0 })
}
