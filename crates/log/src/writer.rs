//! Committing entries: one journal frame, one wait for the disk, then everything else.

use std::sync::{Arc, PoisonError};

use crate::behind::{Behind, Committed};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::fs::DirectoryLock;
use crate::journal::{CheckpointSignature, FrameLengths, FrameLimit, Journal, NewEntry, NewFrame};
use crate::keys::KEY_FILE;
use crate::reader::{LogReader, Shared};
use crate::record::{BundleCheckpoint, Location, StoredEvent};
use crate::store::Meta;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::mark::{Mark, MarkState, boot_id};
use crate::store::sync_files;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::SignerKey;
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;

/// An entry that is ready to be committed: as a value, as canonical bytes, and with the openings of its texts.
#[derive(Debug, Clone)]
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
    pub(crate) range: CompactRange,
    /// The signature of the last checkpoint: it goes into the next frame.
    pub(crate) signed: Option<BundleCheckpoint>,
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

    /// Whether a failed write forbids further commits until the log is opened again.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.journal.is_poisoned()
    }

    /// Whether these entries fit into one commit; the error names the limit that they exceed.
    pub fn fits(&self, drafts: &[Draft]) -> Result<(), FrameLimit> {
        let entries = new_entries(drafts);
        let frame = NewFrame {
            first_index: self.range.size(),
            entries: &entries,
            root: self.range.root().0,
            previous_checkpoint: None,
        };
        FrameLengths::of(&frame).map(drop)
    }

    /// Makes entries durable together, signs the checkpoint and shows them to readers. Their indexes must continue the log.
    pub fn append(&mut self, drafts: Vec<Draft>) -> Result<Commit, LogError> {
        let signer = self
            .signer
            .clone()
            .ok_or_else(|| LogError::NoKey { path: self.directory.path().join(KEY_FILE) })?;
        self.check(&drafts)?;
        let range = grown(&self.range, &drafts);
        let position = self.persist(&drafts, range.root())?;
        // If the process dies here: the commit is durable, unsigned and unacknowledged. The next start signs the same checkpoint:
        // Ed25519 is deterministic, and there is one root per size.
        let head = range.head();
        let (checkpoint, stored) = sign(self.shared.origin.as_str(), head, &signer)?;
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
        };
        let position = self.journal.append(&frame)?;
        let lengths = FrameLengths::of(&frame).map_err(crate::journal::JournalError::Limit)?;
        Ok(Placed {
            first_index: position.first_index,
            segment: position.segment.0,
            offset: position.offset,
            openings_offset: position.offset + u64::from(lengths.openings_offset()),
        })
    }

    /// Shows the commit to readers and hands it to the store.
    fn publish(&self, drafts: Vec<Draft>, placed: &Placed, signed: BundleCheckpoint) {
        let mut openings_offset = placed.openings_offset;
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
        self.behind.send(Committed { events, checkpoint: Some(signed) });
    }

    /// Ends the writing: the store is brought up to date as far as bundles are finished, closed, synced and marked clean.
    ///
    /// An error here loses nothing: the journal has it all, and the next start catches up.
    pub fn close(self) -> Result<(), LogError> {
        let Self { directory, range, signed, shared, mut behind, _lock, .. } = self;
        if let Some(error) = behind.stop() {
            return Err(error);
        }
        let head = range.head();
        if let Some(store) = &shared.store {
            store.set_closed(Meta { size: head.size, root: head.root })?;
            store.flush()?;
            // A clean mark promises every finished bundle. Without the key the last commit may be unsigned, and its bundle waits.
            if store.meta()?.map_or(0, |meta| meta.size) != head.size / BUNDLE_ENTRIES * BUNDLE_ENTRIES {
                return Ok(());
            }
        }
        // sled must be gone before the mark says that it was closed; a reader that is still there keeps it open.
        if Arc::into_inner(shared).is_none() {
            return Ok(());
        }
        let error = |operation, path| move |source| LogError::Io { operation, path, source };
        sync_files(&directory.store()).map_err(error("sync", directory.store()))?;
        // If the power fails here: sled is whole on disk, and the mark still says that it is open; it is made anew.
        let signature = signed.filter(|signed| signed.size == head.size);
        let mark =
            Mark { boot: boot_id(), state: MarkState::Clean, size: head.size, root: head.root, signature };
        mark.write(directory.file_system(), &directory.mark())
            .map_err(error("write the mark", directory.mark()))
    }
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
