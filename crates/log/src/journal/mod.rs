//! The journal: append-only files that make a commit durable, and the archive of canonical bytes (DESIGN section 6).
//!
//! It covers frames, segments, the scan and the repair of a tail, appending, reading, and zeroing an opening. It refuses
//! to know what an entry says: entries and openings are bytes, and whether an opening is valid is asked of an
//! [`OpeningCheck`]. It takes no lock: whoever opens it for writing holds the directory's lock from before the scan.
//!
//! # Format, versions 1 and 2
//!
//! All integers are little-endian. A sector is 512 bytes, aligned. CRC-32C is the Castagnoli checksum of RFC 3720.
//!
//! **Directory.** `journal/` holds segments and nothing else: files named by the segment id, 20 decimal digits, and `.seg`.
//! Ids count from 0 without a gap. `<name>.tmp` is a segment in preparation; a writer deletes it when it opens the journal.
//!
//! **Segment.** 1 MiB << min(id, 6) long, so 64 MiB from id 6 on, or as long as its first frame where that is longer. It has no
//! header. It is filled with zeros and synced under its temporary name, renamed, and its directory synced, before its first
//! frame; frames then overwrite the zeros in place, one after the other. A zero sector where a frame would begin means: look at
//! the start of the next segment; when that is zero too, or there is none, the journal ends. After the last frame of a segment
//! everything is zero. An empty segment is followed by empty ones only.
//!
//! **Frame.** Whole sectors: a header sector, the body, the openings, the end mark, and zeros up to a multiple of 512.
//!
//! | header offset | bytes | field |
//! |---|---|---|
//! | 0 | 8 | magic: 93 44 4F 43 4B 45 54 0A (`0x93`, `DOCKET`, line feed) |
//! | 8 | 4 | format version: 2; 1 is read, and has zeros in place of the authenticator |
//! | 12 | 4 | entry count n, 1 to 256 |
//! | 16 | 8 | segment id |
//! | 24 | 8 | index of the first entry: the number of entries before this frame |
//! | 32 | 4 | bytes of all entries, at most 524,288 |
//! | 36 | 4 | bytes of the body: 8 n + bytes of all entries + 120 |
//! | 40 | 4 | bytes of all openings, at most 4,194,304 |
//! | 44 | 4 | CRC-32C of the body |
//! | 48 | 32 | authenticator: HMAC-SHA-256, see [`FrameKey`] |
//! | 80 | 428 | zeros |
//! | 508 | 4 | CRC-32C of bytes 0 to 507 |
//!
//! | body, from frame offset 512 | bytes | field |
//! |---|---|---|
//! | table | 8 n | for each entry: u32 bytes of the entry (1 to 65,535), u32 bytes of its openings |
//! | entries | | the entries, one after the other |
//! | size | 8 | the tree's size with this frame: first index + n |
//! | root | 32 | the tree's root at that size |
//! | previous checkpoint | 80 | u32 present (0 or 1), u64 size, key id \[4\], Ed25519 signature \[64\]; all zero when absent |
//!
//! After the body: the openings, in the order of the entries; then the end mark `45 4E 44 0A` (`END`, line feed), so that
//! no sector of a frame is zero as first written; then zeros. The openings are under no checksum, because redaction overwrites
//! them in place: the digests in the entries cover them. The mark and the zeros are compared.
//!
//! # Torn or corrupt
//!
//! A power cut keeps or drops each sector of the one frame being written, whole, and what a sector held before is zero. So a
//! bad last frame is *torn* if nothing but dropped sectors explains it: its header sector is zero and something follows within
//! the longest frame; or the header is good and every faulty part of the frame (body, an opening, the end mark) overlaps a
//! sector that is zero. In both cases nothing else may follow, and nobody may know its entries. Everything else is corruption:
//! refused, and left as it is.

mod append;
mod authenticator;
mod encode;
mod error;
mod find;
mod frame;
mod prepare;
mod raw;
mod read;
mod recover;
mod scan;
mod segment;
mod tail;
mod walk;
mod window;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use encode::header_sector;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::fs::FileSystem;

pub use append::Journal;
pub use authenticator::{AUTHENTICATOR_BYTES, Authenticity, FrameKey};
pub use encode::{FrameLengths, NewEntry, NewFrame, encode};
pub use error::{Damage, FrameFault, FrameLimit, JournalError, JournalFault};
pub use frame::{
    CheckpointSignature, ENTRY_BYTES_MAX, FRAME_BYTES_MAX, FRAME_ENTRIES_BYTES_MAX, FRAME_ENTRIES_MAX,
    FRAME_OPENINGS_BYTES_MAX, Frame, FrameEntry, FrameHeader, SECTOR_BYTES,
};
pub use read::JournalReader;
pub use scan::{Scan, Survey, Tail};
pub use segment::{SegmentGeometry, SegmentId};
pub use walk::{Seen, SeenFrame};

/// Where the next frame is expected: the end of a journal, or a place to begin a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalPosition {
    /// The segment.
    pub segment: SegmentId,
    /// The byte in it, a multiple of 512.
    pub offset: u64,
    /// The index that the frame's first entry has: the number of entries before it.
    pub index: u64,
}

impl JournalPosition {
    /// The beginning of every journal.
    pub const START: Self = Self { segment: SegmentId(0), offset: 0, index: 0 };
}

/// Where a frame is and which entries it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramePosition {
    /// The segment.
    pub segment: SegmentId,
    /// The byte in it, a multiple of 512.
    pub offset: u64,
    /// The whole frame's length in bytes, a multiple of 512.
    pub bytes: u32,
    /// The index of its first entry.
    pub first_index: u64,
    /// How many entries it holds.
    pub entry_count: u32,
}

impl FramePosition {
    /// The number of entries in the journal up to and with this frame.
    #[must_use]
    pub fn end_index(&self) -> u64 {
        self.first_index.saturating_add(u64::from(self.entry_count))
    }

    /// The frame's own position: where to begin a scan that sees this frame first.
    #[must_use]
    pub fn start(&self) -> JournalPosition {
        JournalPosition { segment: self.segment, offset: self.offset, index: self.first_index }
    }

    /// The position directly behind the frame.
    #[must_use]
    pub fn end(&self) -> JournalPosition {
        let offset = self.offset.saturating_add(u64::from(self.bytes));
        JournalPosition { segment: self.segment, offset, index: self.end_index() }
    }
}

/// Where an opening, or several of one entry, are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningPosition {
    /// The frame that holds it.
    pub frame: FramePosition,
    /// The index of its entry.
    pub entry: u64,
    /// The first byte, counted from the frame's start.
    pub offset: u32,
    /// The length in bytes.
    pub bytes: u32,
}

/// Says which openings of an entry are invalid, by the digests in the entry.
///
/// An opening that was redacted does not match its digest, so it is named too: whether a committed redaction stands behind it
/// is for the caller of the scan to say, once it has seen the later frames.
pub trait OpeningCheck {
    /// The ranges of `openings` that match no digest of the entry; an empty range where one is missing. Empty means: all valid.
    fn mismatched(&self, entry: &[u8], openings: &[u8]) -> Vec<Range<usize>>;

    /// The bytes of the frame that begins at this byte of a segment, if whoever checks has read it already: they are not read twice, and
    /// what is asked about its entries is about these bytes.
    fn read_before(&self, _segment: SegmentId, _offset: u64) -> Option<Arc<Vec<u8>>> {
        None
    }
}

impl<F: Fn(&[u8], &[u8]) -> Vec<Range<usize>>> OpeningCheck for F {
    fn mismatched(&self, entry: &[u8], openings: &[u8]) -> Vec<Range<usize>> {
        self(entry, openings)
    }
}

/// The directory of a journal, on whichever file system.
#[derive(Debug, Clone)]
pub struct JournalDirectory {
    file_system: Arc<dyn FileSystem>,
    path: PathBuf,
    geometry: SegmentGeometry,
}

impl JournalDirectory {
    /// Names a journal's directory; touches nothing.
    #[must_use]
    pub fn new(file_system: Arc<dyn FileSystem>, path: &Path) -> Self {
        Self { file_system, path: path.to_owned(), geometry: SegmentGeometry::V1 }
    }

    /// The same with segments of other sizes, so that tests cross from one to the next often.
    #[cfg(test)]
    pub(crate) fn with_geometry(self, geometry: SegmentGeometry) -> Self {
        Self { geometry, ..self }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a segment.
    #[must_use]
    pub fn segment_path(&self, segment: SegmentId) -> PathBuf {
        self.path.join(segment.file_name())
    }

    /// Makes the directory of a new log. One that exists is an error: a log that lost its journal must not get an empty one.
    pub fn create(&self) -> Result<(), JournalError> {
        let make = || {
            self.file_system.create_directory(&self.path)?;
            // If the process dies here: an empty journal, which is an empty log; if the power fails, perhaps none.
            self.file_system.sync_directory(self.path.parent().unwrap_or(Path::new("")))
        };
        make().map_err(|source| JournalError::io("make the directory", &self.path, source))
    }
}
