//! A one-to-one assignment of the greatest total weight.
//!
//! Pairs are chosen together, not row by row, so that a row that was moved or put in does not push the others aside. Rows that share
//! no candidate are independent of each other and are solved apart, which keeps a large table cheap.

use std::collections::{BTreeMap, BTreeSet};

/// The largest group of rows that is solved exactly: 600 rows take 600^3, or 2 * 10^8, steps. In a larger one, which takes hundreds of
/// rows with nearly the same words, the heaviest pairs are taken first.
const GROUP_ROWS_MAX: usize = 600;

/// A possible pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) left: usize,
    pub(crate) right: usize,
    /// What the pair is worth; more than 0.
    pub(crate) weight: u32,
}

/// The pairs of the assignment, as left to right. Equal inputs give equal outputs.
pub(crate) fn assign(edges: &[Edge]) -> BTreeMap<usize, usize> {
    groups(edges).into_iter().flat_map(|group| solve(&group)).collect()
}

/// Edges that share ends, directly or through others.
fn groups(edges: &[Edge]) -> Vec<Vec<Edge>> {
    let mut by_left: BTreeMap<usize, Vec<Edge>> = BTreeMap::new();
    let mut by_right: BTreeMap<usize, Vec<Edge>> = BTreeMap::new();
    for edge in edges {
        by_left.entry(edge.left).or_default().push(*edge);
        by_right.entry(edge.right).or_default().push(*edge);
    }
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for &start in by_left.keys() {
        if !seen.insert(start) {
            continue;
        }
        let mut group = Vec::new();
        let mut waiting = vec![start];
        while let Some(left) = waiting.pop() {
            for edge in by_left.get(&left).into_iter().flatten() {
                group.push(*edge);
                let neighbours = by_right.get(&edge.right).into_iter().flatten().map(|edge| edge.left);
                waiting.extend(neighbours.filter(|left| seen.insert(*left)));
            }
        }
        groups.push(group);
    }
    groups
}

fn solve(group: &[Edge]) -> Vec<(usize, usize)> {
    if let [only] = group {
        return vec![(only.left, only.right)];
    }
    let lefts: Vec<usize> = distinct(group.iter().map(|edge| edge.left));
    let rights: Vec<usize> = distinct(group.iter().map(|edge| edge.right));
    if lefts.len().max(rights.len()) > GROUP_ROWS_MAX {
        return heaviest_first(group);
    }
    // The narrower side takes the rows: every row then gets a column, and a pair without an edge counts as none.
    let flipped = lefts.len() > rights.len();
    let (rows, columns) = if flipped { (&rights, &lefts) } else { (&lefts, &rights) };
    let mut weights = vec![vec![0_i64; columns.len()]; rows.len()];
    for edge in group {
        let (row, column) = if flipped { (edge.right, edge.left) } else { (edge.left, edge.right) };
        if let (Ok(row), Ok(column)) = (rows.binary_search(&row), columns.binary_search(&column))
            && let Some(weight) = weights.get_mut(row).and_then(|row| row.get_mut(column))
        {
            *weight = i64::from(edge.weight).max(*weight);
        }
    }
    let pairs = hungarian(&weights).into_iter().enumerate().filter_map(|(row, column)| {
        let weight = weights.get(row)?.get(column)?;
        let (row, column) = (*rows.get(row)?, *columns.get(column)?);
        (*weight > 0).then_some(if flipped { (column, row) } else { (row, column) })
    });
    pairs.collect()
}

fn distinct(values: impl Iterator<Item = usize>) -> Vec<usize> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

fn heaviest_first(group: &[Edge]) -> Vec<(usize, usize)> {
    let mut edges = group.to_vec();
    edges.sort_by_key(|edge| (std::cmp::Reverse(edge.weight), edge.left, edge.right));
    let (mut lefts, mut rights) = (BTreeSet::new(), BTreeSet::new());
    edges.retain(|edge| {
        let free = !lefts.contains(&edge.left) && !rights.contains(&edge.right);
        if free {
            lefts.insert(edge.left);
            rights.insert(edge.right);
        }
        free
    });
    edges.into_iter().map(|edge| (edge.left, edge.right)).collect()
}

/// The column of each row in an assignment of the greatest total weight; at least as many columns as rows.
///
/// The Hungarian method with potentials (Kuhn, Munkres; Jonker and Volgenant's shortest augmenting paths): rows are added one by one,
/// each along the cheapest path that frees a column. Rows, columns and potentials count from 1; 0 stands for "none".
#[expect(
    clippy::indexing_slicing,
    reason = "every index is a row or column of the matrix, or the 0 before them"
)]
fn hungarian(weights: &[Vec<i64>]) -> Vec<usize> {
    let (rows, columns) = (weights.len(), weights.first().map_or(0, Vec::len));
    let mut row_potential = vec![0_i64; rows + 1];
    let mut column_potential = vec![0_i64; columns + 1];
    let mut row_of = vec![0_usize; columns + 1];
    let mut before = vec![0_usize; columns + 1];
    for row in 1..=rows {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![i64::MAX; columns + 1];
        let mut used = vec![false; columns + 1];
        while row_of[column] != 0 {
            used[column] = true;
            let current = row_of[column];
            let (mut delta, mut next) = (i64::MAX, 0);
            for other in (1..=columns).filter(|&other| !used[other]) {
                let cost =
                    -weights[current - 1][other - 1] - row_potential[current] - column_potential[other];
                if cost < least[other] {
                    least[other] = cost;
                    before[other] = column;
                }
                if least[other] < delta {
                    delta = least[other];
                    next = other;
                }
            }
            for other in 0..=columns {
                if used[other] {
                    row_potential[row_of[other]] += delta;
                    column_potential[other] -= delta;
                } else if other > 0 {
                    least[other] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            let previous = before[column];
            row_of[column] = row_of[previous];
            column = previous;
        }
    }
    let mut column_of = vec![columns; rows];
    for column in 1..=columns {
        if row_of[column] > 0 {
            column_of[row_of[column] - 1] = column - 1;
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn edge((left, right, weight): (usize, usize, u32)) -> Edge {
        Edge { left, right, weight }
    }

    fn total(edges: &[Edge], pairs: &BTreeMap<usize, usize>) -> u32 {
        let weight = |(left, right): (&usize, &usize)| {
            let pair = edges.iter().filter(|edge| edge.left == *left && edge.right == *right);
            pair.map(|edge| edge.weight).max().expect("a pair is one of the edges")
        };
        pairs.iter().map(weight).sum()
    }

    /// Every way of pairing, one left end after the other.
    fn best(edges: &[Edge], left: usize, taken: &mut BTreeSet<usize>) -> u32 {
        if left > 6 {
            return 0;
        }
        let mut greatest = best(edges, left + 1, taken);
        for edge in edges.iter().filter(|edge| edge.left == left) {
            if taken.insert(edge.right) {
                greatest = greatest.max(edge.weight + best(edges, left + 1, taken));
                taken.remove(&edge.right);
            }
        }
        greatest
    }

    #[test]
    fn one_row_gives_way_where_both_gain() {
        // Taken one by one, 0 would take 0 and leave nothing for 1.
        let edges = [(0, 0, 900), (0, 1, 880), (1, 0, 800)].map(edge);
        assert_eq!(assign(&edges), BTreeMap::from([(0, 1), (1, 0)]));
        assert_eq!(assign(&[]), BTreeMap::new());
    }

    #[test]
    fn a_group_beyond_the_limit_is_still_paired_one_to_one() {
        let edges: Vec<Edge> = (0..=GROUP_ROWS_MAX)
            .flat_map(|row| [edge((row, row, 10)), edge((row, (row + 1) % (GROUP_ROWS_MAX + 1), 9))])
            .collect();
        let pairs = assign(&edges);
        assert!(pairs.iter().all(|(left, right)| left == right) && pairs.len() == GROUP_ROWS_MAX + 1);
    }

    proptest! {
        #[test]
        fn no_other_pairing_is_worth_more(
            given in prop::collection::vec((0_usize..6, 0_usize..6, 1_u32..20), 0..20)
        ) {
            let edges: Vec<Edge> = given.into_iter().map(edge).collect();
            let pairs = assign(&edges);
            let rights: BTreeSet<usize> = pairs.values().copied().collect();
            prop_assert_eq!(rights.len(), pairs.len());
            prop_assert_eq!(total(&edges, &pairs), best(&edges, 0, &mut BTreeSet::new()));
            prop_assert!(pairs == assign(&edges));
        }
    }
}
