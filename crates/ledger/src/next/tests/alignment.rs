//! Which row is which: properties over made-up registers, and the cases that a rule per row would get wrong.

use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, proptest};
use proptest::sample::Index;

use crate::next::align::{Alignment, Basis, Item, align};
use crate::next::wording::Signature;

const WORDS: [&str; 24] = [
    "harbour",
    "embankment",
    "council",
    "publish",
    "sirens",
    "volunteer",
    "culvert",
    "railway",
    "warden",
    "household",
    "budget",
    "quarterly",
    "inspect",
    "gauge",
    "parish",
    "evacuate",
    "sluice",
    "forecast",
    "contract",
    "training",
    "insurance",
    "drainage",
    "archive",
    "bridge",
];

fn item(number: usize, text: &str) -> Item {
    Item { number: Some(number.to_string()), text: Some(Signature::of(text)), partial: false }
}

/// Different texts of several words, numbered in order.
fn register() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::btree_set(prop::collection::vec(0..WORDS.len(), 5..9), 1..14).prop_map(|texts| {
        texts
            .into_iter()
            .enumerate()
            .map(|(place, words)| {
                let words: Vec<&str> = words.into_iter().map(|word| WORDS[word]).collect();
                item(place + 1, &words.join(" "))
            })
            .collect()
    })
}

fn pairs(alignment: &Alignment) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = alignment.pairs.iter().map(|pair| (pair.known, pair.row)).collect();
    pairs.sort_unstable();
    pairs
}

proptest! {
    #[test]
    fn a_table_aligned_with_itself_is_itself_in_whatever_order(
        (known, order) in register().prop_flat_map(|known| {
            let order: Vec<usize> = (0..known.len()).collect();
            (Just(known), Just(order).prop_shuffle())
        })
    ) {
        let rows: Vec<Item> = order.iter().map(|&place| known[place].clone()).collect();
        let alignment = align(&known, &rows);
        let mut wanted: Vec<(usize, usize)> = order.iter().enumerate().map(|(row, &known)| (known, row)).collect();
        wanted.sort_unstable();
        prop_assert_eq!(pairs(&alignment), wanted);
        prop_assert!(alignment.new.is_empty() && alignment.vanished.is_empty());
        prop_assert!(alignment.splits.is_empty() && alignment.merges.is_empty());
        prop_assert!(alignment.pairs.iter().all(|pair| pair.per_mille == Some(1000) && !pair.ambiguous));
    }

    #[test]
    fn words_find_their_recommendation_whatever_the_numbers_say(known in register(), shift in 1_usize..20) {
        let rows: Vec<Item> = known
            .iter()
            .enumerate()
            .map(|(place, item)| Item { number: Some((place + 1 + shift).to_string()), ..item.clone() })
            .collect();
        let alignment = align(&known, &rows);
        let wanted: Vec<(usize, usize)> = (0..known.len()).map(|place| (place, place)).collect();
        prop_assert_eq!(pairs(&alignment), wanted);
    }

    #[test]
    fn rows_that_are_left_out_vanish_and_no_other(known in register(), out in prop::collection::vec(prop::bool::ANY, 14)) {
        let kept: Vec<usize> = (0..known.len()).filter(|&place| !out[place]).collect();
        let rows: Vec<Item> = kept.iter().map(|&place| known[place].clone()).collect();
        let alignment = align(&known, &rows);
        let gone: Vec<usize> = (0..known.len()).filter(|&place| out[place]).collect();
        prop_assert_eq!(&alignment.vanished, &gone);
        prop_assert!(alignment.new.is_empty());
        // The other way round the same rows are new.
        let back = align(&rows, &known);
        prop_assert_eq!(back.new.iter().map(|(row, _)| *row).collect::<Vec<_>>(), gone);
    }

    #[test]
    fn every_row_and_every_recommendation_ends_in_exactly_one_place(
        known in register(), rows in register(), lost in prop::collection::vec(prop::option::of(0_u8..3), 14)
    ) {
        let rows: Vec<Item> = rows
            .into_iter()
            .zip(lost)
            .map(|(row, lost)| match lost {
                Some(0) => Item { text: None, ..row },
                Some(1) => Item { number: None, ..row },
                _ => row,
            })
            .collect();
        let alignment = align(&known, &rows);
        let mut seen_rows: Vec<usize> = alignment.pairs.iter().map(|pair| pair.row)
            .chain(alignment.splits.iter().flat_map(|split| split.rows))
            .chain(alignment.merges.iter().map(|merge| merge.row))
            .chain(alignment.new.iter().map(|(row, _)| *row)).collect();
        let mut seen_known: Vec<usize> = alignment.pairs.iter().map(|pair| pair.known)
            .chain(alignment.splits.iter().map(|split| split.known))
            .chain(alignment.merges.iter().flat_map(|merge| merge.known))
            .chain(alignment.vanished.iter().copied()).collect();
        seen_rows.sort_unstable();
        seen_known.sort_unstable();
        prop_assert_eq!(seen_rows, (0..rows.len()).collect::<Vec<_>>());
        prop_assert_eq!(seen_known, (0..known.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_text_cut_in_two_anywhere_near_its_middle_is_found(known in register(), at in prop::sample::select(vec![2_usize, 3]), place in proptest::prelude::any::<Index>()) {
        let words: Vec<String> = (0..6).map(|word| format!("{}{}", WORDS[place.index(18) + word], word)).collect();
        let text = words.join(" ");
        let mut known = known;
        known.push(item(90, &text));
        let mut rows = known.clone();
        rows.pop();
        rows.push(item(90, &words[..at].join(" ")));
        rows.insert(0, item(91, &words[at..].join(" ")));
        let alignment = align(&known, &rows);
        prop_assert_eq!(alignment.splits.len(), 1, "{:?}", alignment);
        prop_assert_eq!(alignment.splits[0].known, known.len() - 1);
        prop_assert_eq!(alignment.splits[0].rows, [0, rows.len() - 1]);
        prop_assert!(alignment.new.is_empty() && alignment.vanished.is_empty());
        // And back: two recommendations printed as one row.
        let merged = align(&rows, &known);
        prop_assert_eq!(merged.merges.len(), 1, "{:?}", merged);
        prop_assert_eq!(merged.merges[0].row, known.len() - 1);
    }
}

#[test]
fn an_inserted_row_shifts_the_numbers_and_not_the_alignment() {
    let known = [
        item(1, "Buy twelve low-floor buses"),
        item(2, "Print timetables in large type"),
        item(3, "Mend the lift"),
    ];
    let rows = [
        item(1, "Paint the depot green again"),
        item(2, "Buy twelve low-floor buses"),
        item(3, "Print timetables in large type"),
        item(4, "Mend the lift"),
    ];
    let alignment = align(&known, &rows);
    assert_eq!(pairs(&alignment), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(alignment.new.len(), 1);
    assert!(
        alignment.pairs.iter().all(|pair| pair.basis == Basis::Words && !pair.same_number && !pair.ambiguous)
    );
}

#[test]
fn a_row_without_words_goes_by_its_number_and_its_neighbours_are_named() {
    let lost = |number: usize| Item { number: Some(number.to_string()), text: None, partial: false };
    let known = [item(1, "Buy twelve low-floor buses"), lost(2), item(3, "Mend the lift")];
    let rows = [
        item(1, "Buy twelve low-floor buses"),
        item(2, "Print timetables in large type"),
        item(3, "Mend the lift"),
    ];
    let alignment = align(&known, &rows);
    let pair = alignment.pairs.iter().find(|pair| pair.known == 1).unwrap();
    assert_eq!((pair.basis, pair.neighbours_agree), (Basis::NumberOnly, Some(true)));
    let moved = [rows[0].clone(), rows[2].clone(), rows[1].clone()];
    let pair = align(&known, &moved).pairs.into_iter().find(|pair| pair.known == 1).unwrap();
    assert_eq!((pair.row, pair.neighbours_agree), (2, Some(false)));
}

#[test]
fn the_same_number_with_other_words_is_a_question() {
    let known = [item(1, "Buy twelve low-floor buses")];
    let rows = [item(1, "Inspect every culvert below the railway")];
    let alignment = align(&known, &rows);
    assert_eq!(alignment.pairs[0].basis, Basis::NumberAgainstWords);
}

#[test]
fn two_candidates_that_are_alike_leave_it_open_unless_the_number_decides() {
    let text = "Run night buses on Fridays";
    let known = [item(1, text), item(2, "Run night buses on Sundays")];
    let unnumbered = Item { number: None, ..item(0, "Run night buses on Mondays") };
    let alignment = align(&known, &[unnumbered]);
    assert!(alignment.pairs[0].ambiguous, "{alignment:?}");
    let alignment = align(&known, &[item(2, "Run night buses on Mondays")]);
    assert_eq!((alignment.pairs[0].known, alignment.pairs[0].ambiguous), (1, false));
    // The same words twice: the number tells them apart.
    let twice = [item(1, text), item(2, text)];
    let alignment = align(&twice, &[twice[1].clone(), twice[0].clone()]);
    assert_eq!(pairs(&alignment), [(0, 1), (1, 0)]);
    assert!(alignment.pairs.iter().all(|pair| !pair.ambiguous));
    let alignment = align(&twice, &[Item { number: None, ..twice[0].clone() }]);
    assert!(alignment.pairs[0].ambiguous);
}

/// A table of hundreds of pieces of one text: two of them make it up, and the others do not hide them.
#[test]
fn the_halves_of_a_text_are_found_among_many_of_its_pieces() {
    let whole: Vec<String> = (0..60).map(|place| format!("{}{place}", WORDS[place % WORDS.len()])).collect();
    let pieces = (0..300).map(|place| whole[place % 50..place % 50 + 4].join(" "));
    let rows: Vec<Item> = pieces
        .chain([whole[..30].join(" "), whole[30..].join(" ")])
        .enumerate()
        .map(|(place, text)| item(place + 100, &text))
        .collect();
    let alignment = align(&[item(1, &whole.join(" "))], &rows);
    let [split] = alignment.splits.as_slice() else { panic!("{alignment:?}") };
    assert_eq!((split.known, split.rows), (0, [300, 301]));
}
