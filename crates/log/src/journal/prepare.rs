//! The next segment, filled ahead of need in a thread of its own: a commit that enters it waits for a rename, not for 64 MiB of zeros.

use std::fmt;
use std::io;
use std::thread::JoinHandle;

use super::{JournalDirectory, SegmentId};
use crate::fs::FileHandle;

/// Shorter segments are filled when they are needed: that takes no longer than a commit on a slow day.
const PREPARED_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// A process that has written less than this part of a segment is no bulk writer, and will hardly need the next one.
const WRITTEN_PART_MIN: u64 = 16;

/// A segment under its temporary name that is being filled, or is.
pub(super) struct Prepared {
    id: SegmentId,
    bytes: u64,
    /// Taken when it is waited for.
    thread: Option<JoinHandle<io::Result<Box<dyn FileHandle>>>>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Prepared").field(&self.id).field(&self.bytes).finish()
    }
}

impl Prepared {
    /// Waits for the file, if it is the one that is needed. Whatever went wrong is left to whoever makes the segment at once instead.
    pub(super) fn take(mut self, id: SegmentId, bytes: u64) -> Option<Box<dyn FileHandle>> {
        let filled = self.thread.take()?.join();
        filled.ok()?.ok().filter(|_| (self.id, self.bytes) == (id, bytes))
    }
}

impl Drop for Prepared {
    /// Nobody writes in the directory any more when the journal is let go. A temporary that is left there the next writer deletes.
    fn drop(&mut self) {
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl JournalDirectory {
    /// Begins to fill the segment behind one of this length, if it is time: half of that is used, and this process has `written` a good
    /// part of it.
    pub(super) fn prepare_ahead(
        &self,
        current: SegmentId,
        bytes: u64,
        used: u64,
        written: u64,
    ) -> Option<Prepared> {
        let id = SegmentId(current.0.checked_add(1)?);
        let next_bytes = self.geometry.bytes(id);
        let is_time = used >= bytes / 2 && written >= bytes / WRITTEN_PART_MIN;
        if next_bytes < PREPARED_BYTES_MIN || !is_time {
            return None;
        }
        let directory = self.clone();
        // Without a thread the segment is made when it is needed.
        let thread = std::thread::Builder::new()
            .name("journal-segment".to_owned())
            .spawn(move || directory.fill_temporary(id, next_bytes))
            .ok()?;
        Some(Prepared { id, bytes: next_bytes, thread: Some(thread) })
    }
}
