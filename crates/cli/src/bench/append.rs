//! Durable appends by clients in process: each waits for its event before it sends the next one.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use docket_domain::Command;
use docket_ledger::Ledger;
use tokio::runtime::Builder;
use tokio::task::spawn;

use super::error::{BenchError, io};
use super::events::Events;
use super::log::BenchLog;
use super::processor;
use super::rawlog::RawLog;
use super::row::{Detail, Measured, Unit};
use super::summary::{Summary, figure, percentile};

/// Rounds of each kind, in turns with those of `rawlog`.
pub(super) const ROUNDS: usize = 5;

/// A log to append to, and how far its generator has come.
pub(super) struct AppendBench<'a> {
    pub(super) events: &'a Events,
    pub(super) log: BenchLog,
    /// The next command.
    pub(super) next: u64,
}

impl<'a> AppendBench<'a> {
    /// Begins a log and enters its recommendations.
    pub(super) fn begin(directory: &Path, events: &'a Events) -> Result<Self, BenchError> {
        let log = super::bulk::begin(directory, events)?;
        Ok(Self { events, log, next: events.preamble() })
    }

    /// Measures so many clients with so many events each a round, in turns with `rawlog` in batches of as many. One client is a thread;
    /// several are tasks, as those of a server are, and beside them as many threads.
    pub(super) fn measure(
        &mut self,
        directory: &Path,
        clients: usize,
        events_each: usize,
    ) -> Result<Measured, BenchError> {
        let load = Load { clients, events_each };
        let (mut rates, mut raw_rates, mut thread_rates) = (Vec::new(), Vec::new(), Vec::new());
        let mut waits = Vec::new();
        let (mut frame_bytes, mut worked) = (0, 0.0);
        // The first round warms up all of them and is not counted.
        for round in 0..=ROUNDS {
            let first = self.log.size();
            let kind = if clients == 1 { ClientKind::Threads } else { ClientKind::Tasks };
            let Round { rate, waits: mut round_waits, processor_seconds } = self.round(load, kind)?;
            let frames = self.log.frames(first..self.log.size(), clients)?;
            frame_bytes = frames.iter().copied().map(u64::from).sum::<u64>() / frames.len().max(1) as u64;
            let mut rawlog = RawLog::create(directory).map_err(io("make the raw log"))?;
            let raw = rawlog.append(&frames).map_err(io("append to the raw log"))?;
            rawlog.remove().map_err(io("remove the raw log"))?;
            let thread_rate = match kind {
                ClientKind::Threads => None,
                ClientKind::Tasks => Some(self.round(load, ClientKind::Threads)?.rate),
            };
            if round > 0 {
                rates.push(rate);
                worked += processor_seconds;
                raw_rates.push(figure(load.events()) / raw.as_secs_f64());
                thread_rates.extend(thread_rate);
                waits.append(&mut round_waits);
            }
        }
        waits.sort_by(f64::total_cmp);
        let empty = || BenchError::OtherLog { events: 1, found: 0 };
        let mut details = vec![
            Detail { name: "p50 wait", value: percentile(&waits, 50), unit: Some(Unit::Seconds) },
            Detail { name: "p99 wait", value: percentile(&waits, 99), unit: Some(Unit::Seconds) },
            Detail { name: "rawlog frame", value: figure(frame_bytes), unit: Some(Unit::Bytes) },
        ];
        details.extend(processor::details(worked, ROUNDS as u64 * load.events()));
        let threads = Summary::of(&thread_rates).map(|rates| rates.median);
        details.extend(threads.map(|value| Detail {
            name: "threads",
            value,
            unit: Some(Unit::EventsPerSecond),
        }));
        Ok(Measured {
            unit: Unit::EventsPerSecond,
            figure: Summary::of(&rates).ok_or_else(empty)?,
            rawlog: Summary::of(&raw_rates),
            method: load.method(),
            details,
        })
    }

    /// One round. It begins and ends with a store that has caught up.
    fn round(&mut self, load: Load, kind: ClientKind) -> Result<Round, BenchError> {
        let Load { clients, events_each } = load;
        let settled = self.next;
        self.next += load.events();
        let mut commands = (settled..self.next).map(|n| self.events.command(n, settled));
        let batches: Vec<Vec<Command>> =
            (0..clients).map(|_| commands.by_ref().take(events_each).collect()).collect();
        let began = processor::seconds();
        let (taken, waits) = match kind {
            ClientKind::Tasks => tasks(&self.log, batches)?,
            ClientKind::Threads => threads(&self.log, batches)?,
        };
        self.log.catch_up()?;
        let processor_seconds = processor::seconds() - began;
        Ok(Round { rate: figure(load.events()) / taken.as_secs_f64(), waits, processor_seconds })
    }
}

/// What a round came to.
struct Round {
    /// Events a second until all had their replies.
    rate: f64,
    /// How long each reply took, in seconds.
    waits: Vec<f64>,
    /// What processors worked until the store had caught up.
    processor_seconds: f64,
}

/// What a round is.
#[derive(Debug, Clone, Copy)]
struct Load {
    clients: usize,
    /// Of each client, one after the other.
    events_each: usize,
}

impl Load {
    fn events(self) -> u64 {
        (self.clients * self.events_each) as u64
    }

    fn method(self) -> String {
        let Self { clients, events_each } = self;
        let who = if clients == 1 {
            "1 thread".to_owned()
        } else {
            format!("{clients} tasks on a runtime with one thread (beside them, as `threads`: a thread each)")
        };
        format!(
            "{who}, one event a command, each waits for its reply; {events_each} each a round, {ROUNDS} rounds in turns with rawlog in \
             batches of {clients}"
        )
    }
}

/// What clients are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClientKind {
    /// Tasks of a runtime with one thread.
    Tasks,
    /// A thread each.
    Threads,
}

/// How long it took until all of them were done, and how long each reply, in seconds.
type Replies = Result<(Duration, Vec<f64>), BenchError>;

fn tasks(log: &BenchLog, batches: Vec<Vec<Command>>) -> Replies {
    let runtime = Builder::new_current_thread().build().map_err(io("start a runtime"))?;
    runtime.block_on(async {
        let started = Instant::now();
        let running: Vec<_> =
            batches.into_iter().map(|commands| spawn(task(log.ledger(), commands))).collect();
        let mut waits = Vec::new();
        for client in running {
            waits.append(&mut client.await.unwrap_or_else(|ended| resume_unwind(ended.into_panic()))?);
        }
        Ok((started.elapsed(), waits))
    })
}

async fn task(ledger: Arc<Ledger>, commands: Vec<Command>) -> Result<Vec<f64>, BenchError> {
    let mut waits = Vec::with_capacity(commands.len());
    for command in commands {
        let started = Instant::now();
        ledger.submit_async(vec![command]).await?;
        waits.push(started.elapsed().as_secs_f64());
    }
    Ok(waits)
}

fn threads(log: &BenchLog, batches: Vec<Vec<Command>>) -> Replies {
    let barrier = &Barrier::new(batches.len() + 1);
    std::thread::scope(|scope| {
        let running: Vec<_> =
            batches.into_iter().map(|commands| scope.spawn(move || thread(log, barrier, commands))).collect();
        barrier.wait();
        let started = Instant::now();
        let waits: Vec<_> = running
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect();
        let taken = started.elapsed();
        let waits: Vec<Vec<f64>> = waits.into_iter().collect::<Result<_, _>>()?;
        Ok((taken, waits.concat()))
    })
}

fn thread(log: &BenchLog, barrier: &Barrier, commands: Vec<Command>) -> Result<Vec<f64>, BenchError> {
    barrier.wait();
    commands
        .into_iter()
        .map(|command| {
            let started = Instant::now();
            log.submit(vec![command])?;
            Ok(started.elapsed().as_secs_f64())
        })
        .collect()
}
