//! A register: its facts, its vocabulary and its sources, as known at any size.

use docket_domain::event::{
    ClaimRecorded, FragmentQuarantined, RegisterOpened, ReviewPerformed, SourceReceived,
};
use docket_domain::{Data, RegisterId, Subject, Vocabulary, Zone};

use crate::fact::{Fact, Payload, Provenance};
use crate::fold::{Knowledge, Projection};
use crate::text::{TextRef, locate};

/// A register as known at a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterView<T> {
    /// Its id.
    pub register: RegisterId,
    /// Its opening: title, publisher, zone, expected count.
    pub opened: Fact<T, RegisterOpened<TextRef<T>>>,
    /// Its vocabulary: the newest of the versions.
    pub vocabulary: Vocabulary,
    /// Every version in force of its vocabulary, oldest first; the first is that of the opening.
    pub vocabulary_versions: Vec<VocabularyVersion<T>>,
    /// How many recommendations it has.
    pub recommendations: u64,
    /// Its sources, oldest first.
    pub sources: Vec<SourceView<T>>,
    /// Public statements about its totals, oldest first.
    pub claims: Vec<Fact<T, ClaimRecorded<TextRef<T>>>>,
    /// Reviews of the log, oldest first.
    pub reviews: Vec<Fact<T, ReviewPerformed<TextRef<T>>>>,
}

/// One version of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyVersion<T> {
    /// The event that gives it.
    pub provenance: Provenance,
    /// Why it was revised; nothing for the first.
    pub reason: Option<TextRef<T>>,
    /// The whole vocabulary.
    pub vocabulary: Vocabulary,
}

/// A source and the fragments quarantined from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView<T> {
    /// The document.
    pub source: Fact<T, SourceReceived<TextRef<T>>>,
    /// Its lines that belong to no row, in the order of recording.
    pub fragments: Vec<Fact<T, FragmentQuarantined<TextRef<T>>>>,
}

impl<T> Projection<T> {
    /// The zone in which a register's dates are read: its newest, UTC where there is no such register yet (DESIGN section 2).
    #[must_use]
    pub fn zone(&self, register: &RegisterId) -> Zone {
        self.newest().opened(register).map_or(Zone::UTC, |opened| opened.time_zone)
    }
}

impl<'a, T> Knowledge<'a, T> {
    /// The registers that are known, by id.
    pub fn registers(self) -> impl Iterator<Item = &'a RegisterId> + use<'a, T> {
        self.register_subjects().keys().filter(move |register| self.opened(register).is_some())
    }

    /// The zone in which a register's dates are read, if it was opened.
    #[must_use]
    pub fn zone(self, register: &RegisterId) -> Option<Zone> {
        self.opened(register).map(|opened| opened.time_zone)
    }

    /// The vocabulary of a register, if it was opened.
    #[must_use]
    pub fn vocabulary(self, register: &RegisterId) -> Option<&'a Vocabulary> {
        self.opened_with_vocabulary(register).map(|(_, vocabulary)| vocabulary)
    }

    /// The opening in force of a register and its vocabulary: the newest version of it.
    pub(crate) fn opened_with_vocabulary(
        self,
        register: &RegisterId,
    ) -> Option<(&'a RegisterOpened<T>, &'a Vocabulary)> {
        let mut newest = None;
        for data in self.register_events(register) {
            match data {
                Data::RegisterOpened(opened) => return Some((opened, newest.unwrap_or(&opened.vocabulary))),
                Data::VocabularyRevised(revised) => newest = newest.or(Some(&revised.vocabulary)),
                _ => {}
            }
        }
        None
    }

    /// The opening in force of a register.
    pub(crate) fn opened(self, register: &RegisterId) -> Option<&'a RegisterOpened<T>> {
        self.register_events(register).find_map(|data| match data {
            Data::RegisterOpened(opened) => Some(opened),
            _ => None,
        })
    }
}

impl<'a, T: Clone> Knowledge<'a, T> {
    /// A register with its facts; `None` if it is not known.
    #[must_use]
    pub fn register(self, register: &RegisterId) -> Option<RegisterView<T>> {
        let subject = Subject::Register(register.clone());
        let opened: Fact<T, RegisterOpened<TextRef<T>>> = self.facts(&subject).next_back()?;
        let subjects = self.register_subjects().get(register)?;
        Some(RegisterView {
            register: register.clone(),
            vocabulary: self.vocabulary(register)?.clone(),
            vocabulary_versions: self.vocabulary_versions(&subject),
            opened,
            recommendations: self.recommendations(register) as u64,
            sources: subjects.sources.iter().filter_map(|source| self.source(source)).collect(),
            claims: self.facts_of_all(&subjects.claims),
            reviews: self.facts_of_all(&subjects.reviews),
        })
    }

    fn vocabulary_versions(self, subject: &Subject) -> Vec<VocabularyVersion<T>> {
        self.events_of(subject)
            .filter(|event| self.in_force(event.index))
            .filter_map(|event| {
                let (reason, vocabulary) = match locate(&event) {
                    Data::RegisterOpened(opened) => (None, opened.vocabulary),
                    Data::VocabularyRevised(revised) => (Some(revised.reason), revised.vocabulary),
                    _ => return None,
                };
                Some(VocabularyVersion { provenance: Provenance::of(&event), reason, vocabulary })
            })
            .collect()
    }

    fn source(self, subject: &Subject) -> Option<SourceView<T>> {
        let source = self.facts(subject).next_back()?;
        Some(SourceView { source, fragments: self.facts(subject).collect() })
    }

    fn facts_of_all<C: Payload<TextRef<T>> + 'a>(self, subjects: &[Subject]) -> Vec<Fact<T, C>> {
        subjects.iter().flat_map(|subject| self.facts(subject)).collect()
    }
}
