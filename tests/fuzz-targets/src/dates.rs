//! The dates, times and sizes of the command line and of files.

use docket_domain::effective::parse_effective;
use docket_domain::term::{Basis, Precision};
use docket_domain::time::Moment;
use docket_domain::{Timestamp, Zone};

use crate::check::{accept, choice, one_line, pick};
use crate::desk::desk;

/// Zones with summer time, with half-hour offsets, with skipped midnights and a skipped day.
const ZONES: [&str; 6] =
    ["UTC", "America/Chicago", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"];

/// The input: a byte that chooses the zone, and what was typed.
pub(crate) fn date(data: &[u8]) {
    let (chosen, typed) = choice(data);
    let Ok(typed) = std::str::from_utf8(typed) else { return };
    let name: &&str = pick(&ZONES, chosen);
    let zone = Zone::parse(name).expect("a zone of the database");
    timestamp(typed);
    moment(typed, zone);
    effective(typed, zone);
    known_at(typed, zone);
    if let Err(error) = Zone::parse(typed) {
        one_line(&error);
    }
}

fn timestamp(typed: &str) {
    match Timestamp::parse(typed) {
        Ok(time) => {
            assert_eq!(time.to_string(), typed, "a timestamp has one spelling");
            assert_eq!(Timestamp::from_micros(time.as_micros()), Ok(time));
        }
        Err(error) => one_line(&error),
    }
}

/// What a moment prints is the same moment, and it is asked for as of an instant that is not before it.
fn moment(typed: &str, zone: Zone) {
    let moment = match Moment::parse(typed, zone) {
        Ok(moment) => moment,
        Err(error) => return one_line(&error),
    };
    assert!(
        ["d-d-d", "d-d-dTd:d", "d-d-d d:d"].contains(&shape(typed).as_str()) || is_rfc_3339(typed),
        "{typed:?} is none of the documented forms"
    );
    assert_eq!(Moment::parse(&moment.to_string(), zone), Ok(moment), "{typed:?} prints as {moment}");
    match (moment, moment.bound(zone)) {
        (Moment::Instant(instant), Ok(bound)) => assert!(instant <= bound),
        (Moment::Day(_), Ok(_)) => {}
        (_, Err(error)) => one_line(&error),
    }
}

fn effective(typed: &str, zone: Zone) {
    let effective = match parse_effective(typed, zone) {
        Ok(effective) => effective,
        Err(error) => return one_line(&error),
    };
    assert!(effective.is_consistent(), "{typed:?} gives {effective:?}");
    assert!(effective.basis != Basis::Recorded && effective.precision != Precision::Instant);
    if effective.precision == Precision::Unknown {
        return assert_eq!(typed, "unknown");
    }
    for part in typed.split('/') {
        let known =
            ["d-d-d", "d-d", "d-d-dTd:d", "d-d-d d:d", "d-d-dTd:dZ", "d-d-dTd:d+d:d", "d-d-dTd:d-d:d"];
        assert!(known.contains(&shape(part).as_str()), "{part:?} is none of the documented forms");
    }
    accept();
    // Both clocks' readers mean the same day.
    if let (Precision::Day, Ok(day @ Moment::Day(_))) = (effective.precision, Moment::parse(typed, zone)) {
        assert_eq!(day.bound(zone).ok(), effective.to, "the end of {typed:?}");
    }
}

fn known_at(typed: &str, zone: Zone) {
    let reader = desk().ledger.reader();
    match reader.known_at(Some(typed), zone) {
        Ok(size) => assert!(size <= reader.size()),
        Err(error) => one_line(&error),
    }
}

/// A text with each run of digits of a proper length as one `d`: four for the first, two for the others. Others are left as they are.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut digits = 0;
    let mut expected = 4;
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits += 1;
            continue;
        }
        if digits > 0 {
            shape.push_str(if digits == expected { "d" } else { "?" });
            (digits, expected) = (0, 2);
        }
        shape.push(character);
    }
    shape.pop();
    shape
}

/// Whether a text has the form of RFC 3339, section 5.6, whose separators may be of either case.
fn is_rfc_3339(text: &str) -> bool {
    let Some((clock, rest)) = text.split_at_checked(19) else { return false };
    let zone =
        rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let fraction_has_digits = !rest.starts_with('.') || zone.len() + 1 < rest.len();
    let clock = clock.replace(['t', ' '], "T");
    let zone = zone.replace('z', "Z");
    let offset = zone.strip_prefix(['+', '-']).map(|offset| shape(&format!("2025-{offset}")));
    shape(&clock) == "d-d-dTd:d:d"
        && fraction_has_digits
        && (zone == "Z" || offset.as_deref() == Some("d-d:d"))
}
