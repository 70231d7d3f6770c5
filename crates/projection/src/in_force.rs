//! What is in force, and what it says once corrected.

use std::collections::BTreeSet;
use std::sync::Arc;

use docket_domain::event::EventCorrected;
use docket_domain::{Data, Event, EventKind};

use crate::fold::Knowledge;
use crate::text::{TextRef, locate};

impl<T> Knowledge<'_, T> {
    /// Whether the event at `index` is known and in force: not withdrawn by a retraction that is itself in force.
    ///
    /// Retracting a retraction reinstates; retracting a correction brings back what was before it.
    #[must_use]
    pub fn in_force(self, index: u64) -> bool {
        if index >= self.known_at() {
            return false;
        }
        if self.modifications_of(index).is_empty() {
            return true;
        }
        // A retraction has one target, so the retractions that lead to this event form a tree. It is listed from the event outwards
        // and evaluated from its ends inwards, without recursion: its depth is whatever somebody recorded.
        let mut tree = vec![(index, index)];
        let mut place = 0;
        while let Some(&(event, _)) = tree.get(place) {
            let modifications = self.modifications_of(event).iter();
            let retractions = modifications.filter(|by| by.kind == EventKind::EventRetracted);
            tree.extend(retractions.map(|retraction| (u64::from(retraction.index), event)));
            place += 1;
        }
        let mut withdrawn = BTreeSet::new();
        for &(retraction, target) in tree.iter().skip(1).rev() {
            if !withdrawn.contains(&retraction) {
                withdrawn.insert(target);
            }
        }
        !withdrawn.contains(&index)
    }

    /// The corrections in force that count for an event, oldest first; a correction of a correction counts for what that one corrects.
    pub(crate) fn corrections_of(self, index: u64) -> Vec<Arc<Event<T>>> {
        self.correction_indexes_of(index).into_iter().filter_map(|index| self.event_at(index)).collect()
    }

    /// Where they stand.
    pub(crate) fn correction_indexes_of(self, index: u64) -> Vec<u64> {
        let mut corrections = self.all_correction_indexes_of(index);
        corrections.retain(|&correction| self.in_force(correction));
        corrections
    }

    /// The same, with those that were withdrawn.
    pub(crate) fn all_corrections_of(self, index: u64) -> Vec<Arc<Event<T>>> {
        self.all_correction_indexes_of(index).into_iter().filter_map(|index| self.event_at(index)).collect()
    }

    fn all_correction_indexes_of(self, index: u64) -> Vec<u64> {
        let corrections = |index| {
            let modifications = self.modifications_of(index).iter();
            modifications.filter(|by| by.kind == EventKind::EventCorrected).map(|by| u64::from(by.index))
        };
        let mut found: Vec<u64> = corrections(index).collect();
        let mut place = 0;
        while let Some(&correction) = found.get(place) {
            found.extend(corrections(correction));
            place += 1;
        }
        found.sort_unstable();
        found
    }

    /// The event that a correction or retraction in the end speaks about: the end of the chain of targets. Any other event is its own.
    pub(crate) fn root_of(self, event: &Arc<Event<T>>) -> Option<Arc<Event<T>>> {
        let mut root = Arc::clone(event);
        while matches!(root.data, Data::EventCorrected(_) | Data::EventRetracted(_)) {
            root = self.target_of(&root)?;
        }
        Some(root)
    }
}

impl<T: Clone> Knowledge<'_, T> {
    /// What the known event at `index` says, with the corrections in force laid over it, a later one winning field by field.
    /// It is given whether or not the event itself is in force.
    #[must_use]
    pub fn content(self, index: u64) -> Option<Data<TextRef<T>>> {
        let event = self.event_at(index)?;
        Some(corrected(&event, &self.corrections_of(index)))
    }
}

/// An event's own data with corrections laid over it.
pub(crate) fn corrected<T: Clone>(event: &Event<T>, corrections: &[Arc<Event<T>>]) -> Data<TextRef<T>> {
    let mut data = locate(event);
    for correction in corrections {
        if let Data::EventCorrected(correction) = locate(correction) {
            overlay(&mut data, correction);
        }
    }
    data
}

fn overlay<T>(data: &mut Data<TextRef<T>>, correction: EventCorrected<TextRef<T>>) {
    if let (Data::StatusReported(statement), Some(status)) = (&mut *data, correction.status) {
        statement.label = status.label;
        statement.reporting = status.reporting;
        statement.state = status.state;
    }
    if let Some(effective) = correction.effective {
        match data {
            Data::SourceReceived(data) => data.effective = effective,
            Data::StatusReported(data) => data.effective = effective,
            Data::StatusVerified(data) => data.effective = effective,
            Data::NoteRecorded(data) => data.effective = effective,
            Data::AssignmentChanged(data) => data.effective = effective,
            Data::ClaimRecorded(data) => data.effective = effective,
            _ => {}
        }
    }
    if let Some(text) = correction.text {
        match data {
            Data::RecommendationRegistered(data) => data.text = Some(text),
            Data::RecommendationAmended(data) => data.text = Some(text),
            Data::NoteRecorded(data) => data.text = text,
            Data::ClaimRecorded(data) => data.text = text,
            Data::FragmentQuarantined(data) => data.text = text,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Log;

    /// Retraction of retraction of ... `depth` deep.
    fn chain(depth: u64) -> (Log, u64) {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        let note = log.note("1", "words", (1, 2));
        let mut target = note;
        for _ in 0..depth {
            target = log.retract(target);
        }
        (log, note)
    }

    #[test]
    fn retracting_a_retraction_reinstates() {
        for depth in 0..6 {
            let (log, note) = chain(depth);
            let projection = log.projection();
            assert_eq!(projection.newest().in_force(note), depth % 2 == 0, "{depth}");
            for known_at in 0..=log.size() {
                let retractions = known_at.saturating_sub(note + 1);
                let expected = known_at > note && retractions % 2 == 0;
                assert_eq!(
                    projection.knowledge(known_at).in_force(note),
                    expected,
                    "{depth} known at {known_at}"
                );
            }
        }
    }

    #[test]
    fn a_very_long_chain_does_not_exhaust_the_stack() {
        let (log, note) = chain(100_001);
        assert!(!log.projection().newest().in_force(note));
    }

    #[test]
    fn one_retraction_in_force_is_enough() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        let note = log.note("1", "words", (1, 2));
        let first = log.retract(note);
        log.retract(note);
        log.retract(first);
        let projection = log.projection();
        assert!(!projection.newest().in_force(note));
        assert!(!projection.newest().in_force(first));
    }
}
