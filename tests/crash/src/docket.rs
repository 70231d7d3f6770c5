//! The unmodified binary, and this package's own processes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::error::CrashError;

/// Seconds after which a run counts as hanging.
const HANGS_AFTER: &str = "120";

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// The exit code; `None` if it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// The binaries of a build.
#[derive(Debug, Clone)]
pub struct Docket {
    binary: PathBuf,
    suite: PathBuf,
    workspace: PathBuf,
}

impl Docket {
    /// Builds `docket` as this program was built, and finds it beside this program.
    pub fn build() -> Result<Self, CrashError> {
        let suite = std::env::current_exe().map_err(CrashError::io("find", Path::new("this program")))?;
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let workspace = workspace.canonicalize().map_err(CrashError::io("find", &workspace))?;
        let binary = suite.with_file_name("docket");
        if std::env::var_os("DOCKET_CRASH_BUILT").is_none() {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut build = Command::new(cargo);
            build.args(["build", "--quiet", "--package", "docket-cli"]).current_dir(&workspace);
            if suite.parent().is_some_and(|parent| parent.ends_with("release")) {
                build.arg("--release");
            }
            let status = build.status().map_err(CrashError::io("build", &binary))?;
            if !status.success() {
                return Err(CrashError::Tool { tool: "cargo", reason: format!("building docket: {status}") });
            }
        }
        Ok(Self { binary, suite, workspace })
    }

    /// The folder of the sources that are imported.
    #[must_use]
    pub fn seeds(&self) -> PathBuf {
        self.workspace.join("seeds")
    }

    /// The binary on a data directory, to be started.
    #[must_use]
    pub fn command(&self, data: &Path, arguments: &[&str]) -> Command {
        self.on(Command::new(&self.binary), data, arguments)
    }

    /// The same behind another program: its name and arguments come first.
    #[must_use]
    pub fn behind(&self, before: &[String], data: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", HANGS_AFTER]).args(before).arg(&self.binary);
        self.on(command, data, arguments)
    }

    fn on(&self, mut command: Command, data: &Path, arguments: &[&str]) -> Command {
        command.args(arguments).env("DOCKET_DATA", data).env_remove("RUST_BACKTRACE");
        command.current_dir(&self.workspace).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end; one that hangs is ended and has no good exit code.
    pub fn run(&self, data: &Path, arguments: &[&str]) -> Result<Run, CrashError> {
        finish(self.behind(&[], data, arguments))
    }

    /// A process of this package's own.
    #[must_use]
    pub fn own(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.suite);
        command.args(arguments).env_remove("RUST_BACKTRACE");
        command
    }

    /// The path of this program.
    #[must_use]
    pub fn suite(&self) -> &Path {
        &self.suite
    }
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command) -> Result<Run, CrashError> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(CrashError::io("run", &program))?;
    Ok(Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Starts a command.
pub(crate) fn start(mut command: Command) -> Result<Child, CrashError> {
    let program = PathBuf::from(command.get_program());
    command.spawn().map_err(CrashError::io("start", &program))
}

/// Kills a process of ours, if it still runs, and waits for its end. Gives its exit code, if it ended by itself before.
pub(crate) fn kill(child: &mut Child) -> Result<Option<i32>, CrashError> {
    let path = PathBuf::from(format!("process {}", child.id()));
    let ended = child.try_wait().map_err(CrashError::io("look at", &path))?;
    if ended.is_none() {
        child.kill().map_err(CrashError::io("kill", &path))?;
    }
    Ok(child.wait().map_err(CrashError::io("wait for", &path))?.code())
}
