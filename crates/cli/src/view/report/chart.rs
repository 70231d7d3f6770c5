//! Charts as inline SVG: drawn from numbers that are printed beside every mark, so that nothing rests on colour or on estimating lengths.
//!
//! Every text goes through [`escape`]; ids are given by the caller and unique on the page.

use std::fmt::Write as _;

/// The dark ink of the page.
pub(super) const INK: &str = "#1b1f24";
/// What was counted.
pub(super) const FILL: &str = "#24507a";
/// Quieter marks: still 3:1 against the page.
pub(super) const QUIET: &str = "#6b7783";
/// Lines.
pub(super) const RULE: &str = "#c3cad2";
/// What went back.
pub(super) const BACK: &str = "#9a2617";

/// A text made safe for SVG and HTML.
pub(super) fn escape(text: &str) -> String {
    let line = super::super::text::line(text);
    let mut safe = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// The beginning of a chart with its title and description.
pub(super) fn open(id: &str, width: usize, height: usize, title: &str, description: &str) -> String {
    let (title, description) = (escape(title), escape(description));
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-description\">\
         <title id=\"{id}-title\">{title}</title><desc id=\"{id}-description\">{description}</desc>"
    )
}

/// A text at a place; `anchor` is `start`, `middle` or `end`.
pub(super) fn text(x: usize, y: usize, anchor: &str, color: &str, words: &str) -> String {
    let words = escape(words);
    format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{color}\">{words}</text>")
}

/// How a bar is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// A known value.
    Solid,
    /// No value, or nothing heard.
    Outline,
    /// Not known: hatched.
    Hatched,
}

/// One bar: its name, its number, what is printed beside the number, and how it is filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) beside: String,
    pub(super) fill: Fill,
}

const BAR_WIDTH: usize = 348;
const BAR_ROW: usize = 20;
const NAME_WIDTH: usize = 150;
const LENGTH_MAX: usize = 88;
/// The longest name, in characters, that fits before the bars.
const NAME_CHARACTERS: usize = 24;

/// Horizontal bars on one scale, each with its number.
pub(super) fn bars(id: &str, title: &str, bars: &[Bar]) -> String {
    let described: Vec<String> = bars.iter().map(|bar| format!("{}: {}", bar.name, bar.count)).collect();
    let mut chart = open(id, BAR_WIDTH, bars.len() * BAR_ROW + 6, title, &described.join("; "));
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1);
    chart.push_str(&hatch(id));
    for (place, bar) in bars.iter().enumerate() {
        let y = place * BAR_ROW + 4;
        let length = usize::try_from(bar.count * (LENGTH_MAX as u64) / most).unwrap_or_default();
        let length = if bar.count > 0 { length.max(2) } else { 0 };
        chart.push_str(&text(NAME_WIDTH - 6, y + 11, "end", INK, &cut(&bar.name, NAME_CHARACTERS)));
        let fill = match bar.fill {
            Fill::Solid => format!("fill=\"{FILL}\""),
            Fill::Outline => format!("fill=\"#fff\" stroke=\"{FILL}\""),
            Fill::Hatched => format!("fill=\"url(#{id}-hatch)\" stroke=\"{QUIET}\""),
        };
        if length > 0 {
            let _ =
                write!(chart, "<rect x=\"{NAME_WIDTH}\" y=\"{y}\" width=\"{length}\" height=\"14\" {fill}/>");
        }
        let _ = write!(
            chart,
            "<text x=\"{}\" y=\"{}\" fill=\"{INK}\"><tspan font-weight=\"700\">{}</tspan><tspan fill=\"#4b5560\" dx=\"5\">{}</tspan></text>",
            NAME_WIDTH + length + 5,
            y + 11,
            bar.count,
            escape(&bar.beside)
        );
    }
    let bottom = bars.len() * BAR_ROW + 2;
    let _ = write!(
        chart,
        "<line x1=\"{NAME_WIDTH}\" y1=\"1\" x2=\"{NAME_WIDTH}\" y2=\"{bottom}\" stroke=\"{INK}\" stroke-width=\"0.8\"/></svg>"
    );
    chart
}

/// The hatching of what is not known.
pub(super) fn hatch(id: &str) -> String {
    format!(
        "<defs><pattern id=\"{id}-hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"5\" height=\"5\" fill=\"#fff\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\" stroke=\"{QUIET}\" stroke-width=\"2\"/>\
         </pattern></defs>"
    )
}

/// A cell of a matrix: from where, to where, how many.
pub(super) type Cell = (usize, usize, u64);

const MATRIX_NAME: usize = 150;
const MATRIX_COLUMN: usize = 74;
const MATRIX_ROW: usize = 26;

/// A from-to matrix over places in their order. Those that stayed lie on the diagonal, those that went back below it, framed.
pub(super) fn matrix(id: &str, title: &str, places: &[String], ordered: usize, cells: &[Cell]) -> String {
    let name = |place: usize| places.get(place).map_or("", String::as_str);
    let described: Vec<String> =
        cells.iter().map(|(from, to, count)| format!("{} to {}: {count}", name(*from), name(*to))).collect();
    let size = places.len();
    let (width, height) = (MATRIX_NAME + size * MATRIX_COLUMN + 4, 44 + size * MATRIX_ROW);
    let mut chart = open(id, width, height, title, &described.join("; "));
    chart.push_str(&text(MATRIX_NAME - 8, 34, "end", QUIET_TEXT, "from ↓   to →"));
    for place in 0..size {
        let x = MATRIX_NAME + place * MATRIX_COLUMN;
        chart.push_str(&text(x + MATRIX_COLUMN / 2, 34, "middle", INK, &cut(name(place), 12)));
        let y = 42 + place * MATRIX_ROW;
        chart.push_str(&text(MATRIX_NAME - 8, y + 17, "end", INK, &cut(name(place), 24)));
        for other in 0..size {
            let x = MATRIX_NAME + other * MATRIX_COLUMN;
            let count = cells.iter().find(|(from, to, _)| (*from, *to) == (place, other));
            chart.push_str(&matrix_cell((x, y), (place, other), ordered, count.map(|(_, _, count)| *count)));
        }
    }
    chart.push_str("</svg>");
    chart
}

const QUIET_TEXT: &str = "#4b5560";

fn matrix_cell(
    (x, y): (usize, usize),
    (from, to): (usize, usize),
    ordered: usize,
    count: Option<u64>,
) -> String {
    let went_back = from < ordered && to < from;
    let (fill, stroke) = match count {
        None if from == to => ("#f1f3f5", RULE),
        None => ("#fff", RULE),
        Some(_) if from == to => ("#e3e8ee", RULE),
        Some(_) if went_back => ("#fbe9e6", BACK),
        Some(_) => ("#d6e4f2", FILL),
    };
    let (width, height) = (MATRIX_COLUMN - 2, MATRIX_ROW - 2);
    let mut cell = format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
    );
    if let Some(count) = count {
        let shown = if went_back { format!("{count} ↩") } else { count.to_string() };
        cell.push_str(&text(x + width / 2, y + 17, "middle", INK, &shown));
    }
    cell
}

/// The text in at most so many characters.
pub(super) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(characters.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_text() {
        let bar = Bar {
            name: "</text><script>alert(1)</script>".to_owned(),
            count: 3,
            beside: "\" onload='x'".to_owned(),
            fill: Fill::Solid,
        };
        let chart = bars("a", "<b>&", std::slice::from_ref(&bar));
        assert!(
            !chart.contains("<script") && !chart.contains("<b>") && !chart.contains("onload='"),
            "{chart}"
        );
        let places = [bar.name];
        assert!(!matrix("b", "t", &places, 1, &[(0, 0, 1)]).contains("<script"));
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let bar = |count| Bar { name: "x".to_owned(), count, beside: String::new(), fill: Fill::Solid };
        let chart = bars("a", "t", &[bar(10), bar(5), bar(0)]);
        let lengths: Vec<&str> = chart
            .split("<rect x=\"150\"")
            .skip(1)
            .filter_map(|rect| rect.split("width=\"").nth(1)?.split('"').next())
            .collect();
        assert_eq!(lengths, ["88", "44"], "a zero has no bar: {chart}");
    }

    #[test]
    fn what_went_back_is_marked_with_a_sign_and_a_frame() {
        let places = ["planning".to_owned(), "completed".to_owned()];
        let chart = matrix("m", "t", &places, 2, &[(1, 0, 2), (0, 1, 3)]);
        assert!(chart.contains("2 ↩") && chart.contains(BACK) && !chart.contains("3 ↩"), "{chart}");
    }
}
