//! Rows and recommendations without a counterpart of their own: split, merged, new and vanished ones.

use docket_domain::term::NumberBasis as KnownBasis;
use docket_domain::{Action, Data, Key};

use super::piece::Piece;
use super::{Deriver, Target, percent};
use crate::error::LedgerError;
use crate::import::{LineRange, Row};
use crate::next::align::{Likeness, Merge, Split};
use crate::next::known::KnownText;
use crate::next::step::StepKind;

impl Deriver<'_> {
    pub(super) fn split(&mut self, split: &Split) -> Result<(), LedgerError> {
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
                agreement: None,
                problem: Some(format!("{problem}: this speaks of a part")),
                requires: None,
                copy: None,
            };
            self.statements(row, &target)?;
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, merge: &Merge) -> Result<(), LedgerError> {
        let row = self.row(merge.row)?;
        let both = [self.recommendation(merge.known[0])?, self.recommendation(merge.known[1])?];
        let evidence =
            format!("the words of {} and {} together are those of row {}", both[0].key, both[1].key, row.key);
        let problem = format!("{} and {} are printed as one row", both[0].key, both[1].key);
        let [first, second] = both;
        // The second copy of a statement needs an id of its own.
        for (known, other, copy) in [(first, second, None), (second, first, Some(second.key.to_string()))] {
            let other = &other.key;
            let subject = self.subject(&known.key);
            let text = format!(
                "The document with SHA-256 {} prints this recommendation and {other} as one row ({}).",
                self.prepared.sha256(),
                on_lines(&row.lines)
            );
            let part = format!("{}/merged/{}", row.key, known.key);
            let step = self.builder.annotation(&part, subject.clone(), &row.lines, text.clone());
            let target = Target {
                subject,
                known: Some(known),
                evidence: evidence.clone(),
                agreement: None,
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

    pub(super) fn new_row(&mut self, place: usize, likeness: Option<Likeness>) -> Result<(), LedgerError> {
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
        let mut target = Target {
            subject,
            known: None,
            evidence,
            agreement: None,
            problem: None,
            requires: None,
            copy: None,
        };
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

    pub(super) fn vanished(&mut self, place: usize) {
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
}

fn on_lines(lines: &[LineRange]) -> String {
    let shown: Vec<String> = lines.iter().map(ToString::to_string).collect();
    format!("line {}", shown.join(", "))
}
