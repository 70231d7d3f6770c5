//! The store against the journal: every key and value of a temporary copy of sled, byte for byte, as the writer's own builder makes them.

mod compare;
mod copy;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use docket_domain::Origin;

use super::ahead::Recorded;
use super::keys::Signer;
use super::report::{Findings, Place};
use super::{Observer, causes};
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::record::{BundleCheckpoint, StoredEvent};
use crate::store::image::{BUNDLE_ENTRIES, Image};
use crate::store::mark::Mark;
use crate::store::{Meta, Store};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;
use crate::tlog::proof::TreeHead;
use compare::Compare;
use copy::{NoCopy, StoreCopy, copy_and_open, without_path};

/// What was seen of a bundle of the store before its turn to be compared came.
#[derive(Debug)]
struct SeenBundle {
    /// Its checkpoints, if each of its records is, byte for byte, the one that its entry calls for. Head, lengths, checkpoints and records
    /// are all that a bundle has, and the head and the lengths follow from the rest: if these are the right ones, so is every byte.
    checkpoints: Option<Vec<BundleCheckpoint>>,
}

/// The store as found, and the image of what it must hold.
#[derive(Debug)]
pub(super) struct StoreCheck {
    /// The directory of sled, which findings name.
    path: PathBuf,
    copy: Option<StoreCopy>,
    /// The entries that it says it holds; `None` if it cannot be read or is not there.
    pub(super) size: Option<u64>,
    /// The bytes of its files.
    pub(super) bytes: u64,
    image: Image,
    /// The size up to which the journal holds signatures.
    signed: u64,
    /// The entries that were taken: all of them, from the first on.
    taken: u64,
    /// What was seen of each bundle of which all entries were taken, and that was not compared yet.
    seen: VecDeque<SeenBundle>,
    /// Whether the store has the very records of the entries of the bundle that is not whole yet.
    is_same: bool,
    /// Whether the journal still vouches for what the store must hold.
    comparing: bool,
    /// What the log was when the store was last closed.
    closed: Option<Meta>,
}

impl StoreCheck {
    /// Copies sled and opens the copy. One that is missing is a notice; one that cannot be opened is a finding. An error: there is no place
    /// for a copy.
    ///
    /// sled promises nothing of what a power cut leaves of it, and one that was open then is thrown away by the next opening. So it is no
    /// fault that such a one cannot be read, and what it holds is not compared; only what it says of the size of the log still counts.
    pub(super) fn open(
        directory: &DataDirectory,
        mark: Option<&Mark>,
        findings: &mut Findings,
    ) -> Result<Self, LogError> {
        let is_thrown_away = mark.is_some_and(|mark| mark.was_open_at_a_restart(directory.file_system()));
        let path = directory.store();
        let mut check = Self {
            path: path.clone(),
            copy: None,
            size: None,
            bytes: 0,
            image: Image::new(),
            signed: 0,
            taken: 0,
            seen: VecDeque::new(),
            is_same: true,
            comparing: false,
            closed: None,
        };
        if !path.is_dir() {
            findings.notice("store-missing", "sled is not there: opening the log makes it from the journal");
            return Ok(check);
        }
        match copy_and_open(&path, &mut check.bytes) {
            Ok(copy) if copy.older_layout.is_some() => {
                let message = "sled has the layout of an older docket and is not checked: opening the log makes it anew";
                findings.notice("store-older-layout", message);
                check.closed =
                    [copy.closed, Some(copy.meta)].into_iter().flatten().max_by_key(|known| known.size);
                copy.close();
            }
            Ok(copy) => {
                check.size = Some(copy.meta.size);
                check.closed = copy.closed;
                check.comparing = !is_thrown_away;
                check.copy = Some(copy);
            }
            Err(NoCopy::Unreadable(message)) if is_thrown_away => {
                findings.notice("store-unreadable", format!("{} cannot be read: {message}", path.display()));
            }
            Err(NoCopy::Unreadable(message)) => findings.add("store-unreadable", Place::file(path), message),
            Err(NoCopy::NoPlace(error)) => return Err(error),
        }
        Ok(check)
    }

    /// The store, for those who read its records ahead.
    pub(super) fn records(&self) -> Option<Store> {
        self.copy.as_ref().map(|copy| copy.store.clone())
    }

    /// The entries that the log had by the store's word.
    pub(super) fn known_size(&self) -> u64 {
        let closed = self.closed.map_or(0, |closed| closed.size);
        closed.max(self.size.unwrap_or(0))
    }

    /// Compares what the store says that the log was with the journal, where that has come as far.
    pub(super) fn reach(&self, range: &CompactRange, findings: &mut Findings) {
        // The root is hashed only where it is asked for.
        let Some(closed) = self.closed.filter(|closed| closed.size == range.size()) else { return };
        let TreeHead { size, root } = range.head();
        if closed.root != root {
            let message = format!(
                "the journal has the root {root} at size {size}, sled was closed with {}",
                closed.root
            );
            findings.add("store-contradicts", Place::file(&self.path), message);
        }
    }

    /// Says that the journal cannot vouch for anything from here on.
    pub(super) fn stop(&mut self) {
        self.comparing = false;
        self.seen.clear();
    }

    /// Takes the next entry of the journal.
    pub(super) fn push(&mut self, stored: Arc<StoredEvent>, leaf: Hash, recorded: Recorded) {
        // What lies beyond the store's end is in no bundle that it has.
        if !self.comparing || self.size.is_none_or(|size| self.taken >= size) {
            return;
        }
        self.taken += 1;
        self.image.push(stored, leaf);
        self.is_same &= recorded.is_same;
        if self.taken.is_multiple_of(BUNDLE_ENTRIES) {
            let checkpoints = recorded.checkpoints.filter(|_| self.is_same);
            self.seen.push_back(SeenBundle { checkpoints });
            self.is_same = true;
        }
    }

    /// Takes the signature of the next checkpoint.
    pub(super) fn sign(&mut self, checkpoint: BundleCheckpoint) {
        if self.comparing && checkpoint.size > self.signed {
            self.signed = checkpoint.size;
            self.image.sign(checkpoint);
        }
    }

    /// Compares every bundle that the entries so far finish, and that the store has.
    pub(super) fn compare(&mut self, findings: &mut Findings, observer: &mut dyn Observer) {
        let Some(copy) = self.copy.as_ref().filter(|_| self.comparing) else { return };
        let compare = Compare { copy, path: &self.path };
        while self.image.finished() < copy.meta.size {
            let Some(finished) = self.image.next_finished(self.signed) else { return };
            let seen = self.seen.pop_front();
            if seen.is_some_and(|seen| seen.checkpoints.as_ref() == Some(&finished.checkpoints)) {
                compare.batch(&finished.others, &finished.events, findings, observer);
                finished.events.iter().for_each(|stored| observer.store_entry(stored));
                continue;
            }
            let entries = finished.events.clone();
            match finished.print() {
                Ok(batch) => compare.batch(&batch, &entries, findings, observer),
                Err(error) => {
                    findings.add("store-image", Place::file(&self.path), causes(&error));
                    return self.stop();
                }
            }
        }
    }

    /// Compares the rest, looks for keys that must not be there, and lets the copy go.
    pub(super) fn finish(
        &mut self,
        head: Option<TreeHead>,
        origin: Option<&Origin>,
        signer: &mut Signer,
        findings: &mut Findings,
        observer: &mut dyn Observer,
    ) {
        if let (Some(head), Some(origin)) = (head, origin)
            && self.comparing
            && self.size.is_some_and(|size| size <= head.size)
        {
            self.take_last_signature(head, origin, signer, findings);
            self.signed = head.size;
            self.compare(findings, observer);
        }
        if let Some(copy) = self.copy.take() {
            if self.comparing && self.image.finished() == copy.meta.size {
                Compare { copy: &copy, path: &self.path }.extra_keys(findings);
            }
            copy.close();
        }
    }

    /// The signature of the last commit is in no frame yet: where the store's end is the log's, it is in the store only.
    fn take_last_signature(
        &mut self,
        head: TreeHead,
        origin: &Origin,
        signer: &mut Signer,
        findings: &mut Findings,
    ) {
        let place = Place::file(&self.path);
        let Some(copy) = self.copy.as_ref().filter(|copy| copy.meta.size == head.size && head.size > 0)
        else {
            return;
        };
        let checkpoints = match copy.store.checkpoints(head.size.saturating_sub(BUNDLE_ENTRIES)) {
            Ok(checkpoints) => checkpoints,
            Err(error) => return findings.add("store-unreadable", place, without_path(&error)),
        };
        if let Some(last) = checkpoints.last().filter(|last| last.size == head.size) {
            signer.check(origin, head, last, &place, findings);
            self.image.sign(*last);
        } else {
            let message = format!("the signature of the checkpoint of size {} is missing", head.size);
            findings.add("signature-missing", place, message);
        }
    }
}
