//! How good the record itself is: what is damaged, inferred or undated.

use std::collections::BTreeMap;

use docket_domain::term::{Basis, TextBasis};

use super::age::Span;
use super::row::ReportRow;

/// What the figures of a register rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quality {
    /// How much of each text is known, by [`TextBasis::ALL`], with the registrations.
    pub texts: Vec<(TextBasis, Vec<u64>)>,
    /// Registrations without any damage.
    pub undamaged: Vec<u64>,
    /// Registrations by what is damaged, by code; a row with two kinds of damage stands under both.
    pub damage: Vec<(String, Vec<u64>)>,
    /// Statements and notes by where their date comes from, by [`Basis::ALL`]; those of unknown date apart.
    pub dates: Vec<(Basis, Vec<u64>)>,
    /// Statements and notes of unknown date.
    pub undated: Vec<u64>,
}

/// The quality of rows.
#[must_use]
pub fn quality<T>(rows: &[ReportRow<T>]) -> Quality {
    let mut damage: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in rows {
        for code in &row.damage {
            let events = damage.entry(code).or_default();
            if events.last() != Some(&row.registered.event) {
                events.push(row.registered.event);
            }
        }
    }
    let texts = TextBasis::ALL.iter().map(|&basis| {
        let such = rows.iter().filter(|row| row.facts.text_basis == basis);
        (basis, such.map(|row| row.registered.event).collect())
    });
    let dates = Basis::ALL.iter().map(|&basis| {
        let such = rows.iter().flat_map(spans).filter(|(_, span)| span.from.is_some() && span.basis == basis);
        (basis, such.map(|(event, _)| event).collect())
    });
    let undamaged = rows.iter().filter(|row| row.damage.is_empty());
    let undated = rows.iter().flat_map(spans).filter(|(_, span)| span.from.is_none());
    Quality {
        texts: texts.collect(),
        undamaged: undamaged.map(|row| row.registered.event).collect(),
        damage: damage.into_iter().map(|(code, events)| (code.to_owned(), events)).collect(),
        dates: dates.collect(),
        undated: undated.map(|(event, _)| event).collect(),
    }
}

fn spans<T>(row: &ReportRow<T>) -> impl Iterator<Item = (u64, Span)> {
    let statements = row.standings.iter().map(|standing| (standing.event, standing.span));
    let notes = row.notes.iter().map(|note| (note.provenance.index, Span::from(&note.content.effective)));
    statements.chain(notes)
}
