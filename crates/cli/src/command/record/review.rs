//! `docket record review`: somebody read a range of the log.

use std::path::Path;

use docket_domain::event::ReviewPerformed;
use docket_domain::{Action, Data, Subject};

use crate::args::ReviewArguments;
use crate::command::write::{Statement, record};
use crate::error::{CliError, Verdict};
use crate::text;

pub(in crate::command) fn run(data: &Path, arguments: &ReviewArguments) -> Result<Verdict, CliError> {
    let ReviewArguments { from_index, to_index, findings, write } = arguments;
    let findings = text::given(findings)?;
    record(data, &write.write(), |recorder| {
        let register = recorder.register()?;
        let action = Action::Record(Data::ReviewPerformed(ReviewPerformed {
            asserter: recorder.asserter()?,
            findings,
            from_index: *from_index,
            to_index: *to_index,
        }));
        Ok(Statement { subject: recorder.new_subject(0, |id| Subject::Review(register, id)), action })
    })
}
