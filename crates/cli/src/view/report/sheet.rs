//! A section of the report as a flat table: what every format prints.

use docket_domain::Zone;
use docket_ledger::answer::report::{Citation, Days, Figure, Place};
use docket_ledger::answer::{Interval, Text};

use super::references;

/// A section of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Section {
    Counts,
    Moved,
    TimeInStatus,
    Staleness,
    Notes,
    Promises,
    Corrections,
    Claims,
    Findings,
    DataQuality,
    Events,
}

impl Section {
    /// The name for programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Moved => "moved",
            Self::TimeInStatus => "time-in-status",
            Self::Staleness => "staleness",
            Self::Notes => "notes",
            Self::Promises => "promises",
            Self::Corrections => "corrections",
            Self::Claims => "claims",
            Self::Findings => "findings",
            Self::DataQuality => "data-quality",
            Self::Events => "events",
        }
    }

    /// Whether the first column names groups of rows.
    pub(super) const fn is_grouped(self) -> bool {
        matches!(self, Self::Counts | Self::Moved | Self::Staleness | Self::DataQuality)
    }

    /// The heading for people.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Counts => "Where the recommendations stand",
            Self::Moved => "What moved",
            Self::TimeInStatus => "Time in status",
            Self::Staleness => "How long nothing was heard",
            Self::Notes => "Who says anything",
            Self::Promises => "Promises, owners and what waits",
            Self::Corrections => "Corrections and late entries",
            Self::Claims => "Public claims against the log",
            Self::Findings => "What reviewers found",
            Self::DataQuality => "What the figures rest on",
            Self::Events => "The events behind the figures",
        }
    }
}

/// A flat table with what its reader must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) section: Section,
    /// Sentences above the table.
    pub(super) notes: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A column of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word or two.
    Name,
    /// Sentences.
    Words,
    Number,
    Day,
    /// The events behind the row.
    Events,
    /// What only programs and spreadsheets need: left out of pages for people.
    Detail,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Empty,
    Text(String),
    Number(u64),
    Signed(i64),
    /// A calendar day, as `2025-03-06`.
    Day(String),
    /// Names of events, each in full.
    Events(Vec<String>),
}

impl Value {
    /// As text, in full.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Day(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Signed(number) if *number > 0 => format!("+{number}"),
            Self::Signed(number) => number.to_string(),
            Self::Events(names) => references::joined(names),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&Text> for Value {
    fn from(text: &Text) -> Self {
        words(text).into()
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl From<&Figure> for Value {
    fn from(figure: &Figure) -> Self {
        Self::Events(figure.events.iter().map(references::name).collect())
    }
}

impl From<&Citation> for Value {
    fn from(citation: &Citation) -> Self {
        Self::Events(vec![references::name(citation)])
    }
}

/// The words, or what is left of them.
pub(super) fn words(text: &Text) -> String {
    match text {
        Text::Words(words) => words.clone(),
        Text::Redacted { redacted } => format!("[redacted, sealed as {redacted}]"),
    }
}

/// An axis of the counts: it says what "none" means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    State,
    Label,
    Reporting,
    Finding,
    Certainty,
    Number,
}

/// A place on an axis, for people.
pub(super) fn place(axis: Axis, place: &Place) -> String {
    match (place.kind, &place.value, axis) {
        (_, Some(value), _) => value.clone(),
        ("unknown", None, _) => "unknown (source damaged)".to_owned(),
        ("not-yet-stated", None, _) => "not yet stated".to_owned(),
        (_, None, Axis::State) => "no state stated".to_owned(),
        (_, None, Axis::Label) => "no label".to_owned(),
        (_, None, Axis::Finding) => "not reviewed".to_owned(),
        (_, None, Axis::Reporting | Axis::Certainty | Axis::Number) => "no value".to_owned(),
    }
}

/// The first and the last day of an interval.
pub(super) fn bounds(interval: &Interval, zone: Zone) -> [Value; 2] {
    let first = interval.from.map(|from| Value::Day(from.day_in(zone).to_string()));
    let last = interval.to.map(|to| Value::Day(to.plus_micros(-1).day_in(zone).to_string()));
    [first.unwrap_or(Value::Empty), last.unwrap_or(Value::Empty)]
}

/// A number of days in words, never more precise than it is known.
pub(super) fn days(days: Days) -> String {
    let noun = |count: u64| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
    match (days.at_least, days.at_most) {
        (Some(least), Some(most)) if least == most => noun(least),
        (Some(least), Some(most)) => format!("{least} to {}", noun(most)),
        (Some(least), None) => format!("at least {}", noun(least)),
        (None, Some(most)) => format!("at most {}", noun(most)),
        (None, None) => "not known".to_owned(),
    }
}
