//! A recommendation as of any date, and the list of a register.

use docket_domain::event::{
    EvidenceAttached, NoteRecorded, RecommendationAmended, RecommendationRegistered, StatusVerified,
};
use docket_domain::term::{NumberBasis, TextBasis, Visibility};
use docket_domain::{EventId, EventKind, Key, RegisterId, Subject, Timestamp};

use crate::assignment::Assignments;
use crate::fact::Fact;
use crate::fold::Knowledge;
use crate::status::StatusView;
use crate::text::TextRef;
use crate::timeline::Page;

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Everyone: internal notes, and what is said about them, are left out.
    Public,
    /// The register's own staff.
    Internal,
}

/// The number and text of a recommendation, as amended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendationFacts<T> {
    /// Its number.
    pub number: Option<u32>,
    /// How the number is known.
    pub number_basis: NumberBasis,
    /// The number as printed.
    pub number_printed: Option<String>,
    /// Its text, as far as it is known.
    pub text: Option<TextRef<T>>,
    /// How much of the text is known.
    pub text_basis: TextBasis,
}

/// The finding on the winning statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<T> {
    /// The finding and where it comes from.
    pub finding: Fact<T, StatusVerified<TextRef<T>>>,
    /// Whether the claim was corrected after the finding was recorded: what was judged is not what now stands.
    pub claim_corrected_since: bool,
}

/// A note with where it comes from.
pub type Note<T> = Fact<T, NoteRecorded<TextRef<T>>>;
/// A piece of evidence with where it comes from.
pub type Evidence<T> = Fact<T, EvidenceAttached<TextRef<T>>>;

/// A recommendation as of a date, as known at a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendationView<T> {
    /// Its register.
    pub register: RegisterId,
    /// Its permanent key.
    pub key: Key,
    /// Its number and text, as amended.
    pub facts: RecommendationFacts<T>,
    /// Its registration: the original number and text, the cells as printed, the damage, the source lines.
    pub registered: Fact<T, RecommendationRegistered<TextRef<T>>>,
    /// The amendments in force, in the order of recording.
    pub amendments: Vec<Fact<T, RecommendationAmended<TextRef<T>>>>,
    /// How many events about it are known.
    pub version: u64,
    /// Its status; `None` where nothing is stated yet.
    pub status: Option<StatusView<T>>,
    /// The latest finding on the winning statement.
    pub verified: Option<Finding<T>>,
    /// Its notes, oldest first, one of unknown date before all others.
    pub notes: Vec<Note<T>>,
    /// The assignments that hold.
    pub assignments: Assignments<T>,
    /// The evidence attached, oldest recorded first.
    pub evidence: Vec<Evidence<T>>,
}

impl<T: Clone> Knowledge<'_, T> {
    /// A recommendation as of the bound `at`; `None` if it is not known or its registration is not in force.
    #[must_use]
    pub fn recommendation(
        self,
        register: &RegisterId,
        key: &Key,
        at: Timestamp,
        audience: Audience,
    ) -> Option<RecommendationView<T>> {
        let subject = &Subject::Recommendation(register.clone(), key.clone());
        let registered: Fact<T, RecommendationRegistered<TextRef<T>>> = self.facts(subject).next_back()?;
        let amendments: Vec<Fact<T, RecommendationAmended<TextRef<T>>>> = self.facts(subject).collect();
        let status = self.status(subject, at);
        let claim = status.as_ref().map(|status| status.statement.provenance.event);
        Some(RecommendationView {
            register: register.clone(),
            key: key.clone(),
            facts: amended(&registered.content, amendments.iter().map(|amendment| &amendment.content)),
            registered,
            amendments,
            version: self.version(subject),
            verified: claim.and_then(|claim| self.finding_on(subject, claim, at)),
            status,
            notes: self.notes(subject, at, audience),
            assignments: self.assignments(subject, at),
            evidence: self.evidence(subject, audience),
        })
    }

    /// The recommendations of a register, in its order, as of the bound `at`.
    #[must_use]
    pub fn list(
        self,
        register: &RegisterId,
        at: Timestamp,
        audience: Audience,
    ) -> Vec<RecommendationView<T>> {
        self.list_page(register, at, audience, Page::ALL)
    }

    /// A page of them.
    #[must_use]
    pub fn list_page(
        self,
        register: &RegisterId,
        at: Timestamp,
        audience: Audience,
        page: Page,
    ) -> Vec<RecommendationView<T>> {
        let keys = self.recommendation_page(register, page);
        keys.iter().filter_map(|key| self.recommendation(register, key, at, audience)).collect()
    }

    /// The number and text of a recommendation, as amended; `None` if its registration is not in force.
    #[must_use]
    pub fn recommendation_facts(self, subject: &Subject) -> Option<RecommendationFacts<T>> {
        let registered: Fact<T, RecommendationRegistered<TextRef<T>>> = self.facts(subject).next_back()?;
        let amendments: Vec<Fact<T, RecommendationAmended<TextRef<T>>>> = self.facts(subject).collect();
        Some(amended(&registered.content, amendments.iter().map(|amendment| &amendment.content)))
    }

    /// The notes of a subject that count as of the bound `at`, oldest first by (`from`, index), one of unknown date before all others.
    #[must_use]
    pub fn notes(self, subject: &Subject, at: Timestamp, audience: Audience) -> Vec<Note<T>> {
        let mut notes: Vec<Note<T>> = self
            .facts(subject)
            .filter(|note: &Note<T>| {
                note.content.effective.counts_at(at)
                    && (audience == Audience::Internal || note.content.visibility == Visibility::Public)
            })
            .collect();
        notes.sort_by_key(|note| (note.content.effective.order(), note.provenance.index));
        notes
    }

    /// The latest finding in force on a claim, by (`from`, index), that counts as of the bound `at`.
    #[must_use]
    pub fn finding_on(self, subject: &Subject, claim: EventId, at: Timestamp) -> Option<Finding<T>> {
        let finding = self
            .events_of_kind(subject, EventKind::StatusVerified)
            .filter(|event| event.data.target() == Some(claim))
            .filter_map(|event| self.fact(&event))
            .filter(|finding: &Fact<T, StatusVerified<_>>| finding.content.effective.counts_at(at))
            .max_by_key(|finding| (finding.content.effective.order(), finding.provenance.index))?;
        let corrections = self.event(claim).map(|claim| self.corrections_of(claim.index)).unwrap_or_default();
        let claim_corrected_since =
            corrections.iter().any(|correction| correction.index > finding.provenance.index);
        Some(Finding { finding, claim_corrected_since })
    }

    fn evidence(self, subject: &Subject, audience: Audience) -> Vec<Evidence<T>> {
        self.events_of_kind(subject, EventKind::EvidenceAttached)
            .filter(|event| self.is_shown(event, audience))
            .filter_map(|event| self.fact(&event))
            .collect()
    }
}

/// The facts of a registration with its amendments laid over it, a later one winning field by field.
fn amended<'a, T: Clone + 'a>(
    registered: &RecommendationRegistered<TextRef<T>>,
    amendments: impl Iterator<Item = &'a RecommendationAmended<TextRef<T>>>,
) -> RecommendationFacts<T> {
    let mut facts = RecommendationFacts {
        number: registered.number,
        number_basis: registered.number_basis,
        number_printed: registered.number_printed.clone(),
        text: registered.text.clone(),
        text_basis: registered.text_basis,
    };
    for amendment in amendments {
        facts.number = amendment.number.or(facts.number);
        facts.number_basis = amendment.number_basis.unwrap_or(facts.number_basis);
        facts.number_printed = amendment.number_printed.clone().or(facts.number_printed);
        facts.text = amendment.text.clone().or(facts.text);
        facts.text_basis = amendment.text_basis.unwrap_or(facts.text_basis);
    }
    facts
}
