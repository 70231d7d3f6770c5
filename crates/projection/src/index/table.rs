//! A compact table from ids to places in the log: 8 bytes a slot, about three quarters of them in use.
//!
//! It keeps 32 bits of an id's hash beside the index, never the id: whoever asks reads the entry to confirm a hit.

/// The shards: each grows by itself, so that growing is never a long pause or a second copy of the whole table.
const SHARDS: usize = 256;
const SHARD_BITS: u32 = 8;

/// Room for entries that run over the end of a shard; more is made where it is needed.
const OVERFLOW: usize = 16;

/// A slot without an entry. No entry has this value: the index [`u32::MAX`] is never given out.
const EMPTY: u64 = u64::MAX;

/// Fingerprints and the indexes that they stand for, ordered by both.
///
/// Open addressing with linear probing in the order of the fingerprints: where a slot should be follows from its fingerprint alone, so
/// that growing reads no entry, and a search for what is not there ends as early as one for what is.
#[derive(Debug, Clone)]
pub(crate) struct FingerprintTable {
    shards: Vec<Shard>,
}

#[derive(Debug, Clone, Default)]
struct Shard {
    /// `capacity` slots in which entries have their home, then those that ran over.
    slots: Vec<u64>,
    capacity: usize,
    len: usize,
    /// Entries that are not in their places yet.
    put_off: Vec<u64>,
}

impl Default for FingerprintTable {
    fn default() -> Self {
        Self { shards: vec![Shard::default(); SHARDS] }
    }
}

impl PartialEq for FingerprintTable {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for FingerprintTable {}

impl FingerprintTable {
    /// Makes room for so many entries in all that are put off: as much as they take when they are in their places, so that memory is asked
    /// for once. Many blocks that grow side by side, or are copied into others, leave holes that the allocator never gives back.
    pub(crate) fn reserve(&mut self, entries: usize) {
        // Hashes spread evenly, but not exactly: a little more than the mean.
        let each = entries / SHARDS + entries / SHARDS / 32;
        for shard in &mut self.shards {
            shard.put_off.reserve_exact(homes_of(each) + OVERFLOW);
        }
    }

    /// Takes an entry that is found only after [`Self::settle`]: for many at once, in any order.
    pub(crate) fn put_off(&mut self, fingerprint: u32, index: u32) {
        if let Some(shard) = self.shards.get_mut(shard_of(fingerprint)) {
            super::make_room(&mut shard.put_off);
            shard.put_off.push(slot(fingerprint, index));
        }
    }

    /// Puts everything in its place that was put off.
    pub(crate) fn settle(&mut self) {
        for shard in self.shards.iter_mut().filter(|shard| !shard.put_off.is_empty()) {
            let mut entries = std::mem::take(&mut shard.put_off);
            entries.extend(shard.slots.iter().filter(|&&entry| entry != EMPTY));
            entries.sort_unstable();
            shard.len = entries.len();
            shard.lay_out(entries);
        }
    }

    pub(crate) fn insert(&mut self, fingerprint: u32, index: u32) {
        if let Some(shard) = self.shards.get_mut(shard_of(fingerprint)) {
            shard.insert(slot(fingerprint, index));
        }
    }

    /// Takes an entry out, if it is there.
    pub(crate) fn remove(&mut self, fingerprint: u32, index: u32) {
        if let Some(shard) = self.shards.get_mut(shard_of(fingerprint)) {
            shard.remove(slot(fingerprint, index));
        }
    }

    /// The indexes of everything with this fingerprint, lowest first.
    pub(crate) fn find(&self, fingerprint: u32) -> impl Iterator<Item = u32> + use<'_> {
        let from = slot(fingerprint, 0);
        let found = self.shards.get(shard_of(fingerprint)).map(|shard| shard.from(from)).unwrap_or_default();
        found
            .iter()
            .take_while(move |&&entry| entry != EMPTY && (entry >> 32) <= u64::from(fingerprint))
            .filter(move |&&entry| (entry >> 32) == u64::from(fingerprint))
            .filter_map(|&entry| u32::try_from(entry & u64::from(u32::MAX)).ok())
    }

    fn iter(&self) -> impl Iterator<Item = u64> + use<'_> {
        self.shards.iter().flat_map(|shard| shard.slots.iter().copied()).filter(|&entry| entry != EMPTY)
    }
}

/// The slots in which so many entries have their homes: three quarters of them are in use.
const fn homes_of(entries: usize) -> usize {
    entries + entries / 3
}

fn slot(fingerprint: u32, index: u32) -> u64 {
    (u64::from(fingerprint) << 32) | u64::from(index)
}

fn shard_of(fingerprint: u32) -> usize {
    (fingerprint >> (32 - SHARD_BITS)) as usize
}

impl Shard {
    /// The slot in which an entry belongs: its fingerprint, the shard's bits apart, as a fraction of the capacity.
    fn home(&self, entry: u64) -> usize {
        let fraction = (entry << SHARD_BITS) >> 32;
        usize::try_from((fraction * self.capacity as u64) >> 32).unwrap_or(usize::MAX)
    }

    fn from(&self, entry: u64) -> &[u64] {
        self.slots.get(self.home(entry)..).unwrap_or_default()
    }

    fn insert(&mut self, entry: u64) {
        // Fuller, it would take longer to find the place of an entry than to read it.
        if (self.len + 1) * 5 > self.capacity * 4 {
            let slots = std::mem::take(&mut self.slots);
            self.rebuild(self.capacity + self.capacity / 8 + 8, slots);
        }
        self.len += 1;
        let home = self.home(entry);
        let ahead = self.slots.get(home..).unwrap_or_default();
        let place = home + ahead.iter().take_while(|&&other| other < entry).count();
        let behind = self.slots.get(place..).unwrap_or_default();
        match behind.iter().position(|&other| other == EMPTY) {
            Some(room) => {
                self.slots.copy_within(place..place + room, place + 1);
                if let Some(here) = self.slots.get_mut(place) {
                    *here = entry;
                }
            }
            None => self.run_over(place, entry),
        }
    }

    /// Puts an entry behind the last home that is full.
    fn run_over(&mut self, place: usize, entry: u64) {
        if self.slots.len() == self.slots.capacity() {
            self.slots.reserve_exact(OVERFLOW);
        }
        self.slots.insert(place, entry);
    }

    fn remove(&mut self, entry: u64) {
        let home = self.home(entry);
        let ahead = self.slots.get(home..).unwrap_or_default();
        let place = home + ahead.iter().take_while(|&&other| other < entry).count();
        if self.slots.get(place) != Some(&entry) {
            return;
        }
        self.len -= 1;
        // What stands behind its home for want of room moves up.
        let mut next = place + 1;
        while self.slots.get(next).is_some_and(|&other| other != EMPTY && self.home(other) < next) {
            next += 1;
        }
        self.slots.copy_within(place + 1..next, place);
        if let Some(last) = self.slots.get_mut(next - 1) {
            *last = EMPTY;
        }
    }

    /// Lays sorted entries out where they stand: they move to the end, and from there, lowest first, to their places.
    fn lay_out(&mut self, mut entries: Vec<u64>) {
        self.capacity = homes_of(entries.len());
        let (len, end) = (entries.len(), self.capacity + OVERFLOW);
        entries.reserve_exact(end - len);
        entries.resize(end, EMPTY);
        entries.copy_within(..len, end - len);
        entries.iter_mut().take(end - len).for_each(|slot| *slot = EMPTY);
        let mut next = 0;
        for from in end - len..end {
            let Some(&entry) = entries.get(from) else { break };
            let place = self.home(entry).max(next);
            if place > from {
                // More run over the end than there is room for; up to here all stand in their order.
                return self.rebuild(self.capacity, entries);
            }
            entries.swap(place, from);
            next = place + 1;
        }
        entries.truncate(next.max(self.capacity));
        if entries.capacity() > end + end / 8 {
            entries.shrink_to(end);
        }
        self.slots = entries;
    }

    /// Lays sorted entries out anew.
    fn rebuild(&mut self, capacity: usize, entries: Vec<u64>) {
        self.capacity = capacity;
        self.slots = Vec::with_capacity(capacity + OVERFLOW);
        self.slots.resize(capacity, EMPTY);
        let mut next = 0;
        for entry in entries.into_iter().filter(|&entry| entry != EMPTY) {
            let place = self.home(entry).max(next);
            match self.slots.get_mut(place) {
                Some(here) => *here = entry,
                None => self.run_over(place, entry),
            }
            next = place + 1;
        }
    }
}

/// Mixes the halves of an id, or of a hash, into one number (the finaliser of `SplitMix64`). Fixed: snapshots hold what it gives.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The fingerprint of 16 bytes under a seed.
pub(crate) fn fingerprint(seed: u64, bytes: [u8; 16]) -> u32 {
    let value = u128::from_be_bytes(bytes);
    let half = |value: u128| u64::try_from(value & u128::from(u64::MAX)).unwrap_or_default();
    let (high, low) = (half(value >> 64), half(value));
    (mix(mix(high ^ seed).wrapping_add(low)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few fingerprints, so that they repeat, share homes and run over the end of a shard.
        #[test]
        fn it_finds_what_a_set_finds(moves in proptest::collection::vec((any::<bool>(), 0..6_u32, 0..64_u32, any::<bool>()), 0..600)) {
            let (mut table, mut model) = (FingerprintTable::default(), BTreeSet::new());
            for (adds, fingerprint, index, high) in moves {
                let fingerprint = if high { u32::MAX - fingerprint } else { fingerprint << 22 };
                if !adds {
                    table.remove(fingerprint, index);
                    model.remove(&(fingerprint, index));
                } else if model.insert((fingerprint, index)) {
                    table.insert(fingerprint, index);
                }
                let expected: Vec<u32> = model.range((fingerprint, 0)..=(fingerprint, u32::MAX)).map(|(_, index)| *index).collect();
                prop_assert_eq!(table.find(fingerprint).collect::<Vec<_>>(), expected);
            }
            let all: Vec<u64> = model.iter().map(|&(fingerprint, index)| slot(fingerprint, index)).collect();
            prop_assert_eq!(table.iter().collect::<Vec<_>>(), all);
        }
    }

    proptest! {
        #[test]
        fn what_was_put_off_stands_as_if_it_had_been_inserted(all in proptest::collection::btree_set((0..12_u32, 0..64_u32, any::<bool>()), 0..300), before in 0..40_usize) {
            let of = |fingerprint: u32, high: bool| if high { u32::MAX - fingerprint } else { fingerprint << 21 };
            let (mut inserted, mut put_off) = (FingerprintTable::default(), FingerprintTable::default());
            put_off.reserve(all.len() / 2);
            for (place, &(fingerprint, index, high)) in all.iter().enumerate() {
                inserted.insert(of(fingerprint, high), index);
                if place < before {
                    put_off.insert(of(fingerprint, high), index);
                } else {
                    put_off.put_off(of(fingerprint, high), index);
                }
            }
            put_off.settle();
            prop_assert_eq!(&put_off, &inserted);
            for &(fingerprint, _, high) in &all {
                let found = |table: &FingerprintTable| table.find(of(fingerprint, high)).collect::<Vec<_>>();
                prop_assert_eq!(found(&put_off), found(&inserted));
            }
            for &(fingerprint, index, high) in &all {
                put_off.remove(of(fingerprint, high), index);
            }
            prop_assert_eq!(put_off.iter().count(), 0);
        }
    }

    #[test]
    fn many_entries_stay_found_while_it_grows_and_take_less_than_twelve_bytes_each() {
        let mut table = FingerprintTable::default();
        let of = |index: u32| fingerprint(1, u128::from(index).to_be_bytes());
        for index in 0..200_000 {
            table.insert(of(index), index);
        }
        assert!((0..200_000).step_by(7).all(|index| table.find(of(index)).any(|found| found == index)));
        assert!((200_000..220_000).all(|index| table.find(of(index)).all(|found| found != index)));
        let slots: usize = table.shards.iter().map(|shard| shard.slots.capacity()).sum();
        assert!(slots * 8 < 200_000 * 12, "{slots}");
        // The same at once, behind some that are there already.
        let mut filled = FingerprintTable::default();
        filled.insert(of(7), 7);
        filled.reserve(200_000);
        (0..200_000).rev().filter(|&index| index != 7).for_each(|index| filled.put_off(of(index), index));
        filled.settle();
        assert_eq!(filled, table);
        filled.insert(of(200_000), 200_000);
        assert!((0..=200_000).step_by(7).all(|index| filled.find(of(index)).any(|found| found == index)));
    }

    /// Snapshots hold fingerprints: they never change.
    #[test]
    fn fingerprints_are_frozen() {
        assert_eq!(fingerprint(0, [0; 16]), 0);
        assert_eq!(fingerprint(1, [7; 16]), 2_060_825_081);
    }
}
