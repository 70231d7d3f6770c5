//! A small ledger in a directory of its own, with a clock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use docket_domain::effective::parse_effective;
use docket_domain::event::{
    Cell, Damage, EventRetracted, NoteRecorded, RecommendationRegistered, RegisterOpened, SourceLines,
    StatusReported, StatusVerified,
};
use docket_domain::term::{ActorBasis, Basis, NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Change, Command, CommandId, Data, Digest, Effective, EventId, Key, Label,
    Origin, RegisterId, ReportStatus, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};
use docket_ledger::answer::Audience;
use docket_ledger::clock::{Clock, Reading};
use docket_ledger::{Ledger, OpenOptions, Reader};

struct SteppingClock {
    seconds: AtomicI64,
}

impl Clock for SteppingClock {
    fn read(&self) -> Reading {
        let seconds = self.seconds.fetch_add(1, Ordering::Relaxed);
        let start = Timestamp::parse("2025-07-01T12:00:00.000000Z").unwrap();
        Reading {
            wall_micros: start.as_micros() + seconds * 1_000_000,
            monotonic: Duration::from_secs(u64::try_from(seconds).unwrap()),
        }
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::parse("2025-07-01T13:00:00.000000Z").unwrap()
}

fn zone() -> Zone {
    Zone::parse("America/Chicago").unwrap()
}

fn vocabulary() -> Vocabulary {
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

/// When the source says that what it states was true.
fn stated() -> Effective<String> {
    Effective { basis: Basis::Inferred, ..parse_effective("2025-03-06/2025-03-19", zone()).unwrap() }
}

fn lines(first: u32, last: u32) -> SourceLines {
    SourceLines { lines: vec![(first, last)], sha256: Digest::from_bytes([0xcc; 32]) }
}

/// A ledger under construction; every method records one event and returns its id.
pub(super) struct Book {
    ledger: Ledger,
    next: u128,
    actor: &'static str,
    _directory: tempfile::TempDir,
}

impl Book {
    pub(super) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteppingClock { seconds: AtomicI64::new(0) });
        let origin = Origin::new("log.example/test").unwrap();
        let options = OpenOptions { clock, ..OpenOptions::new(&directory.path().join("data")) };
        let ledger = Ledger::open(options.or_begin(origin)).unwrap();
        Self { ledger, next: 1, actor: "ann", _directory: directory }
    }

    /// Rows as a damaged source leaves them: printed, inferred, lost, in part; with a finding, a correction and a retraction.
    pub(super) fn small() -> Self {
        let mut book = Self::empty();
        let register = Subject::Register(RegisterId::new("crime-commission").unwrap());
        book.record(
            register,
            Data::RegisterOpened(RegisterOpened {
                expected_count: Some(82),
                publisher: Asserter::new("City of Birmingham").unwrap(),
                time_zone: zone(),
                title: "Recommendations".to_owned(),
                vocabulary: vocabulary(),
            }),
        );
        book.row("7", Some("Provide training in emergency bleeding control to residents of the most affected neighbourhoods, with the \
                            hospitals, the schools and the fire service, and publish how many were trained."));
        book.row("24", None);
        book.row("38", Some("Implement state laws that ban possession of firearm conversion devices."));
        book.row("69", Some("Data integration – “one view” of 漢字 records"));
        let claim = book.printed("7", Some("IN PROGRESS"));
        book.printed("24", None);
        book.printed("38", Some("NO UPDATE AVAILABLE"));
        book.printed("69", Some("IN PLANNING"));
        book.note("7", "March 17-21: three classes.\nLaunches in April", Audience::Public);
        book.by("eve");
        book.judge("7", claim);
        book.by("ann");
        let done = book.status_because("7", "COMPLETE", "the last class was held");
        book.correct("7", done);
        let slip = book.status_because("69", "IN PROGRESS", "a contract was signed");
        book.retract("69", slip);
        book.status("38", "IN PROGRESS", "2025-06");
        book
    }

    pub(super) fn reader(&self) -> Reader {
        self.ledger.reader()
    }

    fn by(&mut self, actor: &'static str) {
        self.actor = actor;
    }

    fn submit(&mut self, subject: Subject, action: Action) -> EventId {
        let event = EventId::from_bytes(self.next.to_be_bytes());
        let command = Command {
            id: CommandId::from_bytes(self.next.to_be_bytes()),
            actor: Actor::new(self.actor).unwrap(),
            actor_basis: ActorBasis::Os,
            steps: vec![Step { event, subject, expect_version: None, action }],
        };
        self.next += 1;
        self.ledger.submit(vec![command]).unwrap();
        event
    }

    fn record(&mut self, subject: Subject, data: Data<String>) -> EventId {
        self.submit(subject, Action::Record(data))
    }

    fn about(key: &str) -> Subject {
        Subject::Recommendation(RegisterId::new("crime-commission").unwrap(), Key::new(key).unwrap())
    }

    pub(super) fn row(&mut self, key: &str, words: Option<&str>) -> EventId {
        let line = u32::try_from(self.next).unwrap();
        let cells = words.map(|words| Cell { column: 2, line, text: format!(" {words}\t") });
        let damage = words.is_none().then(|| Damage {
            code: "row-lost".to_owned(),
            note: Some("no line of the document bears it".to_owned()),
        });
        self.record(
            Self::about(key),
            Data::RecommendationRegistered(RecommendationRegistered {
                cells: cells.into_iter().collect(),
                damage: damage.into_iter().collect(),
                key: Key::new(key).unwrap(),
                number: key.parse().ok(),
                number_basis: match (words, key) {
                    (None, _) => NumberBasis::Missing,
                    (_, "69") => NumberBasis::Inferred,
                    _ => NumberBasis::Printed,
                },
                number_printed: words.filter(|_| key != "69").map(|_| key.to_owned()),
                source: words.map(|_| lines(line, line + 1)),
                text: words.map(str::to_owned),
                text_basis: match (words, key) {
                    (None, _) => TextBasis::Unknown,
                    (_, "38") => TextBasis::Partial,
                    _ => TextBasis::Printed,
                },
            }),
        )
    }

    /// A status that the source prints, or that is lost with its page.
    fn printed(&mut self, key: &str, label: Option<&str>) -> EventId {
        let meaning = label.and_then(|label| vocabulary().meaning(label).cloned());
        self.record(
            Self::about(key),
            Data::StatusReported(StatusReported {
                asserter: Asserter::new("City of Birmingham").unwrap(),
                effective: stated(),
                label: meaning.as_ref().map(|meaning| meaning.label.clone()),
                reason: None,
                regress: false,
                reporting: meaning.as_ref().map_or(Reporting::Unknown, |meaning| meaning.reporting),
                source: meaning.as_ref().map(|_| lines(10, 12)),
                source_url: None,
                state: meaning.and_then(|meaning| meaning.state),
            }),
        )
    }

    fn status(&mut self, key: &str, label: &str, when: &str) -> EventId {
        self.report(key, label, when, None)
    }

    pub(super) fn status_because(&mut self, key: &str, label: &str, reason: &str) -> EventId {
        self.report(key, label, "2025-06-01", Some(reason.to_owned()))
    }

    fn report(&mut self, key: &str, label: &str, when: &str, reason: Option<String>) -> EventId {
        self.submit(
            Self::about(key),
            Action::ReportStatus(ReportStatus {
                label: Label::new(label).unwrap(),
                effective: Some(parse_effective(when, zone()).unwrap()),
                asserter: None,
                reason,
                source_url: None,
                source: None,
            }),
        )
    }

    pub(super) fn note(&mut self, key: &str, words: &str, audience: Audience) -> EventId {
        self.record(
            Self::about(key),
            Data::NoteRecorded(NoteRecorded {
                asserter: Asserter::new("City of Birmingham").unwrap(),
                effective: stated(),
                reason: None,
                role: NoteRole::Progress,
                source: Some(lines(10, 10)),
                source_url: None,
                text: words.to_owned(),
                visibility: match audience {
                    Audience::Public => Visibility::Public,
                    Audience::Internal => Visibility::Internal,
                },
            }),
        )
    }

    fn judge(&mut self, key: &str, claim: EventId) -> EventId {
        self.record(
            Self::about(key),
            Data::StatusVerified(StatusVerified {
                agrees: true,
                asserter: Asserter::new("Auditor").unwrap(),
                claim,
                comment: Some("saw a class".to_owned()),
                effective: parse_effective("2025-04-02", zone()).unwrap(),
                evidence: Vec::new(),
                source_url: None,
                state: StateName::new("in-progress").ok(),
            }),
        )
    }

    fn correct(&mut self, key: &str, target: EventId) -> EventId {
        self.submit(
            Self::about(key),
            Action::Correct(Change {
                target,
                label: None,
                text: None,
                effective: Some(parse_effective("2025-06-20/2025-07-10", zone()).unwrap()),
                reason: "the minutes give another date".to_owned(),
                source_url: None,
                source: None,
            }),
        )
    }

    fn retract(&mut self, key: &str, target: EventId) -> EventId {
        let data = EventRetracted { reason: "it was another contract".to_owned(), target };
        self.record(Self::about(key), Data::EventRetracted(data))
    }
}
