//! `log.continued-as`: the word that a log leaves behind in the data directory from which it goes on elsewhere.
//!
//! Text: `docket-continued-as 1`, `origin <name>`, `previous-size <n>`, `previous-root <hex>`, and `crc32c <8 hex digits>` over the lines before.
//! While it is there nothing is recorded in that directory, and the log does not go on from it a second time: two logs of one name would have
//! two roots for one size. A file that is damaged says the same, without the name.

use std::io;

use docket_domain::Origin;

use super::BackupError;
use super::copy::io_error;
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::{Access, Privacy, write_durably};
use crate::tlog::proof::TreeHead;

/// The file is far shorter; a longer one is damaged.
const BYTES_MAX: u64 = 2048;

/// Said in place of the name where the file is damaged.
const UNKNOWN: &str = "a log whose name cannot be read (log.continued-as is damaged)";

/// Says durably in the old directory under which name its log goes on. A file system that nobody can write needs no such word.
pub(super) fn leave_word(
    directory: &DataDirectory,
    origin: &Origin,
    previous: TreeHead,
) -> Result<(), BackupError> {
    let path = directory.continued_as();
    let TreeHead { size, root } = previous;
    let checked =
        format!("docket-continued-as 1\norigin {origin}\nprevious-size {size}\nprevious-root {root}\n");
    let text = format!("{checked}crc32c {:08x}\n", crc32c::crc32c(checked.as_bytes()));
    match write_durably(directory.file_system(), &path, text.as_bytes(), Privacy::Ordinary) {
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(()),
        result => result.map_err(io_error("write", &path)),
    }
}

/// The name under which the log of this directory goes on elsewhere, if it does.
pub(crate) fn went_on(directory: &DataDirectory) -> Result<Option<String>, LogError> {
    let path = directory.continued_as();
    let read = || {
        let file = directory.file_system().open(&path, Access::Read)?;
        let length = file.length()?.min(BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_exact_at(&mut bytes, 0)?;
        Ok::<_, io::Error>(bytes)
    };
    match read() {
        Ok(bytes) => Ok(Some(parse(&bytes).unwrap_or_else(|| UNKNOWN.to_owned()))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(LogError::Io { operation: "read", path, source }),
    }
}

fn parse(bytes: &[u8]) -> Option<String> {
    let (checked, check) = std::str::from_utf8(bytes).ok()?.split_once("crc32c ")?;
    let found = format!("{:08x}\n", crc32c::crc32c(checked.as_bytes()));
    let origin = checked.lines().nth(1)?.strip_prefix("origin ")?;
    (found == check).then(|| origin.to_owned())
}
