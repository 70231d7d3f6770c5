//! Medians, spreads and percentiles of rounds.

use serde::Serialize;

/// What several rounds of the same measurement came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Summary {
    /// The median of the rounds.
    pub(super) median: f64,
    /// The lowest round.
    pub(super) min: f64,
    /// The highest round.
    pub(super) max: f64,
    /// How many rounds there were.
    pub(super) rounds: usize,
}

impl Summary {
    /// Sums up rounds; `None` if there were none.
    pub(super) fn of(rounds: &[f64]) -> Option<Self> {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (below, above) = (*sorted.get((sorted.len() - 1) / 2)?, *sorted.get(sorted.len() / 2)?);
        Some(Self { median: f64::midpoint(below, above), min, max, rounds: sorted.len() })
    }
}

/// The value below which `hundredths` percent of the sorted values lie (nearest rank); 0 if there are none.
pub(super) fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// A count as a figure. Counts of events and bytes are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(super) const fn figure(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_rounds_lies_between_the_middle_two() {
        let summary = Summary::of(&[4.0, 1.0, 3.0, 10.0]).unwrap();
        assert_eq!(summary, Summary { median: 3.5, min: 1.0, max: 10.0, rounds: 4 });
        assert!((Summary::of(&[5.0, 1.0, 2.0]).unwrap().median - 2.0).abs() < f64::EPSILON);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let sorted: Vec<f64> = (1..=200).map(f64::from).collect();
        let is = |sorted: &[f64], at, value: f64| (percentile(sorted, at) - value).abs() < f64::EPSILON;
        assert!([(50, 100.0), (99, 198.0), (100, 200.0)].iter().all(|&(at, value)| is(&sorted, at, value)));
        assert!(is(&[], 99, 0.0) && is(&[7.0], 1, 7.0));
    }
}
