//! Reading at known positions: one frame, or the bytes of an entry or an opening.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::find::Places;
use super::{
    FRAME_BYTES_MAX, Frame, FramePosition, JournalDirectory, JournalError, OpeningPosition, SegmentId,
};
use crate::fs::{Access, FileHandle};

/// How many segments a reader keeps open: 4 GiB of journal.
const OPEN_SEGMENTS_MAX: usize = 64;

/// Reads a journal at positions that a scan or an append has given. Shared by threads; never writes.
#[derive(Debug)]
pub struct JournalReader {
    directory: JournalDirectory,
    open: Mutex<BTreeMap<SegmentId, Arc<dyn FileHandle>>>,
    pub(super) places: Places,
}

impl JournalReader {
    /// A reader of the journal in this directory; opens nothing yet.
    #[must_use]
    pub fn new(directory: JournalDirectory) -> Self {
        Self { directory, open: Mutex::new(BTreeMap::new()), places: Places::default() }
    }

    pub(super) fn directory(&self) -> &JournalDirectory {
        &self.directory
    }

    /// Reads a frame into `buffer`, whose capacity is reused, and checks it: header, body and place, not its openings.
    pub fn read_frame<'b>(
        &self,
        position: FramePosition,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Frame<'b>, JournalError> {
        self.read_range(position.segment, position.offset, position.bytes, buffer)?;
        self.directory.decode_at(position, buffer)
    }

    /// Reads openings into `buffer`; whether they match their digests is for the caller to see.
    pub fn read_opening(&self, opening: &OpeningPosition, buffer: &mut Vec<u8>) -> Result<(), JournalError> {
        let offset = opening.frame.offset.saturating_add(u64::from(opening.offset));
        self.read_range(opening.frame.segment, offset, opening.bytes, buffer)
    }

    /// Reads bytes of a segment into `buffer`, replacing what it held.
    pub fn read_range(
        &self,
        segment: SegmentId,
        offset: u64,
        bytes: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<(), JournalError> {
        let path = || self.directory.segment_path(segment);
        if bytes > FRAME_BYTES_MAX {
            return Err(JournalError::ReadTooLong { path: path(), bytes, max: FRAME_BYTES_MAX });
        }
        let file = self.segment(segment)?;
        buffer.resize(bytes as usize, 0);
        file.read_exact_at(buffer, offset).map_err(|source| JournalError::io("read", &path(), source))
    }

    fn segment(&self, id: SegmentId) -> Result<Arc<dyn FileHandle>, JournalError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&id) {
            return Ok(Arc::clone(file));
        }
        let file: Arc<dyn FileHandle> = self.directory.open_segment(id, Access::Read)?.into();
        if open.len() >= OPEN_SEGMENTS_MAX {
            open.pop_first();
        }
        open.insert(id, Arc::clone(&file));
        Ok(file)
    }
}
