//! `docket list`.

use std::path::Path;

use docket_ledger::answer;

use super::read;
use crate::args::{ColorWhen, Format, ListArguments};
use crate::error::{CliError, Verdict};
use crate::{output, view};

pub(super) fn run(data: &Path, color: ColorWhen, arguments: &ListArguments) -> Result<Verdict, CliError> {
    let ListArguments { read: options } = arguments;
    let list = read::answer(data, options, |reader, query, now| Ok(answer::list(reader, query, now)?))?;
    match options.format {
        Format::Json => output::print_json(&list)?,
        Format::Csv => output::print(&read::csv(view::csv::list(&list))?)?,
        Format::Table => output::print(&view::list(&list, read::look(color)))?,
    }
    Ok(Verdict::Done)
}
