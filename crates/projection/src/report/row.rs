//! One recommendation as the report sees it, gathered in one pass over its events.

use std::collections::HashMap;

use docket_domain::event::{RecommendationAmended, RecommendationRegistered};
use docket_domain::term::Reporting;
use docket_domain::{Data, Digest, EventId, Key, Label, RegisterId, StateName, Subject, Timestamp};

use super::age::Span;
use crate::fact::Fact;
use crate::recommendation::{Audience, Note, RecommendationFacts};
use crate::status::{Certainty, counted};
use crate::{Assignments, EventReference, Knowledge, TextRef};

/// A recommendation at a date, as known at a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow<T> {
    /// Its permanent key.
    pub key: Key,
    /// Its number and text, as amended.
    pub facts: RecommendationFacts<T>,
    /// Its registration.
    pub registered: Placed,
    /// What is damaged in its row: stable words.
    pub damage: Vec<String>,
    /// The amendments in force that change its text.
    pub rewordings: Vec<Placed>,
    /// The counted statements in their order (`from`, index).
    pub standings: Vec<Standing>,
    /// How sure the last of them is.
    pub certainty: Option<Certainty>,
    /// The finding on the last of them.
    pub finding: Option<Judgement>,
    /// Its notes, oldest first.
    pub notes: Vec<Note<T>>,
    /// The assignments that hold.
    pub assignments: Assignments<T>,
}

/// An event with the document that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its index.
    pub event: u64,
    /// The document, where there is one.
    pub document: Option<Document>,
}

/// A document and the first instant at which what it states can have been true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its SHA-256.
    pub sha256: Digest,
    /// The start of its stated interval; nothing where that is unknown.
    pub from: Option<Timestamp>,
}

/// A status statement, corrections applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its index.
    pub event: u64,
    /// Its id.
    pub id: EventId,
    /// The label exactly as printed.
    pub label: Option<Label>,
    /// What it says about the reporting.
    pub reporting: Reporting,
    /// The state that it states itself: "no update" and damage state none.
    pub states: Option<StateName>,
    /// When it began.
    pub span: Span,
    /// Whether it was recorded as going back to a lower state.
    pub regress: bool,
    /// The document that it was read from.
    pub document: Option<Digest>,
}

/// A reviewer's finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Its index.
    pub event: u64,
    /// Whether it agrees with the claim.
    pub agrees: bool,
    /// The state that was found.
    pub state: Option<StateName>,
    /// Whether the claim was corrected after it was judged.
    pub claim_corrected_since: bool,
}

impl<T> ReportRow<T> {
    /// The winning statement; nothing where nothing is stated yet.
    #[must_use]
    pub fn status(&self) -> Option<&Standing> {
        self.standings.last()
    }

    /// The last statement that states a state.
    #[must_use]
    pub fn stating(&self) -> Option<&Standing> {
        self.standings.iter().rev().find(|standing| standing.states.is_some())
    }

    /// The state that stands.
    #[must_use]
    pub fn state(&self) -> Option<&StateName> {
        self.stating()?.states.as_ref()
    }

    /// Whether its status is known: something is stated, and the source is not damaged there.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.status().is_some_and(|status| status.reporting != Reporting::Unknown)
    }

    /// Whether its status is stated and lost with a damaged source.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.status().is_some_and(|status| status.reporting == Reporting::Unknown)
    }
}

/// The documents of a register, by their SHA-256.
type Documents = HashMap<Digest, Document>;

impl<T: Clone> Knowledge<'_, T> {
    /// The rows of a register's report as of the bound `at`, in its order.
    #[must_use]
    pub fn report_rows(self, register: &RegisterId, at: Timestamp, audience: Audience) -> Vec<ReportRow<T>> {
        let documents = self.documents(register);
        let keys = self.recommendation_keys(register).into_iter();
        keys.filter_map(|key| self.report_row(register, key, at, audience, &documents)).collect()
    }

    /// Which event has this index: what a reader looks a figure up by.
    #[must_use]
    pub fn reference(self, index: u64) -> Option<EventReference> {
        self.event_at(index).map(|event| EventReference::to(event.as_ref()))
    }

    fn documents(self, register: &RegisterId) -> Documents {
        let sources = self.register(register).map(|view| view.sources).unwrap_or_default();
        let documents = sources.into_iter().map(|source| source.source.content);
        documents
            .map(|source| (source.sha256, Document { sha256: source.sha256, from: source.effective.from }))
            .collect()
    }

    fn report_row(
        self,
        register: &RegisterId,
        key: Key,
        at: Timestamp,
        audience: Audience,
        documents: &Documents,
    ) -> Option<ReportRow<T>> {
        let subject = &Subject::Recommendation(register.clone(), key.clone());
        let registered: Fact<T, RecommendationRegistered<TextRef<T>>> = self.facts(subject).next_back()?;
        let placed = |event: u64, source: Option<Digest>| Placed {
            event,
            document: source.and_then(|sha256| documents.get(&sha256).cloned()),
        };
        let rewordings = self
            .facts(subject)
            .filter(|amendment: &Fact<T, RecommendationAmended<TextRef<T>>>| amendment.content.text.is_some())
            .map(|amendment| {
                placed(amendment.provenance.index, amendment.content.source.map(|source| source.sha256))
            })
            .collect();
        let statements = self.statements(subject);
        let counted = counted(&statements, at);
        let standings: Vec<Standing> =
            counted.iter().filter_map(|statement| self.standing(statement.index)).collect();
        let claim = standings.last().map(|standing| standing.id);
        Some(ReportRow {
            facts: self.recommendation_facts(subject)?,
            registered: placed(
                registered.provenance.index,
                registered.content.source.map(|source| source.sha256),
            ),
            damage: registered.content.damage.into_iter().map(|damage| damage.code).collect(),
            rewordings,
            certainty: self.status_of(&statements, at).map(|status| status.certainty),
            finding: claim.and_then(|claim| self.judgement(subject, claim, at)),
            notes: self.notes(subject, at, audience),
            assignments: self.assignments(subject, at),
            standings,
            key,
        })
    }

    fn judgement(self, subject: &Subject, claim: EventId, at: Timestamp) -> Option<Judgement> {
        let found = self.finding_on(subject, claim, at)?;
        Some(Judgement {
            event: found.finding.provenance.index,
            agrees: found.finding.content.agrees,
            state: found.finding.content.state,
            claim_corrected_since: found.claim_corrected_since,
        })
    }

    /// A status statement with its corrections.
    pub(super) fn standing(self, index: u64) -> Option<Standing> {
        let id = self.event_at(index)?.id;
        let Data::StatusReported(statement) = self.content(index)? else { return None };
        Some(Standing {
            event: index,
            id,
            span: Span::from(&statement.effective),
            label: statement.label,
            reporting: statement.reporting,
            states: statement.state.filter(|_| statement.reporting == Reporting::Reported),
            regress: statement.regress,
            document: statement.source.map(|source| source.sha256),
        })
    }
}
