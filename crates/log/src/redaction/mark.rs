//! `log.redactions`: whether every recorded redaction is carried out.
//!
//! Text: `docket-redactions 1`, then `state done|pending`, and `crc32c <8 hex digits>` over the lines before. It says `pending`, durably, from
//! before a redaction is committed until what it names is destroyed and synced. A file that is missing or damaged counts as `pending`: the
//! worst that this costs is one reading of the journal.

use std::io;

use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::{Access, Privacy, remove_if_present, write_durably};

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Every redaction in the journal is carried out.
    Done,
    /// Some may not be.
    Pending,
}

/// The file is as long as one of its two contents; a longer one is damaged.
const BYTES_MAX: u64 = 64;

fn print(state: State) -> String {
    let state = match state {
        State::Done => "done",
        State::Pending => "pending",
    };
    let checked = format!("docket-redactions 1\nstate {state}\n");
    let check = crc32c::crc32c(checked.as_bytes());
    format!("{checked}crc32c {check:08x}\n")
}

/// Reads the file.
pub(super) fn read(directory: &DataDirectory) -> Result<State, LogError> {
    let path = directory.redactions();
    let read = || {
        let file = directory.file_system().open(&path, Access::Read)?;
        let length = file.length()?.min(BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_exact_at(&mut bytes, 0)?;
        Ok::<_, io::Error>(bytes)
    };
    match read() {
        Ok(bytes) if bytes == print(State::Done).as_bytes() => Ok(State::Done),
        Ok(_) => Ok(State::Pending),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::Pending),
        Err(source) => Err(LogError::Io { operation: "read", path, source }),
    }
}

/// Writes the file durably.
pub(super) fn write(directory: &DataDirectory, state: State) -> Result<(), LogError> {
    let path = directory.redactions();
    write_durably(directory.file_system(), &path, print(state).as_bytes(), Privacy::Ordinary)
        .map_err(|source| LogError::Io { operation: "write", path, source })
}

/// Removes the file, durably: the next opening looks at every redaction.
pub(super) fn forget(directory: &DataDirectory) -> Result<(), LogError> {
    let (path, files) = (directory.redactions(), directory.file_system());
    remove_if_present(files, &path)
        .and_then(|()| files.sync_directory(directory.path()))
        .map_err(|source| LogError::Io { operation: "remove", path, source })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::RealFileSystem;

    #[test]
    fn only_an_undamaged_done_counts() {
        let place = tempfile::tempdir().unwrap();
        let directory = DataDirectory::new(place.path(), Arc::new(RealFileSystem));
        assert_eq!(read(&directory).unwrap(), State::Pending);
        write(&directory, State::Done).unwrap();
        assert_eq!(read(&directory).unwrap(), State::Done);
        let whole = std::fs::read(directory.redactions()).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(directory.redactions(), damaged).unwrap();
            assert_eq!(read(&directory).unwrap(), State::Pending, "bit {bit}");
        }
        std::fs::write(directory.redactions(), [whole.clone(), vec![b' '; 60]].concat()).unwrap();
        assert_eq!(read(&directory).unwrap(), State::Pending);
        write(&directory, State::Pending).unwrap();
        assert_eq!(read(&directory).unwrap(), State::Pending);
        forget(&directory).unwrap();
        assert!(!directory.redactions().exists());
        forget(&directory).unwrap();
    }
}
