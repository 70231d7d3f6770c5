//! Frames as they stand in the files, unchecked: for those who look ahead of a pass that checks everything.

use super::segment::Segments;
use super::{FrameHeader, JournalDirectory, JournalError, SECTOR_BYTES};

impl JournalDirectory {
    /// Hands over frame after frame from the beginning on, each with the byte at which it begins in its segment and its own bytes, up to the first that is not where it must be, or until `take`
    /// says that it has enough. Only headers are looked at.
    pub(crate) fn raw_frames(&self, mut take: impl FnMut(u64, Vec<u8>) -> bool) -> Result<(), JournalError> {
        let segments = Segments::list(self)?;
        let mut index = 0;
        for file in &segments.files {
            let (mut window, mut offset) = (segments.window(*file)?, 0);
            while let Some(sector) = window.bytes(offset, SECTOR_BYTES)? {
                // The end of a segment, of the journal, or of what is good.
                let Ok(header) = FrameHeader::decode(sector) else { break };
                let bytes = window.bytes(offset, header.frame_bytes() as usize)?;
                let Some(bytes) = bytes.filter(|_| header.check_place(file.id, index).is_ok()) else {
                    return Ok(());
                };
                if !take(offset, bytes.to_vec()) {
                    return Ok(());
                }
                offset += u64::from(header.frame_bytes());
                index = header.end_index();
            }
        }
        Ok(())
    }
}
