//! `docket-crash`: see the library.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use docket_crash::cook::Mix;
use docket_crash::docket::Docket;
use docket_crash::error::CrashError;
use docket_crash::power::{control, namespace};
use docket_crash::recorder::{Ended, Orders, record};
use docket_crash::stage::Bases;
use docket_crash::witness::attest;
use docket_crash::{full, inject, kill, mutants, power};

/// Cycles of each part, where --rounds does not say.
const KILL_CYCLES: u64 = 300;
const FULL_ROUNDS: u64 = 8;
const POWER_CUTS: u64 = 200;
const SLED_CUTS: u64 = 40;

/// Crashes Docket in every way that this machine can, and looks for what was promised
///
/// Exit code 0: everything held. 1: something that was promised does not hold; the line names it, and what was done. 4: a tool is missing
/// or not allowed.
#[derive(Debug, Parser)]
#[command(name = "docket-crash")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct Extent {
    /// What chance follows from; a failure names it
    #[arg(long, default_value_t = 20_250_306)]
    seed: u64,
    /// How many cycles, cuts or rounds; for `inject`, how many calls of each kind. Without it each part takes its own number
    #[arg(long)]
    rounds: Option<u64>,
}

#[derive(Debug, clap::Args)]
struct Mutants {
    /// Only the mutants whose names begin so; without a name all of them
    names: Vec<String>,
    /// Only the few that are tried with every change, each with one suite
    #[arg(long)]
    share: bool,
    /// Where to build, kept for the next time; without it in a temporary directory, with the dependencies of this build
    #[arg(long)]
    target: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// SIGKILL at random moments
    Kill(Extent),
    /// Errors injected into system calls
    Inject(Extent),
    /// A small filesystem that is full
    Full(Extent),
    /// Power cuts, on a filesystem of our own
    Power(Extent),
    /// The negative control: sled alone must lose what it acknowledged
    Sled(Extent),
    /// All of them
    All(Extent),
    /// Code that was broken on purpose: the suites must turn red
    Mutants(Mutants),
    /// The process under test
    #[command(hide = true)]
    Recorder {
        data: PathBuf,
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        clients: u64,
        #[arg(long)]
        commands: u64,
        #[arg(long, value_enum)]
        mix: Mix,
    },
    /// The witness of a recorder
    #[command(hide = true)]
    Witness { ledger: PathBuf },
    /// Writes keys to sled
    #[command(hide = true)]
    SledWrite {
        directory: PathBuf,
        #[arg(long, default_value_t = u64::MAX)]
        keys: u64,
    },
    /// Reads them
    #[command(hide = true)]
    SledRead { directory: PathBuf },
}

/// A part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Kill,
    Inject,
    Full,
    Power,
    Sled,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            let is_finding = matches!(error, CrashError::Violation { .. } | CrashError::Mutant { .. });
            ExitCode::from(if is_finding { 1 } else { 4 })
        }
    }
}

fn run(task: Task) -> Result<ExitCode, CrashError> {
    let done = |()| ExitCode::SUCCESS;
    match task {
        Task::Recorder { data, seed, clients, commands, mix } => {
            Ok(match record(&data, Orders { seed, clients, commands, mix })? {
                Ended::Wholly => ExitCode::SUCCESS,
                Ended::Environment => ExitCode::from(4),
            })
        }
        Task::Witness { ledger } => attest(&ledger).map(done),
        Task::SledWrite { directory, keys } => control::write(&directory, keys).map(done),
        Task::SledRead { directory } => control::read(&directory).map(done),
        Task::Kill(extent) => suite(&[Part::Kill], extent),
        Task::Inject(extent) => suite(&[Part::Inject], extent),
        Task::Full(extent) => suite(&[Part::Full], extent),
        Task::Power(extent) => suite(&[Part::Power], extent),
        Task::Sled(extent) => suite(&[Part::Sled], extent),
        Task::Mutants(wanted) => try_mutants(wanted),
        // The control first: if the filesystem does not bite, the rest says nothing.
        Task::All(extent) => suite(&[Part::Sled, Part::Power, Part::Full, Part::Kill, Part::Inject], extent),
    }
}

/// Tries mutants: good is what catches every one of them.
fn try_mutants(wanted: Mutants) -> Result<ExitCode, CrashError> {
    let Mutants { names: only, share, target } = wanted;
    let extent = if share { mutants::Extent::Share } else { mutants::Extent::Whole };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let started = Instant::now();
    let tried = mutants::run(&root, &mutants::Orders { only, extent, target }, &mut say)?;
    let held = if tried.caught == tried.mutants { "held" } else { "NOT held" };
    say(&format!(
        "{held}: mutants: {} of {} caught, by {} suites that are green without them; {} s",
        tried.caught,
        tried.mutants,
        tried.suites,
        started.elapsed().as_secs()
    ));
    Ok(if tried.caught == tried.mutants { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs parts, in a mount namespace of their own.
fn suite(parts: &[Part], extent: Extent) -> Result<ExitCode, CrashError> {
    if let Some(code) = namespace::enter()? {
        return Ok(code);
    }
    let docket = Docket::build()?;
    let bases = Bases::make(&docket)?;
    for part in parts {
        let started = Instant::now();
        let summary = run_part(*part, extent, &docket, &bases)?;
        say(&format!("held: {summary}; {:.0} s", started.elapsed().as_secs_f64()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a part and says what held.
fn run_part(part: Part, extent: Extent, docket: &Docket, bases: &Bases) -> Result<String, CrashError> {
    let Extent { seed, rounds } = extent;
    Ok(match part {
        Part::Kill => {
            let done = kill::run(docket, bases, seed, rounds.unwrap_or(KILL_CYCLES), &mut say)?;
            format!(
                "kill: {} cycles, {} processes killed, {} of them while opening; {}",
                done.cycles, done.killed, done.killed_opening, done.found
            )
        }
        Part::Inject => {
            let reach = rounds.map_or(inject::Reach::Every, inject::Reach::Few);
            let done = inject::run(docket, bases, reach, &mut say)?;
            format!("inject: {} runs, {} errors, {}; {}", done.runs, done.errors, done.endings(), done.found)
        }
        Part::Full => {
            let done = full::run(docket, bases, seed, rounds.unwrap_or(FULL_ROUNDS), &mut say)?;
            format!("full: {} rounds, {} processes refused; {}", done.rounds, done.refused, done.found)
        }
        Part::Power => {
            let done = power::run(docket, bases, seed, rounds.unwrap_or(POWER_CUTS), &mut say)?;
            format!(
                "power: {} cuts while writing, {} after the end; {}",
                done.cuts, done.ended_before, done.found
            )
        }
        Part::Sled => {
            let done = control::run(docket, seed, rounds.unwrap_or(SLED_CUTS), &mut say)?;
            format!(
                "sled, the negative control: lost acknowledged keys after {} of {} cuts",
                done.lost, done.cuts
            )
        }
    })
}

fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}
