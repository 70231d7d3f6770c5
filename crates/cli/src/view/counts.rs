//! How many stand where: unknown apart, under both denominators.

use docket_ledger::answer::Counts;

use super::table::{Grid, Limit};
use super::{Look, Tone};

/// The counts by label, of all and of those known.
pub(super) fn counts(counts: &Counts, look: Look) -> String {
    let mut grid = Grid::new(look, 2);
    let known = counts.known;
    grid.column("Status", Limit::Fit(look.width / 2));
    grid.column("Count", Limit::Number(8));
    grid.column(&format!("of all {}", counts.recommendations), Limit::Number(14));
    grid.column(&format!("of {known} known"), Limit::Number(14));
    let mut row = |name: &str, tone, count: u64, is_known: bool| {
        let of_known = if is_known { percent(count, known) } else { String::new() };
        let shares = [percent(count, counts.recommendations), of_known];
        let cells = [name.to_owned(), count.to_string()].into_iter().chain(shares);
        grid.row(cells.map(|cell| (cell, tone)).collect());
    };
    for label in counts.labels.values.iter().filter(|label| label.count > 0) {
        row(&super::text::line(&label.value), Tone::Plain, label.count, true);
    }
    if counts.labels.none > 0 {
        row("no label", Tone::Plain, counts.labels.none, true);
    }
    row("known", Tone::Strong, known, true);
    row("unknown (source damaged)", Tone::Doubtful, counts.unknown, false);
    if counts.not_yet_stated > 0 {
        row("not yet stated", Tone::Quiet, counts.not_yet_stated, false);
    }
    grid.render()
}

/// A share in per cent with one decimal, rounded half up; empty where there is nothing to share.
pub(super) fn percent(count: u64, of: u64) -> String {
    if of == 0 {
        return String::new();
    }
    let tenths = (count * 2000 + of) / (of * 2);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(percent(25, 82), "30.5%");
        assert_eq!(percent(25, 68), "36.8%");
        assert_eq!(percent(1, 16), "6.3%");
        assert_eq!(percent(68, 68), "100.0%");
        assert_eq!(percent(0, 68), "0.0%");
        assert_eq!(percent(0, 0), "");
    }
}
