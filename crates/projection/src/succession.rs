//! What must hold from one event to the next, checked without keeping the events: for a verifier that reads a whole log once.

use std::collections::HashMap;

use docket_domain::{Event, Subject, Timestamp};

use crate::error::ProjectionError;

/// Checks that events fold: their places, their times and the versions of their subjects follow each other.
///
/// It keeps a number a subject and nothing an event; that no id comes twice is for whoever has the ids.
#[derive(Debug, Clone, Default)]
pub struct Succession {
    size: u64,
    last: Option<Timestamp>,
    versions: HashMap<Subject, u64>,
}

impl Succession {
    /// Takes the next event; a refused one leaves everything as it was.
    pub fn take<T>(&mut self, event: &Event<T>) -> Result<(), ProjectionError> {
        let index = event.index;
        if index != self.size {
            return Err(ProjectionError::Index { expected: self.size, found: index });
        }
        if let Some(previous) = self.last.filter(|last| *last >= event.recorded_at) {
            return Err(ProjectionError::RecordedAt { previous, found: event.recorded_at, index });
        }
        let expected = self.versions.get(&event.subject).copied().unwrap_or_default() + 1;
        if event.version != expected {
            let subject = event.subject.clone();
            return Err(ProjectionError::Version { subject, expected, found: event.version, index });
        }
        match self.versions.get_mut(&event.subject) {
            Some(version) => *version = expected,
            None => drop(self.versions.insert(event.subject.clone(), expected)),
        }
        self.size += 1;
        self.last = Some(event.recorded_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Log;

    #[test]
    fn it_refuses_what_a_projection_refuses() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        log.note("1", "words", (1, 2));
        let mut succession = Succession::default();
        let (first, others) = log.events.split_first().unwrap();
        succession.take(first.as_ref()).unwrap();
        let next = others[0].as_ref();
        let table = [
            Event { index: 2, ..next.clone() },
            Event { version: 2, ..next.clone() },
            Event { recorded_at: first.recorded_at, ..next.clone() },
        ];
        for event in table {
            let expected = log.projection_of(1).apply(event.clone().into()).unwrap_err();
            assert_eq!(succession.take(&event), Err(expected));
        }
        assert!(others.iter().all(|event| succession.take(event.as_ref()).is_ok()));
    }
}
