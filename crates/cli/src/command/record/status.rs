//! `docket record status`.

use std::path::Path;

use docket_domain::{Action, ReportStatus};

use crate::args::{StatementOptions, StatusArguments};
use crate::command::write::{Statement, record};
use crate::error::{CliError, Verdict};

pub(in crate::command) fn run(data: &Path, arguments: &StatusArguments) -> Result<Verdict, CliError> {
    let StatusArguments { recommendation, label, reason, statement, write } = arguments;
    let StatementOptions { effective, asserted_by, source_url } = statement;
    record(data, write, |recorder| {
        let subject = recorder.recommendation(recommendation)?;
        let action = Action::ReportStatus(ReportStatus {
            label: label.clone(),
            effective: recorder.effective(&subject, effective.as_deref())?,
            asserter: asserted_by.clone(),
            reason: reason.clone(),
            source_url: source_url.clone(),
            source: None,
        });
        Ok(Statement { subject, action })
    })
}
