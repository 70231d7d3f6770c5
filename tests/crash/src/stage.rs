//! A recorder with its witness, started together; only the recorder is ever killed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::Receiver;

use crate::cook::{Mix, Target};
use crate::docket::{Docket, Run, kill, start};
use crate::error::{CrashError, Invariant, demand};
use crate::files;
use crate::recorder::{Orders, targets};
use crate::witness::{Line, WitnessDirectory};
use docket_ledger::{Ledger, OpenOptions};

/// Entries of a log which the next large command takes over the length of a block of the snapshot.
const ALMOST_A_BLOCK: u64 = 4_010;

/// The entries of a large command at the most.
const ENTRIES_PER_COMMAND_MAX: u64 = 120;

/// A recorder and its witness.
pub struct Performance {
    recorder: Child,
    witness: Child,
    lines: Receiver<Line>,
}

impl Performance {
    /// Starts both; the recorder behind another program where `before` names one.
    pub fn start(
        docket: &Docket,
        before: &[String],
        data: &Path,
        witness: &WitnessDirectory,
        orders: Orders,
    ) -> Result<Self, CrashError> {
        let pipe = std::io::pipe().map_err(CrashError::io("make a pipe to", &witness.ledger()))?;
        let (read, write) = pipe;
        let mut attesting = docket.own(&["witness"]);
        attesting.arg(witness.ledger()).stdin(read).stdout(Stdio::piped());
        let mut attesting = start(attesting)?;
        let heard = attesting
            .stdout
            .take()
            .ok_or_else(|| CrashError::violation(Invariant::Bites, "the witness has no standard output"))?;
        let mut recording = match before.split_first() {
            None => docket.own(&[]),
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(docket.suite());
                command
            }
        };
        recording.arg("recorder").arg(data).args(arguments_of(orders)).stdin(Stdio::null());
        recording.stdout(write).stderr(witness.complaints()?);
        let recorder = start(recording)?;
        Ok(Self { recorder, witness: attesting, lines: listen(heard) })
    }

    /// Waits until the witness has made durable so many lines that are wanted; false if the recorder ended before.
    pub fn wait_for(&mut self, wanted: impl Fn(&Line) -> bool, count: u64) -> bool {
        let mut left = count;
        while left > 0 {
            let Ok(line) = self.lines.recv() else { return false };
            left -= u64::from(wanted(&line));
        }
        true
    }

    /// Kills the recorder, if it still runs, and waits until the witness has everything. Gives the recorder's exit code if it ended by itself.
    pub fn kill(mut self) -> Result<Option<i32>, CrashError> {
        let ended = kill(&mut self.recorder)?;
        self.attested()?;
        Ok(ended)
    }

    /// The recorder's process, to be looked at.
    pub fn recorder(&mut self) -> &mut Child {
        &mut self.recorder
    }

    /// Waits for the recorder's own end.
    pub fn finish(mut self) -> Result<Option<i32>, CrashError> {
        let path = PathBuf::from("the recorder");
        let ended = self.recorder.wait().map_err(CrashError::io("wait for", &path))?;
        self.attested()?;
        Ok(ended.code())
    }

    fn attested(&mut self) -> Result<(), CrashError> {
        let path = PathBuf::from("the witness");
        let status = self.witness.wait().map_err(CrashError::io("wait for", &path))?;
        demand(status.success(), Invariant::Bites, || format!("the witness ended with {status}"))
    }
}

/// Hears the witness to its end, so that it never waits for whoever decides.
fn listen(heard: ChildStdout) -> Receiver<Line> {
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(heard).lines().map_while(Result::ok) {
            if let Ok(line) = serde_json::from_str(&line) {
                // Where nobody decides any more, nobody has to hear it.
                sender.send(line).unwrap_or_default();
            }
        }
    });
    lines
}

fn arguments_of(orders: Orders) -> Vec<String> {
    let mix = match orders.mix {
        Mix::Mixed => "mixed",
        Mix::Big => "big",
        Mix::Redactions => "redactions",
        Mix::Many => "many",
    };
    vec![
        format!("--seed={}", orders.seed),
        format!("--clients={}", orders.clients),
        format!("--commands={}", orders.commands),
        format!("--mix={mix}"),
    ]
}

/// Logs to begin with: made once, copied for each group.
pub struct Bases {
    directory: tempfile::TempDir,
    imported: u64,
}

impl Bases {
    /// Imports the seed and records a few notes, in a temporary directory.
    pub fn make(docket: &Docket) -> Result<Self, CrashError> {
        let directory =
            tempfile::tempdir().map_err(CrashError::io("make a directory in", &std::env::temp_dir()))?;
        let mut made = Self { directory, imported: 0 };
        let small = made.small();
        let seeds = docket.seeds();
        let Run { code, stderr, .. } = docket.run(&small, &["import", &seeds.to_string_lossy()])?;
        demand(code == Some(0), Invariant::GoesOn, || format!("importing the seed: {code:?}\n{stderr}"))?;
        made.imported = size_of(&small)?.0;
        made.extend(docket, &small, Orders { seed: 1, clients: 1, commands: 16, mix: Mix::Mixed })?;
        Ok(made)
    }

    /// How many entries an import of the seed makes.
    #[must_use]
    pub fn imported(&self) -> u64 {
        self.imported
    }

    /// The seed and a few notes.
    #[must_use]
    pub fn small(&self) -> PathBuf {
        self.directory.path().join("small")
    }

    /// A log that almost fills a block of the snapshot, made when it is first asked for.
    pub fn large(&self, docket: &Docket) -> Result<PathBuf, CrashError> {
        let large = self.directory.path().join("large");
        if !large.exists() {
            files::copy(&self.small(), &large)?;
            for seed in 2.. {
                let left = ALMOST_A_BLOCK.saturating_sub(size_of(&large)?.0);
                if left < ENTRIES_PER_COMMAND_MAX {
                    break;
                }
                let commands = left / ENTRIES_PER_COMMAND_MAX;
                self.extend(docket, &large, Orders { seed, clients: 1, commands, mix: Mix::Many })?;
            }
        }
        Ok(large)
    }

    fn extend(&self, docket: &Docket, data: &Path, orders: Orders) -> Result<(), CrashError> {
        let witness = WitnessDirectory::make(&self.directory.path().join("base-witness"), &Line::Opened)?;
        let ended = Performance::start(docket, &[], data, &witness, orders)?.finish()?;
        demand(ended == Some(0), Invariant::GoesOn, || format!("recording without a fault: {ended:?}"))
    }
}

/// A data directory of its own with its witness, both gone with the value.
pub struct Scene {
    place: tempfile::TempDir,
    /// Where the witness keeps what it knows.
    pub witness: WitnessDirectory,
}

impl Scene {
    /// A copy of a log, and a witness that knows its size and root.
    pub fn copy_of(base: &Path) -> Result<Self, CrashError> {
        let place = tempfile::tempdir().map_err(CrashError::io("make a directory beside", base))?;
        files::copy(base, &place.path().join("data"))?;
        let (size, root) = size_of(base)?;
        let witness = WitnessDirectory::make(&place.path().join("witness"), &Line::Base { size, root })?;
        Ok(Self { place, witness })
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Another path beside the data directory.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }
}

/// Size and root (hex) of a log. It is opened on a copy, so that the log stays as it is.
pub(crate) fn size_of(data: &Path) -> Result<(u64, String), CrashError> {
    let place = tempfile::tempdir().map_err(CrashError::io("make a directory beside", data))?;
    let copy = place.path().join("data");
    files::copy(data, &copy)?;
    let ledger = Ledger::open(OpenOptions::new(&copy))?;
    let head = ledger.reader().log().head();
    ledger.close()?;
    Ok((head.size, head.root.to_string()))
}

/// A note of a base that can be redacted, with the key of its recommendation.
pub(crate) fn redactable_of(data: &Path) -> Result<Target, CrashError> {
    let place = tempfile::tempdir().map_err(CrashError::io("make a directory beside", data))?;
    let copy = place.path().join("data");
    files::copy(data, &copy)?;
    let ledger = Ledger::open(OpenOptions::new(&copy))?;
    let reader = ledger.reader();
    let redacted = reader.ask(|projection| projection.newest().redacted_texts())?;
    let targets = targets(&reader)?;
    let mut found = None;
    for target in targets {
        let event = docket_domain::EventId::from(target.0);
        let index = reader.ask(|projection| projection.event(event).map(|event| event.index))?;
        if index.is_some_and(|index| !redacted.iter().any(|text| text.0 == index)) {
            found = Some(target);
        }
    }
    drop(reader);
    ledger.close()?;
    found.ok_or_else(|| CrashError::violation(Invariant::Bites, "the base holds no note to redact"))
}
