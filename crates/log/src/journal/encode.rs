//! A frame as bytes, written: measured against the limits first, then encoded into a buffer that is reused.

use std::fmt;

use super::authenticator::{AUTHENTICATOR_BYTES, FrameKey};
use super::frame::{
    BODY_TAIL_BYTES, CHECKPOINT_SLOT_BYTES, END_MARK, HEADER_CHECKSUM_OFFSET, MAGIC, TABLE_ITEM_BYTES,
    VERSION_1, VERSION_2, is_zero, narrow,
};
use super::{
    CheckpointSignature, ENTRY_BYTES_MAX, FRAME_ENTRIES_BYTES_MAX, FRAME_ENTRIES_MAX,
    FRAME_OPENINGS_BYTES_MAX, FrameHeader, FrameLimit, SECTOR_BYTES, SegmentId,
};

/// One entry to be written.
#[derive(Clone, Copy)]
pub struct NewEntry<'a> {
    /// Its canonical bytes.
    pub bytes: &'a [u8],
    /// Its openings, one after the other.
    pub openings: &'a [u8],
}

/// A commit to be written as one frame.
#[derive(Clone, Copy)]
pub struct NewFrame<'a> {
    /// The index of the first entry: must continue the journal.
    pub first_index: u64,
    /// The entries in order.
    pub entries: &'a [NewEntry<'a>],
    /// The tree's root with these entries.
    pub root: [u8; 32],
    /// The signature of the checkpoint before this frame.
    pub previous_checkpoint: Option<CheckpointSignature>,
    /// The key of the log's frames. Without one a frame of version 1 comes about: a log is never opened with its key where it ends with one
    /// that was not signed.
    pub key: Option<&'a FrameKey>,
}

/// Openings hold words that may be redacted later: no log and no panic message must show them.
impl fmt::Debug for NewEntry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NewEntry({} bytes, openings of {} bytes)", self.bytes.len(), self.openings.len())
    }
}

impl fmt::Debug for NewFrame<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewFrame")
            .field("first_index", &self.first_index)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// The lengths of a frame that keeps all limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLengths {
    entry_count: u32,
    entries_bytes: u32,
    openings_bytes: u32,
}

impl FrameLengths {
    /// Measures a frame; the error names the limit that it exceeds.
    pub fn of(frame: &NewFrame<'_>) -> Result<Self, FrameLimit> {
        let count = frame.entries.len();
        if count == 0 {
            return Err(FrameLimit::NoEntries);
        }
        if count > FRAME_ENTRIES_MAX {
            return Err(FrameLimit::Entries { count, max: FRAME_ENTRIES_MAX });
        }
        let first_index = frame.first_index;
        if first_index.checked_add(count as u64).is_none() {
            return Err(FrameLimit::Index { first_index });
        }
        for (index, entry) in (first_index..).zip(frame.entries) {
            let bytes = entry.bytes.len();
            if bytes == 0 || bytes > ENTRY_BYTES_MAX {
                return Err(FrameLimit::EntryBytes { index, bytes, max: ENTRY_BYTES_MAX });
            }
        }
        let entries: usize = frame.entries.iter().map(|entry| entry.bytes.len()).sum();
        if entries > FRAME_ENTRIES_BYTES_MAX {
            return Err(FrameLimit::EntriesBytes { bytes: entries, max: FRAME_ENTRIES_BYTES_MAX });
        }
        let openings: usize = frame.entries.iter().map(|entry| entry.openings.len()).sum();
        if openings > FRAME_OPENINGS_BYTES_MAX {
            return Err(FrameLimit::OpeningsBytes { bytes: openings, max: FRAME_OPENINGS_BYTES_MAX });
        }
        Ok(Self {
            entry_count: narrow(count),
            entries_bytes: narrow(entries),
            openings_bytes: narrow(openings),
        })
    }

    /// The whole frame's length, a multiple of 512.
    #[must_use]
    pub fn frame_bytes(&self) -> u32 {
        self.header(SegmentId(0), 0, 0).frame_bytes()
    }

    /// Where the openings begin, counted from the frame's start.
    #[must_use]
    pub fn openings_offset(&self) -> u32 {
        self.header(SegmentId(0), 0, 0).openings_offset()
    }

    fn header(&self, segment: SegmentId, first_index: u64, body_checksum: u32) -> FrameHeader {
        let table_bytes = self.entry_count * narrow(TABLE_ITEM_BYTES);
        FrameHeader {
            segment,
            first_index,
            entry_count: self.entry_count,
            entries_bytes: self.entries_bytes,
            body_bytes: table_bytes + self.entries_bytes + narrow(BODY_TAIL_BYTES),
            openings_bytes: self.openings_bytes,
            body_checksum,
            authenticator: None,
        }
    }
}

/// Encodes a frame for a segment, replacing what the buffer held; its capacity is kept.
pub fn encode(
    frame: &NewFrame<'_>,
    segment: SegmentId,
    buffer: &mut Vec<u8>,
) -> Result<FrameHeader, FrameLimit> {
    let lengths = FrameLengths::of(frame)?;
    buffer.clear();
    buffer.reserve(lengths.frame_bytes() as usize);
    buffer.resize(SECTOR_BYTES, 0);
    put_body(frame, buffer);
    let body = buffer.get(SECTOR_BYTES..).unwrap_or_default();
    let mut header = lengths.header(segment, frame.first_index, crc32c::crc32c(body));
    if let Some(key) = frame.key {
        // The version is under the authenticator too.
        header.authenticator = Some([0; AUTHENTICATOR_BYTES]);
        let body_end = body.len().checked_sub(BODY_TAIL_BYTES).and_then(|start| body.get(start..));
        header.authenticator = Some(key.authenticator(&header, body_end.unwrap_or_default()));
    }
    for entry in frame.entries {
        buffer.extend_from_slice(entry.openings);
    }
    buffer.extend_from_slice(&END_MARK);
    buffer.resize(buffer.len().next_multiple_of(SECTOR_BYTES), 0);
    if let Some(sector) = buffer.first_chunk_mut() {
        *sector = header_sector(&header);
    }
    debug_assert_eq!(buffer.len(), lengths.frame_bytes() as usize);
    // Only a dropped sector may ever be zero in the last frame: the rule for torn frames rests on it.
    match buffer.chunks(SECTOR_BYTES).position(is_zero) {
        Some(sector) => Err(FrameLimit::ZeroSector { offset: sector * SECTOR_BYTES }),
        None => Ok(header),
    }
}

fn put_body(frame: &NewFrame<'_>, buffer: &mut Vec<u8>) {
    for entry in frame.entries {
        for length in [entry.bytes.len(), entry.openings.len()] {
            buffer.extend_from_slice(&narrow(length).to_le_bytes());
        }
    }
    for entry in frame.entries {
        buffer.extend_from_slice(entry.bytes);
    }
    let size = frame.first_index + frame.entries.len() as u64;
    buffer.extend_from_slice(&size.to_le_bytes());
    buffer.extend_from_slice(&frame.root);
    match &frame.previous_checkpoint {
        None => buffer.resize(buffer.len() + CHECKPOINT_SLOT_BYTES, 0),
        Some(checkpoint) => {
            buffer.extend_from_slice(&1_u32.to_le_bytes());
            buffer.extend_from_slice(&checkpoint.size.to_le_bytes());
            buffer.extend_from_slice(&checkpoint.key_id);
            buffer.extend_from_slice(&checkpoint.signature);
        }
    }
}

/// The fields of a header before its authenticator, as they stand on disk: 48 bytes.
pub(super) fn header_fields(header: &FrameHeader) -> Vec<u8> {
    let version = if header.authenticator.is_some() { VERSION_2 } else { VERSION_1 };
    let mut fields = Vec::with_capacity(SECTOR_BYTES);
    fields.extend_from_slice(&MAGIC);
    fields.extend_from_slice(&version.to_le_bytes());
    fields.extend_from_slice(&header.entry_count.to_le_bytes());
    fields.extend_from_slice(&header.segment.0.to_le_bytes());
    fields.extend_from_slice(&header.first_index.to_le_bytes());
    for field in [header.entries_bytes, header.body_bytes, header.openings_bytes, header.body_checksum] {
        fields.extend_from_slice(&field.to_le_bytes());
    }
    fields
}

pub(crate) fn header_sector(header: &FrameHeader) -> [u8; SECTOR_BYTES] {
    let mut fields = header_fields(header);
    fields.extend(header.authenticator.iter().flatten());
    fields.resize(HEADER_CHECKSUM_OFFSET, 0);
    let checksum = crc32c::crc32c(&fields);
    fields.extend_from_slice(&checksum.to_le_bytes());
    *fields.first_chunk().expect("the fields and the checksum fill one sector")
}
