//! How answers look: pure functions from an answer to text.
//!
//! Nothing here prints, reads the environment or asks a terminal for its width: how to look comes in as a [`Look`]. No recorded text reaches
//! the terminal with characters that could command it; see [`text`].

mod batch;
mod brief;
mod changes;
mod counts;
pub(crate) mod csv;
mod dates;
mod list;
mod show;
mod table;
mod text;
mod timeline;
mod vocabulary;

#[cfg(test)]
mod tests;

use docket_domain::time::Moment;
use docket_ledger::answer::{Audience, Basis};

pub(crate) use batch::{Detail, batch};
pub(crate) use changes::{effective_changes, recorded_changes};
pub(crate) use list::list;
pub(crate) use show::{Cells, show};
pub(crate) use timeline::timeline;
pub(crate) use vocabulary::{revision, vocabulary};

/// The narrowest page that is laid out; a narrower terminal wraps lines itself.
const WIDTH_MIN: usize = 40;

/// How an answer is to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// The width of a line, in columns.
    width: usize,
    /// Its colours.
    style: Style,
}

/// The colours of the parts of an answer; [`Style::PLAIN`] has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    strong: anstyle::Style,
    quiet: anstyle::Style,
    doubtful: anstyle::Style,
    good: anstyle::Style,
    bad: anstyle::Style,
}

/// What a piece of text is, so that a style can colour it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    /// Headings and labels.
    Strong,
    /// What is rarely looked for.
    Quiet,
    /// Possible, inferred, unknown.
    Doubtful,
    /// Agreed.
    Good,
    /// Withdrawn, disagreed, gone back.
    Bad,
}

impl Style {
    /// No colour at all: not one escape sequence.
    pub(crate) const PLAIN: Self = Self {
        strong: anstyle::Style::new(),
        quiet: anstyle::Style::new(),
        doubtful: anstyle::Style::new(),
        good: anstyle::Style::new(),
        bad: anstyle::Style::new(),
    };

    /// The colours of a terminal, whatever its background.
    pub(crate) const COLOURED: Self = Self {
        strong: anstyle::Style::new().bold(),
        quiet: anstyle::Style::new().dimmed(),
        doubtful: anstyle::AnsiColor::Yellow.on_default(),
        good: anstyle::AnsiColor::Green.on_default(),
        bad: anstyle::AnsiColor::Red.on_default(),
    };

    const fn of(self, tone: Tone) -> anstyle::Style {
        match tone {
            Tone::Plain => anstyle::Style::new(),
            Tone::Strong => self.strong,
            Tone::Quiet => self.quiet,
            Tone::Doubtful => self.doubtful,
            Tone::Good => self.good,
            Tone::Bad => self.bad,
        }
    }
}

impl Look {
    /// A look for lines of so many columns.
    pub(crate) fn new(width: u16, style: Style) -> Self {
        Self { width: usize::from(width).max(WIDTH_MIN), style }
    }

    /// A text in its colour.
    fn paint(self, tone: Tone, text: &str) -> String {
        let style = self.style.of(tone);
        format!("{style}{text}{style:#}")
    }

    /// A text wrapped to the width, each line indented by so many columns, each ended.
    fn paragraph(self, indent: usize, tone: Tone, words: &str) -> String {
        let width = self.width.saturating_sub(indent).max(WIDTH_MIN / 2);
        let lines = text::wrap(words, width);
        lines
            .iter()
            .fold(String::new(), |page, line| page + &" ".repeat(indent) + &self.paint(tone, line) + "\n")
    }

    /// A named value: the name in a column of its own, the value wrapped beside it.
    fn field(self, name: &str, tone: Tone, value: &str) -> String {
        let lines = text::wrap(value, self.width.saturating_sub(FIELD_WIDTH).max(WIDTH_MIN / 2));
        let mut page = String::new();
        for (place, line) in lines.iter().enumerate() {
            let name = if place == 0 { name } else { "" };
            page.push_str(&self.paint(Tone::Quiet, &format!("{name:<FIELD_WIDTH$}")));
            page.push_str(&self.paint(tone, line));
            page.push('\n');
        }
        page
    }

    /// On what an answer rests: both clocks and the root.
    ///
    /// How many entries there are besides is left out: it would change with every later entry, and an answer on a basis may not.
    fn caption(self, basis: &Basis) -> String {
        self.paragraph(0, Tone::Quiet, &format!("{} / {}", true_on(basis), known_at(basis)))
    }
}

/// The width of the names of fields, in columns.
const FIELD_WIDTH: usize = 16;

fn true_on(basis: &Basis) -> String {
    match basis.effective_at {
        Moment::Day(_) => format!("true on {}", basis.effective_at),
        Moment::Instant(_) => format!("true at {}", basis.effective_at),
    }
}

fn known_at(basis: &Basis) -> String {
    let entries = if basis.known_at == 1 { "entry" } else { "entries" };
    let audience = match basis.audience {
        Audience::Public => "",
        Audience::Internal => ", internal notes included",
    };
    format!("known at {} {entries} (root {}){audience}", basis.known_at, basis.root)
}
