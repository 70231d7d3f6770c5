//! Inclusion and consistency proofs against the naive model, and everything that must not verify.

use super::model::{FullNodes, consistency, path};
use crate::tlog::hash::{Hash, empty_root, leaf_hash};
use crate::tlog::proof::{
    GenerateError, NodeReader, ProofError, TreeHead, consistency_proof, inclusion_proof, root_at,
    verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use std::sync::LazyLock;

static TREE: LazyLock<FullNodes> = LazyLock::new(|| FullNodes::new(65_537));

fn wrong_hash() -> Hash {
    leaf_hash(b"not in the tree")
}

fn index(index: u64) -> usize {
    usize::try_from(index).unwrap()
}

/// Generation agrees with the model, and verification accepts it and nothing near it.
fn check_inclusion(leaf_index: u64, head: &TreeHead) {
    let leaves = TREE.leaves(head.size);
    let proof = inclusion_proof(&*TREE, leaf_index, head.size).unwrap();
    assert_eq!(proof, path(index(leaf_index), leaves), "leaf {leaf_index} of {}", head.size);
    let leaf = leaves[index(leaf_index)];
    assert_eq!(verify_inclusion(&leaf, leaf_index, &proof, head), Ok(()));

    let bad = |leaf: Hash, at: u64, proof: &[Hash], head: &TreeHead| {
        let verdict = verify_inclusion(&leaf, at, proof, head);
        assert!(verdict.is_err(), "leaf {leaf_index} of {}, taken for {at} of {}", leaves.len(), head.size);
    };
    bad(wrong_hash(), leaf_index, &proof, head);
    bad(leaf, leaf_index, &proof, &TreeHead { root: wrong_hash(), ..*head });
    bad(leaf, leaf_index, &[proof.as_slice(), &[wrong_hash()]].concat(), head);
    bad(leaf, head.size, &proof, head);
    bad(leaf, u64::MAX, &proof, head);
    if leaf_index > 0 {
        bad(leaf, leaf_index - 1, &proof, head);
    }
    if leaf_index + 1 < head.size {
        bad(leaf, leaf_index + 1, &proof, head);
    }
    for_each_damage(&proof, |damaged| bad(leaf, leaf_index, damaged, head));
}

/// The same for consistency.
fn check_consistency(old: &TreeHead, new: &TreeHead) {
    let proof = consistency_proof(&*TREE, old.size, new.size).unwrap();
    assert_eq!(proof, consistency(index(old.size), TREE.leaves(new.size)), "{} to {}", old.size, new.size);
    assert_eq!(verify_consistency(old, new, &proof), Ok(()));

    let bad = |old: &TreeHead, new: &TreeHead, proof: &[Hash]| {
        assert!(verify_consistency(old, new, proof).is_err(), "{} to {}", old.size, new.size);
    };
    bad(&TreeHead { root: wrong_hash(), ..*old }, new, &proof);
    if old.size > 0 {
        bad(old, &TreeHead { root: wrong_hash(), ..*new }, &proof);
    }
    if old.size != new.size {
        bad(new, old, &proof);
    }
    bad(old, new, &[proof.as_slice(), &[wrong_hash()]].concat());
    for_each_damage(&proof, |damaged| bad(old, new, damaged));
}

/// One hash missing at either end, one changed, two neighbours swapped.
fn for_each_damage(proof: &[Hash], check: impl Fn(&[Hash])) {
    if let [first, rest @ ..] = proof {
        check(rest);
        check(&proof[..proof.len() - 1]);
        check(&[&[*first], proof].concat());
    }
    for position in 0..proof.len() {
        let mut damaged = proof.to_vec();
        damaged[position].0[31] ^= 1;
        check(&damaged);
        if position > 0 {
            let mut swapped = proof.to_vec();
            swapped.swap(position - 1, position);
            check(&swapped);
        }
    }
}

#[test]
fn every_proof_of_small_trees() {
    let heads: Vec<_> = (0..=34).map(|size| TREE.head(size)).collect();
    for head in &heads {
        assert_eq!(root_at(&*TREE, head.size), Ok(head.root));
        (0..head.size).for_each(|leaf| check_inclusion(leaf, head));
        heads.iter().filter(|old| old.size <= head.size).for_each(|old| check_consistency(old, head));
    }
}

#[test]
fn proofs_at_the_edges_of_tiles() {
    let small = [1, 2, 3, 128, 255, 256, 257].map(|size| TREE.head(size));
    let large = [65_535, 65_536, 65_537].map(|size| TREE.head(size));
    for head in large {
        assert_eq!(root_at(&*TREE, head.size), Ok(head.root));
        for leaf in [0, 255, 256, head.size / 2, head.size - 1] {
            let proof = inclusion_proof(&*TREE, leaf, head.size).unwrap();
            let hash = TREE.leaves(head.size)[index(leaf)];
            assert_eq!(verify_inclusion(&hash, leaf, &proof, &head), Ok(()), "{leaf} of {}", head.size);
        }
        for old in small.iter().chain(&large).filter(|old| old.size <= head.size) {
            let proof = consistency_proof(&*TREE, old.size, head.size).unwrap();
            assert_eq!(verify_consistency(old, &head, &proof), Ok(()), "{} to {}", old.size, head.size);
        }
    }
    for head in small {
        for leaf in [0, head.size / 2, head.size - 1] {
            check_inclusion(leaf, &head);
        }
        small.iter().filter(|old| old.size <= head.size).for_each(|old| check_consistency(old, &head));
    }
    // Two proofs of the largest tree against the model, byte for byte.
    check_inclusion(65_536, &large[2]);
    check_consistency(&large[0], &large[2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn inclusion_in_any_tree((size, leaf) in (1u64..=600).prop_flat_map(|size| (Just(size), 0..size))) {
        check_inclusion(leaf, &TREE.head(size));
    }

    #[test]
    fn consistency_of_any_two_trees((new, old) in (0u64..=600).prop_flat_map(|new| (Just(new), 0..=new))) {
        check_consistency(&TREE.head(old), &TREE.head(new));
    }

    #[test]
    fn verification_of_anything_ends(
        sizes in prop::array::uniform3(prop_oneof![any::<u64>(), 0u64..10]),
        length in 0usize..70,
    ) {
        let [old, new, leaf] = sizes;
        let proof = vec![wrong_hash(); length];
        let old = TreeHead { size: old, root: leaf_hash(b"old") };
        let new = TreeHead { size: new, root: leaf_hash(b"new") };
        prop_assert!(verify_inclusion(&leaf_hash(b""), leaf, &proof, &new).is_err());
        prop_assert!(verify_consistency(&old, &new, &proof).is_err());
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let (old, new) = (TREE.head(3), TREE.head(7));
    let leaf = TREE.leaves(7)[2];
    let proof = inclusion_proof(&*TREE, 2, 7).unwrap();
    assert_eq!(
        verify_inclusion(&leaf, 7, &proof, &new),
        Err(ProofError::IndexBeyondSize { index: 7, size: 7 })
    );
    assert_eq!(
        verify_inclusion(&leaf, 2, &proof[1..], &new),
        Err(ProofError::WrongLength { expected: 3, found: 2 })
    );
    let other = TreeHead { size: 7, root: old.root };
    let expected = ProofError::RootMismatch { size: 7, expected: old.root, computed: new.root };
    assert_eq!(verify_inclusion(&leaf, 2, &proof, &other), Err(expected));

    let proof = consistency_proof(&*TREE, 3, 7).unwrap();
    let wrong_old = TreeHead { size: 3, root: new.root };
    let expected = ProofError::RootMismatch { size: 3, expected: new.root, computed: old.root };
    assert_eq!(verify_consistency(&wrong_old, &new, &proof), Err(expected));
    assert_eq!(verify_consistency(&new, &old, &proof), Err(ProofError::OldBeyondNew { old: 7, new: 3 }));
    assert_eq!(verify_consistency(&old, &new, &[]), Err(ProofError::WrongLength { expected: 4, found: 0 }));
}

#[test]
fn the_empty_tree_is_a_prefix_of_every_tree() {
    let empty = TreeHead { size: 0, root: empty_root() };
    assert_eq!(root_at(&*TREE, 0), Ok(empty_root()));
    for size in [0, 1, 256] {
        assert_eq!(consistency_proof(&*TREE, 0, size), Ok(Vec::new()));
        assert_eq!(verify_consistency(&empty, &TREE.head(size), &[]), Ok(()));
    }
    let proof = [wrong_hash()];
    let too_long = ProofError::WrongLength { expected: 0, found: 1 };
    assert_eq!(verify_consistency(&empty, &TREE.head(1), &proof), Err(too_long));
    let not_empty = TreeHead { size: 0, root: wrong_hash() };
    assert!(verify_consistency(&not_empty, &TREE.head(1), &[]).is_err());
    assert_eq!(inclusion_proof(&*TREE, 0, 0), Err(GenerateError::IndexBeyondSize { index: 0, size: 0 }));
}

/// A reader that counts, and fails beyond what a size makes full.
struct Bounded(u64);

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no such node")]
struct NoSuchNode;

impl NodeReader for Bounded {
    type Error = NoSuchNode;

    fn node(&self, level: u8, index: u64) -> Result<Hash, NoSuchNode> {
        let end = (index + 1).checked_mul(1 << level).ok_or(NoSuchNode)?;
        if end <= self.0 { Ok(leaf_hash(&[level])) } else { Err(NoSuchNode) }
    }
}

#[test]
fn generation_reads_only_full_subtrees_of_its_size() {
    let largest = u64::MAX >> 1;
    for size in [1, 2, 3, 255, 256, 257, 65_537, 1 << 40, (1 << 40) + 1, largest] {
        let reader = Bounded(size);
        assert!(root_at(&reader, size).is_ok());
        for leaf in [0, size / 3, size - 1] {
            assert!(inclusion_proof(&reader, leaf, size).unwrap().len() <= 63);
            assert!(consistency_proof(&reader, leaf, size).unwrap().len() <= 64);
        }
    }
    let failed = GenerateError::Node { level: 0, index: 4, source: NoSuchNode };
    assert_eq!(root_at(&Bounded(4), 5), Err(failed));
    assert_eq!(consistency_proof(&Bounded(9), 5, 4), Err(GenerateError::OldBeyondNew { old: 5, new: 4 }));
    assert_eq!(inclusion_proof(&Bounded(9), 4, 4), Err(GenerateError::IndexBeyondSize { index: 4, size: 4 }));
}
