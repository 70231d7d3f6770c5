//! The rules on amendments, evidence, dependencies, claims, reviews and vocabularies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::event::{ClaimRecorded, EvidenceAttached, RecommendationAmended, ReviewPerformed};
use crate::id::{Key, NAME_BYTES_MAX, RegisterId};
use crate::subject::Subject;
use crate::term::{NumberBasis, TextBasis};
use crate::vocabulary::Vocabulary;

use super::{Known, Refusal, check};

/// The largest figure of a claim: the largest integer that JSON holds exactly (DESIGN section 5).
const FIGURE_MAX: u64 = (1 << 53) - 1;

/// An amendment changes something, and says how what it gives is known.
pub(super) fn amendment(amended: &RecommendationAmended<String>) -> Result<(), Refusal> {
    let number = amended.number.is_some() || amended.number_printed.is_some();
    let inconsistent = |what| Err(Refusal::Inconsistent { what });
    if !number && amended.text.is_none() && amended.number_basis.is_none() && amended.text_basis.is_none() {
        return inconsistent("an amendment gives a number, a text, or how one of them is known");
    }
    if amended.text.is_some() && amended.text_basis == Some(TextBasis::Unknown) {
        return inconsistent("a text that is given is not unknown");
    }
    if number && amended.number_basis == Some(NumberBasis::Missing) && amended.number_printed.is_some() {
        return inconsistent("a number that is missing in the source was not printed there");
    }
    Ok(())
}

/// Evidence is a document, an address or both, and the statement that it supports still stands.
pub(super) fn evidence(
    known: &impl Known,
    subject: &Subject,
    evidence: &EvidenceAttached<String>,
) -> Result<(), Refusal> {
    let inconsistent = |what| Err(Refusal::Inconsistent { what });
    if evidence.sha256.is_none() && evidence.url.is_none() {
        return inconsistent("evidence needs a document or an address");
    }
    let document = evidence.sha256.is_some();
    if evidence.size.is_some() != document || evidence.media_type.is_some() != document {
        return inconsistent("evidence has a size and a media type exactly where its document is kept");
    }
    if evidence.url.as_ref().is_some_and(|url| url.trim().is_empty()) {
        return Err(Refusal::Blank { what: "the address of the evidence" });
    }
    match evidence.event {
        Some(event) => check::in_force(known, subject, event).map(drop),
        None => Ok(()),
    }
}

/// A recommendation waits for another one only if that one does not wait, over however many others, for it.
pub(super) fn dependency(
    known: &impl Known,
    register: &RegisterId,
    waiting: &Key,
    awaited: &Key,
) -> Result<(), Refusal> {
    if waiting == awaited {
        return Err(Refusal::DependencyCycle { chain: vec![waiting.clone(), waiting.clone()] });
    }
    let mut reached_from: BTreeMap<Key, Key> = BTreeMap::new();
    let mut next = VecDeque::from([awaited.clone()]);
    while let Some(key) = next.pop_front() {
        for further in known.dependencies(&Subject::Recommendation(register.clone(), key.clone())) {
            if reached_from.contains_key(&further) {
                continue;
            }
            reached_from.insert(further.clone(), key.clone());
            if further == *waiting {
                return Err(Refusal::DependencyCycle { chain: chain(waiting, awaited, &reached_from) });
            }
            next.push_back(further);
        }
    }
    Ok(())
}

/// From the waiting recommendation over the awaited one back to itself.
fn chain(waiting: &Key, awaited: &Key, reached_from: &BTreeMap<Key, Key>) -> Vec<Key> {
    let mut chain = vec![waiting.clone()];
    let mut key = waiting;
    while key != awaited
        && let Some(before) = reached_from.get(key)
    {
        chain.push(before.clone());
        key = before;
    }
    chain.push(waiting.clone());
    chain.reverse();
    chain
}

/// A claim states at least one figure, and each once.
pub(super) fn claim(claim: &ClaimRecorded<String>) -> Result<(), Refusal> {
    let inconsistent = |what| Err(Refusal::Inconsistent { what });
    if claim.figures.is_empty() {
        return inconsistent("a claim about totals needs at least one figure");
    }
    let mut names = BTreeSet::new();
    for figure in &claim.figures {
        let name = figure.name.as_str();
        if name.trim().is_empty() {
            return Err(Refusal::Blank { what: "the name of a figure" });
        }
        if name.trim() != name || name.len() > NAME_BYTES_MAX || name.contains(char::is_control) {
            return inconsistent("the name of a figure is a short line without space around it");
        }
        if figure.value > FIGURE_MAX {
            return inconsistent("a figure is at most 9007199254740991");
        }
        if !names.insert(name) {
            return inconsistent("a claim gives each figure once");
        }
    }
    Ok(())
}

/// A review is of entries that are there.
pub(super) fn review(known: &impl Known, review: &ReviewPerformed<String>) -> Result<(), Refusal> {
    let ReviewPerformed { from_index, to_index, .. } = *review;
    if from_index >= to_index {
        return Err(Refusal::Inconsistent { what: "the reviewed range holds no entry" });
    }
    let size = known.size();
    if to_index > size { Err(Refusal::BeyondTheLog { to_index, size }) } else { Ok(()) }
}

/// A revised vocabulary is usable, changes something, and keeps every state that a statement uses: without its place in the order,
/// a step back from it could not be seen any more. A label may go; what was recorded with it keeps it.
pub(super) fn vocabulary(
    known: &impl Known,
    register: &RegisterId,
    revised: &Vocabulary,
) -> Result<(), Refusal> {
    revised.check().map_err(|source| Refusal::Vocabulary { source })?;
    let Some(facts) = known.register(register) else {
        return Err(Refusal::UnknownRegister { register: register.clone() });
    };
    if *facts.vocabulary == *revised {
        return Err(Refusal::SameVocabulary { register: register.clone() });
    }
    let states: Vec<_> =
        known.states_in_use(register).into_iter().filter(|state| revised.order(state).is_none()).collect();
    if states.is_empty() { Ok(()) } else { Err(Refusal::StatesInUse { states }) }
}
