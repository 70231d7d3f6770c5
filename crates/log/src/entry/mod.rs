//! The entry: one event as canonical bytes, the leaf of the Merkle tree (DESIGN section 5).
//!
//! An entry is a CloudEvents 1.0 event in structured JSON, canonical by RFC 8785, of at most [`ENTRY_BYTES_MAX`] bytes. Its keys, in order:
//! `actor`, `actorbasis`, `commandid`, `data`, `datacontenttype` (`application/json`), `id`, `sequence` (the index, 20 digits), `source`
//! (the origin of the log), `specversion` (`1.0`), `subject`, `subjectprev` (the leaf hash of the subject's previous entry, in hexadecimal;
//! left out in version 1), `subjectversion`, `time` (RFC 3339, six fractional digits, `Z`), `type`.
//!
//! One event has one byte string: [`Entry::decode`] encodes again what it read, and refuses bytes that differ.

mod rules;

#[cfg(test)]
mod canonical;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use docket_domain::event::EventKind;
use docket_domain::{Event, Origin, Subject};
use serde::de::IgnoredAny;

use crate::json;
use crate::seal::SealedText;
use crate::wire::envelope::{DataOfEntry, Envelope, TypeOnly, print_entry};
use crate::wire::print::Refused;

/// The longest entry, in bytes (C2SP tlog-tiles: an entry's length must fit a `u16`).
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// An event with its place in its log: everything that its canonical bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The origin of the log.
    pub origin: Origin,
    /// The leaf hash of the entry before it on the same subject; none for the first one.
    pub previous: Option<[u8; 32]>,
    /// The event, shared with whoever else keeps it in memory.
    pub event: Arc<Event<SealedText>>,
}

/// Why an event has no entry, or bytes are none.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The bytes are over [`ENTRY_BYTES_MAX`].
    #[error("an entry of {bytes} bytes is over the limit of {ENTRY_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The type or its version is unknown.
    #[error("entries of type {name:?} are unknown here; a newer docket is needed to read them")]
    UnknownType {
        /// The type as it stands in the entry.
        name: String,
    },
    /// The bytes are no entry of their type.
    #[error("the bytes are no valid entry")]
    Malformed {
        /// What is wrong, and where.
        #[source]
        source: serde_json::Error,
    },
    /// The bytes say an event, but not in its one spelling.
    #[error(
        "the bytes are not canonical: they first differ from the one spelling of their event at byte {offset}"
    )]
    NotCanonical {
        /// The first byte that differs, counted from 0.
        offset: usize,
    },
    /// A value of the event cannot be written.
    #[error("event {index} cannot be written as an entry")]
    Unwritable {
        /// The index of the event.
        index: u64,
        /// Which value, and why.
        #[source]
        source: serde_json::Error,
    },
    /// The index is over 2^53-1.
    #[error("index {index} is over 2^53-1, the largest that JSON holds exactly")]
    Index {
        /// The index.
        index: u64,
    },
    /// The version and the previous entry of the subject do not go together.
    #[error("event {index} has version {version} of its subject, which {} name a previous entry", if *.version == 1 { "must not" } else { "counts from 1 and must" })]
    Version {
        /// The index of the event.
        index: u64,
        /// The version.
        version: u64,
    },
    /// An event of this type cannot be about this subject.
    #[error("event {index} of type {} cannot be about {subject}", .kind.short())]
    Subject {
        /// The index of the event.
        index: u64,
        /// Its type.
        kind: EventKind,
        /// What it is said to be about.
        subject: Subject,
    },
}

impl Entry {
    /// Appends the canonical bytes and returns how many there are. On an error `out` is left as it was.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<usize, EntryError> {
        self.check()?;
        let start = out.len();
        let written = self.print(out);
        let bytes = out.len() - start;
        let result = match written {
            Err(source) => Err(EntryError::Unwritable { index: self.event.index, source }),
            Ok(()) if bytes > ENTRY_BYTES_MAX => Err(EntryError::TooLong { bytes }),
            Ok(()) => return Ok(bytes),
        };
        out.truncate(start);
        result
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        let mut bytes = Vec::with_capacity(1024);
        self.encode_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads canonical bytes; any other spelling of the same event is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLong { bytes: bytes.len() });
        }
        let malformed = |source| EntryError::Malformed { source };
        let envelope: Envelope<IgnoredAny> = json::read(bytes).map_err(|source| unreadable(bytes, source))?;
        let kind = EventKind::from_name(&envelope.kind).ok_or_else(|| unknown(&envelope.kind))?;
        let data = json::read_first(DataOfEntry(kind), bytes).map_err(malformed)?;
        let entry = Self {
            origin: envelope.source,
            previous: envelope.subjectprev.map(|digest| *digest.as_bytes()),
            event: Arc::new(Event {
                index: envelope.sequence.0,
                id: envelope.id,
                subject: envelope.subject,
                version: envelope.subjectversion,
                recorded_at: envelope.time,
                actor: envelope.actor,
                actor_basis: envelope.actorbasis,
                command: envelope.commandid,
                data,
            }),
        };
        entry.check()?;
        entry.compare(bytes)?;
        Ok(entry)
    }

    /// Appends the canonical JSON, whatever its length.
    fn print(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let start = out.len();
        print_entry(self, out).or_else(|Refused| {
            // The serialiser refuses the same, and says what and why.
            out.truncate(start);
            serde_json::to_writer(&mut *out, &Envelope::of(self))
        })
    }

    /// Checks that the canonical bytes are `bytes`.
    fn compare(&self, bytes: &[u8]) -> Result<(), EntryError> {
        let mut printed = Vec::with_capacity(bytes.len());
        self.print(&mut printed)
            .map_err(|source| EntryError::Unwritable { index: self.event.index, source })?;
        if printed == bytes {
            return Ok(());
        }
        let offset = printed.iter().zip(bytes).take_while(|(printed, byte)| printed == byte).count();
        Err(EntryError::NotCanonical { offset })
    }
}

fn unknown(name: &str) -> EntryError {
    EntryError::UnknownType { name: name.to_owned() }
}

/// Why an envelope cannot be read: because it is newer, if its type is unknown.
fn unreadable(bytes: &[u8], source: serde_json::Error) -> EntryError {
    match json::read::<TypeOnly>(bytes) {
        Ok(TypeOnly { kind }) if EventKind::from_name(&kind).is_none() => unknown(&kind),
        _ => EntryError::Malformed { source },
    }
}
