//! What verify found: findings, which are faults, and notices, which are not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use docket_domain::Origin;

use crate::tlog::hash::Hash;
use crate::tlog::note::Note;

/// The most findings that are kept; the others are counted. A report of more tells nobody more.
pub const FINDINGS_MAX: usize = 10_000;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of fault it is: a stable word, for scripts.
    pub code: &'static str,
    /// The file that holds it; the directory where a file is missing.
    pub file: PathBuf,
    /// The byte in the file, where the fault has one.
    pub offset: Option<u64>,
    /// The index of the entry, where the fault is one entry's.
    pub entry: Option<u64>,
    /// What is wrong, in one line.
    pub message: String,
}

/// Something worth telling that is no fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyNotice {
    /// What kind: a stable word, for scripts.
    pub code: &'static str,
    /// In one line.
    pub message: String,
}

/// Where a fault is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) file: Arc<Path>,
    pub(crate) offset: Option<u64>,
    pub(crate) entry: Option<u64>,
}

impl Place {
    /// A whole file.
    pub(crate) fn file(path: impl AsRef<Path>) -> Self {
        Self { file: path.as_ref().into(), offset: None, entry: None }
    }

    /// The same place, as that of an entry.
    pub(crate) fn of_entry(self, index: u64) -> Self {
        Self { entry: Some(index), ..self }
    }

    /// The same file, at a byte.
    pub(crate) fn at(self, offset: u64) -> Self {
        Self { offset: Some(offset), ..self }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    count: u64,
    notices: Vec<VerifyNotice>,
}

impl Findings {
    /// Takes a fault.
    pub(crate) fn add(&mut self, code: &'static str, place: Place, message: impl Into<String>) {
        self.count += 1;
        if self.kept.len() < FINDINGS_MAX {
            let Place { file, offset, entry } = place;
            let file = file.to_path_buf();
            self.kept.push(Finding { code, file, offset, entry, message: message.into() });
        }
    }

    /// Takes a notice.
    pub(crate) fn notice(&mut self, code: &'static str, message: impl Into<String>) {
        self.notices.push(VerifyNotice { code, message: message.into() });
    }

    /// How many faults there are.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Faults and notices.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, Vec<VerifyNotice>) {
        (self.kept, self.notices)
    }
}

/// What was read, and what was found.
#[derive(Debug, Clone)]
pub struct VerifyReport {
    /// The log's origin, as its last entry states it; `None` where there is no readable entry.
    pub origin: Option<Origin>,
    /// The entries of the journal.
    pub size: u64,
    /// The root that was computed from them.
    pub root: Hash,
    /// The entries that could be read.
    pub entries: u64,
    /// The commits: each is one frame of the journal.
    pub commits: u64,
    /// The segments of the journal.
    pub segments: u64,
    /// The bytes of journal, sled and blobs that were read.
    pub bytes: u64,
    /// The signatures of checkpoints that were checked and are good.
    pub signatures: u64,
    /// How long the checking of signatures took, the bad ones included: a part of the whole that hashing does not explain.
    pub signatures_took: Duration,
    /// The texts that match their digests.
    pub openings_intact: u64,
    /// The texts that are destroyed, with a redaction that names each.
    pub openings_erased: u64,
    /// The documents that are there and have the right hash.
    pub blobs: u64,
    /// The entries that sled holds; `None` where it cannot be read or is not there.
    pub store_size: Option<u64>,
    /// The last checkpoint whose signature is stored and good.
    pub last_checkpoint: Option<Note>,
    /// The entries beyond it.
    pub unsigned: u64,
    /// What is worth telling.
    pub notices: Vec<VerifyNotice>,
    /// The faults, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How many faults there are in all.
    pub findings_count: u64,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.findings_count == 0
    }
}
