//! What every peer must be able to do, and how clients are run.

use std::path::PathBuf;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::workload::{Commit, State};

/// Why a peer could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeerError {
    /// A file, a process or a socket.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The store or its client refused something.
    #[error("{peer} failed")]
    Store {
        /// Which peer.
        peer: PeerName,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store answered, but not what was asked.
    #[error("{peer} answered {found:?} where {expected} was expected")]
    Answer {
        /// Which peer.
        peer: PeerName,
        /// What was expected.
        expected: String,
        /// What it said.
        found: String,
    },
    /// A program that the peer needs is not where it was looked for.
    #[error("{peer} needs {program}; run bench/run.sh, which installs it")]
    Missing {
        /// Which peer.
        peer: PeerName,
        /// What is missing.
        program: String,
    },
}

impl PeerError {
    /// What was tried with a file, a process or a socket.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// What is compared, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum PeerName {
    /// A plain file, appended and synced
    Rawlog,
    /// Docket, in process
    Docket,
    /// `PostgreSQL` over a unix socket
    Postgres,
    /// `SQLite`, in process
    Sqlite,
    /// `UmaDB` over gRPC on loopback
    Umadb,
    /// `UmaDB` with its pipelined writer, which is off unless asked for
    UmadbPipelined,
    /// NATS `JetStream` on loopback
    Nats,
    /// Python `eventsourcing` with `SQLite`
    Eventsourcing,
}

impl std::fmt::Display for PeerName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Rawlog => "rawlog",
            Self::Docket => "Docket",
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::Umadb => "UmaDB",
            Self::UmadbPipelined => "UmaDB, pipelined writer",
            Self::Nats => "NATS JetStream",
            Self::Eventsourcing => "eventsourcing (Python)",
        })
    }
}

impl PeerName {
    /// Whether it syncs in a way that strace cannot see. By its source it does so before it answers, and so it is ranked all the same.
    pub(crate) const fn syncs_unseen(self) -> bool {
        matches!(self, Self::UmadbPipelined)
    }

    /// An error of this peer's store or client.
    pub(crate) fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(self) -> impl Fn(E) -> PeerError {
        move |source| PeerError::Store { peer: self, source: source.into() }
    }

    /// An answer that was not expected.
    pub(crate) fn answered(self, expected: impl Into<String>, found: impl Into<String>) -> PeerError {
        PeerError::Answer { peer: self, expected: expected.into(), found: found.into() }
    }
}

/// Where a peer keeps its data, and which programs it may run.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// An empty directory of its own.
    pub(crate) directory: PathBuf,
    /// How many recommendations the register will have.
    pub(crate) subjects: usize,
    /// The programs.
    pub(crate) programs: Programs,
}

/// Programs that peers need.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Programs {
    /// Where initdb and postgres are
    #[arg(long, value_name = "DIR", default_value = "/usr/lib/postgresql/15/bin")]
    pub(crate) postgres_bin: PathBuf,
    /// The nats-server to run
    #[arg(long, value_name = "FILE", default_value = "nats-server")]
    pub(crate) nats_server: PathBuf,
    /// A Python that has the package eventsourcing
    #[arg(long, value_name = "FILE", default_value = "python3")]
    pub(crate) python: PathBuf,
}

/// How long a round of appends took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// From the start of all clients to the last answer.
    pub(crate) whole: Duration,
    /// The shortest wait of a client for one answer.
    pub(crate) shortest: Duration,
}

/// An answer and how long it took; `None` from a peer that cannot answer.
pub(crate) type Timed<T> = Option<(Duration, T)>;

/// A store that is open. What it can't do, it answers with `None`.
pub(crate) trait Peer {
    /// Its version, and the settings that matter.
    fn about(&self) -> String;

    /// Whether an answer means that the commit is on disk. What is not synced is shown and never ranked.
    fn synced(&self) -> bool {
        true
    }

    /// Sees to it, before a round is timed, that connections which were idle while others had their turns are there still. One that was
    /// lost is made anew, once.
    fn wake(&mut self) -> Result<(), PeerError> {
        Ok(())
    }

    /// Appends commits, by as many clients at once as there are lists; each waits for an answer before it sends the next commit.
    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError>;

    /// Waits until work that was put off is done, so that it does not fall into another peer's turn.
    fn settle(&mut self) -> Result<(), PeerError> {
        Ok(())
    }

    /// Does what an administrator does after a bulk load.
    fn loaded(&mut self) -> Result<(), PeerError> {
        self.settle()
    }

    /// Reads all events in order, decodes each, and folds them.
    fn replay(&mut self) -> Result<Timed<State>, PeerError>;

    /// Asks for the label of these recommendations, one by one.
    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError>;

    /// The labels of all recommendations after the first `events` events.
    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError>;

    /// Ends it.
    fn close(self: Box<Self>) -> Result<(), PeerError>;
}

/// Runs clients as threads: each sends what is prepared for it, one after the other.
pub(crate) fn run_threads<C: Send, W: Send>(
    clients: Vec<(C, Vec<W>)>,
    send: impl Fn(&mut C, W) -> Result<(), PeerError> + Sync,
) -> Result<Taken, PeerError> {
    let (barrier, send) = (Barrier::new(clients.len() + 1), &send);
    std::thread::scope(|scope| {
        let running: Vec<_> = clients
            .into_iter()
            .map(|(mut client, work)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    work.into_iter().try_fold(Duration::MAX, |shortest, commit| {
                        let started = Instant::now();
                        send(&mut client, commit)?;
                        Ok(shortest.min(started.elapsed()))
                    })
                })
            })
            .collect();
        barrier.wait();
        let started = Instant::now();
        let waits = running
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>();
        let whole = started.elapsed();
        let shortest =
            waits.into_iter().try_fold(Duration::MAX, |least, wait| wait.map(|wait| least.min(wait)))?;
        Ok(Taken { whole, shortest })
    })
}

/// Runs clients as tasks, each of which says what its shortest wait was.
pub(crate) fn run_tasks<F>(runtime: &tokio::runtime::Runtime, clients: Vec<F>) -> Result<Taken, PeerError>
where
    F: Future<Output = Result<Duration, PeerError>> + Send + 'static,
{
    let started = Instant::now();
    let running: Vec<_> = clients.into_iter().map(|client| runtime.spawn(client)).collect();
    let waits = runtime.block_on(async {
        let mut waits = Vec::with_capacity(running.len());
        for client in running {
            waits.push(client.await);
        }
        waits
    });
    let whole = started.elapsed();
    let mut shortest = Duration::MAX;
    for wait in waits {
        let wait =
            wait.map_err(|error| PeerError::Io { what: "run a client".to_owned(), source: error.into() })?;
        shortest = shortest.min(wait?);
    }
    Ok(Taken { whole, shortest })
}
