//! Arbitrary entries for property tests, built from bytes: a shorter or smaller byte string gives a simpler entry, so failures shrink.

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
use proptest::prelude::{Strategy, any, prop};
use uuid::Uuid;

use super::form::INTEGER_MAX;
use crate::entry::Entry;
use crate::seal::SealedText;

/// Entries of every kind.
pub(crate) fn entries() -> impl Strategy<Value = Entry> {
    (prop::sample::select(EventKind::ALL), prop::collection::vec(any::<u8>(), 0..500))
        .prop_map(|(kind, bytes)| Entropy { bytes: bytes.into_iter() }.entry(kind))
}

/// Characters that JSON writers treat in different ways.
const CHARACTERS: &[char] = &[
    'a',
    'Z',
    '7',
    '-',
    ' ',
    '"',
    '\\',
    '/',
    '\u{0}',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\u{c}',
    '\r',
    '\u{1b}',
    '\u{1f}',
    '\u{7f}',
    '\u{85}',
    'é',
    'e',
    '\u{301}',
    '\u{2028}',
    '\u{2029}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{e000}',
    '😀',
    '\u{10ffff}',
    '€',
];

/// The length of the longest text that may be sealed, written out so that a change of the limit shows.
const LONGEST_TEXT: u32 = 65_536;

/// Bytes that decide what is built; zeros once they are used up.
struct Entropy {
    bytes: std::vec::IntoIter<u8>,
}

impl Entropy {
    fn byte(&mut self) -> u8 {
        self.bytes.next().unwrap_or(0)
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        // One byte decides all of them, so that entropy lasts, and neighbours differ.
        let first = self.byte();
        let mut value = first;
        [(); N].map(|()| {
            value = value.wrapping_mul(167).wrapping_add(first);
            value
        })
    }

    fn below(&mut self, limit: u64) -> u64 {
        match self.byte() % 8 {
            0 => 0,
            1 => limit,
            2..=4 => u64::from(self.byte()).min(limit),
            _ => u64::from_le_bytes(self.bytes()) % (limit + 1),
        }
    }

    fn small(&mut self) -> u32 {
        u32::try_from(self.below(u64::from(u32::MAX))).expect("below the limit")
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() % 2 == 1).then(|| make(self))
    }

    fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.byte() % 4).map(|_| make(self)).collect()
    }

    fn choose<T: Copy>(&mut self, values: &[T]) -> T {
        values[usize::from(self.byte()) % values.len()]
    }

    fn string(&mut self) -> String {
        (0..self.byte() % 9).map(|_| self.choose(CHARACTERS)).collect()
    }

    /// A string that passes the checks of a name, or else a plain one.
    fn name<T, E>(&mut self, new: fn(&str) -> Result<T, E>) -> T {
        new(&self.string()).or_else(|_| new("plain-name")).ok().expect("a plain name is a valid name")
    }

    fn text(&mut self) -> SealedText {
        SealedText { digest: self.digest(), bytes: self.small() % (LONGEST_TEXT + 1) }
    }

    fn digest(&mut self) -> Digest {
        Digest::from_bytes(self.bytes())
    }

    fn event_id(&mut self) -> EventId {
        EventId::from_bytes(self.bytes())
    }

    fn time(&mut self) -> Timestamp {
        let micros = i64::from_le_bytes(self.bytes()) % 200_000_000_000_000_000;
        Timestamp::from_micros(micros.max(-62_000_000_000_000_000)).expect("within the years 1 to 9999")
    }

    fn effective(&mut self) -> Effective<SealedText> {
        let phrase = self.maybe(Self::text);
        let basis = self.choose(&[Basis::Stated, Basis::Inferred, Basis::Ambiguous]);
        let from = self.time();
        match self.byte() % 3 {
            0 => Effective { phrase, basis, ..Effective::unknown() },
            1 => Effective { phrase, ..Effective::recorded(from) },
            _ => {
                let precision =
                    self.choose(&[Precision::Minute, Precision::Day, Precision::Month, Precision::Range]);
                let to = Some(from.plus_micros(1 + i64::from(self.small())));
                Effective { basis, from: Some(from), phrase, precision, to }
            }
        }
    }

    fn source(&mut self) -> SourceLines {
        SourceLines { lines: self.list(|entropy| (entropy.small(), entropy.small())), sha256: self.digest() }
    }

    fn vocabulary(&mut self) -> Vocabulary {
        Vocabulary {
            labels: self.list(|entropy| LabelMeaning {
                label: entropy.name(Label::new),
                reporting: entropy.choose(Reporting::ALL),
                state: entropy.maybe(|entropy| entropy.name(StateName::new)),
            }),
            states: self.list(|entropy| StateDefinition {
                closed: entropy.byte() % 2 == 1,
                name: entropy.name(StateName::new),
                order: entropy.small(),
            }),
        }
    }

    fn entry(&mut self, kind: EventKind) -> Entry {
        let data = self.data(kind);
        let version = 1 + self.below(INTEGER_MAX - 1);
        Entry {
            origin: self.name(Origin::new),
            previous: (version > 1).then(|| self.bytes()),
            event: Arc::new(Event {
                index: self.below(INTEGER_MAX),
                id: self.event_id(),
                subject: self.subject(&data),
                version,
                recorded_at: self.time(),
                actor: self.name(Actor::new),
                actor_basis: self.choose(ActorBasis::ALL),
                command: CommandId::from_bytes(self.bytes()),
                data,
            }),
        }
    }

    /// A subject that the data can be about.
    fn subject(&mut self, data: &Data<SealedText>) -> Subject {
        let register = self.name(RegisterId::new);
        let key = self.name(Key::new);
        let uuid = Uuid::from_bytes(self.bytes());
        match data {
            Data::RegisterOpened(_) | Data::VocabularyRevised(_) => Subject::Register(register),
            Data::SourceReceived(data) => Subject::Source(register, data.sha256),
            Data::FragmentQuarantined(data) => Subject::Source(register, data.source.sha256),
            Data::RecommendationRegistered(data) => Subject::Recommendation(register, data.key.clone()),
            Data::ClaimRecorded(_) => Subject::Claim(register, uuid),
            Data::ReviewPerformed(_) => Subject::Review(register, uuid),
            Data::AccessGranted(_)
            | Data::AccessRevoked(_)
            | Data::KeyChanged(_)
            | Data::ClockOverridden(_)
            | Data::LogContinued(_) => Subject::Log,
            _ => Subject::Recommendation(register, key),
        }
    }

    fn data(&mut self, kind: EventKind) -> Data<SealedText> {
        match kind {
            EventKind::RegisterOpened
            | EventKind::VocabularyRevised
            | EventKind::SourceReceived
            | EventKind::RecommendationRegistered
            | EventKind::RecommendationAmended
            | EventKind::FragmentQuarantined => self.register_data(kind),
            EventKind::StatusReported
            | EventKind::StatusVerified
            | EventKind::NoteRecorded
            | EventKind::EvidenceAttached
            | EventKind::AssignmentChanged
            | EventKind::ClaimRecorded => self.statement_data(kind),
            _ => self.act_data(kind),
        }
    }

    fn register_data(&mut self, kind: EventKind) -> Data<SealedText> {
        match kind {
            EventKind::RegisterOpened => Data::RegisterOpened(RegisterOpened {
                expected_count: self.maybe(Self::small),
                publisher: self.name(Asserter::new),
                time_zone: Zone::parse(self.choose(&["UTC", "America/Chicago"])).expect("a zone"),
                title: self.text(),
                vocabulary: self.vocabulary(),
            }),
            EventKind::VocabularyRevised => Data::VocabularyRevised(VocabularyRevised {
                reason: self.text(),
                vocabulary: self.vocabulary(),
            }),
            EventKind::SourceReceived => Data::SourceReceived(SourceReceived {
                derivation: self.maybe(Self::text),
                effective: self.effective(),
                media_type: self.string(),
                publisher: self.name(Asserter::new),
                sha256: self.digest(),
                size: self.below(INTEGER_MAX),
                title: self.text(),
            }),
            EventKind::RecommendationRegistered => Data::RecommendationRegistered(RecommendationRegistered {
                cells: self.list(|entropy| Cell {
                    column: entropy.small(),
                    line: entropy.small(),
                    text: entropy.text(),
                }),
                damage: self
                    .list(|entropy| Damage { code: entropy.string(), note: entropy.maybe(Self::text) }),
                key: self.name(Key::new),
                number: self.maybe(Self::small),
                number_basis: self.choose(NumberBasis::ALL),
                number_printed: self.maybe(Self::string),
                source: self.maybe(Self::source),
                text: self.maybe(Self::text),
                text_basis: self.choose(TextBasis::ALL),
            }),
            EventKind::RecommendationAmended => Data::RecommendationAmended(RecommendationAmended {
                number: self.maybe(Self::small),
                number_basis: self.maybe(|entropy| entropy.choose(NumberBasis::ALL)),
                number_printed: self.maybe(Self::string),
                reason: self.text(),
                source: self.maybe(Self::source),
                source_url: self.maybe(Self::text),
                text: self.maybe(Self::text),
                text_basis: self.maybe(|entropy| entropy.choose(TextBasis::ALL)),
            }),
            _ => Data::FragmentQuarantined(FragmentQuarantined {
                reason: self.text(),
                source: self.source(),
                text: self.text(),
            }),
        }
    }

    fn statement_data(&mut self, kind: EventKind) -> Data<SealedText> {
        match kind {
            EventKind::StatusReported => Data::StatusReported(StatusReported {
                asserter: self.name(Asserter::new),
                effective: self.effective(),
                label: self.maybe(|entropy| entropy.name(Label::new)),
                reason: self.maybe(Self::text),
                regress: self.byte() % 2 == 1,
                reporting: self.choose(Reporting::ALL),
                source: self.maybe(Self::source),
                source_url: self.maybe(Self::text),
                state: self.maybe(|entropy| entropy.name(StateName::new)),
            }),
            EventKind::StatusVerified => Data::StatusVerified(StatusVerified {
                agrees: self.byte() % 2 == 1,
                asserter: self.name(Asserter::new),
                claim: self.event_id(),
                comment: self.maybe(Self::text),
                effective: self.effective(),
                evidence: self.list(Self::event_id),
                source_url: self.maybe(Self::text),
                state: self.maybe(|entropy| entropy.name(StateName::new)),
            }),
            EventKind::NoteRecorded => Data::NoteRecorded(NoteRecorded {
                asserter: self.name(Asserter::new),
                effective: self.effective(),
                reason: self.maybe(Self::text),
                role: self.choose(NoteRole::ALL),
                source: self.maybe(Self::source),
                source_url: self.maybe(Self::text),
                text: self.text(),
                visibility: self.choose(Visibility::ALL),
            }),
            EventKind::EvidenceAttached => Data::EvidenceAttached(EvidenceAttached {
                asserter: self.name(Asserter::new),
                event: self.maybe(Self::event_id),
                media_type: self.maybe(Self::string),
                sha256: self.maybe(Self::digest),
                size: self.maybe(|entropy| entropy.below(INTEGER_MAX)),
                title: self.maybe(Self::text),
                url: self.maybe(Self::text),
            }),
            EventKind::AssignmentChanged => Data::AssignmentChanged(AssignmentChanged {
                asserter: self.name(Asserter::new),
                attribute: self.choose(AssignmentAttribute::ALL),
                change: self.choose(AssignmentChange::ALL),
                dependency: self.maybe(|entropy| entropy.name(Key::new)),
                effective: self.effective(),
                reason: self.maybe(Self::text),
                source: self.maybe(Self::source),
                target: self.maybe(Self::effective),
                value: self.maybe(Self::text),
            }),
            _ => Data::ClaimRecorded(ClaimRecorded {
                asserter: self.name(Asserter::new),
                effective: self.effective(),
                figures: self
                    .list(|entropy| Figure { name: entropy.string(), value: entropy.below(INTEGER_MAX) }),
                source_url: self.maybe(Self::text),
                text: self.text(),
            }),
        }
    }

    fn act_data(&mut self, kind: EventKind) -> Data<SealedText> {
        let reason = self.text();
        match kind {
            EventKind::EventCorrected => Data::EventCorrected(EventCorrected {
                effective: self.maybe(Self::effective),
                reason,
                source: self.maybe(Self::source),
                source_url: self.maybe(Self::text),
                status: self.maybe(|entropy| StatusValue {
                    label: entropy.maybe(|entropy| entropy.name(Label::new)),
                    reporting: entropy.choose(Reporting::ALL),
                    state: entropy.maybe(|entropy| entropy.name(StateName::new)),
                }),
                target: self.event_id(),
                text: self.maybe(Self::text),
            }),
            EventKind::EventRetracted => {
                Data::EventRetracted(EventRetracted { reason, target: self.event_id() })
            }
            EventKind::TextRedacted => Data::TextRedacted(TextRedacted {
                authority: self.text(),
                blob: self.maybe(Self::digest),
                field: self.maybe(Self::small),
                reason,
                target: self.event_id(),
            }),
            EventKind::ReviewPerformed => Data::ReviewPerformed(ReviewPerformed {
                asserter: self.name(Asserter::new),
                findings: reason,
                from_index: self.below(INTEGER_MAX),
                to_index: self.below(INTEGER_MAX),
            }),
            EventKind::AccessGranted => Data::AccessGranted(AccessGranted {
                grantee: self.name(Actor::new),
                reason: Some(reason),
                role: self.string(),
            }),
            EventKind::AccessRevoked => Data::AccessRevoked(AccessRevoked {
                grantee: self.name(Actor::new),
                reason,
                role: self.string(),
            }),
            EventKind::KeyChanged => Data::KeyChanged(KeyChanged {
                key: self.string(),
                new_signature: self.string(),
                old_signature: self.string(),
                reason,
            }),
            EventKind::ClockOverridden => Data::ClockOverridden(ClockOverridden {
                drift_micros: self.below(INTEGER_MAX).cast_signed() * self.choose(&[1, -1]),
                reason,
            }),
            EventKind::LogContinued => Data::LogContinued(LogContinued {
                previous_origin: self.string(),
                previous_root: self.digest(),
                previous_size: self.below(INTEGER_MAX),
                reason,
            }),
            EventKind::HoldPlaced => Data::HoldPlaced(HoldPlaced { authority: self.text(), reason }),
            EventKind::HoldLifted => Data::HoldLifted(HoldLifted { reason, target: self.event_id() }),
            other => unreachable!("{} is built elsewhere", other.short()),
        }
    }
}
