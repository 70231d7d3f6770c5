//! Time and order: a clock that stands still, goes back or jumps, over restarts too; leap days; clock changes in the register's zone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use docket_domain::command::ReportStatus;
use docket_domain::effective::parse_effective;
use docket_domain::event::{RecommendationRegistered, RegisterOpened};
use docket_domain::term::{ActorBasis, NumberBasis, Reporting, TextBasis};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, Data, EventId, Key, Label, Origin, RegisterId, StateName,
    Step, Subject, Timestamp, Vocabulary, Zone,
};
use docket_ledger::answer::{Query, list};
use docket_ledger::clock::{Clock, ClockError, Reading};
use docket_ledger::{Ledger, LedgerError, OpenOptions};
use uuid::Uuid;

/// A process's clocks: both stand still at the start, or the wall clock was set since.
struct Fixed {
    start: i64,
    now: std::sync::atomic::AtomicI64,
}

impl Fixed {
    fn at(time: &str) -> Arc<Self> {
        let micros = time_of(time).as_micros();
        Arc::new(Self { start: micros, now: micros.into() })
    }

    /// The wall clock is set; no time passes.
    fn set(&self, time: &str) {
        self.now.store(time_of(time).as_micros(), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for Fixed {
    fn read(&self) -> Reading {
        assert!(self.start > 0, "every test begins after 1970");
        let wall_micros = self.now.load(std::sync::atomic::Ordering::SeqCst);
        Reading { wall_micros, monotonic: Duration::from_secs(1) }
    }
}

fn time_of(time: &str) -> Timestamp {
    Timestamp::parse(&format!("{time}.000000Z")).unwrap()
}

fn open(directory: &Path, clock: &Arc<Fixed>) -> Ledger {
    let options = OpenOptions { clock: Arc::clone(clock) as Arc<dyn Clock>, ..OpenOptions::new(directory) };
    Ledger::open(options.or_begin(Origin::new("docket.example/time").unwrap())).unwrap()
}

fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

fn seven() -> Subject {
    Subject::Recommendation(register(), Key::new("7").unwrap())
}

fn command(number: u128, steps: Vec<(Subject, Action)>) -> Command {
    let step = |(place, (subject, action))| Step {
        event: EventId::from(Uuid::from_u128(number * 100 + place)),
        subject,
        expect_version: None,
        action,
    };
    Command {
        id: CommandId::from(Uuid::from_u128(number)),
        actor: Actor::new("ann").unwrap(),
        actor_basis: ActorBasis::Os,
        steps: (0..).zip(steps).map(step).collect(),
    }
}

fn opening(zone: Zone) -> Command {
    let label = |text: &str, state: &str| LabelMeaning {
        label: Label::new(text).unwrap(),
        reporting: Reporting::Reported,
        state: Some(StateName::new(state).unwrap()),
    };
    let state =
        |name: &str, order| StateDefinition { closed: false, name: StateName::new(name).unwrap(), order };
    let opened = Data::RegisterOpened(RegisterOpened {
        expected_count: Some(1),
        publisher: Asserter::new("City").unwrap(),
        time_zone: zone,
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
    let steps = vec![(Subject::Register(register()), Action::Record(opened)), (seven(), Action::Record(row))];
    command(1, steps)
}

fn status(number: u128, label: &str, effective: Option<(&str, Zone)>) -> Command {
    let report = ReportStatus {
        label: Label::new(label).unwrap(),
        effective: effective.map(|(value, zone)| parse_effective(value, zone).unwrap()),
        asserter: None,
        reason: Some("said so".to_owned()),
        source_url: None,
        source: None,
    };
    command(number, vec![(seven(), Action::ReportStatus(report))])
}

/// The times of recording, of all entries in order.
fn times(ledger: &Ledger) -> Vec<Timestamp> {
    let mut times = Vec::new();
    let seen = ledger.reader().log().visit(0, &mut |stored| {
        times.push(stored.entry.event.recorded_at);
        Ok(())
    });
    seen.unwrap();
    times
}

/// The label and the certainty that an answer as of this moment shows; nothing before the first statement.
fn label_at(ledger: &Ledger, effective_at: &str) -> Option<(String, String)> {
    let query = Query { effective_at: Some(effective_at.to_owned()), ..Query::default() };
    let answer = list(&ledger.reader(), &query, Timestamp::EPOCH).unwrap();
    let answer = serde_json::to_value(&answer).unwrap();
    let status = answer.pointer("/recommendations/0/status").unwrap();
    let text = |name: &str| status.get(name)?.as_str().map(str::to_owned);
    text("label").zip(text("certainty"))
}

fn shown(label: &str, certainty: &str) -> (String, String) {
    (label.to_owned(), certainty.to_owned())
}

#[test]
fn times_rise_while_the_clock_stands_still_or_goes_back_a_little_over_restarts() {
    let directory = tempfile::tempdir().unwrap();
    // Two restarts with the clock back by two seconds each: never more than five behind the last entry.
    for (session, start) in
        ["2026-03-01T12:00:04", "2026-03-01T12:00:02", "2026-03-01T12:00:00"].iter().enumerate()
    {
        let ledger = open(directory.path(), &Fixed::at(start));
        if session == 0 {
            ledger.submit(vec![opening(Zone::UTC)]).unwrap();
        }
        let before = ledger.reader().size();
        for number in 0..3 {
            let label = if number == 1 { "DONE" } else { "PLANNED" };
            ledger.submit(vec![status(u128::from(before) * 10 + number, label, None)]).unwrap();
        }
        ledger.close().unwrap();
    }
    let ledger = open(directory.path(), &Fixed::at("2026-03-01T12:00:00"));
    let times = times(&ledger);
    assert_eq!(times.len(), 11);
    let first = time_of("2026-03-01T12:00:04");
    let expected: Vec<_> = (0..11).map(|micros| first.plus_micros(micros)).collect();
    assert_eq!(times, expected, "each a microsecond after the last, since the clock never passes it");
    ledger.close().unwrap();
}

/// Two entries of one microsecond do not exist; the times between two entries resolve to the first of them.
#[test]
fn entries_of_one_moment_are_told_apart_by_their_microseconds() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path(), &Fixed::at("2026-03-01T12:00:00"));
    ledger.submit(vec![opening(Zone::UTC), status(2, "PLANNED", None), status(3, "DONE", None)]).unwrap();
    let reader = ledger.reader();
    for (time, known) in [
        ("2026-03-01T11:59:59.999999Z", 0),
        ("2026-03-01T12:00:00.000000Z", 1),
        ("2026-03-01T12:00:00.000001Z", 2),
        ("2026-03-01T12:00:00.000002Z", 3),
        ("2026-03-01T12:00:00.000003Z", 4),
        ("2026-03-02T12:00:00.000000Z", 4),
    ] {
        assert_eq!(reader.known_at(Some(time), Zone::UTC).unwrap(), known, "{time}");
    }
    // Each began when it was recorded, so that the later of them is the one in force.
    assert_eq!(label_at(&ledger, "2026-03-01T12:00:00.000002Z"), Some(shown("PLANNED", "certain")));
    assert_eq!(label_at(&ledger, "2026-03-01T12:00:00.000003Z"), Some(shown("DONE", "certain")));
    drop(reader);
    ledger.close().unwrap();
}

#[test]
fn a_clock_that_is_set_back_or_ahead_by_much_records_nothing_until_it_is_right() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Fixed::at("2026-03-01T12:00:00");
    let ledger = open(directory.path(), &clock);
    ledger.submit(vec![opening(Zone::UTC)]).unwrap();
    for set in ["2027-03-01T12:00:00", "2026-03-01T12:00:06", "2026-03-01T11:59:54", "2025-03-01T12:00:00"] {
        clock.set(set);
        let refused = ledger.submit(vec![status(2, "PLANNED", None)]);
        assert!(matches!(refused, Err(LedgerError::Clock(ClockError::Drift { .. }))), "{set}: {refused:?}");
    }
    clock.set("2026-03-01T12:00:05");
    ledger.submit(vec![status(2, "PLANNED", None)]).unwrap();
    ledger.close().unwrap();
    // A new process knows the last entry, and nothing else to compare its clock with.
    let ledger = open(directory.path(), &Fixed::at("2026-03-01T11:00:00"));
    let refused = ledger.submit(vec![status(3, "DONE", None)]);
    assert!(matches!(refused, Err(LedgerError::Clock(ClockError::Behind { .. }))), "{refused:?}");
    // What was recorded before is repeated and read all the same.
    assert!(ledger.submit(vec![status(2, "PLANNED", None)]).unwrap()[0].repeated);
    assert_eq!(label_at(&ledger, "2026-03-01"), Some(shown("PLANNED", "certain")));
    ledger.close().unwrap();
    // A clock that was a year ahead at the start of a process is not noticed: what it recorded stands, and holds up what comes after.
    let ledger = open(directory.path(), &Fixed::at("2027-03-01T12:00:00"));
    ledger.submit(vec![status(4, "DONE", None)]).unwrap();
    ledger.close().unwrap();
    let ledger = open(directory.path(), &Fixed::at("2026-03-02T12:00:00"));
    let refused = ledger.submit(vec![status(5, "PLANNED", None)]);
    assert!(matches!(refused, Err(LedgerError::Clock(ClockError::Behind { .. }))), "{refused:?}");
    ledger.close().unwrap();
}

#[test]
fn a_leap_day_is_a_day_and_february_ends_with_it() {
    let zone = Zone::parse("Europe/London").unwrap();
    for (value, from, to) in [
        ("2024-02-29", "2024-02-29T00:00:00", "2024-03-01T00:00:00"),
        ("2024-02", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("2025-02", "2025-02-01T00:00:00", "2025-03-01T00:00:00"),
        ("2000-02-28/2000-03-01", "2000-02-28T00:00:00", "2000-03-02T00:00:00"),
        ("2100-02", "2100-02-01T00:00:00", "2100-03-01T00:00:00"),
    ] {
        let effective = parse_effective(value, zone).unwrap();
        assert_eq!((effective.from, effective.to), (Some(time_of(from)), Some(time_of(to))), "{value}");
    }
    for no_day in ["2025-02-29", "2100-02-29", "2024-02-30", "1900-02-29"] {
        assert!(parse_effective(no_day, zone).is_err(), "{no_day}");
    }
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path(), &Fixed::at("2026-03-01T12:00:00"));
    ledger.submit(vec![opening(zone), status(2, "PLANNED", Some(("2024-02-29", zone)))]).unwrap();
    assert_eq!(label_at(&ledger, "2024-02-28"), None);
    assert_eq!(label_at(&ledger, "2024-02-29"), Some(shown("PLANNED", "certain")));
    ledger.close().unwrap();
}

/// The days on which clocks change have 23 and 25 hours; a day is asked for as of its own midnight, in the register's zone.
#[test]
fn days_end_at_the_registers_midnight_also_where_clocks_change() {
    for (zone, day, from, to) in [
        ("Europe/London", "2026-03-29", "2026-03-29T00:00:00", "2026-03-29T23:00:00"),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00:00", "2026-10-26T00:00:00"),
        ("Europe/London", "2026-07-01", "2026-06-30T23:00:00", "2026-07-01T23:00:00"),
        ("Pacific/Tongatapu", "2026-03-29", "2026-03-28T11:00:00", "2026-03-29T11:00:00"),
        ("Pacific/Apia", "2012-01-01", "2011-12-31T10:00:00", "2012-01-01T10:00:00"),
        ("Etc/GMT+12", "2026-03-29", "2026-03-29T12:00:00", "2026-03-30T12:00:00"),
    ] {
        let zone = Zone::parse(zone).unwrap();
        let effective = parse_effective(day, zone).unwrap();
        assert_eq!((effective.from, effective.to), (Some(time_of(from)), Some(time_of(to))), "{day} {zone}");
        let directory = tempfile::tempdir().unwrap();
        let ledger = open(directory.path(), &Fixed::at("2026-11-01T12:00:00"));
        ledger.submit(vec![opening(zone), status(2, "DONE", Some((day, zone)))]).unwrap();
        let last = time_of(to).plus_micros(-1).to_string();
        let first = time_of(from).to_string();
        let before = time_of(from).plus_micros(-1).to_string();
        assert_eq!(label_at(&ledger, day), Some(shown("DONE", "certain")), "{day} {zone}");
        assert_eq!(label_at(&ledger, &last), Some(shown("DONE", "certain")), "{day} {zone}");
        assert_eq!(label_at(&ledger, &first), Some(shown("DONE", "possible")), "{day} {zone}");
        assert_eq!(label_at(&ledger, &before), None, "{day} {zone}");
        ledger.close().unwrap();
    }
}

/// The minute that spring skips does not exist; the minute that autumn repeats is both of its readings, and says so.
#[test]
fn skipped_minutes_are_refused_and_repeated_ones_are_ambiguous() {
    let zone = Zone::parse("Europe/London").unwrap();
    let skipped = parse_effective("2026-03-29T01:30", zone).unwrap_err();
    assert!(skipped.to_string().contains("the clock skips it"), "{skipped}");
    let twice = parse_effective("2026-10-25T01:30", zone).unwrap();
    assert_eq!(twice.from, Some(time_of("2026-10-25T00:30:00")));
    assert_eq!(twice.to, Some(time_of("2026-10-25T01:31:00")));
    assert_eq!(twice.basis, docket_domain::term::Basis::Ambiguous);
    // Samoa skipped the whole of 30 December 2011.
    let apia = Zone::parse("Pacific/Apia").unwrap();
    for gone in ["2011-12-30", "2011-12-30/2011-12-30"] {
        let skipped = parse_effective(gone, apia).unwrap_err();
        assert!(skipped.to_string().contains("the clock skips it"), "{skipped}");
    }
    assert!(parse_effective("2011-12-29/2011-12-31", apia).unwrap().is_consistent());
}
