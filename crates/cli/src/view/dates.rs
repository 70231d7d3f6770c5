//! Intervals and times in the zone of the register.

use docket_domain::term::{Basis, Precision};
use docket_domain::{Timestamp, Zone};
use docket_ledger::answer::Interval;

use super::text;

const MINUTE_MICROS: i64 = 60_000_000;

/// When something began, with the words printed and where the date comes from.
pub(super) fn interval(interval: &Interval, zone: Zone) -> String {
    let mut shown = bounds(interval, zone);
    if let Some(phrase) = &interval.phrase {
        shown.push(' ');
        shown.push_str(&text::quoted(phrase));
    }
    match interval.basis {
        Basis::Stated => {}
        Basis::Inferred => shown.push_str(" (inferred)"),
        Basis::Ambiguous => shown.push_str(" (ambiguous)"),
        Basis::Recorded => shown.push_str(" (when recorded)"),
    }
    shown
}

/// The bounds alone: a day, a month, a minute, or the first and the last day, both included.
pub(super) fn bounds(interval: &Interval, zone: Zone) -> String {
    let (Some(from), Some(to)) = (interval.from, interval.to) else { return "date unknown".to_owned() };
    match interval.precision {
        Precision::Instant | Precision::Minute => from.minute_in(zone),
        Precision::Day => from.day_in(zone).to_string(),
        Precision::Month => from.day_in(zone).format("%Y-%m").to_string(),
        Precision::Season | Precision::Range | Precision::Unknown => range(from, to, zone),
    }
}

fn range(from: Timestamp, to: Timestamp, zone: Zone) -> String {
    let is_midnight = |at: Timestamp| zone.start_of(at.day_in(zone)) == Ok(at);
    if is_midnight(from) && is_midnight(to) {
        let (first, last) = (from.day_in(zone), to.plus_micros(-1).day_in(zone));
        return if first == last { first.to_string() } else { format!("{first} to {last}") };
    }
    format!("{} to {}", from.minute_in(zone), to.plus_micros(-MINUTE_MICROS).minute_in(zone))
}

#[cfg(test)]
mod tests {
    use docket_domain::effective::parse_effective;

    use super::*;

    #[test]
    fn an_interval_reads_as_it_was_typed() {
        let zone = Zone::parse("America/Chicago").unwrap();
        let table = [
            ("2025-04-01", "2025-04-01"),
            ("2025-04", "2025-04"),
            ("2025-03-06/2025-03-19", "2025-03-06 to 2025-03-19"),
            ("2025-03/2025-04", "2025-03-01 to 2025-04-30"),
            ("2025-03-19T16:00", "2025-03-19 16:00"),
            ("2025-03-19T16:00/2025-03-19T17:59", "2025-03-19 16:00 to 2025-03-19 17:59"),
            ("2025-11-02T01:30", "2025-11-02 01:30 (ambiguous)"),
            ("unknown", "date unknown"),
        ];
        for (typed, shown) in table {
            let docket_domain::Effective { basis, from, precision, to, .. } =
                parse_effective(typed, zone).unwrap();
            let effective = Interval { from, to, precision, phrase: None, basis };
            assert_eq!(interval(&effective, zone), shown);
        }
    }
}
