//! The thread that writes the snapshot, beside clients that record, are refused and take back what they had begun.

use super::*;

fn row(number: u128, key: &str) -> (Subject, Action) {
    let row = Data::RecommendationRegistered(RecommendationRegistered {
        cells: vec![],
        damage: vec![],
        key: Key::new(key).unwrap(),
        number: u32::try_from(number).ok(),
        number_basis: NumberBasis::Printed,
        number_printed: None,
        source: None,
        text: None,
        text_basis: TextBasis::Unknown,
    });
    (Subject::Recommendation(register(), Key::new(key).unwrap()), Action::Record(row))
}

/// A recommendation that nobody knew, in the same request with a retraction of nothing: both are refused, after the first was planned.
fn taken_back(number: u128) -> Vec<Command> {
    vec![command(number, vec![row(number, &format!("never-{number}"))]), retract(number + 1, 999_999)]
}

#[test]
fn what_is_written_beside_clients_is_what_a_fold_gives() {
    const CLIENTS: u128 = 4;
    const ROUNDS: u128 = 40;
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(directory.path(), "docket.example/test");
    ledger.submit(vec![opening()]).unwrap();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let ledger = &ledger;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let number = 1000 + (client * ROUNDS + round) * 4;
                    match round % 4 {
                        0 => drop(ledger.submit(vec![status(number), correct(number + 1, number)]).unwrap()),
                        1 => assert!(ledger.submit(taken_back(number)).is_err()),
                        // A new subject takes the place that the one taken back had had.
                        2 => drop(
                            ledger
                                .submit(vec![command(number, vec![row(number, &format!("k-{number}"))])])
                                .unwrap(),
                        ),
                        _ => drop(ledger.submit(vec![note(number, Visibility::Internal)]).unwrap()),
                    }
                }
            });
        }
    });
    let size = ledger.reader().size();
    ledger.close().unwrap();
    let written = std::fs::read(snapshot_of(directory.path())).unwrap();
    let (answered, covered) = answers(directory.path());
    assert_eq!(covered.size, size / u64::from(BLOCK_ROWS) * u64::from(BLOCK_ROWS));
    assert!(crate::verify::verify(directory.path(), &mut |_| ()).unwrap().is_good());
    // Folded from the entries alone, and written in one go.
    std::fs::remove_file(snapshot_of(directory.path())).unwrap();
    let (folded, none) = answers(directory.path());
    assert_eq!(none, Written::default());
    assert!(folded == answered);
    open(directory.path(), "docket.example/test").close().unwrap();
    assert!(std::fs::read(snapshot_of(directory.path())).unwrap() == written);
}
