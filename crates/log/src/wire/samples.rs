//! One entry of each kind with everything that it can hold, and one with nothing that it can leave out: what the golden bytes freeze.

use std::sync::Arc;

use docket_domain::effective::Effective;
use docket_domain::event::{
    AccessGranted, AccessRevoked, AssignmentChanged, Cell, ClaimRecorded, ClockOverridden, Damage, Data,
    EventCorrected, EventKind, EventRetracted, EvidenceAttached, Figure, FragmentQuarantined, HoldLifted,
    HoldPlaced, KeyChanged, LogContinued, NoteRecorded, RecommendationAmended, RecommendationRegistered,
    RegisterOpened, ReviewPerformed, SourceLines, SourceReceived, StatusReported, StatusValue,
    StatusVerified, TextRedacted, VocabularyRevised,
};
use docket_domain::term::{
    ActorBasis, AssignmentAttribute, AssignmentChange, Basis, NoteRole, NumberBasis, Precision, Reporting,
    TextBasis, Visibility,
};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Actor, Asserter, CommandId, Digest, Event, EventId, Key, Label, Origin, RegisterId, StateName, Subject,
    Timestamp, Vocabulary, Zone,
};
use uuid::Uuid;

use crate::entry::Entry;
use crate::record::Location;
use crate::seal::SealedText;

/// Where the samples say that the journal keeps them.
pub(crate) const LOCATION: Location =
    Location { segment: 3, offset: 4096, openings_offset: 6144, openings_len: 321 };

/// An entry with every optional value, the second of its subject.
pub(crate) fn full(kind: EventKind) -> Entry {
    entry(full_data(kind), 2)
}

/// An entry without any optional value, the first of its subject.
pub(crate) fn sparse(kind: EventKind) -> Entry {
    entry(sparse_data(kind), 1)
}

/// Both, of every kind.
pub(crate) fn all() -> impl Iterator<Item = Entry> {
    EventKind::ALL.iter().flat_map(|&kind| [full(kind), sparse(kind)])
}

fn entry(data: Data<SealedText>, version: u64) -> Entry {
    let index = 2 * u64::from(data.kind().tag()) + version - 3;
    Entry {
        origin: Origin::new("docket.example/samples").expect("an origin"),
        previous: (version > 1).then_some([0xab; 32]),
        event: Arc::new(Event {
            index,
            id: id(u8::try_from(index).expect("fewer than 128 kinds")),
            subject: subject(data.kind()),
            version,
            recorded_at: time("2025-03-19T21:00:00.000001Z"),
            actor: Actor::new("ann \"the clerk\" \\ Ø 😀").expect("an actor"),
            actor_basis: ActorBasis::Os,
            command: CommandId::from_bytes([0xc0; 16]),
            data,
        }),
    }
}

fn subject(kind: EventKind) -> Subject {
    let register = RegisterId::new("birmingham").expect("a register id");
    match kind {
        EventKind::RegisterOpened | EventKind::VocabularyRevised => Subject::Register(register),
        EventKind::SourceReceived | EventKind::FragmentQuarantined => Subject::Source(register, digest(0xd0)),
        EventKind::ClaimRecorded => Subject::Claim(register, Uuid::from_bytes([0xc1; 16])),
        EventKind::ReviewPerformed => Subject::Review(register, Uuid::from_bytes([0xee; 16])),
        EventKind::AccessGranted
        | EventKind::AccessRevoked
        | EventKind::KeyChanged
        | EventKind::ClockOverridden
        | EventKind::LogContinued => Subject::Log,
        _ => Subject::Recommendation(register, key("7a")),
    }
}

fn text(number: u8) -> SealedText {
    SealedText { digest: digest(number), bytes: u32::from(number) * 100 }
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn id(byte: u8) -> EventId {
    EventId::from_bytes([byte; 16])
}

fn time(value: &str) -> Timestamp {
    Timestamp::parse(value).expect("a time")
}

fn key(value: &str) -> Key {
    Key::new(value).expect("a key")
}

fn label(value: &str) -> Label {
    Label::new(value).expect("a label")
}

fn state(value: &str) -> StateName {
    StateName::new(value).expect("a state")
}

fn city() -> Asserter {
    Asserter::new("City of Birmingham").expect("an asserter")
}

fn inferred(phrase: u8) -> Effective<SealedText> {
    Effective {
        basis: Basis::Inferred,
        from: Some(time("2025-03-06T06:00:00.000000Z")),
        phrase: Some(text(phrase)),
        precision: Precision::Range,
        to: Some(time("2025-03-20T05:00:00.000000Z")),
    }
}

fn lines() -> SourceLines {
    SourceLines { lines: vec![(10, 10), (12, 14)], sha256: digest(0xd0) }
}

fn vocabulary() -> Vocabulary {
    Vocabulary {
        labels: vec![
            LabelMeaning {
                label: label("IN PROGRESS"),
                reporting: Reporting::Reported,
                state: Some(state("in-progress")),
            },
            LabelMeaning { label: label("NO UPDATE AVAILABLE"), reporting: Reporting::NoUpdate, state: None },
        ],
        states: vec![
            StateDefinition { closed: false, name: state("planning"), order: 1 },
            StateDefinition { closed: true, name: state("in-progress"), order: 4 },
        ],
    }
}

fn full_data(kind: EventKind) -> Data<SealedText> {
    match kind {
        EventKind::StatusReported => Data::StatusReported(StatusReported {
            asserter: city(),
            effective: inferred(1),
            label: Some(label("IN PROGRESS")),
            reason: Some(text(2)),
            regress: true,
            reporting: Reporting::Reported,
            source: Some(lines()),
            source_url: Some(text(3)),
            state: Some(state("in-progress")),
        }),
        EventKind::StatusVerified => Data::StatusVerified(StatusVerified {
            agrees: true,
            asserter: city(),
            claim: id(0x51),
            comment: Some(text(1)),
            effective: inferred(2),
            evidence: vec![id(0x52), id(0x53)],
            source_url: Some(text(3)),
            state: Some(state("completed")),
        }),
        EventKind::NoteRecorded => Data::NoteRecorded(NoteRecorded {
            asserter: city(),
            effective: inferred(1),
            reason: Some(text(2)),
            role: NoteRole::EarlierAnswer,
            source: Some(lines()),
            source_url: Some(text(3)),
            text: text(4),
            visibility: Visibility::Internal,
        }),
        _ => full_assertion_data(kind),
    }
}

fn full_assertion_data(kind: EventKind) -> Data<SealedText> {
    match kind {
        EventKind::EvidenceAttached => Data::EvidenceAttached(EvidenceAttached {
            asserter: city(),
            event: Some(id(0x51)),
            media_type: Some("application/pdf".to_owned()),
            sha256: Some(digest(0xd1)),
            size: Some(9_007_199_254_740_991),
            title: Some(text(1)),
            url: Some(text(2)),
        }),
        EventKind::AssignmentChanged => Data::AssignmentChanged(AssignmentChanged {
            asserter: city(),
            attribute: AssignmentAttribute::TargetDate,
            change: AssignmentChange::Set,
            dependency: Some(key("III.2")),
            effective: inferred(1),
            reason: Some(text(2)),
            source: Some(lines()),
            target: Some(inferred(3)),
            value: Some(text(4)),
        }),
        EventKind::ClaimRecorded => Data::ClaimRecorded(ClaimRecorded {
            asserter: city(),
            effective: inferred(1),
            figures: vec![
                Figure { name: "in-progress".to_owned(), value: 30 },
                Figure { name: "\u{1}\u{7f}\u{2028}\n".to_owned(), value: 0 },
            ],
            source_url: Some(text(2)),
            text: text(3),
        }),
        EventKind::EventCorrected => Data::EventCorrected(EventCorrected {
            effective: Some(inferred(1)),
            reason: text(2),
            source: Some(lines()),
            source_url: Some(text(3)),
            status: Some(StatusValue {
                label: Some(label("DEVELOPMENT")),
                reporting: Reporting::Reported,
                state: Some(state("development")),
            }),
            target: id(0x51),
            text: Some(text(4)),
        }),
        EventKind::TextRedacted => Data::TextRedacted(TextRedacted {
            authority: text(1),
            blob: Some(digest(0xd1)),
            field: Some(2),
            reason: text(2),
            target: id(0x51),
        }),
        _ => full_register_data(kind),
    }
}

fn full_register_data(kind: EventKind) -> Data<SealedText> {
    match kind {
        EventKind::RegisterOpened => Data::RegisterOpened(RegisterOpened {
            expected_count: Some(82),
            publisher: city(),
            time_zone: Zone::parse("America/Chicago").expect("a zone"),
            title: text(1),
            vocabulary: vocabulary(),
        }),
        EventKind::VocabularyRevised => {
            Data::VocabularyRevised(VocabularyRevised { reason: text(1), vocabulary: vocabulary() })
        }
        EventKind::SourceReceived => Data::SourceReceived(SourceReceived {
            derivation: Some(text(1)),
            effective: inferred(2),
            media_type: "text/plain; charset=utf-8".to_owned(),
            publisher: city(),
            sha256: digest(0xd0),
            size: 12_345,
            title: text(3),
        }),
        EventKind::RecommendationRegistered => Data::RecommendationRegistered(RecommendationRegistered {
            cells: vec![
                Cell { column: 1, line: 10, text: text(1) },
                Cell { column: 2, line: 10, text: text(2) },
            ],
            damage: vec![
                Damage { code: "wrapped-row".to_owned(), note: Some(text(3)) },
                Damage { code: "leaked-note".to_owned(), note: Some(text(4)) },
            ],
            key: key("7a"),
            number: Some(7),
            number_basis: NumberBasis::Printed,
            number_printed: Some("7a".to_owned()),
            source: Some(lines()),
            text: Some(text(5)),
            text_basis: TextBasis::Partial,
        }),
        EventKind::RecommendationAmended => Data::RecommendationAmended(RecommendationAmended {
            number: Some(8),
            number_basis: Some(NumberBasis::Inferred),
            number_printed: Some("8.".to_owned()),
            reason: text(1),
            source: Some(lines()),
            source_url: Some(text(2)),
            text: Some(text(3)),
            text_basis: Some(TextBasis::Printed),
        }),
        EventKind::AccessGranted => Data::AccessGranted(AccessGranted {
            grantee: Actor::new("ben").expect("an actor"),
            reason: Some(text(1)),
            role: "recorder".to_owned(),
        }),
        _ => sparse_data(kind),
    }
}

fn sparse_data(kind: EventKind) -> Data<SealedText> {
    match kind {
        EventKind::ReviewPerformed => Data::ReviewPerformed(ReviewPerformed {
            asserter: city(),
            findings: text(1),
            from_index: 0,
            to_index: 211,
        }),
        EventKind::FragmentQuarantined => {
            Data::FragmentQuarantined(FragmentQuarantined { reason: text(1), source: lines(), text: text(2) })
        }
        EventKind::EventRetracted => {
            Data::EventRetracted(EventRetracted { reason: text(1), target: id(0x51) })
        }
        EventKind::AccessRevoked => Data::AccessRevoked(AccessRevoked {
            grantee: Actor::new("ben").expect("an actor"),
            reason: text(1),
            role: "recorder".to_owned(),
        }),
        EventKind::KeyChanged => Data::KeyChanged(KeyChanged {
            key: "docket.example/samples+12345678+AAAA".to_owned(),
            new_signature: "bmV3".to_owned(),
            old_signature: "b2xk".to_owned(),
            reason: text(1),
        }),
        EventKind::ClockOverridden => {
            Data::ClockOverridden(ClockOverridden { drift_micros: -7_000_000, reason: text(1) })
        }
        EventKind::LogContinued => Data::LogContinued(LogContinued {
            previous_origin: "docket.example/lost".to_owned(),
            previous_root: digest(0xd2),
            previous_size: 211,
            reason: text(1),
        }),
        EventKind::HoldPlaced => Data::HoldPlaced(HoldPlaced { authority: text(1), reason: text(2) }),
        EventKind::HoldLifted => Data::HoldLifted(HoldLifted { reason: text(1), target: id(0x51) }),
        _ => without_options(full_data(kind)),
    }
}

/// The same data with every optional value left out and every list empty.
fn without_options(data: Data<SealedText>) -> Data<SealedText> {
    let effective = Effective::recorded(time("2025-03-19T21:00:00.000001Z"));
    match data {
        Data::RegisterOpened(data) => Data::RegisterOpened(RegisterOpened {
            expected_count: None,
            vocabulary: Vocabulary::default(),
            ..data
        }),
        Data::VocabularyRevised(data) => {
            Data::VocabularyRevised(VocabularyRevised { vocabulary: Vocabulary::default(), ..data })
        }
        Data::SourceReceived(data) => {
            Data::SourceReceived(SourceReceived { derivation: None, effective: Effective::unknown(), ..data })
        }
        Data::RecommendationRegistered(data) => Data::RecommendationRegistered(RecommendationRegistered {
            cells: vec![],
            damage: vec![],
            number: None,
            number_basis: NumberBasis::Missing,
            number_printed: None,
            source: None,
            text: None,
            text_basis: TextBasis::Unknown,
            ..data
        }),
        Data::RecommendationAmended(data) => Data::RecommendationAmended(RecommendationAmended {
            number: None,
            number_basis: None,
            number_printed: None,
            source: None,
            source_url: None,
            text: None,
            text_basis: None,
            ..data
        }),
        Data::StatusReported(data) => Data::StatusReported(StatusReported {
            effective,
            label: None,
            reason: None,
            regress: false,
            reporting: Reporting::Unknown,
            source: None,
            source_url: None,
            state: None,
            ..data
        }),
        other => without_options_of_statements(other, effective),
    }
}

fn without_options_of_statements(
    data: Data<SealedText>,
    effective: Effective<SealedText>,
) -> Data<SealedText> {
    match data {
        Data::StatusVerified(data) => Data::StatusVerified(StatusVerified {
            agrees: false,
            comment: None,
            effective,
            evidence: vec![],
            source_url: None,
            state: None,
            ..data
        }),
        Data::NoteRecorded(data) => Data::NoteRecorded(NoteRecorded {
            effective,
            reason: None,
            role: NoteRole::Progress,
            source: None,
            source_url: None,
            visibility: Visibility::Public,
            ..data
        }),
        Data::EvidenceAttached(data) => Data::EvidenceAttached(EvidenceAttached {
            event: None,
            media_type: None,
            sha256: None,
            size: None,
            title: None,
            url: None,
            ..data
        }),
        Data::AssignmentChanged(data) => Data::AssignmentChanged(AssignmentChanged {
            attribute: AssignmentAttribute::Owner,
            change: AssignmentChange::Cleared,
            dependency: None,
            effective,
            reason: None,
            source: None,
            target: None,
            value: None,
            ..data
        }),
        Data::ClaimRecorded(data) => {
            Data::ClaimRecorded(ClaimRecorded { effective, figures: vec![], source_url: None, ..data })
        }
        Data::EventCorrected(data) => Data::EventCorrected(EventCorrected {
            effective: None,
            source: None,
            source_url: None,
            status: None,
            text: None,
            ..data
        }),
        Data::TextRedacted(data) => Data::TextRedacted(TextRedacted { blob: None, field: None, ..data }),
        Data::AccessGranted(data) => Data::AccessGranted(AccessGranted { reason: None, ..data }),
        other => unreachable!("{} has nothing to leave out", other.kind().short()),
    }
}
