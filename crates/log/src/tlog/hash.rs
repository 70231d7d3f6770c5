//! Hashes of the Merkle tree: RFC 6962 section 2.1 (RFC 9162 section 2.1.1), SHA-256.

use super::encoding::{decode_base64, encode_base64};
use sha2::{Digest as _, Sha256};
use std::fmt;
use thiserror::Error;

/// The length of every hash, in bytes.
pub const HASH_BYTES: usize = 32;

/// A SHA-256 hash of the tree: of a leaf, of an inner node, or a root. Shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

/// Why bytes or text are no hash.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HashError {
    /// A hash has 32 bytes.
    #[error("a hash has {HASH_BYTES} bytes, not {found}")]
    Length {
        /// The number of bytes found.
        found: usize,
    },
    /// Not strict base64: wrong alphabet, missing padding, whitespace, or trailing bits that are not zero.
    #[error("{text:?} is not a hash in standard base64 with padding")]
    Base64 {
        /// The text found.
        text: String,
        /// What the decoder objects to.
        #[source]
        source: base64::DecodeError,
    },
    /// Not lower-case hex.
    #[error("{text:?} is not a hash in lower-case hex")]
    Hex {
        /// The text found.
        text: String,
    },
}

impl Hash {
    /// The hash held in exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError::Length { found: bytes.len() })
    }

    /// Reads the 44 characters of [`Hash::to_base64`], the only spelling accepted.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        let bytes =
            decode_base64(text).map_err(|source| HashError::Base64 { text: text.to_owned(), source })?;
        Self::from_slice(&bytes)
    }

    /// Reads the 64 lower-case hex digits that `Display` prints, the only spelling accepted.
    pub fn from_hex(text: &str) -> Result<Self, HashError> {
        let mut bytes = [0; HASH_BYTES];
        let lower_case = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if lower_case && hex::decode_to_slice(text, &mut bytes).is_ok() {
            Ok(Self(bytes))
        } else {
            Err(HashError::Hex { text: text.to_owned() })
        }
    }

    /// Standard base64 with padding: 44 characters.
    #[must_use]
    pub fn to_base64(&self) -> String {
        encode_base64(&self.0)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The hash of a leaf, `SHA-256(0x00 || entry)`: the entry's exact bytes, without a length prefix.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
}

/// The hash of an inner node, `SHA-256(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of the tree without leaves, `SHA-256("")`.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}
