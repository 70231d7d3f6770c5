//! Verifying a data directory: the log's own checks, and the projection folded from the journal and from the store, compared.

use std::path::Path;
use std::sync::Arc;

use docket_log::fs::RealFileSystem;
use docket_log::record::StoredEvent;
use docket_log::seal::SealedText;
use docket_log::verify::{Finding, Observer, VerifyReport};
use docket_log::{DataDirectory, Progress};
use docket_projection::{Projection, ProjectionError};

use crate::error::LedgerError;

/// Verifies a data directory without writing to it. Faults are findings of the report; an error means that it could not be read at all.
pub fn verify(directory: &Path, progress: &mut dyn FnMut(Progress)) -> Result<VerifyReport, LedgerError> {
    let directory = DataDirectory::new(directory, Arc::new(RealFileSystem));
    let mut folds = Folds { journal: Fold::default(), store: Fold::default(), progress };
    let mut report = docket_log::verify::verify(&directory, &mut folds)?;
    for (code, message) in folds.compare() {
        report.findings_count += 1;
        report.findings.push(Finding {
            code,
            file: directory.path().to_owned(),
            offset: None,
            entry: None,
            message,
        });
    }
    Ok(report)
}

struct Folds<'a> {
    journal: Fold,
    store: Fold,
    progress: &'a mut dyn FnMut(Progress),
}

#[derive(Default)]
struct Fold {
    projection: Projection<SealedText>,
    refused: Option<ProjectionError>,
}

impl Fold {
    fn take(&mut self, stored: &StoredEvent) {
        if self.refused.is_none() {
            self.refused = self.projection.apply(Arc::new(stored.entry.event.clone())).err();
        }
    }
}

impl Observer for Folds<'_> {
    fn journal_entry(&mut self, stored: &Arc<StoredEvent>) {
        self.journal.take(stored);
    }

    fn store_entry(&mut self, stored: &Arc<StoredEvent>) {
        self.store.take(stored);
    }

    fn progress(&mut self, progress: Progress) {
        (self.progress)(progress);
    }
}

impl Folds<'_> {
    /// What is wrong with the folds. The store's may be shorter: the newest entries are in the journal only.
    fn compare(self) -> Vec<(&'static str, String)> {
        let Self { mut journal, store, .. } = self;
        let mut faults = Vec::new();
        for (name, refused) in [("the journal", journal.refused), ("sled", store.refused)] {
            faults.extend(
                refused.map(|error| ("projection", format!("the entries of {name} do not fold: {error}"))),
            );
        }
        if faults.is_empty() {
            journal.projection.truncate(store.projection.size());
            if journal.projection != store.projection {
                faults.push(("projection", "the projections of journal and sled differ".to_owned()));
            }
        }
        faults
    }
}
