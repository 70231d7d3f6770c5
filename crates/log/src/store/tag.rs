//! Tags: what the holder of the key says of a record, so that who reads it with the same key need not print and hash it again.
//!
//! A record is proven by printing it and comparing the hash with the leaf in the tree, which takes most of the time of reading it. Whoever
//! wrote the store had entry, leaf and record at hand; the tag is an authenticator over the three. It says nothing of any history, only
//! that this record prints the entry of this leaf: the leaf is proven by the tree as before. A tag that is missing, or of another key, says
//! nothing; then the record is printed. So `verify`, which compares the records themselves, needs no tags.

use crate::record::Bundle;
use crate::tlog::derived::DerivedKey;
use crate::tlog::hash::Hash;

/// The purpose of the derived key.
pub(crate) const PURPOSE: &str = "docket/record/v1";

/// Bytes of a tag: the first half of an HMAC-SHA-256.
pub(crate) const TAG_BYTES: usize = 16;

/// What stands in the place of a tag where there was no key.
const NONE: [u8; TAG_BYTES] = [0; TAG_BYTES];

/// Makes and compares tags; says nothing without the key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tags(Option<DerivedKey>);

impl Tags {
    pub(crate) const fn new(key: Option<DerivedKey>) -> Self {
        Self(key)
    }

    /// Appends the tags of a bundle's records, whose leaf hashes these are.
    pub(super) fn write(&self, bundle: &Bundle<'_>, leaves: &[Hash], out: &mut Vec<u8>) {
        for ((record, index), place) in bundle.records.iter().zip(bundle.first..).zip(0..) {
            out.extend(leaves.get(place).and_then(|leaf| self.tag(index, *leaf, record)).unwrap_or(NONE));
        }
    }

    /// Whether the holder of the key says that this record prints the entry of this leaf.
    pub(super) fn vouch(&self, index: u64, leaf: Hash, record: &[u8], tag: &[u8]) -> bool {
        // Who can measure how long this takes on the machine can read the files anyway.
        self.tag(index, leaf, record).is_some_and(|expected| expected == tag)
    }

    fn tag(&self, index: u64, leaf: Hash, record: &[u8]) -> Option<[u8; TAG_BYTES]> {
        let whole = self.0.as_ref()?.authenticate(&[&index.to_le_bytes(), &leaf.0, record]);
        whole.first_chunk().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::key::{KeyName, SignerKey};

    fn tags(seed: u8) -> Tags {
        let signer = SignerKey::from_seed(KeyName::new("docket.example").unwrap(), &[seed; 32]);
        Tags::new(Some(signer.derive(PURPOSE)))
    }

    #[test]
    fn a_tag_vouches_for_its_record_leaf_and_index_alone() {
        let (ours, leaf) = (tags(1), Hash([3; 32]));
        let tag = ours.tag(7, leaf, b"record").unwrap();
        assert!(ours.vouch(7, leaf, b"record", &tag));
        assert!(!ours.vouch(8, leaf, b"record", &tag));
        assert!(!ours.vouch(7, Hash([4; 32]), b"record", &tag));
        assert!(!ours.vouch(7, leaf, b"recorD", &tag));
        assert!(!ours.vouch(7, leaf, b"record", &tag[..15]));
        assert!(!tags(2).vouch(7, leaf, b"record", &tag));
        for bit in 0..TAG_BYTES * 8 {
            let mut flipped = tag;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!ours.vouch(7, leaf, b"record", &flipped), "bit {bit}");
        }
    }

    #[test]
    fn without_the_key_nothing_is_vouched_for() {
        let (none, leaf) = (Tags::default(), Hash([3; 32]));
        let bundle = Bundle { first: 16, records: vec![b"one", b"two"], checkpoints: Vec::new() };
        let mut written = Vec::new();
        none.write(&bundle, &[leaf, leaf], &mut written);
        assert_eq!(written, [0; 2 * TAG_BYTES]);
        assert!(!none.vouch(16, leaf, b"one", &NONE) && !tags(1).vouch(16, leaf, b"one", &NONE));
        written.clear();
        tags(1).write(&bundle, &[leaf, leaf], &mut written);
        let (first, second) = written.split_at(TAG_BYTES);
        assert!(tags(1).vouch(16, leaf, b"one", first) && tags(1).vouch(17, leaf, b"two", second));
        assert!(!none.vouch(16, leaf, b"one", first));
    }
}
