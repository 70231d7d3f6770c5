//! What can go wrong before there is a transcript. Damage inside a table is never an error but a [`Problem`](super::Problem).

use std::path::PathBuf;

use super::LINES_MAX;

/// Why a source folder cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file of the folder cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of the folder is over its size limit.
    #[error("{} is over the limit of {bytes_max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// A file is not valid UTF-8.
    #[error(
        "{file} is not valid UTF-8 at line {line}, byte offset {offset}: save it as UTF-8 and state its new SHA-256"
    )]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The offset of the first bad byte from the start of the file.
        offset: usize,
    },
    /// The document has more lines than are read.
    #[error("{file} has {lines} lines; at most {LINES_MAX} are read")]
    TooManyLines {
        /// The file.
        file: String,
        /// How many lines it has.
        lines: usize,
    },
    /// A TOML file cannot be understood.
    #[error("{file}, line {line}: {message}")]
    Toml {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser expected there.
        message: String,
    },
    /// A value of `source.toml` makes no sense.
    #[error("{file}: `{key}` {message}")]
    Value {
        /// The file.
        file: String,
        /// The key, with its tables.
        key: String,
        /// What is wrong with the value.
        message: String,
    },
    /// The document is not the one that the manifest describes.
    #[error(
        "{file} has SHA-256 {found}, but its manifest states {stated}: restore the document or correct `document.sha256`"
    )]
    OtherDocument {
        /// The document.
        file: String,
        /// The digest in the manifest.
        stated: String,
        /// The digest of the bytes at hand.
        found: String,
    },
    /// Decisions of `curation.toml` do not apply; all of them are named.
    #[error("{file}: {} refused: {}", count(.refused.len()), list(.refused))]
    Refused {
        /// The file.
        file: String,
        /// Every decision that does not apply.
        refused: Vec<RefusedDecision>,
    },
}

/// A decision that does not apply, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("decision {ordinal} ({}, lines {}): {reason}", action.escape_debug(), lines.escape_debug())]
pub struct RefusedDecision {
    /// Its place in the file, counted from 1.
    pub ordinal: usize,
    /// Its action, as written.
    pub action: String,
    /// Its lines, as written.
    pub lines: String,
    /// Why it does not apply.
    pub reason: String,
}

fn count(decisions: usize) -> String {
    if decisions == 1 { "1 decision is".to_owned() } else { format!("{decisions} decisions are") }
}

fn list(refused: &[RefusedDecision]) -> String {
    refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
