//! A mount namespace of our own: mounts that nobody else sees, and a boot id that changes with every power cut.
//!
//! Docket trusts sled's file only under the boot id under which it was written. A simulated cut leaves the machine running, so that the kernel's
//! id would stay the same; a file of ours is mounted over it, for the processes of this namespace only.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use uuid::Uuid;

use crate::docket::{Run, finish};
use crate::error::CrashError;

/// Set for the program that runs inside.
const INSIDE: &str = "DOCKET_CRASH_NAMESPACE";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Runs this program again inside a namespace of its own. `None`: this is it.
pub fn enter() -> Result<Option<ExitCode>, CrashError> {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(None);
    }
    let tool = |reason: String| CrashError::Tool { tool: "unshare", reason };
    let program = std::env::current_exe().map_err(CrashError::io("find", Path::new("this program")))?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private"]);
    if !is_root()? {
        command.arg("--map-root-user");
    }
    command.arg(program).args(std::env::args_os().skip(1)).env(INSIDE, "1");
    let status = command.status().map_err(|error| tool(error.to_string()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(Some(ExitCode::from(code.unwrap_or(1))))
}

fn is_root() -> Result<bool, CrashError> {
    use std::os::unix::fs::MetadataExt as _;
    let path = Path::new("/proc/self");
    Ok(std::fs::metadata(path).map_err(CrashError::io("look at", path))?.uid() == 0)
}

/// Mounts something; the namespace takes it away at the end.
pub(crate) fn mount(arguments: &[&str]) -> Result<(), CrashError> {
    let mut command = Command::new("mount");
    command.args(arguments);
    let Run { code, stderr, .. } = finish(command)?;
    if code == Some(0) { Ok(()) } else { Err(CrashError::Tool { tool: "mount", reason: stderr }) }
}

/// The boot id that Docket reads.
#[derive(Debug)]
pub struct BootId(PathBuf);

impl BootId {
    /// Mounts a file in this directory over the kernel's own.
    pub fn replace(directory: &Path) -> Result<Self, CrashError> {
        let made = Self(directory.join("boot_id"));
        made.boot()?;
        mount(&["--bind", &made.0.to_string_lossy(), BOOT_ID])?;
        Ok(made)
    }

    /// The machine starts anew.
    pub fn boot(&self) -> Result<(), CrashError> {
        std::fs::write(&self.0, format!("{}\n", Uuid::now_v7())).map_err(CrashError::io("write", &self.0))
    }
}
