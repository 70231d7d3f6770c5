//! What stands in a data directory beside the journal: the mark and the store, and whether they can be trusted.

use std::io;
use std::path::Path;
use std::sync::{Arc, RwLock};

use docket_domain::Origin;

use super::authentic::Authentic;
use super::lost::{read_lost, with_lost};
use super::trust::last_signed;
use super::{mark_open, read_mark};
use crate::directory::DataDirectory;
use crate::error::{LogError, chain};
use crate::journal::{JournalPosition, JournalReader, SegmentId};
use crate::record::{BundleCheckpoint, Location, StoredEvent};
use crate::store::image::{BUNDLE_ENTRIES, Image};
use crate::store::mark::{DAMAGED, Mark};
use crate::store::{Meta, Store, StoreError};
use crate::stored::Stored;
use crate::tail::{Tail, range_of, unfinished_tiles};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};

/// The name under which a store waits to be removed.
const DISCARDED: &str = "sled.discarded";

/// Mark and store as found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) mark: Option<Mark>,
    /// How large the log was by the store's own word, whether it can be trusted or not.
    pub(super) store_size: u64,
    /// What the log was when the store was last closed.
    pub(super) closed: Option<Meta>,
    /// The signature in the mark as it was found.
    pub(super) marked: Option<BundleCheckpoint>,
    /// The store with where to go on, or why it must be made anew; no reason where there was none.
    pub(super) store: Result<(Store, Resumed), Option<String>>,
}

/// Where a store ends.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) range: CompactRange,
    pub(super) tiles: Vec<Vec<Hash>>,
    /// The entries since the last finished block of the subject index.
    pub(super) block: Vec<Arc<StoredEvent>>,
    /// Where the journal has the last entry, by the store's word.
    pub(super) last: Option<Location>,
    /// The origin of the last entry.
    pub(super) origin: Option<Origin>,
    /// The last checkpoint whose signature the store has.
    pub(super) last_signed: Option<BundleCheckpoint>,
}

impl Resumed {
    pub(super) fn empty() -> Self {
        let (range, tiles, block) = (CompactRange::new(), Vec::new(), Vec::new());
        Self { range, tiles, block, last: None, origin: None, last_signed: None }
    }

    /// The store that ends here, read with the right edge of its tree as what everything must lead to.
    pub(super) fn stored(&self, directory: &DataDirectory, store: &Store) -> Stored {
        let tail = Tail::new(self.range.clone(), &self.tiles);
        Stored::new(
            store.clone(),
            Arc::new(RwLock::new(tail)),
            Arc::new(JournalReader::new(directory.journal())),
        )
    }

    pub(super) fn image(&self) -> Image {
        Image::resume(self.range.clone(), self.tiles.clone(), &self.block)
    }
}

impl Found {
    /// As if there were no store, and no mark but this one, because they are to be made anew.
    pub(super) fn given_up(mark: Mark, marked: Option<BundleCheckpoint>, reason: &str) -> Self {
        let store = Err(Some(reason.to_owned()));
        Self { mark: Some(mark), store_size: 0, closed: None, marked, store }
    }

    /// The roots that the log must have at sizes that were known, also of entries that were lost.
    pub(super) fn expected(&self) -> Vec<Meta> {
        let mark = self.mark.as_ref().map(|mark| Meta { size: mark.size, root: mark.root });
        let lost = self.mark.as_ref().and_then(|mark| mark.lost);
        [mark, lost, self.closed].into_iter().flatten().collect()
    }

    /// The entries that the log had at least, by the mark or by the store's own word.
    pub(super) fn known_size(&self) -> u64 {
        self.store_size.max(self.mark.as_ref().map_or(0, |mark| mark.size))
    }

    /// The signatures of checkpoints that mark and store have, unchecked, if it is of importance which they are.
    pub(super) fn signatures(
        &self,
        directory: &DataDirectory,
        authentic: &Authentic,
    ) -> Vec<BundleCheckpoint> {
        if !authentic.asks_for_signatures() {
            return Vec::new();
        }
        let stored = self.store.as_ref().ok().and_then(|(store, resumed)| {
            last_signed(&resumed.stored(directory, store), resumed.range.size()).ok().flatten()
        });
        self.marked.into_iter().chain(stored).collect()
    }

    /// The frame that holds the store's last entry: everything before it is in the store.
    pub(super) fn resume_at(&self, directory: &DataDirectory) -> Result<JournalPosition, LogError> {
        let Ok((_, resumed)) = &self.store else { return Ok(JournalPosition::START) };
        let (Some(last), Some(location)) = (resumed.range.size().checked_sub(1), resumed.last) else {
            return Ok(JournalPosition::START);
        };
        let reader = JournalReader::new(directory.journal());
        // No hash covers what a record says of places: one that is wrong is no reason to doubt the journal.
        let frame = match reader.frame_at(SegmentId(location.segment), location.offset, last) {
            Some(frame) => Some(frame),
            None => reader.find(last)?,
        };
        match frame {
            Some(frame) => Ok(frame.start()),
            None => Err(self.why_not_there(directory, last)?),
        }
    }

    /// The journal lacks the frame of the store's last entry: it is shorter, damaged, or of another history.
    fn why_not_there(&self, directory: &DataDirectory, last: u64) -> Result<LogError, LogError> {
        let known = self.known_size();
        let plan = super::catch_up::scan(directory, JournalPosition::START, 0, &mut |_, _| Ok(()))?;
        let path = directory.path().to_owned();
        Ok(match plan.damage() {
            Some(damage) => crate::journal::JournalError::Damaged(damage).into(),
            None if plan.end().index < known => {
                LogError::JournalBehind { path, journal: plan.end().index, known }
            }
            None => LogError::Contradiction { path, index: last },
        })
    }
}

/// Looks at mark and store. The mark says that sled is open before a sled is opened that will be gone on with. One that is distrusted
/// stays so, whatever interrupts this opening: its mark is written only when it is gone.
pub(super) fn look(directory: &DataDirectory) -> Result<Found, LogError> {
    let mark = with_lost(read_mark(directory)?, read_lost(directory)?);
    let marked = mark.as_ref().and_then(|mark| mark.signature);
    if !directory.store().is_dir() {
        return Ok(Found { mark, store_size: 0, closed: None, marked, store: Err(None) });
    }
    let distrust = match &mark {
        None => Some("its mark is missing or damaged".to_owned()),
        Some(mark) if mark.boot == DAMAGED => Some("it was found damaged when it was read".to_owned()),
        Some(mark) if mark.was_open_at_a_restart(directory.file_system()) => {
            Some("it was not closed before the machine restarted".to_owned())
        }
        Some(_) => {
            mark_open(directory, mark.as_ref())?;
            None
        }
    };
    let opened = Store::open(&directory.store()).and_then(|store| {
        let layout =
            store.older_layout()?.map(|layout| format!("its layout {layout} is that of an older docket"));
        Ok((store.meta()?, store.closed()?, layout, store))
    });
    let (store_size, closed, store) = match opened {
        // Whoever has it open may be writing: it is neither read nor discarded.
        Err(error @ (StoreError::InUse { .. } | StoreError::OpeningHangs { .. })) => return Err(error.into()),
        Err(error) => (0, None, Err(Some(chain(&error)))),
        // Its size counts even where it cannot be trusted: before it is discarded, the journal must reach that far.
        Ok((meta, closed, layout, store)) => {
            let size = meta.map_or(0, |meta| meta.size);
            let store = match distrust.or(layout) {
                Some(reason) => Err(Some(reason)),
                None => resume(&store, size, meta.map(|meta| meta.root))
                    .map(|resumed| (store, resumed))
                    .map_err(|error| Some(chain(&error))),
            };
            (size.max(closed.map_or(0, |closed| closed.size)), closed, store)
        }
    };
    Ok(Found { mark, store_size, closed, marked, store })
}

/// The right edge of the tree at the end of a store, checked against the root that it states.
fn resume(store: &Store, size: u64, root: Option<Hash>) -> Result<Resumed, LogError> {
    let missing =
        |key: String| LogError::Store(StoreError::Missing { path: std::path::PathBuf::from("sled"), key });
    let Some(root) = root else { return Ok(Resumed::empty()) };
    if !size.is_multiple_of(BUNDLE_ENTRIES) {
        return Err(missing(format!("a finished bundle before entry {size}")));
    }
    let leaf = |index: u64| {
        let stored = store.event(index)?;
        let bytes = stored.entry.encode().map_err(|source| LogError::Entry { index, source })?;
        Ok(leaf_hash(&bytes))
    };
    let tiles = unfinished_tiles(store, size, &leaf)?;
    let range = range_of(&tiles)?;
    if range.size() != size || range.root() != root {
        return Err(missing(format!("the tree with the root {root}")));
    }
    let last = size.checked_sub(1).map(|last| store.event(last)).transpose()?.map(|stored| stored.location);
    Ok(Resumed { range, tiles, last, ..Resumed::empty() })
}

/// Removes the store, if there is one, and makes an empty one. Nothing lives only there.
pub(super) fn discard(directory: &DataDirectory, mark: Option<&Mark>) -> Result<(Store, Resumed), LogError> {
    let path = directory.store();
    let discarded = directory.path().join(DISCARDED);
    remove_all(&discarded)?;
    match std::fs::rename(&path, &discarded) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(LogError::Io { operation: "move away", path, source });
        }
        _ => {}
    }
    // If the process dies here: no sled, and one put aside that the next discard removes. Never a half of one under its name.
    remove_all(&discarded)?;
    mark_open(directory, mark)?;
    Ok((Store::open(&path)?, Resumed::empty()))
}

fn remove_all(path: &Path) -> Result<(), LogError> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(LogError::Io { operation: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
