//! The number of each subject, found by the subject.
//!
//! A map would keep every subject a second time, and each question would wait for that copy first and for the lists of the subject then.
//! So only numbers are kept here, each with a fingerprint, close enough together to stay in the processor's caches; what a subject is
//! called stands with its lists, which are read in any case.

use std::hash::{BuildHasher as _, RandomState};

use docket_domain::Subject;
use hashbrown::HashTable;

use super::SubjectIndex;
use super::table::mix;

/// Numbers of subjects; the subjects themselves are the caller's.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    table: HashTable<Numbered>,
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Numbered {
    fingerprint: u32,
    number: u32,
}

impl Numbered {
    /// Where it stands in the table: it follows from the fingerprint, so that the table grows without a look at any subject.
    const fn hash(self) -> u64 {
        hash(self.fingerprint)
    }
}

const fn hash(fingerprint: u32) -> u64 {
    mix(fingerprint as u64)
}

impl Numbers {
    /// The number of a subject; `subjects` are all that have one, in the order of their numbers.
    pub(super) fn get(&self, subject: &Subject, subjects: &[SubjectIndex]) -> Option<u32> {
        let fingerprint = self.fingerprint(subject);
        let is_it = |found: &Numbered| {
            found.fingerprint == fingerprint
                && subjects.get(found.number as usize).is_some_and(|named| named.subject == *subject)
        };
        self.table.find(hash(fingerprint), is_it).map(|found| found.number)
    }

    /// Numbers a subject that has no number yet.
    pub(super) fn insert(&mut self, subject: &Subject, number: u32) {
        let numbered = Numbered { fingerprint: self.fingerprint(subject), number };
        self.table.insert_unique(numbered.hash(), numbered, |other| other.hash());
    }

    /// Takes the number of a subject back.
    pub(super) fn remove(&mut self, subject: &Subject, number: u32) {
        let found = self.table.find_entry(hash(self.fingerprint(subject)), |found| found.number == number);
        if let Ok(found) = found {
            found.remove();
        }
    }

    fn fingerprint(&self, subject: &Subject) -> u32 {
        (self.hasher.hash_one(subject) >> 32) as u32
    }
}

impl PartialEq for Numbers {
    /// They follow from the subjects, and fingerprints differ from table to table.
    fn eq(&self, other: &Self) -> bool {
        self.table.len() == other.table.len()
    }
}

impl Eq for Numbers {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::recommendation;

    #[test]
    fn every_subject_is_found_by_name_until_its_number_is_taken_back() {
        let subjects: Vec<SubjectIndex> =
            (0..5000).map(|key| SubjectIndex::new(recommendation(&key.to_string()))).collect();
        let mut numbers = Numbers::default();
        for (number, named) in (0..).zip(&subjects) {
            assert_eq!(numbers.get(&named.subject, &subjects), None);
            numbers.insert(&named.subject, number);
        }
        assert_eq!(numbers.get(&recommendation("5000"), &subjects), None);
        for (number, named) in (0..).zip(&subjects) {
            assert_eq!(numbers.get(&named.subject, &subjects), Some(number));
            if number % 3 == 0 {
                numbers.remove(&named.subject, number);
                assert_eq!(numbers.get(&named.subject, &subjects), None);
            }
        }
        assert_eq!(numbers.table.len(), 5000 - 5000_usize.div_ceil(3));
    }

    /// A fingerprint is no name: two subjects that share one are told apart by what they are called.
    #[test]
    fn subjects_that_share_a_fingerprint_are_told_apart() {
        let subjects = ["1", "2"].map(|key| SubjectIndex::new(recommendation(key)));
        let mut numbers = Numbers::default();
        let fingerprint = numbers.fingerprint(&subjects[1].subject);
        for number in 0..2 {
            numbers
                .table
                .insert_unique(hash(fingerprint), Numbered { fingerprint, number }, |other| other.hash());
        }
        assert_eq!(numbers.get(&subjects[1].subject, &subjects), Some(1));
        numbers.remove(&subjects[1].subject, 1);
        assert_eq!(numbers.get(&subjects[1].subject, &subjects), None);
    }
}
