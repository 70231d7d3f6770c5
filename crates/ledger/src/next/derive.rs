//! From an alignment to steps: what each row says, beside what is recorded.

use std::collections::BTreeSet;

use docket_domain::event::RecommendationAmended;
use docket_domain::term::{NumberBasis as KnownBasis, Reporting, TextBasis as KnownTextBasis};
use docket_domain::{Action, Data, Key, Subject};

use super::align::{Alignment, Basis, Item, Likeness, Merge, Pair, Split, align};
use super::known::{Known, KnownText, Recommendation};
use super::step::{PrintDifference, Step, StepKind};
use super::wording::{Signature, Wording, difference, repetition_reason, says_no_update, word_for_word};
use crate::error::LedgerError;
use crate::import::manifest::ColumnRole;
use crate::import::{LineRange, Note, NumberBasis, Resolution, Row, TextBasis};
use crate::source::expected::{Builder, ExpectedStep};
use crate::source::{Prepared, terms};

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
        if says_no_update(&note.text) {
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

    fn split(&mut self, split: &Split) -> Result<(), LedgerError> {
        let known = self.recommendation(split.known)?;
        let [first, second] = [self.row(split.rows[0])?, self.row(split.rows[1])?];
        let subject = self.subject(&known.key);
        let printed = |row: &Row| {
            let label = row.label.as_deref().unwrap_or("unreadable");
            format!(
                "{:?} ({}, status {label})",
                row.text.as_deref().unwrap_or_default(),
                on_lines(&row.lines)
            )
        };
        let text = format!(
            "The document with SHA-256 {} prints this recommendation as two rows: {} and {}.",
            self.prepared.sha256(),
            printed(first),
            printed(second)
        );
        let problem = format!("one recommendation is printed as two rows, {} and {}", first.key, second.key);
        let lines: Vec<LineRange> = [first.lines.as_slice(), &second.lines].concat();
        let step =
            self.builder.annotation(&format!("{}/split", first.key), subject.clone(), &lines, text.clone());
        let evidence =
            format!("the words of rows {} and {} together are those of {}", first.key, second.key, known.key);
        let piece = Piece {
            suffix: "split",
            kind: StepKind::Split,
            old: known.text.words().map(str::to_owned),
            new: Some(text),
            lines,
            evidence: evidence.clone(),
            problem: Some(format!(
                "{problem}: accept this remark, and of their statuses and notes those that hold for the whole"
            )),
            ..Piece::named(first.key.clone(), known.key.to_string())
        };
        self.push(piece, step);
        for row in [first, second] {
            let target = Target {
                subject: subject.clone(),
                known: Some(known),
                evidence: evidence.clone(),
                problem: Some(format!("{problem}: this speaks of a part")),
                requires: None,
                copy: None,
            };
            self.statements(row, &target)?;
        }
        Ok(())
    }

    fn merge(&mut self, merge: &Merge) -> Result<(), LedgerError> {
        let row = self.row(merge.row)?;
        let both = [self.recommendation(merge.known[0])?, self.recommendation(merge.known[1])?];
        let evidence =
            format!("the words of {} and {} together are those of row {}", both[0].key, both[1].key, row.key);
        let problem = format!("{} and {} are printed as one row", both[0].key, both[1].key);
        for (place, known) in both.into_iter().enumerate() {
            let other = &both[1 - place].key;
            let subject = self.subject(&known.key);
            let text = format!(
                "The document with SHA-256 {} prints this recommendation and {other} as one row ({}).",
                self.prepared.sha256(),
                on_lines(&row.lines)
            );
            let part = format!("{}/merged/{}", row.key, known.key);
            let step = self.builder.annotation(&part, subject.clone(), &row.lines, text.clone());
            let copy = (place > 0).then(|| known.key.to_string());
            let target = Target {
                subject,
                known: Some(known),
                evidence: evidence.clone(),
                problem: Some(format!("{problem}: accept what holds for {}", known.key)),
                requires: None,
                copy,
            };
            let piece = Piece {
                suffix: "merged",
                kind: StepKind::Merged,
                old: known.text.words().map(str::to_owned),
                new: Some(text),
                ..Piece::of(row, &target)
            };
            self.push(piece, step);
            self.statements(row, &target)?;
        }
        Ok(())
    }

    fn new_row(&mut self, place: usize, likeness: Option<Likeness>) -> Result<(), LedgerError> {
        let row = self.row(place)?;
        let key = self.free_key(row)?;
        let subject = self.subject(&key);
        let mut registration = self.builder.registration(row)?;
        let Some(mut step) = registration.steps.pop() else { return Err(LedgerError::Empty) };
        if let Action::Record(Data::RecommendationRegistered(data)) = &mut step.step.action {
            data.key = key.clone();
        }
        let id = format!("{}/new", row.key);
        let evidence = likeness.map_or_else(
            || "no recorded recommendation has words of it".to_owned(),
            |other| format!("most like {}, with {}", self.number_of(other.known), percent(other.per_mille)),
        );
        let mut target = Target { subject, known: None, evidence, problem: None, requires: None, copy: None };
        let problem = "no recommendation has these words: accept it as a new one, or name the one that it is";
        let piece = Piece {
            suffix: "new",
            kind: StepKind::New,
            new: row.text.clone(),
            problem: Some(problem.to_owned()),
            ..Piece::of(row, &target)
        };
        self.push(piece, step);
        target.requires = Some(id);
        self.statements(row, &target)
    }

    /// The row's own key, or one derived from it where that is taken.
    fn free_key(&mut self, row: &Row) -> Result<Key, LedgerError> {
        let mut name = row.key.clone();
        let mut ordinal = 2_u32;
        while !self.keys.insert(name.clone()) {
            name = format!("{}.{ordinal}", row.key);
            ordinal += 1;
        }
        Key::new(&name).map_err(|source| LedgerError::RowKey { key: name, source })
    }

    fn vanished(&mut self, place: usize) {
        let Some(known) = self.known.recommendations.get(place) else { return };
        if known.text == KnownText::Unknown && known.number_basis == KnownBasis::Missing {
            self.never_printed.push(known.key.to_string());
            return;
        }
        let text = format!(
            "The document with SHA-256 {} has no readable row for this recommendation. Nothing follows from that for its status.",
            self.prepared.sha256()
        );
        let subject = self.subject(&known.key);
        let part = format!("{}/vanished", known.key);
        let step = self.builder.annotation(&part, subject, &[], text.clone());
        let piece = Piece {
            suffix: "vanished",
            kind: StepKind::Vanished,
            old: known.text.words().map(str::to_owned),
            new: Some(text),
            evidence: "no row has its number or its words".to_owned(),
            problem: Some("the recommendation has no row: its status stays as it is; accept the remark if it is really not there".to_owned()),
            ..Piece::named(known.key.to_string(), known.key.to_string())
        };
        self.push(piece, step);
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
            problem: piece.problem,
            difference: piece.difference,
            requires: piece.requires,
            subject: step.step.subject,
            action: step.step.action,
        });
    }
}

/// What distinguishes one step of a row.
struct Piece<'p> {
    row: String,
    suffix: &'p str,
    kind: StepKind,
    recommendation: String,
    lines: Vec<LineRange>,
    old: Option<String>,
    new: Option<String>,
    regress: bool,
    repeats: Option<docket_domain::EventId>,
    evidence: String,
    problem: Option<String>,
    difference: Option<String>,
    requires: Option<String>,
    copy: Option<String>,
}

impl Piece<'_> {
    fn named(row: String, recommendation: String) -> Self {
        Self {
            row,
            suffix: "",
            kind: StepKind::Note,
            recommendation,
            lines: Vec::new(),
            old: None,
            new: None,
            regress: false,
            repeats: None,
            evidence: String::new(),
            problem: None,
            difference: None,
            requires: None,
            copy: None,
        }
    }

    fn of(row: &Row, target: &Target<'_>) -> Self {
        Self {
            lines: row.lines.clone(),
            evidence: target.evidence.clone(),
            problem: target.problem.clone(),
            requires: target.requires.clone(),
            copy: target.copy.clone(),
            ..Self::named(row.key.clone(), target.key())
        }
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

fn on_lines(lines: &[LineRange]) -> String {
    let shown: Vec<String> = lines.iter().map(ToString::to_string).collect();
    format!("line {}", shown.join(", "))
}

fn percent(per_mille: u16) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}
