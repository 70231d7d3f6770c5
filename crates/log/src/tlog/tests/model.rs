//! The naive model: RFC 9162 section 2.1 word for word, over all leaves, and a tree with every full node kept.

use crate::tlog::hash::{Hash, empty_root, leaf_hash, node_hash};
use crate::tlog::proof::{NodeReader, TreeHead};
use std::convert::Infallible;

/// The vectors' entry `i`.
pub(super) fn entry(index: u64) -> Vec<u8> {
    format!("entry-{index}").into_bytes()
}

pub(super) fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

/// The largest power of two strictly below `count`, found by counting.
fn k(count: usize) -> usize {
    let mut k = 1;
    while k * 2 < count {
        k *= 2;
    }
    k
}

/// MTH.
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(k(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH.
pub(super) fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    if index < left.len() {
        [path(index, left), vec![root(right)]].concat()
    } else {
        [path(index - left.len(), right), vec![root(left)]].concat()
    }
}

/// PROOF.
pub(super) fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    if old == 0 { Vec::new() } else { sub_proof(old, leaves, SubTree::IsOldTree) }
}

#[derive(Clone, Copy, PartialEq)]
enum SubTree {
    IsOldTree,
    IsPart,
}

/// SUBPROOF.
fn sub_proof(old: usize, leaves: &[Hash], sub_tree: SubTree) -> Vec<Hash> {
    if old == leaves.len() {
        return if sub_tree == SubTree::IsOldTree { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(k(leaves.len()));
    if old <= left.len() {
        [sub_proof(old, left, sub_tree), vec![root(right)]].concat()
    } else {
        [sub_proof(old - left.len(), right, SubTree::IsPart), vec![root(left)]].concat()
    }
}

/// Every full subtree, level by level, made by hashing pairs.
pub(super) struct FullNodes(pub(super) Vec<Vec<Hash>>);

impl FullNodes {
    pub(super) fn new(size: u64) -> Self {
        let mut levels = vec![leaves(size)];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below.as_chunks().0.iter().map(|[left, right]| node_hash(left, right)).collect();
            levels.push(above);
        }
        Self(levels)
    }

    pub(super) fn leaves(&self, size: u64) -> &[Hash] {
        &self.0[0][..usize::try_from(size).unwrap()]
    }

    pub(super) fn head(&self, size: u64) -> TreeHead {
        TreeHead { size, root: root(self.leaves(size)) }
    }
}

impl NodeReader for FullNodes {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        Ok(self.0[usize::from(level)][usize::try_from(index).unwrap()])
    }
}
