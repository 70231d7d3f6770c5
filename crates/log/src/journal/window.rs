//! Sequential reading of a segment in large reads, with bounded memory.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::{JournalError, SECTOR_BYTES};
use crate::fs::FileHandle;

/// How much is read at first: a look at one sector, as behind a redacted frame, should not cost more.
const READ_AHEAD_BYTES_MIN: usize = 16 * 1024;
/// How much is read at once after some doublings: enough for a disk's full rate, little enough for a small machine.
const READ_AHEAD_BYTES_MAX: usize = 1024 * 1024;

/// A part of a segment in memory, which moves along as bytes are asked for.
pub(super) struct Window {
    file: Box<dyn FileHandle>,
    path: PathBuf,
    length: u64,
    start: u64,
    buffer: Vec<u8>,
    /// A part that somebody else has read, and where it begins.
    given: Option<(u64, Arc<Vec<u8>>)>,
    read_ahead: usize,
}

/// The buffer holds words that may be redacted later: no log and no panic message must show them.
impl fmt::Debug for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Window")
            .field("path", &self.path)
            .field("start", &self.start)
            .field("buffer_bytes", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

impl Window {
    /// `length` is the file's; a last part that is not a whole sector is not readable here.
    pub(super) fn new(file: Box<dyn FileHandle>, path: PathBuf, length: u64) -> Self {
        let length = length - length % SECTOR_BYTES as u64;
        let (buffer, given, read_ahead) = (Vec::new(), None, READ_AHEAD_BYTES_MIN);
        Self { file, path, length, start: 0, buffer, given, read_ahead }
    }

    /// Takes the bytes that begin at `offset` from who has read them, instead of those that were given before.
    pub(super) fn give(&mut self, offset: u64, bytes: Option<Arc<Vec<u8>>>) {
        self.given = bytes.map(|bytes| (offset, bytes));
    }

    /// The bytes that are readable from `offset` on.
    pub(super) fn available(&self, offset: u64) -> u64 {
        self.length.saturating_sub(offset)
    }

    /// The bytes from `offset` on; `None` if the segment ends before. The caller has checked that `count` is at most that of the
    /// longest frame.
    pub(super) fn bytes(&mut self, offset: u64, count: usize) -> Result<Option<&[u8]>, JournalError> {
        let available = self.available(offset);
        if available < count as u64 {
            return Ok(None);
        }
        if self.held(offset, count).is_none() {
            let wanted = count.max(self.read_ahead);
            self.read_ahead = (self.read_ahead * 2).min(READ_AHEAD_BYTES_MAX);
            let wanted = usize::try_from(available).map_or(wanted, |available| wanted.min(available));
            self.buffer.resize(wanted, 0);
            self.start = offset;
            if let Err(source) = self.file.read_exact_at(&mut self.buffer, offset) {
                self.buffer.clear();
                return Err(JournalError::io("read", &self.path, source));
            }
        }
        Ok(self.held(offset, count))
    }

    fn held(&self, offset: u64, count: usize) -> Option<&[u8]> {
        let part = |start: u64, bytes: &'_ [u8]| -> Option<std::ops::Range<usize>> {
            let from = usize::try_from(offset.checked_sub(start)?).ok()?;
            let range = from..from.checked_add(count)?;
            (range.end <= bytes.len()).then_some(range)
        };
        if let Some((start, bytes)) = &self.given
            && let Some(range) = part(*start, bytes)
        {
            return bytes.get(range);
        }
        self.buffer.get(part(self.start, &self.buffer)?)
    }
}
