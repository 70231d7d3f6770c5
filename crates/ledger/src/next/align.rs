//! Which row of a table is which recommendation.
//!
//! Words decide, all rows together; the number breaks ties and stands in where there are no words to compare. Whatever is not clear is
//! marked, with what speaks for and against it: nothing doubtful is decided here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::assign::{Edge, assign};
use super::wording::{ALIKE_MAX, Signature};

/// From here on two texts agree well enough to be the same recommendation, in per mille.
const AGREE: u16 = 600;

/// What an equal number is worth beside the words: it decides between texts that are alike, and never against words.
const NUMBER_WORTH: u32 = 30;

/// Another candidate within so much of the chosen one leaves the choice open, in per mille.
const MARGIN: u16 = 50;

/// The parts of a text that was split cover it to so much, in per mille.
const PARTS_COVER: u16 = 930;

/// So much of a part is found in the whole, in per mille.
const PART_WITHIN: u16 = 880;

/// A part has at least so many letters; less is found in many texts.
const PART_LETTERS_MIN: usize = 12;

/// The parts of a text that are tried out in pairs: the longest, since two of them must make up nearly all of it. Without an end to them a
/// table of thousands of pieces of one text would be tried out for hours.
const PARTS_MAX: usize = 64;

/// A run of letters that more texts have tells nothing about which one is meant.
const RUN_TEXTS_MAX: usize = 64;

/// The candidates that are compared in full, for each row.
const CANDIDATES_MAX: usize = 16;

/// A recommendation or a row, as far as alignment looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The number, or what stands for it ("7a"); nothing where it is not known.
    pub(crate) number: Option<String>,
    /// The words; nothing where they are lost or redacted.
    pub(crate) text: Option<Signature>,
    /// Whether only a part of the words survives.
    pub(crate) partial: bool,
}

/// How alike a row is to some recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Likeness {
    pub(crate) known: usize,
    pub(crate) per_mille: u16,
}

/// What a pair rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The words agree.
    Words,
    /// The number is the same, and there are no words to compare.
    NumberOnly,
    /// The number is the same, but the words are other ones.
    NumberAgainstWords,
}

/// A row and the recommendation that it is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) known: usize,
    pub(crate) row: usize,
    pub(crate) basis: Basis,
    pub(crate) same_number: bool,
    /// How alike the words are; nothing where one side has none.
    pub(crate) per_mille: Option<u16>,
    /// The next best recommendation for the row.
    pub(crate) runner_up: Option<Likeness>,
    /// Whether the next best is too near to tell.
    pub(crate) ambiguous: bool,
    /// Of the neighbours in the register's order that are aligned, whether they stand around the row as well.
    pub(crate) neighbours_agree: Option<bool>,
}

/// A recommendation that the table prints as two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) known: usize,
    pub(crate) rows: [usize; 2],
}

/// Two recommendations that the table prints as one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) known: [usize; 2],
    pub(crate) row: usize,
}

/// Every row and every recommendation, each once: paired, split, merged, or without a counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Alignment {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) splits: Vec<Split>,
    pub(crate) merges: Vec<Merge>,
    /// Rows without a recommendation, with the one that they are most like.
    pub(crate) new: Vec<(usize, Option<Likeness>)>,
    /// Recommendations without a row.
    pub(crate) vanished: Vec<usize>,
}

/// Aligns the rows of a table with recommendations, both in their order.
pub(crate) fn align(known: &[Item], rows: &[Item]) -> Alignment {
    let table = Table::new(known, rows);
    let mut chosen = assign(&table.edges());
    let (splits, merges) = table.parts(&mut chosen);
    let settled = Settled::new(&chosen, &splits, &merges);
    let by_number = table.by_number(&settled);
    let mut pairs: Vec<Pair> = chosen.iter().map(|(&known, &row)| table.pair(known, row)).collect();
    pairs.extend(by_number.into_iter().map(|(known, row)| table.pair(known, row)));
    pairs.sort_by_key(|pair| pair.row);
    let settled = Settled::of_all(&pairs, &splits, &merges);
    compare_neighbours(&mut pairs);
    Alignment {
        new: (0..rows.len())
            .filter(|row| !settled.rows.contains(row))
            .map(|row| (row, table.best_for(row)))
            .collect(),
        vanished: (0..known.len()).filter(|known| !settled.known.contains(known)).collect(),
        pairs,
        splits,
        merges,
    }
}

/// What has found its counterpart.
struct Settled {
    known: BTreeSet<usize>,
    rows: BTreeSet<usize>,
}

impl Settled {
    fn new(chosen: &BTreeMap<usize, usize>, splits: &[Split], merges: &[Merge]) -> Self {
        let mut settled =
            Self { known: chosen.keys().copied().collect(), rows: chosen.values().copied().collect() };
        for split in splits {
            settled.known.insert(split.known);
            settled.rows.extend(split.rows);
        }
        for merge in merges {
            settled.known.extend(merge.known);
            settled.rows.insert(merge.row);
        }
        settled
    }

    fn of_all(pairs: &[Pair], splits: &[Split], merges: &[Merge]) -> Self {
        Self::new(&pairs.iter().map(|pair| (pair.known, pair.row)).collect(), splits, merges)
    }
}

/// Both sides, with how alike those are that may belong together.
struct Table<'a> {
    known: &'a [Item],
    rows: &'a [Item],
    /// For each row the recommendations that share words with it.
    of_row: Vec<Vec<Likeness>>,
    /// For each recommendation, the rows.
    of_known: Vec<Vec<(usize, u16)>>,
}

impl<'a> Table<'a> {
    fn new(known: &'a [Item], rows: &'a [Item]) -> Self {
        let index = Index::new(known);
        let of_row: Vec<Vec<Likeness>> = rows
            .iter()
            .map(|row| {
                let Some(text) = &row.text else { return Vec::new() };
                let mut candidates = index.candidates(text);
                candidates.extend(
                    known
                        .iter()
                        .enumerate()
                        .filter(|(_, item)| same_number(item, row))
                        .map(|(place, _)| place),
                );
                let alike = candidates.into_iter().filter_map(|place| {
                    let per_mille = alike(known.get(place)?, row)?;
                    Some(Likeness { known: place, per_mille })
                });
                alike.collect()
            })
            .collect();
        let mut of_known = vec![Vec::new(); known.len()];
        for (row, candidates) in of_row.iter().enumerate() {
            for candidate in candidates {
                if let Some(rows) = of_known.get_mut(candidate.known) {
                    rows.push((row, candidate.per_mille));
                }
            }
        }
        Self { known, rows, of_row, of_known }
    }

    fn edges(&self) -> Vec<Edge> {
        let candidates = self.of_row.iter().enumerate();
        let edges = candidates.flat_map(|(row, candidates)| {
            candidates.iter().filter(|candidate| candidate.per_mille >= AGREE).map(move |candidate| {
                let bonus = if self.is_same_number(candidate.known, row) { NUMBER_WORTH } else { 0 };
                Edge { left: candidate.known, right: row, weight: u32::from(candidate.per_mille) + bonus }
            })
        });
        edges.collect()
    }

    fn is_same_number(&self, known: usize, row: usize) -> bool {
        matches!((self.known.get(known), self.rows.get(row)), (Some(known), Some(row)) if same_number(known, row))
    }

    /// Finds rows that are two parts of one recommendation, and recommendations that are two parts of one row, and takes them out of the
    /// pairs.
    fn parts(&self, chosen: &mut BTreeMap<usize, usize>) -> (Vec<Split>, Vec<Merge>) {
        let (mut splits, mut merges) = (Vec::new(), Vec::new());
        let of_row: BTreeMap<usize, usize> = chosen.iter().map(|(&known, &row)| (row, known)).collect();
        let mut used_rows = BTreeSet::new();
        for known in 0..self.known.len() {
            let rows = self.of_known.get(known).into_iter().flatten().map(|(row, _)| *row);
            // A row that stands well for another recommendation is no part of this one.
            let free = rows.filter(|row| {
                !used_rows.contains(row) && of_row.get(row).is_none_or(|other| *other == known)
            });
            if let Some(rows) = two_parts(text_of(self.known, known), self.rows, free.collect()) {
                chosen.remove(&known);
                used_rows.extend(rows);
                splits.push(Split { known, rows });
            }
        }
        let mut used_known: BTreeSet<usize> = splits.iter().map(|split| split.known).collect();
        for row in (0..self.rows.len()).filter(|row| !used_rows.contains(row)) {
            let candidates = self.of_row.get(row).into_iter().flatten().map(|candidate| candidate.known);
            let free = candidates.filter(|known| {
                !used_known.contains(known) && chosen.get(known).is_none_or(|other| *other == row)
            });
            if let Some(known) = two_parts(text_of(self.rows, row), self.known, free.collect()) {
                chosen.retain(|_, paired| *paired != row);
                used_known.extend(known);
                merges.push(Merge { known, row });
            }
        }
        (splits, merges)
    }

    /// Pairs what is left by equal number, where exactly one of each side bears it.
    fn by_number(&self, settled: &Settled) -> Vec<(usize, usize)> {
        let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, row) in self.rows.iter().enumerate().filter(|(place, _)| !settled.rows.contains(place)) {
            if let Some(number) = &row.number {
                rows.entry(number).or_default().push(place);
            }
        }
        let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, item) in self.known.iter().enumerate().filter(|(place, _)| !settled.known.contains(place))
        {
            if let Some(number) = &item.number {
                known.entry(number).or_default().push(place);
            }
        }
        let mut pairs: Vec<(usize, usize)> = known
            .iter()
            .filter_map(|(number, known)| match (known.as_slice(), rows.get(number)?.as_slice()) {
                ([known], [row]) => Some((*known, *row)),
                _ => None,
            })
            .collect();
        pairs.sort_unstable();
        pairs
    }

    fn pair(&self, known: usize, row: usize) -> Pair {
        let candidates = self.of_row.get(row).map(Vec::as_slice).unwrap_or_default();
        let per_mille = candidates
            .iter()
            .find(|candidate| candidate.known == known)
            .map(|candidate| candidate.per_mille)
            .or_else(|| alike(self.known.get(known)?, self.rows.get(row)?));
        let same_number = self.is_same_number(known, row);
        let runner_up = best(candidates.iter().filter(|candidate| candidate.known != known));
        let basis = match per_mille {
            Some(per_mille) if per_mille >= AGREE => Basis::Words,
            Some(_) => Basis::NumberAgainstWords,
            None => Basis::NumberOnly,
        };
        let ambiguous = match per_mille {
            Some(own) if basis == Basis::Words => {
                let other_row = self.of_known.get(known).into_iter().flatten();
                let other_row = other_row.filter(|(other, _)| *other != row).map(|(_, alike)| *alike).max();
                let rival = runner_up.map(|other| other.per_mille).max(other_row);
                is_ambiguous(own, same_number, rival)
            }
            _ => false,
        };
        Pair { known, row, basis, same_number, per_mille, runner_up, ambiguous, neighbours_agree: None }
    }

    fn best_for(&self, row: usize) -> Option<Likeness> {
        best(self.of_row.get(row)?.iter())
    }
}

/// Whether a rival is too near to tell. An equal number settles it, unless the words speak clearly for the other.
fn is_ambiguous(own: u16, same_number: bool, rival: Option<u16>) -> bool {
    rival.is_some_and(|rival| match (same_number, own) {
        (true, _) => rival > own.saturating_add(MARGIN),
        (false, ALIKE_MAX) => rival == ALIKE_MAX,
        (false, _) => rival.saturating_add(MARGIN) >= own,
    })
}

fn best<'a>(candidates: impl Iterator<Item = &'a Likeness>) -> Option<Likeness> {
    candidates.copied().max_by_key(|candidate| (candidate.per_mille, std::cmp::Reverse(candidate.known)))
}

fn same_number(known: &Item, row: &Item) -> bool {
    known.number.is_some() && known.number == row.number
}

fn text_of(items: &[Item], place: usize) -> Option<&Signature> {
    items.get(place)?.text.as_ref()
}

/// How alike the words are. Of a text that survives in part only the part can be compared.
fn alike(known: &Item, row: &Item) -> Option<u16> {
    let (left, right) = (known.text.as_ref()?, row.text.as_ref()?);
    let alike = left.alike(right);
    let within = match (known.partial, row.partial) {
        (false, false) => return Some(alike),
        (true, false) => left.within(right),
        (false, true) => right.within(left),
        (true, true) => left.within(right).max(right.within(left)),
    };
    Some(alike.max(within.min(ALIKE_MAX - 1)))
}

/// Two of the candidates that make up the whole text together, and neither alone.
fn two_parts(whole: Option<&Signature>, items: &[Item], candidates: BTreeSet<usize>) -> Option<[usize; 2]> {
    let whole = whole?;
    let mut parts: Vec<(usize, &Signature)> = candidates
        .into_iter()
        .filter_map(|place| Some((place, text_of(items, place)?)))
        .filter(|(_, part)| {
            part.folded.chars().count() >= PART_LETTERS_MIN
                && part.within(whole) >= PART_WITHIN
                && part.alike(whole) < PARTS_COVER
        })
        .collect();
    parts.sort_by_key(|(place, part)| (std::cmp::Reverse(part.folded.len()), *place));
    parts.truncate(PARTS_MAX);
    let pairs = parts.iter().flat_map(|first| parts.iter().map(move |second| (first, second)));
    let covering = pairs.filter(|((first, _), (second, _))| first != second).map(|(first, second)| {
        let joined = format!("{}{}", first.1.folded, second.1.folded);
        (Signature::of(&joined).alike(whole), [first.0, second.0])
    });
    let (covered, [first, second]) =
        covering.max_by_key(|(covered, places)| (*covered, std::cmp::Reverse(*places)))?;
    (covered >= PARTS_COVER).then_some([first.min(second), first.max(second)])
}

/// For each pair, whether the recommendations aligned before and after it stand before and after its row as well.
fn compare_neighbours(pairs: &mut [Pair]) {
    let row_of: BTreeMap<usize, usize> = pairs.iter().map(|pair| (pair.known, pair.row)).collect();
    for pair in pairs {
        let before = row_of.range(..pair.known).next_back().map(|(_, row)| *row < pair.row);
        let after = row_of.range(pair.known + 1..).next().map(|(_, row)| *row > pair.row);
        pair.neighbours_agree = match (before, after) {
            (None, None) => None,
            (before, after) => Some(before.unwrap_or(true) && after.unwrap_or(true)),
        };
    }
}

/// Which recommendations have which runs of letters, so that a row is compared with those only that share rare ones with it.
struct Index {
    texts: HashMap<u64, Vec<usize>>,
    equal: HashMap<String, Vec<usize>>,
}

impl Index {
    fn new(known: &[Item]) -> Self {
        let mut texts: HashMap<u64, Vec<usize>> = HashMap::new();
        let mut equal: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, item) in known.iter().enumerate() {
            let Some(text) = &item.text else { continue };
            equal.entry(text.folded.clone()).or_default().push(place);
            for run in text.distinct() {
                texts.entry(run).or_default().push(place);
            }
        }
        texts.retain(|_, places| places.len() <= RUN_TEXTS_MAX);
        Self { texts, equal }
    }

    /// Those with the same text, and those that share the most rare runs.
    fn candidates(&self, text: &Signature) -> BTreeSet<usize> {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for place in text.distinct().iter().filter_map(|run| self.texts.get(run)).flatten() {
            *shared.entry(*place).or_default() += 1;
        }
        let mut ranked: Vec<(usize, usize)> = shared.into_iter().collect();
        ranked.sort_by_key(|(place, shared)| (std::cmp::Reverse(*shared), *place));
        let equal = self.equal.get(&text.folded).into_iter().flatten().take(CANDIDATES_MAX);
        ranked.into_iter().take(CANDIDATES_MAX).map(|(place, _)| place).chain(equal.copied()).collect()
    }
}
