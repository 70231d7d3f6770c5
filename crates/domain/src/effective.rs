//! The second clock: when a fact began (DESIGN section 2, SQL:2011 valid time).

use chrono::{DateTime, FixedOffset, Months, NaiveDate, TimeDelta};

use crate::term::{Basis, Precision};
use crate::time::{TimeError, Timestamp, Zone, parse_day, parse_local_minute, parse_rfc_3339};

/// When a fact began: somewhere in `from..to` (closed-open). A status lasts until another takes its place.
///
/// `T` is the type of the printed phrase: a plain string in a command, a sealed text in a recorded event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Effective<T> {
    /// Where the interval comes from.
    pub basis: Basis,
    /// The first instant at which it can have begun; absent where nothing is known.
    pub from: Option<Timestamp>,
    /// The words printed, where there are any.
    pub phrase: Option<T>,
    /// How finely the date is known.
    pub precision: Precision,
    /// The first instant at which it certainly had begun.
    pub to: Option<Timestamp>,
}

impl<T> Effective<T> {
    /// It began at the moment of recording: `[t, t + 1 us)`, basis `recorded`.
    #[must_use]
    pub const fn recorded(at: Timestamp) -> Self {
        Self {
            basis: Basis::Recorded,
            from: Some(at),
            phrase: None,
            precision: Precision::Instant,
            to: Some(at.plus_micros(1)),
        }
    }

    /// Nothing is known of when it began.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { basis: Basis::Stated, from: None, phrase: None, precision: Precision::Unknown, to: None }
    }

    /// The same with another phrase type.
    pub fn try_map<U, E>(self, map: &mut impl FnMut(T) -> Result<U, E>) -> Result<Effective<U>, E> {
        Ok(Effective {
            basis: self.basis,
            from: self.from,
            phrase: self.phrase.map(map).transpose()?,
            precision: self.precision,
            to: self.to,
        })
    }

    /// Shows the phrase to `visit`, if there is one.
    pub fn visit_texts<'a>(&'a self, visit: &mut impl FnMut(&'a T)) {
        self.phrase.iter().for_each(visit);
    }

    /// Whether the bounds, precision and basis belong together.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        match (self.precision, self.from, self.to) {
            (Precision::Unknown, None, None) => self.basis != Basis::Recorded,
            (Precision::Unknown, ..) => false,
            (_, Some(from), Some(to)) => {
                from < to && (self.basis == Basis::Recorded) == (self.precision == Precision::Instant)
            }
            _ => false,
        }
    }

    /// Whether the statement counts when asked as of the bound `at` (T of DESIGN section 2).
    #[must_use]
    pub fn counts_at(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from < at)
    }

    /// Whether it had certainly begun by the bound `at`.
    #[must_use]
    pub fn begun_by(&self, at: Timestamp) -> bool {
        self.to.is_some_and(|to| to <= at)
    }

    /// Whether two intervals share an instant; one without bounds shares none.
    #[must_use]
    pub fn overlaps<U>(&self, other: &Effective<U>) -> bool {
        match (self.from, self.to, other.from, other.to) {
            (Some(from), Some(to), Some(other_from), Some(other_to)) => from < other_to && other_from < to,
            _ => false,
        }
    }

    /// What statements are ordered by: the start, an unknown one first.
    #[must_use]
    pub const fn order(&self) -> Option<Timestamp> {
        self.from
    }
}

const EXPECTED: &str = "a day (2025-04-01), a month (2025-04), a minute (2025-04-01T16:00), a range of these (2025-03-06/2025-03-19, \
                        the end included) or \"unknown\"";

/// Reads an effective date as typed: a day, a month, a minute, a range `A/B` with B included, or `unknown`.
///
/// Local dates are taken in `zone`. A minute that an autumn clock change repeats spans both readings, basis `ambiguous`.
pub fn parse_effective(value: &str, zone: Zone) -> Result<Effective<String>, TimeError> {
    if value == "unknown" {
        return Ok(Effective::unknown());
    }
    let Some((first, last)) = value.split_once('/') else {
        let span = parse_span(value, zone)?;
        return Ok(span.into_effective(span.precision));
    };
    let (start, end) = (parse_span(first, zone)?, parse_span(last, zone)?);
    if end.to <= start.from {
        return Err(TimeError::Backwards { value: value.to_owned() });
    }
    let basis = if start.basis == end.basis { start.basis } else { Basis::Ambiguous };
    let span = Span { from: start.from, to: end.to, precision: Precision::Range, basis };
    if span.to <= span.from || end.from < start.from {
        return Err(TimeError::Backwards { value: value.to_owned() });
    }
    Ok(span.into_effective(Precision::Range))
}

#[derive(Clone, Copy)]
struct Span {
    from: Timestamp,
    to: Timestamp,
    precision: Precision,
    basis: Basis,
}

impl Span {
    const fn into_effective(self, precision: Precision) -> Effective<String> {
        Effective { basis: self.basis, from: Some(self.from), phrase: None, precision, to: Some(self.to) }
    }
}

fn parse_span(value: &str, zone: Zone) -> Result<Span, TimeError> {
    if let Ok(day) = parse_day(value) {
        let (from, to) = (zone.start_of(day)?, zone.end_of(day)?);
        if from >= to {
            // Samoa had no 30 December 2011: where a whole day is skipped, nothing can have begun on it.
            return Err(TimeError::Skipped { value: value.to_owned(), zone });
        }
        return Ok(Span { from, to, precision: Precision::Day, basis: Basis::Stated });
    }
    if let Some(first) = parse_month(value) {
        let next = first.checked_add_months(Months::new(1)).ok_or_else(|| date_error(value))?;
        let (from, to) = (zone.start_of(first)?, zone.start_of(next)?);
        return Ok(Span { from, to, precision: Precision::Month, basis: Basis::Stated });
    }
    if let Some(local) = parse_local_minute(value) {
        let (from, last) = zone.minutes_of(local, value)?;
        let basis = if from == last { Basis::Stated } else { Basis::Ambiguous };
        return Ok(Span { from, to: after_minute(last), precision: Precision::Minute, basis });
    }
    let time = parse_minute_with_offset(value).ok_or_else(|| date_error(value))?;
    let from = Timestamp::from_utc(time.to_utc())?;
    Ok(Span { from, to: after_minute(from), precision: Precision::Minute, basis: Basis::Stated })
}

/// `2025-03-19T16:00Z` or `2025-03-19T16:00-05:00`, and no other form: the minute as it is read without an offset, then RFC 3339's own offset.
fn parse_minute_with_offset(value: &str) -> Option<DateTime<FixedOffset>> {
    let (minute, offset) = value.split_at_checked("2025-03-19T16:00".len())?;
    let read = minute.contains('T') && offset.starts_with(['Z', '+', '-']);
    parse_local_minute(minute).filter(|_| read)?;
    parse_rfc_3339(&format!("{minute}:00{offset}"))
}

fn after_minute(start: Timestamp) -> Timestamp {
    start.plus_micros(TimeDelta::minutes(1).num_microseconds().unwrap_or(60_000_000))
}

fn parse_month(value: &str) -> Option<NaiveDate> {
    (value.len() == "2025-04".len()).then(|| parse_day(&format!("{value}-01")).ok()).flatten()
}

fn date_error(value: &str) -> TimeError {
    TimeError::Date { value: value.to_owned(), expected: EXPECTED }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<Effective<String>, TimeError> {
        parse_effective(value, Zone::parse("America/Chicago").unwrap())
    }

    fn bounds(value: &str) -> (String, String, Precision, Basis) {
        let effective = parse(value).unwrap();
        assert!(effective.is_consistent(), "{value}");
        (
            effective.from.unwrap().to_string(),
            effective.to.unwrap().to_string(),
            effective.precision,
            effective.basis,
        )
    }

    #[test]
    fn days_months_minutes_and_ranges() {
        let table = [
            ("2025-04-01", "2025-04-01T05:00:00.000000Z", "2025-04-02T05:00:00.000000Z", Precision::Day),
            ("2024-02-29", "2024-02-29T06:00:00.000000Z", "2024-03-01T06:00:00.000000Z", Precision::Day),
            ("2025-03", "2025-03-01T06:00:00.000000Z", "2025-04-01T05:00:00.000000Z", Precision::Month),
            ("2025-12", "2025-12-01T06:00:00.000000Z", "2026-01-01T06:00:00.000000Z", Precision::Month),
            (
                "2025-03-19T16:00",
                "2025-03-19T21:00:00.000000Z",
                "2025-03-19T21:01:00.000000Z",
                Precision::Minute,
            ),
            (
                "2025-03-19T16:00Z",
                "2025-03-19T16:00:00.000000Z",
                "2025-03-19T16:01:00.000000Z",
                Precision::Minute,
            ),
            (
                "2025-03-06/2025-03-19",
                "2025-03-06T06:00:00.000000Z",
                "2025-03-20T05:00:00.000000Z",
                Precision::Range,
            ),
            (
                "2025-03/2025-04",
                "2025-03-01T06:00:00.000000Z",
                "2025-05-01T05:00:00.000000Z",
                Precision::Range,
            ),
        ];
        for (value, from, to, precision) in table {
            assert_eq!(bounds(value), (from.to_owned(), to.to_owned(), precision, Basis::Stated), "{value}");
        }
    }

    #[test]
    fn the_hour_that_autumn_repeats_is_ambiguous_and_the_one_that_spring_skips_is_refused() {
        let (from, to, _, basis) = bounds("2025-11-02T01:30");
        assert_eq!(
            (from.as_str(), to.as_str()),
            ("2025-11-02T06:30:00.000000Z", "2025-11-02T07:31:00.000000Z")
        );
        assert_eq!(basis, Basis::Ambiguous);
        assert!(matches!(parse("2025-03-09T02:30"), Err(TimeError::Skipped { .. })));
    }

    #[test]
    fn impossible_and_unreadable_dates_are_refused() {
        for value in [
            "2025-02-30",
            "2025-13",
            "2025",
            "2025-4-1",
            "2025-04-01/",
            "/2025-04-01",
            "soon",
            "",
            "2025-04-01T24:00",
            // Found by the fuzzer `date`: a minute with an offset has its digits, too, and no others.
            "025-03-19T16:00+05:45",
            "2025-3-19T16:00Z",
            " 2025-03-19T16:00Z",
            "2025-03-19T16:00+0545",
            "2025-03-19T16:00 +05:45",
            "2025-03-19 16:00Z",
            "2025-03-19T16:00+05:4\u{665}",
            "2025-03-19T16:00+05 45",
            "2025-03-19T16:00+05-45",
            "2025-03-19T16:00\u{2212}05:45",
            "2025-03-19T16:00-24:00",
            "2025-03-19T16:00:00Z",
            "2025-03-19T16:00z",
            "2025-03-19T16:00+05:45 ",
        ] {
            assert!(matches!(parse(value), Err(TimeError::Date { .. })), "{value}");
        }
        assert!(matches!(parse("2025-03-19/2025-03-06"), Err(TimeError::Backwards { .. })));
        assert!(matches!(parse("2025-03-19/2025-03"), Err(TimeError::Backwards { .. })));
    }

    #[test]
    fn unknown_always_counts_and_is_never_certain() {
        let unknown = parse("unknown").unwrap();
        assert!(unknown.is_consistent());
        assert!(unknown.counts_at(Timestamp::EPOCH));
        assert!(!unknown.begun_by(Timestamp::parse("9999-12-31T23:59:59.999999Z").unwrap()));
        assert!(unknown.order() < parse("0001-01-02").unwrap().order());
    }
}
