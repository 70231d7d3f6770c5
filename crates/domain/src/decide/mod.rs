//! The rules: one step of a command becomes the data of one event, or is refused.
//!
//! [`decide()`] is pure. What is already recorded comes in through [`Known`], the time as an argument. The rules of DESIGN sections 3
//! and 4: the expected version; labels against the register's vocabulary; a finding only by another actor than the claim's; a reason
//! for every correction, retraction and typed regress.

mod acts;
mod check;
mod redact;
mod refusal;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::command::{Action, Change, ReportStatus, Step};
use crate::effective::Effective;
use crate::event::{Data, EventCorrected, EventKind, StatusReported, StatusValue};
use crate::id::{Actor, Asserter, Digest, EventId, Key, Label, RegisterId, StateName};
use crate::subject::Subject;
use crate::term::Basis;
use crate::time::{Timestamp, Zone};
use crate::vocabulary::Vocabulary;

pub use redact::check_redaction;
pub use refusal::Refusal;

/// What the rules need to know of what is already recorded, the earlier steps of the same command included.
pub trait Known {
    /// The register as it is now, if it was opened.
    fn register(&self, id: &RegisterId) -> Option<RegisterFacts<'_>>;
    /// How many events the subject has; 0 for one that nothing was said about.
    fn version(&self, subject: &Subject) -> u64;
    /// The event with this id.
    fn event(&self, id: EventId) -> Option<KnownEvent>;
    /// The state that a recommendation is in just before `from`, as now known; `None` where nothing states one.
    fn state_before(&self, subject: &Subject, from: Option<Timestamp>) -> Option<StateName>;
    /// How many entries the log has.
    fn size(&self) -> u64;
    /// The recommendations that one waits for, by key, once everything stated has begun.
    fn dependencies(&self, subject: &Subject) -> Vec<Key>;
    /// The states that statements and findings in force about a register's recommendations give, in their order by name.
    fn states_in_use(&self, register: &RegisterId) -> Vec<StateName>;
    /// What can be redacted of an event, and what was.
    fn redactable(&self, id: EventId) -> Option<Redactable>;
    /// The legal holds in force on a subject, those on its whole register included; with a document also those on all that brought it
    /// or was read from it.
    fn holds(&self, subject: &Subject, document: Option<Digest>) -> Vec<EventId>;
}

/// What the rules need to know of an event that is to be redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redactable {
    /// How many texts it has.
    pub texts: u32,
    /// The document that it brought, if it brought one.
    pub document: Option<Digest>,
    /// Its redactions so far.
    pub redactions: Vec<Earlier>,
}

/// A redaction that is recorded already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// Its event.
    pub event: EventId,
    /// The text that it destroyed.
    pub field: Option<u32>,
    /// The document that it destroyed.
    pub blob: Option<Digest>,
}

/// What the rules need to know of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterFacts<'a> {
    /// The default asserter.
    pub publisher: Asserter,
    /// The zone of its dates.
    pub zone: Zone,
    /// Its labels and states. Several rules ask for them at every step: they are lent, not copied.
    pub vocabulary: Cow<'a, Vocabulary>,
}

/// What the rules need to know of an earlier event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEvent {
    /// What it is about.
    pub subject: Subject,
    /// Its type.
    pub kind: EventKind,
    /// Who recorded it, and who corrected it.
    pub actors: Vec<Actor>,
    /// Whether it still stands; a retracted event does not.
    pub in_force: bool,
    /// The status that it states, corrections applied.
    pub status: Option<StatusValue>,
}

/// Decides one step: the data of its event, or why it is refused.
///
/// `recorded_at` is the time that the event will bear; intervals of basis `recorded` begin there.
pub fn decide(
    known: &impl Known,
    actor: &Actor,
    step: &Step,
    recorded_at: Timestamp,
) -> Result<Data<String>, Refusal> {
    check_version(known, step)?;
    let mut data = match &step.action {
        Action::ReportStatus(report) => {
            Data::StatusReported(report_status(known, &step.subject, report, recorded_at)?)
        }
        Action::Correct(change) => Data::EventCorrected(correct(known, &step.subject, change)?),
        Action::Record(data) => data.clone(),
    };
    data.fill_recorded(recorded_at);
    check::data(known, actor, &step.subject, &data)?;
    Ok(data)
}

/// Whether a vocabulary could replace the one of a register, or why not: for a preview of its revision.
pub fn check_vocabulary(
    known: &impl Known,
    register: &RegisterId,
    revised: &Vocabulary,
) -> Result<(), Refusal> {
    acts::vocabulary(known, register, revised)
}

fn check_version(known: &impl Known, step: &Step) -> Result<(), Refusal> {
    let found = known.version(&step.subject);
    match step.expect_version {
        Some(expected) if expected != found => {
            Err(Refusal::VersionConflict { subject: step.subject.clone(), expected, found })
        }
        _ => Ok(()),
    }
}

fn register_of<'a>(known: &'a impl Known, subject: &Subject) -> Result<RegisterFacts<'a>, Refusal> {
    let register = subject.register().ok_or_else(|| Refusal::WrongSubject { subject: subject.clone() })?;
    known.register(register).ok_or_else(|| Refusal::UnknownRegister { register: register.clone() })
}

fn report_status(
    known: &impl Known,
    subject: &Subject,
    report: &ReportStatus,
    recorded_at: Timestamp,
) -> Result<StatusReported<String>, Refusal> {
    let register = register_of(known, subject)?;
    let StatusValue { label, reporting, state } = value_of(&register.vocabulary, &report.label)?;
    // An interval of basis `recorded` is that of the recording, whatever bounds came with it: it is judged as it will stand.
    let stated = report.effective.clone().filter(|stated| stated.basis != Basis::Recorded);
    let effective = stated.unwrap_or_else(|| Effective::recorded(recorded_at));
    let regress = regresses(known, &register.vocabulary, subject, state.as_ref(), effective.from);
    if let Some((from, to)) = regress.as_ref().filter(|_| report.source.is_none() && report.reason.is_none())
    {
        return Err(Refusal::RegressWithoutReason {
            subject: subject.clone(),
            from: from.clone(),
            to: to.clone(),
        });
    }
    Ok(StatusReported {
        asserter: report.asserter.clone().unwrap_or(register.publisher),
        effective,
        label,
        reason: report.reason.clone(),
        regress: regress.is_some(),
        reporting,
        source: report.source.clone(),
        source_url: report.source_url.clone(),
        state,
    })
}

/// The state before and the new one, if the new one stands lower in the vocabulary's order.
fn regresses(
    known: &impl Known,
    vocabulary: &Vocabulary,
    subject: &Subject,
    state: Option<&StateName>,
    from: Option<Timestamp>,
) -> Option<(StateName, StateName)> {
    let new = state?;
    let old = known.state_before(subject, from)?;
    (vocabulary.order(new)? < vocabulary.order(&old)?).then(|| (old, new.clone()))
}

fn value_of(vocabulary: &Vocabulary, label: &Label) -> Result<StatusValue, Refusal> {
    let meaning = vocabulary.meaning(label.as_str()).ok_or_else(|| Refusal::UnknownLabel {
        label: label.to_string(),
        nearest: vocabulary.nearest(label.as_str()).map(ToString::to_string),
    })?;
    Ok(StatusValue {
        label: Some(meaning.label.clone()),
        reporting: meaning.reporting,
        state: meaning.state.clone(),
    })
}

fn correct(
    known: &impl Known,
    subject: &Subject,
    change: &Change,
) -> Result<EventCorrected<String>, Refusal> {
    let status = match &change.label {
        Some(label) => Some(value_of(&register_of(known, subject)?.vocabulary, label)?),
        None => None,
    };
    Ok(EventCorrected {
        effective: change.effective.clone(),
        reason: change.reason.clone(),
        source: change.source.clone(),
        source_url: change.source_url.clone(),
        status,
        target: change.target,
        text: change.text.clone(),
    })
}
