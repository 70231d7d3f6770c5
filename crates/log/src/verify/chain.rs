//! What must hold from one entry to the next: indexes, times, versions of subjects, origins, ids, targets.

use std::collections::HashMap;

use docket_domain::{Data, Origin, Subject, Timestamp};

use super::ids::{Ids, Known};
use super::report::{Findings, Place};
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::JournalDirectory;
use crate::tlog::hash::Hash;

/// The rules over all entries so far. In memory it holds one place a subject and one id an entry.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    last_time: Option<Timestamp>,
    origin: Option<Origin>,
    heads: HashMap<Subject, Head>,
    ids: Known,
    /// Some earlier entry could not be read, so that what is not known may have been in it.
    has_gap: bool,
}

/// The last entry of a subject.
#[derive(Debug, Clone, Copy)]
struct Head {
    version: u64,
    leaf: Hash,
}

impl Chain {
    /// The same with a fingerprint of 16 bytes or less an entry, and room for as many entries as are expected. Repeated ids are told by
    /// [`Self::confirm`] only.
    pub(super) fn bounded(expected: u64) -> Self {
        Self { ids: Known::Bounded(Ids::with_room_for(expected)), ..Self::default() }
    }

    /// Reads the journal again if some id seems to be repeated, and says which are.
    pub(super) fn confirm(
        &mut self,
        journal: &JournalDirectory,
        findings: &mut Findings,
    ) -> Result<(), LogError> {
        match &mut self.ids {
            Known::Exact(_) => Ok(()),
            Known::Bounded(ids) => ids.confirm(journal, findings),
        }
    }

    /// The origin that the last entry stated.
    pub(crate) const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Says that entries are missing here.
    pub(crate) fn skip(&mut self) {
        self.has_gap = true;
    }

    /// Takes the next entry, which stands at `index` and has this leaf hash.
    pub(crate) fn take(
        &mut self,
        entry: &Entry,
        index: u64,
        leaf: Hash,
        place: &Place,
        findings: &mut Findings,
    ) {
        let mut fault = |code, message: String| findings.add(code, place.clone().of_entry(index), message);
        let event = &entry.event;
        if event.index != index {
            fault("entry-index", format!("the entry says that it is {}, and stands at {index}", event.index));
        }
        if let Some(last) = self.last_time.filter(|last| event.recorded_at <= *last) {
            fault(
                "entry-time",
                format!("recorded at {}, which is not after the entry before it, {last}", event.recorded_at),
            );
        }
        self.last_time = Some(event.recorded_at);
        if let Some(message) = self.check_origin(entry) {
            fault("entry-origin", message);
        }
        if self.origin.as_ref() != Some(&entry.origin) {
            self.origin = Some(entry.origin.clone());
        }
        let head = Head { version: event.version, leaf };
        let before = match self.heads.get_mut(&event.subject) {
            Some(known) => Some(std::mem::replace(known, head)),
            None => self.heads.insert(event.subject.clone(), head),
        };
        if let Some((code, message)) = self.check_head(entry, before) {
            fault(code, message);
        }
        if let Some(target) = event.data.target()
            && !self.has_gap
            && !self.ids.contains(target)
        {
            fault("entry-target", format!("no earlier entry is the event {target} that it speaks about"));
        }
        if self.ids.insert(event.id, index, place) {
            fault("entry-id-repeated", format!("an earlier entry has the id {} too", event.id));
        }
    }

    /// The origin stays, unless the log goes on under a new one and says so.
    fn check_origin(&self, entry: &Entry) -> Option<String> {
        let last = self.origin.as_ref()?;
        match &entry.event.data {
            Data::LogContinued(continued) if continued.previous_origin != last.as_str() => Some(format!(
                "continues the log {}, but the entry before it is of {last}",
                continued.previous_origin
            )),
            Data::LogContinued(_) => None,
            _ if entry.origin != *last => {
                Some(format!("is of the log {}, the entry before it of {last}", entry.origin))
            }
            _ => None,
        }
    }

    /// What is wrong with the place of an entry behind the one before it on the same subject.
    fn check_head(&self, entry: &Entry, head: Option<Head>) -> Option<(&'static str, String)> {
        let event = &entry.event;
        let expected = match head {
            Some(head) => head.version + 1,
            None if self.has_gap => return None,
            None => 1,
        };
        let has_gap = self.has_gap;
        if event.version != expected && !(has_gap && event.version > expected) {
            let subject = &event.subject;
            let message = format!("version {} of {subject}, where {expected} is next", event.version);
            return Some(("entry-version", message));
        }
        // With a gap between the two the predecessor may be the one that cannot be read.
        if event.version != expected || entry.previous.map(Hash) == head.map(|head| head.leaf) {
            return None;
        }
        Some(("entry-previous", format!("does not name the entry before it of {}", event.subject)))
    }
}
