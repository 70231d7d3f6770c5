//! Changes on either clock as a table: when, who, what, old and new, why.

use docket_domain::Actor;
use docket_ledger::answer::{EffectiveChange, EffectiveChanges, Entry, RecordedChanges, Text};

use super::table::{Grid, Limit};
use super::{Look, Tone, brief, dates, known_at, text};

/// From this width on who and why have columns of their own.
const WIDTH_COLUMNS: usize = 100;
/// The most lines of a row; more is in the timeline.
const LINES_MAX: usize = 6;

/// One row.
struct Row {
    when: String,
    who: String,
    what: String,
    change: String,
    why: Option<Text>,
    tone: Tone,
}

/// What was recorded between two sizes.
pub(crate) fn recorded_changes(answer: &RecordedChanges, look: Look) -> String {
    let span = format!("recorded after the first {} of {} entries", answer.from, answer.to);
    let page = look.paragraph(0, Tone::Quiet, &format!("{span} / {}", known_at(&answer.basis)));
    let zone = answer.zone;
    let row = |entry: &Entry| Row {
        when: entry.recorded_at.minute_in(zone),
        who: who(entry.actor.as_str(), entry.asserted_by.as_ref().map(docket_domain::Asserter::as_str)),
        what: format!("{} {}", brief::reference(&entry.event), entry.event.kind.short()),
        change: brief::entry(entry, zone) + if entry.regress { " (went back)" } else { "" },
        why: entry.reason.clone(),
        tone: if entry.in_force { Tone::Plain } else { Tone::Quiet },
    };
    if answer.changes.is_empty() {
        return page + &nothing(answer.actor.as_ref(), answer.actor_has_recorded);
    }
    page + &table("Recorded", answer.changes.iter().map(row).collect(), look)
}

/// What happened between two dates.
pub(crate) fn effective_changes(answer: &EffectiveChanges, look: Look) -> String {
    let from = answer.from.map(|from| format!("after {from}, ")).unwrap_or_default();
    let span = format!("happened {from}until {} included", answer.to);
    let mut page = look.paragraph(0, Tone::Quiet, &format!("{span} / {}", known_at(&answer.basis)));
    let zone = answer.zone;
    let row = |change: &EffectiveChange| {
        let after = &change.after;
        Row {
            when: dates::interval(&after.effective, zone),
            who: who(after.actor.as_str(), after.asserted_by.as_ref().map(docket_domain::Asserter::as_str)),
            what: brief::reference(&change.event),
            change: match &change.before {
                Some(before) => brief::restated(before, after, zone),
                None => format!("(nothing) → {}", brief::statement(after)),
            } + if after.regress { " (went back)" } else { "" },
            why: after.reason.clone(),
            tone: Tone::Plain,
        }
    };
    if answer.changes.is_empty() {
        return page + &nothing(answer.actor.as_ref(), answer.actor_has_recorded);
    }
    page.push_str(&table("Effective", answer.changes.iter().map(row).collect(), look));
    let (statements, recommendations) = (answer.changes.len(), answer.recommendations.len());
    let line = format!("{statements} statements on {recommendations} recommendations");
    page.push('\n');
    page.push_str(&look.paragraph(0, Tone::Quiet, &line));
    page
}

fn who(actor: &str, asserter: Option<&str>) -> String {
    let actor = text::line(actor);
    asserter.map(|asserter| format!("{actor}, for {}", text::line(asserter))).unwrap_or(actor)
}

/// What is said where nothing was found, with the filter that may be why.
fn nothing(actor: Option<&Actor>, actor_has_recorded: Option<bool>) -> String {
    let Some(actor) = actor else { return "\nNothing changed.\n".to_owned() };
    let actor = text::line(actor.as_str());
    let known = match actor_has_recorded {
        Some(false) => "No actor of that name had recorded anything by then",
        _ => "Other entries of that actor were known by then",
    };
    format!("\nNothing by {actor} (--actor) is in this span. {known}.\n")
}

fn table(when: &str, rows: Vec<Row>, look: Look) -> String {
    let is_wide = look.width >= WIDTH_COLUMNS;
    let mut grid = Grid::new(look, LINES_MAX);
    grid.column(when, Limit::Fit(if is_wide { 24 } else { 16 }));
    if is_wide {
        grid.column("Who", Limit::Fit(18));
    }
    grid.column("What", Limit::Fit(if is_wide { 20 } else { 16 }));
    grid.column("Change", Limit::Share(3));
    if is_wide {
        grid.column("Why", Limit::Share(2));
    }
    for Row { when, who, what, change, why, tone } in rows {
        let why = why.as_ref().map(text::words).unwrap_or_default();
        let cells = if is_wide {
            vec![when, who, what, change, why]
        } else {
            let why = if why.is_empty() { why } else { format!("; why: {why}") };
            vec![when, what, format!("{change}; by {who}{why}")]
        };
        grid.row(cells.into_iter().map(|cell| (cell, tone)).collect());
    }
    format!("\n{}", grid.render())
}
