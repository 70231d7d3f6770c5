//! The layout of a data directory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::blobs::Blobs;
use crate::error::LogError;
use crate::fs::{FileSystem, is_missing};
use crate::journal::JournalDirectory;
use crate::store::mark::MARK_FILE;

/// A data directory: `journal/`, `sled/` with its mark, `blobs/`, `log.key`, `log.vkey` and `lock`.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    path: PathBuf,
    file_system: Arc<dyn FileSystem>,
}

impl DataDirectory {
    /// Names a data directory; touches nothing.
    #[must_use]
    pub fn new(path: &Path, file_system: Arc<dyn FileSystem>) -> Self {
        Self { path: path.to_owned(), file_system }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The seam for file operations.
    #[must_use]
    pub fn file_system(&self) -> &dyn FileSystem {
        self.file_system.as_ref()
    }

    /// Makes the directory where there is none, with all that are missing above it, each durably before the next.
    pub fn create(&self) -> Result<(), LogError> {
        let (path, files) = (self.path.as_path(), self.file_system());
        let error =
            |source| LogError::Io { operation: "make the data directory", path: path.to_owned(), source };
        let missing: Vec<&Path> = path
            .ancestors()
            .take_while(|name| !name.as_os_str().is_empty() && is_missing(files, name))
            .collect();
        // One that is there may have been made by a process that was killed before it could sync its name.
        let found = missing.last().map_or(Some(path), |topmost| topmost.parent());
        match found.and_then(Path::parent).map_or(Ok(()), |holder| files.sync_directory(holder)) {
            // Above what must be made there may be directories that nobody may read: those were not made here.
            Err(source) if source.kind() == io::ErrorKind::PermissionDenied && !missing.is_empty() => {}
            result => result.map_err(error)?,
        }
        for name in missing.into_iter().rev() {
            match files.create_directory(name) {
                Err(source) if source.kind() != io::ErrorKind::AlreadyExists => return Err(error(source)),
                _ => {}
            }
            // If the process dies here: a directory whose name is synced by the next one that comes.
            name.parent().map_or(Ok(()), |holder| files.sync_directory(holder)).map_err(error)?;
        }
        match files.list(path) {
            // Something else has the name.
            Err(source) if source.kind() == io::ErrorKind::NotADirectory => Err(error(source)),
            _ => Ok(()),
        }
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> JournalDirectory {
        JournalDirectory::new(Arc::clone(&self.file_system), &self.path.join("journal"))
    }

    /// The directory of sled. sled does its own file operations.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.path.join("sled")
    }

    /// The mark beside sled.
    #[must_use]
    pub fn mark(&self) -> PathBuf {
        self.path.join(MARK_FILE)
    }

    /// What a rebuild has given up, if anything.
    #[must_use]
    pub fn lost(&self) -> PathBuf {
        self.path.join("log.lost")
    }

    /// Says that the directory was restored from a backup and not shown a checkpoint yet.
    #[must_use]
    pub fn restored(&self) -> PathBuf {
        self.path.join("log.restored")
    }

    /// Says under which name the log goes on in another directory.
    #[must_use]
    pub fn continued_as(&self) -> PathBuf {
        self.path.join("log.continued-as")
    }

    /// Whether every recorded redaction is carried out.
    #[must_use]
    pub fn redactions(&self) -> PathBuf {
        self.path.join("log.redactions")
    }

    /// The source documents and evidence.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        Blobs::new(Arc::clone(&self.file_system), &self.path.join("blobs"))
    }

    /// Whether a log was ever begun here: whether there is a journal. One that cannot be listed is an error, and no missing one.
    pub fn holds_a_log(&self) -> Result<bool, LogError> {
        let path = self.path.join("journal");
        match self.file_system.list(&path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            // The data directory itself is a file: there is no log, and the attempt to make one will say so.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory && self.path.is_file() => {
                Ok(false)
            }
            Err(source) => Err(LogError::Io { operation: "list", path, source }),
        }
    }
}
