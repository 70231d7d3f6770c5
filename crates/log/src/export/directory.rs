//! The directory of an export: new, and written so that every file is whole and durable before the checkpoint names them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::ExportError;

/// A new directory that files are put into.
#[derive(Debug)]
pub(super) struct ExportDirectory {
    path: PathBuf,
}

impl ExportDirectory {
    /// Makes the directory, or takes an empty one.
    pub(super) fn begin(path: &Path) -> Result<Self, ExportError> {
        fs::create_dir_all(path).map_err(error("make the directory", path))?;
        let mut entries = fs::read_dir(path).map_err(error("list", path))?;
        if entries.next().is_some() {
            return Err(ExportError::NotEmpty { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Writes a whole file; `name` is relative, with `/` between its parts.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(error("make the directory", parent))?;
        }
        let write = || {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_data()
        };
        write().map_err(error("write", &path))
    }

    /// A file that is written piece by piece.
    pub(super) fn stream(&self, name: &str) -> Result<Stream, ExportError> {
        let path = self.path.join(name);
        let file = File::create_new(&path).map_err(error("write", &path))?;
        Ok(Stream { file: io::BufWriter::new(file), path })
    }

    /// Writes the last file, after everything else and the names of everything else are durable.
    pub(super) fn finish(self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        sync_directories(&self.path).map_err(error("sync", &self.path))?;
        self.put(name, bytes)?;
        sync_directory(&self.path).map_err(error("sync", &self.path))
    }
}

/// A file that grows.
#[derive(Debug)]
pub(super) struct Stream {
    file: io::BufWriter<File>,
    path: PathBuf,
}

impl Stream {
    /// Appends a line, adding the line end.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), ExportError> {
        let written = self.file.write_all(line).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(error("write", &self.path))
    }

    /// Makes it durable.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let finished = self.file.flush().and_then(|()| self.file.get_ref().sync_data());
        finished.map_err(error("write", &self.path))
    }
}

fn error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError + use<> {
    let path = path.to_owned();
    move |source| ExportError::Io { operation, path, source }
}

fn sync_directories(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_directories(&entry.path())?;
        }
    }
    sync_directory(path)
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
