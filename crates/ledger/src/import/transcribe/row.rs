//! Rows in the making: which cells, or parts of cells, make up which row.

use super::{
    super::{
        manifest::{ColumnRole, Layout},
        model::{Cell, Damage, LineRange, NumberBasis},
        repair::Traced,
    },
    line::{Line, LineCell},
    number::PrintedNumber,
};

/// A cell of a row, or the part of one that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The layout column that it is read as.
    pub(crate) column: usize,
    /// The whole cell as printed.
    pub(crate) cell: Cell,
    /// The words that belong to the row.
    pub(crate) words: String,
    /// The page it stands on.
    pub(crate) page: u32,
    /// Whether a person gave it to the row.
    pub(crate) decided: bool,
}

impl Piece {
    /// A whole cell, read as of a column.
    pub(crate) fn whole(cell: &LineCell, column: usize, page: u32) -> Self {
        Self {
            column,
            cell: cell.cell.clone(),
            words: cell.cell.text.trim().to_owned(),
            page,
            decided: false,
        }
    }
}

/// What a row was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A line with a number or a status.
    Anchor,
    /// The end of a text whose beginning is lost.
    Tail,
    /// Nothing: the expected count says that it existed.
    Lost,
}

/// A row in the making.
#[derive(Debug, Clone)]
pub(crate) struct DraftRow {
    pub(crate) origin: Origin,
    /// The line of its number or status, or the first line of a tail; for a lost row, the line after the gap.
    pub(crate) line: u32,
    /// The page of that line.
    pub(crate) page: u32,
    /// What its number cell holds.
    pub(crate) printed: Option<String>,
    /// The number read from it, or stated by a person.
    pub(crate) number: Option<PrintedNumber>,
    /// A number given by its neighbours.
    pub(crate) inferred: Option<PrintedNumber>,
    /// Whether a person stated the number.
    pub(crate) number_stated: bool,
    /// The label as a person reads it.
    pub(crate) label_read: Option<String>,
    pub(crate) pieces: Vec<Piece>,
    /// What decisions about its cells say.
    pub(crate) decided: Vec<Damage>,
    /// The key, set by the numbering.
    pub(crate) key: String,
}

impl DraftRow {
    /// A row without any cells yet.
    pub(crate) fn new(origin: Origin, line: u32) -> Self {
        Self {
            origin,
            line,
            page: 0,
            printed: None,
            number: None,
            inferred: None,
            number_stated: false,
            label_read: None,
            pieces: Vec::new(),
            decided: Vec::new(),
            key: String::new(),
        }
    }

    /// The row of a line that bears a number or a status, with all its cells.
    pub(crate) fn anchored(line: &Line, layout: &Layout) -> Self {
        let mut row = Self::new(Origin::Anchor, line.number);
        row.pieces =
            line.cells.iter().filter_map(|cell| Some(Piece::whole(cell, cell.column?, line.page))).collect();
        row.page = line.page;
        let number = line.text(layout.place(ColumnRole::Number));
        row.printed = (!number.is_empty()).then(|| number.to_owned());
        row
    }

    /// The number, however known.
    pub(crate) fn any_number(&self) -> Option<&PrintedNumber> {
        self.number.as_ref().or(self.inferred.as_ref())
    }

    pub(crate) fn number_basis(&self) -> NumberBasis {
        match (&self.number, &self.inferred, self.origin) {
            (Some(_), _, _) if !self.number_stated => NumberBasis::Printed,
            (Some(_), _, _) | (None, Some(_), Origin::Anchor | Origin::Tail) => NumberBasis::Inferred,
            // A number that cannot be read is printed all the same.
            (None, None, _) if self.printed.is_some() => NumberBasis::Printed,
            (None, _, _) => NumberBasis::Missing,
        }
    }

    /// The words in a column, in the order of their lines.
    pub(crate) fn column(&self, column: usize) -> Traced {
        let mut text = Traced::default();
        for piece in self.pieces.iter().filter(|piece| piece.column == column) {
            text.push(&Traced::new(&piece.words, piece.cell.line));
        }
        text
    }

    /// Adds pieces, keeping the order of lines and cells. Parts of one cell stay in the order in which they are added.
    pub(crate) fn extend(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        self.pieces.extend(pieces);
        self.pieces.sort_by_key(|piece| (piece.cell.line, piece.cell.column));
    }

    pub(crate) fn lines(&self) -> Vec<LineRange> {
        LineRange::covering(self.pieces.iter().map(|piece| piece.cell.line))
    }

    /// The whole extent of the row; of a lost one, the line after the gap.
    pub(crate) fn extent(&self) -> LineRange {
        let lines = || self.pieces.iter().map(|piece| piece.cell.line);
        let first = lines().min().unwrap_or(self.line);
        LineRange { first, last: lines().max().unwrap_or(first) }
    }
}
