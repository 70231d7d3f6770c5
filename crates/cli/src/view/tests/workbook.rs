//! The workbook, taken apart: its cells say what the JSON of the same report says, as numbers, days and text that stays text.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use docket_domain::Timestamp;
use serde_json::Value;

use super::book::Book;
use super::report::{answer, hostile};
use crate::view::report::{csv, xlsx};

/// A cell as a spreadsheet reads it.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    Number(f64),
}

/// The cells of every sheet by name, each by its place, such as `B7`.
struct Workbook {
    sheets: BTreeMap<String, BTreeMap<String, Cell>>,
}

impl Workbook {
    fn read(bytes: Vec<u8>) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let shared = part("xl/sharedStrings.xml");
        let shared: Vec<String> = elements(&shared, "si")
            .map(|(_, inside)| elements(inside, "t").map(|(_, text)| plain(text)).collect())
            .collect();
        let book = part("xl/workbook.xml");
        let names = book.split("<sheet ").skip(1).map(|sheet| attribute(sheet, "name").unwrap());
        let sheets = (1..).zip(names).map(|(number, name)| {
            let sheet = part(&format!("xl/worksheets/sheet{number}.xml"));
            assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{name}: no cell is a formula");
            let cells = elements(&sheet, "c").filter_map(|(head, inside)| {
                let (_, value) = elements(inside, "v").next()?;
                let cell = match attribute(head, "t").as_deref() {
                    Some("s") => Cell::Text(shared[value.parse::<usize>().unwrap()].clone()),
                    None => Cell::Number(value.parse().unwrap()),
                    Some(other) => panic!("{name}: a cell of the type {other}"),
                };
                Some((attribute(head, "r").unwrap(), cell))
            });
            let cells = cells.collect();
            (name, cells)
        });
        Self { sheets: sheets.collect() }
    }

    /// The rows of a sheet below its head.
    fn rows(&self, sheet: &str) -> Vec<Vec<Option<Cell>>> {
        let cells = &self.sheets[sheet];
        let columns =
            (b'A'..=b'Z').take_while(|column| cells.contains_key(&format!("{}1", char::from(*column))));
        let columns: Vec<char> = columns.map(char::from).collect();
        let row =
            |row: usize| columns.iter().map(|column| cells.get(&format!("{column}{row}")).cloned()).collect();
        let rows = (2..).map(row).take_while(|row: &Vec<Option<Cell>>| row.iter().any(Option::is_some));
        rows.collect()
    }

    fn heads(&self, sheet: &str) -> Vec<String> {
        let cells = &self.sheets[sheet];
        let heads = (b'A'..=b'Z').map_while(|column| cells.get(&format!("{}1", char::from(column))));
        heads.map(|head| text(Some(head)).to_owned()).collect()
    }
}

/// The elements of one name, each with its start and what is inside; they do not hold each other.
fn elements<'a>(xml: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let pieces = xml.split('<').map(|piece| piece.as_ptr() as usize - xml.as_ptr() as usize);
    pieces.filter_map(move |at| {
        let rest = xml[at..].strip_prefix(name)?;
        let (head, after) = rest.split_once('>')?;
        let is_it = head.is_empty() || head.starts_with(' ');
        let inside = if head.ends_with('/') { "" } else { after.split_once(&format!("</{name}>"))?.0 };
        is_it.then_some((head, inside))
    })
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, value) = head.split_once(&format!("{name}=\""))?;
    value.split('"').next().map(plain)
}

fn plain(xml: &str) -> String {
    xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn text(cell: Option<&Cell>) -> &str {
    match cell {
        Some(Cell::Text(text)) => text,
        other => panic!("{other:?} is no text"),
    }
}

fn number(value: &Value) -> Cell {
    Cell::Number(f64::from(u32::try_from(value.as_u64().unwrap()).unwrap()))
}

fn words(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

/// A day as a workbook counts it: days since 30 December 1899.
fn serial(day: &str) -> f64 {
    let at = |day: &str| Timestamp::parse(&format!("{day}T00:00:00.000000Z")).unwrap().as_micros();
    f64::from(i32::try_from((at(day) - at("1899-12-30")) / 86_400_000_000).unwrap())
}

#[test]
fn the_counts_and_the_events_of_the_json_stand_in_the_workbook() {
    for book in [Book::small(), hostile()] {
        let answer = answer(&book);
        let json = serde_json::to_value(&answer).unwrap();
        let workbook = Workbook::read(xlsx(&answer).unwrap());

        let events = json["events"].as_array().unwrap();
        let rows = workbook.rows("events");
        assert_eq!(rows.len(), events.len());
        for (row, event) in rows.iter().zip(events) {
            let name = event["name"].as_str().map(str::to_owned);
            let kind = event["type"].as_str().unwrap();
            let name = name.unwrap_or_else(|| format!("{kind} #{}", event["index"]));
            let expected = [
                words(&name),
                words(kind),
                number(&event["index"]),
                words(event["subject"].as_str().unwrap()),
                number(&event["version"]),
                words(event["event"].as_str().unwrap()),
            ];
            assert_eq!(row[..], expected.map(Some));
        }

        let counts = workbook.rows("counts");
        let axes = [
            ("state", "states"),
            ("label as printed", "labels"),
            ("reporting", "reporting"),
            ("reviewers found", "verified"),
            ("certainty", "certainty"),
            ("number", "numbers"),
        ];
        for (axis, key) in axes {
            let of_axis: Vec<_> = counts.iter().filter(|row| row[0] == Some(words(axis))).collect();
            let values = json["counts"][key].as_array().unwrap();
            assert_eq!(of_axis.len(), values.len(), "{axis}");
            for (row, value) in of_axis.iter().zip(values) {
                if let Some(place) = value["value"].as_str() {
                    assert_eq!(row[1], Some(words(place)), "{axis}");
                }
                let found = (&row[2], &row[4]);
                assert_eq!(
                    found,
                    (&Some(number(&value["count"])), &Some(number(&value["of_known"]))),
                    "{axis} {value}"
                );
                let cited = value["events"].as_array().unwrap().len();
                assert_eq!(row[6].is_some(), cited > 0, "{axis} {value}");
            }
        }

        let basis = workbook.rows("basis");
        assert_eq!(basis.len(), json["basis"].as_object().unwrap().len());
        for row in basis {
            for (column, of) in [(1, "basis"), (2, "since")] {
                let value = &json[of][text(row[0].as_ref())];
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(row[column], Some(words(&value)));
            }
        }
    }
}

/// The CSV has every value of every section, one a row: the same stand in the workbook, and no others.
#[test]
fn every_value_of_the_csv_is_a_cell_of_its_kind() {
    for book in [Book::small(), hostile(), Book::empty()] {
        let answer = answer(&book);
        let workbook = Workbook::read(xlsx(&answer).unwrap());
        let rows: BTreeMap<&String, Vec<Vec<Option<Cell>>>> =
            workbook.sheets.keys().map(|name| (name, workbook.rows(name))).collect();
        let mut cells = rows
            .iter()
            .filter(|(name, _)| name.as_str() != "basis")
            .fold(0, |sum, (_, rows)| sum + rows.iter().flatten().flatten().count());
        let text = csv(&answer, None).unwrap();
        let mut days = 0;
        for record in ::csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap) {
            let (section, row, column, value) = (&record[0], &record[1], &record[2], &record[3]);
            if value.is_empty() {
                // Nothing is behind this figure.
                continue;
            }
            let place = workbook.heads(section).iter().position(|head| head == column).unwrap();
            let cell = rows[&section.to_owned()][row.parse::<usize>().unwrap() - 1][place].clone();
            let context = format!("{section}, row {row}, {column}: {value:?}");
            match cell.unwrap_or_else(|| panic!("{context} is missing")) {
                Cell::Text(text) => {
                    let guarded = value.strip_prefix('\'').filter(|rest| *rest == text);
                    assert!(text == value || guarded.is_some(), "{context} is {text:?}");
                }
                Cell::Number(found)
                    if value.len() == "2025-03-06".len() && value.matches('-').count() == 2 =>
                {
                    days += 1;
                    assert!((found - serial(value)).abs() < 1e-9, "{context} is {found}");
                }
                Cell::Number(found) => {
                    let expected: f64 = value.trim_start_matches('\'').parse().unwrap();
                    assert!((found - expected).abs() < 1e-9, "{context} is {found}");
                }
            }
            cells -= 1;
        }
        assert_eq!(cells, 0, "the workbook has no cell that the CSV lacks");
        assert!(days > 0 || answer.events.is_empty());
    }
}

#[test]
fn a_text_that_looks_like_a_formula_is_text() {
    let answer = answer(&hostile());
    let workbook = Workbook::read(xlsx(&answer).unwrap());
    let cells = workbook.sheets.values().flat_map(BTreeMap::values);
    let formulas =
        cells.filter(|cell| matches!(cell, Cell::Text(text) if text.starts_with("=HYPERLINK(\"http://x\"")));
    assert!(formulas.count() > 0);
}
