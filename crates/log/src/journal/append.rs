//! Appending frames, and overwriting an opening: everything that an opened journal writes.

use std::fmt;

use super::encode::encode;
use super::prepare::Prepared;
use super::segment::fill_with_zeros;
use super::{
    FrameHeader, FrameLengths, FramePosition, JournalDirectory, JournalError, JournalPosition, JournalReader,
    NewFrame, OpeningPosition, SegmentId,
};
use crate::fs::{Access, FileHandle};

/// A journal open for writing. After an I/O error it is poisoned: what it wrote last may be durable or not, the page cache
/// cannot be trusted to say, and so nothing more is written, and no sync is tried again, until it is opened anew.
pub struct Journal {
    directory: JournalDirectory,
    /// The segment that holds the last frame, or was just made for the next one.
    current: Option<OpenSegment>,
    end: JournalPosition,
    last: Option<FramePosition>,
    buffer: Vec<u8>,
    state: State,
    /// The next segment, being filled ahead of need.
    pub(super) prepared: Option<Prepared>,
    /// Bytes that were appended since the journal was opened.
    written: u64,
}

/// The segment that frames go into.
#[derive(Debug)]
pub(super) struct OpenSegment {
    pub(super) bytes: u64,
    pub(super) file: Box<dyn FileHandle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Usable,
    Poisoned,
}

/// The buffer holds the last frame, whose words may be redacted later: no log and no panic message must show them.
impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Journal")
            .field("directory", &self.directory.path)
            .field("end", &self.end)
            .field("last", &self.last)
            .field("buffer_bytes", &self.buffer.len())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// Makes one frame durable: one write and one fdatasync, and now and then a new segment.
    ///
    /// `Ok` means durable. `Limit`, `WrongIndex`, `NoSpace` and `Poisoned` mean that nothing was recorded; `OutcomeUnknown` says
    /// what it says; after that and after `Io` the journal is poisoned.
    pub fn append(&mut self, frame: &NewFrame<'_>) -> Result<FramePosition, JournalError> {
        self.require_usable()?;
        if frame.first_index != self.end.index {
            return Err(JournalError::WrongIndex {
                path: self.directory.path.clone(),
                expected: self.end.index,
                found: frame.first_index,
            });
        }
        let frame_bytes = u64::from(FrameLengths::of(frame)?.frame_bytes());
        let new_segment = self.new_segment_for(frame_bytes);
        let segment = new_segment.unwrap_or(self.end.segment);
        let header = encode(frame, segment, &mut self.buffer)?;
        // Whatever interrupts the steps from here on, even a panic, leaves the journal poisoned.
        self.state = State::Poisoned;
        if let Some(id) = new_segment {
            self.enter_new_segment(id, frame_bytes)?;
        }
        let position = self.write_frame(&header)?;
        self.end = position.end();
        self.last = Some(position);
        self.state = State::Usable;
        self.written = self.written.saturating_add(frame_bytes);
        if let (None, Some(current)) = (&self.prepared, &self.current) {
            let JournalPosition { segment, offset, .. } = self.end;
            self.prepared = self.directory.prepare_ahead(segment, current.bytes, offset, self.written);
        }
        Ok(position)
    }

    /// Overwrites openings with zeros, durably. The caller has committed the redaction in a later frame before.
    ///
    /// `NotAnOpening` if the range is not within one entry's openings, or is in the last frame: there zeros would look like a torn
    /// write. After any other error the journal is poisoned.
    pub fn overwrite_opening(&mut self, opening: &OpeningPosition) -> Result<(), JournalError> {
        self.require_usable()?;
        let mut bytes = Vec::new();
        let frame = self.reader().read_frame(opening.frame, &mut bytes)?;
        let start = u64::from(opening.offset);
        let end = start + u64::from(opening.bytes);
        let is_in_openings = frame.entries().any(|entry| {
            let openings = u64::from(entry.openings_offset);
            let openings = openings..=openings + entry.openings.len() as u64;
            entry.index == opening.entry && openings.contains(&start) && openings.contains(&end)
        });
        let is_before_last = self.last.is_some_and(|last| opening.frame.end_index() <= last.first_index);
        if !is_in_openings || !is_before_last {
            return Err(JournalError::NotAnOpening(*opening));
        }
        self.state = State::Poisoned;
        let path = self.directory.segment_path(opening.frame.segment);
        let file = self.directory.open_segment(opening.frame.segment, Access::ReadWrite)?;
        let at = opening.frame.offset;
        // If the power fails during this: each sector is zeroed or not; the redaction is committed but not marked done, so that
        // the next start does it again.
        fill_with_zeros(file.as_ref(), at.saturating_add(start), at.saturating_add(end))
            .and_then(|()| file.sync_data())
            .map_err(|source| JournalError::io("overwrite an opening in", &path, source))?;
        self.state = State::Usable;
        Ok(())
    }

    /// Where the next frame goes; the index is the journal's size in entries.
    #[must_use]
    pub fn end(&self) -> JournalPosition {
        self.end
    }

    /// The last frame; `None` for an empty journal.
    #[must_use]
    pub fn last(&self) -> Option<FramePosition> {
        self.last
    }

    /// Whether an earlier error forbids writing.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.state == State::Poisoned
    }

    /// A reader of the same journal.
    #[must_use]
    pub fn reader(&self) -> JournalReader {
        JournalReader::new(self.directory.clone())
    }

    /// Closes the journal to writing until it is opened anew: something that must come first has failed.
    pub(crate) fn poison(&mut self) {
        self.state = State::Poisoned;
    }

    pub(super) fn continuing(
        directory: JournalDirectory,
        current: Option<OpenSegment>,
        end: JournalPosition,
        last: Option<FramePosition>,
    ) -> Self {
        let (buffer, state) = (Vec::new(), State::Usable);
        Self { directory, current, end, last, buffer, state, prepared: None, written: 0 }
    }

    fn require_usable(&self) -> Result<(), JournalError> {
        match self.state {
            State::Usable => Ok(()),
            State::Poisoned => Err(JournalError::Poisoned { path: self.directory.path.clone() }),
        }
    }

    /// The segment that must be made first, if the frame does not fit into the current one.
    fn new_segment_for(&self, frame_bytes: u64) -> Option<SegmentId> {
        match &self.current {
            Some(current) if current.bytes.saturating_sub(self.end.offset) >= frame_bytes => None,
            Some(_) => Some(SegmentId(self.end.segment.0.saturating_add(1))),
            None => Some(self.end.segment),
        }
    }

    /// Makes a segment and moves to it. One of the same id that an earlier process left empty is replaced, never used: its
    /// name may be in the page cache only. Without space for it the journal stays usable.
    fn enter_new_segment(&mut self, id: SegmentId, frame_bytes: u64) -> Result<(), JournalError> {
        let bytes = self.directory.geometry.bytes(id).max(frame_bytes);
        let ahead = self.prepared.take().and_then(|prepared| prepared.take(id, bytes));
        let file = self.directory.prepare_segment(id, bytes, ahead).inspect_err(|error| {
            if matches!(error, JournalError::NoSpace { .. }) {
                self.state = State::Usable;
            }
        })?;
        self.current = Some(OpenSegment { bytes, file });
        self.end = JournalPosition { segment: id, offset: 0, ..self.end };
        Ok(())
    }

    /// The one write and the one fdatasync.
    fn write_frame(&mut self, header: &FrameHeader) -> Result<FramePosition, JournalError> {
        let path = self.directory.segment_path(header.segment);
        let Some(current) = &self.current else {
            return Err(JournalError::Poisoned { path });
        };
        let position = header.position(self.end.offset);
        debug_assert_eq!(position.bytes as usize, self.buffer.len(), "whole sectors are written");
        let unknown = |source| {
            let first_index = header.first_index;
            JournalError::OutcomeUnknown { path: path.clone(), first_index, source }
        };
        current.file.write_all_at(&self.buffer, position.offset).map_err(unknown)?;
        // If the process dies here: the frame is in the page cache, and the next opening commits it. If the power fails: the
        // frame is there, or torn, or not there; nobody was told that it is.
        current.file.sync_data().map_err(unknown)?;
        // If anything dies here: the frame is durable, though perhaps nobody was told.
        Ok(position)
    }
}
