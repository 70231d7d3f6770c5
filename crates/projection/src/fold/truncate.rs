//! Taking back the newest events: for a writer whose plan could not be made durable (docs/decisions/005).

use docket_domain::{Event, EventKind};

use super::{Projection, SubjectEvents};

impl<T> Projection<T> {
    /// Takes back the newest events until `size` are left. What is left answers as if they had never been applied.
    pub fn truncate(&mut self, size: u64) {
        while self.size() > size {
            let Some(event) = self.events.pop() else { return };
            self.indexes.remove(&event.id);
            self.take_from_subject(&event);
            let target = event.data.target().and_then(|target| self.indexes.get(&target).copied());
            if let Some(target) = target
                && let Some(modifications) = self.modifications.get_mut(&target)
            {
                modifications.retain(|&index| index < event.index);
                if modifications.is_empty() {
                    self.modifications.remove(&target);
                }
            }
        }
    }

    fn take_from_subject(&mut self, event: &Event<T>) {
        let Some(subject) = self.subjects.get_mut(&event.subject) else { return };
        subject.take(event.data.kind());
        if !subject.all.is_empty() {
            return;
        }
        self.subjects.remove(&event.subject);
        let Some(register) = event.subject.register() else { return };
        if let Some(subjects) = self.registers.get_mut(register) {
            for list in [
                &mut subjects.recommendations,
                &mut subjects.sources,
                &mut subjects.claims,
                &mut subjects.reviews,
            ] {
                list.retain(|subject| *subject != event.subject);
            }
        }
        if !self.subjects.keys().any(|subject| subject.register() == Some(register)) {
            self.registers.remove(register);
        }
    }
}

impl SubjectEvents {
    fn take(&mut self, kind: EventKind) {
        self.all.pop();
        if let Some((_, indexes)) = self.kinds.iter_mut().find(|(known, _)| *known == kind) {
            indexes.pop();
        }
        self.kinds.retain(|(_, indexes)| !indexes.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use crate::testing::random::logs;

    proptest! {
        #[test]
        fn what_is_left_is_what_a_fold_of_so_many_events_gives(log in logs(), size in any::<proptest::sample::Index>()) {
            let whole = log.projection();
            let size = size.index(usize::try_from(whole.size()).unwrap() + 1) as u64;
            let mut truncated = whole.clone();
            truncated.truncate(size);
            prop_assert_eq!(&truncated, &log.projection_of(size));
            for index in size..whole.size() {
                truncated.apply(Arc::clone(whole.event_at(index).unwrap())).unwrap();
            }
            prop_assert_eq!(truncated, whole);
        }
    }
}
