//! Going on after loss: a log that lost acknowledged entries, or its key, continues in a new directory, under a new origin and with a new key.
//!
//! The entries stay. The next one is `log.continued`: it names the origin, size and root that the lost log is last known to have had. From it on
//! entries and checkpoints bear the new origin, so that no size has two roots under one name (DESIGN section 6, docs/decisions/011). Of the
//! directory that was lost nothing is changed; a data directory is told where its log goes on (`log.continued-as`), and records nothing more.

use std::io;
use std::path::Path;
use std::sync::Arc;

use docket_domain::event::LogContinued;
use docket_domain::term::ActorBasis;
use docket_domain::{Actor, CommandId, Data, Digest, Event, EventId, Origin, Subject, Timestamp};

use super::copy::{io_error, roll_forward};
use super::manifest::{MANIFEST_FILE, Manifest};
use super::restore::{State, copy_into, require_empty, write};
use super::went_on::{leave_word, went_on};
use super::{BackupError, make_directory};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::fs::{DirectoryLock, FileSystem, LockError, remove_if_present};
use crate::journal::{
    CheckpointSignature, FrameKey, Journal, JournalError, JournalPosition, NewEntry, NewFrame, Scan,
};
use crate::keys::{KeyFiles, VERIFIER_KEY_FILE, append_previous, read_previous};
use crate::open::authentic::Authentic;
use crate::open::lost::read_lost;
use crate::open::scan as scan_journal;
use crate::reader::note_of;
use crate::seal::{Opening, SealError, SystemSalts, seal};
use crate::store::Meta;
use crate::store::mark::Mark;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::{KeyName, SignerKey, VerifierKey};
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;
use crate::verify::checkpoint::{Shown, compare_checkpoint};
use crate::verify::verify;
use crate::writer::{Draft, sign};

/// Who lets a log go on, under which name and why.
#[derive(Debug, Clone)]
pub struct Continuation {
    /// The new origin.
    pub origin: Origin,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
    /// The id of the event.
    pub event: EventId,
    /// The id of the command.
    pub command: CommandId,
    /// The time of recording, unless the last entry is later.
    pub now: Timestamp,
}

/// A log that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continued {
    /// The origin of the lost log.
    pub previous_origin: String,
    /// What it is last known to have had.
    pub previous: TreeHead,
    /// Size and root with the entry that says so.
    pub head: TreeHead,
    /// The first checkpoint under the new origin.
    pub checkpoint: Note,
    /// Entries at the end of what was copied of which nothing shows that they were recorded with the old key: neither the key, nor a stored
    /// signature, nor the checkpoint that was shown. They are taken along, and signed with the new key.
    pub unchecked: u64,
}

/// Copies a backup, or the data directory of a log that lost entries or its key, into a new directory and lets the log go on there.
///
/// `checkpoint` is the newest one of the lost log that is known. What is copied is verified whole, and must be consistent with it. A data
/// directory is locked meanwhile; `WentOn`: its log goes on elsewhere already. Where its key is there, a journal that was not written with it is
/// refused; where it is lost, [`Continued::unchecked`] counts what nothing else vouches for.
pub fn restore_continuing(
    files: &Arc<dyn FileSystem>,
    source: &Path,
    directory: &DataDirectory,
    checkpoint: &[u8],
    continuation: &Continuation,
) -> Result<Continued, BackupError> {
    require_empty(files.as_ref(), directory.path())?;
    let lost = DataDirectory::new(source, Arc::clone(files));
    roll_forward(files.as_ref(), source)?;
    let is_backup = Manifest::read(files.as_ref(), source, MANIFEST_FILE)?.is_some();
    let _source_lock = if is_backup {
        // No run may change it while it is copied.
        DirectoryLock::share(source).map_err(LogError::from)?
    } else {
        // Whoever writes there must be stopped first: what it acknowledges from now on would be lost.
        lock(source)?
    };
    if let Some(origin) = went_on(&lost)? {
        return Err(BackupError::WentOn { path: source.to_owned(), origin });
    }
    // Everything that can be refused by looking is refused before anything is written.
    known_head(&lost, &lost, checkpoint)?;
    let keys = KeyFiles::read_public(files.as_ref(), source).map_err(LogError::from)?;
    let is_own = require_own(&lost, &keys)?;
    let old = keys.verifier.ok_or_else(|| LogError::NoKey { path: source.join(VERIFIER_KEY_FILE) })?;
    let name = new_name(&lost, continuation, &old)?;
    make_directory(files.as_ref(), directory.path())?;
    write(directory, State::Copying)?;
    // If the process dies from here on: a directory that says of itself that it is not whole, and that nothing opens.
    copy_into(files.as_ref(), source, directory)?;
    let report = verify(directory, &mut ())?;
    if let Some(finding) = report.findings.iter().find(|finding| finding.code != "restore-unfinished") {
        let first = format!("{}: {}", finding.file.display(), finding.message);
        return Err(BackupError::Damaged { path: source.to_owned(), first });
    }
    // Of what was copied, not of what was seen before: a backup may have been updated meanwhile.
    let (previous, shown) = known_head(directory, &lost, checkpoint)?;
    let _lock = DirectoryLock::acquire(directory.path()).map_err(LogError::from)?;
    append_previous(files.as_ref(), directory.path(), &old).map_err(LogError::from)?;
    let keys = KeyFiles::create(files.as_ref(), directory.path(), name).map_err(LogError::from)?;
    let signer = keys.signer.ok_or_else(|| LogError::NoKey { path: directory.path().join("log.key") })?;
    let previous_origin = old.name().as_str().to_owned();
    let signature = marked_signature(&lost, TreeHead { size: report.size, root: report.root }, &old);
    let is_covered = is_own || signature.is_some();
    let unchecked = if is_covered { 0 } else { report.unsigned.min(report.size.saturating_sub(shown)) };
    let head = commit(directory, signature, continuation, &previous_origin, previous, &signer)?;
    let (checkpoint, _) = sign(continuation.origin.as_str(), head, &signer)?;
    if !is_backup {
        // If the process dies between this and the next step: nothing opens the new directory, and the old one says what it waits for.
        leave_word(&lost, &continuation.origin, previous)?;
    }
    let restored = directory.restored();
    remove_if_present(files.as_ref(), &restored)
        .and_then(|()| files.sync_directory(directory.path()))
        .map_err(io_error("remove", &restored))?;
    Ok(Continued { previous_origin, previous, head, checkpoint, unchecked })
}

/// Refuses a journal that was not written with its log's key, where that is there: the new one would sign it. Returns whether it is there.
fn require_own(lost: &DataDirectory, keys: &KeyFiles) -> Result<bool, BackupError> {
    if keys.signer.is_none() {
        return Ok(false);
    }
    let mut authentic = Authentic::new(keys);
    scan_journal(lost, JournalPosition::START, 0, &mut |seen, entries| {
        authentic.take(seen, &entries);
        Ok(())
    })?;
    let mark = Mark::read(lost.file_system(), &lost.mark()).map_err(io_error("read", &lost.mark()))?;
    authentic.finish(lost, mark.and_then(|mark| mark.signature).as_slice())?;
    Ok(true)
}

/// The lock of a data directory; none where the file system itself cannot be written, by nobody.
fn lock(source: &Path) -> Result<Option<DirectoryLock>, BackupError> {
    match DirectoryLock::acquire(source) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Io { source, .. }) if source.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(None),
        Err(error) => Err(LogError::from(error).into()),
    }
}

/// Size and root that the lost log is known to have had: the largest that the checkpoint, the entries, the mark beside sled and `log.lost` name;
/// and the size of the checkpoint.
fn known_head(
    entries: &DataDirectory,
    lost: &DataDirectory,
    checkpoint: &[u8],
) -> Result<(TreeHead, u64), BackupError> {
    let (mut known, shown) = match compare_checkpoint(entries, checkpoint)? {
        Shown::Consistent { log, signed } => (log, signed.size),
        Shown::EntriesMissing { signed, .. } => (signed, signed.size),
        Shown::HistoryDiffers { signed, .. } => {
            return Err(BackupError::HistoryDiffers { size: signed.size });
        }
        Shown::NotOfThisLog(source) => return Err(BackupError::Checkpoint { source }),
    };
    let mark = Mark::read(lost.file_system(), &lost.mark()).map_err(io_error("read", &lost.mark()))?;
    let marked = mark.as_ref().map(|mark| Meta { size: mark.size, root: mark.root });
    let given_up = [mark.as_ref().and_then(|mark| mark.lost), read_lost(lost)?];
    for Meta { size, root } in [marked].into_iter().chain(given_up).flatten() {
        if size == known.size && root != known.root {
            return Err(BackupError::HistoryDiffers { size });
        }
        if size > known.size {
            known = TreeHead { size, root };
        }
    }
    Ok((known, shown))
}

/// A name that the log never had: its old one would be the one thing that must not go on.
fn new_name(
    lost: &DataDirectory,
    continuation: &Continuation,
    old: &VerifierKey,
) -> Result<KeyName, BackupError> {
    let origin = &continuation.origin;
    let earlier = read_previous(lost.file_system(), lost.path()).map_err(LogError::from)?;
    if earlier.iter().chain([old]).any(|key| key.name().as_str() == origin.as_str()) {
        return Err(BackupError::SameOrigin { origin: origin.clone() });
    }
    KeyName::new(origin.as_str()).map_err(|source| LogError::Name { origin: origin.clone(), source }.into())
}

/// What the next entry needs to know of those before it.
#[derive(Default)]
struct Before {
    range: CompactRange,
    /// Version and leaf hash of the last entry about the log itself.
    log: Option<(u64, Hash)>,
    recorded_at: Option<Timestamp>,
}

fn scan(directory: &DataDirectory) -> Result<(Scan, Before), LogError> {
    let mut before = Before::default();
    let scan = scan_journal(directory, JournalPosition::START, 0, &mut |seen, entries| {
        for (part, entry) in seen.frame.entries().zip(entries) {
            let leaf = leaf_hash(part.bytes);
            before.range.append(leaf);
            before.recorded_at = Some(entry.event.recorded_at);
            if entry.event.subject == Subject::Log {
                before.log = Some((entry.event.version, leaf));
            }
        }
        Ok(())
    })?;
    match scan.damage() {
        Some(damage) => Err(JournalError::Damaged(damage).into()),
        None => Ok((scan, before)),
    }
}

/// Commits the entry that says how the log goes on.
fn commit(
    directory: &DataDirectory,
    signature: Option<CheckpointSignature>,
    continuation: &Continuation,
    previous_origin: &str,
    previous: TreeHead,
    signer: &SignerKey,
) -> Result<TreeHead, BackupError> {
    let (scan, before) = scan(directory)?;
    let Before { mut range, log, recorded_at } = before;
    let data = Data::LogContinued(LogContinued {
        previous_origin: previous_origin.to_owned(),
        previous_root: Digest::from_bytes(previous.root.0),
        previous_size: previous.size,
        reason: continuation.reason.clone(),
    });
    let (data, openings) = seal(data, &mut SystemSalts).map_err(unsealed)?;
    let last = range.head();
    let event = Event {
        index: last.size,
        id: continuation.event,
        subject: Subject::Log,
        version: log.map_or(1, |(version, _)| version + 1),
        recorded_at: recorded_at.map_or(continuation.now, |last| continuation.now.max(last.plus_micros(1))),
        actor: continuation.actor.clone(),
        actor_basis: continuation.actor_basis,
        command: continuation.command,
        data,
    };
    let entry = Entry {
        origin: continuation.origin.clone(),
        previous: log.map(|(_, leaf)| leaf.0),
        event: Arc::new(event),
    };
    let openings = openings.iter().flat_map(Opening::encode).collect();
    let draft = Draft::new(entry, openings).map_err(|source| LogError::Entry { index: last.size, source })?;
    range.append(draft.leaf);
    let frame = NewFrame {
        first_index: last.size,
        entries: &[NewEntry { bytes: &draft.bytes, openings: &draft.openings }],
        root: range.root().0,
        // The lost log signed its last checkpoint under its own name; where that signature is lost too, only its holder can show it.
        previous_checkpoint: signature.filter(|signature| signature.size == last.size),
        key: Some(&FrameKey::of(signer)),
    };
    let mut journal = Journal::open(scan).map_err(LogError::from)?;
    journal.append(&frame).map_err(LogError::from)?;
    Ok(range.head())
}

fn unsealed(error: SealError) -> BackupError {
    BackupError::Reason { source: error }
}

/// The signature of the last checkpoint, if the mark of the lost directory has it, and it holds.
fn marked_signature(lost: &DataDirectory, last: TreeHead, old: &VerifierKey) -> Option<CheckpointSignature> {
    let signed = Mark::read(lost.file_system(), &lost.mark()).ok().flatten()?.signature?;
    let origin = Origin::new(old.name().as_str()).ok()?;
    let note = note_of(&origin, last, &signed).ok().filter(|_| signed.size == last.size)?;
    note.verify(std::slice::from_ref(old)).ok()?;
    Some(CheckpointSignature { size: signed.size, key_id: signed.key_id, signature: signed.signature })
}
