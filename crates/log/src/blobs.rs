//! Source documents and evidence: `blobs/<sha256>`, each a file that is its own proof.
//!
//! A blob is durable before the commit that names it. A redacted blob is deleted and never written again; its absence is then valid. An empty
//! file `<sha256>.redacted` stays in its place, so that whoever writes documents sees it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::Digest;
use sha2::{Digest as _, Sha256};

use crate::fs::{Access, FileSystem, Privacy, remove_if_present, write_durably};

/// The largest blob, in bytes: a document is read whole when it is verified.
pub const BLOB_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What follows the hash in the name of the empty file that stands for a destroyed document.
pub const TOMBSTONE_SUFFIX: &str = ".redacted";

/// What can go wrong with a blob.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// An operation on the file failed.
    #[error("{}: {what}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was being done.
        what: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The bytes do not have the hash that the name says.
    #[error("{}: the bytes have the SHA-256 {found}, not the one of the file's name", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// The hash of its bytes.
        found: Digest,
    },
    /// The document was destroyed under a redaction, and is never written again.
    #[error("the document {digest} was redacted: it is never stored again")]
    Redacted {
        /// Its SHA-256.
        digest: Digest,
    },
    /// The blob is larger than [`BLOB_BYTES_MAX`].
    #[error("{bytes} bytes are too many for one document: at most {BLOB_BYTES_MAX} are allowed")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
}

/// The directory of blobs.
#[derive(Debug, Clone)]
pub struct Blobs {
    file_system: Arc<dyn FileSystem>,
    directory: PathBuf,
}

impl Blobs {
    /// The blobs below `directory`; it is made when the first one is written.
    #[must_use]
    pub fn new(file_system: Arc<dyn FileSystem>, directory: &Path) -> Self {
        Self { file_system, directory: directory.to_owned() }
    }

    /// Where a blob stands.
    #[must_use]
    pub fn path(&self, digest: Digest) -> PathBuf {
        self.directory.join(digest.to_string())
    }

    /// Makes the bytes durable under their hash. A blob that is there already is written again: after a crash it may stand only in a
    /// page cache.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let size = bytes.len() as u64;
        if size > BLOB_BYTES_MAX {
            return Err(BlobError::TooLarge { bytes: size });
        }
        let digest = digest_of(bytes);
        let path = self.path(digest);
        self.make_directory()?;
        if self.is_destroyed(digest)? {
            return Err(BlobError::Redacted { digest });
        }
        write_durably(self.file_system.as_ref(), &path, bytes, Privacy::Ordinary)
            .map_err(|source| BlobError::Io { path, what: "the document cannot be written", source })?;
        Ok(digest)
    }

    /// Whether the document was destroyed under a redaction: an empty file beside its place says so.
    pub fn is_destroyed(&self, digest: Digest) -> Result<bool, BlobError> {
        let path = self.tombstone(digest);
        match self.file_system.open(&path, Access::Read) {
            Ok(_) => Ok(true),
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => {
                Err(BlobError::Io { path, what: "it cannot be seen whether it was redacted", source })
            }
        }
    }

    fn tombstone(&self, digest: Digest) -> PathBuf {
        self.directory.join(format!("{digest}{TOMBSTONE_SUFFIX}"))
    }

    fn make_directory(&self) -> Result<(), BlobError> {
        let error = |source| BlobError::Io {
            path: self.directory.clone(),
            what: "the directory cannot be made",
            source,
        };
        match self.file_system.create_directory(&self.directory) {
            Err(failure) if failure.kind() != io::ErrorKind::AlreadyExists => return Err(error(failure)),
            _ => {}
        }
        // If the power fails before this, the directory may vanish with the blob: so it is durable before any commit names one.
        let parent = self.directory.parent().unwrap_or(Path::new("."));
        self.file_system.sync_directory(parent).map_err(error)
    }

    /// The bytes of a blob, checked against its name; `None` if it is not there.
    pub fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, BlobError> {
        let path = self.path(digest);
        let error =
            |source| BlobError::Io { path: path.clone(), what: "the document cannot be read", source };
        let file = match self.file_system.open(&path, Access::Read) {
            Ok(file) => file,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(failure) => return Err(error(failure)),
        };
        let bytes = file.length().map_err(error)?;
        if bytes > BLOB_BYTES_MAX {
            return Err(BlobError::TooLarge { bytes });
        }
        let mut content = vec![0; usize::try_from(bytes).map_err(|_| BlobError::TooLarge { bytes })?];
        file.read_exact_at(&mut content, 0).map_err(error)?;
        let found = digest_of(&content);
        if found == digest { Ok(Some(content)) } else { Err(BlobError::Altered { path, found }) }
    }

    /// Destroys a blob under a redaction, durably, and sees to it that it is never written again. What a process left half-written in the
    /// directory goes too: it may be a copy.
    pub fn destroy(&self, digest: Digest) -> Result<(), BlobError> {
        let (files, path) = (self.file_system.as_ref(), self.path(digest));
        self.make_directory()?;
        let destroy = || {
            write_durably(files, &self.tombstone(digest), &[], Privacy::Ordinary)?;
            // If the process dies here: the document is there, and nobody writes it again; the next start deletes it.
            remove_if_present(files, &path)?;
            for name in files.list(&self.directory)? {
                if name.to_string_lossy().ends_with(".tmp") {
                    remove_if_present(files, &self.directory.join(name))?;
                }
            }
            // If the power fails here: any of the names may still be there; the next start deletes them.
            files.sync_directory(&self.directory)
        };
        destroy().map_err(|source| BlobError::Io {
            path: path.clone(),
            what: "the document cannot be destroyed",
            source,
        })
    }

    /// The names in the directory, sorted; empty where there is none.
    pub fn names(&self) -> Result<Vec<String>, BlobError> {
        match self.file_system.list(&self.directory) {
            Ok(names) => Ok(names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect()),
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(BlobError::Io {
                path: self.directory.clone(),
                what: "the directory cannot be listed",
                source,
            }),
        }
    }
}

/// The SHA-256 of some bytes.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::RealFileSystem;

    #[test]
    fn a_blob_is_its_own_proof() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(Arc::new(RealFileSystem), &directory.path().join("blobs"));
        assert_eq!(blobs.names().unwrap(), Vec::<String>::new());
        let digest = blobs.put(b"a document").unwrap();
        assert_eq!(blobs.put(b"a document").unwrap(), digest);
        assert_eq!(blobs.get(digest).unwrap().as_deref(), Some(b"a document".as_slice()));
        assert_eq!(blobs.names().unwrap(), [digest.to_string()]);
        std::fs::write(blobs.path(digest), b"a dokument").unwrap();
        assert!(matches!(blobs.get(digest), Err(BlobError::Altered { .. })));
        blobs.put(b"a document").unwrap();
        assert!(blobs.get(digest).unwrap().is_some());
        std::fs::write(blobs.path(digest).with_extension("tmp"), b"a docu").unwrap();
        for _ in 0..2 {
            blobs.destroy(digest).unwrap();
            assert_eq!(blobs.get(digest).unwrap(), None);
            assert_eq!(blobs.names().unwrap(), [format!("{digest}.redacted")]);
        }
        assert!(matches!(blobs.put(b"a document"), Err(BlobError::Redacted { .. })));
        assert_eq!(blobs.get(digest).unwrap(), None);
        blobs.put(b"another document").unwrap();
    }
}
