//! Time in status, promises, chains and moves, case by case.

use docket_domain::Vocabulary;

use super::*;
use crate::report::{Compared, Days, last_contact, moved, promises, tenure};
use crate::testing::vocabulary;

/// At least, at most, and whether it certainly had begun.
type Lasted = (Option<u64>, Option<u64>, bool);

fn days(log: &Log, day: i64) -> Lasted {
    let projection = log.projection();
    let rows = rows(projection.newest(), day);
    let found = tenure(rows.first().unwrap(), calendar(day)).unwrap();
    (found.days.at_least, found.days.at_most, found.begun)
}

#[test]
fn time_in_status_is_at_least_at_most_or_not_known() {
    // What is stated, when, and how long that has lasted on day 100.
    let table: [(&[(&str, When)], Lasted); 11] = [
        // A first statement says where the work stood, not when it came there.
        (&[("IN PLANNING", Some((10, 11)))], (Some(90), None, true)),
        (&[("IN PLANNING", Some((10, 21)))], (Some(80), None, true)),
        // After another state its beginning is known, as far as its interval goes.
        (&[("IN PLANNING", Some((1, 2))), ("IN PROGRESS", Some((10, 11)))], (Some(90), Some(90), true)),
        (&[("IN PLANNING", Some((1, 2))), ("IN PROGRESS", Some((10, 21)))], (Some(80), Some(90), true)),
        // Not over yet: it may not have begun.
        (&[("IN PLANNING", Some((1, 2))), ("IN PROGRESS", Some((95, 110)))], (Some(0), Some(5), false)),
        // Said again, it goes on; "no update" and a lost page do not interrupt it.
        (
            &[
                ("IN PLANNING", Some((10, 11))),
                ("NO UPDATE AVAILABLE", Some((20, 21))),
                ("IN PLANNING", Some((30, 31))),
            ],
            (Some(90), None, true),
        ),
        (&[("IN PLANNING", Some((10, 11))), ("", Some((20, 21)))], (Some(90), None, true)),
        // The next table says the same: the clock runs from the first.
        (
            &[
                ("IN PLANNING", Some((1, 2))),
                ("IN PROGRESS", Some((10, 21))),
                ("IN PROGRESS", Some((50, 51))),
                ("IN PROGRESS", Some((80, 81))),
            ],
            (Some(80), Some(90), true),
        ),
        // No state was ever stated.
        (&[("NO UPDATE AVAILABLE", Some((40, 41)))], (Some(60), None, true)),
        (&[("", Some((40, 41)))], (None, None, true)),
        (&[("IN PLANNING", None)], (None, None, false)),
    ];
    for (statements, expected) in table {
        let mut log = log(1);
        for (label, when) in statements {
            log.status("1", label, *when);
        }
        assert_eq!(days(&log, 100), expected, "{statements:?}");
    }
}

/// The vocabulary of the tests with its last state a closing one.
fn closing() -> Vocabulary {
    let mut vocabulary = vocabulary();
    vocabulary.states.iter_mut().for_each(|state| state.closed = state.name.as_str() == "completed");
    vocabulary
}

#[test]
fn a_promise_is_overdue_when_its_whole_interval_has_passed() {
    // The interval promised, and whether it is overdue on day 100: certainly, possibly, or not.
    let table = [
        (Some((90, 91)), Some(true)),
        (Some((99, 100)), Some(true)),
        // The day itself is not over before it ends.
        (Some((100, 101)), None),
        (Some((101, 102)), None),
        (Some((95, 110)), Some(false)),
        (None, None),
    ];
    for (target, expected) in table {
        let mut log = log(1);
        log.status("1", "IN PROGRESS", Some((1, 2)));
        promise(&mut log, "1", target);
        let projection = log.projection();
        let rows = rows(projection.newest(), 100);
        let found = promises(&rows, &closing(), calendar(100));
        assert_eq!(found.overdue.first().map(|overdue| overdue.certain), expected, "{target:?}");
        assert_eq!((found.open.len(), found.undated.len()), (1, usize::from(target.is_none())));
    }
    let mut log = log(1);
    promise(&mut log, "1", Some((90, 91)));
    log.status("1", "COMPLETE", Some((99, 100)));
    let projection = log.projection();
    let found = promises(&rows(projection.newest(), 100), &closing(), calendar(100));
    assert!(found.open.is_empty() && found.overdue.is_empty(), "closed work is not overdue");
}

#[test]
fn chains_are_followed_to_their_end_and_circles_are_named() {
    let mut log = log(7);
    for (name, other) in [("1", "2"), ("2", "3"), ("1", "3"), ("4", "5"), ("5", "4"), ("6", "7"), ("6", "99")]
    {
        wait(&mut log, name, other);
    }
    log.status("7", "COMPLETE", Some((1, 2)));
    let projection = log.projection();
    let found = promises(&rows(projection.newest(), 100), &closing(), calendar(100)).blocked;
    let shown: Vec<_> = found
        .iter()
        .map(|blocked| {
            let chain = blocked.chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            (blocked.key.as_str(), blocked.by.len(), chain, blocked.chain_length, blocked.circular)
        })
        .collect();
    assert_eq!(
        shown.get(..2).unwrap(),
        [("1", 2, "2 3".to_owned(), 2, false), ("2", 1, "3".to_owned(), 1, false)]
    );
    assert_eq!(shown.len(), 4, "6 waits for what is closed and for what is not there: {shown:?}");
    assert!(shown.iter().skip(2).all(|(.., circular)| *circular), "{shown:?}");
}

#[test]
fn a_very_long_chain_does_not_exhaust_the_stack() {
    let count = 5_000;
    let mut log = log(count);
    for number in 1..count {
        wait(&mut log, &number.to_string(), &(number + 1).to_string());
    }
    let projection = log.projection();
    let found = promises(&rows(projection.newest(), 1), &closing(), calendar(1)).blocked;
    let first = found.first().unwrap();
    assert_eq!((first.chain_length, first.chain.len()), (u64::from(count) - 1, crate::report::CHAIN_MAX));
}

#[test]
fn what_went_back_reads_otherwise_or_came_is_told_apart() {
    let mut log = log(3);
    log.status("1", "IN PROGRESS", Some((1, 2)));
    log.status("2", "IN PLANNING", Some((1, 2)));
    log.status("1", "IN PLANNING", Some((20, 21)));
    log.status("2", "NO UPDATE AVAILABLE", Some((20, 21)));
    let size = log.size();
    log.amend("3", None, Some("other words"));
    log.recommendation("4", Some(4));
    log.retract(3);
    let projection = log.projection();
    let (before, after) = (projection.knowledge(size), projection.newest());
    let (since, now) =
        (Compared { known_at: size, at: bound(10) }, Compared { known_at: log.size(), at: bound(30) });
    let found = moved((&rows(before, 10), since), (&rows(after, 30), now), &vocabulary(), None);
    let back = found.regressions.first().unwrap();
    assert_eq!((back.key.as_str(), back.from.as_str(), back.to.as_str()), ("1", "in-progress", "planning"));
    assert_eq!(found.regressions.len(), 1, "no update is no regress");
    assert_eq!(found.added.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["4"]);
    assert_eq!(found.vanished.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["3"]);
    assert!(found.reworded.is_empty(), "what is gone reads no other way");
    let amended = moved(
        (&rows(before, 10), since),
        (&rows(projection.knowledge(size + 1), 30), now),
        &vocabulary(),
        None,
    );
    assert_eq!(amended.reworded.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["3"]);
}

#[test]
fn the_last_contact_is_the_one_that_ends_last() {
    let mut log = log(1);
    log.note("1", "an old answer", None);
    log.status("1", "NO UPDATE AVAILABLE", Some((10, 20)));
    log.note("1", "news", Some((5, 6)));
    let projection = log.projection();
    let rows = rows(projection.newest(), 50);
    let heard = last_contact(rows.first().unwrap(), calendar(50));
    let days = Days { at_least: Some(31), at_most: Some(40) };
    assert_eq!(heard, crate::report::Recency::Dated { event: 3, days });
}
