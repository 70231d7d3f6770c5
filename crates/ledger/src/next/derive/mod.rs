//! From an alignment to steps: what each row says, beside what is recorded.

mod parts;
mod piece;

use std::collections::BTreeSet;

use docket_domain::event::RecommendationAmended;
use docket_domain::term::{NumberBasis as KnownBasis, Reporting, TextBasis as KnownTextBasis};
use docket_domain::{Action, Data, Key, Subject};

use super::align::{Alignment, Basis, Item, Pair, align};
use super::known::{Known, KnownText, Recommendation};
use super::step::{Agreement, PrintDifference, Step, StepKind};
use super::wording::{Signature, Wording, difference, is_no_update, repetition_reason, word_for_word};
use crate::error::LedgerError;
use crate::import::manifest::ColumnRole;
use crate::import::{LineRange, Note, NumberBasis, Resolution, Row, TextBasis};
use crate::source::expected::{Builder, ExpectedStep};
use crate::source::{Prepared, terms};
use piece::Piece;

/// So much of a cut row's words must be in the recorded text for it to be the same text, in per mille.
const CUT_WITHIN: u16 = 950;

/// What was worked out.
pub(super) struct Derived {
    pub(super) steps: Vec<Step>,
    pub(super) print_differences: Vec<PrintDifference>,
    pub(super) never_printed: Vec<String>,
    pub(super) rows: usize,
    pub(super) aligned: usize,
}

/// Aligns the table and derives a step for everything that it says.
pub(super) fn derive(
    prepared: &Prepared,
    builder: &Builder<'_>,
    known: &Known,
) -> Result<Derived, LedgerError> {
    // A number that no line bears is no row of this document.
    let rows: Vec<&Row> = prepared.transcript().rows.iter().filter(|row| !row.lines.is_empty()).collect();
    let known_items: Vec<Item> = known.recommendations.iter().map(item_of_known).collect();
    let row_items: Vec<Item> = rows.iter().map(|row| item_of_row(row)).collect();
    let alignment = align(&known_items, &row_items);
    let mut deriver = Deriver {
        prepared,
        builder,
        known,
        rows,
        keys: known.recommendations.iter().map(|known| known.key.to_string()).collect(),
        steps: Vec::new(),
        print_differences: Vec::new(),
        never_printed: Vec::new(),
    };
    deriver.all(&alignment)?;
    Ok(Derived {
        rows: deriver.rows.len(),
        aligned: deriver.rows.len() - alignment.new.len(),
        steps: deriver.steps,
        print_differences: deriver.print_differences,
        never_printed: deriver.never_printed,
    })
}

fn item_of_known(known: &Recommendation) -> Item {
    Item {
        number: Some(known.number.map_or_else(|| known.key.to_string(), |number| number.to_string())),
        text: known.text.words().map(Signature::of),
        partial: matches!(known.text, KnownText::Partial(_)),
    }
}

fn item_of_row(row: &Row) -> Item {
    let number = match (row.number, row.number_basis) {
        (Some(number), _) => Some(number.to_string()),
        (None, NumberBasis::Missing) => None,
        (None, _) => Some(row.key.clone()),
    };
    Item {
        number,
        text: row.text.as_deref().map(Signature::of),
        partial: row.text_basis == TextBasis::Partial,
    }
}

/// Where the statements of a row go.
struct Target<'t> {
    subject: Subject,
    /// What is recorded about it; nothing for a new one.
    known: Option<&'t Recommendation>,
    evidence: String,
    agreement: Option<Agreement>,
    problem: Option<String>,
    requires: Option<String>,
    /// Told apart where the statements of one row go to two recommendations.
    copy: Option<String>,
}

impl Target<'_> {
    fn key(&self) -> String {
        self.subject.key().map(ToString::to_string).unwrap_or_default()
    }
}

struct Deriver<'a> {
    prepared: &'a Prepared,
    builder: &'a Builder<'a>,
    known: &'a Known,
    rows: Vec<&'a Row>,
    /// The keys that are taken.
    keys: BTreeSet<String>,
    steps: Vec<Step>,
    print_differences: Vec<PrintDifference>,
    never_printed: Vec<String>,
}

impl<'a> Deriver<'a> {
    fn all(&mut self, alignment: &Alignment) -> Result<(), LedgerError> {
        for pair in &alignment.pairs {
            self.pair(pair)?;
        }
        for split in &alignment.splits {
            self.split(split)?;
        }
        for merge in &alignment.merges {
            self.merge(merge)?;
        }
        for (row, likeness) in &alignment.new {
            self.new_row(*row, *likeness)?;
        }
        for known in &alignment.vanished {
            self.vanished(*known);
        }
        Ok(())
    }

    fn row(&self, place: usize) -> Result<&'a Row, LedgerError> {
        self.rows.get(place).copied().ok_or(LedgerError::Empty)
    }

    fn recommendation(&self, place: usize) -> Result<&'a Recommendation, LedgerError> {
        self.known.recommendations.get(place).ok_or(LedgerError::Empty)
    }

    fn subject(&self, key: &Key) -> Subject {
        Subject::Recommendation(self.prepared.register().clone(), key.clone())
    }

    fn pair(&mut self, pair: &Pair) -> Result<(), LedgerError> {
        let (row, known) = (self.row(pair.row)?, self.recommendation(pair.known)?);
        let target = Target {
            subject: self.subject(&known.key),
            known: Some(known),
            evidence: self.evidence(pair, known, row),
            agreement: Some(self.agreement(pair)),
            problem: problem_of(pair, known),
            requires: None,
            copy: None,
        };
        self.number(row, known, &target);
        self.text(row, known, pair, &target);
        self.statements(row, &target)
    }

    fn number_of(&self, place: usize) -> String {
        self.known.recommendations.get(place).map(|known| known.key.to_string()).unwrap_or_default()
    }

    fn agreement(&self, pair: &Pair) -> Agreement {
        Agreement {
            same_number: pair.same_number,
            per_mille: pair.per_mille,
            runner_up: pair.runner_up.map(|other| (self.number_of(other.known), other.per_mille)),
        }
    }

    fn evidence(&self, pair: &Pair, known: &Recommendation, row: &Row) -> String {
        let number = known.number.map_or_else(|| known.key.to_string(), |number| number.to_string());
        let own = row.number.map_or_else(|| row.key.clone(), |number| number.to_string());
        let mut parts = vec![match (pair.same_number, row.number_basis) {
            (true, NumberBasis::Printed) => format!("number {number} equal"),
            (true, basis) => format!("number {number} equal ({basis} here)"),
            (false, NumberBasis::Missing) => format!("number {number} not printed here"),
            (false, _) => format!("number {number} is {own} here"),
        }];
        parts.push(match (pair.per_mille, &known.text) {
            (Some(alike), _) => format!("words {} alike", percent(alike)),
            (None, KnownText::Redacted) => "the recorded words are redacted".to_owned(),
            (None, _) => "no words to compare".to_owned(),
        });
        if let Some(other) = pair.runner_up {
            parts.push(format!(
                "next best {} with {}",
                self.number_of(other.known),
                percent(other.per_mille)
            ));
        }
        if pair.basis != Basis::Words
            && let Some(agree) = pair.neighbours_agree
        {
            parts.push(format!("the neighbours {}", if agree { "agree" } else { "do not agree" }));
        }
        parts.join(", ")
    }

    /// What the number column adds to what is known.
    fn number(&mut self, row: &Row, known: &Recommendation, target: &Target<'_>) {
        if row.number_basis != NumberBasis::Printed || row.number.is_none() {
            return;
        }
        let same = row.number == known.number;
        if same && known.number_basis == KnownBasis::Printed {
            return;
        }
        let kind = if same { StepKind::Numbered } else { StepKind::Renumbered };
        let reason = if same {
            "another table of the register prints the number".to_owned()
        } else {
            format!("the document with SHA-256 {} prints another number", self.prepared.sha256())
        };
        let amendment = RecommendationAmended {
            number: row.number,
            number_basis: Some(terms::number_basis(row.number_basis)),
            number_printed: row.number_printed.clone(),
            reason,
            source: Some(self.builder.lines(&row.lines)),
            source_url: None,
            text: None,
            text_basis: None,
        };
        let problem = target.problem.clone().or_else(|| {
            (!same).then(|| {
                "the number is another one: accept it only if the register was renumbered".to_owned()
            })
        });
        let old = known.number.map(|number| format!("{number} ({})", known.number_basis.as_str()));
        let new = row.number.map(|number| format!("{number} (printed)"));
        let step = self.amendment(row, target, 0, amendment);
        self.push(Piece { suffix: "number", kind, old, new, problem, ..Piece::of(row, target) }, step);
    }

    fn text(&mut self, row: &Row, known: &Recommendation, pair: &Pair, target: &Target<'_>) {
        let Some(printed) = row.text.as_deref() else { return };
        let (kind, recorded) = match &known.text {
            KnownText::Redacted => return,
            KnownText::Unknown => (StepKind::Supplemented, None),
            KnownText::Partial(words) | KnownText::Whole(words) => match Wording::of(words, printed) {
                Wording::Same => return,
                Wording::Reworded => {
                    let (old, new) = (Signature::of(words), Signature::of(printed));
                    if row.text_basis == TextBasis::Partial && new.within(&old) >= CUT_WITHIN {
                        return self.print_difference(row, known, Wording::Reworded, words, printed);
                    }
                    let grown = matches!(known.text, KnownText::Partial(_)) && old.within(&new) >= CUT_WITHIN;
                    (if grown { StepKind::Supplemented } else { StepKind::Reworded }, Some(words))
                }
                wording => return self.print_difference(row, known, wording, words, printed),
            },
        };
        let doubtful = row.number_basis != NumberBasis::Printed || pair.neighbours_agree == Some(false);
        let own = match kind {
            StepKind::Reworded => Some(
                "the recommendation is printed with other words: accept it only if the register's text changed",
            ),
            _ if recorded.is_none() && doubtful => {
                Some("nothing but an unprinted or misplaced number says that this is the lost text")
            }
            _ => None,
        };
        let problem = target
            .problem
            .clone()
            .or_else(|| own.map(str::to_owned))
            .or_else(|| self.open_problem(row, ColumnRole::Text));
        let what =
            if kind == StepKind::Reworded { "prints other words" } else { "prints words that were lost" };
        let amendment = RecommendationAmended {
            number: None,
            number_basis: None,
            number_printed: None,
            reason: format!("the document with SHA-256 {} {what}", self.prepared.sha256()),
            source: Some(self.builder.lines(&row.lines)),
            source_url: None,
            text: Some(printed.to_owned()),
            text_basis: Some(match row.text_basis {
                TextBasis::Printed => KnownTextBasis::Printed,
                TextBasis::Partial | TextBasis::Unknown => KnownTextBasis::Partial,
            }),
        };
        let step = self.amendment(row, target, 1, amendment);
        let piece = Piece {
            suffix: "text",
            kind,
            old: recorded.cloned(),
            new: Some(printed.to_owned()),
            problem,
            difference: recorded.map(|recorded| difference(recorded, printed)),
            ..Piece::of(row, target)
        };
        self.push(piece, step);
    }

    fn print_difference(
        &mut self,
        row: &Row,
        known: &Recommendation,
        wording: Wording,
        recorded: &str,
        printed: &str,
    ) {
        self.print_differences.push(PrintDifference {
            recommendation: known.key.to_string(),
            lines: row.lines.clone(),
            wording,
            difference: difference(recorded, printed),
        });
    }

    fn amendment(
        &self,
        row: &Row,
        target: &Target<'_>,
        ordinal: usize,
        amendment: RecommendationAmended<String>,
    ) -> ExpectedStep {
        let what = format!("amendment of {}", target.key());
        let data = Data::RecommendationAmended(amendment);
        self.builder.step(&row.key, ordinal, target.subject.clone(), what, data)
    }

    fn statements(&mut self, row: &Row, target: &Target<'_>) -> Result<(), LedgerError> {
        self.status(row, target)?;
        for (ordinal, note) in row.notes.iter().enumerate() {
            self.note(row, ordinal, note, target)?;
        }
        Ok(())
    }

    fn status(&mut self, row: &Row, target: &Target<'_>) -> Result<(), LedgerError> {
        let vocabulary = &self.known.vocabulary;
        let old = target.known.and_then(|known| known.status.as_ref());
        let old_label = old.and_then(|status| status.label.as_ref()).map(ToString::to_string);
        let meaning = row.label.as_deref().and_then(|label| vocabulary.meaning(label));
        let kind = match meaning {
            None => StepKind::Unreadable,
            Some(meaning) if meaning.reporting == Reporting::NoUpdate => StepKind::NoUpdate,
            Some(_) if row.label == old_label => StepKind::Unchanged,
            Some(_) => StepKind::Changed,
        };
        let order =
            |state: Option<&docket_domain::StateName>| state.and_then(|state| vocabulary.order(state));
        let (before, after) = (
            order(old.and_then(|status| status.state.as_ref())),
            order(meaning.and_then(|meaning| meaning.state.as_ref())),
        );
        let regress = matches!((before, after), (Some(before), Some(after)) if after < before);
        let mut evidence = target.evidence.clone();
        if kind == StepKind::Changed && before.is_some() && before == after {
            evidence.push_str("; another label of the same state");
        }
        let problem =
            target.problem.clone().or_else(|| self.open_problem(row, ColumnRole::Status)).or_else(|| {
                (kind == StepKind::Unreadable).then(|| {
                    "the status cannot be read: accept that it is unknown, or change it to a label".to_owned()
                })
            });
        let step = self.builder.status(row)?;
        let piece = Piece {
            suffix: "status",
            kind,
            old: old_label,
            new: row.label.clone(),
            regress,
            evidence,
            problem,
            ..Piece::of(row, target)
        };
        self.push(piece, step);
        Ok(())
    }

    fn note(
        &mut self,
        row: &Row,
        ordinal: usize,
        note: &Note,
        target: &Target<'_>,
    ) -> Result<(), LedgerError> {
        let role = terms::note_role(note.role);
        let mut step = self.builder.note(row, ordinal, note)?;
        let last = || target.known.into_iter().flat_map(|known| known.last_notes(role));
        let repeated = last()
            .find(|earlier| earlier.words.as_deref().is_some_and(|words| word_for_word(words, &note.text)));
        if let (Some(earlier), Action::Record(Data::NoteRecorded(data))) = (repeated, &mut step.step.action) {
            data.reason = Some(repetition_reason(earlier.event));
        }
        let mut evidence = target.evidence.clone();
        if is_no_update(&note.text, &self.known.vocabulary) {
            evidence.push_str("; the note says that there is no update");
        }
        let suffix = format!("note-{}", ordinal + 1);
        let piece = Piece {
            suffix: &suffix,
            kind: if repeated.is_some() { StepKind::Repeated } else { StepKind::Note },
            old: last().last().and_then(|earlier| earlier.words.clone()),
            new: Some(note.text.clone()),
            repeats: repeated.map(|earlier| earlier.event),
            lines: note.lines.clone(),
            evidence,
            problem: target.problem.clone().or_else(|| self.open_problem(row, ColumnRole::Notes)),
            ..Piece::of(row, target)
        };
        self.push(piece, step);
        Ok(())
    }

    /// An open problem of the transcription that touches a column of a row.
    fn open_problem(&self, row: &Row, column: ColumnRole) -> Option<String> {
        let touches = |lines: LineRange| row.lines.iter().any(|range| range.overlaps(lines));
        let problems = &self.prepared.transcript().problems;
        let open = problems.iter().filter(|problem| problem.resolution == Resolution::Open);
        let found = open
            .filter(|problem| match &problem.row {
                Some(key) => *key == row.key,
                None => touches(problem.lines),
            })
            .find(|problem| problem.column.is_none_or(|named| named == column))?;
        Some(format!("{} on line {}: {}", found.code, found.lines, found.message))
    }

    fn push(&mut self, piece: Piece<'_>, mut step: ExpectedStep) {
        let Ok(key) = Key::new(&piece.recommendation) else { return };
        step.step.subject = self.subject(&key);
        let copy = piece.copy.as_ref().map(|key| format!("/{key}")).unwrap_or_default();
        // The id of a statement's second copy must be another one; remarks have the recommendation in their ids already.
        if let (Some(key), false) = (&piece.copy, piece.kind == StepKind::Merged) {
            let part = format!("{}/{key}/{}", piece.row, piece.suffix);
            step.step.event = self.builder.event(&part, step.kind, 0);
        }
        self.steps.push(Step {
            id: format!("{}/{}{copy}", piece.row, piece.suffix),
            kind: piece.kind,
            recommendation: piece.recommendation,
            event: step.step.event,
            lines: piece.lines,
            old: piece.old,
            new: piece.new,
            regress: piece.regress,
            repeats: piece.repeats,
            evidence: piece.evidence,
            agreement: piece.agreement,
            problem: piece.problem,
            difference: piece.difference,
            requires: piece.requires,
            subject: step.step.subject,
            action: step.step.action,
        });
    }
}

fn problem_of(pair: &Pair, known: &Recommendation) -> Option<String> {
    match pair.basis {
        _ if pair.ambiguous => Some(format!(
            "the words fit another recommendation or row nearly as well: is this {}?",
            known.key
        )),
        Basis::NumberAgainstWords => {
            Some(format!("the number is that of {}, the words are not: is it the same?", known.key))
        }
        Basis::NumberOnly if pair.neighbours_agree == Some(false) => Some(format!(
            "nothing but the number says that this is {}, and its neighbours are others",
            known.key
        )),
        Basis::NumberOnly | Basis::Words => None,
    }
}

fn percent(per_mille: u16) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}
