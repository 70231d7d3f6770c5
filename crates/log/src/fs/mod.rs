//! The seam for file operations: everything that the write path does to a disk goes through [`FileSystem`].
//!
//! Covers what a durable write needs and nothing else (DESIGN section 6, "File operations"). It knows nothing of frames,
//! entries or locks held by other programs. [`RealFileSystem`] is the operating system; [`FaultyFileSystem`] is a disk
//! in memory which fails, forgets and tears on command, for tests of every crate above this one.

mod faulty;
mod lock;
mod real;

use std::ffi::OsString;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

pub use faulty::{Effect, Fault, FaultError, FaultyFileSystem, Operation, Trigger};
pub use lock::{DirectoryLock, LockError};
pub use real::RealFileSystem;

/// What an open file may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading only: works in a read-only directory.
    Read,
    /// Reading and writing in place.
    ReadWrite,
}

/// Who may read a file that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// As the process's file mode mask says.
    Ordinary,
    /// The owner only (mode 0600): private keys.
    OwnerOnly,
}

/// The operations on names. Each is one call to the operating system, made once: nothing here retries.
pub trait FileSystem: Debug + Send + Sync {
    /// Opens a file that exists.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FileHandle>>;

    /// Makes an empty file, open for reading and writing; an existing one is `AlreadyExists`.
    fn create_new(&self, path: &Path, privacy: Privacy) -> io::Result<Box<dyn FileHandle>>;

    /// Makes one directory; an existing one is `AlreadyExists`.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Renames a file within its directory, atomically replacing what has the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable: until then a power cut may undo creations, renames and removals.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// The names in a directory, sorted, without `.` and `..`.
    fn list(&self, path: &Path) -> io::Result<Vec<OsString>>;

    /// The id of this boot of the machine: what was written and not synced lives no longer than it.
    fn boot_id(&self) -> String {
        real::boot_id()
    }
}

/// The operations on an open file. Positions are explicit, so that a handle can be shared between readers.
pub trait FileHandle: Debug + Send + Sync {
    /// Fills the buffer from `offset`; a file that ends before is `UnexpectedEof`.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all bytes at `offset`. After an error any part of them may have been written.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes the content and the length durable (fdatasync). After an error the bytes may be on disk or not, and a second
    /// call may answer success without writing them: it must never be retried.
    fn sync_data(&self) -> io::Result<()>;

    /// The length in bytes.
    fn length(&self) -> io::Result<u64>;
}

/// Writes a small file so that after any crash it holds either all of `bytes` or what it held before (or nothing).
/// For keys, marks and blobs; an existing temporary of the same name is replaced.
pub fn write_durably(
    file_system: &dyn FileSystem,
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let temporary = temporary_path(path);
    remove_if_present(file_system, &temporary)?;
    let file = file_system.create_new(&temporary, privacy)?;
    // If the process dies here: an empty temporary, which the next writer removes.
    file.write_all_at(bytes, 0)?;
    file.sync_data()?;
    // If the process dies here: a complete temporary; the old content is still the one with the name.
    file_system.rename(&temporary, path)?;
    // If the process dies here the new content stays; if the power fails, either one is there, whole.
    file_system.sync_directory(directory)
}

/// The name under which a file is prepared before it gets its own: the same with `.tmp` appended.
#[must_use]
pub fn temporary_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}

/// Whether nothing has this name. What cannot be opened for another reason is there.
pub(crate) fn is_missing(file_system: &dyn FileSystem, path: &Path) -> bool {
    matches!(file_system.open(path, Access::Read), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Removes a file that may be absent.
pub fn remove_if_present(file_system: &dyn FileSystem, path: &Path) -> io::Result<()> {
    match file_system.remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
