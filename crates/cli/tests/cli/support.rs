//! Running the binary.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A data directory and the command on it.
pub(crate) struct Docket {
    directory: TempDir,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A source folder of the repository.
pub(crate) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The command without anything of this process's surroundings that it would heed.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    for variable in ["DOCKET_DATA", "NO_COLOR", "COLUMNS", "TERM"] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Docket {
    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// The first source, imported by `importer`.
    pub(crate) fn imported() -> Self {
        let docket = Self::empty();
        docket
            .run(["import".as_ref(), source("seeds").as_os_str(), "--by".as_ref(), "importer".as_ref()])
            .done();
        docket
    }

    /// The directory around the data directory.
    pub(crate) fn around(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The command on this data directory.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = command();
        command.arg("--data").arg(self.data()).args(arguments);
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// The same with something on standard input.
    pub(crate) fn run_with(&self, input: &[u8], arguments: &[&str]) -> Run {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that refuses earlier does not read it all.
        drop(child.stdin.take().unwrap().write_all(input));
        Run::of(child.wait_with_output().unwrap())
    }

    /// A run that succeeds, with its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let arguments = arguments.iter().copied().chain(["--format", "json"]);
        self.run(arguments).done().json()
    }

    /// How many entries the log has.
    pub(crate) fn size(&self) -> u64 {
        self.json(&["list"])["basis"]["size"].as_u64().unwrap()
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// A run that fails with this exit code, one `error:` line that holds `message`, and nothing but a `hint:` line after it.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, message: &str) {
        let lines: Vec<&str> = self.stderr.lines().filter(|line| !line.starts_with("note: ")).collect();
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(lines.first().is_some_and(|line| line.starts_with("error: ")), "{self:?}");
        assert!(lines.first().is_some_and(|line| line.contains(message)), "{message:?} not in {self:?}");
        assert!(lines.len() <= 2 && lines.iter().skip(1).all(|line| line.starts_with("hint: ")), "{self:?}");
    }

    /// A refusal after something was said about what would change.
    #[track_caller]
    pub(crate) fn fails_after(&self, message: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (3, ""), "{self:?}");
        let error = self.stderr.lines().find(|line| line.starts_with("error: "));
        assert!(error.is_some_and(|line| line.contains(message)), "{message:?} not in {self:?}");
    }

    /// Nothing on standard error.
    #[track_caller]
    pub(crate) fn is_silent(&self) {
        assert_eq!(self.stderr, "", "{self:?}");
    }

    /// A failure of the command line, in the words of clap.
    #[track_caller]
    pub(crate) fn is_usage(&self, message: &str) {
        assert_eq!(self.code, 2, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(self.stderr.contains(message), "{message:?} not in {self:?}");
    }

    pub(crate) fn json(&self) -> Value {
        assert!(self.stdout.ends_with("}\n"), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}
