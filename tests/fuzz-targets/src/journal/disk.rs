//! One directory with one file in memory: what a journal of one segment needs.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_log::fs::{Access, FileHandle, FileSystem, Privacy};

/// The directory that there is.
pub(super) const DIRECTORY: &str = "journal";

/// A directory with one file, whose name never changes.
#[derive(Debug, Clone)]
pub(super) struct MemoryDisk {
    name: &'static str,
    file: Arc<Mutex<Content>>,
}

#[derive(Debug)]
struct Content {
    bytes: Vec<u8>,
    is_written: bool,
}

impl MemoryDisk {
    pub(super) fn with_file(name: &'static str, bytes: Vec<u8>) -> Self {
        Self { name, file: Arc::new(Mutex::new(Content { bytes, is_written: false })) }
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file holds.
    pub(super) fn content(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// Whether nothing was ever written, made, renamed or removed.
    pub(super) fn is_unwritten(&self) -> bool {
        !self.lock().is_written
    }

    /// Nothing but the one file is ever made or removed here.
    fn refuse<T>(&self) -> io::Result<T> {
        self.lock().is_written = true;
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl FileSystem for MemoryDisk {
    fn open(&self, path: &Path, _: Access) -> io::Result<Box<dyn FileHandle>> {
        if path == Path::new(DIRECTORY).join(self.name) {
            Ok(Box::new(self.clone()))
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn create_new(&self, _: &Path, _: Privacy) -> io::Result<Box<dyn FileHandle>> {
        self.refuse()
    }

    fn create_directory(&self, _: &Path) -> io::Result<()> {
        self.refuse()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        self.refuse()
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        self.refuse()
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<OsString>> {
        Ok(vec![self.name.into()])
    }
}

impl FileHandle for MemoryDisk {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let content = self.lock();
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let from = content.bytes.get(start..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.lock();
        content.is_written = true;
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
        let end = start + bytes.len();
        if content.bytes.len() < end {
            content.bytes.resize(end, 0);
        }
        content.bytes.get_mut(start..end).ok_or(io::ErrorKind::InvalidInput)?.copy_from_slice(bytes);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.lock().bytes.len() as u64)
    }
}
