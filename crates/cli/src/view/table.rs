//! Tables that fit a width.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, Row, Table, TableComponent, Width,
};

use super::{Look, Style, Tone, text};

/// Columns between two columns of a table.
const GAP: usize = 2;
/// The narrowest column that shares what is left.
const SHARE_MIN: usize = 8;

/// How wide a column may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    /// As wide as its content, up to so many columns; then it wraps.
    Fit(usize),
    /// The same, aligned to the right.
    Number(usize),
    /// A share of what is left, by weight.
    Share(usize),
}

/// A table under construction.
pub(super) struct Grid {
    look: Look,
    columns: Vec<(String, Limit)>,
    rows: Vec<Vec<(String, Tone)>>,
    /// The most lines that a row takes; what is longer ends with an ellipsis.
    lines_max: usize,
}

impl Grid {
    pub(super) fn new(look: Look, lines_max: usize) -> Self {
        Self { look, columns: Vec::new(), rows: Vec::new(), lines_max }
    }

    pub(super) fn column(&mut self, title: &str, limit: Limit) {
        self.columns.push((title.to_owned(), limit));
    }

    /// Adds a row with one cell a column.
    pub(super) fn row(&mut self, cells: Vec<(String, Tone)>) {
        self.rows.push(cells);
    }

    /// The text of the table, each line ended, none wider than the look allows.
    pub(super) fn render(&self) -> String {
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_style(TableComponent::HeaderLines, '─');
        table.set_truncation_indicator(&text::ELLIPSIS.to_string());
        // Whether to colour was decided by the caller: nothing here asks the terminal.
        table.force_no_tty();
        if self.look.style != Style::PLAIN {
            table.enforce_styling();
        }
        table.set_header(self.columns.iter().map(|(title, _)| self.cell(title, Tone::Strong)));
        for cells in &self.rows {
            let mut row: Row =
                cells.iter().map(|(text, tone)| self.cell(text, *tone)).collect::<Vec<_>>().into();
            row.max_height(self.lines_max);
            table.add_row(row);
        }
        let last = self.columns.len().saturating_sub(1);
        for (place, (width, (_, limit))) in self.widths().into_iter().zip(&self.columns).enumerate() {
            let Some(column) = table.column_mut(place) else { continue };
            let gap = if place == last { 0 } else { GAP };
            column.set_padding((0, u16::try_from(gap).unwrap_or_default()));
            let width = u16::try_from(width + gap).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            if matches!(limit, Limit::Number(_)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().fold(String::new(), |page, line| page + line.trim_end() + "\n")
    }

    fn cell(&self, text: &str, tone: Tone) -> Cell {
        let cell = Cell::new(text);
        if self.look.style == Style::PLAIN {
            return cell;
        }
        match tone {
            Tone::Plain => cell,
            Tone::Strong => cell.add_attribute(Attribute::Bold),
            Tone::Quiet => cell.add_attribute(Attribute::Dim),
            Tone::Doubtful => cell.fg(Color::DarkYellow),
            Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Bad => cell.fg(Color::DarkRed),
        }
    }

    /// The width of each column, without gaps.
    fn widths(&self) -> Vec<usize> {
        let gaps = GAP * self.columns.len().saturating_sub(1);
        let fitting: Vec<Option<usize>> =
            (0..).zip(&self.columns).map(|(place, column)| self.fit(place, column)).collect();
        let taken: usize = fitting.iter().flatten().sum();
        let left = self.look.width.saturating_sub(gaps + taken);
        let weight = |limit: &Limit| if let Limit::Share(weight) = limit { *weight } else { 0 };
        let weights: usize = self.columns.iter().map(|(_, limit)| weight(limit)).sum();
        let shares = self.columns.iter().map(|(_, limit)| left * weight(limit) / weights.max(1));
        fitting.into_iter().zip(shares).map(|(fit, share)| fit.unwrap_or(share.max(SHARE_MIN))).collect()
    }

    /// The width of a column that is as wide as its content.
    fn fit(&self, place: usize, (title, limit): &(String, Limit)) -> Option<usize> {
        let (Limit::Fit(most) | Limit::Number(most)) = *limit else { return None };
        let cells = self.rows.iter().filter_map(|row| row.get(place));
        let lines = cells.flat_map(|(text, _)| text.lines().map(text::columns));
        Some(lines.max().unwrap_or_default().max(text::columns(title)).min(most))
    }
}
