//! Hashes and the compact range.

use super::model::{FullNodes, leaves, root};
use crate::tlog::compact::{CompactError, CompactRange, TREE_SIZE_MAX};
use crate::tlog::hash::{Hash, HashError, empty_root, leaf_hash, node_hash};
use proptest::prelude::*;

fn range_of(leaves: &[Hash]) -> CompactRange {
    let mut range = CompactRange::new();
    for leaf in leaves {
        range.append(*leaf);
    }
    range
}

#[test]
fn leaves_and_nodes_are_hashed_in_different_domains() {
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    let both = [left.0, right.0].concat();
    let node = node_hash(&left, &right);
    assert_ne!(node, leaf_hash(&both));
    assert_ne!(node, node_hash(&right, &left));
    assert_eq!(node, Hash::from_hex(&sha256_hex(&[vec![1], both].concat())).unwrap());
    assert_eq!(leaf_hash(b"x").to_string(), sha256_hex(b"\x00x"));
    assert_eq!(empty_root().to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

#[test]
fn a_hash_has_one_spelling() {
    let hash = leaf_hash(b"");
    assert_eq!(hash.to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(format!("{hash:?}"), hash.to_string());
    assert_eq!(Hash::from_hex(&hash.to_string()), Ok(hash));
    assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
    let good = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=";
    assert_eq!(hash.to_base64(), good);
    for bad in [
        "",
        "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0", // padding missing
        "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB1=", // a trailing bit set
        "bjQLnP-zepicpUTmu3gKLHiQHT-zNzh2hRGjBhevoB0=", // the URL alphabet
        " bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=", // white space
        "bjQLnP+zepicpUTmu3gKLHiQ\nHT+zNzh2hRGjBhevoB0=", // a newline inside
        "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0==", // too much padding
    ] {
        assert!(Hash::from_base64(bad).is_err(), "{bad:?}");
    }
    assert_eq!(Hash::from_base64("bjQL"), Err(HashError::Length { found: 3 }));
    assert_eq!(Hash::from_slice(&[0; 33]), Err(HashError::Length { found: 33 }));
    for bad in ["", "6E340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "6e34"] {
        assert!(Hash::from_hex(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn compact_range_has_the_root_of_every_size() {
    let leaves = leaves(600);
    let mut range = CompactRange::new();
    for size in 0..=leaves.len() {
        assert_eq!(range.size(), size as u64);
        assert_eq!(range.root(), root(&leaves[..size]), "size {size}");
        let nodes = range.nodes();
        assert!(nodes.is_sorted_by(|left, right| left.0 > right.0), "size {size}: {nodes:?}");
        assert_eq!(nodes.iter().map(|(level, _)| 1 << level).sum::<usize>(), size);
        let hashes: Vec<_> = nodes.into_iter().map(|(_, hash)| hash).collect();
        assert_eq!(CompactRange::from_nodes(range.size(), &hashes), Ok(range.clone()));
        range.append(leaves.get(size).copied().unwrap_or_else(empty_root));
    }
}

#[test]
fn appending_visits_every_full_subtree_once() {
    let size = 1000;
    let full = FullNodes::new(size);
    let mut range = CompactRange::new();
    let mut visited = vec![Vec::new(); full.0.len()];
    for leaf in full.leaves(size) {
        range.append_visiting(*leaf, |level, index, hash| {
            let level = &mut visited[usize::from(level)];
            assert_eq!(index, level.len() as u64);
            level.push(hash);
        });
    }
    assert_eq!(visited, full.0);
}

#[test]
fn compact_range_has_the_root_at_the_edges_of_tiles() {
    let full = FullNodes::new(65_537);
    let mut range = CompactRange::new();
    for (leaf, size) in full.leaves(65_537).iter().zip(1..) {
        range.append(*leaf);
        if [255, 256, 257, 65_535, 65_536, 65_537].contains(&size) {
            assert_eq!(range.head(), full.head(size));
        }
    }
}

#[test]
fn nodes_and_subtrees_that_do_not_fit_are_refused() {
    let hash = leaf_hash(b"x");
    let wrong_count = CompactError::NodeCount { size: 5, expected: 2, found: 1 };
    assert_eq!(CompactRange::from_nodes(5, &[hash]), Err(wrong_count));
    assert_eq!(CompactRange::from_nodes(TREE_SIZE_MAX + 1, &[hash]), Err(CompactError::TooLarge));

    let mut range = CompactRange::from_nodes(6, &[hash, hash]).unwrap();
    let before = range.clone();
    assert_eq!(range.append_subtree(2, hash), Err(CompactError::NotAligned { level: 2, size: 6 }));
    assert_eq!(range.append_subtree(64, hash), Err(CompactError::TooLarge));
    assert_eq!(range, before);

    let mut largest = CompactRange::from_nodes(TREE_SIZE_MAX, &[hash; 63]).unwrap();
    assert_eq!(largest.append_subtree(0, hash), Err(CompactError::TooLarge));
    let mut half = CompactRange::from_nodes(1 << 62, &[hash]).unwrap();
    assert_eq!(half.append_subtree(62, hash), Err(CompactError::TooLarge));
}

proptest! {
    #[test]
    fn appending_subtrees_is_appending_their_leaves(sizes in prop::collection::vec(0u8..6, 0..12)) {
        // Sorted downwards, every subtree starts at a multiple of its leaves.
        let mut levels = sizes;
        levels.sort_unstable_by(|left, right| right.cmp(left));
        let all = leaves(levels.iter().map(|level| 1 << level).sum());
        let mut rest = all.as_slice();
        let mut range = CompactRange::new();
        for level in levels {
            let (subtree, after) = rest.split_at(1 << level);
            range.append_subtree(level, root(subtree)).unwrap();
            rest = after;
        }
        prop_assert_eq!(&range, &range_of(&all));
        prop_assert_eq!(range.root(), root(&all));
    }

    #[test]
    fn a_rebuilt_range_goes_on_like_the_original(first in 0u64..400, more in 0u64..200) {
        let all = leaves(first + more);
        let (before, after) = all.split_at(usize::try_from(first).unwrap());
        let hashes: Vec<_> = range_of(before).nodes().into_iter().map(|(_, hash)| hash).collect();
        let mut rebuilt = CompactRange::from_nodes(first, &hashes).unwrap();
        for leaf in after {
            rebuilt.append(*leaf);
        }
        prop_assert_eq!(rebuilt.root(), root(&all));
    }
}
