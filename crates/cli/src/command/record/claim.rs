//! `docket record claim` and `docket record claims`: public statements about totals.

use std::path::Path;

use docket_domain::event::ClaimRecorded;
use docket_domain::{Action, Data, Subject};
use docket_ledger::claims::{self, Claim};
use docket_ledger::import::TOML_BYTES_MAX;
use uuid::Uuid;

use crate::args::{ClaimArguments, ClaimsArguments, WriteOptions};
use crate::command::write::{Recorder, Statement, record, record_all};
use crate::error::{CliError, Verdict};
use crate::text;

/// The claim of a command line.
pub(in crate::command) fn one(data: &Path, arguments: &ClaimArguments) -> Result<Verdict, CliError> {
    let ClaimArguments { figures, text, effective, asserted_by, source_url, write } = arguments;
    let claim = Claim {
        asserter: asserted_by.clone(),
        effective: effective.clone(),
        figures: figures.clone(),
        source_url: source_url.clone(),
        text: text::given(text)?,
    };
    record(data, &write.write(), |recorder| {
        let register = recorder.register()?;
        let subject = recorder.new_subject(0, |id| Subject::Claim(register, id));
        statement(recorder, subject, &claim)
    })
}

/// The claims of a file, in one command whose id follows from the file.
pub(in crate::command) fn file(data: &Path, arguments: &ClaimsArguments) -> Result<Verdict, CliError> {
    let ClaimsArguments { file, by, format } = arguments;
    let bytes = text::bytes_up_to(file, TOML_BYTES_MAX)?;
    if bytes.len() as u64 > TOML_BYTES_MAX {
        return Err(CliError::FileTooLarge { file: file.clone(), bytes_max: TOML_BYTES_MAX });
    }
    let claims = claims::parse(&bytes, &file.display().to_string())?;
    let options = WriteOptions {
        by: by.clone(),
        register: Some(claims.register.clone()),
        expect_version: None,
        command_id: Some(claims.command),
        format: *format,
    };
    record_all(data, &options, |recorder| {
        let register = recorder.register()?;
        let command = Uuid::from_bytes(claims.command.to_bytes());
        // The ids follow from the file, too: brought by somebody else, its claims are there already.
        let id = |ordinal: usize| Uuid::new_v5(&command, ordinal.to_string().as_bytes());
        let claims = claims.claims.iter().enumerate();
        claims
            .map(|(ordinal, claim)| statement(recorder, Subject::Claim(register.clone(), id(ordinal)), claim))
            .collect()
    })
}

fn statement(recorder: &Recorder<'_>, subject: Subject, claim: &Claim) -> Result<Statement, CliError> {
    let Claim { asserter, effective, figures, source_url, text } = claim.clone();
    let action = Action::Record(Data::ClaimRecorded(ClaimRecorded {
        asserter,
        effective: recorder.effective_or_recorded(&subject, Some(&effective))?,
        figures,
        source_url: Some(source_url),
        text,
    }));
    Ok(Statement { subject, action })
}
