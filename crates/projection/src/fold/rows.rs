//! From events to rows and back into the index: what a snapshot of it holds (DESIGN section 6, "snapshots of projections are caches").

mod anew;

pub use anew::{NewRow, RowsAnew};

use docket_domain::event::StatusValue;
use docket_domain::term::Visibility;
use docket_domain::{Actor, CommandId, Data, Effective, Event, EventId, Subject, Timestamp};

use super::{Projection, fingerprint_of_command, fingerprint_of_id};
use crate::index::{Printed, Row, RowBounds, RowError, RowFact, RowTarget};

/// What an event speaks about, by numbers.
#[derive(Clone, Copy)]
struct Numbers {
    subject: u32,
    value: Option<u32>,
    /// For a correction, retraction or redaction.
    target: Option<RowTarget>,
    /// The fingerprint of the command that it begins.
    command: Option<u32>,
}

impl<T> Projection<T> {
    /// The row of the next event, whose subject has this number if it is not new; its subject and its value are known from here on.
    pub(super) fn intern(&mut self, event: &Event<T>, subject: Option<u32>) -> Row {
        let index = self.index.size;
        let subject = subject.unwrap_or_else(|| self.index.intern(&event.subject));
        let value = value_of(&event.data).map(|value| self.index.shapes.values.intern(value, index));
        let previous = event.index.checked_sub(1).and_then(|before| self.event_at(before));
        let target = match &event.data {
            Data::EventCorrected(_) | Data::EventRetracted(_) | Data::TextRedacted(_) => {
                event.data.target().and_then(|id| self.target(id, event.index))
            }
            _ => None,
        };
        let command = command_of(event, previous.as_ref().map(|before| (before.command, &before.actor)));
        row_of(event, Numbers { subject, value, target, command })
    }

    /// What the index keeps of an event that was applied; `previous` is the event before it. Nothing for an event that was not.
    #[must_use]
    pub fn row(&self, event: &Event<T>, previous: Option<&Event<T>>) -> Option<Row> {
        let subject = self.index.number_of(&event.subject)?;
        let value = match value_of(&event.data) {
            Some(value) => Some(self.index.shapes.values.number(&value)?),
            None => None,
        };
        let target = self.index.target(event.index);
        let command = command_of(event, previous.map(|before| (before.command, &before.actor)));
        Some(row_of(event, Numbers { subject, value, target, command }))
    }

    /// An event that is spoken about by one at `index`.
    fn target(&self, id: EventId, index: u64) -> Option<RowTarget> {
        let target = self.event(id).filter(|target| target.index < index)?;
        target_of(&target, self.index.number_of(&target.subject)?)
    }

    /// The subjects spoken of so far, by number.
    #[must_use]
    pub fn subject(&self, number: u32) -> Option<&Subject> {
        self.index.subjects.get(number as usize).map(|subject| &subject.subject)
    }

    /// The status values stated so far, by number.
    #[must_use]
    pub fn value(&self, number: u32) -> Option<&StatusValue> {
        self.index.shapes.values.get(number)
    }

    /// Makes room for so many rows of a snapshot.
    pub fn reserve(&mut self, rows: u64) {
        let rows = usize::try_from(rows).unwrap_or_default();
        self.index.ids.reserve(rows);
        // At most as many; what is not used is given back when they are settled, and was never written to.
        self.index.commands.reserve(rows);
    }

    /// Takes the next subject of a snapshot, which the next row is the first to speak of.
    pub fn push_subject(&mut self, subject: &Subject) -> Result<(), RowError> {
        let known = self.index.subjects.len();
        if (self.index.intern(subject) as usize) < known {
            return Err(RowError { index: self.size(), problem: "a subject comes twice" });
        }
        Ok(())
    }

    /// Takes the next status value of a snapshot, which the next row is the first to state.
    pub fn push_value(&mut self, value: StatusValue) -> Result<(), RowError> {
        if self.index.shapes.values.number(&value).is_some() {
            return Err(RowError { index: self.size(), problem: "a status value comes twice" });
        }
        self.index.shapes.values.intern(value, self.index.size);
        Ok(())
    }

    /// Takes the next row of a snapshot. Rows come before any event; those that they stand for are read from the source.
    pub fn push_row(&mut self, row: &Row) -> Result<(), RowError> {
        let problem = |problem| RowError { index: self.size(), problem };
        let recorded_at = Timestamp::from_micros(row.recorded_at);
        let recorded_at = recorded_at.map_err(|_| problem("its time is outside the years 1 to 9999"))?;
        if self.older.is_none() || !self.recent.is_empty() {
            return Err(problem("rows come before events, and need a source of these"));
        }
        if self.before_recent >= Some(recorded_at) || self.index.size == u32::MAX {
            return Err(problem("it was not recorded after the one before it"));
        }
        self.index.check(row).map_err(problem)?;
        self.index.push_many(row);
        self.before_recent = Some(recorded_at);
        Ok(())
    }

    /// Ends the rows of a snapshot, which are found from here on; the events about registers themselves are read and kept.
    pub fn finish_rows(&mut self) -> Result<(), RowError> {
        self.index.settle();
        let registers =
            self.index.subjects.iter().filter(|subject| matches!(subject.subject, Subject::Register(_)));
        for &index in registers.flat_map(|subject| subject.known(u64::MAX)) {
            let unread = RowError { index: u64::from(index), problem: "its event cannot be read" };
            let event = self.older.as_ref().and_then(|older| older.event(u64::from(index))).ok_or(unread)?;
            self.registers.insert(index, event);
        }
        Ok(())
    }
}

/// An event as one that is spoken about.
fn target_of<T>(target: &Event<T>, subject: u32) -> Option<RowTarget> {
    let from = match &target.data {
        Data::StatusReported(data) => bounds_of(&data.effective).from,
        _ => None,
    };
    Some(RowTarget { index: u32::try_from(target.index).ok()?, subject, kind: target.data.kind(), from })
}

/// The fingerprint of an event's command, if it is the first of it: `previous` are command and actor of the event before.
fn command_of<T>(event: &Event<T>, previous: Option<(CommandId, &Actor)>) -> Option<u32> {
    let continues = previous == Some((event.command, &event.actor));
    (!continues).then(|| fingerprint_of_command(&event.actor, event.command))
}

fn row_of<T>(event: &Event<T>, numbers: Numbers) -> Row {
    let Numbers { subject, value, target, command } = numbers;
    let fact = match &event.data {
        Data::StatusReported(data) => {
            RowFact::Status { bounds: bounds_of(&data.effective), value: value.unwrap_or_default() }
        }
        Data::NoteRecorded(data) if data.visibility == Visibility::Internal => RowFact::InternalNote,
        Data::NoteRecorded(_) => RowFact::PublicNote,
        Data::RecommendationRegistered(data) => {
            let plain = data.number.map(|number| number.to_string());
            let is_plain = data.number_printed.is_none() || data.number_printed == plain;
            let printed = if is_plain { Printed::Plainly } else { Printed::Otherwise };
            RowFact::Registered { number: data.number, basis: data.number_basis, printed }
        }
        Data::RecommendationAmended(data) => RowFact::Amended { number: data.number },
        Data::EventCorrected(data) => {
            RowFact::Corrected { target, value, bounds: data.effective.as_ref().map(bounds_of) }
        }
        Data::EventRetracted(_) => RowFact::Retracted { target },
        Data::TextRedacted(_) => RowFact::Redacted { target },
        other => RowFact::Other(other.kind()),
    };
    let id = fingerprint_of_id(event.id);
    Row { id, command, subject, recorded_at: event.recorded_at.as_micros(), fact }
}

/// The status value that an event gives: a status its own, a correction the one that it puts in place.
fn value_of<T>(data: &Data<T>) -> Option<StatusValue> {
    match data {
        Data::StatusReported(data) => Some(StatusValue {
            label: data.label.clone(),
            reporting: data.reporting,
            state: data.state.clone(),
        }),
        Data::EventCorrected(data) => data.status.clone(),
        _ => None,
    }
}

fn bounds_of<T>(effective: &Effective<T>) -> RowBounds {
    RowBounds { from: effective.from.map(Timestamp::as_micros), to: effective.to.map(Timestamp::as_micros) }
}
