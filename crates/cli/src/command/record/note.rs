//! `docket record note`.

use std::path::Path;

use docket_domain::event::NoteRecorded;
use docket_domain::{Action, Data};

use crate::args::{NoteArguments, StatementOptions};
use crate::command::write::{Statement, record};
use crate::error::{CliError, Verdict};
use crate::text;

pub(in crate::command) fn run(data: &Path, arguments: &NoteArguments) -> Result<Verdict, CliError> {
    let NoteArguments { recommendation, text, role, visibility, reason, statement, write } = arguments;
    let StatementOptions { effective, asserted_by, source_url } = statement;
    // Before the log is opened: nobody else waits while somebody types.
    let text = text::given(text)?;
    record(data, write, |recorder| {
        let subject = recorder.recommendation(recommendation)?;
        let asserter = match asserted_by {
            Some(asserter) => asserter.clone(),
            None => recorder.publisher(&subject)?,
        };
        let action = Action::Record(Data::NoteRecorded(NoteRecorded {
            asserter,
            effective: recorder.effective_or_recorded(&subject, effective.as_deref())?,
            reason: reason.clone(),
            role: *role,
            source: None,
            source_url: source_url.clone(),
            text,
            visibility: *visibility,
        }));
        Ok(Statement { subject, action })
    })
}
