//! A small filesystem that is full: recording is refused, nothing is lost, and when there is room again recording goes on.

use std::path::{Path, PathBuf};

use crate::binary::{acknowledge, arguments, must_record};
use crate::check::{Found, check_copy};
use crate::cook::Mix;
use crate::dice::Dice;
use crate::docket::{Docket, Run};
use crate::error::{CrashError, Invariant, demand};
use crate::files;
use crate::power::namespace::mount;
use crate::recipe::Recipe;
use crate::recorder::Orders;
use crate::stage::{Bases, Performance, redactable_of, size_of};
use crate::witness::{Line, WitnessDirectory};

/// The size of the filesystem, as `mount` takes it: room for the log and for its next segments, and not much more.
const SIZE: &str = "size=12m";
/// The room that is left at most when a round begins.
const ROOM_BYTES: u64 = 3 << 20;
/// What the ballast is written in.
const BLOCK_BYTES: usize = 4096;

/// What the rounds have put to the test.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Rounds.
    pub rounds: u64,
    /// Processes that ended with exit code 4 because there was no room.
    pub refused: u64,
    /// Processes that found room enough.
    pub had_room: u64,
    /// The checks of all rounds.
    pub found: Found,
}

/// A full filesystem with a log on it.
struct Site {
    place: tempfile::TempDir,
    witness: WitnessDirectory,
}

impl Site {
    fn new(bases: &Bases) -> Result<Self, CrashError> {
        let place =
            tempfile::tempdir().map_err(CrashError::io("make a directory in", &std::env::temp_dir()))?;
        let (size, root) = size_of(&bases.small())?;
        let witness = WitnessDirectory::make(&place.path().join("witness"), &Line::Base { size, root })?;
        let made = Self { place, witness };
        let disk = made.disk();
        std::fs::create_dir(&disk).map_err(CrashError::io("make", &disk))?;
        mount(&["-t", "tmpfs", "-o", SIZE, "docket-crash", &disk.to_string_lossy()])?;
        files::copy(&bases.small(), &made.data())?;
        Ok(made)
    }

    fn disk(&self) -> PathBuf {
        self.place.path().join("disk")
    }

    fn data(&self) -> PathBuf {
        self.disk().join("data")
    }

    /// Fills the filesystem up to so many bytes.
    fn fill(&self, room: u64) -> Result<(), CrashError> {
        let (ballast, spare) = (self.disk().join("ballast"), self.disk().join("spare"));
        grow(&spare, Some(room))?;
        grow(&ballast, None)?;
        std::fs::remove_file(&spare).map_err(CrashError::io("remove", &spare))
    }

    fn free(&self) -> Result<(), CrashError> {
        let ballast = self.disk().join("ballast");
        std::fs::remove_file(&ballast).map_err(CrashError::io("remove", &ballast))
    }
}

/// Writes a file of so many bytes, or until there is no room.
fn grow(path: &Path, bytes: Option<u64>) -> Result<(), CrashError> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).map_err(CrashError::io("make", path))?;
    let mut written = 0;
    while bytes.is_none_or(|bytes| written < bytes) {
        match file.write(&[0; BLOCK_BYTES]) {
            Ok(count) => written += count as u64,
            Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
            Err(error) => return Err(CrashError::io("fill", path)(error)),
        }
    }
    Ok(())
}

/// Runs so many rounds.
pub fn run(
    docket: &Docket,
    bases: &Bases,
    seed: u64,
    rounds: u64,
    tell: &mut dyn FnMut(&str),
) -> Result<Summary, CrashError> {
    let mut dice = Dice::new(seed);
    let mut summary = Summary::default();
    for round in 0..rounds {
        let room = if round == 0 { 0 } else { dice.roll(ROOM_BYTES) };
        let during =
            |error: CrashError| error.during(&format!("round {round}, {room} bytes of room, seed {seed}"));
        run_round(docket, bases, room, &mut dice, &mut summary).map_err(during)?;
    }
    let Summary { refused, had_room, found, .. } = summary;
    demand(refused > 0, Invariant::Bites, || {
        "nothing was refused: the filesystem was never full".to_owned()
    })?;
    tell(&format!(
        "full {rounds} rounds: {refused} processes refused for want of room, {had_room} had enough; {} acknowledged entries compared",
        found.entries
    ));
    Ok(summary)
}

fn run_round(
    docket: &Docket,
    bases: &Bases,
    room: u64,
    dice: &mut Dice,
    summary: &mut Summary,
) -> Result<(), CrashError> {
    let site = Site::new(bases)?;
    let (data, witness) = (site.data(), &site.witness);
    site.fill(room)?;
    let orders = Orders { seed: dice.bits(), clients: 1 + dice.roll(4), commands: 150, mix: Mix::Big };
    let ended = Performance::start(docket, &[], &data, witness, orders)?.finish()?;
    count(summary, "the recorder", ended, &witness.complained())?;
    summary.found = summary.found.and(check_copy(&data, witness, docket)?);
    // On the disk as it is now: each is done wholly, or refused for want of room.
    let (note, key) = redactable_of(&data)?;
    for recipe in [Recipe::note_by_binary("7", 3_000), Recipe::redaction_by_binary(&key, note)] {
        witness.note(&Line::Intent { recipe: recipe.clone() })?;
        let arguments = arguments(&recipe);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let Run { code, stdout, stderr } = docket.run(&data, &arguments)?;
        count(summary, "docket", code, &stderr)?;
        if code == Some(0) {
            acknowledge(witness, &recipe, &stdout)?;
        }
    }
    let backup = site.disk().join("backup");
    let Run { code, stderr, .. } = docket.run(&data, &["backup", &backup.to_string_lossy()])?;
    // 1: a redaction is pending, for want of room, and the backup says so.
    count(summary, "docket backup", code.map(|code| if code == 1 { 0 } else { code }), &stderr)?;
    summary.found = summary.found.and(check_copy(&data, witness, docket)?);
    go_on(docket, &site, dice, summary)
}

/// There is room again.
fn go_on(docket: &Docket, site: &Site, dice: &mut Dice, summary: &mut Summary) -> Result<(), CrashError> {
    let (data, witness) = (site.data(), &site.witness);
    let backup = site.disk().join("backup");
    site.free()?;
    if backup.exists() {
        std::fs::remove_dir_all(&backup).map_err(CrashError::io("remove", &backup))?;
    }
    must_record(docket, &data, witness, &Recipe::note_by_binary("8", 300))?;
    let orders = Orders { seed: dice.bits(), clients: 2, commands: 6, mix: Mix::Redactions };
    let ended = Performance::start(docket, &[], &data, witness, orders)?.finish()?;
    demand(ended == Some(0), Invariant::GoesOn, || {
        format!("with room again the recorder ended with {ended:?}\n{}", witness.complained())
    })?;
    summary.found = summary.found.and(check_copy(&data, witness, docket)?);
    summary.rounds += 1;
    Ok(())
}

fn count(summary: &mut Summary, what: &str, ended: Option<i32>, complained: &str) -> Result<(), CrashError> {
    match ended {
        Some(0) => summary.had_room += 1,
        Some(4) => summary.refused += 1,
        other => {
            let detail = format!("{what} ended with {other:?} on a full disk\n{complained}");
            return Err(CrashError::violation(Invariant::Ending, detail));
        }
    }
    Ok(())
}
