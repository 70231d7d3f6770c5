//! The reconciliation of an import, for people and for programs (DESIGN section 8, step 4).

use std::collections::BTreeMap;
use std::path::Path;

use docket_ledger::import::{AppliedDecision, LineRange, Problem, Reconciliation, Resolution};
use docket_ledger::source::{Difference, ImportReport, Prepared};
use serde::Serialize;

use super::Import;
use super::next::NextReport;
use crate::command::verify::Outcome;
use crate::text::wrapped;

/// The columns that a name in front of a line takes.
const NAME_COLUMNS: usize = 17;

/// What an import did and found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) sources: Vec<SourceReport>,
    /// New events, corrections included.
    pub(super) recorded: u64,
    #[serde(flatten)]
    pub(super) verified: Outcome,
}

/// The same of one source.
#[derive(Debug, Serialize)]
pub(super) struct SourceReport {
    path: String,
    register: String,
    document: String,
    sha256: String,
    lines: Lines,
    recommendations: Recommendations,
    labels: Vec<LabelCount>,
    labels_unknown: u32,
    rows_with_notes: u32,
    earlier_answers: u32,
    problems: Vec<ProblemReport>,
    decisions: Vec<DecisionReport>,
    recorded: BTreeMap<&'static str, u64>,
    unchanged: u64,
    corrected: Vec<DifferenceReport>,
    open: Vec<DifferenceReport>,
    /// For a table that is not the first of its register.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NextReport>,
}

#[derive(Debug, Serialize)]
struct Lines {
    read: u32,
    blank: u32,
    owned: u32,
    quarantined: u32,
    unaccounted: Vec<u32>,
}

#[derive(Debug, Serialize)]
struct Recommendations {
    expected: u32,
    rows: u32,
    printed: u32,
    inferred: u32,
    missing: u32,
}

#[derive(Debug, Serialize)]
struct LabelCount {
    label: String,
    count: u32,
}

#[derive(Debug, Serialize)]
struct ProblemReport {
    code: &'static str,
    lines: (u32, u32),
    column: Option<&'static str>,
    row: Option<String>,
    message: String,
    suggestion: String,
    resolution: &'static str,
    /// The decisions that settle it, by their places in the file.
    decisions: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct DecisionReport {
    ordinal: usize,
    action: String,
    lines: (u32, u32),
    column: Option<&'static str>,
    problem: String,
    outcome: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct DifferenceReport {
    what: String,
    event: Option<String>,
    recorded: String,
    now: String,
}

impl SourceReport {
    pub(super) fn new(folder: &Path, source: &Prepared, import: &Import) -> Self {
        let nothing = ImportReport::default();
        let (import, next) = match import {
            Import::First(import) => (import, None),
            Import::Next(next) => (&nothing, Some(next.as_ref())),
        };
        let transcript = source.transcript();
        let reconciliation = &transcript.reconciliation;
        Self {
            path: folder.display().to_string(),
            register: source.register().to_string(),
            document: source.folder().manifest.document.file.clone(),
            sha256: source.sha256().to_string(),
            lines: lines(reconciliation),
            recommendations: recommendations(reconciliation),
            labels: labels(reconciliation),
            labels_unknown: reconciliation.labels_unknown,
            rows_with_notes: reconciliation.rows_with_notes,
            earlier_answers: reconciliation.earlier_answers,
            problems: transcript
                .problems
                .iter()
                .map(|problem| problem_of(problem, &transcript.decisions))
                .collect(),
            decisions: transcript.decisions.iter().map(DecisionReport::from).collect(),
            recorded: import.recorded.iter().map(|(kind, count)| (kind.short(), *count)).collect(),
            unchanged: import.unchanged,
            corrected: import.corrected.iter().map(DifferenceReport::from).collect(),
            open: import.open.iter().map(DifferenceReport::from).collect(),
            next: next.cloned(),
        }
    }
}

fn lines(reconciliation: &Reconciliation) -> Lines {
    let account = reconciliation.lines;
    Lines {
        read: account.read,
        blank: account.blank,
        owned: account.owned,
        quarantined: account.quarantined,
        unaccounted: reconciliation.unaccounted_lines.clone(),
    }
}

fn recommendations(reconciliation: &Reconciliation) -> Recommendations {
    Recommendations {
        expected: reconciliation.expected_count,
        rows: reconciliation.rows,
        printed: reconciliation.numbers.printed,
        inferred: reconciliation.numbers.inferred,
        missing: reconciliation.numbers.missing,
    }
}

fn labels(reconciliation: &Reconciliation) -> Vec<LabelCount> {
    let count = |(label, count): &(String, u32)| LabelCount { label: label.clone(), count: *count };
    reconciliation.labels.iter().map(count).collect()
}

fn problem_of(problem: &Problem, decisions: &[AppliedDecision]) -> ProblemReport {
    let (resolution, settled_by) = match &problem.resolution {
        Resolution::Open => ("open", Vec::new()),
        Resolution::ByRule => ("by-rule", Vec::new()),
        Resolution::Decided(places) => {
            let ordinals =
                places.iter().filter_map(|place| decisions.get(*place)).map(|decision| decision.ordinal);
            ("decided", ordinals.collect())
        }
    };
    ProblemReport {
        code: problem.code,
        lines: both_ends(problem.lines),
        column: problem.column.map(docket_ledger::import::manifest::ColumnRole::as_str),
        row: problem.row.clone(),
        message: problem.message.clone(),
        suggestion: problem.suggestion.clone(),
        resolution,
        decisions: settled_by,
    }
}

impl From<&AppliedDecision> for DecisionReport {
    fn from(decision: &AppliedDecision) -> Self {
        Self {
            ordinal: decision.ordinal,
            action: decision.action.clone(),
            lines: both_ends(decision.lines),
            column: decision.column.map(docket_ledger::import::manifest::ColumnRole::as_str),
            problem: decision.problem.clone(),
            outcome: decision.outcome.clone(),
            reason: decision.reason.clone(),
        }
    }
}

impl From<&Difference> for DifferenceReport {
    fn from(difference: &Difference) -> Self {
        Self {
            what: difference.what.clone(),
            event: difference.event.map(|event| event.to_string()),
            recorded: difference.recorded.clone(),
            now: difference.now.clone(),
        }
    }
}

const fn both_ends(lines: LineRange) -> (u32, u32) {
    (lines.first, lines.last)
}

impl Report {
    /// The report in at most so many columns. It ends with size, root and checkpoint.
    pub(super) fn text(&self, columns: u16) -> String {
        let mut page = Page { columns: usize::from(columns), text: String::new() };
        for source in &self.sources {
            source.write(&mut page);
        }
        if self.recorded == 0 {
            page.line("Nothing new: nothing was recorded.");
        }
        page.text.push_str(&self.verified.to_string());
        page.text
    }
}

/// Lines that fit.
pub(super) struct Page {
    columns: usize,
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.indented("", line);
    }

    /// A line after a name; what does not fit goes on under its beginning.
    pub(super) fn named(&mut self, name: &str, line: &str) {
        self.indented(&format!("  {name:<NAME_COLUMNS$}"), line);
    }

    fn indented(&mut self, before: &str, line: &str) {
        let indent = before.chars().count();
        let width = self.columns.saturating_sub(indent).max(20);
        for (number, part) in wrapped(line, width).iter().enumerate() {
            let start = if number == 0 { before.to_owned() } else { " ".repeat(indent) };
            self.text.extend([&start, part, "\n"]);
        }
    }
}

impl SourceReport {
    fn write(&self, page: &mut Page) {
        let Self { register, document, sha256, lines, recommendations, .. } = self;
        page.line(&format!("{register}: {document}, SHA-256 {sha256}"));
        let unaccounted = match lines.unaccounted.len() {
            0 => String::new(),
            count => format!(" + {count} unaccounted"),
        };
        let Lines { read, blank, owned, quarantined, .. } = lines;
        page.named(
            "lines",
            &format!("{read} = {blank} blank + {owned} owned + {quarantined} quarantined{unaccounted}"),
        );
        let Recommendations { expected, rows, printed, inferred, missing } = recommendations;
        let of_expected = if expected == rows { String::new() } else { format!(" of {expected} expected") };
        page.named(
            "recommendations",
            &format!(
                "{rows}{of_expected}: {printed} numbers printed, {inferred} inferred, {missing} missing"
            ),
        );
        page.named("labels", &self.labels_line());
        page.named(
            "notes",
            &format!("{} rows with a note, {} earlier answers", self.rows_with_notes, self.earlier_answers),
        );
        self.write_problems(page);
        self.write_decisions(page);
        match &self.next {
            Some(next) => next.write(page),
            None => self.write_outcome(page),
        }
        page.text.push('\n');
    }

    fn labels_line(&self) -> String {
        let mut labels: Vec<String> =
            self.labels.iter().map(|LabelCount { label, count }| format!("{count} {label}")).collect();
        labels.push(format!("{} unknown", self.labels_unknown));
        labels.join(", ")
    }

    fn write_problems(&self, page: &mut Page) {
        let count =
            |resolution| self.problems.iter().filter(|problem| problem.resolution == resolution).count();
        let (decided, by_rule, open) = (count("decided"), count("by-rule"), count("open"));
        page.named(
            "problems",
            &format!("{}: {decided} decided, {by_rule} settled by rule, {open} open", self.problems.len()),
        );
        for problem in &self.problems {
            let settled = match (problem.resolution, problem.decisions.as_slice()) {
                ("decided", decisions) => {
                    let ordinals: Vec<String> = decisions.iter().map(ToString::to_string).collect();
                    format!(" [decision {}]", ordinals.join(", "))
                }
                ("open", _) => format!(" [open: {}]", problem.suggestion),
                _ => " [by rule]".to_owned(),
            };
            let ProblemReport { code, message, .. } = problem;
            page.named(&format!("  {}", span(problem.lines)), &format!("{code}: {message}{settled}"));
        }
    }

    fn write_decisions(&self, page: &mut Page) {
        page.named("decisions", &self.decisions.len().to_string());
        for decision in &self.decisions {
            let DecisionReport { ordinal, action, outcome, reason, lines, .. } = decision;
            page.named(&format!("  {ordinal}"), &format!("{action} {}: {outcome} ({reason})", span(*lines)));
        }
    }

    fn write_outcome(&self, page: &mut Page) {
        let Self { recorded, unchanged, corrected, open, .. } = self;
        let new: u64 = recorded.values().sum();
        let kinds: Vec<String> = recorded.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        page.named("recorded", &format!("{new} new events{kinds}; {unchanged} were there already"));
        for (name, differences) in [("corrected", corrected), ("not recorded", open)] {
            for DifferenceReport { what, recorded, now, .. } in differences {
                page.named(name, &format!("{what}: {recorded:?} in the log, {now:?} in the source"));
            }
        }
    }
}

/// The lines 34 to 37 as `34-37`, one line as its number.
fn span((first, last): (u32, u32)) -> String {
    LineRange { first, last }.to_string()
}
