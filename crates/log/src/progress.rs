//! How far a long operation has come.

use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::Access;

/// What is being worked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The journal; counted in bytes.
    Journal,
    /// The store; counted in entries.
    Store,
    /// The documents; counted in bytes.
    Blobs,
}

/// How far a long operation has come in one of its stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// What is done, in the unit of the stage.
    pub done: u64,
    /// What there is to do in this stage.
    pub total: u64,
}

/// The bytes of all segments of the journal.
pub(crate) fn journal_bytes(directory: &DataDirectory) -> Result<u64, LogError> {
    let (journal, file_system) = (directory.journal(), directory.file_system());
    let error = |operation, path: &std::path::Path| {
        let path = path.to_owned();
        move |source| LogError::Io { operation, path, source }
    };
    let names = file_system.list(journal.path()).map_err(error("list", journal.path()))?;
    names.iter().try_fold(0_u64, |sum, name| {
        let path = journal.path().join(name);
        let file = file_system.open(&path, Access::Read).map_err(error("open", &path))?;
        Ok(sum.saturating_add(file.length().map_err(error("read the length of", &path))?))
    })
}
