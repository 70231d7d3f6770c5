//! A timeline as a list, oldest first.

use docket_domain::Zone;
use docket_ledger::answer::{Entry, Mark, TimelineAnswer};

use super::{Look, Tone, brief, dates, known_at, text};

/// How far what belongs to an entry is indented.
const INDENT: usize = 4;

/// The timeline of a recommendation.
pub(crate) fn timeline(answer: &TimelineAnswer, look: Look) -> String {
    let number = answer.number.map_or_else(|| answer.key.to_string(), |number| number.to_string());
    let mut page = look.paragraph(0, Tone::Strong, &format!("Timeline of recommendation {number}"));
    let place = format!("{}, key {}; all that is {}", answer.register, answer.key, known_at(&answer.basis));
    page.push_str(&look.paragraph(0, Tone::Quiet, &place));
    for entry in &answer.timeline {
        page.push('\n');
        page.push_str(&entry_of(entry, answer.zone, look));
    }
    page
}

fn entry_of(entry: &Entry, zone: Zone, look: Look) -> String {
    let name = brief::reference(&entry.event);
    let (recorded, kind) = (entry.recorded_at.minute_in(zone), entry.event.kind.short());
    let tone = if entry.in_force { Tone::Strong } else { Tone::Quiet };
    let withdrawn = if entry.in_force { "" } else { " · WITHDRAWN" };
    let mut part = look.paragraph(0, tone, &format!("{name} · {recorded} · {kind}{withdrawn}"));
    let tone = if entry.in_force { Tone::Plain } else { Tone::Quiet };
    part.push_str(&look.paragraph(INDENT, tone, &brief::entry(entry, zone)));
    if entry.regress {
        part.push_str(&look.paragraph(INDENT, Tone::Bad, "goes back to a lower state"));
    }
    if let Some(reason) = &entry.reason {
        part.push_str(&look.paragraph(INDENT, Tone::Plain, &format!("reason: {}", text::words(reason))));
    }
    if let Some(url) = &entry.source_url {
        part.push_str(&look.paragraph(INDENT, Tone::Plain, &format!("read at: {}", text::words(url))));
    }
    part.push_str(&look.paragraph(INDENT, Tone::Quiet, &provenance(entry, zone)));
    part.extend(entry.marks.iter().map(|mark| mark_of(mark, zone, look)));
    part
}

/// Who, on whose word, true since when, from which lines, under which id.
fn provenance(entry: &Entry, zone: Zone) -> String {
    let mut parts = vec![format!("by {} ({})", text::line(entry.actor.as_str()), entry.actor_basis)];
    parts.extend(
        entry
            .asserted_by
            .as_ref()
            .map(|asserter| format!("on the word of {}", text::line(asserter.as_str()))),
    );
    parts.extend(
        entry.effective.as_ref().map(|effective| format!("effective {}", dates::interval(effective, zone))),
    );
    parts.extend(entry.source.as_ref().map(|source| brief::lines(&source.lines)));
    parts.push(entry.event.event.to_string());
    parts.join(", ")
}

fn mark_of(mark: &Mark, zone: Zone, look: Look) -> String {
    let verb = match mark.kind() {
        docket_domain::EventKind::EventRetracted => "withdrawn",
        docket_domain::EventKind::TextRedacted => "redacted",
        _ => "corrected",
    };
    let void = if mark.in_force { "" } else { " (itself withdrawn)" };
    let (name, actor) = (brief::reference(&mark.event), text::line(mark.actor.as_str()));
    let says = match mark.kind() {
        docket_domain::EventKind::EventCorrected => format!(" to {}", brief::content(&mark.says, zone)),
        docket_domain::EventKind::TextRedacted => format!(" ({})", brief::content(&mark.says, zone)),
        _ => String::new(),
    };
    let reason = mark.reason.as_ref().map(|reason| format!(": {}", text::quoted(reason))).unwrap_or_default();
    let line =
        format!("└ {verb}{says} by {name}, {} by {actor}{void}{reason}", mark.recorded_at.minute_in(zone));
    look.paragraph(INDENT, if mark.in_force { Tone::Doubtful } else { Tone::Quiet }, &line)
}
