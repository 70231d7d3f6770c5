//! Recording the first source, recording it again, and recording it after its curation has changed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use docket_domain::term::ActorBasis;
use docket_domain::{Actor, EventKind};
use docket_ledger::source::{Importer, prepare};
use docket_ledger::verify::verify;
use docket_ledger::{Ledger, OpenOptions};

fn seed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds/birmingham-crime-commission")
}

fn importer() -> Importer {
    Importer { actor: Actor::new("clerk").unwrap(), actor_basis: ActorBasis::Os }
}

#[test]
fn the_seed_is_recorded_once_and_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let prepared = prepare(&seed()).unwrap();
    let options = || OpenOptions::new(directory.path()).or_begin(prepared.origin().clone());
    let ledger = Ledger::open(options()).unwrap();
    let report = prepared.record(&ledger, &importer()).unwrap();
    let count = |kind| report.recorded.get(&kind).copied().unwrap_or(0);
    assert_eq!(count(EventKind::RegisterOpened), 1);
    assert_eq!(count(EventKind::SourceReceived), 1);
    // Lines 3, 34 to 37 and 95: six lines in three fragments.
    assert_eq!(count(EventKind::FragmentQuarantined), 3);
    assert_eq!(count(EventKind::RecommendationRegistered), 82);
    assert_eq!(count(EventKind::StatusReported), 82);
    assert!(report.corrected.is_empty() && report.open.is_empty());
    let size = ledger.reader().size();
    assert_eq!(size, report.recorded_count());
    ledger.close().unwrap();

    let ledger = Ledger::open(options()).unwrap();
    let again = prepared.record(&ledger, &importer()).unwrap();
    assert_eq!((again.recorded_count(), again.unchanged), (0, size));
    assert_eq!(ledger.reader().size(), size);
    ledger.close().unwrap();
    let verified = verify(directory.path(), &mut |_| ()).unwrap();
    assert!(verified.is_good(), "{:?}", verified.findings);
    assert_eq!((verified.size, verified.blobs), (size, 1));
}

#[test]
fn an_import_by_another_actor_records_nothing_again() {
    let directory = tempfile::tempdir().unwrap();
    let prepared = prepare(&seed()).unwrap();
    let ledger =
        Ledger::open(OpenOptions::new(directory.path()).or_begin(prepared.origin().clone())).unwrap();
    prepared.record(&ledger, &importer()).unwrap();
    let size = ledger.reader().size();
    let other = Importer { actor: Actor::new("somebody else").unwrap(), actor_basis: ActorBasis::Os };
    assert_eq!(prepared.record(&ledger, &other).unwrap().recorded_count(), 0);
    assert_eq!(ledger.reader().size(), size);
    ledger.close().unwrap();
}

/// The seed with one decision of its curation left out; the number of decisions is returned too.
fn seed_without(place: &Path, decision: usize) -> usize {
    for file in std::fs::read_dir(seed()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), place.join(file.file_name())).unwrap();
    }
    let curation = place.join("curation.toml");
    let text = std::fs::read_to_string(&curation).unwrap();
    let parts: Vec<&str> = text.split("\n[[decision]]").collect();
    let left = parts.iter().enumerate().filter(|(place, _)| *place != decision + 1).map(|(_, part)| *part);
    std::fs::write(&curation, left.collect::<Vec<_>>().join("\n[[decision]]")).unwrap();
    parts.len() - 1
}

#[test]
fn whichever_decision_comes_later_the_import_is_finished_by_corrections() {
    let whole = prepare(&seed()).unwrap();
    let mut decision = 0;
    let mut tried = 0;
    loop {
        let folder = tempfile::tempdir().unwrap();
        let decisions = seed_without(folder.path(), decision);
        if decision == decisions {
            break;
        }
        decision += 1;
        // A decision that others build upon cannot be left out alone.
        let Ok(partial) = prepare(folder.path()) else { continue };
        let directory = tempfile::tempdir().unwrap();
        let ledger =
            Ledger::open(OpenOptions::new(directory.path()).or_begin(whole.origin().clone())).unwrap();
        partial.record(&ledger, &importer()).unwrap();
        let size = ledger.reader().size();
        let report =
            whole.record(&ledger, &importer()).unwrap_or_else(|error| panic!("decision {decision}: {error}"));
        assert_eq!(ledger.reader().size(), size + report.recorded_count(), "decision {decision}");
        let again = whole.record(&ledger, &importer()).unwrap();
        assert_eq!(again.recorded_count(), 0, "decision {decision}: {:?}", again.corrected);
        ledger.close().unwrap();
        tried += 1;
    }
    assert!(tried > 10, "{tried} of {decision} decisions could be left out");
}
