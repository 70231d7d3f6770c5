//! Docket beside what a user would pick instead: the same workload, in one run, on one machine. `bench/run.sh` installs what it needs and
//! runs it; README.md says how each peer is set and how we know that it syncs.

mod evidence;
mod measure;
mod peer;
mod peers;
mod server;
mod table;
mod workload;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use evidence::Commits;
use measure::{Bench, FULL, Measured, QUICK};
use peer::{PeerError, PeerName, Place, Programs};
use table::{Evidence, Workload};

/// Recommendations of a log of which strace watches the commits.
const TRACED_SUBJECTS: usize = 82;

/// Measures Docket beside its peers and prints one Markdown table
#[derive(Debug, Parser)]
struct Arguments {
    /// A small run that shows that everything works, and says little about speed
    #[arg(long)]
    quick: bool,
    /// Where all stores are made, and removed again; it should be on the disk that is to be measured
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Only these peers
    #[arg(long, value_enum, value_delimiter = ',')]
    peers: Vec<PeerName>,
    /// Only these rows of the table
    #[arg(long, value_enum, value_delimiter = ',')]
    rows: Vec<Workload>,
    /// How many rounds are counted, after one that warms up: 5, or 2 in a quick run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// How many statements the logs have that are read: 1,000,000, or 20,000 in a quick run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    events: Option<u32>,
    /// How many recommendations the larger register has: 100,000, or 2,000 in a quick run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(64..))]
    subjects: Option<u32>,
    /// What the events are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    programs: Programs,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What this program does in processes of its own.
#[derive(Debug, Subcommand)]
enum Part {
    /// Commit, while strace watches
    #[command(hide = true)]
    Commit {
        #[arg(long, value_enum)]
        peer: PeerName,
        #[command(flatten)]
        commits: Commits,
    },
    /// Run the server of `UmaDB`
    #[cfg(feature = "umadb")]
    #[command(hide = true)]
    ServeUmadb {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        pipelined: bool,
    },
}

impl PeerName {
    /// The name on the command line, which is also that of the directory.
    fn argument(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            say(&chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, PeerError> {
    match &arguments.part {
        None => return compare(arguments),
        Some(Part::Commit { peer, commits }) => {
            measure::empty(&arguments.dir)?;
            let Arguments { dir: directory, programs, seed, .. } = arguments;
            let place = Place { directory, subjects: TRACED_SUBJECTS, programs };
            let told = evidence::commit(*peer, &place, *commits, seed)?;
            print(&serde_json::to_string(&told).map_err(peer.failed())?)?;
        }
        #[cfg(feature = "umadb")]
        Some(Part::ServeUmadb { port, pipelined }) => {
            let writer =
                if *pipelined { peers::umadb::Writer::Pipelined } else { peers::umadb::Writer::Blocking };
            peers::umadb::serve(*port, &arguments.dir, writer)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures, and prints the table with everything that could be measured. It fails if anything could not.
fn compare(arguments: Arguments) -> Result<ExitCode, PeerError> {
    let Arguments { quick, dir, peers, rows, rounds, events, subjects, seed, programs, .. } = arguments;
    let mut effort = if quick { QUICK } else { FULL };
    let asked = |count: Option<u32>| count.and_then(|count| usize::try_from(count).ok());
    effort.rounds = asked(rounds).unwrap_or(effort.rounds);
    effort.events = asked(events).unwrap_or(effort.events);
    effort.subjects[1] = asked(subjects).unwrap_or(effort.subjects[1]);
    let asked = |peer: &PeerName| peers.is_empty() || peers.contains(peer);
    let peers: Vec<PeerName> = PeerName::value_variants().iter().copied().filter(asked).collect();
    let gather = |&peer: &PeerName| {
        say(&format!("counting the syncs of {peer}"));
        evidence::gather(peer, &dir, &programs, seed, effort.traced, effort.batch.0)
    };
    let evidence: Vec<Evidence> = peers.iter().map(gather).collect();
    let bench = Bench { directory: dir, programs: programs.clone(), seed, peers, workloads: rows, effort };
    let mut measured = bench.run();
    for cell in &mut measured.cells {
        let seen = evidence.iter().find(|seen| seen.peer == cell.peer);
        cell.ranked &= cell.peer.syncs_unseen()
            || seen.is_some_and(|seen| seen.syncs.as_ref().is_ok_and(|syncs| syncs.waited()));
    }
    print(&page(&measured, &evidence, effort.events))?;
    if measured.is_whole() {
        return Ok(ExitCode::SUCCESS);
    }
    say("something could not be measured: see \"failed\" in the table, and the whole reason above it");
    Ok(ExitCode::FAILURE)
}

/// The table, and what must be known to read it.
fn page(measured: &Measured, evidence: &[Evidence], events: usize) -> String {
    let mut page = table::markdown(&measured.cells, evidence);
    page.push_str(
        "\nx Docket, x rawlog: how many times as fast (of medians; above 1 is faster). Syncs a commit: fsync, fdatasync, msync, sync and syncfs of \
         all processes of the peer, counted by strace with one client. A peer that answers before a sync has ended is not ranked.\n\n",
    );
    for (peer, about) in &measured.about {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "- {peer}: {about}.");
    }
    for (peer, fault) in &measured.faults {
        let _ = writeln!(page, "- {peer} could not be closed: {fault}.");
    }
    let _ = writeln!(page, "- Logs that are read: {events} statements; machine: {}.", machine());
    page
}

/// The machine, in a line.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo");
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} x {}, kernel {}", model.trim_matches([' ', '\t', ':']), kernel.trim())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn print(text: &str) -> Result<(), PeerError> {
    writeln!(std::io::stdout(), "{}", text.trim_end()).map_err(PeerError::io("write the table"))
}

/// Tells what is done next: a run takes long.
fn say(what: &str) {
    // Nothing can be told where standard error is closed.
    let _ = writeln!(std::io::stderr(), "bench: {what}");
}
