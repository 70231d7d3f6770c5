//! One status as of many dates and sizes: each sentence of DESIGN sections 2 and 3.

use docket_domain::effective::parse_effective;
use docket_domain::term::{Basis, Reporting};
use docket_domain::time::Moment;
use docket_domain::{Effective, Timestamp, Zone};

use crate::testing::{LABELS, Log, When, instant, recommendation, register, status_value};
use crate::*;

fn chicago() -> Zone {
    Zone::parse("America/Chicago").unwrap()
}

/// The bound that asking for a date or an instant stands for.
fn on(value: &str) -> Timestamp {
    Moment::parse(value, chicago()).unwrap().bound(chicago()).unwrap()
}

fn log() -> Log {
    let mut log = Log::new();
    log.open();
    log.recommendation("7", Some(7));
    log
}

fn at(log: &Log, bound: Timestamp) -> Option<StatusView<String>> {
    log.projection().newest().status(&recommendation("7"), bound)
}

/// Label, state and certainty; "?" for a label that cannot be read, "-" for no state.
fn said(status: Option<&StatusView<String>>) -> String {
    let Some(status) = status else { return "not yet stated".to_owned() };
    let label = status.statement.label.as_ref().map_or("?", |label| label.as_str());
    let state = status.statement.state.as_ref().map_or("-", |state| state.as_str());
    format!("{label}, {state}, {:?}", status.certainty)
}

fn on_day(log: &Log, day: i64) -> String {
    said(at(log, instant(day)).as_ref())
}

#[test]
fn a_statement_of_6_to_19_march_is_possible_within_and_certain_after() {
    let mut log = log();
    let stated = parse_effective("2025-03-06/2025-03-19", chicago()).unwrap();
    log.status_with("7", "IN PROGRESS", Effective { basis: Basis::Inferred, ..stated });
    let table = [
        ("2025-02-01", "not yet stated"),
        ("2025-03-05", "not yet stated"),
        ("2025-03-06T00:00", "IN PROGRESS, in-progress, Possible"),
        ("2025-03-06", "IN PROGRESS, in-progress, Possible"),
        ("2025-03-15", "IN PROGRESS, in-progress, Possible"),
        ("2025-03-18", "IN PROGRESS, in-progress, Possible"),
        ("2025-03-19T23:59", "IN PROGRESS, in-progress, Possible"),
        ("2025-03-19", "IN PROGRESS, in-progress, Certain"),
        ("2025-03-20", "IN PROGRESS, in-progress, Certain"),
        ("2030-01-01", "IN PROGRESS, in-progress, Certain"),
    ];
    for (date, expected) in table {
        let status = at(&log, on(date));
        assert_eq!(said(status.as_ref()), expected, "{date}");
        assert!(
            status.is_none_or(|status| status.statement.inferred && status.last_certain.is_none()),
            "{date}"
        );
    }
    let projection = log.projection();
    for known_at in 0..=3 {
        let status = projection.knowledge(known_at).status(&recommendation("7"), on("2025-03-20"));
        assert_eq!(status.is_some(), known_at == 3, "{known_at}");
    }
}

#[test]
fn statements_are_ordered_by_their_start_then_by_their_index_an_unknown_one_first() {
    type Statements = &'static [(&'static str, When)];
    let table: [(Statements, i64, &str); 10] = [
        // A later start wins, whichever was recorded first.
        (
            &[("IN PLANNING", Some((1, 2))), ("IN PROGRESS", Some((5, 6)))],
            9,
            "IN PROGRESS, in-progress, Certain",
        ),
        (
            &[("IN PROGRESS", Some((5, 6))), ("IN PLANNING", Some((1, 2)))],
            9,
            "IN PROGRESS, in-progress, Certain",
        ),
        (
            &[("IN PLANNING", Some((1, 2))), ("IN PROGRESS", Some((5, 6)))],
            5,
            "IN PLANNING, planning, Certain",
        ),
        // Intervals are closed-open: what touches does not overlap.
        (
            &[("IN PLANNING", Some((1, 5))), ("IN PROGRESS", Some((5, 6)))],
            9,
            "IN PROGRESS, in-progress, Certain",
        ),
        // The same start: the later index, and neither is certain.
        (
            &[("IN PLANNING", Some((1, 2))), ("IN PROGRESS", Some((1, 2)))],
            9,
            "IN PROGRESS, in-progress, Possible",
        ),
        (
            &[("IN PROGRESS", Some((1, 2))), ("IN PLANNING", Some((1, 2)))],
            9,
            "IN PLANNING, planning, Possible",
        ),
        // One of unknown date always counts, sorts first and is never certain.
        (&[("IN PLANNING", None)], 0, "IN PLANNING, planning, Possible"),
        (&[("IN PLANNING", None)], 900, "IN PLANNING, planning, Possible"),
        (&[("IN PROGRESS", Some((1, 2))), ("IN PLANNING", None)], 9, "IN PROGRESS, in-progress, Certain"),
        (&[("IN PROGRESS", Some((1, 2))), ("IN PLANNING", None)], 1, "IN PLANNING, planning, Possible"),
    ];
    for (statements, day, expected) in table {
        let mut log = log();
        for (label, when) in statements {
            log.status("7", label, *when);
        }
        assert_eq!(on_day(&log, day), expected, "{statements:?} on {day}");
    }
}

#[test]
fn two_overlapping_statements_are_possible_and_the_last_certain_one_is_shown_too() {
    let mut log = log();
    let planning = log.status("7", "IN PLANNING", (1, 2));
    log.status("7", "IN DEVELOPMENT", (4, 8));
    log.status("7", "IN PROGRESS", (6, 9));
    let table = [
        (2, "IN PLANNING, planning, Certain", false),
        (5, "IN DEVELOPMENT, development, Possible", true),
        (7, "IN PROGRESS, in-progress, Possible", true),
        (90, "IN PROGRESS, in-progress, Possible", true),
    ];
    for (day, expected, shows_last) in table {
        let status = at(&log, instant(day)).unwrap();
        assert_eq!(said(Some(&status)), expected, "{day}");
        let last = status.last_certain.map(|last| last.provenance.event);
        assert_eq!(last, shows_last.then(|| log.id(planning)), "{day}");
    }
    // A long interval reaches over a short one that lies between.
    log.status("7", "COMPLETE", (20, 21));
    assert_eq!(on_day(&log, 30), "COMPLETE, completed, Certain");
    log.status("7", "IN PLANNING", (3, 25));
    assert_eq!(on_day(&log, 30), "COMPLETE, completed, Possible");
}

#[test]
fn no_update_and_damage_never_overwrite_a_state() {
    for label in ["NO UPDATE AVAILABLE", ""] {
        let mut log = log();
        let progress = log.status("7", "IN PROGRESS", (1, 2));
        log.status("7", label, (5, 6));
        let status = at(&log, instant(9)).unwrap();
        let expected = status_value(label);
        assert_eq!(status.statement.label, expected.label);
        assert_eq!(status.statement.reporting, expected.reporting);
        assert_eq!(status.statement.state, status_value("IN PROGRESS").state);
        assert_eq!(status.statement.state_event, Some(log.id(progress)));
    }
    let mut log = log();
    log.status("7", "", (1, 2));
    let status = at(&log, instant(9)).unwrap();
    assert_eq!((status.statement.label, status.statement.state), (None, None));
    assert_eq!(status.statement.reporting, Reporting::Unknown);
}

#[test]
fn a_no_update_that_a_vocabulary_maps_to_a_state_states_none() {
    let mut log = log();
    log.status("7", "IN PLANNING", (1, 2));
    let mut odd = log.events.pop().unwrap().as_ref().clone();
    log.status("7", "IN PROGRESS", (1, 2));
    let docket_domain::Data::StatusReported(statement) = &mut odd.data else { unreachable!() };
    statement.reporting = Reporting::NoUpdate;
    statement.effective = crate::testing::effective(Some((5, 6)));
    let mut projection = Projection::new();
    for event in &log.events[..2] {
        projection.apply(std::sync::Arc::clone(event)).unwrap();
    }
    projection.apply(std::sync::Arc::new(odd)).unwrap();
    let status = projection.newest().status(&recommendation("7"), instant(9)).unwrap();
    assert_eq!((status.statement.state, status.statement.state_event), (None, None));
}

#[test]
fn a_status_dated_1_april_changes_the_answer_for_1_june_and_not_that_for_31_march() {
    let mut log = log();
    log.status_with("7", "IN PLANNING", parse_effective("2025-03-06/2025-03-19", chicago()).unwrap());
    let before = log.projection().newest().status(&recommendation("7"), on("2025-03-31"));
    log.status_with("7", "IN PROGRESS", parse_effective("2025-04-01", chicago()).unwrap());
    assert_eq!(at(&log, on("2025-03-31")), before);
    assert_eq!(said(at(&log, on("2025-06-01")).as_ref()), "IN PROGRESS, in-progress, Certain");
}

#[test]
fn a_correction_and_its_retraction_change_answers_known_later_and_none_known_before() {
    let mut log = log();
    let planning = log.status("7", "IN PLANNING", (1, 2));
    let progress = log.status("7", "IN PROGRESS", (5, 6));
    let mut answers = vec![(log.size(), "IN PROGRESS, in-progress, Certain")];
    let relabelled = log.correct(progress, Some("COMPLETE"), None, None);
    answers.push((log.size(), "COMPLETE, completed, Certain"));
    // A correction of a correction counts for what that one corrects: here the statement moves before the other one.
    let moved = log.correct(relabelled, None, Some(Some((0, 1))), None);
    answers.push((log.size(), "IN PLANNING, planning, Certain"));
    let withdrawn = log.retract(planning);
    answers.push((log.size(), "COMPLETE, completed, Certain"));
    log.retract(relabelled);
    answers.push((log.size(), "IN PROGRESS, in-progress, Certain"));
    log.retract(withdrawn);
    answers.push((log.size(), "IN PLANNING, planning, Certain"));
    log.retract(moved);
    answers.push((log.size(), "IN PROGRESS, in-progress, Certain"));
    let projection = log.projection();
    for (known_at, expected) in answers {
        let status = projection.knowledge(known_at).status(&recommendation("7"), instant(9));
        assert_eq!(said(status.as_ref()), expected, "known at {known_at}");
    }
    let corrected =
        projection.knowledge(progress + 3).status(&recommendation("7"), instant(1)).unwrap().statement;
    assert_eq!(corrected.provenance.index, progress);
    let by: Vec<u64> = corrected.corrected_by.iter().map(|mark| mark.provenance.index).collect();
    assert_eq!(by, [relabelled, moved]);
    assert_eq!(corrected.corrected_by[0].data.reason().map(|reason| reason.text.as_str()), Some("a slip"));
}

#[test]
fn a_corrected_statement_keeps_its_own_place_among_those_of_the_same_start() {
    let mut log = log();
    let first = log.status("7", "IN PLANNING", (1, 2));
    log.status("7", "IN PROGRESS", (5, 6));
    log.correct(first, None, Some(Some((5, 6))), None);
    assert_eq!(on_day(&log, 9), "IN PROGRESS, in-progress, Possible");
}

#[test]
fn a_finding_counts_for_the_winning_statement_only() {
    let mut log = log();
    let planning = log.status("7", "IN PLANNING", (1, 2));
    log.finding("7", planning, true, (3, 4));
    let second = log.finding("7", planning, false, (4, 5));
    let progress = log.status("7", "IN PROGRESS", (6, 7));
    let found = |known_at: u64, day| {
        let projection = log.projection_of(known_at);
        let view = projection.newest().recommendation(
            &register(),
            &crate::testing::key("7"),
            instant(day),
            Audience::Public,
        );
        view.unwrap().verified.map(|verified| verified.finding.content.agrees)
    };
    let table = [
        (3, 9, None),
        (4, 9, Some(true)),
        (4, 3, None),
        (5, 9, Some(false)),
        (5, 4, Some(true)),
        (6, 9, None),
        (6, 6, Some(false)),
    ];
    for (known_at, day, expected) in table {
        assert_eq!(found(known_at, day), expected, "known at {known_at}, day {day}");
    }
    log.retract(progress);
    log.retract(second);
    log.correct(planning, Some("COMPLETE"), None, None);
    let projection = log.projection();
    let finding = projection.newest().finding_on(&recommendation("7"), log.id(planning), instant(9)).unwrap();
    assert!(finding.finding.content.agrees && finding.claim_corrected_since);
    let earlier = projection.knowledge(log.size() - 1);
    assert!(
        !earlier
            .finding_on(&recommendation("7"), log.id(planning), instant(9))
            .unwrap()
            .claim_corrected_since
    );
}

#[test]
fn the_latest_finding_is_the_one_dated_last_not_the_one_recorded_last() {
    let mut log = log();
    let claim = log.status("7", "IN PLANNING", (1, 2));
    let later = log.finding("7", claim, false, (6, 7));
    log.finding("7", claim, true, (3, 4));
    let projection = log.projection();
    let finding = projection.newest().finding_on(&recommendation("7"), log.id(claim), instant(9)).unwrap();
    assert_eq!(finding.finding.provenance.index, later);
}

#[test]
fn the_state_before_a_new_statement_has_the_place_that_the_newest_vocabulary_gives_it() {
    let mut log = log();
    log.status("7", "IN PROGRESS", (5, 6));
    log.status("7", "NO UPDATE AVAILABLE", (7, 8));
    let before = |log: &Log, day: Option<i64>| {
        let found = log.projection().newest().state_before(&recommendation("7"), day.map(instant));
        found.map(|found| (found.state.to_string(), found.order))
    };
    let progress = Some(("in-progress".to_owned(), Some(LABELS[2].2)));
    assert_eq!(before(&log, Some(9)), progress);
    // One that begins at the same instant was recorded earlier, so it comes before.
    assert_eq!(before(&log, Some(5)), progress);
    assert_eq!(before(&log, Some(4)), None);
    assert_eq!(before(&log, None), None);
    log.revise(docket_domain::Vocabulary::default());
    assert_eq!(before(&log, Some(9)), Some(("in-progress".to_owned(), None)));
}
