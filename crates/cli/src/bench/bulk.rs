//! Commits of 256 over a whole log. The same run builds the log that the other rows read, and its figures are kept beside it.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use docket_domain::Command;
use serde::{Deserialize, Serialize};

use super::error::{BenchError, io};
use super::events::Events;
use super::log::BenchLog;
use super::processor;
use super::rawlog::RawLog;
use super::row::{Detail, Measured, Scenario, Unit};
use super::summary::{Summary, figure};

/// Events of a commit.
const COMMIT_EVENTS: usize = 256;

/// Threads that hand commits over, so that one waits in the queue while another is written.
const SENDERS: usize = 2;

/// The most events of a round: their commands are made before it begins.
const ROUND_EVENTS_MAX: u64 = 131_072;

/// The fewest rounds.
const ROUNDS_MIN: u64 = 5;

/// `rawlog` takes a turn after each round, or after every second, third ... where there are many.
const RAW_ROUNDS: u64 = 20;

/// The file that says that a log is complete, and how building it went.
const BUILT_FILE: &str = "built.json";

/// A log that was built.
#[derive(Debug, Clone)]
pub(super) struct Built {
    /// Its data directory.
    pub(super) data: PathBuf,
    rounds: Rounds,
}

/// What building came to: kept beside the log, because a large one is built once.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rounds {
    seed: u64,
    /// Acknowledged and in sled, events a second.
    sustained: Vec<f64>,
    /// Acknowledged, events a second.
    acknowledged: Vec<f64>,
    /// `rawlog`, events a second.
    rawlog: Vec<f64>,
    /// Seconds that processors worked for an event, of the whole log. Logs that were built before this was measured have none.
    #[serde(default)]
    processor_seconds: f64,
    /// The most entries that sled lacked at the end of a round.
    lag_max: u64,
    /// Seconds from the last reply until the log was closed.
    close_seconds: f64,
}

/// The log of a scenario: the one that is there, or a new one.
pub(super) fn prepare(
    directory: &Path,
    scenario: Scenario,
    seed: u64,
    events: &Events,
) -> Result<Built, BenchError> {
    let place = directory.join(format!("log-{}-{}", scenario.events, scenario.subjects));
    let (data, stamp) = (place.join("data"), place.join(BUILT_FILE));
    let known = fs::read(&stamp).ok().and_then(|bytes| serde_json::from_slice::<Rounds>(&bytes).ok());
    if let Some(rounds) = known.filter(|rounds| rounds.seed == seed) {
        return Ok(Built { data, rounds });
    }
    if place.exists() {
        fs::remove_dir_all(&place).map_err(io("remove an unfinished log"))?;
    }
    fs::create_dir_all(&place).map_err(io("make the directory of a log"))?;
    let rounds = build(&data, &place, scenario, seed, events)?;
    let text = serde_json::to_vec_pretty(&rounds).map_err(std::io::Error::from);
    text.and_then(|text| fs::write(&stamp, text)).map_err(io("write how the log was built"))?;
    Ok(Built { data, rounds })
}

fn build(
    data: &Path,
    place: &Path,
    scenario: Scenario,
    seed: u64,
    events: &Events,
) -> Result<Rounds, BenchError> {
    let log = begin(data, events)?;
    let mut rounds = Rounds {
        seed,
        sustained: Vec::new(),
        acknowledged: Vec::new(),
        rawlog: Vec::new(),
        processor_seconds: 0.0,
        lag_max: 0,
        close_seconds: 0.0,
    };
    let per_round = (scenario.events / ROUNDS_MIN).clamp(COMMIT_EVENTS as u64, ROUND_EVENTS_MAX);
    let raw_every = (scenario.events / per_round).div_ceil(RAW_ROUNDS).max(1);
    let (mut next, end, mut round) = (events.preamble(), events.preamble() + scenario.events, 0);
    while next < end {
        let range = next..(next + per_round).min(end);
        let first = log.size();
        let recorded = record(&log, events, range.clone())?;
        let began = processor::seconds();
        let behind = log.catch_up()?;
        rounds.processor_seconds += recorded.processor_seconds + processor::seconds() - began;
        let Recorded { acknowledged, lag, .. } = recorded;
        let count = figure(range.end - range.start);
        rounds.acknowledged.push(count / acknowledged.as_secs_f64());
        rounds.sustained.push(count / (acknowledged + behind).as_secs_f64());
        rounds.lag_max = rounds.lag_max.max(lag);
        if round % raw_every == 0 {
            let frames = log.frames(first..log.size(), COMMIT_EVENTS)?;
            let mut rawlog = RawLog::create(place).map_err(io("make the raw log"))?;
            let raw = rawlog.append(&frames).map_err(io("append to the raw log"))?;
            rawlog.remove().map_err(io("remove the raw log"))?;
            rounds.rawlog.push(count / raw.as_secs_f64());
        }
        (next, round) = (range.end, round + 1);
    }
    rounds.processor_seconds /= figure(scenario.events.max(1));
    rounds.close_seconds = log.close()?.as_secs_f64();
    Ok(rounds)
}

/// Begins a log: a register, then its recommendations.
pub(super) fn begin(data: &Path, events: &Events) -> Result<BenchLog, BenchError> {
    let log = BenchLog::open(data)?;
    record(&log, events, 0..1)?;
    record(&log, events, 1..events.preamble())?;
    log.catch_up()?;
    Ok(log)
}

/// What recording took until all was acknowledged.
pub(super) struct Recorded {
    acknowledged: Duration,
    /// What processors worked meanwhile.
    processor_seconds: f64,
    /// How many entries sled lacked then.
    lag: u64,
}

/// Records commands in commits of 256.
pub(super) fn record(log: &BenchLog, events: &Events, range: Range<u64>) -> Result<Recorded, BenchError> {
    let settled = range.start;
    let (mut acknowledged, mut processor_seconds) = (Duration::ZERO, 0.0);
    let mut next = range.start;
    while next < range.end {
        let end = (next + ROUND_EVENTS_MAX).min(range.end);
        let commands: Vec<Command> = (next..end).map(|n| events.command(n, settled)).collect();
        let mut commits = Vec::with_capacity(commands.len() / COMMIT_EVENTS + 1);
        let mut commands = commands.into_iter().peekable();
        while commands.peek().is_some() {
            commits.push(commands.by_ref().take(COMMIT_EVENTS).collect::<Vec<_>>());
        }
        let began = processor::seconds();
        acknowledged += send(log, commits)?;
        processor_seconds += processor::seconds() - began;
        next = end;
    }
    Ok(Recorded { acknowledged, processor_seconds, lag: log.lag() })
}

/// Hands commits over, from as many threads as it takes to keep the writer busy.
fn send(log: &BenchLog, commits: Vec<Vec<Command>>) -> Result<Duration, BenchError> {
    let waiting = Mutex::new(commits.into_iter());
    let sender = || -> Result<(), BenchError> {
        loop {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(commit) = next else { return Ok(()) };
            log.submit(commit)?;
        }
    };
    let started = Instant::now();
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(sender)).collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    Ok(started.elapsed())
}

impl Built {
    /// The row of the building.
    pub(super) fn measured(&self) -> Option<Measured> {
        let Rounds { sustained, acknowledged, rawlog, lag_max, close_seconds, processor_seconds, .. } =
            &self.rounds;
        let acknowledged = Summary::of(acknowledged)?;
        let mut details = vec![
            Detail { name: "acknowledged", value: acknowledged.median, unit: Some(Unit::EventsPerSecond) },
            Detail { name: "most entries that sled lacked", value: figure(*lag_max), unit: None },
            Detail { name: "close", value: *close_seconds, unit: Some(Unit::Seconds) },
        ];
        details.extend(processor::details(*processor_seconds, 1));
        Some(Measured {
            unit: Unit::EventsPerSecond,
            figure: Summary::of(sustained)?,
            rawlog: Summary::of(rawlog),
            method: format!(
                "commits of {COMMIT_EVENTS} from {SENDERS} threads; a round ends when sled has every finished bundle; rawlog in turns; measured \
                 when the log was built"
            ),
            details,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_log_is_used_again_and_an_unfinished_one_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        let scenario = Scenario { events: 1500, subjects: 3 };
        let events = Events::new(1, scenario.subjects).unwrap();
        let prepare = |seed| super::prepare(directory.path(), scenario, seed, &events).unwrap();
        let built = prepare(1);
        let measured = built.measured().unwrap();
        assert_eq!((measured.figure.rounds, measured.rawlog.unwrap().rounds), (5, 5));
        let log = BenchLog::open(&built.data).unwrap();
        assert_eq!(log.size(), events.preamble() + 1500);
        log.close().unwrap();
        let mark = built.data.join("mark");
        fs::write(&mark, b"").unwrap();
        // Figures are kept as decimal text, which may differ in the last digit.
        assert_eq!(prepare(1).rounds.sustained.len(), built.rounds.sustained.len());
        assert!(mark.exists());
        fs::remove_file(built.data.parent().unwrap().join(BUILT_FILE)).unwrap();
        prepare(1);
        assert!(!mark.exists());
    }
}
