//! What the caller was told, and the seven promises that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::{Data, EventKind, Timestamp};
use docket_log::seal::OpeningState;
use docket_log::tlog::proof::TreeHead;
use docket_log::{LogError, blobs::BlobError};

use super::bench::Attempt;
use super::scenario::{Act, DOCUMENT, SECRET, Scenario, event, register};
use crate::answer::{Query, list};
use crate::{Ledger, LedgerError, Reader, Recorded};

/// What was submitted, and what became of it by the answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// Everything that was submitted, whatever the answer.
    submitted: BTreeSet<Act>,
    /// What was acknowledged, with its events; an import tells none.
    acknowledged: Vec<(Act, Vec<Recorded>)>,
    /// The bytes of the entries that were acknowledged, where they could be read then.
    entries: Vec<Option<Vec<u8>>>,
    /// The heads of the acknowledged trees.
    heads: Vec<TreeHead>,
    /// The last checkpoint, as signed, by size.
    checkpoints: BTreeMap<u64, String>,
    /// Answers by what they know.
    answers: BTreeMap<u64, Vec<u8>>,
}

impl Told {
    /// Does something, and takes down the answer.
    pub(super) fn attempt(
        &mut self,
        ledger: &Ledger,
        scenario: &Scenario,
        act: Act,
    ) -> Result<(), LedgerError> {
        self.submitted.insert(act);
        let outcomes = scenario.perform(ledger, act)?;
        let events = outcomes.iter().flat_map(|outcome| outcome.events.clone()).collect();
        let reader = ledger.reader();
        let head = reader.log().head();
        self.heads.extend(outcomes.iter().map(|outcome| outcome.head));
        self.heads.push(head);
        // A redaction of a document that is not there has found nothing to record, and was promised nothing.
        let has_recorded = act == Act::Import || !outcomes.is_empty();
        if has_recorded && !self.acknowledged.iter().any(|(known, _)| *known == act) {
            self.acknowledged.push((act, events));
        }
        for index in self.entries.len() as u64..head.size {
            self.entries.push(reader.log().entry_bytes(index).ok());
        }
        if let Ok(Some(note)) = reader.log().last_checkpoint() {
            self.checkpoints.insert(head.size, note.to_string());
        }
        if act == Act::Redact {
            // The one exception that shows itself: answers that hold the text are other ones from now on.
            let sizes: Vec<u64> = self.answers.keys().copied().collect();
            for size in sizes {
                self.take_answer(&reader, size);
            }
        }
        self.take_answer(&reader, head.size);
        Ok(())
    }

    fn take_answer(&mut self, reader: &Reader, known_at: u64) {
        match answer(reader, known_at) {
            Ok(bytes) => drop(self.answers.insert(known_at, bytes)),
            // The disk is gone by now.
            Err(_) => drop(self.answers.remove(&known_at)),
        }
    }

    /// How many entries were acknowledged.
    pub(super) fn entries_count(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(super) fn is_acknowledged(&self, act: Act) -> bool {
        self.acknowledged.iter().any(|(known, _)| *known == act)
    }

    /// The promises 1 to 6, but for what verify looks at.
    pub(super) fn check(&self, attempt: &Attempt, ledger: &Ledger, context: &str) {
        let reader = ledger.reader();
        let found = Found::read(&reader, context);
        assert!(found.entries.len() >= self.entries.len(), "{context}: acknowledged entries are lost");
        for (index, (found, told)) in found.entries.iter().zip(&self.entries).enumerate() {
            assert!(
                told.as_ref().is_none_or(|told| told == found),
                "{context}: entry {index} is another one"
            );
        }
        for (act, events) in &self.acknowledged {
            for told in events {
                assert_eq!(found.ids.get(&told.event), Some(&told.index), "{context}: {act:?}");
            }
        }
        self.check_submitted(&found, context);
        for head in &self.heads {
            assert_eq!(reader.log().root_at(head.size).unwrap(), head.root, "{context}: at {}", head.size);
        }
        for (size, told) in &self.checkpoints {
            let note = reader.log().checkpoint_from(*size).unwrap();
            let note = note.map(|note| note.to_string()).unwrap_or_default();
            // The log has one for the end of each bundle and for its end; where it has this one, it is the same to the byte.
            let is_of_size = note.lines().nth(1) == Some(size.to_string().as_str());
            assert!(!is_of_size || note == *told, "{context}: the checkpoint at {size} is another one");
        }
        self.check_words(attempt, &found, context);
        self.check_answers(&reader, &found, context);
    }

    /// Nothing is there that was not submitted, and no command is there in part.
    fn check_submitted(&self, found: &Found, context: &str) {
        let mut own = BTreeMap::new();
        let numbers = found.ids.keys().map(|id| u128::from_be_bytes(id.to_bytes()) / 1000);
        // Those of an import are no small numbers.
        for number in numbers.filter(|number| *number < 1000) {
            *own.entry(number).or_insert(0_usize) += 1;
        }
        for act in &self.submitted {
            if let Some((number, events)) = act.extent() {
                let count = own.remove(&number).unwrap_or(0);
                assert!(count == 0 || count == events, "{context}: {count} of {events} events of {act:?}");
            }
        }
        assert!(own.is_empty(), "{context}: nobody has submitted {own:?}");
        let imported = self.submitted.contains(&Act::Import);
        assert!(imported || !found.has_import, "{context}: nobody has imported anything");
    }

    /// What was redacted is gone from every file, and nothing else is.
    fn check_words(&self, attempt: &Attempt, found: &Found, context: &str) {
        if found.is_text_redacted {
            assert_eq!(attempt.holding(SECRET), Vec::<std::path::PathBuf>::new(), "{context}");
        }
        if found.is_document_redacted {
            assert_eq!(attempt.holding(DOCUMENT), Vec::<std::path::PathBuf>::new(), "{context}");
        } else if self.is_acknowledged(Act::Import) {
            assert_eq!(attempt.holding(DOCUMENT).len(), 1, "{context}: the document is lost");
        }
        let destroyed = u64::from(found.is_text_redacted);
        assert_eq!(found.erased, destroyed, "{context}: texts that are erased");
    }

    fn check_answers(&self, reader: &Reader, found: &Found, context: &str) {
        let secret = found.ids.get(&event(4, 0)).copied().unwrap_or(u64::MAX);
        let is_as_told = found.is_text_redacted == self.is_acknowledged(Act::Redact);
        for (known_at, told) in &self.answers {
            if is_as_told || *known_at <= secret {
                let bytes = answer(reader, *known_at).unwrap();
                assert!(bytes == *told, "{context}: the answer at {known_at} is another one");
            }
        }
    }

    /// Promise 7: what was acknowledged is repeated, not recorded again; what was not can be submitted now; a stale version is refused.
    pub(super) fn submit_again(&mut self, ledger: &Ledger, scenario: &Scenario, acts: &[Act], context: &str) {
        for (act, events) in self.acknowledged.clone() {
            let size = ledger.reader().size();
            let outcomes = match scenario.perform(ledger, act) {
                Ok(outcomes) => outcomes,
                Err(error) => panic!("{context}: {act:?} again: {error:?}"),
            };
            assert!(outcomes.iter().all(|outcome| outcome.repeated), "{context}: {act:?} is recorded again");
            let again: Vec<Recorded> = outcomes.into_iter().flat_map(|outcome| outcome.events).collect();
            assert_eq!(again, events, "{context}: {act:?}");
            assert_eq!(ledger.reader().size(), size, "{context}: {act:?} is recorded again");
        }
        for act in acts {
            match self.attempt(ledger, scenario, *act) {
                // What it needs is not there; and a document that was redacted is not written again for the rest of its import.
                Ok(())
                | Err(
                    LedgerError::Refused { .. }
                    | LedgerError::Projection(_)
                    | LedgerError::Log(LogError::Blob(BlobError::Redacted { .. })),
                ) => {}
                Err(error) => panic!("{context}: {act:?} now: {error:?}"),
            }
        }
        if self.is_acknowledged(Act::Versioned) {
            let stale = scenario.perform(ledger, Act::Stale);
            assert!(matches!(stale, Err(LedgerError::Refused { .. })), "{context}: {stale:?}");
        }
    }
}

/// What stands in a log.
struct Found {
    entries: Vec<Vec<u8>>,
    ids: BTreeMap<docket_domain::EventId, u64>,
    has_import: bool,
    is_text_redacted: bool,
    is_document_redacted: bool,
    /// Texts whose opening is erased.
    erased: u64,
}

impl Found {
    fn read(reader: &Reader, context: &str) -> Self {
        let mut found = Self {
            entries: Vec::new(),
            ids: BTreeMap::new(),
            has_import: false,
            is_text_redacted: false,
            is_document_redacted: false,
            erased: 0,
        };
        let mut last: Option<Timestamp> = None;
        let seen = reader.log().visit(0, &mut |stored| {
            let event = &stored.entry.event;
            assert_eq!(event.index, found.entries.len() as u64, "{context}: indexes have a gap");
            assert!(last.is_none_or(|last| last < event.recorded_at), "{context}: time stands still");
            last = Some(event.recorded_at);
            found.entries.push(reader.log().entry_bytes(event.index)?);
            assert!(found.ids.insert(event.id, event.index).is_none(), "{context}: {} twice", event.id);
            found.has_import |= event.data.kind() == EventKind::SourceReceived;
            if let Data::TextRedacted(redaction) = &event.data {
                found.is_text_redacted |= redaction.field.is_some();
                found.is_document_redacted |= redaction.blob.is_some();
            }
            let states = reader.log().openings(&stored)?;
            found.erased += states.iter().filter(|state| **state == OpeningState::Erased).count() as u64;
            Ok(())
        });
        seen.unwrap_or_else(|error| panic!("{context}: {error:?}"));
        assert_eq!(found.entries.len() as u64, reader.size(), "{context}");
        found
    }
}

/// The list of the register, as it is printed.
fn answer(reader: &Reader, known_at: u64) -> Result<Vec<u8>, LedgerError> {
    let query = Query {
        register: Some(register()),
        known_at: Some(known_at.to_string()),
        effective_at: Some("2026-01-01".to_owned()),
        ..Query::default()
    };
    let answer = list(reader, &query, Timestamp::EPOCH)?;
    Ok(serde_json::to_vec(&answer).unwrap())
}
