//! Entries that were read and proven lately: a page of a timeline asks for the same ones several times, and many people ask for the same page.

use std::sync::{Arc, Mutex, PoisonError};

use crate::record::StoredEvent;

/// How many entries are kept: about 8 MB.
const ENTRIES: usize = 8192;

/// One place for each index modulo the number of places: no list to keep in order, and neighbours never push each other out.
#[derive(Debug)]
pub(super) struct Recent {
    places: Vec<Mutex<Option<Arc<StoredEvent>>>>,
}

impl Default for Recent {
    fn default() -> Self {
        Self { places: std::iter::repeat_with(Mutex::default).take(ENTRIES).collect() }
    }
}

impl Recent {
    /// The entry at an index, if it was read lately.
    pub(super) fn get(&self, index: u64) -> Option<Arc<StoredEvent>> {
        let kept = self.place(index)?.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|stored| stored.entry.event.index == index).cloned()
    }

    /// Keeps an entry that was proven, instead of whichever had its place.
    pub(super) fn keep(&self, stored: &Arc<StoredEvent>) {
        if let Some(place) = self.place(stored.entry.event.index) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(stored));
        }
    }

    fn place(&self, index: u64) -> Option<&Mutex<Option<Arc<StoredEvent>>>> {
        let place = usize::try_from(index).unwrap_or(usize::MAX).checked_rem(self.places.len())?;
        self.places.get(place)
    }
}
