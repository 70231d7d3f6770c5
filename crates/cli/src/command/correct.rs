//! `docket correct`.

use std::path::Path;

use docket_domain::{Action, Change};

use super::write::{Statement, record};
use crate::args::CorrectArguments;
use crate::error::{CliError, Verdict};
use crate::text;

pub(super) fn run(data: &Path, arguments: &CorrectArguments) -> Result<Verdict, CliError> {
    let CorrectArguments { event, label, text, effective, reason, source_url, write } = arguments;
    let text = text.as_deref().map(text::given).transpose()?;
    record(data, write, |recorder| {
        let target = recorder.event(event)?;
        let effective = recorder.effective(&target.subject, effective.as_deref())?;
        let action = Action::Correct(Change {
            target: target.event,
            label: label.clone(),
            text,
            effective,
            reason: reason.clone(),
            source_url: source_url.clone(),
            source: None,
        });
        Ok(Statement { subject: target.subject, action })
    })
}
