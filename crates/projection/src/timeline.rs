//! Everything that was recorded about a subject, oldest first, with what later became of it.

use std::sync::Arc;

use docket_domain::term::Visibility;
use docket_domain::{Data, Effective, Event, EventKind, Subject};

use crate::difference::Difference;
use crate::fact::{EventReference, Mark, Provenance};
use crate::fold::Knowledge;
use crate::index::Shown;
use crate::recommendation::Audience;
use crate::text::{TextRef, locate};

/// How many events are fetched at once: a page of a timeline, and far fewer than a source keeps at hand.
const FETCHED_MAX: usize = 64;

/// One recorded event: what it says in its own words, what it changed, and what later became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry<T> {
    /// Where it comes from.
    pub provenance: Provenance,
    /// Whether it is in force.
    pub in_force: bool,
    /// What it said when it was recorded; what it changes in others stands in `difference`, what others change in it in `marks`.
    pub says: Data<TextRef<T>>,
    /// The earlier event that it speaks about, if it does.
    pub target: Option<EventReference>,
    /// For a correction or retraction, the event that it speaks about in the end: the target of the target, if that is one as well.
    pub root: Option<EventReference>,
    /// Old and new, as known just before and just after it.
    pub difference: Option<Difference<T>>,
    /// The corrections (those of corrections included), retractions and redactions of it, oldest first, withdrawn ones included.
    pub marks: Vec<Mark<T>>,
}

/// Which entries of a long timeline are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many to leave out, from the oldest.
    pub skip: usize,
    /// How many to give at most.
    pub take: usize,
}

impl Page {
    /// All of them.
    pub const ALL: Self = Self { skip: 0, take: usize::MAX };
}

impl<T> TimelineEntry<T> {
    /// The interval in which what it states began, for types that state one.
    #[must_use]
    pub const fn effective(&self) -> Option<&Effective<TextRef<T>>> {
        self.says.effective()
    }

    /// Why it was recorded, for types that say so.
    #[must_use]
    pub const fn reason(&self) -> Option<&TextRef<T>> {
        self.says.reason()
    }

    /// Whether it is a status that was recorded as going back to a lower state.
    #[must_use]
    pub const fn is_regress(&self) -> bool {
        matches!(&self.says, Data::StatusReported(statement) if statement.regress)
    }
}

impl<T: Clone> Knowledge<'_, T> {
    /// The known events about a subject, oldest recorded first. For the public, internal notes are left out with everything that
    /// speaks about them; versions then have gaps.
    #[must_use]
    pub fn timeline(self, subject: &Subject, audience: Audience, page: Page) -> Vec<TimelineEntry<T>> {
        let Some(index) = self.index().subject(subject) else { return Vec::new() };
        let is_shown = |&(index, shown): &(u32, Shown)| match shown {
            _ if audience == Audience::Internal => true,
            Shown::ToAll => true,
            Shown::ToStaff => false,
            Shown::AsTarget => {
                self.event_at(u64::from(index)).is_some_and(|event| self.is_shown(&event, audience))
            }
        };
        // What is left out is not read, unless it speaks about another event.
        let places = index.shown(self.known_at()).zip(1..);
        let shown = places.filter(|(place, _)| is_shown(place)).skip(page.skip).take(page.take);
        let shown: Vec<(u64, u64)> = shown.map(|((index, _), version)| (u64::from(index), version)).collect();
        let mut entries = Vec::with_capacity(shown.len());
        for some in shown.chunks(FETCHED_MAX) {
            self.projection().fetch(&mut some.to_vec());
            let events = some.iter().filter_map(|(index, _)| self.event_at(*index));
            entries.extend(events.map(|event| self.entry(&event)));
        }
        entries
    }

    pub(crate) fn entry(self, event: &Arc<Event<T>>) -> TimelineEntry<T> {
        let root = match event.data {
            Data::EventCorrected(_) | Data::EventRetracted(_) => self.root_of(event),
            _ => None,
        };
        let mut marks = self.all_corrections_of(event.index);
        let others = self.modifications_of(event.index).iter();
        let others = others.filter(|by| by.kind != EventKind::EventCorrected);
        marks.extend(others.filter_map(|by| self.event_at(u64::from(by.index))));
        marks.sort_by_key(|mark| mark.index);
        TimelineEntry {
            provenance: Provenance::of(event),
            in_force: self.in_force(event.index),
            says: locate(event),
            target: self.target_of(event).map(|target| EventReference::to(&target)),
            root: root.map(|root| EventReference::to(&root)),
            difference: self.difference(event),
            marks: self.marks(&marks),
        }
    }
}

impl<T> Knowledge<'_, T> {
    /// Whether an event may be shown: for the public, nothing that is or speaks about an internal note.
    pub(crate) fn is_shown(self, event: &Event<T>, audience: Audience) -> bool {
        if audience == Audience::Internal {
            return true;
        }
        let is_internal = |event: &Event<T>| match &event.data {
            Data::NoteRecorded(note) => note.visibility == Visibility::Internal,
            _ => false,
        };
        if is_internal(event) {
            return false;
        }
        let mut spoken_of = self.target_of(event);
        while let Some(event) = spoken_of {
            if is_internal(&event) {
                return false;
            }
            spoken_of = self.target_of(&event);
        }
        true
    }
}
