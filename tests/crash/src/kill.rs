//! SIGKILL at random moments.
//!
//! A third of the cycles dies while the log is being opened: what is being opened then was killed before, so that recovery is killed, too.
//! After each cycle the invariants are looked at in a copy; the directory itself goes on as the kill left it.

use std::fmt;
use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::binary::{acknowledge, arguments, must_record, redactable};
use crate::check::{Found, check, check_copy};
use crate::cook::Mix;
use crate::dice::Dice;
use crate::docket::{Docket, kill, start};
use crate::error::{CrashError, Invariant, demand};
use crate::inject::backed_up;
use crate::recipe::Recipe;
use crate::recorder::Orders;
use crate::stage::{Bases, Performance, Scene};
use crate::witness::{Line, Testimony};

/// Cycles on one directory, before a new one is begun.
pub const CYCLES_PER_GROUP: u64 = 25;
/// Acknowledgements after which a recorder is killed at the latest.
const ACKNOWLEDGEMENTS_MAX: u64 = 24;
/// The longest wait between the last acknowledgement that was waited for and the kill.
const A_MOMENT: Duration = Duration::from_micros(2_500);

/// What is being done when a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Everything.
    Mixed,
    /// Opening.
    Opening,
    /// Long texts: the journal goes from segment to segment.
    Segments,
    /// The `docket` binary, one command a process.
    Binary,
    /// Words are destroyed.
    Redactions,
    /// The log is being closed.
    Closing,
    /// A backup is taken beside the recorder; both are killed.
    Backup,
    /// The store and the snapshot are written.
    Snapshot,
}

/// The flavours in the order in which groups take turns.
const FLAVOURS: [Flavour; 8] = [
    Flavour::Mixed,
    Flavour::Redactions,
    Flavour::Segments,
    Flavour::Binary,
    Flavour::Closing,
    Flavour::Backup,
    Flavour::Opening,
    Flavour::Snapshot,
];

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mixed => "a little of everything",
            Self::Opening => "while opening",
            Self::Segments => "from segment to segment",
            Self::Binary => "docket record and redact",
            Self::Redactions => "while redacting",
            Self::Closing => "while closing",
            Self::Backup => "beside a backup",
            Self::Snapshot => "while store and snapshot are written",
        })
    }
}

impl Flavour {
    fn mix(self) -> Mix {
        match self {
            Self::Segments => Mix::Big,
            Self::Redactions => Mix::Redactions,
            Self::Snapshot => Mix::Many,
            Self::Mixed | Self::Opening | Self::Binary | Self::Closing | Self::Backup => Mix::Mixed,
        }
    }
}

/// What the cycles so far have put to the test.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Cycles.
    pub cycles: u64,
    /// Processes that were still running when they were killed.
    pub killed: u64,
    /// Of these, while the log was being opened.
    pub killed_opening: u64,
    /// The checks of all cycles.
    pub found: Found,
}

impl Summary {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            cycles: self.cycles + other.cycles,
            killed: self.killed + other.killed,
            killed_opening: self.killed_opening + other.killed_opening,
            found: self.found.and(other.found),
        }
    }
}

/// Runs so many cycles, in groups, and tells what each group did.
pub fn run(
    docket: &Docket,
    bases: &Bases,
    seed: u64,
    cycles: u64,
    tell: &mut dyn FnMut(&str),
) -> Result<Summary, CrashError> {
    let mut dice = Dice::new(seed);
    let groups = cycles.div_ceil(CYCLES_PER_GROUP).max(8.min(cycles));
    let mut summary = Summary::default();
    for group in 0..groups {
        // So many that all groups together have them all.
        let count = cycles * (group + 1) / groups - cycles * group / groups;
        let turn = usize::try_from(group).unwrap_or(0) % FLAVOURS.len();
        let flavour = FLAVOURS.get(turn).copied().unwrap_or(Flavour::Mixed);
        let started = Instant::now();
        let of_group = run_group(docket, bases, flavour, count, &mut dice.split())
            .map_err(|error| error.during(&format!("group {group}, {flavour}, seed {seed}")))?;
        summary = summary.and(of_group);
        let Found { entries, unacknowledged, redacted, .. } = of_group.found;
        tell(&format!(
            "kill {:>3}/{cycles} {flavour}: {} killed ({} opening), {entries} acknowledged entries compared, \
             {unacknowledged} unacknowledged commands found whole, {redacted} redactions; {:.1} s",
            summary.cycles,
            of_group.killed,
            of_group.killed_opening,
            started.elapsed().as_secs_f64(),
        ));
    }
    Ok(summary)
}

fn run_group(
    docket: &Docket,
    bases: &Bases,
    flavour: Flavour,
    cycles: u64,
    dice: &mut Dice,
) -> Result<Summary, CrashError> {
    let mut summary = Summary::default();
    let base = if flavour == Flavour::Snapshot { bases.large(docket)? } else { bases.small() };
    let mut scene = Scene::copy_of(&base)?;
    for cycle in 0..cycles {
        // A block of the snapshot is crossed once in the life of a log.
        if flavour == Flavour::Snapshot && cycle % 2 == 0 && cycle > 0 {
            scene = Scene::copy_of(&base)?;
        }
        let during = |error: CrashError| error.during(&format!("cycle {cycle} of the group"));
        let killed = run_cycle(docket, &scene, flavour, dice).map_err(during)?;
        let found = check_copy(&scene.data(), &scene.witness, docket).map_err(during)?;
        summary = summary.and(Summary { cycles: 1, found, ..killed });
    }
    // Once on the directory itself: what the last kill left is repaired, and used.
    check(&scene.data(), &scene.witness, docket)?;
    Ok(summary)
}

fn run_cycle(
    docket: &Docket,
    scene: &Scene,
    flavour: Flavour,
    dice: &mut Dice,
) -> Result<Summary, CrashError> {
    if flavour == Flavour::Binary {
        return binary(docket, scene, dice);
    }
    let is_opening = flavour == Flavour::Opening || dice.one_in(3);
    let commands = if flavour == Flavour::Closing { 1 + dice.roll(8) } else { 1_000_000 };
    let orders = Orders { seed: dice.bits(), clients: 1 + dice.roll(4), commands, mix: flavour.mix() };
    let mut on_stage = Performance::start(docket, &[], &scene.data(), &scene.witness, orders)?;
    let mut opened = false;
    if is_opening {
        std::thread::sleep(dice.below(Duration::from_millis(60)));
    } else if flavour == Flavour::Closing {
        opened = on_stage.wait_for(|line| *line == Line::Closing, 1);
        std::thread::sleep(dice.below(Duration::from_millis(25)));
    } else {
        let most = if flavour == Flavour::Snapshot { 4 } else { ACKNOWLEDGEMENTS_MAX };
        let is_answer = |line: &Line| matches!(line, Line::Acknowledged(_));
        opened = on_stage.wait_for(is_answer, dice.roll(most));
        let backup = if flavour == Flavour::Backup { Some(begin_backup(docket, scene)?) } else { None };
        std::thread::sleep(dice.below(if backup.is_some() { Duration::from_millis(40) } else { A_MOMENT }));
        if let Some(mut backup) = backup {
            kill(&mut backup)?;
        }
    }
    let ended = on_stage.kill()?;
    demand(ended.is_none() || ended == Some(0), Invariant::Ending, || {
        format!("the recorder ended by itself with {ended:?}\n{}", scene.witness.complained())
    })?;
    if flavour == Flavour::Backup {
        backed_up(docket, scene)?;
    }
    let killed = u64::from(ended.is_none());
    Ok(Summary { killed, killed_opening: if opened { 0 } else { killed }, ..Summary::default() })
}

/// One run of the binary: a note or a redaction, killed or not; then a recorder's two commands, for the next redactions.
fn binary(docket: &Docket, scene: &Scene, dice: &mut Dice) -> Result<Summary, CrashError> {
    let (data, witness) = (scene.data(), &scene.witness);
    let testimony = Testimony::read(&witness.ledger())?;
    let target = if dice.one_in(3) { redactable(&testimony, dice.bits()) } else { None };
    let is_note = target.is_none();
    let recipe = match target {
        Some((note, key)) => Recipe::redaction_by_binary(&key, note),
        None => Recipe::note_by_binary("7", 400),
    };
    witness.note(&Line::Intent { recipe: recipe.clone() })?;
    let printed = scene.beside("printed");
    let output = File::create(&printed).map_err(CrashError::io("make", &printed))?;
    let arguments = arguments(&recipe);
    let mut command = docket.command(&data, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    command.stdout(output).stderr(Stdio::null());
    let mut child = start(command)?;
    // Some runs take less: they end by themselves, and are acknowledged.
    std::thread::sleep(dice.below(Duration::from_millis(140)));
    let ended = kill(&mut child)?;
    if ended == Some(0) {
        let printed = std::fs::read_to_string(&printed).map_err(CrashError::io("read", &printed))?;
        acknowledge(witness, &recipe, &printed)?;
    }
    demand(ended.is_none_or(|code| code == 0), Invariant::Ending, || {
        format!("docket {} ended by itself with {ended:?}", arguments.join(" "))
    })?;
    if is_note && dice.one_in(2) {
        // Whoever was not told says it again, under the same id: it is recorded once.
        must_record(docket, &data, witness, &recipe)?;
    }
    let orders = Orders { seed: dice.bits(), clients: 1, commands: 2, mix: Mix::Mixed };
    let went_on = Performance::start(docket, &[], &data, witness, orders)?.finish()?;
    demand(went_on == Some(0), Invariant::GoesOn, || format!("recording after a kill: {went_on:?}"))?;
    Ok(Summary { killed: u64::from(ended.is_none()), ..Summary::default() })
}

fn begin_backup(docket: &Docket, scene: &Scene) -> Result<Child, CrashError> {
    let target = scene.beside("backup");
    let mut command = docket.command(&scene.data(), &["backup", &target.to_string_lossy()]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    start(command)
}
