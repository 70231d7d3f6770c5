//! What the index keeps of one subject.

use std::collections::BTreeMap;

use docket_domain::term::NumberBasis;
use docket_domain::{EventKind, Subject};

use super::row::{Printed, Row, RowFact};
use super::statements::{Slot, Statements};
use super::{make_room, make_room_for};

/// Marks a note that only the register's own staff may read, beside its type.
const INTERNAL: u8 = 0x80;

/// The places of a subject's events, and its statuses in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubjectIndex {
    pub(crate) subject: Subject,
    /// The indexes of its events; version `n` is at place `n - 1`.
    all: Vec<u32>,
    /// The type of each, with [`INTERNAL`] beside it.
    kinds: Vec<u8>,
    /// The events of each type but for statuses and notes, of which there are many.
    sparse: Vec<(EventKind, Vec<u32>)>,
    /// The statuses that were never corrected or retracted.
    pub(crate) statements: Statements,
    /// Those that were, by the index of their event.
    pub(crate) modified: BTreeMap<u32, Slot>,
    /// What registers and amends it, in the order of recording.
    pub(crate) numbers: Vec<Numbered>,
}

/// A registration or an amendment of a recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) index: u32,
    pub(crate) number: Option<u32>,
    pub(crate) by: NumberedBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberedBy {
    Registration { basis: NumberBasis, printed: Printed },
    Amendment,
}

/// What can be said of an event's audience by its type alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    ToAll,
    ToStaff,
    /// It speaks about another event, which decides.
    AsTarget,
}

impl SubjectIndex {
    pub(crate) const fn new(subject: Subject) -> Self {
        Self {
            subject,
            all: Vec::new(),
            kinds: Vec::new(),
            sparse: Vec::new(),
            statements: Statements::new(),
            modified: BTreeMap::new(),
            numbers: Vec::new(),
        }
    }

    /// The indexes of the known events.
    pub(crate) fn known(&self, known_at: u64) -> &[u32] {
        known(&self.all, known_at)
    }

    /// The indexes of the known events of one type.
    pub(crate) fn of_kind(
        &self,
        kind: EventKind,
        known_at: u64,
    ) -> Box<dyn DoubleEndedIterator<Item = u32> + '_> {
        if is_dense(kind) {
            let tag = tag(kind);
            let kinds = self.kinds.iter().zip(self.known(known_at));
            let wanted = kinds.filter(move |(kind, _)| (**kind & !INTERNAL) == tag);
            return Box::new(wanted.map(|(_, &index)| index).collect::<Vec<_>>().into_iter());
        }
        let found = self.sparse.iter().find(|(known, _)| *known == kind);
        Box::new(found.map(|(_, indexes)| known(indexes, known_at)).unwrap_or_default().iter().copied())
    }

    /// The indexes of the known events, each with what its type says of its audience.
    pub(crate) fn shown(&self, known_at: u64) -> impl Iterator<Item = (u32, Shown)> + use<'_> {
        self.known(known_at).iter().zip(&self.kinds).map(|(&index, &kind)| (index, shown(kind)))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) const fn version(&self) -> u64 {
        self.all.len() as u64
    }

    /// Makes room for so many events, of which some are statuses.
    pub(super) fn make_room_for(&mut self, events: usize, statuses: usize) {
        make_room_for(&mut self.all, events);
        make_room_for(&mut self.kinds, events);
        self.statements.make_room_for(statuses);
    }

    /// Adds an event by its mark, to the lists that every event is in and that of its type.
    pub(super) fn add_event(&mut self, index: u32, mark: u8) {
        push(&mut self.all, index);
        push(&mut self.kinds, mark);
        let kind = EventKind::from_tag(u16::from(mark & !INTERNAL));
        if let Some(kind) = kind.filter(|kind| !is_dense(*kind)) {
            match self.sparse.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, indexes)) => push(indexes, index),
                None => push_rare(&mut self.sparse, (kind, vec![index])),
            }
        }
    }

    pub(crate) fn add(&mut self, index: u32, row: &Row) {
        self.add_event(index, row.fact.mark());
        match row.fact {
            RowFact::Registered { number, basis, printed } => {
                let by = NumberedBy::Registration { basis, printed };
                push_rare(&mut self.numbers, Numbered { index, number, by });
            }
            RowFact::Amended { number } => {
                push_rare(&mut self.numbers, Numbered { index, number, by: NumberedBy::Amendment });
            }
            _ => {}
        }
    }

    /// Takes back the newest event, at `index`.
    pub(crate) fn take(&mut self, index: u32, kind: EventKind) {
        self.all.pop();
        self.kinds.pop();
        if let Some((_, indexes)) = self.sparse.iter_mut().find(|(known, _)| *known == kind) {
            indexes.pop();
        }
        self.sparse.retain(|(_, indexes)| !indexes.is_empty());
        self.numbers.retain(|numbered| numbered.index != index);
    }
}

impl RowFact {
    /// What is kept of an event for the order of its subject: its type, and whether it is internal.
    pub(super) fn mark(self) -> u8 {
        let internal = if self == Self::InternalNote { INTERNAL } else { 0 };
        tag(self.kind()) | internal
    }
}

/// Statuses and notes are most of a log: a list of each beside the list of all would cost more than finding them in it does.
const fn is_dense(kind: EventKind) -> bool {
    matches!(kind, EventKind::StatusReported | EventKind::NoteRecorded)
}

/// The tag of a type, as it stands beside each event.
pub(super) fn tag(kind: EventKind) -> u8 {
    u8::try_from(kind.tag()).unwrap_or(u8::MAX)
}

fn shown(kind: u8) -> Shown {
    match EventKind::from_tag(u16::from(kind & !INTERNAL)) {
        _ if kind & INTERNAL != 0 => Shown::ToStaff,
        Some(
            EventKind::StatusVerified
            | EventKind::EvidenceAttached
            | EventKind::EventCorrected
            | EventKind::EventRetracted
            | EventKind::TextRedacted,
        ) => Shown::AsTarget,
        _ => Shown::ToAll,
    }
}

fn known(indexes: &[u32], known_at: u64) -> &[u32] {
    let end = match indexes.last() {
        Some(&last) if u64::from(last) < known_at => indexes.len(),
        _ => indexes.partition_point(|&index| u64::from(index) < known_at),
    };
    indexes.get(..end).unwrap_or_default()
}

fn push<V>(values: &mut Vec<V>, value: V) {
    make_room(values);
    values.push(value);
}

/// The same for a list that has one value almost always.
fn push_rare<V>(values: &mut Vec<V>, value: V) {
    if values.is_empty() {
        values.reserve_exact(1);
    }
    push(values, value);
}
