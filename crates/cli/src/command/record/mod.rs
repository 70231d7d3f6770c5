//! Statements about a recommendation, about totals, and about the log.

mod assignment;
mod claim;
mod evidence;
mod file;
mod note;
mod review;
mod status;
mod verification;

use std::path::Path;

use crate::args::{ColorWhen, RecordArguments, RecordCommand};
use crate::error::{CliError, Verdict};

pub(super) fn run(data: &Path, color: ColorWhen, arguments: &RecordArguments) -> Result<Verdict, CliError> {
    match &arguments.command {
        None => file::run(data, color, &arguments.file),
        Some(RecordCommand::Status(status)) => status::run(data, status),
        Some(RecordCommand::Note(note)) => note::run(data, note),
        Some(RecordCommand::Verification(finding)) => verification::run(data, finding),
        Some(RecordCommand::Evidence(evidence)) => evidence::run(data, evidence),
        Some(RecordCommand::Assignment(assignment)) => assignment::run(data, assignment),
        Some(RecordCommand::Claim(claim)) => claim::one(data, claim),
        Some(RecordCommand::Claims(claims)) => claim::file(data, claims),
        Some(RecordCommand::Review(review)) => review::run(data, review),
    }
}
