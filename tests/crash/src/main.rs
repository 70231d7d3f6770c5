//! `docket-crash`: see the library.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use docket_crash::cook::Mix;
use docket_crash::docket::Docket;
use docket_crash::error::CrashError;
use docket_crash::power::{control, namespace};
use docket_crash::recorder::{Ended, Orders, record};
use docket_crash::stage::Bases;
use docket_crash::witness::attest;
use docket_crash::{inject, kill, power};

/// Crashes Docket in every way that this machine can, and looks for what was promised
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
    /// How many cycles, or rounds; each part has its own default
    #[arg(long)]
    rounds: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// SIGKILL at random moments
    Kill(Extent),
    /// Errors injected into system calls; --rounds hits only so many calls of each kind
    Inject(Extent),
    /// Power cuts, on a filesystem of our own
    Power(Extent),
    /// The negative control: sled alone must lose what it acknowledged
    Sled(Extent),
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
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(if matches!(error, CrashError::Violation { .. }) { 1 } else { 4 })
        }
    }
}

fn run(task: Task) -> Result<ExitCode, CrashError> {
    match task {
        Task::Recorder { data, seed, clients, commands, mix } => {
            Ok(match record(&data, Orders { seed, clients, commands, mix })? {
                Ended::Wholly => ExitCode::SUCCESS,
                Ended::Environment => ExitCode::from(4),
            })
        }
        Task::Witness { ledger } => attest(&ledger).map(|()| ExitCode::SUCCESS),
        Task::Kill(extent) => suite(extent).map(|()| ExitCode::SUCCESS),
        Task::SledWrite { directory, keys } => control::write(&directory, keys).map(|()| ExitCode::SUCCESS),
        Task::SledRead { directory } => control::read(&directory).map(|()| ExitCode::SUCCESS),
        Task::Power(extent) => {
            if let Some(code) = namespace::enter()? {
                return Ok(code);
            }
            let docket = Docket::build()?;
            let bases = Bases::make(&docket)?;
            let summary = power::run(&docket, &bases, extent.seed, extent.rounds.unwrap_or(200), &mut say)?;
            say(&format!("{summary:?}"));
            Ok(ExitCode::SUCCESS)
        }
        Task::Sled(extent) => {
            if let Some(code) = namespace::enter()? {
                return Ok(code);
            }
            let docket = Docket::build()?;
            control::run(&docket, extent.seed, extent.rounds.unwrap_or(40), &mut say)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Inject(extent) => {
            let docket = Docket::build()?;
            let bases = Bases::make(&docket)?;
            let reach = extent.rounds.map_or(inject::Reach::Every, inject::Reach::Few);
            let summary = inject::run(&docket, &bases, reach, &mut say)?;
            say(&format!("{summary:?}"));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn suite(extent: Extent) -> Result<(), CrashError> {
    let docket = Docket::build()?;
    let bases = Bases::make(&docket)?;
    let summary = kill::run(&docket, &bases, extent.seed, extent.rounds.unwrap_or(300), &mut say)?;
    say(&format!("{summary:?}"));
    Ok(())
}

fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}
