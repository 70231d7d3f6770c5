//! `docket retract`.

use std::path::Path;

use docket_domain::event::EventRetracted;
use docket_domain::{Action, Data};

use super::write::{Statement, record};
use crate::args::RetractArguments;
use crate::error::{CliError, Verdict};

pub(super) fn run(data: &Path, arguments: &RetractArguments) -> Result<Verdict, CliError> {
    let RetractArguments { event, reason, write } = arguments;
    record(data, write, |recorder| {
        let target = recorder.event(event)?;
        let action = Action::Record(Data::EventRetracted(EventRetracted {
            reason: reason.clone(),
            target: target.event,
        }));
        Ok(Statement { subject: target.subject, action })
    })
}
