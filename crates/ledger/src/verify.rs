//! Verifying a data directory: the log's own checks, that the entries of the journal fold, and that the snapshot follows from them.

use std::path::Path;
use std::sync::Arc;

use docket_log::fs::RealFileSystem;
use docket_log::record::StoredEvent;
use docket_log::tlog::compact::CompactRange;
use docket_log::verify::{Finding, Observer, VerifyReport};
use docket_log::{DataDirectory, Progress};
use docket_projection::{ProjectionError, Succession};

use crate::error::LedgerError;
use crate::snapshot::Check;

/// Verifies a data directory without writing to it. Faults are findings of the report; an error means that it could not be read at all.
pub fn verify(directory: &Path, progress: &mut dyn FnMut(Progress)) -> Result<VerifyReport, LedgerError> {
    verify_on(&DataDirectory::new(directory, Arc::new(RealFileSystem)), progress)
}

/// [`verify`], on whichever file system.
pub(crate) fn verify_on(
    directory: &DataDirectory,
    progress: &mut dyn FnMut(Progress),
) -> Result<VerifyReport, LedgerError> {
    let mut fold = Fold {
        succession: Succession::default(),
        refused: None,
        snapshot: Check::begin(directory),
        progress,
    };
    let mut report = docket_log::verify::verify(directory, &mut fold)?;
    if let Some(error) = fold.refused {
        report.findings_count += 1;
        report.findings.push(Finding {
            code: "projection",
            file: directory.path().to_owned(),
            offset: None,
            entry: None,
            message: format!("the entries of the journal do not fold: {error}"),
        });
    }
    if let Some(finding) = fold.snapshot.and_then(Check::finish) {
        report.findings_count += 1;
        report.findings.push(finding);
    }
    Ok(report)
}

/// The fold of the journal's entries. It keeps a number a subject and nothing an entry: that the records of the store say the same as the
/// entries is the log's own check.
struct Fold<'a> {
    succession: Succession,
    refused: Option<ProjectionError>,
    snapshot: Option<Check>,
    progress: &'a mut dyn FnMut(Progress),
}

impl Observer for Fold<'_> {
    fn journal_entry(&mut self, stored: &Arc<StoredEvent>) {
        if self.refused.is_none() {
            self.refused = self.succession.take(&stored.entry.event).err();
        }
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.take(&stored.entry.event);
        }
    }

    fn journal_tree(&mut self, tree: &CompactRange) {
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.reach(tree);
        }
    }

    fn store_entry(&mut self, _: &Arc<StoredEvent>) {}

    fn progress(&mut self, progress: Progress) {
        (self.progress)(progress);
    }
}
