//! Where a text stands, so that its words can be found, or found to be redacted, by whoever keeps them.

use std::convert::Infallible;

use docket_domain::{Data, Event};

/// A text of a recorded event, never its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextRef<T> {
    /// The index of the event that holds it. Where a text was corrected this is the correction, not its target.
    pub event_index: u64,
    /// Which of the event's texts it is, counted from 0 in the order of its entry.
    pub ordinal: u32,
    /// The sealed text.
    pub text: T,
}

/// The data of an event with the place of every text.
pub(crate) fn locate<T: Clone>(event: &Event<T>) -> Data<TextRef<T>> {
    let mut ordinal = 0;
    let located: Result<_, Infallible> = event.data.clone().try_map(&mut |text| {
        let located = TextRef { event_index: event.index, ordinal, text };
        ordinal += 1;
        Ok(located)
    });
    match located {
        Ok(data) => data,
    }
}
