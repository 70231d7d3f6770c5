//! Errors of the operating system, injected by strace into the n-th call, for every n that a run reaches.
//!
//! strace counts for each thread: the n-th call of every thread fails. A run that is not reached any more ends the series. After each run the
//! exit code must be one that is documented, the invariants must hold, and without the fault recording must go on.

mod calls;
mod subject;

use std::collections::BTreeMap;
use std::time::Instant;

use crate::check::Found;
use crate::docket::{Docket, finish};
use crate::error::CrashError;
use crate::stage::Bases;

pub use calls::Fault;
pub use subject::Subject;
pub(crate) use subject::backed_up;

/// Up to here every call is hit; from here on the distance to the next one grows.
const EVERY_CALL: u64 = 24;

/// What the injections have put to the test.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Runs into which an error was injected.
    pub runs: u64,
    /// Errors injected; one run can have several threads.
    pub errors: u64,
    /// How the runs ended: exit code, and how many.
    pub endings: BTreeMap<i32, u64>,
    /// The checks of all runs.
    pub found: Found,
}

impl Summary {
    fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.errors += other.errors;
        for (code, count) in &other.endings {
            *self.endings.entry(*code).or_default() += count;
        }
        self.found = self.found.and(other.found);
    }

    /// The endings in words.
    #[must_use]
    pub fn endings(&self) -> String {
        let each: Vec<String> =
            self.endings.iter().map(|(code, count)| format!("{count} with exit code {code}")).collect();
        each.join(", ")
    }
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every call that is reached.
    Every,
    /// So many calls of each kind, spread over those that are reached.
    Few(u64),
}

/// Injects every fault into every subject.
pub fn run(
    docket: &Docket,
    bases: &Bases,
    reach: Reach,
    tell: &mut dyn FnMut(&str),
) -> Result<Summary, CrashError> {
    require_strace()?;
    let mut summary = Summary::default();
    for subject in Subject::ALL {
        let reached = subject.calls(docket, bases)?;
        for fault in Fault::ALL {
            let places = places(reached.of(fault), reach);
            let started = Instant::now();
            let mut of_fault = Summary::default();
            for place in places {
                subject
                    .hit(docket, bases, fault, place, &mut of_fault)
                    .map_err(|error| error.during(&format!("{subject}: {fault} at call {place}")))?;
            }
            if of_fault.runs > 0 {
                let seconds = started.elapsed().as_secs_f64();
                let (runs, errors, endings) = (of_fault.runs, of_fault.errors, of_fault.endings());
                tell(&format!(
                    "inject {subject}: {fault}: {runs} runs, {errors} errors, {endings}; {seconds:.1} s"
                ));
            }
            summary.add(&of_fault);
        }
    }
    Ok(summary)
}

/// Which of the calls that were reached are hit.
fn places(mut reached: Vec<u64>, reach: Reach) -> Vec<u64> {
    reached.sort_unstable();
    reached.dedup();
    let wanted = match reach {
        Reach::Every => {
            let mut next = 0;
            let hit = |place: &u64| {
                let is_hit = *place <= EVERY_CALL || *place >= next;
                if is_hit {
                    next = place + place / 8;
                }
                is_hit
            };
            return reached.iter().copied().filter(hit).collect();
        }
        Reach::Few(wanted) => wanted,
    };
    let count = reached.len() as u64;
    let nth = |turn: u64| usize::try_from(turn * count / wanted.max(1)).ok();
    let mut chosen: Vec<u64> = (0..wanted).filter_map(|turn| reached.get(nth(turn)?).copied()).collect();
    chosen.dedup();
    chosen
}

/// strace must be there, and allowed to trace.
fn require_strace() -> Result<(), CrashError> {
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=1", "true"]);
    let refused = |reason: String| CrashError::Tool { tool: "strace", reason };
    let run = finish(command).map_err(|error| refused(error.to_string()))?;
    if run.code == Some(0) { Ok(()) } else { Err(refused(run.stderr)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_up_to_a_point_and_a_few_of_many() {
        let all: Vec<u64> = (1..=100).collect();
        let every = places(all.clone(), Reach::Every);
        let (first, rest) = every.split_at(24);
        assert_eq!(first, (1..=EVERY_CALL).collect::<Vec<_>>());
        // Beyond that, an eighth further each time.
        assert!(rest.windows(2).all(|pair| pair[1] == pair[0] + pair[0] / 8), "{every:?}");
        assert!(every.len() < 50 && *every.last().unwrap() > 85, "{every:?}");
        assert_eq!(places(all, Reach::Few(2)), [1, 51]);
        assert_eq!(places(vec![3, 3, 7], Reach::Few(5)), [3, 7]);
        assert_eq!(places(Vec::new(), Reach::Few(5)), [0; 0]);
    }
}
