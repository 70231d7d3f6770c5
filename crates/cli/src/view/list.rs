//! The list of a register as a table, with its counts below.

use docket_domain::term::{NumberBasis, Reporting, TextBasis};
use docket_ledger::answer::{Certainty, ListAnswer, Recommendation, Statement};

use super::table::{Grid, Limit};
use super::{Look, Tone, brief, counts, dates, text};

/// From this width on certainty has a column of its own.
const WIDTH_CERTAINTY: usize = 76;
/// From this width on the date has one.
const WIDTH_DATE: usize = 110;
/// From this width on the newest note has one.
const WIDTH_NOTE: usize = 150;
/// The most lines of a row. Texts in full are on the page of a recommendation.
const LINES_MAX: usize = 3;

/// The list: what it rests on, a row for each recommendation, and the counts.
pub(crate) fn list(answer: &ListAnswer, look: Look) -> String {
    let mut page = look.caption(&answer.basis);
    if answer.recommendations.is_empty() {
        page.push_str("\nNothing is known yet.\n");
        return page;
    }
    page.push('\n');
    page.push_str(&table(answer, look));
    page.push('\n');
    page.push_str(&counts::counts(&answer.counts, look));
    page.push('\n');
    page.push_str(&look.paragraph(0, Tone::Quiet, &numbers(answer)));
    page
}

fn table(answer: &ListAnswer, look: Look) -> String {
    let mut grid = Grid::new(look, LINES_MAX);
    grid.column("No.", Limit::Number(10));
    grid.column("Recommendation", Limit::Share(3));
    if look.width >= WIDTH_NOTE {
        grid.column("Newest note", Limit::Share(2));
    }
    grid.column("Status", Limit::Fit(20));
    if look.width >= WIDTH_CERTAINTY {
        grid.column("Certainty", Limit::Fit(15));
    }
    if look.width >= WIDTH_DATE {
        grid.column("Effective", Limit::Fit(24));
    }
    for recommendation in &answer.recommendations {
        let (mut status, tone) = brief::status(recommendation);
        let (certainty, doubt) = certainty(recommendation);
        let mut cells = vec![(number(recommendation), Tone::Plain), words(recommendation)];
        if look.width >= WIDTH_NOTE {
            let newest = recommendation.notes.last();
            cells.push((newest.map(|note| text::words(&note.text)).unwrap_or_default(), Tone::Plain));
        }
        if look.width < WIDTH_CERTAINTY && !certainty.is_empty() {
            status = format!("{status}\n{certainty}");
        }
        cells.push((status, tone));
        if look.width >= WIDTH_CERTAINTY {
            cells.push((certainty, doubt));
        }
        if look.width >= WIDTH_DATE {
            let since =
                recommendation.status.as_ref().map(|status| dates::bounds(&status.effective, answer.zone));
            cells.push((since.unwrap_or_default(), Tone::Plain));
        }
        grid.row(cells);
    }
    grid.render()
}

/// The number as it is known: `~69` inferred, `?24` missing in the source; the key where there is none.
fn number(recommendation: &Recommendation) -> String {
    let number = match (recommendation.number, &recommendation.number_printed) {
        (Some(number), _) => number.to_string(),
        (None, Some(printed)) => text::line(printed),
        (None, None) => return recommendation.key.to_string(),
    };
    match recommendation.number_basis {
        NumberBasis::Printed => number,
        NumberBasis::Inferred => format!("~{number}"),
        NumberBasis::Missing => format!("?{number}"),
    }
}

fn words(recommendation: &Recommendation) -> (String, Tone) {
    match (&recommendation.text, recommendation.text_basis) {
        (None, _) => ("? text lost".to_owned(), Tone::Doubtful),
        (Some(words), TextBasis::Partial) => (format!("[part] {}", text::words(words)), Tone::Plain),
        (Some(words), _) => (text::words(words), Tone::Plain),
    }
}

/// How sure the status is, and what a reviewer found. Nothing where nothing is stated or the source is damaged.
fn certainty(recommendation: &Recommendation) -> (String, Tone) {
    let Some(status) = &recommendation.status else { return (String::new(), Tone::Plain) };
    let finding = match &recommendation.verified {
        Some(finding) if finding.agrees => ", finding agrees",
        Some(_) => ", finding disagrees",
        None => "",
    };
    if status.reporting == Reporting::Unknown {
        return (finding.trim_start_matches(", ").to_owned(), Tone::Plain);
    }
    let tone = match (status.certainty, &recommendation.verified) {
        (_, Some(finding)) if !finding.agrees => Tone::Bad,
        (Some(Certainty::Possible), _) => Tone::Doubtful,
        (_, Some(_)) => Tone::Good,
        _ => Tone::Plain,
    };
    (format!("{}{finding}", how_certain(status)), tone)
}

/// "possible", "certain", or "certain (date inferred)".
pub(super) fn how_certain(status: &Statement) -> &'static str {
    match (status.certainty, status.inferred) {
        (Some(Certainty::Possible), _) => "possible",
        (Some(Certainty::Certain), true) => "certain (date inferred)",
        (Some(Certainty::Certain), false) => "certain",
        (None, _) => "",
    }
}

/// How the numbers are known, with the signs that the table uses.
fn numbers(answer: &ListAnswer) -> String {
    let numbers = &answer.counts.numbers;
    let mut parts = vec![format!("{} printed", numbers.printed)];
    if numbers.inferred > 0 {
        parts.push(format!("{} inferred (~)", numbers.inferred));
    }
    if numbers.missing > 0 {
        parts.push(format!("{} missing in the source (?)", numbers.missing));
    }
    format!("{} recommendations; numbers: {}", answer.counts.recommendations, parts.join(", "))
}
