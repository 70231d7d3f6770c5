//! Runs the real binary on a data directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A data directory that goes away with the value.
pub(crate) struct Docket {
    directory: TempDir,
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A binary of the workspace, built once for all tests.
pub(crate) fn binary(package: &str, name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let directory = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--quiet", "--package", "docket-cli", "--bins"])
            .current_dir(workspace())
            .status()
            .unwrap();
        assert!(status.success(), "the binaries can be built");
        // target/debug/deps/acceptance-... stands two directories below the binaries' own.
        std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned()
    });
    let path = directory.join(name);
    assert!(path.exists(), "{} of {package} is at {}", name, path.display());
    path
}

impl Docket {
    /// An empty data directory that does not exist yet.
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// A data directory with the seed imported.
    pub(crate) fn seeded() -> Self {
        let docket = Self::new();
        docket.ok(&["import", "seeds"]);
        docket
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Runs the binary in the workspace's root.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(binary("docket-cli", "docket"))
            .args(arguments)
            .env("DOCKET_DATA", self.data())
            .env_remove("RUST_BACKTRACE")
            .current_dir(workspace())
            .output()
            .unwrap()
    }

    /// The standard output of a run that must succeed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "docket {arguments:?} ended with {:?}:\n{}",
            output.status.code(),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The JSON that a successful run prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let with_format: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        serde_json::from_str(&self.ok(&with_format)).unwrap()
    }

    /// Exit code and standard error of a run that must fail.
    pub(crate) fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "docket {arguments:?} must fail");
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The recommendation with this key in an answer of `list`.
pub(crate) fn recommendation<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let all = answer["recommendations"].as_array().unwrap();
    all.iter().find(|found| found["key"] == key).unwrap_or_else(|| panic!("there is a recommendation {key}"))
}

/// Copies a directory with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
