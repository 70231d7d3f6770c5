//! The records of the store: the same events as the entries, in a binary form that decodes faster (DESIGN section 6).
//!
//! A record is bincode 1.3.3 with fixed-width little-endian integers. A string is its length (`u64`) and its bytes, an optional value is a
//! byte 0, or 1 and the value, a list is its length (`u64`) and its values. In order:
//!
//! | field | form |
//! |---|---|
//! | format | `u8`, 1 |
//! | tag of the event type | `u16` |
//! | index | `u64` |
//! | event id | 16 bytes |
//! | subject | string, as printed |
//! | version of the subject | `u64` |
//! | recorded at | `i64`, microseconds |
//! | actor | string |
//! | actor basis | `u8`, its tag |
//! | command id | 16 bytes |
//! | origin | string |
//! | leaf hash of the subject's previous entry | optional, 32 bytes |
//! | segment, offset of the frame, offset of the first opening | 3 times `u64` |
//! | length of the openings | `u32` |
//! | data | the frozen struct of the type, field by field |
//!
//! Never a serde enum: a variant inserted later would decode old bytes as another event.
//!
//! bincode appears in this module and nowhere else.

mod bundle;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use bincode::Options;
use docket_domain::event::{Data, Event, EventKind};
use docket_domain::term::ActorBasis;
use docket_domain::{Actor, CommandId, Digest, EventId, Origin, Subject, Timestamp};
use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::entry::{Entry, EntryError};
use crate::seal::SealedText;
use crate::wire::form::Written;
use crate::wire::{DataRef, DataSeed};

pub use bundle::{BUNDLE_RECORDS_MAX, Bundle, BundleCheckpoint, BundleError};

/// The format of the records that are written.
pub const RECORD_FORMAT: u8 = 1;

/// The longest record, in bytes. The record of an entry of 65,535 bytes is at most a third longer: ranges of lines, 6 bytes at least in
/// JSON and 8 here, are the only values that take more space than there.
pub const RECORD_BYTES_MAX: usize = 128 * 1024;

/// The one configuration of bincode: fixed-width integers, little endian, a size limit, trailing bytes refused.
fn configuration() -> impl Options {
    bincode::DefaultOptions::new()
        .with_fixint_encoding()
        .with_little_endian()
        .with_limit(RECORD_BYTES_MAX as u64)
        .reject_trailing_bytes()
}

/// Where the journal keeps an entry and its openings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The id of the segment.
    pub segment: u64,
    /// The offset of the frame in the segment, in bytes.
    pub offset: u64,
    /// The offset of the entry's first opening in the segment, in bytes.
    pub openings_offset: u64,
    /// The length of the entry's openings, in bytes.
    pub openings_len: u32,
}

/// What the store knows of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Where the journal keeps it.
    pub location: Location,
    /// What its entry says.
    pub entry: Entry,
}

/// Why an event has no record, or bytes are none.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The record is of another format.
    #[error("records of format {format} are unknown here; a newer docket is needed to read them")]
    UnknownFormat {
        /// The format byte.
        format: u8,
    },
    /// The event type is unknown.
    #[error("records of event type {tag} are unknown here; a newer docket is needed to read them")]
    UnknownType {
        /// The tag of the type.
        tag: u16,
    },
    /// The bytes end before format and type.
    #[error("a record of {bytes} bytes is cut off")]
    CutOff {
        /// How many bytes there are.
        bytes: usize,
    },
    /// The bytes are no record of their format and type.
    #[error("the bytes are no valid record")]
    Malformed {
        /// What is wrong.
        #[source]
        source: bincode::Error,
    },
    /// A value of the event cannot be written.
    #[error("event {index} cannot be written as a record")]
    Unwritable {
        /// The index of the event.
        index: u64,
        /// Which value, and why.
        #[source]
        source: bincode::Error,
    },
    /// What the record says is no entry, or the entry that it is compared with is none.
    #[error("there is no valid entry to this record")]
    Entry {
        /// What is wrong.
        #[source]
        source: EntryError,
    },
    /// The record and the entry say different things.
    #[error("the record and the entry of event {index} differ in their {field}")]
    Differs {
        /// The index in the entry.
        index: u64,
        /// The first field that differs.
        field: &'static str,
    },
}

/// The head of a record, format 1. Frozen.
#[derive(Deserialize)]
struct HeadV1 {
    #[expect(dead_code, reason = "read before the rest, which depends on it")]
    format: u8,
    #[expect(dead_code, reason = "read before the rest, which depends on it")]
    kind: u16,
    #[serde(with = "crate::wire::form")]
    index: u64,
    #[serde(with = "crate::wire::form")]
    id: EventId,
    #[serde(with = "crate::wire::form")]
    subject: Subject,
    #[serde(with = "crate::wire::form")]
    version: u64,
    #[serde(with = "crate::wire::form")]
    recorded_at: Timestamp,
    #[serde(with = "crate::wire::form")]
    actor: Actor,
    #[serde(with = "crate::wire::form")]
    actor_basis: ActorBasis,
    #[serde(with = "crate::wire::form")]
    command: CommandId,
    #[serde(with = "crate::wire::form")]
    origin: Origin,
    #[serde(with = "crate::wire::form")]
    previous: Option<Digest>,
    segment: u64,
    offset: u64,
    openings_offset: u64,
    openings_len: u32,
}

/// The same head as it is written, without copies. Frozen: the same fields in the same order.
#[derive(Serialize)]
struct WrittenHeadV1<'entry> {
    format: u8,
    kind: u16,
    index: Written<'entry, u64>,
    id: Written<'entry, EventId>,
    subject: Written<'entry, Subject>,
    version: Written<'entry, u64>,
    recorded_at: Written<'entry, Timestamp>,
    actor: Written<'entry, Actor>,
    actor_basis: Written<'entry, ActorBasis>,
    command: Written<'entry, CommandId>,
    origin: Written<'entry, Origin>,
    previous: Written<'entry, Option<Digest>>,
    segment: u64,
    offset: u64,
    openings_offset: u64,
    openings_len: u32,
}

/// Appends the record of an entry and returns its length. On an error `out` is left as it was.
pub fn encode_record(entry: &Entry, location: Location, out: &mut Vec<u8>) -> Result<usize, RecordError> {
    entry.check().map_err(|source| RecordError::Entry { source })?;
    let event = &entry.event;
    let previous = entry.previous.map(Digest::from_bytes);
    let head = WrittenHeadV1 {
        format: RECORD_FORMAT,
        kind: event.data.kind().tag(),
        index: Written(&event.index),
        id: Written(&event.id),
        subject: Written(&event.subject),
        version: Written(&event.version),
        recorded_at: Written(&event.recorded_at),
        actor: Written(&event.actor),
        actor_basis: Written(&event.actor_basis),
        command: Written(&event.command),
        origin: Written(&entry.origin),
        previous: Written(&previous),
        segment: location.segment,
        offset: location.offset,
        openings_offset: location.openings_offset,
        openings_len: location.openings_len,
    };
    let start = out.len();
    // With a limit, bincode measures everything before it writes; measuring what was written is the same.
    let unlimited = configuration().with_no_limit();
    let written = unlimited.serialize_into(&mut *out, &(head, DataRef(&event.data)));
    let bytes = out.len() - start;
    let result = match written {
        Ok(()) if bytes <= RECORD_BYTES_MAX => return Ok(bytes),
        Ok(()) => Err(Box::new(bincode::ErrorKind::SizeLimit)),
        Err(source) => Err(source),
    };
    out.truncate(start);
    result.map_err(|source| RecordError::Unwritable { index: event.index, source })
}

/// Reads a record.
pub fn decode_record(bytes: &[u8]) -> Result<StoredEvent, RecordError> {
    let &[format, tag_low, tag_high, ..] = bytes else {
        return Err(RecordError::CutOff { bytes: bytes.len() });
    };
    if format != RECORD_FORMAT {
        return Err(RecordError::UnknownFormat { format });
    }
    let tag = u16::from_le_bytes([tag_low, tag_high]);
    let kind = EventKind::from_tag(tag).ok_or(RecordError::UnknownType { tag })?;
    let malformed = |source| RecordError::Malformed { source };
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(malformed(Box::new(bincode::ErrorKind::SizeLimit)));
    }
    // With a limit, bincode counts at every value; all of them together are no longer than the bytes.
    let unlimited = configuration().with_no_limit();
    let (head, data) = unlimited.deserialize_seed(RecordSeed(kind), bytes).map_err(malformed)?;
    let stored = assemble(head, data);
    stored.entry.check().map_err(|source| RecordError::Entry { source })?;
    Ok(stored)
}

fn assemble(head: HeadV1, data: Data<SealedText>) -> StoredEvent {
    let location = Location {
        segment: head.segment,
        offset: head.offset,
        openings_offset: head.openings_offset,
        openings_len: head.openings_len,
    };
    let event = Event {
        index: head.index,
        id: head.id,
        subject: head.subject,
        version: head.version,
        recorded_at: head.recorded_at,
        actor: head.actor,
        actor_basis: head.actor_basis,
        command: head.command,
        data,
    };
    let previous = head.previous.map(|digest| *digest.as_bytes());
    StoredEvent { location, entry: Entry { origin: head.origin, previous, event: Arc::new(event) } }
}

/// Reads the head of a record, then data of the given type.
struct RecordSeed(EventKind);

impl<'de> DeserializeSeed<'de> for RecordSeed {
    type Value = (HeadV1, Data<SealedText>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }
}

impl<'de> Visitor<'de> for RecordSeed {
    type Value = (HeadV1, Data<SealedText>);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let head = parts.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let data =
            parts.next_element_seed(DataSeed(self.0))?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        Ok((head, data))
    }
}

/// Checks that a record and an entry say the same, by reading both, and returns it.
pub fn record_matches_entry(record: &[u8], entry: &[u8]) -> Result<StoredEvent, RecordError> {
    let stored = decode_record(record)?;
    let entry = Entry::decode(entry).map_err(|source| RecordError::Entry { source })?;
    match first_difference(&stored.entry, &entry) {
        None => Ok(stored),
        Some(field) => Err(RecordError::Differs { index: entry.event.index, field }),
    }
}

fn first_difference(record: &Entry, entry: &Entry) -> Option<&'static str> {
    let (a, b) = (&record.event, &entry.event);
    let fields = [
        ("index", a.index == b.index),
        ("id", a.id == b.id),
        ("origin", record.origin == entry.origin),
        ("subject", a.subject == b.subject),
        ("version", a.version == b.version),
        ("previous entry", record.previous == entry.previous),
        ("time", a.recorded_at == b.recorded_at),
        ("actor", a.actor == b.actor),
        ("actor basis", a.actor_basis == b.actor_basis),
        ("command", a.command == b.command),
        ("data", a.data == b.data),
        // Whatever a later version adds and this list forgets.
        ("content", record == entry),
    ];
    fields.into_iter().find(|(_, equal)| !equal).map(|(field, _)| field)
}
