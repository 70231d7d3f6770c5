//! Power cuts under the unmodified binary: a filesystem of our own that forgets what was not synced.

pub mod control;
pub mod disk;
mod machine;
mod mount;
pub mod namespace;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

pub use machine::Machine;

use crate::binary::{acknowledge, arguments, must_record};
use crate::check::{Found, check_copy, verify};
use crate::cook::Mix;
use crate::dice::Dice;
use crate::docket::{Docket, Run, finish, kill, start};
use crate::error::{CrashError, Invariant, demand};
use crate::recipe::Recipe;
use crate::recorder::Orders;
use crate::stage::{Bases, Performance, redactable_of, size_of};
use crate::witness::{Line, WitnessDirectory};

/// Cuts on one disk, before a new one is begun.
pub const CUTS_PER_GROUP: u64 = 20;
/// Mutations within which the power goes, for the three lengths of a run: while opening, in the midst, and late.
const MUTATIONS: [u64; 3] = [24, 120, 600];
/// The longest that a process lives on after the cut, with every call to the disk failing.
const AFTERLIFE: Duration = Duration::from_millis(3);

/// What the cuts have put to the test.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Cuts while a process was writing.
    pub cuts: u64,
    /// Runs that ended before the cut; the power was cut after them.
    pub ended_before: u64,
    /// The checks after all cuts.
    pub found: Found,
}

/// What runs when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Recorder(Mix),
    Note,
    Redaction,
    Import,
}

/// Runs so many cuts, in groups.
pub fn run(
    docket: &Docket,
    bases: &Bases,
    seed: u64,
    cuts: u64,
    tell: &mut dyn FnMut(&str),
) -> Result<Summary, CrashError> {
    let mut dice = Dice::new(seed);
    let mut summary = Summary::default();
    let mut done = 0;
    while done < cuts {
        let count = CUTS_PER_GROUP.min(cuts - done);
        let started = Instant::now();
        let during = |error: CrashError| error.during(&format!("cuts {done} and following, seed {seed}"));
        let of_group = run_group(docket, bases, count, &mut dice.split()).map_err(during)?;
        done += count;
        let Found { entries, unacknowledged, absent, redacted, .. } = of_group.found;
        tell(&format!(
            "power {done:>3}/{cuts}: {} cuts while writing, {} after the end; {entries} acknowledged entries compared, \
             {unacknowledged} unacknowledged commands found whole, {absent} absent, {redacted} redactions; {:.1} s",
            of_group.cuts,
            of_group.ended_before,
            started.elapsed().as_secs_f64(),
        ));
        summary.cuts += of_group.cuts;
        summary.ended_before += of_group.ended_before;
        summary.found = summary.found.and(of_group.found);
    }
    Ok(summary)
}

fn run_group(docket: &Docket, bases: &Bases, cuts: u64, dice: &mut Dice) -> Result<Summary, CrashError> {
    let mut machine = Machine::new()?;
    let data = machine.install(&bases.small(), "data")?;
    let elsewhere = tempfile::tempdir().map_err(CrashError::io("make a directory for", &data))?;
    let (size, root) = size_of(&bases.small())?;
    let witness = WitnessDirectory::make(&elsewhere.path().join("witness"), &Line::Base { size, root })?;
    let mut summary = Summary::default();
    for cut in 0..cuts {
        let actor = match dice.roll(8) {
            0 => Actor::Note,
            1 => Actor::Redaction,
            2 => Actor::Import,
            3 => Actor::Recorder(Mix::Big),
            4 | 5 => Actor::Recorder(Mix::Redactions),
            _ => Actor::Recorder(Mix::Mixed),
        };
        let longest = dice.pick(&MUTATIONS).copied().unwrap_or(1);
        machine.disk().lock().cut_in(1 + dice.roll(longest));
        let was_cut = act(docket, &machine, &data, &witness, actor, dice)?;
        let style = machine.restart(dice)?;
        let during =
            |error: CrashError| error.during(&format!("cut {cut} of the group, {actor:?}, {style:?}"));
        if actor == Actor::Import {
            imported(docket, &machine, bases).map_err(during)?;
        }
        let found = check_copy(&data, &witness, docket).map_err(during)?;
        summary.found = summary.found.and(found);
        summary.cuts += u64::from(was_cut);
        summary.ended_before += u64::from(!was_cut);
    }
    // The last cut is repaired, and recording goes on.
    must_record(docket, &data, &witness, &Recipe::note_by_binary("8", 300))?;
    summary.found = summary.found.and(check_copy(&data, &witness, docket)?);
    Ok(summary)
}

/// Runs until the power goes, or to the end; true if the power went.
fn act(
    docket: &Docket,
    machine: &Machine,
    data: &Path,
    witness: &WitnessDirectory,
    actor: Actor,
    dice: &mut Dice,
) -> Result<bool, CrashError> {
    let recipe = match actor {
        Actor::Recorder(mix) => {
            let orders = Orders { seed: dice.bits(), clients: 1 + dice.roll(4), commands: 60, mix };
            return record(docket, machine, data, witness, orders, dice);
        }
        Actor::Import => None,
        Actor::Note => Some(Recipe::note_by_binary("7", 3_000)),
        Actor::Redaction => {
            let found = redactable_of(data);
            let (note, key) = found?;
            Some(Recipe::redaction_by_binary(&key, note))
        }
    };
    let seeds = docket.seeds().to_string_lossy().into_owned();
    let arguments = recipe.as_ref().map_or_else(|| vec!["import".to_owned(), seeds], arguments);
    if let Some(recipe) = &recipe {
        witness.note(&Line::Intent { recipe: recipe.clone() })?;
    }
    let target = if recipe.is_some() { data.to_owned() } else { machine.root().join("imported") };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Run { code, stdout, stderr } = finish(docket.behind(&[], &target, &arguments))?;
    let was_cut = machine.disk().lock().is_off();
    demand(matches!(code, Some(0)) || was_cut && code == Some(4), Invariant::Ending, || {
        format!("docket {} ended with {code:?}, power cut: {was_cut}\n{stderr}", arguments.join(" "))
    })?;
    if let Some(recipe) = recipe.filter(|_| code == Some(0)) {
        acknowledge(witness, &recipe, &stdout)?;
    }
    Ok(was_cut)
}

fn record(
    docket: &Docket,
    machine: &Machine,
    data: &Path,
    witness: &WitnessDirectory,
    orders: Orders,
    dice: &mut Dice,
) -> Result<bool, CrashError> {
    let mut on_stage = Performance::start(docket, &[], data, witness, orders)?;
    let was_cut = machine.watch(on_stage.recorder())?;
    if was_cut {
        std::thread::sleep(dice.below(AFTERLIFE));
    }
    let ended = on_stage.kill()?;
    demand(matches!(ended, None | Some(0)) || was_cut && ended == Some(4), Invariant::Ending, || {
        format!("the recorder ended with {ended:?}, power cut: {was_cut}\n{}", witness.complained())
    })?;
    Ok(was_cut)
}

/// An import that the cut interrupted is run again, and comes to the same number of entries; then its directory is removed.
fn imported(docket: &Docket, machine: &Machine, bases: &Bases) -> Result<(), CrashError> {
    let data = machine.root().join("imported");
    let seeds = docket.seeds();
    let Run { code, stderr, .. } = docket.run(&data, &["import", &seeds.to_string_lossy()])?;
    demand(code == Some(0), Invariant::GoesOn, || format!("importing again ended with {code:?}\n{stderr}"))?;
    verify(&data, docket, "after importing again")?;
    let (size, _) = size_of(&data)?;
    let expected = bases.imported();
    demand(size == expected, Invariant::Idempotent, || {
        format!("importing again came to {size} entries, not {expected}")
    })?;
    std::fs::remove_dir_all(&data).map_err(CrashError::io("remove", &data))
}

/// Starts a program of this package's own on the machine and lets it write until the power goes; gives the lines that it printed.
pub(crate) fn until_the_cut(
    docket: &Docket,
    machine: &Machine,
    arguments: &[&str],
) -> Result<Vec<String>, CrashError> {
    let printed =
        tempfile::NamedTempFile::new().map_err(CrashError::io("make a file in", &std::env::temp_dir()))?;
    let output = printed.reopen().map_err(CrashError::io("open", printed.path()))?;
    let mut command = docket.own(arguments);
    command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    let mut process = start(command)?;
    machine.watch(&mut process)?;
    kill(&mut process)?;
    let text = std::fs::read_to_string(printed.path()).map_err(CrashError::io("read", printed.path()))?;
    // A last line without its end was not promised.
    Ok(text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect())
}
