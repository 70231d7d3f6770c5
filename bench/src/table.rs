//! Medians, spreads and ratios, and the Markdown table that shows them.

use std::fmt::Write as _;

use clap::ValueEnum;

use crate::peer::PeerName;

/// How much of the reason of a failure a cell shows, in characters; standard error has all of it.
const REASON_CHARACTERS_MAX: usize = 160;

/// What is compared, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// Durable append of single events by so many clients.
    Append(usize),
    /// Durable append in batches of so many events, by one client.
    Batch(usize),
    /// Replay of so many events.
    Replay(usize),
    /// The current state of one of so many recommendations.
    Current(usize),
    /// The state of so many recommendations after an earlier event.
    AsOf(usize),
}

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Events a second: more is better.
    Rate,
    /// Seconds: less is better.
    Seconds,
}

/// The rows by the names that they are asked for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// Durable append by one client
    #[value(name = "append-1")]
    Append1,
    /// Durable append by 16 clients
    #[value(name = "append-16")]
    Append16,
    /// Durable append by 64 clients
    #[value(name = "append-64")]
    Append64,
    /// Durable append in batches
    Batch,
    /// Full replay
    Replay,
    /// Current state of one recommendation
    CurrentState,
    /// State of all recommendations as of an earlier position
    AsOf,
}

impl Row {
    /// The name that the row is asked for with.
    pub(crate) const fn workload(self) -> Workload {
        match self {
            Self::Append(1) => Workload::Append1,
            Self::Append(16) => Workload::Append16,
            Self::Append(_) => Workload::Append64,
            Self::Batch(_) => Workload::Batch,
            Self::Replay(_) => Workload::Replay,
            Self::Current(_) => Workload::CurrentState,
            Self::AsOf(_) => Workload::AsOf,
        }
    }

    pub(crate) const fn unit(self) -> Unit {
        match self {
            Self::Append(_) | Self::Batch(_) | Self::Replay(_) => Unit::Rate,
            Self::Current(_) | Self::AsOf(_) => Unit::Seconds,
        }
    }

    pub(crate) fn title(self) -> String {
        match self {
            Self::Append(1) => "durable append, 1 client, one event each".to_owned(),
            Self::Append(clients) => format!("durable append, {clients} clients, one event each"),
            Self::Batch(events) => format!("durable append, 1 client, batches of {events}"),
            Self::Replay(events) => format!("replay of {}", count(events)),
            Self::Current(subjects) => format!("current state of one subject of {}", count(subjects)),
            Self::AsOf(subjects) => {
                format!("state of all {} subjects as of an earlier position", count(subjects))
            }
        }
    }
}

/// The rounds of one peer in one row.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) row: Row,
    pub(crate) peer: PeerName,
    /// Whether the figure may be compared: what is not synced is not as durable.
    pub(crate) ranked: bool,
    pub(crate) rounds: Vec<f64>,
    /// Why the peer did not come to the end of its rounds.
    pub(crate) failed: Option<String>,
}

impl Cell {
    /// What the rounds came to; `None` if there were none, or if not all of them could be done.
    fn summary(&self) -> Option<Summary> {
        if self.failed.is_some() { None } else { Summary::of(&self.rounds) }
    }

    /// The figure, or why there is none; `None` where the peer cannot be asked this at all.
    pub(crate) fn told(&self) -> Option<String> {
        let unit = self.row.unit();
        match (&self.failed, self.summary()) {
            (Some(reason), _) => Some(format!("failed: {}", in_a_cell(reason))),
            (None, Some(Summary { median, min, max })) => {
                Some(format!("{} ({} to {})", figure(unit, median), figure(unit, min), figure(unit, max)))
            }
            (None, None) => None,
        }
    }
}

/// A reason that neither ends its cell nor its line.
fn in_a_cell(reason: &str) -> String {
    let words = reason.replace('|', "/").split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(REASON_CHARACTERS_MAX) {
        Some((end, _)) => words.get(..end).map_or_else(String::new, |shown| format!("{shown} ...")),
        None => words,
    }
}

/// What several rounds came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Summary {
    /// Sums up rounds; `None` if there were none.
    pub(crate) fn of(rounds: &[f64]) -> Option<Self> {
        let mut sorted = rounds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (below, above) = (*sorted.get((sorted.len() - 1) / 2)?, *sorted.get(sorted.len() / 2)?);
        Some(Self { median: f64::midpoint(below, above), min, max })
    }
}

/// What strace saw of a peer's commits.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) peer: PeerName,
    /// Syncs for a commit, by one client.
    pub(crate) syncs: Result<Syncs, String>,
}

/// Syncs of one client's commits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syncs {
    /// For a commit of one event.
    pub(crate) single: f64,
    /// For a batch.
    pub(crate) batch: f64,
    /// The shortest wait for an answer while every sync was delayed, in seconds.
    pub(crate) shortest: f64,
    /// By how much every sync was delayed, in seconds.
    pub(crate) delay: f64,
}

impl Syncs {
    /// Whether every answer waited for a sync.
    pub(crate) fn waited(self) -> bool {
        self.shortest >= self.delay
    }
}

/// The whole table.
pub(crate) fn markdown(cells: &[Cell], evidence: &[Evidence]) -> String {
    let mut page = String::from(
        "| workload | peer | median (min to max) | x Docket | x rawlog | rounds | syncs a commit | answer waits for the sync |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for cell in cells {
        let Some(told) = cell.told() else { continue };
        let of = |peer| ratio(cells, cell, peer);
        let (syncs, waits) = proof(cell, evidence);
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| {} | {} | {told} | {} | {} | {} | {syncs} | {waits} |",
            cell.row.title(),
            cell.peer,
            of(PeerName::Docket),
            of(PeerName::Rawlog),
            cell.rounds.len(),
        );
    }
    page
}

/// How many times as fast as another peer in the same row.
fn ratio(cells: &[Cell], cell: &Cell, to: PeerName) -> String {
    let other = cells.iter().find(|other| other.row == cell.row && other.peer == to);
    let (Some(summary), Some(other)) = (cell.summary(), other.and_then(Cell::summary)) else {
        return "-".to_owned();
    };
    if !cell.ranked {
        return "not ranked".to_owned();
    }
    let ratio = match cell.row.unit() {
        Unit::Rate => summary.median / other.median,
        Unit::Seconds => other.median / summary.median,
    };
    match ratio {
        ratio if ratio >= 10.0 => format!("{ratio:.0}"),
        ratio if ratio >= 0.1 => format!("{ratio:.2}"),
        ratio if ratio >= 0.01 => format!("{ratio:.3}"),
        ratio if ratio >= 0.001 => format!("{ratio:.4}"),
        ratio => format!("{ratio:.5}"),
    }
}

/// What strace saw, where the row is one that it was asked about.
fn proof(cell: &Cell, evidence: &[Evidence]) -> (String, String) {
    let none = || ("-".to_owned(), "-".to_owned());
    let Some(seen) = evidence.iter().find(|evidence| evidence.peer == cell.peer) else { return none() };
    if cell.peer.syncs_unseen() && matches!(cell.row, Row::Append(1) | Row::Batch(_)) {
        return ("not seen: io_uring".to_owned(), "-".to_owned());
    }
    let syncs = match &seen.syncs {
        Ok(syncs) => *syncs,
        Err(why) => return (format!("unknown: {why}"), "-".to_owned()),
    };
    let waited = if syncs.waited() { "yes" } else { "NO" };
    let shortest = figure(Unit::Seconds, syncs.shortest);
    match cell.row {
        Row::Append(1) => (
            format!("{:.2}", syncs.single),
            format!("{waited}: at least {shortest} with {} a sync", figure(Unit::Seconds, syncs.delay)),
        ),
        Row::Batch(_) => (format!("{:.2}", syncs.batch), "-".to_owned()),
        _ => none(),
    }
}

/// A count in thousands or millions where it is a round one.
fn count(count: usize) -> String {
    match count {
        0 => "0".to_owned(),
        count if count % 1_000_000 == 0 => format!("{}M", count / 1_000_000),
        count if count % 1000 == 0 => format!("{}k", count / 1000),
        count => count.to_string(),
    }
}

/// A figure with its unit, to three digits or so.
pub(crate) fn figure(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Rate if value >= 10e6 => format!("{:.0}M/s", value / 1e6),
        Unit::Rate if value >= 1e6 => format!("{:.2}M/s", value / 1e6),
        Unit::Rate if value >= 10e3 => format!("{:.0}k/s", value / 1e3),
        Unit::Rate if value >= 1e3 => format!("{:.1}k/s", value / 1e3),
        Unit::Rate => format!("{value:.0}/s"),
        Unit::Seconds if value >= 1.0 => format!("{value:.2} s"),
        Unit::Seconds if value >= 1e-3 => format!("{:.1} ms", value * 1e3),
        Unit::Seconds => format!("{:.1} us", value * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: Row, peer: PeerName, rounds: &[f64]) -> Cell {
        Cell { row, peer, ranked: peer != PeerName::Nats, rounds: rounds.to_vec(), failed: None }
    }

    #[test]
    fn a_failed_cell_says_why_and_takes_no_ratio_from_the_others() {
        let mut cells = [
            cell(Row::Current(82), PeerName::Docket, &[0.1, 0.2]),
            cell(Row::Current(82), PeerName::Sqlite, &[0.2]),
            cell(Row::Current(82), PeerName::Umadb, &[0.4]),
        ];
        cells[2].failed = Some("UmaDB failed: a | b\n  connection closed".to_owned());
        let page = markdown(&cells, &[]);
        let lines: Vec<&str> = page.lines().skip(2).collect();
        assert!(
            lines[1].contains("| SQLite | 200.0 ms (200.0 ms to 200.0 ms) | 0.75 | - | 1 |"),
            "{}",
            lines[1]
        );
        let title = "current state of one subject of 82";
        assert_eq!(
            lines[2],
            format!(
                "| {title} | UmaDB | failed: UmaDB failed: a / b connection closed | - | - | 1 | - | - |"
            )
        );
        // What a peer is compared with may be what failed.
        cells[0].failed = Some("the disk is full ".repeat(50));
        let page = markdown(&cells, &[]);
        let lines: Vec<&str> = page.lines().skip(2).collect();
        assert!(lines[0].contains("| Docket | failed: the disk is full the disk"), "{}", lines[0]);
        assert!(lines[0].chars().count() < 300, "{}", lines[0]);
        assert!(
            lines[1].contains("| SQLite | 200.0 ms (200.0 ms to 200.0 ms) | - | - | 1 |"),
            "{}",
            lines[1]
        );
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_ratio_above_one_is_faster_whatever_the_unit() {
        let cells = [
            cell(Row::Append(1), PeerName::Rawlog, &[4000.0]),
            cell(Row::Append(1), PeerName::Docket, &[2000.0, 1000.0, 9000.0]),
            cell(Row::Append(1), PeerName::Sqlite, &[1000.0]),
            cell(Row::Append(1), PeerName::Nats, &[90_000.0]),
            cell(Row::AsOf(82), PeerName::Docket, &[0.001]),
            cell(Row::AsOf(82), PeerName::Sqlite, &[0.1]),
        ];
        let evidence = [Evidence {
            peer: PeerName::Docket,
            syncs: Ok(Syncs { single: 1.0, batch: 1.5, shortest: 0.021, delay: 0.02 }),
        }];
        let page = markdown(&cells, &evidence);
        let lines: Vec<&str> = page.lines().skip(2).collect();
        assert_eq!(
            lines[1],
            "| durable append, 1 client, one event each | Docket | 2.0k/s (1.0k/s to 9.0k/s) | 1.00 | 0.50 | 3 | 1.00 | \
             yes: at least 21.0 ms with 20.0 ms a sync |"
        );
        assert!(lines[2].contains("| 0.50 | 0.25 |"), "{}", lines[2]);
        assert!(lines[3].contains("| not ranked | not ranked |"), "{}", lines[3]);
        assert!(
            lines[5].contains("| SQLite | 100.0 ms (100.0 ms to 100.0 ms) | 0.010 | - |"),
            "{}",
            lines[5]
        );
    }

    #[test]
    fn an_answer_before_the_sync_is_told() {
        let syncs = Syncs { single: 1.0, batch: 1.0, shortest: 0.001, delay: 0.02 };
        assert!(!syncs.waited());
        let evidence = [Evidence { peer: PeerName::Nats, syncs: Ok(syncs) }];
        let page = markdown(&[cell(Row::Append(1), PeerName::Nats, &[1.0])], &evidence);
        assert!(page.contains("| NO: at least 1.0 ms with 20.0 ms a sync |"), "{page}");
    }

    #[test]
    fn the_median_of_an_even_number_of_rounds_lies_between_the_middle_two() {
        let summary = Summary::of(&[4.0, 1.0, 3.0, 10.0]);
        assert_eq!(summary, Some(Summary { median: 3.5, min: 1.0, max: 10.0 }));
        assert_eq!(Summary::of(&[]), None);
    }
}
