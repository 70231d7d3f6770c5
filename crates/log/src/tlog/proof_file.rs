//! Receipts: c2sp.org/tlog-proof, an entry's inclusion proof and the checkpoint that it leads to, in one file
//! (`.tlog-proof`) that anyone can check offline with the log's public key.

use super::checkpoint::{Checkpoint, CheckpointError, OpenedCheckpoint};
use super::encoding::{
    decode_base64, encode_base64, parse_decimal, parse_hash_lines, split_at_first_blank_line,
};
use super::hash::{Hash, HashError, leaf_hash};
use super::key::VerifierKey;
use super::note::{NOTE_BYTES_MAX, Note, NoteError};
use super::proof::{INCLUSION_HASHES_MAX, ProofError, verify_inclusion};
use std::fmt;
use thiserror::Error;

/// The longest receipt, in bytes: the longest note, and as much again for index, proof and extra data.
pub const PROOF_FILE_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX;

const FORMAT_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A receipt as claimed: nothing in it is verified. `Display` is the file's exact form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// Opaque data for the application. Nothing authenticates it, not even a good proof.
    pub extra: Option<Vec<u8>>,
    /// The entry's position in the log, from 0.
    pub index: u64,
    /// The inclusion proof, the leaf's sibling first.
    pub proof: Vec<Hash>,
    /// The checkpoint with all its signatures, verbatim.
    pub checkpoint: Note,
}

/// Why a receipt cannot be read, or does not hold.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProofFileError {
    /// Longer than [`PROOF_FILE_BYTES_MAX`].
    #[error("the receipt has {bytes} bytes, over the limit of {PROOF_FILE_BYTES_MAX}")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A receipt is UTF-8.
    #[error("the receipt is not UTF-8")]
    NotUtf8(#[source] std::str::Utf8Error),
    /// The first line names another format.
    #[error("not a receipt: the first line is not {FORMAT_LINE}")]
    Format,
    /// No blank line separates the proof from the checkpoint.
    #[error("the receipt has no blank line between proof and checkpoint")]
    NoBlankLine,
    /// The extra data is not strict base64.
    #[error("the receipt's extra data is not standard base64 with padding")]
    Extra(#[source] base64::DecodeError),
    /// The line `index <n>` is missing or malformed.
    #[error("the receipt has no line \"index <n>\" where it must stand")]
    Index,
    /// A line of the proof is no hash.
    #[error("hash {position} of the receipt's inclusion proof is malformed")]
    Hash {
        /// Which, counted from 0 at the leaf's sibling.
        position: usize,
        /// What is wrong with it.
        #[source]
        source: HashError,
    },
    /// More hashes than any inclusion proof has.
    #[error("the receipt's inclusion proof has {count} hashes, over the limit of {INCLUSION_HASHES_MAX}")]
    TooManyHashes {
        /// How many.
        count: usize,
    },
    /// What follows the blank line is no signed note.
    #[error("the receipt's checkpoint is malformed")]
    Note(#[source] NoteError),
    /// The checkpoint is not to be trusted: wrong log, or not signed by it.
    #[error("the receipt's checkpoint does not verify")]
    Checkpoint(#[source] CheckpointError),
    /// The entry is not in the signed tree at the index stated.
    #[error("the receipt does not prove that the entry stands at index {index}")]
    Inclusion {
        /// The index stated.
        index: u64,
        /// Where the proof fails.
        #[source]
        source: ProofError,
    },
}

impl ProofFile {
    /// Reads a receipt. Says nothing about whether it holds.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > PROOF_FILE_BYTES_MAX {
            return Err(ProofFileError::TooLong { bytes: bytes.len() });
        }
        let file = std::str::from_utf8(bytes).map_err(ProofFileError::NotUtf8)?;
        let (lines, checkpoint) = split_at_first_blank_line(file).ok_or(ProofFileError::NoBlankLine)?;
        let mut lines = lines.peekable();
        if lines.next() != Some(FORMAT_LINE) {
            return Err(ProofFileError::Format);
        }
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .and_then(|line| line.strip_prefix("extra "))
            .map(decode_base64)
            .transpose()
            .map_err(ProofFileError::Extra)?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_decimal);
        let index = index.ok_or(ProofFileError::Index)?;
        let proof = parse_proof(lines)?;
        let checkpoint = Note::parse(checkpoint.as_bytes()).map_err(ProofFileError::Note)?;
        Ok(Self { extra, index, proof, checkpoint })
    }

    /// Checks that `entry` stands at [`ProofFile::index`] of the log `origin`, and returns the checkpoint that says
    /// so, with every signature by one of `keys`.
    ///
    /// Hashes the entry, then opens the checkpoint, then checks the proof against the signed size and root. The
    /// only facts about the tree are those signed. A quorum of witnesses is for the caller to demand, from the
    /// signatures returned.
    pub fn verify(
        &self,
        entry: &[u8],
        keys: &[VerifierKey],
        origin: &str,
    ) -> Result<OpenedCheckpoint, ProofFileError> {
        let leaf = leaf_hash(entry);
        let opened =
            Checkpoint::open_note(&self.checkpoint, keys, origin).map_err(ProofFileError::Checkpoint)?;
        verify_inclusion(&leaf, self.index, &self.proof, &opened.checkpoint.head())
            .map_err(|source| ProofFileError::Inclusion { index: self.index, source })?;
        Ok(opened)
    }
}

fn parse_proof<'text>(lines: impl Iterator<Item = &'text str>) -> Result<Vec<Hash>, ProofFileError> {
    let proof =
        parse_hash_lines(lines).map_err(|(position, source)| ProofFileError::Hash { position, source })?;
    if proof.len() > INCLUSION_HASHES_MAX {
        return Err(ProofFileError::TooManyHashes { count: proof.len() });
    }
    Ok(proof)
}

impl fmt::Display for ProofFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{FORMAT_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(formatter, "extra {}", encode_base64(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(formatter, "{}", hash.to_base64()))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}
