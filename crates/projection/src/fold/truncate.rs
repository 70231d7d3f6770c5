//! Taking back the newest events: for a writer whose plan could not be made durable (docs/decisions/005).

use super::Projection;

impl<T> Projection<T> {
    /// Takes back the newest events until `size` are left. What is left answers as if they had never been applied.
    ///
    /// Events that it has let go of are not taken back: what a source has is durable.
    pub fn truncate(&mut self, size: u64) {
        while self.size() > size {
            let Some(event) = self.recent.back().cloned() else { return };
            // As if it began its command: where it does not, there is nothing to take out of the table of commands.
            let Some(row) = self.row(&event, None) else { return };
            self.index.pop(&row);
            self.recent.pop_back();
            if let Ok(index) = u32::try_from(event.index) {
                self.registers.remove(&index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
                truncated.apply(whole.event_at(index).unwrap()).unwrap();
            }
            prop_assert_eq!(truncated, whole);
        }
    }
}
