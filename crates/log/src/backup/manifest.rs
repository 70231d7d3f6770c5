//! `backup.json`: what a backup holds, written last.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::copy::DIRECTORIES;
use super::{BackupError, PUBLIC_KEY_FILES};
use crate::fs::{Access, FileSystem, Privacy, write_durably};
use crate::json;

/// The file of the manifest.
pub const MANIFEST_FILE: &str = "backup.json";

/// The manifest of a run that has copied everything, while it gives the files their names.
pub(super) const NEXT_FILE: &str = "backup.json.next";

/// The format of the manifest.
pub(super) const FORMAT: &str = "docket-backup/1";

/// A manifest names a file in about 150 bytes; this is for more documents than any register has.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `docket-backup/1`.
    pub format: String,
    /// The origin of the log; null where nothing was recorded yet.
    pub origin: Option<String>,
    /// The entries.
    pub size: u64,
    /// The root at that size, in base64.
    pub root: String,
    /// The last signed checkpoint that the log has stored, at most of that size; null where none is.
    pub checkpoint: Option<String>,
    /// When the backup was made, by the clock of the machine.
    pub created: String,
    /// Every file, sorted by path.
    pub files: Vec<BackupFile>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupFile {
    /// Its path within the backup, with `/` between its parts.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a backup from the file of that name; `None` if there is none.
    pub(super) fn read(
        files: &dyn FileSystem,
        directory: &Path,
        name: &str,
    ) -> Result<Option<Self>, BackupError> {
        let path = directory.join(name);
        let read = || {
            let file = files.open(&path, Access::Read)?;
            let length = file.length()?.min(BYTES_MAX);
            let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
            file.read_exact_at(&mut bytes, 0)?;
            Ok::<_, io::Error>(bytes)
        };
        let bytes = match read() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(BackupError::Io { operation: "read", path, source }),
        };
        let manifest: Self = json::read(&bytes)
            .map_err(|source| BackupError::Manifest { path: path.clone(), source: Some(source) })?;
        // Files are renamed and removed by what it says: a backup that somebody hands over must not reach beyond itself.
        if manifest.format == FORMAT && manifest.files.iter().all(|file| is_inside(&file.path)) {
            Ok(Some(manifest))
        } else {
            Err(BackupError::Manifest { path, source: None })
        }
    }

    /// Writes it durably into the file of that name.
    pub(super) fn write(
        &self,
        files: &dyn FileSystem,
        directory: &Path,
        name: &str,
    ) -> Result<(), BackupError> {
        let path = directory.join(name);
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|source| BackupError::Manifest { path: path.clone(), source: Some(source) })?;
        bytes.push(b'\n');
        write_durably(files, &path, &bytes, Privacy::Ordinary).map_err(|source| BackupError::Io {
            operation: "write",
            path,
            source,
        })
    }
}

/// Whether this is the path of a file that a backup can hold.
fn is_inside(path: &str) -> bool {
    match path.split_once('/') {
        None => PUBLIC_KEY_FILES.contains(&path),
        Some((directory, name)) => {
            DIRECTORIES.contains(&directory) && !name.contains('/') && !["", ".", ".."].contains(&name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::RealFileSystem;

    #[test]
    fn a_manifest_that_reaches_beyond_its_directory_is_none() {
        let place = tempfile::tempdir().unwrap();
        let read = |path: &str| {
            let file = BackupFile { path: path.to_owned(), bytes: 1, sha256: String::new() };
            let manifest = Manifest {
                format: FORMAT.to_owned(),
                origin: None,
                size: 0,
                root: String::new(),
                checkpoint: None,
                created: String::new(),
                files: vec![file],
            };
            manifest.write(&RealFileSystem, place.path(), NEXT_FILE).unwrap();
            Manifest::read(&RealFileSystem, place.path(), NEXT_FILE)
        };
        for path in ["journal/00000000000000000000.seg", "blobs/ab", "log.vkey", "log.vkey.previous"] {
            assert!(read(path).is_ok(), "{path}");
        }
        for path in [
            "../x",
            "/etc/passwd",
            "journal/../../x",
            "journal/..",
            "journal/",
            "",
            "blobs",
            "sled/db",
            "log.key",
        ] {
            let refused = read(path);
            assert!(
                matches!(refused, Err(BackupError::Manifest { source: None, .. })),
                "{path:?}: {refused:?}"
            );
        }
    }
}
