//! Copying files: under a temporary name, synced, with their hash; and only those that changed.
//!
//! A run changes nothing of the last finished backup before all that is new is there: it copies under temporary names, then says durably what the
//! backup is about to be (`backup.json.next`), and only then gives every file its name. The segments of a journal belong together: one in which a
//! redaction was carried out verifies only beside the one that holds the redaction.

use std::io;
use std::path::{Path, PathBuf};

use docket_domain::Digest;
use sha2::{Digest as _, Sha256};

use super::manifest::{BackupFile, MANIFEST_FILE, Manifest, NEXT_FILE};
use super::{BackupError, PUBLIC_KEY_FILES, make_directory};
use crate::error::LogError;
use crate::fs::{Access, DirectoryLock, FileHandle, FileSystem, Privacy, remove_if_present, temporary_path};

/// How much is copied at once.
const PIECE_BYTES: u64 = 1024 * 1024;

/// The directories of a backup.
pub(super) const DIRECTORIES: [&str; 2] = ["blobs", "journal"];

/// The file that keeps two runs from working on one backup at the same time.
const LOCK_FILE: &str = "lock";

/// A file to copy: its first bytes, and zeros up to its length.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    file: Box<dyn FileHandle>,
    content: u64,
    length: u64,
}

impl Source {
    /// The whole file.
    pub(super) fn whole(files: &dyn FileSystem, path: &Path) -> Result<Self, BackupError> {
        let file = files.open(path, Access::Read).map_err(io_error("open", path))?;
        let length = file.length().map_err(io_error("read the length of", path))?;
        Ok(Self { path: path.to_owned(), file, content: length, length })
    }

    /// The same with zeros from an offset on: what stands there is not part of the backup.
    pub(super) fn upto(self, offset: u64) -> Self {
        Self { content: offset.min(self.length), ..self }
    }

    /// Shows the bytes piece by piece, and returns the hash of all.
    fn each(
        &self,
        mut take: impl FnMut(u64, &[u8]) -> Result<(), BackupError>,
    ) -> Result<Digest, BackupError> {
        let (mut hash, mut at, mut buffer) = (Sha256::new(), 0, Vec::new());
        while at < self.length {
            let end = if at < self.content { self.content } else { self.length };
            let piece = PIECE_BYTES.min(end - at);
            buffer.clear();
            buffer.resize(usize::try_from(piece).unwrap_or(0), 0);
            if at < self.content {
                self.file.read_exact_at(&mut buffer, at).map_err(io_error("read", &self.path))?;
            }
            hash.update(&buffer);
            take(at, &buffer)?;
            at += piece;
        }
        Ok(Digest::from_bytes(hash.finalize().into()))
    }
}

/// Copies a file so that after any crash the target is what it was, or whole.
pub(super) fn copy(files: &dyn FileSystem, source: &Source, target: &Path) -> Result<(), BackupError> {
    stage(files, source, target)?;
    // If the process dies here: a temporary, which the next run replaces.
    files.rename(&temporary_path(target), target).map_err(io_error("rename to", target))?;
    sync_directory(files, target.parent().unwrap_or(Path::new("")))
}

/// Copies a file under its temporary name, synced. Returns the hash of its content.
fn stage(files: &dyn FileSystem, source: &Source, target: &Path) -> Result<Digest, BackupError> {
    let temporary = temporary_path(target);
    remove_if_present(files, &temporary).map_err(io_error("remove", &temporary))?;
    let file = files.create_new(&temporary, Privacy::Ordinary).map_err(io_error("make", &temporary))?;
    let digest =
        source.each(|at, piece| file.write_all_at(piece, at).map_err(io_error("write", &temporary)))?;
    file.sync_data().map_err(io_error("sync", &temporary))?;
    Ok(digest)
}

fn sync_directory(files: &dyn FileSystem, path: &Path) -> Result<(), BackupError> {
    files.sync_directory(path).map_err(io_error("sync the directory", path))
}

/// The hash of a file.
pub(super) fn hash(files: &dyn FileSystem, path: &Path) -> Result<(Digest, u64), BackupError> {
    let source = Source::whole(files, path)?;
    Ok((source.each(|_, _| Ok(()))?, source.length))
}

pub(super) fn io_error(
    operation: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::Io { operation, path, source }
}

/// Finishes a run that was interrupted after everything was copied, if there is one. It can be interrupted itself, and repeated.
pub(super) fn roll_forward(files: &dyn FileSystem, path: &Path) -> Result<(), BackupError> {
    if Manifest::read(files, path, NEXT_FILE)?.is_none() {
        return Ok(());
    }
    let _lock = DirectoryLock::acquire(path).map_err(LogError::from)?;
    finish_interrupted(files, path)
}

/// The same for who has the lock: under it nobody else can have finished it meanwhile.
fn finish_interrupted(files: &dyn FileSystem, path: &Path) -> Result<(), BackupError> {
    match Manifest::read(files, path, NEXT_FILE)? {
        Some(next) => settle(files, path, &next),
        None => Ok(()),
    }
}

/// Gives every staged file its name, removes what the log has no more (a redacted document), and makes the next manifest the present one.
fn settle(files: &dyn FileSystem, path: &Path, next: &Manifest) -> Result<(), BackupError> {
    for file in &next.files {
        let target = path.join(&file.path);
        match files.rename(&temporary_path(&target), &target) {
            // It was not copied because it did not change, or it has its name already.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result.map_err(io_error("rename to", &target))?,
        }
    }
    // If the process dies before the end of this function: `backup.json.next` says what is to be done, and whoever comes next does it.
    let is_needed = |relative: &str| next.files.iter().any(|file| file.path == relative);
    clear(files, path, &is_needed)?;
    sync_directory(files, path)?;
    let (from, to) = (path.join(NEXT_FILE), path.join(MANIFEST_FILE));
    files.rename(&from, &to).map_err(io_error("rename to", &to))?;
    sync_directory(files, path)
}

/// Removes every file that is not needed from the directories of a backup, and makes durable what they hold.
fn clear(files: &dyn FileSystem, path: &Path, is_needed: &dyn Fn(&str) -> bool) -> Result<(), BackupError> {
    for directory in DIRECTORIES {
        let path = path.join(directory);
        for name in files.list(&path).map_err(io_error("list", &path))? {
            if !is_needed(&format!("{directory}/{}", name.to_string_lossy())) {
                let unneeded = path.join(&name);
                remove_if_present(files, &unneeded).map_err(io_error("remove", &unneeded))?;
            }
        }
        sync_directory(files, &path)?;
    }
    Ok(())
}

/// The directory of a backup while it is updated.
pub(super) struct Target<'a> {
    files: &'a dyn FileSystem,
    path: PathBuf,
    before: Option<Manifest>,
    now: Vec<BackupFile>,
    /// The files that lie there under their temporary names.
    staged: Vec<String>,
    copied_bytes: u64,
    _lock: DirectoryLock,
}

impl<'a> Target<'a> {
    /// Takes a new or empty directory, or that of an earlier backup.
    pub(super) fn begin(files: &'a dyn FileSystem, path: &Path) -> Result<Self, BackupError> {
        make_directory(files, path)?;
        let known = [MANIFEST_FILE, NEXT_FILE, LOCK_FILE].into_iter();
        let known: Vec<&str> = known.chain(PUBLIC_KEY_FILES).chain(DIRECTORIES).collect();
        for name in files.list(path).map_err(io_error("list", path))? {
            let name = name.to_string_lossy();
            if !known.contains(&name.strip_suffix(".tmp").unwrap_or(&name)) {
                return Err(BackupError::NotABackup { path: path.to_owned(), name: name.into_owned() });
            }
        }
        // Not before it is seen that this is a backup's place: the lock is a file.
        let lock = DirectoryLock::acquire(path).map_err(LogError::from)?;
        finish_interrupted(files, path)?;
        for directory in DIRECTORIES {
            make_directory(files, &path.join(directory))?;
        }
        let before = Manifest::read(files, path, MANIFEST_FILE)?;
        let path = path.to_owned();
        Ok(Self { files, path, before, now: Vec::new(), staged: Vec::new(), copied_bytes: 0, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The manifest of the last finished run.
    pub(super) fn manifest(&self) -> Option<&Manifest> {
        self.before.as_ref()
    }

    /// Forgets what was put so far: the log changed meanwhile, so that it does not belong together.
    pub(super) fn start_again(&mut self) {
        self.now.clear();
        self.staged.clear();
        self.copied_bytes = 0;
    }

    /// Copies a file under its temporary name, unless the last finished run copied the same bytes and they are still there.
    pub(super) fn put(&mut self, name: &str, source: &Source) -> Result<(), BackupError> {
        let target = self.path.join(name);
        let earlier = self.before.iter().flat_map(|before| &before.files).find(|file| file.path == name);
        let is_there = earlier.is_some_and(|earlier| {
            let length = self.files.open(&target, Access::Read).and_then(|file| file.length());
            earlier.bytes == source.length && length.is_ok_and(|length| length == earlier.bytes)
        });
        let same = match earlier.filter(|_| is_there) {
            Some(earlier) => {
                let digest = source.each(|_, _| Ok(()))?;
                (digest.to_string() == earlier.sha256).then_some(digest)
            }
            None => None,
        };
        let digest = if let Some(digest) = same {
            digest
        } else {
            let digest = stage(self.files, source, &target)?;
            self.staged.push(name.to_owned());
            self.copied_bytes += source.length;
            digest
        };
        let file = BackupFile { path: name.to_owned(), bytes: source.length, sha256: digest.to_string() };
        self.now.push(file);
        Ok(())
    }

    /// Makes what was put the backup. Returns its manifest, and how many files and bytes were copied.
    pub(super) fn finish(mut self, manifest: Manifest) -> Result<(Manifest, u64, u64), BackupError> {
        self.now.sort_by(|one, other| one.path.cmp(&other.path));
        let manifest = Manifest { files: self.now, ..manifest };
        // A temporary of an earlier run must not be taken for one of this run.
        let is_needed = |relative: &str| match relative.strip_suffix(".tmp") {
            Some(name) => self.staged.iter().any(|staged| staged == name),
            None => true,
        };
        clear(self.files, &self.path, &is_needed)?;
        for name in
            PUBLIC_KEY_FILES.into_iter().filter(|name| !self.staged.iter().any(|staged| staged == name))
        {
            let temporary = temporary_path(&self.path.join(name));
            remove_if_present(self.files, &temporary).map_err(io_error("remove", &temporary))?;
        }
        sync_directory(self.files, &self.path)?;
        // If the process dies before the next line: the last finished backup, untouched, and temporaries beside it.
        manifest.write(self.files, &self.path, NEXT_FILE)?;
        settle(self.files, &self.path, &manifest)?;
        Ok((manifest, self.staged.len() as u64, self.copied_bytes))
    }
}
