//! `docket record --from FILE.csv`: a month's statuses and notes, all or none.

use std::path::Path;

use docket_ledger::batch::{self, Batch, Checked, Defaults, FILE_BYTES_MAX, Problems};
use docket_ledger::{LedgerError, OpenOptions, Reader};

use crate::args::{ColorWhen, FileArguments, ReportFormat};
use crate::command::read::look;
use crate::command::write::{Recorded, now};
use crate::error::{CliError, Verdict};
use crate::view::{self, Detail};
use crate::{actor, output, session, text};

pub(in crate::command) fn run(
    data: &Path,
    color: ColorWhen,
    arguments: &FileArguments,
) -> Result<Verdict, CliError> {
    let Some(file) = &arguments.from else { return Ok(Verdict::Done) };
    let bytes = text::bytes_up_to(file, FILE_BYTES_MAX)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(CliError::FileTooLarge { file: file.clone(), bytes_max: FILE_BYTES_MAX });
    }
    let (actor, actor_basis) = actor::resolve(arguments.by.as_ref())?;
    let defaults = Defaults {
        actor,
        actor_basis,
        effective: arguments.effective.clone(),
        asserter: arguments.asserted_by.clone(),
        source_url: arguments.source_url.clone(),
    };
    if arguments.dry_run {
        let batch = session::reading(data, |ledger| {
            check(data, &ledger.reader(), file, arguments, &bytes, &defaults)
        })?;
        match arguments.format {
            ReportFormat::Json => output::print_json(batch.preview())?,
            ReportFormat::Table => output::print(&view::batch(batch.preview(), Detail::Full, look(color)))?,
        }
        return Ok(Verdict::Done);
    }
    let recorded = session::writing(OpenOptions::new(data), |ledger| {
        let reader = ledger.reader();
        let batch = check(data, &reader, file, arguments, &bytes, &defaults)?;
        output::tell(&view::batch(batch.preview(), Detail::Short, look(ColorWhen::Never)));
        let outcome = batch.record(ledger).map_err(|error| match error {
            LedgerError::CommandConflict { event, .. } => {
                CliError::BatchOtherwise { file: file.clone(), event }
            }
            error => error.into(),
        })?;
        Recorded::of(vec![outcome], &reader)
    })?;
    recorded.print(arguments.format)?;
    Ok(Verdict::Done)
}

fn check(
    data: &Path,
    reader: &Reader,
    file: &Path,
    arguments: &FileArguments,
    bytes: &[u8],
    defaults: &Defaults,
) -> Result<Box<Batch>, CliError> {
    let register = reader
        .register(arguments.register.as_ref())?
        .ok_or_else(|| CliError::NoRegister { data: data.to_owned() })?;
    let checked = batch::check(reader, &register, bytes, defaults, now()).map_err(|error| match error {
        LedgerError::Time(problem) => CliError::Date { zone: reader.zone(Some(&register)), problem },
        error => error.into(),
    })?;
    match checked {
        Checked::Ready(batch) => Ok(batch),
        Checked::Refused(problems) => Err(refused(file, arguments.format, &problems)?),
    }
}

/// Says every problem: in JSON as data, else a line each on standard error.
fn refused(file: &Path, format: ReportFormat, found: &Problems) -> Result<CliError, CliError> {
    match format {
        ReportFormat::Json => output::print_json(found)?,
        ReportFormat::Table => {
            found.problems.iter().for_each(|problem| output::say("problem", &problem.to_string()));
        }
    }
    Ok(CliError::BatchRefused {
        file: file.to_owned(),
        problems: found.problems.len() as u64,
        malformed: found.malformed,
    })
}
