//! The rows of the table: what is measured, the target, and how a figure is judged.

use clap::ValueEnum;
use serde::Serialize;

use super::summary::Summary;

/// What is measured: the rows of the targets but for HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum RowName {
    /// Durable append, 1 client in process
    #[value(name = "append-1")]
    Append1,
    /// Durable append, 16 clients in process, one event each
    #[value(name = "append-16")]
    Append16,
    /// Durable append, 64 clients in process, one event each
    #[value(name = "append-64")]
    Append64,
    /// Commits of 256, sustained, sled keeping up
    Bulk,
    /// Replay of the store into projections, cold, one core
    Replay,
    /// The same on both cores
    ReplayBoth,
    /// From SIGKILL to the first answer
    Start,
    /// Current state of one subject
    CurrentState,
    /// First 50 entries of a timeline, as of any position
    Timeline,
    /// First 50 recommendations of a register, as of any position on both clocks
    Register,
    /// Memory of the serving process
    Memory,
    /// Journal and sled per byte of entry and opening
    Disk,
    /// Verify the whole log
    Verify,
    /// Verify signatures of checkpoints one by one
    Signatures,
}

/// What a figure is measured in, and how it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unit {
    /// Events a second.
    EventsPerSecond,
    /// Signatures a second.
    SignaturesPerSecond,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Bytes per byte.
    Ratio,
}

/// What is asked of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// At least so many times `rawlog`.
    RatioAtLeast(f64),
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

/// Whether a row keeps its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// It does.
    Met,
    /// It does not.
    Missed,
    /// It has none, or none at this size.
    NotJudged,
}

/// What a row came to.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    /// Its name, as on the command line.
    #[serde(rename = "row")]
    pub(super) name: String,
    /// What it measures.
    pub(super) title: String,
    /// What is asked, in words; none where nothing is asked at this size.
    pub(super) target: Option<String>,
    /// The unit of the figure and of `rawlog`.
    pub(super) unit: Unit,
    /// The measured figure.
    pub(super) figure: Summary,
    /// The same work done by a plain file, where there is such a thing.
    pub(super) rawlog: Option<Summary>,
    /// Figure to rawlog, of medians.
    pub(super) ratio: Option<f64>,
    /// Met or missed.
    pub(super) verdict: Verdict,
    /// How it was measured, in a line.
    pub(super) method: String,
    /// What else was seen, by name and unit.
    pub(super) details: Vec<Detail>,
}

/// A further figure of a row.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Detail {
    /// What it is.
    pub(super) name: &'static str,
    /// How much.
    pub(super) value: f64,
    /// In what; nothing for a count.
    pub(super) unit: Option<Unit>,
}

/// What a measurement hands over before it is judged.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) unit: Unit,
    pub(super) figure: Summary,
    pub(super) rawlog: Option<Summary>,
    pub(super) method: String,
    pub(super) details: Vec<Detail>,
}

/// How large the measured log is: some targets are for one size only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Scenario {
    /// Statements, without those that open the register.
    pub(super) events: u64,
    /// Recommendations.
    pub(super) subjects: u64,
}

const MILLION: u64 = 1_000_000;

impl RowName {
    /// The name as on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether the row does not depend on a log of the scenario's size.
    pub(super) const fn is_append(self) -> bool {
        matches!(self, Self::Append1 | Self::Append16 | Self::Append64)
    }

    /// The target at this size. A target for large logs says nothing about smaller ones.
    pub(super) fn target(self, scenario: Scenario) -> Option<Target> {
        let Scenario { events, subjects } = scenario;
        let from = |least: u64, target| (events >= least).then_some(target);
        match self {
            Self::Append1 => Some(Target::RatioAtLeast(1.2)),
            Self::Append64 => Some(Target::RatioAtLeast(0.7)),
            Self::Bulk => from(MILLION, Target::AtLeast(300_000.0)),
            Self::Replay => from(MILLION, Target::AtLeast(1_000_000.0)),
            Self::ReplayBoth => from(MILLION, Target::AtLeast(1_800_000.0)),
            Self::Start if events >= 10 * MILLION => Some(Target::AtMost(4.0)),
            Self::Start => from(MILLION, Target::AtMost(0.5)),
            Self::CurrentState => Some(Target::AtMost(5e-6)),
            Self::Timeline => from(MILLION, Target::AtMost(1e-3)),
            Self::Register => from(MILLION, Target::AtMost(0.1)),
            Self::Memory if subjects <= 82 => from(10 * MILLION, Target::AtMost(450e6)),
            Self::Memory => from(10 * MILLION, Target::AtMost(1e9)),
            Self::Disk => from(MILLION, Target::AtMost(2.2)),
            Self::Verify => from(10 * MILLION, Target::AtMost(30.0)),
            Self::Append16 | Self::Signatures => None,
        }
    }

    /// Judges a measurement.
    pub(super) fn judge(self, scenario: Scenario, measured: Measured) -> Row {
        let Measured { unit, figure, rawlog, method, details } = measured;
        let ratio = rawlog.filter(|raw| raw.median > 0.0).map(|raw| figure.median / raw.median);
        let target = self.target(scenario);
        let kept = target.and_then(|target| match target {
            Target::RatioAtLeast(least) => ratio.map(|ratio| ratio >= least),
            Target::AtLeast(least) => Some(figure.median >= least),
            Target::AtMost(most) => Some(figure.median <= most),
        });
        let verdict = match kept {
            Some(true) => Verdict::Met,
            Some(false) => Verdict::Missed,
            None => Verdict::NotJudged,
        };
        let title = self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
        let target = target.map(|target| super::page::target(target, unit));
        Row {
            name: self.name(),
            title: title.unwrap_or_default(),
            target,
            unit,
            figure,
            rawlog,
            ratio,
            verdict,
            method,
            details,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(median: f64, rawlog: Option<f64>) -> Measured {
        let summary = |median| Summary { median, min: median, max: median, rounds: 5 };
        Measured {
            unit: Unit::EventsPerSecond,
            figure: summary(median),
            rawlog: rawlog.map(summary),
            method: String::new(),
            details: Vec::new(),
        }
    }

    #[test]
    fn a_row_is_judged_by_its_own_target_and_only_at_its_size() {
        let small = Scenario { events: 1000, subjects: 82 };
        let large = Scenario { events: 10 * MILLION, subjects: 100_000 };
        for (row, scenario, median, rawlog, verdict) in [
            (RowName::Append1, small, 120.0, Some(100.0), Verdict::Met),
            (RowName::Append1, small, 119.0, Some(100.0), Verdict::Missed),
            (RowName::Append1, small, 119.0, None, Verdict::NotJudged),
            (RowName::Append16, large, 1e9, Some(1.0), Verdict::NotJudged),
            (RowName::Bulk, large, 299_999.0, None, Verdict::Missed),
            (RowName::Bulk, small, 299_999.0, None, Verdict::NotJudged),
            (RowName::Start, large, 4.0, None, Verdict::Met),
            (RowName::Start, Scenario { events: MILLION, subjects: 82 }, 0.6, None, Verdict::Missed),
            (RowName::Memory, large, 999e6, None, Verdict::Met),
            (RowName::Memory, Scenario { subjects: 82, ..large }, 999e6, None, Verdict::Missed),
        ] {
            assert_eq!(row.judge(scenario, measured(median, rawlog)).verdict, verdict, "{row:?} {median}");
        }
    }
}
