//! Signed checkpoints: which one covers a size, and its signature, wherever that still stands.

use docket_domain::Origin;

use super::LogReader;
use crate::error::LogError;
use crate::record::BundleCheckpoint;
use crate::store::image::BUNDLE_ENTRIES;
use crate::stored::Stored;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::{KeyId, KeyName, VerifierKey};
use crate::tlog::note::{Note, NoteSignature};
use crate::tlog::proof::TreeHead;

impl LogReader {
    /// The first signed checkpoint of at least this size; `None` if what lies beyond the last one is unsigned.
    pub fn checkpoint_from(&self, size: u64) -> Result<Option<Note>, LogError> {
        // Taken together: what leaves the tail after this is in the store.
        let (committed, first, in_tail) = {
            let tail = self.tail();
            (tail.size(), tail.first(), tail.checkpoint_from(size))
        };
        let index = size.saturating_sub(1);
        let found = match &self.shared.stored {
            Some(stored) if index < first.min(committed) => {
                // Checkpoints exist at the ends of commits, and a commit is a frame: its header says where it ends.
                let end = stored.frame_holding(&*self.event(index)?)?.end_index();
                if end > first { self.first_that_counts(in_tail)? } else { self.signature(stored, end)? }
            }
            _ => self.first_that_counts(in_tail)?,
        };
        found.map(|checkpoint| self.note(checkpoint)).transpose()
    }

    /// The last signed checkpoint.
    pub fn last_checkpoint(&self) -> Result<Option<Note>, LogError> {
        let (mut size, last) = {
            let tail = self.tail();
            (tail.size(), tail.last_checkpoint())
        };
        let mut last = last;
        while let Some(checkpoint) = last {
            if self.counts(&checkpoint)? {
                return self.note(checkpoint).map(Some);
            }
            size = checkpoint.size.saturating_sub(1);
            last = self.tail().checkpoint_upto(size);
        }
        let Some(stored) = &self.shared.stored else { return Ok(None) };
        while let Some(index) = size.checked_sub(1) {
            if let Some(checkpoint) = self.signature(stored, size)? {
                return self.note(checkpoint).map(Some);
            }
            size = stored.frame_holding(&*self.event(index)?)?.first_index;
        }
        Ok(None)
    }

    /// The signature of the checkpoint at the end of a commit: the store's, if it holds, else the one in the next frame.
    fn signature(&self, stored: &Stored, size: u64) -> Result<Option<BundleCheckpoint>, LogError> {
        let first = size.saturating_sub(1) / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        let is_there = first + BUNDLE_ENTRIES <= self.tail().first();
        let kept = if is_there { stored.checkpoints(first) } else { Vec::new() };
        let found = kept.into_iter().find(|checkpoint| checkpoint.size == size);
        if let Some(found) = found
            && self.holds(&found)? == Some(true)
        {
            return Ok(Some(found));
        }
        // A key that is not the one in the directory may have signed it: then the journal's word is taken, which is under a checksum.
        let Some(in_journal) = stored.signature_of_journal(size)? else {
            // In no frame yet, because it is the last one: without a key to tell, the store is all there is.
            let undecided = found.filter(|found| self.counts(found).unwrap_or(true));
            if undecided.is_none() && found.is_some() {
                stored.distrust();
            }
            return Ok(undecided);
        };
        if found != Some(in_journal) && is_there {
            stored.distrust();
        }
        Ok(Some(in_journal).filter(|signature| self.counts(signature).unwrap_or(true)))
    }

    /// The first of the signatures in memory, from this one on, that counts. With the secret key all do: their frames were written with it.
    fn first_that_counts(
        &self,
        mut found: Option<BundleCheckpoint>,
    ) -> Result<Option<BundleCheckpoint>, LogError> {
        while let Some(checkpoint) = found {
            if self.counts(&checkpoint)? {
                return Ok(found);
            }
            found = self.tail().checkpoint_from(checkpoint.size.saturating_add(1));
        }
        Ok(None)
    }

    /// Whether a signature is one of this log: whoever can write the files can put anything in its place. One by a key that the log had
    /// under an earlier name, or where there is no public key at all, is taken at its word.
    fn counts(&self, checkpoint: &BundleCheckpoint) -> Result<bool, LogError> {
        match (self.holds(checkpoint)?, &self.shared.verifier) {
            (Some(holds), _) => Ok(holds),
            (None, None) => Ok(true),
            (None, Some(verifier)) => {
                Ok(self.origin_at(checkpoint.size)?.as_str() != verifier.name().as_str())
            }
        }
    }

    /// Whether a signature is good; `None` if there is no key here that could tell.
    fn holds(&self, checkpoint: &BundleCheckpoint) -> Result<Option<bool>, LogError> {
        let Some(verifier) = &self.shared.verifier else { return Ok(None) };
        if !is_of(checkpoint, verifier) {
            return Ok(None);
        }
        let note = self.note(*checkpoint)?;
        Ok(Some(note.verify(std::slice::from_ref(verifier)).is_ok()))
    }

    /// The signed note of a stored signature.
    fn note(&self, checkpoint: BundleCheckpoint) -> Result<Note, LogError> {
        let origin = self.origin_at(checkpoint.size)?;
        let head = TreeHead { size: checkpoint.size, root: self.root_at(checkpoint.size)? };
        note_of(&origin, head, &checkpoint)
    }

    /// The origin under which the log was signed at a size: a continued log has another one than before.
    fn origin_at(&self, size: u64) -> Result<Origin, LogError> {
        match size.checked_sub(1) {
            Some(index) => Ok(self.event(index)?.entry.origin.clone()),
            None => Ok(self.origin().clone()),
        }
    }
}

/// Whether a signature says that it is by this key.
pub(crate) fn is_of(checkpoint: &BundleCheckpoint, key: &VerifierKey) -> bool {
    checkpoint.key_id == key.id().0.to_be_bytes()
}

/// The signed note that a stored signature stands for.
pub(crate) fn note_of(origin: &Origin, head: TreeHead, stored: &BundleCheckpoint) -> Result<Note, LogError> {
    let error = |source| LogError::Checkpoint { source };
    let checkpoint = Checkpoint::new(origin.as_str(), head).map_err(error)?;
    let name =
        KeyName::new(origin.as_str()).map_err(|source| LogError::Name { origin: origin.clone(), source })?;
    let signature = NoteSignature {
        name,
        key_id: KeyId(u32::from_be_bytes(stored.key_id)),
        blob: stored.signature.to_vec(),
    };
    Note::new(checkpoint.to_string(), vec![signature]).map_err(|source| error(source.into()))
}
