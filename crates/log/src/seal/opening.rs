//! The stored form of openings, and the three states in which one can be found.

use std::fmt;

use docket_domain::Digest;

use super::{SALT_BYTES, Salt, SealedText, commit, commit_bytes};

/// What opens a sealed text.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// The salt.
    pub salt: Salt,
    /// The words.
    pub text: String,
}

/// Openings hold what a redaction must be able to destroy, so logs and panics must not print them.
impl fmt::Debug for Opening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Opening({} bytes)", self.text.len())
    }
}

/// What stands where the opening of a text belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpeningState {
    /// It matches its digest.
    Intact(Opening),
    /// It is all zero: a redaction destroyed it. Valid only if a committed redaction names it.
    Erased,
}

/// Why bytes are no opening of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpeningFault {
    /// There are too few or too many bytes for the texts of the event.
    #[error("the openings take {found} bytes where the texts of the entry need {expected}")]
    Length {
        /// The number of bytes that the entry's texts call for.
        expected: usize,
        /// The number of bytes found.
        found: usize,
    },
    /// The bytes are neither all zero nor those that were sealed.
    #[error("the opening of text {ordinal} does not match its digest {digest}")]
    Mismatch {
        /// Which text of the event, counted from 0.
        ordinal: u32,
        /// The digest in the entry.
        digest: Digest,
    },
    /// The bytes match their digest, but they are no text: not UTF-8, or with a NUL.
    #[error("what was sealed as text {ordinal} is no text")]
    NoText {
        /// Which text of the event, counted from 0.
        ordinal: u32,
    },
}

impl Opening {
    /// Appends the stored form, `salt || text`: [`SealedText::opening_bytes`] bytes.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.salt.0);
        out.extend_from_slice(self.text.as_bytes());
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SALT_BYTES + self.text.len());
        self.encode_into(&mut bytes);
        bytes
    }

    /// Whether it opens this sealed text.
    #[must_use]
    pub fn check(&self, sealed: &SealedText) -> bool {
        self.text.len() == sealed.bytes as usize && commit(&self.salt, &self.text) == sealed.digest
    }
}

/// Reads the stored opening of one text.
pub fn read_opening(sealed: &SealedText, bytes: &[u8]) -> Result<OpeningState, OpeningFault> {
    read_numbered(0, sealed, bytes)
}

/// Whether the stored opening of a text is one, without a copy of its words.
pub(crate) fn is_intact(sealed: &SealedText, bytes: &[u8]) -> bool {
    let Some((salt, text)) = bytes.split_first_chunk::<SALT_BYTES>() else { return false };
    bytes.len() == sealed.opening_bytes()
        && commit_bytes(&Salt(*salt), text) == sealed.digest
        && str::from_utf8(text).is_ok_and(|text| !text.contains('\0'))
}

/// Reads the stored openings of an event: those of its texts, in order, without anything between them.
pub fn read_openings(texts: &[&SealedText], bytes: &[u8]) -> Result<Vec<OpeningState>, OpeningFault> {
    let expected = texts.iter().map(|text| text.opening_bytes()).sum();
    let length = OpeningFault::Length { expected, found: bytes.len() };
    if bytes.len() != expected {
        return Err(length);
    }
    let mut rest = bytes;
    (0..).zip(texts).try_fold(Vec::with_capacity(texts.len()), |mut states, (ordinal, sealed)| {
        let (opening, tail) = rest.split_at_checked(sealed.opening_bytes()).ok_or_else(|| length.clone())?;
        rest = tail;
        states.push(read_numbered(ordinal, sealed, opening)?);
        Ok(states)
    })
}

fn read_numbered(ordinal: u32, sealed: &SealedText, bytes: &[u8]) -> Result<OpeningState, OpeningFault> {
    let length = || OpeningFault::Length { expected: sealed.opening_bytes(), found: bytes.len() };
    if bytes.len() != sealed.opening_bytes() {
        return Err(length());
    }
    let (salt, text) = bytes.split_first_chunk::<SALT_BYTES>().ok_or_else(length)?;
    let salt = Salt(*salt);
    // The digest is asked first: should a salt be all zero, its empty text is intact and not erased.
    if commit_bytes(&salt, text) == sealed.digest {
        let text = str::from_utf8(text).ok().filter(|text| !text.contains('\0'));
        let text = text.ok_or(OpeningFault::NoText { ordinal })?.to_owned();
        return Ok(OpeningState::Intact(Opening { salt, text }));
    }
    if bytes.iter().all(|&byte| byte == 0) {
        return Ok(OpeningState::Erased);
    }
    Err(OpeningFault::Mismatch { ordinal, digest: sealed.digest })
}
