//! Receipts: an entry, its openings where permitted, its inclusion proof and the signed checkpoint that it leads to, in one file that is
//! verifiable offline (c2sp.org/tlog-proof).
//!
//! The `extra` line of the file is the base64 of canonical JSON: `{"entry":"...","openings":[{"salt":"...","text":"..."},null]}`. `entry` is
//! the entry's canonical bytes as a string; `openings` has one item for each text of the entry, in their order: the salt in base64 and the
//! words, or null where they are redacted or withheld. Nothing signs the extra line itself: the entry is proven by the inclusion proof of
//! its bytes, and each opening by its digest in the entry.

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::Origin;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, EntryError};
use crate::error::LogError;
use crate::json;
use crate::reader::{LogReader, generated};
use crate::seal::{Opening, OpeningState, ResolvedText, SALT_BYTES, Salt, SealedText};
use crate::tlog::checkpoint::{Checkpoint, OpenedCheckpoint};
use crate::tlog::key::VerifierKey;
use crate::tlog::proof::inclusion_proof;
use crate::tlog::proof_file::{PROOF_FILE_BYTES_MAX, ProofFile, ProofFileError};

/// Whether a receipt carries the words of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openings {
    /// It does, except for what is redacted.
    Included,
    /// It proves the entry and shows no words.
    Withheld,
}

/// A receipt. `Display` prints the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    file: ProofFile,
    size: u64,
}

/// What a receipt proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    /// The entry.
    pub entry: Entry,
    /// Its texts, in the order of the entry: words that match their digests, or what is left of those that are not shown.
    pub texts: Vec<ResolvedText>,
    /// The checkpoint that the entry is proven against, with the signatures that were checked.
    pub checkpoint: OpenedCheckpoint,
}

/// Why there is no receipt, or why one does not hold.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The log cannot be read, has no such entry, or has not signed it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The entry came later than the size that the receipt was asked for.
    #[error("entry {index} was not known yet at size {known_at}")]
    NotKnown {
        /// The entry.
        index: u64,
        /// The size.
        known_at: u64,
    },
    /// The words are too long for one file.
    #[error(
        "the receipt of entry {index} would have {bytes} bytes, over the limit of {PROOF_FILE_BYTES_MAX}: leave its texts out"
    )]
    TooLong {
        /// The entry.
        index: u64,
        /// The length of the file.
        bytes: usize,
    },
    /// The file is no receipt, or does not prove its entry.
    #[error(transparent)]
    File(#[from] ProofFileError),
    /// The file proves some leaf, but does not say which entry that is.
    #[error("the receipt has no extra line with its entry")]
    NoEntry,
    /// The extra line is not what a docket prints.
    #[error("the extra line of the receipt is not an entry with its openings")]
    Extra(#[source] serde_json::Error),
    /// The extra line says the same in another spelling.
    #[error("the extra line of the receipt is not canonical JSON")]
    NotCanonical,
    /// The bytes in the receipt are no entry.
    #[error("the receipt's entry cannot be read")]
    Entry(#[source] EntryError),
    /// The receipt is of another place than its entry says.
    #[error("the receipt is for place {stated}, but its entry is number {found}")]
    Index {
        /// What the receipt says.
        stated: u64,
        /// What the entry says.
        found: u64,
    },
    /// There is not one opening, or null, for each text.
    #[error("the receipt has {found} openings for an entry with {expected} texts")]
    Openings {
        /// The texts of the entry.
        expected: usize,
        /// The items of the receipt.
        found: usize,
    },
    /// The words are not those that were recorded.
    #[error("the words that the receipt shows as text {ordinal} do not match the digest in its entry")]
    Opening {
        /// Which text of the entry, counted from 0.
        ordinal: usize,
    },
    /// None of the keys is the log's.
    #[error("none of the keys is of the log {origin} that the entry names")]
    NoKey {
        /// The origin in the entry.
        origin: Origin,
    },
}

/// The extra line. Its fields stand in canonical order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    entry: String,
    openings: Vec<Option<PrintedOpening>>,
}

/// An opening in JSON. Its fields stand in canonical order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrintedOpening {
    salt: String,
    text: String,
}

impl PrintedOpening {
    /// The printed form of an opening; nothing for one that was destroyed.
    pub(crate) fn of(state: OpeningState) -> Option<Self> {
        match state {
            OpeningState::Erased => None,
            OpeningState::Intact(Opening { salt, text }) => {
                Some(Self { salt: STANDARD.encode(salt.0), text })
            }
        }
    }

    /// The words, if they and the salt are those of the sealed text.
    pub(crate) fn open(self, sealed: &SealedText) -> Option<String> {
        let salt: [u8; SALT_BYTES] = STANDARD.decode(&self.salt).ok()?.try_into().ok()?;
        let opening = Opening { salt: Salt(salt), text: self.text };
        opening.check(sealed).then_some(opening.text)
    }
}

impl LogReader {
    /// The receipt of an entry against the first signed checkpoint that covers it and, if given, the size `known_at`.
    pub fn receipt(
        &self,
        index: u64,
        known_at: Option<u64>,
        openings: Openings,
    ) -> Result<Receipt, ReceiptError> {
        let stored = self.event(index)?;
        let known_at = match known_at {
            Some(known_at) if known_at <= index => return Err(ReceiptError::NotKnown { index, known_at }),
            Some(known_at) => known_at,
            None => index.saturating_add(1),
        };
        let checkpoint = self.checkpoint_from(known_at)?.ok_or(LogError::NotSigned { index })?;
        let size = Checkpoint::parse(checkpoint.text())
            .map_err(|source| LogError::Checkpoint { source })?
            .checkpoint
            .size();
        let printed = match openings {
            Openings::Included => self.openings(&stored)?.into_iter().map(PrintedOpening::of).collect(),
            Openings::Withheld => stored.entry.event.data.texts().iter().map(|_| None).collect(),
        };
        let bytes = stored.entry.encode().map_err(ReceiptError::Entry)?;
        // Canonical JSON is UTF-8, so that nothing is lost here.
        let extra = Extra { entry: String::from_utf8_lossy(&bytes).into_owned(), openings: printed };
        let extra = serde_json::to_vec(&extra).map_err(ReceiptError::Extra)?;
        let proof = inclusion_proof(self, index, size).map_err(|error| generated(error, size))?;
        let receipt = Receipt { file: ProofFile { extra: Some(extra), index, proof, checkpoint }, size };
        let bytes = receipt.to_string().len();
        if bytes > PROOF_FILE_BYTES_MAX { Err(ReceiptError::TooLong { index, bytes }) } else { Ok(receipt) }
    }
}

impl Receipt {
    /// The size of the checkpoint that the entry is proven against.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Proof and checkpoint.
    #[must_use]
    pub const fn file(&self) -> &ProofFile {
        &self.file
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(formatter)
    }
}

/// Verifies a receipt with nothing but the public keys: the entry's canonical form, its words against its digests, the signature of the
/// checkpoint, the inclusion proof, and that entry, key and checkpoint are of one log.
pub fn verify_receipt(bytes: &[u8], keys: &[VerifierKey]) -> Result<VerifiedReceipt, ReceiptError> {
    let file = ProofFile::parse(bytes)?;
    let line = file.extra.as_deref().ok_or(ReceiptError::NoEntry)?;
    let extra: Extra = json::read(line).map_err(ReceiptError::Extra)?;
    if serde_json::to_vec(&extra).map_err(ReceiptError::Extra)? != line {
        return Err(ReceiptError::NotCanonical);
    }
    let entry = Entry::decode(extra.entry.as_bytes()).map_err(ReceiptError::Entry)?;
    let found = entry.event.index;
    if found != file.index {
        return Err(ReceiptError::Index { stated: file.index, found });
    }
    let origin = &entry.origin;
    let keys: Vec<VerifierKey> =
        keys.iter().filter(|key| key.name().as_str() == origin.as_str()).cloned().collect();
    if keys.is_empty() {
        return Err(ReceiptError::NoKey { origin: origin.clone() });
    }
    let checkpoint = file.verify(extra.entry.as_bytes(), &keys, origin.as_str())?;
    let texts = open_texts(&entry, extra.openings)?;
    Ok(VerifiedReceipt { entry, texts, checkpoint })
}

fn open_texts(
    entry: &Entry,
    openings: Vec<Option<PrintedOpening>>,
) -> Result<Vec<ResolvedText>, ReceiptError> {
    let sealed = entry.event.data.texts();
    if sealed.len() != openings.len() {
        return Err(ReceiptError::Openings { expected: sealed.len(), found: openings.len() });
    }
    let texts = sealed.into_iter().zip(openings).enumerate();
    let texts = texts.map(|(ordinal, (sealed, printed))| match printed {
        None => Ok(ResolvedText::Redacted(*sealed)),
        Some(printed) => {
            printed.open(sealed).map(ResolvedText::Words).ok_or(ReceiptError::Opening { ordinal })
        }
    });
    texts.collect()
}
