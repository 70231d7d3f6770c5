//! Claims against the log, above all the two public totals that the seed's figures can neither confirm nor refute.

use super::*;
use crate::report::Verdict;

/// 17 planning or development, 26 in progress, 25 without update, 14 lost: the first source in the city's own buckets.
fn first_source() -> Log {
    let mut log = log(82);
    for number in 1..=82 {
        let label = match number {
            1..=12 => "IN PLANNING",
            13..=17 => "IN DEVELOPMENT",
            18..=43 => "IN PROGRESS",
            44..=68 => "NO UPDATE AVAILABLE",
            _ => "",
        };
        log.status(&number.to_string(), label, Some((10, 20)));
    }
    log
}

/// The verdict on a claim about day 15: together, and each figure's with its difference.
fn judged(figures: &[(&str, u64)]) -> (Verdict, Vec<(Verdict, Option<i64>)>) {
    let mut log = first_source();
    claim(&mut log, figures, Some((15, 16)));
    let projection = log.projection();
    let checks = projection.newest().claim_checks(&register(), bound(30));
    let check = checks.first().unwrap();
    let figures = check.figures.iter().map(|figure| {
        let logged = figure.logged.as_ref().map(|logged| i64::try_from(logged.len()).unwrap());
        (figure.verdict, logged.map(|logged| i64::try_from(figure.claimed).unwrap() - logged))
    });
    assert_eq!((check.unknown.len(), check.not_yet_stated.len()), (14, 0));
    (check.verdict, figures.collect())
}

#[test]
fn the_unknown_rows_could_make_up_the_march_totals() {
    use Verdict::{Agrees, CannotBeRefuted, Contradicts, NotComparable};
    let (verdict, figures) = judged(&[("planning+development", 19), ("in-progress", 30), ("rest", 33)]);
    assert_eq!(verdict, CannotBeRefuted);
    assert_eq!(figures, [(CannotBeRefuted, Some(2)), (CannotBeRefuted, Some(4)), (CannotBeRefuted, Some(8))]);
    // The February totals are not those of the day on which this was true.
    let (verdict, figures) = judged(&[("planning + development", 23), ("in-progress", 23), ("rest", 36)]);
    assert_eq!(verdict, Contradicts);
    assert_eq!(figures, [(CannotBeRefuted, Some(6)), (Contradicts, Some(-3)), (CannotBeRefuted, Some(11))]);
    // What else can be claimed.
    let table: [(&[(&str, u64)], Verdict); 11] = [
        (&[("in-progress", 26)], Agrees),
        (&[("in-progress", 40)], CannotBeRefuted),
        (&[("in-progress", 41)], Contradicts),
        // Each alone could be, both together could not.
        (&[("in-progress", 36), ("planning", 20)], Contradicts),
        (&[("in-progress", 36), ("planning", 16)], CannotBeRefuted),
        // With a rest, every recommendation is counted.
        (&[("in-progress", 26), ("rest", 42)], Contradicts),
        (&[("in-progress", 26), ("unknown", 14), ("rest", 42)], Agrees),
        (&[("total", 82)], Agrees),
        (&[("total", 80)], Contradicts),
        (&[("no-update", 25), ("jobs created", 9)], Agrees),
        (&[("jobs created", 9), ("rest", 73)], NotComparable),
    ];
    for (figures, expected) in table {
        assert_eq!(judged(figures).0, expected, "{figures:?}");
    }
}

#[test]
fn a_claim_is_held_against_its_own_day_and_against_what_was_known_then() {
    let mut log = log(2);
    claim(&mut log, &[("in-progress", 1), ("rest", 1)], Some((5, 6)));
    log.status("1", "IN PROGRESS", Some((4, 5)));
    log.status("2", "IN PLANNING", Some((4, 5)));
    log.status("2", "IN PROGRESS", Some((8, 9)));
    let projection = log.projection();
    let checks = projection.newest().claim_checks(&register(), bound(30));
    let check = checks.first().unwrap();
    assert_eq!((check.verdict, check.verdict_then), (Verdict::Agrees, Verdict::CannotBeRefuted));
    assert_eq!(check.figures.iter().map(|figure| figure.logged_then).collect::<Vec<_>>(), [Some(0), Some(0)]);
    // A claim about a later day than the one asked about is not in the report.
    assert!(projection.newest().claim_checks(&register(), bound(4)).is_empty());
}

#[test]
fn a_claim_without_a_date_cannot_be_compared() {
    let mut log = first_source();
    claim(&mut log, &[("in-progress", 26)], None);
    let projection = log.projection();
    let checks = projection.newest().claim_checks(&register(), bound(30));
    assert_eq!(checks.first().unwrap().verdict, Verdict::NotComparable);
    assert_eq!(checks.first().unwrap().figures.first().unwrap().logged, None);
}
