//! What the machine is, and what the operating system says of files and processes. No names of hosts, users or places.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::error::{BenchError, io};

/// Bytes that are read at once where a file is read through.
const READ_BYTES: usize = 1024 * 1024;

/// What figures depend on besides the program.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// Processors that this process may use.
    cpus: usize,
    /// What they are.
    cpu: String,
    /// Memory, in bytes.
    memory: u64,
    /// The type of the file system that holds the logs.
    file_system: String,
    /// The operating system's kernel.
    kernel: String,
    /// The version of this program.
    docket: &'static str,
    /// `release`, or `debug`: then no figure says anything.
    build: &'static str,
}

impl Machine {
    /// The machine with this directory.
    pub(super) fn of(directory: &Path) -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: cpu.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned()),
            memory: kilobytes(&fs::read_to_string("/proc/meminfo").unwrap_or_default(), "MemTotal:"),
            file_system: file_system(directory),
            kernel: release.split('-').next().unwrap_or_default().trim().to_owned(),
            docket: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }

    /// In one line.
    pub(super) fn line(&self) -> String {
        let Self { cpus, cpu, memory, file_system, kernel, docket, build } = self;
        let gibibytes = memory >> 30;
        format!(
            "{cpus} x {cpu}, {gibibytes} GiB, {file_system}, kernel {kernel}, docket {docket} ({build} build)"
        )
    }
}

/// The type of the file system that holds a path: the last of the longest mount points above it.
fn file_system(path: &Path) -> String {
    let unknown = || "unknown".to_owned();
    let Ok(path) = path.canonicalize() else { return unknown() };
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mounted = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        Some((place.split(' ').nth(4)?, kind.split(' ').next()?))
    });
    let above = mounted.filter(|(place, _)| path.starts_with(place));
    above.max_by_key(|(place, _)| place.len()).map_or_else(unknown, |(_, kind)| kind.to_owned())
}

/// The value of a line such as `VmRSS:   123 kB`, in bytes; 0 if there is none.
fn kilobytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// What a process holds in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProcessMemory {
    /// The most that it ever held, in bytes.
    pub(super) peak: u64,
    /// What it holds now, in bytes.
    pub(super) now: u64,
}

impl ProcessMemory {
    /// That of a running process; zeros where the operating system does not say.
    pub(super) fn of(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        Self { peak: kilobytes(&status, "VmHWM:"), now: kilobytes(&status, "VmRSS:") }
    }
}

/// The files below a directory, in the order of their names; none if it is not there.
pub(super) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The bytes that the files below a directory take on the disk.
pub(super) fn allocated_bytes(directory: &Path) -> u64 {
    files(directory).iter().filter_map(|path| fs::metadata(path).ok()).map(|file| file.blocks() * 512).sum()
}

/// Whether the page cache is empty of the log's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageCache {
    Cold,
    Warm,
}

impl PageCache {
    /// For the line that says how a row was measured.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Cold => "page cache dropped",
            Self::Warm => "page cache warm: it could not be dropped here",
        }
    }
}

/// Drops the files below a directory from the page cache: synced first, then given up by way of `dd`, which asks the kernel without
/// rights over other files.
pub(super) fn drop_page_cache(directory: &Path) -> PageCache {
    let dropped = |path: &PathBuf| {
        let synced = File::open(path).and_then(|file| file.sync_all()).is_ok();
        let mut input = std::ffi::OsString::from("if=");
        input.push(path);
        let mut dd = Command::new("dd");
        dd.arg(input).args(["iflag=nocache", "count=0", "status=none"]);
        synced && dd.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if files(directory).iter().all(dropped) { PageCache::Cold } else { PageCache::Warm }
}

/// Reads every file below a directory through, and says how long that took.
pub(super) fn read_through(directory: &Path) -> Result<Duration, BenchError> {
    let mut buffer = vec![0; READ_BYTES];
    let files = files(directory);
    let started = Instant::now();
    for path in files {
        let mut file = File::open(path).map_err(io("open a file of the log"))?;
        while file.read(&mut buffer).map_err(io("read a file of the log"))? > 0 {}
    }
    Ok(started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_lines_in_kilobytes() {
        assert_eq!(kilobytes("VmPeak:\t 9 kB\nVmRSS:\t  1234 kB\n", "VmRSS:"), 1_263_616);
        assert_eq!(kilobytes("VmRSS:\t many\n", "VmRSS:"), 0);
        let memory = ProcessMemory::of(std::process::id());
        assert!(memory.now > 0 && memory.peak >= memory.now);
    }

    #[test]
    fn files_are_found_in_order_and_measured() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("b")).unwrap();
        fs::write(directory.path().join("b/c"), vec![1; 100_000]).unwrap();
        fs::write(directory.path().join("a"), b"x").unwrap();
        let names: Vec<_> = files(directory.path());
        assert_eq!(names, [directory.path().join("a"), directory.path().join("b/c")]);
        assert!(allocated_bytes(directory.path()) >= 100_000);
        assert_eq!(allocated_bytes(&directory.path().join("absent")), 0);
        assert!(read_through(directory.path()).is_ok());
    }
}
