//! `docket rebuild`: the store and its mark are made anew from the journal, by the code that opens every log.
//!
//! It is the way out where opening refuses because the store knows more than the journal or contradicts it: whoever runs it says that
//! the journal is the true one. A damaged journal is refused here too. Where entries were lost, the mark remembers how many there were and
//! their root: they were signed, so the log can only be read from then on, until a journal is back that has them.

use super::authentic::Authentic;
use super::catch_up::check_journal;
use super::found::Found;
use super::lost::{read_lost, with_lost, write_lost};
use super::{Notice, Opened, lock, open_locked, read_mark, write_mark};
use crate::directory::DataDirectory;
use crate::error::LogError;
use crate::keys::KeyFiles;
use crate::progress::{Progress, Stage, journal_bytes};
use crate::store::mark::{Mark, MarkState};
use crate::store::{Meta, Store, StoreError};
use crate::tlog::hash::empty_root;
use crate::tlog::proof::TreeHead;

/// What a rebuild has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Size and root of the log.
    pub head: TreeHead,
    /// What else is worth telling, such as a torn write that was cut.
    pub notices: Vec<Notice>,
}

/// Makes sled and its mark anew from the journal, which is first read through and must be whole.
pub fn rebuild(directory: &DataDirectory, progress: &mut dyn FnMut(Progress)) -> Result<Rebuilt, LogError> {
    if !directory.holds_a_log()? {
        return Err(LogError::NoLog { path: directory.path().to_owned() });
    }
    let lock = lock(directory.path())?;
    let keys = KeyFiles::read(directory.file_system(), directory.path())?;
    let mark = with_lost(read_mark(directory)?, read_lost(directory)?);
    // What was signed here must be in the journal, wherever that reaches: another history is no way out.
    let signed: Vec<Meta> = mark
        .iter()
        .flat_map(|mark| [Some(Meta { size: mark.size, root: mark.root }), mark.lost])
        .flatten()
        .collect();
    let (total, mut done) = (journal_bytes(directory)?, 0);
    let mut authentic = Authentic::new(&keys);
    let size = check_journal(directory, 0, &signed, &mut |seen, entries| {
        authentic.take(seen, entries);
        done += u64::from(seen.position.bytes);
        progress(Progress { stage: Stage::Journal, done, total });
    })?;
    // A rebuild says that the journal is the true one, but it does not sign what others wrote.
    let marked = mark.as_ref().and_then(|mark| mark.signature);
    authentic.finish(directory, marked.as_slice())?;
    let known = known(directory, mark.as_ref())?;
    let mark = Mark {
        boot: "none: a rebuild was begun".to_owned(),
        state: MarkState::Open,
        size: 0,
        root: empty_root(),
        signature: None,
        lost: known.filter(|known| known.size > size),
    };
    if let Some(lost) = mark.lost {
        write_lost(directory, lost)?;
    }
    // If the process dies here: the log says what it lost, and is refused as before.
    write_mark(directory, &mark)?;
    // The journal may be another copy than the one whose openings were destroyed: every redaction is applied to it.
    crate::redaction::forget(directory)?;
    // If the process dies here: a sled that is distrusted, which is made anew if the journal reaches as far, and else refused as before.
    let mut stored = |done| progress(Progress { stage: Stage::Store, done, total: size });
    let found = Found::given_up(mark, marked, "a rebuild was asked for");
    let Opened { log, mut notices } = open_locked(directory, lock, keys, found, &mut stored)?;
    notices.retain(|notice| !matches!(notice, Notice::StoreRebuilt { .. }));
    let head = log.reader().head();
    log.close()?;
    Ok(Rebuilt { head, notices })
}

/// The most that mark and sled say that the log ever had. A sled that cannot be read says nothing.
fn known(directory: &DataDirectory, mark: Option<&Mark>) -> Result<Option<Meta>, LogError> {
    let marked = mark.map(|mark| Meta { size: mark.size, root: mark.root });
    let lost = mark.and_then(|mark| mark.lost);
    let path = directory.store();
    let (meta, closed) = if path.is_dir() { by_the_store(Store::open(&path))? } else { (None, None) };
    // The mark's word comes last and wins over the store's at the same size: it has a checksum.
    Ok([meta, closed, marked, lost].into_iter().flatten().max_by_key(|known| known.size))
}

fn by_the_store(store: Result<Store, StoreError>) -> Result<(Option<Meta>, Option<Meta>), LogError> {
    match store {
        Err(error @ (StoreError::InUse { .. } | StoreError::OpeningHangs { .. })) => Err(error.into()),
        Err(_) => Ok((None, None)),
        Ok(store) => {
            let known = (store.meta().unwrap_or_default(), store.closed().unwrap_or_default());
            // What cannot even be closed is removed next.
            drop(store.close());
            Ok(known)
        }
    }
}
