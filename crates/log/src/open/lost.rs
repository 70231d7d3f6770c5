//! `log.lost`: what a rebuild has given up. A file of its own, so that it outlives sled and its mark.
//!
//! It has the form of a mark and names the size and the root that the log had. While the journal lacks those entries, nothing is
//! recorded: they were signed, and there is one root per size.

use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::{Access, remove_if_present};
use crate::store::Meta;
use crate::store::mark::{Mark, MarkState};
use crate::tlog::hash::empty_root;

/// What the log lost, if anything. A file that cannot be read is refused: nobody could say what may be recorded.
pub(crate) fn read_lost(directory: &DataDirectory) -> Result<Option<Meta>, LogError> {
    let path = directory.lost();
    let error = |source| LogError::Io { operation: "read", path: path.clone(), source };
    match Mark::read(directory.file_system(), &path).map_err(error)? {
        Some(mark) => Ok(Some(Meta { size: mark.size, root: mark.root })),
        None if directory.file_system().open(&path, Access::Read).is_ok() => {
            Err(LogError::LostFileDamaged { path })
        }
        None => Ok(None),
    }
}

/// Says durably what the log had.
pub(crate) fn write_lost(directory: &DataDirectory, known: Meta) -> Result<(), LogError> {
    let mark = named("what a rebuild gave up", known, None);
    mark.write(directory.file_system(), &directory.lost()).map_err(|source| LogError::Io {
        operation: "write",
        path: directory.lost(),
        source,
    })
}

/// The entries are back.
pub(super) fn clear_lost(directory: &DataDirectory) -> Result<(), LogError> {
    let path = directory.lost();
    remove_if_present(directory.file_system(), &path)
        .and_then(|()| directory.file_system().sync_directory(directory.path()))
        .map_err(|source| LogError::Io { operation: "remove", path, source })
}

/// The mark as found, with the most that it or the file says was lost; where there is no mark, one that trusts no sled.
///
/// A rebuild writes the file first: one that says less than the mark was changed by somebody, and does not make the log forget.
pub(super) fn with_lost(mark: Option<Mark>, lost: Option<Meta>) -> Option<Mark> {
    match (mark, lost) {
        (mark, None) => mark,
        (Some(mark), Some(lost)) => {
            let marked = mark.lost.filter(|marked| marked.size > lost.size);
            Some(Mark { lost: Some(marked.unwrap_or(lost)), ..mark })
        }
        (None, lost) => Some(named("none: entries were lost", Meta { size: 0, root: empty_root() }, lost)),
    }
}

fn named(boot: &str, log: Meta, lost: Option<Meta>) -> Mark {
    let Meta { size, root } = log;
    Mark { boot: boot.to_owned(), state: MarkState::Open, size, root, signature: None, lost }
}
