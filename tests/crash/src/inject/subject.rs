//! What is run while an error is injected, and what must be true afterwards.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Summary;
use super::calls::{Fault, Reached, injected, injecting, watching};
use crate::binary::{acknowledge, arguments, must_record};
use crate::check::{Found, check_copy, verify};
use crate::cook::Mix;
use crate::docket::{Docket, Run, finish};
use crate::error::{CrashError, Invariant, demand};
use crate::recipe::Recipe;
use crate::recorder::Orders;
use crate::stage::{Bases, Performance, Scene, redactable_of, size_of};
use crate::witness::Line;

/// What a recorder is to do under each fault.
const ORDERS: Orders = Orders { seed: 4, clients: 2, commands: 14, mix: Mix::Redactions };

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// `docket record note`
    Record,
    /// `docket import`, into a directory that does not exist
    Import,
    /// `docket redact`
    Redact,
    /// `docket backup`
    Backup,
    /// The recorder, with two clients.
    Recorder,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "docket record",
            Self::Import => "docket import",
            Self::Redact => "docket redact",
            Self::Backup => "docket backup",
            Self::Recorder => "the recorder",
        })
    }
}

/// A subject in a directory of its own.
struct Trial<'a> {
    docket: &'a Docket,
    scene: Scene,
    output: PathBuf,
    recipe: Recipe,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Record, Self::Import, Self::Redact, Self::Backup, Self::Recorder];

    /// The calls that a run without a fault reaches.
    pub(super) fn calls(self, docket: &Docket, bases: &Bases) -> Result<Reached, CrashError> {
        let trial = self.trial(docket, bases)?;
        let code = self.run(&trial, &watching(&trial.output))?;
        demand(code == Some(0), Invariant::GoesOn, || format!("{self} without a fault ended with {code:?}"))?;
        Reached::read(&trial.output)
    }

    /// One run with one fault, and everything that must hold afterwards.
    pub(super) fn hit(
        self,
        docket: &Docket,
        bases: &Bases,
        fault: Fault,
        place: u64,
        summary: &mut Summary,
    ) -> Result<(), CrashError> {
        let trial = self.trial(docket, bases)?;
        let code = self.run(&trial, &injecting(&trial.output, fault, place))?;
        let errors = injected(&trial.output)?;
        if errors == 0 {
            // Threads share the work differently each time; this run did not come so far.
            return Ok(());
        }
        let ending = code.filter(|code| matches!(code, 0 | 4)).ok_or_else(|| {
            CrashError::violation(
                Invariant::Ending,
                format!("it ended with {code:?}; 0 and 4 are documented"),
            )
        })?;
        *summary.endings.entry(ending).or_default() += 1;
        summary.runs += 1;
        summary.errors += errors;
        summary.found = summary.found.and(self.aftermath(&trial, bases)?);
        Ok(())
    }

    fn trial<'a>(self, docket: &'a Docket, bases: &Bases) -> Result<Trial<'a>, CrashError> {
        let scene = Scene::copy_of(&bases.small())?;
        let recipe = match self {
            Self::Redact => {
                let (note, key) = redactable_of(&scene.data())?;
                Recipe::redaction_by_binary(&key, note)
            }
            _ => Recipe::note_by_binary("7", 2_000),
        };
        let output = scene.beside("strace");
        Ok(Trial { docket, scene, output, recipe })
    }

    fn run(self, trial: &Trial<'_>, strace: &[String]) -> Result<Option<i32>, CrashError> {
        let Trial { docket, scene, recipe, .. } = trial;
        if self == Self::Recorder {
            let mut before = ["timeout", "--kill-after=5", "120"].map(str::to_owned).to_vec();
            before.extend(strace.iter().cloned());
            return Performance::start(docket, &before, &scene.data(), &scene.witness, ORDERS)?.finish();
        }
        let arguments = match self {
            Self::Import => vec!["import".to_owned(), docket.seeds().to_string_lossy().into_owned()],
            Self::Backup => vec!["backup".to_owned(), scene.beside("backup").to_string_lossy().into_owned()],
            Self::Record | Self::Redact | Self::Recorder => arguments(recipe),
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let data = if self == Self::Import { scene.beside("imported") } else { scene.data() };
        if matches!(self, Self::Record | Self::Redact) {
            scene.witness.note(&Line::Intent { recipe: recipe.clone() })?;
        }
        let Run { code, stdout, .. } = finish(docket.behind(strace, &data, &arguments))?;
        if matches!(self, Self::Record | Self::Redact) && code == Some(0) {
            acknowledge(&scene.witness, recipe, &stdout)?;
        }
        Ok(code)
    }

    /// The fault is gone.
    fn aftermath(self, trial: &Trial<'_>, bases: &Bases) -> Result<Found, CrashError> {
        let Trial { docket, scene, recipe, .. } = trial;
        let (data, witness) = (scene.data(), &scene.witness);
        match self {
            Self::Import => return imported(docket, &scene.beside("imported"), bases),
            Self::Backup => backed_up(docket, scene)?,
            Self::Record | Self::Redact | Self::Recorder => {}
        }
        let found = check_copy(&data, witness, docket)?;
        match self {
            // Said again under the same id: it is recorded once.
            Self::Record => must_record(docket, &data, witness, recipe)?,
            Self::Redact => redacted(trial)?,
            _ => {}
        }
        must_record(docket, &data, witness, &Recipe::note_by_binary("8", 300))?;
        verify(&data, docket, "after recording went on")?;
        Ok(found)
    }
}

/// The redaction is asked for again: it is done now, or refused because it was done. Either way the words are gone.
fn redacted(trial: &Trial<'_>) -> Result<(), CrashError> {
    let Trial { docket, scene, recipe, .. } = trial;
    let arguments = arguments(recipe);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Run { code, stdout, stderr } = docket.run(&scene.data(), &arguments)?;
    match code {
        Some(0) => acknowledge(&scene.witness, recipe, &stdout),
        Some(3) => Ok(()),
        other => Err(CrashError::violation(
            Invariant::GoesOn,
            format!("redacting again ended with {other:?}\n{stderr}"),
        )),
    }
}

/// An import that was interrupted is finished by the next one, and comes to the same number of entries.
fn imported(docket: &Docket, data: &Path, bases: &Bases) -> Result<Found, CrashError> {
    let seeds = docket.seeds();
    let Run { code, stderr, .. } = docket.run(data, &["import", &seeds.to_string_lossy()])?;
    demand(code == Some(0), Invariant::GoesOn, || format!("importing again ended with {code:?}\n{stderr}"))?;
    verify(data, docket, "after importing again")?;
    let (size, _) = size_of(data)?;
    let expected = bases.imported();
    demand(size == expected, Invariant::Idempotent, || {
        format!("importing again came to {size} entries, not {expected}")
    })?;
    Ok(Found { size, ..Found::default() })
}

/// A backup that failed is run again, and what it comes to can be restored.
pub(crate) fn backed_up(docket: &Docket, scene: &Scene) -> Result<(), CrashError> {
    let (target, restored) = (scene.beside("backup"), scene.beside("restored"));
    let Run { code, stderr, .. } = docket.run(&scene.data(), &["backup", &target.to_string_lossy()])?;
    // 1: a redaction is pending; the next opening finishes it.
    demand(code == Some(0) || code == Some(1), Invariant::GoesOn, || {
        format!("backing up again ended with {code:?}\n{stderr}")
    })?;
    if restored.exists() {
        std::fs::remove_dir_all(&restored).map_err(CrashError::io("remove", &restored))?;
    }
    let Run { code, stderr, .. } = docket.run(&restored, &["restore", &target.to_string_lossy()])?;
    demand(code == Some(0), Invariant::GoesOn, || format!("a restore ended with {code:?}\n{stderr}"))?;
    verify(&restored, docket, "of a restored backup")
}
