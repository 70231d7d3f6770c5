//! The next table of a register: aligned with what is recorded, shown as a plan, recorded as decided (DESIGN section 8).
//!
//! Three steps that can be looked at apart. [`next_table`] aligns and derives, and writes nothing. [`Plan`] is the same as a file in
//! which a person decides. [`record`] derives once more against the log as it was, checks that the plan says the same, and records what
//! was accepted. Nothing here knows of one register's words.

mod align;
mod assign;
mod derive;
mod error;
mod known;
mod plan;
mod record;
mod step;
#[cfg(test)]
mod tests;
pub mod wording;

pub(crate) use record::resolved;

use docket_domain::{RegisterId, Vocabulary};

pub use error::NextError;
pub use plan::{Change, Decided, Decision, PLAN_BYTES_MAX, PLAN_FORMAT, Plan};
pub use record::{PlanReport, record};
pub use step::{Agreement, NextTable, PrintDifference, Step, StepKind};

use crate::error::LedgerError;
use crate::ledger::Reader;
use crate::source::expected::Builder;
use crate::source::{Importer, Prepared, terms};

/// How far the import of a source has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It begins its register, or began it.
    First,
    /// The register has other sources, and nothing of this one is recorded.
    Next,
    /// A part of a plan for it is recorded.
    Begun,
    /// A plan for it is recorded.
    Recorded,
}

/// How far the import of a source has come.
pub fn standing(reader: &Reader, prepared: &Prepared, importer: &Importer) -> Result<Standing, LedgerError> {
    let builder = Builder::new(prepared, importer)?;
    let size = reader.size();
    reader.ask(|projection| {
        let knowledge = projection.knowledge(size);
        let first = knowledge
            .register(prepared.register())
            .and_then(|register| register.sources.first().map(|source| source.source.content.sha256));
        match first {
            None => Standing::First,
            Some(first) if first == prepared.sha256() => Standing::First,
            Some(_) if knowledge.event(record::review_event(&builder, 0)).is_some() => Standing::Recorded,
            Some(_) if knowledge.event(record::source_event(&builder)).is_some() => Standing::Begun,
            Some(_) => Standing::Next,
        }
    })
}

/// Aligns a table with the register as it was known at a size, and derives what it calls for. Nothing is recorded.
///
/// The same document, curation and size give the same steps, whatever was recorded since.
pub fn next_table(
    reader: &Reader,
    prepared: &Prepared,
    importer: &Importer,
    size: u64,
) -> Result<NextTable, LedgerError> {
    let register = prepared.register();
    let builder = Builder::new(prepared, importer)?;
    let at = builder.written_by().ok_or(LedgerError::Empty)?;
    let no_register = || LedgerError::NoRegister { register: register.clone() };
    let known = known::read(reader, register, size, at)?.ok_or_else(no_register)?;
    refuse_unknown_labels(prepared, register, &known.vocabulary)?;
    let derived = derive::derive(prepared, &builder, &known)?;
    Ok(NextTable {
        register: register.clone(),
        document: prepared.sha256(),
        head: known.head,
        rows: derived.rows,
        aligned: derived.aligned,
        steps: derived.steps,
        print_differences: derived.print_differences,
        never_printed: derived.never_printed,
        vocabulary_differences: vocabulary_differences(prepared, &known.vocabulary),
    })
}

/// The register's vocabulary says what labels mean: every one that it does not know is named.
fn refuse_unknown_labels(
    prepared: &Prepared,
    register: &RegisterId,
    vocabulary: &Vocabulary,
) -> Result<(), NextError> {
    let unknown = prepared.transcript().rows.iter().filter_map(|row| {
        let label = row.label.as_deref().filter(|label| vocabulary.meaning(label).is_none())?;
        let lines: Vec<String> = row.lines.iter().map(ToString::to_string).collect();
        Some(format!("{label:?} in row {} (line {})", row.key, lines.join(", ")))
    });
    let labels: Vec<String> = unknown.collect();
    if labels.is_empty() {
        Ok(())
    } else {
        Err(NextError::UnknownLabels { register: register.clone(), labels })
    }
}

fn vocabulary_differences(prepared: &Prepared, vocabulary: &Vocabulary) -> Vec<String> {
    let stated = &prepared.folder().manifest.vocabulary.labels;
    let differing = stated.iter().filter_map(|label| {
        let meaning = vocabulary.meaning(&label.printed)?;
        let state = meaning.state.as_ref().map(docket_domain::StateName::as_str);
        let same = state == label.state.as_deref() && meaning.reporting == terms::reporting(label.reporting);
        (!same).then(|| {
            format!(
                "{:?} is {} in the register and {} in the source's manifest",
                label.printed,
                state.unwrap_or("no state"),
                label.state.as_deref().unwrap_or("no state")
            )
        })
    });
    differing.collect()
}
