//! Points in time, zones and days.
//!
//! A [`Timestamp`] is UTC microseconds. Days, months and minutes are turned into timestamps in the zone of a register; where the local
//! clock skips midnight, the day begins at the first minute that exists.

use std::fmt;

use chrono::{
    DateTime, Datelike, Days, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta,
    TimeZone, Utc,
};
use chrono_tz::Tz;

/// Microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: what RFC 3339 can print.
const MICROS_MIN: i64 = -62_135_596_800_000_000;
const MICROS_MAX: i64 = 253_402_300_799_999_999;

/// Why a string or number is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The microseconds lie outside the years 1 to 9999.
    #[error("{micros} microseconds lie outside the years 1 to 9999")]
    Range {
        /// The number.
        micros: i64,
    },
    /// The string is not the one spelling of a timestamp.
    #[error("{value:?} is not a time of the form 2025-03-19T21:00:00.000000Z")]
    Timestamp {
        /// The whole string.
        value: String,
    },
    /// No such zone in the IANA database.
    #[error("{value:?} is not an IANA time zone such as America/Chicago")]
    Zone {
        /// The whole string.
        value: String,
    },
    /// No such day in the calendar, or not a date at all.
    #[error("{value:?} is not a date: expected {expected}, and the day must exist in the calendar")]
    Date {
        /// The whole string.
        value: String,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// The local clock skips this minute.
    #[error("{value:?} does not exist in {zone}: the clock skips it")]
    Skipped {
        /// The whole string.
        value: String,
        /// The zone.
        zone: Zone,
    },
    /// The end of a range lies before its start.
    #[error("{value:?} ends before it begins")]
    Backwards {
        /// The whole string.
        value: String,
    },
}

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The time this many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Result<Self, TimeError> {
        if micros < MICROS_MIN || micros > MICROS_MAX {
            return Err(TimeError::Range { micros });
        }
        Ok(Self(micros))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The time this many microseconds later; it stops at the end of the year 9999.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        let sum = self.0.saturating_add(micros);
        Self(if sum > MICROS_MAX {
            MICROS_MAX
        } else if sum < MICROS_MIN {
            MICROS_MIN
        } else {
            sum
        })
    }

    /// Reads the one spelling that [`Display`](fmt::Display) prints: RFC 3339, six fractional digits, `Z`.
    pub fn parse(value: &str) -> Result<Self, TimeError> {
        let error = || TimeError::Timestamp { value: value.to_owned() };
        let time = DateTime::parse_from_rfc3339(value).map_err(|_| error())?;
        let timestamp = Self::from_micros(time.timestamp_micros())?;
        if timestamp.to_string() == value { Ok(timestamp) } else { Err(error()) }
    }

    /// The calendar day in a zone.
    #[must_use]
    pub fn day_in(self, zone: Zone) -> NaiveDate {
        self.utc().with_timezone(&zone.0).date_naive()
    }

    /// The time in a zone as `2025-03-19 16:00`, for tables.
    #[must_use]
    pub fn minute_in(self, zone: Zone) -> String {
        self.utc().with_timezone(&zone.0).format("%Y-%m-%d %H:%M").to_string()
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
    }

    pub(crate) fn from_utc(time: DateTime<Utc>) -> Result<Self, TimeError> {
        Self::from_micros(time.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time zone of the IANA database.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone with this IANA name.
    pub fn parse(value: &str) -> Result<Self, TimeError> {
        value.parse().map(Self).map_err(|_| TimeError::Zone { value: value.to_owned() })
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The first instant of a day: midnight, or the first minute that exists after it.
    pub fn start_of(self, day: NaiveDate) -> Result<Timestamp, TimeError> {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        let minutes_per_two_days = 2 * 24 * 60;
        (0..minutes_per_two_days)
            .find_map(|minute| {
                self.0.from_local_datetime(&(midnight + TimeDelta::minutes(minute))).earliest()
            })
            .ok_or_else(|| TimeError::Skipped { value: day.to_string(), zone: self })
            .and_then(|time| Timestamp::from_utc(time.to_utc()))
    }

    /// The first instant of the day after.
    pub fn end_of(self, day: NaiveDate) -> Result<Timestamp, TimeError> {
        let next = day.checked_add_days(Days::new(1)).ok_or(TimeError::Range { micros: i64::MAX })?;
        self.start_of(next)
    }

    /// The instants at which the local clock shows this minute: two of them in the hour that an autumn change repeats.
    pub(crate) fn minutes_of(
        self,
        local: NaiveDateTime,
        value: &str,
    ) -> Result<(Timestamp, Timestamp), TimeError> {
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(time) => {
                let instant = Timestamp::from_utc(time.to_utc())?;
                Ok((instant, instant))
            }
            LocalResult::Ambiguous(first, second) => {
                Ok((Timestamp::from_utc(first.to_utc())?, Timestamp::from_utc(second.to_utc())?))
            }
            LocalResult::None => Err(TimeError::Skipped { value: value.to_owned(), zone: self }),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A day as `2025-04-01`; exactly that form, and the day must exist.
pub fn parse_day(value: &str) -> Result<NaiveDate, TimeError> {
    let error = || TimeError::Date { value: value.to_owned(), expected: "a day such as 2025-04-01" };
    let day = NaiveDate::parse_from_str(value, "%Y-%m-%d").map_err(|_| error())?;
    if day.format("%Y-%m-%d").to_string() == value && has_four_digits(&day) { Ok(day) } else { Err(error()) }
}

/// Whether the year is one of 1 to 9999: others are printed with a sign, and nothing can be recorded or asked about them.
fn has_four_digits(date: &impl Datelike) -> bool {
    (1..=9999).contains(&date.year())
}

/// What a query on one of the two clocks names: a day or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A whole day, asked for as of its end.
    Day(NaiveDate),
    /// An instant, asked for just after it.
    Instant(Timestamp),
}

impl Moment {
    /// Reads a day (`2025-03-15`), a local minute (`2025-03-15T16:00`) or an RFC 3339 time with its offset.
    pub fn parse(value: &str, zone: Zone) -> Result<Self, TimeError> {
        if let Ok(day) = parse_day(value) {
            return Ok(Self::Day(day));
        }
        if let Some(local) = parse_local_minute(value) {
            return Ok(Self::Instant(zone.minutes_of(local, value)?.1));
        }
        let time = parse_rfc_3339(value).ok_or_else(|| TimeError::Date {
            value: value.to_owned(),
            expected: "a day such as 2025-03-15, a minute such as 2025-03-15T16:00, or an RFC 3339 time",
        })?;
        Ok(Self::Instant(Timestamp::from_utc(time.to_utc())?))
    }

    /// The bound T of DESIGN section 2: what began before it counts. The next midnight for a day, `t + 1 us` for an instant.
    pub fn bound(self, zone: Zone) -> Result<Timestamp, TimeError> {
        match self {
            Self::Day(day) => zone.end_of(day),
            Self::Instant(instant) => Ok(instant.plus_micros(1)),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

/// `2025-03-19T16:00` or `2025-03-19 16:00`, and no other form.
pub(crate) fn parse_local_minute(value: &str) -> Option<NaiveDateTime> {
    let form = if value.contains('T') { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%d %H:%M" };
    let local = NaiveDateTime::parse_from_str(value, form).ok()?;
    (local.format(form).to_string() == value && has_four_digits(&local)).then_some(local)
}

/// A time of RFC 3339 with its offset. The RFC is ASCII; chrono alone takes U+2212 for a minus.
pub(crate) fn parse_rfc_3339(value: &str) -> Option<DateTime<FixedOffset>> {
    value.is_ascii().then(|| DateTime::parse_from_rfc3339(value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    fn day(value: &str) -> NaiveDate {
        parse_day(value).unwrap()
    }

    #[test]
    fn a_timestamp_has_one_spelling() {
        let text = "2025-03-06T06:00:00.000000Z";
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        for other in [
            "2025-03-06T06:00:00Z",
            "2025-03-06T06:00:00.000Z",
            "2025-03-06T06:00:00.0000000Z",
            "2025-03-06T06:00:00.000000+00:00",
            "2025-03-06t06:00:00.000000z",
            "2025-03-06 06:00:00.000000Z",
            "2025-02-30T06:00:00.000000Z",
            "2025-03-06T23:59:60.000000Z",
            "",
        ] {
            assert!(Timestamp::parse(other).is_err(), "{other}");
        }
        assert!(Timestamp::from_micros(MICROS_MAX + 1).is_err());
        assert_eq!(Timestamp(MICROS_MAX).to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp(MICROS_MIN).to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp(MICROS_MAX).plus_micros(1), Timestamp(MICROS_MAX));
    }

    #[test]
    fn a_day_begins_at_local_midnight_or_the_first_minute_after_it() {
        let starts = [
            ("America/Chicago", "2025-03-06", "2025-03-06T06:00:00.000000Z"),
            ("America/Chicago", "2025-03-20", "2025-03-20T05:00:00.000000Z"),
            ("UTC", "2024-02-29", "2024-02-29T00:00:00.000000Z"),
            // Midnight was skipped: the clock went from 23:59:59 to 01:00.
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000000Z"),
            // The whole day was skipped.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000000Z"),
        ];
        for (name, date, start) in starts {
            assert_eq!(zone(name).start_of(day(date)).unwrap().to_string(), start, "{name} {date}");
        }
        assert_eq!(
            zone("America/Chicago").end_of(day("2025-03-19")).unwrap(),
            zone("America/Chicago").start_of(day("2025-03-20")).unwrap()
        );
    }

    #[test]
    fn a_moment_is_a_day_a_minute_or_an_instant() {
        let chicago = zone("America/Chicago");
        let bound = |value: &str| Moment::parse(value, chicago).unwrap().bound(chicago).unwrap().to_string();
        assert_eq!(bound("2025-03-15"), "2025-03-16T05:00:00.000000Z");
        assert_eq!(bound("2025-03-15T16:00"), "2025-03-15T21:00:00.000001Z");
        assert_eq!(bound("2025-03-15T21:00:00Z"), "2025-03-15T21:00:00.000001Z");
        for value in [
            "2025-02-30",
            "2025-13-01",
            "2025-3-1",
            "15.3.2025",
            "yesterday",
            "2025-03",
            "",
            "2025-03-09T02:30",
            // Found by the fuzzer `date`: a year is one of 1 to 9999.
            "+52025-11-02",
            "+52025-11-02T16:00",
            "0000-11-02",
            "-0001-11-02T16:00",
            "2025-11-02T16:00:00\u{2212}06:00",
            "2025-11-02T16:00:00-06 00",
        ] {
            assert!(Moment::parse(value, chicago).is_err(), "{value}");
        }
    }
}
