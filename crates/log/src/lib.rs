//! The append-only log: entries, journal, sled store, Merkle tree, checkpoints, receipts and verify.
//!
//! A commit is durable when its journal frame is; the store follows behind and can be rebuilt. Every commit has a signed checkpoint,
//! and every entry can be proven against it with tools that are not ours (C2SP tlog formats, module [`tlog`]).
//!
//! This crate knows nothing of what statuses mean, of the wall clock, of HTTP or of the terminal.

pub mod backup;
mod behind;
pub mod blobs;
pub mod directory;
pub mod entry;
mod erasure;
pub mod error;
pub mod export;
pub mod fs;
pub mod journal;
mod json;
pub mod keys;
pub mod open;
pub mod progress;
pub mod reader;
pub mod receipt;
pub mod record;
pub mod redaction;
pub mod seal;
pub mod store;
mod stored;
mod tail;
#[cfg(test)]
mod testing;
pub mod tlog;
pub mod verify;
mod wire;
pub mod writer;

pub use directory::DataDirectory;
pub use error::LogError;
pub use open::{Foreign, Notice, Opened, Rebuilt, open, open_read_only, rebuild};
pub use progress::{Progress, Stage};
pub use reader::LogReader;
pub use verify::{Finding, Observer, VerifyReport, verify};
pub use writer::{Commit, Draft, Log};
