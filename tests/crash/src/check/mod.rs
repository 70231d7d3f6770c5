//! The invariants, looked at after every reopening.
//!
//! [`check`] opens the data directory itself, so that recovery runs, and then compares what is there with what the witness kept. It repairs
//! what a reopening repairs and records nothing; [`check_copy`] leaves the directory itself untouched, so that the next process meets it as
//! the fault left it.

mod again;
mod answers;
mod entries;
mod words;

use std::fmt;
use std::path::Path;

use docket_ledger::{Ledger, OpenOptions};

use crate::docket::{Docket, Run};
use crate::error::{CrashError, Invariant, demand};
use crate::files;
use crate::witness::{Testimony, WitnessDirectory};

pub use words::leaked;

/// What a check has put to the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Entries in the log.
    pub size: u64,
    /// Acknowledged entries that were compared.
    pub entries: u64,
    /// Commands that are there although nobody was told: they were in flight.
    pub unacknowledged: u64,
    /// Commands that are not there although they were submitted: they were in flight, too, or refused.
    pub absent: u64,
    /// Checkpoints that were compared.
    pub checkpoints: u64,
    /// Notes whose words are destroyed.
    pub redacted: u64,
    /// Answers at earlier sizes that were compared.
    pub answers: u64,
    /// Commands that were submitted once more and answered as repeats.
    pub repeats: u64,
}

impl Found {
    /// The sum of what two checks have put to the test; the size is the larger one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            size: self.size.max(other.size),
            entries: self.entries + other.entries,
            unacknowledged: self.unacknowledged + other.unacknowledged,
            absent: self.absent + other.absent,
            checkpoints: self.checkpoints + other.checkpoints,
            redacted: self.redacted + other.redacted,
            answers: self.answers + other.answers,
            repeats: self.repeats + other.repeats,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} acknowledged entries and {} checkpoints compared, {} unacknowledged commands found whole, {} absent whole, \
             {} redactions searched for, {} old answers the same, {} repeats recognised",
            self.entries,
            self.checkpoints,
            self.unacknowledged,
            self.absent,
            self.redacted,
            self.answers,
            self.repeats
        )
    }
}

/// Checks everything on a copy of the directory.
pub fn check_copy(data: &Path, witness: &WitnessDirectory, docket: &Docket) -> Result<Found, CrashError> {
    let place = tempfile::tempdir().map_err(CrashError::io("make a temporary directory for", data))?;
    let copy = place.path().join("data");
    files::copy(data, &copy)?;
    check(&copy, witness, docket)
}

/// Checks everything: `docket verify`, the reopening, the seven invariants, and `docket verify` again.
pub fn check(data: &Path, witness: &WitnessDirectory, docket: &Docket) -> Result<Found, CrashError> {
    let testimony = Testimony::read(&witness.ledger())?;
    // Before anything is repaired: a torn tail is named, and is no fault; nor is a sled that the next opening makes anew.
    verify(data, docket, "before the reopening")?;
    let ledger = Ledger::open(OpenOptions::new(data))?;
    let reader = ledger.reader();
    let present = entries::check(&reader, &testimony)?;
    let erased = words::erased(&testimony, &present);
    words::check(&reader, &testimony, &present, &erased)?;
    let repeats = again::check(&ledger, &testimony, &present)?;
    let size = reader.size();
    drop(reader);
    ledger.close()?;
    words::check_files(data, &erased)?;
    let answers = answers::check(data, witness, docket, &erased, size)?;
    verify(data, docket, "after the reopening")?;
    Ok(Found {
        size,
        entries: present.acknowledged_entries,
        unacknowledged: present.unacknowledged,
        absent: present.absent,
        checkpoints: present.checkpoints,
        redacted: erased.len() as u64,
        answers,
        repeats,
    })
}

/// `docket verify` must find nothing. It recomputes the tree, compares the store with what the journal rebuilds, and checks every opening.
pub(crate) fn verify(data: &Path, docket: &Docket, when: &str) -> Result<(), CrashError> {
    let Run { code, stdout, stderr } = docket.run(data, &["verify"])?;
    demand(code == Some(0), Invariant::Rebuilt, || {
        format!("docket verify {when} ended with {code:?}\n{stdout}{stderr}")
    })
}
