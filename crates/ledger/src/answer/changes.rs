//! What changed between two sizes of the log, or between two dates: who, when, why, old and new.

use docket_domain::time::{Moment, TimeError};
use docket_domain::{Actor, Key, RegisterId, Subject, Timestamp, Zone};
use docket_log::LogError;
use docket_log::seal::SealedText;
use docket_projection::ChangeScope;
use serde::Serialize;

use super::query::{Asked, Basis, Query};
use super::statement::Statement;
use super::text::Finder;
use super::timeline::Entry;
use super::wire::{Reference, shown, shown_if};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// From where to where, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// A point of the clock; nothing for the beginning.
    pub from: Option<String>,
    /// A point of the same clock; nothing for that of the query: `known_at` on the recorded clock, `effective_at` on the effective one.
    pub to: Option<String>,
    /// Only what this actor recorded.
    pub actor: Option<Actor>,
}

/// What was recorded, and so restated, between two sizes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedChanges {
    /// What it was computed from; its size is `to`.
    pub basis: Basis,
    /// The clock: `recorded`.
    pub clock: &'static str,
    /// The number of entries known before.
    pub from: u64,
    /// The number of entries known after.
    pub to: u64,
    /// Only what this actor recorded.
    #[serde(serialize_with = "shown_if")]
    pub actor: Option<Actor>,
    /// Only where nothing was found of an actor: whether that actor recorded anything at all among the entries known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_has_recorded: Option<bool>,
    /// The entries in between, in the order of the log.
    pub changes: Vec<Entry>,
    /// The zone in which to print times.
    #[serde(skip)]
    pub zone: Zone,
}

/// What happened between two dates, as known at the basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectiveChanges {
    /// What it was computed from; its date is `to`.
    pub basis: Basis,
    /// The clock: `effective`.
    pub clock: &'static str,
    /// The day or instant after which it happened; null for the beginning.
    #[serde(serialize_with = "shown_if")]
    pub from: Option<Moment>,
    /// The day or instant until whose end it happened.
    #[serde(serialize_with = "shown")]
    pub to: Moment,
    /// Only what this actor recorded.
    #[serde(serialize_with = "shown_if")]
    pub actor: Option<Actor>,
    /// Only where nothing was found of an actor: whether that actor recorded anything at all among the entries known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_has_recorded: Option<bool>,
    /// The statements that began to count in between, by (`from`, index). One of unknown date is never among them: it always counts.
    pub changes: Vec<EffectiveChange>,
    /// What they come to, for each recommendation.
    pub recommendations: Vec<ChangedRecommendation>,
    /// The zone in which to print times.
    #[serde(skip)]
    pub zone: Zone,
}

/// A statement that began to count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectiveChange {
    /// The event: id, index, type, subject, version, name.
    #[serde(flatten)]
    pub event: Reference,
    /// The statement before it; null if it is the first.
    pub before: Option<Statement>,
    /// The statement: it says who, when, on whose word and why.
    pub after: Statement,
}

/// The status of a recommendation at both dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedRecommendation {
    /// Its register.
    #[serde(serialize_with = "shown_if")]
    pub register: Option<RegisterId>,
    /// Its permanent key.
    #[serde(serialize_with = "shown_if")]
    pub key: Option<Key>,
    /// Its status at the first date; null where nothing was stated yet.
    pub before: Option<Statement>,
    /// Its status at the second date.
    pub after: Option<Statement>,
}

/// What was recorded between two sizes. `from` and `to` are numbers of entries, days or times; `to` lies within what the query knows.
pub fn changes_recorded(
    reader: &Reader,
    query: &Query,
    span: &Span,
    now: Timestamp,
) -> Result<RecordedChanges, LedgerError> {
    let mut asked = Asked::new(reader, query, now)?;
    let from = match span.from.as_deref() {
        Some(from) => reader.known_at(Some(from), asked.zone)?,
        None => 0,
    };
    if let Some(to) = span.to.as_deref() {
        let size = asked.known_at;
        asked.known_at = reader.known_at(Some(to), asked.zone)?;
        if asked.known_at > size {
            return Err(LedgerError::Future { wanted: to.to_owned(), size });
        }
    }
    let to = asked.known_at;
    if from > to {
        return Err(backwards(&from, &to));
    }
    let scope = ChangeScope {
        register: query.register.as_ref(),
        actor: span.actor.as_ref(),
        audience: asked.audience,
    };
    let entries = reader.ask(|projection| projection.changes_recorded(scope, from..to))?;
    let changes = Entry::all(entries, &mut Finder::new(reader))?;
    let actor = span.actor.clone();
    let nobody = span.actor.as_ref().filter(|_| changes.is_empty());
    Ok(RecordedChanges {
        actor_has_recorded: nobody.map(|actor| has_recorded(&asked, actor)).transpose()?,
        basis: asked.basis()?,
        clock: "recorded",
        from,
        to,
        actor,
        changes,
        zone: asked.zone,
    })
}

/// What happened between two dates: what tells the answers as of `to` from those as of `from`. Both are days or instants.
pub fn changes_effective(
    reader: &Reader,
    query: &Query,
    span: &Span,
    now: Timestamp,
) -> Result<EffectiveChanges, LedgerError> {
    let mut asked = Asked::new(reader, query, now)?;
    if let Some(to) = span.to.as_deref() {
        asked.moment = Moment::parse(to, asked.zone)?;
    }
    let from = span.from.as_deref().map(|from| Moment::parse(from, asked.zone)).transpose()?;
    let start = match from {
        Some(from) => from.bound(asked.zone)?,
        None => Timestamp::EPOCH.plus_micros(i64::MIN),
    };
    let (to, end) = (asked.moment, asked.bound()?);
    if let Some(from) = from.filter(|_| start > end) {
        return Err(backwards(&from, &to));
    }
    let scope = ChangeScope {
        register: asked.register.as_ref(),
        actor: span.actor.as_ref(),
        audience: asked.audience,
    };
    let happened = asked.known(|knowledge| knowledge.changes_effective(scope, start..end))?;
    let words = &mut Finder::new(reader);
    let changes = happened.statements.into_iter().map(|change| EffectiveChange::new(change, words));
    let changes = changes.collect::<Result<Vec<_>, _>>()?;
    let nobody = span.actor.as_ref().filter(|_| changes.is_empty());
    let actor_has_recorded = nobody.map(|actor| has_recorded(&asked, actor)).transpose()?;
    let recommendations =
        happened.subjects.into_iter().map(|change| ChangedRecommendation::new(change, words));
    let recommendations = recommendations.collect::<Result<_, _>>()?;
    Ok(EffectiveChanges {
        basis: asked.basis()?,
        clock: "effective",
        from,
        to,
        actor: span.actor.clone(),
        actor_has_recorded,
        changes,
        recommendations,
        zone: asked.zone,
    })
}

/// Whether an actor recorded anything among the entries known. It reads until the first, so it is asked only where nothing was found.
fn has_recorded(asked: &Asked<'_>, actor: &Actor) -> Result<bool, LedgerError> {
    enum Ended {
        Found,
        Log(LogError),
    }
    impl From<LogError> for Ended {
        fn from(error: LogError) -> Self {
            Self::Log(error)
        }
    }
    let read = asked.reader.log().visit_range(0..asked.known_at, &mut |stored| {
        if stored.entry.event.actor == *actor { Err(Ended::Found) } else { Ok(()) }
    });
    match read {
        Ok(()) => Ok(false),
        Err(Ended::Found) => Ok(true),
        Err(Ended::Log(error)) => Err(error.into()),
    }
}

fn backwards(from: &impl ToString, to: &impl ToString) -> LedgerError {
    TimeError::Backwards { value: format!("{}/{}", from.to_string(), to.to_string()) }.into()
}

impl EffectiveChange {
    fn new(
        change: docket_projection::EffectiveChange<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let event = Reference::from(&change.after.provenance);
        let before = change.before.map(|view| Statement::new(view, words)).transpose()?;
        Ok(Self { event, before, after: Statement::new(change.after, words)? })
    }
}

impl ChangedRecommendation {
    fn new(
        change: docket_projection::SubjectChange<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let (register, key) = match change.subject {
            Subject::Recommendation(register, key) => (Some(register), Some(key)),
            other => (other.register().cloned(), None),
        };
        let before = change.before.map(|view| Statement::of_status(view, words)).transpose()?;
        let after = change.after.map(|view| Statement::of_status(view, words)).transpose()?;
        Ok(Self { register, key, before, after })
    }
}
