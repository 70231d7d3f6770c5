//! Restoring: a backup that verifies whole is copied into a new directory, which is only read until it was shown a checkpoint kept elsewhere.
//!
//! From inside a directory nothing tells whether it is the newest state of its log (docs/decisions/006). If it were written while a later state
//! was signed, there would be two roots for one size. So `log.restored` stands in it from before the first copied file until a checkpoint of
//! exactly its size was shown that was kept elsewhere. An older one, or the one that lies in the backup itself, cannot tell that entries are
//! missing: with it the operator must say in so many words that no later one is known.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::copy::{Source, copy, hash, io_error, roll_forward};
use super::manifest::{MANIFEST_FILE, Manifest};
use super::{BackupError, PUBLIC_KEY_FILES, make_directory};
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::{Access, DirectoryLock, FileSystem, Privacy, remove_if_present, write_durably};
use crate::keys::{KeyFiles, read_previous};
use crate::record::StoredEvent;
use crate::store::Meta;
use crate::tlog::checkpoint::{Checkpoint, CheckpointError};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;
use crate::verify::checkpoint::{Shown, compare_checkpoint};
use crate::verify::{Observer, VerifyReport, verify};

/// The file is far shorter; a longer one is damaged.
const BYTES_MAX: u64 = 512;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Size and root of the restored log.
    pub head: TreeHead,
    /// The manifest of the backup.
    pub manifest: Manifest,
    /// Segments that a later, unfinished run of the backup had changed. They verify; the log may have more entries than the manifest says.
    pub changed_segments: u64,
    /// The entries behind the last signature that the backup holds. Their form, order, roots and texts are checked like those of all others;
    /// that they were written by whoever has the key, nothing in the backup shows.
    pub unsigned: u64,
}

/// A restored directory that may be written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// What the checkpoint states.
    pub signed: TreeHead,
    /// What the log has.
    pub head: TreeHead,
}

/// What the operator says about checkpoints that are later than the one shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaterCheckpoint {
    /// Nothing: the checkpoint itself must show that no entry is missing.
    NothingStated,
    /// That none is known to anybody who could be asked.
    NoneIsKnown,
}

/// What `log.restored` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Copying,
    ReadOnly {
        log: Meta,
        /// The size of the checkpoint that lies in the backup.
        backup_checkpoint: Option<u64>,
    },
}

/// Copies a backup into a new or empty data directory, after verifying all of it. The directory is read-only until [`confirm`].
pub fn restore(
    files: &Arc<dyn FileSystem>,
    backup: &Path,
    directory: &DataDirectory,
) -> Result<Restored, BackupError> {
    roll_forward(files.as_ref(), backup)?;
    // What is verified must be what is copied: no run may change the backup in between.
    let _source_lock = DirectoryLock::share(backup).map_err(LogError::from)?;
    let manifest = Manifest::read(files.as_ref(), backup, MANIFEST_FILE)?
        .ok_or_else(|| BackupError::NoManifest { path: backup.to_owned() })?;
    let source = DataDirectory::new(backup, Arc::clone(files));
    let Checked { report, changed_segments, signed } = check(&source, &manifest)?;
    require_empty(files.as_ref(), directory.path())?;
    make_directory(files.as_ref(), directory.path())?;
    let _lock = DirectoryLock::acquire(directory.path()).map_err(LogError::from)?;
    write(directory, State::Copying)?;
    // If the process dies from here on: a directory that says of itself that it is not whole, and that nothing opens.
    copy_into(files.as_ref(), backup, directory)?;
    let head = TreeHead { size: report.size, root: report.root };
    let backup_checkpoint = manifest.checkpoint.as_deref().and_then(size_of_checkpoint);
    let log = Meta { size: head.size, root: head.root };
    write(directory, State::ReadOnly { log, backup_checkpoint })?;
    let unsigned = head.size.saturating_sub(signed);
    Ok(Restored { head, manifest, changed_segments, unsigned })
}

/// Copies segments, documents and public keys.
pub(super) fn copy_into(
    files: &dyn FileSystem,
    from: &Path,
    directory: &DataDirectory,
) -> Result<(), BackupError> {
    for name in ["blobs", "journal"] {
        let target = directory.path().join(name);
        make_directory(files, &target)?;
        let from = from.join(name);
        let names = match files.list(&from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            result => result.map_err(io_error("list", &from))?,
        };
        for file in names.iter().filter(|file| !file.to_string_lossy().ends_with(".tmp")) {
            copy(files, &Source::whole(files, &from.join(file))?, &target.join(file))?;
        }
    }
    for key in PUBLIC_KEY_FILES {
        match Source::whole(files, &from.join(key)) {
            Ok(source) => copy(files, &source, &directory.path().join(key))?,
            Err(BackupError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The size that a checkpoint states, in its second line.
fn size_of_checkpoint(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

/// Lets a restored directory be written again, if a checkpoint that was kept elsewhere shows that it ends where the log ended: one of exactly its
/// size and under its present origin. With [`LaterCheckpoint::NoneIsKnown`] any earlier one will do, and that of the backup itself.
///
/// `EntriesMissing`: the checkpoint is later. `OlderCheckpoint`, `OwnCheckpoint`: it does not show that nothing is missing.
pub fn confirm(
    directory: &DataDirectory,
    checkpoint: &[u8],
    later: LaterCheckpoint,
) -> Result<Confirmed, BackupError> {
    let path = || directory.path().to_owned();
    if is_restored(directory)?.is_none() {
        return Err(BackupError::NotRestored { path: path() });
    }
    let _lock = DirectoryLock::acquire(directory.path()).map_err(LogError::from)?;
    let (signed, log) = match compare_checkpoint(directory, checkpoint)? {
        Shown::Consistent { signed, log } => (signed, log),
        Shown::EntriesMissing { signed, log } => {
            return Err(BackupError::EntriesMissing { signed: signed.size, restored: log.size });
        }
        Shown::HistoryDiffers { signed, .. } => {
            return Err(BackupError::HistoryDiffers { size: signed.size });
        }
        Shown::NotOfThisLog(source) => return Err(BackupError::Checkpoint { source }),
    };
    if later == LaterCheckpoint::NothingStated {
        require_newest(directory, checkpoint, signed, log)?;
    }
    let (files, file) = (directory.file_system(), directory.restored());
    remove_if_present(files, &file)
        .and_then(|()| files.sync_directory(directory.path()))
        .map_err(io_error("remove", &file))?;
    Ok(Confirmed { signed, head: log })
}

/// Refuses a checkpoint that would be consistent with the restored log also if entries were missing.
fn require_newest(
    directory: &DataDirectory,
    checkpoint: &[u8],
    signed: TreeHead,
    log: TreeHead,
) -> Result<(), BackupError> {
    let key =
        KeyFiles::read_public(directory.file_system(), directory.path()).map_err(LogError::from)?.verifier;
    let origin = key.as_ref().map(|key| key.name().as_str().as_bytes());
    // One under an earlier name was signed before the log went on under its present one.
    if signed.size != log.size || checkpoint.split(|byte| *byte == b'\n').next() != origin {
        return Err(BackupError::OlderCheckpoint { signed: signed.size, restored: log.size });
    }
    // The same log signs the same bytes for the same size: that it agrees was known before.
    match read(directory)? {
        Some(State::ReadOnly { backup_checkpoint, .. }) if backup_checkpoint == Some(signed.size) => {
            Err(BackupError::OwnCheckpoint { size: signed.size })
        }
        _ => Ok(()),
    }
}

/// Size and root that were restored into a directory that was not shown a checkpoint yet; nothing for any other directory. One whose
/// restore did not finish, or whose file is damaged, is an error: nobody could say what it is.
pub fn is_restored(directory: &DataDirectory) -> Result<Option<Meta>, LogError> {
    match read(directory)? {
        Some(State::ReadOnly { log, .. }) => Ok(Some(log)),
        Some(State::Copying) => Err(LogError::RestoreUnfinished { path: directory.path().to_owned() }),
        None => Ok(None),
    }
}

/// What `log.restored` says; nothing where there is none. A damaged one counts as that of a restore that did not finish.
fn read(directory: &DataDirectory) -> Result<Option<State>, LogError> {
    let path = directory.restored();
    let read = || {
        let file = directory.file_system().open(&path, Access::Read)?;
        let length = file.length()?.min(BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_exact_at(&mut bytes, 0)?;
        Ok::<_, io::Error>(bytes)
    };
    match read() {
        Ok(bytes) => Ok(Some(parse(&bytes).unwrap_or(State::Copying))),
        // Where the data directory itself is a file, whoever makes it will say so.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(LogError::Io { operation: "read", path, source }),
    }
}

pub(super) fn write(directory: &DataDirectory, state: State) -> Result<(), BackupError> {
    let path = directory.restored();
    write_durably(directory.file_system(), &path, print(state).as_bytes(), Privacy::Ordinary)
        .map_err(io_error("write", &path))
}

fn print(state: State) -> String {
    let fields = match state {
        State::Copying => "state copying\n".to_owned(),
        State::ReadOnly { log: Meta { size, root }, backup_checkpoint } => {
            let own = backup_checkpoint.map(|size| format!("backup-checkpoint {size}\n")).unwrap_or_default();
            format!("state read-only\nsize {size}\nroot {root}\n{own}")
        }
    };
    let checked = format!("docket-restored 1\n{fields}");
    let check = crc32c::crc32c(checked.as_bytes());
    format!("{checked}crc32c {check:08x}\n")
}

fn parse(bytes: &[u8]) -> Option<State> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().skip(1);
    let state = match lines.next()? {
        "state copying" => State::Copying,
        "state read-only" => State::ReadOnly {
            log: Meta {
                size: lines.next()?.strip_prefix("size ")?.parse().ok()?,
                root: Hash::from_hex(lines.next()?.strip_prefix("root ")?).ok()?,
            },
            backup_checkpoint: match lines.next()?.strip_prefix("backup-checkpoint ") {
                Some(size) => Some(size.parse().ok()?),
                None => None,
            },
        },
        _ => return None,
    };
    // Compares the checksum too.
    (print(state) == text).then_some(state)
}

/// The roots at the sizes that the manifest states, computed while everything is verified.
struct RootsAt {
    range: CompactRange,
    /// Each size, and the root where the entries reach it.
    roots: Vec<(u64, Option<Hash>)>,
}

impl RootsAt {
    fn begin(sizes: impl IntoIterator<Item = u64>) -> Self {
        let range = CompactRange::new();
        let root = |size| (size == 0).then(|| range.root());
        Self { roots: sizes.into_iter().map(|size| (size, root(size))).collect(), range }
    }

    fn root_at(&self, size: u64) -> Option<Hash> {
        self.roots.iter().find(|(known, _)| *known == size).and_then(|(_, root)| *root)
    }
}

impl Observer for RootsAt {
    fn journal_entry(&mut self, stored: &Arc<StoredEvent>) {
        if let Ok(bytes) = stored.entry.encode() {
            self.range.append(leaf_hash(&bytes));
        }
        let range = &self.range;
        for (_, root) in self.roots.iter_mut().filter(|(size, _)| *size == range.size()) {
            *root = Some(range.root());
        }
    }
}

/// A backup that was found whole.
struct Checked {
    report: VerifyReport,
    /// Segments that differ from the manifest, and yet verify: a later run that did not finish has brought them up to date.
    changed_segments: u64,
    /// The size of the last checkpoint whose signature the backup holds: in a frame, or in its manifest.
    signed: u64,
}

/// Verifies a backup as a data directory is verified, and against its manifest.
fn check(source: &DataDirectory, manifest: &Manifest) -> Result<Checked, BackupError> {
    let damaged = |first| BackupError::Damaged { path: source.path().to_owned(), first };
    let note = manifest.checkpoint.as_deref();
    let sizes = [Some(manifest.size), note.and_then(size_of_checkpoint)];
    let mut observer = RootsAt::begin(sizes.into_iter().flatten());
    let report = verify(source, &mut observer)?;
    if let Some(finding) = report.findings.first() {
        return Err(damaged(format!("{}: {}", finding.file.display(), finding.message)));
    }
    if observer.root_at(manifest.size).map(|root| root.to_base64()).as_ref() != Some(&manifest.root) {
        let size = manifest.size;
        return Err(damaged(format!("its first {size} entries have not the root that backup.json states")));
    }
    let signed = note.map(|note| signed_head(source, note)).transpose()?;
    if let Some(signed) = signed.filter(|signed| observer.root_at(signed.size) != Some(signed.root)) {
        let size = signed.size;
        return Err(damaged(format!(
            "its first {size} entries have not the root that backup.json has signed"
        )));
    }
    let in_frames = report.size.saturating_sub(report.unsigned);
    let signed = signed.map_or(0, |signed| signed.size).max(in_frames);
    let changed_segments = compare_files(source, manifest)?;
    Ok(Checked { report, changed_segments, signed })
}

/// What the checkpoint in the manifest states, if this log's key, or the one that it had under an earlier name, has signed it.
fn signed_head(source: &DataDirectory, note: &str) -> Result<TreeHead, BackupError> {
    let damaged = |error: &dyn std::error::Error| BackupError::Damaged {
        path: source.path().to_owned(),
        first: format!("the checkpoint in backup.json is not good: {}", crate::error::chain(error)),
    };
    let (files, path) = (source.file_system(), source.path());
    let mut keys = read_previous(files, path).map_err(|error| damaged(&error))?;
    keys.extend(KeyFiles::read_public(files, path).map_err(|error| damaged(&error))?.verifier);
    let origin = note.lines().next().unwrap_or_default();
    keys.retain(|key| key.name().as_str() == origin);
    let opened = Note::parse(note.as_bytes())
        .map_err(CheckpointError::from)
        .and_then(|note| Checkpoint::open_note(&note, &keys, origin));
    opened.map(|opened| opened.checkpoint.head()).map_err(|error| damaged(&error))
}

/// Compares the files with what the manifest says of them. Returns how many segments differ.
fn compare_files(source: &DataDirectory, manifest: &Manifest) -> Result<u64, BackupError> {
    let damaged = |first| BackupError::Damaged { path: source.path().to_owned(), first };
    let mut changed = 0;
    for file in &manifest.files {
        let path = source.path().join(&file.path);
        let is_segment = file.path.starts_with("journal/");
        match hash(source.file_system(), &path) {
            Ok((digest, bytes)) if digest.to_string() == file.sha256 && bytes == file.bytes => {}
            Ok(_) if is_segment => changed += 1,
            Ok(_) => {
                return Err(damaged(format!("{} has other bytes than backup.json says", path.display())));
            }
            // A redacted document, which a later run has taken out: that it may be absent was verified.
            Err(_) if file.path.starts_with("blobs/") => {}
            Err(error) => return Err(damaged(crate::error::chain(&error))),
        }
    }
    Ok(changed)
}

pub(super) fn require_empty(files: &dyn FileSystem, path: &Path) -> Result<(), BackupError> {
    match files.list(path) {
        Ok(names) if names.is_empty() => Ok(()),
        Ok(_) => Err(BackupError::NotEmpty { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(BackupError::Io { operation: "list", path: path.to_owned(), source }),
    }
}
