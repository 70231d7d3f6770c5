//! The rules on the data of an event, whoever wrote them.

use crate::effective::Effective;
use crate::event::{
    AssignmentChanged, Data, EventCorrected, EventKind, RecommendationRegistered, SourceLines,
    StatusReported, StatusVerified,
};
use crate::id::{Actor, EventId};
use crate::payload::{TEXT_BYTES_MAX, TEXTS_PER_EVENT_MAX};
use crate::subject::Subject;
use crate::term::{AssignmentAttribute, AssignmentChange, NumberBasis, Reporting, TextBasis};

use super::{Known, KnownEvent, Refusal, acts, redact, register_of};

/// Checks the data of an event against its subject and against what is known.
pub(super) fn data(
    known: &impl Known,
    actor: &Actor,
    subject: &Subject,
    data: &Data<String>,
) -> Result<(), Refusal> {
    subject_fits(subject, data)?;
    subject_exists(known, subject, data)?;
    texts(data)?;
    data.source().map_or(Ok(()), lines)?;
    data.effective().map_or(Ok(()), interval)?;
    match data {
        Data::RegisterOpened(opened) => {
            opened.vocabulary.check().map_err(|source| Refusal::Vocabulary { source })
        }
        Data::VocabularyRevised(revised) => match subject.register() {
            Some(register) => acts::vocabulary(known, register, &revised.vocabulary),
            None => Ok(()),
        },
        Data::RecommendationRegistered(row) => registration(row),
        Data::StatusReported(status) => status_value(known, subject, status),
        Data::StatusVerified(finding) => verification(known, actor, subject, finding),
        Data::AssignmentChanged(assignment) => assign(known, subject, assignment),
        Data::EventCorrected(correction) => correct(known, subject, correction),
        Data::EventRetracted(retraction) => retract(known, subject, retraction.target),
        Data::TextRedacted(redaction) => redact::check_redaction(known, subject, redaction),
        Data::HoldLifted(lifting) => redact::lifting(known, subject, lifting),
        Data::RecommendationAmended(amended) => acts::amendment(amended),
        Data::EvidenceAttached(evidence) => acts::evidence(known, subject, evidence),
        Data::ClaimRecorded(claim) => acts::claim(claim),
        Data::ReviewPerformed(review) => acts::review(known, review),
        _ => Ok(()),
    }
}

/// Which types can be said about which subjects.
fn subject_fits(subject: &Subject, data: &Data<String>) -> Result<(), Refusal> {
    let fits = match data {
        Data::RegisterOpened(_) | Data::VocabularyRevised(_) => matches!(subject, Subject::Register(_)),
        Data::SourceReceived(source) => {
            matches!(subject, Subject::Source(_, digest) if *digest == source.sha256)
        }
        Data::FragmentQuarantined(fragment) => {
            matches!(subject, Subject::Source(_, digest) if *digest == fragment.source.sha256)
        }
        Data::RecommendationRegistered(row) => {
            matches!(subject, Subject::Recommendation(_, key) if *key == row.key)
        }
        Data::RecommendationAmended(_)
        | Data::StatusReported(_)
        | Data::StatusVerified(_)
        | Data::NoteRecorded(_)
        | Data::EvidenceAttached(_)
        | Data::AssignmentChanged(_) => matches!(subject, Subject::Recommendation(..)),
        Data::ClaimRecorded(_) => matches!(subject, Subject::Claim(..)),
        Data::ReviewPerformed(_) => matches!(subject, Subject::Review(..)),
        Data::EventCorrected(_) | Data::EventRetracted(_) | Data::TextRedacted(_) => true,
        Data::HoldPlaced(_) | Data::HoldLifted(_) => {
            matches!(subject, Subject::Recommendation(..) | Subject::Source(..) | Subject::Register(_))
        }
        Data::AccessGranted(_)
        | Data::AccessRevoked(_)
        | Data::KeyChanged(_)
        | Data::ClockOverridden(_)
        | Data::LogContinued(_) => *subject == Subject::Log,
    };
    if fits { Ok(()) } else { Err(Refusal::WrongSubject { subject: subject.clone() }) }
}

/// The first event of a subject must be the one that opens it, and no later one may be.
fn subject_exists(known: &impl Known, subject: &Subject, data: &Data<String>) -> Result<(), Refusal> {
    let opens = matches!(
        data,
        Data::RegisterOpened(_)
            | Data::SourceReceived(_)
            | Data::RecommendationRegistered(_)
            | Data::ClaimRecorded(_)
            | Data::ReviewPerformed(_)
    );
    if !matches!(subject, Subject::Log | Subject::Register(_)) {
        register_of(known, subject)?;
    }
    let exists = known.version(subject) > 0;
    match (opens, exists) {
        (true, true) => Err(Refusal::AlreadyThere { subject: subject.clone() }),
        (false, false) if *subject != Subject::Log => match (subject, subject.register()) {
            (Subject::Register(_), Some(register)) => {
                Err(Refusal::UnknownRegister { register: register.clone() })
            }
            _ => Err(Refusal::UnknownSubject { subject: subject.clone() }),
        },
        _ => Ok(()),
    }
}

fn texts(data: &Data<String>) -> Result<(), Refusal> {
    let texts = data.texts();
    if texts.len() > TEXTS_PER_EVENT_MAX {
        return Err(Refusal::TooManyTexts { count: texts.len() });
    }
    for text in texts {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::TextTooLong { bytes: text.len() });
        }
        if let Some(at) = text.find('\0') {
            return Err(Refusal::TextWithNul { at });
        }
    }
    if data.reason().is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Refusal::Blank { what: "the reason" });
    }
    let (what, text) = match data {
        Data::NoteRecorded(note) => ("the note", Some(&note.text)),
        Data::ClaimRecorded(claim) => ("the claim", Some(&claim.text)),
        Data::RegisterOpened(register) => ("the title", Some(&register.title)),
        Data::SourceReceived(source) => ("the title", Some(&source.title)),
        Data::ReviewPerformed(review) => ("the findings", Some(&review.findings)),
        Data::TextRedacted(redaction) => ("the authority", Some(&redaction.authority)),
        Data::HoldPlaced(hold) => ("the authority", Some(&hold.authority)),
        Data::EventCorrected(correction) => ("the corrected text", correction.text.as_ref()),
        Data::RecommendationRegistered(row) => ("the text", row.text.as_ref()),
        Data::RecommendationAmended(row) => ("the text", row.text.as_ref()),
        _ => ("", None),
    };
    if text.is_some_and(|text| text.trim().is_empty()) { Err(Refusal::Blank { what }) } else { Ok(()) }
}

fn lines(source: &SourceLines) -> Result<(), Refusal> {
    if source.lines.iter().all(|&(first, last)| 1 <= first && first <= last) {
        Ok(())
    } else {
        Err(Refusal::Inconsistent { what: "source lines count from 1 and end after they begin" })
    }
}

fn interval(effective: &Effective<String>) -> Result<(), Refusal> {
    if effective.is_consistent() {
        Ok(())
    } else {
        Err(Refusal::Inconsistent { what: "the effective interval does not fit its precision and basis" })
    }
}

fn registration(row: &RecommendationRegistered<String>) -> Result<(), Refusal> {
    if row.text.is_none() != (row.text_basis == TextBasis::Unknown) {
        return Err(Refusal::Inconsistent { what: "a text is absent exactly where its basis is unknown" });
    }
    if row.number_basis == NumberBasis::Printed && row.number.is_none() && row.number_printed.is_none() {
        return Err(Refusal::Inconsistent { what: "a printed number must be there" });
    }
    Ok(())
}

fn status_value(
    known: &impl Known,
    subject: &Subject,
    status: &StatusReported<String>,
) -> Result<(), Refusal> {
    let vocabulary = register_of(known, subject)?.vocabulary;
    let Some(label) = &status.label else {
        return if status.reporting == Reporting::Unknown && status.state.is_none() {
            Ok(())
        } else {
            Err(Refusal::Inconsistent {
                what: "a status without a label says nothing: its reporting is unknown",
            })
        };
    };
    let meaning = vocabulary.meaning(label.as_str()).ok_or_else(|| Refusal::UnknownLabel {
        label: label.to_string(),
        nearest: vocabulary.nearest(label.as_str()).map(ToString::to_string),
    })?;
    if meaning.reporting == status.reporting && meaning.state == status.state {
        Ok(())
    } else {
        Err(Refusal::Inconsistent {
            what: "the label means another state or reporting in the register's vocabulary",
        })
    }
}

fn verification(
    known: &impl Known,
    actor: &Actor,
    subject: &Subject,
    finding: &StatusVerified<String>,
) -> Result<(), Refusal> {
    let claim = in_force(known, subject, finding.claim)?;
    if claim.kind != EventKind::StatusReported {
        return Err(Refusal::WrongKind {
            event: finding.claim,
            kind: claim.kind,
            what: "a finding judges a reported status",
        });
    }
    if claim.actors.contains(actor) {
        return Err(Refusal::OwnClaim { actor: actor.clone(), claim: finding.claim });
    }
    let vocabulary = register_of(known, subject)?.vocabulary;
    if let Some(state) = finding.state.as_ref().filter(|state| vocabulary.order(state).is_none()) {
        return Err(Refusal::UnknownState { state: state.clone() });
    }
    for evidence in &finding.evidence {
        in_force(known, subject, *evidence)?;
    }
    Ok(())
}

fn assign(
    known: &impl Known,
    subject: &Subject,
    assignment: &AssignmentChanged<String>,
) -> Result<(), Refusal> {
    use AssignmentAttribute::{Category, Dependency, Owner, TargetDate};
    let given = (assignment.value.is_some(), assignment.target.is_some(), assignment.dependency.is_some());
    let fits = match (assignment.change, assignment.attribute) {
        (AssignmentChange::Set, Owner | Category) => given == (true, false, false),
        (AssignmentChange::Set, TargetDate) => given == (false, true, false),
        (AssignmentChange::Set, Dependency) => given == (false, false, true),
        // Clearing without naming one clears them all.
        (AssignmentChange::Cleared, Dependency) => (given.0, given.1) == (false, false),
        (AssignmentChange::Cleared, _) => given == (false, false, false),
    };
    if !fits {
        return Err(Refusal::Inconsistent { what: "the assignment's value does not fit its attribute" });
    }
    if let (Some(awaited), Subject::Recommendation(register, waiting)) = (&assignment.dependency, subject) {
        let other = Subject::Recommendation(register.clone(), awaited.clone());
        if known.version(&other) == 0 {
            return Err(Refusal::UnknownSubject { subject: other });
        }
        if assignment.change == AssignmentChange::Set {
            acts::dependency(known, register, waiting, awaited)?;
        }
    }
    if assignment.value.as_ref().is_some_and(|value| value.trim().is_empty()) {
        return Err(Refusal::Blank { what: "the owner or category" });
    }
    assignment.target.as_ref().map_or(Ok(()), interval)
}

fn correct(
    known: &impl Known,
    subject: &Subject,
    correction: &EventCorrected<String>,
) -> Result<(), Refusal> {
    let event = correction.target;
    let target = in_force(known, subject, event)?;
    let wrong = |what| Err(Refusal::WrongKind { event, kind: target.kind, what });
    match target.kind {
        EventKind::StatusReported if correction.text.is_some() => {
            return wrong("it has a label and a date, but no text");
        }
        EventKind::NoteRecorded if correction.status.is_some() => {
            return wrong("it has a text and a date, but no label");
        }
        EventKind::StatusReported | EventKind::NoteRecorded => {}
        EventKind::RecommendationRegistered => {
            return wrong("a recommendation's own text is amended, not corrected");
        }
        _ => return wrong("only a reported status or a note can be corrected; retract it instead"),
    }
    let same_status = correction.status.is_none() || correction.status == target.status;
    if same_status && correction.text.is_none() && correction.effective.is_none() {
        return Err(Refusal::NothingChanges { event });
    }
    Ok(())
}

fn retract(known: &impl Known, subject: &Subject, event: EventId) -> Result<(), Refusal> {
    let target = in_force(known, subject, event)?;
    match target.kind {
        EventKind::RecommendationAmended
        | EventKind::StatusReported
        | EventKind::StatusVerified
        | EventKind::NoteRecorded
        | EventKind::EvidenceAttached
        | EventKind::AssignmentChanged
        | EventKind::ClaimRecorded
        | EventKind::ReviewPerformed
        | EventKind::FragmentQuarantined
        | EventKind::EventCorrected
        | EventKind::EventRetracted => Ok(()),
        kind => Err(Refusal::WrongKind { event, kind, what: "it cannot be withdrawn" }),
    }
}

pub(super) fn in_force(known: &impl Known, subject: &Subject, event: EventId) -> Result<KnownEvent, Refusal> {
    let found = known.event(event).ok_or(Refusal::UnknownEvent { event })?;
    about(&found, subject, event)?;
    if found.in_force { Ok(found) } else { Err(Refusal::NotInForce { event }) }
}

pub(super) fn about(found: &KnownEvent, subject: &Subject, event: EventId) -> Result<(), Refusal> {
    if found.subject == *subject {
        Ok(())
    } else {
        Err(Refusal::OtherSubject {
            event,
            found: Box::new(found.subject.clone()),
            subject: Box::new(subject.clone()),
        })
    }
}
