//! The layout of a data directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::blobs::Blobs;
use crate::error::LogError;
use crate::fs::FileSystem;
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
