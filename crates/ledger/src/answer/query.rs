//! What is asked, and the basis that it resolves to (DESIGN section 2).

use docket_domain::time::Moment;
use docket_domain::{Origin, RegisterId, Subject, Timestamp, Zone};
use docket_log::seal::SealedText;
use docket_projection::{Audience, Knowledge, ProjectionError};
use serde::Serialize;

use super::wire::{audience, shown};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// The version of the form of answers.
pub const FORMAT: u32 = 1;

/// What every question says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The register; needed where there are several.
    pub register: Option<RegisterId>,
    /// A number of entries, a day or a time on the recorded clock; nothing for all entries.
    pub known_at: Option<String>,
    /// A day or an instant on the effective clock; nothing for today in the register's zone.
    pub effective_at: Option<String>,
    /// For whom.
    pub audience: Audience,
}

impl Default for Query {
    /// What the public may know of the one register, now.
    fn default() -> Self {
        Self { register: None, known_at: None, effective_at: None, audience: Audience::Public }
    }
}

/// What an answer was computed from, all resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// The version of the form of the answer.
    pub format: u32,
    /// The name of the log at that size.
    #[serde(serialize_with = "shown")]
    pub origin: Origin,
    /// The size of the tree: the number of entries known.
    pub size: u64,
    /// Its root, in base64.
    pub root: String,
    /// The number of entries known.
    pub known_at: u64,
    /// The day or instant asked about.
    #[serde(serialize_with = "shown")]
    pub effective_at: Moment,
    /// For whom.
    #[serde(serialize_with = "audience")]
    pub audience: Audience,
}

/// A resolved question.
pub(super) struct Asked<'a> {
    pub(super) reader: &'a Reader,
    /// Nothing where there is no register yet.
    pub(super) register: Option<RegisterId>,
    pub(super) zone: Zone,
    pub(super) known_at: u64,
    pub(super) moment: Moment,
    pub(super) audience: Audience,
}

impl<'a> Asked<'a> {
    pub(super) fn new(reader: &'a Reader, query: &Query, now: Timestamp) -> Result<Self, LedgerError> {
        let register = register_of(reader, query)?;
        let zone = reader.zone(register.as_ref());
        let known_at = reader.known_at(query.known_at.as_deref(), zone)?;
        let moment = match query.effective_at.as_deref() {
            Some(wanted) => Moment::parse(wanted, zone)?,
            None => Moment::Day(now.day_in(zone)),
        };
        Ok(Self { reader, register, zone, known_at, moment, audience: query.audience })
    }

    /// The bound T of DESIGN section 2: what began before it counts.
    pub(super) fn bound(&self) -> Result<Timestamp, LedgerError> {
        Ok(self.moment.bound(self.zone)?)
    }

    /// Puts a question to what is known. The words are to be found afterwards: while this runs, nothing can be recorded.
    pub(super) fn known<R>(
        &self,
        ask: impl FnOnce(Knowledge<'_, SealedText>) -> R,
    ) -> Result<R, LedgerError> {
        self.reader.ask(|projection| ask(projection.knowledge(self.known_at)))
    }

    pub(super) fn basis(&self) -> Result<Basis, LedgerError> {
        Ok(Basis {
            format: FORMAT,
            origin: self.origin()?,
            size: self.known_at,
            root: self.reader.log().root_at(self.known_at)?.to_base64(),
            known_at: self.known_at,
            effective_at: self.moment,
            audience: self.audience,
        })
    }

    /// The name that the log had at this size: it changes where a log is continued under another one.
    fn origin(&self) -> Result<Origin, LedgerError> {
        if self.reader.size() == 0 {
            return Ok(self.reader.log().origin().clone());
        }
        Ok(self.reader.log().event(self.known_at.saturating_sub(1))?.entry.origin.clone())
    }

    /// The recommendation meant by a number or key, as known at the basis.
    pub(super) fn recommendation(&self, wanted: &str) -> Result<Subject, LedgerError> {
        let Some(register) = self.register.clone() else {
            return Err(ProjectionError::RegisterNeeded { value: wanted.to_owned(), registers: 0 }.into());
        };
        let keys = self.known(|knowledge| knowledge.find(&register, wanted))?;
        let wanted = wanted.to_owned();
        match keys.as_slice() {
            [] => Err(self.unknown(wanted, register)?),
            [key] => Ok(Subject::Recommendation(register, key.clone())),
            _ => Err(LedgerError::WhichRecommendation { wanted, keys }),
        }
    }
}

impl Asked<'_> {
    /// Why nothing is known of a recommendation: it was recorded later than the basis, or there is none.
    fn unknown(&self, wanted: String, register: RegisterId) -> Result<LedgerError, LedgerError> {
        let (size, known_at) = (self.reader.size(), self.known_at);
        let keys = self.reader.ask(|projection| projection.knowledge(size).find(&register, &wanted))?;
        let mut firsts = Vec::new();
        for key in keys {
            let subject = Subject::Recommendation(register.clone(), key);
            firsts.extend(self.reader.log().versions(&subject, size)?.first().map(|(index, _)| index + 1));
        }
        // One that was there, and bore another number, is not the one that is asked for.
        Ok(match firsts.into_iter().min().filter(|since| *since > known_at) {
            Some(since) => LedgerError::NotKnownYet { wanted, register, known_at, since },
            None => LedgerError::NoRecommendation { wanted, register },
        })
    }
}

/// Of these registers the one whose opening stands first in the log: a later one never changes which that is.
fn opened_first(reader: &Reader, registers: Vec<RegisterId>) -> Result<Option<RegisterId>, LedgerError> {
    let size = reader.size();
    let mut first = None;
    for register in registers {
        let opened = reader.log().versions(&Subject::Register(register.clone()), size)?;
        let Some((index, _)) = opened.first() else { continue };
        if first.as_ref().is_none_or(|(earliest, _)| index < earliest) {
            first = Some((*index, register));
        }
    }
    Ok(first.map(|(_, register)| register))
}

/// The register meant: the one named, or the only one. One that was the only one at an earlier size stays the answer at that size, however
/// many registers came later.
///
/// A day ends at another size in each zone. What counts is the latest of them, so that whatever is answered for a day is answered for the
/// size that it resolves to, too.
fn register_of(reader: &Reader, query: &Query) -> Result<Option<RegisterId>, LedgerError> {
    let registers = match reader.register(query.register.as_ref()) {
        Err(LedgerError::WhichRegister { registers }) if query.known_at.is_some() => registers,
        result => return result,
    };
    let mut latest = 0;
    for register in &registers {
        latest = latest.max(reader.known_at(query.known_at.as_deref(), reader.zone(Some(register)))?);
    }
    let mut known: Vec<RegisterId> = reader.projection().knowledge(latest).registers().cloned().collect();
    match known.len() {
        // Whichever register is meant, nothing is known of it. Its days are those of the first that was opened, whatever is opened later.
        0 => opened_first(reader, registers),
        1 => Ok(known.pop()),
        _ => Err(LedgerError::WhichRegister { registers: known }),
    }
}
