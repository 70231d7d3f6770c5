//! What a source calls for, against what the log holds: what is missing, what is the same, and what has changed.

use std::collections::{HashMap, HashSet};

use docket_domain::effective::Effective;
use docket_domain::event::{EventRetracted, NoteRecorded, RecommendationAmended, RecommendationRegistered};
use docket_domain::{Action, Change, Command, Data, EventId, EventKind, Label, Step, Subject};
use docket_log::seal::{ResolvedText, SealedText};
use docket_projection::{Knowledge, TextRef};
use uuid::Uuid;

use super::expected::{Expected, ExpectedStep};
use super::{Importer, Prepared};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// The reason of every correction that an import records.
const REASON: &str = "the source was read again with another curation";

/// Something that the log holds otherwise than the source now reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: "note 1 of 74".
    pub what: String,
    /// The event that differs.
    pub event: Option<EventId>,
    /// What the log holds.
    pub recorded: String,
    /// What the source now reads.
    pub now: String,
}

/// A difference with the step that corrects it.
pub(super) struct Correction {
    pub(super) difference: Difference,
    step: Step,
}

impl Correction {
    pub(super) fn command(&self, importer: &Importer, ordinal: usize) -> Command {
        let name = format!("{}/{ordinal}", self.step.event);
        Command {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).into(),
            actor: importer.actor.clone(),
            actor_basis: importer.actor_basis,
            steps: vec![self.step.clone()],
        }
    }
}

#[derive(Default)]
pub(super) struct Compared {
    pub(super) missing: HashSet<EventId>,
    pub(super) unchanged: u64,
    pub(super) corrections: Vec<Correction>,
    pub(super) open: Vec<Difference>,
}

/// Compares everything that the source calls for with the log.
pub(super) fn compare(
    reader: &Reader,
    prepared: &Prepared,
    wanted: &[Expected],
) -> Result<Compared, LedgerError> {
    let size = reader.size();
    reader.ask(|projection| compare_with(projection.knowledge(size), reader, prepared, wanted))?
}

fn compare_with(
    knowledge: Knowledge<'_, SealedText>,
    reader: &Reader,
    prepared: &Prepared,
    wanted: &[Expected],
) -> Result<Compared, LedgerError> {
    let mut comparison = Comparison { reader, knowledge, words: HashMap::new(), result: Compared::default() };
    let steps: Vec<&ExpectedStep> = wanted.iter().flat_map(|group| &group.steps).collect();
    for step in &steps {
        comparison.step(step)?;
    }
    let ids: HashSet<EventId> = steps.iter().map(|step| step.step.event).collect();
    comparison.vanished(prepared, &ids);
    Ok(comparison.result)
}

struct Comparison<'a> {
    reader: &'a Reader,
    knowledge: Knowledge<'a, SealedText>,
    words: HashMap<u64, Vec<ResolvedText>>,
    result: Compared,
}

impl Comparison<'_> {
    fn step(&mut self, expected: &ExpectedStep) -> Result<(), LedgerError> {
        let step = &expected.step;
        match &step.action {
            Action::Record(Data::RegisterOpened(opened)) if self.knowledge.version(&step.subject) > 0 => {
                self.vocabulary(&step.subject, &opened.vocabulary);
                self.result.unchanged += 1;
                Ok(())
            }
            Action::Record(Data::RecommendationRegistered(row))
                if self.knowledge.version(&step.subject) > 0 =>
            {
                self.registration(expected, row)
            }
            _ => match self.knowledge.event(step.event).map(|event| event.index) {
                None => {
                    self.result.missing.insert(step.event);
                    Ok(())
                }
                Some(index) => self.recorded(expected, index),
            },
        }
    }

    /// An event that is recorded already: does it still say what the source reads?
    fn recorded(&mut self, expected: &ExpectedStep, index: u64) -> Result<(), LedgerError> {
        let content = self.knowledge.content(index);
        // What was withdrawn stays withdrawn.
        if !self.knowledge.in_force(index) {
            self.result.unchanged += 1;
            return Ok(());
        }
        match (&expected.step.action, content) {
            (Action::ReportStatus(report), Some(Data::StatusReported(status))) => {
                let interval =
                    report.effective.as_ref().filter(|given| !same_interval(given, &status.effective));
                let label = Some(&report.label).filter(|label| Some(*label) != status.label.as_ref());
                if interval.is_some() || label.is_some() {
                    let recorded = status.label.as_ref().map_or("unknown", Label::as_str).to_owned();
                    let change = Change {
                        label: label.cloned(),
                        effective: interval.cloned(),
                        ..nothing_but_the_reason(expected.step.event)
                    };
                    self.correct(expected, recorded, report.label.to_string(), change);
                    return Ok(());
                }
            }
            (Action::Record(Data::StatusReported(_)), Some(Data::StatusReported(status))) => {
                if let Some(label) = status.label {
                    self.retract(
                        expected.step.event,
                        &expected.step.subject,
                        expected.what.clone(),
                        label.to_string(),
                    );
                    return Ok(());
                }
            }
            (Action::Record(Data::NoteRecorded(note)), Some(Data::NoteRecorded(recorded))) => {
                return self.note(expected, note, &recorded);
            }
            _ => {}
        }
        self.result.unchanged += 1;
        Ok(())
    }

    fn note(
        &mut self,
        expected: &ExpectedStep,
        note: &NoteRecorded<String>,
        recorded: &NoteRecorded<TextRef<SealedText>>,
    ) -> Result<(), LedgerError> {
        let words = self.words(&recorded.text)?;
        let same_text =
            matches!(&words, ResolvedText::Redacted(_)) || words == ResolvedText::Words(note.text.clone());
        let interval = Some(&note.effective).filter(|given| !same_interval(given, &recorded.effective));
        if note.role != recorded.role {
            self.result.open.push(Difference {
                what: format!("role of {}", expected.what),
                event: Some(expected.step.event),
                recorded: recorded.role.to_string(),
                now: note.role.to_string(),
            });
        } else if same_text && interval.is_none() {
            self.result.unchanged += 1;
        } else {
            let change = Change {
                text: (!same_text).then(|| note.text.clone()),
                effective: interval.cloned(),
                ..nothing_but_the_reason(expected.step.event)
            };
            self.correct(expected, shown(&words), note.text.clone(), change);
        }
        Ok(())
    }

    /// A row that is registered already: amended where this source registered it, left for a person where another one did.
    fn registration(
        &mut self,
        expected: &ExpectedStep,
        row: &RecommendationRegistered<String>,
    ) -> Result<(), LedgerError> {
        let subject = &expected.step.subject;
        let Some(facts) = self.knowledge.recommendation_facts(subject) else { return Ok(()) };
        let recorded = facts.text.as_ref().map(|text| self.words(text)).transpose()?;
        let same_text = match &recorded {
            Some(ResolvedText::Redacted(_)) => true,
            Some(ResolvedText::Words(words)) => row.text.as_ref() == Some(words),
            None => row.text.is_none(),
        };
        let same_number = facts.number == row.number && facts.number_basis == row.number_basis;
        let own = self.knowledge.event(expected.step.event).is_some();
        // A text of another source says nothing about a row that this one has lost, and the other way round.
        if (same_text && same_number) || (!own && (row.text.is_none() || same_text)) {
            self.result.unchanged += 1;
            return Ok(());
        }
        let difference = Difference {
            what: format!("text or number of {}", expected.what),
            event: Some(expected.step.event).filter(|_| own),
            recorded: recorded.as_ref().map_or_else(|| "unknown".to_owned(), shown),
            now: row.text.clone().unwrap_or_else(|| "unknown".to_owned()),
        };
        if !own || (row.text.is_none() && !same_text) {
            self.result.open.push(difference);
            return Ok(());
        }
        let amendment = Data::RecommendationAmended(RecommendationAmended {
            number: row.number.filter(|_| !same_number),
            number_basis: Some(row.number_basis).filter(|_| !same_number),
            number_printed: row.number_printed.clone().filter(|_| !same_number),
            reason: REASON.to_owned(),
            source: row.source.clone(),
            source_url: None,
            text: row.text.clone().filter(|_| !same_text),
            text_basis: Some(row.text_basis).filter(|_| !same_text),
        });
        let step = self.corrective(expected.step.event, subject, Action::Record(amendment));
        self.result.corrections.push(Correction { difference, step });
        Ok(())
    }

    fn vocabulary(&mut self, subject: &Subject, stated: &docket_domain::Vocabulary) {
        let known = subject.register().and_then(|register| self.knowledge.vocabulary(register));
        for meaning in &stated.labels {
            let found = known.and_then(|vocabulary| vocabulary.meaning(meaning.label.as_str()));
            if found != Some(meaning) {
                let state = |state: Option<&docket_domain::StateName>| {
                    state.map_or("no state", |state| state.as_str()).to_owned()
                };
                self.result.open.push(Difference {
                    what: format!("label {:?} of the vocabulary", meaning.label.as_str()),
                    event: None,
                    recorded: found
                        .map_or_else(|| "not in it".to_owned(), |found| state(found.state.as_ref())),
                    now: state(meaning.state.as_ref()),
                });
            }
        }
    }

    /// Events that an earlier import of this document recorded and that it no longer calls for.
    fn vanished(&mut self, prepared: &Prepared, wanted: &HashSet<EventId>) {
        let subjects: Vec<Subject> = self
            .knowledge
            .recommendation_keys(&prepared.register)
            .into_iter()
            .map(|key| Subject::Recommendation(prepared.register.clone(), key))
            .chain([Subject::Source(prepared.register.clone(), prepared.sha256)])
            .collect();
        for subject in subjects {
            let gone: Vec<(EventId, EventKind)> = self
                .knowledge
                .events_of(&subject)
                .filter(|event| is_imported(event.id) && !wanted.contains(&event.id))
                .filter(|event| event.data.source().is_some_and(|source| source.sha256 == prepared.sha256))
                .filter(|event| self.knowledge.in_force(event.index))
                .map(|event| (event.id, event.data.kind()))
                .collect();
            for (event, kind) in gone {
                let retractable = matches!(
                    kind,
                    EventKind::StatusReported | EventKind::NoteRecorded | EventKind::FragmentQuarantined
                );
                if retractable {
                    self.retract(
                        event,
                        &subject,
                        format!("{} of {subject}", kind.short()),
                        "recorded".to_owned(),
                    );
                }
            }
        }
    }

    fn correct(&mut self, expected: &ExpectedStep, recorded: String, now: String, change: Change) {
        let event = expected.step.event;
        let step = self.corrective(event, &expected.step.subject, Action::Correct(change));
        let difference = Difference { what: expected.what.clone(), event: Some(event), recorded, now };
        self.result.corrections.push(Correction { difference, step });
    }

    fn retract(&mut self, event: EventId, subject: &Subject, what: String, recorded: String) {
        let retraction = EventRetracted { reason: REASON.to_owned(), target: event };
        let step = self.corrective(event, subject, Action::Record(Data::EventRetracted(retraction)));
        let difference = Difference {
            what,
            event: Some(event),
            recorded,
            now: "no longer read from the source".to_owned(),
        };
        self.result.corrections.push(Correction { difference, step });
    }

    /// The step of a correction: its id follows from what it corrects and from the version that it finds.
    fn corrective(&self, target: EventId, subject: &Subject, action: Action) -> Step {
        let version = self.knowledge.version(subject);
        let ordinal = self.result.corrections.len();
        let name = format!("{target}/corrected/{version}/{ordinal}");
        Step {
            event: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).into(),
            subject: subject.clone(),
            expect_version: None,
            action,
        }
    }

    fn words(&mut self, text: &TextRef<SealedText>) -> Result<ResolvedText, LedgerError> {
        let words = match self.words.entry(text.event_index) {
            std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(self.reader.texts(text.event_index)?)
            }
        };
        let place = usize::try_from(text.ordinal).unwrap_or(usize::MAX);
        Ok(words.get(place).cloned().unwrap_or(ResolvedText::Redacted(text.text)))
    }
}

fn nothing_but_the_reason(target: EventId) -> Change {
    Change {
        target,
        label: None,
        text: None,
        effective: None,
        reason: REASON.to_owned(),
        source_url: None,
        source: None,
    }
}

fn same_interval<T>(given: &Effective<String>, recorded: &Effective<T>) -> bool {
    use docket_domain::term::Basis;
    (given.basis == Basis::Recorded && recorded.basis == Basis::Recorded)
        || (given.basis, given.from, given.to, given.precision)
            == (recorded.basis, recorded.from, recorded.to, recorded.precision)
}

fn shown(words: &ResolvedText) -> String {
    match words {
        ResolvedText::Words(words) => words.clone(),
        ResolvedText::Redacted(_) => "redacted".to_owned(),
    }
}

/// Whether an event came from a document: its id is of version 5 (RFC 9562).
const fn is_imported(event: EventId) -> bool {
    let [_, _, _, _, _, _, version, ..] = event.to_bytes();
    version >> 4 == 5
}
