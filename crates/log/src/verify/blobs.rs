//! The documents that events name: there, and with the hash that they are named by.

use std::collections::{BTreeMap, HashSet};
use std::io;

use docket_domain::{Data, Digest};
use sha2::{Digest as _, Sha256};

use super::causes;
use super::report::{Findings, Place};
use crate::blobs::{Blobs, TOMBSTONE_SUFFIX};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::fs::Access;
use crate::progress::{Progress, Stage};
use crate::redaction;

/// How much of a document is read at once.
const READ_BYTES: u64 = 1024 * 1024;

/// The documents that the entries so far name.
#[derive(Debug, Default)]
pub(crate) struct BlobList {
    /// For each document the first entry that names it, and the sizes that are stated.
    named: BTreeMap<Digest, Named>,
    redacted: HashSet<Digest>,
}

/// What events say about a document.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// The first entry that names it.
    pub(crate) entry: u64,
    /// The sizes that are stated, mostly one.
    pub(crate) sizes: Vec<u64>,
}

/// What was read of the documents.
#[derive(Debug, Default)]
pub(super) struct BlobCounts {
    pub(super) blobs: u64,
    pub(super) bytes: u64,
}

impl BlobList {
    /// Takes note of the documents that an entry names or redacts.
    pub(crate) fn take(&mut self, entry: &Entry) {
        let (digest, size) = match &entry.event.data {
            Data::SourceReceived(source) => (source.sha256, Some(source.size)),
            Data::EvidenceAttached(evidence) => match evidence.sha256 {
                Some(digest) => (digest, evidence.size),
                None => return,
            },
            Data::TextRedacted(redaction) => {
                self.redacted.extend(redaction.blob);
                return;
            }
            _ => return,
        };
        let named =
            self.named.entry(digest).or_insert_with(|| Named { entry: entry.event.index, sizes: Vec::new() });
        if let Some(size) = size.filter(|size| !named.sizes.contains(size)) {
            named.sizes.push(size);
        }
    }

    /// The documents that are named, in the order of their hashes.
    pub(crate) fn named(&self) -> impl Iterator<Item = (Digest, &Named)> {
        self.named.iter().map(|(digest, named)| (*digest, named))
    }

    /// Whether a redaction names the document.
    pub(crate) fn is_redacted(&self, digest: Digest) -> bool {
        self.redacted.contains(&digest)
    }

    /// Reads every document again; what nobody names is a notice.
    pub(super) fn check(
        &self,
        directory: &DataDirectory,
        findings: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) -> BlobCounts {
        let blobs = directory.blobs();
        let carried_out = CarriedOut::by_the_mark_of(directory);
        let mut counts = BlobCounts::default();
        let total = self.named.values().filter_map(|named| named.sizes.first()).sum();
        for (digest, named) in self.named() {
            let place = Place::file(blobs.path(digest)).of_entry(named.entry);
            match read(directory, &blobs, digest) {
                Err(error) => findings.add("blob-unreadable", place, causes(&error)),
                Ok(None) if self.is_redacted(digest) => {
                    unguarded(&blobs, digest, carried_out, &place, findings);
                }
                Ok(None) => {
                    findings.add("blob-missing", place, "the document is missing, and no redaction names it");
                }
                Ok(Some((found, bytes))) => {
                    compare(digest, named, (found, bytes), &place, findings);
                    if self.is_redacted(digest) {
                        stands_again(digest, carried_out, place, findings);
                    }
                    counts.blobs += u64::from(found == digest);
                    counts.bytes += bytes;
                }
            }
            progress(Progress { stage: Stage::Blobs, done: counts.bytes, total });
        }
        self.find_unknown(&blobs, findings);
        counts
    }

    /// Whether an event names the document of this file name, or a redaction the destroyed one that it stands for.
    fn explains(&self, name: &str) -> bool {
        match name.strip_suffix(TOMBSTONE_SUFFIX) {
            Some(name) => Digest::parse(name).is_ok_and(|digest| self.is_redacted(digest)),
            None => Digest::parse(name).is_ok_and(|digest| self.named.contains_key(&digest)),
        }
    }

    fn find_unknown(&self, blobs: &Blobs, findings: &mut Findings) {
        match blobs.names() {
            Err(error) => findings.notice("blobs-unlisted", causes(&error)),
            Ok(names) => {
                let unknown = names.into_iter().filter(|name| !self.explains(name));
                unknown.for_each(|name| {
                    findings.notice("blob-unknown", format!("blobs/{name} is named by no event"));
                });
            }
        }
    }
}

/// Compares a document that was read with what names it.
fn compare(
    digest: Digest,
    named: &Named,
    (found, bytes): (Digest, u64),
    place: &Place,
    findings: &mut Findings,
) {
    if found != digest {
        let message = format!("the document has the SHA-256 {found}, not the one of its name");
        return findings.add("blob-altered", place.clone(), message);
    }
    for size in named.sizes.iter().filter(|size| **size != bytes) {
        let message = format!("the document has {bytes} bytes, but an event says {size}");
        findings.add("blob-size", place.clone(), message);
    }
}

/// Whether every recorded redaction is carried out, by the word of `log.redactions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CarriedOut {
    All,
    /// The next opening for writing looks at each of them.
    PerhapsNot,
}

impl CarriedOut {
    fn by_the_mark_of(directory: &DataDirectory) -> Self {
        if redaction::is_pending(directory) { Self::PerhapsNot } else { Self::All }
    }
}

/// Says that a redacted document is there: one that was deleted before was put back by somebody.
fn stands_again(digest: Digest, carried_out: CarriedOut, place: Place, findings: &mut Findings) {
    match carried_out {
        CarriedOut::All => findings.add(
            "redacted-document",
            place,
            "the redacted document is back; run `docket rebuild`, which deletes it again",
        ),
        CarriedOut::PerhapsNot => {
            findings
                .notice("redaction-pending", format!("the redacted document {digest} is not deleted yet"));
        }
    }
}

/// Says that nothing keeps a deleted document from being written again.
fn unguarded(blobs: &Blobs, digest: Digest, carried_out: CarriedOut, place: &Place, findings: &mut Findings) {
    if carried_out == CarriedOut::All && matches!(blobs.is_destroyed(digest), Ok(false)) {
        let name = format!("{digest}{TOMBSTONE_SUFFIX}");
        let place = Place { file: blobs.path(digest).with_file_name(&name).into(), ..place.clone() };
        let message = "the file that keeps the redacted document from being written again is missing; run `docket rebuild`, which makes it again";
        findings.add("redaction-unguarded", place, message);
    }
}

/// The hash and the length of a document; `None` if it is not there.
fn read(directory: &DataDirectory, blobs: &Blobs, digest: Digest) -> io::Result<Option<(Digest, u64)>> {
    let file = match directory.file_system().open(&blobs.path(digest), Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.length()?;
    let (mut hash, mut done) = (Sha256::new(), 0);
    let mut buffer = Vec::new();
    while done < length {
        let piece = READ_BYTES.min(length - done);
        buffer.resize(usize::try_from(piece).unwrap_or(0), 0);
        file.read_exact_at(&mut buffer, done)?;
        hash.update(&buffer);
        done += piece;
    }
    Ok(Some((Digest::from_bytes(hash.finalize().into()), length)))
}
