//! The sled store: typed events by position and subject, tiles and checkpoints, behind the journal.
//!
//! The only module that knows sled. Nothing lives here alone: whatever it holds can be rebuilt from the journal by the same
//! [`image`] that fills it, so a store that is damaged, old or gone costs time and no record (docs/decisions: the journal before sled).

mod error;
pub mod image;
pub mod index;
mod let_go;
pub mod mark;
mod pages;
pub(crate) mod tag;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use docket_domain::Subject;

use crate::record::{Bundle, BundleCheckpoint, BundleError, StoredEvent};
use crate::tlog::hash::Hash;
pub use error::StoreError;
pub(crate) use error::is_want_of_room;
use image::{
    BUNDLE_ENTRIES, Batch, CLOSED_KEY, LAYOUT_VERSION, META_KEY, bundle_first, bundle_key, index_key,
    tile_key,
};
use let_go::LetGo;
use pages::Next;
use tag::{TAG_BYTES, Tags};

/// The name of the thread that opens sled: a panic in it is caught and reported as an error, so a panic hook may keep silent.
pub const OPENING_THREAD: &str = "sled-opening";

/// sled's page cache, in bytes: explicit, because its default is 1 GiB.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// sled's unit of writing, in bytes. What is over a quarter of it goes into a file of its own, which sled never syncs and makes and deletes
/// again and again: a page of 16 bundles takes some 450 KiB. It stays for ever what it was when the store was made.
const SEGMENT_BYTES: usize = 2 * 1024 * 1024;

/// The same of stores that were made before: sled's default.
const SEGMENT_BYTES_BEFORE: usize = 512 * 1024;

/// How long to wait for sled's own lock, which can linger after a close (sled issue 1289).
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// How long to wait for sled to open. It reads its log from its last snapshot on: seconds for ten million entries on an ordinary disk,
/// and a hundred times that where the disk is a hundred times slower. After that, it hangs.
const OPENING_WAIT: Duration = Duration::from_mins(10);

/// How far the store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Entries that it holds.
    pub size: u64,
    /// The root at that size.
    pub root: Hash,
}

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    database: LetGo<sled::Db>,
    path: PathBuf,
    tags: Tags,
}

/// A record, and whether a tag vouches for it: then it is known to print the entry of the leaf that was named.
pub(crate) type Vouched = (StoredEvent, bool);

/// A bundle as it was read, and whether a tag vouches for each of its records.
#[derive(Debug)]
pub(crate) struct VouchedBundle {
    first: u64,
    value: sled::IVec,
    vouched: Vec<bool>,
}

impl Store {
    /// The same store, which makes and believes tags from now on, if there is the key.
    #[must_use]
    pub(crate) fn with_tags(self, tags: Tags) -> Self {
        Self { tags, ..self }
    }

    /// Opens the store in `path`, or makes one. sled is opened in a thread of its own, behind a `catch_unwind`.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match open_once(path) {
                Err(StoreError::Sled { source: sled::Error::Io(error), .. })
                    if error.to_string().contains("could not acquire lock") =>
                {
                    if Instant::now() >= deadline {
                        return Err(StoreError::InUse { path: path.to_owned() });
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                result => return result,
            }
        }
    }

    /// How far it has come; nothing for an empty store. Older layouts say it in the same words.
    pub fn meta(&self) -> Result<Option<Meta>, StoreError> {
        match self.get(META_KEY)? {
            None => Ok(None),
            Some(value) => {
                decode_meta(&value).map(Some).ok_or_else(|| self.unreadable("the meta data".to_owned(), None))
            }
        }
    }

    /// The version of its layout, if it is an older one: then only [`Self::meta`] and [`Self::closed`] can be read.
    pub fn older_layout(&self) -> Result<Option<u32>, StoreError> {
        let value = self.get(META_KEY)?;
        let version =
            value.as_deref().and_then(<[u8]>::first_chunk).map(|version| u32::from_le_bytes(*version));
        Ok(version.filter(|version| *version < LAYOUT_VERSION))
    }

    /// How far the log had come when the store was last closed: further than the store, whose last bundle is not finished.
    pub fn closed(&self) -> Result<Option<Meta>, StoreError> {
        match self.get(CLOSED_KEY)? {
            None => Ok(None),
            Some(value) => decode_meta(&value)
                .map(Some)
                .ok_or_else(|| self.unreadable("how far the log had come".to_owned(), None)),
        }
    }

    /// Says how far the log has come, before the store is closed.
    pub fn set_closed(&self, log: Meta) -> Result<(), StoreError> {
        self.guard(|| self.database.insert(CLOSED_KEY, encode_meta(log))).map(drop)
    }

    /// Writes batches that follow each other, all or none, with how far the store has then come.
    pub fn apply(&self, batches: Vec<Batch>) -> Result<(), StoreError> {
        let Some(last) = batches.last() else { return Ok(()) };
        let meta = encode_meta(Meta { size: last.size, root: last.root });
        let mut writes = sled::Batch::default();
        let mut keys = Vec::with_capacity(2 * batches.len());
        for Batch { puts, leaves, .. } in batches {
            for (key, mut value) in puts {
                if bundle_first(&key).is_some() {
                    self.add_tags(&mut value, &leaves)?;
                }
                writes.insert(key.as_slice(), value);
                keys.push(key);
            }
        }
        writes.insert(META_KEY, meta);
        self.guard(|| self.database.apply_batch(writes))?;
        self.guard(|| pages::age_written(&self.database, keys.iter().map(Vec::as_slice)))
    }

    /// Makes the value of a bundle of its bytes: the tags of its records stand behind them.
    fn add_tags(&self, bundle: &mut Vec<u8>, leaves: &[Hash]) -> Result<(), StoreError> {
        let decoded = Bundle::decode(bundle)
            .map_err(|error| self.unreadable("a bundle to be written".to_owned(), Some(Box::new(error))))?;
        let mut tags = Vec::with_capacity(TAG_BYTES * decoded.records.len());
        self.tags.write(&decoded, leaves, &mut tags);
        bundle.extend_from_slice(&tags);
        Ok(())
    }

    /// The entry at an index that the store has.
    pub fn event(&self, index: u64) -> Result<StoredEvent, StoreError> {
        let first = index / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        self.with_bundle(first, Next::Anywhere, |bundle, _| bundle.event(index))
    }

    /// The same, and whether a tag vouches that it is the entry of this leaf.
    pub(crate) fn vouched_event(&self, index: u64, leaf: Hash) -> Result<Vouched, StoreError> {
        let first = index / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        self.with_bundle(first, Next::Anywhere, |bundle, tags| {
            Ok((bundle.event(index)?, self.is_vouched(bundle, tags, index, leaf)))
        })
    }

    /// The bundle that begins at entry `first`, and whether a tag vouches that each of its records is that of its leaf. Nothing is
    /// decoded yet: that is best done where the entries are used.
    pub(crate) fn vouched_bundle(&self, first: u64, leaves: &[Hash]) -> Result<VouchedBundle, StoreError> {
        let value = self.bundle_value(first, Next::Neighbour)?;
        let vouched = self.with_value(first, &value, |bundle, tags| {
            let places = leaves.iter().zip(first..);
            Ok(places.map(|(leaf, index)| self.is_vouched(bundle, tags, index, *leaf)).collect())
        })?;
        Ok(VouchedBundle { first, value, vouched })
    }

    /// Every entry of a bundle that was read, and whether it is vouched for.
    pub(crate) fn vouched_events(&self, read: &VouchedBundle) -> Result<Vec<Vouched>, StoreError> {
        self.with_value(read.first, &read.value, |bundle, _| {
            let places = read.vouched.iter().zip(read.first..);
            places.map(|(is_vouched, index)| Ok((bundle.event(index)?, *is_vouched))).collect()
        })
    }

    fn is_vouched(&self, bundle: &Bundle<'_>, tags: &[u8], index: u64, leaf: Hash) -> bool {
        let place = index.checked_sub(bundle.first).and_then(|place| usize::try_from(place).ok());
        let said =
            place.and_then(|place| bundle.records.get(place).zip(tags.as_chunks::<TAG_BYTES>().0.get(place)));
        said.is_some_and(|(record, tag)| self.tags.vouch(index, leaf, record, tag))
    }

    /// The checkpoints in the bundle that begins at entry `first`: those of the sizes from `first + 1` to its end.
    pub fn checkpoints(&self, first: u64) -> Result<Vec<BundleCheckpoint>, StoreError> {
        self.with_bundle(first, Next::Anywhere, |bundle, _| Ok(bundle.checkpoints.clone()))
    }

    fn with_bundle<T>(
        &self,
        first: u64,
        next: Next,
        read: impl FnOnce(&Bundle<'_>, &[u8]) -> Result<T, BundleError>,
    ) -> Result<T, StoreError> {
        self.with_value(first, &self.bundle_value(first, next)?, read)
    }

    fn bundle_value(&self, first: u64, next: Next) -> Result<sled::IVec, StoreError> {
        self.value(&bundle_key(first), next)?.ok_or_else(|| self.missing(bundle_name(first)))
    }

    /// Reads the value of the bundle that begins at entry `first`.
    fn with_value<T>(
        &self,
        first: u64,
        value: &[u8],
        read: impl FnOnce(&Bundle<'_>, &[u8]) -> Result<T, BundleError>,
    ) -> Result<T, StoreError> {
        let unreadable = |source| self.unreadable(bundle_name(first), Some(Box::new(source)));
        let (value, tags) = without_tags(value);
        let bundle = Bundle::decode(value).map_err(unreadable)?;
        // Only finished bundles are ever written.
        if bundle.first != first || bundle.records.len() as u64 != BUNDLE_ENTRIES {
            return Err(self.unreadable(bundle_name(first), None));
        }
        read(&bundle, tags).map_err(unreadable)
    }

    /// The hashes of a full tile.
    pub fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, StoreError> {
        let key = || format!("the tile {level}/{index}");
        let value =
            self.value(&tile_key(level, index), Next::Anywhere)?.ok_or_else(|| self.missing(key()))?;
        let (hashes, rest) = value.as_chunks::<32>();
        if rest.is_empty() && hashes.len() == usize::from(crate::tlog::tile::TILE_WIDTH) {
            Ok(hashes.iter().map(|bytes| Hash(*bytes)).collect())
        } else {
            Err(self.unreadable(key(), None))
        }
    }

    /// The entries of a subject in a finished block of the subject index, ascending, as far as the index is right.
    pub fn places(&self, subject: &Subject, block: u64) -> Result<Vec<u64>, StoreError> {
        let key = || format!("block {block} of the subject index");
        let value = self.value(&index_key(block), Next::Anywhere)?.ok_or_else(|| self.missing(key()))?;
        index::places_of(&value, subject).ok_or_else(|| self.unreadable(key(), None))
    }

    /// The raw value of a key without tags, for verify, which reads them in order: what the image calls for.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.value(key, Next::Neighbour)?;
        Ok(value.map(|value| match bundle_first(key) {
            Some(_) => without_tags(&value).0.to_vec(),
            None => value.to_vec(),
        }))
    }

    /// Changes a value behind the back of everybody who has the store open.
    #[cfg(test)]
    pub(crate) fn forge(&self, key: &[u8], change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        forge(&self.database, key, change);
    }

    /// Every key, in order, for verify. Ends after the first error.
    pub fn keys(&self) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + '_ {
        let mut keys = self.database.iter().keys();
        let mut failed = false;
        std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let next = self.guard(|| keys.next().transpose()).transpose()?;
            failed = next.is_err();
            Some(next.map(|key| key.to_vec()))
        })
    }

    /// Hands what was written to the operating system. It is no promise of durability: see [`mark`].
    pub fn flush(&self) -> Result<(), StoreError> {
        self.guard(|| self.database.flush()).map(drop)
    }

    /// Lets sled go; on damaged files even that can panic.
    pub fn close(self) -> Result<(), StoreError> {
        let Self { database, path, .. } = self;
        database
            .let_go()
            .map_err(|panic| StoreError::Panicked { path, message: panic_message(panic.as_ref()) })
    }

    fn value(&self, key: &[u8], next: Next) -> Result<Option<sled::IVec>, StoreError> {
        self.guard(|| pages::read(&self.database, key, next))
    }

    fn guard<T>(&self, operation: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
        match catch_unwind(AssertUnwindSafe(operation)) {
            Ok(result) => result.map_err(|source| StoreError::Sled { path: self.path.clone(), source }),
            Err(panic) => {
                Err(StoreError::Panicked { path: self.path.clone(), message: panic_message(panic.as_ref()) })
            }
        }
    }

    fn missing(&self, key: String) -> StoreError {
        StoreError::Missing { path: self.path.clone(), key }
    }

    fn unreadable(&self, key: String, source: Option<Box<BundleError>>) -> StoreError {
        StoreError::Value { path: self.path.clone(), key, source }
    }
}

fn open_once(path: &Path) -> Result<Store, StoreError> {
    match open_with(path, SEGMENT_BYTES) {
        // It was made with other segments; sled says so before it touches anything.
        Err(StoreError::Sled { source: sled::Error::Unsupported(_), .. }) => {
            open_with(path, SEGMENT_BYTES_BEFORE)
        }
        opened => opened,
    }
}

fn open_with(path: &Path, segment_bytes: usize) -> Result<Store, StoreError> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).segment_size(segment_bytes);
    open_within(OPENING_WAIT, path, move || config.open())
        .and_then(|opened| opened.map_err(|source| StoreError::Sled { path: path.to_owned(), source }))
        .map(|database| Store {
            database: LetGo::new(database),
            path: path.to_owned(),
            tags: Tags::default(),
        })
}

/// sled itself, as a store has it: for tests that damage what only sled can write.
#[cfg(test)]
pub(crate) fn database(path: &Path) -> sled::Db {
    let store = Store::open(path).expect("the store of a test opens");
    (*store.database).clone()
}

/// Changes a value as somebody would who can write files: the tags behind a bundle stay what they were.
#[cfg(test)]
pub(crate) fn forge(database: &sled::Db, key: &[u8], change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let value = database.get(key).unwrap().unwrap();
    let (bundle, tags) = if bundle_first(key).is_some() { without_tags(&value) } else { (&*value, &[][..]) };
    database.insert(key, [change(bundle.to_vec()), tags.to_vec()].concat()).unwrap();
    database.flush().unwrap();
}

/// Opens something in a thread of its own that may panic or hang. After `wait` it goes on by itself, and ends with the process at the latest.
fn open_within<T: Send + 'static>(
    wait: Duration,
    path: &Path,
    open: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let panicked = |message| StoreError::Panicked { path: path.to_owned(), message };
    let (report, outcome) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name(OPENING_THREAD.to_owned())
        .spawn(move || {
            let opened = catch_unwind(AssertUnwindSafe(open));
            // Nobody listens any more if it took too long: then what was opened is let go.
            drop(report.send(opened));
        })
        .map_err(|error| panicked(error.to_string()))?;
    let opened = outcome.recv_timeout(wait).map_err(|error| match error {
        RecvTimeoutError::Timeout => StoreError::OpeningHangs { path: path.to_owned(), waited: wait },
        RecvTimeoutError::Disconnected => panicked("its thread ended without a word".to_owned()),
    })?;
    // It has told its outcome and ends by itself.
    drop(thread.join());
    opened.map_err(|panic| panicked(panic_message(panic.as_ref())))
}

/// Makes the files of a closed store durable, which sled itself never does: what it wrote, their lengths, and their names.
pub fn sync_files(directory: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_files(&entry.path())?;
        } else {
            std::fs::File::open(entry.path())?.sync_all()?;
        }
    }
    std::fs::File::open(directory)?.sync_all()
}

pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").to_owned()
}

/// What the bundle that begins at entry `first` is called in errors.
fn bundle_name(first: u64) -> String {
    format!("the bundle at entry {first}")
}

/// A bundle's bytes, and the tags behind them, of which every value of a bundle has one for each entry.
pub(crate) fn without_tags(value: &[u8]) -> (&[u8], &[u8]) {
    let tags = TAG_BYTES * usize::try_from(BUNDLE_ENTRIES).unwrap_or(usize::MAX);
    // A value that is shorter is no bundle, which is for the caller to see.
    value.split_at(value.len().saturating_sub(tags))
}

/// The value of [`META_KEY`].
pub(crate) fn encode_meta(meta: Meta) -> Vec<u8> {
    let mut value = LAYOUT_VERSION.to_le_bytes().to_vec();
    value.extend(meta.size.to_le_bytes());
    value.extend(meta.root.0);
    value
}

fn decode_meta(value: &[u8]) -> Option<Meta> {
    let (version, rest) = value.split_first_chunk::<4>()?;
    let (size, root) = rest.split_first_chunk::<8>()?;
    (1..=LAYOUT_VERSION).contains(&u32::from_le_bytes(*version)).then_some(())?;
    Some(Meta { size: u64::from_le_bytes(*size), root: Hash(*root.as_array::<32>()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_with_the_segments_of_before_opens_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("sled");
        let meta = Meta { size: 64, root: Hash([7; 32]) };
        let before = open_with(&path, SEGMENT_BYTES_BEFORE).unwrap();
        before.set_closed(meta).unwrap();
        before.close().unwrap();
        assert!(open_with(&path, SEGMENT_BYTES).is_err());
        assert_eq!(Store::open(&path).unwrap().closed().unwrap(), Some(meta));
    }

    #[test]
    fn what_does_not_open_is_waited_for_only_so_long() {
        let (let_go, gate) = sync_channel::<()>(1);
        let wait = Duration::from_millis(20);
        let refused = open_within(wait, Path::new("here"), move || gate.recv()).unwrap_err();
        assert!(matches!(refused, StoreError::OpeningHangs { waited, .. } if waited == wait), "{refused:?}");
        drop(let_go);
        assert_eq!(open_within(OPENING_WAIT, Path::new("here"), || 7).unwrap(), 7);
        crate::testing::silence_sled();
        let refused = open_within(OPENING_WAIT, Path::new("here"), || panic!("upside down")).unwrap_err();
        assert!(matches!(refused, StoreError::Panicked { message, .. } if message == "upside down"));
    }
}
