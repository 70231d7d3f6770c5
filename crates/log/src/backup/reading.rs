//! Reading the journal once, beside a writer: where it ends, with which root, and which documents it names.

use std::collections::HashSet;
use std::time::Duration;

use docket_domain::{Data, Digest, Origin};

use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::fs::Access;
use crate::journal::{JournalError, JournalPosition, SeenFrame};
use crate::keys::{KeyFiles, read_previous};
use crate::open::authentic::Authentic;
use crate::open::scan;
use crate::open::stored_signature;
use crate::reader::note_of;
use crate::record::BundleCheckpoint;
use crate::store::mark::Mark;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::VerifierKey;
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;
use crate::verify::BlobList;

/// How often the journal is read again where its end is just being written.
const READINGS_MAX: u32 = 5;

/// How long a writer is given to finish its frame.
const PAUSE: Duration = Duration::from_millis(50);

/// The journal as far as whole frames go.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(super) end: JournalPosition,
    /// Where the last frame begins.
    last: JournalPosition,
    pub(crate) head: TreeHead,
    pub(super) origin: Option<Origin>,
    /// Why the journal is not this log's, where its key is there to tell.
    pub(super) foreign: Option<LogError>,
    /// The last checkpoint whose signature is stored.
    pub(super) checkpoint: Option<Note>,
    /// The root at the size that was asked for, if the journal reaches it.
    pub(crate) root_at_known: Option<Hash>,
    /// Every document that an event names, redacted ones too.
    pub(super) documents: HashSet<Digest>,
}

/// Reads the journal and makes its end durable. A frame that a writer is just writing is left out.
pub(crate) fn read_journal(directory: &DataDirectory, known: Option<u64>) -> Result<Reading, LogError> {
    beside_writer(&|| pass(directory, known))
}

/// Whether a redaction was recorded after a reading. It is recorded before it destroys anything: where there is none, nothing was destroyed that
/// the journal as it was read does not account for.
pub(super) fn has_redaction_after(directory: &DataDirectory, reading: &Reading) -> Result<bool, LogError> {
    let is_one = |entry: &Entry| {
        entry.event.index >= reading.head.size && matches!(entry.event.data, Data::TextRedacted(_))
    };
    beside_writer(&|| {
        let mut found = false;
        // A scan begins where a frame is.
        let scan = scan(directory, reading.last, 0, &mut |_, entries| {
            found |= entries.iter().any(is_one);
            Ok(())
        })?;
        match scan.damage() {
            Some(damage) => Err(JournalError::Damaged(damage).into()),
            None => Ok(found),
        }
    })
}

/// Reads, and again where the end is just being written.
fn beside_writer<T>(read: &dyn Fn() -> Result<T, LogError>) -> Result<T, LogError> {
    let mut readings = 1;
    loop {
        match read() {
            // What a writer has half written looks like damage for a moment.
            Err(LogError::Journal(JournalError::Damaged(_))) if readings < READINGS_MAX => {
                readings += 1;
                std::thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}

#[derive(Default)]
struct Pass {
    range: CompactRange,
    origin: Option<Origin>,
    documents: BlobList,
    signed: Option<(Origin, TreeHead, BundleCheckpoint)>,
    root_at_known: Option<Hash>,
}

impl Pass {
    fn take(
        &mut self,
        seen: &SeenFrame<'_>,
        entries: Vec<Entry>,
        known: Option<u64>,
    ) -> Result<(), LogError> {
        if let (Some(signature), Some(origin)) = (seen.frame.previous_checkpoint, &self.origin) {
            let signature = stored_signature(signature);
            let head = self.range.head();
            self.signed = Some((origin.clone(), head, signature)).filter(|_| signature.size == head.size);
        }
        for (part, entry) in seen.frame.entries().zip(entries) {
            self.documents.take(&entry);
            self.origin = Some(entry.origin);
            self.range.append(leaf_hash(part.bytes));
            if known == Some(self.range.size()) {
                self.root_at_known = Some(self.range.root());
            }
        }
        let (found, stated) = (self.range.root(), Hash(*seen.frame.root));
        if found == stated { Ok(()) } else { Err(LogError::Root { size: self.range.size(), stated, found }) }
    }
}

/// The public keys of the log: the present one, and those that it had under earlier names.
fn public_keys(directory: &DataDirectory, present: Option<VerifierKey>) -> Vec<VerifierKey> {
    let previous = read_previous(directory.file_system(), directory.path()).unwrap_or_default();
    present.into_iter().chain(previous).collect()
}

/// The signed checkpoint, if the signature holds: whoever can write the files can put anything in its place.
fn signed_note(
    signed: Option<(Origin, TreeHead, BundleCheckpoint)>,
    keys: &[VerifierKey],
) -> Result<Option<Note>, LogError> {
    let note = signed.map(|(origin, head, signature)| note_of(&origin, head, &signature)).transpose()?;
    Ok(note.filter(|note| note.verify(keys).is_ok()))
}

fn pass(directory: &DataDirectory, known: Option<u64>) -> Result<Reading, LogError> {
    let mut pass = Pass::default();
    if known == Some(0) {
        pass.root_at_known = Some(pass.range.root());
    }
    // Keys that cannot be read check nothing: whoever verifies says what is wrong with them.
    let keys = KeyFiles::read_public(directory.file_system(), directory.path()).unwrap_or_default();
    let mut authentic = Authentic::new(&keys);
    let scan = scan(directory, JournalPosition::START, 0, &mut |seen, entries| {
        authentic.take(seen, &entries);
        pass.take(seen, entries, known)
    })?;
    if let Some(damage) = scan.damage() {
        return Err(JournalError::Damaged(damage).into());
    }
    let end = scan.end();
    if let Some(last) = scan.last() {
        // Another process may have written the last frame and not synced it yet: what a backup holds must never be lost by its source.
        let path = directory.journal().segment_path(last.segment);
        directory
            .file_system()
            .open(&path, Access::Read)
            .and_then(|file| file.sync_data())
            .map_err(|source| LogError::Io { operation: "sync", path, source })?;
    }
    let head = pass.range.head();
    let marked = Mark::read(directory.file_system(), &directory.mark()).ok().flatten();
    let stored = marked.as_ref().and_then(|mark| mark.signature);
    let foreign = authentic.finish(directory, stored.as_slice()).err();
    let marked = marked.filter(|mark| mark.size == head.size && mark.root == head.root);
    let marked = marked.and_then(|mark| mark.signature).zip(pass.origin.clone());
    let marked = marked.map(|(signature, origin)| (origin, head, signature));
    let keys = public_keys(directory, keys.verifier);
    let checkpoint = match signed_note(marked, &keys)? {
        None => signed_note(pass.signed, &keys)?,
        note => note,
    };
    let documents = pass.documents.named().map(|(digest, _)| digest).collect();
    let last = scan.last().map_or(JournalPosition::START, |last| last.start());
    let Pass { origin, root_at_known, .. } = pass;
    Ok(Reading { end, last, head, origin, foreign, checkpoint, root_at_known, documents })
}
