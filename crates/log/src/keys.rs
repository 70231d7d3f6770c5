//! The log's key on disk: `log.key` (the secret, mode 0600) and `log.vkey` (the public key that is handed out).
//!
//! A key is made at first use of a new log only, and is durable before the first commit. A log that lost its key can be read and
//! verified, but nothing is signed or recorded until the key is put back.

use std::io;
use std::path::{Path, PathBuf};

use crate::fs::{Access, FileSystem, Privacy, write_durably};
use crate::tlog::key::{KeyError, KeyName, SignerKey, VerifierKey};

/// The file of the secret key.
pub const KEY_FILE: &str = "log.key";
/// The file of the public key.
pub const VERIFIER_KEY_FILE: &str = "log.vkey";

/// The file of the public keys that the log had under earlier names, oldest first, one a line.
pub const PREVIOUS_KEYS_FILE: &str = "log.vkey.previous";

/// A key line is far shorter; a longer file is none.
const KEY_BYTES_MAX: u64 = 4096;

/// What can go wrong with the key files.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// An operation on the file failed.
    #[error("{}: the key file cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file holds no key.
    #[error("{}: this is not a key of a log", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// Why; nothing where it is not even text.
        #[source]
        source: Option<KeyError>,
    },
    /// `log.key` and `log.vkey` belong to different keys.
    #[error("{} and {} do not belong together", secret.display(), public.display())]
    Mismatch {
        /// The secret key.
        secret: PathBuf,
        /// The public key.
        public: PathBuf,
    },
    /// No randomness was to be had.
    #[error("the operating system gives no randomness for a new key")]
    Random {
        /// What it said.
        #[source]
        source: getrandom::Error,
    },
}

/// The keys of a data directory, as far as they are there.
#[derive(Debug, Clone, Default)]
pub struct KeyFiles {
    /// The secret key; without it nothing is signed.
    pub signer: Option<SignerKey>,
    /// The public key.
    pub verifier: Option<VerifierKey>,
}

impl KeyFiles {
    /// Reads the keys of a data directory and checks that they belong together.
    pub fn read(file_system: &dyn FileSystem, directory: &Path) -> Result<Self, KeyFileError> {
        let (secret, public) = (directory.join(KEY_FILE), directory.join(VERIFIER_KEY_FILE));
        let not_a_key = |path: &Path| {
            let path = path.to_owned();
            move |source| KeyFileError::NotAKey { path, source: Some(source) }
        };
        let signer = read_line(file_system, &secret)?
            .map(|line| SignerKey::from_private_line(&line).map_err(not_a_key(&secret)))
            .transpose()?;
        let verifier = read_line(file_system, &public)?
            .map(|line| line.parse::<VerifierKey>().map_err(not_a_key(&public)))
            .transpose()?;
        match (&signer, verifier) {
            (Some(signer), Some(verifier)) if *signer.verifier() != verifier => {
                Err(KeyFileError::Mismatch { secret, public })
            }
            (Some(signer), None) => {
                let verifier = Some(signer.verifier().clone());
                Ok(Self { signer: Some(signer.clone()), verifier })
            }
            (_, verifier) => Ok(Self { signer, verifier }),
        }
    }

    /// The keys that a reader may see: where the secret key is another user's, the public one is all there is.
    pub fn read_public(file_system: &dyn FileSystem, directory: &Path) -> Result<Self, KeyFileError> {
        match Self::read(file_system, directory) {
            Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
                let public = directory.join(VERIFIER_KEY_FILE);
                let parse = |line: String| {
                    line.parse::<VerifierKey>().map_err(|source| KeyFileError::NotAKey {
                        path: public.clone(),
                        source: Some(source),
                    })
                };
                Ok(Self { signer: None, verifier: read_line(file_system, &public)?.map(parse).transpose()? })
            }
            result => result,
        }
    }

    /// Makes the key of a new log and writes both files durably, the secret one first: the public key follows from it.
    pub fn create(
        file_system: &dyn FileSystem,
        directory: &Path,
        name: KeyName,
    ) -> Result<Self, KeyFileError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|source| KeyFileError::Random { source })?;
        let signer = SignerKey::from_seed(name, &seed);
        let secret = format!("{}\n", signer.to_private_line());
        write(file_system, &directory.join(KEY_FILE), &secret, Privacy::OwnerOnly)?;
        // If the process dies here, the next start derives the public key from the secret one and writes it.
        write_verifier(file_system, directory, signer.verifier())?;
        let verifier = Some(signer.verifier().clone());
        Ok(Self { signer: Some(signer), verifier })
    }
}

/// Writes `log.vkey`.
pub fn write_verifier(
    file_system: &dyn FileSystem,
    directory: &Path,
    verifier: &VerifierKey,
) -> Result<(), KeyFileError> {
    write(file_system, &directory.join(VERIFIER_KEY_FILE), &format!("{verifier}\n"), Privacy::Ordinary)
}

/// The public keys that the log had under earlier names, oldest first.
pub fn read_previous(
    file_system: &dyn FileSystem,
    directory: &Path,
) -> Result<Vec<VerifierKey>, KeyFileError> {
    let path = directory.join(PREVIOUS_KEYS_FILE);
    let lines = read_line(file_system, &path)?.unwrap_or_default();
    let parse = |line: &str| {
        line.parse().map_err(|source| KeyFileError::NotAKey { path: path.clone(), source: Some(source) })
    };
    lines.lines().map(parse).collect()
}

/// Adds a public key to those that the log had under earlier names.
pub(crate) fn append_previous(
    file_system: &dyn FileSystem,
    directory: &Path,
    key: &VerifierKey,
) -> Result<(), KeyFileError> {
    let mut lines = String::new();
    for earlier in read_previous(file_system, directory)?.iter().chain([key]) {
        lines.push_str(&earlier.to_string());
        lines.push('\n');
    }
    write(file_system, &directory.join(PREVIOUS_KEYS_FILE), &lines, Privacy::Ordinary)
}

fn write(
    file_system: &dyn FileSystem,
    path: &Path,
    text: &str,
    privacy: Privacy,
) -> Result<(), KeyFileError> {
    write_durably(file_system, path, text.as_bytes(), privacy)
        .map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

fn read_line(file_system: &dyn FileSystem, path: &Path) -> Result<Option<String>, KeyFileError> {
    let error = |source| KeyFileError::Io { path: path.to_owned(), source };
    let not_text = || KeyFileError::NotAKey { path: path.to_owned(), source: None };
    let file = match file_system.open(path, Access::Read) {
        Ok(file) => file,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(failure) => return Err(error(failure)),
    };
    let length = file.length().map_err(error)?;
    if length > KEY_BYTES_MAX {
        return Err(not_text());
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, 0).map_err(error)?;
    let text = String::from_utf8(bytes).map_err(|_| not_text())?;
    Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::RealFileSystem;

    #[test]
    fn keys_are_made_once_read_back_and_checked() {
        let directory = tempfile::tempdir().unwrap();
        let (files, path) = (RealFileSystem, directory.path());
        assert!(KeyFiles::read(&files, path).unwrap().signer.is_none());
        let made = KeyFiles::create(&files, path, KeyName::new("docket.example/r").unwrap()).unwrap();
        assert_eq!(KeyFiles::read(&files, path).unwrap().verifier, made.verifier);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path.join(KEY_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_file(path.join(VERIFIER_KEY_FILE)).unwrap();
        assert_eq!(KeyFiles::read(&files, path).unwrap().verifier, made.verifier);
        let other = tempfile::tempdir().unwrap();
        KeyFiles::create(&files, other.path(), KeyName::new("docket.example/r").unwrap()).unwrap();
        std::fs::copy(other.path().join(VERIFIER_KEY_FILE), path.join(VERIFIER_KEY_FILE)).unwrap();
        assert!(matches!(KeyFiles::read(&files, path), Err(KeyFileError::Mismatch { .. })));
        std::fs::write(path.join(KEY_FILE), "nonsense").unwrap();
        assert!(matches!(KeyFiles::read(&files, path), Err(KeyFileError::NotAKey { .. })));
    }
}
