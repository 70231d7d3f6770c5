//! The subjects of each register, and its recommendations in the order of the register.

use std::collections::BTreeSet;

use docket_domain::Subject;

use super::row::Printed;
use super::subject::{NumberedBy, SubjectIndex};

/// The subjects of a register, each in the order in which it was first spoken of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RegisterSubjects {
    pub(crate) recommendations: Vec<Subject>,
    pub(crate) sources: Vec<Subject>,
    pub(crate) claims: Vec<Subject>,
    pub(crate) reviews: Vec<Subject>,
    pub(crate) order: RegisterOrder,
    /// How many subjects it has, itself included.
    subjects: u32,
}

/// Where a recommendation stands in its register: by number, those without one after them, then as first spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// The number; one above all numbers where there is none.
    number: u64,
    /// The number of the subject, which counts subjects as first spoken of.
    pub(crate) subject: u32,
}

/// The recommendations of a register in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RegisterOrder {
    /// Those registered once and never amended: their rank is the same whenever they are known.
    pub(crate) settled: BTreeSet<Rank>,
    /// All others that were registered or amended: their rank depends on what is known.
    pub(crate) unsettled: BTreeSet<u32>,
    /// Those whose number is printed in another form than plain digits.
    pub(crate) odd: BTreeSet<u32>,
}

impl Rank {
    pub(crate) fn new(number: Option<u32>, subject: u32) -> Self {
        Self { number: number.map_or(1 << 32, u64::from), subject }
    }

    /// The places of everything with this number.
    pub(crate) fn of_number(number: u32) -> std::ops::RangeInclusive<Self> {
        Self::new(Some(number), 0)..=Self::new(Some(number), u32::MAX)
    }
}

impl RegisterSubjects {
    pub(crate) fn add(&mut self, subject: &Subject) {
        self.subjects += 1;
        if let Some(list) = self.list(subject) {
            list.push(subject.clone());
        }
    }

    /// Takes back the newest subject.
    pub(crate) fn take(&mut self, subject: &Subject) {
        self.subjects -= 1;
        if let Some(list) = self.list(subject) {
            list.pop();
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.subjects == 0
    }

    const fn list(&mut self, subject: &Subject) -> Option<&mut Vec<Subject>> {
        match subject {
            Subject::Recommendation(..) => Some(&mut self.recommendations),
            Subject::Source(..) => Some(&mut self.sources),
            Subject::Claim(..) => Some(&mut self.claims),
            Subject::Review(..) => Some(&mut self.reviews),
            Subject::Register(_) | Subject::Log => None,
        }
    }
}

impl RegisterOrder {
    /// Takes a recommendation out, before what registers it changes.
    pub(crate) fn leave(&mut self, number: u32, subject: &SubjectIndex) {
        if let [only] = subject.numbers.as_slice() {
            self.settled.remove(&Rank::new(only.number, number));
        }
        self.unsettled.remove(&number);
        self.odd.remove(&number);
    }

    /// Puts a recommendation in its place. `is_retracted` says whether a registration or amendment of it was ever retracted.
    pub(crate) fn enter(&mut self, number: u32, subject: &SubjectIndex, is_retracted: bool) {
        let is_odd = |by| matches!(by, NumberedBy::Registration { printed: Printed::Otherwise, .. });
        if subject.numbers.iter().any(|numbered| is_odd(numbered.by)) {
            self.odd.insert(number);
        }
        match subject.numbers.as_slice() {
            [] => {}
            [only] if !is_retracted && only.by != NumberedBy::Amendment => {
                self.settled.insert(Rank::new(only.number, number));
            }
            _ => {
                self.unsettled.insert(number);
            }
        }
    }
}
