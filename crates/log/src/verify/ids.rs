//! The ids of all entries so far, in few bytes each: a keyed fingerprint of 64 bits, of which 10 million take some 150 MB.
//!
//! That two ids of a log share a fingerprint happens once in a hundred thousand logs of that length, and nobody can bring it about,
//! because the key is made anew each time. Still nobody is accused by it: an id that seems to be repeated is looked up in the journal.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use docket_domain::EventId;

use super::report::{Findings, Place};
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::{JournalDirectory, Seen};

/// Fingerprints are hashes already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut word = [0; 8];
        word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.0 = u64::from_ne_bytes(word);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

/// The ids so far, as they are or in few bytes each.
#[derive(Debug)]
pub(super) enum Known {
    /// As they are: for what fits into memory, or cannot be read twice.
    Exact(HashSet<EventId>),
    /// In few bytes each.
    Bounded(Ids),
}

impl Default for Known {
    fn default() -> Self {
        Self::Exact(HashSet::new())
    }
}

impl Known {
    /// Whether an earlier entry has this id.
    pub(super) fn contains(&self, id: EventId) -> bool {
        match self {
            Self::Exact(ids) => ids.contains(&id),
            Self::Bounded(ids) => ids.contains(id),
        }
    }

    /// Takes the id of the entry at an index, and says whether an earlier one certainly has it too. Where that is not certain, the entry
    /// is kept to be looked up.
    pub(super) fn insert(&mut self, id: EventId, index: u64, place: &Place) -> bool {
        match self {
            Self::Exact(ids) => !ids.insert(id),
            Self::Bounded(ids) => {
                ids.insert(id, index, place);
                false
            }
        }
    }
}

/// Fingerprints of the ids so far.
#[derive(Debug, Default)]
pub(super) struct Ids {
    key: RandomState,
    fingerprints: HashSet<u64, BuildHasherDefault<AsItIs>>,
    /// Those that are not in the set yet. The set is far larger than any cache: so many that enter it together wait for memory together.
    entering: Vec<(u64, Suspect)>,
    suspects: Vec<Suspect>,
}

/// How many ids enter the set together.
const ENTERING: usize = 256;

/// An entry whose id an earlier one seems to have.
#[derive(Debug)]
struct Suspect {
    id: EventId,
    index: u64,
    place: Place,
}

impl Ids {
    /// No ids, and room for some: a set that grows holds its fingerprints twice while it does.
    pub(super) fn with_room_for(expected: u64) -> Self {
        let expected = usize::try_from(expected).unwrap_or(0);
        Self {
            fingerprints: HashSet::with_capacity_and_hasher(expected, BuildHasherDefault::new()),
            ..Self::default()
        }
    }

    /// Whether an earlier entry has this id.
    pub(super) fn contains(&self, id: EventId) -> bool {
        let fingerprint = self.key.hash_one(id);
        self.fingerprints.contains(&fingerprint)
            || self.entering.iter().any(|(entering, _)| *entering == fingerprint)
    }

    /// Takes the id of the entry at an index.
    pub(super) fn insert(&mut self, id: EventId, index: u64, place: &Place) {
        self.entering.push((self.key.hash_one(id), Suspect { id, index, place: place.clone() }));
        if self.entering.len() == ENTERING {
            self.enter();
        }
    }

    fn enter(&mut self) {
        let Self { fingerprints, entering, suspects, .. } = self;
        let seen = entering.drain(..).filter_map(|(fingerprint, entry)| {
            let is_new = fingerprints.insert(fingerprint);
            (!is_new).then_some(entry)
        });
        suspects.extend(seen);
    }

    /// Looks the ids that seem to be repeated up in the journal, and says which are.
    pub(super) fn confirm(
        &mut self,
        journal: &JournalDirectory,
        findings: &mut Findings,
    ) -> Result<(), LogError> {
        self.enter();
        let suspects = std::mem::take(&mut self.suspects);
        if suspects.is_empty() {
            return Ok(());
        }
        let mut first: HashMap<EventId, u64> =
            suspects.iter().map(|suspect| (suspect.id, suspect.index)).collect();
        let nothing = |_: &[u8], _: &[u8]| Vec::new();
        journal.survey::<LogError>(0, &nothing, |seen| {
            let Seen::Frame(seen) = seen else { return Ok(()) };
            for part in seen.frame.entries() {
                if let Ok(entry) = Entry::decode(part.bytes)
                    && let Some(first) = first.get_mut(&entry.event.id)
                {
                    *first = part.index.min(*first);
                }
            }
            Ok(())
        })?;
        for Suspect { id, index, place } in suspects {
            if first.get(&id).is_some_and(|first| *first < index) {
                let message = format!("an earlier entry has the id {id} too");
                findings.add("entry-id-repeated", place.of_entry(index), message);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    #[test]
    fn every_id_is_known_from_its_insertion_on() {
        let mut ids = Ids::default();
        let place = Place::file("somewhere");
        for index in 0..5000 {
            assert!(!ids.contains(id(0, index)));
            ids.insert(id(0, index), index, &place);
            assert!(ids.contains(id(0, index)) && ids.contains(id(0, index / 2)));
        }
        ids.enter();
        assert!(ids.suspects.is_empty());
        ids.insert(id(0, 7), 5000, &place);
        ids.enter();
        assert_eq!(ids.suspects.iter().map(|suspect| suspect.index).collect::<Vec<_>>(), [5000]);
    }
}
