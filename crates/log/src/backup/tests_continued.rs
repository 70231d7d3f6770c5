//! A log that goes on after a loss.

use std::sync::Arc;

use docket_domain::term::ActorBasis;
use docket_domain::{Actor, CommandId, Event, EventId, Origin, Timestamp};

use super::tests::{back_up, checkpoint, real, with_words};
use super::{BackupError, Continuation, restore_continuing};
use crate::receipt::{Openings, verify_receipt};
use crate::testing::Place;
use crate::verify::checkpoint::{Shown, compare_checkpoint};
use crate::verify::verify;
use crate::{LogError, Notice};

fn continuation(origin: &str) -> Continuation {
    Continuation {
        origin: Origin::new(origin).unwrap(),
        reason: "the disk was lost".to_owned(),
        actor: Actor::new("operator").unwrap(),
        actor_basis: ActorBasis::Os,
        event: EventId::from_bytes([0xcc; 16]),
        command: CommandId::from_bytes([0xcd; 16]),
        now: Timestamp::EPOCH,
    }
}

/// Records something under the log's present origin, whichever that is: a redaction of the third entry's words.
fn redact_next(log: &mut crate::Log) {
    let reader = log.reader();
    let size = reader.size();
    let last = reader.event(size - 1).unwrap();
    let redaction = crate::testing::redaction(reader.event(2).unwrap().entry.event.id, Some(1), None);
    let (data, openings) = crate::seal::seal(redaction, &mut crate::seal::SystemSalts).unwrap();
    let mut event = Event::clone(&last.entry.event);
    event.index = size;
    event.id = EventId::from_bytes([u8::try_from(size).unwrap(); 16]);
    event.recorded_at = event.recorded_at.plus_micros(1);
    event.version += 1;
    event.data = data;
    let previous = Some(crate::tlog::hash::leaf_hash(&last.entry.encode().unwrap()).0);
    let entry = crate::entry::Entry { origin: reader.origin().clone(), previous, event: Arc::new(event) };
    let openings = openings.iter().flat_map(crate::seal::Opening::encode).collect();
    let draft = crate::Draft::new(entry, openings).unwrap();
    drop(reader);
    log.redact(vec![draft], &[2]).unwrap();
}

#[test]
fn after_a_loss_the_log_goes_on_under_another_name() {
    let (place, mut recorder) = with_words();
    let early = checkpoint(&recorder);
    recorder.notes(61);
    back_up(&place);
    recorder.notes(3);
    let lost_head = recorder.log.reader().head();
    let newest = checkpoint(&recorder);
    let old_receipt = recorder.log.reader().receipt(1, None, Openings::Included).unwrap().to_string();
    let old_key = recorder.log.reader().verifier().unwrap().clone();
    recorder.close();

    let target = Place::new();
    let go_on = |checkpoint: &[u8], origin: &str| {
        restore_continuing(
            &real(),
            &place.beside("backup"),
            &target.data(),
            checkpoint,
            &continuation(origin),
        )
    };
    assert!(matches!(go_on(&newest, crate::testing::ORIGIN), Err(BackupError::SameOrigin { .. })));
    assert!(matches!(go_on(b"nonsense", "docket.example/tests-2"), Err(BackupError::Checkpoint { .. })));
    assert!(!target.path().exists(), "what is refused writes nothing");
    let went_on = go_on(&newest, "docket.example/tests-2").unwrap();
    assert_eq!((went_on.previous, went_on.head.size), (lost_head, 65));
    assert_eq!(went_on.previous_origin, crate::testing::ORIGIN);

    // Opened as usual: twice, across a restart that begins with sled behind and one with sled in step.
    for size in [65, 66, 67] {
        let opened = crate::open(&target.data(), None).unwrap();
        let mut log = opened.log;
        let reader = log.reader();
        assert_eq!((reader.size(), reader.origin().as_str()), (size, "docket.example/tests-2"));
        drop(reader);
        redact_next(&mut log);
        log.close().unwrap();
    }
    let report = verify(&target.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{report:?}");
    assert_eq!(
        (report.size, report.origin.map(|origin| origin.to_string())),
        (68, Some("docket.example/tests-2".to_owned()))
    );
    assert!(report.signatures >= 6, "those of both keys are checked: {}", report.signatures);

    // What was handed out before verifies with the key of then, what is handed out now with the key of now.
    verify_receipt(old_receipt.as_bytes(), std::slice::from_ref(&old_key)).unwrap();
    let opened = crate::open(&target.data(), None).unwrap();
    let reader = opened.log.reader();
    let keys = [old_key.clone(), reader.verifier().unwrap().clone()];
    for index in [1, 64, 67] {
        let receipt = reader.receipt(index, None, Openings::Included).unwrap().to_string();
        verify_receipt(receipt.as_bytes(), &keys).unwrap_or_else(|error| panic!("{index}: {error:?}"));
    }
    let bundle = target.beside("bundle");
    crate::export::export_bundle(&reader, &target.data().blobs(), &bundle).unwrap();
    let report = crate::export::verify_bundle(&bundle, &[]).unwrap();
    assert!(report.is_good(), "{report:?}");
    let early = compare_checkpoint(&target.data(), &early).unwrap();
    assert!(matches!(early, Shown::Consistent { .. }), "{early:?}");
    // A backup of it carries both keys, and a signature that does not hold is still found.
    drop(reader);
    opened.log.close().unwrap();
    back_up(&target);
    assert!(target.beside("backup").join("log.vkey.previous").exists());
    std::fs::remove_file(target.file("log.vkey.previous")).unwrap();
    assert!(!verify(&target.data(), &mut ()).unwrap().is_good());
}

#[test]
fn a_data_directory_goes_on_once_and_records_nothing_more() {
    let (place, mut recorder) = with_words();
    let early = checkpoint(&recorder);
    recorder.notes(2);
    let target = Place::new();
    let go_on = |target: &Place| {
        let continuation = continuation("docket.example/tests-2");
        restore_continuing(&real(), &place.path(), &target.data(), &early, &continuation)
    };
    assert!(matches!(go_on(&target), Err(BackupError::Log(LogError::Lock(_)))), "its writer is running");
    let mark = std::fs::read(place.data().mark()).unwrap();
    let last = recorder.log.reader().head();
    recorder.close();
    // What a rebuild gave up is known to have been there, whatever the checkpoint shown says.
    let lost = crate::store::Meta { size: 90, root: crate::tlog::hash::Hash([7; 32]) };
    crate::open::lost::write_lost(&place.data(), lost).unwrap();
    let went_on = go_on(&target).unwrap();
    assert_eq!((went_on.previous.size, went_on.previous.root), (90, lost.root));
    assert_eq!(went_on.head.size, last.size + 1);
    assert!(!mark.is_empty());

    let second = Place::new();
    let twice = go_on(&second).unwrap_err();
    assert!(matches!(&twice, BackupError::WentOn { origin, .. } if origin == "docket.example/tests-2"));
    assert!(!second.path().exists());
    std::fs::remove_file(place.data().lost()).unwrap();
    for damaged in [false, true] {
        if damaged {
            crate::testing::edit(&place.data().continued_as(), |bytes| bytes[30] ^= 1);
        }
        let mut old = place.open();
        assert!(old.notices.iter().any(|notice| matches!(notice, Notice::WentOn(_))), "{:?}", old.notices);
        let drafts = old.drafts(vec![(crate::testing::recommendation(1), crate::testing::note("new"))]);
        assert!(matches!(old.append(drafts), Err(LogError::WentOn { .. })));
        assert!(matches!(old.redact(&[(1, Some(1), None)]), Err(LogError::WentOn { .. })));
        old.close();
    }
}

#[test]
fn what_the_old_key_did_not_write_is_refused_and_without_that_key_it_is_counted() {
    let (place, mut recorder) = with_words();
    let early = checkpoint(&recorder);
    let first = back_up(&place);
    recorder.notes(2);
    let start = crate::testing::place(recorder.entries.last().unwrap().location.offset);
    drop(recorder);
    crate::testing::edit(&place.segment(), |bytes| {
        let forged = crate::testing::reframed(&bytes[start..], None);
        bytes[start..start + forged.len()].copy_from_slice(&forged);
    });
    let target = Place::new();
    let go_on = || {
        let continuation = continuation("docket.example/tests-2");
        restore_continuing(&real(), &place.path(), &target.data(), &early, &continuation)
    };
    let refused = go_on().unwrap_err();
    assert!(
        matches!(&refused, BackupError::Log(LogError::ForeignFrame { first: 3, last: 4, .. })),
        "{refused:?}"
    );
    assert!(!target.path().exists(), "what is refused writes nothing");
    let refused = super::backup(&place.data(), &place.beside("backup"), Timestamp::EPOCH).unwrap_err();
    assert!(matches!(&refused, BackupError::Log(LogError::ForeignFrame { .. })), "{refused:?}");
    std::fs::remove_file(place.file("log.key")).unwrap();
    // The backup, too, is only as new as it was.
    assert_eq!((first.manifest.size, go_on().unwrap().unchecked), (3, 2));
    let opened = crate::open(&target.data(), None).unwrap();
    assert_eq!(opened.log.reader().size(), 6);
    opened.log.close().unwrap();
    assert!(verify(&target.data(), &mut ()).unwrap().is_good());
}
