//! The rules on amendments, evidence, dependencies, claims, reviews and vocabularies.

use super::*;
use crate::event::{
    AssignmentChanged, ClaimRecorded, EvidenceAttached, Figure, RecommendationAmended, ReviewPerformed,
    VocabularyRevised,
};
use crate::term::{AssignmentAttribute, AssignmentChange};

fn amendment() -> RecommendationAmended<String> {
    RecommendationAmended {
        number: None,
        number_basis: None,
        number_printed: None,
        reason: "learned later".to_owned(),
        source: None,
        source_url: None,
        text: None,
        text_basis: None,
    }
}

#[test]
fn an_amendment_changes_something_that_fits() {
    let amended = |data| decided(Action::Record(Data::RecommendationAmended(data)));
    let text = || Some("Do it well.".to_owned());
    assert!(amended(RecommendationAmended { text: text(), ..amendment() }).is_ok());
    assert!(
        amended(RecommendationAmended { number_basis: Some(NumberBasis::Printed), ..amendment() }).is_ok()
    );
    for refused in [
        amendment(),
        RecommendationAmended { text: text(), text_basis: Some(TextBasis::Unknown), ..amendment() },
        RecommendationAmended {
            number_printed: Some("7a".to_owned()),
            number_basis: Some(NumberBasis::Missing),
            ..amendment()
        },
    ] {
        assert!(matches!(amended(refused), Err(Refusal::Inconsistent { .. })));
    }
    let unsaid = RecommendationAmended { text: text(), reason: " ".to_owned(), ..amendment() };
    assert!(matches!(amended(unsaid), Err(Refusal::Blank { what: "the reason" })));
}

#[test]
fn evidence_is_a_document_or_an_address_for_something_that_stands() {
    let evidence = || EvidenceAttached {
        asserter: Asserter::new("City").unwrap(),
        event: None,
        media_type: Some("text/plain".to_owned()),
        sha256: Some(Digest::from_bytes([1; 32])),
        size: Some(3),
        title: None,
        url: None,
    };
    let attached = |data| decided(Action::Record(Data::EvidenceAttached(data)));
    assert!(attached(evidence()).is_ok());
    assert!(attached(EvidenceAttached { event: Some(id(1)), ..evidence() }).is_ok());
    let address = EvidenceAttached {
        media_type: None,
        sha256: None,
        size: None,
        url: Some("https://example.org".to_owned()),
        ..evidence()
    };
    assert!(attached(address.clone()).is_ok());
    for refused in [
        EvidenceAttached { url: None, event: Some(id(1)), ..address.clone() },
        EvidenceAttached { size: Some(3), ..address },
        EvidenceAttached { media_type: None, ..evidence() },
    ] {
        assert!(matches!(attached(refused), Err(Refusal::Inconsistent { .. })));
    }
    let withdrawn = EvidenceAttached { event: Some(id(3)), ..evidence() };
    assert!(matches!(attached(withdrawn), Err(Refusal::NotInForce { .. })));
}

fn depends(on: &str, change: AssignmentChange) -> Action {
    Action::Record(Data::AssignmentChanged(AssignmentChanged {
        asserter: Asserter::new("City").unwrap(),
        attribute: AssignmentAttribute::Dependency,
        change,
        dependency: Some(Key::new(on).unwrap()),
        effective: Effective::recorded(NOW),
        reason: None,
        source: None,
        target: None,
        value: None,
    }))
}

/// 8 waits for 9 and 10, 10 for 11; 5 and 6 wait for each other, however that came about.
fn waiting() -> Model {
    let mut model = model();
    for key in ["5", "6", "8", "9", "10", "11"] {
        model.versions.insert(Subject::Recommendation(register(), Key::new(key).unwrap()), 1);
    }
    model.dependencies =
        HashMap::from([("8", vec!["9", "10"]), ("10", vec!["11"]), ("5", vec!["6"]), ("6", vec!["5"])]);
    model
}

#[test]
fn a_cycle_of_dependencies_is_refused_with_its_chain() {
    let depend = |model: &Model, on| decide(model, &ann(), &step(depends(on, AssignmentChange::Set)), NOW);
    let mut model = waiting();
    assert!(depend(&model, "8").is_ok());
    assert!(depend(&model, "5").is_ok(), "a cycle elsewhere is no cycle of this one, and the search ends");
    assert!(matches!(depend(&model, "12"), Err(Refusal::UnknownSubject { .. })));
    assert_eq!(depend(&model, "7").unwrap_err().to_string(), "7 cannot wait for itself");
    model.dependencies.insert("11", vec!["7"]);
    assert_eq!(
        depend(&model, "8").unwrap_err().to_string(),
        "7 would wait for itself: 7 waits for 8, which waits for 10, which waits for 11, which waits for 7"
    );
    let clear = step(depends("8", AssignmentChange::Cleared));
    assert!(decide(&model, &ann(), &clear, NOW).is_ok());
}

#[test]
fn a_claim_gives_each_figure_once() {
    let claim = |figures: &[(&str, u64)]| {
        let figure = |&(name, value): &(&str, u64)| Figure { name: name.to_owned(), value };
        let data = Data::ClaimRecorded(ClaimRecorded {
            asserter: Asserter::new("City").unwrap(),
            effective: Effective::recorded(NOW),
            figures: figures.iter().map(figure).collect(),
            source_url: None,
            text: "Half of it.".to_owned(),
        });
        let subject = Subject::Claim(register(), uuid::Uuid::from_u128(1));
        let step = Step { event: id(9), subject, expect_version: None, action: Action::Record(data) };
        decide(&model(), &ann(), &step, NOW)
    };
    assert!(claim(&[("planning+development", 23), ("rest", 59)]).is_ok());
    assert!(claim(&[("total", (1 << 53) - 1)]).is_ok());
    assert!(matches!(claim(&[(" ", 1)]), Err(Refusal::Blank { .. })));
    for refused in [&[][..], &[("rest", 1), ("rest", 1)], &[(" rest", 1)], &[("total", 1 << 53)]] {
        assert!(matches!(claim(refused), Err(Refusal::Inconsistent { .. })), "{refused:?}");
    }
}

#[test]
fn a_review_is_of_entries_that_are_there() {
    let review = |from_index, to_index| {
        let data = Data::ReviewPerformed(ReviewPerformed {
            asserter: Asserter::new("Auditor").unwrap(),
            findings: "none".to_owned(),
            from_index,
            to_index,
        });
        let subject = Subject::Review(register(), uuid::Uuid::from_u128(1));
        let step = Step { event: id(9), subject, expect_version: None, action: Action::Record(data) };
        decide(&model(), &ann(), &step, NOW)
    };
    assert!(review(0, 10).is_ok());
    assert!(review(9, 10).is_ok());
    assert!(matches!(review(3, 3), Err(Refusal::Inconsistent { .. })));
    assert!(matches!(review(5, 4), Err(Refusal::Inconsistent { .. })));
    assert_eq!(review(0, 11).unwrap_err(), Refusal::BeyondTheLog { to_index: 11, size: 10 });
}

#[test]
fn a_revised_vocabulary_keeps_the_states_in_use() {
    let current = || model().register(&register()).unwrap().vocabulary.into_owned();
    let revise = |vocabulary| {
        let data = Data::VocabularyRevised(VocabularyRevised { reason: "new words".to_owned(), vocabulary });
        let subject = Subject::Register(register());
        let step = Step { event: id(9), subject, expect_version: None, action: Action::Record(data) };
        decide(&model(), &ann(), &step, NOW)
    };
    assert!(matches!(revise(current()), Err(Refusal::SameVocabulary { .. })));
    let mut fewer_labels = current();
    fewer_labels.labels.retain(|meaning| meaning.state.is_none());
    assert!(revise(fewer_labels.clone()).is_ok(), "a label may go");
    let mut unused = fewer_labels.clone();
    unused.states.retain(|definition| definition.name != state("planning"));
    assert!(revise(unused).is_ok(), "a state that nothing uses may go");
    let mut used = fewer_labels;
    used.states.retain(|definition| definition.name != state("in-progress"));
    assert_eq!(revise(used).unwrap_err(), Refusal::StatesInUse { states: vec![state("in-progress")] });
    let mut undefined = current();
    undefined.states.clear();
    assert!(matches!(revise(undefined), Err(Refusal::Vocabulary { .. })));
}
