//! What must be true of a store before it is gone on with. It does not grow with the log: everything else is checked when it is read.

use super::catch_up::contradiction;
use super::found::Resumed;
use crate::directory::DataDirectory;
use crate::error::{LogError, chain};
use crate::journal::FRAME_ENTRIES_MAX;
use crate::reader::{generated, is_of, note_of};
use crate::record::BundleCheckpoint;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::{Meta, Store};
use crate::stored::{Distrust, Stored};
use crate::tail::block_start;
use crate::tlog::key::VerifierKey;
use crate::tlog::proof::root_at;

/// The bundles at the end of a store that can lack a checkpoint: a commit is at most so long.
const BUNDLES_UNSIGNED_MAX: u64 = FRAME_ENTRIES_MAX as u64 / BUNDLE_ENTRIES + 1;

/// Why a store is not gone on with.
pub(super) enum Refused {
    /// It is another history than the one that was signed here: somebody must look.
    Contradiction(LogError),
    /// It is damaged, for the reason given, and is made anew.
    Damaged(String),
}

/// Checks the end of a store, and completes what is known of it: the roots that the log had, the entries of the unfinished block of the
/// subject index, the origin, and the last signature.
pub(super) fn trust(
    directory: &DataDirectory,
    store: &Store,
    mut resumed: Resumed,
    verifier: Option<&VerifierKey>,
    expected: &[Meta],
) -> Result<Resumed, Refused> {
    let damaged = |error: &dyn std::error::Error| Refused::Damaged(chain(error));
    let stored = resumed.stored(directory, store);
    let size = resumed.range.size();
    for known in expected.iter().filter(|known| known.size <= size) {
        let root = root_at(&stored, known.size).map_err(|error| damaged(&generated(error, known.size)))?;
        if root != known.root {
            return Err(Refused::Contradiction(contradiction(directory, known.size)));
        }
    }
    for first in (block_start(size)..size).step_by(usize::try_from(BUNDLE_ENTRIES).unwrap_or(1)) {
        let events = stored.events_of_store(first).map_err(|error| damaged(&error))?;
        resumed.block.extend(events.into_iter().map(|(stored, _)| stored));
    }
    if let Some(last) = size.checked_sub(1) {
        let (event, _) = stored.event_of_store(last).map_err(|error| damaged(&error))?;
        resumed.origin = Some(event.entry.origin.clone());
        resumed.last_signed = last_signed(&stored, size).map_err(|error| damaged(&error))?;
    }
    if has_bad_signature(&resumed, verifier).map_err(|error| damaged(&error))? {
        let reason = format!("sled lacks an unchanged signature of the checkpoint of size {size}");
        return Err(Refused::Damaged(reason));
    }
    // What was read from the journal instead was not what the store should have said.
    if stored.is_damaged() {
        return Err(Refused::Damaged("sled lacks an unchanged tile of the tree".to_owned()));
    }
    Ok(resumed)
}

/// The last checkpoint in the bundles at the end of a store.
pub(super) fn last_signed(stored: &Stored, size: u64) -> Result<Option<BundleCheckpoint>, Distrust> {
    for back in (1..=BUNDLES_UNSIGNED_MAX).map(|count| count * BUNDLE_ENTRIES) {
        let Some(first) = size.checked_sub(back) else { break };
        if let Some(last) = stored.store.checkpoints(first)?.last() {
            return Ok(Some(*last));
        }
    }
    Ok(None)
}

/// Whether the signature of the store's very end, which may be in no frame, is that of the key but does not hold.
fn has_bad_signature(resumed: &Resumed, verifier: Option<&VerifierKey>) -> Result<bool, LogError> {
    let head = resumed.range.head();
    let (Some(origin), Some(verifier), Some(last)) = (&resumed.origin, verifier, &resumed.last_signed) else {
        return Ok(false);
    };
    if last.size != head.size || !is_of(last, verifier) {
        return Ok(false);
    }
    Ok(note_of(origin, head, last)?.verify(std::slice::from_ref(verifier)).is_err())
}
