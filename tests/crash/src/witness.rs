//! What was submitted and what was acknowledged, kept by another process in another directory.
//!
//! A recorder writes a line to a pipe before it submits and after it was answered. The witness reads the pipe, makes each line durable in its
//! own file, and only then passes it on to whoever decides when to kill. The recorder may die at any moment: what it wrote is in the pipe.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{CrashError, Invariant, demand};
use crate::recipe::Recipe;

/// What the witness reads at once.
const CHUNK_BYTES: usize = 1 << 16;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// What the log was before the first line: everything after it was submitted under the witness's eyes.
    Base {
        /// Its size.
        size: u64,
        /// Its root, as hex.
        root: String,
    },
    /// The log is open.
    Opened,
    /// About to be submitted.
    Intent {
        /// What.
        recipe: Recipe,
    },
    /// Promised.
    Acknowledged(Acknowledgement),
    /// Refused by a rule: nothing was recorded.
    Refused {
        /// The command.
        command: Uuid,
    },
    /// An error, so that nobody knows whether it was recorded.
    Unknown {
        /// The command.
        command: Uuid,
        /// The error, for people.
        error: String,
    },
    /// The log is about to be closed.
    Closing,
    /// It was closed in order.
    Closed,
}

/// What the log promised about a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The command.
    pub command: Uuid,
    /// Whether it was answered as a repeat.
    pub repeated: bool,
    /// The size of a tree that holds it.
    pub size: u64,
    /// The root at that size, as hex; `docket redact` does not print it.
    pub root: Option<String>,
    /// A signed checkpoint of that tree or a later one, where one was shown.
    pub checkpoint: Option<String>,
    /// Its entries, in order.
    pub entries: Vec<Kept>,
}

/// An entry that was promised to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its place.
    pub index: u64,
    /// The id of its event.
    pub event: Uuid,
    /// The leaf hash of its bytes, as hex. The binary does not print it: then the root must do, which binds every entry.
    pub leaf: Option<String>,
}

/// Writes one line with one call, so that a kill leaves whole lines and at most one half.
pub fn say(to: &mut dyn Write, line: &Line) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    to.write_all(&bytes)?;
    to.flush()
}

/// The witness process: from standard input to the file, synced, and then to standard output; until the last writer is gone.
pub fn attest(ledger: &Path) -> Result<(), CrashError> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(ledger)
        .map_err(CrashError::io("open the witness's ledger", ledger))?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut pending: Vec<u8> = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = input.read(&mut chunk).map_err(CrashError::io("read from the pipe to", ledger))?;
        if count == 0 {
            // Half a line: whoever wrote it was killed before it submitted, or before it was told.
            return Ok(());
        }
        pending.extend(chunk.iter().take(count));
        let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') else { continue };
        let lines: Vec<u8> = pending.drain(..=end).collect();
        file.write_all(&lines).map_err(CrashError::io("write", ledger))?;
        file.sync_data().map_err(CrashError::io("sync", ledger))?;
        // Nobody may be listening any more; what counts is in the file.
        drop(output.write_all(&lines).and_then(|()| output.flush()));
    }
}

/// What the witness knows.
#[derive(Debug, Clone, Default)]
pub struct Testimony {
    /// The log before the first line: size and root.
    pub base: Option<(u64, String)>,
    /// What was submitted, by the id of the command.
    pub intents: BTreeMap<Uuid, Recipe>,
    /// What was acknowledged, in order.
    pub acknowledged: Vec<Acknowledgement>,
    /// What was refused.
    pub refused: BTreeSet<Uuid>,
    /// The notes whose words were destroyed, by an acknowledged command.
    pub redacted: BTreeSet<Uuid>,
}

impl Testimony {
    /// Reads the witness's ledger.
    pub fn read(ledger: &Path) -> Result<Self, CrashError> {
        let text = std::fs::read_to_string(ledger).map_err(CrashError::io("read", ledger))?;
        let mut testimony = Self::default();
        for (line, number) in text.lines().zip(1..) {
            let line = serde_json::from_str(line).map_err(|source| CrashError::Line {
                path: ledger.to_owned(),
                number,
                source,
            })?;
            testimony.take(line);
        }
        testimony.check()?;
        Ok(testimony)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Base { size, root } => self.base = Some((size, root)),
            Line::Intent { recipe } => {
                self.intents.insert(recipe.command, recipe);
            }
            Line::Acknowledged(promise) => {
                if let Some(recipe) = self.intents.get(&promise.command) {
                    self.redacted.extend(recipe.redacts());
                }
                self.acknowledged.push(promise);
            }
            Line::Refused { command } => {
                self.refused.insert(command);
            }
            Line::Opened | Line::Unknown { .. } | Line::Closing | Line::Closed => {}
        }
    }

    /// The promises must not contradict each other: one root a size, one entry a place, and what was refused was not promised.
    fn check(&self) -> Result<(), CrashError> {
        let mut roots: BTreeMap<u64, &str> = BTreeMap::new();
        let mut places: BTreeMap<u64, &Kept> = BTreeMap::new();
        for promise in &self.acknowledged {
            let root = promise.root.as_deref().unwrap_or_default();
            let known = if root.is_empty() { root } else { roots.entry(promise.size).or_insert(root) };
            demand(known == root, Invariant::Checkpoints, || {
                format!("two roots were acknowledged at size {}", promise.size)
            })?;
            for kept in &promise.entries {
                let known = *places.entry(kept.index).or_insert(kept);
                demand(known.event == kept.event, Invariant::Kept, || {
                    format!("two entries were acknowledged at index {}", kept.index)
                })?;
            }
            demand(!self.refused.contains(&promise.command), Invariant::Idempotent, || {
                format!("command {} was refused and acknowledged", promise.command)
            })?;
        }
        Ok(())
    }
}

/// The place where a witness keeps its ledger and the answers that were given.
#[derive(Debug, Clone)]
pub struct WitnessDirectory(PathBuf);

impl WitnessDirectory {
    /// A new place, which must not be inside the data directory.
    pub fn make(path: &Path, base: &Line) -> Result<Self, CrashError> {
        let made = Self(path.to_owned());
        std::fs::create_dir_all(made.answers()).map_err(CrashError::io("make", path))?;
        made.note(base)?;
        Ok(made)
    }

    /// The ledger file.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    /// The directory of the answers that were given.
    #[must_use]
    pub fn answers(&self) -> PathBuf {
        self.0.join("answers")
    }

    /// A file for what a recorder complains about; each one's begins anew.
    pub fn complaints(&self) -> Result<File, CrashError> {
        let path = self.0.join("complaints");
        File::create(&path).map_err(CrashError::io("make", &path))
    }

    /// What the last recorder complained about.
    #[must_use]
    pub fn complained(&self) -> String {
        std::fs::read_to_string(self.0.join("complaints")).unwrap_or_default()
    }

    /// Adds a line of the harness's own, while no witness runs.
    pub fn note(&self, line: &Line) -> Result<(), CrashError> {
        let path = self.ledger();
        let mut file: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(CrashError::io("open the witness's ledger", &path))?;
        say(&mut file, line).and_then(|()| file.sync_data()).map_err(CrashError::io("write", &path))
    }
}
