//! The report on a terminal.

use docket_domain::time::Moment;
use docket_ledger::answer::report::ReportAnswer;

use super::super::table::{Grid, Limit};
use super::super::{Look, Tone, text};
use super::sheet::{Kind, Section, Sheet, Value, words};
use super::{all_sheets, sheet};

/// The most lines of a row; texts in full are on the page of a recommendation.
const LINES_MAX: usize = 8;
/// The same where each row is a recommendation.
const STANDING_LINES_MAX: usize = 3;
/// From this width on events have a column of their own.
const WIDTH_EVENTS: usize = 110;
/// The same where each row is a recommendation.
const STANDING_WIDTH_EVENTS: usize = 160;
/// From this width on names are as wide as they are.
const WIDTH_NAMES: usize = 76;
/// From this width on the words of a recommendation stand beside its status.
const WIDTH_WORDS: usize = 100;
/// The columns of values that must not be cut, at most.
const NAME_MAX: usize = 34;

/// The whole report, or one section of it. The appendix of events is shown only when asked for.
pub(crate) fn table(answer: &ReportAnswer, section: Option<Section>, look: Look) -> String {
    let mut page = look.caption(&answer.basis);
    if let Some(since) = &answer.since {
        let day = match since.effective_at {
            Moment::Day(_) => format!("on {}", since.effective_at),
            Moment::Instant(_) => format!("at {}", since.effective_at),
        };
        let compared = format!("compared with: true {day} / known at {} entries", since.known_at);
        page.push_str(&look.paragraph(0, Tone::Quiet, &compared));
    }
    let Some(register) = &answer.register else {
        page.push_str("\nNothing is known yet.\n");
        return page;
    };
    page.push('\n');
    page.push_str(&look.paragraph(0, Tone::Strong, &text::line(&words(&register.title))));
    let is_wanted =
        |sheet: &Sheet| section.map_or(sheet.section != Section::Events, |it| it == sheet.section);
    for sheet in all_sheets(answer).iter().filter(|sheet| is_wanted(sheet)) {
        page.push('\n');
        page.push_str(&section_page(sheet, look));
    }
    if look.width < WIDTH_EVENTS && section.is_none() {
        let hint =
            "The events behind each figure are shown from 110 columns on, and in every other --format.";
        page.push('\n');
        page.push_str(&look.paragraph(0, Tone::Quiet, hint));
    }
    page
}

fn section_page(sheet: &Sheet, look: Look) -> String {
    let mut page = look.paragraph(0, Tone::Strong, sheet.section.title());
    for note in &sheet.notes {
        page.push_str(&look.paragraph(0, Tone::Quiet, note));
    }
    if sheet.rows.is_empty() {
        return page;
    }
    page.push('\n');
    let shown = shown_columns(sheet, look);
    let is_standing = sheet.section == Section::TimeInStatus;
    let mut grid = Grid::new(look, if is_standing { STANDING_LINES_MAX } else { LINES_MAX });
    let narrow = if is_standing || look.width < WIDTH_EVENTS { NAME_MAX / 2 } else { NAME_MAX };
    let has_share =
        is_standing || shown.iter().any(|(_, column)| matches!(column.kind, Kind::Words | Kind::Events));
    for (place, (_, column)) in shown.iter().enumerate() {
        let is_name = matches!(column.kind, Kind::Name | Kind::Detail);
        // Names share what there is where not all of them fit; the first, a number, always does.
        let is_shared = look.width < WIDTH_NAMES || is_standing && look.width < WIDTH_WORDS;
        let limit = match column.kind {
            _ if is_name && is_shared && !(is_standing && place == 0) => Limit::Share(2),
            Kind::Name | Kind::Detail if has_share => Limit::Fit(narrow),
            Kind::Name | Kind::Detail => Limit::Fit(look.width / 3),
            Kind::Number => Limit::Number(if look.width < WIDTH_NAMES { 7 } else { 9 }),
            Kind::Day => Limit::Fit(10),
            Kind::Words => Limit::Share(3),
            Kind::Events => Limit::Share(2),
        };
        grid.column(column.title, limit);
    }
    let mut last = String::new();
    for row in &sheet.rows {
        let mut cells: Vec<(String, Tone)> =
            shown.iter().map(|(place, _)| cell(row.get(*place).unwrap_or(&Value::Empty))).collect();
        // The name of a group stands on its first row only.
        if let Some((first, _)) = cells.first_mut().filter(|_| sheet.section.is_grouped()) {
            if *first == last {
                first.clear();
            } else {
                last.clone_from(first);
            }
        }
        grid.row(cells);
    }
    page.push_str(&grid.render());
    page
}

/// The columns for people that hold anything; events from a certain width on.
fn shown_columns(sheet: &Sheet, look: Look) -> Vec<(usize, &sheet::Column)> {
    let is_standing = sheet.section == Section::TimeInStatus;
    let widest = if is_standing { STANDING_WIDTH_EVENTS } else { WIDTH_EVENTS };
    let is_filled = |place: usize| sheet.rows.iter().any(|row| row.get(place) != Some(&Value::Empty));
    (0..)
        .zip(&sheet.columns)
        .filter(|(place, column)| match column.kind {
            Kind::Detail => false,
            // One line a recommendation where there is no room for its words.
            Kind::Words => (!is_standing || look.width >= WIDTH_WORDS) && is_filled(*place),
            Kind::Events => look.width >= widest && is_filled(*place),
            _ => is_filled(*place),
        })
        .collect()
}

fn cell(value: &Value) -> (String, Tone) {
    let shown = text::line(&value.text());
    let tone =
        if shown.starts_with('?') || shown.starts_with("unknown") { Tone::Doubtful } else { Tone::Plain };
    (shown, tone)
}
