//! `docket bench`: every row of the performance targets but HTTP, each beside a plain file that does the same durable work.
//!
//! Logs are built once under a directory of their own and kept: a run that finds one reads it. Rows that append use a new log that goes
//! away afterwards. What is asked of the ledger stands in [`log`], what is recorded in [`events`]; how a row is judged in [`row`].

mod append;
mod bulk;
mod child;
mod error;
mod events;
mod frames;
mod log;
mod machine;
mod page;
mod processor;
mod random;
mod rawlog;
mod reads;
mod row;
mod summary;
mod whole;

use std::fs;
use std::path::Path;

use clap::ValueEnum as _;
use serde::Serialize;

use crate::args::{BenchArguments, BenchFormat};
use crate::error::{CliError, Verdict};
use crate::output;

use append::AppendBench;
use bulk::Built;
pub(crate) use error::BenchError;
use events::Events;
use log::{BenchLog, ReplayThreads};
use machine::Machine;
use reads::{Questions, REGISTER_SUBJECTS_MIN};
pub(crate) use row::RowName;
use row::{Measured, Row, Scenario};

/// The version of the form of the results.
const FORMAT: u32 = 1;

/// Statements and recommendations of a quick run.
const QUICK: Scenario = Scenario { events: 3000, subjects: 82 };

/// The scenarios of a complete run.
const ALL_EVENTS: [u64; 2] = [1_000_000, 10_000_000];
const ALL_SUBJECTS: [u64; 2] = [82, 100_000];

/// What a run came to.
#[derive(Debug, Serialize)]
struct Results {
    format: u32,
    machine: Machine,
    seed: u64,
    scenarios: Vec<Measurements>,
}

/// The rows of one scenario.
#[derive(Debug, Serialize)]
struct Measurements {
    #[serde(flatten)]
    size: Scenario,
    rows: Vec<Row>,
}

/// How much is done for a figure.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Events of each client of a round, for 1, 16 and 64 clients.
    events_each: [usize; 3],
    /// Questions a round.
    questions: usize,
}

const FULL_EFFORT: Effort = Effort { events_each: [2000, 500, 500], questions: 20_000 };
const QUICK_EFFORT: Effort = Effort { events_each: [50, 10, 10], questions: 500 };

/// Measures what was asked, and prints it.
pub(crate) fn run(arguments: &BenchArguments) -> Result<Verdict, CliError> {
    let BenchArguments { dir, seed, subjects, serve, format, .. } = arguments;
    if let Some(data) = serve {
        let subjects = subjects.first().copied().unwrap_or(QUICK.subjects);
        child::serve(data, *seed, subjects)?;
        return Ok(Verdict::Done);
    }
    fs::create_dir_all(dir).map_err(error::io("make the directory of the benchmark"))?;
    let (scenarios, effort) = plan(arguments);
    let mut results =
        Results { format: FORMAT, machine: Machine::of(dir), seed: *seed, scenarios: Vec::new() };
    for size in scenarios {
        let rows = measure(dir, size, *seed, effort, &rows_of(arguments))?;
        results.scenarios.push(Measurements { size, rows });
    }
    match format {
        BenchFormat::Table => output::print(&page::table(&results))?,
        BenchFormat::Json => output::print_json(&results)?,
        BenchFormat::Markdown => output::print(&page::markdown(&results))?,
    }
    Ok(Verdict::Done)
}

/// The scenarios of a run, and how much is done for each.
fn plan(arguments: &BenchArguments) -> (Vec<Scenario>, Effort) {
    let BenchArguments { events, subjects, quick, all, .. } = arguments;
    if *quick {
        return (vec![QUICK], QUICK_EFFORT);
    }
    let (events, subjects): (&[u64], &[u64]) =
        if *all { (&ALL_EVENTS, &ALL_SUBJECTS) } else { (events, subjects) };
    let of = |&events: &u64| subjects.iter().map(move |&subjects| Scenario { events, subjects });
    (events.iter().flat_map(of).collect(), FULL_EFFORT)
}

/// The rows that were asked for, in the order of the table.
fn rows_of(arguments: &BenchArguments) -> Vec<RowName> {
    let asked = |row: &RowName| arguments.rows.is_empty() || arguments.rows.contains(row);
    RowName::value_variants().iter().copied().filter(asked).collect()
}

fn measure(
    directory: &Path,
    size: Scenario,
    seed: u64,
    effort: Effort,
    rows: &[RowName],
) -> Result<Vec<Row>, BenchError> {
    let events = Events::new(seed, size.subjects)?;
    let mut measured: Vec<(RowName, Measured)> = Vec::new();
    let (appends, others): (Vec<RowName>, Vec<RowName>) = rows.iter().partition(|row| row.is_append());
    if !appends.is_empty() {
        measured.extend(measure_appends(directory, &events, effort, &appends)?);
    }
    if !others.is_empty() {
        say(size, "the log");
        let built = bulk::prepare(directory, size, seed, &events)?;
        let is_asked = |row: &RowName| *row != RowName::Register || size.subjects >= REGISTER_SUBJECTS_MIN;
        for row in others.into_iter().filter(is_asked) {
            say(size, &row.name());
            measured.push((row, measure_built(&built, &events, size, seed, effort, row)?));
        }
    }
    measured.sort_by_key(|(row, _)| *row);
    Ok(measured.into_iter().map(|(row, measured)| row.judge(size, measured)).collect())
}

fn measure_appends(
    directory: &Path,
    events: &Events,
    effort: Effort,
    rows: &[RowName],
) -> Result<Vec<(RowName, Measured)>, BenchError> {
    let place = directory.join("append");
    let clean = || match fs::remove_dir_all(&place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error::io("remove the log that was appended to")(error))
        }
        _ => Ok(()),
    };
    clean()?;
    fs::create_dir(&place).map_err(error::io("make the directory of a log"))?;
    let mut bench = AppendBench::begin(&place.join("data"), events)?;
    let [each_1, each_16, each_64] = effort.events_each;
    let mut measured = Vec::new();
    for &row in rows {
        let (clients, events_each) = match row {
            RowName::Append1 => (1, each_1),
            RowName::Append16 => (16, each_16),
            _ => (64, each_64),
        };
        output::say("bench", &row.name());
        measured.push((row, bench.measure(&place, clients, events_each)?));
    }
    bench.log.close()?;
    clean()?;
    Ok(measured)
}

/// A row about the log that was built.
fn measure_built(
    built: &Built,
    events: &Events,
    size: Scenario,
    seed: u64,
    effort: Effort,
    row: RowName,
) -> Result<Measured, BenchError> {
    let data = &built.data;
    match row {
        RowName::Append1 | RowName::Append16 | RowName::Append64 | RowName::Bulk => {
            built.measured().ok_or(BenchError::OtherLog { events: size.events, found: 0 })
        }
        RowName::Replay => whole::replay(data, ReplayThreads::One),
        RowName::ReplayBoth => whole::replay(data, ReplayThreads::All),
        RowName::Start => child::start(data, seed, size.subjects),
        RowName::CurrentState | RowName::Timeline | RowName::Register | RowName::Signatures => {
            let log = BenchLog::open(data)?;
            let questions = Questions { log: &log, events, seed, count: effort.questions };
            let measured = match row {
                RowName::CurrentState => questions.current_state(),
                RowName::Timeline => questions.timeline(),
                RowName::Register => questions.register(),
                _ => whole::signatures(&log),
            }?;
            log.close()?;
            Ok(measured)
        }
        RowName::Memory => child::memory(data, seed, size.subjects, effort.questions),
        RowName::Disk => whole::disk(data),
        RowName::Verify => whole::verify(data),
    }
}

/// Tells what is measured next: a large run takes long.
fn say(size: Scenario, what: &str) {
    output::say("bench", &format!("{} events, {} recommendations: {what}", size.events, size.subjects));
}
