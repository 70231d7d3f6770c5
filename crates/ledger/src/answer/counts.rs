//! How many recommendations stand where, on every axis, with unknown apart.

use std::fmt::Display;

use docket_domain::{RegisterId, Timestamp};
use docket_projection::AxisCounts;
use serde::Serialize;

use super::query::{Asked, Basis, Query};
use super::wire::shown_if;
use crate::error::LedgerError;
use crate::ledger::Reader;

/// The counts of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountsAnswer {
    /// What they were computed from.
    pub basis: Basis,
    /// The register; null where none was named and none is known at the basis.
    #[serde(serialize_with = "shown_if")]
    pub register: Option<RegisterId>,
    /// The counts.
    pub counts: Counts,
}

/// Counts by axis. Each axis adds up to `recommendations`, together with `not_yet_stated` (but for `numbers`, which always do).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All recommendations: the first denominator.
    pub recommendations: u64,
    /// Those whose status is known: the second denominator. All, without those not yet stated and those where the source is damaged.
    pub known: u64,
    /// Those whose status is stated, but cannot be known because the source is damaged.
    pub unknown: u64,
    /// Those that no statement speaks of at the date asked about.
    pub not_yet_stated: u64,
    /// By label, exactly as printed.
    pub labels: Axis,
    /// By state.
    pub states: Axis,
    /// By reporting.
    pub reporting: ReportingCount,
    /// By certainty.
    pub certainty: CertaintyCount,
    /// By finding.
    pub verified: VerifiedCount,
    /// By how their number is known.
    pub numbers: NumberCount,
}

/// Counts by a value of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Axis {
    /// In the order of the vocabulary, zeros included.
    pub values: Vec<ValueCount>,
    /// Stated, but without a value.
    pub none: u64,
    /// The source is damaged, and no earlier statement gives a value.
    pub unknown: u64,
}

/// How many have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// Counts by reporting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReportingCount {
    /// Something was reported.
    pub reported: u64,
    /// The source says that there is no update.
    pub no_update: u64,
    /// The source is damaged.
    pub unknown: u64,
}

/// Counts by certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CertaintyCount {
    /// The status is certain.
    pub certain: u64,
    /// It is only possible.
    pub possible: u64,
    /// The source is damaged.
    pub unknown: u64,
}

/// Counts by finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VerifiedCount {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NumberCount {
    /// The source prints the number.
    pub printed: u64,
    /// Its place tells it.
    pub inferred: u64,
    /// The source has no such row.
    pub missing: u64,
}

/// The counts of the register meant.
pub fn counts(reader: &Reader, query: &Query, now: Timestamp) -> Result<CountsAnswer, LedgerError> {
    let asked = Asked::new(reader, query, now)?;
    let counts = Counts::of(&asked)?;
    let known: Vec<RegisterId> = asked.known(|knowledge| knowledge.registers().cloned().collect())?;
    let basis = asked.basis()?;
    // Which register comes first is not known at a size that knows none: naming it would change with what is recorded later.
    let register = asked.register.filter(|register| query.register.is_some() || known.contains(register));
    Ok(CountsAnswer { basis, register, counts })
}

impl Counts {
    pub(super) fn of(asked: &Asked<'_>) -> Result<Self, LedgerError> {
        let at = asked.bound()?;
        let counts = match &asked.register {
            Some(register) => asked.known(|knowledge| knowledge.counts(register, at))?,
            None => docket_projection::Counts::default(),
        };
        Ok(counts.into())
    }
}

impl From<docket_projection::Counts> for Counts {
    fn from(counts: docket_projection::Counts) -> Self {
        let docket_projection::Counts { reporting, certainty, verified, numbers, .. } = counts;
        Self {
            recommendations: counts.recommendations,
            known: reporting.reported + reporting.no_update,
            unknown: reporting.unknown,
            not_yet_stated: counts.not_yet_stated,
            labels: counts.labels.into(),
            states: counts.states.into(),
            reporting: ReportingCount {
                reported: reporting.reported,
                no_update: reporting.no_update,
                unknown: reporting.unknown,
            },
            certainty: CertaintyCount {
                certain: certainty.certain,
                possible: certainty.possible,
                unknown: certainty.unknown,
            },
            verified: VerifiedCount {
                agrees: verified.agrees,
                disagrees: verified.disagrees,
                none: verified.none,
                unknown: verified.unknown,
            },
            numbers: NumberCount {
                printed: numbers.printed,
                inferred: numbers.inferred,
                missing: numbers.missing,
            },
        }
    }
}

impl<V: Display> From<AxisCounts<V>> for Axis {
    fn from(axis: AxisCounts<V>) -> Self {
        let values =
            axis.values.into_iter().map(|(value, count)| ValueCount { value: value.to_string(), count });
        Self { values: values.collect(), none: axis.none, unknown: axis.unknown }
    }
}
