//! Inclusion and consistency proofs: generation (RFC 9162 sections 2.1.3.1 and 2.1.4.1) and verification
//! (sections 2.1.3.2 and 2.1.4.2).
//!
//! Generation reads only full subtrees, through [`NodeReader`], so a proof for any two sizes costs a few dozen
//! reads however large the tree has grown since.

use super::hash::{Hash, empty_root, node_hash};
use thiserror::Error;

/// The most hashes that an inclusion proof can hold: one for each bit of a size.
pub const INCLUSION_HASHES_MAX: usize = 64;

/// A tree's size, in leaves, and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: Hash,
}

/// Where the roots of full subtrees come from.
pub trait NodeReader {
    /// Why a node could not be read.
    type Error;

    /// The root of the full, aligned subtree over the leaves `index << level .. (index + 1) << level`.
    ///
    /// Asked only for subtrees that lie wholly within the size for which a proof was requested.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// Why a root or proof could not be made.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GenerateError<E> {
    /// A node of the tree could not be read.
    #[error("cannot read the tree's node {index} at level {level}")]
    Node {
        /// The node's level; leaves are level 0.
        level: u8,
        /// The node's position in its level.
        index: u64,
        /// Why.
        #[source]
        source: E,
    },
    /// The tree of that size has no such leaf.
    #[error("there is no leaf {index} in a tree of size {size}")]
    IndexBeyondSize {
        /// The leaf asked for, counted from 0.
        index: u64,
        /// The tree's size, in leaves.
        size: u64,
    },
    /// Consistency leads from the smaller tree to the larger.
    #[error("cannot prove that a tree of size {new} extends one of size {old}")]
    OldBeyondNew {
        /// The old tree's size, in leaves.
        old: u64,
        /// The new tree's size, in leaves.
        new: u64,
    },
}

/// Why a proof does not hold.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// The tree of that size has no such leaf.
    #[error("there is no leaf {index} in a tree of size {size}")]
    IndexBeyondSize {
        /// The leaf's position, counted from 0.
        index: u64,
        /// The tree's size, in leaves.
        size: u64,
    },
    /// The old tree is larger than the new one.
    #[error("a tree of size {new} cannot extend one of size {old}")]
    OldBeyondNew {
        /// The old tree's size, in leaves.
        old: u64,
        /// The new tree's size, in leaves.
        new: u64,
    },
    /// Position and sizes alone determine how many hashes a proof has.
    #[error("the proof has {found} hashes; this one must have {expected}")]
    WrongLength {
        /// The number of hashes that it must have.
        expected: usize,
        /// The number of hashes that it has.
        found: usize,
    },
    /// The proof leads to another root than the one claimed.
    #[error("the proof leads to root {computed} at size {size}, not {expected}")]
    RootMismatch {
        /// The size of the tree whose root differs.
        size: u64,
        /// The root claimed.
        expected: Hash,
        /// The root that follows from the proof.
        computed: Hash,
    },
}

/// The root over the first `size` leaves.
pub fn root_at<R: NodeReader>(reader: &R, size: u64) -> Result<Hash, GenerateError<R::Error>> {
    range_root(reader, 0, size)
}

/// The siblings on the way from leaf `index` up to the root of the first `size` leaves, the leaf's own first.
pub fn inclusion_proof<R: NodeReader>(
    reader: &R,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, GenerateError<R::Error>> {
    if index >= size {
        return Err(GenerateError::IndexBeyondSize { index, size });
    }
    let (mut start, mut count) = (0, size);
    let mut proof = Vec::new();
    while count > 1 {
        let left = split_point(count);
        if index - start < left {
            proof.push(range_root(reader, start + left, count - left)?);
            count = left;
        } else {
            proof.push(range_root(reader, start, left)?);
            start += left;
            count -= left;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// What links the root over the first `old` leaves to that over the first `new`. Empty if `old` is 0 or `new`.
pub fn consistency_proof<R: NodeReader>(
    reader: &R,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, GenerateError<R::Error>> {
    if old > new {
        return Err(GenerateError::OldBeyondNew { old, new });
    }
    let mut proof = Vec::new();
    if old == 0 {
        return Ok(proof);
    }
    let (mut start, mut count, mut known) = (0, new, old);
    while known < count {
        let left = split_point(count);
        if known <= left {
            proof.push(range_root(reader, start + left, count - left)?);
            count = left;
        } else {
            proof.push(range_root(reader, start, left)?);
            start += left;
            count -= left;
            known -= left;
        }
    }
    // At start 0 this subtree is the old tree itself, whose root the verifier has.
    if start > 0 {
        proof.push(range_root(reader, start, count)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the leaf with hash `leaf` stands at `index` in the tree of `head`.
pub fn verify_inclusion(leaf: &Hash, index: u64, proof: &[Hash], head: &TreeHead) -> Result<(), ProofError> {
    if index >= head.size {
        return Err(ProofError::IndexBeyondSize { index, size: head.size });
    }
    check_length(proof, inclusion_length(index, head.size - 1))?;
    let mut path = Path { node: index, last: head.size - 1 };
    let mut computed = *leaf;
    for sibling in proof {
        computed = match path.climb() {
            Side::Left => node_hash(sibling, &computed),
            Side::Right => node_hash(&computed, sibling),
        };
    }
    check_root(head, computed)
}

/// Checks that the tree of `new` begins with all leaves of the tree of `old`.
///
/// The empty tree is a prefix of every tree: the proof is empty, and `old.root` must be [`empty_root`].
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    if old.size > new.size {
        return Err(ProofError::OldBeyondNew { old: old.size, new: new.size });
    }
    if old.size == 0 {
        check_length(proof, 0)?;
        return check_root(old, empty_root());
    }
    if old.size == new.size {
        check_length(proof, 0)?;
        return check_root(new, old.root);
    }
    check_length(proof, consistency_length(old.size, new.size))?;
    let shift = old.size.trailing_zeros();
    let mut path = Path { node: (old.size - 1) >> shift, last: (new.size - 1) >> shift };
    let mut hashes = proof.iter().copied();
    // If the old tree is one full subtree, its root is where both roots start, and the proof leaves it out.
    let first = if old.size.is_power_of_two() { Some(old.root) } else { hashes.next() };
    let mut computed_old = first.unwrap_or(old.root);
    let mut computed_new = computed_old;
    for sibling in hashes {
        match path.climb() {
            Side::Left => {
                computed_old = node_hash(&sibling, &computed_old);
                computed_new = node_hash(&sibling, &computed_new);
            }
            Side::Right => computed_new = node_hash(&computed_new, &sibling),
        }
    }
    check_root(old, computed_old)?;
    check_root(new, computed_new)
}

/// Where a verification stands on its way to the root: `fn` and `sn` of RFC 9162.
struct Path {
    node: u64,
    last: u64,
}

/// The side on which the next sibling stands.
enum Side {
    Left,
    Right,
}

impl Path {
    /// Climbs to the next node that has a sibling, and one level further to their parent.
    fn climb(&mut self) -> Side {
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of a level may have no sibling for several levels: it is carried up unchanged.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        side
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

/// The length of an inclusion proof: below where the paths of `index` and `last` meet every level has a
/// sibling, above it only those where the path turns right.
fn inclusion_length(index: u64, last: u64) -> usize {
    let inner = u64::BITS - (index ^ last).leading_zeros();
    let border = index.checked_shr(inner).map_or(0, u64::count_ones);
    (inner + border) as usize
}

/// The length of a consistency proof between sizes `0 < old < new`: that of an inclusion proof for the old
/// tree's last full subtree, and that subtree itself unless it is the whole old tree.
fn consistency_length(old: u64, new: u64) -> usize {
    let shift = old.trailing_zeros();
    let path = inclusion_length((old - 1) >> shift, (new - 1) >> shift);
    path + usize::from(!old.is_power_of_two())
}

fn check_length(proof: &[Hash], expected: usize) -> Result<(), ProofError> {
    let found = proof.len();
    if found == expected { Ok(()) } else { Err(ProofError::WrongLength { expected, found }) }
}

fn check_root(head: &TreeHead, computed: Hash) -> Result<(), ProofError> {
    if computed == head.root {
        Ok(())
    } else {
        Err(ProofError::RootMismatch { size: head.size, expected: head.root, computed })
    }
}

/// The largest power of two strictly below `count`, which must be over 1.
fn split_point(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root over `count` leaves from `start`, a multiple of the smallest power of two that is at least `count`.
fn range_root<R: NodeReader>(reader: &R, start: u64, count: u64) -> Result<Hash, GenerateError<R::Error>> {
    let mut root = None;
    let mut end = start + count;
    let mut rest = count;
    while rest > 0 {
        let level = rest.trailing_zeros();
        end -= 1 << level;
        let left = read(reader, level, end >> level)?;
        root = Some(root.map_or(left, |right| node_hash(&left, &right)));
        rest &= rest - 1;
    }
    Ok(root.unwrap_or_else(empty_root))
}

fn read<R: NodeReader>(reader: &R, level: u32, index: u64) -> Result<Hash, GenerateError<R::Error>> {
    let level = u8::try_from(level).expect("a 64-bit size has levels 0 to 63");
    reader.node(level, index).map_err(|source| GenerateError::Node { level, index, source })
}
