//! Everything that can be wrong with a journal, or with what is asked of it.

use std::io;
use std::path::{Path, PathBuf};

use super::{OpeningPosition, SegmentId};

/// A failed operation on the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused something; after a writing operation the journal is poisoned.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// There is no room for another segment. Nothing was recorded and the journal is usable: free some space and try again.
    #[error("no space for the new journal segment {}: nothing was recorded", path.display())]
    NoSpace {
        /// The segment that could not be made.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Writing or syncing a frame failed: it may be durable or not. The journal is poisoned; opening it again tells.
    #[error("outcome unknown: cannot write entry {first_index} to {}, open the log again to see", path.display())]
    OutcomeUnknown {
        /// The segment.
        path: PathBuf,
        /// The index of the frame's first entry.
        first_index: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// An earlier operation failed, and nothing more is written before the journal is opened again.
    #[error("the journal {} is closed to writing after a failed write: open the log again", path.display())]
    Poisoned {
        /// The journal's directory.
        path: PathBuf,
    },
    /// The stored bytes are damaged. Nothing was changed.
    #[error("the journal is damaged at byte {} of {}", .0.offset, .0.path.display())]
    Damaged(
        /// Where and how.
        #[source]
        Damage,
    ),
    /// The journal ends before entries that are known from elsewhere: an old copy, or a lost file.
    #[error("the journal {} holds {journal_size} entries, but {known_size} are known", path.display())]
    Behind {
        /// The journal's directory.
        path: PathBuf,
        /// The entries that it holds.
        journal_size: u64,
        /// The entries that the caller knows.
        known_size: u64,
    },
    /// The frame does not continue the journal. Nothing was recorded.
    #[error("the frame begins with entry {found}, but the journal {} continues with {expected}", path.display())]
    WrongIndex {
        /// The journal's directory.
        path: PathBuf,
        /// The next index.
        expected: u64,
        /// The frame's first index.
        found: u64,
    },
    /// The frame exceeds a limit. Nothing was recorded.
    #[error(transparent)]
    Limit(#[from] FrameLimit),
    /// A range that is not, or not only, an opening, or that may not be overwritten yet.
    #[error("bytes {} to {} of the frame at {} are no opening to overwrite", .0.offset,
        .0.offset.saturating_add(.0.bytes), .0.frame.offset)]
    NotAnOpening(
        /// What was asked for.
        OpeningPosition,
    ),
    /// A read that is longer than any frame.
    #[error("cannot read {bytes} bytes of {}: no frame has more than {max}", path.display())]
    ReadTooLong {
        /// The segment.
        path: PathBuf,
        /// What was asked for.
        bytes: u32,
        /// The length of the longest frame.
        max: u32,
    },
}

impl JournalError {
    pub(super) fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { operation, path: path.to_owned(), source }
    }
}

/// A place in the journal that is not as a writer left it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Damage {
    /// The file, or the directory where a file is missing.
    pub path: PathBuf,
    /// The byte in it.
    pub offset: u64,
    /// What is wrong there.
    pub fault: JournalFault,
}

/// What is wrong at a place in the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalFault {
    /// A frame is not good.
    #[error(transparent)]
    Frame(#[from] FrameFault),
    /// A file that no journal has.
    #[error("the journal's directory holds a file that is not a segment: move it elsewhere")]
    UnknownFile,
    /// A segment is not there, though later ones are, or though it was known.
    #[error("segment {0} is missing")]
    SegmentMissing(SegmentId),
    /// A segment was truncated or extended.
    #[error("the segment has {found} bytes instead of {expected}")]
    SegmentLength {
        /// The least length of the segment.
        expected: u64,
        /// Its length.
        found: u64,
    },
    /// No frame where one must be: one follows, or it was known.
    #[error("the frame of entry {expected} is missing")]
    FrameMissing {
        /// The index of the entry that should be there.
        expected: u64,
    },
    /// Bytes after the end that no interrupted write can have left.
    #[error("bytes after the journal's end that no interrupted write can have left")]
    TrailingBytes,
    /// A torn frame whose entries are known elsewhere, so that it was whole once.
    #[error("the frame of entry {expected} is torn, but {known_size} entries are known")]
    KnownElsewhere {
        /// The index of the first entry of the torn frame.
        expected: u64,
        /// The entries that the caller knows.
        known_size: u64,
    },
}

/// Why bytes are not a good frame, or not the one expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// The header sector is zero: no frame, or one whose header was not written.
    #[error("the frame's header is missing")]
    HeaderMissing,
    /// The header does not begin with the magic.
    #[error("no frame begins here: wrong magic")]
    BadMagic,
    /// The header's checksum is wrong.
    #[error("the frame header's checksum is wrong")]
    HeaderChecksum,
    /// A version that this program does not know.
    #[error("the frame has format version {0}, this program reads versions 1 and 2")]
    Version(u32),
    /// The header's unused bytes are not zero.
    #[error("unused bytes of the frame's header are not zero")]
    HeaderReserved,
    /// A length or count in the header is outside its limits or contradicts the others.
    #[error("the frame's {field} is {found}, which cannot be")]
    Length {
        /// Which one.
        field: &'static str,
        /// Its value.
        found: u64,
    },
    /// The frame is longer than what is there.
    #[error("the frame needs {needed} bytes, {available} are there")]
    Incomplete {
        /// The frame's length.
        needed: u64,
        /// The bytes up to the end of the segment.
        available: u64,
    },
    /// The frame belongs to another segment.
    #[error("the frame belongs to segment {found}, not to {expected}")]
    WrongSegment {
        /// The segment that it is in.
        expected: SegmentId,
        /// The segment that it names.
        found: SegmentId,
    },
    /// The frame does not continue the entries before it.
    #[error("the frame begins with entry {found} instead of {expected}")]
    IndexGap {
        /// The next index.
        expected: u64,
        /// The frame's first index.
        found: u64,
    },
    /// The body's checksum is wrong.
    #[error("the checksum of the frame's body is wrong")]
    BodyChecksum,
    /// The tree size in the body is not the number of entries up to and with this frame.
    #[error("the frame's tree size is {found} instead of {expected}")]
    Size {
        /// First index and entry count together.
        expected: u64,
        /// The size in the body.
        found: u64,
    },
    /// The slot of the previous checkpoint is neither absent and zero nor present.
    #[error("the previous checkpoint in the frame is malformed")]
    CheckpointSlot,
    /// An opening does not match its digest.
    #[error(
        "an opening of entry {entry}, {bytes} bytes at byte {offset} of the frame, does not match its digest"
    )]
    Opening {
        /// The index of the entry.
        entry: u64,
        /// Where it begins, counted from the frame's start.
        offset: u32,
        /// Its length.
        bytes: u32,
    },
    /// The mark behind the openings is not there.
    #[error("the frame's end mark is missing")]
    EndMark,
    /// The bytes that fill up the last sector are not zero.
    #[error("the bytes after the frame's end mark are not zero")]
    Padding,
}

/// A frame that will not be written because it exceeds a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameLimit {
    /// A frame without entries.
    #[error("a commit needs at least one entry")]
    NoEntries,
    /// Too many entries.
    #[error("{count} entries in one commit, at most {max} are possible: split it")]
    Entries {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// An empty or too long entry.
    #[error("entry {index} has {bytes} bytes, 1 to {max} are possible")]
    EntryBytes {
        /// The index of the entry.
        index: u64,
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// All entries together are too long.
    #[error("the entries of one commit have {bytes} bytes, at most {max} are possible: split it")]
    EntriesBytes {
        /// Their length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// All openings together are too long.
    #[error("the sealed texts of one commit have {bytes} bytes, at most {max} are possible: split it")]
    OpeningsBytes {
        /// Their length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Indexes beyond 64 bits.
    #[error("entry indexes are used up at {first_index}")]
    Index {
        /// The frame's first index.
        first_index: u64,
    },
    /// A whole sector of zeros, which could not be told from one that was never written.
    #[error(
        "the commit has 512 zero bytes at byte {offset} of its frame, which no entry and no sealed text has"
    )]
    ZeroSector {
        /// Where, counted from the frame's start.
        offset: usize,
    },
}
