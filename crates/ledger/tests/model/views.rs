//! The JSON of the parts of an answer (DESIGN section 10), written out by hand from what the model holds.

use docket_domain::event::{
    EventCorrected, EvidenceAttached, NoteRecorded, RecommendationAmended, RecommendationRegistered,
    SourceLines, StatusReported,
};
use docket_domain::term::Reporting;
use docket_domain::{Asserter, Data, Effective, Label, StateName, Vocabulary};
use serde_json::{Value, json};

use crate::facts::{Fact, Known, REDACTED, effective, target};
use crate::status::{NumberAndText, Statement};

/// A text: its words, or what a redaction left of them.
pub(crate) fn text(words: &str) -> Value {
    match words.strip_prefix(REDACTED) {
        Some(digest) => json!({ "redacted": digest }),
        None => json!(words),
    }
}

pub(crate) fn text_if(words: Option<&String>) -> Value {
    words.map_or(Value::Null, |words| text(words))
}

/// A value as it prints itself, or null.
pub(crate) fn shown<T: ToString>(value: Option<&T>) -> Value {
    value.map_or(Value::Null, |value| json!(value.to_string()))
}

pub(crate) fn interval(effective: &Effective<String>) -> Value {
    json!({
        "from": shown(effective.from.as_ref()),
        "to": shown(effective.to.as_ref()),
        "precision": effective.precision.as_str(),
        "phrase": text_if(effective.phrase.as_ref()),
        "basis": effective.basis.as_str(),
    })
}

pub(crate) fn lines(source: Option<&SourceLines>) -> Value {
    source.map_or(Value::Null, |source| json!({ "sha256": source.sha256.to_string(), "lines": source.lines }))
}

/// `{id, index, type, subject, version, name}`.
pub(crate) fn reference(fact: &Fact) -> Value {
    let name = fact.subject.key().map(|key| format!("{key}@{}", fact.version));
    json!({
        "event": fact.id.to_string(),
        "index": fact.index,
        "type": fact.kind().short(),
        "subject": fact.subject.to_string(),
        "version": fact.version,
        "name": name,
    })
}

/// One object with the keys of both.
pub(crate) fn merged(first: Value, second: Value) -> Value {
    let (Value::Object(mut first), Value::Object(second)) = (first, second) else { unreachable!() };
    first.extend(second);
    Value::Object(first)
}

/// On whose word, for types that say so.
pub(crate) fn asserter(data: &Data<String>) -> Option<&Asserter> {
    match data {
        Data::RegisterOpened(it) => Some(&it.publisher),
        Data::SourceReceived(it) => Some(&it.publisher),
        Data::StatusReported(it) => Some(&it.asserter),
        Data::StatusVerified(it) => Some(&it.asserter),
        Data::NoteRecorded(it) => Some(&it.asserter),
        Data::EvidenceAttached(it) => Some(&it.asserter),
        Data::AssignmentChanged(it) => Some(&it.asserter),
        Data::ClaimRecorded(it) => Some(&it.asserter),
        Data::ReviewPerformed(it) => Some(&it.asserter),
        _ => None,
    }
}

/// From which lines, for types that say so.
pub(crate) fn source_of(data: &Data<String>) -> Option<&SourceLines> {
    match data {
        Data::RecommendationRegistered(it) => it.source.as_ref(),
        Data::RecommendationAmended(it) => it.source.as_ref(),
        Data::StatusReported(it) => it.source.as_ref(),
        Data::NoteRecorded(it) => it.source.as_ref(),
        Data::AssignmentChanged(it) => it.source.as_ref(),
        Data::FragmentQuarantined(it) => Some(&it.source),
        Data::EventCorrected(it) => it.source.as_ref(),
        _ => None,
    }
}

/// Why, for types that say so.
pub(crate) fn reason(data: &Data<String>) -> Option<&String> {
    match data {
        Data::StatusReported(it) => it.reason.as_ref(),
        Data::NoteRecorded(it) => it.reason.as_ref(),
        Data::AssignmentChanged(it) => it.reason.as_ref(),
        Data::VocabularyRevised(it) => Some(&it.reason),
        Data::RecommendationAmended(it) => Some(&it.reason),
        Data::FragmentQuarantined(it) => Some(&it.reason),
        Data::EventCorrected(it) => Some(&it.reason),
        Data::EventRetracted(it) => Some(&it.reason),
        Data::TextRedacted(it) => Some(&it.reason),
        Data::HoldPlaced(it) => Some(&it.reason),
        Data::HoldLifted(it) => Some(&it.reason),
        _ => None,
    }
}

/// Where it can be read; evidence says so in its content.
fn source_url(data: &Data<String>) -> Option<&String> {
    match data {
        Data::RecommendationAmended(it) => it.source_url.as_ref(),
        Data::StatusReported(it) => it.source_url.as_ref(),
        Data::StatusVerified(it) => it.source_url.as_ref(),
        Data::NoteRecorded(it) => it.source_url.as_ref(),
        Data::ClaimRecorded(it) => it.source_url.as_ref(),
        Data::EventCorrected(it) => it.source_url.as_ref(),
        _ => None,
    }
}

fn status_value(label: Option<&Label>, state: Option<&StateName>, reporting: Reporting) -> Value {
    json!({ "label": shown(label), "state": shown(state), "reporting": reporting.as_str() })
}

pub(crate) fn words(vocabulary: &Vocabulary) -> Value {
    let labels = vocabulary
        .labels
        .iter()
        .map(|meaning| status_value(Some(&meaning.label), meaning.state.as_ref(), meaning.reporting));
    let states = vocabulary.states.iter().map(
        |state| json!({ "state": state.name.to_string(), "order": state.order, "closed": state.closed }),
    );
    json!({ "labels": labels.collect::<Vec<_>>(), "states": states.collect::<Vec<_>>() })
}

pub(crate) fn registered(it: &RecommendationRegistered<String>) -> Value {
    json!({
        "number": it.number, "number_basis": it.number_basis.as_str(), "number_printed": it.number_printed,
        "text": text_if(it.text.as_ref()), "text_basis": it.text_basis.as_str(),
    })
}

pub(crate) fn amended(it: &RecommendationAmended<String>) -> Value {
    json!({
        "number": it.number, "number_basis": shown(it.number_basis.as_ref()), "number_printed": it.number_printed,
        "text": text_if(it.text.as_ref()), "text_basis": shown(it.text_basis.as_ref()),
    })
}

pub(crate) fn number_and_text(it: &NumberAndText) -> Value {
    json!({
        "number": it.number, "number_basis": it.number_basis.as_str(), "number_printed": it.number_printed,
        "text": text_if(it.text.as_ref()), "text_basis": it.text_basis.as_str(),
    })
}

pub(crate) fn evidence(it: &EvidenceAttached<String>) -> Value {
    json!({
        "title": text_if(it.title.as_ref()), "url": text_if(it.url.as_ref()), "sha256": shown(it.sha256.as_ref()),
        "size": it.size, "media_type": it.media_type, "supports": shown(it.event.as_ref()),
    })
}

pub(crate) fn assigned(it: &docket_domain::event::AssignmentChanged<String>) -> Value {
    json!({
        "attribute": it.attribute.as_str(), "change": it.change.as_str(), "value": text_if(it.value.as_ref()),
        "target": it.target.as_ref().map(interval), "dependency": shown(it.dependency.as_ref()),
    })
}

/// The note that another says it repeats (docs/decisions/008).
pub(crate) fn repeats(reason: Option<&String>) -> Option<&str> {
    reason?.strip_prefix("repeats event ")?.strip_suffix(" word for word")
}

fn note(it: &NoteRecorded<String>) -> Value {
    let mut said =
        json!({ "text": text(&it.text), "role": it.role.as_str(), "visibility": it.visibility.as_str() });
    if let Some(event) = repeats(it.reason.as_ref()) {
        said["repeats"] = json!(event);
    }
    said
}

fn correction(it: &EventCorrected<String>) -> Value {
    let status = it.status.as_ref();
    json!({
        "target": it.target.to_string(),
        "status": status.map(|it| status_value(it.label.as_ref(), it.state.as_ref(), it.reporting)),
        "text": text_if(it.text.as_ref()),
        "effective": it.effective.as_ref().map(interval),
    })
}

/// What an event says, without what every entry gives beside it.
pub(crate) fn content(data: &Data<String>) -> Value {
    match data {
        Data::RegisterOpened(it) => json!({
            "title": text(&it.title), "time_zone": it.time_zone.name(), "expected_count": it.expected_count,
            "vocabulary": words(&it.vocabulary),
        }),
        Data::VocabularyRevised(it) => words(&it.vocabulary),
        Data::SourceReceived(it) => json!({
            "title": text(&it.title), "sha256": it.sha256.to_string(), "size": it.size, "media_type": it.media_type,
            "derivation": text_if(it.derivation.as_ref()),
        }),
        Data::RecommendationRegistered(it) => registered(it),
        Data::RecommendationAmended(it) => amended(it),
        Data::StatusReported(it) => status_value(it.label.as_ref(), it.state.as_ref(), it.reporting),
        Data::StatusVerified(it) => json!({
            "claim": it.claim.to_string(), "agrees": it.agrees, "state": shown(it.state.as_ref()),
            "comment": text_if(it.comment.as_ref()),
            "evidence": it.evidence.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Data::NoteRecorded(it) => note(it),
        Data::EvidenceAttached(it) => evidence(it),
        Data::AssignmentChanged(it) => assigned(it),
        Data::ClaimRecorded(it) => {
            let figures = it.figures.iter().map(|it| json!({ "name": it.name, "value": it.value }));
            json!({ "text": text(&it.text), "figures": figures.collect::<Vec<_>>() })
        }
        Data::ReviewPerformed(it) => json!({
            "findings": text(&it.findings), "from_index": it.from_index, "to_index": it.to_index,
        }),
        Data::FragmentQuarantined(it) => json!({ "text": text(&it.text) }),
        Data::EventCorrected(it) => correction(it),
        Data::EventRetracted(it) => json!({ "target": it.target.to_string() }),
        Data::TextRedacted(it) => json!({
            "target": it.target.to_string(), "field": it.field, "blob": shown(it.blob.as_ref()),
            "authority": text(&it.authority),
        }),
        Data::HoldPlaced(it) => json!({ "authority": text(&it.authority) }),
        Data::HoldLifted(it) => json!({ "target": it.target.to_string() }),
        other => panic!("no test records a {}", other.kind().short()),
    }
}

impl Known<'_> {
    /// A correction, retraction or redaction, beside what it speaks about.
    pub(crate) fn mark(self, fact: &Fact) -> Value {
        merged(
            reference(fact),
            json!({
                "recorded_at": fact.recorded_at.to_string(), "actor": fact.actor.to_string(),
                "in_force": self.in_force(fact), "says": content(&fact.data),
                "reason": text_if(reason(&fact.data)),
            }),
        )
    }

    pub(crate) fn marks(self, facts: &[&Fact]) -> Value {
        json!(facts.iter().map(|fact| self.mark(fact)).collect::<Vec<_>>())
    }

    /// The last of these statements, with the state that they leave standing.
    pub(crate) fn statement(self, statements: &[Statement<'_>]) -> Value {
        let Some((fact, it)) = statements.last() else { return Value::Null };
        let state = Self::state(statements);
        let StatusReported { effective, label, reporting, .. } = it;
        json!({
            "label": shown(label.as_ref()),
            "state": shown(state.as_ref().map(|(state, _)| state)),
            "state_event": shown(state.as_ref().map(|(_, event)| event)),
            "reporting": reporting.as_str(),
            "effective": interval(effective),
            "event": fact.id.to_string(),
            "recorded_at": fact.recorded_at.to_string(),
            "actor": fact.actor.to_string(),
            "asserted_by": it.asserter.to_string(),
            "version": fact.version,
            "inferred": effective.basis.as_str() == "inferred",
            "regress": it.regress,
            "reason": text_if(it.reason.as_ref()),
            "source_url": text_if(it.source_url.as_ref()),
            "source": lines(it.source.as_ref()),
            "corrected": self.marks(&self.corrections(fact)),
        })
    }

    /// An entry of a timeline.
    pub(crate) fn entry(self, fact: &Fact) -> Value {
        let root = matches!(&fact.data, Data::EventCorrected(_) | Data::EventRetracted(_));
        let marks = |other: &&Fact| {
            let about = matches!(
                other.data,
                Data::EventCorrected(_) | Data::EventRetracted(_) | Data::TextRedacted(_)
            );
            about && target(&other.data) == Some(fact.id)
        };
        let marks: Vec<&Fact> = self.0.iter().filter(marks).collect();
        let own = &self.0[fact.index];
        merged(
            reference(fact),
            json!({
                "recorded_at": fact.recorded_at.to_string(),
                "actor": fact.actor.to_string(),
                "actor_basis": "os",
                "asserted_by": shown(asserter(&fact.data)),
                "effective": effective(&fact.data).map(interval),
                "source": lines(source_of(&fact.data)),
                "source_url": text_if(source_url(&fact.data)),
                "reason": text_if(reason(&fact.data)),
                "in_force": self.in_force(fact),
                "regress": matches!(&fact.data, Data::StatusReported(status) if status.regress),
                "says": content(&fact.data),
                "target": target(&fact.data).map(|target| reference(self.event(target).unwrap())),
                "root": root.then(|| reference(self.root(own))),
                "change": self.change(own),
                "marks": self.marks(&marks),
            }),
        )
    }

    /// Old and new: as known just before the event, and just after it.
    fn change(self, fact: &Fact) -> Value {
        let root = self.root(fact);
        let (before, after) = (self.first(fact.index), self.first(fact.index + 1));
        let held = |known: Known<'_>| match &root.data {
            Data::StatusReported(_) => known.held_at_the_place_of(root),
            Data::RecommendationRegistered(_) | Data::RecommendationAmended(_) => {
                known.number_and_text(&root.subject).map_or(Value::Null, |held| number_and_text(&held))
            }
            Data::RegisterOpened(_) | Data::VocabularyRevised(_) => {
                known.vocabulary(root.subject.register().unwrap()).map_or(Value::Null, words)
            }
            _ if root.index < known.0.len() && known.in_force(root) => content(&known.content(root)),
            _ => Value::Null,
        };
        match &root.data {
            Data::TextRedacted(_) => Value::Null,
            _ => json!({ "before": held(before), "after": held(after) }),
        }
    }

    /// The statement that holds at the place of a status in the order of its subject: itself, if it is known and in force.
    fn held_at_the_place_of(self, status: &Fact) -> Value {
        let Data::StatusReported(own) = self.content(status) else { unreachable!() };
        let mut statements = self.statements(&status.subject);
        statements.retain(|(fact, it)| (it.effective.from, fact.index) <= (own.effective.from, status.index));
        self.statement(&statements)
    }
}
