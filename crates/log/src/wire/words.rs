//! Hashes and ids in binary: 8 bytes at a time, which are the same bytes as one by one, and a quarter of the work.
//!
//! The binary form writes integers little-endian and of fixed width ([`crate::record`]).

use serde::{Deserialize, Deserializer};

/// Bytes as little-endian words; `bytes` has 8 times as many.
pub(super) fn of<const WORDS: usize>(bytes: &[u8]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The bytes of little-endian words; there are 8 times as many.
pub(super) fn bytes<const WORDS: usize, const BYTES: usize>(words: [u64; WORDS]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (bytes, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

/// Reads bytes that stand as words.
pub(super) fn read<'de, const WORDS: usize, const BYTES: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[u8; BYTES], D::Error>
where
    [u64; WORDS]: Deserialize<'de>,
{
    <[u64; WORDS]>::deserialize(deserializer).map(bytes)
}
