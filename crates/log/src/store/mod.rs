//! The sled store: typed events by position and subject, tiles and checkpoints, behind the journal.
//!
//! The only module that knows sled. Nothing lives here alone: whatever it holds can be rebuilt from the journal by the same
//! [`image`] that fills it, so a store that is damaged, old or gone costs time and no record (docs/decisions: the journal before sled).

pub mod image;
pub mod mark;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use docket_domain::Subject;

use crate::record::{Bundle, BundleCheckpoint, BundleError, StoredEvent};
use crate::tlog::hash::Hash;
use image::{
    BUNDLE_ENTRIES, Batch, CLOSED_KEY, LAYOUT_VERSION, META_KEY, Places, bundle_key, decode_places,
    subject_key, tile_key,
};

/// The name of the thread that opens sled: a panic in it is caught and reported as an error, so a panic hook may keep silent.
pub const OPENING_THREAD: &str = "sled-opening";

/// sled's page cache, in bytes: explicit, because its default is 1 GiB.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// How long to wait for sled's own lock, which can linger after a close (sled issue 1289).
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// What can go wrong with the store. None of it loses anything: the journal has it all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// sled answered with an error.
    #[error("{}: sled failed", path.display())]
    Sled {
        /// The directory.
        path: PathBuf,
        /// What it said.
        #[source]
        source: sled::Error,
    },
    /// Somebody has it open.
    #[error("{}: sled is still in use, by this process or another", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// sled panicked, as it does on some damaged files.
    #[error("{}: sled gave up on its files: {message}", path.display())]
    Panicked {
        /// The directory.
        path: PathBuf,
        /// What it said.
        message: String,
    },
    /// A value has another layout, or none.
    #[error("{}: the value of {key} cannot be read", path.display())]
    Value {
        /// The directory.
        path: PathBuf,
        /// Which value, in words.
        key: String,
        /// Why, if it is a bundle.
        #[source]
        source: Option<Box<BundleError>>,
    },
    /// A value that must be there is not.
    #[error("{}: {key} is missing", path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
        /// Which value, in words.
        key: String,
    },
}

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
    database: sled::Db,
    path: PathBuf,
}

impl Store {
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

    /// Its directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How far it has come; nothing for an empty store.
    pub fn meta(&self) -> Result<Option<Meta>, StoreError> {
        match self.get(META_KEY)? {
            None => Ok(None),
            Some(value) => {
                decode_meta(&value).map(Some).ok_or_else(|| self.unreadable("the meta data".to_owned(), None))
            }
        }
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

    /// Writes a batch atomically, with how far the store has then come.
    pub fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut writes = sled::Batch::default();
        for (key, value) in &batch.puts {
            writes.insert(key.as_slice(), value.as_slice());
        }
        writes.insert(META_KEY, encode_meta(Meta { size: batch.size, root: batch.root }));
        self.guard(|| self.database.apply_batch(writes))
    }

    /// The entry at an index that the store has.
    pub fn event(&self, index: u64) -> Result<StoredEvent, StoreError> {
        let first = index / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        self.with_bundle(first, |bundle| bundle.event(index))
    }

    /// Every entry of the bundle that begins at entry `first`.
    pub fn events(&self, first: u64) -> Result<Vec<StoredEvent>, StoreError> {
        self.with_bundle(first, |bundle| {
            (first..).take(bundle.records.len()).map(|index| bundle.event(index)).collect()
        })
    }

    /// The checkpoints in the bundle that begins at entry `first`: those of the sizes `first + 1 ..= first + 64`.
    pub fn checkpoints(&self, first: u64) -> Result<Vec<BundleCheckpoint>, StoreError> {
        self.with_bundle(first, |bundle| Ok(bundle.checkpoints.clone()))
    }

    fn with_bundle<T>(
        &self,
        first: u64,
        read: impl FnOnce(&Bundle<'_>) -> Result<T, BundleError>,
    ) -> Result<T, StoreError> {
        let key = || format!("the bundle at entry {first}");
        let value = self.get(&bundle_key(first))?.ok_or_else(|| self.missing(key()))?;
        let unreadable = |source| self.unreadable(key(), Some(Box::new(source)));
        let bundle = Bundle::decode(&value).map_err(unreadable)?;
        // Only finished bundles are ever written.
        if bundle.first != first || bundle.records.len() as u64 != BUNDLE_ENTRIES {
            return Err(self.unreadable(key(), None));
        }
        read(&bundle).map_err(unreadable)
    }

    /// The hashes of a full tile.
    pub fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, StoreError> {
        let key = || format!("the tile {level}/{index}");
        let value = self.get(&tile_key(level, index))?.ok_or_else(|| self.missing(key()))?;
        let (hashes, rest) = value.as_chunks::<32>();
        if rest.is_empty() && hashes.len() == usize::from(crate::tlog::tile::TILE_WIDTH) {
            Ok(hashes.iter().map(|bytes| Hash(*bytes)).collect())
        } else {
            Err(self.unreadable(key(), None))
        }
    }

    /// The places of a subject's entries in a finished block of the subject index; empty if it has none there.
    pub fn places(&self, subject: &Subject, block: u64) -> Result<Places, StoreError> {
        match self.get(&subject_key(subject, block))? {
            None => Ok(Vec::new()),
            Some(value) => decode_places(&value)
                .ok_or_else(|| self.unreadable(format!("the index of {subject}, block {block}"), None)),
        }
    }

    /// The raw value of a key, for verify.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.guard(|| self.database.get(key))?.map(|value| value.to_vec()))
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
        let Self { database, path } = self;
        catch_unwind(AssertUnwindSafe(|| drop(database)))
            .map_err(|panic| StoreError::Panicked { path, message: panic_message(panic.as_ref()) })
    }

    fn guard<T>(&self, operation: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
        match catch_unwind(AssertUnwindSafe(operation)) {
            Ok(result) => result.map_err(|source| StoreError::Sled { path: self.path.clone(), source }),
            Err(panic) => {
                Err(StoreError::Panicked { path: self.path.clone(), message: panic_message(panic.as_ref()) })
            }
        }
    }

    /// The error for an entry that must be in the store, and is not.
    pub(crate) fn lacks(&self, index: u64) -> StoreError {
        self.missing(format!("entry {index}"))
    }

    fn missing(&self, key: String) -> StoreError {
        StoreError::Missing { path: self.path.clone(), key }
    }

    fn unreadable(&self, key: String, source: Option<Box<BundleError>>) -> StoreError {
        StoreError::Value { path: self.path.clone(), key, source }
    }
}

fn open_once(path: &Path) -> Result<Store, StoreError> {
    let panicked = |message| StoreError::Panicked { path: path.to_owned(), message };
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES);
    let opening = std::thread::Builder::new()
        .name(OPENING_THREAD.to_owned())
        .spawn(move || catch_unwind(AssertUnwindSafe(|| config.open())))
        .map_err(|error| panicked(error.to_string()))?;
    match opening.join() {
        Ok(Ok(Ok(database))) => Ok(Store { database, path: path.to_owned() }),
        Ok(Ok(Err(source))) => Err(StoreError::Sled { path: path.to_owned(), source }),
        Ok(Err(panic)) | Err(panic) => Err(panicked(panic_message(panic.as_ref()))),
    }
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
    (u32::from_le_bytes(*version) == LAYOUT_VERSION).then_some(())?;
    Some(Meta { size: u64::from_le_bytes(*size), root: Hash(*root.as_array::<32>()?) })
}
