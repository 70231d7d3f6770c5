//! Bundles: neighbouring records and the checkpoints of their sizes under one key of the store.
//!
//! Layout, integers little endian: format (`u8`, 1), index of the first record (`u64`), number of records (`u16`), number of checkpoints
//! (`u16`); then the length of each record (`u32`), each checkpoint (size `u64`, key id 4 bytes, signature 64 bytes), and the records.

use bincode::Options;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{RECORD_BYTES_MAX, RecordError, StoredEvent, configuration, decode_record, encode_record};
use crate::wire::form::INTEGER_MAX;

/// The most records in a bundle (DESIGN section 6: bundles of 16 to 64).
pub const BUNDLE_RECORDS_MAX: usize = 64;

const BUNDLE_FORMAT: u8 = 1;
const HEAD_BYTES: usize = 13;
const LENGTH_BYTES: usize = 4;
const CHECKPOINT_BYTES: usize = 76;

/// Room for one record, and for the tag that the store puts behind it: most are shorter.
const RECORD_BYTES_USUAL: usize = 528;

/// Neighbouring records, and the signatures of the checkpoints at their sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle<'bytes> {
    /// The index of the first record.
    pub first: u64,
    /// The encoded records, 1 to 64, in the order of their indexes.
    pub records: Vec<&'bytes [u8]>,
    /// The checkpoints whose sizes lie in `first + 1 ..= first + 64`, smallest first, one for each size.
    pub checkpoints: Vec<BundleCheckpoint>,
}

/// The signature of a checkpoint; origin and root are known from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleCheckpoint {
    /// The size of the tree.
    pub size: u64,
    /// The id of the key.
    pub key_id: [u8; 4],
    /// The Ed25519 signature.
    pub signature: [u8; 64],
}

/// Why there is no such bundle, or bytes are none.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The bundle is of another format.
    #[error("bundles of format {format} are unknown here; a newer docket is needed to read them")]
    UnknownFormat {
        /// The format byte.
        format: u8,
    },
    /// There are too few or too many bytes for what the bundle is said to hold.
    #[error("the bundle has {found} bytes where its head calls for {expected}")]
    Length {
        /// The number of bytes that the head calls for.
        expected: usize,
        /// The number of bytes found.
        found: usize,
    },
    /// There are no records, or too many, or too many checkpoints.
    #[error(
        "the bundle of {first} counts {records} records and {checkpoints} checkpoints; 1 to {BUNDLE_RECORDS_MAX} and 0 to {BUNDLE_RECORDS_MAX} are allowed"
    )]
    Count {
        /// The index of its first record.
        first: u64,
        /// The number of records.
        records: usize,
        /// The number of checkpoints.
        checkpoints: usize,
    },
    /// The first index is over 2^53-1.
    #[error("a bundle cannot begin at index {first}")]
    First {
        /// The index.
        first: u64,
    },
    /// A record is empty or over [`RECORD_BYTES_MAX`].
    #[error("record {index} is {bytes} bytes long; 1 to {RECORD_BYTES_MAX} are allowed")]
    RecordLength {
        /// The index of the record.
        index: u64,
        /// Its length.
        bytes: usize,
    },
    /// The sizes of the checkpoints do not rise, or lie outside the bundle.
    #[error("a checkpoint of size {size} does not belong there in the bundle of {first}")]
    CheckpointSize {
        /// The index of the first record.
        first: u64,
        /// The size of the checkpoint.
        size: u64,
    },
    /// A fixed part cannot be read or written.
    #[error("the bundle is damaged")]
    Malformed {
        /// What is wrong.
        #[source]
        source: bincode::Error,
    },
    /// The bundle does not hold this record.
    #[error("the bundle of {first} does not hold record {index}")]
    Absent {
        /// The index of the first record.
        first: u64,
        /// The index asked for.
        index: u64,
    },
    /// A record cannot be read.
    #[error("record {index} cannot be read")]
    Record {
        /// The index of the record.
        index: u64,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// A record stands in another's place.
    #[error("record {found} stands in the place of record {index}")]
    Misplaced {
        /// The index of the place.
        index: u64,
        /// The index that the record states.
        found: u64,
    },
}

/// The head of a bundle, format 1. Frozen.
#[derive(Serialize, Deserialize)]
struct HeadV1 {
    format: u8,
    first: u64,
    records: u16,
    checkpoints: u16,
}

/// A checkpoint in a bundle, format 1. Frozen. The signature stands in halves, because serde knows arrays of up to 32 bytes.
#[derive(Serialize, Deserialize)]
struct CheckpointV1 {
    size: u64,
    key_id: [u8; 4],
    signature: [[u8; 32]; 2],
}

impl<'bytes> Bundle<'bytes> {
    /// The bytes of the bundle.
    pub fn encode(&self) -> Result<Vec<u8>, BundleError> {
        self.check()?;
        let mut out = Vec::with_capacity(self.encoded_len());
        self.write_head(self.records.len(), &mut out)?;
        for (index, record) in (self.first..).zip(&self.records) {
            let length = u32::try_from(record.len())
                .map_err(|_| BundleError::RecordLength { index, bytes: record.len() })?;
            out.extend_from_slice(&length.to_le_bytes());
        }
        self.write_checkpoints(&mut out)?;
        for record in &self.records {
            out.extend_from_slice(record);
        }
        Ok(out)
    }

    fn write_head(&self, records: usize, out: &mut Vec<u8>) -> Result<(), BundleError> {
        let too_many = |_| self.count_error();
        let head = HeadV1 {
            format: BUNDLE_FORMAT,
            first: self.first,
            records: u16::try_from(records).map_err(too_many)?,
            checkpoints: u16::try_from(self.checkpoints.len()).map_err(too_many)?,
        };
        write(out, &head)
    }

    fn write_checkpoints(&self, out: &mut Vec<u8>) -> Result<(), BundleError> {
        self.checkpoints.iter().try_for_each(|checkpoint| write(&mut *out, &CheckpointV1::from(checkpoint)))
    }

    /// The bytes of the bundle of neighbouring events, 1 to 64, whose records are written in their places at once.
    pub(crate) fn encode_events<'event>(
        first: u64,
        events: impl ExactSizeIterator<Item = &'event StoredEvent>,
        checkpoints: Vec<BundleCheckpoint>,
    ) -> Result<Vec<u8>, BundleError> {
        let count = events.len();
        let lengths_end = HEAD_BYTES + LENGTH_BYTES * count;
        let fixed = lengths_end + CHECKPOINT_BYTES * checkpoints.len();
        let mut out = Vec::with_capacity(fixed + RECORD_BYTES_USUAL * count);
        // The same without records: their lengths are filled in when they are known.
        let empty = Bundle { first, records: Vec::new(), checkpoints };
        check_counts(first, count, empty.checkpoints.len())?;
        empty.check_checkpoints()?;
        empty.write_head(count, &mut out)?;
        out.resize(lengths_end, 0);
        empty.write_checkpoints(&mut out)?;
        for (place, (stored, index)) in events.zip(first..).enumerate() {
            let bytes = encode_record(&stored.entry, stored.location, &mut out)
                .map_err(|source| BundleError::Record { index, source })?;
            let length = u32::try_from(bytes).map_err(|_| BundleError::RecordLength { index, bytes })?;
            let lengths = out.get_mut(HEAD_BYTES..lengths_end).unwrap_or_default();
            if let Some(place) = lengths.as_chunks_mut::<LENGTH_BYTES>().0.get_mut(place) {
                *place = length.to_le_bytes();
            }
        }
        Ok(out)
    }

    /// Reads a bundle without copying its records, which are not decoded: see [`Bundle::event`].
    pub fn decode(bytes: &'bytes [u8]) -> Result<Self, BundleError> {
        let mut rest = Rest { bytes, taken: 0 };
        // The format comes first, so that a shorter or longer head of another format is named for what it is.
        match bytes.first() {
            Some(&format) if format != BUNDLE_FORMAT => return Err(BundleError::UnknownFormat { format }),
            _ => {}
        }
        let head: HeadV1 = rest.read(HEAD_BYTES)?;
        let (records, checkpoints) = (usize::from(head.records), usize::from(head.checkpoints));
        check_counts(head.first, records, checkpoints)?;
        let lengths = (0..records).map(|_| rest.read::<u32>(LENGTH_BYTES)).collect::<Result<Vec<_>, _>>()?;
        let checkpoints = (0..checkpoints)
            .map(|_| rest.read::<CheckpointV1>(CHECKPOINT_BYTES).map(BundleCheckpoint::from))
            .collect::<Result<Vec<_>, _>>()?;
        let records =
            lengths.into_iter().map(|length| rest.take(length as usize)).collect::<Result<Vec<_>, _>>()?;
        if !rest.bytes.is_empty() {
            return Err(BundleError::Length { expected: rest.taken, found: bytes.len() });
        }
        let bundle = Self { first: head.first, records, checkpoints };
        bundle.check()?;
        Ok(bundle)
    }

    /// Decodes the record of one event, and checks that it is that event's.
    pub fn event(&self, index: u64) -> Result<StoredEvent, BundleError> {
        let absent = BundleError::Absent { first: self.first, index };
        let place = index.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        let record = place.and_then(|place| self.records.get(place)).ok_or(absent)?;
        let stored = decode_record(record).map_err(|source| BundleError::Record { index, source })?;
        let found = stored.entry.event.index;
        if found == index { Ok(stored) } else { Err(BundleError::Misplaced { index, found }) }
    }

    fn encoded_len(&self) -> usize {
        let fixed = LENGTH_BYTES * self.records.len() + CHECKPOINT_BYTES * self.checkpoints.len();
        HEAD_BYTES + fixed + self.records.iter().map(|record| record.len()).sum::<usize>()
    }

    fn count_error(&self) -> BundleError {
        BundleError::Count {
            first: self.first,
            records: self.records.len(),
            checkpoints: self.checkpoints.len(),
        }
    }

    fn check(&self) -> Result<(), BundleError> {
        check_counts(self.first, self.records.len(), self.checkpoints.len())?;
        let lengths = (self.first..).zip(self.records.iter().map(|record| record.len()));
        for (index, bytes) in lengths {
            if bytes == 0 || bytes > RECORD_BYTES_MAX {
                return Err(BundleError::RecordLength { index, bytes });
            }
        }
        self.check_checkpoints()
    }

    fn check_checkpoints(&self) -> Result<(), BundleError> {
        let last = self.first + BUNDLE_RECORDS_MAX as u64;
        let mut below = self.first;
        for &BundleCheckpoint { size, .. } in &self.checkpoints {
            if size <= below || size > last {
                return Err(BundleError::CheckpointSize { first: self.first, size });
            }
            below = size;
        }
        Ok(())
    }
}

fn check_counts(first: u64, records: usize, checkpoints: usize) -> Result<(), BundleError> {
    if first > INTEGER_MAX {
        return Err(BundleError::First { first });
    }
    if records == 0 || records > BUNDLE_RECORDS_MAX || checkpoints > BUNDLE_RECORDS_MAX {
        return Err(BundleError::Count { first, records, checkpoints });
    }
    Ok(())
}

fn write(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), BundleError> {
    configuration().serialize_into(out, value).map_err(|source| BundleError::Malformed { source })
}

/// What is left to be read.
struct Rest<'bytes> {
    bytes: &'bytes [u8],
    taken: usize,
}

impl<'bytes> Rest<'bytes> {
    fn take(&mut self, length: usize) -> Result<&'bytes [u8], BundleError> {
        let expected = self.taken + length;
        let found = self.taken + self.bytes.len();
        let (taken, rest) =
            self.bytes.split_at_checked(length).ok_or(BundleError::Length { expected, found })?;
        self.bytes = rest;
        self.taken = expected;
        Ok(taken)
    }

    /// Reads a value of fixed length.
    fn read<T: DeserializeOwned>(&mut self, length: usize) -> Result<T, BundleError> {
        let bytes = self.take(length)?;
        configuration().deserialize(bytes).map_err(|source| BundleError::Malformed { source })
    }
}

impl From<&BundleCheckpoint> for CheckpointV1 {
    fn from(checkpoint: &BundleCheckpoint) -> Self {
        let mut signature = [[0; 32]; 2];
        let halves = checkpoint.signature.chunks_exact(32);
        signature.iter_mut().zip(halves).for_each(|(half, bytes)| half.copy_from_slice(bytes));
        Self { size: checkpoint.size, key_id: checkpoint.key_id, signature }
    }
}

impl From<CheckpointV1> for BundleCheckpoint {
    fn from(checkpoint: CheckpointV1) -> Self {
        let mut signature = [0; 64];
        signature.copy_from_slice(checkpoint.signature.as_flattened());
        Self { size: checkpoint.size, key_id: checkpoint.key_id, signature }
    }
}
