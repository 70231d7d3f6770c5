//! A naive model, written straight from the sentences of DESIGN sections 2 and 3: a slice of events, scanned for every question.
//!
//! It shares no code with what it checks. "As known at K" is the slice of the first K events.

use std::sync::Arc;

use docket_domain::event::StatusReported;
use docket_domain::term::{AssignmentAttribute, AssignmentChange, Reporting, Visibility};
use docket_domain::{Actor, Data, Event, EventId, Subject, Timestamp};

pub(crate) struct Model<'a> {
    events: &'a [Arc<Event<String>>],
    in_force: Vec<bool>,
}

/// What the model says of a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) holds: Holding,
    pub(crate) is_certain: bool,
    pub(crate) last_certain: Option<Holding>,
}

/// A statement and the state that it leaves standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) event: EventId,
    pub(crate) label: Option<String>,
    pub(crate) reporting: Reporting,
    pub(crate) state: Option<(String, EventId)>,
    pub(crate) bounds: (Option<Timestamp>, Option<Timestamp>),
    pub(crate) corrected_by: Vec<EventId>,
}

type Place = (Option<Timestamp>, usize);

impl<'a> Model<'a> {
    /// "An event is in force unless an in-force retraction targets it", evaluated from the newest to the oldest.
    pub(crate) fn new(events: &'a [Arc<Event<String>>]) -> Self {
        let mut in_force = vec![true; events.len()];
        for index in (0..events.len()).rev() {
            if let Data::EventRetracted(retraction) = &events[index].data
                && in_force[index]
                && let Some(target) = events[..index].iter().position(|event| event.id == retraction.target)
            {
                in_force[target] = false;
            }
        }
        Self { events, in_force }
    }

    pub(crate) fn is_in_force(&self, index: usize) -> bool {
        self.in_force.get(index).copied().unwrap_or_default()
    }

    /// "A correction of a correction counts for the root target."
    fn corrects(&self, index: usize) -> Option<usize> {
        let Data::EventCorrected(correction) = &self.events[index].data else { return None };
        let target = self.events[..index].iter().position(|event| event.id == correction.target)?;
        if matches!(self.events[target].data, Data::EventCorrected(_)) {
            self.corrects(target)
        } else {
            Some(target)
        }
    }

    fn corrections(&self, target: usize) -> Vec<usize> {
        (0..self.events.len())
            .filter(|&index| self.in_force[index] && self.corrects(index) == Some(target))
            .collect()
    }

    /// "Own data overlaid with the in-force corrections of it, in index order (a later one wins per field)."
    pub(crate) fn content(&self, index: usize) -> Data<String> {
        let mut data = self.events[index].data.clone();
        for correction in self.corrections(index) {
            let Data::EventCorrected(change) = self.events[correction].data.clone() else { unreachable!() };
            match &mut data {
                Data::StatusReported(own) => {
                    if let Some(value) = change.status {
                        (own.label, own.reporting, own.state) = (value.label, value.reporting, value.state);
                    }
                    own.effective = change.effective.unwrap_or(own.effective.clone());
                }
                Data::NoteRecorded(own) => {
                    own.effective = change.effective.unwrap_or(own.effective.clone());
                    own.text = change.text.unwrap_or(own.text.clone());
                }
                Data::StatusVerified(own) => {
                    own.effective = change.effective.unwrap_or(own.effective.clone());
                }
                Data::AssignmentChanged(own) => {
                    own.effective = change.effective.unwrap_or(own.effective.clone());
                }
                Data::RecommendationRegistered(own) => own.text = change.text.or(own.text.clone()),
                Data::RecommendationAmended(own) => own.text = change.text.or(own.text.clone()),
                _ => {}
            }
        }
        data
    }

    fn about(&self, subject: &Subject) -> impl Iterator<Item = (usize, Data<String>)> {
        (0..self.events.len())
            .filter(|&index| self.in_force[index] && self.events[index].subject == *subject)
            .map(|index| (index, self.content(index)))
    }

    /// The statements in force, "the last by (`from`, index)" last.
    fn statements(&self, subject: &Subject) -> Vec<(Place, StatusReported<String>)> {
        let mut statements: Vec<_> = self
            .about(subject)
            .filter_map(|(index, data)| match data {
                Data::StatusReported(data) => Some(((data.effective.from, index), data)),
                _ => None,
            })
            .collect();
        statements.sort_by_key(|(place, _)| *place);
        statements
    }

    /// "Label and reporting come from the latest statement, state from the last that states one."
    fn holding(&self, statements: &[(Place, StatusReported<String>)]) -> Option<Holding> {
        let ((_, index), last) = statements.last()?;
        let mut state = None;
        for ((_, index), statement) in statements {
            if let (Some(name), Reporting::Reported) = (&statement.state, statement.reporting) {
                state = Some((name.to_string(), self.events[*index].id));
            }
        }
        Some(Holding {
            event: self.events[*index].id,
            label: last.label.as_ref().map(ToString::to_string),
            reporting: last.reporting,
            state,
            bounds: (last.effective.from, last.effective.to),
            corrected_by: self.corrections(*index).into_iter().map(|index| self.events[index].id).collect(),
        })
    }

    /// "A statement counts if `from < T`", an unknown one always; "certain if its `to <= T` and no other counted statement's interval
    /// overlaps it, else possible, and then the last certain one is shown too".
    pub(crate) fn status(&self, subject: &Subject, at: Timestamp) -> Option<Status> {
        let mut counted = self.statements(subject);
        counted.retain(|((from, _), _)| from.is_none() || *from < Some(at));
        let is_certain = |place: usize| {
            let (from, to) = (counted[place].1.effective.from, counted[place].1.effective.to);
            let (Some(from), Some(to)) = (from, to) else { return false };
            let overlaps = |other: &StatusReported<String>| match (other.effective.from, other.effective.to) {
                (Some(other_from), Some(other_to)) => other_from < to && from < other_to,
                _ => false,
            };
            let others = counted.iter().enumerate().filter(|(other, _)| *other != place);
            to <= at && !others.map(|(_, (_, other))| other).any(overlaps)
        };
        let holds = self.holding(&counted)?;
        let last = counted.len() - 1;
        let last_certain = (0..last).rev().find(|&place| is_certain(place));
        Some(Status {
            holds,
            is_certain: is_certain(last),
            last_certain: last_certain
                .filter(|_| !is_certain(last))
                .and_then(|place| self.holding(&counted[..=place])),
        })
    }

    /// The statement that holds at the place of the one that `event` speaks about in the end. The event itself may not be known yet.
    pub(crate) fn holding_at(&self, event: &Event<String>) -> Option<Holding> {
        let index = usize::try_from(event.index).unwrap();
        let data = if index < self.events.len() { self.content(index) } else { event.data.clone() };
        let place = (data.effective().unwrap().from, index);
        let mut statements = self.statements(&event.subject);
        statements.retain(|(other, _)| *other <= place);
        self.holding(&statements)
    }

    /// "The latest in-force finding that counts, whose claim is the winning statement": its event, and whether it agrees.
    pub(crate) fn verified(&self, subject: &Subject, at: Timestamp) -> Option<(EventId, bool)> {
        let claim = self.status(subject, at)?.holds.event;
        let mut findings: Vec<_> = self
            .about(subject)
            .filter_map(|(index, data)| match data {
                Data::StatusVerified(data) if data.claim == claim && counts(data.effective.from, at) => {
                    Some(((data.effective.from, index), data.agrees))
                }
                _ => None,
            })
            .collect();
        findings.sort_unstable();
        findings.last().map(|((_, index), agrees)| (self.events[*index].id, *agrees))
    }

    /// Notes that count, oldest first: event and words.
    pub(crate) fn notes(&self, subject: &Subject, at: Timestamp, internal: bool) -> Vec<(EventId, String)> {
        let mut notes: Vec<_> = self
            .about(subject)
            .filter_map(|(index, data)| match data {
                Data::NoteRecorded(data)
                    if counts(data.effective.from, at)
                        && (internal || data.visibility == Visibility::Public) =>
                {
                    Some(((data.effective.from, index), data.text))
                }
                _ => None,
            })
            .collect();
        notes.sort_unstable();
        notes.into_iter().map(|((_, index), text)| (self.events[index].id, text)).collect()
    }

    /// Number and text as amended; `None` if the registration is not in force.
    pub(crate) fn facts(&self, subject: &Subject) -> Option<(Option<u32>, Option<String>)> {
        let registered = self.about(subject).find_map(|(_, data)| match data {
            Data::RecommendationRegistered(data) => Some((data.number, data.text)),
            _ => None,
        });
        let mut facts = registered?;
        for (_, data) in self.about(subject) {
            if let Data::RecommendationAmended(data) = data {
                facts.0 = data.number.or(facts.0);
                facts.1 = data.text.or(facts.1);
            }
        }
        Some(facts)
    }

    /// The assignments that hold: attribute, value or dependency, and the event that set it; sorted.
    pub(crate) fn assignments(
        &self,
        subject: &Subject,
        at: Timestamp,
    ) -> Vec<(AssignmentAttribute, String, EventId)> {
        let mut changes: Vec<_> = self
            .about(subject)
            .filter_map(|(index, data)| match data {
                Data::AssignmentChanged(data) if counts(data.effective.from, at) => {
                    Some(((data.effective.from, index), data))
                }
                _ => None,
            })
            .collect();
        changes.sort_by_key(|(place, _)| *place);
        let mut held: Vec<(AssignmentAttribute, String, EventId)> = Vec::new();
        for ((_, index), change) in changes {
            let value = change.dependency.as_ref().map_or_else(String::new, ToString::to_string);
            held.retain(|(attribute, other, _)| {
                *attribute != change.attribute
                    || (*attribute == AssignmentAttribute::Dependency && *other != value)
            });
            if change.change == AssignmentChange::Set {
                let value = change.value.clone().unwrap_or(value);
                held.push((change.attribute, value, self.events[index].id));
            }
        }
        held.sort();
        held
    }

    /// The statements in force that became counted between the bounds, in order: the one that held before, and what holds with it.
    pub(crate) fn changes_effective(
        &self,
        subjects: &[Subject],
        actor: Option<&Actor>,
        (start, end): (Timestamp, Timestamp),
    ) -> Vec<(Option<Holding>, Holding)> {
        let mut changes = Vec::new();
        for subject in subjects {
            let statements = self.statements(subject);
            for (number, ((from, index), _)) in statements.iter().enumerate() {
                let became_counted = counts(*from, end) && !counts(*from, start);
                if became_counted && actor.is_none_or(|actor| self.events[*index].actor == *actor) {
                    let before = self.holding(&statements[..number]);
                    changes.push(((*from, *index), (before, self.holding(&statements[..=number]).unwrap())));
                }
            }
        }
        changes.sort_by_key(|(place, _)| *place);
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

fn counts(from: Option<Timestamp>, at: Timestamp) -> bool {
    from.is_none_or(|from| from < at)
}
