//! How the results look: a table for people, one to paste into a page, and figures in their units.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};

use super::Results;
use super::row::{Detail, Row, Target, Unit, Verdict};
use super::summary::Summary;

const HEADINGS: [&str; 6] = ["row", "target", "figure", "rawlog", "ratio", ""];

/// The results for people: a table a scenario, and how each row was measured.
pub(super) fn table(results: &Results) -> String {
    let mut page = format!("{}\n", results.machine.line());
    for scenario in &results.scenarios {
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.force_no_tty();
        table.set_header(HEADINGS);
        for row in &scenario.rows {
            table.add_row(cells(row));
        }
        for place in 2..=4 {
            if let Some(column) = table.column_mut(place) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let heading = heading(scenario.size.events, scenario.size.subjects);
        let _ = write!(page, "\n{heading}\n\n");
        page.extend(table.lines().map(|line| line.trim_end().to_owned() + "\n"));
        page.push('\n');
        for row in &scenario.rows {
            let _ = writeln!(page, "{}: {}{}", row.name, row.method, details(&row.details));
        }
    }
    page
}

/// The same in Markdown, to be pasted.
pub(super) fn markdown(results: &Results) -> String {
    let mut page = format!("Machine: {}.\n", results.machine.line());
    for scenario in &results.scenarios {
        let heading = heading(scenario.size.events, scenario.size.subjects);
        let _ = write!(page, "\n### {heading}\n\n");
        page += "| row | target | figure (min to max) | rawlog | ratio | | method |\n|---|---|---|---|---|---|---|\n";
        for row in &scenario.rows {
            let [title, target, figure, rawlog, ratio, verdict] = cells(row);
            let method = format!("{}{}", row.method, details(&row.details));
            let _ = writeln!(
                page,
                "| {title} | {target} | {figure} | {rawlog} | {ratio} | {verdict} | {method} |"
            );
        }
    }
    page
}

fn heading(events: u64, subjects: u64) -> String {
    format!("{} events, {} recommendations", grouped(events), grouped(subjects))
}

fn cells(row: &Row) -> [String; 6] {
    [
        row.title.clone(),
        row.target.clone().unwrap_or_else(|| "-".to_owned()),
        summary(row.figure, row.unit),
        row.rawlog.map_or_else(|| "-".to_owned(), |rawlog| summary(rawlog, row.unit)),
        row.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        match row.verdict {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::NotJudged => "-",
        }
        .to_owned(),
    ]
}

fn details(details: &[Detail]) -> String {
    let said = details.iter().map(|Detail { name, value, unit }| {
        format!("; {name} {}", unit.map_or_else(|| scaled(*value), |unit| amount(*value, unit)))
    });
    said.collect()
}

fn summary(Summary { median, min, max, rounds }: Summary, unit: Unit) -> String {
    if rounds < 2 {
        return amount(median, unit);
    }
    format!("{} ({} to {})", amount(median, unit), amount(min, unit), amount(max, unit))
}

/// A target in words.
pub(super) fn target(target: Target, unit: Unit) -> String {
    match target {
        Target::RatioAtLeast(least) => format!(">= {least} x rawlog"),
        Target::AtLeast(least) => format!(">= {}", amount(least, unit)),
        Target::AtMost(most) => format!("<= {}", amount(most, unit)),
    }
}

fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::EventsPerSecond => format!("{}/s", scaled(value)),
        Unit::SignaturesPerSecond => format!("{} signatures/s", scaled(value)),
        Unit::Seconds if value < 1e-3 => format!("{:.1} us", value * 1e6),
        Unit::Seconds if value < 1.0 => format!("{:.1} ms", value * 1e3),
        Unit::Seconds => format!("{value:.2} s"),
        Unit::Bytes => format!("{}B", scaled(value)),
        Unit::Ratio => format!("{value:.2}x"),
    }
}

/// A number with three digits or so: 1.25M, 380k, 42.
fn scaled(value: f64) -> String {
    match value {
        value if value >= 1e9 => format!("{:.2}G", value / 1e9),
        value if value >= 1e6 => format!("{:.2}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 1e3 => format!("{:.1}k", value / 1e3),
        value => format!("{value:.0}"),
    }
}

/// A whole number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_their_units() {
        for (value, unit, text) in [
            (1_250_000.0, Unit::EventsPerSecond, "1.25M/s"),
            (8_700.0, Unit::EventsPerSecond, "8.7k/s"),
            (0.000_004_2, Unit::Seconds, "4.2 us"),
            (0.5, Unit::Seconds, "500.0 ms"),
            (3.25, Unit::Seconds, "3.25 s"),
            (450e6, Unit::Bytes, "450.00MB"),
            (2.2, Unit::Ratio, "2.20x"),
        ] {
            assert_eq!(amount(value, unit), text);
        }
        assert_eq!([grouped(7), grouped(1_000_000), grouped(82_000)], ["7", "1,000,000", "82,000"]);
    }
}
