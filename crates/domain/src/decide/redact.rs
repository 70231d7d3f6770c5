//! The rules of redaction and of legal hold (DESIGN section 5, docs/decisions/010).

use crate::event::{HoldLifted, TextRedacted};
use crate::subject::Subject;

use super::check::about;
use super::{Known, Refusal};

/// A redaction names one text, or the document, of an event that has it, once, and that is under no hold in force.
///
/// Words play no part in it, so that a command can be refused before it lists where else they stand.
pub fn check_redaction<T>(
    known: &impl Known,
    subject: &Subject,
    redaction: &TextRedacted<T>,
) -> Result<(), Refusal> {
    let event = redaction.target;
    let target = known.event(event).ok_or(Refusal::UnknownEvent { event })?;
    about(&target, subject, event)?;
    let parts = known.redactable(event).ok_or(Refusal::UnknownEvent { event })?;
    match (redaction.field, redaction.blob) {
        (Some(field), None) if field >= parts.texts => {
            return Err(Refusal::NoSuchText { event, field, texts: parts.texts });
        }
        (None, Some(blob)) if parts.document != Some(blob) => {
            return Err(Refusal::NotItsDocument { event, blob });
        }
        (Some(_), None) | (None, Some(_)) => {}
        _ => return Err(Refusal::Inconsistent { what: "a redaction names one text, or one document" }),
    }
    let earlier = parts.redactions.iter().find(|earlier| {
        (earlier.field.is_some() && earlier.field == redaction.field)
            || (earlier.blob.is_some() && earlier.blob == redaction.blob)
    });
    if let Some(earlier) = earlier {
        return Err(Refusal::RedactedAlready { event, by: earlier.event });
    }
    match known.holds(subject, redaction.blob).into_iter().next() {
        Some(hold) => Err(Refusal::UnderHold { event, hold }),
        None => Ok(()),
    }
}

/// A hold is lifted once, on the subject that it was placed on.
pub(super) fn lifting(
    known: &impl Known,
    subject: &Subject,
    lifting: &HoldLifted<String>,
) -> Result<(), Refusal> {
    let event = lifting.target;
    let target = known.event(event).ok_or(Refusal::UnknownEvent { event })?;
    about(&target, subject, event)?;
    if target.kind != crate::event::EventKind::HoldPlaced {
        let what = "only a legal hold can be lifted";
        return Err(Refusal::WrongKind { event, kind: target.kind, what });
    }
    // A hold on the register covers this subject too, and stays when this one is lifted.
    if known.holds(subject, None).contains(&event) {
        Ok(())
    } else {
        Err(Refusal::HoldLifted { hold: event })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Earlier, KnownEvent, Redactable, RegisterFacts, decide};
    use super::*;
    use crate::command::{Action, Step};
    use crate::event::{Data, EventKind, HoldPlaced};
    use crate::id::{Actor, Digest, EventId, Key, RegisterId, StateName};
    use crate::time::Timestamp;

    /// A note (1) with two texts of which the second is redacted by 3, evidence (2) with a document, and holds.
    #[derive(Default)]
    struct Model {
        holds: HashMap<Subject, Vec<EventId>>,
        of_documents: HashMap<Digest, Vec<EventId>>,
    }

    fn id(n: u8) -> EventId {
        EventId::from_bytes([n; 16])
    }

    fn digest(n: u8) -> Digest {
        Digest::from_bytes([n; 32])
    }

    fn seven() -> Subject {
        Subject::Recommendation(RegisterId::new("r").unwrap(), Key::new("7").unwrap())
    }

    impl Known for Model {
        fn register(&self, _: &RegisterId) -> Option<RegisterFacts<'_>> {
            Some(RegisterFacts {
                publisher: crate::id::Asserter::new("City").unwrap(),
                zone: crate::time::Zone::UTC,
                vocabulary: std::borrow::Cow::default(),
            })
        }

        fn version(&self, _: &Subject) -> u64 {
            4
        }

        fn event(&self, event: EventId) -> Option<KnownEvent> {
            let kinds = [
                (id(1), EventKind::NoteRecorded),
                (id(2), EventKind::EvidenceAttached),
                (id(4), EventKind::HoldPlaced),
            ];
            let (_, kind) = kinds.into_iter().find(|(known, _)| *known == event)?;
            Some(KnownEvent { subject: seven(), kind, actors: Vec::new(), in_force: true, status: None })
        }

        fn state_before(&self, _: &Subject, _: Option<Timestamp>) -> Option<StateName> {
            None
        }

        fn size(&self) -> u64 {
            5
        }

        fn dependencies(&self, _: &Subject) -> Vec<Key> {
            Vec::new()
        }

        fn states_in_use(&self, _: &RegisterId) -> Vec<StateName> {
            Vec::new()
        }

        fn redactable(&self, event: EventId) -> Option<Redactable> {
            let redactions = vec![Earlier { event: id(3), field: Some(1), blob: None }];
            match event {
                event if event == id(1) => Some(Redactable { texts: 2, document: None, redactions }),
                _ => Some(Redactable { texts: 0, document: Some(digest(9)), redactions: Vec::new() }),
            }
        }

        fn holds(&self, subject: &Subject, document: Option<Digest>) -> Vec<EventId> {
            let of_document = document.and_then(|document| self.of_documents.get(&document));
            self.holds.get(subject).into_iter().chain(of_document).flatten().copied().collect()
        }
    }

    fn decided(model: &Model, data: Data<String>) -> Result<Data<String>, Refusal> {
        let step =
            Step { event: id(200), subject: seven(), expect_version: None, action: Action::Record(data) };
        decide(model, &Actor::new("ann").unwrap(), &step, Timestamp::EPOCH)
    }

    fn redacted(model: &Model, target: u8, field: Option<u32>, blob: Option<Digest>) -> Result<(), Refusal> {
        let (authority, reason) = ("the court".to_owned(), "a name".to_owned());
        let data = TextRedacted { authority, blob, field, reason, target: id(target) };
        decided(model, Data::TextRedacted(data)).map(drop)
    }

    #[test]
    fn a_redaction_names_what_is_there_and_not_redacted_yet() {
        let model = Model::default();
        assert_eq!(redacted(&model, 1, Some(0), None), Ok(()));
        assert_eq!(redacted(&model, 2, None, Some(digest(9))), Ok(()));
        let no_such = Refusal::NoSuchText { event: id(1), field: 2, texts: 2 };
        assert_eq!(redacted(&model, 1, Some(2), None), Err(no_such));
        let again = Refusal::RedactedAlready { event: id(1), by: id(3) };
        assert_eq!(redacted(&model, 1, Some(1), None), Err(again));
        let other = Refusal::NotItsDocument { event: id(2), blob: digest(8) };
        assert_eq!(redacted(&model, 2, None, Some(digest(8))), Err(other));
        assert_eq!(redacted(&model, 5, Some(0), None), Err(Refusal::UnknownEvent { event: id(5) }));
        for (field, blob) in [(None, None), (Some(0), Some(digest(9)))] {
            assert!(matches!(redacted(&model, 2, field, blob), Err(Refusal::Inconsistent { .. })));
        }
    }

    #[test]
    fn a_hold_refuses_every_redaction_and_is_named() {
        let held = Model { holds: HashMap::from([(seven(), vec![id(4)])]), ..Model::default() };
        let refused = Refusal::UnderHold { event: id(1), hold: id(4) };
        assert_eq!(redacted(&held, 1, Some(0), None), Err(refused));
        // A document that another subject under hold has, too.
        let held = Model { of_documents: HashMap::from([(digest(9), vec![id(4)])]), ..Model::default() };
        assert!(matches!(redacted(&held, 2, None, Some(digest(9))), Err(Refusal::UnderHold { .. })));
    }

    #[test]
    fn only_a_hold_in_force_is_lifted() {
        let lift = |model: &Model, target| {
            let data = HoldLifted { reason: "the case is closed".to_owned(), target: id(target) };
            decided(model, Data::HoldLifted(data)).map(drop)
        };
        let held = Model { holds: HashMap::from([(seven(), vec![id(4)])]), ..Model::default() };
        assert_eq!(lift(&held, 4), Ok(()));
        assert_eq!(lift(&Model::default(), 4), Err(Refusal::HoldLifted { hold: id(4) }));
        assert!(matches!(lift(&held, 1), Err(Refusal::WrongKind { .. })));
        let blank = HoldPlaced { authority: " ".to_owned(), reason: "a case".to_owned() };
        let refused = decided(&held, Data::HoldPlaced(blank));
        assert_eq!(refused, Err(Refusal::Blank { what: "the authority" }));
    }
}
