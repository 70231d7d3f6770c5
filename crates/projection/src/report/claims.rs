//! Public claims about totals against what the log says: at the claim's own date, as known now and as known when it was recorded.
//!
//! A city counts a recommendation once, by what its latest line says. So here, other than on the axis of states, one whose latest statement
//! is "no update" counts under `no-update`, whatever state was stated before.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::event::{ClaimRecorded, Figure};
use docket_domain::term::Reporting;
use docket_domain::{RegisterId, Subject, Timestamp, Vocabulary};

use super::age::Span;
use crate::status::counted;
use crate::{Fact, Knowledge, TextRef};

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The log says the same.
    Agrees,
    /// The log says less, and what it does not know could make up the difference.
    CannotBeRefuted,
    /// Whatever the unknown rows hold, the log says otherwise.
    Contradicts,
    /// The claim counts something that the log does not.
    NotComparable,
}

/// One figure of a claim beside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureCheck {
    /// What is counted, as the claim names it.
    pub name: String,
    /// What is claimed.
    pub claimed: u64,
    /// The events behind what the log counts at the claim's date; nothing where it cannot be compared.
    pub logged: Option<Vec<u64>>,
    /// How many the log counted at that date when the claim was recorded.
    pub logged_then: Option<u64>,
    /// What the figure alone comes to.
    pub verdict: Verdict,
}

/// A claim beside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimCheck<T> {
    /// The claim.
    pub claim: Fact<T, ClaimRecorded<TextRef<T>>>,
    /// The day that it speaks of.
    pub span: Span,
    /// Its figures.
    pub figures: Vec<FigureCheck>,
    /// The statements that are lost with a damaged source at that date.
    pub unknown: Vec<u64>,
    /// The registrations of those that nothing is stated about at that date.
    pub not_yet_stated: Vec<u64>,
    /// What the figures together come to: together they may need more unknown rows than there are.
    pub verdict: Verdict,
    /// The same, as known when the claim was recorded.
    pub verdict_then: Verdict,
}

/// By what the latest line of a recommendation says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Bucket {
    State(String),
    NoState,
    NoUpdate,
    Unknown,
    NotYetStated,
}

/// The events of each bucket at one date, as known at one size.
type Tally = BTreeMap<Bucket, Vec<u64>>;

/// What the name of a figure stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Counted {
    Buckets(BTreeSet<Bucket>),
    Rest,
    Total,
    Other,
}

impl<T: Clone> Knowledge<'_, T> {
    /// The claims about a register that speak of a date before the bound `at`, in the order of recording.
    #[must_use]
    pub fn claim_checks(self, register: &RegisterId, at: Timestamp) -> Vec<ClaimCheck<T>> {
        let Some(subjects) = self.register_subjects().get(register) else { return Vec::new() };
        let Some(vocabulary) = Knowledge::vocabulary(self, register) else { return Vec::new() };
        let claims = subjects.claims.iter().flat_map(|subject| self.facts(subject));
        claims
            .filter(|claim: &Fact<T, ClaimRecorded<TextRef<T>>>| claim.content.effective.counts_at(at))
            .map(|claim| self.check(register, &vocabulary.clone(), claim))
            .collect()
    }

    fn check(
        self,
        register: &RegisterId,
        vocabulary: &Vocabulary,
        claim: Fact<T, ClaimRecorded<TextRef<T>>>,
    ) -> ClaimCheck<T> {
        let span = Span::from(&claim.content.effective);
        let figures = &claim.content.figures;
        let meanings = meanings(figures, vocabulary);
        // The day that it speaks of ends with its interval; of a claim without a date nothing can be compared.
        let tally = |knowledge: Self| span.to.map(|to| knowledge.tally(register, to)).unwrap_or_default();
        let now = tally(self);
        let then = tally(self.with(claim.provenance.index));
        let (is_dated, open) = (span.to.is_some(), pool(&meanings, &now));
        let checks = figures.iter().zip(&meanings).map(|(figure, meaning)| {
            let logged = logged(meaning, &meanings, &now).filter(|_| is_dated);
            let logged_then = logged_count(meaning, &meanings, &then).filter(|_| is_dated);
            FigureCheck {
                name: figure.name.clone(),
                claimed: figure.value,
                verdict: figure_verdict(meaning, figure.value, logged.as_deref().map(count), open),
                logged,
                logged_then,
            }
        });
        ClaimCheck {
            figures: checks.collect(),
            verdict: verdict(figures, &meanings, &now, is_dated),
            verdict_then: verdict(figures, &meanings, &then, is_dated),
            unknown: now.get(&Bucket::Unknown).cloned().unwrap_or_default(),
            not_yet_stated: now.get(&Bucket::NotYetStated).cloned().unwrap_or_default(),
            span,
            claim,
        }
    }

    /// Every recommendation by what its latest line says.
    fn tally(self, register: &RegisterId, at: Timestamp) -> Tally {
        let mut tally = Tally::new();
        for key in self.recommendation_keys(register) {
            let subject = Subject::Recommendation(register.clone(), key);
            let statements = self.statements(&subject);
            let last = counted(&statements, at).last().map(|statement| statement.index);
            let (bucket, event) = match last.and_then(|index| self.standing(index)) {
                Some(standing) => (bucket(standing.reporting, standing.states.as_ref()), standing.event),
                None => (Bucket::NotYetStated, self.registration(&subject)),
            };
            tally.entry(bucket).or_default().push(event);
        }
        tally
    }

    fn registration(self, subject: &Subject) -> u64 {
        let mut registered = self.events_of_kind(subject, docket_domain::EventKind::RecommendationRegistered);
        registered.rfind(|event| self.in_force(event.index)).map_or(0, |event| event.index)
    }
}

fn bucket(reporting: Reporting, state: Option<&docket_domain::StateName>) -> Bucket {
    match (reporting, state) {
        (Reporting::NoUpdate, _) => Bucket::NoUpdate,
        (Reporting::Unknown, _) => Bucket::Unknown,
        (Reporting::Reported, Some(state)) => Bucket::State(state.to_string()),
        (Reporting::Reported, None) => Bucket::NoState,
    }
}

fn count(events: &[u64]) -> u64 {
    events.len() as u64
}

/// What each figure counts: states joined with `+`, `no-update`, `unknown`, `rest`, `total`; anything else is not comparable.
fn meanings(figures: &[Figure], vocabulary: &Vocabulary) -> Vec<Counted> {
    let meaning = |name: &str| match name {
        "total" => Counted::Total,
        "rest" => Counted::Rest,
        _ => {
            let parts = name.split('+').map(|part| match part.trim() {
                "no-update" => Some(Bucket::NoUpdate),
                "unknown" => Some(Bucket::Unknown),
                state => {
                    let known = vocabulary.states.iter().any(|definition| definition.name.as_str() == state);
                    known.then(|| Bucket::State(state.to_owned()))
                }
            });
            parts.collect::<Option<_>>().map_or(Counted::Other, Counted::Buckets)
        }
    };
    figures.iter().map(|figure| meaning(&figure.name)).collect()
}

/// The buckets that the figures name.
fn named(meanings: &[Counted]) -> BTreeSet<&Bucket> {
    let buckets = meanings.iter().filter_map(|meaning| match meaning {
        Counted::Buckets(buckets) => Some(buckets),
        _ => None,
    });
    buckets.flatten().collect()
}

/// The events behind a figure: what the log knows, without the rows that it does not.
fn logged(meaning: &Counted, meanings: &[Counted], tally: &Tally) -> Option<Vec<u64>> {
    let is_unknown = |bucket: &Bucket| matches!(bucket, Bucket::Unknown | Bucket::NotYetStated);
    let named = named(meanings);
    let is_rest_comparable = meanings.iter().all(|meaning| *meaning != Counted::Other);
    let counts = |bucket: &Bucket| match meaning {
        Counted::Buckets(buckets) => buckets.contains(bucket),
        Counted::Rest => is_rest_comparable && !named.contains(bucket) && !is_unknown(bucket),
        Counted::Total => true,
        Counted::Other => false,
    };
    let is_comparable = match meaning {
        Counted::Other => false,
        Counted::Rest => is_rest_comparable,
        Counted::Buckets(_) | Counted::Total => true,
    };
    is_comparable.then(|| {
        let events = tally.iter().filter(|(bucket, _)| counts(bucket)).flat_map(|(_, events)| events);
        events.copied().collect()
    })
}

fn logged_count(meaning: &Counted, meanings: &[Counted], tally: &Tally) -> Option<u64> {
    logged(meaning, meanings, tally).map(|events| count(&events))
}

/// How many rows could hold anything: those that the log does not know, where no figure counts them by that name.
fn pool(meanings: &[Counted], tally: &Tally) -> u64 {
    let named = named(meanings);
    let unknown = [Bucket::Unknown, Bucket::NotYetStated];
    let open = unknown.iter().filter(|bucket| !named.contains(bucket));
    open.filter_map(|bucket| tally.get(bucket)).map(|events| count(events)).sum()
}

fn figure_verdict(meaning: &Counted, claimed: u64, logged: Option<u64>, pool: u64) -> Verdict {
    let pool = if *meaning == Counted::Total { 0 } else { pool };
    match logged.map(|logged| (claimed.checked_sub(logged), pool)) {
        None => Verdict::NotComparable,
        Some((Some(0), _)) => Verdict::Agrees,
        Some((Some(missing), pool)) if missing <= pool => Verdict::CannotBeRefuted,
        Some(_) => Verdict::Contradicts,
    }
}

/// What the figures together come to. What each lacks is only added up where no two of them count the same recommendation.
fn verdict(figures: &[Figure], meanings: &[Counted], tally: &Tally, is_dated: bool) -> Verdict {
    let pool = pool(meanings, tally);
    let mut found = Vec::new();
    let mut missing = 0;
    for (figure, meaning) in figures.iter().zip(meanings) {
        let logged = logged_count(meaning, meanings, tally).filter(|_| is_dated);
        found.push(figure_verdict(meaning, figure.value, logged, pool));
        if *meaning != Counted::Total {
            missing += figure.value.saturating_sub(logged.unwrap_or_default());
        }
    }
    if found.iter().all(|verdict| *verdict == Verdict::NotComparable) {
        return Verdict::NotComparable;
    }
    // With a rest, the figures count every recommendation, so they need all unknown rows and no more.
    let is_short = if meanings.contains(&Counted::Rest) {
        missing != pool && !found.contains(&Verdict::NotComparable)
    } else {
        missing > pool
    };
    if found.contains(&Verdict::Contradicts) || is_short && are_disjoint(meanings) {
        Verdict::Contradicts
    } else if found.contains(&Verdict::CannotBeRefuted) {
        Verdict::CannotBeRefuted
    } else {
        Verdict::Agrees
    }
}

fn are_disjoint(meanings: &[Counted]) -> bool {
    let mut seen = BTreeSet::new();
    let rests = meanings.iter().filter(|meaning| **meaning == Counted::Rest).count();
    let buckets = meanings.iter().filter_map(|meaning| match meaning {
        Counted::Buckets(buckets) => Some(buckets),
        _ => None,
    });
    buckets.flatten().all(|bucket| seen.insert(bucket)) && rests <= 1
}
