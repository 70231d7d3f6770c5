//! Lines that rules keep out of rows: table heads, loose lines, and lines that repeat what stands above them.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{
    super::{
        LINE_BYTES_MAX,
        manifest::{ColumnRole, Manifest},
        model::{DecidedBy, Problem},
    },
    Quarantine,
    line::{Line, Shape},
    number,
    problem::{About as _, Code, report},
    words::{normalized, words},
};

/// How alike, on average, the cells of a line and the headers of the layout must be for a suspicion.
const HEAD_LIKENESS: f64 = 0.75;

/// A cell at least this long is compared with the lines above by runs of words; shorter ones agree by chance.
const REPEAT_WORDS_MIN: usize = 40;

/// A text at least this long that stands above word for word is a repeat.
const REPEAT_EXACT_WORDS_MIN: usize = 6;

/// How many words make a run.
const RUN_WORDS: usize = 4;

/// What the rules found.
#[derive(Debug, Default)]
pub(crate) struct SetAside {
    /// Lines that are no part of any row, as far as rules can tell.
    pub(crate) lines: BTreeSet<u32>,
    pub(crate) quarantined: Vec<Quarantine>,
    pub(crate) problems: Vec<Problem>,
}

/// Finds the lines that cannot be read as parts of rows.
pub(crate) fn set_aside(lines: &[Line], manifest: &Manifest) -> SetAside {
    let mut found = SetAside::default();
    let heads = heads(lines, manifest);
    let first_head = heads.iter().find(|(_, head)| **head == Head::Exact).map_or(0, |(line, _)| *line);
    let mut seen = Seen::default();
    for line in lines.iter().filter(|line| line.shape != Shape::Blank) {
        let problem = if let Some(likeness) = heads.get(&line.number) {
            Some(head(line, *likeness, &mut found))
        } else if line.raw.len() > LINE_BYTES_MAX {
            // Reading the line has reported it.
            found.lines.insert(line.number);
            None
        } else if line.shape == Shape::Loose {
            let columns = manifest.layout.columns.len();
            let message = format!(
                "the line has one cell, but the table has {columns} columns: nothing tells what it is of"
            );
            Some(report(Code::LooseLine, line.range(), message))
        } else if line.number < first_head && read_number(line, manifest).is_none() {
            Some(report(Code::AboveTable, line.range(), "the line stands before the first table head"))
        } else {
            seen.repeats(line, manifest).map(|why| report(Code::RepeatsEarlierLines, line.range(), why))
        };
        if let Some(problem) = problem {
            found.lines.insert(line.number);
            found.problems.push(problem);
        } else if !found.lines.contains(&line.number) {
            seen.remember(line);
        }
    }
    found
}

fn read_number(line: &Line, manifest: &Manifest) -> Option<number::PrintedNumber> {
    let place = manifest.layout.place(ColumnRole::Number);
    number::read(line.text(place), manifest.layout.number_style)
}

/// How like the headers of the layout a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Exact,
    Near,
}

fn head(line: &Line, likeness: Head, found: &mut SetAside) -> Problem {
    if likeness == Head::Near {
        return report(
            Code::TableHeadSuspected,
            line.range(),
            "the line resembles the headers of the layout",
        );
    }
    found.quarantined.push(Quarantine {
        lines: line.range(),
        reason: "table head: the headers of the layout".to_owned(),
        decided_by: DecidedBy::Rule,
    });
    report(Code::TableHead, line.range(), "the line is a table head; it belongs to no row").by_rule()
}

/// The lines that are a table head, exactly or nearly.
fn heads(lines: &[Line], manifest: &Manifest) -> BTreeMap<u32, Head> {
    let headers: Vec<String> = manifest.layout.columns.iter().map(|column| spaced(&column.header)).collect();
    let headers: Vec<String> = headers.into_iter().filter(|header| !header.is_empty()).collect();
    let likeness = |line: &Line| -> f64 {
        if headers.is_empty() || line.cells.len() != headers.len() {
            return 0.0;
        }
        let alike = line.cells.iter().zip(&headers);
        let sum: f64 = alike
            .map(|(cell, header)| strsim::normalized_levenshtein(&spaced(&cell.cell.text), header))
            .sum();
        sum / f64::from(u32::try_from(headers.len()).unwrap_or(u32::MAX))
    };
    let short = |line: &&Line| line.raw.len() <= 4 * headers.iter().map(String::len).sum::<usize>() + 64;
    lines
        .iter()
        .filter(short)
        .filter(|line| read_number(line, manifest).is_none())
        .map(|line| (line.number, likeness(line)))
        .filter(|(_, likeness)| *likeness >= HEAD_LIKENESS)
        .map(|(line, likeness)| (line, if likeness >= 1.0 { Head::Exact } else { Head::Near }))
        .collect()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn hash(run: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    run.hash(&mut hasher);
    hasher.finish()
}

/// What stands above a line.
#[derive(Default)]
struct Seen {
    /// Hashes of the runs of words: a chance agreement of two does no harm.
    runs: HashSet<u64>,
    cells: HashSet<String>,
}

impl Seen {
    fn remember(&mut self, line: &Line) {
        for cell in &line.cells {
            let words = words(&cell.cell.text);
            self.runs.extend(words.windows(RUN_WORDS).map(hash));
            if words.len() >= REPEAT_EXACT_WORDS_MIN {
                self.cells.insert(words.join(" "));
            }
        }
    }

    /// Why a line without a number is a repeat of earlier lines, if it is one.
    fn repeats(&self, line: &Line, manifest: &Manifest) -> Option<String> {
        let layout = &manifest.layout;
        if !line.text(layout.place(ColumnRole::Number)).is_empty() {
            return None;
        }
        let text = normalized(line.text(layout.place(ColumnRole::Text)));
        if self.cells.contains(&text) {
            return Some("the text stands word for word on an earlier line".to_owned());
        }
        if manifest.vocabulary.meaning(line.text(layout.place(ColumnRole::Status))).is_some() {
            return None;
        }
        line.cells.iter().find_map(|cell| {
            let words = words(&cell.cell.text);
            let runs = words.windows(RUN_WORDS).count();
            let known = words.windows(RUN_WORDS).filter(|run| self.runs.contains(&hash(run))).count();
            let repeated = words.len() >= REPEAT_WORDS_MIN && known * 2 >= runs;
            repeated.then(|| {
                format!("a cell of {} words repeats earlier lines: {known} of its {runs} runs of {RUN_WORDS} words", words.len())
            })
        })
    }
}
