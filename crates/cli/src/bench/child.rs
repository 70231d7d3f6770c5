//! A process of its own that serves the log, so that it can be killed, timed and weighed.
//!
//! It is this binary with a hidden option. It opens the log, answers one question, says `ready`, and then does what each line of its
//! standard input says: `record N` records that many statements one by one, `read N` answers that many questions of each kind. It says
//! `done` after each, and closes the log when its input ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::error::{BenchError, io};
use super::events::Events;
use super::log::BenchLog;
use super::machine::{self, ProcessMemory};
use super::random::Random;
use super::reads::{Questions, REGISTER_SUBJECTS_MIN};
use super::row::{Detail, Measured, Unit};
use super::summary::{Summary, figure};

const READY: &str = "ready";
const DONE: &str = "done";

/// Rounds of kill and start.
const ROUNDS: usize = 5;

/// No round is begun after this time: a log that takes long to open is opened less often.
const ROUNDS_TIME_MAX: Duration = Duration::from_mins(2);

/// Commits of one event before each kill: sled is behind, and the last bundle unfinished.
const RECORDED_BEFORE_KILL: u64 = 200;

/// Serves the log until the input ends. This is what the child does.
pub(super) fn serve(data: &Path, seed: u64, subjects: u64) -> Result<(), BenchError> {
    let events = Events::new(seed, subjects)?;
    let log = BenchLog::open(data)?;
    let mut random = Random::new(seed, u64::MAX);
    std::hint::black_box(log.current_state(&events.any_subject(&mut random), log.last_recorded_at()));
    say(READY)?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(io("read what the child is to do"))?;
        match line.split_once(' ').map(|(what, count)| (what, count.parse::<u64>().unwrap_or_default())) {
            Some(("record", count)) => {
                let first = log.size();
                (first..first + count).try_for_each(|n| log.submit(vec![events.command(n, first)]))?;
            }
            Some(("read", count)) => {
                let count = usize::try_from(count).unwrap_or_default();
                let questions = Questions { log: &log, events: &events, seed, count };
                questions.current_state()?;
                questions.timeline()?;
                if subjects >= REGISTER_SUBJECTS_MIN {
                    questions.register()?;
                }
            }
            _ => {}
        }
        say(DONE)?;
    }
    log.close().map(drop)
}

fn say(word: &str) -> Result<(), BenchError> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{word}").and_then(|()| output.flush()).map_err(io("tell how far the child is"))
}

/// A running child.
struct Served {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Served {
    /// Starts a child and waits for its first answer; says how long that took.
    fn start(data: &Path, seed: u64, subjects: u64) -> Result<(Self, Duration), BenchError> {
        let program = std::env::current_exe().map_err(io("find this program"))?;
        let started = Instant::now();
        let mut child = Command::new(program)
            .args(["bench", "--seed", &seed.to_string(), "--subjects", &subjects.to_string(), "--serve"])
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(io("start the process that serves the log"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(BenchError::NoAnswer);
        };
        let mut served = Self { child, input, output: BufReader::new(output) };
        served.wait_for(READY)?;
        Ok((served, started.elapsed()))
    }

    fn wait_for(&mut self, word: &str) -> Result<(), BenchError> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(io("hear from the process that serves the log"))?;
        if line.trim_end() == word { Ok(()) } else { Err(BenchError::NoAnswer) }
    }

    fn ask(&mut self, what: &str) -> Result<(), BenchError> {
        writeln!(self.input, "{what}").map_err(io("ask the process that serves the log"))?;
        self.wait_for(DONE)
    }

    /// SIGKILL.
    fn kill(mut self) -> Result<(), BenchError> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map(drop)
            .map_err(io("kill the process that serves the log"))
    }

    /// Lets it close the log.
    fn stop(mut self) -> Result<(), BenchError> {
        drop(self.input);
        self.child.wait().map(drop).map_err(io("wait for the process that serves the log"))
    }
}

/// From SIGKILL to the first answer: the child records, is killed and started again.
pub(super) fn start(data: &Path, seed: u64, subjects: u64) -> Result<Measured, BenchError> {
    let (mut seconds, mut raw) = (Vec::new(), Vec::new());
    let (mut served, _) = Served::start(data, seed, subjects)?;
    let began = Instant::now();
    while seconds.is_empty() || seconds.len() < ROUNDS && began.elapsed() < ROUNDS_TIME_MAX {
        served.ask(&format!("record {RECORDED_BEFORE_KILL}"))?;
        served.kill()?;
        let (again, taken) = Served::start(data, seed, subjects)?;
        served = again;
        seconds.push(taken.as_secs_f64());
        raw.push(machine::read_through(&data.join("journal"))?.as_secs_f64());
    }
    served.stop()?;
    Ok(Measured {
        unit: Unit::Seconds,
        figure: Summary::of(&seconds).ok_or(BenchError::NoAnswer)?,
        rawlog: Summary::of(&raw),
        method: format!(
            "a child records {RECORDED_BEFORE_KILL} events, gets SIGKILL and is started again; until its first answer, page cache as the crash \
             leaves it; rawlog: reading the journal's bytes"
        ),
        details: Vec::new(),
    })
}

/// The memory of the serving child after questions of each kind.
pub(super) fn memory(
    data: &Path,
    seed: u64,
    subjects: u64,
    questions: usize,
) -> Result<Measured, BenchError> {
    let (mut served, _) = Served::start(data, seed, subjects)?;
    served.ask(&format!("read {questions}"))?;
    let ProcessMemory { peak, now } = ProcessMemory::of(served.child.id());
    served.stop()?;
    Ok(Measured {
        unit: Unit::Bytes,
        figure: Summary::of(&[figure(peak)]).ok_or(BenchError::NoAnswer)?,
        rawlog: None,
        method: "VmHWM of a child that opened the log and answered questions of each kind".to_owned(),
        details: vec![Detail { name: "VmRSS afterwards", value: figure(now), unit: Some(Unit::Bytes) }],
    })
}
