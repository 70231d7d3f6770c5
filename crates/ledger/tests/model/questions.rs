//! Questions, put to both: which answer each gives, and whether an answer that was given once is given again.

use chrono_tz::Tz;
use docket_domain::{Actor, Data, Key, RegisterId, Subject, Timestamp};
use docket_ledger::answer::{
    Audience, Query, Span, changes_effective, changes_recorded, counts, list, show, timeline, vocabulary,
};
use docket_ledger::{LedgerError, Reader};
use docket_log::tlog::hash::Hash;
use serde_json::{Value, json};

use crate::answers::View;
use crate::build::actor;
use crate::calendar::{day, end_of, local_day, plus};
use crate::facts::{Fact, effective};
use crate::moves::{About, EffectiveAt, KnownAt, Question};
use crate::pool::{other, r};
use crate::world::World;

/// Answers that are kept, to be asked for again.
const KEPT_MAX: usize = 48;

/// What people type for a recommendation.
const WANTED: [&str; 16] =
    ["1", "1", "1", "2", "1", "2", "3a", "III.2", "3", "7", "VII.", "99", "4", "1", "2", "vii"];

/// A question as it is put to the ledger.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    query: Query,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    List,
    Counts,
    Show(String),
    Timeline(String),
    Restated(Span),
    Happened(Span),
    Vocabulary,
}

/// A question with all that it rests on, which does not change as the log grows.
#[derive(Debug, Clone)]
struct Settled {
    register: RegisterId,
    is_named: bool,
    known_at: usize,
    at: Timestamp,
    shown_at: String,
    internal: bool,
    what: What,
    /// Where the span of what happened begins.
    start: Option<Timestamp>,
}

/// An answer that was given.
#[derive(Debug)]
pub(crate) struct Given {
    asked: Asked,
    settled: Settled,
    words: String,
}

/// A point on a clock: how it is typed (nothing is typed for the default), how an answer prints it, and what it resolves to.
struct Point<P> {
    typed: Option<String>,
    shown: String,
    resolved: P,
}

/// The name of an error: what went wrong, in one word.
type Trouble = &'static str;

impl Asked {
    /// The answer of the ledger.
    fn put(&self, reader: &Reader, now: Timestamp) -> Result<String, LedgerError> {
        let query = &self.query;
        let printed = |printed: Result<String, serde_json::Error>| printed.unwrap();
        Ok(match &self.what {
            What::List => printed(serde_json::to_string(&list(reader, query, now)?)),
            What::Counts => printed(serde_json::to_string(&counts(reader, query, now)?)),
            What::Show(wanted) => printed(serde_json::to_string(&show(reader, query, wanted, now)?)),
            What::Timeline(wanted) => printed(serde_json::to_string(&timeline(reader, query, wanted, now)?)),
            What::Restated(span) => {
                printed(serde_json::to_string(&changes_recorded(reader, query, span, now)?))
            }
            What::Happened(span) => {
                printed(serde_json::to_string(&changes_effective(reader, query, span, now)?))
            }
            What::Vocabulary => printed(serde_json::to_string(&vocabulary(reader, query, now)?)),
        })
    }
}

impl World {
    /// Asks both, compares what they say, and keeps the answer with all that it rests on.
    pub(crate) fn ask(&mut self, question: &Question) {
        let register = self.register(question);
        let zone = register.as_ref().ok().and_then(|register| self.zone(register)).unwrap_or(Tz::UTC);
        let known_at = self.known_at(question.known_at, zone);
        let effective_at = self.effective_at(question.effective_at, zone);
        let mut asked = Asked {
            query: Query {
                register: named(question),
                known_at: known_at.typed.clone(),
                effective_at: effective_at.typed.clone(),
                audience: if question.internal { Audience::Internal } else { Audience::Public },
            },
            what: self.what(&question.about, zone),
        };
        let settled = register.map(|register| Settled {
            register,
            is_named: named(question).is_some(),
            known_at: known_at.resolved,
            at: effective_at.resolved,
            shown_at: effective_at.shown.clone(),
            internal: question.internal,
            what: asked.what.clone(),
            start: match (&asked.what, &question.about) {
                (What::Happened(Span { from: Some(_), .. }), About::Happened { from, .. }) => {
                    Some(self.effective_at(*from, zone).resolved)
                }
                _ => None,
            },
        });
        let expected = settled.and_then(|settled| Ok((self.expected(&settled)?, settled)));
        let reader = self.ledger().reader();
        let found = asked.put(&reader, self.clock.now());
        let (words, settled) = match (&found, expected) {
            (Ok(words), Ok((expected, settled))) => {
                agree(words, &expected, &asked);
                (words.clone(), settled)
            }
            (Err(error), Err(trouble)) => {
                assert_eq!(trouble_of(error), trouble, "{asked:?}: {error}");
                return;
            }
            (Ok(found), Err(trouble)) => panic!("{asked:?}: the model says {trouble}, and found is {found}"),
            (Err(error), Ok((expected, _))) => panic!("{asked:?}: {error}; the model says {expected}"),
        };
        // The same with everything named that it rests on is the same answer, now and for ever.
        asked.query.known_at = Some(known_at.resolved.to_string());
        asked.query.effective_at = Some(effective_at.shown);
        if let (What::Restated(span), KnownAt::Time { .. } | KnownAt::Day(_) | KnownAt::Long { .. }) =
            (&mut asked.what, question.known_at)
        {
            span.to.clone_from(&asked.query.known_at);
        }
        assert_eq!(asked.put(&reader, plus(self.clock.now(), 1)).unwrap(), words, "{asked:?}");
        if self.given.len() == KEPT_MAX {
            // Old ones are worth most, and new ones see the other histories: one in the midst goes.
            self.given.remove(KEPT_MAX / 2);
        }
        self.given.push(Given { asked, settled, words });
    }

    /// Every answer that was given is given again, to the byte, but for words that were redacted.
    pub(crate) fn ask_again(&self) {
        let reader = self.ledger().reader();
        for Given { asked, words, .. } in &self.given {
            let again = asked.put(&reader, plus(self.clock.now(), 400 * 86_400_000_000)).unwrap();
            assert_eq!(&again, words, "asked again: {asked:?}");
        }
    }

    /// After a redaction an answer that was given is what the model says now, and the same bytes but for the destroyed words: those may
    /// stand in it for something else as well, and stay there. `erased` are texts and what is left of them, as JSON.
    pub(crate) fn without_words(&mut self, erased: &[(String, String)]) {
        let reader = self.ledger().reader();
        let blanked = |words: &str| {
            erased.iter().fold(words.to_owned(), |words, (erased, left)| {
                // What a note repeats is read from its reason, and goes with it.
                let repeated =
                    erased.strip_prefix("\"repeats event ").and_then(|rest| rest.split(' ').next());
                let words = match repeated {
                    Some(event) => words.replace(&format!(",\"repeats\":\"{event}\""), ""),
                    None => words,
                };
                words.replace(erased, left)
            })
        };
        let mut given = std::mem::take(&mut self.given);
        for Given { asked, settled, words } in &mut given {
            let now = asked.put(&reader, self.clock.now()).unwrap();
            agree(&now, &self.expected(settled).unwrap(), asked);
            assert_eq!(blanked(&now), blanked(words), "after a redaction: {asked:?}");
            *words = now;
        }
        self.given = given;
    }

    fn zone(&self, register: &RegisterId) -> Option<Tz> {
        let opened = self.known().about(&Subject::Register(register.clone())).next()?;
        match &opened.data {
            Data::RegisterOpened(opened) => Some(opened.time_zone.name().parse().unwrap()),
            _ => None,
        }
    }

    /// The register meant: the one named, or the only one; the only one that was known then, where there are several now.
    fn register(&self, question: &Question) -> Result<RegisterId, Trouble> {
        let all = self.known().registers();
        if let Some(named) = named(question) {
            return if all.contains(&named) { Ok(named) } else { Err("no-register") };
        }
        // A day ends at another size in each zone; the latest of them counts.
        let sizes = all
            .iter()
            .map(|register| self.known_at(question.known_at, self.zone(register).unwrap()).resolved);
        let then = self.known().first(sizes.max().unwrap_or_default()).registers();
        match (all.as_slice(), question.known_at) {
            ([only], _) => Ok(only.clone()),
            (_, KnownAt::All) => Err("which-register"),
            (several, _) => match then.as_slice() {
                [] => Ok(self.known().opened_first(several)),
                [only] => Ok(only.clone()),
                _ => Err("which-register"),
            },
        }
    }

    fn chosen(&self, of: u16) -> &Fact {
        &self.facts[usize::from(of) % self.facts.len()]
    }

    fn known_at(&self, known_at: KnownAt, zone: Tz) -> Point<usize> {
        let at = |time: Timestamp, typed: String| Point {
            typed: Some(typed.clone()),
            shown: typed,
            resolved: self.known().size_at(time),
        };
        let of_day = |day: chrono::NaiveDate| at(plus(end_of(day, zone), -1), day.to_string());
        match known_at {
            KnownAt::All => Point { typed: None, shown: String::new(), resolved: self.facts.len() },
            KnownAt::Size(size) => {
                let size = usize::from(size) % (self.facts.len() + 1);
                Point { typed: Some(size.to_string()), shown: size.to_string(), resolved: size }
            }
            KnownAt::Time { of, shift } => {
                let time = plus(self.chosen(of).recorded_at, i64::from(shift));
                at(time, time.to_string())
            }
            KnownAt::Day(choice) => of_day(day(choice)),
            KnownAt::Long { after } => of_day(long(after)),
        }
    }

    fn effective_at(&self, effective_at: EffectiveAt, zone: Tz) -> Point<Timestamp> {
        let of_day = |day: chrono::NaiveDate| Point {
            typed: Some(day.to_string()),
            shown: day.to_string(),
            resolved: end_of(day, zone),
        };
        match effective_at {
            EffectiveAt::Today => Point { typed: None, ..of_day(local_day(self.clock.now(), zone)) },
            EffectiveAt::Day(choice) => of_day(day(choice)),
            EffectiveAt::Bound { of, end, shift } => {
                let fact = self.chosen(of);
                let given = effective(&fact.data);
                let bound = given.and_then(|given| if end { given.to } else { given.from });
                let instant = plus(bound.unwrap_or(fact.recorded_at), i64::from(shift));
                Point {
                    typed: Some(instant.to_string()),
                    shown: instant.to_string(),
                    resolved: plus(instant, 1),
                }
            }
            EffectiveAt::Long { after } => of_day(long(after)),
        }
    }

    fn what(&self, about: &About, zone: Tz) -> What {
        let wanted = |choice: &u8| WANTED[usize::from(*choice) % WANTED.len()].to_owned();
        let actor = |choice: &u8| actor_of(*choice);
        match about {
            About::List => What::List,
            About::Counts => What::Counts,
            About::Show(choice) => What::Show(wanted(choice)),
            About::Timeline(choice) => What::Timeline(wanted(choice)),
            About::Restated { from, actor: by } => What::Restated(Span {
                from: self
                    .known_at(*from, zone)
                    .typed
                    .map(|_| self.known_at(*from, zone).resolved.to_string()),
                to: None,
                actor: actor(by),
            }),
            About::Happened { from, actor: by } => What::Happened(Span {
                from: self.effective_at(*from, zone).typed,
                to: None,
                actor: actor(by),
            }),
            About::Vocabulary => What::Vocabulary,
        }
    }

    /// The answer of the model.
    fn expected(&self, settled: &Settled) -> Result<Value, Trouble> {
        let Settled { register, known_at, at, .. } = settled;
        let known = self.known().first(*known_at);
        let view = View { known, register, at: *at, internal: settled.internal };
        let mut answer = match &settled.what {
            What::List => view.list(),
            What::Counts => view.counts(settled.is_named),
            What::Show(wanted) => view.show(&self.meant(register, wanted, *known_at)?),
            What::Timeline(wanted) => view.timeline(&self.meant(register, wanted, *known_at)?),
            What::Restated(span) => {
                let from = span.from.as_ref().map_or(0, |from| from.parse().unwrap());
                if from > *known_at {
                    return Err("changes-backwards");
                }
                view.restated(from, settled.is_named.then_some(register), span.actor.as_ref())
            }
            What::Happened(_) if settled.start.is_some_and(|start| start > *at) => return Err("time"),
            What::Happened(span) => {
                let mut answer = view.happened(settled.start, span.actor.as_ref());
                answer["from"] = json!(span.from);
                answer["to"] = json!(settled.shown_at);
                answer
            }
            What::Vocabulary if known.vocabulary(register).is_none() => return Err("no-register"),
            What::Vocabulary => view.vocabulary(),
        };
        answer["basis"] = json!({
            "format": 1,
            "origin": "docket.example/model",
            "size": known_at,
            "root": Hash(self.root(*known_at)).to_base64(),
            "known_at": known_at,
            "effective_at": settled.shown_at,
            "audience": if settled.internal { "internal" } else { "public" },
        });
        Ok(answer)
    }

    /// The recommendation that somebody means, as known at a size.
    fn meant(&self, register: &RegisterId, wanted: &str, known_at: usize) -> Result<Key, Trouble> {
        match self.known().first(known_at).meant(register, wanted).as_slice() {
            [key] => Ok(key.clone()),
            [] => {
                let now = self.known().meant(register, wanted);
                let first = |key: &Key| {
                    let subject = Subject::Recommendation(register.clone(), key.clone());
                    self.known().about(&subject).next().unwrap().index
                };
                let is_later = now.iter().map(first).min().is_some_and(|index| index >= known_at);
                Err(if is_later { "not-known-yet" } else { "no-recommendation" })
            }
            _ => Err("which-recommendation"),
        }
    }
}

fn actor_of(choice: u8) -> Option<Actor> {
    choice.checked_sub(1).map(actor)
}

fn named(question: &Question) -> Option<RegisterId> {
    match question.register % 16 {
        0..=11 => Some(r()),
        12 => Some(other()),
        13 | 14 => None,
        _ => Some(RegisterId::new("school-inquiry").unwrap()),
    }
}

/// A day before everything, or after it.
fn long(after: bool) -> chrono::NaiveDate {
    if after { "2100-01-01" } else { "1990-01-01" }.parse().unwrap()
}

fn trouble_of(error: &LedgerError) -> Trouble {
    match error {
        LedgerError::NoRegister { .. } => "no-register",
        LedgerError::WhichRegister { .. } => "which-register",
        LedgerError::NoRecommendation { .. } => "no-recommendation",
        LedgerError::NotKnownYet { .. } => "not-known-yet",
        LedgerError::WhichRecommendation { .. } => "which-recommendation",
        LedgerError::ChangesBackwards { .. } => "changes-backwards",
        LedgerError::Time(_) => "time",
        other => panic!("no model foresees this: {other}"),
    }
}

/// The answer found is the one expected.
fn agree(found: &str, expected: &Value, asked: &Asked) {
    let found: Value = serde_json::from_str(found).unwrap();
    assert!(&found == expected, "{asked:?}\n{}", difference(&found, expected, ""));
}

/// Where two answers part: one line for each place.
fn difference(found: &Value, expected: &Value, place: &str) -> String {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let names: std::collections::BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
            let null = Value::Null;
            let of = |map: &serde_json::Map<String, Value>, name: &str| map.get(name).cloned();
            let parts = names.into_iter().filter(|name| of(found, name) != of(expected, name));
            let parts = parts.map(|name| {
                let (found, expected) =
                    (found.get(name).unwrap_or(&null), expected.get(name).unwrap_or(&null));
                difference(found, expected, &format!("{place}.{name}"))
            });
            parts.collect()
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let parts =
                found.iter().zip(expected).enumerate().filter(|(_, (found, expected))| found != expected);
            let parts = parts.map(|(number, (found, expected))| {
                difference(found, expected, &format!("{place}[{number}]"))
            });
            parts.collect()
        }
        _ => format!("{place}:\n  found    {found}\n  expected {expected}\n"),
    }
}
