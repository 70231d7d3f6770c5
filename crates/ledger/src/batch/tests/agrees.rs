//! What a preview says is what the log answers after recording, for files that nobody made for it.

use proptest::prelude::*;

use super::super::{Line, Moved, Repeats, Shown};
use super::*;
use crate::answer::{Query, show};

const LABELS: [&str; 6] =
    ["IN PLANNING", "DEVELOPMENT", "IN PROGRESS", "COMPLETE", "NO UPDATE AVAILABLE", "PRE-LAUNCH"];
const DATES: [&str; 8] = [
    "2025-01-15",
    "2025-03",
    "2025-03-10",
    "2025-04-30",
    "2025-03-01/2025-05-01",
    "unknown",
    "",
    "2025-04-30T09:15",
];

/// What `docket show` says of a status on a day.
fn answered(seeded: &Seeded, line: &Line, moved: &Moved, known_at: u64) -> Option<Shown> {
    let query = Query {
        known_at: Some(known_at.to_string()),
        effective_at: Some(moved.true_on.to_string()),
        ..Query::default()
    };
    let answer = show(&seeded.ledger.reader(), &query, line.key.as_str(), now()).unwrap();
    answer.recommendation.status.map(|status| Shown {
        label: status.label,
        state: status.state,
        reporting: status.reporting,
        certainty: status.certainty,
        event: status.event,
    })
}

fn file(lines: &[(u8, usize, usize, bool)]) -> String {
    let mut file = "effective,status,number,reason,note\n".to_owned();
    for (place, (number, label, date, note)) in lines.iter().enumerate() {
        let note = if *note {
            format!("\"note {}, “quoted”\nand \"\"so\"\" on\"", place % 3)
        } else {
            String::new()
        };
        let cells =
            [DATES[*date], LABELS[*label], &number.to_string(), "the minutes say so", &note].join(",");
        file = file + &cells + "\r\n";
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn a_preview_says_what_is_answered_afterwards(
        months in prop::collection::vec(prop::collection::vec((1u8..83, 0..LABELS.len(), 0..DATES.len(), any::<bool>()), 1..20), 1..4),
    ) {
        let seeded = Seeded::new();
        for lines in months {
            let file = file(&lines);
            let batch = match seeded.check(&file, &defaults()) {
                Checked::Ready(batch) => batch,
                // Two lines may come out the same.
                Checked::Refused(problems) => {
                    prop_assert!(problems.problems.iter().all(|problem| problem.problem.starts_with("the line says the same")), "{problems:?}");
                    continue;
                }
            };
            let preview = batch.preview();
            if preview.recorded.is_some() {
                continue;
            }
            let outcome = batch.record(&seeded.ledger).unwrap();
            prop_assert_eq!(outcome.head.size, preview.known_after);
            prop_assert_eq!(outcome.events.len() as u64, preview.known_after - preview.known_before);
            prop_assert_eq!(preview.lines.len(), lines.len());
            for line in &preview.lines {
                let status = line.status.as_ref().unwrap();
                for moved in [&status.then, &status.today] {
                    prop_assert_eq!(&moved.before, &answered(&seeded, line, moved, preview.known_before));
                    prop_assert_eq!(&moved.after, &answered(&seeded, line, moved, preview.known_after));
                }
            }
            let reader = seeded.ledger.reader();
            let projection = reader.projection();
            let flagged: Vec<bool> = outcome.events.iter().filter_map(|event| match &projection.event(event.event).unwrap().data {
                docket_domain::Data::StatusReported(status) => Some(status.regress),
                _ => None,
            }).collect();
            let previewed: Vec<bool> = preview.lines.iter().map(|line| line.status.as_ref().unwrap().regress).collect();
            prop_assert_eq!(flagged, previewed);
        }
    }
}

#[test]
fn a_note_that_repeats_the_last_one_is_marked() {
    let seeded = Seeded::new();
    let repeats = |file: &str| -> Vec<Option<Repeats>> {
        let batch = seeded.ready(file);
        batch.preview().lines.iter().map(|line| line.note.as_ref().unwrap().repeats.clone()).collect()
    };
    let printed =
        "An MOU is being reviewed by legal; training of hospital violence\ninterrupters is March 17-21.";
    let file =
        format!("number,note,note_role\n7,\"{printed}\",\n7,news,\n7,news,\n7,\"{printed} \",annotation\n");
    // The exact same line twice is a mistake; the same words with another date are a repetition.
    let file = file.replacen("7,news,\n7,news,\n", "7,news,\n7,news ,\n", 1);
    assert_eq!(repeats(&file), [Some(Repeats::Event("7@3".to_owned())), None, Some(Repeats::Line(4)), None]);
    assert_eq!(repeats("number,note\n7,An MOU is being reviewed.\n19,No update available\n"), [None, None]);
}

#[test]
fn the_same_file_is_recorded_once_by_whomever() {
    let seeded = Seeded::new();
    let file = "number,status,note,effective\n7,COMPLETE,Done,2025-04-30\n8,,Seen,\n";
    let first = seeded.ready(file).record(&seeded.ledger).unwrap();
    assert!(!first.repeated);
    let again = seeded.ready(file);
    let before = again.preview().recorded.clone().unwrap();
    assert_eq!((before.actor, before.entries), (actor("clerk"), 3));
    let outcome = again.record(&seeded.ledger).unwrap();
    assert_eq!((&outcome.events, outcome.repeated), (&first.events, true));
    let another = Defaults { actor: actor("deputy"), ..defaults() };
    let Checked::Ready(batch) = seeded.check(file, &another) else { panic!() };
    let outcome = batch.record(&seeded.ledger).unwrap();
    assert_eq!((&outcome.events, outcome.repeated), (&first.events, true));
    // The same file with other defaults would say something else: it is not taken for a repeat.
    let dated = Defaults { effective: Some("2025-05-01".to_owned()), ..defaults() };
    let Checked::Ready(batch) = seeded.check(file, &dated) else { panic!() };
    assert!(matches!(batch.record(&seeded.ledger), Err(crate::LedgerError::CommandConflict { .. })));
    assert_eq!(seeded.ledger.reader().size(), first.head.size);
}

/// Events of a file have the same ids whoever brings it; somebody else's file that says something else is no repeat of it.
#[test]
fn the_file_of_somebody_else_is_recorded_only_if_it_says_the_same() {
    let seeded = Seeded::new();
    let file = "number,status,note\n7,COMPLETE,Done\n8,,Seen\n";
    let first = seeded.ready(file).record(&seeded.ledger).unwrap();
    let deputy = || Defaults { actor: actor("deputy"), ..defaults() };
    let others = [
        Defaults { effective: Some("2025-05-01".to_owned()), ..deputy() },
        Defaults {
            asserter: Some(docket_domain::Asserter::new("Mobile Crisis Partners").unwrap()),
            ..deputy()
        },
        Defaults { source_url: Some("https://example.org/april".to_owned()), ..deputy() },
    ];
    for other in others {
        let Checked::Ready(batch) = seeded.check(file, &other) else { panic!() };
        assert_eq!(batch.preview().recorded.as_ref().unwrap().actor, actor("clerk"), "{other:?}");
        let refused = batch.record(&seeded.ledger);
        let Err(crate::LedgerError::CommandConflict { event, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(event, first.events[0].event, "{other:?}");
    }
    let Checked::Ready(batch) = seeded.check(file, &deputy()) else { panic!() };
    let outcome = batch.record(&seeded.ledger).unwrap();
    assert_eq!((outcome.events, outcome.repeated), (first.events.clone(), true));
    // Two who look before either records: the events of the second are there already, and nothing is recorded twice.
    let other = "number,note\n9,Both saw this\n";
    let Checked::Ready(late) = seeded.check(other, &deputy()) else { panic!() };
    seeded.ready(other).record(&seeded.ledger).unwrap();
    let refused = late.record(&seeded.ledger);
    assert!(matches!(refused, Err(crate::LedgerError::EventExists { .. })), "{refused:?}");
    assert_eq!(seeded.ledger.reader().size(), first.head.size + 1);
}

#[test]
fn what_was_looked_at_is_what_is_recorded() {
    let seeded = Seeded::new();
    let looked = seeded.ready("number,note\n7,first\n7,second\n");
    seeded.ready("number,note\n7,meanwhile\n").record(&seeded.ledger).unwrap();
    assert!(matches!(
        looked.record(&seeded.ledger),
        Err(crate::LedgerError::Refused { refusal, .. }) if matches!(*refusal, docket_domain::Refusal::VersionConflict { .. })
    ));
}
