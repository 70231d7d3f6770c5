//! `docket timeline`.

use std::path::Path;

use docket_ledger::answer;

use super::read;
use crate::args::{ColorWhen, Format, TimelineArguments};
use crate::error::{CliError, Verdict};
use crate::{output, view};

pub(super) fn run(data: &Path, color: ColorWhen, arguments: &TimelineArguments) -> Result<Verdict, CliError> {
    let TimelineArguments { recommendation, read: options } = arguments;
    let timeline = read::answer(data, options, |reader, query, now| {
        Ok(answer::timeline(reader, query, recommendation, now)?)
    })?;
    match options.format {
        Format::Json => output::print_json(&timeline)?,
        Format::Csv => output::print(&read::csv(view::csv::timeline(&timeline))?)?,
        Format::Table => output::print(&view::timeline(&timeline, read::look(color)))?,
    }
    Ok(Verdict::Done)
}
