//! `docket show`.

use std::path::Path;

use docket_ledger::answer;

use super::read;
use crate::args::{ColorWhen, Format, ShowArguments};
use crate::error::{CliError, Verdict};
use crate::output;
use crate::view::{self, Cells};

pub(super) fn run(data: &Path, color: ColorWhen, arguments: &ShowArguments) -> Result<Verdict, CliError> {
    let ShowArguments { recommendation, verbatim, read: options } = arguments;
    let show = read::answer(data, options, |reader, query, now| {
        Ok(answer::show(reader, query, recommendation, now)?)
    })?;
    let cells = if *verbatim { Cells::Shown } else { Cells::Hidden };
    match options.format {
        Format::Json => output::print_json(&show)?,
        Format::Csv => output::print(&read::csv(view::csv::show(&show.basis, &show.recommendation))?)?,
        Format::Table => output::print(&view::show(&show, cells, read::look(color)))?,
    }
    Ok(Verdict::Done)
}
