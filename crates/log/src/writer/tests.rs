//! What a commit that fails leaves behind, and what a draft prints.

use super::*;
use crate::testing::{Place, Recorder, assert_hides, note, recommendation};
use crate::tlog::key::KeyName;

fn draft(recorder: &mut Recorder) -> Vec<Draft> {
    recorder.drafts(vec![(recommendation(1), note("she moved to Elm Street"))])
}

#[test]
fn a_checkpoint_that_cannot_be_signed_records_nothing() {
    let place = Place::with_commits(&[3]);
    let mut recorder = place.open();
    let drafts = draft(&mut recorder);
    let (end, head) = (recorder.log.journal.end(), recorder.log.reader().head());
    let foreign = SignerKey::from_seed(KeyName::new("docket.example/another").unwrap(), &[7; 32]);
    let own = recorder.log.signer.replace(foreign);
    let refused = recorder.log.append(drafts.clone()).unwrap_err();
    assert!(matches!(refused, LogError::Checkpoint { .. }), "{refused}");
    assert_eq!(recorder.log.journal.end(), end);
    assert_eq!(recorder.log.reader().head(), head);
    assert!(!recorder.log.is_poisoned());
    recorder.log.signer = own;
    let commit = recorder.log.append(drafts).unwrap();
    assert_eq!((commit.first, commit.head.size), (3, 4), "journal and log still agree");
    recorder.log.close().unwrap();
    assert_eq!(place.open().entries.len(), 4);
}

#[test]
fn debug_output_of_a_draft_shows_lengths_only() {
    let place = Place::new();
    let drafts = draft(&mut place.open());
    for draft in &drafts {
        let (salt, _) = draft.openings.split_at(32);
        assert!(draft.openings.ends_with(b"she moved to Elm Street"), "there is something to hide");
        for secret in [salt, b"because", b"she moved to Elm Street", &draft.bytes] {
            assert_hides(draft, secret);
        }
    }
}
