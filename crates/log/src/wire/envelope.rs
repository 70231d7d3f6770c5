//! The envelope of an entry: CloudEvents 1.0 in structured JSON (DESIGN section 5).

use std::borrow::Cow;
use std::fmt;

use docket_domain::event::{Data, EventKind};
use docket_domain::term::ActorBasis;
use docket_domain::{Actor, CommandId, Digest, EventId, Origin, Subject, Timestamp};
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::form::{Form, Printed, read_printed};
use super::print::{Print as _, Refused, digits, quoted};
use super::v1::print_data;
use super::{DataRef, DataSeed};
use crate::entry::Entry;
use crate::seal::SealedText;

/// The attributes of an entry, in the order of their names. JSON only.
///
/// Unknown attributes are not refused here, so that an entry of a newer type is reported as such; comparing the bytes refuses them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Envelope<D> {
    #[serde(with = "super::form")]
    pub(crate) actor: Actor,
    #[serde(with = "super::form")]
    pub(crate) actorbasis: ActorBasis,
    #[serde(with = "super::form")]
    pub(crate) commandid: CommandId,
    pub(crate) data: D,
    #[serde(with = "super::form")]
    pub(crate) datacontenttype: ContentType,
    #[serde(with = "super::form")]
    pub(crate) id: EventId,
    #[serde(with = "super::form")]
    pub(crate) sequence: Sequence,
    #[serde(with = "super::form")]
    pub(crate) source: Origin,
    #[serde(with = "super::form")]
    pub(crate) specversion: SpecVersion,
    #[serde(with = "super::form")]
    pub(crate) subject: Subject,
    /// Absent, and not `null`, for the first version of a subject.
    #[serde(with = "super::form", default, skip_serializing_if = "Option::is_none")]
    pub(crate) subjectprev: Option<Digest>,
    #[serde(with = "super::form")]
    pub(crate) subjectversion: u64,
    #[serde(with = "super::form")]
    pub(crate) time: Timestamp,
    #[serde(rename = "type")]
    pub(crate) kind: Cow<'static, str>,
}

impl Envelope<DataRef<'_>> {
    /// The envelope of an entry, for the serialiser.
    pub(crate) fn of(entry: &Entry) -> Envelope<DataRef<'_>> {
        let event = &entry.event;
        Envelope {
            actor: event.actor.clone(),
            actorbasis: event.actor_basis,
            commandid: event.command,
            data: DataRef(&event.data),
            datacontenttype: ContentType,
            id: event.id,
            sequence: Sequence(event.index),
            source: entry.origin.clone(),
            specversion: SpecVersion,
            subject: event.subject.clone(),
            subjectprev: entry.previous.map(Digest::from_bytes),
            subjectversion: event.version,
            time: event.recorded_at,
            kind: Cow::Borrowed(event.data.kind().as_str()),
        }
    }
}

/// Prints the canonical JSON of an entry: the attributes of [`Envelope`], in the same order.
pub(crate) fn print_entry(entry: &Entry, out: &mut Vec<u8>) -> Result<(), Refused> {
    let event = &entry.event;
    out.extend_from_slice(b"{\"actor\":");
    event.actor.print(out)?;
    out.extend_from_slice(b",\"actorbasis\":");
    event.actor_basis.print(out)?;
    out.extend_from_slice(b",\"commandid\":");
    event.command.print(out)?;
    out.extend_from_slice(b",\"data\":");
    print_data(&event.data, out)?;
    out.extend_from_slice(b",\"datacontenttype\":\"application/json\",\"id\":");
    event.id.print(out)?;
    out.extend_from_slice(b",\"sequence\":");
    quoted(&digits(event.index), out);
    out.extend_from_slice(b",\"source\":");
    entry.origin.print(out)?;
    out.extend_from_slice(b",\"specversion\":\"1.0\",\"subject\":");
    event.subject.print(out)?;
    if let Some(previous) = entry.previous {
        out.extend_from_slice(b",\"subjectprev\":");
        Digest::from_bytes(previous).print(out)?;
    }
    out.extend_from_slice(b",\"subjectversion\":");
    event.version.print(out)?;
    out.extend_from_slice(b",\"time\":");
    event.recorded_at.print(out)?;
    out.extend_from_slice(b",\"type\":");
    quoted(event.data.kind().as_str().as_bytes(), out);
    out.push(b'}');
    Ok(())
}

/// Just the type of an entry whose envelope could not be read.
#[derive(Deserialize)]
pub(crate) struct TypeOnly {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// Declares an attribute that always has the same value.
macro_rules! constant {
    ($(#[$meta:meta])* $name:ident = $value:literal) => {
        $(#[$meta])*
        pub(crate) struct $name;

        impl Printed for $name {
            type Error = String;

            fn from_printed(value: &str) -> Result<Self, String> {
                if value == $value { Ok(Self) } else { Err(format!(concat!("{:?} where only ", $value, " is allowed"), value)) }
            }
        }

        impl Form for $name {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($value)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_printed(deserializer)
            }
        }
    };
}

constant!(
    /// The media type of `data`.
    ContentType = "application/json"
);
constant!(
    /// The version of CloudEvents.
    SpecVersion = "1.0"
);

/// The digits of a sequence: enough for every `u64`, so that sequences sort as strings.
const SEQUENCE_DIGITS: usize = 20;

/// The index of an entry, printed with 20 digits.
pub(crate) struct Sequence(pub(crate) u64);

impl fmt::Display for Sequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:0SEQUENCE_DIGITS$}", self.0)
    }
}

impl Printed for Sequence {
    type Error = String;

    fn from_printed(value: &str) -> Result<Self, String> {
        let error = || format!("{value:?} is not a sequence of {SEQUENCE_DIGITS} digits");
        if value.len() != SEQUENCE_DIGITS || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error());
        }
        value.parse().map(Self).map_err(|_| error())
    }
}

impl Form for Sequence {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_printed(deserializer)
    }
}

/// Reads the `data` of an entry whose type is known: the type stands behind the data, so an entry is read twice.
pub(crate) struct DataOfEntry(pub(crate) EventKind);

impl<'de> DeserializeSeed<'de> for DataOfEntry {
    type Value = Data<SealedText>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DataOfEntry {
    type Value = Data<SealedText>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut attributes: A) -> Result<Self::Value, A::Error> {
        let mut data = None;
        while let Some(name) = attributes.next_key::<Cow<'de, str>>()? {
            if name == "data" {
                data = Some(attributes.next_value_seed(DataSeed(self.0))?);
            } else {
                attributes.next_value::<IgnoredAny>()?;
            }
        }
        data.ok_or_else(|| A::Error::missing_field("data"))
    }
}
