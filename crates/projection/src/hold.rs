//! Legal holds in force, and what of an event can be redacted: what the rules of redaction ask (docs/decisions/010).

use docket_domain::event::HoldPlaced;
use docket_domain::{Data, Digest, Earlier, EventId, EventKind, Redactable, Subject};

use crate::fact::Fact;
use crate::fold::Knowledge;
use crate::text::TextRef;

/// A legal hold with where it comes from; the subject of its event says what it covers.
pub type Hold<T> = Fact<T, HoldPlaced<TextRef<T>>>;

impl<T: Clone> Knowledge<'_, T> {
    /// The legal holds in force on a subject, those on its whole register first, each oldest first.
    #[must_use]
    pub fn holds(self, subject: &Subject) -> Vec<Hold<T>> {
        let register = subject.register().map(|register| Subject::Register(register.clone()));
        let of_register = register.as_ref().filter(|register| *register != subject);
        of_register.into_iter().chain([subject]).flat_map(|subject| self.holds_on(subject)).collect()
    }

    /// The holds placed on exactly this subject that no lifting has ended.
    fn holds_on(self, subject: &Subject) -> Vec<Hold<T>> {
        let lifted: Vec<Option<EventId>> = self
            .events_of_kind(subject, EventKind::HoldLifted)
            .map(|lifting| lifting.data.target())
            .collect();
        self.facts(subject).filter(|hold: &Hold<T>| !lifted.contains(&Some(hold.provenance.event))).collect()
    }

    /// The ids of the holds on a subject and, with a document, of those on everything that brought it or was read from it: the document is
    /// one file for all of them.
    pub(crate) fn holds_covering(self, subject: &Subject, document: Option<Digest>) -> Vec<EventId> {
        let mut found: Vec<EventId> = Vec::new();
        let mut take = |subject: &Subject| {
            for hold in self.holds(subject) {
                if !found.contains(&hold.provenance.event) {
                    found.push(hold.provenance.event);
                }
            }
        };
        take(subject);
        if let Some(document) = document {
            // Holds are few: it is cheaper to ask what each keeps than to index every event by its document.
            let held = self.index().subjects.iter().map(|index| &index.subject);
            let held = held.filter(|held| self.indexes_of_kind(held, EventKind::HoldPlaced).next().is_some());
            for held in held.filter(|held| !self.holds_on(held).is_empty() && self.rests_on(held, document)) {
                take(held);
            }
        }
        found
    }

    /// Whether what a hold on this subject covers brought a document, or was read from it.
    fn rests_on(self, held: &Subject, document: Digest) -> bool {
        match held {
            Subject::Register(register) => {
                // What was read from a source has that source in its register.
                self.version(&Subject::Source(register.clone(), document)) > 0
                    || self.index().subjects.iter().any(|index| {
                        index.subject.register() == Some(register)
                            && self.brought_as_evidence(&index.subject, document)
                    })
            }
            Subject::Source(_, own) if *own == document => true,
            _ => self.events_of(held).any(|event| {
                document_of(&event.data) == Some(document)
                    || event.data.source().is_some_and(|source| source.sha256 == document)
            }),
        }
    }

    fn brought_as_evidence(self, subject: &Subject, document: Digest) -> bool {
        let mut evidence = self.events_of_kind(subject, EventKind::EvidenceAttached);
        evidence.any(|event| document_of(&event.data) == Some(document))
    }

    /// The redactions of texts: the index of each event with the number of its text, in no order.
    ///
    /// What is redacted the redactions themselves say. The index only says where they are: it may come from a file that anybody can have
    /// changed, and words that are named here are destroyed.
    #[must_use]
    pub fn redacted_texts(self) -> Vec<(u64, u32)> {
        let redactions = self.index().redactions().filter(|by| u64::from(*by) < self.known_at());
        let redacted = redactions.filter_map(|by| match &self.event_at(u64::from(by))?.data {
            Data::TextRedacted(redaction) => Some((self.event(redaction.target)?.index, redaction.field?)),
            _ => None,
        });
        redacted.collect()
    }

    /// How many texts an event has, which document it brought, and what of it was redacted.
    pub(crate) fn redactable_parts(self, id: EventId) -> Option<Redactable> {
        let event = self.event(id)?;
        let document = document_of(&event.data);
        let redactions =
            self.modifications_of(event.index).iter().filter_map(|by| self.event_at(u64::from(by.index)));
        let redactions = redactions.filter_map(|by| match &by.data {
            Data::TextRedacted(redaction) => {
                Some(Earlier { event: by.id, field: redaction.field, blob: redaction.blob })
            }
            _ => None,
        });
        let texts = u32::try_from(event.data.texts().len()).unwrap_or(u32::MAX);
        Some(Redactable { texts, document, redactions: redactions.collect() })
    }
}

/// The document that an event brought.
const fn document_of<T>(data: &Data<T>) -> Option<Digest> {
    match data {
        Data::SourceReceived(source) => Some(source.sha256),
        Data::EvidenceAttached(evidence) => evidence.sha256,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::event::{EvidenceAttached, HoldLifted, HoldPlaced};
    use docket_domain::{Data, Digest, Known as _, Subject};

    use crate::testing::{Log, recommendation, register};

    fn placed(log: &mut Log, subject: Subject) -> u64 {
        let (authority, reason) = ("the court".to_owned(), "a case".to_owned());
        log.push(subject, Data::HoldPlaced(HoldPlaced { authority, reason }))
    }

    #[test]
    fn holds_begin_and_end_with_their_events_at_every_size() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        log.recommendation("2", Some(2));
        let on_one = placed(&mut log, recommendation("1"));
        let on_all = placed(&mut log, Subject::Register(register()));
        let lifting = HoldLifted { reason: "closed".to_owned(), target: log.id(on_one) };
        let lifted = log.push(recommendation("1"), Data::HoldLifted(lifting));
        let projection = log.projection();
        let holds = |known_at: u64, subject: &str| -> Vec<u64> {
            let knowledge = projection.knowledge(known_at);
            knowledge.holds(&recommendation(subject)).iter().map(|hold| hold.provenance.index).collect()
        };
        for known_at in 0..=log.size() {
            let mut expected = Vec::new();
            expected.extend((known_at > on_all).then_some(on_all));
            assert_eq!(holds(known_at, "2"), expected, "2 known at {known_at}");
            expected.extend((known_at > on_one && known_at <= lifted).then_some(on_one));
            assert_eq!(holds(known_at, "1"), expected, "1 known at {known_at}");
        }
        let newest = projection.newest();
        assert_eq!(newest.holds(&Subject::Register(register())).len(), 1);
        assert_eq!(newest.holds_covering(&recommendation("2"), None), [log.id(on_all)]);
    }

    fn attach(log: &mut Log, name: &str, document: Digest) -> u64 {
        let data = EvidenceAttached {
            asserter: crate::testing::city(),
            event: None,
            media_type: None,
            sha256: Some(document),
            size: Some(7),
            title: None,
            url: None,
        };
        log.push(recommendation(name), Data::EvidenceAttached(data))
    }

    #[test]
    fn a_hold_on_anybody_who_brought_a_document_or_was_read_from_it_keeps_it() {
        let mut log = Log::new();
        log.open();
        for number in 1..=4 {
            log.recommendation(&number.to_string(), Some(number));
        }
        let [document, other] = [Digest::from_bytes([77; 32]), Digest::from_bytes([78; 32])];
        attach(&mut log, "1", document);
        attach(&mut log, "2", document);
        attach(&mut log, "3", other);
        let source = crate::testing::lines(1).sha256;
        let holds = |log: &Log, document| -> Vec<u64> {
            let projection = log.projection();
            let found = projection.newest().holds_covering(&recommendation("2"), document);
            found.into_iter().map(|id| projection.event(id).unwrap().index).collect()
        };
        assert_eq!(holds(&log, Some(document)), Vec::<u64>::new());
        // 3 has neither this document nor 2's words; 1 has the document.
        placed(&mut log, recommendation("3"));
        assert_eq!(holds(&log, Some(document)), Vec::<u64>::new());
        let on_one = placed(&mut log, recommendation("1"));
        assert_eq!(holds(&log, None), Vec::<u64>::new(), "the words of 2 are its own");
        assert_eq!(holds(&log, Some(document)), [on_one]);
        // Every recommendation was read from the source.
        assert_eq!(holds(&log, Some(source)).len(), 2);
        let lifting = HoldLifted { reason: "closed".to_owned(), target: log.id(on_one) };
        log.push(recommendation("1"), Data::HoldLifted(lifting));
        assert_eq!(holds(&log, Some(document)), Vec::<u64>::new());
        // A hold on a register keeps what its recommendations brought, whoever else brought it.
        let on_all = placed(&mut log, Subject::Register(register()));
        let elsewhere = Subject::Log;
        let found = log.projection().newest().holds_covering(&elsewhere, Some(document));
        assert_eq!(found, [log.id(on_all)]);
        let unknown = Some(Digest::from_bytes([79; 32]));
        assert!(log.projection().newest().holds_covering(&elsewhere, unknown).is_empty());
    }

    #[test]
    fn what_was_redacted_is_known() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        let note = log.note("1", "words", (1, 2));
        let redaction = log.redact(note);
        let parts = log.projection().newest().redactable(log.id(note)).unwrap();
        assert!(parts.texts > 0 && parts.document.is_none());
        let by: Vec<_> = parts.redactions.iter().map(|earlier| earlier.event).collect();
        assert_eq!(by, [log.id(redaction)]);
        let texts = |known_at| log.projection().knowledge(known_at).redacted_texts();
        assert_eq!(texts(redaction), []);
        assert_eq!(texts(redaction + 1), [(note, parts.redactions[0].field.unwrap())]);
    }
}
