//! How single values stand in JSON and in binary.
//!
//! | value | JSON | binary |
//! |---|---|---|
//! | name (actor, label, key, ...), zone, subject | string | string |
//! | event id, command id | hyphenated UUID | 16 bytes |
//! | SHA-256 | 64 hexadecimal digits | 32 bytes |
//! | time | RFC 3339, six digits, `Z` | `i64` microseconds |
//! | term | its name | its `u8` tag |
//! | integer | number of at most 2^53-1 | the same limit, fixed width |
//! | sealed text | `{"bytes":n,"sealed":"<base64>"}` | 32 bytes, `u32` |
//! | optional value | `null` or the value | 0, or 1 and the value |

use std::fmt::{self, Display};
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::id::IdError;
use docket_domain::subject::SubjectError;
use docket_domain::term::{
    ActorBasis, AssignmentAttribute, AssignmentChange, Basis, NoteRole, NumberBasis, Precision, Reporting,
    TextBasis, Visibility,
};
use docket_domain::time::TimeError;
use docket_domain::{
    Actor, Asserter, CommandId, Digest, EventId, Key, Label, Origin, RegisterId, StateName, Subject,
    TEXT_BYTES_MAX, Timestamp, Zone,
};
use serde::de::{Error as _, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::print::push_subject;
use super::recent::Recent;
use super::words;
use crate::seal::SealedText;

/// The largest integer of an entry, 2^53-1: the largest that every JSON reader holds exactly (RFC 8785, RFC 7493).
pub(crate) const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A value with its one form in JSON and its one form in binary.
///
/// Whatever `write` accepts, `read` gives back; both refuse what the other would refuse.
pub(crate) trait Form: Sized {
    /// Writes the form that fits the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the form that fits the deserializer, and checks it.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// For `#[serde(with = "...")]`.
pub(crate) fn serialize<T: Form, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

/// For `#[serde(with = "...")]`.
pub(crate) fn deserialize<'de, T: Form, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// A borrowed value, written by its form.
pub(crate) struct Written<'value, T>(pub(crate) &'value T);

impl<T: Form> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// An owned value, read by its form.
struct Read<T>(T);

impl<'de, T: Form> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

impl<T: Form> Form for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => serializer.serialize_some(&Written(value)),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Read<T>>::deserialize(deserializer)?.map(|read| read.0))
    }
}

impl<T: Form> Form for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Read<T>>::deserialize(deserializer)?.into_iter().map(|read| read.0).collect())
    }
}

/// Values whose serde form is the same in both encodings.
macro_rules! plain {
    ($($type:ty),+) => { $(
        impl Form for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        }
    )+ };
}

plain!(bool, u32, (u32, u32), String);

impl Form for u64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_integer(*self).map_err(S::Error::custom)?;
        serializer.serialize_u64(*self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Self::deserialize(deserializer)?;
        check_integer(value).map_err(D::Error::custom)?;
        Ok(value)
    }
}

impl Form for i64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_integer(self.unsigned_abs()).map_err(S::Error::custom)?;
        serializer.serialize_i64(*self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Self::deserialize(deserializer)?;
        check_integer(value.unsigned_abs()).map_err(D::Error::custom)?;
        Ok(value)
    }
}

fn check_integer(magnitude: u64) -> Result<(), String> {
    if magnitude <= INTEGER_MAX {
        Ok(())
    } else {
        Err(format!("the integer {magnitude} is over {INTEGER_MAX}, the largest that JSON holds exactly"))
    }
}

/// A value that is read from one printed string.
pub(crate) trait Printed: Sized {
    /// Why a string does not say such a value.
    type Error: Display;

    /// Reads the string.
    fn from_printed(value: &str) -> Result<Self, Self::Error>;
}

/// Reads a printed value without copying the string first.
pub(crate) fn read_printed<'de, T: Printed, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(PrintedVisitor(PhantomData))
}

struct PrintedVisitor<T>(PhantomData<T>);

impl<T: Printed> Visitor<'_> for PrintedVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<T, E> {
        T::from_printed(value).map_err(E::custom)
    }
}

/// Values that are a string in both encodings.
macro_rules! names {
    ($($type:ident),+) => { $(
        impl Printed for $type {
            type Error = IdError;

            fn from_printed(value: &str) -> Result<Self, IdError> {
                thread_local!(static RECENT: Recent<$type> = const { Recent::new() });
                RECENT.with(|recent| recent.read(value, Self::new))
            }
        }

        impl Form for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_printed(deserializer)
            }
        }
    )+ };
}

names!(Actor, Asserter, Key, Label, Origin, RegisterId, StateName);

impl Printed for Zone {
    type Error = TimeError;

    fn from_printed(value: &str) -> Result<Self, TimeError> {
        Self::parse(value)
    }
}

impl Form for Zone {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_printed(deserializer)
    }
}

impl Printed for Subject {
    type Error = SubjectError;

    fn from_printed(value: &str) -> Result<Self, SubjectError> {
        thread_local!(static RECENT: Recent<Subject> = const { Recent::new() });
        RECENT.with(|recent| recent.read(value, Self::parse))
    }
}

impl Form for Subject {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut printed = Vec::with_capacity(64);
        push_subject(self, &mut printed);
        serializer.serialize_str(str::from_utf8(&printed).map_err(S::Error::custom)?)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_printed(deserializer)
    }
}

/// Ids: a UUID in JSON, its 16 bytes in binary.
macro_rules! ids {
    ($($type:ident),+) => { $(
        impl Printed for $type {
            type Error = IdError;

            fn from_printed(value: &str) -> Result<Self, IdError> {
                Self::parse(value)
            }
        }

        impl Form for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    let mut digits = Uuid::encode_buffer();
                    serializer.serialize_str(Uuid::from_bytes(self.to_bytes()).hyphenated().encode_lower(&mut digits))
                } else {
                    words::of::<2>(&self.to_bytes()).serialize(serializer)
                }
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    read_printed(deserializer)
                } else {
                    words::read::<2, 16, D>(deserializer).map(Self::from_bytes)
                }
            }
        }
    )+ };
}

ids!(CommandId, EventId);

impl Printed for Digest {
    type Error = IdError;

    fn from_printed(value: &str) -> Result<Self, IdError> {
        Self::parse(value)
    }
}

impl Form for Digest {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let mut digits = [0; 64];
            hex::encode_to_slice(self.as_bytes(), &mut digits).map_err(S::Error::custom)?;
            serializer.serialize_str(str::from_utf8(&digits).map_err(S::Error::custom)?)
        } else {
            words::of::<4>(self.as_bytes()).serialize(serializer)
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            read_printed(deserializer)
        } else {
            words::read::<4, 32, D>(deserializer).map(Self::from_bytes)
        }
    }
}

impl Printed for Timestamp {
    type Error = TimeError;

    fn from_printed(value: &str) -> Result<Self, TimeError> {
        Self::parse(value)
    }
}

impl Form for Timestamp {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.as_micros())
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            read_printed(deserializer)
        } else {
            Self::from_micros(i64::deserialize(deserializer)?).map_err(D::Error::custom)
        }
    }
}

/// Terms: their name in JSON, their frozen tag in binary.
macro_rules! terms {
    ($($type:ident $what:literal),+ $(,)?) => { $(
        impl Printed for $type {
            type Error = String;

            fn from_printed(value: &str) -> Result<Self, String> {
                Self::from_name(value).ok_or_else(|| format!(concat!("unknown ", $what, " {:?}"), value))
            }
        }

        impl Form for $type {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(self.as_str())
                } else {
                    serializer.serialize_u8(self.tag())
                }
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    return read_printed(deserializer);
                }
                let tag = u8::deserialize(deserializer)?;
                Self::from_tag(tag).ok_or_else(|| D::Error::custom(format_args!(concat!("unknown tag {} of a ", $what), tag)))
            }
        }
    )+ };
}

terms! {
    ActorBasis "actor basis",
    AssignmentAttribute "assignment attribute",
    AssignmentChange "assignment change",
    Basis "basis",
    NoteRole "note role",
    NumberBasis "number basis",
    Precision "precision",
    Reporting "reporting",
    TextBasis "text basis",
    Visibility "visibility",
}

/// A digest in base64: how JSON carries the digest of a sealed text.
struct Base64(Digest);

impl Printed for Base64 {
    type Error = String;

    fn from_printed(value: &str) -> Result<Self, String> {
        let error = || format!("{value:?} is not the base64 of a SHA-256");
        let bytes = STANDARD.decode(value).map_err(|_| error())?;
        Ok(Self(Digest::from_bytes(bytes.try_into().map_err(|_| error())?)))
    }
}

impl Form for Base64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 44];
        STANDARD.encode_slice(self.0.as_bytes(), &mut digits).map_err(S::Error::custom)?;
        serializer.serialize_str(str::from_utf8(&digits).map_err(S::Error::custom)?)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_printed(deserializer)
    }
}

/// A sealed text in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedJson {
    bytes: u32,
    #[serde(with = "self")]
    sealed: Base64,
}

impl Form for SealedText {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_text_bytes(self.bytes).map_err(S::Error::custom)?;
        if serializer.is_human_readable() {
            SealedJson { bytes: self.bytes, sealed: Base64(self.digest) }.serialize(serializer)
        } else {
            (words::of::<4>(self.digest.as_bytes()), self.bytes).serialize(serializer)
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = if deserializer.is_human_readable() {
            let json = SealedJson::deserialize(deserializer)?;
            Self { digest: json.sealed.0, bytes: json.bytes }
        } else {
            let (digest, bytes) = <([u64; 4], u32)>::deserialize(deserializer)?;
            Self { digest: Digest::from_bytes(words::bytes(digest)), bytes }
        };
        check_text_bytes(text.bytes).map_err(D::Error::custom)?;
        Ok(text)
    }
}

fn check_text_bytes(bytes: u32) -> Result<(), String> {
    if bytes as usize <= TEXT_BYTES_MAX {
        Ok(())
    } else {
        Err(format!("a sealed text of {bytes} bytes is over the limit of {TEXT_BYTES_MAX}"))
    }
}
