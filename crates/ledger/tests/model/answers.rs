//! Whole answers of the model: lists, pages, timelines, counts, vocabularies and changes on both clocks.

use docket_domain::term::{AssignmentAttribute, NumberBasis, Reporting};
use docket_domain::{Actor, Data, EventKind, RegisterId, Subject, Timestamp};
use serde_json::{Value, json};

use crate::facts::{Fact, Known, target, vocabulary_of};
use crate::status::{Standing, counts};
use crate::views::{
    amended, assigned, evidence, interval, lines, merged, reason, reference, registered, repeats, shown,
    text, text_if, words,
};

/// Who asks what of what is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) known: Known<'a>,
    pub(crate) register: &'a RegisterId,
    /// T of DESIGN section 2.
    pub(crate) at: Timestamp,
    pub(crate) internal: bool,
}

impl View<'_> {
    fn is_shown(self, fact: &Fact) -> bool {
        self.internal || self.known.is_public(fact)
    }

    fn subject(self, key: &docket_domain::Key) -> Subject {
        Subject::Recommendation(self.register.clone(), key.clone())
    }

    fn status(self, subject: &Subject) -> Value {
        self.known.standing(subject, self.at).map_or(Value::Null, |standing| self.stands(&standing))
    }

    fn stands(self, standing: &Standing<'_>) -> Value {
        let certainty = |is_certain| json!({ "certainty": if is_certain { "certain" } else { "possible" } });
        let mut status = merged(self.known.statement(&standing.counted), certainty(standing.is_certain));
        if let Some(last_certain) = standing.last_certain {
            status["last_certain"] =
                merged(self.known.statement(&standing.counted[..last_certain]), certainty(true));
        }
        status
    }

    fn verified(self, subject: &Subject) -> Value {
        let Some(standing) = self.known.standing(subject, self.at) else { return Value::Null };
        let (claim, _) = standing.counted.last().unwrap();
        let Some((fact, it)) = self.known.finding(claim, self.at) else { return Value::Null };
        let corrected_since =
            self.known.corrections(claim).iter().any(|correction| correction.index > fact.index);
        json!({
            "agrees": it.agrees, "state": shown(it.state.as_ref()), "event": fact.id.to_string(),
            "actor": fact.actor.to_string(), "asserted_by": it.asserter.to_string(),
            "recorded_at": fact.recorded_at.to_string(), "effective": interval(&it.effective),
            "comment": text_if(it.comment.as_ref()), "source_url": text_if(it.source_url.as_ref()),
            "evidence": it.evidence.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "claim_corrected_since": corrected_since,
        })
    }

    fn notes(self, subject: &Subject) -> Value {
        let note = |(fact, it): (&Fact, docket_domain::event::NoteRecorded<String>)| {
            let corrections = self.known.corrections(fact);
            let mut note = json!({
                "text": text(&it.text), "role": it.role.as_str(), "event": fact.id.to_string(),
                "recorded_at": fact.recorded_at.to_string(), "effective": interval(&it.effective),
                "actor": fact.actor.to_string(), "asserted_by": it.asserter.to_string(),
                "visibility": it.visibility.as_str(), "version": fact.version, "source": lines(it.source.as_ref()),
                "source_url": text_if(it.source_url.as_ref()), "reason": text_if(it.reason.as_ref()),
                "corrected": self.known.marks(&corrections),
            });
            // Words that were corrected since are no longer those of the earlier note.
            if let Some(event) = repeats(it.reason.as_ref()).filter(|_| corrections.is_empty()) {
                note["repeats"] = json!(event);
            }
            note
        };
        json!(self.known.notes(subject, self.at, self.internal).into_iter().map(note).collect::<Vec<_>>())
    }

    fn assignments(self, subject: &Subject) -> Value {
        let (mut single, mut dependencies) = (json!({}), Vec::new());
        for (attribute, name) in [
            (AssignmentAttribute::Owner, "owner"),
            (AssignmentAttribute::Category, "category"),
            (AssignmentAttribute::TargetDate, "target_date"),
        ] {
            let held = self.known.assignments(subject, self.at);
            let held = held.iter().find(|(_, it)| it.attribute == attribute);
            single[name] = held.map_or(Value::Null, |(fact, it)| assignment(fact, it));
        }
        for (fact, it) in self.known.assignments(subject, self.at) {
            if it.attribute == AssignmentAttribute::Dependency {
                dependencies.push(assignment(fact, &it));
            }
        }
        single["dependencies"] = json!(dependencies);
        single
    }

    fn evidence(self, subject: &Subject) -> Value {
        let mut all = Vec::new();
        for (fact, data) in self.known.said(subject) {
            if let Data::EvidenceAttached(it) = data
                && self.is_shown(fact)
            {
                all.push(merged(
                    evidence(&it),
                    json!({
                        "event": fact.id.to_string(), "recorded_at": fact.recorded_at.to_string(),
                        "actor": fact.actor.to_string(), "asserted_by": it.asserter.to_string(),
                    }),
                ));
            }
        }
        json!(all)
    }

    fn recommendation(self, subject: &Subject) -> Value {
        let held = self.known.number_and_text(subject).unwrap();
        let (_, printed) = self.known.registered(subject).unwrap();
        let damage = printed.damage.iter();
        let damage = damage.map(|it| json!({ "code": it.code, "note": text_if(it.note.as_ref()) }));
        json!({
            "register": self.register.to_string(), "key": printed.key.to_string(),
            "number": held.number, "number_basis": held.number_basis.as_str(), "number_printed": held.number_printed,
            "text": text_if(held.text.as_ref()), "text_basis": held.text_basis.as_str(),
            "version": self.known.version(subject),
            "status": self.status(subject), "verified": self.verified(subject), "notes": self.notes(subject),
            "source": lines(printed.source.as_ref()), "damage": damage.collect::<Vec<_>>(),
            "assignments": self.assignments(subject), "evidence": self.evidence(subject),
        })
    }

    pub(crate) fn list(self) -> Value {
        let all = self.known.recommendations(self.register);
        let all = all.iter().map(|(key, _)| self.recommendation(&self.subject(key)));
        json!({ "recommendations": all.collect::<Vec<_>>(), "counts": self.counts_by_axis() })
    }

    pub(crate) fn show(self, key: &docket_domain::Key) -> Value {
        let subject = &self.subject(key);
        let (fact, printed) = self.known.registered(subject).unwrap();
        let mut cells: Vec<_> = printed.cells.iter().collect();
        cells.sort_by_key(|cell| (cell.line, cell.column));
        let cells = cells.into_iter();
        let cells = cells.map(|it| json!({ "line": it.line, "column": it.column, "text": text(&it.text) }));
        let who = |fact: &Fact| {
            let when =
                json!({ "recorded_at": fact.recorded_at.to_string(), "actor": fact.actor.to_string() });
            merged(reference(fact), when)
        };
        let amendments = self.known.amendments(subject).into_iter().map(|(fact, it)| {
            let said = json!({
                "says": amended(&it), "reason": text(&it.reason), "source": lines(it.source.as_ref()),
                "source_url": text_if(it.source_url.as_ref()),
            });
            merged(who(fact), said)
        });
        let amendments = amendments.collect::<Vec<_>>();
        let holds = self.known.holds(subject).into_iter().map(|fact| {
            let Data::HoldPlaced(it) = &fact.data else { unreachable!() };
            merged(who(fact), json!({ "authority": text(&it.authority), "reason": text(&it.reason) }))
        });
        let says = json!({ "says": registered(&printed), "cells": cells.collect::<Vec<_>>() });
        json!({
            "recommendation": self.recommendation(subject),
            "registered": merged(who(fact), says),
            "amendments": amendments,
            "holds": holds.collect::<Vec<_>>(),
        })
    }

    /// Everything about a recommendation, whatever the date.
    pub(crate) fn timeline(self, key: &docket_domain::Key) -> Value {
        let subject = &self.subject(key);
        let entries = self.known.about(subject).filter(|fact| self.is_shown(fact));
        json!({
            "register": self.register.to_string(), "key": key.to_string(),
            "number": self.known.number_and_text(subject).unwrap().number,
            "timeline": entries.map(|fact| self.known.entry(fact)).collect::<Vec<_>>(),
        })
    }

    /// The counts; a register that was not named is given only where it is known.
    pub(crate) fn counts(self, is_named: bool) -> Value {
        let is_known = self.known.vocabulary(self.register).is_some();
        let register = Some(self.register).filter(|_| is_named || is_known);
        json!({ "register": shown(register), "counts": self.counts_by_axis() })
    }

    fn counts_by_axis(self) -> Value {
        let all = self.known.recommendations(self.register);
        let numbers = |basis| all.iter().filter(|(_, held)| held.number_basis == basis).count();
        let subjects: Vec<Subject> = all.iter().map(|(key, _)| self.subject(key)).collect();
        let stated: Vec<Standing<'_>> =
            subjects.iter().filter_map(|subject| self.known.standing(subject, self.at)).collect();
        let reporting = |standing: &Standing<'_>| standing.counted.last().unwrap().1.reporting;
        let reported = |wanted| stated.iter().filter(|standing| reporting(standing) == wanted).count();
        let is_known = |standing: &&Standing<'_>| reporting(standing) != Reporting::Unknown;
        let certain =
            |wanted| stated.iter().filter(is_known).filter(|standing| standing.is_certain == wanted).count();
        let judged = |standing: &Standing<'_>| {
            let (claim, _) = standing.counted.last().unwrap();
            self.known.finding(claim, self.at).map(|(_, finding)| finding.agrees)
        };
        let verified = |wanted| stated.iter().filter(|standing| judged(standing) == wanted).count();
        let unjudged = stated.iter().filter(is_known).filter(|standing| judged(standing).is_none()).count();
        let label = |standing: &Standing<'_>| {
            standing.counted.last().unwrap().1.label.as_ref().map(ToString::to_string)
        };
        let state =
            |standing: &Standing<'_>| Known::state(&standing.counted).map(|(state, _)| state.to_string());
        let vocabulary = self.known.vocabulary(self.register).cloned().unwrap_or_default();
        let axis = |defined: Vec<String>, value: &dyn Fn(&Standing<'_>) -> Option<String>| {
            let mut others: Vec<String> =
                stated.iter().filter_map(value).filter(|value| !defined.contains(value)).collect();
            others.sort();
            others.dedup();
            let count = |wanted: &String| {
                stated.iter().filter(|standing| value(standing).as_ref() == Some(wanted)).count()
            };
            let values = defined.iter().chain(&others);
            let values = values.map(|value| json!({ "value": value, "count": count(value) }));
            let none = stated.iter().filter(|standing| value(standing).is_none());
            let (known, unknown): (Vec<_>, Vec<_>) = none.partition(is_known);
            json!({ "values": values.collect::<Vec<_>>(), "none": known.len(), "unknown": unknown.len() })
        };
        let labels = vocabulary.labels.iter().map(|meaning| meaning.label.to_string()).collect();
        let states = vocabulary.states.iter().map(|state| state.name.to_string()).collect();
        json!({
            "recommendations": all.len(),
            "known": reported(Reporting::Reported) + reported(Reporting::NoUpdate),
            "unknown": reported(Reporting::Unknown),
            "not_yet_stated": all.len() - stated.len(),
            "labels": axis(labels, &label),
            "states": axis(states, &state),
            "reporting": {
                "reported": reported(Reporting::Reported), "no-update": reported(Reporting::NoUpdate),
                "unknown": reported(Reporting::Unknown),
            },
            "certainty": {
                "certain": certain(true), "possible": certain(false), "unknown": reported(Reporting::Unknown),
            },
            "verified": {
                "agrees": verified(Some(true)), "disagrees": verified(Some(false)), "none": unjudged,
                "unknown": verified(None) - unjudged,
            },
            "numbers": {
                "printed": numbers(NumberBasis::Printed), "inferred": numbers(NumberBasis::Inferred),
                "missing": numbers(NumberBasis::Missing),
            },
        })
    }

    pub(crate) fn vocabulary(self) -> Value {
        let versions = self.known.about(&Subject::Register(self.register.clone()));
        let versions = versions.filter_map(|fact| Some((fact, vocabulary_of(&fact.data)?)));
        let versions = versions.map(|(fact, vocabulary)| {
            json!({
                "event": reference(fact), "recorded_at": fact.recorded_at.to_string(),
                "actor": fact.actor.to_string(), "reason": text_if(reason(&fact.data)),
                "vocabulary": words(vocabulary),
            })
        });
        json!({
            "register": self.register.to_string(),
            "vocabulary": words(self.known.vocabulary(self.register).unwrap()),
            "versions": versions.collect::<Vec<_>>(),
        })
    }

    /// What happened between two bounds, the second one being T: the statements that count then and did not before.
    pub(crate) fn happened(self, start: Option<Timestamp>, actor: Option<&Actor>) -> Value {
        let (mut changes, mut subjects) = (Vec::new(), Vec::new());
        for (key, _) in self.known.recommendations(self.register) {
            let subject = self.subject(&key);
            let statements = self.known.statements(&subject);
            let mut first = None;
            for (place, (fact, it)) in statements.iter().enumerate() {
                let counted_before =
                    it.effective.from.is_none() || start.is_some_and(|start| counts(&it.effective, start));
                if counted_before
                    || !counts(&it.effective, self.at)
                    || actor.is_some_and(|actor| fact.actor != *actor)
                {
                    continue;
                }
                let order = (it.effective.from, fact.index);
                first = first.or(Some(order));
                let change = json!({
                    "before": self.known.statement(&statements[..place]),
                    "after": self.known.statement(&statements[..=place]),
                });
                changes.push((order, merged(reference(fact), change)));
            }
            if let Some(first) = first {
                // Before everything that has a date, what has none holds.
                let earlier = start.unwrap_or(Timestamp::parse("0001-01-01T00:00:00.000000Z").unwrap());
                let before = View { at: earlier, ..self }.status(&subject);
                let both = json!({ "before": before, "after": self.status(&subject) });
                let what = json!({ "register": self.register.to_string(), "key": key.to_string() });
                subjects.push((first, merged(what, both)));
            }
        }
        changes.sort_by_key(|(order, _)| *order);
        subjects.sort_by_key(|(order, _)| *order);
        let changes: Vec<Value> = changes.into_iter().map(|(_, change)| change).collect();
        let subjects: Vec<Value> = subjects.into_iter().map(|(_, change)| change).collect();
        let mut answer = json!({ "clock": "effective", "changes": changes, "recommendations": subjects });
        self.say_of_nobody(&mut answer, actor);
        answer
    }

    /// What was recorded from a size on, old and new.
    pub(crate) fn restated(self, from: usize, register: Option<&RegisterId>, actor: Option<&Actor>) -> Value {
        let entries = self.known.0[from..].iter().filter(|fact| {
            register.is_none_or(|register| fact.subject.register() == Some(register))
                && actor.is_none_or(|actor| fact.actor == *actor)
                && self.is_shown(fact)
        });
        let changes: Vec<Value> = entries.map(|fact| self.known.entry(fact)).collect();
        let mut answer =
            json!({ "clock": "recorded", "from": from, "to": self.known.0.len(), "changes": changes });
        self.say_of_nobody(&mut answer, actor);
        answer
    }

    /// Where nothing was found of an actor, the answer says whether that actor recorded anything at all.
    fn say_of_nobody(self, answer: &mut Value, actor: Option<&Actor>) {
        answer["actor"] = shown(actor);
        if let Some(actor) = actor.filter(|_| answer["changes"].as_array().unwrap().is_empty()) {
            answer["actor_has_recorded"] = json!(self.known.0.iter().any(|fact| fact.actor == *actor));
        }
    }
}

fn assignment(fact: &Fact, it: &docket_domain::event::AssignmentChanged<String>) -> Value {
    merged(
        assigned(it),
        json!({
            "event": fact.id.to_string(), "recorded_at": fact.recorded_at.to_string(),
            "effective": interval(&it.effective), "actor": fact.actor.to_string(),
            "asserted_by": it.asserter.to_string(), "source": lines(it.source.as_ref()),
            "reason": text_if(it.reason.as_ref()),
        }),
    )
}

impl<'a> Known<'a> {
    /// The legal holds in force on a subject, those on its whole register first (docs/decisions/010).
    pub(crate) fn holds(self, subject: &Subject) -> Vec<&'a Fact> {
        let register = subject.register().map(|register| Subject::Register(register.clone()));
        let of_register = register.iter().filter(|register| *register != subject);
        let subjects: Vec<&Subject> = of_register.chain([subject]).collect();
        let is_lifted = |hold: &Fact| {
            self.0
                .iter()
                .any(|other| other.kind() == EventKind::HoldLifted && target(&other.data) == Some(hold.id))
        };
        let on = |subject: &&Subject| {
            self.about(subject).filter(|fact| fact.kind() == EventKind::HoldPlaced && !is_lifted(fact))
        };
        subjects.iter().flat_map(on).collect()
    }
}
