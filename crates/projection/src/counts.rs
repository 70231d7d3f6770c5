//! How many recommendations stand where, on every axis, with unknown apart.

use std::collections::BTreeMap;

use docket_domain::term::{NumberBasis, Reporting};
use docket_domain::{EventKind, Label, RegisterId, StateName, Subject, Timestamp, Vocabulary};

use crate::fold::Knowledge;
use crate::index::statements::Place;
use crate::standing::Standing;
use crate::status::Certainty;

/// The counts of a register as of a date, as known at a size.
///
/// Every axis adds up to `recommendations`: the numbers of the axis itself plus `not_yet_stated` (the number bases are known for each
/// recommendation, so there it is not added).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// All recommendations.
    pub recommendations: u64,
    /// Those that no counted statement speaks of.
    pub not_yet_stated: u64,
    /// By label, exactly as printed.
    pub labels: AxisCounts<Label>,
    /// By mapped state.
    pub states: AxisCounts<StateName>,
    /// By what the latest statement says about the reporting.
    pub reporting: ReportingCounts,
    /// By certainty.
    pub certainty: CertaintyCounts,
    /// By the finding on the latest statement.
    pub verified: VerifiedCounts,
    /// By how their number is known.
    pub numbers: NumberCounts,
}

/// Counts by a vocabulary value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisCounts<V> {
    /// In the order of the register's vocabulary, zeros included; values that it no longer defines follow, sorted.
    pub values: Vec<(V, u64)>,
    /// Stated, but without a value: "no update" says nothing about the work.
    pub none: u64,
    /// The source is damaged, and no earlier statement gives a value.
    pub unknown: u64,
}

/// Counts by reporting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportingCounts {
    /// Something was reported.
    pub reported: u64,
    /// The source says that there is no update.
    pub no_update: u64,
    /// The source is damaged.
    pub unknown: u64,
}

/// Counts by certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CertaintyCounts {
    /// The status is certain.
    pub certain: u64,
    /// It is only possible.
    pub possible: u64,
    /// The source is damaged: whether or not the date is certain, the status is not known.
    pub unknown: u64,
}

/// Counts by finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VerifiedCounts {
    /// A reviewer agrees.
    pub agrees: u64,
    /// A reviewer disagrees.
    pub disagrees: u64,
    /// Stated and not judged.
    pub none: u64,
    /// The source is damaged, and nobody judged it.
    pub unknown: u64,
}

/// Counts by number basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberCounts {
    /// The source prints the number.
    pub printed: u64,
    /// Its place tells it.
    pub inferred: u64,
    /// The source has no such row.
    pub missing: u64,
}

impl<V> Default for AxisCounts<V> {
    fn default() -> Self {
        Self { values: Vec::new(), none: 0, unknown: 0 }
    }
}

impl<V: Clone + Ord> AxisCounts<V> {
    fn new(vocabulary: impl Iterator<Item = V>) -> Self {
        Self { values: vocabulary.map(|value| (value, 0)).collect(), none: 0, unknown: 0 }
    }

    /// The sum of all its numbers.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.values.iter().map(|(_, count)| count).sum::<u64>() + self.none + self.unknown
    }

    fn add(&mut self, value: Option<&V>, reporting: Reporting, others: &mut BTreeMap<V, u64>) {
        match (value, reporting) {
            (Some(value), _) => match self.values.iter_mut().find(|(known, _)| known == value) {
                Some((_, count)) => *count += 1,
                None => *others.entry(value.clone()).or_default() += 1,
            },
            (None, Reporting::Unknown) => self.unknown += 1,
            (None, _) => self.none += 1,
        }
    }
}

impl ReportingCounts {
    /// The sum of all its numbers.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.reported + self.no_update + self.unknown
    }
}

impl CertaintyCounts {
    /// The sum of all its numbers.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.certain + self.possible + self.unknown
    }
}

impl VerifiedCounts {
    /// The sum of all its numbers.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.agrees + self.disagrees + self.none + self.unknown
    }
}

impl NumberCounts {
    /// The sum of all its numbers.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.printed + self.inferred + self.missing
    }
}

impl<T: Clone> Knowledge<'_, T> {
    /// The counts of a register as of the bound `at`; all zero if it has no recommendations.
    #[must_use]
    pub fn counts(self, register: &RegisterId, at: Timestamp) -> Counts {
        let mut tally = Tally::new(self.vocabulary(register));
        for key in self.recommendation_keys(register) {
            let subject = Subject::Recommendation(register.clone(), key);
            let settled = self.settled_basis(&subject);
            let basis =
                settled.or_else(|| self.recommendation_facts(&subject).map(|facts| facts.number_basis));
            let Some(basis) = basis else { continue };
            tally.add_number(basis);
            match self.counted_status(&subject, at) {
                Some(status) => tally.add_status(&status),
                None => tally.counts.not_yet_stated += 1,
            }
        }
        tally.finish()
    }

    /// What is counted of a status. Where nobody recorded a finding, no event is read.
    fn counted_status(self, subject: &Subject, at: Timestamp) -> Option<CountedStatus> {
        let board = self.board(subject)?;
        let Standing { last, certainty } = board.standing(at)?;
        let behind = Place { index: last.index + 1, from: last.from };
        let stating = if self.states(last) { Some(last) } else { board.stating_before(behind) };
        let value = self.value_of(last)?;
        let is_judged = self.indexes_of_kind(subject, EventKind::StatusVerified).next().is_some();
        let claim = if is_judged { self.event_at(last.index) } else { None };
        let finding = claim.and_then(|claim| self.finding_on(subject, claim.id, at));
        Some(CountedStatus {
            label: value.label.clone(),
            reporting: value.reporting,
            state: stating.and_then(|stating| self.value_of(stating)?.state.clone()),
            certainty,
            agrees: finding.map(|finding| finding.finding.content.agrees),
        })
    }
}

/// What is counted of a status.
struct CountedStatus {
    label: Option<Label>,
    reporting: Reporting,
    state: Option<StateName>,
    certainty: Certainty,
    agrees: Option<bool>,
}

/// Counts under way.
struct Tally {
    counts: Counts,
    /// Values that the vocabulary does not define.
    other_labels: BTreeMap<Label, u64>,
    other_states: BTreeMap<StateName, u64>,
}

impl Tally {
    fn new(vocabulary: Option<&Vocabulary>) -> Self {
        let counts = Counts {
            labels: AxisCounts::new(
                vocabulary.iter().flat_map(|known| &known.labels).map(|meaning| meaning.label.clone()),
            ),
            states: AxisCounts::new(
                vocabulary.iter().flat_map(|known| &known.states).map(|state| state.name.clone()),
            ),
            ..Counts::default()
        };
        Self { counts, other_labels: BTreeMap::new(), other_states: BTreeMap::new() }
    }

    fn add_number(&mut self, basis: NumberBasis) {
        self.counts.recommendations += 1;
        let numbers = &mut self.counts.numbers;
        *match basis {
            NumberBasis::Printed => &mut numbers.printed,
            NumberBasis::Inferred => &mut numbers.inferred,
            NumberBasis::Missing => &mut numbers.missing,
        } += 1;
    }

    fn add_status(&mut self, status: &CountedStatus) {
        let counts = &mut self.counts;
        let &CountedStatus { reporting, agrees, .. } = status;
        counts.labels.add(status.label.as_ref(), reporting, &mut self.other_labels);
        counts.states.add(status.state.as_ref(), reporting, &mut self.other_states);
        *match reporting {
            Reporting::Reported => &mut counts.reporting.reported,
            Reporting::NoUpdate => &mut counts.reporting.no_update,
            Reporting::Unknown => &mut counts.reporting.unknown,
        } += 1;
        *match (reporting, status.certainty) {
            (Reporting::Unknown, _) => &mut counts.certainty.unknown,
            (_, Certainty::Certain) => &mut counts.certainty.certain,
            (_, Certainty::Possible) => &mut counts.certainty.possible,
        } += 1;
        *match (agrees, reporting) {
            (Some(true), _) => &mut counts.verified.agrees,
            (Some(false), _) => &mut counts.verified.disagrees,
            (None, Reporting::Unknown) => &mut counts.verified.unknown,
            (None, _) => &mut counts.verified.none,
        } += 1;
    }

    fn finish(mut self) -> Counts {
        self.counts.labels.values.extend(self.other_labels);
        self.counts.states.values.extend(self.other_states);
        self.counts
    }
}
