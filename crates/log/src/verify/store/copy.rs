//! A temporary copy of sled: opening sled zeroes torn segments and replaces snapshots, and verify changes nothing.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::error::chain;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::{Meta, Store, StoreError};
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

/// Copies a directory of sled and opens the copy; `bytes` counts what was copied. The error is one line without a path.
pub(super) fn copy_and_open(path: &Path, bytes: &mut u64) -> Result<StoreCopy, String> {
    let directory = tempfile::tempdir()
        .map_err(|error| format!("there is no place for a temporary copy: {}", chain(&error)))?;
    let target = directory.path().join("sled");
    *bytes = copy_directory(path, &target).map_err(|error| format!("cannot be copied: {}", chain(&error)))?;
    let store = Store::open(&target).map_err(|error| without_path(&error))?;
    let closed = store.closed().map_err(|error| without_path(&error));
    let layout = store.older_layout().map_err(|error| without_path(&error));
    match meta_of(&store).and_then(|meta| Ok((meta, closed?, layout?))) {
        Ok((meta, closed, older_layout)) => Ok(StoreCopy { store, meta, closed, older_layout, directory }),
        Err(message) => {
            drop(store.close());
            Err(message)
        }
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
