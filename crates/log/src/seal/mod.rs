//! Sealed text (DESIGN section 5): an entry holds a salted digest of each text, its opening (salt and text) lies beside it.
//!
//! The digest is `SHA-256("docket/sealed/v1" || 0x00 || salt[32] || utf8 text)`. An opening is stored as `salt[32] || utf8 text`. It is
//! valid if it matches its digest, or if it is all zero, which is what a redaction leaves; whether a committed redaction names it is for
//! the caller to check. Destroying an opening changes no hash and no proof.
//!
//! Nothing here knows where openings are kept.

mod opening;
mod salts;

#[cfg(test)]
mod tests;

use std::fmt;

use docket_domain::event::Data;
use docket_domain::{Digest, TEXT_BYTES_MAX, TEXTS_PER_EVENT_MAX};
use sha2::{Digest as _, Sha256};

pub(crate) use opening::is_intact;
pub use opening::{Opening, OpeningFault, OpeningState, read_opening, read_openings};
pub use salts::{BufferedSalts, FixedSalts, SaltSource, SystemSalts};

/// The length of a salt, in bytes: as much as the digest, so that guessing a short text means guessing 256 bits.
pub const SALT_BYTES: usize = 32;

/// What every digest begins with, so that it is never the digest of anything else.
const DOMAIN: &[u8] = b"docket/sealed/v1\0";

/// What keeps a digest from being guessed: 32 random bytes, new for each text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; SALT_BYTES]);

/// A salt opens a digest, so logs and panics must not print it.
impl fmt::Debug for Salt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Salt(..)")
    }
}

/// What an entry holds of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealedText {
    /// The digest of salt and text.
    pub digest: Digest,
    /// The length of the text, in bytes of UTF-8.
    pub bytes: u32,
}

impl SealedText {
    /// The length of its opening, in bytes: salt and text.
    #[must_use]
    pub const fn opening_bytes(&self) -> usize {
        SALT_BYTES + self.bytes as usize
    }
}

/// Why texts cannot be sealed or resolved.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A text is over [`TEXT_BYTES_MAX`].
    #[error("text {ordinal} is {bytes} bytes long; at most {TEXT_BYTES_MAX} are allowed")]
    TooLong {
        /// Which text of the event, counted from 0.
        ordinal: u32,
        /// Its length in bytes of UTF-8.
        bytes: usize,
    },
    /// A text holds U+0000: it would be hard to tell from an erased one.
    #[error("text {ordinal} holds a NUL character at byte {offset}")]
    Nul {
        /// Which text of the event, counted from 0.
        ordinal: u32,
        /// Where, in bytes.
        offset: usize,
    },
    /// An event has more than [`TEXTS_PER_EVENT_MAX`] texts.
    #[error("an event holds more than {TEXTS_PER_EVENT_MAX} texts; split it")]
    TooMany,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random {
        /// What it said.
        #[source]
        source: getrandom::Error,
    },
    /// There is not one opening for each text.
    #[error("an event with {texts} texts came with {openings} openings")]
    Count {
        /// The number of texts.
        texts: usize,
        /// The number of openings.
        openings: usize,
    },
    /// An opening is of another text.
    #[error("the opening of text {ordinal} does not match its digest {digest}")]
    Mismatch {
        /// Which text of the event, counted from 0.
        ordinal: u32,
        /// The digest in the entry.
        digest: Digest,
    },
}

/// The digest of a text under a salt.
#[must_use]
pub fn commit(salt: &Salt, text: &str) -> Digest {
    commit_bytes(salt, text.as_bytes())
}

fn commit_bytes(salt: &Salt, text: &[u8]) -> Digest {
    Digest::from_bytes(
        Sha256::new().chain_update(DOMAIN).chain_update(salt.0).chain_update(text).finalize().into(),
    )
}

/// Seals one text, the `ordinal`-th of its event.
fn seal_text(ordinal: u32, text: String, salt: Salt) -> Result<(SealedText, Opening), SealError> {
    if let Some(offset) = text.bytes().position(|byte| byte == 0) {
        return Err(SealError::Nul { ordinal, offset });
    }
    let bytes = u32::try_from(text.len()).ok().filter(|_| text.len() <= TEXT_BYTES_MAX);
    let bytes = bytes.ok_or(SealError::TooLong { ordinal, bytes: text.len() })?;
    Ok((SealedText { digest: commit(&salt, &text), bytes }, Opening { salt, text }))
}

/// Seals every text of an event; the openings come in the order of the texts in its entry.
///
/// Empty texts are allowed: where they make no sense, the rules of recording refuse them.
pub fn seal(
    data: Data<String>,
    salts: &mut impl SaltSource,
) -> Result<(Data<SealedText>, Vec<Opening>), SealError> {
    let mut openings = Vec::new();
    let mut ordinal = 0;
    let sealed = data.try_map(&mut |text| {
        if openings.len() >= TEXTS_PER_EVENT_MAX {
            return Err(SealError::TooMany);
        }
        let (sealed, opening) = seal_text(ordinal, text, salts.salt()?)?;
        openings.push(opening);
        ordinal += 1;
        Ok(sealed)
    })?;
    Ok((sealed, openings))
}

/// What can be shown of a recorded text.
#[derive(Clone, PartialEq, Eq)]
pub enum ResolvedText {
    /// The words.
    Words(String),
    /// They were destroyed; only this is left of them.
    Redacted(SealedText),
}

/// The words may be redacted later, which reaches no log and no panic message.
impl fmt::Debug for ResolvedText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(formatter, "Words({} bytes)", words.len()),
            Self::Redacted(sealed) => formatter.debug_tuple("Redacted").field(sealed).finish(),
        }
    }
}

/// Gives an event its words back. The openings come in the order of the texts, as [`seal`] returned them; each is checked.
pub fn resolve(data: Data<SealedText>, openings: Vec<OpeningState>) -> Result<Data<ResolvedText>, SealError> {
    let given = openings.len();
    let (mut openings, mut texts) = (openings.into_iter(), 0_u32);
    let resolved = data.try_map(&mut |sealed| {
        let ordinal = texts;
        texts += 1;
        match openings.next() {
            // Counted to the end below, so that the error says how many there should have been.
            None | Some(OpeningState::Erased) => Ok(ResolvedText::Redacted(sealed)),
            Some(OpeningState::Intact(opening)) if opening.check(&sealed) => {
                Ok(ResolvedText::Words(opening.text))
            }
            Some(OpeningState::Intact(_)) => Err(SealError::Mismatch { ordinal, digest: sealed.digest }),
        }
    })?;
    if texts as usize == given {
        Ok(resolved)
    } else {
        Err(SealError::Count { texts: texts as usize, openings: given })
    }
}
