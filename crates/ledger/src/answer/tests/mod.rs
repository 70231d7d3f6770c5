//! A small ledger to ask, in a directory of its own, with a clock of its own.

mod changes;
mod list;
mod redaction;
mod stability;
mod timeline;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use docket_domain::effective::parse_effective;
use docket_domain::event::{
    AssignmentChanged, Cell, Damage, EventRetracted, NoteRecorded, RecommendationAmended,
    RecommendationRegistered, RegisterOpened, SourceLines, StatusReported, StatusVerified, VocabularyRevised,
};
use docket_domain::term::{
    ActorBasis, AssignmentAttribute, AssignmentChange, NoteRole, NumberBasis, Reporting, TextBasis,
    Visibility,
};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Change, Command, CommandId, Data, Digest, Effective, EventId, Key, Label,
    Origin, RegisterId, ReportStatus, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};
use serde::Serialize;

use super::Query;
use crate::clock::{Clock, Reading};
use crate::{Ledger, LedgerError, OpenOptions, Reader};

/// The first reading: 2025-07-01T12:00:00Z. Each later one is a second on.
const START: &str = "2025-07-01T12:00:00.000000Z";
pub(super) const REGISTER: &str = "crime-commission";

struct SteppingClock {
    seconds: AtomicI64,
}

impl Clock for SteppingClock {
    fn read(&self) -> Reading {
        let seconds = self.seconds.fetch_add(1, Ordering::Relaxed);
        let start = Timestamp::parse(START).unwrap();
        Reading {
            wall_micros: start.as_micros() + seconds * 1_000_000,
            monotonic: Duration::from_secs(u64::try_from(seconds).unwrap()),
        }
    }
}

pub(super) fn register() -> RegisterId {
    RegisterId::new(REGISTER).unwrap()
}

pub(super) fn zone() -> Zone {
    Zone::parse("America/Chicago").unwrap()
}

/// The present of the questions: the evening of 1 July in Chicago, the 2nd in UTC.
pub(super) fn now() -> Timestamp {
    Timestamp::parse("2025-07-02T03:00:00.000000Z").unwrap()
}

pub(super) fn vocabulary() -> Vocabulary {
    let state = |name: &str, order| StateDefinition {
        closed: name == "completed",
        name: StateName::new(name).unwrap(),
        order,
    };
    let label = |label: &str, state: &str| LabelMeaning {
        label: Label::new(label).unwrap(),
        reporting: if state.is_empty() { Reporting::NoUpdate } else { Reporting::Reported },
        state: StateName::new(state).ok(),
    };
    Vocabulary {
        labels: vec![
            label("IN PLANNING", "planning"),
            label("IN PROGRESS", "in-progress"),
            label("COMPLETE", "completed"),
            label("NO UPDATE AVAILABLE", ""),
        ],
        states: vec![state("planning", 1), state("in-progress", 4), state("completed", 5)],
    }
}

pub(super) fn lines(first: u32, last: u32) -> SourceLines {
    SourceLines { lines: vec![(first, last)], sha256: Digest::from_bytes([7; 32]) }
}

pub(super) fn effective(value: &str) -> Effective<String> {
    match value {
        "now" => Effective::recorded(Timestamp::EPOCH),
        value => parse_effective(value, zone()).unwrap(),
    }
}

/// A ledger under construction; every method records one event and returns its id.
pub(super) struct Book {
    ledger: Ledger,
    next: u128,
    actor: &'static str,
    register: &'static str,
    directory: tempfile::TempDir,
}

impl Book {
    pub(super) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteppingClock { seconds: AtomicI64::new(0) });
        let origin = Origin::new("log.example/test").unwrap();
        let options = OpenOptions { clock, ..OpenOptions::new(&directory.path().join("data")) };
        let ledger = Ledger::open(options.or_begin(origin)).unwrap();
        Self { ledger, next: 1, actor: "ann", register: REGISTER, directory }
    }

    /// With an open register.
    pub(super) fn new() -> Self {
        let mut book = Self::empty();
        book.open(REGISTER);
        book
    }

    pub(super) fn reader(&self) -> Reader {
        self.ledger.reader()
    }

    pub(super) fn size(&self) -> u64 {
        self.reader().size()
    }

    pub(super) fn by(&mut self, actor: &'static str) {
        self.actor = actor;
    }

    pub(super) fn open(&mut self, register: &'static str) {
        self.open_in(register, zone().name());
    }

    pub(super) fn open_in(&mut self, register: &'static str, zone: &str) {
        self.register = register;
        let subject = Subject::Register(RegisterId::new(register).unwrap());
        self.record(
            subject,
            Data::RegisterOpened(RegisterOpened {
                expected_count: Some(3),
                publisher: Asserter::new("City").unwrap(),
                time_zone: Zone::parse(zone).unwrap(),
                title: "The register".to_owned(),
                vocabulary: vocabulary(),
            }),
        );
    }

    pub(super) fn submit(&mut self, subject: Subject, action: Action) -> Result<EventId, LedgerError> {
        let event = EventId::from_bytes(self.next.to_be_bytes());
        let command = Command {
            id: CommandId::from_bytes(self.next.to_be_bytes()),
            actor: Actor::new(self.actor).unwrap(),
            actor_basis: ActorBasis::Os,
            steps: vec![Step { event, subject, expect_version: None, action }],
        };
        self.next += 1;
        self.ledger.submit(vec![command]).map(|_| event)
    }

    pub(super) fn record(&mut self, subject: Subject, data: Data<String>) -> EventId {
        self.submit(subject, Action::Record(data)).unwrap()
    }

    pub(super) fn about(&self, key: &str) -> Subject {
        Subject::Recommendation(RegisterId::new(self.register).unwrap(), Key::new(key).unwrap())
    }

    pub(super) fn row(&mut self, key: &str, text: Option<&str>) -> EventId {
        let line = u32::try_from(self.size()).unwrap() + 1;
        let text = text.map(str::to_owned);
        let damage = Damage { code: "row-lost".to_owned(), note: Some("no line bears it".to_owned()) };
        let cell = Cell { column: 2, line, text: format!(" {} ", text.as_deref().unwrap_or_default()) };
        self.record(
            self.about(key),
            Data::RecommendationRegistered(RecommendationRegistered {
                cells: text.iter().map(|_| cell.clone()).collect(),
                damage: if text.is_none() { vec![damage] } else { Vec::new() },
                key: Key::new(key).unwrap(),
                number: key.parse().ok(),
                number_basis: if text.is_some() { NumberBasis::Printed } else { NumberBasis::Missing },
                number_printed: text.as_ref().map(|_| key.to_owned()),
                source: text.as_ref().map(|_| lines(line, line)),
                text_basis: if text.is_some() { TextBasis::Printed } else { TextBasis::Unknown },
                text,
            }),
        )
    }

    pub(super) fn status(&mut self, key: &str, label: &str, when: &str, reason: Option<&str>) -> EventId {
        let report = ReportStatus {
            label: Label::new(label).unwrap(),
            effective: Some(effective(when)),
            asserter: None,
            reason: reason.map(str::to_owned),
            source_url: None,
            source: None,
        };
        self.submit(self.about(key), Action::ReportStatus(report)).unwrap()
    }

    /// A status that is lost with its page.
    pub(super) fn lost_status(&mut self, key: &str, when: &str) -> EventId {
        self.record(
            self.about(key),
            Data::StatusReported(StatusReported {
                asserter: Asserter::new("City").unwrap(),
                effective: effective(when),
                label: None,
                reason: None,
                regress: false,
                reporting: Reporting::Unknown,
                source: None,
                source_url: None,
                state: None,
            }),
        )
    }

    pub(super) fn note(&mut self, key: &str, text: &str, when: &str, visibility: Visibility) -> EventId {
        self.record(
            self.about(key),
            Data::NoteRecorded(NoteRecorded {
                asserter: Asserter::new("City").unwrap(),
                effective: effective(when),
                reason: None,
                role: NoteRole::Progress,
                source: Some(lines(2, 3)),
                source_url: None,
                text: text.to_owned(),
                visibility,
            }),
        )
    }

    pub(super) fn finding(&mut self, key: &str, claim: EventId, agrees: bool) -> EventId {
        self.record(
            self.about(key),
            Data::StatusVerified(StatusVerified {
                agrees,
                asserter: Asserter::new("Auditor").unwrap(),
                claim,
                comment: Some("looked at it".to_owned()),
                effective: effective("2025-06-15"),
                evidence: Vec::new(),
                source_url: None,
                state: StateName::new("planning").ok(),
            }),
        )
    }

    pub(super) fn owner(&mut self, key: &str, owner: &str) -> EventId {
        self.record(
            self.about(key),
            Data::AssignmentChanged(AssignmentChanged {
                asserter: Asserter::new("City").unwrap(),
                attribute: AssignmentAttribute::Owner,
                change: AssignmentChange::Set,
                dependency: None,
                effective: effective("2025-05-01"),
                reason: None,
                source: None,
                target: None,
                value: Some(owner.to_owned()),
            }),
        )
    }

    pub(super) fn amend(&mut self, key: &str, number: Option<u32>, text: Option<&str>) -> EventId {
        self.record(
            self.about(key),
            Data::RecommendationAmended(RecommendationAmended {
                number,
                number_basis: None,
                number_printed: None,
                reason: "found in the press".to_owned(),
                source: None,
                source_url: Some("https://press.example/37".to_owned()),
                text: text.map(str::to_owned),
                text_basis: text.map(|_| TextBasis::Partial),
            }),
        )
    }

    pub(super) fn correct(&mut self, key: &str, change: Change) -> EventId {
        self.submit(self.about(key), Action::Correct(change)).unwrap()
    }

    pub(super) fn retract(&mut self, key: &str, target: EventId) -> EventId {
        let data = Data::EventRetracted(EventRetracted { reason: "entered by mistake".to_owned(), target });
        self.record(self.about(key), data)
    }

    pub(super) fn revise(&mut self) -> EventId {
        let subject = Subject::Register(RegisterId::new(self.register).unwrap());
        let reason = "the city prints another label".to_owned();
        let mut vocabulary = vocabulary();
        // Each revision is another one: the same vocabulary again is refused.
        let label = Label::new(&format!("DEFERRED {}", self.next)).unwrap();
        vocabulary.labels.push(LabelMeaning {
            label,
            reporting: Reporting::Reported,
            state: StateName::new("planning").ok(),
        });
        self.record(subject, Data::VocabularyRevised(VocabularyRevised { reason, vocabulary }))
    }
}

/// A correction of nothing yet.
pub(super) fn correction(target: EventId) -> Change {
    Change {
        target,
        label: None,
        text: None,
        effective: None,
        reason: "a slip".to_owned(),
        source_url: None,
        source: None,
    }
}

pub(super) fn at(known_at: u64, effective_at: &str) -> Query {
    Query {
        known_at: Some(known_at.to_string()),
        effective_at: Some(effective_at.to_owned()),
        ..Query::default()
    }
}

pub(super) fn on(effective_at: &str) -> Query {
    Query { effective_at: Some(effective_at.to_owned()), ..Query::default() }
}

pub(super) fn json(answer: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(answer).unwrap()
}

/// A small register: 1 in progress and judged, 2 with notes and two overlapping statements, 3 lost.
pub(super) fn small() -> Book {
    let mut book = Book::new();
    book.row("1", Some("Open an office."));
    book.row("2", Some("Buy cameras."));
    book.row("3", None);
    let first = book.status("1", "IN PROGRESS", "2025-03-06/2025-03-19", None);
    book.status("2", "IN PLANNING", "2025-02", None);
    book.status("2", "IN PROGRESS", "2025-03/2025-05", None);
    book.lost_status("3", "2025-03-06/2025-03-19");
    book.note("2", "Launches in April", "2025-03-06/2025-03-19", Visibility::Public);
    book.note("2", "An older answer", "unknown", Visibility::Public);
    book.note("2", "Do not tell", "2025-03-07", Visibility::Internal);
    book.owner("1", "Police");
    book.by("eve");
    book.finding("1", first, false);
    book.by("ann");
    book
}
