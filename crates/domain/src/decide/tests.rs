//! The rules, each by the case that it accepts and the case that it refuses.

mod acts;

use std::collections::HashMap;

use super::*;
use crate::effective::parse_effective;
use crate::event::{EventRetracted, NoteRecorded, RecommendationRegistered, SourceLines, StatusVerified};
use crate::id::{Digest, Key};
use crate::term::{NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use crate::vocabulary::{LabelMeaning, StateDefinition};

#[derive(Default)]
struct Model {
    versions: HashMap<Subject, u64>,
    events: HashMap<EventId, KnownEvent>,
    state: Option<&'static str>,
    /// When that state began; nothing for long ago.
    since: Option<Timestamp>,
    dependencies: HashMap<&'static str, Vec<&'static str>>,
}

fn state(name: &str) -> StateName {
    StateName::new(name).unwrap()
}

fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

impl Known for Model {
    fn register(&self, id: &RegisterId) -> Option<RegisterFacts<'_>> {
        let meaning = |label: &str, reporting, name: Option<&str>| LabelMeaning {
            label: Label::new(label).unwrap(),
            reporting,
            state: name.map(state),
        };
        let order = |name: &str, order| StateDefinition { closed: false, name: state(name), order };
        (*id == register()).then(|| RegisterFacts {
            publisher: Asserter::new("City").unwrap(),
            zone: Zone::parse("America/Chicago").unwrap(),
            vocabulary: Cow::Owned(Vocabulary {
                labels: vec![
                    meaning("IN PLANNING", Reporting::Reported, Some("planning")),
                    meaning("IN PROGRESS", Reporting::Reported, Some("in-progress")),
                    meaning("NO UPDATE AVAILABLE", Reporting::NoUpdate, None),
                ],
                states: vec![order("planning", 1), order("in-progress", 4)],
            }),
        })
    }

    fn version(&self, subject: &Subject) -> u64 {
        self.versions.get(subject).copied().unwrap_or(0)
    }

    fn event(&self, id: EventId) -> Option<KnownEvent> {
        self.events.get(&id).cloned()
    }

    fn state_before(&self, _: &Subject, from: Option<Timestamp>) -> Option<StateName> {
        self.state.filter(|_| self.since <= from).map(state)
    }

    fn size(&self) -> u64 {
        10
    }

    fn dependencies(&self, subject: &Subject) -> Vec<Key> {
        let keys = subject.key().and_then(|key| self.dependencies.get(key.as_str()));
        keys.into_iter().flatten().map(|key| Key::new(key).unwrap()).collect()
    }

    fn states_in_use(&self, _: &RegisterId) -> Vec<StateName> {
        vec![state("in-progress")]
    }

    fn redactable(&self, _: EventId) -> Option<Redactable> {
        None
    }

    fn holds(&self, _: &Subject, _: Option<Digest>) -> Vec<EventId> {
        Vec::new()
    }
}

const NOW: Timestamp = Timestamp::EPOCH;

fn seven() -> Subject {
    Subject::Recommendation(register(), Key::new("7").unwrap())
}

fn id(n: u8) -> EventId {
    EventId::from_bytes([n; 16])
}

fn ann() -> Actor {
    Actor::new("ann").unwrap()
}

/// Recommendation 7 with a claim by ann (1), a note (2) and a retracted note (3).
fn model() -> Model {
    let event =
        |kind, in_force| KnownEvent { subject: seven(), kind, actors: vec![ann()], in_force, status: None };
    let claim = KnownEvent {
        status: Some(StatusValue {
            label: Some(Label::new("IN PROGRESS").unwrap()),
            reporting: Reporting::Reported,
            state: Some(state("in-progress")),
        }),
        ..event(EventKind::StatusReported, true)
    };
    Model {
        versions: HashMap::from([(seven(), 4), (Subject::Register(register()), 1)]),
        events: HashMap::from([
            (id(1), claim),
            (id(2), event(EventKind::NoteRecorded, true)),
            (id(3), event(EventKind::NoteRecorded, false)),
        ]),
        state: Some("in-progress"),
        since: None,
        dependencies: HashMap::new(),
    }
}

fn step(action: Action) -> Step {
    Step { event: id(9), subject: seven(), expect_version: None, action }
}

fn report(label: &str) -> ReportStatus {
    ReportStatus {
        label: Label::new(label).unwrap(),
        effective: None,
        asserter: None,
        reason: None,
        source_url: None,
        source: None,
    }
}

fn change(target: EventId) -> Change {
    Change {
        target,
        label: None,
        text: None,
        effective: None,
        reason: "typed wrongly".to_owned(),
        source_url: None,
        source: None,
    }
}

fn note(text: &str) -> Action {
    Action::Record(Data::NoteRecorded(NoteRecorded {
        asserter: Asserter::new("City").unwrap(),
        effective: Effective::recorded(Timestamp::EPOCH.plus_micros(77)),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: text.to_owned(),
        visibility: Visibility::Public,
    }))
}

fn finding(claim: EventId) -> Action {
    Action::Record(Data::StatusVerified(StatusVerified {
        agrees: true,
        asserter: Asserter::new("Auditor").unwrap(),
        claim,
        comment: None,
        effective: Effective::recorded(NOW),
        evidence: vec![],
        source_url: None,
        state: None,
    }))
}

fn decided(action: Action) -> Result<Data<String>, Refusal> {
    decide(&model(), &ann(), &step(action), NOW)
}

#[test]
fn a_label_is_mapped_by_the_vocabulary_and_defaults_are_filled_in() {
    let Ok(Data::StatusReported(status)) = decided(Action::ReportStatus(report("IN PROGRESS"))) else {
        panic!()
    };
    assert_eq!(status.state, Some(state("in-progress")));
    assert_eq!((status.asserter.as_str(), status.regress), ("City", false));
    assert_eq!(status.effective, Effective::recorded(NOW));
    let Ok(Data::StatusReported(silent)) = decided(Action::ReportStatus(report("NO UPDATE AVAILABLE")))
    else {
        panic!()
    };
    assert_eq!((silent.state, silent.reporting, silent.regress), (None, Reporting::NoUpdate, false));
}

#[test]
fn an_unknown_label_names_the_nearest() {
    let refusal = decided(Action::ReportStatus(report("IN PROGRES"))).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the label \"IN PROGRES\" is not in the register's vocabulary; the nearest is \"IN PROGRESS\""
    );
}

#[test]
fn a_typed_regress_needs_a_reason_and_a_printed_one_is_flagged() {
    assert!(matches!(
        decided(Action::ReportStatus(report("IN PLANNING"))),
        Err(Refusal::RegressWithoutReason { .. })
    ));
    let typed = ReportStatus { reason: Some("funding fell through".to_owned()), ..report("IN PLANNING") };
    let source = SourceLines { lines: vec![(10, 10)], sha256: Digest::from_bytes([1; 32]) };
    let printed = ReportStatus { source: Some(source), ..report("IN PLANNING") };
    for accepted in [typed, printed] {
        let Ok(Data::StatusReported(status)) = decided(Action::ReportStatus(accepted)) else { panic!() };
        assert!(status.regress);
    }
    let blank = ReportStatus { reason: Some(" ".to_owned()), ..report("IN PLANNING") };
    assert!(matches!(decided(Action::ReportStatus(blank)), Err(Refusal::Blank { .. })));
}

#[test]
fn a_step_back_is_looked_for_where_the_status_will_stand() {
    let at = Timestamp::EPOCH.plus_micros(5);
    let model = Model { since: Some(Timestamp::EPOCH.plus_micros(3)), ..model() };
    // However "as of now" is said: the bounds that come with it are not those that are recorded.
    for effective in [None, Some(Effective::recorded(Timestamp::EPOCH))] {
        let report = ReportStatus { effective, ..report("IN PLANNING") };
        let refused = decide(&model, &ann(), &step(Action::ReportStatus(report)), at);
        assert!(matches!(refused, Err(Refusal::RegressWithoutReason { .. })), "{refused:?}");
    }
}

#[test]
fn who_recorded_the_claim_cannot_record_the_finding() {
    assert!(matches!(decided(finding(id(1))), Err(Refusal::OwnClaim { .. })));
    let bob = Actor::new("bob").unwrap();
    assert!(decide(&model(), &bob, &step(finding(id(1))), NOW).is_ok());
    assert!(matches!(decide(&model(), &bob, &step(finding(id(2))), NOW), Err(Refusal::WrongKind { .. })));
    assert!(matches!(decide(&model(), &bob, &step(finding(id(8))), NOW), Err(Refusal::UnknownEvent { .. })));
}

#[test]
fn the_expected_version_must_be_the_one_found() {
    let expecting = |version| Step { expect_version: Some(version), ..step(note("x")) };
    assert!(decide(&model(), &ann(), &expecting(4), NOW).is_ok());
    for version in [0, 3, 5] {
        assert!(matches!(
            decide(&model(), &ann(), &expecting(version), NOW),
            Err(Refusal::VersionConflict { found: 4, .. })
        ));
    }
}

#[test]
fn an_interval_of_basis_recorded_begins_when_it_is_recorded() {
    let at = Timestamp::EPOCH.plus_micros(5);
    let Ok(Data::NoteRecorded(note)) = decide(&model(), &ann(), &step(note("x")), at) else { panic!() };
    assert_eq!(note.effective, Effective::recorded(at));
}

#[test]
fn a_correction_needs_a_reason_a_standing_target_and_something_that_changes() {
    let label = |target, label: &str| Change { label: Some(Label::new(label).unwrap()), ..change(target) };
    let text = |target| Change { text: Some("right".to_owned()), ..change(target) };
    assert!(decided(Action::Correct(label(id(1), "IN PLANNING"))).is_ok());
    assert!(decided(Action::Correct(text(id(2)))).is_ok());
    let dated = Change { effective: parse_effective("2025-03", Zone::UTC).ok(), ..change(id(1)) };
    assert!(decided(Action::Correct(dated)).is_ok());
    assert!(matches!(
        decided(Action::Correct(label(id(1), "IN PROGRESS"))),
        Err(Refusal::NothingChanges { .. })
    ));
    assert!(matches!(decided(Action::Correct(change(id(1)))), Err(Refusal::NothingChanges { .. })));
    assert!(matches!(decided(Action::Correct(text(id(1)))), Err(Refusal::WrongKind { .. })));
    assert!(matches!(decided(Action::Correct(label(id(2), "IN PLANNING"))), Err(Refusal::WrongKind { .. })));
    assert!(matches!(decided(Action::Correct(text(id(3)))), Err(Refusal::NotInForce { .. })));
    let unsaid = Change { reason: String::new(), ..text(id(2)) };
    assert!(matches!(decided(Action::Correct(unsaid)), Err(Refusal::Blank { what: "the reason" })));
}

#[test]
fn a_retraction_needs_a_standing_target_of_the_same_subject() {
    let retract = |target| {
        Action::Record(Data::EventRetracted(EventRetracted { reason: "never said".to_owned(), target }))
    };
    assert!(decided(retract(id(2))).is_ok());
    assert!(matches!(decided(retract(id(3))), Err(Refusal::NotInForce { .. })));
    let elsewhere = Step { subject: Subject::Register(register()), ..step(retract(id(2))) };
    assert!(matches!(decide(&model(), &ann(), &elsewhere, NOW), Err(Refusal::OtherSubject { .. })));
}

#[test]
fn texts_have_limits() {
    assert!(decided(note(&"x".repeat(65_536))).is_ok());
    assert_eq!(decided(note(&"x".repeat(65_537))).unwrap_err(), Refusal::TextTooLong { bytes: 65_537 });
    assert_eq!(decided(note("a\0b")).unwrap_err(), Refusal::TextWithNul { at: 1 });
    assert_eq!(decided(note(" \n")).unwrap_err(), Refusal::Blank { what: "the note" });
}

#[test]
fn a_subject_is_opened_once_and_first() {
    let registration = |key: &str| {
        Action::Record(Data::RecommendationRegistered(RecommendationRegistered {
            cells: vec![],
            damage: vec![],
            key: Key::new(key).unwrap(),
            number: Some(7),
            number_basis: NumberBasis::Printed,
            number_printed: Some("7".to_owned()),
            source: None,
            text: Some("Do it.".to_owned()),
            text_basis: TextBasis::Printed,
        }))
    };
    assert!(matches!(decided(registration("7")), Err(Refusal::AlreadyThere { .. })));
    assert!(matches!(decided(registration("8")), Err(Refusal::WrongSubject { .. })));
    let eight = Subject::Recommendation(register(), Key::new("8").unwrap());
    let new = Step { subject: eight.clone(), ..step(registration("8")) };
    assert!(decide(&model(), &ann(), &new, NOW).is_ok());
    let early = Step { subject: eight, ..step(note("x")) };
    assert!(matches!(decide(&model(), &ann(), &early, NOW), Err(Refusal::UnknownSubject { .. })));
    let other = Subject::Recommendation(RegisterId::new("other").unwrap(), Key::new("7").unwrap());
    let foreign = Step { subject: other, ..step(note("x")) };
    assert!(matches!(decide(&model(), &ann(), &foreign, NOW), Err(Refusal::UnknownRegister { .. })));
}

#[test]
fn texts_are_visited_in_the_order_in_which_they_are_mapped() {
    let data = decided(Action::Correct(Change {
        text: Some("b".to_owned()),
        source_url: Some("a".to_owned()),
        ..change(id(2))
    }));
    let data = data.unwrap();
    let mut mapped = Vec::new();
    let visited: Vec<String> = data.texts().into_iter().cloned().collect();
    let _: Result<Data<()>, ()> = data.try_map(&mut |text| {
        mapped.push(text);
        Ok(())
    });
    assert_eq!(visited, mapped);
    assert_eq!(visited, ["typed wrongly", "a", "b"]);
}
