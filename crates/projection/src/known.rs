//! What the rules of recording need to know, answered from the fold.

use docket_domain::event::StatusValue;
use docket_domain::{
    Data, Digest, EventId, Known, KnownEvent, Redactable, RegisterFacts, RegisterId, StateName, Subject,
    Timestamp,
};

use crate::fold::Knowledge;

/// Everything known at this size; steps of the same command that are not applied yet are the caller's to add.
impl<T: Clone> Known for Knowledge<'_, T> {
    fn register(&self, id: &RegisterId) -> Option<RegisterFacts> {
        let opened = self.opened(id)?;
        Some(RegisterFacts {
            publisher: opened.publisher.clone(),
            zone: opened.time_zone,
            vocabulary: self.vocabulary(id)?.clone(),
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
        Knowledge::state_before(*self, subject, from).map(|found| found.state)
    }
}
