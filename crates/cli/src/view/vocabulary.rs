//! The vocabulary of a register, and what a revision changes.

use docket_ledger::answer::VocabularyAnswer;
use docket_ledger::vocabulary::{VocabularyChange, Word};

use super::table::{Grid, Limit};
use super::{Look, Tone, brief, known_at, text};
use crate::text::counted;

/// Labels and states, and who revised them.
pub(crate) fn vocabulary(answer: &VocabularyAnswer, look: Look) -> String {
    let mut page = look.paragraph(0, Tone::Strong, &format!("Vocabulary of {}", answer.register));
    page.push_str(&look.paragraph(0, Tone::Quiet, &known_at(&answer.basis)));
    page.push('\n');
    let mut states = Grid::new(look, 1);
    states.column("ORDER", Limit::Number(6));
    states.column("STATE", Limit::Fit(40));
    states.column("CLOSED", Limit::Fit(6));
    for state in &answer.vocabulary.states {
        let closed = if state.closed { "closed" } else { "" };
        states.row(vec![
            (state.order.to_string(), Tone::Plain),
            (state.state.to_string(), Tone::Plain),
            (closed.to_owned(), Tone::Quiet),
        ]);
    }
    page.push_str(&states.render());
    page.push('\n');
    let mut labels = Grid::new(look, 2);
    labels.column("LABEL", Limit::Share(2));
    labels.column("STATE", Limit::Share(1));
    labels.column("REPORTING", Limit::Fit(10));
    for label in &answer.vocabulary.labels {
        let state = label.state.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        labels.row(vec![
            (text::line(label.label.as_str()), Tone::Strong),
            (state, Tone::Plain),
            (label.reporting.to_string(), Tone::Quiet),
        ]);
    }
    page.push_str(&labels.render());
    for version in answer.versions.iter().skip(1) {
        page.push('\n');
        let who = format!(
            "revised {} by {}, {}",
            version.recorded_at.minute_in(answer.zone),
            text::line(version.actor.as_str()),
            brief::reference(&version.event)
        );
        page.push_str(&look.paragraph(0, Tone::Plain, &who));
        if let Some(reason) = &version.reason {
            page.push_str(&look.paragraph(4, Tone::Plain, &format!("reason: {}", text::words(reason))));
        }
    }
    page
}

/// What a revision changes, with a warning where recorded statements use what goes or gets another meaning.
pub(crate) fn revision(changes: &[VocabularyChange], look: Look) -> String {
    if changes.is_empty() {
        return look.paragraph(
            0,
            Tone::Quiet,
            "labels and states stay as they are; their order in the file changes",
        );
    }
    changes.iter().map(|change| look.paragraph(0, tone(change), &line(change))).collect()
}

fn tone(change: &VocabularyChange) -> Tone {
    if change.before.is_some() && change.statements > 0 { Tone::Doubtful } else { Tone::Plain }
}

fn line(change: &VocabularyChange) -> String {
    let word = match change.word {
        Word::Label => "label",
        Word::State => "state",
    };
    let name = text::line(&change.name);
    let what = match (&change.before, &change.after) {
        (None, Some(after)) => format!("new {word} {name}: {after}"),
        (Some(before), None) => format!("{word} {name} goes (it was {before})"),
        (Some(before), Some(after)) => format!("{word} {name}: {before} → {after}"),
        (None, None) => format!("{word} {name}"),
    };
    if change.before.is_some() && change.statements > 0 {
        format!("{what}; {} it and stay as they were recorded", used(change.statements))
    } else {
        what
    }
}

fn used(statements: u64) -> String {
    format!("{} use{}", counted(statements, "statement"), if statements == 1 { "s" } else { "" })
}
