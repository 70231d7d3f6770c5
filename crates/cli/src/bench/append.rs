//! Durable appends by clients in process: each waits for its event before it sends the next one.

use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use docket_domain::Command;

use super::error::{BenchError, io};
use super::events::Events;
use super::log::BenchLog;
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

    /// Measures so many clients with so many events each a round, in turns with `rawlog` in batches of as many.
    pub(super) fn measure(
        &mut self,
        directory: &Path,
        clients: usize,
        events_each: usize,
    ) -> Result<Measured, BenchError> {
        let (mut rates, mut raw_rates, mut waits) = (Vec::new(), Vec::new(), Vec::new());
        let mut frame_bytes = 0;
        // The first round warms up both and is not counted.
        for round in 0..=ROUNDS {
            let first = self.log.size();
            let (taken, mut round_waits) = self.round(clients, events_each)?;
            let count = self.log.size() - first;
            self.log.catch_up()?;
            let frames = self.log.frames(first..first + count, clients)?;
            frame_bytes = frames.iter().copied().map(u64::from).sum::<u64>() / frames.len().max(1) as u64;
            let mut rawlog = RawLog::create(directory).map_err(io("make the raw log"))?;
            let raw = rawlog.append(&frames).map_err(io("append to the raw log"))?;
            rawlog.remove().map_err(io("remove the raw log"))?;
            if round > 0 {
                rates.push(figure(count) / taken.as_secs_f64());
                raw_rates.push(figure(count) / raw.as_secs_f64());
                waits.append(&mut round_waits);
            }
        }
        waits.sort_by(f64::total_cmp);
        let empty = || BenchError::OtherLog { events: 1, found: 0 };
        Ok(Measured {
            unit: Unit::EventsPerSecond,
            figure: Summary::of(&rates).ok_or_else(empty)?,
            rawlog: Summary::of(&raw_rates),
            method: format!(
                "{clients} thread(s), one event a command, each waits for its reply; {events_each} each a round, {ROUNDS} rounds in turns \
                 with rawlog in batches of {clients}"
            ),
            details: vec![
                Detail { name: "p50 wait", value: percentile(&waits, 50), unit: Some(Unit::Seconds) },
                Detail { name: "p99 wait", value: percentile(&waits, 99), unit: Some(Unit::Seconds) },
                Detail { name: "rawlog frame", value: figure(frame_bytes), unit: Some(Unit::Bytes) },
            ],
        })
    }

    /// One round: how long all of it took, and how long each reply, in seconds.
    fn round(&mut self, clients: usize, events_each: usize) -> Result<(Duration, Vec<f64>), BenchError> {
        let settled = self.next;
        let count = (clients * events_each) as u64;
        let mut commands = (settled..settled + count).map(|n| self.events.command(n, settled));
        let batches: Vec<Vec<Command>> =
            (0..clients).map(|_| commands.by_ref().take(events_each).collect()).collect();
        self.next += count;
        let (log, barrier) = (&self.log, Barrier::new(clients + 1));
        let (taken, waits) = std::thread::scope(|scope| {
            let running: Vec<_> = batches
                .into_iter()
                .map(|commands| {
                    let barrier = &barrier;
                    scope.spawn(move || client(log, barrier, commands))
                })
                .collect();
            barrier.wait();
            let started = Instant::now();
            let waits: Vec<_> = running
                .into_iter()
                .map(|client| client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect();
            (started.elapsed(), waits)
        });
        let waits: Vec<Vec<f64>> = waits.into_iter().collect::<Result<_, _>>()?;
        Ok((taken, waits.into_iter().flatten().collect()))
    }
}

fn client(log: &BenchLog, barrier: &Barrier, commands: Vec<Command>) -> Result<Vec<f64>, BenchError> {
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
