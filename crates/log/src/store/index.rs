//! The subject index: which entries of a block are about which subject, all subjects of a block in one value.
//!
//! Layout, integers big-endian: number of subjects (`u16`); for each, sorted, the first 16 bytes of SHA-256 of the subject as printed and
//! where its places end (`u16`); then the places (`u16`, counted from the first entry of the block), subject after subject, ascending.
//!
//! It only says where to look: a reader reads the entries themselves, which are hashed, and takes subject and version from them.

use std::collections::HashMap;

use docket_domain::Subject;
use sha2::{Digest as _, Sha256};

/// Entries in one block of the subject index: one value for all subjects of a block, however many there are.
pub const SUBJECT_BLOCK_ENTRIES: u64 = 4096;

const NAME_BYTES: usize = 16;
const ITEM_BYTES: usize = NAME_BYTES + 2;

/// The first half of the SHA-256 of a subject as printed: names of one length, whatever the subject is called.
type Name = [u8; NAME_BYTES];

fn name_of(subject: &Subject) -> Name {
    let digest: [u8; 32] = Sha256::digest(subject.to_string().as_bytes()).into();
    let mut name = [0; NAME_BYTES];
    name.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    name
}

/// The places of the block that is being filled.
#[derive(Debug, Default)]
pub(super) struct Block {
    places: HashMap<Subject, Vec<u16>>,
}

impl Block {
    /// Takes the entry at an index.
    pub(super) fn push(&mut self, subject: &Subject, index: u64) {
        let place = u16::try_from(index % SUBJECT_BLOCK_ENTRIES).unwrap_or(u16::MAX);
        match self.places.get_mut(subject) {
            Some(places) => places.push(place),
            None => drop(self.places.insert(subject.clone(), vec![place])),
        }
    }

    /// The value of the block, which is empty afterwards.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut named: Vec<(Name, Vec<u16>)> =
            self.places.drain().map(|(subject, places)| (name_of(&subject), places)).collect();
        // Two subjects of one name, should they ever meet, stand next to each other; a reader of either reads the entries of both.
        named.sort_unstable();
        let places = named.iter().map(|(_, places)| places.len()).sum::<usize>();
        let mut value = Vec::with_capacity(2 + named.len() * ITEM_BYTES + places * 2);
        value.extend(narrow(named.len()).to_be_bytes());
        let mut end = 0;
        for (name, places) in &named {
            end += places.len();
            value.extend(name);
            value.extend(narrow(end).to_be_bytes());
        }
        value.extend(named.iter().flat_map(|(_, places)| places).flat_map(|place| place.to_be_bytes()));
        value
    }
}

/// Counts of a block are at most [`SUBJECT_BLOCK_ENTRIES`].
fn narrow(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The places of a subject's entries in the block of this value, ascending; `None` if it is no such value.
#[must_use]
pub fn places_of(value: &[u8], subject: &Subject) -> Option<Vec<u64>> {
    let (count, rest) = value.split_first_chunk::<2>()?;
    let (items, places) = rest.split_at_checked(usize::from(u16::from_be_bytes(*count)) * ITEM_BYTES)?;
    let (items, _) = items.as_chunks::<ITEM_BYTES>();
    let (places, odd) = places.as_chunks::<2>();
    let end_of = |item: &[u8; ITEM_BYTES]| {
        let [.., high, low] = *item;
        usize::from(u16::from_be_bytes([high, low]))
    };
    let whole = odd.is_empty() && items.last().map_or(0, end_of) == places.len();
    if !whole {
        return None;
    }
    let name = name_of(subject);
    let first = items.partition_point(|item| item.split_at(NAME_BYTES).0 < name.as_slice());
    let count = items.iter().skip(first).take_while(|item| item.starts_with(&name)).count();
    let start = first.checked_sub(1).and_then(|before| items.get(before)).map_or(0, end_of);
    let end = (first + count).checked_sub(1).and_then(|last| items.get(last)).map_or(0, end_of);
    let mut found: Vec<u64> =
        places.get(start..end)?.iter().map(|place| u64::from(u16::from_be_bytes(*place))).collect();
    found.sort_unstable();
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::recommendation;

    proptest! {
        #[test]
        fn every_subject_finds_its_places_and_no_other(subjects in proptest::collection::vec(0_u64..40, 0..300)) {
            let mut block = Block::default();
            for (index, number) in (8192..).zip(&subjects) {
                block.push(&recommendation(*number), index);
            }
            let value = block.finish();
            for number in 0..42 {
                let expected: Vec<u64> =
                    (0..).zip(&subjects).filter(|(_, found)| **found == number).map(|(place, _)| place).collect();
                prop_assert_eq!(places_of(&value, &recommendation(number)), Some(expected));
            }
            prop_assert_eq!(block.finish(), [0, 0]);
        }

        #[test]
        fn what_is_no_index_is_said_or_answers_something(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            drop(places_of(&value, &recommendation(1)));
        }
    }

    #[test]
    fn the_value_has_these_bytes() {
        let mut block = Block::default();
        for (index, number) in [(4096, 7), (4097, 9), (4098, 7), (8191, 7)] {
            block.push(&recommendation(number), index);
        }
        let (seven, nine) = (name_of(&recommendation(7)), name_of(&recommendation(9)));
        let seven_comes_first = seven < nine;
        let (first, second) = if seven_comes_first { (seven, nine) } else { (nine, seven) };
        let middle: u16 = if seven_comes_first { 3 } else { 1 };
        let places: [u16; 4] = if seven_comes_first { [0, 2, 4095, 1] } else { [1, 0, 2, 4095] };
        let expected = [
            2_u16.to_be_bytes().to_vec(),
            first.to_vec(),
            middle.to_be_bytes().to_vec(),
            second.to_vec(),
            4_u16.to_be_bytes().to_vec(),
            places.iter().flat_map(|place| place.to_be_bytes()).collect(),
        ]
        .concat();
        let value = block.finish();
        assert_eq!(value, expected);
        for length in 0..value.len() {
            assert_eq!(places_of(&value[..length], &recommendation(7)), None, "{length}");
        }
    }
}
