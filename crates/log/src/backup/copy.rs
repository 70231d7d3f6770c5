//! Copying files: under a temporary name, synced, renamed, with their hash; and only those that changed.

use std::io;
use std::path::{Path, PathBuf};

use docket_domain::Digest;
use sha2::{Digest as _, Sha256};

use super::manifest::{BackupFile, MANIFEST_FILE, Manifest};
use super::{BackupError, PUBLIC_KEY_FILES, make_directory};
use crate::fs::{Access, FileHandle, FileSystem, Privacy, remove_if_present, temporary_path};

/// How much is copied at once.
const PIECE_BYTES: u64 = 1024 * 1024;

/// The directories of a backup.
const DIRECTORIES: [&str; 2] = ["blobs", "journal"];

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

/// Copies a file so that after any crash the target is what it was, or whole. Returns the hash of its content.
pub(super) fn copy(files: &dyn FileSystem, source: &Source, target: &Path) -> Result<Digest, BackupError> {
    let temporary = temporary_path(target);
    remove_if_present(files, &temporary).map_err(io_error("remove", &temporary))?;
    let file = files.create_new(&temporary, Privacy::Ordinary).map_err(io_error("make", &temporary))?;
    let digest =
        source.each(|at, piece| file.write_all_at(piece, at).map_err(io_error("write", &temporary)))?;
    file.sync_data().map_err(io_error("sync", &temporary))?;
    // If the process dies here: a temporary, which the next run replaces.
    files.rename(&temporary, target).map_err(io_error("rename to", target))?;
    let parent = target.parent().unwrap_or(Path::new(""));
    files.sync_directory(parent).map_err(io_error("sync the directory", parent))?;
    Ok(digest)
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

/// The directory of a backup while it is updated.
pub(super) struct Target<'a> {
    files: &'a dyn FileSystem,
    path: PathBuf,
    before: Option<Manifest>,
    now: Vec<BackupFile>,
    copied_files: u64,
    copied_bytes: u64,
}

impl<'a> Target<'a> {
    /// Takes a new or empty directory, or that of an earlier backup.
    pub(super) fn begin(files: &'a dyn FileSystem, path: &Path) -> Result<Self, BackupError> {
        make_directory(files, path)?;
        let known = [MANIFEST_FILE].into_iter().chain(PUBLIC_KEY_FILES).chain(DIRECTORIES);
        let known: Vec<&str> = known.collect();
        for name in files.list(path).map_err(io_error("list", path))? {
            let name = name.to_string_lossy();
            if !known.contains(&name.strip_suffix(".tmp").unwrap_or(&name)) {
                return Err(BackupError::NotABackup { path: path.to_owned(), name: name.into_owned() });
            }
        }
        for directory in DIRECTORIES {
            make_directory(files, &path.join(directory))?;
        }
        let before = Manifest::read(files, path)?;
        let path = path.to_owned();
        Ok(Self { files, path, before, now: Vec::new(), copied_files: 0, copied_bytes: 0 })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The manifest of the last finished run.
    pub(super) fn manifest(&self) -> Option<&Manifest> {
        self.before.as_ref()
    }

    /// Copies a file, unless the last finished run copied the same bytes and they are still there.
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
            self.copied_files += 1;
            self.copied_bytes += source.length;
            copy(self.files, source, &target)?
        };
        let file = BackupFile { path: name.to_owned(), bytes: source.length, sha256: digest.to_string() };
        self.now.push(file);
        Ok(())
    }

    /// Removes what the log has no more (a redacted document), and writes the manifest.
    pub(super) fn finish(mut self, manifest: Manifest) -> Result<(Manifest, u64, u64), BackupError> {
        self.now.sort_by(|one, other| one.path.cmp(&other.path));
        for directory in DIRECTORIES {
            let path = self.path.join(directory);
            for name in self.files.list(&path).map_err(io_error("list", &path))? {
                let relative = format!("{directory}/{}", name.to_string_lossy());
                if !self.now.iter().any(|file| file.path == relative) {
                    let unneeded = path.join(&name);
                    remove_if_present(self.files, &unneeded).map_err(io_error("remove", &unneeded))?;
                }
            }
            self.files.sync_directory(&path).map_err(io_error("sync the directory", &path))?;
        }
        let manifest = Manifest { files: self.now, ..manifest };
        manifest.write(self.files, &self.path)?;
        Ok((manifest, self.copied_files, self.copied_bytes))
    }
}
