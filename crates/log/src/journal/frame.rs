//! A frame as bytes, read: pure functions from bytes to a [`Frame`] or a precise [`FrameFault`].
//!
//! The layout stands in the module documentation of [`crate::journal`]. Every length is checked before it is used, and
//! decoding allocates nothing.

use std::fmt;

use super::authenticator::AUTHENTICATOR_BYTES;
use super::{FrameFault, FramePosition, SegmentId};

/// The unit of frames and of what a power cut keeps or drops.
pub const SECTOR_BYTES: usize = 512;
/// The most entries in a frame.
pub const FRAME_ENTRIES_MAX: usize = 256;
/// The longest entry (DESIGN section 5).
pub const ENTRY_BYTES_MAX: usize = 65_535;
/// The most bytes of entries in a frame.
pub const FRAME_ENTRIES_BYTES_MAX: usize = 512 * 1024;
/// The most bytes of openings in a frame: 64 of the longest texts.
pub const FRAME_OPENINGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The length of the longest frame, a multiple of 512.
pub const FRAME_BYTES_MAX: u32 = 4_721_664;

const _: () = assert!(
    FRAME_BYTES_MAX as usize
        == (SECTOR_BYTES
            + FRAME_ENTRIES_MAX * TABLE_ITEM_BYTES
            + FRAME_ENTRIES_BYTES_MAX
            + BODY_TAIL_BYTES
            + FRAME_OPENINGS_BYTES_MAX
            + END_MARK.len())
        .next_multiple_of(SECTOR_BYTES)
);

pub(super) const MAGIC: [u8; 8] = *b"\x93DOCKET\n";
/// Without an authenticator; only read.
pub(super) const VERSION_1: u32 = 1;
pub(super) const VERSION_2: u32 = 2;
pub(super) const END_MARK: [u8; 4] = *b"END\n";
pub(super) const HEADER_USED_BYTES: usize = 48;
pub(super) const HEADER_CHECKSUM_OFFSET: usize = SECTOR_BYTES - 4;
pub(super) const TABLE_ITEM_BYTES: usize = 8;
/// Size, root and the slot of the previous checkpoint.
pub(super) const BODY_TAIL_BYTES: usize = 8 + 32 + CHECKPOINT_SLOT_BYTES;
pub(super) const CHECKPOINT_SLOT_BYTES: usize = 4 + 8 + 4 + 64;

const ZERO_SECTOR: [u8; SECTOR_BYTES] = [0; SECTOR_BYTES];

/// A length as the format stores it.
pub(super) fn narrow(length: usize) -> u32 {
    u32::try_from(length).expect("lengths within a frame are limited to FRAME_BYTES_MAX")
}

/// Whether all bytes are zero.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(SECTOR_BYTES).all(|chunk| ZERO_SECTOR.starts_with(chunk))
}

/// The signature of the checkpoint before a frame: what a signed note needs besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckpointSignature {
    /// The tree size of the checkpoint.
    pub size: u64,
    /// The key id of the signature line.
    pub key_id: [u8; 4],
    /// The Ed25519 signature.
    pub signature: [u8; 64],
}

/// Takes fields from the front of bytes whose length was checked before.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(field)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(|field| u32::from_le_bytes(*field))
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(|field| u64::from_le_bytes(*field))
    }
}

/// The header of a frame whose checksum and lengths are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// The segment that the frame was written to.
    pub segment: SegmentId,
    /// The index of the first entry.
    pub first_index: u64,
    /// The number of entries.
    pub entry_count: u32,
    /// The length of all entries.
    pub entries_bytes: u32,
    /// The length of the body.
    pub body_bytes: u32,
    /// The length of all openings.
    pub openings_bytes: u32,
    /// The CRC-32C of the body.
    pub body_checksum: u32,
    /// Shows who wrote the frame ([`FrameKey`](super::FrameKey)); absent in version 1.
    pub authenticator: Option<[u8; AUTHENTICATOR_BYTES]>,
}

impl FrameHeader {
    /// Reads a header from the first sector of `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameFault> {
        let available = bytes.len() as u64;
        let sector: &[u8; SECTOR_BYTES] =
            bytes.first_chunk().ok_or(FrameFault::Incomplete { needed: SECTOR_BYTES as u64, available })?;
        if sector == &ZERO_SECTOR {
            return Err(FrameFault::HeaderMissing);
        }
        if !sector.starts_with(&MAGIC) {
            return Err(FrameFault::BadMagic);
        }
        let (covered, checksum) = sector.split_at(HEADER_CHECKSUM_OFFSET);
        if crc32c::crc32c(covered).to_le_bytes() != *checksum {
            return Err(FrameFault::HeaderChecksum);
        }
        let (used, mut reserved) = covered.split_at(HEADER_USED_BYTES);
        let incomplete = FrameFault::Incomplete { needed: SECTOR_BYTES as u64, available };
        let (version, mut header) = Self::fields(used).ok_or(incomplete)?;
        if version == VERSION_2 {
            header.authenticator = Fields(reserved).take().copied();
            reserved = reserved.get(AUTHENTICATOR_BYTES..).unwrap_or_default();
        } else if version != VERSION_1 {
            return Err(FrameFault::Version(version));
        }
        if !is_zero(reserved) {
            return Err(FrameFault::HeaderReserved);
        }
        header.check_lengths()?;
        Ok(header)
    }

    fn fields(used: &[u8]) -> Option<(u32, Self)> {
        let mut fields = Fields(used);
        let _magic: &[u8; 8] = fields.take()?;
        let version = fields.u32()?;
        let entry_count = fields.u32()?;
        let header = Self {
            segment: SegmentId(fields.u64()?),
            first_index: fields.u64()?,
            entry_count,
            entries_bytes: fields.u32()?,
            body_bytes: fields.u32()?,
            openings_bytes: fields.u32()?,
            body_checksum: fields.u32()?,
            authenticator: None,
        };
        Some((version, header))
    }

    fn check_lengths(&self) -> Result<(), FrameFault> {
        let wrong = |field, found: u32| Err(FrameFault::Length { field, found: u64::from(found) });
        let count = self.entry_count as usize;
        let entries = self.entries_bytes as usize;
        if count == 0 || count > FRAME_ENTRIES_MAX {
            return wrong("entry count", self.entry_count);
        }
        if entries < count || entries > FRAME_ENTRIES_BYTES_MAX {
            return wrong("length of entries", self.entries_bytes);
        }
        if self.body_bytes as usize != count * TABLE_ITEM_BYTES + entries + BODY_TAIL_BYTES {
            return wrong("length of the body", self.body_bytes);
        }
        if self.openings_bytes as usize > FRAME_OPENINGS_BYTES_MAX {
            return wrong("length of openings", self.openings_bytes);
        }
        if self.first_index.checked_add(u64::from(self.entry_count)).is_none() {
            return Err(FrameFault::Length { field: "first index", found: self.first_index });
        }
        Ok(())
    }

    /// The whole frame's length, a multiple of 512.
    #[must_use]
    pub fn frame_bytes(&self) -> u32 {
        // Cannot overflow: the limits of the parts add up to FRAME_BYTES_MAX.
        (narrow(SECTOR_BYTES + END_MARK.len()) + self.body_bytes + self.openings_bytes)
            .next_multiple_of(narrow(SECTOR_BYTES))
    }

    /// The number of entries in the journal up to and with this frame.
    #[must_use]
    pub fn end_index(&self) -> u64 {
        self.first_index.saturating_add(u64::from(self.entry_count))
    }

    /// Whether the frame belongs where it was found: in this segment, beginning with this entry.
    pub fn check_place(&self, segment: SegmentId, index: u64) -> Result<(), FrameFault> {
        if self.segment != segment {
            return Err(FrameFault::WrongSegment { expected: segment, found: self.segment });
        }
        if self.first_index != index {
            return Err(FrameFault::IndexGap { expected: index, found: self.first_index });
        }
        Ok(())
    }

    /// The frame's position, given the byte at which it begins.
    #[must_use]
    pub fn position(&self, offset: u64) -> FramePosition {
        FramePosition {
            segment: self.segment,
            offset,
            bytes: self.frame_bytes(),
            first_index: self.first_index,
            entry_count: self.entry_count,
        }
    }

    /// The end of the body, which is where the openings begin, counted from the frame's start.
    pub(super) fn openings_offset(&self) -> u32 {
        narrow(SECTOR_BYTES) + self.body_bytes
    }
}

/// The parts of a frame behind its header, split by lengths that were checked, not yet looked at.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) body: &'a [u8],
    pub(super) openings: &'a [u8],
    pub(super) mark: &'a [u8],
    pub(super) padding: &'a [u8],
}

/// Openings hold words that may be redacted later: no log and no panic message must show them.
impl fmt::Debug for Parts<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { body, openings, mark, padding } = self;
        let lengths = [body.len(), openings.len(), mark.len(), padding.len()];
        formatter.debug_tuple("Parts").field(&lengths).finish()
    }
}

impl<'a> Parts<'a> {
    pub(super) fn split(header: &FrameHeader, bytes: &'a [u8]) -> Result<Self, FrameFault> {
        let parts = || {
            let rest = bytes.get(SECTOR_BYTES..header.frame_bytes() as usize)?;
            let (body, rest) = rest.split_at_checked(header.body_bytes as usize)?;
            let (openings, rest) = rest.split_at_checked(header.openings_bytes as usize)?;
            let (mark, padding) = rest.split_at_checked(END_MARK.len())?;
            Some(Self { body, openings, mark, padding })
        };
        let needed = u64::from(header.frame_bytes());
        parts().ok_or(FrameFault::Incomplete { needed, available: bytes.len() as u64 })
    }
}

/// A good frame, borrowed from its bytes; whether its openings are valid is asked of an [`OpeningCheck`](super::OpeningCheck).
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The header.
    pub header: FrameHeader,
    /// The tree's root with the entries of this frame; the size is `header.end_index()`.
    pub root: &'a [u8; 32],
    /// The signature of the checkpoint before this frame.
    pub previous_checkpoint: Option<CheckpointSignature>,
    table: &'a [u8],
    entries: &'a [u8],
    body_end: &'a [u8],
    openings: &'a [u8],
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Frame").field("header", &self.header).finish_non_exhaustive()
    }
}

impl<'a> Frame<'a> {
    /// Reads the frame at the beginning of `bytes`, which may be longer than the frame.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, FrameFault> {
        let header = FrameHeader::decode(bytes)?;
        let parts = Parts::split(&header, bytes)?;
        if parts.mark != END_MARK {
            return Err(FrameFault::EndMark);
        }
        if !is_zero(parts.padding) {
            return Err(FrameFault::Padding);
        }
        if crc32c::crc32c(parts.body) != header.body_checksum {
            return Err(FrameFault::BodyChecksum);
        }
        Self::from_parts(header, &parts)
    }

    /// Reads the inside of a body whose checksum is right.
    pub(super) fn from_parts(header: FrameHeader, parts: &Parts<'a>) -> Result<Self, FrameFault> {
        let wrong_body =
            || FrameFault::Length { field: "length of the body", found: u64::from(header.body_bytes) };
        let table_bytes = header.entry_count as usize * TABLE_ITEM_BYTES;
        let (table, rest) = parts.body.split_at_checked(table_bytes).ok_or_else(wrong_body)?;
        let (entries, body_end) =
            rest.split_at_checked(header.entries_bytes as usize).ok_or_else(wrong_body)?;
        check_table(&header, table)?;
        let mut fields = Fields(body_end);
        let size = fields.u64().ok_or_else(wrong_body)?;
        if size != header.end_index() {
            return Err(FrameFault::Size { expected: header.end_index(), found: size });
        }
        let root = fields.take().ok_or_else(wrong_body)?;
        let previous_checkpoint = decode_checkpoint(fields.0)?;
        Ok(Self { header, root, previous_checkpoint, table, entries, body_end, openings: parts.openings })
    }

    /// What the body holds behind the entries: tree size, root and the slot of the previous checkpoint.
    pub(super) fn body_end(&self) -> &'a [u8] {
        self.body_end
    }

    /// The entries in order.
    pub fn entries(&self) -> impl Iterator<Item = FrameEntry<'a>> + use<'a> {
        let mut index = self.header.first_index;
        let (mut entries, mut openings) = (self.entries, self.openings);
        let mut entry_offset = narrow(SECTOR_BYTES + self.table.len());
        let mut openings_offset = self.header.openings_offset();
        let (items, _) = self.table.as_chunks::<TABLE_ITEM_BYTES>();
        // `check_table` has seen that the lengths add up, so that no split fails before the last entry.
        items.iter().map_while(move |item| {
            let mut fields = Fields(item);
            let (entry_bytes, opening_bytes) = (fields.u32()?, fields.u32()?);
            let (entry, entries_rest) = entries.split_at_checked(entry_bytes as usize)?;
            let (opening, openings_rest) = openings.split_at_checked(opening_bytes as usize)?;
            let found = FrameEntry { index, bytes: entry, openings: opening, entry_offset, openings_offset };
            (entries, openings) = (entries_rest, openings_rest);
            index += 1;
            entry_offset += entry_bytes;
            openings_offset += opening_bytes;
            Some(found)
        })
    }
}

/// One entry of a frame, with its openings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FrameEntry<'a> {
    /// The index of the entry in the log.
    pub index: u64,
    /// The entry's canonical bytes.
    pub bytes: &'a [u8],
    /// Its openings, one after the other; empty if it has none.
    pub openings: &'a [u8],
    /// Where the entry begins, counted from the frame's start.
    pub entry_offset: u32,
    /// Where its openings begin, counted from the frame's start.
    pub openings_offset: u32,
}

impl fmt::Debug for FrameEntry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, bytes, openings, .. } = self;
        write!(formatter, "FrameEntry({index}: {} bytes, openings of {} bytes)", bytes.len(), openings.len())
    }
}

/// Whether the lengths in the table are possible and add up to those in the header.
fn check_table(header: &FrameHeader, table: &[u8]) -> Result<(), FrameFault> {
    let (mut entries, mut openings) = (0_u64, 0_u64);
    let mut fields = Fields(table);
    while let (Some(entry_bytes), Some(opening_bytes)) = (fields.u32(), fields.u32()) {
        if entry_bytes == 0 || entry_bytes as usize > ENTRY_BYTES_MAX {
            return Err(FrameFault::Length { field: "length of an entry", found: u64::from(entry_bytes) });
        }
        entries += u64::from(entry_bytes);
        openings += u64::from(opening_bytes);
    }
    if entries != u64::from(header.entries_bytes) {
        return Err(FrameFault::Length { field: "sum of entry lengths", found: entries });
    }
    if openings != u64::from(header.openings_bytes) {
        return Err(FrameFault::Length { field: "sum of opening lengths", found: openings });
    }
    Ok(())
}

fn decode_checkpoint(slot: &[u8]) -> Result<Option<CheckpointSignature>, FrameFault> {
    let decode = || {
        let mut fields = Fields(slot);
        let present = fields.u32()?;
        let (size, key_id, signature) = (fields.u64()?, *fields.take()?, *fields.take()?);
        match present {
            0 if is_zero(slot) => Some(None),
            1 => Some(Some(CheckpointSignature { size, key_id, signature })),
            _ => None,
        }
    };
    decode().ok_or(FrameFault::CheckpointSlot)
}
