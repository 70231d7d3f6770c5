//! A temporary copy of sled: opening sled zeroes torn segments and replaces snapshots, and verify changes nothing.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::error::{LogError, chain};
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::{Meta, Store, StoreError, is_want_of_room};
use crate::tlog::hash::empty_root;

/// An open copy. The store comes first: it is let go before its directory.
#[derive(Debug)]
pub(super) struct StoreCopy {
    pub(super) store: Store,
    /// What it says of itself.
    pub(super) meta: Meta,
    /// What the log was when it was last closed.
    pub(super) closed: Option<Meta>,
    /// Its layout, if that is of an older docket: then nothing else of it can be read.
    pub(super) older_layout: Option<u32>,
    directory: TempDir,
}

impl StoreCopy {
    /// Lets the copy go. What sled may say while it closes has been found while reading.
    pub(super) fn close(self) {
        drop(self.store.close());
        drop(self.directory.close());
    }
}

/// Why there is no open copy.
#[derive(Debug)]
pub(super) enum NoCopy {
    /// sled's files cannot be read, in one line without a path: a finding.
    Unreadable(String),
    /// There is no place for a copy, which says nothing about sled's files.
    NoPlace(LogError),
}

impl From<String> for NoCopy {
    fn from(message: String) -> Self {
        Self::Unreadable(message)
    }
}

/// Copies a directory of sled and opens the copy; `bytes` counts what was copied.
pub(super) fn copy_and_open(path: &Path, bytes: &mut u64) -> Result<StoreCopy, NoCopy> {
    let directory = tempfile::tempdir().map_err(|error| no_place(&std::env::temp_dir(), error))?;
    let target = directory.path().join("sled");
    *bytes = copy_directory(path, &target).map_err(|error| not_copied(&target, error))?;
    let store = Store::open(&target).map_err(|error| not_opened(&target, &error))?;
    let closed = store.closed().map_err(|error| without_path(&error));
    let layout = store.older_layout().map_err(|error| without_path(&error));
    match meta_of(&store).and_then(|meta| Ok((meta, closed?, layout?))) {
        Ok((meta, closed, older_layout)) => Ok(StoreCopy { store, meta, closed, older_layout, directory }),
        Err(message) => {
            drop(store.close());
            Err(message.into())
        }
    }
}

fn no_place(path: &Path, source: io::Error) -> NoCopy {
    NoCopy::NoPlace(LogError::Io {
        operation: "make a temporary copy of sled in",
        path: path.to_owned(),
        source,
    })
}

fn not_copied(target: &Path, error: io::Error) -> NoCopy {
    if is_want_of_room(error.kind()) {
        return no_place(target, error);
    }
    format!("cannot be copied: {}", chain(&error)).into()
}

/// sled writes while it opens.
fn not_opened(target: &Path, error: &StoreError) -> NoCopy {
    match error.wants_room() {
        Some(kind) => no_place(target, kind.into()),
        None => without_path(error).into(),
    }
}

fn meta_of(store: &Store) -> Result<Meta, String> {
    match store.meta().map_err(|error| without_path(&error))? {
        Some(meta) if meta.size.is_multiple_of(BUNDLE_ENTRIES) => Ok(meta),
        Some(meta) => Err(format!("says that it holds {} entries, which are no finished bundles", meta.size)),
        None => Ok(Meta { size: 0, root: empty_root() }),
    }
}

/// Copies files and directories, and returns the bytes of all files.
fn copy_directory(from: &Path, to: &Path) -> io::Result<u64> {
    std::fs::create_dir(to)?;
    let mut bytes = 0;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            bytes += copy_directory(&entry.path(), &target)?;
        } else {
            bytes += std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(bytes)
}

/// What the store objects to, without the path of the copy, which tells nobody anything.
pub(super) fn without_path(error: &StoreError) -> String {
    match error {
        StoreError::Sled { source, .. } => format!("sled failed: {}", one_line(&source.to_string())),
        StoreError::OpeningHangs { .. } => "sled does not open".to_owned(),
        StoreError::Panicked { message, .. } => format!("sled gave up on its files: {}", one_line(message)),
        StoreError::Value { key, source: Some(source), .. } => {
            format!("the value of {key} cannot be read: {}", chain(source.as_ref()))
        }
        StoreError::Value { key, source: None, .. } => format!("the value of {key} cannot be read"),
        StoreError::InUse { .. } => "is in use".to_owned(),
        StoreError::Missing { key, .. } => format!("{key} is missing"),
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_for_the_copy_is_no_finding_about_sled() {
        let target = Path::new("copy");
        let found = |kind: io::ErrorKind| not_copied(target, kind.into());
        assert!(matches!(found(io::ErrorKind::StorageFull), NoCopy::NoPlace(LogError::Io { .. })));
        assert!(matches!(found(io::ErrorKind::QuotaExceeded), NoCopy::NoPlace(LogError::Io { .. })));
        assert!(matches!(found(io::ErrorKind::PermissionDenied), NoCopy::Unreadable(_)));
        let opened = |kind: io::ErrorKind| not_opened(target, &StoreError::io_of_sled(target, kind));
        assert!(matches!(opened(io::ErrorKind::StorageFull), NoCopy::NoPlace(_)));
        assert!(matches!(opened(io::ErrorKind::InvalidData), NoCopy::Unreadable(_)));
    }
}
