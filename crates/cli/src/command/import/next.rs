//! The next table of a register: previewed, written as a plan, or recorded as decided.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use docket_ledger::import::LineRange;
use docket_ledger::next::{self, Agreement, NextTable, Plan, PlanReport, Standing, Step, StepKind};
use docket_ledger::source::{Importer, Prepared};
use docket_ledger::{Ledger, LedgerError};
use serde::Serialize;

use super::report::Page;
use crate::error::CliError;

/// What is to be done with the next table of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode<'a> {
    /// Show what it comes to.
    Preview,
    /// Write the plan as well.
    WriteTo(&'a Path),
    /// Record what a plan decides.
    Record(&'a Path),
}

/// What was done with it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NextReport {
    /// `previewed`, `planned`, `recorded` or `there-already`.
    outcome: &'static str,
    /// The plan that was written or recorded.
    plan: Option<PathBuf>,
    /// Size and root of the log that the table was compared with.
    basis: Basis,
    rows: usize,
    aligned: usize,
    /// Steps of each kind.
    counts: BTreeMap<&'static str, usize>,
    /// Steps that a person must decide.
    problems: usize,
    regressions: usize,
    steps: Vec<StepReport>,
    print_differences: Vec<PrintReport>,
    never_printed: Vec<String>,
    vocabulary_differences: Vec<String>,
    /// What was recorded.
    decisions: Option<Decisions>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Basis {
    size: u64,
    root: String,
}

#[derive(Debug, Clone, Serialize)]
struct StepReport {
    id: String,
    kind: &'static str,
    recommendation: String,
    event: String,
    lines: Vec<(u32, u32)>,
    old: Option<String>,
    new: Option<String>,
    regress: bool,
    repeats: Option<String>,
    evidence: String,
    agreement: Option<AgreementReport>,
    problem: Option<String>,
    difference: Option<String>,
    requires: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct AgreementReport {
    same_number: bool,
    per_mille: Option<u16>,
    runner_up: Option<RunnerUp>,
}

#[derive(Debug, Clone, Serialize)]
struct RunnerUp {
    recommendation: String,
    per_mille: u16,
}

#[derive(Debug, Clone, Serialize)]
struct PrintReport {
    recommendation: String,
    lines: Vec<(u32, u32)>,
    /// `typographic`, `recognition`, or `partial` where the row has a part of the recorded words only.
    kind: &'static str,
    difference: String,
}

#[derive(Debug, Clone, Serialize)]
struct Decisions {
    accepted: usize,
    changed: usize,
    refused: usize,
    recorded: BTreeMap<&'static str, u64>,
    unchanged: u64,
}

/// Previews, plans or records a table that is not the first of its register; `None` for one that is.
pub(super) fn import(
    ledger: &Ledger,
    source: &Prepared,
    importer: &Importer,
    mode: Mode<'_>,
) -> Result<Option<NextReport>, CliError> {
    let reader = ledger.reader();
    let standing = next::standing(&reader, source, importer)?;
    if let Mode::Record(path) = mode {
        let plan = Plan::load(path)?;
        let done = next::record(ledger, source, importer, &plan)?;
        let table = next::next_table(&reader, source, importer, plan.size())?;
        let outcome = if done.recorded_count() == 0 { "there-already" } else { "recorded" };
        return Ok(Some(NextReport {
            outcome,
            plan: Some(path.to_owned()),
            decisions: Some(Decisions::from(&done)),
            ..NextReport::of(&table)
        }));
    }
    if standing == Standing::First {
        if mode == Mode::Preview {
            return Ok(None);
        }
        let (register, document) = (source.register().clone(), source.sha256());
        return Err(LedgerError::from(next::NextError::FirstSource { register, document }).into());
    }
    if standing == Standing::Recorded {
        return Ok(Some(NextReport { outcome: "there-already", ..NextReport::nothing() }));
    }
    let table = next::next_table(&reader, source, importer, reader.size())?;
    let Mode::WriteTo(path) = mode else { return Ok(Some(NextReport::of(&table))) };
    let plan = Plan::new(&table, &source.folder().manifest.document.file);
    write_new(path, &plan.to_toml().map_err(LedgerError::from)?)?;
    Ok(Some(NextReport { outcome: "planned", plan: Some(path.to_owned()), ..NextReport::of(&table) }))
}

/// A plan may hold an afternoon's decisions, so none is overwritten.
fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    let unwritable = |source| CliError::PlanFile { path: path.to_owned(), source };
    let mut file = File::create_new(path).map_err(unwritable)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unwritable)
}

impl NextReport {
    fn nothing() -> Self {
        Self {
            outcome: "previewed",
            plan: None,
            basis: Basis::default(),
            rows: 0,
            aligned: 0,
            counts: BTreeMap::new(),
            problems: 0,
            regressions: 0,
            steps: Vec::new(),
            print_differences: Vec::new(),
            never_printed: Vec::new(),
            vocabulary_differences: Vec::new(),
            decisions: None,
        }
    }

    fn of(table: &NextTable) -> Self {
        let ends = |lines: &[LineRange]| lines.iter().map(|range| (range.first, range.last)).collect();
        let print_differences = table.print_differences.iter().map(|found| PrintReport {
            recommendation: found.recommendation.clone(),
            lines: ends(&found.lines),
            kind: match found.wording {
                next::wording::Wording::Reworded => "partial",
                wording => wording.as_str(),
            },
            difference: found.difference.clone(),
        });
        Self {
            basis: Basis { size: table.head.size, root: table.head.root.to_base64() },
            rows: table.rows,
            aligned: table.aligned,
            counts: table.counts().into_iter().map(|(kind, count)| (kind.as_str(), count)).collect(),
            problems: table.problems().count(),
            regressions: table.steps.iter().filter(|step| step.regress).count(),
            steps: table.steps.iter().map(StepReport::from).collect(),
            print_differences: print_differences.collect(),
            never_printed: table.never_printed.clone(),
            vocabulary_differences: table.vocabulary_differences.clone(),
            ..Self::nothing()
        }
    }

    /// Whether anything new was recorded.
    pub(super) fn recorded_count(&self) -> u64 {
        self.decisions.as_ref().map_or(0, |decisions| decisions.recorded.values().sum())
    }

    /// What to do next, where something is to be done.
    pub(super) fn advice(&self) -> Option<String> {
        match self.outcome {
            "previewed" => Some(
                "nothing was recorded: write a plan with --plan-to FILE, decide, and record it with --plan FILE"
                    .to_owned(),
            ),
            "planned" => {
                let plan = self.plan.as_deref().unwrap_or(Path::new("FILE")).display();
                Some(format!(
                    "nothing was recorded: {} of {} steps in {plan} wait for a decision; record it with --plan {plan}",
                    self.problems,
                    self.steps.len()
                ))
            }
            _ => None,
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        if self.outcome == "there-already" && self.steps.is_empty() {
            return page.named("next table", "recorded already, with its plan");
        }
        page.named(
            "next table",
            &format!(
                "{} rows, {} aligned with recommendations; compared at size {}",
                self.rows, self.aligned, self.basis.size
            ),
        );
        let counts: Vec<String> = StepKind::ALL
            .iter()
            .filter_map(|kind| Some((kind.as_str(), *self.counts.get(kind.as_str())?)))
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        page.named("steps", &format!("{}: {}", self.steps.len(), counts.join(", ")));
        page.named(
            "to decide",
            &format!("{} steps; {} go back to an earlier state", self.problems, self.regressions),
        );
        // What a row's alignment rests on is said once, with its first step.
        let mut row = "";
        for step in &self.steps {
            let of_row = step.id.split_once('/').map_or(step.id.as_str(), |(row, _)| row);
            step.write(page, (of_row != row).then_some(step.evidence.as_str()));
            row = of_row;
        }
        self.write_remarks(page);
        if let Some(decisions) = &self.decisions {
            let Decisions { accepted, changed, refused, recorded, unchanged } = decisions;
            let kinds: Vec<String> = recorded.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            page.named("decided", &format!("{accepted} accepted, {changed} changed, {refused} refused"));
            let new: u64 = recorded.values().sum();
            let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
            page.named("recorded", &format!("{new} new events{kinds}; {unchanged} were there already"));
        }
    }

    fn write_remarks(&self, page: &mut Page) {
        for PrintReport { recommendation, lines, kind, difference } in &self.print_differences {
            let name = format!("  {}", spans(lines));
            page.named(&name, &format!("{recommendation}: printed otherwise ({kind}): {difference}"));
        }
        if !self.never_printed.is_empty() {
            page.named("never printed", &self.never_printed.join(", "));
        }
        for difference in &self.vocabulary_differences {
            page.named("vocabulary", &format!("{difference}; the register's holds"));
        }
    }
}

impl StepReport {
    fn write(&self, page: &mut Page, evidence: Option<&str>) {
        let Self { id, kind, recommendation, old, new, .. } = self;
        let shown = |value: &Option<String>| {
            value.as_ref().map_or_else(|| "unknown".to_owned(), |value| format!("{value:?}"))
        };
        let change = match (&self.difference, kind) {
            (Some(difference), _) => difference.clone(),
            (None, &"repeated") => format!("{}, word for word", shown(new)),
            (None, &("unchanged" | "note" | "new" | "vanished" | "split" | "merged")) => shown(new),
            (None, _) => format!("{} → {}", shown(old), shown(new)),
        };
        let back = if self.regress { " (goes back)" } else { "" };
        let problem =
            self.problem.as_ref().map(|problem| format!(" [decide: {problem}]")).unwrap_or_default();
        let evidence = evidence.map(|evidence| format!("; {evidence}")).unwrap_or_default();
        let line = format!("{recommendation} {kind}{back}: {change}{problem} ({id}{evidence})");
        page.named(&format!("  {}", spans(&self.lines)), &line);
    }
}

impl From<&Step> for StepReport {
    fn from(step: &Step) -> Self {
        Self {
            id: step.id.clone(),
            kind: step.kind.as_str(),
            recommendation: step.recommendation.clone(),
            event: step.event.to_string(),
            lines: step.lines.iter().map(|range| (range.first, range.last)).collect(),
            old: step.old.clone(),
            new: step.new.clone(),
            regress: step.regress,
            repeats: step.repeats.map(|event| event.to_string()),
            evidence: step.evidence.clone(),
            agreement: step.agreement.as_ref().map(AgreementReport::from),
            problem: step.problem.clone(),
            difference: step.difference.clone(),
            requires: step.requires.clone(),
        }
    }
}

impl From<&Agreement> for AgreementReport {
    fn from(agreement: &Agreement) -> Self {
        let runner_up = agreement.runner_up.as_ref().map(|(recommendation, per_mille)| RunnerUp {
            recommendation: recommendation.clone(),
            per_mille: *per_mille,
        });
        Self { same_number: agreement.same_number, per_mille: agreement.per_mille, runner_up }
    }
}

impl From<&PlanReport> for Decisions {
    fn from(done: &PlanReport) -> Self {
        Self {
            accepted: done.accepted,
            changed: done.changed,
            refused: done.refused,
            recorded: done.recorded.iter().map(|(kind, count)| (kind.short(), *count)).collect(),
            unchanged: done.unchanged,
        }
    }
}

fn spans(lines: &[(u32, u32)]) -> String {
    let shown = lines.iter().map(|&(first, last)| LineRange { first, last }.to_string());
    shown.collect::<Vec<_>>().join(", ")
}
