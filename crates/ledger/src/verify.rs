//! Verifying a data directory: the log's own checks, and that the entries of the journal fold.

use std::path::Path;
use std::sync::Arc;

use docket_log::fs::RealFileSystem;
use docket_log::record::StoredEvent;
use docket_log::verify::{Finding, Observer, VerifyReport};
use docket_log::{DataDirectory, Progress};
use docket_projection::{ProjectionError, Succession};

use crate::error::LedgerError;

/// Verifies a data directory without writing to it. Faults are findings of the report; an error means that it could not be read at all.
pub fn verify(directory: &Path, progress: &mut dyn FnMut(Progress)) -> Result<VerifyReport, LedgerError> {
    let directory = DataDirectory::new(directory, Arc::new(RealFileSystem));
    let mut fold = Fold { succession: Succession::default(), refused: None, progress };
    let mut report = docket_log::verify::verify(&directory, &mut fold)?;
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
    Ok(report)
}

/// The fold of the journal's entries. It keeps a number a subject and nothing an entry: that the records of the store say the same as the
/// entries is the log's own check.
struct Fold<'a> {
    succession: Succession,
    refused: Option<ProjectionError>,
    progress: &'a mut dyn FnMut(Progress),
}

impl Observer for Fold<'_> {
    fn journal_entry(&mut self, stored: &Arc<StoredEvent>) {
        if self.refused.is_none() {
            self.refused = self.succession.take(&stored.entry.event).err();
        }
    }

    fn store_entry(&mut self, _: &Arc<StoredEvent>) {}

    fn progress(&mut self, progress: Progress) {
        (self.progress)(progress);
    }
}
