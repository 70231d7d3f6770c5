//! The report as one page that prints: no script, nothing from outside, charts beside their tables.

use std::fmt::Write as _;

use askama::Template;
use docket_domain::time::Moment;
use docket_ledger::answer::report::{AxisCount, ReportAnswer, StalenessBands};
use docket_ledger::answer::{Audience, Basis};

use super::super::text::line;
use super::chart::{Bar, Cell, Fill, bars, matrix};
use super::sheet::{Axis, Kind, Section, Sheet, Value, place, words};
use super::sheets::standing::{band, heard_ago, number, status};
use super::strip::{Scale, shared};
use super::{all_sheets, sheet};

/// The longest beginning of a recommendation's text in a table, in characters.
const WORDS_CHARACTERS: usize = 96;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    publisher: String,
    basis: Vec<(&'static str, String)>,
    summary: String,
    sections: Vec<SectionPage>,
    standings: Vec<StandingRow>,
    scale: (String, String),
    legend: Vec<(String, String)>,
    shared: String,
}

/// A section: its heading, what its reader must know, its charts and its table.
struct SectionPage {
    id: &'static str,
    number: String,
    title: &'static str,
    notes: Vec<String>,
    /// Charts made by this crate: their texts are escaped.
    charts: Vec<Chart>,
    is_strips: bool,
    is_appendix: bool,
    headers: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
}

struct Chart {
    title: String,
    svg: String,
    is_wide: bool,
}

struct Row {
    begins_group: bool,
    cells: Vec<(&'static str, String)>,
}

struct StandingRow {
    number: String,
    words: String,
    status: String,
    days: String,
    news: String,
    contact: String,
    strip: String,
    events: String,
}

/// The page.
pub(crate) fn html(answer: &ReportAnswer) -> Result<String, askama::Error> {
    let scale = Scale::of(answer);
    let states: Vec<String> =
        answer.counts.states.iter().filter_map(|count| count.place.value.clone()).collect();
    let sheets = all_sheets(answer);
    let standing = sheets.iter().find(|sheet| sheet.section == Section::TimeInStatus);
    let register = answer.register.as_ref();
    let page = Page {
        title: register
            .map_or_else(|| "No register yet".to_owned(), |register| line(&words(&register.title))),
        publisher: register.map(|register| line(register.publisher.as_str())).unwrap_or_default(),
        basis: basis(answer),
        summary: summary(answer),
        standings: standing.map(|sheet| standings(sheet, answer, &scale)).unwrap_or_default(),
        sections: (1..).zip(&sheets).map(|(number, sheet)| section(number, sheet, answer)).collect(),
        scale: scale.days(),
        legend: scale.legend(&states).into_iter().map(|(name, mark)| (line(&name), mark)).collect(),
        shared: shared(),
    };
    page.render()
}

fn basis(answer: &ReportAnswer) -> Vec<(&'static str, String)> {
    let basis = &answer.basis;
    let audience = match basis.audience {
        Audience::Public => "the public",
        Audience::Internal => "the register’s own staff (internal notes included)",
    };
    let mut shown = vec![
        ("True on", true_on(basis)),
        ("Known at", format!("{} entries of {}", basis.known_at, basis.origin)),
        ("Root of the log", basis.root.clone()),
        ("For", audience.to_owned()),
    ];
    if let Some(since) = &answer.since {
        let compared = format!("true on {}, known at {} entries", true_on(since), since.known_at);
        shown.push(("Compared with", compared));
    }
    shown
}

fn true_on(basis: &Basis) -> String {
    match basis.effective_at {
        Moment::Day(_) => basis.effective_at.to_string(),
        Moment::Instant(_) => format!("{} (an instant)", basis.effective_at),
    }
}

fn summary(answer: &ReportAnswer) -> String {
    let counts = &answer.counts;
    let mut summary = format!(
        "{} recommendations; the status of {} is known",
        counts.recommendations.count, counts.known.count
    );
    if counts.unknown.count > 0 {
        let _ = write!(summary, ", that of {} is lost with a damaged source", counts.unknown.count);
    }
    if counts.not_yet_stated.count > 0 {
        let _ = write!(summary, ", of {} nothing is stated yet", counts.not_yet_stated.count);
    }
    summary + ". Every number names the events behind it, and every event can be proven against the log."
}

fn section(number: usize, sheet: &Sheet, answer: &ReportAnswer) -> SectionPage {
    let is_strips = sheet.section == Section::TimeInStatus;
    let is_appendix = sheet.section == Section::Events;
    let shown: Vec<(usize, &sheet::Column)> = (0..)
        .zip(&sheet.columns)
        .filter(|(place, column)| {
            let is_filled = sheet.rows.iter().any(|row| row.get(*place) != Some(&Value::Empty));
            column.kind != Kind::Detail && is_filled && !is_strips
        })
        .collect();
    SectionPage {
        id: sheet.section.name(),
        number: if is_appendix { "Appendix".to_owned() } else { number.to_string() },
        title: sheet.section.title(),
        notes: sheet.notes.iter().map(|note| line(note)).collect(),
        charts: charts(sheet.section, answer),
        is_strips,
        is_appendix,
        headers: shown.iter().map(|(_, column)| (class(column.kind), column.title)).collect(),
        rows: rows(sheet, &shown),
    }
}

fn rows(sheet: &Sheet, shown: &[(usize, &sheet::Column)]) -> Vec<Row> {
    let mut last = None;
    let mut rows = Vec::new();
    for row in &sheet.rows {
        let cells = shown.iter().map(|(place, column)| {
            let value = row.get(*place).unwrap_or(&Value::Empty);
            (class(column.kind), line(&value.text()))
        });
        let mut cells: Vec<(&'static str, String)> = cells.collect();
        let group = cells.first().map(|(_, name)| name.clone());
        let begins_group = sheet.section.is_grouped() && group != last;
        if sheet.section.is_grouped()
            && !begins_group
            && let Some((_, first)) = cells.first_mut()
        {
            first.clear();
        }
        last = group;
        rows.push(Row { begins_group, cells });
    }
    rows
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Name | Kind::Detail => "name",
        Kind::Words => "words",
        Kind::Number => "number",
        Kind::Day => "day",
        Kind::Events => "events",
    }
}

fn standings(sheet: &Sheet, answer: &ReportAnswer, scale: &Scale) -> Vec<StandingRow> {
    let column = |title: &str| sheet.columns.iter().position(|column| column.title == title);
    let (days, events) = (column("In that status"), column("Events"));
    let value = |row: &[Value], place: Option<usize>| {
        place.and_then(|place| row.get(place)).map(Value::text).unwrap_or_default()
    };
    let each = answer.recommendations.iter().zip(&sheet.rows);
    each.map(|(standing, row)| StandingRow {
        number: line(&number(standing)),
        words: standing.text.as_ref().map_or_else(
            || "? text lost".to_owned(),
            |text| super::chart::cut(&line(&words(text)), WORDS_CHARACTERS),
        ),
        status: line(&status(standing)),
        days: line(&value(row, days)),
        news: heard_ago(&standing.last_substance),
        contact: heard_ago(&standing.last_contact),
        strip: scale.strip(standing),
        events: line(&value(row, events)),
    })
    .collect()
}

fn charts(section: Section, answer: &ReportAnswer) -> Vec<Chart> {
    match section {
        Section::Counts => counts(answer),
        Section::Moved => moved(answer),
        Section::Staleness => vec![
            staleness("news", "Since a note last said something", &answer.staleness.substance),
            staleness("contact", "Since anything was heard", &answer.staleness.contact),
        ],
        _ => Vec::new(),
    }
}

fn counts(answer: &ReportAnswer) -> Vec<Chart> {
    let (all, known) = (answer.counts.recommendations.count, answer.counts.known.count);
    let chart = |id: &str, axis: Axis, title: &str, values: &[AxisCount]| {
        let bar = |count: &AxisCount| {
            let share = |part, of| super::super::counts::percent(part, of);
            let of_all = share(count.figure.count, all);
            Bar {
                name: place(axis, &count.place),
                count: count.figure.count,
                beside: match count.place.kind {
                    "unknown" | "not-yet-stated" => of_all,
                    _ => format!("{of_all} · {}", share(count.of_known, known)),
                },
                fill: match count.place.kind {
                    "value" => Fill::Solid,
                    "none" => Fill::Outline,
                    _ => Fill::Hatched,
                },
            }
        };
        let values: Vec<Bar> = values.iter().map(bar).collect();
        let title = format!("{title} (share of all {all} · of {known} known)");
        Chart { svg: bars(&format!("axis-{id}"), &title, &values), title, is_wide: false }
    };
    let counts = &answer.counts;
    vec![
        chart("state", Axis::State, "State of the work", &counts.states),
        chart("label", Axis::Label, "Label as printed", &counts.labels),
        chart("reporting", Axis::Reporting, "Reporting", &counts.reporting),
        chart("verified", Axis::Finding, "Reviewers’ findings", &counts.verified),
    ]
}

fn staleness(id: &str, title: &str, found: &StalenessBands) -> Chart {
    let mut values: Vec<Bar> = found
        .bands
        .iter()
        .map(|one| Bar {
            name: band(one.from_days, one.to_days),
            count: one.figure.count,
            beside: if one.may_be_older > 0 {
                format!("{} may be older", one.may_be_older)
            } else {
                String::new()
            },
            fill: Fill::Solid,
        })
        .collect();
    let others = [
        ("date unknown", &found.undated, Fill::Outline),
        ("never", &found.never, Fill::Outline),
        ("unknown (source damaged)", &found.lost, Fill::Hatched),
    ];
    values.extend(others.into_iter().map(|(name, figure, fill)| Bar {
        name: name.to_owned(),
        count: figure.count,
        beside: String::new(),
        fill,
    }));
    Chart { svg: bars(&format!("stale-{id}"), title, &values), title: title.to_owned(), is_wide: false }
}

fn moved(answer: &ReportAnswer) -> Vec<Chart> {
    let Some(moved) = &answer.moved else { return Vec::new() };
    let states: Vec<String> =
        answer.counts.states.iter().map(|count| place(Axis::State, &count.place)).collect();
    let ordered = answer.counts.states.iter().filter(|count| count.place.kind == "value").count();
    let mut places: Vec<String> = states;
    let mut cells: Vec<Cell> = Vec::new();
    for cell in &moved.states {
        let mut find = |name: String| {
            places.iter().position(|known| *known == name).unwrap_or_else(|| {
                places.push(name);
                places.len() - 1
            })
        };
        let (from, to) = (find(place(Axis::State, &cell.from)), find(place(Axis::State, &cell.to)));
        cells.push((from, to, cell.figure.count));
    }
    if cells.is_empty() {
        return Vec::new();
    }
    let title = "From state to state (↩ went back)".to_owned();
    vec![Chart { svg: matrix("moved-states", &title, &places, ordered, &cells), title, is_wide: true }]
}
