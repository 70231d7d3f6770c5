//! What a file of statuses and notes would change, line by line, on both clocks.

use docket_domain::Zone;
use docket_domain::term::Reporting;
use docket_ledger::answer::Certainty;
use docket_ledger::batch::{Line, Moved, NoteLine, Preview, Repeats, Shown, StatusLine};

use super::{Look, Tone, brief, dates, text};
use crate::text::counted;

/// How much of a preview is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// A block for each line.
    Full,
    /// One line for each line.
    Short,
}

const ARROW: &str = " → ";

/// The preview of a file.
pub(crate) fn batch(preview: &Preview, detail: Detail, look: Look) -> String {
    if let Some(before) = &preview.recorded {
        let line = format!(
            "this file was recorded before, by {} on {} ({}): it is not recorded again",
            text::line(before.actor.as_str()),
            before.recorded_at.minute_in(preview.zone),
            counted(before.entries, "entry")
        );
        return look.paragraph(0, Tone::Doubtful, &line);
    }
    let mut page = look.paragraph(0, Tone::Strong, &title(preview));
    let clocks = format!(
        "known before: {} / known with this file: {}; today is {}",
        counted(preview.known_before, "entry"),
        counted(preview.known_after, "entry"),
        preview.today
    );
    page.push_str(&look.paragraph(0, Tone::Quiet, &clocks));
    for line in &preview.lines {
        page.push_str(&match detail {
            Detail::Full => full(line, preview.zone, look),
            Detail::Short => look.paragraph(0, Tone::Plain, &short(line)),
        });
    }
    page
}

fn title(preview: &Preview) -> String {
    let count = |holds: fn(&Line) -> bool| preview.lines.iter().filter(|line| holds(line)).count() as u64;
    let (statuses, notes) = (count(|line| line.status.is_some()), count(|line| line.note.is_some()));
    let regresses = count(|line| line.status.as_ref().is_some_and(|status| status.regress));
    let repeated = count(|line| line.note.as_ref().is_some_and(|note| note.repeats.is_some()));
    format!(
        "{} for {}: {} ({regresses} going back), {} ({repeated} repeated word for word)",
        counted(preview.lines.len() as u64, "line"),
        preview.register,
        if statuses == 1 { "1 status".to_owned() } else { format!("{statuses} statuses") },
        counted(notes, "note"),
    )
}

fn full(line: &Line, zone: Zone, look: Look) -> String {
    let since = line
        .effective
        .as_ref()
        .map_or_else(|| "when recorded".to_owned(), |interval| dates::interval(interval, zone));
    let head = format!("line {} · recommendation {} · effective {since}", line.line, name(line));
    let mut block = format!("\n{}", look.paragraph(0, Tone::Strong, &head));
    if let Some(status) = &line.status {
        block.push_str(&look.field("status", Tone::Strong, &text::line(status.label.as_str())));
        block.push_str(&look.field("then", Tone::Plain, &moved(&status.then)));
        block.push_str(&look.field("today", Tone::Plain, &moved(&status.today)));
        if status.regress {
            block.push_str(&look.field("", Tone::Bad, "goes back to a lower state"));
        }
        if let Some(reason) = &status.reason {
            block.push_str(&look.field("reason", Tone::Plain, &text::line(reason)));
        }
    }
    if let Some(note) = &line.note {
        block.push_str(&look.field("note", Tone::Plain, &words(note)));
        if let Some(repeats) = &note.repeats {
            block.push_str(&look.field("", Tone::Doubtful, &repeated(repeats)));
        }
    }
    block
}

fn short(line: &Line) -> String {
    let mut parts = Vec::new();
    if let Some(StatusLine { label, then, regress, .. }) = &line.status {
        let holds = then.after.as_ref().is_some_and(|after| after.label.as_ref() == Some(label));
        // Where another statement holds on that day, what this one says would not show.
        let says = if holds { String::new() } else { format!("{}, ", text::line(label.as_str())) };
        parts.push(format!("{says}{}{}", moved(then), if *regress { ", goes back" } else { "" }));
    }
    if let Some(note) = &line.note {
        let repeats = note.repeats.as_ref().map(|repeats| format!(", {}", repeated(repeats)));
        parts.push(format!("{} note{}", note.role, repeats.unwrap_or_default()));
    }
    format!("line {}, recommendation {}: {}", line.line, name(line), parts.join("; "))
}

fn name(line: &Line) -> String {
    match line.number {
        Some(number) if number.to_string() == line.key.as_str() => number.to_string(),
        Some(number) => format!("{number} (key {})", line.key),
        None => format!("with key {}", line.key),
    }
}

fn moved(moved: &Moved) -> String {
    let shown =
        |status: &Option<Shown>| status.as_ref().map_or_else(|| "nothing stated".to_owned(), status_of);
    let (before, after) = (shown(&moved.before), shown(&moved.after));
    let certainty = match moved.after.as_ref().and_then(|status| status.certainty) {
        Some(Certainty::Certain) => "certain",
        Some(Certainty::Possible) => "possible",
        None => "",
    };
    let change = if before == after { format!("stays {after}") } else { format!("{before}{ARROW}{after}") };
    format!("true on {}: {change}, {certainty}", moved.true_on)
}

fn status_of(status: &Shown) -> String {
    let label = brief::label(status.label.as_ref(), status.reporting);
    match (&status.state, status.reporting) {
        (Some(state), Reporting::Reported) => format!("{label} ({state})"),
        (Some(state), _) => format!("{label} (last known: {state})"),
        (None, _) => label,
    }
}

fn words(note: &NoteLine) -> String {
    let internal = match note.visibility {
        docket_domain::term::Visibility::Public => "",
        docket_domain::term::Visibility::Internal => ", internal",
    };
    format!("{}{internal}: “{}”", note.role, text::line(&note.text))
}

fn repeated(repeats: &Repeats) -> String {
    match repeats {
        Repeats::Event(name) => format!("repeats {name} word for word"),
        Repeats::Line(line) => format!("repeats the note of line {line} word for word"),
    }
}
