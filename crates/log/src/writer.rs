//! Committing entries: one journal frame, one wait for the disk, then everything else.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, PoisonError};

use crate::behind::{Behind, Committed, Stopped, within};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::fs::DirectoryLock;
use crate::journal::{CheckpointSignature, FrameKey, FrameLengths, FrameLimit, Journal, NewEntry, NewFrame};
use crate::keys::KEY_FILE;
use crate::reader::{LogReader, Shared};
use crate::record::{BundleCheckpoint, Location, StoredEvent};
use crate::store::Meta;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::mark::{DAMAGED, Mark, MarkState};
use crate::store::sync_files;
use crate::stored::Stored;
use crate::tlog::checkpoint::{Checkpoint, CheckpointError};
use crate::tlog::compact::CompactRange;
use crate::tlog::derived::DerivedKey;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::SignerKey;
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;

/// An entry that is ready to be committed: as a value, as canonical bytes, and with the openings of its texts.
#[derive(Clone)]
pub struct Draft {
    /// The entry.
    pub entry: Entry,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The leaf hash of those bytes.
    pub leaf: Hash,
    /// The openings of its texts, one after the other.
    pub openings: Vec<u8>,
}

/// Openings hold what a redaction must be able to destroy, so logs and panics must not print them.
impl fmt::Debug for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Draft")
            .field("index", &self.entry.event.index)
            .field("entry_bytes", &self.bytes.len())
            .field("openings_bytes", &self.openings.len())
            .finish_non_exhaustive()
    }
}

impl Draft {
    /// Prints an entry and hashes it.
    pub fn new(entry: Entry, openings: Vec<u8>) -> Result<Self, crate::entry::EntryError> {
        let bytes = entry.encode()?;
        Ok(Self { entry, leaf: leaf_hash(&bytes), bytes, openings })
    }
}

/// What a commit has made true.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The index of its first entry.
    pub first: u64,
    /// Size and root with it.
    pub head: TreeHead,
    /// The signed checkpoint at that size.
    pub checkpoint: Note,
}

/// A log open for writing. One process, one writer.
#[derive(Debug)]
pub struct Log {
    pub(crate) directory: DataDirectory,
    pub(crate) journal: Journal,
    pub(crate) signer: Option<SignerKey>,
    /// What shows that a frame is this log's: follows from the secret key.
    pub(crate) frame_key: Option<FrameKey>,
    pub(crate) range: CompactRange,
    /// The signature of the last checkpoint: it goes into the next frame.
    pub(crate) signed: Option<BundleCheckpoint>,
    /// What the log had before entries of it were lost: while the journal lacks them, nothing is recorded.
    pub(crate) lost: Option<Meta>,
    /// What was restored from a backup into this directory: until it is shown a checkpoint kept elsewhere, nothing is recorded.
    pub(crate) restored: Option<Meta>,
    /// The name under which the log goes on in another directory: then nothing is recorded here.
    pub(crate) went_on: Option<String>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) behind: Behind,
    pub(crate) _lock: DirectoryLock,
}

impl Log {
    /// A reader of this log.
    #[must_use]
    pub fn reader(&self) -> LogReader {
        LogReader { shared: Arc::clone(&self.shared) }
    }

    /// The key of a purpose that follows from the log's secret key; nothing where that is lost.
    #[must_use]
    pub fn derived_key(&self, purpose: &str) -> Option<DerivedKey> {
        self.signer.as_ref().map(|signer| signer.derive(purpose))
    }

    /// Whether a failed write forbids further commits until the log is opened again.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.journal.is_poisoned()
    }

    /// Whether these entries fit into one commit; the error names the limit that they exceed.
    pub fn fits(&self, drafts: &[Draft]) -> Result<(), FrameLimit> {
        let entries = new_entries(drafts);
        // Lengths do not depend on the root, and computing it would cost more than the question.
        let frame = NewFrame {
            first_index: self.range.size(),
            entries: &entries,
            root: [0; 32],
            previous_checkpoint: None,
            key: None,
        };
        FrameLengths::of(&frame).map(drop)
    }

    /// Makes entries durable together, signs the checkpoint and shows them to readers. Their indexes must continue the log.
    pub fn append(&mut self, drafts: Vec<Draft>) -> Result<Commit, LogError> {
        if let Some(lost) = self.lost {
            return Err(LogError::EntriesLost { known: lost.size, journal: self.range.size() });
        }
        if let Some(restored) = self.restored {
            return Err(LogError::Restored { size: restored.size });
        }
        if let Some(origin) = &self.went_on {
            return Err(LogError::WentOn { origin: origin.clone() });
        }
        let signer = self
            .signer
            .clone()
            .ok_or_else(|| LogError::NoKey { path: self.directory.path().join(KEY_FILE) })?;
        self.check(&drafts)?;
        self.commit(drafts, &signer)
    }

    /// [`Self::append`] for drafts that were checked.
    pub(crate) fn commit(&mut self, drafts: Vec<Draft>, signer: &SignerKey) -> Result<Commit, LogError> {
        let range = grown(&self.range, &drafts);
        let head = range.head();
        let origin = self.shared.origin.clone();
        // Everything that signing can object to is found before the journal moves on; nothing is signed that is not durable.
        check_signable(origin.as_str(), head, signer)?;
        let position = self.persist(&drafts, range.root())?;
        // If the process dies here: the commit is durable, unsigned and unacknowledged. The next start signs the same checkpoint:
        // Ed25519 is deterministic, and there is one root per size.
        let (checkpoint, stored) = sign(origin.as_str(), head, signer)?;
        self.range = range;
        self.signed = Some(stored);
        self.publish(drafts, &position, stored);
        Ok(Commit { first: position.first_index, head, checkpoint })
    }

    /// An entry in the wrong place could never be taken out again.
    fn check(&self, drafts: &[Draft]) -> Result<(), LogError> {
        for (draft, expected) in drafts.iter().zip(self.range.size()..) {
            let found = draft.entry.event.index;
            if found != expected || draft.entry.origin != self.shared.origin {
                return Err(LogError::ForeignDraft { expected, found, origin: draft.entry.origin.clone() });
            }
        }
        Ok(())
    }

    fn persist(&mut self, drafts: &[Draft], root: Hash) -> Result<Placed, LogError> {
        let no_key = || LogError::NoKey { path: self.directory.path().join(KEY_FILE) };
        let key = self.frame_key.as_ref().ok_or_else(no_key)?;
        let entries = new_entries(drafts);
        let frame = NewFrame {
            first_index: self.range.size(),
            entries: &entries,
            root: root.0,
            previous_checkpoint: self.signed.map(|signed| CheckpointSignature {
                size: signed.size,
                key_id: signed.key_id,
                signature: signed.signature,
            }),
            key: Some(key),
        };
        let lengths = FrameLengths::of(&frame).map_err(crate::journal::JournalError::Limit)?;
        let position = self.journal.append(&frame)?;
        Ok(Placed {
            first_index: position.first_index,
            segment: position.segment.0,
            offset: position.offset,
            openings_offset: position.offset + u64::from(lengths.openings_offset()),
        })
    }

    /// Shows the commit to readers and hands it to the store.
    fn publish(&mut self, drafts: Vec<Draft>, placed: &Placed, signed: BundleCheckpoint) {
        let mut openings_offset = placed.openings_offset;
        let bytes = drafts.iter().map(|draft| draft.bytes.len() as u64).sum();
        let mut events = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let openings_len = u32::try_from(draft.openings.len()).unwrap_or(u32::MAX);
            let location =
                Location { segment: placed.segment, offset: placed.offset, openings_offset, openings_len };
            openings_offset += u64::from(openings_len);
            events.push((Arc::new(StoredEvent { location, entry: draft.entry }), draft.leaf));
        }
        {
            let mut tail = self.shared.tail.write().unwrap_or_else(PoisonError::into_inner);
            for (stored, leaf) in &events {
                tail.push(Arc::clone(stored), *leaf);
            }
            tail.sign(signed);
        }
        self.behind.send(Committed { events, checkpoints: vec![signed], bytes });
    }

    /// Ends the writing: the store is brought up to date as far as bundles are finished, closed, synced and marked clean.
    ///
    /// An error here loses nothing: the journal has it all, and the next start catches up.
    pub fn close(self) -> Result<(), LogError> {
        let Self { directory, range, signed, lost, shared, mut behind, _lock, .. } = self;
        let wait = behind.stop_wait();
        match behind.stop() {
            Stopped::Written => {}
            Stopped::Failed(error) => {
                // sled writes once more when it is dropped, which may hang or fail where writing has failed before.
                drop(within(wait, move || {
                    drop(shared);
                    Ok(())
                }));
                return Err(error);
            }
            Stopped::Hangs(error) => {
                // The thread has sled, too, and may let go of it at any moment: then this would be the last handle, and dropping
                // it would wait for the disk that hangs. What is forgotten goes with the process.
                std::mem::forget(shared);
                return Err(error);
            }
        }
        let head = range.head();
        let is_damaged = shared.stored.as_ref().is_some_and(Stored::is_damaged);
        if within(wait, move || close_store(shared, head))? == Closed::Partly {
            return Ok(());
        }
        let error = |operation, path| move |source| LogError::Io { operation, path, source };
        sync_files(&directory.store()).map_err(error("sync", directory.store()))?;
        // If the power fails here: sled is whole on disk, and the mark still says that it is open; it is made anew.
        let signature = signed.filter(|signed| signed.size == head.size);
        let TreeHead { size, root } = head;
        let (boot, state) = if is_damaged {
            (DAMAGED.to_owned(), MarkState::Open)
        } else {
            (directory.file_system().boot_id(), MarkState::Clean)
        };
        let mark = Mark { boot, state, size, root, signature, lost };
        mark.write(directory.file_system(), &directory.mark())
            .map_err(error("write the mark", directory.mark()))
    }
}

/// Whether sled is closed, with all that a clean mark promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    Wholly,
    Partly,
}

/// Says in the store how far the log has come, and lets go of it.
fn close_store(shared: Arc<Shared>, head: TreeHead) -> Result<Closed, LogError> {
    if let Some(Stored { store, .. }) = &shared.stored {
        store.set_closed(Meta { size: head.size, root: head.root })?;
        store.flush()?;
        // A clean mark promises every finished bundle. Without the key the last commit may be unsigned, and its bundle waits.
        if store.meta()?.map_or(0, |meta| meta.size) != head.size / BUNDLE_ENTRIES * BUNDLE_ENTRIES {
            return Ok(Closed::Partly);
        }
    }
    // sled must be gone before the mark says that it was closed; a reader that is still there keeps it open.
    Ok(Arc::into_inner(shared).map_or(Closed::Partly, |_| Closed::Wholly))
}

struct Placed {
    first_index: u64,
    segment: u64,
    offset: u64,
    openings_offset: u64,
}

fn new_entries(drafts: &[Draft]) -> Vec<NewEntry<'_>> {
    drafts.iter().map(|draft| NewEntry { bytes: &draft.bytes, openings: &draft.openings }).collect()
}

fn grown(range: &CompactRange, drafts: &[Draft]) -> CompactRange {
    let mut range = range.clone();
    for draft in drafts {
        range.append(draft.leaf);
    }
    range
}

/// Whether a checkpoint can be signed: its text is valid, and the key is the log's.
fn check_signable(origin: &str, head: TreeHead, signer: &SignerKey) -> Result<(), LogError> {
    let error = |source| LogError::Checkpoint { source };
    Checkpoint::new(origin, head).map_err(error)?;
    let name = signer.verifier().name();
    if name.as_str() == origin {
        return Ok(());
    }
    Err(error(CheckpointError::ForeignSigner { name: name.clone(), origin: origin.to_owned() }))
}

/// Signs a checkpoint: the note, and what is stored of it.
pub(crate) fn sign(
    origin: &str,
    head: TreeHead,
    signer: &SignerKey,
) -> Result<(Note, BundleCheckpoint), LogError> {
    let error = |source| LogError::Checkpoint { source };
    let note = Checkpoint::new(origin, head).and_then(|checkpoint| checkpoint.sign(signer)).map_err(error)?;
    let mut signature = [0; 64];
    if let Some(line) = note.signatures().first() {
        signature.iter_mut().zip(&line.blob).for_each(|(to, from)| *to = *from);
    }
    let key_id = signer.verifier().id().0.to_be_bytes();
    Ok((note, BundleCheckpoint { size: head.size, key_id, signature }))
}
