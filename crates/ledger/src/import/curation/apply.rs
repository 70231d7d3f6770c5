//! Applying decisions: each against the problems that were reported, and all refusals together.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        error::{ImportError, RefusedDecision},
        manifest::Manifest,
        model::{AppliedDecision, DecidedBy, Fragment, LineRange, Problem, Resolution, Transcript},
        reconcile::Reconciliation,
        transcribe::{Draft, interpret::WorkRow, line::Shape, problem::Code},
    },
    Action, Curation, Decision, structure, wording,
};

/// Applies a curation to a draft, and finishes the transcript.
///
/// # Errors
/// [`ImportError::Refused`] with every decision that does not apply.
pub(crate) fn apply(
    mut draft: Draft,
    manifest: &Manifest,
    curation: &Curation,
) -> Result<Transcript, ImportError> {
    let unreported = draft.unreported();
    draft.problems.extend(unreported);
    let (_, before) = draft.derive(manifest);
    let reported: Vec<Problem> = draft.problems.iter().cloned().chain(before.iter().cloned()).collect();

    let filled: Vec<bool> = draft.lines.iter().map(|line| line.shape != Shape::Blank).collect();
    let mut outcomes: Vec<Result<String, String>> = vec![Ok(String::new()); curation.decisions.len()];
    let mut take = |phase: Phase,
                    problems: &[Problem],
                    act: &mut dyn FnMut(usize, &Decision) -> Result<String, String>| {
        for (index, (decision, outcome)) in curation.decisions.iter().zip(&mut outcomes).enumerate() {
            if phase_of(&decision.action) == phase {
                *outcome = gate(decision, problems, &filled).and_then(|()| act(index, decision));
            }
        }
    };
    take(Phase::Cells, &reported, &mut |index, decision| {
        structure::decide(&mut draft, manifest, index, decision)
    });
    let (mut rows, after) = draft.derive(manifest);
    let mut problems = draft.problems.clone();
    problems.extend(still_answered(before, &after, curation));
    problems.extend(after);
    take(Phase::Wording, &problems, &mut |_, decision| wording::decide(&mut rows, &draft, decision));

    let decisions = outcomes_of(curation, outcomes)?;
    resolve(&mut problems, &mut rows, curation);
    Ok(finish(&draft, rows, problems, decisions, manifest))
}

/// Decisions about cells and numbers come before those about wording, because they change which words a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Cells,
    Wording,
}

const fn phase_of(action: &Action) -> Phase {
    match action {
        Action::Quarantine { .. }
        | Action::Assign { .. }
        | Action::SplitCell { .. }
        | Action::Number { .. }
        | Action::Label { .. } => Phase::Cells,
        Action::LeakedNote { .. }
        | Action::RepeatedNote { .. }
        | Action::SeparateNotes { .. }
        | Action::RestoreHyphen { .. }
        | Action::Annotate { .. }
        | Action::Keep { .. }
        | Action::Dismiss { .. } => Phase::Wording,
    }
}

fn answers(decision: &Decision, problem: &Problem) -> bool {
    let same_column = problem.column.is_none() || decision.cell.is_none() || problem.column == decision.cell;
    decision.problem == problem.code && decision.lines.overlaps(problem.lines) && same_column
}

/// Whether a decision may be taken: its lines exist, each is in a reported problem, and one of those is the problem it names.
fn gate(decision: &Decision, problems: &[Problem], filled: &[bool]) -> Result<(), String> {
    let LineRange { first, last } = decision.lines;
    let holds_text = |line: u32| usize::try_from(line).ok().and_then(|line| filled.get(line - 1)).copied();
    if holds_text(last).is_none() {
        return Err(format!("the document has {} lines", filled.len()));
    }
    let reported = |line: u32| problems.iter().any(|problem| problem.lines.contains(line));
    let unreported = |line: &u32| holds_text(*line) == Some(true) && !reported(*line);
    if let Some(line) = (first..=last).find(unreported) {
        return Err(format!("no problem is reported on line {line}"));
    }
    if problems.iter().any(|problem| answers(decision, problem)) {
        return Ok(());
    }
    let mut there: Vec<&str> = problems
        .iter()
        .filter(|problem| problem.lines.overlaps(decision.lines))
        .map(|problem| problem.code)
        .collect();
    there.sort_unstable();
    there.dedup();
    let instead = if there.is_empty() { "none is".to_owned() } else { format!("only {}", there.join(", ")) };
    Err(format!("no problem {:?} is reported there; {instead}", decision.problem))
}

/// Problems that followed from the rows as the rules left them and are gone because a decision answered them: they stay on record.
fn still_answered(before: Vec<Problem>, after: &[Problem], curation: &Curation) -> Vec<Problem> {
    let again = |problem: &Problem| {
        after.iter().any(|other| {
            other.code == problem.code
                && other.lines.overlaps(problem.lines)
                && other.column == problem.column
        })
    };
    let answered = |problem: &Problem| {
        curation
            .decisions
            .iter()
            .any(|decision| phase_of(&decision.action) == Phase::Cells && answers(decision, problem))
    };
    before.into_iter().filter(|problem| answered(problem) && !again(problem)).collect()
}

fn outcomes_of(
    curation: &Curation,
    outcomes: Vec<Result<String, String>>,
) -> Result<Vec<AppliedDecision>, ImportError> {
    let mut applied = Vec::new();
    let mut refused = Vec::new();
    for (ordinal, (decision, outcome)) in (1..).zip(curation.decisions.iter().zip(outcomes)) {
        let action = decision.action.as_str().to_owned();
        match outcome {
            Ok(outcome) => applied.push(AppliedDecision {
                ordinal,
                action,
                lines: decision.lines,
                column: decision.cell,
                problem: decision.problem.clone(),
                outcome,
                reason: decision.reason.clone(),
            }),
            Err(reason) => {
                refused.push(RefusedDecision { ordinal, action, lines: decision.lines.to_string(), reason });
            }
        }
    }
    if refused.is_empty() {
        Ok(applied)
    } else {
        Err(ImportError::Refused { file: curation.file.clone(), refused })
    }
}

/// Writes down which decisions answer which problem; damage that nobody repaired is noted at its rows.
fn resolve(problems: &mut Vec<Problem>, rows: &mut [WorkRow], curation: &Curation) {
    let places = Places::new(rows);
    for problem in problems.iter_mut() {
        let deciding: Vec<usize> = (0..)
            .zip(&curation.decisions)
            .filter(|(_, decision)| answers(decision, problem))
            .map(|(index, _)| index)
            .collect();
        let decision = |index: &usize| curation.decisions.get(*index);
        let repaired = deciding
            .iter()
            .filter_map(decision)
            .any(|decision| !matches!(decision.action, Action::Annotate { .. } | Action::Keep { .. }));
        if !deciding.is_empty() {
            problem.resolution = Resolution::Decided(deciding);
        }
        if !repaired && problem.resolution != Resolution::ByRule && problem.code != Code::RowCount.as_str() {
            note_damage(rows, &places, problem);
        }
    }
    problems.sort_by(|a, b| (a.lines, a.column, a.code).cmp(&(b.lines, b.column, b.code)));
    problems.dedup();
}

/// Where rows are found by their keys and lines.
struct Places {
    keys: BTreeMap<String, usize>,
    lines: BTreeMap<u32, Vec<usize>>,
}

impl Places {
    fn new(rows: &[WorkRow]) -> Self {
        let keys = rows.iter().enumerate().map(|(index, row)| (row.key.clone(), index)).collect();
        let mut lines: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            for line in row.lines.iter().flat_map(|lines| lines.first..=lines.last) {
                lines.entry(line).or_default().push(index);
            }
        }
        Self { keys, lines }
    }

    /// The rows that a problem is about.
    fn of(&self, problem: &Problem) -> BTreeSet<usize> {
        match &problem.row {
            Some(key) => self.keys.get(key).copied().into_iter().collect(),
            None => self
                .lines
                .range(problem.lines.first..=problem.lines.last)
                .flat_map(|(_, rows)| rows)
                .copied()
                .collect(),
        }
    }
}

fn note_damage(rows: &mut [WorkRow], places: &Places, problem: &Problem) {
    for index in places.of(problem) {
        if let Some(row) = rows.get_mut(index) {
            row.add_damage(problem.code, problem.message.clone());
            row.text_partial |= problem.code == Code::BeginningLostSuspected.as_str();
        }
    }
}

fn finish(
    draft: &Draft,
    rows: Vec<WorkRow>,
    problems: Vec<Problem>,
    decisions: Vec<AppliedDecision>,
    manifest: &Manifest,
) -> Transcript {
    let rows: Vec<_> = (1..).zip(rows).map(|(position, row)| row.finish(position, manifest)).collect();
    let mut fragments: Vec<Fragment> = draft
        .quarantined
        .iter()
        .map(|quarantine| Fragment {
            lines: quarantine.lines,
            text: raw_text(draft, quarantine.lines),
            reason: quarantine.reason.clone(),
            decided_by: quarantine.decided_by.clone(),
        })
        .collect();
    fragments.sort_by_key(|fragment: &Fragment| fragment.lines);
    let reconciliation = Reconciliation::new(draft, &rows, &problems, manifest);
    Transcript { rows, fragments, problems, decisions, reconciliation }
}

fn raw_text(draft: &Draft, lines: LineRange) -> String {
    let raw = (lines.first..=lines.last).filter_map(|line| draft.line(line)).map(|line| line.raw.as_str());
    raw.collect::<Vec<_>>().join("\n")
}

impl Decision {
    /// Who decided, for what a decision leaves behind.
    pub(super) const fn by(index: usize) -> DecidedBy {
        DecidedBy::Decision(index)
    }
}
