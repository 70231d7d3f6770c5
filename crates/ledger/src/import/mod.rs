//! Import of damaged source tables: transcription by rule, curation by a person, reconciliation (DESIGN section 8).
//!
//! Everything here but [`load_folder`] is pure. The outcome is a [`Transcript`]: rows, quarantined fragments, and every problem with
//! what became of it. This module knows nothing of events and of the log; turning a transcript into commands is done elsewhere.

pub mod curation;
mod error;
mod folder;
pub mod manifest;
mod model;
pub(crate) mod raw;
mod reconcile;
mod repair;
pub mod transcribe;
pub mod vocabulary;

pub use error::{ImportError, RefusedDecision};
pub use folder::{CURATION_FILE, MANIFEST_FILE, SourceFolder, load_folder};
pub use model::{
    AppliedDecision, Cell, Damage, DecidedBy, Fragment, LineRange, Note, NoteRole, NumberBasis, Problem,
    Resolution, Row, TextBasis, Transcript,
};
pub use reconcile::{LineAccount, NumberAccount, Reconciliation};
pub use transcribe::transcribe;

#[cfg(test)]
mod tests;

/// The largest document that is read, in bytes. A table of 10,000 rows of 400 bytes each is 4 MB.
pub const DOCUMENT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The largest manifest or curation file that is read, in bytes.
pub const TOML_BYTES_MAX: u64 = 1024 * 1024;

/// The longest line that is split into cells, in bytes: a text of the log is at most 64 KiB.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// The most lines that are read: ten for each row of the largest register.
pub const LINES_MAX: usize = 100_000;

/// The longest text or note of a row, in bytes (DESIGN section 5).
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The longest status label, in bytes.
pub const LABEL_BYTES_MAX: usize = 255;

/// The largest expected count of a register: a lost row is made for each number that no line bears, so it bounds the work.
pub const EXPECTED_COUNT_MAX: u32 = 10_000;
