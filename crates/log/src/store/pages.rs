//! Making sled let go of pages that were read or written: the one place where it is done.
//!
//! sled 0.34.7 does not look at the bytes that its cache holds when a page comes in (`src/lru.rs`). An access is put into a queue of the
//! page's shard, of which there are 256, and only when 64 accesses stand in that queue are they counted, the bytes summed, and the pages
//! over the shard's part of `cache_capacity` let go. A page of ours is asked for a few times in all, so that up to 16,384 of them would
//! stay: 200 MB at 1M entries, 320 MB at 10M. Every look at a key is an access of its page, also where the page is in memory
//! (`PageCache::get` in `src/pagecache/mod.rs`), and costs a search in the tree. So a key is looked at some more times when its page came
//! in, and the queues fill by count.
//!
//! sled does not say whether a page came in either, but it takes time in proportion to the page: it is read, summed, and copied value by
//! value. What was faster than that was in memory, or too small to matter. A slow look of another cause costs some more looks and no more.

use std::time::{Duration, Instant};

/// The least time in which a page comes in: one of 60 KiB that the operating system has at hand takes 20 us, a search in pages that are in
/// memory less than 2.
const COMING_IN: Duration = Duration::from_micros(4);

/// Where the next read will most likely be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// At the neighbouring key: what else is in the page is asked for, too.
    Neighbour,
    /// Anywhere: this read is most likely the only one of its page.
    Anywhere,
}

impl Next {
    /// How often a key is looked at once more when its page came in. One that is read through is counted 40 times, because it holds eight
    /// neighbours, and one that is read once 11 times: at most six pages of a shard wait to be counted.
    const fn more_looks(self) -> usize {
        match self {
            Self::Neighbour => 32,
            Self::Anywhere => 10,
        }
    }
}

/// The same for a key that was written: a page is filled by eight neighbours, and writing and splitting it are accesses, too.
const MORE_LOOKS_WRITTEN: usize = 2;

/// The value of a key, whose page is aged if it came in.
pub(super) fn read(database: &sled::Db, key: &[u8], next: Next) -> sled::Result<Option<sled::IVec>> {
    let began = Instant::now();
    let value = database.get(key)?;
    if began.elapsed() >= COMING_IN {
        look(database, key, next.more_looks())?;
    }
    Ok(value)
}

/// Ages the pages of keys that were written.
pub(super) fn age_written<'key>(
    database: &sled::Db,
    mut keys: impl Iterator<Item = &'key [u8]>,
) -> sled::Result<()> {
    keys.try_for_each(|key| look(database, key, MORE_LOOKS_WRITTEN))
}

fn look(database: &sled::Db, key: &[u8], times: usize) -> sled::Result<()> {
    (0..times).try_for_each(|_| database.contains_key(key).map(drop))
}
