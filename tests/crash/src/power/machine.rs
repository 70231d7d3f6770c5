//! A machine whose power can be cut: the disk, its mount, and the boot id.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use fuser::BackgroundSession;

use super::disk::{STYLES, Style};
use super::mount::SharedDisk;
use super::namespace::BootId;
use crate::dice::Dice;
use crate::error::{CrashError, Invariant, demand};
use crate::files;

/// How often the harness looks whether the power is off.
const LOOK: Duration = Duration::from_millis(1);
/// After so long without a cut or an end a process counts as hanging.
const HANGS_AFTER: Duration = Duration::from_mins(2);

/// The machine.
pub struct Machine {
    disk: SharedDisk,
    place: tempfile::TempDir,
    session: Option<BackgroundSession>,
    boot_id: BootId,
}

impl Machine {
    /// A machine with an empty disk, running.
    pub fn new() -> Result<Self, CrashError> {
        let place =
            tempfile::tempdir().map_err(CrashError::io("make a directory in", &std::env::temp_dir()))?;
        let boot_id = BootId::replace(place.path())?;
        let mut made = Self { disk: SharedDisk::default(), place, session: None, boot_id };
        let root = made.root();
        std::fs::create_dir(&root).map_err(CrashError::io("make", &root))?;
        made.session = Some(made.disk.mount(&root)?);
        Ok(made)
    }

    /// Where the disk is mounted.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.place.path().join("disk")
    }

    /// Copies a directory onto the disk, durably.
    pub fn install(&self, from: &Path, name: &str) -> Result<PathBuf, CrashError> {
        let to = self.root().join(name);
        files::copy(from, &to)?;
        self.disk.lock().settle();
        Ok(to)
    }

    /// The disk.
    #[must_use]
    pub fn disk(&self) -> &SharedDisk {
        &self.disk
    }

    /// Waits until the power is off, or the process has ended by itself; true if the power is off.
    pub fn watch(&self, process: &mut Child) -> Result<bool, CrashError> {
        let started = Instant::now();
        let path = PathBuf::from(format!("process {}", process.id()));
        while started.elapsed() < HANGS_AFTER {
            if self.disk.lock().is_off() {
                return Ok(true);
            }
            if process.try_wait().map_err(CrashError::io("look at", &path))?.is_some() {
                return Ok(self.disk.lock().is_off());
            }
            std::thread::sleep(LOOK);
        }
        Err(CrashError::violation(Invariant::Ending, "the process hangs"))
    }

    /// The power comes back: the disk is treated as a style says, and mounted again under another boot id. Gives the style.
    pub fn restart(&mut self, dice: &mut Dice) -> Result<Style, CrashError> {
        let root = self.root();
        if let Some(session) = self.session.take() {
            session.umount_and_join().map_err(CrashError::io("unmount", &root))?;
        }
        let is_gone = std::fs::read_dir(&root).is_ok_and(|mut names| names.next().is_none());
        demand(is_gone, Invariant::Bites, || "the disk is still mounted".to_owned())?;
        let style = dice.pick(&STYLES).copied().unwrap_or(Style::DropAll);
        self.disk.lock().come_back(style, dice);
        self.boot_id.boot()?;
        self.session = Some(self.disk.mount(&root)?);
        Ok(style)
    }
}
