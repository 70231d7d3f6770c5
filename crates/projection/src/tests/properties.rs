//! Random logs: the first K of a longer log against a fold of only these, and every answer against the naive model.

use docket_domain::{Actor, Data, EventId, EventKind, Known, Subject, Timestamp};
use proptest::prelude::*;

use crate::testing::model::{Holding, Model, Status};
use crate::testing::random::{ACTORS, DAYS, KEYS, logs, statements};
use crate::testing::{Log, instant, key, recommendation, register};
use crate::*;

const EVERYTHING: ChangeScope<'_> = ChangeScope { register: None, actor: None, audience: Audience::Internal };

fn holding(view: &StatementView<String>) -> Holding {
    Holding {
        event: view.provenance.event,
        label: view.label.as_ref().map(ToString::to_string),
        reporting: view.reporting,
        state: view.state.as_ref().map(ToString::to_string).zip(view.state_event),
        bounds: (view.effective.from, view.effective.to),
        corrected_by: view.corrected_by.iter().map(|mark| mark.provenance.event).collect(),
    }
}

fn status(view: &StatusView<String>) -> Status {
    Status {
        holds: holding(&view.statement),
        is_certain: view.certainty == Certainty::Certain,
        last_certain: view.last_certain.as_deref().map(holding),
    }
}

fn bounds() -> Vec<Timestamp> {
    DAYS.flat_map(|day| [instant(day), instant(day).plus_micros(1)]).collect()
}

/// Every answer at a size that does not depend on a date, for comparison.
#[derive(Debug, PartialEq)]
struct Timeless {
    timelines: Vec<Vec<TimelineEntry<String>>>,
    recorded: Vec<TimelineEntry<String>>,
    register: Option<RegisterView<String>>,
    registers: Vec<docket_domain::RegisterId>,
    found: Vec<Vec<docket_domain::Key>>,
    resolved: Vec<Result<EventReference, ProjectionError>>,
    before: Vec<Option<StateInOrder>>,
    known: Vec<Option<docket_domain::KnownEvent>>,
}

/// Every answer at a size that depends on a date.
#[derive(Debug, PartialEq)]
struct Dated {
    list: Vec<RecommendationView<String>>,
    statuses: Vec<Option<StatusView<String>>>,
    counts: Counts,
    happened: EffectiveChanges<String>,
}

fn subjects() -> Vec<Subject> {
    KEYS.iter().map(|name| recommendation(name)).collect()
}

fn timeless(projection: &Projection<String>, known_at: u64, ids: &[EventId]) -> Timeless {
    let knowledge = projection.knowledge(known_at);
    let mut all = subjects();
    all.push(Subject::Register(register()));
    let audiences = [Audience::Public, Audience::Internal];
    let names =
        ids.iter().map(ToString::to_string).chain(["a@2".into(), "2@4".into(), "1@1".into(), "x".into()]);
    let asked = audiences.iter().flat_map(|audience| all.iter().map(move |subject| (subject, *audience)));
    Timeless {
        timelines: asked
            .map(|(subject, audience)| knowledge.timeline(subject, audience, Page::ALL))
            .collect(),
        recorded: projection.changes_recorded(EVERYTHING, 0..known_at),
        register: knowledge.register(&register()),
        registers: knowledge.registers().cloned().collect(),
        found: ["a", "2", "1", "3", "0", "9"].iter().map(|name| knowledge.find(&register(), name)).collect(),
        resolved: names.map(|name| knowledge.resolve_event(None, &name)).collect(),
        before: subjects().iter().map(|subject| knowledge.state_before(subject, Some(instant(4)))).collect(),
        known: ids.iter().map(|id| Known::event(&knowledge, *id)).collect(),
    }
}

fn dated(projection: &Projection<String>, known_at: u64, at: Timestamp) -> Dated {
    let knowledge = projection.knowledge(known_at);
    Dated {
        list: knowledge.list(&register(), at, Audience::Public),
        statuses: subjects().iter().map(|subject| knowledge.status(subject, at)).collect(),
        counts: knowledge.counts(&register(), at),
        happened: knowledge.changes_effective(EVERYTHING, instant(3)..at),
    }
}

fn check_status(log: &Log, model: &Model<'_>, knowledge: Knowledge<'_, String>, at: Timestamp) {
    let listed = knowledge.list(&register(), at, Audience::Public);
    for (name, subject) in KEYS.iter().zip(subjects()) {
        let expected = model.status(&subject, at);
        let found = knowledge.status(&subject, at);
        assert_eq!(found.as_ref().map(status), expected);
        // What is answered from the index alone is the same.
        let held = knowledge.held_status(&subject, at);
        let parts = |held: HeldStatus<'_>| {
            (held.index, held.certainty, held.label.cloned(), held.reporting, held.state.cloned())
        };
        let whole = found.map(|StatusView { statement, certainty, .. }| {
            (statement.provenance.index, certainty, statement.label, statement.reporting, statement.state)
        });
        assert_eq!(held.map(parts), whole);
        let view = listed.iter().find(|view| view.key == key(name));
        let facts =
            view.map(|view| (view.facts.number, view.facts.text.as_ref().map(|text| text.text.clone())));
        assert_eq!(facts, model.facts(&subject));
        for internal in [false, true] {
            let audience = if internal { Audience::Internal } else { Audience::Public };
            let notes = knowledge.notes(&subject, at, audience);
            let words = notes.iter().map(|note| (note.provenance.event, note.content.text.text.clone()));
            assert_eq!(words.collect::<Vec<_>>(), model.notes(&subject, at, internal));
            for note in &notes {
                check_place(log, &note.content.text);
            }
        }
        let Some(view) = view else { continue };
        assert_eq!(view.status.as_ref().map(status), expected);
        let verified = view.verified.as_ref().map(|found| &found.finding);
        let verified = verified.map(|finding| (finding.provenance.event, finding.content.agrees));
        assert_eq!(verified, model.verified(&subject, at));
        assert_eq!(assignments(&view.assignments), model.assignments(&subject, at));
        if let Some(text) = &view.facts.text {
            check_place(log, text);
        }
    }
}

fn assignments(
    held: &Assignments<String>,
) -> Vec<(docket_domain::term::AssignmentAttribute, String, EventId)> {
    let single = [&held.owner, &held.category, &held.target_date].into_iter().flatten();
    let mut held: Vec<_> = single
        .chain(&held.dependencies)
        .map(|held| {
            let value = held.content.value.as_ref().map(|value| value.text.clone());
            let dependency = held.content.dependency.as_ref().map(ToString::to_string);
            (held.content.attribute, value.or(dependency).unwrap(), held.provenance.event)
        })
        .collect();
    held.sort();
    held
}

/// The place that a text gives leads to its words.
fn check_place(log: &Log, text: &TextRef<String>) {
    let event = &log.events[usize::try_from(text.event_index).unwrap()];
    assert_eq!(*event.data.texts()[text.ordinal as usize], text.text);
}

fn check_effective(model: &Model<'_>, knowledge: Knowledge<'_, String>, bounds: (Timestamp, Timestamp)) {
    let actors = ACTORS.iter().map(|actor| Actor::new(actor).unwrap());
    for actor in actors.map(Some).chain([None]) {
        let scope = ChangeScope { actor: actor.as_ref(), ..EVERYTHING };
        let changes = knowledge.changes_effective(scope, bounds.0..bounds.1);
        let statements: Vec<_> = changes
            .statements
            .iter()
            .map(|change| (change.before.as_ref().map(holding), holding(&change.after)))
            .collect();
        assert_eq!(statements, model.changes_effective(&subjects(), actor.as_ref(), bounds));
        let mut seen: Vec<&Subject> = Vec::new();
        for change in &changes.statements {
            if !seen.contains(&&change.subject) {
                seen.push(&change.subject);
            }
        }
        assert_eq!(changes.subjects.iter().map(|change| &change.subject).collect::<Vec<_>>(), seen);
        for change in &changes.subjects {
            assert_eq!(change.before.as_ref().map(status), model.status(&change.subject, bounds.0));
            assert_eq!(change.after.as_ref().map(status), model.status(&change.subject, bounds.1));
        }
    }
}

/// The event that a correction or retraction speaks about in the end, found by following ids.
fn root(log: &Log, index: usize) -> Option<usize> {
    match &log.events[index].data {
        data @ (Data::EventCorrected(_) | Data::EventRetracted(_)) => {
            let target = data.target().unwrap();
            root(log, log.events.iter().position(|event| event.id == target)?)
        }
        _ => Some(index),
    }
}

/// A projection that begins with the rows of the first events, as a snapshot gives them.
fn from_rows(log: &Log, whole: &Projection<String>, rows: u64) -> Projection<String> {
    let mut resumed = Projection::over(log.source());
    resumed.reserve(rows);
    let (mut subjects, mut values, mut previous) = (0, 0, None);
    for event in log.events.iter().filter(|event| event.index < rows) {
        let row = whole.row(event, previous).unwrap();
        if row.subject == subjects {
            resumed.push_subject(whole.subject(row.subject).unwrap()).unwrap();
            subjects += 1;
        }
        if row.fact.value() == Some(values) {
            resumed.push_value(whole.value(values).unwrap().clone()).unwrap();
            values += 1;
        }
        resumed.push_row(&row).unwrap();
        previous = Some(event.as_ref());
    }
    resumed.finish_rows().unwrap();
    resumed
}

fn check_recorded(log: &Log, range: (usize, usize), actor: Option<&Actor>) {
    let projection = log.projection();
    let scope = ChangeScope { actor, ..EVERYTHING };
    let changes = projection.changes_recorded(scope, range.0 as u64..range.1 as u64);
    let expected = log.events[range.0..range.1.max(range.0)].iter();
    let expected: Vec<EventId> = expected
        .filter(|event| actor.is_none_or(|actor| event.actor == *actor))
        .map(|event| event.id)
        .collect();
    assert_eq!(changes.iter().map(|change| change.provenance.event).collect::<Vec<_>>(), expected);
    let at_end = Model::new(&log.events[..range.1]);
    for change in changes {
        let index = usize::try_from(change.provenance.index).unwrap();
        let (before, after) = (Model::new(&log.events[..index]), Model::new(&log.events[..=index]));
        assert_eq!(change.in_force, at_end.is_in_force(index));
        let root = root(log, index).unwrap();
        match change.difference {
            Some(Difference::Status { before: was, after: is }) => {
                assert_eq!(was.as_deref().map(holding), before.holding_at(&log.events[root]));
                assert_eq!(is.as_deref().map(holding), after.holding_at(&log.events[root]));
            }
            Some(Difference::Recommendation { before: was, after: is }) => {
                let facts = |facts: Option<RecommendationFacts<String>>| {
                    facts.map(|facts| (facts.number, facts.text.map(|text| text.text)))
                };
                let subject = &log.events[root].subject;
                assert_eq!((facts(was), facts(is)), (before.facts(subject), after.facts(subject)));
            }
            Some(Difference::Content { before: was, after: is }) => {
                let content = |model: &Model<'_>| model.is_in_force(root).then(|| model.content(root));
                assert_eq!((words(was), words(is)), (content(&before), content(&after)));
            }
            Some(Difference::Vocabulary { .. }) => {
                assert!(matches!(log.events[root].subject, Subject::Register(_)));
            }
            None => assert_eq!(log.events[root].data.kind(), EventKind::TextRedacted),
        }
    }
}

fn words(data: Option<Box<Data<TextRef<String>>>>) -> Option<Data<String>> {
    let words =
        |data: Data<TextRef<String>>| data.try_map(&mut |text| Ok::<_, std::convert::Infallible>(text.text));
    data.map(|data| words(*data).unwrap())
}

fn check_counts(knowledge: Knowledge<'_, String>, at: Timestamp) {
    let counts = knowledge.counts(&register(), at);
    let list = knowledge.list(&register(), at, Audience::Public);
    let stated = counts.recommendations - counts.not_yet_stated;
    assert_eq!(counts.recommendations, list.len() as u64);
    assert_eq!(counts.not_yet_stated, list.iter().filter(|view| view.status.is_none()).count() as u64);
    assert_eq!(counts.numbers.total(), counts.recommendations);
    let totals = [
        counts.labels.total(),
        counts.states.total(),
        counts.reporting.total(),
        counts.certainty.total(),
        counts.verified.total(),
    ];
    assert_eq!(totals, [stated; 5]);
    for (label, count) in counts.labels.values {
        let label = Some(label);
        let listed = list.iter().filter_map(|view| view.status.as_ref());
        let listed = listed.filter(|status| status.statement.label == label).count();
        assert_eq!(count, listed as u64, "{label:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// The central property: entries that are not known change no answer.
    #[test]
    fn the_first_entries_of_a_log_answer_as_if_there_were_no_others(log in logs()) {
        let whole = log.projection();
        let ids: Vec<EventId> = log.events.iter().map(|event| event.id).collect();
        for known_at in 0..=log.size() {
            let part = log.projection_of(known_at);
            prop_assert_eq!(timeless(&whole, known_at, &ids), timeless(&part, known_at, &ids));
            for day in [2, 6, 10] {
                prop_assert_eq!(dated(&whole, known_at, instant(day)), dated(&part, known_at, instant(day)));
            }
        }
    }

    /// A plan that could not be made durable leaves no trace, and the next one is folded as if it had never been.
    #[test]
    fn what_is_taken_back_leaves_no_trace(log in logs(), kept in 0..30_u64) {
        let (mut projection, kept) = (log.projection(), kept.min(log.size()));
        let ids: Vec<EventId> = log.events.iter().map(|event| event.id).collect();
        projection.truncate(kept);
        prop_assert_eq!(projection.size(), kept);
        let all = log.size();
        prop_assert_eq!(timeless(&projection, all, &ids), timeless(&log.projection_of(kept), all, &ids));
        prop_assert_eq!(dated(&projection, all, instant(6)), dated(&log.projection_of(kept), all, instant(6)));
        for event in log.events.iter().filter(|event| event.index >= kept) {
            projection.apply(std::sync::Arc::clone(event)).unwrap();
        }
        prop_assert_eq!(timeless(&projection, all, &ids), timeless(&log.projection(), all, &ids));
        prop_assert_eq!(dated(&projection, all, instant(6)), dated(&log.projection(), all, instant(6)));
    }

    #[test]
    fn both_as_ofs_agree_with_the_model(log in logs()) {
        let projection = log.projection();
        for known_at in 0..=log.events.len() {
            let model = Model::new(&log.events[..known_at]);
            let knowledge = projection.knowledge(known_at as u64);
            for index in 0..log.events.len() {
                prop_assert_eq!(knowledge.in_force(index as u64), model.is_in_force(index));
            }
            for at in bounds().into_iter().step_by(3) {
                check_status(&log, &model, knowledge, at);
            }
        }
    }

    /// The status is found in blocks from the end backwards; the model looks at everything.
    #[test]
    fn a_status_among_many_statements_is_that_of_the_model(log in statements(), times in proptest::collection::vec((0..140_i64, 0..100_u64), 12)) {
        let projection = log.projection();
        let subject = recommendation(KEYS[0]);
        for (day, known_at) in times.into_iter().chain([(200, log.size()), (20, log.size())]) {
            let known_at = known_at.min(log.size());
            let model = Model::new(&log.events[..usize::try_from(known_at).unwrap()]);
            let knowledge = projection.knowledge(known_at);
            let found = knowledge.status(&subject, instant(day));
            prop_assert_eq!(found.as_ref().map(status), model.status(&subject, instant(day)));
            prop_assert_eq!(found, knowledge.status_of(&knowledge.statements(&subject), instant(day)));
            let before = knowledge.state_before(&subject, Some(instant(day))).map(|found| found.state);
            let after = knowledge.status(&subject, instant(day).plus_micros(1));
            prop_assert_eq!(before, after.and_then(|after| after.statement.state));
        }
        let mut truncated = projection.clone();
        truncated.truncate(log.size() / 2);
        prop_assert_eq!(truncated, log.projection_of(log.size() / 2));
    }

    /// Where the events are kept changes no answer: neither letting go of them, nor beginning with the rows of a snapshot.
    #[test]
    fn a_projection_over_a_source_answers_as_one_that_keeps_its_events(log in logs(), kept in 0..6_u64, rows in 0..30_u64) {
        let whole = log.projection();
        let ids: Vec<EventId> = log.events.iter().map(|event| event.id).collect();
        let mut forgetful = Projection::over(log.source());
        let mut resumed = from_rows(&log, &whole, rows.min(log.size()));
        for event in &log.events {
            forgetful.apply(std::sync::Arc::clone(event)).unwrap();
            forgetful.forget_before((event.index + 1).saturating_sub(kept));
            if event.index >= resumed.size() {
                resumed.apply(std::sync::Arc::clone(event)).unwrap();
            }
        }
        for projection in [&forgetful, &resumed] {
            prop_assert_eq!(projection, &whole);
            for known_at in [log.size(), log.size() / 2] {
                prop_assert_eq!(timeless(projection, known_at, &ids), timeless(&whole, known_at, &ids));
                prop_assert_eq!(dated(projection, known_at, instant(6)), dated(&whole, known_at, instant(6)));
            }
            for event in &log.events {
                prop_assert_eq!(projection.size_at(event.recorded_at), event.index + 1);
                prop_assert_eq!(projection.command(&event.actor, event.command), Some(event.index..event.index + 1));
            }
        }
        let untaken = whole.size() - kept.min(whole.size());
        forgetful.truncate(untaken.max(1));
        prop_assert_eq!(&forgetful, &log.projection_of(untaken.max(1)));
    }

    #[test]
    fn changes_on_both_clocks_agree_with_the_model(log in logs(), from in 0..30_usize, to in 0..30_usize, days in (0..11_i64, 0..11_i64)) {
        let (from, to) = (from.min(log.events.len()), to.min(log.events.len()));
        check_recorded(&log, (from, to), None);
        check_recorded(&log, (from, to), Some(&Actor::new(ACTORS[1]).unwrap()));
        let knowledge = log.projection();
        let bounds = (instant(days.0), instant(days.1));
        check_effective(&Model::new(&log.events), knowledge.newest(), bounds);
        check_effective(&Model::new(&log.events[..to]), knowledge.knowledge(to as u64), bounds);
    }

    #[test]
    fn the_order_of_a_register_is_that_of_the_model_page_by_page(log in logs()) {
        let projection = log.projection();
        for known_at in 0..=log.size() {
            let model = Model::new(&log.events[..usize::try_from(known_at).unwrap()]);
            let numbers = KEYS.iter().filter_map(|name| Some((model.facts(&recommendation(name))?.0, name)));
            let mut expected: Vec<_> = numbers.map(|(number, name)| (number.is_none(), number, key(name))).collect();
            expected.sort_by_key(|(has_none, number, _)| (*has_none, *number));
            let knowledge = projection.knowledge(known_at);
            let pages = (0..=KEYS.len()).map(|skip| knowledge.recommendation_page(&register(), Page { skip, take: 1 }));
            let expected: Vec<docket_domain::Key> = expected.into_iter().map(|(_, _, key)| key).collect();
            prop_assert_eq!(pages.flatten().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn every_axis_adds_up_to_the_list(log in logs()) {
        let projection = log.projection();
        for known_at in [0, 4, log.size() / 2, log.size()] {
            for at in bounds() {
                check_counts(projection.knowledge(known_at), at);
            }
        }
    }

    /// The state before a statement is the one that it is recorded to take over from.
    #[test]
    fn the_state_before_a_new_statement_is_the_one_that_it_follows(log in logs(), day in 0..10_i64) {
        let projection = log.projection();
        for subject in subjects() {
            for from in [None, Some(instant(day))] {
                let found = projection.newest().state_before(&subject, from);
                let at = from.map_or(instant(-1), |from| from.plus_micros(1));
                let expected = Model::new(&log.events).status(&subject, at);
                let expected = expected.and_then(|status| status.holds.state).map(|(state, _)| state);
                prop_assert_eq!(found.map(|found| found.state.to_string()), expected);
            }
        }
    }
}
