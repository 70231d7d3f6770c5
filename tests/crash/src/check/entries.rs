//! Invariants 1 to 4: what was promised is there, nothing else is, in order, and under the checkpoints that were shown.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::{EventId, EventKind, Timestamp};
use docket_ledger::Reader;
use docket_log::tlog::checkpoint::Checkpoint;
use docket_log::tlog::hash::leaf_hash;
use uuid::Uuid;

use crate::error::{CrashError, Invariant, demand};
use crate::recipe::{ACTOR, Recipe, Via};
use crate::witness::{Acknowledgement, Testimony};

/// What is in the log of what was submitted.
#[derive(Debug, Default)]
pub(super) struct Present {
    /// Where each submitted command stands: the indexes of its events.
    pub(super) commands: BTreeMap<Uuid, Vec<u64>>,
    /// Notes with a committed redaction.
    pub(super) redacted: BTreeSet<Uuid>,
    pub(super) acknowledged_entries: u64,
    pub(super) unacknowledged: u64,
    pub(super) absent: u64,
    pub(super) checkpoints: u64,
}

pub(super) fn check(reader: &Reader, testimony: &Testimony) -> Result<Present, CrashError> {
    let mut present = walk(reader, testimony)?;
    whole(testimony, &present)?;
    for promise in &testimony.acknowledged {
        kept(reader, promise)?;
        present.acknowledged_entries += promise.entries.len() as u64;
        present.checkpoints += checkpoints(reader, promise)?;
    }
    if let Some((size, root)) = &testimony.base {
        same_root(reader, *size, root)?;
    }
    let told: BTreeSet<Uuid> = testimony.acknowledged.iter().map(|promise| promise.command).collect();
    present.unacknowledged = present.commands.keys().filter(|command| !told.contains(command)).count() as u64;
    present.absent = (testimony.intents.len() - present.commands.len()) as u64;
    Ok(present)
}

/// Reads the whole log: 2, no phantom; 3, order.
fn walk(reader: &Reader, testimony: &Testimony) -> Result<Present, CrashError> {
    let base = testimony.base.as_ref().map_or(0, |(size, _)| *size);
    let mut present = Present::default();
    let mut last: Option<Timestamp> = None;
    for index in 0..reader.size() {
        let stored = reader.log().event(index)?;
        let event = &stored.entry.event;
        demand(event.index == index, Invariant::Ordered, || format!("entry {index} says {}", event.index))?;
        demand(last.is_none_or(|last| last < event.recorded_at), Invariant::Ordered, || {
            format!("entry {index} is not recorded after the one before")
        })?;
        last = Some(event.recorded_at);
        let target = event.data.target().map(|target| Uuid::from_bytes(target.to_bytes()));
        if event.data.kind() == EventKind::TextRedacted {
            present.redacted.extend(target);
        }
        if index >= base {
            let command = Uuid::from_bytes(event.command.to_bytes());
            let known = submitted(testimony, command, target, event.actor.as_str());
            let command = known.ok_or_else(|| {
                CrashError::violation(Invariant::NoPhantom, format!("entry {index} was never submitted"))
            })?;
            present.commands.entry(command).or_default().push(index);
        }
    }
    Ok(present)
}

/// The command as it was noted. `docket redact` makes the ids of its commands itself: those are known by what they redact.
fn submitted(testimony: &Testimony, command: Uuid, target: Option<Uuid>, actor: &str) -> Option<Uuid> {
    let by_library = actor == ACTOR;
    let by_target = || {
        let mut recipes = testimony.intents.values().filter(|recipe| recipe.via == Via::Binary);
        recipes
            .find(|recipe| target.is_some_and(|target| recipe.redacts().any(|redacted| redacted == target)))
    };
    let known = testimony.intents.get(&command).filter(|recipe| (recipe.via == Via::Library) == by_library);
    known.or_else(|| if by_library { None } else { by_target() }).map(|recipe| recipe.command)
}

/// 2: a command is there wholly, its events in their order and next to each other, or not at all; one that was refused is not there.
fn whole(testimony: &Testimony, present: &Present) -> Result<(), CrashError> {
    for (command, indexes) in &present.commands {
        let steps = testimony.intents.get(command).map_or(0, |recipe| recipe.steps.len());
        let dense = indexes.iter().zip(indexes.iter().skip(1)).all(|(one, next)| one + 1 == *next);
        demand(steps == indexes.len() && dense, Invariant::NoPhantom, || {
            format!("command {command} has {steps} steps; in the log are {indexes:?}")
        })?;
        demand(!testimony.refused.contains(command), Invariant::NoPhantom, || {
            format!("command {command} was refused, and is in the log at {indexes:?}")
        })?;
    }
    Ok(())
}

/// 1: the entries are where they were promised, byte for byte.
fn kept(reader: &Reader, promise: &Acknowledgement) -> Result<(), CrashError> {
    for kept in &promise.entries {
        let missing = |reason: String| {
            let what = format!("entry {} (event {}) was acknowledged; {reason}", kept.index, kept.event);
            CrashError::violation(Invariant::Kept, what)
        };
        let size = reader.size();
        if kept.index >= size {
            return Err(missing(format!("the log has {size} entries")));
        }
        let bytes = reader.log().entry_bytes(kept.index)?;
        let id = reader.log().event(kept.index)?.entry.event.id;
        if id != EventId::from(kept.event) {
            return Err(missing(format!("there is event {id}")));
        }
        let leaf = leaf_hash(&bytes);
        let in_tree = reader.log().leaf(kept.index)?;
        let promised = kept.leaf.clone().unwrap_or_else(|| leaf.to_string());
        if leaf.to_string() != promised || in_tree != leaf {
            return Err(missing(format!("its bytes hash to {leaf}, the tree has {in_tree}, not {promised}")));
        }
    }
    Ok(())
}

/// 4: the head that was told and the checkpoint that was signed.
fn checkpoints(reader: &Reader, promise: &Acknowledgement) -> Result<u64, CrashError> {
    demand(promise.size <= reader.size(), Invariant::Kept, || {
        format!("a log of {} entries was acknowledged; it has {}", promise.size, reader.size())
    })?;
    if let Some(root) = &promise.root {
        same_root(reader, promise.size, root)?;
    }
    let Some(note) = &promise.checkpoint else { return Ok(0) };
    let wrong = |detail: String| CrashError::violation(Invariant::Checkpoints, detail);
    let key = reader.log().verifier().ok_or_else(|| wrong("the public key is gone".to_owned()))?;
    let opened = Checkpoint::open(note.as_bytes(), std::slice::from_ref(key), reader.log().origin().as_str())
        .map_err(|error| wrong(format!("a checkpoint that was shown is not the log's: {error}")))?;
    let head = opened.checkpoint.head();
    same_root(reader, head.size, &head.root.to_string())?;
    Ok(1)
}

fn same_root(reader: &Reader, size: u64, root: &str) -> Result<(), CrashError> {
    demand(size <= reader.size(), Invariant::Checkpoints, || {
        format!("a tree of {size} entries was acknowledged; the log has {}", reader.size())
    })?;
    let found = reader.log().root_at(size)?.to_string();
    demand(found == root, Invariant::Checkpoints, || {
        format!("at size {size} the root {root} was acknowledged; the log has {found}")
    })
}

/// The submitted commands that are in the log, with their recipes.
pub(super) fn recipes<'a>(
    testimony: &'a Testimony,
    present: &'a Present,
) -> impl Iterator<Item = (&'a Recipe, &'a [u64])> {
    let found = |(command, indexes): (&Uuid, &'a Vec<u64>)| {
        testimony.intents.get(command).map(|recipe| (recipe, indexes.as_slice()))
    };
    present.commands.iter().filter_map(found)
}
