//! `docket hold place` and `docket hold lift`.

use std::path::Path;

use docket_domain::event::{HoldLifted, HoldPlaced};
use docket_domain::{Action, Data, Subject};

use super::write::{Statement, record};
use crate::args::{LiftArguments, PlaceArguments};
use crate::error::{CliError, Verdict};

pub(super) fn place(data: &Path, arguments: &PlaceArguments) -> Result<Verdict, CliError> {
    // What is neither a recommendation nor a source covers the register: the command line needs one of the three.
    let PlaceArguments { recommendation, register_wide: _, source, authority, reason, write } = arguments;
    record(data, write, |recorder| {
        let subject = match (recommendation, source) {
            (Some(wanted), _) => recorder.recommendation(wanted)?,
            (None, Some(sha256)) => Subject::Source(recorder.register()?, *sha256),
            (None, None) => Subject::Register(recorder.register()?),
        };
        let hold = HoldPlaced { authority: authority.clone(), reason: reason.clone() };
        Ok(Statement { subject, action: Action::Record(Data::HoldPlaced(hold)) })
    })
}

pub(super) fn lift(data: &Path, arguments: &LiftArguments) -> Result<Verdict, CliError> {
    let LiftArguments { event, reason, write } = arguments;
    record(data, write, |recorder| {
        let target = recorder.event(event)?;
        let lifting = HoldLifted { reason: reason.clone(), target: target.event };
        Ok(Statement { subject: target.subject, action: Action::Record(Data::HoldLifted(lifting)) })
    })
}
