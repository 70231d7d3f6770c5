//! A builder for logs in tests, a naive model, and random logs.

pub(crate) mod model;
pub(crate) mod random;

use std::collections::HashMap;
use std::sync::Arc;

use docket_domain::event::{
    AssignmentChanged, EventCorrected, EventRetracted, EvidenceAttached, NoteRecorded, RecommendationAmended,
    RecommendationRegistered, RegisterOpened, SourceLines, StatusReported, StatusValue, StatusVerified,
    TextRedacted, VocabularyRevised,
};
use docket_domain::term::{
    ActorBasis, AssignmentAttribute, AssignmentChange, Basis, NoteRole, NumberBasis, Precision, Reporting,
    TextBasis, Visibility,
};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Actor, Asserter, CommandId, Data, Digest, Effective, Event, EventId, Key, Label, RegisterId, StateName,
    Subject, Timestamp, Vocabulary, Zone,
};

use crate::{Events, Projection};

/// Days that a fact began in, closed-open; nothing for an unknown date.
pub(crate) type When = Option<(i64, i64)>;

/// Label, state and its order. The last two have no state; the empty label stands for a damaged source.
pub(crate) const LABELS: [(&str, &str, u32); 6] = [
    ("IN PLANNING", "planning", 1),
    ("IN DEVELOPMENT", "development", 2),
    ("IN PROGRESS", "in-progress", 4),
    ("COMPLETE", "completed", 5),
    ("NO UPDATE AVAILABLE", "", 0),
    ("", "", 0),
];

/// Everything was recorded on the days from this one on.
const RECORDED_FROM: i64 = 1000;

/// The first instant of a day, counted from the epoch.
pub(crate) fn instant(day: i64) -> Timestamp {
    Timestamp::EPOCH.plus_micros(day * 24 * 60 * 60 * 1_000_000)
}

pub(crate) fn effective(when: When) -> Effective<String> {
    match when {
        None => Effective::unknown(),
        Some((from, to)) => Effective {
            basis: Basis::Stated,
            from: Some(instant(from)),
            phrase: None,
            precision: Precision::Range,
            to: Some(instant(to)),
        },
    }
}

pub(crate) fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

pub(crate) fn key(key: &str) -> Key {
    Key::new(key).unwrap()
}

pub(crate) fn recommendation(name: &str) -> Subject {
    Subject::Recommendation(register(), key(name))
}

pub(crate) fn status_value(label: &str) -> StatusValue {
    let state = LABELS.iter().find(|(known, ..)| *known == label).map_or("", |(_, state, _)| state);
    StatusValue {
        label: Label::new(label).ok(),
        reporting: match (label, state) {
            ("", _) => Reporting::Unknown,
            (_, "") => Reporting::NoUpdate,
            _ => Reporting::Reported,
        },
        state: StateName::new(state).ok(),
    }
}

pub(crate) fn vocabulary() -> Vocabulary {
    let stating = LABELS.iter().filter(|(_, state, _)| !state.is_empty());
    Vocabulary {
        labels: LABELS
            .iter()
            .filter_map(|(label, ..)| {
                let StatusValue { label, reporting, state } = status_value(label);
                Some(LabelMeaning { label: label?, reporting, state })
            })
            .collect(),
        states: stating
            .map(|(_, state, order)| StateDefinition {
                closed: false,
                name: StateName::new(state).unwrap(),
                order: *order,
            })
            .collect(),
    }
}

/// A log under construction. Every method records one event and returns its index.
pub(crate) struct Log {
    pub(crate) events: Vec<Arc<Event<String>>>,
    versions: HashMap<Subject, u64>,
    actor: &'static str,
}

struct Kept(Vec<Arc<Event<String>>>);

impl Events<String> for Kept {
    fn event(&self, index: u64) -> Option<Arc<Event<String>>> {
        self.0.get(usize::try_from(index).ok()?).cloned()
    }
}

/// One line per event, so that a failing case can be read.
impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.events.iter().try_for_each(|event| {
            write!(f, "\n{} {} {} {:?}", event.index, event.id, event.subject, event.data)
        })
    }
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { events: Vec::new(), versions: HashMap::new(), actor: "clerk" }
    }

    pub(crate) fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// The events that follow are recorded by this actor.
    pub(crate) fn by(&mut self, actor: &'static str) {
        self.actor = actor;
    }

    pub(crate) fn id(&self, index: u64) -> EventId {
        self.events[usize::try_from(index).unwrap()].id
    }

    /// The same events, to be read one by one.
    pub(crate) fn source(&self) -> Arc<dyn Events<String>> {
        Arc::new(Kept(self.events.clone()))
    }

    pub(crate) fn projection(&self) -> Projection<String> {
        self.projection_of(self.size())
    }

    /// A projection that has only ever seen the first entries.
    pub(crate) fn projection_of(&self, size: u64) -> Projection<String> {
        let mut projection = Projection::new();
        for event in self.events.iter().filter(|event| event.index < size) {
            projection.apply(Arc::clone(event)).unwrap();
        }
        projection
    }

    pub(crate) fn push(&mut self, subject: Subject, data: Data<String>) -> u64 {
        let index = self.size();
        let version = self.versions.entry(subject.clone()).and_modify(|version| *version += 1).or_insert(1);
        self.events.push(Arc::new(Event {
            index,
            id: EventId::from(uuid::Uuid::from_u128(u128::from(index) + 1)),
            subject,
            version: *version,
            recorded_at: instant(RECORDED_FROM).plus_micros(i64::try_from(index).unwrap() * 1_000_000),
            actor: Actor::new(self.actor).unwrap(),
            actor_basis: ActorBasis::Os,
            command: CommandId::from(uuid::Uuid::from_u128(u128::from(index))),
            data,
        }));
        index
    }

    pub(crate) fn open(&mut self) -> u64 {
        let data = RegisterOpened {
            expected_count: Some(3),
            publisher: city(),
            time_zone: Zone::parse("America/Chicago").unwrap(),
            title: "the register".to_owned(),
            vocabulary: vocabulary(),
        };
        self.push(Subject::Register(register()), Data::RegisterOpened(data))
    }

    pub(crate) fn revise(&mut self, vocabulary: Vocabulary) -> u64 {
        let data = VocabularyRevised { reason: "a new label".to_owned(), vocabulary };
        self.push(Subject::Register(register()), Data::VocabularyRevised(data))
    }

    pub(crate) fn recommendation(&mut self, name: &str, number: Option<u32>) -> u64 {
        let data = RecommendationRegistered {
            cells: Vec::new(),
            damage: Vec::new(),
            key: key(name),
            number,
            number_basis: NumberBasis::Printed,
            number_printed: number.map(|number| number.to_string()),
            source: Some(lines(1)),
            text: Some(format!("text of {name}")),
            text_basis: TextBasis::Printed,
        };
        self.push(recommendation(name), Data::RecommendationRegistered(data))
    }

    pub(crate) fn amend(&mut self, name: &str, number: Option<u32>, text: Option<&str>) -> u64 {
        let data = RecommendationAmended {
            number,
            number_basis: number.map(|_| NumberBasis::Inferred),
            number_printed: None,
            reason: "a better copy".to_owned(),
            source: None,
            source_url: None,
            text: text.map(str::to_owned),
            text_basis: text.map(|_| TextBasis::Partial),
        };
        self.push(recommendation(name), Data::RecommendationAmended(data))
    }

    pub(crate) fn status(&mut self, name: &str, label: &str, when: impl Into<When>) -> u64 {
        self.status_with(name, label, effective(when.into()))
    }

    pub(crate) fn status_with(&mut self, name: &str, label: &str, effective: Effective<String>) -> u64 {
        let StatusValue { label, reporting, state } = status_value(label);
        let data = StatusReported {
            asserter: city(),
            effective,
            label,
            reason: Some(format!("reason {}", self.size())),
            regress: self.size().is_multiple_of(5),
            reporting,
            source: Some(lines(7)),
            source_url: None,
            state,
        };
        self.push(recommendation(name), Data::StatusReported(data))
    }

    pub(crate) fn note(&mut self, name: &str, text: &str, when: impl Into<When>) -> u64 {
        self.note_for(name, text, when, Visibility::Public)
    }

    pub(crate) fn note_for(
        &mut self,
        name: &str,
        text: &str,
        when: impl Into<When>,
        visibility: Visibility,
    ) -> u64 {
        let data = NoteRecorded {
            asserter: city(),
            effective: effective(when.into()),
            reason: None,
            role: NoteRole::Progress,
            source: None,
            source_url: Some("docket.example/notes".to_owned()),
            text: text.to_owned(),
            visibility,
        };
        self.push(recommendation(name), Data::NoteRecorded(data))
    }

    pub(crate) fn finding(&mut self, name: &str, claim: u64, agrees: bool, when: impl Into<When>) -> u64 {
        let data = StatusVerified {
            agrees,
            asserter: Asserter::new("a reviewer").unwrap(),
            claim: self.id(claim),
            comment: Some("looked at it".to_owned()),
            effective: effective(when.into()),
            evidence: Vec::new(),
            source_url: None,
            state: None,
        };
        self.push(recommendation(name), Data::StatusVerified(data))
    }

    pub(crate) fn evidence(&mut self, name: &str, event: Option<u64>) -> u64 {
        let data = EvidenceAttached {
            asserter: city(),
            event: event.map(|event| self.id(event)),
            media_type: None,
            sha256: None,
            size: None,
            title: Some("a photograph".to_owned()),
            url: None,
        };
        self.push(recommendation(name), Data::EvidenceAttached(data))
    }

    pub(crate) fn assign(
        &mut self,
        name: &str,
        attribute: AssignmentAttribute,
        change: AssignmentChange,
        value: &str,
        when: impl Into<When>,
    ) -> u64 {
        let is_dependency = attribute == AssignmentAttribute::Dependency;
        let data = AssignmentChanged {
            asserter: city(),
            attribute,
            change,
            dependency: is_dependency.then(|| key(value)),
            effective: effective(when.into()),
            reason: None,
            source: None,
            target: None,
            value: (!is_dependency).then(|| value.to_owned()),
        };
        self.push(recommendation(name), Data::AssignmentChanged(data))
    }

    /// Corrects an event, whatever it is.
    pub(crate) fn correct(
        &mut self,
        target: u64,
        label: Option<&str>,
        when: Option<When>,
        text: Option<&str>,
    ) -> u64 {
        let subject = self.events[usize::try_from(target).unwrap()].subject.clone();
        let data = correction(self.id(target), label, when, text);
        self.push(subject, data)
    }

    /// Corrects an event that need not be there.
    pub(crate) fn correct_id(
        &mut self,
        name: &str,
        target: EventId,
        label: Option<&str>,
        when: Option<When>,
        text: Option<&str>,
    ) -> u64 {
        self.push(recommendation(name), correction(target, label, when, text))
    }

    /// Retracts an event, whatever it is.
    pub(crate) fn retract(&mut self, target: u64) -> u64 {
        let subject = self.events[usize::try_from(target).unwrap()].subject.clone();
        let target = self.id(target);
        self.push(subject, Data::EventRetracted(EventRetracted { reason: "a mistake".to_owned(), target }))
    }

    /// Retracts an event that need not be there.
    pub(crate) fn retract_id(&mut self, name: &str, target: EventId) -> u64 {
        let data = EventRetracted { reason: "a mistake".to_owned(), target };
        self.push(recommendation(name), Data::EventRetracted(data))
    }

    pub(crate) fn redact(&mut self, target: u64) -> u64 {
        let subject = self.events[usize::try_from(target).unwrap()].subject.clone();
        let data = TextRedacted {
            authority: "a court".to_owned(),
            blob: None,
            field: Some(0),
            reason: "an order".to_owned(),
            target: self.id(target),
        };
        self.push(subject, Data::TextRedacted(data))
    }
}

fn correction(target: EventId, label: Option<&str>, when: Option<When>, text: Option<&str>) -> Data<String> {
    Data::EventCorrected(EventCorrected {
        effective: when.map(effective),
        reason: "a slip".to_owned(),
        source: None,
        source_url: None,
        status: label.map(status_value),
        target,
        text: text.map(str::to_owned),
    })
}

pub(crate) fn city() -> Asserter {
    Asserter::new("the city").unwrap()
}

pub(crate) fn lines(line: u32) -> SourceLines {
    SourceLines { lines: vec![(line, line)], sha256: Digest::from_bytes([1; 32]) }
}
