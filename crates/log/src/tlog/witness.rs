//! The body of a witness's `add-checkpoint` request: c2sp.org/tlog-witness.

use super::encoding::{parse_decimal, parse_hash_lines, split_at_first_blank_line};
use super::hash::{Hash, HashError};
use super::note::{NOTE_BYTES_MAX, Note, NoteError};
use std::fmt;
use thiserror::Error;

/// The most hashes in a request's consistency proof.
pub const REQUEST_HASHES_MAX: usize = 63;

/// The longest request, in bytes: the longest note, the line `old`, the hashes and the blank line.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 4096;

/// What a log sends to a witness to have a checkpoint cosigned. `Display` is the body's exact form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpointRequest {
    /// The size that the witness cosigned last, in leaves; 0 if none.
    pub old_size: u64,
    /// The consistency proof from there to the checkpoint's size; empty from 0.
    pub proof: Vec<Hash>,
    /// The checkpoint signed by the log.
    pub checkpoint: Note,
}

/// Why bytes are no `add-checkpoint` request.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    /// Longer than [`REQUEST_BYTES_MAX`].
    #[error("the request has {bytes} bytes, over the limit of {REQUEST_BYTES_MAX}")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A request is UTF-8.
    #[error("the request is not UTF-8")]
    NotUtf8(#[source] std::str::Utf8Error),
    /// No blank line separates the proof from the checkpoint.
    #[error("the request has no blank line between proof and checkpoint")]
    NoBlankLine,
    /// The line `old <size>` is missing or malformed.
    #[error("the request does not start with a line \"old <size>\"")]
    OldSize,
    /// A line of the proof is no hash.
    #[error("hash {position} of the request's consistency proof is malformed")]
    Hash {
        /// Which, counted from 0.
        position: usize,
        /// What is wrong with it.
        #[source]
        source: HashError,
    },
    /// More than [`REQUEST_HASHES_MAX`] hashes.
    #[error("the request's consistency proof has {count} hashes, over the limit of {REQUEST_HASHES_MAX}")]
    TooManyHashes {
        /// How many.
        count: usize,
    },
    /// What follows the blank line is no signed note.
    #[error("the request's checkpoint is malformed")]
    Checkpoint(#[source] NoteError),
}

impl AddCheckpointRequest {
    /// Reads a request's body.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLong { bytes: bytes.len() });
        }
        let body = std::str::from_utf8(bytes).map_err(RequestError::NotUtf8)?;
        let (mut lines, checkpoint) = split_at_first_blank_line(body).ok_or(RequestError::NoBlankLine)?;
        let old_size = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(parse_decimal);
        let old_size = old_size.ok_or(RequestError::OldSize)?;
        let proof =
            parse_hash_lines(lines).map_err(|(position, source)| RequestError::Hash { position, source })?;
        if proof.len() > REQUEST_HASHES_MAX {
            return Err(RequestError::TooManyHashes { count: proof.len() });
        }
        let checkpoint = Note::parse(checkpoint.as_bytes()).map_err(RequestError::Checkpoint)?;
        Ok(Self { old_size, proof, checkpoint })
    }
}

impl fmt::Display for AddCheckpointRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(formatter, "{}", hash.to_base64()))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}
