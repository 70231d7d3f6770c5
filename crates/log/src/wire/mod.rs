//! How the data of events is written: frozen structs of version 1, one per event type, used for both encodings.
//!
//! The JSON of an entry and the binary of a record come from the same struct, so they cannot say different things: only single values
//! (ids, hashes, times, terms, sealed texts) have two forms, chosen by [`serde::Serializer::is_human_readable`].
//! Fields stand in the order of their names in ASCII, which makes direct serialisation canonical (RFC 8785).
//!
//! JSON is printed by hand ([`print`]), which the serialiser proves.
//!
//! Nothing here knows of files, hashes of entries, or the envelope's rules.

pub(crate) mod envelope;
pub(crate) mod form;
pub(crate) mod print;
mod recent;
pub(crate) mod v1;
mod words;

#[cfg(test)]
pub(crate) mod generate;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod tests;

use docket_domain::event::{Data, EventKind};
use serde::de::DeserializeSeed;
use serde::{Deserializer, Serialize, Serializer};

use crate::seal::SealedText;

/// Serialises the data of an event in the frozen form of its type.
pub(crate) struct DataRef<'data>(pub(crate) &'data Data<SealedText>);

impl Serialize for DataRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        v1::write_data(self.0, serializer)
    }
}

/// Deserialises the data of an event of a known type.
#[derive(Clone, Copy)]
pub(crate) struct DataSeed(pub(crate) EventKind);

impl<'de> DeserializeSeed<'de> for DataSeed {
    type Value = Data<SealedText>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        v1::read_data(self.0, deserializer)
    }
}
