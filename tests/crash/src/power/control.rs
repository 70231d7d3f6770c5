//! The negative control: sled alone, with its `flush()` after every key, on the disk on which Docket loses nothing.
//!
//! If sled loses nothing, the disk does not bite, and what Docket passes on it says nothing. This is the one place of the suite that names sled.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;

use super::{Machine, until_the_cut};
use crate::dice::Dice;
use crate::docket::{Docket, Run, finish};
use crate::error::{CrashError, Invariant, demand};

/// Mutations within which the power goes.
const MUTATIONS: u64 = 400;

/// What became of sled's promises.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Cuts after which something had been acknowledged.
    pub cuts: u64,
    /// Of these, after how many acknowledged keys were missing.
    pub lost: u64,
    /// Of these, after how many sled did not open at all.
    pub unopened: u64,
    /// Keys acknowledged.
    pub acknowledged: u64,
    /// Of these, missing.
    pub missing: u64,
}

/// The program under test: writes keys, flushes, and only then prints each.
pub fn write(directory: &Path, keys: u64) -> Result<(), CrashError> {
    let failed = |error: sled::Error| CrashError::violation(Invariant::Ending, error.to_string());
    let store = sled::Config::new().path(directory).flush_every_ms(None).open().map_err(failed)?;
    for key in 0..keys {
        store.insert(key.to_be_bytes(), vec![7; 100]).map_err(failed)?;
        store.flush().map_err(failed)?;
        writeln!(io::stdout(), "{key}").map_err(CrashError::io("write to", Path::new("standard output")))?;
    }
    Ok(())
}

/// Prints the keys that are there. It may panic, which is why it is a process of its own.
pub fn read(directory: &Path) -> Result<(), CrashError> {
    let failed = |error: sled::Error| CrashError::violation(Invariant::Ending, error.to_string());
    let store = sled::Config::new().path(directory).flush_every_ms(None).open().map_err(failed)?;
    for entry in store.iter() {
        let (key, _) = entry.map_err(failed)?;
        let key = key.as_ref().try_into().map_or(u64::MAX, u64::from_be_bytes);
        writeln!(io::stdout(), "{key}").map_err(CrashError::io("write to", Path::new("standard output")))?;
    }
    Ok(())
}

/// Cuts the power under sled; fails if it never loses anything.
pub fn run(docket: &Docket, seed: u64, cuts: u64, tell: &mut dyn FnMut(&str)) -> Result<Summary, CrashError> {
    let mut dice = Dice::new(seed);
    let mut machine = Machine::new()?;
    let mut summary = Summary::default();
    for cut in 0..cuts {
        let directory = machine.root().join(format!("sled-{cut}"));
        let path = directory.to_string_lossy().into_owned();
        // Made beforehand, and wholly durable: what is lost is not lost with the name of a file.
        let Run { code, stderr, .. } = finish(docket.own(&["sled-write", &path, "--keys=20"]))?;
        demand(code == Some(0), Invariant::Bites, || format!("sled without a fault: {code:?}\n{stderr}"))?;
        machine.disk().lock().settle();
        machine.disk().lock().cut_in(1 + dice.roll(MUTATIONS));
        let acknowledged = until_the_cut(docket, &machine, &["sled-write", &path])?;
        machine.restart(&mut dice)?;
        if acknowledged.is_empty() {
            continue;
        }
        let Run { code, stdout, .. } = finish(docket.own(&["sled-read", &path]))?;
        let found: BTreeSet<&str> = stdout.lines().collect();
        let missing = acknowledged.iter().filter(|key| !found.contains(key.as_str())).count() as u64;
        summary.cuts += 1;
        summary.acknowledged += acknowledged.len() as u64;
        summary.missing += missing;
        summary.lost += u64::from(missing > 0);
        summary.unopened += u64::from(code != Some(0));
    }
    let Summary { cuts, lost, unopened, acknowledged, missing } = summary;
    tell(&format!(
        "sled {cuts} cuts: acknowledged keys lost after {lost} of them ({missing} of {acknowledged} keys), {unopened} did not open"
    ));
    demand(lost > 0, Invariant::Bites, || {
        format!("sled lost nothing in {cuts} cuts: the filesystem does not bite")
    })?;
    Ok(summary)
}
