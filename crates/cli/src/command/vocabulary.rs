//! `docket vocabulary show` and `docket vocabulary revise`.

use std::path::Path;

use docket_domain::event::VocabularyRevised;
use docket_domain::{Action, Data, Subject, Vocabulary};
use docket_ledger::import::TOML_BYTES_MAX;
use docket_ledger::vocabulary::{VocabularyChange, compare, parse};
use docket_ledger::{LedgerError, answer};

use super::read;
use super::write::{Statement, record};
use crate::args::{
    ColorWhen, Format, ReportFormat, VocabularyReviseArguments, VocabularyShowArguments, WriteOptions,
};
use crate::error::{CliError, Verdict};
use crate::{output, session, text, view};

pub(super) fn show(
    data: &Path,
    color: ColorWhen,
    arguments: &VocabularyShowArguments,
) -> Result<Verdict, CliError> {
    let options = &arguments.read;
    let shown =
        read::answer(data, options, |reader, query, now| Ok(answer::vocabulary(reader, query, now)?))?;
    match options.format {
        Format::Json => output::print_json(&shown)?,
        Format::Csv => output::print(&read::csv(view::csv::vocabulary(&shown))?)?,
        Format::Table => output::print(&view::vocabulary(&shown, read::look(color)))?,
    }
    Ok(Verdict::Done)
}

pub(super) fn revise(
    data: &Path,
    color: ColorWhen,
    arguments: &VocabularyReviseArguments,
) -> Result<Verdict, CliError> {
    let VocabularyReviseArguments { file, reason, dry_run, write } = arguments;
    let bytes = text::bytes_up_to(file, TOML_BYTES_MAX)?;
    if bytes.len() as u64 > TOML_BYTES_MAX {
        return Err(CliError::FileTooLarge { file: file.clone(), bytes_max: TOML_BYTES_MAX });
    }
    let vocabulary = parse(&bytes, &file.display().to_string())?;
    if *dry_run {
        return preview(data, color, write, &vocabulary);
    }
    record(data, write, |recorder| {
        let register = recorder.register()?;
        let changes = compare(recorder.reader(), &register, &vocabulary)?;
        output::tell(&view::revision(&changes, read::look(ColorWhen::Never)));
        let revised = VocabularyRevised { reason: reason.clone(), vocabulary };
        let action = Action::Record(Data::VocabularyRevised(revised));
        Ok(Statement { subject: Subject::Register(register), action })
    })
}

/// What would change; a vocabulary that would be refused is refused here, too.
fn preview(
    data: &Path,
    color: ColorWhen,
    options: &WriteOptions,
    vocabulary: &Vocabulary,
) -> Result<Verdict, CliError> {
    let changes: Vec<VocabularyChange> = session::reading(data, |ledger| {
        let reader = ledger.reader();
        let register = reader
            .register(options.register.as_ref())?
            .ok_or_else(|| CliError::NoRegister { data: data.to_owned() })?;
        let size = reader.size();
        let checked = reader.ask(|projection| {
            docket_domain::decide::check_vocabulary(&projection.knowledge(size), &register, vocabulary)
        })?;
        checked.map_err(|refusal| LedgerError::Refused {
            what: Subject::Register(register.clone()).to_string(),
            refusal: Box::new(refusal),
        })?;
        Ok(compare(&reader, &register, vocabulary)?)
    })?;
    match options.format {
        ReportFormat::Json => output::print_json(&changes)?,
        ReportFormat::Table => output::print(&view::revision(&changes, read::look(color)))?,
    }
    Ok(Verdict::Done)
}
