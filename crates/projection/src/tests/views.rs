//! Timelines, changes, lists, registers and names, each on one small log.

use docket_domain::event::{FragmentQuarantined, SourceReceived};
use docket_domain::term::{AssignmentAttribute, AssignmentChange, NumberBasis, TextBasis, Visibility};
use docket_domain::{Actor, Data, Digest, EventKind, Known, Label, Subject, Zone};

use crate::testing::{Log, city, effective, instant, key, lines, recommendation, register};
use crate::*;

const ALL: ChangeScope<'_> = ChangeScope { register: None, actor: None, audience: Audience::Internal };

fn log() -> Log {
    let mut log = Log::new();
    log.open();
    log.recommendation("7", Some(7));
    log
}

fn label(statement: Option<&StatementView<String>>) -> &str {
    statement.and_then(|statement| statement.label.as_ref()).map_or("-", Label::as_str)
}

/// `old -> new` of a status difference.
fn step(difference: Option<&Difference<String>>) -> String {
    match difference {
        Some(Difference::Status { before, after }) => {
            format!("{} -> {}", label(before.as_deref()), label(after.as_deref()))
        }
        other => panic!("{other:?} is no status difference"),
    }
}

#[test]
fn a_timeline_shows_old_and_new_and_each_correction_beside_what_it_corrects() {
    let mut log = log();
    let planning = log.status("7", "IN PLANNING", (1, 2));
    let progress = log.status("7", "IN PROGRESS", (5, 6));
    log.by("ann");
    let correction = log.correct(progress, Some("COMPLETE"), None, None);
    let again = log.correct(correction, Some("IN DEVELOPMENT"), None, None);
    let retraction = log.retract(progress);
    let back = log.retract(retraction);
    let redaction = log.redact(planning);
    let projection = log.projection();
    let timeline = projection.newest().timeline(&recommendation("7"), Audience::Public, Page::ALL);
    let steps: Vec<String> = timeline[1..7].iter().map(|entry| step(entry.difference.as_ref())).collect();
    let expected = [
        "- -> IN PLANNING",
        "IN PLANNING -> IN PROGRESS",
        "IN PROGRESS -> COMPLETE",
        "COMPLETE -> IN DEVELOPMENT",
        "IN DEVELOPMENT -> IN PLANNING",
        "IN PLANNING -> IN DEVELOPMENT",
    ];
    assert_eq!(steps, expected);
    let marks = |place: usize| -> Vec<(u64, EventKind, bool)> {
        let marks = timeline[place].marks.iter();
        marks.map(|mark| (mark.provenance.index, mark.provenance.kind, mark.in_force)).collect()
    };
    let (corrected, retracted) = (EventKind::EventCorrected, EventKind::EventRetracted);
    assert_eq!(marks(1), [(redaction, EventKind::TextRedacted, true)]);
    assert_eq!(
        marks(2),
        [(correction, corrected, true), (again, corrected, true), (retraction, retracted, false)]
    );
    assert_eq!(marks(3), [(again, corrected, true)]);
    assert_eq!(marks(5), [(back, retracted, true)]);
    assert_eq!(timeline[2].marks[2].provenance.actor, Actor::new("ann").unwrap());
    let places: Vec<_> = timeline[4..7]
        .iter()
        .map(|entry| (entry.target.as_ref().unwrap().index, entry.root.as_ref().unwrap().index))
        .collect();
    assert_eq!(places, [(correction, progress), (progress, progress), (retraction, progress)]);
    assert_eq!(
        timeline.iter().map(|entry| entry.in_force).collect::<Vec<_>>(),
        [true, true, true, true, true, false, true, true]
    );
    assert!(timeline[7].difference.is_none());
    // The page is the same entries.
    let page = Page { skip: 2, take: 3 };
    assert_eq!(projection.newest().timeline(&recommendation("7"), Audience::Public, page), timeline[2..5]);
}

#[test]
fn a_status_dated_back_takes_over_from_the_one_before_it_in_time() {
    let mut log = log();
    log.status("7", "IN PLANNING", (1, 2));
    log.status("7", "COMPLETE", (8, 9));
    let late = log.status("7", "IN PROGRESS", (5, 6));
    let changes = log.projection().changes_recorded(ALL, late..late + 1);
    assert_eq!(step(changes[0].difference.as_ref()), "IN PLANNING -> IN PROGRESS");
    assert_eq!(changes[0].effective().unwrap().from, Some(instant(5)));
}

#[test]
fn the_public_sees_nothing_of_an_internal_note() {
    let mut log = log();
    let note = log.note_for("7", "internal", (1, 2), Visibility::Internal);
    let correction = log.correct(note, None, None, Some("still internal"));
    log.evidence("7", Some(note));
    let retraction = log.retract(correction);
    log.retract(retraction);
    log.redact(note);
    log.note("7", "public", (0, 1));
    let projection = log.projection();
    let newest = projection.newest();
    let count = |audience| {
        let view = newest.recommendation(&register(), &key("7"), instant(9), audience).unwrap();
        let scope = ChangeScope { audience, ..ALL };
        (
            newest.timeline(&recommendation("7"), audience, Page::ALL).len(),
            projection.changes_recorded(scope, 0..log.size()).len(),
            view.notes.len(),
            view.evidence.len(),
        )
    };
    assert_eq!(count(Audience::Internal), (8, 9, 2, 1));
    assert_eq!(count(Audience::Public), (2, 3, 1, 0));
}

#[test]
fn an_event_that_names_a_later_one_speaks_about_nothing() {
    let mut log = log();
    let named = docket_domain::EventId::from_bytes([8; 16]);
    log.correct_id("7", named, None, None, Some("too early"));
    log.note("7", "words", (1, 2));
    log.retract_id("7", named);
    let mut projection = log.projection_of(3);
    for (event, id) in log.events[3..].iter().zip([named, docket_domain::EventId::from_bytes([9; 16])]) {
        projection.apply(docket_domain::Event { id, ..event.as_ref().clone() }.into()).unwrap();
    }
    let timeline = projection.newest().timeline(&recommendation("7"), Audience::Public, Page::ALL);
    assert!(timeline[1].target.is_none() && timeline[1].difference.is_none());
    assert_eq!(timeline[2].marks.len(), 1);
    assert_eq!(timeline[3].target.as_ref().map(|target| target.index), Some(3));
    assert!(!projection.newest().in_force(3));
}

#[test]
fn a_corrected_note_gives_the_place_of_its_new_words_and_its_old_place_in_the_order() {
    let mut log = log();
    let late = log.note("7", "second", (5, 6));
    let early = log.note("7", "first", (1, 2));
    let undated = log.note("7", "undated", None);
    let correction = log.correct(late, None, None, Some("better"));
    let projection = log.projection();
    let notes = projection.newest().notes(&recommendation("7"), instant(9), Audience::Public);
    assert_eq!(notes.iter().map(|note| note.provenance.index).collect::<Vec<_>>(), [undated, early, late]);
    // The texts of a correction: its reason, then its text. Those of a note: its address, then its text.
    let place = |note: &Note<String>| (note.content.text.event_index, note.content.text.ordinal);
    assert_eq!(place(&notes[2]), (correction, 1));
    assert_eq!(place(&notes[1]), (early, 1));
    assert_eq!(notes[2].content.text.text, "better");
    assert_eq!(projection.newest().notes(&recommendation("7"), instant(1), Audience::Public).len(), 1);
}

#[test]
fn amendments_lie_over_the_original_and_both_are_given() {
    let mut log = log();
    let first = log.amend("7", Some(8), None);
    log.amend("7", None, Some("a new text"));
    let view = |known_at| {
        let projection = log.projection();
        projection
            .knowledge(known_at)
            .recommendation(&register(), &key("7"), instant(9), Audience::Public)
            .unwrap()
    };
    let now = view(log.size());
    assert_eq!((now.facts.number, now.facts.number_basis), (Some(8), NumberBasis::Inferred));
    assert_eq!(
        (now.facts.text.unwrap().text.as_str(), now.facts.text_basis),
        ("a new text", TextBasis::Partial)
    );
    assert_eq!(now.facts.number_printed.as_deref(), Some("7"));
    assert_eq!((now.registered.content.number, now.amendments.len(), now.version), (Some(7), 2, 3));
    assert_eq!((view(2).facts.number, view(3).facts.number), (Some(7), Some(8)));
    log.retract(first);
    let projection = log.projection();
    let facts = projection.newest().recommendation_facts(&recommendation("7")).unwrap();
    assert_eq!((facts.number, facts.text.unwrap().text.as_str()), (Some(7), "a new text"));
}

#[test]
fn assignments_hold_from_their_date_until_they_are_cleared() {
    use AssignmentAttribute::{Category, Dependency, Owner};
    let mut log = log();
    log.assign("7", Owner, AssignmentChange::Set, "police", (1, 2));
    log.assign("7", Owner, AssignmentChange::Set, "mayor", (5, 6));
    log.assign("7", Category, AssignmentChange::Set, "youth", (1, 2));
    log.assign("7", Category, AssignmentChange::Cleared, "", (5, 6));
    for dependency in ["9", "8"] {
        log.assign("7", Dependency, AssignmentChange::Set, dependency, (1, 2));
    }
    log.assign("7", Dependency, AssignmentChange::Cleared, "9", (5, 6));
    let held = |day| {
        let held = log.projection().newest().assignments(&recommendation("7"), instant(day));
        let value = |held: Option<Assignment<String>>| {
            held.and_then(|held| held.content.value).map(|value| value.text)
        };
        let waits = held.dependencies.iter().map(|held| held.content.dependency.clone().unwrap().to_string());
        let waits: Vec<String> = waits.collect();
        (value(held.owner), value(held.category), waits.join(" "))
    };
    assert_eq!(held(1), (None, None, String::new()));
    assert_eq!(held(3), (Some("police".into()), Some("youth".into()), "8 9".into()));
    assert_eq!(held(9), (Some("mayor".into()), None, "8".into()));
}

#[test]
fn a_list_is_ordered_by_number_with_those_without_one_last() {
    let mut log = Log::new();
    log.open();
    for (name, number) in [("x", None), ("b", Some(10)), ("a", Some(2)), ("y", None), ("c", Some(2))] {
        log.recommendation(name, number);
    }
    let before = log.size();
    log.amend("y", Some(1), None);
    let keys = |known_at| {
        let projection = log.projection();
        let keys = projection.knowledge(known_at).recommendation_keys(&register());
        keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(before), "a c b x y");
    assert_eq!(keys(log.size()), "y a c b x");
    assert_eq!(keys(3), "b x");
    assert_eq!(keys(0), "");
}

#[test]
fn people_name_recommendations_and_events() {
    let mut log = Log::new();
    log.open();
    for (name, number) in [("7", Some(1)), ("a", Some(7)), ("b", Some(3)), ("c", Some(3))] {
        log.recommendation(name, number);
    }
    let noted = log.note("7", "words", (1, 2));
    let projection = log.projection();
    let find = |value: &str| {
        let found = projection.newest().find(&register(), value);
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    // A key is permanent, so it goes before a number.
    let table =
        [("7", "7"), ("1", "7"), ("a", "a"), ("3", "b c"), ("03", ""), ("9", ""), ("", ""), ("a/b", "")];
    for (value, expected) in table {
        assert_eq!(find(value), expected, "{value:?}");
    }
    let resolve = |value: &str| projection.newest().resolve_event(None, value).map(|found| found.index);
    assert_eq!(resolve("7@2"), Ok(noted));
    assert_eq!(resolve("1@1"), Ok(1));
    assert_eq!(resolve(&log.id(noted).to_string()), Ok(noted));
    for (value, message) in [
        ("7@3", "r/recommendation/7 has no version 3: its newest is 2"),
        ("7@0", "r/recommendation/7 has no version 0: its newest is 2"),
        ("9@1", "r has no recommendation \"9\""),
        ("3@1", "r has several recommendations \"3\": name one by its key, one of [\"b\", \"c\"]"),
        ("7@", "names no event"),
        ("7@02", "names no event"),
        ("seven", "names no event"),
        ("00000000-0000-0000-0000-0000000000ff", "no event 00000000-0000-0000-0000-0000000000ff is known"),
    ] {
        let error = resolve(value).unwrap_err().to_string();
        assert!(error.contains(message), "{value}: {error}");
    }
    let nothing = projection.knowledge(0).resolve_event(None, "7@2").unwrap_err().to_string();
    assert!(nothing.contains("0 are known"), "{nothing}");
}

#[test]
fn a_register_has_its_vocabulary_versions_sources_and_newest_zone() {
    let mut log = log();
    let digest = Digest::from_bytes([1; 32]);
    let source = Subject::Source(register(), digest);
    let received = SourceReceived {
        derivation: None,
        effective: effective(Some((1, 9))),
        media_type: "text/plain".to_owned(),
        publisher: city(),
        sha256: digest,
        size: 10,
        title: "a table".to_owned(),
    };
    log.push(source.clone(), Data::SourceReceived(received));
    let fragment =
        FragmentQuarantined { reason: "no row".to_owned(), source: lines(3), text: "garbage".to_owned() };
    log.push(source, Data::FragmentQuarantined(fragment));
    let mut vocabulary = crate::testing::vocabulary();
    vocabulary.labels.pop();
    let revised = log.revise(vocabulary.clone());
    let retracted = log.retract(revised);
    let projection = log.projection();
    let view = |known_at| projection.knowledge(known_at).register(&register());
    assert_eq!(view(0), None);
    let now = view(retracted).unwrap();
    assert_eq!(
        (now.opened.content.title.text.as_str(), now.opened.content.expected_count),
        ("the register", Some(3))
    );
    assert_eq!((&now.vocabulary, now.vocabulary_versions.len()), (&vocabulary, 2));
    assert_eq!((now.recommendations, now.sources.len(), now.sources[0].fragments.len()), (1, 1, 1));
    assert_eq!(view(retracted + 1).unwrap().vocabulary, crate::testing::vocabulary());
    assert_eq!(view(3).unwrap().sources[0].fragments.len(), 0);
    assert_eq!(projection.zone(&register()).name(), "America/Chicago");
    assert_eq!(Projection::<String>::new().zone(&register()), Zone::UTC);
    let newest = projection.newest();
    let facts = Known::register(&newest, &register()).unwrap();
    assert_eq!((facts.publisher, facts.zone.name()), (city(), "America/Chicago"));
}

#[test]
fn the_rules_see_who_recorded_and_who_corrected_a_claim() {
    let mut log = log();
    let claim = log.status("7", "IN PLANNING", (1, 2));
    log.by("ann");
    let correction = log.correct(claim, Some("COMPLETE"), None, None);
    let known = |log: &Log| Known::event(&log.projection().newest(), log.id(claim)).unwrap();
    let actors = |log: &Log| known(log).actors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(actors(&log), "clerk ann");
    assert_eq!(known(&log).status, Some(crate::testing::status_value("COMPLETE")));
    log.retract(correction);
    assert_eq!(actors(&log), "clerk");
    log.retract(claim);
    assert!(!known(&log).in_force);
}

#[test]
fn counts_keep_none_unknown_and_not_yet_stated_apart() {
    let mut log = Log::new();
    log.open();
    for number in 1..=6 {
        log.recommendation(&number.to_string(), Some(number));
    }
    let claim = log.status("1", "IN PLANNING", (1, 2));
    log.status("2", "NO UPDATE AVAILABLE", (1, 2));
    log.status("3", "", (1, 2));
    log.status("4", "IN PLANNING", (1, 9));
    log.status("5", "COMPLETE", (8, 9));
    log.finding("1", claim, false, (2, 3));
    let counts = log.projection().newest().counts(&register(), instant(5));
    let values: Vec<(&str, u64)> =
        counts.labels.values.iter().map(|(label, count)| (label.as_str(), *count)).collect();
    let expected = [
        ("IN PLANNING", 2),
        ("IN DEVELOPMENT", 0),
        ("IN PROGRESS", 0),
        ("COMPLETE", 0),
        ("NO UPDATE AVAILABLE", 1),
    ];
    assert_eq!(values, expected);
    assert_eq!((counts.labels.none, counts.labels.unknown), (0, 1));
    assert_eq!((counts.states.none, counts.states.unknown), (1, 1));
    assert_eq!((counts.recommendations, counts.not_yet_stated), (6, 2));
    assert_eq!(counts.reporting, ReportingCounts { reported: 2, no_update: 1, unknown: 1 });
    assert_eq!(counts.certainty, CertaintyCounts { certain: 2, possible: 1, unknown: 1 });
    assert_eq!(counts.verified, VerifiedCounts { agrees: 0, disagrees: 1, none: 2, unknown: 1 });
    assert_eq!(counts.numbers, NumberCounts { printed: 6, inferred: 0, missing: 0 });
    // A label that the newest vocabulary no longer has is still counted, after the others.
    let mut vocabulary = crate::testing::vocabulary();
    vocabulary.labels.remove(0);
    log.revise(vocabulary);
    let counts = log.projection().newest().counts(&register(), instant(5));
    assert_eq!(
        counts.labels.values.last().map(|(label, count)| (label.as_str(), *count)),
        Some(("IN PLANNING", 2))
    );
}

#[test]
fn changes_keep_to_their_register_actor_and_bounds() {
    let mut log = log();
    log.by("ann");
    let unknown = log.status("7", "IN PLANNING", None);
    let progress = log.status("7", "IN PROGRESS", (5, 6));
    let projection = log.projection();
    let (ann, other) = (Actor::new("ann").unwrap(), docket_domain::RegisterId::new("other").unwrap());
    let recorded = |scope, from, to| {
        let changes = projection.changes_recorded(scope, from..to);
        changes.iter().map(|change| change.provenance.index).collect::<Vec<_>>()
    };
    assert_eq!(recorded(ALL, 0, 100), [0, 1, 2, 3]);
    assert_eq!(recorded(ChangeScope { actor: Some(&ann), ..ALL }, 0, 100), [unknown, progress]);
    assert!(recorded(ChangeScope { register: Some(&other), ..ALL }, 0, 100).is_empty());
    assert!(recorded(ALL, 3, 1).is_empty());
    let happened = |from, to| {
        let changes = projection.newest().changes_effective(ALL, instant(from)..instant(to));
        changes.statements.iter().map(|change| change.after.provenance.index).collect::<Vec<_>>()
    };
    // The bounds are those of "counts": a statement that begins on day 5 counts from just after that instant.
    assert_eq!(happened(5, 6), [progress]);
    assert!(happened(0, 5).is_empty() && happened(6, 9).is_empty() && happened(9, 0).is_empty());
    let changes = projection.newest().changes_effective(ALL, instant(0)..instant(9));
    assert_eq!(label(changes.statements[0].before.as_ref()), "IN PLANNING");
    let subject = &changes.subjects[0];
    assert_eq!(label(subject.before.as_ref().map(|status| &status.statement)), "IN PLANNING");
    assert_eq!(label(subject.after.as_ref().map(|status| &status.statement)), "IN PROGRESS");
}
