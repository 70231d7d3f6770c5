//! A small copy of what is known of a few recommendations, on which steps are tried out.

use std::collections::BTreeSet;
use std::sync::Arc;

use docket_domain::{Command, Event, Refusal, RegisterId, Step, Subject, Timestamp, decide};
use docket_log::entry::Entry;
use docket_log::journal::{FRAME_ENTRIES_BYTES_MAX, FRAME_ENTRIES_MAX, FRAME_OPENINGS_BYTES_MAX};
use docket_log::seal::{SealedText, SystemSalts, seal};
use docket_projection::{Knowledge, Projection};

use crate::error::LedgerError;
use crate::ledger::Reader;

/// The copy: a log of its own that holds the register's events and those of the recommendations, in their order.
pub(super) struct Scratch<'a> {
    reader: &'a Reader,
    projection: Projection<SealedText>,
    last: Timestamp,
    size: Size,
}

/// How much of one commit is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) entries: usize,
    entries_bytes: usize,
    openings_bytes: usize,
}

impl Size {
    /// Whether it is within the limits of one commit (DESIGN section 6).
    pub(super) const fn fits(self) -> bool {
        self.entries <= FRAME_ENTRIES_MAX
            && self.entries_bytes <= FRAME_ENTRIES_BYTES_MAX
            && self.openings_bytes <= FRAME_OPENINGS_BYTES_MAX
    }
}

impl<'a> Scratch<'a> {
    /// What is known now of the register and of some of its recommendations; times of recording begin at `now`.
    pub(super) fn new<'s>(
        reader: &'a Reader,
        register: &RegisterId,
        subjects: impl Iterator<Item = &'s Subject>,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let mut events: Vec<Event<SealedText>> = Vec::new();
        let size = reader.size();
        reader.ask(|projection| {
            let knowledge = projection.knowledge(size);
            let of_register = Subject::Register(register.clone());
            for subject in subjects.collect::<BTreeSet<_>>().into_iter().chain([&of_register]) {
                events.extend(knowledge.events_of(subject).map(|event| event.as_ref().clone()));
            }
        })?;
        events.sort_by_key(|event| event.index);
        let last = events.last().map_or(now, |event| now.max(event.recorded_at));
        let mut scratch = Self { reader, projection: Projection::new(), last, size: Size::default() };
        for event in events {
            let index = scratch.projection.size();
            scratch.projection.apply(Arc::new(Event { index, ..event }))?;
        }
        Ok(scratch)
    }

    /// What is known in it.
    pub(super) fn knowledge(&self) -> Knowledge<'_, SealedText> {
        self.projection.newest()
    }

    /// How much the steps that were accepted take of one commit.
    pub(super) const fn size(&self) -> Size {
        self.size
    }

    /// Tries a step after those that were accepted so far. What it records is known from then on.
    pub(super) fn accept(
        &mut self,
        command: &Command,
        step: &Step,
    ) -> Result<Result<Arc<Event<SealedText>>, Refusal>, LedgerError> {
        let recorded_at = self.last.plus_micros(1);
        let data = match decide(&self.knowledge(), &command.actor, step, recorded_at) {
            Ok(data) => data,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (data, openings) = seal(data, &mut SystemSalts)?;
        let event = Event {
            index: self.projection.size(),
            id: step.event,
            subject: step.subject.clone(),
            version: self.knowledge().version(&step.subject) + 1,
            recorded_at,
            actor: command.actor.clone(),
            actor_basis: command.actor_basis,
            command: command.id,
            data,
        };
        // An entry's length does not depend on which hash it names, nor on its index.
        let previous = (event.version > 1).then_some([0; 32]);
        let event = Arc::new(event);
        let entry = Entry { origin: self.reader.log().origin().clone(), previous, event: Arc::clone(&event) };
        let bytes =
            entry.encode().map_err(|source| LedgerError::Entry { what: step.subject.to_string(), source })?;
        let mut opened = Vec::new();
        for opening in &openings {
            opening.encode_into(&mut opened);
        }
        self.size.entries += 1;
        self.size.entries_bytes += bytes.len();
        self.size.openings_bytes += opened.len();
        self.last = recorded_at;
        self.projection.apply(Arc::clone(&event))?;
        Ok(Ok(event))
    }
}
