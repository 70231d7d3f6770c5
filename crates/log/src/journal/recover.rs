//! Opening a journal for writing: the tail is committed, or cut, before anything else is written.
//!
//! The last good frame may have been read from a page cache that never reached the disk, and the zeros behind it likewise: after
//! a failed sync the cache shows what the disk does not hold. So the frame is rewritten byte for byte, what follows is zeroed, and
//! only when that is synced does the journal count as opened.

use std::path::Path;

use super::append::{Journal, OpenSegment};
use super::segment::{SegmentFile, fill_with_zeros};
use super::{FRAME_BYTES_MAX, Frame, FramePosition, JournalDirectory, JournalError, Scan};
use crate::fs::{Access, FileHandle, remove_if_present};

impl Journal {
    /// Opens the journal that was scanned. The caller has held the directory's lock since before the scan.
    ///
    /// Refuses, touching nothing: damage, mismatched openings that were not resolved, and a journal that ends before the known
    /// size. A torn tail is cut.
    pub fn open(scan: Scan) -> Result<Self, JournalError> {
        refuse_untrusted(&scan)?;
        let Scan { segments, end, last, .. } = scan;
        let directory = segments.directory.clone();
        for temporary in &segments.temporaries {
            remove_if_present(directory.file_system.as_ref(), temporary)
                .map_err(|source| JournalError::io("remove", temporary, source))?;
        }
        directory.sync_names()?;
        // If the process or the power dies here: the same journal, without temporaries. Every segment's name is durable now,
        // also one whose directory sync failed earlier, so that no frame can be lost with its segment.

        // A torn frame that did not fit into the last segment lies at the start of the next; in an empty journal, of the first.
        let torn_segment = match last {
            Some(last) => segments.after(last.segment),
            None => segments.files.first().copied(),
        };
        if let Some(file) = torn_segment {
            directory.cut(file)?;
        }
        // If the power fails here: any sector of a torn frame may have been zeroed or not; it is still torn, or gone.
        let current = match (last, segments.files.iter().find(|file| file.id == end.segment)) {
            (Some(last), Some(file)) => Some(directory.commit_tail(*file, last)?),
            _ => None,
        };
        // From here on the last frame is committed, and behind it the disk holds nothing but zeros.
        Ok(Self::continuing(directory, current, end, last))
    }
}

fn refuse_untrusted(scan: &Scan) -> Result<(), JournalError> {
    if let Some(damage) = scan.damage() {
        return Err(JournalError::Damaged(damage));
    }
    if scan.known_size > scan.end.index {
        return Err(JournalError::Behind {
            path: scan.segments.directory.path.clone(),
            journal_size: scan.end.index,
            known_size: scan.known_size,
        });
    }
    Ok(())
}

impl JournalDirectory {
    /// Makes the names in the journal's directory durable, and the directory's own.
    fn sync_names(&self) -> Result<(), JournalError> {
        for path in [self.path.parent().unwrap_or(Path::new("")), &self.path] {
            self.file_system
                .sync_directory(path)
                .map_err(|source| JournalError::io("sync the directory", path, source))?;
        }
        Ok(())
    }

    /// Zeroes, durably, what a torn frame can have left in a segment without a good frame.
    fn cut(&self, file: SegmentFile) -> Result<(), JournalError> {
        let path = self.segment_path(file.id);
        let handle = self.open_segment(file.id, Access::ReadWrite)?;
        fill_with_zeros(handle.as_ref(), 0, file.bytes.min(u64::from(FRAME_BYTES_MAX)))
            .and_then(|()| handle.sync_data())
            .map_err(|source| JournalError::io("cut the torn tail of", &path, source))
    }

    /// Rewrites the last frame byte for byte and zeroes what follows it, durably.
    fn commit_tail(&self, file: SegmentFile, last: FramePosition) -> Result<OpenSegment, JournalError> {
        let path = self.segment_path(file.id);
        let handle = self.open_segment(file.id, Access::ReadWrite)?;
        let frame = self.read_again(handle.as_ref(), last)?;
        let end = last.end().offset;
        let reach = end.saturating_add(u64::from(FRAME_BYTES_MAX)).min(file.bytes);
        // If the process or the power dies during these steps: each sector of the last frame is what it was, or what was just
        // read; each sector behind it is what it was, or zero, so that a torn frame is still torn, or gone.
        handle
            .write_all_at(&frame, last.offset)
            .and_then(|()| fill_with_zeros(handle.as_ref(), end, reach))
            .and_then(|()| handle.sync_data())
            .map_err(|source| JournalError::io("commit the tail of", &path, source))?;
        Ok(OpenSegment { bytes: file.bytes, file: handle })
    }

    /// The bytes of the last frame, checked once more, so that nothing else is ever written back.
    fn read_again(&self, handle: &dyn FileHandle, last: FramePosition) -> Result<Vec<u8>, JournalError> {
        let path = self.segment_path(last.segment);
        let mut bytes = vec![0; last.bytes as usize];
        handle
            .read_exact_at(&mut bytes, last.offset)
            .map_err(|source| JournalError::io("read", &path, source))?;
        self.decode_at(last, &bytes)?;
        Ok(bytes)
    }

    /// The frame in `bytes`, which were read at its position.
    pub(super) fn decode_at<'a>(
        &self,
        position: FramePosition,
        bytes: &'a [u8],
    ) -> Result<Frame<'a>, JournalError> {
        Frame::decode(bytes)
            .and_then(|frame| {
                frame.header.check_place(position.segment, position.first_index)?;
                Ok(frame)
            })
            .map_err(|fault| {
                let path = self.segment_path(position.segment);
                JournalError::Damaged(super::Damage { path, offset: position.offset, fault: fault.into() })
            })
    }
}
