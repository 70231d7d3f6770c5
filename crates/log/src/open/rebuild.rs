//! `docket rebuild`: the store and its mark are made anew from the journal, by the code that opens every log.
//!
//! It is the way out where opening refuses because the store knows more than the journal or contradicts it: whoever runs it says that
//! the journal is the true one. A damaged journal is refused here too.

use std::sync::Arc;

use super::catch_up::{check_root_of, scan};
use super::found::Found;
use super::{Notice, Opened, lock, open_locked};
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::remove_if_present;
use crate::journal::{JournalError, JournalPosition};
use crate::keys::KeyFiles;
use crate::progress::{Progress, Stage, journal_bytes};
use crate::record::StoredEvent;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::leaf_hash;
use crate::tlog::proof::TreeHead;

/// What a rebuild has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Size and root of the log.
    pub head: TreeHead,
    /// What else is worth telling, such as a torn write that was cut.
    pub notices: Vec<Notice>,
}

/// Makes sled and its mark anew from the journal, which is first read through and must be whole.
pub fn rebuild(directory: &DataDirectory, progress: &mut dyn FnMut(Progress)) -> Result<Rebuilt, LogError> {
    if !directory.holds_a_log() {
        return Err(LogError::NoLog { path: directory.path().to_owned() });
    }
    let lock = lock(directory.path())?;
    let keys = KeyFiles::read(directory.file_system(), directory.path())?;
    let size = check_journal(directory, progress)?;
    let path = directory.mark();
    remove_if_present(directory.file_system(), &path).map_err(|source| LogError::Io {
        operation: "remove",
        path,
        source,
    })?;
    // If the process dies here: sled without a mark, which is made anew if the journal reaches as far, and else refused as before.
    let mut visit = |stored: Arc<StoredEvent>| {
        let done = stored.entry.event.index + 1;
        progress(Progress { stage: Stage::Store, done, total: size });
    };
    let found = Found::given_up("a rebuild was asked for");
    let Opened { log, mut notices } = open_locked(directory, lock, keys, found, &mut visit)?;
    notices.retain(|notice| !matches!(notice, Notice::StoreRebuilt { .. }));
    let head = log.reader().head();
    log.close()?;
    Ok(Rebuilt { head, notices })
}

/// Reads the whole journal, recomputing the root of every frame, and returns its size in entries.
fn check_journal(directory: &DataDirectory, progress: &mut dyn FnMut(Progress)) -> Result<u64, LogError> {
    let total = journal_bytes(directory)?;
    let mut range = CompactRange::new();
    let mut done = 0;
    let plan = scan(directory, JournalPosition::START, 0, &mut |seen| {
        seen.frame.entries().for_each(|part| range.append(leaf_hash(part.bytes)));
        done += u64::from(seen.position.bytes);
        progress(Progress { stage: Stage::Journal, done, total });
        check_root_of(&range, seen)
    })?;
    match plan.damage() {
        Some(damage) => Err(JournalError::Damaged(damage).into()),
        None => Ok(plan.end().index),
    }
}
