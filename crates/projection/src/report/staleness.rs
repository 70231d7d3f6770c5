//! How long nothing was heard: by the last note that says something, and by the last contact of any kind.

use std::collections::HashMap;
use std::hash::BuildHasher;

use docket_domain::term::{NoteRole, Reporting};

use super::age::{Calendar, Days, Span};
use super::row::ReportRow;

/// The bands of days, both ends included; the last is open.
pub const BANDS: [(u64, Option<u64>); 4] = [(0, Some(30)), (31, Some(60)), (61, Some(90)), (91, None)];

/// What the words of a note come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Substance {
    /// They say something.
    Says,
    /// They only say that there is no update.
    NoUpdate,
    /// They repeat an earlier note of the same recommendation word for word.
    Repeats,
    /// They were destroyed: nobody redacts a note that says nothing, so it counts as one that says something.
    Redacted,
}

impl Substance {
    /// Whether the note counts as news.
    #[must_use]
    pub const fn is_news(self) -> bool {
        matches!(self, Self::Says | Self::Redacted)
    }
}

/// When something was last heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recency {
    /// So many days ago.
    Dated {
        /// The event.
        event: u64,
        /// How many days.
        days: Days,
    },
    /// Something was heard, at no known date.
    Undated {
        /// The newest such event.
        event: u64,
    },
    /// Nothing was ever heard.
    Never,
    /// The source is damaged: whether anything was said is not known.
    Lost,
}

/// Rows in one band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The fewest days.
    pub from: u64,
    /// The most days; nothing for the last band.
    pub to: Option<u64>,
    /// What was last heard of each, by the fewest days that its date allows.
    pub events: Vec<u64>,
    /// How many of them may belong to an older band.
    pub may_be_older: u64,
}

/// Rows by how long nothing was heard. Bands, undated, never and lost add up to all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staleness {
    /// By days.
    pub bands: Vec<Band>,
    /// What was heard at no known date.
    pub undated: Vec<u64>,
    /// The registration of each row of which nothing was ever heard.
    pub never: Vec<u64>,
    /// The statement of each row that is lost with a damaged source.
    pub lost: Vec<u64>,
}

/// When a note last said something new. A remark of the register's keeper is no news.
#[must_use]
pub fn last_substance<T, S: BuildHasher>(
    row: &ReportRow<T>,
    substances: &HashMap<u64, Substance, S>,
    calendar: Calendar,
) -> Recency {
    let notes =
        heard_notes(row).filter(|(event, _)| substances.get(event).is_some_and(|found| found.is_news()));
    recency(row, notes, calendar)
}

/// When the register last heard anything: a statement or a note, "no update" and repetitions included.
#[must_use]
pub fn last_contact<T>(row: &ReportRow<T>, calendar: Calendar) -> Recency {
    let statements = row.standings.iter().filter(|standing| standing.reporting != Reporting::Unknown);
    recency(row, statements.map(|standing| (standing.event, standing.span)).chain(heard_notes(row)), calendar)
}

fn heard_notes<T>(row: &ReportRow<T>) -> impl Iterator<Item = (u64, Span)> {
    let notes = row.notes.iter().filter(|note| note.content.role != NoteRole::Annotation);
    notes.map(|note| (note.provenance.index, Span::from(&note.content.effective)))
}

fn recency<T>(row: &ReportRow<T>, heard: impl Iterator<Item = (u64, Span)>, calendar: Calendar) -> Recency {
    // The one whose last possible day is the latest: no other can be newer for certain.
    let last = heard.max_by_key(|(event, span)| (span.to, *event));
    match last {
        Some((event, span)) if span.from.is_some() => Recency::Dated { event, days: calendar.since(span) },
        Some((event, _)) => Recency::Undated { event },
        None if row.is_lost() => Recency::Lost,
        None => Recency::Never,
    }
}

/// The rows by how long nothing was heard.
#[must_use]
pub fn staleness<'a, T: 'a>(rows: impl Iterator<Item = (&'a ReportRow<T>, Recency)>) -> Staleness {
    let bands = BANDS.map(|(from, to)| Band { from, to, events: Vec::new(), may_be_older: 0 });
    let mut found =
        Staleness { bands: bands.into(), undated: Vec::new(), never: Vec::new(), lost: Vec::new() };
    for (row, recency) in rows {
        match recency {
            Recency::Dated { event, days } => {
                let fewest = days.at_least.unwrap_or_default();
                let band = found.bands.iter_mut().find(|band| band.to.is_none_or(|to| fewest <= to));
                if let Some(band) = band {
                    band.events.push(event);
                    let is_open = band.to.is_some_and(|to| days.at_most.is_some_and(|most| most > to));
                    band.may_be_older += u64::from(is_open);
                }
            }
            Recency::Undated { event } => found.undated.push(event),
            Recency::Never => found.never.push(row.registered.event),
            Recency::Lost => {
                found.lost.push(row.status().map_or(row.registered.event, |status| status.event));
            }
        }
    }
    found
}
