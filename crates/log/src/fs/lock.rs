//! The lock on a data directory: an empty file of its own, taken before anything else and kept for the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The name of the lock file in the data directory.
const LOCK_FILE: &str = "lock";

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has the directory open for writing.
    #[error("another process is using {}: wait for it to end, or stop it", directory.display())]
    Locked {
        /// The data directory.
        directory: PathBuf,
    },
    /// The lock file could not be made, opened or locked.
    #[error("cannot take the lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// The right to write to a directory, or to keep others from writing there. It ends when the value is dropped or the process ends, however
/// it ends: the file stays, empty, and says nothing.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock of a data directory that exists, without waiting.
    pub fn acquire(directory: &Path) -> Result<Self, LockError> {
        let path = directory.join(LOCK_FILE);
        let file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
            Ok(file) => file,
            Err(source) => return Err(LockError::Io { path, source }),
        };
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Locked { directory: directory.to_owned() }),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }

    /// Keeps writers out of a directory while it is read, beside other readers and without waiting. The file is not made where there is
    /// none, so that a directory which nobody may write can be read: nothing then, and nobody is kept out.
    pub fn share(directory: &Path) -> Result<Option<Self>, LockError> {
        let path = directory.join(LOCK_FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LockError::Io { path, source }),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Err(LockError::Locked { directory: directory.to_owned() }),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }
}
