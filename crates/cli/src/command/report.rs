//! `docket report`.

use std::io::{IsTerminal as _, stdout};
use std::path::Path;

use docket_ledger::answer::report::{self, ReportAnswer, Since};

use super::read;
use crate::args::{ColorWhen, Format, ReadOptions, ReportArguments, ReportOutput, ReportSection};
use crate::error::{CliError, Verdict};
use crate::output;
use crate::view::report as view;
use crate::view::report::Section;

pub(super) fn run(data: &Path, color: ColorWhen, arguments: &ReportArguments) -> Result<Verdict, CliError> {
    let to_terminal = arguments.output.is_none() && stdout().is_terminal();
    if arguments.format == ReportOutput::Xlsx && to_terminal {
        return Err(CliError::WorkbookOnTerminal);
    }
    if let Some(path) = &arguments.output {
        crate::target::outside(data, path)?;
    }
    let since = Since {
        known_at: arguments.since_known_at.clone(),
        effective_at: arguments.since_effective_at.clone(),
    };
    let options = ReadOptions {
        register: arguments.register.clone(),
        known_at: arguments.known_at.clone(),
        effective_at: arguments.effective_at.clone(),
        audience: arguments.audience,
        format: Format::Table,
    };
    let answer =
        read::answer(data, &options, |reader, query, now| Ok(report::report(reader, query, &since, now)?))?;
    let bytes = printed(&answer, color, arguments)?;
    match &arguments.output {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|source| CliError::Unwritable { path: path.clone(), source })?,
        None => output::print_bytes(&bytes)?,
    }
    Ok(Verdict::Done)
}

fn printed(
    answer: &ReportAnswer,
    color: ColorWhen,
    arguments: &ReportArguments,
) -> Result<Vec<u8>, CliError> {
    let section = arguments.section.map(Section::from);
    // A file is no terminal: colour only where it was asked for.
    let color = if arguments.output.is_some() && color == ColorWhen::Auto { ColorWhen::Never } else { color };
    let text = match arguments.format {
        ReportOutput::Table => view::table(answer, section, read::look(color)),
        ReportOutput::Csv => read::csv(view::csv(answer, section))?,
        ReportOutput::Json => {
            let mut text =
                serde_json::to_string_pretty(answer).map_err(|error| unprintable("JSON", error))?;
            text.push('\n');
            text
        }
        ReportOutput::Html => view::html(answer).map_err(|error| unprintable("HTML", error))?,
        ReportOutput::Xlsx => return view::xlsx(answer).map_err(|error| unprintable("XLSX", error)),
    };
    Ok(text.into_bytes())
}

fn unprintable(format: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> CliError {
    CliError::Print { format, source: source.into() }
}

impl From<ReportSection> for Section {
    fn from(section: ReportSection) -> Self {
        match section {
            ReportSection::Counts => Self::Counts,
            ReportSection::Moved => Self::Moved,
            ReportSection::TimeInStatus => Self::TimeInStatus,
            ReportSection::Staleness => Self::Staleness,
            ReportSection::Notes => Self::Notes,
            ReportSection::Promises => Self::Promises,
            ReportSection::Corrections => Self::Corrections,
            ReportSection::Claims => Self::Claims,
            ReportSection::Findings => Self::Findings,
            ReportSection::DataQuality => Self::DataQuality,
            ReportSection::Events => Self::Events,
        }
    }
}
