//! Where each recommendation stands, when it was last heard of, and who says anything at all.

use docket_domain::term::NoteRole;
use docket_projection::report::{self, Recency, Substance, last_contact, last_substance, tenure};

use super::super::text::Finder;
use super::cite::{Citations, interval};
use super::wire::{
    Band, Days, Heard, HistoryEntry, NotesSection, RecommendationStanding, StalenessBands, StalenessSection,
    StandsSince,
};
use super::{Material, Row};
use crate::error::LedgerError;

pub(super) fn recommendations(
    material: &Material<'_>,
    finder: &mut Finder<'_>,
    cite: &mut Citations<'_>,
) -> Result<Vec<RecommendationStanding>, LedgerError> {
    let each = material.rows.iter().map(|row| {
        let status = row.status();
        let history = row.standings.iter().filter_map(|standing| {
            Some(HistoryEntry {
                event: cite.find(standing.event)?,
                effective: interval(standing.span),
                label: standing.label.clone(),
                state: standing.states.clone(),
                reporting: standing.reporting,
                regress: standing.regress,
            })
        });
        Ok(RecommendationStanding {
            history: history.collect(),
            key: row.key.clone(),
            number: row.facts.number,
            text: finder.text_if(row.facts.text)?,
            label: status.and_then(|status| status.label.clone()),
            state: row.state().cloned(),
            reporting: status.map(|status| status.reporting),
            certainty: row.certainty,
            since: since(row, material, cite),
            last_substance: heard(&last_substance(row, &material.words.substances, material.calendar), cite),
            last_contact: heard(&last_contact(row, material.calendar), cite),
        })
    });
    each.collect()
}

fn since(row: &Row, material: &Material<'_>, cite: &mut Citations<'_>) -> Option<StandsSince> {
    let found = tenure(row, material.calendar)?;
    Some(StandsSince {
        event: cite.find(found.since)?,
        effective: interval(found.span),
        days: found.days.into(),
        begun: found.begun,
        last_stated: cite.find(found.last_stated)?,
    })
}

fn heard(recency: &Recency, cite: &mut Citations<'_>) -> Heard {
    let nothing = Days { at_least: None, at_most: None };
    let (kind, days, event) = match recency {
        Recency::Dated { event, days } => ("dated", (*days).into(), Some(*event)),
        Recency::Undated { event } => ("undated", nothing, Some(*event)),
        Recency::Never => ("never", nothing, None),
        Recency::Lost => ("lost", nothing, None),
    };
    Heard { kind, days, event: event.and_then(|event| cite.find(event)) }
}

pub(super) fn staleness(material: &Material<'_>, cite: &mut Citations<'_>) -> StalenessSection {
    let rows = material.rows.iter();
    let substance =
        rows.clone().map(|row| (row, last_substance(row, &material.words.substances, material.calendar)));
    let contact = rows.map(|row| (row, last_contact(row, material.calendar)));
    StalenessSection {
        substance: bands(report::staleness(substance), cite),
        contact: bands(report::staleness(contact), cite),
    }
}

fn bands(found: report::Staleness, cite: &mut Citations<'_>) -> StalenessBands {
    let report::Staleness { bands, undated, never, lost } = found;
    let bands = bands.into_iter().map(|report::Band { from, to, events, may_be_older }| Band {
        from_days: from,
        to_days: to,
        figure: cite.figure(&events),
        may_be_older,
    });
    StalenessBands {
        bands: bands.collect(),
        undated: cite.figure(&undated),
        never: cite.figure(&never),
        lost: cite.figure(&lost),
    }
}

/// What a recommendation's notes cell comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coverage {
    Substance,
    OnlyNoUpdate,
    Empty,
    Lost,
    NotYetStated,
}

pub(super) fn coverage(material: &Material<'_>, cite: &mut Citations<'_>) -> NotesSection {
    let covered: Vec<(Coverage, u64)> = material.rows.iter().map(|row| cover(row, material)).collect();
    let mut with = |wanted: &[Coverage]| {
        let events = covered.iter().filter(|(coverage, _)| wanted.contains(coverage));
        cite.figure(&events.map(|(_, event)| *event).collect::<Vec<_>>())
    };
    let with_note = with(&[Coverage::Substance, Coverage::OnlyNoUpdate]);
    let (with_substance, only_no_update) = (with(&[Coverage::Substance]), with(&[Coverage::OnlyNoUpdate]));
    let (empty, lost) = (with(&[Coverage::Empty]), with(&[Coverage::Lost]));
    let not_yet_stated = with(&[Coverage::NotYetStated]);
    let notes = || material.rows.iter().flat_map(|row| &row.notes);
    let mut of_role = |role| {
        let such = notes().filter(|note| note.content.role == role);
        cite.figure(&such.map(|note| note.provenance.index).collect::<Vec<_>>())
    };
    let (earlier_answers, annotations) = (of_role(NoteRole::EarlierAnswer), of_role(NoteRole::Annotation));
    let mut of_substance = |wanted| {
        let indexes = notes().map(|note| note.provenance.index);
        let such = indexes.filter(|index| material.words.substances.get(index) == Some(&wanted));
        cite.figure(&such.collect::<Vec<_>>())
    };
    NotesSection {
        with_note,
        with_substance,
        only_no_update,
        empty,
        lost,
        not_yet_stated,
        no_update_notes: of_substance(Substance::NoUpdate),
        repeated_notes: of_substance(Substance::Repeats),
        earlier_answers,
        annotations,
        redacted_notes: of_substance(Substance::Redacted),
    }
}

/// What a row's progress notes come to, with the event that says so: the newest such note, else its status, else its registration.
fn cover(row: &Row, material: &Material<'_>) -> (Coverage, u64) {
    let progress = row.notes.iter().filter(|note| note.content.role == NoteRole::Progress);
    let newest = |wanted: fn(Substance) -> bool| {
        let mut found = progress.clone().map(|note| note.provenance.index).rev();
        found.find(|index| material.words.substances.get(index).copied().is_some_and(wanted))
    };
    if let Some(event) = newest(|substance| substance != Substance::NoUpdate) {
        return (Coverage::Substance, event);
    }
    if let Some(event) = newest(|_| true) {
        return (Coverage::OnlyNoUpdate, event);
    }
    match row.status() {
        Some(status) if row.is_lost() => (Coverage::Lost, status.event),
        Some(status) => (Coverage::Empty, status.event),
        None => (Coverage::NotYetStated, row.registered.event),
    }
}
