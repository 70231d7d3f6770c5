//! One batch of the image against the values of the store.

use std::path::Path;
use std::sync::Arc;

use super::copy::{StoreCopy, without_path};
use crate::error::chain;
use crate::record::{Bundle, StoredEvent, record_matches_entry};
use crate::store::image::{BUNDLE_ENTRIES, Batch, CLOSED_KEY, META_KEY, SUBJECT_BLOCK_ENTRIES, bundle_key};
use crate::store::{Meta, encode_meta};
use crate::tlog::tile::TILE_HEIGHT;
use crate::verify::Observer;
use crate::verify::report::{Findings, Place};

/// A store to compare with.
pub(super) struct Compare<'a> {
    pub(super) copy: &'a StoreCopy,
    /// The directory that findings name.
    pub(super) path: &'a Path,
}

impl Compare<'_> {
    /// Compares the values of a batch, then its records with its entries.
    pub(super) fn batch(
        &self,
        batch: &Batch,
        entries: &[Arc<StoredEvent>],
        findings: &mut Findings,
        observer: &mut dyn Observer,
    ) {
        for (key, expected) in &batch.puts {
            let Some(found) = self.value(key, findings) else { continue };
            let is_bundle = key.first() == Some(&b'b');
            if found == *expected {
                // The very bytes that the entries were printed to: they say the same.
                let same = entries.iter().filter(|_| is_bundle);
                same.for_each(|stored| observer.store_entry(stored));
                continue;
            }
            let message = format!("{} is not what the journal calls for", in_words(key));
            findings.add("store-differs", self.place(), message);
            if is_bundle {
                self.records(&found, entries, findings, observer);
            }
        }
        if batch.size == self.copy.meta.size {
            let expected = encode_meta(Meta { size: batch.size, root: batch.root });
            if self.value(META_KEY, findings).is_some_and(|found| found != expected) {
                let message = format!("sled states another root than the journal at size {}", batch.size);
                findings.add("store-meta", self.place(), message);
            }
        }
    }

    /// Compares what the records say with what the entries say.
    fn records(
        &self,
        value: &[u8],
        entries: &[Arc<StoredEvent>],
        findings: &mut Findings,
        observer: &mut dyn Observer,
    ) {
        let bundle = match Bundle::decode(value) {
            Ok(bundle) => bundle,
            Err(error) => return findings.add("record-unreadable", self.place(), chain(&error)),
        };
        for (place, expected) in entries.iter().enumerate() {
            let index = expected.entry.event.index;
            let at = || self.place().of_entry(index);
            match bundle.event(index) {
                Err(error) => findings.add("record-unreadable", at(), chain(&error)),
                Ok(stored) if stored == **expected => observer.store_entry(&Arc::new(stored)),
                Ok(stored) => {
                    let record = bundle.records.get(place).copied().unwrap_or_default();
                    findings.add("record-differs", at(), difference(record, expected));
                    observer.store_entry(&Arc::new(stored));
                }
            }
        }
    }

    /// Every key of the store that no batch has put there.
    pub(super) fn extra_keys(&self, findings: &mut Findings) {
        for key in self.copy.store.keys() {
            match key {
                Err(error) => return findings.add("store-unreadable", self.place(), without_path(&error)),
                Ok(key) if !self.is_expected(&key) => {
                    let message = format!("{} is nothing that the journal calls for", in_words(&key));
                    findings.add("store-extra-key", self.place(), message);
                }
                Ok(_) => {}
            }
        }
    }

    fn is_expected(&self, key: &[u8]) -> bool {
        let size = self.copy.meta.size;
        match key {
            META_KEY => size > 0,
            CLOSED_KEY => true,
            [b'b', first @ ..] => {
                let is_first = |first: u64| first < size && first.is_multiple_of(BUNDLE_ENTRIES);
                number(first).is_some_and(|first| bundle_key(first) == key && is_first(first))
            }
            [b't', level, index @ ..] => number(index).is_some_and(|index| {
                let entries_bits = u32::from(TILE_HEIGHT) * (u32::from(*level) + 1);
                index < size.checked_shr(entries_bits).unwrap_or(0)
            }),
            [b's', block @ ..] => number(block).is_some_and(|block| block < size / SUBJECT_BLOCK_ENTRIES),
            _ => false,
        }
    }

    fn value(&self, key: &[u8], findings: &mut Findings) -> Option<Vec<u8>> {
        match self.copy.store.get(key) {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                findings.add("store-missing-key", self.place(), format!("{} is missing", in_words(key)));
                None
            }
            Err(error) => {
                let message = format!("{} cannot be read: {}", in_words(key), without_path(&error));
                findings.add("store-unreadable", self.place(), message);
                None
            }
        }
    }

    fn place(&self) -> Place {
        Place::file(self.path)
    }
}

/// In which field a record and the entry differ.
fn difference(record: &[u8], expected: &StoredEvent) -> String {
    let Ok(entry) = expected.entry.encode() else { return "the entry cannot be printed".to_owned() };
    match record_matches_entry(record, &entry) {
        Ok(_) => "the record names another place in the journal".to_owned(),
        Err(error) => chain(&error),
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    bytes.as_array::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// What a key holds.
fn in_words(key: &[u8]) -> String {
    match key {
        META_KEY => "the value that says how much sled holds".to_owned(),
        [b'b', rest @ ..] if rest.len() == 8 => {
            format!("the bundle at entry {}", number(rest).unwrap_or_default())
        }
        [b't', level, rest @ ..] if rest.len() == 8 => {
            format!("the tile {level}/{}", number(rest).unwrap_or_default())
        }
        [b's', rest @ ..] if rest.len() == 8 => {
            format!("block {} of the subject index", number(rest).unwrap_or_default())
        }
        _ => format!("the value under the key {}", hex::encode(key)),
    }
}
