//! `docket import`: everything is checked before anything is recorded, and what stands there afterwards is verified.

mod found;
mod next;
mod report;

use std::path::{Path, PathBuf};

use docket_domain::Origin;
use docket_ledger::source::{ImportReport, Importer, Prepared, prepare};
use docket_ledger::{Ledger, OpenOptions};
use docket_log::fs::RealFileSystem;
use docket_log::keys::KeyFiles;

use super::verify::Outcome;
use crate::args::{ImportArguments, ReportFormat};
use crate::error::{CliError, Verdict};
use crate::progress::watched;
use crate::{actor, output, session, terminal};
use next::{Mode, NextReport};
use report::{Report, SourceReport};

/// What became of one source.
enum Import {
    /// It began its register.
    First(ImportReport),
    /// It is another table of a register.
    Next(Box<NextReport>),
}

impl Import {
    fn recorded_count(&self) -> u64 {
        match self {
            Self::First(import) => import.recorded_count(),
            Self::Next(next) => next.recorded_count(),
        }
    }
}

pub(super) fn run(data: &Path, arguments: &ImportArguments) -> Result<Verdict, CliError> {
    let (actor, actor_basis) = actor::resolve(arguments.by.as_ref())?;
    let importer = Importer { actor, actor_basis };
    let sources = found::source_folders(&arguments.path)?
        .into_iter()
        .map(|folder| Ok((prepare(&folder)?, folder)))
        .collect::<Result<Vec<_>, CliError>>()?;
    let Some((first, _)) = sources.first() else {
        return Err(CliError::NoSource { path: arguments.path.clone() });
    };
    if let Some(path) = &arguments.plan_to {
        crate::target::outside(data, path)?;
    }
    let mode = mode(arguments, sources.len())?;
    let origin = match &arguments.origin {
        Some(origin) => origin.clone(),
        None => keyed_origin(data)?.unwrap_or_else(|| first.origin().clone()),
    };
    let options = OpenOptions::new(data).or_begin(origin);
    let (imports, checkpoint) = session::writing(options, |ledger| {
        check_origin(ledger, arguments.origin.as_ref())?;
        let record = |(source, _): &(Prepared, PathBuf)| {
            Ok(match next::import(ledger, source, &importer, mode)? {
                Some(next) => Import::Next(Box::new(next)),
                None => Import::First(record(ledger, source, &importer)?),
            })
        };
        let imports = sources.iter().map(record).collect::<Result<Vec<_>, CliError>>()?;
        Ok((imports, ledger.reader().log().last_checkpoint()?))
    })?;
    let verified = Outcome::of(&super::verify::whole(data)?);
    let report = Report {
        sources: sources
            .iter()
            .zip(&imports)
            .map(|((source, folder), import)| SourceReport::new(folder, source, import))
            .collect(),
        recorded: imports.iter().map(Import::recorded_count).sum(),
        verified: verified.signed(checkpoint.as_ref()),
    };
    match arguments.format {
        ReportFormat::Json => output::print_json(&report)?,
        ReportFormat::Table => output::print_lines(&report.text(terminal::columns()))?,
    }
    warn(&sources, &imports);
    Ok(report.verified.verdict())
}

/// What is to be done with the next table of a register. A plan is about one source.
fn mode(arguments: &ImportArguments, sources: usize) -> Result<Mode<'_>, CliError> {
    let mode = match (&arguments.plan, &arguments.plan_to) {
        (Some(plan), _) => Mode::Record(plan),
        (None, Some(path)) => Mode::WriteTo(path),
        (None, None) => return Ok(Mode::Preview),
    };
    if sources == 1 { Ok(mode) } else { Err(CliError::OneSource { sources }) }
}

/// Records a source, with progress.
fn record(ledger: &Ledger, source: &Prepared, importer: &Importer) -> Result<ImportReport, CliError> {
    let transcript = source.transcript();
    let notes: usize = transcript.rows.iter().map(|row| row.notes.len()).sum();
    // What a new source comes to: register and document, a registration and a status for each row, its notes, and the fragments.
    let events = 2 + 2 * transcript.rows.len() + notes + transcript.fragments.len();
    let reader = ledger.reader();
    let before = reader.size();
    let done = move || reader.size().saturating_sub(before);
    Ok(watched("importing", events as u64, done, || source.record(ledger, importer))?)
}

/// The name of the key that `docket keygen` made beforehand: the log is begun under it.
fn keyed_origin(data: &Path) -> Result<Option<Origin>, CliError> {
    if !data.is_dir() {
        return Ok(None);
    }
    let keys = KeyFiles::read_public(&RealFileSystem, data)?;
    Ok(keys.verifier.and_then(|verifier| Origin::new(verifier.name().as_str()).ok()))
}

/// A log keeps the origin that it began with.
fn check_origin(ledger: &Ledger, wanted: Option<&Origin>) -> Result<(), CliError> {
    let reader = ledger.reader();
    let origin = reader.log().origin();
    match wanted {
        Some(wanted) if wanted != origin => {
            Err(CliError::OtherOrigin { wanted: wanted.clone(), origin: origin.clone() })
        }
        _ => Ok(()),
    }
}

/// What waits for a person is said once more, where it is not overlooked.
fn warn(sources: &[(Prepared, PathBuf)], imports: &[Import]) {
    for ((source, folder), import) in sources.iter().zip(imports) {
        let reconciliation = &source.transcript().reconciliation;
        if !reconciliation.is_complete() {
            let message = format!(
                "{} is not reconciled: {} problems are open, {} lines belong nowhere, {} of {} recommendations are there",
                folder.display(),
                reconciliation.problems_open,
                reconciliation.lines.unaccounted,
                reconciliation.rows,
                reconciliation.expected_count
            );
            output::say("warning", &message);
        }
        let import = match import {
            Import::First(import) => import,
            Import::Next(next) => {
                if let Some(advice) = next.advice() {
                    output::say("note", &advice);
                }
                continue;
            }
        };
        if !import.open.is_empty() {
            let message = format!(
                "{}: {} differences from the log were not recorded and wait for a decision",
                folder.display(),
                import.open.len()
            );
            output::say("warning", &message);
        }
    }
}
