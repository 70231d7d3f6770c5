//! Which system calls can be hit, and how strace is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use crate::error::CrashError;

/// A call and the error that it answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The name that stands for the calls.
    pub kind: Kind,
    /// The error.
    pub error: &'static str,
}

/// Calls that do the same for this purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The wait for the disk.
    DataSync,
    /// The wait for the disk, with the metadata; directories, too.
    Sync,
    /// Writing at a place.
    Write,
    /// A new name for a file.
    Rename,
    /// The length of a file.
    Length,
    /// Beginning a file.
    Create,
    /// Making a directory.
    Directory,
    /// Removing a name.
    Remove,
    /// What sled calls to write its file back.
    SyncRange,
}

impl Kind {
    /// The kind of a call as strace prints it; opening a file counts where it may make one.
    fn of(call: &str, line: &str) -> Option<Self> {
        Some(match call {
            "fdatasync" => Self::DataSync,
            "fsync" => Self::Sync,
            "pwrite64" => Self::Write,
            "rename" | "renameat" | "renameat2" => Self::Rename,
            "ftruncate" | "fallocate" => Self::Length,
            "openat" if line.contains("O_CREAT") => Self::Create,
            "mkdir" | "mkdirat" => Self::Directory,
            "unlink" | "unlinkat" => Self::Remove,
            "sync_file_range" => Self::SyncRange,
            _ => return None,
        })
    }

    fn calls(self) -> &'static str {
        match self {
            Self::DataSync => "fdatasync",
            Self::Sync => "fsync",
            Self::Write => "pwrite64",
            Self::Rename => "rename,renameat,renameat2",
            Self::Length => "ftruncate,fallocate",
            Self::Create => "openat",
            Self::Directory => "mkdir,mkdirat",
            Self::Remove => "unlink,unlinkat",
            Self::SyncRange => "sync_file_range",
        }
    }
}

impl Fault {
    const fn new(kind: Kind, error: &'static str) -> Self {
        Self { kind, error }
    }

    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::new(Kind::DataSync, "EIO"),
        Self::new(Kind::DataSync, "ENOSPC"),
        Self::new(Kind::Sync, "EIO"),
        Self::new(Kind::Sync, "ENOSPC"),
        Self::new(Kind::Write, "EIO"),
        Self::new(Kind::Write, "ENOSPC"),
        Self::new(Kind::Rename, "EIO"),
        Self::new(Kind::Rename, "ENOSPC"),
        Self::new(Kind::Length, "EIO"),
        Self::new(Kind::Length, "ENOSPC"),
        Self::new(Kind::Create, "ENOSPC"),
        Self::new(Kind::Directory, "ENOSPC"),
        Self::new(Kind::Remove, "EIO"),
        Self::new(Kind::SyncRange, "EIO"),
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.error, self.kind.calls())
    }
}

/// strace that only writes down the calls.
pub(super) fn watching(output: &Path) -> Vec<String> {
    let kinds = [
        Kind::DataSync,
        Kind::Sync,
        Kind::Write,
        Kind::Rename,
        Kind::Length,
        Kind::Create,
        Kind::Directory,
        Kind::Remove,
        Kind::SyncRange,
    ];
    let calls = kinds.map(Kind::calls).join(",");
    strace(output, &[format!("trace={calls}")])
}

/// strace that lets the n-th call of each thread fail.
pub(super) fn injecting(output: &Path, fault: Fault, place: u64) -> Vec<String> {
    let (calls, error) = (fault.kind.calls(), fault.error);
    // The calls of a kind are counted apart; a program uses one of them.
    strace(output, &[format!("trace={calls}"), format!("inject={calls}:error={error}:when={place}")])
}

fn strace(output: &Path, expressions: &[String]) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["strace", "-f", "-qq", "--seccomp-bpf", "-o"].map(str::to_owned).to_vec();
    arguments.push(output.to_string_lossy().into_owned());
    for expression in ["signal=none"].into_iter().chain(expressions.iter().map(String::as_str)) {
        arguments.extend(["-e".to_owned(), expression.to_owned()]);
    }
    arguments
}

/// At which calls of a thread a kind was reached, counted as strace counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Reached(BTreeMap<Kind, Vec<u64>>);

impl Reached {
    /// Reads what strace wrote down.
    pub(super) fn read(output: &Path) -> Result<Self, CrashError> {
        let text = std::fs::read_to_string(output).map_err(CrashError::io("read", output))?;
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut reached = Self::default();
        let mut only_read = BTreeSet::new();
        for line in text.lines() {
            let Some((thread, call, rest)) = parts(line) else { continue };
            let count = counts.entry((thread, call)).or_default();
            *count += 1;
            match Kind::of(call, rest) {
                Some(kind) => reached.0.entry(kind).or_default().push(*count),
                None if call == "openat" => drop(only_read.insert(*count)),
                None => {}
            }
        }
        // Where another thread opens a file to read, such as a library, a full disk would be no reason for an error.
        reached.0.entry(Kind::Create).or_default().retain(|place| !only_read.contains(place));
        Ok(reached)
    }

    pub(super) fn of(&self, fault: Fault) -> Vec<u64> {
        self.0.get(&fault.kind).cloned().unwrap_or_default()
    }
}

/// Thread, call and arguments of a line such as `123 openat(AT_FDCWD, ...) = 3`; nothing for the second half of a call that was interrupted.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, arguments) = rest.trim_start().split_once('(')?;
    let is_name = call.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((thread, call, arguments))
}

/// How many errors strace says that it injected.
pub(super) fn injected(output: &Path) -> Result<u64, CrashError> {
    let text = std::fs::read_to_string(output).map_err(CrashError::io("read", output))?;
    Ok(text.matches("(INJECTED)").count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_for_each_thread_and_creations_by_their_place_among_openings() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("calls");
        let text = "7 openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n\
                    7 openat(AT_FDCWD, \"b\", O_RDWR|O_CREAT, 0666 <unfinished ...>\n\
                    8 openat(AT_FDCWD, \"c\", O_RDWR|O_CREAT, 0666) = 5\n\
                    7 <... openat resumed>) = 4\n\
                    7 fsync(4) = -1 EIO (Input/output error) (INJECTED)\n";
        std::fs::write(&path, text).unwrap();
        let reached = Reached::read(&path).unwrap();
        assert_eq!(reached.of(Fault::new(Kind::Create, "EIO")), [2], "the first call of thread 7 only reads");
        assert_eq!(reached.of(Fault::new(Kind::Sync, "EIO")), [1]);
        assert!(reached.of(Fault::new(Kind::Write, "EIO")).is_empty());
        assert_eq!(injected(&path).unwrap(), 1);
    }
}
