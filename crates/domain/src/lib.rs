//! What Docket records, and the rules for recording it.
//!
//! Ids, the two clocks, the four status axes, the event catalogue, commands, and [`decide()`], which turns one step of a command into
//! the data of one event or refuses it. Everything here is a value or a pure function.
//!
//! This crate knows nothing of files, clocks, hashes of entries, JSON, sled or the network: time and ids come in as arguments, and
//! texts are whatever the caller's type parameter says they are (plain strings in a command, sealed texts in a recorded event).

pub mod command;
pub mod decide;
pub mod effective;
pub mod event;
pub mod id;
mod payload;
pub mod subject;
pub mod term;
pub mod time;
pub mod vocabulary;

pub use command::{Action, Change, Command, ReportStatus, Step};
pub use decide::{Earlier, Known, KnownEvent, Redactable, Refusal, RegisterFacts, decide};
pub use effective::Effective;
pub use event::{Data, Event, EventKind};
pub use id::{Actor, Asserter, CommandId, Digest, EventId, Key, Label, Origin, RegisterId, StateName};
pub use payload::{TEXT_BYTES_MAX, TEXTS_PER_EVENT_MAX};
pub use subject::Subject;
pub use time::{Timestamp, Zone};
pub use vocabulary::Vocabulary;
