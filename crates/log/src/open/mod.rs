//! Opening a log: lock, keys, mark, store, journal, in that order, and only then anything is served.
//!
//! The journal is the truth. Before anything of it is cut, its size is compared with what the store and its mark know; before anything of
//! the store is discarded, its size is compared with the journal's (DESIGN section 6).

pub(crate) mod authentic;
mod catch_up;
pub(crate) mod found;
pub(crate) mod lost;
mod notice;
mod rebuild;
mod trust;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use docket_domain::Origin;

use crate::behind::Behind;
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::fs::{DirectoryLock, LockError, is_missing};
use crate::journal::{FrameKey, Journal, JournalPosition, JournalReader, Tail as JournalTail};
use crate::keys::{KEY_FILE, KeyFiles, VERIFIER_KEY_FILE, write_verifier};
use crate::reader::{LogReader, Redacted, Shared};
use crate::record::BundleCheckpoint;
use crate::redaction;
use crate::store::Meta;
use crate::store::Store;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::mark::{Mark, MarkState};
use crate::store::tag::{self, Tags};
use crate::stored::Stored;
use crate::tlog::hash::empty_root;
use crate::tlog::key::{KeyId, KeyName};
use crate::tlog::proof::TreeHead;
use crate::writer::{Log, sign};
use authentic::Authentic;
pub use authentic::Foreign;
use catch_up::{CatchUp, check_journal};
pub(crate) use catch_up::{scan, stored as stored_signature};
use found::{Found, Resumed, discard, look};
pub use notice::Notice;
pub use rebuild::{Rebuilt, rebuild};
use trust::{Refused, trust};

/// How long to wait for another process to let the directory go.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// An opened log.
#[derive(Debug)]
pub struct Opened {
    /// The log.
    pub log: Log,
    /// What is worth telling.
    pub notices: Vec<Notice>,
}

/// Opens a log for writing, or begins one under `new_origin` where there is none.
///
/// What it reads does not grow with the log, except where the store must be caught up or made anew: the right edge of the tree, which the
/// journal must state, and the journal from there on. Everything else in the store is checked when it is read ([`LogReader`]).
pub fn open(directory: &DataDirectory, new_origin: Option<&Origin>) -> Result<Opened, LogError> {
    if !directory.holds_a_log()? && new_origin.is_none() {
        return Err(LogError::NoLog { path: directory.path().to_owned() });
    }
    // One whose restore did not finish is touched by nobody.
    crate::backup::is_restored(directory)?;
    directory.create()?;
    let lock = lock(directory.path())?;
    let keys = KeyFiles::read(directory.file_system(), directory.path())?;
    let found = look(directory)?;
    complete_keys(directory, &keys)?;
    let keys = match new_origin {
        Some(origin) if !directory.holds_a_log()? => begin(directory, origin, keys, &found)?,
        _ => keys,
    };
    open_locked(directory, lock, keys, found, &mut |_| {})
}

fn open_locked(
    directory: &DataDirectory,
    lock: DirectoryLock,
    keys: KeyFiles,
    found: Found,
    progress: &mut dyn FnMut(u64),
) -> Result<Opened, LogError> {
    let mut notices = Vec::new();
    let known = found.known_size();
    // First a pass that only looks: nothing is written before the journal is known to be whole.
    let start = found.resume_at(directory)?;
    let mut authentic = Authentic::new(&keys);
    let plan = scan(directory, start, known, &mut |seen, entries| {
        authentic.take(seen, &entries);
        Ok(())
    })?;
    if let Some(damage) = plan.damage() {
        return Err(crate::journal::JournalError::Damaged(damage).into());
    }
    if plan.end().index < known {
        let path = directory.path().to_owned();
        return Err(LogError::JournalBehind { path, journal: plan.end().index, known });
    }
    let signatures = found.signatures(directory, &authentic);
    authentic.finish(directory, &signatures)?;
    let (mark, closed, expected) = (found.mark.clone(), found.closed, found.expected());
    let Ready { store, resumed, was_at } = ready(directory, found, &keys, &signatures)?;
    let mut catch_up = CatchUp::new(directory, store, resumed, progress);
    catch_up.expect(expected, mark.as_ref().and_then(|mark| mark.signature));
    catch_up.authentic = Authentic::new(&keys);
    let start = if was_at.is_ok() { start } else { JournalPosition::START };
    let plan = catch_up.run(directory, start, known)?;
    // What is signed is what this pass has read, whatever somebody did to the files since the first one.
    catch_up.authentic.finish(directory, &signatures)?;
    if let JournalTail::Torn(damage) = plan.tail() {
        notices.push(Notice::TornTail(damage.clone()));
    }
    let mut journal = Journal::open(plan)?;
    notices.extend(redaction::finish(directory, &mut journal)?.map(Notice::RedactionsFinished));
    notices.extend(store_notice(was_at, &catch_up, mark.as_ref(), closed));
    let size = catch_up.tail.size();
    notices.extend(beyond_mark(mark.as_ref(), size));
    let known_lost = mark.and_then(|mark| mark.lost);
    let lost = known_lost.filter(|lost| lost.size > size);
    if lost.is_none() && known_lost.is_some() {
        lost::clear_lost(directory)?;
    }
    notices.extend(lost.map(|lost| Notice::EntriesLost { known: lost.size, journal: size }));
    let log = finish(directory, lock, keys, journal, catch_up, lost)?;
    notices.extend(log.restored.map(|restored| Notice::Restored { size: restored.size }));
    notices.extend(log.went_on.clone().map(Notice::WentOn));
    Ok(Opened { log, notices })
}

/// A store that is gone on with, and what it was before: its size, or why it had to be made anew.
struct Ready {
    store: Store,
    resumed: Resumed,
    was_at: Result<u64, Option<String>>,
}

/// Checks the end of the store. One that cannot be trusted or read is discarded.
fn ready(
    directory: &DataDirectory,
    found: Found,
    keys: &KeyFiles,
    signatures: &[BundleCheckpoint],
) -> Result<Ready, LogError> {
    let (known, expected) = (found.known_size(), found.expected());
    let tags = Tags::new(keys.signer.as_ref().map(|signer| signer.derive(tag::PURPOSE)));
    let reason = match found.store {
        Ok((store, resumed)) => {
            let store = store.with_tags(tags.clone());
            match trust(directory, &store, resumed, keys.verifier.as_ref(), &expected) {
                Ok(resumed) => {
                    let was_at = Ok(resumed.range.size());
                    return Ok(Ready { store, resumed, was_at });
                }
                Err(Refused::Contradiction(error)) => return Err(error),
                Err(Refused::Damaged(reason)) => {
                    // So far the journal was read only from where the store ends.
                    let mut authentic = Authentic::new(keys);
                    check_journal(directory, known, &expected, &mut |seen, entries| {
                        authentic.take(seen, entries);
                    })?;
                    authentic.finish(directory, signatures)?;
                    Some(reason)
                }
            }
        }
        Err(reason) => reason,
    };
    let (store, resumed) = discard(directory, found.mark.as_ref())?;
    Ok(Ready { store: store.with_tags(tags), resumed, was_at: Err(reason) })
}

/// Whoever writes says first, durably, that the log is open: a clean mark is never behind the journal that it was written for.
fn beyond_mark(mark: Option<&Mark>, size: u64) -> Option<Notice> {
    let closed = mark.filter(|mark| mark.state == MarkState::Clean)?.size;
    (closed < size).then_some(Notice::BeyondMark { closed, size })
}

fn store_notice(
    was_at: Result<u64, Option<String>>,
    catch_up: &CatchUp<'_>,
    mark: Option<&Mark>,
    closed: Option<Meta>,
) -> Option<Notice> {
    let size = catch_up.tail.size();
    let promised = mark.filter(|mark| mark.state == MarkState::Clean).map_or(0, |mark| mark.size);
    let closed = closed.map_or(0, |closed| closed.size);
    match was_at {
        Err(reason) if size > 0 => {
            Some(Notice::StoreRebuilt { reason: reason.unwrap_or_else(|| "there was none".to_owned()), size })
        }
        // Its last bundles may still wait for the signature of the last checkpoint, which is made next.
        Ok(from) if size / BUNDLE_ENTRIES * BUNDLE_ENTRIES > from => {
            Some(Notice::StoreCaughtUp { from, to: size })
        }
        // Closed later by the mark's word than by its own: an older copy, even where no bundle was finished since.
        Ok(from) if closed < promised => Some(Notice::StoreCaughtUp { from: closed.max(from), to: size }),
        _ => None,
    }
}

fn finish(
    directory: &DataDirectory,
    lock: DirectoryLock,
    keys: KeyFiles,
    journal: Journal,
    mut catch_up: CatchUp<'_>,
    lost: Option<Meta>,
) -> Result<Log, LogError> {
    let origin = catch_up
        .origin
        .take()
        .or_else(|| name_of(&keys))
        .ok_or_else(|| LogError::NoKey { path: directory.path().join(KEY_FILE) })?;
    // With the secret key the checkpoint is signed again, to the same bytes.
    if let (None, Some(verifier)) = (&keys.signer, &keys.verifier) {
        catch_up.take_marked_signature(&origin, verifier)?;
    }
    check_key(directory, &keys, &origin, catch_up.last_key_id())?;
    let CatchUp { mut applier, mut tail, last_signed, .. } = catch_up;
    let range = tail.range().clone();
    let mut signed = last_signed;
    if let Some(signer) = keys.signer.as_ref().filter(|_| range.size() > 0) {
        // Signed here in any case, to the same bytes as before: it goes into the next frame, and what sled or the mark says may be wrong.
        let (_, checkpoint) = sign(origin.as_str(), range.head(), signer)?;
        if signed.is_none_or(|last| last.size < range.size()) {
            tail.sign(checkpoint);
            applier.take(crate::behind::Committed {
                events: Vec::new(),
                checkpoints: vec![checkpoint],
                bytes: 0,
            })?;
        }
        signed = Some(checkpoint);
    }
    drop(tail.prune(applier.image.finished()));
    // The journal has committed its last frame, whoever wrote it: from now on its entries are known.
    write_mark(directory, &mark_of(directory, range.head(), signed, lost))?;
    let tail = Arc::new(RwLock::new(tail));
    let reader = Arc::new(journal.reader());
    let shared = Arc::new(Shared {
        stored: Some(Stored::new(applier.store.clone(), Arc::clone(&tail), Arc::clone(&reader))),
        tail: Arc::clone(&tail),
        journal: reader,
        origin,
        verifier: keys.verifier.clone(),
        redacted: Redacted::default(),
    });
    let behind = Behind::start(applier, tail).map_err(|source| LogError::Io {
        operation: "start the thread that writes",
        path: directory.store(),
        source,
    })?;
    Ok(Log {
        directory: directory.clone(),
        journal,
        frame_key: keys.signer.as_ref().map(FrameKey::of),
        signer: keys.signer,
        range,
        signed,
        lost,
        restored: crate::backup::is_restored(directory)?,
        went_on: crate::backup::went_on(directory)?,
        shared,
        behind,
        _lock: lock,
    })
}

/// The mark of an open log.
fn mark_of(
    directory: &DataDirectory,
    head: TreeHead,
    signed: Option<BundleCheckpoint>,
    lost: Option<Meta>,
) -> Mark {
    let TreeHead { size, root } = head;
    let signature = signed.filter(|signed| signed.size == size);
    Mark { boot: directory.file_system().boot_id(), state: MarkState::Open, size, root, signature, lost }
}

/// The key must have the log's name, and be the one that signed last: another one comes in by an entry only.
fn check_key(
    directory: &DataDirectory,
    keys: &KeyFiles,
    origin: &Origin,
    last_key_id: Option<[u8; 4]>,
) -> Result<(), LogError> {
    let Some(verifier) = &keys.verifier else { return Ok(()) };
    let file = if keys.signer.is_some() { KEY_FILE } else { VERIFIER_KEY_FILE };
    let other = |found, origin| LogError::OtherKey { path: directory.path().join(file), found, origin };
    let name = verifier.name().as_str();
    if name != origin.as_str() {
        return Err(other(name.to_owned(), origin.to_string()));
    }
    match last_key_id.map(|id| KeyId(u32::from_be_bytes(id))).filter(|id| *id != verifier.id()) {
        Some(id) => Err(other(
            format!("{name}+{}", verifier.id()),
            format!("{origin}, last signed with the key {id}"),
        )),
        None => Ok(()),
    }
}

fn name_of(keys: &KeyFiles) -> Option<Origin> {
    keys.verifier.as_ref().and_then(|verifier| Origin::new(verifier.name().as_str()).ok())
}

/// Begins a log: the key first, durable before the first commit, then the empty journal.
fn begin(
    directory: &DataDirectory,
    origin: &Origin,
    keys: KeyFiles,
    found: &Found,
) -> Result<KeyFiles, LogError> {
    // A mark, sled and documents are written only beside a journal: where they are alone, the journal was lost. A key may be there first.
    let has_traces = !is_missing(directory.file_system(), &directory.mark())
        || directory.store().exists()
        || !directory.blobs().names()?.is_empty();
    if has_traces {
        let lost = found.mark.as_ref().and_then(|mark| mark.lost).map_or(0, |lost| lost.size);
        let known = found.known_size().max(lost).max(1);
        return Err(LogError::JournalBehind { path: directory.path().to_owned(), journal: 0, known });
    }
    let path = || directory.path().join(KEY_FILE);
    let keys = match (&keys.signer, &keys.verifier) {
        (Some(signer), _) if signer.verifier().name().as_str() == origin.as_str() => keys,
        (Some(signer), _) => {
            let found = signer.verifier().name().as_str().to_owned();
            return Err(LogError::OtherKey { path: path(), found, origin: origin.to_string() });
        }
        // There was a log here that lost its key: it does not get another one.
        (None, Some(_)) => return Err(LogError::NoKey { path: path() }),
        (None, None) => {
            let name = KeyName::new(origin.as_str())
                .map_err(|source| LogError::Name { origin: origin.clone(), source })?;
            KeyFiles::create(directory.file_system(), directory.path(), name)?
        }
    };
    // If the process dies here: a key without a log, which the next first use takes over.
    directory.journal().create()?;
    Ok(keys)
}

/// Writes the public key where it is missing beside the secret one: its making was interrupted, or it was lost.
fn complete_keys(directory: &DataDirectory, keys: &KeyFiles) -> Result<(), LogError> {
    let path = directory.path().join(VERIFIER_KEY_FILE);
    let Some(signer) = &keys.signer else { return Ok(()) };
    match directory.file_system().open(&path, crate::fs::Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(write_verifier(directory.file_system(), directory.path(), signer.verifier())?)
        }
        _ => Ok(()),
    }
}

fn lock(path: &Path) -> Result<DirectoryLock, LockError> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match DirectoryLock::acquire(path) {
            Err(LockError::Locked { .. }) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            result => return result,
        }
    }
}

/// Opens a log without writing anything: everything comes from the journal, and nothing is signed.
pub fn open_read_only(directory: &DataDirectory) -> Result<LogReader, LogError> {
    if !directory.holds_a_log()? {
        return Err(LogError::NoLog { path: directory.path().to_owned() });
    }
    crate::backup::is_restored(directory)?;
    let keys = KeyFiles::read_public(directory.file_system(), directory.path())?;
    let mark = read_mark(directory)?;
    let known = mark.as_ref().map_or(0, |mark| mark.size);
    let (mut pass, mut authentic) = (catch_up::ReadOnlyPass::new(), Authentic::new(&keys));
    let signature = mark.and_then(|mark| mark.signature);
    let plan = scan(directory, JournalPosition::START, known, &mut |seen, entries| {
        authentic.take(seen, &entries);
        pass.take(seen, entries)
    })?;
    if let Some(damage) = plan.damage() {
        return Err(crate::journal::JournalError::Damaged(damage).into());
    }
    if plan.end().index < known {
        let path = directory.path().to_owned();
        return Err(LogError::JournalBehind { path, journal: plan.end().index, known });
    }
    // Who may not write and has the key all the same shows nothing either that was not written with it.
    authentic.finish(directory, signature.as_slice())?;
    let (tail, origin) = pass.finish();
    let origin = origin
        .or_else(|| name_of(&keys))
        .ok_or_else(|| LogError::NoKey { path: directory.path().join(KEY_FILE) })?;
    let shared = Shared {
        tail: Arc::new(RwLock::new(tail)),
        stored: None,
        journal: Arc::new(JournalReader::new(directory.journal())),
        origin,
        verifier: keys.verifier,
        redacted: Redacted::default(),
    };
    Ok(LogReader { shared: Arc::new(shared) })
}

fn read_mark(directory: &DataDirectory) -> Result<Option<Mark>, LogError> {
    Mark::read(directory.file_system(), &directory.mark()).map_err(|source| LogError::Io {
        operation: "read the mark",
        path: directory.mark(),
        source,
    })
}

/// Writes the mark that says that sled is open; its size is what was known before.
fn mark_open(directory: &DataDirectory, before: Option<&Mark>) -> Result<(), LogError> {
    let mark = match before {
        Some(before) => {
            let boot = directory.file_system().boot_id();
            Mark { boot, state: MarkState::Open, ..before.clone() }
        }
        None => mark_of(directory, TreeHead { size: 0, root: empty_root() }, None, None),
    };
    write_mark(directory, &mark)
}

fn write_mark(directory: &DataDirectory, mark: &Mark) -> Result<(), LogError> {
    mark.write(directory.file_system(), &directory.mark()).map_err(|source: io::Error| LogError::Io {
        operation: "write the mark",
        path: directory.mark(),
        source,
    })
}
