//! Making sled let go of pages that were read or written: the one place where it is done.
//!
//! sled 0.34.7 does not look at the bytes that its cache holds when a page comes in (`src/lru.rs`). An access is put into a queue of the
//! page's shard, of which there are 256, and only when 64 accesses stand in that queue are they counted, the bytes summed, and the pages
//! over the shard's part of `cache_capacity` let go. A page of ours is asked for a few times in all, so that up to 16,384 of them would
//! stay: 200 MB at 1M entries, 320 MB at 10M. Every look at a key is an access of its page, also where the page is in memory
//! (`PageCache::get` in `src/pagecache/mod.rs`), and costs a search in the tree. So each key is looked at some more times, and the queues
//! fill by count. A replay showed nothing of the cost with up to eight looks a read; what it costs single reads and appends is not
//! measured yet.

/// Where the next read will most likely be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// At the neighbouring key: what else is in the page is asked for, too.
    Neighbour,
    /// Anywhere: this read is most likely the only one of its page.
    Anywhere,
}

impl Next {
    /// How often a key is looked at once more. A page holds eight neighbours, so that one that is read through is counted 40 times, and
    /// one that is read once 17 times: at most four pages of a shard wait to be counted.
    const fn more_looks(self) -> usize {
        match self {
            Self::Neighbour => 4,
            Self::Anywhere => 16,
        }
    }
}

/// The same for a key that was written: a page is filled by eight neighbours, and writing and splitting it are accesses, too.
const MORE_LOOKS_WRITTEN: usize = 2;

/// Ages the page of a key that was read.
pub(super) fn age_read(database: &sled::Db, key: &[u8], next: Next) -> sled::Result<()> {
    look(database, key, next.more_looks())
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
