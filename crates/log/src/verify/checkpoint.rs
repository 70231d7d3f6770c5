//! Whether a log is consistent with a checkpoint of it that was kept elsewhere: the one question that nothing inside the directory can answer.

use crate::backup::read_journal;
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::keys::{KeyFiles, read_previous};
use crate::tlog::checkpoint::{Checkpoint, CheckpointError};
use crate::tlog::hash::Hash;
use crate::tlog::key::VerifierKey;
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;

/// What a checkpoint that was kept elsewhere shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// The log has the root at that size that was signed.
    Consistent {
        /// What was signed.
        signed: TreeHead,
        /// What the log has.
        log: TreeHead,
    },
    /// The log ends before what was signed: entries are missing.
    EntriesMissing {
        /// What was signed.
        signed: TreeHead,
        /// What the log has.
        log: TreeHead,
    },
    /// The log has another root at that size: its history differs from the one that was signed.
    HistoryDiffers {
        /// What was signed.
        signed: TreeHead,
        /// The root that the log has at that size.
        found: Hash,
    },
    /// It is no checkpoint, or one of another log or by another key: it shows nothing about this log.
    NotOfThisLog(CheckpointError),
}

/// Compares a log with a signed checkpoint. The journal is read and hashed again; nothing is written, and a writer may be running.
pub fn compare_checkpoint(directory: &DataDirectory, checkpoint: &[u8]) -> Result<Shown, LogError> {
    if !directory.holds_a_log()? {
        return Err(LogError::NoLog { path: directory.path().to_owned() });
    }
    let keys = KeyFiles::read_public(directory.file_system(), directory.path())?;
    let Some(key) = keys.verifier else {
        return Err(LogError::NoKey { path: directory.path().join(crate::keys::VERIFIER_KEY_FILE) });
    };
    let mut keys = read_previous(directory.file_system(), directory.path())?;
    let opened = Note::parse(checkpoint).map_err(CheckpointError::from).and_then(|note| {
        // One that the log signed under an earlier name is as good as one of today: the entries stayed.
        let is_of = |key: &VerifierKey| note.text().lines().next() == Some(key.name().as_str());
        keys.retain(is_of);
        let key = keys.pop().unwrap_or(key);
        Checkpoint::open_note(&note, std::slice::from_ref(&key), key.name().as_str())
    });
    let signed = match opened {
        Ok(opened) => opened.checkpoint.head(),
        Err(error) => return Ok(Shown::NotOfThisLog(error)),
    };
    let reading = read_journal(directory, Some(signed.size))?;
    let log = reading.head;
    Ok(match reading.root_at_known {
        None => Shown::EntriesMissing { signed, log },
        Some(found) if found != signed.root => Shown::HistoryDiffers { signed, found },
        Some(_) => Shown::Consistent { signed, log },
    })
}
