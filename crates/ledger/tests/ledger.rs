//! The ledger through its public face: groups, repeats, refusals, clocks and restarts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use docket_domain::command::ReportStatus;
use docket_domain::effective::Effective;
use docket_domain::event::{
    LogContinued, NoteRecorded, RecommendationRegistered, RegisterOpened, TextRedacted,
};
use docket_domain::term::{ActorBasis, NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, Data, Digest, EventId, Key, Label, Origin, Refusal,
    RegisterId, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};
use docket_ledger::clock::{Clock, Reading};
use docket_ledger::{Ledger, LedgerError, OpenOptions};
use uuid::Uuid;

/// A clock that stands where it is put.
#[derive(Default)]
struct HandClock {
    wall_micros: AtomicI64,
    monotonic_micros: AtomicI64,
}

impl HandClock {
    fn at(seconds: i64) -> Arc<Self> {
        let clock = Self::default();
        clock.wall_micros.store(seconds * 1_000_000, Ordering::SeqCst);
        Arc::new(clock)
    }

    fn advance(&self, seconds: i64) {
        self.wall_micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        self.monotonic_micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    fn set_wall(&self, seconds: i64) {
        self.wall_micros.store(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn read(&self) -> Reading {
        let monotonic = u64::try_from(self.monotonic_micros.load(Ordering::SeqCst)).unwrap();
        Reading {
            wall_micros: self.wall_micros.load(Ordering::SeqCst),
            monotonic: Duration::from_micros(monotonic),
        }
    }
}

fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

fn seven() -> Subject {
    Subject::Recommendation(register(), Key::new("7").unwrap())
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn step(event: u128, subject: Subject, action: Action) -> Step {
    Step { event: EventId::from(id(event)), subject, expect_version: None, action }
}

fn command(number: u128, steps: Vec<Step>) -> Command {
    Command {
        id: CommandId::from(id(number)),
        actor: Actor::new("ann").unwrap(),
        actor_basis: ActorBasis::Os,
        steps,
    }
}

fn note(number: u128, text: &str) -> Command {
    let note = NoteRecorded {
        asserter: Asserter::new("City").unwrap(),
        effective: Effective::recorded(Timestamp::EPOCH),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: text.to_owned(),
        visibility: Visibility::Public,
    };
    command(number, vec![step(number + 1_000_000, seven(), Action::Record(Data::NoteRecorded(note)))])
}

fn status(number: u128, label: &str) -> Command {
    let report = ReportStatus {
        label: Label::new(label).unwrap(),
        effective: None,
        asserter: None,
        reason: None,
        source_url: None,
        source: None,
    };
    command(number, vec![step(number + 1_000_000, seven(), Action::ReportStatus(report))])
}

/// A register with the recommendation 7: two events.
fn opening() -> Command {
    let state =
        |name: &str, order| StateDefinition { closed: false, name: StateName::new(name).unwrap(), order };
    let label = |text: &str, name: &str| LabelMeaning {
        label: Label::new(text).unwrap(),
        reporting: Reporting::Reported,
        state: Some(StateName::new(name).unwrap()),
    };
    let opened = Data::RegisterOpened(RegisterOpened {
        expected_count: Some(1),
        publisher: Asserter::new("City").unwrap(),
        time_zone: Zone::UTC,
        title: "A register".to_owned(),
        vocabulary: Vocabulary {
            labels: vec![label("PLANNED", "planned"), label("DONE", "done")],
            states: vec![state("planned", 1), state("done", 2)],
        },
    });
    let row = Data::RecommendationRegistered(RecommendationRegistered {
        cells: vec![],
        damage: vec![],
        key: Key::new("7").unwrap(),
        number: Some(7),
        number_basis: NumberBasis::Printed,
        number_printed: Some("7".to_owned()),
        source: None,
        text: Some("Do it.".to_owned()),
        text_basis: TextBasis::Printed,
    });
    command(
        1,
        vec![
            step(1, Subject::Register(register()), Action::Record(opened)),
            step(2, seven(), Action::Record(row)),
        ],
    )
}

fn begin(directory: &Path, clock: Arc<dyn Clock>) -> Ledger {
    let options = OpenOptions { clock, ..OpenOptions::new(directory) };
    let ledger = Ledger::open(options.or_begin(Origin::new("docket.example/test").unwrap())).unwrap();
    ledger.submit(vec![opening()]).unwrap();
    ledger
}

fn reopen(directory: &Path) -> Ledger {
    Ledger::open(OpenOptions::new(directory)).unwrap()
}

#[test]
fn a_repeat_is_answered_from_the_record_also_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    let first = ledger.submit(vec![note(5, "words")]).unwrap().remove(0);
    let again = ledger.submit(vec![note(5, "words")]).unwrap().remove(0);
    assert_eq!((again.events.clone(), again.repeated), (first.events.clone(), true));
    assert_eq!(ledger.reader().size(), 3);
    ledger.close().unwrap();
    let ledger = reopen(directory.path());
    let later = ledger.submit(vec![note(5, "words")]).unwrap().remove(0);
    assert_eq!((later.events, later.repeated), (first.events, true));
    assert_eq!(ledger.reader().size(), 3);
    assert!(matches!(ledger.submit(vec![note(5, "other words")]), Err(LedgerError::CommandConflict { .. })));
    let mut stolen = note(6, "words");
    stolen.steps[0].event = EventId::from(id(1_000_005));
    assert!(matches!(ledger.submit(vec![stolen]), Err(LedgerError::EventExists { .. })));
    // The same id by another actor is another command.
    let other = Command { actor: Actor::new("bob").unwrap(), ..note(5, "words") };
    let other =
        Command { steps: vec![Step { event: EventId::from(id(77)), ..other.steps[0].clone() }], ..other };
    assert!(!ledger.submit(vec![other]).unwrap()[0].repeated);
    assert_eq!(ledger.reader().size(), 4);
    ledger.close().unwrap();
}

#[test]
fn a_repeat_within_one_group_is_recorded_once() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    let outcomes =
        ledger.submit(vec![status(5, "PLANNED"), status(5, "PLANNED"), status(6, "DONE")]).unwrap();
    assert_eq!(outcomes.iter().map(|outcome| outcome.repeated).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(ledger.reader().size(), 4);
    ledger.close().unwrap();
}

#[test]
fn a_refused_command_takes_its_request_with_it_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    let refused = ledger.submit(vec![note(5, "words"), status(6, "UNHEARD OF")]);
    assert!(
        matches!(&refused, Err(LedgerError::Refused { refusal, .. }) if matches!(**refusal, Refusal::UnknownLabel { .. })),
        "{refused:?}"
    );
    assert_eq!(ledger.reader().size(), 2);
    // Neither the version nor the id of what was taken back is used up.
    let outcome = ledger.submit(vec![note(5, "words")]).unwrap().remove(0);
    assert_eq!((outcome.events[0].index, outcome.events[0].version, outcome.repeated), (2, 2, false));
    ledger.close().unwrap();
    assert_eq!(reopen(directory.path()).reader().size(), 3);
}

#[test]
fn an_expected_version_that_is_not_found_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    let expecting = |number, version| {
        let mut command = note(number, "words");
        command.steps[0].expect_version = Some(version);
        command
    };
    assert!(ledger.submit(vec![expecting(5, 1)]).is_ok());
    let refused = ledger.submit(vec![expecting(6, 1)]);
    assert!(
        matches!(&refused, Err(LedgerError::Refused { refusal, .. }) if matches!(**refusal, Refusal::VersionConflict { expected: 1, found: 2, .. })),
        "{refused:?}"
    );
    ledger.close().unwrap();
}

#[test]
fn a_command_that_does_not_fit_into_one_commit_is_refused_and_a_long_request_takes_several() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    let steps = |count: u128| {
        (0..count).map(|n| Step { event: EventId::from(id(5_000_000 + n)), ..note(1, "x").steps[0].clone() })
    };
    let too_large = ledger.submit(vec![command(5, steps(257).collect())]);
    assert!(matches!(too_large, Err(LedgerError::TooLarge(_))), "{too_large:?}");
    assert_eq!(ledger.reader().size(), 2);
    assert_eq!(ledger.submit(vec![command(5, steps(256).collect())]).unwrap()[0].events.len(), 256);
    let many: Vec<Command> = (0..600).map(|number| note(100 + number, "one of many")).collect();
    let outcomes = ledger.submit(many).unwrap();
    assert_eq!(outcomes.last().unwrap().events[0].index, 2 + 256 + 599);
    ledger.close().unwrap();
    assert_eq!(reopen(directory.path()).reader().size(), 858);
}

#[test]
fn clients_at_the_same_time_each_get_their_own_place() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), Arc::new(docket_ledger::clock::SystemClock::new()));
    let places: Vec<u64> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8_u128)
            .map(|client| {
                let ledger = &ledger;
                scope.spawn(move || {
                    let send = |round| {
                        ledger.submit(vec![note(client * 100 + round + 10, "words")]).unwrap()[0].events[0]
                            .index
                    };
                    (0..25).map(send).collect::<Vec<u64>>()
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (2..202).collect::<Vec<u64>>());
    ledger.close().unwrap();
}

#[test]
fn a_writer_that_panics_stops_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let clock = HandClock::at(1000);
    let ledger = begin(directory.path(), Arc::clone(&clock) as Arc<dyn Clock>);
    let is_stopped =
        |number| matches!(ledger.submit(vec![note(number, "words")]), Err(LedgerError::Stopped { .. }));
    // A time before its beginning: reading this clock panics.
    clock.advance(-1);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (10..14).map(|number| scope.spawn(move || is_stopped(number))).collect();
        assert!(clients.into_iter().all(|client| client.join().unwrap()));
    });
    clock.advance(1);
    assert!(is_stopped(14));
    assert_eq!(ledger.reader().size(), 2);
    assert!(ledger.close().is_err());
}

#[test]
fn a_clock_that_cannot_be_trusted_records_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let clock = HandClock::at(1000);
    let ledger = begin(directory.path(), Arc::clone(&clock) as Arc<dyn Clock>);
    clock.set_wall(900);
    assert!(matches!(ledger.submit(vec![note(5, "words")]), Err(LedgerError::Clock(_))));
    clock.set_wall(1000 + 365 * 86_400);
    assert!(matches!(ledger.submit(vec![note(5, "words")]), Err(LedgerError::Clock(_))));
    assert_eq!(ledger.reader().size(), 2);
    clock.set_wall(1000);
    clock.advance(1);
    assert!(ledger.submit(vec![note(5, "words")]).is_ok());
    ledger.close().unwrap();
    // After a restart the last entry must not lie in the future.
    let early = OpenOptions { clock: HandClock::at(500), ..OpenOptions::new(directory.path()) };
    let ledger = Ledger::open(early).unwrap();
    assert!(matches!(ledger.submit(vec![note(6, "words")]), Err(LedgerError::Clock(_))));
    ledger.close().unwrap();
}

#[test]
fn an_empty_command_is_refused_and_a_directory_without_a_log_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("nowhere");
    let error = Ledger::open(OpenOptions::new(&missing)).err().unwrap();
    assert!(error.to_string().contains("nowhere") && error.hint().is_some(), "{error}");
    assert!(!missing.exists());
    let ledger = begin(directory.path(), HandClock::at(1000));
    assert!(matches!(ledger.submit(vec![command(5, vec![])]), Err(LedgerError::Empty)));
    ledger.close().unwrap();
}

#[test]
fn a_request_with_a_conflicting_repeat_records_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    ledger.submit(vec![note(5, "words")]).unwrap();
    let conflict = ledger.submit(vec![note(6, "new"), note(5, "other words")]);
    assert!(matches!(conflict, Err(LedgerError::CommandConflict { .. })), "{conflict:?}");
    assert_eq!(ledger.reader().size(), 3);
    // The same within one request, where the first of the two is not durable yet.
    let conflict = ledger.submit(vec![note(7, "words"), note(7, "other words")]);
    assert!(matches!(conflict, Err(LedgerError::CommandConflict { .. })), "{conflict:?}");
    assert_eq!(ledger.reader().size(), 3);
    assert!(!ledger.submit(vec![note(7, "other words")]).unwrap()[0].repeated);
    ledger.close().unwrap();
}

#[test]
fn acts_cannot_be_recorded_by_saying_that_they_happened() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    let continued = Data::LogContinued(LogContinued {
        previous_origin: "docket.example/other".to_owned(),
        previous_root: Digest::from_bytes([1; 32]),
        previous_size: 7,
        reason: "made up".to_owned(),
    });
    let refused = ledger.submit(vec![command(5, vec![step(105, Subject::Log, Action::Record(continued))])]);
    assert!(
        matches!(&refused, Err(LedgerError::Refused { refusal, .. }) if matches!(**refusal, Refusal::NeedsAct { .. })),
        "{refused:?}"
    );
    assert_eq!(ledger.reader().size(), 2);
    ledger.close().unwrap();
}

fn redaction(event: u128, target: u128, field: u32) -> Step {
    let redaction = Data::TextRedacted(TextRedacted {
        authority: "the court".to_owned(),
        blob: None,
        field: Some(field),
        reason: "a name".to_owned(),
        target: EventId::from(id(target)),
    });
    step(event, seven(), Action::Record(redaction))
}

fn holds(directory: &Path, words: &[u8]) -> bool {
    std::fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, words);
        }
        std::fs::read(&path).unwrap().windows(words.len()).any(|window| window == words)
    })
}

#[test]
fn a_redaction_is_carried_out_as_it_is_committed() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), HandClock::at(1000));
    // The words and their redaction in one request: the redaction is a commit of its own all the same.
    let requests =
        vec![note(5, "Jane Roe said so"), command(6, vec![redaction(106, 1_000_005, 0)]), note(7, "after")];
    ledger.submit(requests).unwrap();
    assert!(!holds(directory.path(), b"Jane Roe"));
    let mixed = command(8, vec![redaction(108, 1_000_007, 0), note(9, "other").steps.remove(0)]);
    assert!(matches!(ledger.submit(vec![mixed]), Err(LedgerError::RedactionNotAlone)));
    let again = ledger.submit(vec![command(10, vec![redaction(110, 1_000_005, 0)])]);
    assert!(
        matches!(&again, Err(LedgerError::Refused { refusal, .. })
            if matches!(**refusal, Refusal::RedactedAlready { by, .. } if by == EventId::from(id(106)))),
        "{again:?}"
    );
    // The same command again is a repeat, not a second redaction.
    let repeated = ledger.submit(vec![command(6, vec![redaction(106, 1_000_005, 0)])]).unwrap();
    assert!(repeated[0].repeated);
    assert_eq!(ledger.reader().size(), 5);
    // A redacted text compares equal to any repeat.
    assert!(ledger.submit(vec![note(5, "somebody said so")]).unwrap()[0].repeated);
    ledger.close().unwrap();
    let report = docket_ledger::verify::verify(directory.path(), &mut |_| {}).unwrap();
    assert!(report.is_good() && report.notices.is_empty(), "{report:?}");
    assert_eq!(report.openings_erased, 1);
}
