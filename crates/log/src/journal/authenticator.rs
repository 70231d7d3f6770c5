//! Who wrote a frame: an authenticator in its header, which nobody makes without the log's secret key (docs/decisions/013).
//!
//! Check sums and roots need no key, and the signature of a frame's own checkpoint stands in the next frame. So the newest frame would be
//! anybody's word, if it did not bear this. Entries are bound through the root, and openings through the digests in the entries.

use std::fmt;

use super::encode::header_fields;
use super::{Frame, FrameHeader};
use crate::tlog::derived::DerivedKey;
use crate::tlog::key::SignerKey;

/// The length of an authenticator.
pub const AUTHENTICATOR_BYTES: usize = 32;

/// What the key is for (`SignerKey::derive`).
const PURPOSE: &str = "journal/frame.v2";

/// The key of the frames of one log. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct FrameKey {
    origin: String,
    key: DerivedKey,
}

impl fmt::Debug for FrameKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FrameKey").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What a frame says of who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticity {
    /// It was written with this key.
    Good,
    /// It was written with another key, or changed, or written without any.
    Bad,
    /// It is of version 1 and says nothing.
    Absent,
}

impl FrameKey {
    /// The key of the log that signs with this one; the log's origin is its name.
    #[must_use]
    pub fn of(signer: &SignerKey) -> Self {
        Self { origin: signer.verifier().name().as_str().to_owned(), key: signer.derive(PURPOSE) }
    }

    /// The origin of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The authenticator of a frame with this header and these last 120 bytes of its body: tree size, root and the slot of the previous
    /// checkpoint. That of the header itself is left out.
    pub(super) fn authenticator(&self, header: &FrameHeader, body_end: &[u8]) -> [u8; AUTHENTICATOR_BYTES] {
        let length = u32::try_from(self.origin.len()).unwrap_or(u32::MAX).to_le_bytes();
        self.key.authenticate(&[&length, self.origin.as_bytes(), &header_fields(header), body_end])
    }

    /// Whether a frame was written with this key.
    #[must_use]
    pub fn judge(&self, frame: &Frame<'_>) -> Authenticity {
        let Some(stated) = frame.header.authenticator else { return Authenticity::Absent };
        let expected = self.authenticator(&frame.header, frame.body_end());
        // Every byte is looked at, so that the time it takes tells nothing about the right ones.
        let differing =
            stated.iter().zip(expected).fold(0, |bits, (stated, expected)| bits | (stated ^ expected));
        if differing == 0 { Authenticity::Good } else { Authenticity::Bad }
    }
}
