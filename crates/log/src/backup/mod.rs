//! Backups: a copy of the journal that ends at a whole frame, the documents, and the public key (DESIGN section 6).
//!
//! A backup is taken beside a running writer and takes no lock: the journal is append-only, and what was read of its end is synced before it is
//! copied. Segments that did not change since the last run are not copied again; one in which a redaction destroyed words did change, so that no
//! finished run leaves them behind. sled, its mark and the secret key are never part of it. A redaction that was recorded after the end was read
//! may have destroyed words in what was copied since: then the run begins again, with that redaction.
//!
//! `backup.json` is written last. An interrupted run leaves the last finished backup as it was, or everything that the next one needs: who comes
//! next, a run or a restore, finishes it (see `copy`).

mod continued;
mod copy;
mod error;
mod manifest;
mod reading;
mod restore;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_continued;
#[cfg(test)]
mod tests_faults;
#[cfg(test)]
mod tests_meanwhile;
mod went_on;

use std::io;
use std::path::Path;

use docket_domain::{Digest, Timestamp};

use crate::blobs::TOMBSTONE_SUFFIX;
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::FileSystem;
use crate::journal::SegmentId;
use crate::keys::{PREVIOUS_KEYS_FILE, VERIFIER_KEY_FILE};

pub use continued::{Continuation, Continued, restore_continuing};
pub use error::BackupError;
pub use manifest::{BackupFile, MANIFEST_FILE, Manifest};
pub(crate) use reading::read_journal;
pub use restore::{Confirmed, LaterCheckpoint, Restored, confirm, is_restored, restore};

pub(crate) use went_on::went_on;

use copy::{Source, Target};
use reading::{Reading, has_redaction_after};

/// The public keys: that of the log, and those that it had under earlier names.
const PUBLIC_KEY_FILES: [&str; 2] = [VERIFIER_KEY_FILE, PREVIOUS_KEYS_FILE];

/// How often a run begins again because of redactions. More of them than this, one in every run, are no accident that waiting ends.
const RUNS_MAX: u32 = 5;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The manifest as written.
    pub manifest: Manifest,
    /// The files that were copied.
    pub copied_files: u64,
    /// Their bytes.
    pub copied_bytes: u64,
    /// Whether a redaction was being carried out meanwhile: then the backup may hold words of it, and another run takes them out.
    pub is_redacting: bool,
}

/// Makes or updates the backup in a directory. `created` is what the manifest says of its time.
pub fn backup(directory: &DataDirectory, target: &Path, created: Timestamp) -> Result<BackedUp, BackupError> {
    if !directory.holds_a_log()? {
        return Err(LogError::NoLog { path: directory.path().to_owned() }.into());
    }
    let files = directory.file_system();
    let mut target = Target::begin(files, target)?;
    let mut runs = 1;
    let (reading, is_redacting) = loop {
        target.start_again();
        let reading = read_known(directory, &target)?;
        // What this journal names was destroyed before the mark said so: asked now, it tells whether what is copied next may hold words.
        let is_redacting = crate::redaction::is_pending(directory);
        let copied = copy_all(directory, &reading, &mut target);
        match (copied, has_redaction_after(directory, &reading)?) {
            (result, false) => {
                result?;
                break (reading, is_redacting);
            }
            (_, true) if runs == RUNS_MAX => return Err(BackupError::Redacting { runs }),
            (_, true) => runs += 1,
        }
    };
    let manifest = Manifest {
        format: manifest::FORMAT.to_owned(),
        origin: reading.origin.as_ref().map(ToString::to_string),
        size: reading.head.size,
        root: reading.head.root.to_base64(),
        checkpoint: reading.checkpoint.as_ref().map(ToString::to_string),
        created: created.to_string(),
        files: Vec::new(),
    };
    target.finish(manifest).map(|(manifest, copied_files, copied_bytes)| BackedUp {
        manifest,
        copied_files,
        copied_bytes,
        is_redacting,
    })
}

/// Reads the journal, which must begin with what the last finished run copied.
fn read_known(directory: &DataDirectory, target: &Target<'_>) -> Result<Reading, BackupError> {
    let known = target.manifest();
    let mut reading = read_journal(directory, known.map(|manifest| manifest.size))?;
    // A good backup must not be brought up to what somebody else wrote: it is the way out.
    if let Some(foreign) = reading.foreign.take() {
        return Err(foreign.into());
    }
    let found = reading.root_at_known.map(|root| root.to_base64());
    match known {
        Some(known) if found.as_ref() != Some(&known.root) => {
            Err(BackupError::OtherHistory { path: target.path().to_owned(), size: known.size })
        }
        _ => Ok(reading),
    }
}

fn copy_all(
    directory: &DataDirectory,
    reading: &Reading,
    target: &mut Target<'_>,
) -> Result<(), BackupError> {
    let files = directory.file_system();
    for name in directory.blobs().names().map_err(LogError::from)? {
        // What no event names may be half of an import; a tombstone is as much part of the record as a document.
        let digest = Digest::parse(name.strip_suffix(TOMBSTONE_SUFFIX).unwrap_or(&name));
        let is_named = digest.is_ok_and(|digest| reading.documents.contains(&digest));
        if is_named {
            let path = directory.path().join("blobs").join(&name);
            target.put(&format!("blobs/{name}"), &Source::whole(files, &path)?)?;
        }
    }
    if reading.head.size > 0 {
        for id in 0..=reading.end.segment.0 {
            let path = directory.journal().segment_path(SegmentId(id));
            let source = Source::whole(files, &path)?;
            let source = if id == reading.end.segment.0 { source.upto(reading.end.offset) } else { source };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            target.put(&format!("journal/{name}"), &source)?;
        }
    }
    for name in PUBLIC_KEY_FILES {
        match Source::whole(files, &directory.path().join(name)) {
            Ok(source) => target.put(name, &source)?,
            Err(BackupError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes a directory that may be there.
fn make_directory(files: &dyn FileSystem, path: &Path) -> Result<(), BackupError> {
    match files.create_directory(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => {
            Err(BackupError::Io { operation: "make the directory", path: path.to_owned(), source })
        }
        Ok(()) => {
            let parent = path.parent().unwrap_or(Path::new(""));
            files.sync_directory(parent).map_err(|source| BackupError::Io {
                operation: "sync the directory",
                path: parent.to_owned(),
                source,
            })
        }
    }
}
