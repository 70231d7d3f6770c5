//! `docket verify`: the stored bytes of journal, sled and blobs are read again and hashed again, and everything that must follow from
//! them is compared (DESIGN section 6).
//!
//! It writes nothing in the data directory: sled, which changes its files when it is opened, is opened from a temporary copy. A fault
//! is a [`Finding`] and never ends the pass; an error means that nothing could be checked. What it shares with the writer is only the
//! builder of the store's image and the decoding of single values: trees, chains and signatures are computed anew.
//!
//! Memory grows with the number of subjects (one place each) and entries (16 bytes each, for repeated ids and unknown targets).

mod ahead;
mod blobs;
pub(crate) mod chain;
pub mod checkpoint;
mod frames;
mod ids;
mod journal;
pub(crate) mod keys;
pub(crate) mod report;
mod signatures;
mod store;

#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::sync::Arc;

use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::error::chain as causes;
use crate::fs::LockError;
use crate::journal::Tail;
use crate::progress::{Progress, journal_bytes};
use crate::record::StoredEvent;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::mark::{DAMAGED, Mark, MarkState};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::empty_root;
use crate::tlog::proof::TreeHead;

pub use report::{FINDINGS_MAX, Finding, VerifyNotice, VerifyReport};

use ahead::with_ahead;
pub(crate) use blobs::BlobList;
use journal::JournalPass;
use report::{Findings, Place};
use store::StoreCheck;

/// Who is shown what verify reads: so that a projection can be folded from both and compared.
pub trait Observer {
    /// The next entry of the journal. Entries that cannot be read are left out.
    fn journal_entry(&mut self, _stored: &Arc<StoredEvent>) {}
    /// The tree of the journal's entries so far, after each of them; not after a gap.
    fn journal_tree(&mut self, _tree: &CompactRange) {}
    /// The next entry as the store has it. The store is read up to the first entry that the journal cannot vouch for.
    fn store_entry(&mut self, _stored: &Arc<StoredEvent>) {}
    /// How far verify has come.
    fn progress(&mut self, _progress: Progress) {}
}

/// Nobody.
impl Observer for () {}

/// Verifies a data directory.
///
/// Errors: there is no log, another process is writing to it, or the journal's directory cannot be listed. Everything else that is
/// wrong is in the report.
pub fn verify(directory: &DataDirectory, observer: &mut dyn Observer) -> Result<VerifyReport, LogError> {
    if !directory.holds_a_log()? {
        return Err(LogError::NoLog { path: directory.path().to_owned() });
    }
    let _lock = take_lock(directory)?;
    let mut findings = Findings::default();
    let keys = keys::read_keys(directory, &mut findings);
    let mark = read_mark(directory, &mut findings);
    let store = StoreCheck::open(directory, mark.as_ref(), &mut findings)?;
    let known_size = store.known_size().max(mark.as_ref().map_or(0, |mark| mark.size));
    let total = journal_bytes(directory)?;
    let records = store.records();
    let mut pass = JournalPass::new(directory, keys, mark.as_ref(), store, total);
    pass.signer = pass.signer.on_threads();
    let journal = directory.journal();
    let survey = with_ahead(&journal, records.as_ref(), |ahead| {
        journal.survey::<LogError>(known_size, ahead, |seen| {
            pass.take(seen, ahead, &mut findings, observer);
            Ok(())
        })
    });
    // The copy of sled is let go with the last handle.
    drop(records);
    let survey = survey.and_then(|survey| pass.chain.confirm(&journal, &mut findings).map(|()| survey));
    match survey {
        Ok(survey) => {
            if let Tail::Torn(damage) = &survey.tail {
                let (offset, file) = (damage.offset, damage.path.display());
                let message = format!(
                    "a torn write at byte {offset} of {file}: it was never acknowledged; opening the log cuts it"
                );
                findings.notice("torn-tail", message);
            }
        }
        Err(error) => {
            findings.add("journal-unreadable", Place::file(directory.journal().path()), causes(&error));
        }
    }
    pass.finish(&mut findings, observer);
    check_sizes(directory, &pass, mark.as_ref(), &mut findings);
    check_restored(directory, &mut findings);
    let blobs = pass.blobs.check(directory, &mut findings, &mut |progress| observer.progress(progress));
    let bytes = total + pass.store.bytes + blobs.bytes;
    Ok(report(pass, segments(directory), blobs.blobs, bytes, findings))
}

fn report(pass: JournalPass<'_>, segments: u64, blobs: u64, bytes: u64, findings: Findings) -> VerifyReport {
    let head = pass.head.unwrap_or(TreeHead { size: 0, root: empty_root() });
    let signed = pass.signer.last.as_ref().map_or(0, |(size, _)| *size);
    let findings_count = findings.count();
    let (findings, notices) = findings.into_parts();
    VerifyReport {
        origin: pass.chain.origin().cloned(),
        size: head.size,
        root: head.root,
        entries: pass.counts.entries,
        commits: pass.counts.commits,
        segments,
        bytes,
        signatures: pass.signer.checked,
        signatures_took: pass.signer.took,
        openings_intact: pass.counts.openings_intact,
        openings_erased: pass.counts.openings_erased,
        blobs,
        store_size: pass.store.size,
        last_checkpoint: pass.signer.last.map(|(_, note)| note),
        unsigned: head.size.saturating_sub(signed),
        notices,
        findings,
        findings_count,
    }
}

/// Takes the lock for as long as verify reads, shared with other readers. It is not made where there is none: verify writes nothing.
fn take_lock(directory: &DataDirectory) -> Result<Option<File>, LockError> {
    let path = directory.path().join("lock");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LockError::Io { path, source }),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(LockError::Locked { directory: directory.path().to_owned() }),
        Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
    }
}

fn segments(directory: &DataDirectory) -> u64 {
    let names = directory.file_system().list(directory.journal().path()).unwrap_or_default();
    names.iter().filter(|name| name.to_string_lossy().ends_with(".seg")).count() as u64
}

fn read_mark(directory: &DataDirectory, findings: &mut Findings) -> Option<Mark> {
    let path = directory.mark();
    match keys::read_small(directory.file_system(), &path, 1 << 20) {
        Ok(None) => {
            if directory.store().is_dir() {
                findings.notice(
                    "mark-missing",
                    "sled has no mark: opening the log makes it anew from the journal",
                );
            }
            return None;
        }
        Err(error) => {
            findings.add("mark-damaged", Place::file(path), causes(&error));
            return None;
        }
        Ok(Some(_)) => {}
    }
    let mark = Mark::read(directory.file_system(), &path).ok().flatten();
    match &mark {
        None => findings.add(
            "mark-damaged",
            Place::file(path),
            "this is no mark: opening the log makes sled anew",
        ),
        Some(mark) if mark.boot == DAMAGED => {
            findings.notice("store-distrusted", "sled was found damaged: opening the log makes it anew");
        }
        Some(mark) if mark.was_open_at_a_restart(directory.file_system()) => {
            let message = "sled was not closed before the machine restarted: opening the log makes it anew";
            findings.notice("mark-open", message);
        }
        Some(_) => {}
    }
    mark
}

/// A directory that was restored from a backup says so until it was shown a checkpoint.
fn check_restored(directory: &DataDirectory, findings: &mut Findings) {
    match crate::backup::is_restored(directory) {
        Ok(None) => {}
        Ok(Some(meta)) => {
            let size = meta.size;
            let message = format!(
                "restored from a backup ({size} entries): only read until it is shown a checkpoint kept elsewhere"
            );
            findings.notice("restored", message);
        }
        Err(error) => findings.add("restore-unfinished", Place::file(directory.restored()), causes(&error)),
    }
}

/// Compares how far journal, store and mark have come.
fn check_sizes(
    directory: &DataDirectory,
    pass: &JournalPass<'_>,
    mark: Option<&Mark>,
    findings: &mut Findings,
) {
    let journal = pass.head.map_or(0, |head| head.size);
    let lost = match crate::open::lost::read_lost(directory) {
        Ok(lost) => {
            let marked = mark.and_then(|mark| mark.lost);
            // The mark may say less, where a rebuild was interrupted: the file is written first.
            if let Some((lost, marked)) = lost.zip(marked)
                && (lost.size <= marked.size && lost != marked)
            {
                let message = format!(
                    "it says that the lost log had {} entries with the root {}, the mark beside sled says {} with {}",
                    lost.size, lost.root, marked.size, marked.root
                );
                findings.add("lost-contradicts", Place::file(directory.lost()), message);
            }
            lost.into_iter().chain(marked).map(|lost| lost.size).max().unwrap_or(0)
        }
        Err(error) => {
            findings.add("lost-damaged", Place::file(directory.lost()), causes(&error));
            0
        }
    };
    let marked = mark.map_or(0, |mark| mark.size).max(lost);
    let known = [("sled", pass.store.known_size()), ("the mark beside it", marked)];
    for (who, size) in known.into_iter().filter(|(_, size)| *size > journal) {
        let message = format!(
            "the journal ends at {journal} entries, but {who} knows {size}: it is an older copy, or entries were lost"
        );
        findings.add("journal-behind", Place::file(directory.journal().path()), message);
    }
    let clean = mark.filter(|mark| mark.state == MarkState::Clean);
    if let Some(mark) = clean.filter(|mark| mark.size < journal) {
        let closed = mark.size;
        let message = format!(
            "the log was last closed with {closed} entries, but the journal has {journal}: the mark is an older one, or entries were added past docket"
        );
        findings.notice("mark-behind", message);
    }
    let Some(store) = pass.store.size else { return };
    let promised = clean.map_or(0, |mark| mark.size);
    let promised = promised / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
    if store < promised {
        let message = format!(
            "sled holds {store} entries, but was closed with {promised}: it is an older copy, or lost its end; opening the log catches it up"
        );
        findings.add("store-behind", Place::file(directory.store()), message);
    } else if store < journal / BUNDLE_ENTRIES * BUNDLE_ENTRIES {
        let message = format!("sled holds {store} of {journal} entries: opening the log catches it up");
        findings.notice("store-behind", message);
    }
}
