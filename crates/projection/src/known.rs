//! What the rules of recording need to know, answered from the fold.

use std::borrow::Cow;
use std::collections::BTreeMap;

use docket_domain::event::StatusValue;
use docket_domain::{
    Data, Digest, EventId, EventKind, Key, Known, KnownEvent, Label, Redactable, RegisterFacts, RegisterId,
    StateName, Subject, Timestamp,
};

use crate::fold::Knowledge;

/// The last instant that there is: everything that has a date has begun by then. Times beyond the range saturate.
const END_OF_TIME: Timestamp = Timestamp::EPOCH.plus_micros(i64::MAX);

/// Everything known at this size; steps of the same command that are not applied yet are the caller's to add.
impl<T: Clone> Known for Knowledge<'_, T> {
    fn register(&self, id: &RegisterId) -> Option<RegisterFacts<'_>> {
        let (opened, vocabulary) = self.opened_with_vocabulary(id)?;
        Some(RegisterFacts {
            publisher: opened.publisher.clone(),
            zone: opened.time_zone,
            vocabulary: Cow::Borrowed(vocabulary),
        })
    }

    fn version(&self, subject: &Subject) -> u64 {
        Knowledge::version(*self, subject)
    }

    fn event(&self, id: EventId) -> Option<KnownEvent> {
        let event = Knowledge::event(*self, id)?;
        let corrections = self.corrections_of(event.index);
        let status = match self.content(event.index)? {
            Data::StatusReported(data) => {
                Some(StatusValue { label: data.label, reporting: data.reporting, state: data.state })
            }
            _ => None,
        };
        let correctors = corrections.iter().map(|correction| correction.actor.clone());
        Some(KnownEvent {
            subject: event.subject.clone(),
            kind: event.data.kind(),
            actors: std::iter::once(event.actor.clone()).chain(correctors).collect(),
            in_force: self.in_force(event.index),
            status,
        })
    }

    fn redactable(&self, id: EventId) -> Option<Redactable> {
        self.redactable_parts(id)
    }

    fn holds(&self, subject: &Subject, document: Option<Digest>) -> Vec<EventId> {
        self.holds_covering(subject, document)
    }

    fn state_before(&self, subject: &Subject, from: Option<Timestamp>) -> Option<StateName> {
        self.stated_before(subject, from).cloned()
    }

    fn size(&self) -> u64 {
        self.known_at()
    }

    fn dependencies(&self, subject: &Subject) -> Vec<Key> {
        let keys = self.assignments(subject, END_OF_TIME).dependencies.into_iter();
        keys.filter_map(|dependency| dependency.content.dependency).collect()
    }

    fn states_in_use(&self, register: &RegisterId) -> Vec<StateName> {
        self.vocabulary_uses(register).states.into_keys().collect()
    }
}

/// How many statements and findings in force about a register's recommendations use each word of a vocabulary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VocabularyUses {
    /// Reported statuses by label.
    pub labels: BTreeMap<Label, u64>,
    /// Reported statuses and findings by state.
    pub states: BTreeMap<StateName, u64>,
}

impl<T: Clone> Knowledge<'_, T> {
    /// How often each label and state is used. It reads every status and finding of the register: for the rare revision of a vocabulary.
    #[must_use]
    pub fn vocabulary_uses(self, register: &RegisterId) -> VocabularyUses {
        let mut uses = VocabularyUses::default();
        for key in self.recommendation_keys(register) {
            let subject = Subject::Recommendation(register.clone(), key);
            for kind in [EventKind::StatusReported, EventKind::StatusVerified] {
                for event in self.events_of_kind(&subject, kind).filter(|event| self.in_force(event.index)) {
                    let (label, state) = match self.content(event.index) {
                        Some(Data::StatusReported(data)) => (data.label, data.state),
                        Some(Data::StatusVerified(data)) => (None, data.state),
                        _ => (None, None),
                    };
                    if let Some(label) = label {
                        *uses.labels.entry(label).or_default() += 1;
                    }
                    if let Some(state) = state {
                        *uses.states.entry(state).or_default() += 1;
                    }
                }
            }
        }
        uses
    }
}
