//! From cells to texts: what a row says, with the repairs that rules may make.

use std::collections::BTreeSet;

use super::{
    super::{
        LABEL_BYTES_MAX,
        manifest::{ColumnRole, Manifest},
        model::{Cell, Damage, LineRange, Note, NoteRole, NumberBasis, Row, TextBasis},
        repair::{Repair, Traced},
        vocabulary::Reporting,
    },
    row::{DraftRow, Origin},
};

/// A note in the making.
#[derive(Debug, Clone)]
pub(crate) struct WorkNote {
    pub(crate) text: Traced,
    pub(crate) role: NoteRole,
    /// Lines beside those of the text: of an annotation, or of a repeat.
    pub(crate) more_lines: Vec<LineRange>,
}

/// A row whose cells are joined to texts, open to a curator's decisions.
#[derive(Debug, Clone)]
pub(crate) struct WorkRow {
    pub(crate) key: String,
    pub(crate) number: Option<u32>,
    pub(crate) number_printed: Option<String>,
    pub(crate) number_basis: NumberBasis,
    pub(crate) origin: Origin,
    /// The line of its number or status.
    pub(crate) line: u32,
    pub(crate) extent: LineRange,
    pub(crate) lines: Vec<LineRange>,
    pub(crate) cells: Vec<Cell>,
    /// The lines of which a person gave a notes cell to the row.
    pub(crate) notes_decided: BTreeSet<u32>,
    pub(crate) text: Traced,
    /// Whether the beginning of the text is lost.
    pub(crate) text_partial: bool,
    pub(crate) notes: Vec<WorkNote>,
    /// The content of the status cells.
    pub(crate) label_printed: String,
    pub(crate) label_read: Option<String>,
    pub(crate) damage: Vec<Damage>,
}

impl WorkRow {
    /// Joins the cells of a row.
    pub(crate) fn new(row: &DraftRow, manifest: &Manifest) -> Self {
        let layout = &manifest.layout;
        let mut damage = damage_of_place(row, manifest);
        let mut joined = |column: usize| {
            let mut text = row.column(column);
            for repair in text.repair() {
                add_damage(&mut damage, repair_damage(repair));
            }
            text
        };
        let of_role =
            |role: ColumnRole| (0..layout.columns.len()).filter(move |column| layout.role(*column) == role);
        let text = of_role(ColumnRole::Text).map(&mut joined).next().unwrap_or_default();
        let notes: Vec<Traced> = of_role(ColumnRole::Notes).map(&mut joined).collect();
        let label =
            layout.place(ColumnRole::Status).map(|column| row.column(column).text()).unwrap_or_default();
        let mut cells: Vec<Cell> = row.pieces.iter().map(|piece| piece.cell.clone()).collect();
        cells.dedup();
        let decided =
            |piece: &&super::row::Piece| piece.decided && layout.role(piece.column) == ColumnRole::Notes;
        Self {
            key: row.key.clone(),
            number: row.any_number().and_then(super::number::PrintedNumber::integer),
            number_printed: row.printed.clone(),
            number_basis: row.number_basis(),
            origin: row.origin,
            line: row.line,
            extent: row.extent(),
            lines: row.lines(),
            cells,
            notes_decided: row.pieces.iter().filter(decided).map(|piece| piece.cell.line).collect(),
            text,
            text_partial: row.origin == Origin::Tail,
            notes: notes.into_iter().filter(|note| !note.is_empty()).map(WorkNote::progress).collect(),
            label_printed: label,
            label_read: row.label_read.clone(),
            damage,
        }
    }

    /// The status label: as a person read it, or as printed. None if the cell is empty or too long to be a label.
    pub(crate) fn label(&self) -> Option<&str> {
        let label = self.label_read.as_deref().unwrap_or(&self.label_printed);
        (!label.is_empty() && label.len() <= LABEL_BYTES_MAX && !label.contains(char::is_control))
            .then_some(label)
    }

    /// Notes something that is not as in a sound table; the same twice is noted once.
    pub(crate) fn add_damage(&mut self, code: &str, note: impl Into<String>) {
        add_damage(&mut self.damage, Damage { code: code.to_owned(), note: note.into() });
    }

    /// The finished row.
    pub(crate) fn finish(mut self, position: u32, manifest: &Manifest) -> Row {
        let label = self.label().map(str::to_owned);
        let meaning = label.as_deref().and_then(|label| manifest.vocabulary.meaning(label));
        self.notes.sort_by_key(|note| match note.role {
            NoteRole::EarlierAnswer => 0,
            NoteRole::Progress => 1,
            NoteRole::Annotation => 2,
        });
        let text = self.text.text();
        let text_basis = match (text.is_empty(), self.text_partial) {
            (true, _) => TextBasis::Unknown,
            (false, true) => TextBasis::Partial,
            (false, false) => TextBasis::Printed,
        };
        Row {
            key: self.key,
            number: self.number,
            number_printed: self.number_printed,
            number_basis: self.number_basis,
            position,
            text: (!text.is_empty()).then_some(text),
            text_basis,
            notes: self.notes.iter().map(WorkNote::finish).collect(),
            state: meaning.and_then(|meaning| meaning.state.clone()),
            reporting: meaning.map_or(Reporting::Unknown, |meaning| meaning.reporting),
            label,
            lines: self.lines,
            cells: self.cells,
            damage: self.damage,
        }
    }
}

impl WorkNote {
    fn progress(text: Traced) -> Self {
        Self { text, role: NoteRole::Progress, more_lines: Vec::new() }
    }

    fn finish(&self) -> Note {
        let ranges = self.text.lines().into_iter().chain(self.more_lines.iter().copied());
        let lines =
            LineRange::covering(ranges.flat_map(|range| range.first..=range.last).filter(|line| *line > 0));
        Note { text: self.text.text(), role: self.role, lines }
    }
}

fn add_damage(list: &mut Vec<Damage>, damage: Damage) {
    if !list.contains(&damage) {
        list.push(damage);
    }
}

fn repair_damage(repair: Repair) -> Damage {
    let (code, note) = match repair {
        Repair::EscapedDollar => {
            ("escaped-dollar", r"printed with a backslash before a dollar sign; read without it")
        }
        Repair::LineBreakHyphen => {
            ("line-break-hyphen", "a word is printed with a space after its hyphen; read without it")
        }
    };
    Damage { code: code.to_owned(), note: note.to_owned() }
}

/// What is damaged about the place and number of a row.
fn damage_of_place(row: &DraftRow, manifest: &Manifest) -> Vec<Damage> {
    let mut damage = row.decided.clone();
    let mut note = |code: &str, note: &str| {
        add_damage(&mut damage, Damage { code: code.to_owned(), note: note.to_owned() });
    };
    match (row.origin, row.number_basis()) {
        (Origin::Lost, _) => {
            note(
                "row-lost",
                "no line of the document bears it; its number follows from the numbers around it and the expected count",
            );
        }
        (_, NumberBasis::Inferred) if row.number_stated => {
            note("number-stated", "the number was stated by a curator");
        }
        (_, NumberBasis::Inferred) => {
            note("number-inferred", "no line bears its number; its neighbours tell it");
        }
        (_, NumberBasis::Missing) => {
            note("number-unknown", "no line bears its number, and its neighbours don't tell it");
        }
        (_, NumberBasis::Printed) => {}
    }
    if row.origin == Origin::Tail {
        note("text-beginning-lost", "only the end of its text survives; its other cells are lost");
    }
    if row.origin == Origin::Anchor {
        let status = manifest.layout.place(ColumnRole::Status);
        let pages = |piece: &&super::row::Piece| piece.page != row.page;
        if row.pieces.iter().any(|piece| pages(&piece)) {
            note("spans-pages", "its cells stand on more than one page");
        }
        if row.pieces.iter().any(|piece| piece.cell.line < row.line && Some(piece.column) != status) {
            note("begins-above", "part of it is printed above the line of its number");
        }
    }
    damage
}
