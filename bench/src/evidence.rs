//! How we know that an answer means "on disk": strace counts the syncs of a peer and of every process that it starts, while it delays each
//! of them. An answer that comes sooner than the delay did not wait for a sync.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::peer::{PeerError, PeerName, Place, Programs};
use crate::table::{Evidence, Syncs};
use crate::workload::Feed;

/// The calls that make written bytes durable.
const SYNCS: &str = "fsync,fdatasync,msync,sync,syncfs";

/// By how much each of them is delayed: far above what a sync takes here.
const DELAY: Duration = Duration::from_millis(20);

/// What a traced process tells.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The shortest wait for an answer, in seconds.
    shortest: f64,
}

/// Commits of one client: what a traced process is asked to do.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Commits {
    /// How many commits
    #[arg(long)]
    commits: usize,
    /// How many events each
    #[arg(long)]
    events: usize,
}

/// Does the commits: in a process of its own, which strace watches.
pub(crate) fn commit(peer: PeerName, place: &Place, commits: Commits, seed: u64) -> Result<Told, PeerError> {
    let mut feed = Feed::new(seed, place.subjects);
    let mut peer = peer.open(place)?;
    peer.append(vec![vec![feed.registrations()]])?;
    let work = (0..commits.commits).map(|_| feed.take(commits.events)).collect();
    let taken = peer.append(vec![work])?;
    peer.close()?;
    Ok(Told { shortest: taken.shortest.as_secs_f64() })
}

/// Counts the syncs of a peer's commits, of one event and of a batch.
pub(crate) fn gather(
    peer: PeerName,
    directory: &Path,
    programs: &Programs,
    seed: u64,
    commits: usize,
    batch: usize,
) -> Evidence {
    let count = |commits, events| traced(peer, directory, programs, seed, Commits { commits, events });
    let gathered = || {
        let (opened, _) = count(0, 1)?;
        let (singles, told) = count(commits, 1)?;
        let (batches, _) = count(commits, batch)?;
        let each = |syncs: u32| {
            f64::from(syncs.saturating_sub(opened)) / u32::try_from(commits).map_or(1.0, f64::from)
        };
        let (single, batch) = (each(singles), each(batches));
        Ok::<_, PeerError>(Syncs { single, batch, shortest: told.shortest, delay: DELAY.as_secs_f64() })
    };
    Evidence { peer, syncs: gathered().map_err(|error| crate::chain(&error)) }
}

/// The syncs of all processes of one run, from its start to its end.
fn traced(
    peer: PeerName,
    directory: &Path,
    programs: &Programs,
    seed: u64,
    commits: Commits,
) -> Result<(u32, Told), PeerError> {
    let place = directory.join("evidence");
    crate::measure::empty(&place)?;
    let (data, summary) = (place.join("data"), place.join("strace"));
    let program = std::env::current_exe().map_err(PeerError::io("find this program"))?;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-e", &format!("trace={SYNCS}"), "-o"]).arg(&summary);
    strace.args(["-e", &format!("inject={SYNCS}:delay_enter={}", DELAY.as_micros()), "--"]).arg(program);
    strace.args(["--seed", &seed.to_string(), "--python"]).arg(&programs.python);
    strace.arg("--nats-server").arg(&programs.nats_server).arg("--postgres-bin").arg(&programs.postgres_bin);
    strace.arg("--dir").arg(&data).args(["commit", "--peer", &peer.argument()]);
    strace.args(["--commits", &commits.commits.to_string(), "--events", &commits.events.to_string()]);
    let output = strace.stdin(Stdio::null()).output().map_err(PeerError::io("run strace"))?;
    let told = serde_json::from_slice(&output.stdout).map_err(|_| {
        peer.answered("a line about its waits", String::from_utf8_lossy(&output.stderr).trim().to_owned())
    })?;
    let counted = fs::read_to_string(&summary).map_err(PeerError::io("read what strace counted"))?;
    crate::measure::remove(&place)?;
    Ok((total_calls(&counted), told))
}

/// The number of calls in a summary of strace; none where nothing was called.
fn total_calls(summary: &str) -> u32 {
    let lines = summary.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let calls = |fields: Vec<&str>| {
        let named = fields.last().is_some_and(|name| SYNCS.split(',').any(|call| call == *name));
        named.then(|| fields.get(3)?.parse::<u32>().ok()).flatten()
    };
    lines.filter_map(calls).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_summed_with_and_without_errors() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- ----------------\n \
            97.00    0.001234          12       103         1 fdatasync\n  \
            3.00    0.000034          17         2           fsync\n\
            ------ ----------- ----------- --------- --------- ----------------\n\
            100.00    0.001268          12       105         1 total\n";
        assert_eq!(total_calls(summary), 105);
        assert_eq!(total_calls(""), 0);
    }
}
