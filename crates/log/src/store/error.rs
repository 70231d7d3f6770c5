//! What can go wrong with the store.

use std::path::PathBuf;
use std::time::Duration;

use crate::record::BundleError;

/// What can go wrong with the store. None of it loses anything: the journal has it all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// sled answered with an error.
    #[error("{}: sled failed", path.display())]
    Sled {
        /// The directory.
        path: PathBuf,
        /// What it said.
        #[source]
        source: sled::Error,
    },
    /// Somebody has it open.
    #[error("{}: sled is still in use, by this process or another", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// It does not open, and does not fail either. It still may: nobody else must touch its files.
    #[error("{}: sled has not opened within {} s", path.display(), waited.as_secs())]
    OpeningHangs {
        /// The directory.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// sled panicked, as it does on some damaged files.
    #[error("{}: sled gave up on its files: {message}", path.display())]
    Panicked {
        /// The directory.
        path: PathBuf,
        /// What it said.
        message: String,
    },
    /// A value has another layout, or none.
    #[error("{}: the value of {key} cannot be read", path.display())]
    Value {
        /// The directory.
        path: PathBuf,
        /// Which value, in words.
        key: String,
        /// Why, if it is a bundle.
        #[source]
        source: Option<Box<BundleError>>,
    },
    /// A value that must be there is not.
    #[error("{}: {key} is missing", path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
        /// Which value, in words.
        key: String,
    },
}

impl StoreError {
    /// The kind of the error, if the disk has no room for what sled writes, also while it only opens.
    pub(crate) fn wants_room(&self) -> Option<std::io::ErrorKind> {
        match self {
            Self::Sled { source: sled::Error::Io(error), .. } => {
                Some(error.kind()).filter(|kind| is_want_of_room(*kind))
            }
            _ => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn io_of_sled(path: &std::path::Path, kind: std::io::ErrorKind) -> Self {
        Self::Sled { path: path.to_owned(), source: sled::Error::Io(kind.into()) }
    }
}

/// Whether an error says that there is no room for what is written.
pub(crate) fn is_want_of_room(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(kind, StorageFull | QuotaExceeded | FileTooLarge)
}
