//! The application: the writer, readers, idempotency and import, over the log and the projection.
//!
//! [`Ledger`] opens a data directory, takes commands through one writer, and answers questions at any pinned size. It knows nothing of
//! HTTP, of the terminal or of command lines.

pub mod answer;
pub mod batch;
pub mod claims;
pub mod clock;
pub mod error;
mod events;
#[cfg(test)]
mod faults;
mod fold;
pub mod import;
pub mod ledger;
pub mod next;
mod plan;
mod queue;
pub mod redact;
mod repeat;
mod snapshot;
pub mod source;
pub mod verify;
pub mod vocabulary;
mod writer;

pub use error::{ErrorKind, LedgerError};
pub use ledger::{Ledger, OpenOptions, Reader};
pub use snapshot::{RereadSnapshot, reread_snapshot};
pub use writer::{Outcome, Recorded};
