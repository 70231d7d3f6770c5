//! A copy of the repository's files, and what is built from it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::patch::Patch;
use crate::docket::finish;
use crate::error::CrashError;

/// What cargo keeps of a build.
const BUILT: [&str; 3] = ["deps", "build", ".fingerprint"];

/// The copy. It is removed when this is let go.
pub(super) struct Tree {
    place: TempDir,
    target: PathBuf,
}

impl Tree {
    /// Copies the tracked files as they are now, and the dependencies that were built with this program, so that they need not be built
    /// again. What was built of the workspace itself is left out: cargo tells a copy from its original by times alone.
    pub(super) fn copy(root: &Path, target: Option<&Path>) -> Result<Self, CrashError> {
        let place =
            tempfile::tempdir().map_err(CrashError::io("make", Path::new("a temporary directory")))?;
        let tree = Self { target: target.map_or_else(|| place.path().join("target"), Path::to_owned), place };
        let mut list = Command::new("git");
        list.args(["ls-files", "-z"]).current_dir(root);
        let listed = finish(list)?;
        if listed.code != Some(0) {
            return Err(CrashError::Tool { tool: "git", reason: listed.stderr.trim().to_owned() });
        }
        for name in listed.stdout.split_terminator('\0') {
            // One that was removed and not committed yet is no part of the tree.
            if root.join(name).is_file() {
                copy_file(&root.join(name), &tree.root().join(name))?;
            }
        }
        if target.is_none() {
            tree.take_dependencies()?;
        }
        Ok(tree)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.place.path().join("tree")
    }

    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Makes the mistake.
    pub(super) fn apply(&self, patch: &Patch) -> Result<(), CrashError> {
        self.git_apply(patch, &[])
    }

    /// Takes the mistake back.
    pub(super) fn take_back(&self, patch: &Patch) -> Result<(), CrashError> {
        self.git_apply(patch, &["--reverse"])
    }

    fn git_apply(&self, patch: &Patch, more: &[&str]) -> Result<(), CrashError> {
        let path = &patch.path;
        let path = path.canonicalize().map_err(CrashError::io("find", path))?;
        let mut apply = Command::new("git");
        // A repository around the temporary directory is none of its business.
        apply.env("GIT_CEILING_DIRECTORIES", self.place.path()).env_remove("GIT_DIR").stdin(Stdio::null());
        apply.arg("apply").args(more).arg(path).current_dir(self.root());
        let applied = finish(apply)?;
        if applied.code == Some(0) {
            return Ok(());
        }
        let problem = format!("the patch no longer applies; make it anew: {}", applied.stderr.trim());
        Err(CrashError::Mutant { name: patch.name.clone(), problem })
    }

    /// Copies the built dependencies, if there are any, with their times, by which cargo knows them.
    fn take_dependencies(&self) -> Result<(), CrashError> {
        let program = std::env::current_exe().map_err(CrashError::io("find", Path::new("this program")))?;
        let is_build = |directory: &&Path| BUILT.iter().all(|name| directory.join(name).is_dir());
        let Some(build) = program.ancestors().skip(1).find(is_build) else { return Ok(()) };
        for name in BUILT {
            copy_built(&build.join(name), &self.target.join("debug").join(name))?;
        }
        Ok(())
    }
}

/// Copies a directory of cargo's, without what belongs to the workspace or is only linked together from the rest.
fn copy_built(from: &Path, to: &Path) -> Result<(), CrashError> {
    for entry in std::fs::read_dir(from).map_err(CrashError::io("list", from))? {
        let path = entry.map_err(CrashError::io("list", from))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains("docket") || name == "incremental" {
            continue;
        }
        let is_test = from.ends_with("deps") && path.extension().is_none();
        if path.is_dir() {
            copy_built(&path, &to.join(&name))?;
        } else if !is_test {
            copy_file(&path, &to.join(&name))?;
            let times = File::open(&path).and_then(|file| file.metadata()?.modified());
            let times = times.map_err(CrashError::io("look at", &path))?;
            File::options()
                .append(true)
                .open(to.join(&name))
                .and_then(|copy| copy.set_modified(times))
                .map_err(CrashError::io("date", &path))?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), CrashError> {
    let directory = to.parent().unwrap_or(to);
    std::fs::create_dir_all(directory).map_err(CrashError::io("make", directory))?;
    std::fs::copy(from, to).map(drop).map_err(CrashError::io("copy", from))
}
