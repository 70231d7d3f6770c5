//! The same basis gives the same bytes, whatever is recorded later.

use docket_domain::term::Visibility;
use docket_domain::{EventId, Label, Timestamp};
use docket_projection::Audience;
use proptest::prelude::*;

use super::{Book, correction, effective, now};
use crate::answer::{Query, Span, changes_effective, changes_recorded, counts, list, show, timeline};

const LABELS: [&str; 4] = ["IN PLANNING", "IN PROGRESS", "COMPLETE", "NO UPDATE AVAILABLE"];
const WHEN: [&str; 5] = ["2025-03-06/2025-03-19", "2025-03-10", "2025-04", "unknown", "now"];
const KEYS: [&str; 3] = ["1", "2", "3"];
const DATES: [&str; 3] = ["2025-03-10", "2025-06-30", "2025-07-01T12:00:09.000000Z"];

/// One thing that somebody does; numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
enum Act {
    Status(usize, usize, usize),
    Note(usize, usize, bool),
    CorrectLabel(usize, usize),
    CorrectDate(usize, usize),
    Retract(usize),
    Judge(usize),
    Amend(usize),
    Revise,
    OpenAnother,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..3_usize, 0..4_usize, 0..5_usize).prop_map(|(key, label, when)| Act::Status(key, label, when)),
        2 => (0..3_usize, 0..5_usize, any::<bool>()).prop_map(|(key, when, public)| Act::Note(key, when, public)),
        2 => (0..20_usize, 0..4_usize).prop_map(|(target, label)| Act::CorrectLabel(target, label)),
        2 => (0..20_usize, 0..3_usize).prop_map(|(target, when)| Act::CorrectDate(target, when)),
        3 => (0..20_usize).prop_map(Act::Retract),
        1 => (0..20_usize).prop_map(Act::Judge),
        1 => (0..3_usize).prop_map(Act::Amend),
        1 => Just(Act::Revise),
        1 => Just(Act::OpenAnother),
    ];
    proptest::collection::vec(act, 1..10)
}

/// Does what it says, if a rule does not refuse it.
fn perform(book: &mut Book, act: Act, done: &mut Vec<(usize, EventId)>) {
    use docket_domain::event::{EventRetracted, StatusVerified};
    use docket_domain::{Action, Asserter, Data};
    let chosen = |target: usize| done.get(target % done.len().max(1)).copied();
    let (key, action) = match act {
        Act::Status(key, label, when) => {
            let id = book.status(KEYS[key], LABELS[label], WHEN[when], Some("because"));
            return done.push((key, id));
        }
        Act::Note(key, when, public) => {
            let visibility = if public { Visibility::Public } else { Visibility::Internal };
            let id = book.note(KEYS[key], "words of a note", WHEN[when], visibility);
            return done.push((key, id));
        }
        Act::Amend(key) => {
            book.amend(KEYS[key], Some(4), Some("Other words."));
            return;
        }
        Act::Revise => {
            book.revise();
            return;
        }
        Act::OpenAnother => {
            if book.reader().projection().newest().registers().count() == 1 {
                book.open("other");
                book.row("1", Some("Elsewhere."));
                book.register = super::REGISTER;
            }
            return;
        }
        Act::CorrectLabel(target, label) => {
            let Some((key, target)) = chosen(target) else { return };
            let label = Some(Label::new(LABELS[label]).unwrap());
            (key, Action::Correct(docket_domain::Change { label, ..correction(target) }))
        }
        Act::CorrectDate(target, when) => {
            let Some((key, target)) = chosen(target) else { return };
            let effective = Some(effective(WHEN[when]));
            (key, Action::Correct(docket_domain::Change { effective, ..correction(target) }))
        }
        Act::Retract(target) => {
            let Some((key, target)) = chosen(target) else { return };
            (key, Action::Record(Data::EventRetracted(EventRetracted { reason: "no".to_owned(), target })))
        }
        Act::Judge(target) => {
            let Some((key, claim)) = chosen(target) else { return };
            let finding = StatusVerified {
                agrees: true,
                asserter: Asserter::new("Auditor").unwrap(),
                claim,
                comment: None,
                effective: effective("now"),
                evidence: Vec::new(),
                source_url: None,
                state: None,
            };
            (key, Action::Record(Data::StatusVerified(finding)))
        }
    };
    book.by(if matches!(act, Act::Judge(_)) { "eve" } else { "ann" });
    if let Ok(id) = book.submit(book.about(KEYS[key]), action) {
        done.push((key, id));
    }
    book.by("ann");
}

/// The bytes of every answer at a size. The present moves on between two calls and must not matter.
fn answers(book: &Book, known_at: u64, now: Timestamp) -> Vec<String> {
    let reader = book.reader();
    let mut bytes = Vec::new();
    for (date, audience) in
        DATES.iter().flat_map(|date| [(date, Audience::Public), (date, Audience::Internal)])
    {
        let query = Query {
            register: None,
            known_at: Some(known_at.to_string()),
            effective_at: Some((*date).to_owned()),
            audience,
        };
        let span = Span { from: Some("2025-03-01".to_owned()), ..Span::default() };
        bytes.push(serde_json::to_string(&list(&reader, &query, now).unwrap()).unwrap());
        bytes.push(serde_json::to_string(&counts(&reader, &query, now).unwrap()).unwrap());
        bytes.push(
            serde_json::to_string(&changes_recorded(&reader, &query, &Span::default(), now).unwrap())
                .unwrap(),
        );
        bytes.push(serde_json::to_string(&changes_effective(&reader, &query, &span, now).unwrap()).unwrap());
        for name in ["1", "2", "3", "4"] {
            let page = show(&reader, &query, name, now);
            bytes.push(page.map_or_else(|_| "none".to_owned(), |page| serde_json::to_string(&page).unwrap()));
            let entries = timeline(&reader, &query, name, now);
            bytes.push(
                entries.map_or_else(|_| "none".to_owned(), |answer| serde_json::to_string(&answer).unwrap()),
            );
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn answers_at_an_earlier_size_stay_the_same_bytes(acts in acts()) {
        let mut book = Book::new();
        for key in KEYS {
            book.row(key, (key != "3").then_some("Words."));
        }
        let mut done = Vec::new();
        let mut earlier = vec![(0, answers(&book, 0, now())), (book.size(), answers(&book, book.size(), now()))];
        for act in acts {
            perform(&mut book, act, &mut done);
            let size = book.size();
            if book.reader().projection().newest().registers().count() == 1 {
                earlier.push((size, answers(&book, size, now())));
            }
        }
        let later = now().plus_micros(400 * 24 * 60 * 60 * 1_000_000);
        for (known_at, expected) in earlier {
            prop_assert_eq!(answers(&book, known_at, later), expected, "known at {}", known_at);
        }
    }
}
