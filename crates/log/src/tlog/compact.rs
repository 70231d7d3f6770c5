//! The compact range: all that must be remembered of a tree to append to it and to know its root.
//!
//! A tree of `size` leaves is a row of full subtrees, one for each bit set in `size`, the largest leftmost
//! (RFC 6962 section 2.1). Their roots are the right edge of the tree, and the whole state.

use super::hash::{HASH_BYTES, Hash, empty_root, node_hash};
use super::proof::TreeHead;
use std::fmt;
use thiserror::Error;

/// The largest number of leaves: sizes are signed 64-bit integers in other implementations of these formats.
pub const TREE_SIZE_MAX: u64 = i64::MAX as u64;

/// One level per bit of a size.
const LEVELS: usize = u64::BITS as usize;

/// The state of a growing tree. Appending costs two hashes on average (the leaf's own included) and never
/// allocates.
#[derive(Clone)]
pub struct CompactRange {
    size: u64,
    /// The full subtree of `2^level` leaves at each level; meaningful only where `size` has that bit set.
    subtrees: [Hash; LEVELS],
}

/// Why nodes or subtrees do not fit a compact range.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CompactError {
    /// A tree of this size has another number of right-edge nodes.
    #[error("a tree of size {size} has {expected} right-edge nodes, not {found}")]
    NodeCount {
        /// The tree's size, in leaves.
        size: u64,
        /// The number of bits set in the size.
        expected: usize,
        /// The number of nodes given.
        found: usize,
    },
    /// A subtree can be appended only where one of its level begins.
    #[error(
        "a subtree of level {level} cannot be appended to a tree of size {size}, which is not a multiple of its leaves"
    )]
    NotAligned {
        /// The subtree's level.
        level: u8,
        /// The tree's size, in leaves.
        size: u64,
    },
    /// The tree would have more than [`TREE_SIZE_MAX`] leaves.
    #[error("a tree cannot have more than {TREE_SIZE_MAX} leaves")]
    TooLarge,
}

impl Default for CompactRange {
    fn default() -> Self {
        Self::new()
    }
}

impl CompactRange {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self { size: 0, subtrees: [Hash([0; HASH_BYTES]); LEVELS] }
    }

    /// The tree of `size` leaves with these right-edge nodes, in the order of [`CompactRange::nodes`].
    ///
    /// Nothing tells whether the nodes are the right ones: compare the root with one that is known.
    pub fn from_nodes(size: u64, nodes: &[Hash]) -> Result<Self, CompactError> {
        if size > TREE_SIZE_MAX {
            return Err(CompactError::TooLarge);
        }
        let expected = size.count_ones() as usize;
        if nodes.len() != expected {
            return Err(CompactError::NodeCount { size, expected, found: nodes.len() });
        }
        let mut range = Self { size, ..Self::new() };
        let smallest_first = range.subtrees.iter_mut().zip(0u8..).filter(|(_, level)| has_bit(size, *level));
        for ((subtree, _), node) in smallest_first.zip(nodes.iter().rev()) {
            *subtree = *node;
        }
        Ok(range)
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree, from at most 63 hashes.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.smallest_first()
            .map(|(_, subtree)| subtree)
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }

    /// Size and root together.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// The right edge as (level, root of the full subtree of `2^level` leaves), the largest and leftmost first.
    #[must_use]
    pub fn nodes(&self) -> Vec<(u8, Hash)> {
        let mut nodes: Vec<_> = self.smallest_first().collect();
        nodes.reverse();
        nodes
    }

    /// Appends a leaf, given its hash.
    pub fn append(&mut self, leaf: Hash) {
        self.append_visiting(leaf, |_, _, _| {});
    }

    /// Appends a leaf and calls `visit(level, index, hash)` for every full subtree that it completes: first
    /// the leaf itself at level 0, then upwards. These are the nodes that a [`NodeReader`] answers from.
    ///
    /// [`NodeReader`]: super::proof::NodeReader
    pub fn append_visiting(&mut self, leaf: Hash, visit: impl FnMut(u8, u64, Hash)) {
        self.carry(0, leaf, visit);
    }

    /// Appends a full subtree of `2^level` leaves at once, given its root.
    pub fn append_subtree(&mut self, level: u8, root: Hash) -> Result<(), CompactError> {
        let leaves = 1u64.checked_shl(u32::from(level)).ok_or(CompactError::TooLarge)?;
        if !self.size.is_multiple_of(leaves) {
            return Err(CompactError::NotAligned { level, size: self.size });
        }
        if leaves > TREE_SIZE_MAX.saturating_sub(self.size) {
            return Err(CompactError::TooLarge);
        }
        self.carry(level, root, |_, _, _| {});
        Ok(())
    }

    /// Binary addition of `2^level` to the size, hashing wherever it carries.
    fn carry(&mut self, level: u8, root: Hash, mut visit: impl FnMut(u8, u64, Hash)) {
        let mut carried = root;
        for (subtree, level) in self.subtrees.iter_mut().zip(0u8..).skip(usize::from(level)) {
            visit(level, self.size >> level, carried);
            if !has_bit(self.size, level) {
                *subtree = carried;
                break;
            }
            carried = node_hash(subtree, &carried);
        }
        self.size += 1 << level;
    }

    fn smallest_first(&self) -> impl Iterator<Item = (u8, Hash)> {
        (0u8..).zip(self.subtrees).filter(|(level, _)| has_bit(self.size, *level))
    }
}

impl PartialEq for CompactRange {
    /// Slots whose bit is not set hold leftovers and do not count.
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.smallest_first().eq(other.smallest_first())
    }
}

impl Eq for CompactRange {}

impl fmt::Debug for CompactRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CompactRange").field(&self.size).field(&self.nodes()).finish()
    }
}

fn has_bit(size: u64, level: u8) -> bool {
    (size >> level) & 1 == 1
}
