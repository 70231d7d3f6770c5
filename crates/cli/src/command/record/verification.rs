//! `docket record verification`: a reviewer's finding on a claimed status.

use std::path::Path;

use docket_domain::event::StatusVerified;
use docket_domain::{Action, Data, EventId, Subject};

use crate::args::{StatementOptions, VerificationArguments};
use crate::command::write::{Recorder, Statement, record};
use crate::error::{CliError, Verdict};
use crate::text;

pub(in crate::command) fn run(data: &Path, arguments: &VerificationArguments) -> Result<Verdict, CliError> {
    let VerificationArguments {
        recommendation,
        claim,
        agrees,
        disagrees: _,
        state,
        comment,
        statement,
        write,
    } = arguments;
    let StatementOptions { effective, asserted_by, source_url } = statement;
    let comment = comment.as_deref().map(text::given).transpose()?;
    record(data, write, |recorder| {
        let subject = recorder.recommendation(recommendation)?;
        let asserter = match asserted_by {
            Some(asserter) => asserter.clone(),
            None => recorder.asserter()?,
        };
        let action = Action::Record(Data::StatusVerified(StatusVerified {
            agrees: *agrees,
            asserter,
            claim: claim_of(recorder, &subject, claim.as_deref())?,
            comment,
            effective: recorder.effective_or_recorded(&subject, effective.as_deref())?,
            evidence: Vec::new(),
            source_url: source_url.clone(),
            state: state.clone(),
        }));
        Ok(Statement { subject, action })
    })
}

/// The claim that was named; else the one that this command judged when it was given before; else the status that holds today.
fn claim_of(recorder: &Recorder<'_>, subject: &Subject, named: Option<&str>) -> Result<EventId, CliError> {
    match (named, recorder.earlier_target()) {
        (Some(named), _) => Ok(recorder.event(named)?.event),
        (None, Some(earlier)) => Ok(earlier),
        (None, None) => recorder.claim_today(subject),
    }
}
