//! Parts that many answers share, and how domain values are written in JSON.

use std::fmt::Display;

use docket_domain::event::SourceLines;
use docket_domain::term::{Basis, Precision};
use docket_domain::{Digest, Effective, EventId, EventKind, Subject, Timestamp};
use docket_projection::{Audience, Certainty, EventReference, Provenance};
use serde::{Serialize, Serializer};

use super::text::Text;

/// When a fact began: somewhere in `from..to` (closed-open); no bounds where that is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// The first instant at which it can have begun.
    #[serde(serialize_with = "shown_if")]
    pub from: Option<Timestamp>,
    /// The first instant at which it certainly had begun.
    #[serde(serialize_with = "shown_if")]
    pub to: Option<Timestamp>,
    /// How finely the date is known.
    #[serde(serialize_with = "shown")]
    pub precision: Precision,
    /// The words printed.
    pub phrase: Option<Text>,
    /// Where the interval comes from.
    #[serde(serialize_with = "shown")]
    pub basis: Basis,
}

/// Lines of a source document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceReference {
    /// The document.
    #[serde(serialize_with = "shown")]
    pub sha256: Digest,
    /// Ranges of lines, both ends included, counted from 1.
    pub lines: Vec<(u32, u32)>,
}

/// Which event is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Its id.
    #[serde(serialize_with = "shown")]
    pub event: EventId,
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its type, such as `status.reported`.
    #[serde(rename = "type", serialize_with = "short")]
    pub kind: EventKind,
    /// What it is about.
    #[serde(serialize_with = "shown")]
    pub subject: Subject,
    /// Its version within its subject, from 1.
    pub version: u64,
    /// Its short name `7@3`, for an event about a recommendation: key and version.
    pub name: Option<String>,
}

impl From<Effective<Text>> for Interval {
    fn from(effective: Effective<Text>) -> Self {
        let Effective { basis, from, phrase, precision, to } = effective;
        Self { from, to, precision, phrase, basis }
    }
}

impl From<&SourceLines> for SourceReference {
    fn from(source: &SourceLines) -> Self {
        Self { sha256: source.sha256, lines: source.lines.clone() }
    }
}

impl From<&EventReference> for Reference {
    fn from(event: &EventReference) -> Self {
        let EventReference { event, index, subject, version, kind } = event.clone();
        Self { event, index, kind, name: name_of(&subject, version), subject, version }
    }
}

impl From<&Provenance> for Reference {
    fn from(event: &Provenance) -> Self {
        let Provenance { event, index, subject, version, kind, .. } = event.clone();
        Self { event, index, kind, name: name_of(&subject, version), subject, version }
    }
}

fn name_of(subject: &Subject, version: u64) -> Option<String> {
    subject.key().map(|key| format!("{key}@{version}"))
}

/// A value as it prints itself.
pub(crate) fn shown<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The same where it may be absent: null.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn shown_if<T: Display, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

/// The same for several.
pub(super) fn shown_each<T: Display, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

/// The type of an event as printed in tables.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
pub(super) fn short<S: Serializer>(kind: &EventKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.short())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::ref_option,
    reason = "serde passes a reference to the field"
)]
pub(crate) fn certainty<S: Serializer>(value: &Option<Certainty>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(Certainty::Certain) => serializer.serialize_str("certain"),
        Some(Certainty::Possible) => serializer.serialize_str("possible"),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
pub(super) fn audience<S: Serializer>(value: &Audience, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match value {
        Audience::Public => "public",
        Audience::Internal => "internal",
    })
}
