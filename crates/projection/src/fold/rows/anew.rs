//! The rows of a log made once more, without an index: for a verifier that compares them with a snapshot.

use std::collections::{HashMap, HashSet};

use docket_domain::event::StatusValue;
use docket_domain::{Actor, CommandId, Data, Event, EventId, Subject};

use super::{Numbers, command_of, row_of, target_of, value_of};
use crate::index::{Row, RowTarget};

/// Makes the rows of a log from its events, in their order.
///
/// It keeps a number a subject, the few status values, and the events that are spoken about, which it must be told beforehand; of all other
/// events it keeps nothing.
#[derive(Debug, Default)]
pub struct RowsAnew {
    subjects: HashMap<Subject, u32>,
    values: HashMap<StatusValue, u32>,
    spoken_about: HashSet<u32>,
    targets: HashMap<EventId, RowTarget>,
    previous: Option<(CommandId, Actor)>,
}

/// A row, and what its event is the first to speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRow {
    /// The row.
    pub row: Row,
    /// Its subject, where it is new.
    pub subject: Option<Subject>,
    /// Its status value, where it is new.
    pub value: Option<StatusValue>,
}

impl RowsAnew {
    /// No event yet; the events at these places are spoken about by later ones.
    #[must_use]
    pub fn new(spoken_about: HashSet<u32>) -> Self {
        Self { spoken_about, ..Self::default() }
    }

    /// The row of the next event. `None` where it speaks about an earlier event that is none of those told beforehand.
    pub fn take<T>(&mut self, event: &Event<T>) -> Option<NewRow> {
        let next = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        let known = self.subjects.get(&event.subject).copied();
        let subject = known.unwrap_or(next);
        if known.is_none() {
            self.subjects.insert(event.subject.clone(), subject);
        }
        let (value, new_value) = self.value(event);
        let target = match &event.data {
            Data::EventCorrected(_) | Data::EventRetracted(_) | Data::TextRedacted(_) => {
                Some(*event.data.target().and_then(|id| self.targets.get(&id))?)
            }
            _ => None,
        };
        if u32::try_from(event.index).is_ok_and(|index| self.spoken_about.contains(&index)) {
            self.targets.extend(target_of(event, subject).map(|target| (event.id, target)));
        }
        let command = command_of(event, self.previous.as_ref().map(|(command, actor)| (*command, actor)));
        if command.is_some() {
            self.previous = Some((event.command, event.actor.clone()));
        }
        Some(NewRow {
            row: row_of(event, Numbers { subject, value, target, command }),
            subject: known.is_none().then(|| event.subject.clone()),
            value: new_value,
        })
    }

    /// The number of the value that an event gives, and the value where it is new.
    fn value<T>(&mut self, event: &Event<T>) -> (Option<u32>, Option<StatusValue>) {
        let Some(value) = value_of(&event.data) else { return (None, None) };
        if let Some(number) = self.values.get(&value) {
            return (Some(*number), None);
        }
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.insert(value.clone(), number);
        (Some(number), Some(value))
    }
}
