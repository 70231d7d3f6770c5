//! The data of every event type, version 1. Frozen: a struct here never changes once an event of its type was recorded.
//!
//! A change of an event type is a new struct under a new type string and a new tag; these stay, so that old bytes stay readable.

use docket_domain::event::{self, Data, EventKind, SourceLines as DomainSourceLines};
use docket_domain::term::{
    AssignmentAttribute, AssignmentChange, Basis, NoteRole, NumberBasis, Precision, Reporting, TextBasis,
    Visibility,
};
use docket_domain::{
    Actor, Asserter, Digest, EventId, Key, Label, StateName, Timestamp, Zone, effective, vocabulary,
};
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Deserialize, Deserializer, Serializer};

use super::form::{Form, Written};
use super::print::{Print, Refused, print_fields};
use crate::seal::SealedText;

/// An interval of the domain, written as [`Effective`].
type DomainEffective = effective::Effective<SealedText>;

/// Declares frozen structs, and how they are made from and into the domain's struct that has the same fields.
macro_rules! frozen_structs {
    ($($(#[$meta:meta])* $name:ident: $domain:ty { $($field:ident: $type:ty,)+ })+) => { $(
        $(#[$meta])*
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name { $(#[serde(with = "super::form")] $field: $type,)+ }

        impl $name {
            /// Writes the fields of the domain's struct in the order in which they stand here.
            fn write<S: Serializer>(value: &$domain, serializer: S) -> Result<S::Ok, S::Error> {
                let mut fields = serializer.serialize_struct(stringify!($name), [$(stringify!($field)),+].len())?;
                $(fields.serialize_field(stringify!($field), &Written(&value.$field))?;)+
                fields.end()
            }

            /// Prints them in the same order.
            fn print(value: &$domain, out: &mut Vec<u8>) -> Result<(), Refused> {
                print_fields!(value, out, $($field)+)
            }
        }

        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                Self { $($field: value.$field,)+ }
            }
        }
    )+ };
}

/// The same for structs that need no check of their own: their fields are checked one by one.
macro_rules! frozen {
    ($($(#[$meta:meta])* $name:ident: $domain:ty { $($field:ident: $type:ty,)+ })+) => {
        frozen_structs! { $($(#[$meta])* $name: $domain { $($field: $type,)+ })+ }
        $(
            impl Form for $domain {
                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $name::write(self, serializer)
                }

                fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    $name::deserialize(deserializer).map(Self::from)
                }
            }

            impl Print for $domain {
                fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
                    $name::print(self, out)
                }
            }
        )+
    };
}

frozen_structs! {
    /// When a fact began.
    Effective: DomainEffective {
        basis: Basis,
        from: Option<Timestamp>,
        phrase: Option<SealedText>,
        precision: Precision,
        to: Option<Timestamp>,
    }
}

impl Form for DomainEffective {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_effective(self).map_err(S::Error::custom)?;
        Effective::write(self, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let effective = Self::from(Effective::deserialize(deserializer)?);
        check_effective(&effective).map_err(D::Error::custom)?;
        Ok(effective)
    }
}

impl Print for DomainEffective {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        if !self.is_consistent() {
            return Err(Refused);
        }
        Effective::print(self, out)
    }
}

fn check_effective(effective: &DomainEffective) -> Result<(), String> {
    if effective.is_consistent() {
        return Ok(());
    }
    let bound = |time: Option<Timestamp>| time.map_or_else(|| "none".to_owned(), |time| time.to_string());
    Err(format!(
        "an effective interval from {} to {} does not go with precision {} and basis {}",
        bound(effective.from),
        bound(effective.to),
        effective.precision,
        effective.basis
    ))
}

frozen! {
    /// Lines of a source document.
    SourceLines: DomainSourceLines { lines: Vec<(u32, u32)>, sha256: Digest, }

    /// One figure of a claim.
    Figure: event::Figure { name: String, value: u64, }

    /// The corrected status of a correction.
    StatusValue: event::StatusValue { label: Option<Label>, reporting: Reporting, state: Option<StateName>, }

    /// The labels and states of a register.
    Vocabulary: vocabulary::Vocabulary {
        labels: Vec<vocabulary::LabelMeaning>,
        states: Vec<vocabulary::StateDefinition>,
    }

    /// What one label means.
    LabelMeaning: vocabulary::LabelMeaning { label: Label, reporting: Reporting, state: Option<StateName>, }

    /// A state and its place in the order of progress.
    StateDefinition: vocabulary::StateDefinition { closed: bool, name: StateName, order: u32, }

    /// One cell of a row.
    Cell: event::Cell<SealedText> { column: u32, line: u32, text: SealedText, }

    /// Something that is damaged in a row.
    Damage: event::Damage<SealedText> { code: String, note: Option<SealedText>, }
}

/// Declares the data of the event types, and the choice among them.
macro_rules! event_types {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)+ })+) => {
        frozen! { $($(#[$meta])* $name: event::$name<SealedText> { $($field: $type,)+ })+ }

        /// Writes the data of an event in the form of its type.
        pub(crate) fn write_data<S: Serializer>(data: &Data<SealedText>, serializer: S) -> Result<S::Ok, S::Error> {
            match data { $(Data::$name(data) => data.write(serializer),)+ }
        }

        /// Prints the data of an event as canonical JSON.
        pub(crate) fn print_data(data: &Data<SealedText>, out: &mut Vec<u8>) -> Result<(), Refused> {
            match data { $(Data::$name(data) => data.print(out),)+ }
        }

        /// Reads the data of an event of this type.
        pub(crate) fn read_data<'de, D: Deserializer<'de>>(kind: EventKind, deserializer: D) -> Result<Data<SealedText>, D::Error> {
            match kind { $(EventKind::$name => Form::read(deserializer).map(Data::$name),)+ }
        }
    };
}

event_types! {
    /// `docket.register.opened.v1`
    RegisterOpened {
        expected_count: Option<u32>,
        publisher: Asserter,
        time_zone: Zone,
        title: SealedText,
        vocabulary: vocabulary::Vocabulary,
    }

    /// `docket.vocabulary.revised.v1`
    VocabularyRevised { reason: SealedText, vocabulary: vocabulary::Vocabulary, }

    /// `docket.source.received.v1`
    SourceReceived {
        derivation: Option<SealedText>,
        effective: DomainEffective,
        media_type: String,
        publisher: Asserter,
        sha256: Digest,
        size: u64,
        title: SealedText,
    }

    /// `docket.recommendation.registered.v1`
    RecommendationRegistered {
        cells: Vec<event::Cell<SealedText>>,
        damage: Vec<event::Damage<SealedText>>,
        key: Key,
        number: Option<u32>,
        number_basis: NumberBasis,
        number_printed: Option<String>,
        source: Option<DomainSourceLines>,
        text: Option<SealedText>,
        text_basis: TextBasis,
    }

    /// `docket.recommendation.amended.v1`
    RecommendationAmended {
        number: Option<u32>,
        number_basis: Option<NumberBasis>,
        number_printed: Option<String>,
        reason: SealedText,
        source: Option<DomainSourceLines>,
        source_url: Option<SealedText>,
        text: Option<SealedText>,
        text_basis: Option<TextBasis>,
    }

    /// `docket.status.reported.v1`
    StatusReported {
        asserter: Asserter,
        effective: DomainEffective,
        label: Option<Label>,
        reason: Option<SealedText>,
        regress: bool,
        reporting: Reporting,
        source: Option<DomainSourceLines>,
        source_url: Option<SealedText>,
        state: Option<StateName>,
    }

    /// `docket.status.verified.v1`
    StatusVerified {
        agrees: bool,
        asserter: Asserter,
        claim: EventId,
        comment: Option<SealedText>,
        effective: DomainEffective,
        evidence: Vec<EventId>,
        source_url: Option<SealedText>,
        state: Option<StateName>,
    }

    /// `docket.note.recorded.v1`
    NoteRecorded {
        asserter: Asserter,
        effective: DomainEffective,
        reason: Option<SealedText>,
        role: NoteRole,
        source: Option<DomainSourceLines>,
        source_url: Option<SealedText>,
        text: SealedText,
        visibility: Visibility,
    }

    /// `docket.evidence.attached.v1`
    EvidenceAttached {
        asserter: Asserter,
        event: Option<EventId>,
        media_type: Option<String>,
        sha256: Option<Digest>,
        size: Option<u64>,
        title: Option<SealedText>,
        url: Option<SealedText>,
    }

    /// `docket.assignment.changed.v1`
    AssignmentChanged {
        asserter: Asserter,
        attribute: AssignmentAttribute,
        change: AssignmentChange,
        dependency: Option<Key>,
        effective: DomainEffective,
        reason: Option<SealedText>,
        source: Option<DomainSourceLines>,
        target: Option<DomainEffective>,
        value: Option<SealedText>,
    }

    /// `docket.claim.recorded.v1`
    ClaimRecorded {
        asserter: Asserter,
        effective: DomainEffective,
        figures: Vec<event::Figure>,
        source_url: Option<SealedText>,
        text: SealedText,
    }

    /// `docket.review.performed.v1`
    ReviewPerformed { asserter: Asserter, findings: SealedText, from_index: u64, to_index: u64, }

    /// `docket.fragment.quarantined.v1`
    FragmentQuarantined { reason: SealedText, source: DomainSourceLines, text: SealedText, }

    /// `docket.event.corrected.v1`
    EventCorrected {
        effective: Option<DomainEffective>,
        reason: SealedText,
        source: Option<DomainSourceLines>,
        source_url: Option<SealedText>,
        status: Option<event::StatusValue>,
        target: EventId,
        text: Option<SealedText>,
    }

    /// `docket.event.retracted.v1`
    EventRetracted { reason: SealedText, target: EventId, }

    /// `docket.text.redacted.v1`
    TextRedacted {
        authority: SealedText,
        blob: Option<Digest>,
        field: Option<u32>,
        reason: SealedText,
        target: EventId,
    }

    /// `docket.access.granted.v1`
    AccessGranted { grantee: Actor, reason: Option<SealedText>, role: String, }

    /// `docket.access.revoked.v1`
    AccessRevoked { grantee: Actor, reason: SealedText, role: String, }

    /// `docket.key.changed.v1`
    KeyChanged { key: String, new_signature: String, old_signature: String, reason: SealedText, }

    /// `docket.clock.overridden.v1`
    ClockOverridden { drift_micros: i64, reason: SealedText, }

    /// `docket.log.continued.v1`
    LogContinued {
        previous_origin: String,
        previous_root: Digest,
        previous_size: u64,
        reason: SealedText,
    }

    /// `docket.hold.placed.v1`
    HoldPlaced { authority: SealedText, reason: SealedText, }

    /// `docket.hold.lifted.v1`
    HoldLifted { reason: SealedText, target: EventId, }
}
