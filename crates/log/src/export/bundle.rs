//! A bundle: the tile tree with the public key, the words, the documents, and a note on how to check it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::directory::{ExportDirectory, Stream};
use super::tiles::TileWriter;
use super::{
    CHECKPOINT_FILE, End, ExportError, Exported, OPENINGS_FILE, README_FILE, SOURCES_DIRECTORY, each_entry,
    signed_end_of,
};
use crate::blobs::Blobs;
use crate::keys::VERIFIER_KEY_FILE;
use crate::reader::LogReader;
use crate::receipt::PrintedOpening;
use crate::record::StoredEvent;
use crate::verify::BlobList;

/// One line of the file of openings. Its fields stand in canonical order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpeningsLine {
    /// The index of the entry.
    pub(super) index: u64,
    /// One item for each text, null where it was redacted.
    pub(super) openings: Vec<Option<PrintedOpening>>,
}

/// Exports a bundle of the last signed checkpoint into a new or empty directory: everything that is needed to check the log without us,
/// the words included. What is redacted is left out, and named by its redaction.
pub fn export_bundle(reader: &LogReader, blobs: &Blobs, directory: &Path) -> Result<Exported, ExportError> {
    let End { note, head, unsigned } = signed_end_of(reader)?;
    let verifier = reader
        .verifier()
        .ok_or_else(|| ExportError::NoVerifierKey { origin: reader.origin().to_string() })?;
    let directory = ExportDirectory::begin(directory)?;
    let mut openings = directory.stream(OPENINGS_FILE)?;
    let (mut writer, mut documents) = (TileWriter::default(), BlobList::default());
    let put = &mut |name: &str, bytes: &[u8]| directory.put(name, bytes);
    each_entry(reader, head.size, &mut |stored, bytes| {
        documents.take(&stored.entry);
        write_openings(reader, stored, &mut openings)?;
        writer.entry(bytes, put)
    })?;
    openings.finish()?;
    writer.finish(&head, put)?;
    let sources = copy_documents(&documents, blobs, &directory)?;
    directory.put(VERIFIER_KEY_FILE, format!("{verifier}\n").as_bytes())?;
    directory.put(README_FILE, readme(reader.origin().as_str(), head.size).as_bytes())?;
    directory.finish(CHECKPOINT_FILE, note.to_string().as_bytes())?;
    Ok(Exported { entries: head.size, root: head.root, unsigned, sources })
}

fn write_openings(reader: &LogReader, stored: &StoredEvent, out: &mut Stream) -> Result<(), ExportError> {
    let index = stored.entry.event.index;
    let states = reader.openings(stored)?;
    if states.is_empty() {
        return Ok(());
    }
    let line = OpeningsLine { index, openings: states.into_iter().map(PrintedOpening::of).collect() };
    let line = serde_json::to_vec(&line).map_err(|source| ExportError::Openings { index, source })?;
    out.line(&line)
}

fn copy_documents(
    documents: &BlobList,
    blobs: &Blobs,
    directory: &ExportDirectory,
) -> Result<u64, ExportError> {
    let mut copied = 0;
    for (digest, named) in documents.named() {
        match blobs.get(digest)? {
            _ if documents.is_redacted(digest) => {}
            Some(bytes) => {
                directory.put(&format!("{SOURCES_DIRECTORY}/{digest}"), &bytes)?;
                copied += 1;
            }
            None => return Err(ExportError::BlobMissing { digest, entry: named.entry }),
        }
    }
    Ok(copied)
}

fn readme(origin: &str, size: u64) -> String {
    format!(
        "The log {origin}, {size} entries, with everything needed to check it.

checkpoint          origin, size and root of the log, signed (c2sp.org/tlog-checkpoint, c2sp.org/signed-note)
log.vkey            the public key; compare it with one that you got elsewhere
tile/entries/...    the entries, each one CloudEvents JSON in canonical form (c2sp.org/tlog-tiles, RFC 8785)
tile/<level>/...    the hashes of the Merkle tree over them (RFC 6962)
openings.jsonl      for each entry with sealed texts: salt (base64) and text; null where a text was redacted
sources/<sha256>    the documents that entries name

To check all of it:
  docket verify --bundle DIR [--key VKEY]
  python3 examples/verify_bundle.py DIR [VKEY]   (from the source of docket; needs nothing but Python 3)

By hand: the leaf hash of an entry is SHA-256(00 || entry), a node SHA-256(01 || left || right); the root over all entries is in the
checkpoint, and the checkpoint is signed by the key. A sealed text is right if
SHA-256(\"docket/sealed/v1\" || 00 || salt || text) is the digest that stands in its entry, in base64.
"
    )
}
