//! Whether the journal ends as this log's key wrote it: asked before anything of it is signed, cut, rewritten or served.
//!
//! A frame bears an authenticator (docs/decisions/013). A good one binds the root, and through it every entry up to there, whatever the
//! frames before it say. One of version 1 bears none: it counts where the stored signature of a checkpoint holds that covers it. Without the
//! secret key nothing is asked, and nothing is signed either.

use docket_domain::Origin;

use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::{Authenticity, FrameKey, FramePosition, SeenFrame};
use crate::keys::{KEY_FILE, KeyFiles};
use crate::reader::{is_of, note_of};
use crate::record::BundleCheckpoint;
use crate::tlog::hash::Hash;
use crate::tlog::key::{KeyId, VerifierKey};
use crate::tlog::proof::TreeHead;

/// Why a frame is not this log's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    /// Another key wrote it, or somebody who has none.
    #[error("the authenticator of their frame is wrong")]
    Authenticator,
    /// It is of version 1, and frames of version 2 come before it.
    #[error("their frame has no authenticator, and frames before it have one")]
    Downgraded,
    /// It is of version 1, and no stored signature covers it.
    #[error("their frame has no authenticator, and no signature of them is stored")]
    Unsigned,
}

/// Frames of version 1 that nothing has covered so far.
#[derive(Debug, Clone, Copy)]
struct Bare {
    first: FramePosition,
    last: FramePosition,
    /// The checkpoint before the last of them, with its signature.
    before: Option<(TreeHead, BundleCheckpoint)>,
}

/// What a pass over the journal, or over its end, has shown so far.
#[derive(Debug, Default)]
pub(crate) struct Authentic {
    key: Option<(FrameKey, VerifierKey)>,
    first_foreign: Option<(FramePosition, Foreign)>,
    bare: Option<Bare>,
    has_good: bool,
    /// Size and root at the end of the last frame, as it states them.
    head: Option<TreeHead>,
    /// The origin of the last entry.
    origin: Option<Origin>,
    /// The last signature in a frame.
    signature: Option<BundleCheckpoint>,
}

impl Authentic {
    /// Begins a pass. Without the secret key it lets everything pass.
    pub(crate) fn new(keys: &KeyFiles) -> Self {
        let key = keys.signer.as_ref().map(|signer| (FrameKey::of(signer), signer.verifier().clone()));
        Self { key, ..Self::default() }
    }

    /// Takes the next frame, with what its entries say.
    pub(crate) fn take(&mut self, seen: &SeenFrame<'_>, entries: &[Entry]) {
        let Some((key, _)) = &self.key else { return };
        let head = TreeHead { size: seen.position.end_index(), root: Hash(*seen.frame.root) };
        let before = self.head.replace(head).filter(|head| head.size == seen.position.first_index);
        let signature = seen.frame.previous_checkpoint.map(super::stored_signature);
        self.origin = entries.last().map(|entry| entry.origin.clone());
        // What was written under an earlier name, with an earlier key, is covered by what follows under the present one.
        if self.origin.as_ref().is_none_or(|origin| origin.as_str() != key.origin()) {
            return;
        }
        self.signature = signature.or(self.signature);
        let foreign = match key.judge(&seen.frame) {
            Authenticity::Good => {
                (self.has_good, self.bare) = (true, None);
                return;
            }
            Authenticity::Absent if !self.has_good => {
                let first = self.bare.map_or(seen.position, |bare| bare.first);
                self.bare = Some(Bare { first, last: seen.position, before: before.zip(signature) });
                return;
            }
            Authenticity::Absent => Foreign::Downgraded,
            Authenticity::Bad => Foreign::Authenticator,
        };
        self.first_foreign.get_or_insert((seen.position, foreign));
    }

    /// Whether it is of importance which signatures are stored outside of frames.
    pub(crate) fn asks_for_signatures(&self) -> bool {
        self.first_foreign.is_some() || self.bare.is_some()
    }

    /// Refuses a journal that was not written with the key. `stored` are the signatures that mark and sled have; one counts only if it holds.
    ///
    /// `ForeignFrame`: somebody else wrote it. `OtherKey`: by what signatures and entries say, the key in the directory is not the log's.
    pub(crate) fn finish(
        &self,
        directory: &DataDirectory,
        stored: &[BundleCheckpoint],
    ) -> Result<(), LogError> {
        let (Some((key, verifier)), Some(head), Some(origin)) = (&self.key, self.head, &self.origin) else {
            return Ok(());
        };
        if let Some((position, foreign)) = self.first_foreign {
            let mut signatures = stored.iter().chain(&self.signature);
            let other = signatures.find(|signature| !is_of(signature, verifier)).filter(|_| !self.has_good);
            return Err(match other {
                Some(other) => {
                    let id = KeyId(u32::from_be_bytes(other.key_id));
                    let found = format!("{origin}+{}", verifier.id());
                    other_key(directory, found, format!("{origin}, last signed with the key {id}"))
                }
                None => foreign_frame(directory, position, position.end_index(), foreign),
            });
        }
        if origin.as_str() != key.origin() {
            return Err(other_key(directory, key.origin().to_owned(), origin.to_string()));
        }
        let holds = |head: TreeHead, signature: &BundleCheckpoint| {
            signature.size == head.size
                && note_of(origin, head, signature)
                    .is_ok_and(|note| note.verify(std::slice::from_ref(verifier)).is_ok())
        };
        match self.bare {
            Some(bare) if !stored.iter().any(|signature| holds(head, signature)) => {
                let is_last_alone = bare.before.is_some_and(|(head, signature)| holds(head, &signature));
                let first = if is_last_alone { bare.last } else { bare.first };
                Err(foreign_frame(directory, first, head.size, Foreign::Unsigned))
            }
            _ => Ok(()),
        }
    }
}

fn foreign_frame(directory: &DataDirectory, first: FramePosition, end: u64, why: Foreign) -> LogError {
    LogError::ForeignFrame {
        path: directory.journal().segment_path(first.segment),
        offset: first.offset,
        first: first.first_index,
        last: end.saturating_sub(1),
        why,
    }
}

fn other_key(directory: &DataDirectory, found: String, origin: String) -> LogError {
    LogError::OtherKey { path: directory.path().join(KEY_FILE), found, origin }
}
