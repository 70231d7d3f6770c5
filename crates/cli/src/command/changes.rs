//! `docket changes`: what was restated, or what happened.

use std::path::Path;

use docket_ledger::answer::{self, Span};

use super::read;
use crate::args::{ChangesArguments, ChangesClock, ColorWhen, Format};
use crate::error::{CliError, Verdict};
use crate::{output, view};

pub(super) fn run(data: &Path, color: ColorWhen, arguments: &ChangesArguments) -> Result<Verdict, CliError> {
    let ChangesArguments { from, to, clock, actor, read: options } = arguments;
    let span = Span { from: Some(from.clone()), to: Some(to.clone()), actor: actor.clone() };
    match clock {
        ChangesClock::Recorded => {
            let changes = read::answer(data, options, |reader, query, now| {
                Ok(answer::changes_recorded(reader, query, &span, now)?)
            })?;
            match options.format {
                Format::Json => output::print_json(&changes)?,
                Format::Csv => output::print(&read::csv(view::csv::recorded_changes(&changes))?)?,
                Format::Table => output::print(&view::recorded_changes(&changes, read::look(color)))?,
            }
        }
        ChangesClock::Effective => {
            let changes = read::answer(data, options, |reader, query, now| {
                Ok(answer::changes_effective(reader, query, &span, now)?)
            })?;
            match options.format {
                Format::Json => output::print_json(&changes)?,
                Format::Csv => output::print(&read::csv(view::csv::effective_changes(&changes))?)?,
                Format::Table => output::print(&view::effective_changes(&changes, read::look(color)))?,
            }
        }
    }
    Ok(Verdict::Done)
}
