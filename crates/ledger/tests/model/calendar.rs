//! Days and points in time: which ones a history uses, and when a day begins. Written with the zone database alone.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use docket_domain::term::{Basis, Precision};
use docket_domain::{Effective, Timestamp};

use crate::facts::recorded;
use crate::moves::When;

/// The days around which everything happens: in Chicago the 9th of March has 23 hours, in Cairo the 25th of April has no midnight.
const DAYS: [&str; 12] = [
    "2025-03-06",
    "2025-03-07",
    "2025-03-08",
    "2025-03-09",
    "2025-03-10",
    "2025-03-11",
    "2025-03-19",
    "2025-04-01",
    "2025-04-24",
    "2025-04-25",
    "2025-04-26",
    "2025-03-05",
];

/// How long an interval is, in microseconds.
const LENGTHS: [i64; 8] = [DAY, 3 * DAY, 31 * DAY, 60_000_000, 1, 2, DAY, 2 * DAY];
const DAY: i64 = 86_400_000_000;

/// How long one waits, in microseconds.
const WAITS: [i64; 9] = [DAY, 0, 1, 2, 1_000_000, 3_600_000_000, 6 * 3_600_000_000, 3 * DAY, 20 * DAY];

pub(crate) fn day(choice: u8) -> NaiveDate {
    DAYS[usize::from(choice) % DAYS.len()].parse().unwrap()
}

pub(crate) fn wait_micros(choice: u8) -> i64 {
    WAITS[usize::from(choice) % WAITS.len()]
}

pub(crate) fn length_micros(choice: u8) -> i64 {
    LENGTHS[usize::from(choice) % LENGTHS.len()]
}

pub(crate) fn plus(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros() + micros).unwrap()
}

pub(crate) fn local_day(time: Timestamp, zone: Tz) -> NaiveDate {
    zone.from_utc_datetime(&utc(time).naive_utc()).date_naive()
}

fn utc(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.as_micros()).unwrap()
}

/// The first instant at which the local calendar shows this day or a later one, found by looking at every quarter of an hour.
pub(crate) fn start_of(day: NaiveDate, zone: Tz) -> Timestamp {
    let mut time = day.and_hms_opt(0, 0, 0).unwrap() - TimeDelta::hours(30);
    while zone.from_utc_datetime(&time).date_naive() < day {
        time += TimeDelta::minutes(15);
    }
    Timestamp::from_micros(time.and_utc().timestamp_micros()).unwrap()
}

/// T of DESIGN section 2 for a date: the next midnight.
pub(crate) fn end_of(day: NaiveDate, zone: Tz) -> Timestamp {
    start_of(day.succ_opt().unwrap(), zone)
}

/// An interval as somebody states it; nothing where nothing is said. `phrase` is used where words are printed.
pub(crate) fn interval(when: When, zone: Tz, phrase: &str) -> Option<Effective<String>> {
    let When::Span { start, length, how } = when else {
        let unknown = Effective {
            basis: Basis::Stated,
            from: None,
            phrase: None,
            precision: Precision::Unknown,
            to: None,
        };
        return matches!(when, When::Unknown).then_some(unknown);
    };
    // Mostly exactly at midnight, so that one interval often ends where another begins.
    let shift = [0, 0, 0, 0, 0, 0, 1, -1][usize::from(start) / 16 % 8];
    let from = plus(start_of(day(start % 16), zone), shift);
    let length = length_micros(length);
    // Now and then somebody states an end that lies before the start.
    let to = if how == 255 { plus(from, -length) } else { plus(from, length) };
    let precisions =
        [Precision::Day, Precision::Range, Precision::Month, Precision::Season, Precision::Minute];
    let bases = [Basis::Stated, Basis::Inferred, Basis::Ambiguous];
    Some(Effective {
        basis: bases[usize::from(how) / 5 % 3],
        from: Some(from),
        phrase: (how % 7 == 3).then(|| phrase.to_owned()),
        precision: precisions[usize::from(how) % 5],
        to: Some(to),
    })
}

/// The same where the event always has an interval: nothing said is basis `recorded`, whatever bounds come with it.
pub(crate) fn interval_or_recorded(when: When, zone: Tz, phrase: &str) -> Effective<String> {
    interval(when, zone, phrase).unwrap_or_else(|| recorded(Timestamp::EPOCH))
}
