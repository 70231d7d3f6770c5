//! Entry bundles: c2sp.org/tlog-tiles, the entries of one tile as `u16 big-endian length || entry`.

use super::tile::TILE_WIDTH;
use thiserror::Error;

/// The longest entry that a bundle can hold, in bytes: its length is a 16-bit integer.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Why entries make no bundle, or bytes are none. Positions count the bundle's entries from 0.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BundleError {
    /// The entry's length does not fit 16 bits.
    #[error("entry {position} of the bundle has {bytes} bytes, over the limit of {ENTRY_BYTES_MAX}")]
    EntryTooLong {
        /// The entry's position.
        position: usize,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A bundle holds 1 to [`TILE_WIDTH`] entries.
    #[error("a bundle holds 1 to {TILE_WIDTH} entries, not {count}")]
    Count {
        /// The number of entries given or asked for.
        count: usize,
    },
    /// The bytes end before the last entry.
    #[error("the bundle has {found} entries, not {expected}")]
    TooFewEntries {
        /// The number of entries that it must have.
        expected: usize,
        /// The number of entries that it has.
        found: usize,
    },
    /// The bytes end within an entry's length.
    #[error("the bundle ends within the length of entry {position}")]
    TruncatedLength {
        /// The entry's position.
        position: usize,
    },
    /// The bytes end within an entry.
    #[error("the bundle ends within entry {position}: {found} of its {expected} bytes are there")]
    TruncatedEntry {
        /// The entry's position.
        position: usize,
        /// Its length in bytes.
        expected: usize,
        /// How many of them are there.
        found: usize,
    },
    /// Bytes follow the last entry.
    #[error("{bytes} bytes follow the last of the bundle's {count} entries")]
    TrailingBytes {
        /// The number of entries that the bundle must have.
        count: usize,
        /// The number of bytes after them.
        bytes: usize,
    },
}

/// The bundle of these entries, in order.
pub fn write_bundle<Entry: AsRef<[u8]>>(entries: &[Entry]) -> Result<Vec<u8>, BundleError> {
    check_count(entries.len())?;
    let bytes = entries.iter().map(|entry| entry.as_ref().len() + 2).sum();
    let mut bundle = Vec::with_capacity(bytes);
    for (position, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len())
            .map_err(|_| BundleError::EntryTooLong { position, bytes: entry.len() })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle that must hold exactly `count`, borrowed from its bytes.
pub fn parse_bundle(bundle: &[u8], count: usize) -> Result<Vec<&[u8]>, BundleError> {
    check_count(count)?;
    let mut entries = Vec::with_capacity(count);
    let mut rest = bundle;
    for position in 0..count {
        if rest.is_empty() {
            return Err(BundleError::TooFewEntries { expected: count, found: position });
        }
        let entry;
        (entry, rest) = split_entry(rest, position)?;
        entries.push(entry);
    }
    if rest.is_empty() { Ok(entries) } else { Err(BundleError::TrailingBytes { count, bytes: rest.len() }) }
}

fn split_entry(bytes: &[u8], position: usize) -> Result<(&[u8], &[u8]), BundleError> {
    let (length, rest) = bytes.split_first_chunk().ok_or(BundleError::TruncatedLength { position })?;
    let expected = usize::from(u16::from_be_bytes(*length));
    rest.split_at_checked(expected).ok_or(BundleError::TruncatedEntry {
        position,
        expected,
        found: rest.len(),
    })
}

fn check_count(count: usize) -> Result<(), BundleError> {
    if (1..=usize::from(TILE_WIDTH)).contains(&count) { Ok(()) } else { Err(BundleError::Count { count }) }
}
