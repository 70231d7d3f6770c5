//! What an event says or changes, in one line.

use docket_domain::term::{AssignmentChange, Reporting};
use docket_domain::{EventKind, Label, StateName, Zone};
use docket_ledger::answer::{
    Assigned, AttachedEvidence, Change, Content, Correction, Entry, JudgedStatus, NumberAndText,
    Recommendation, Reference, Statement, StatusValue, Text,
};

use super::{Tone, dates, text};

/// What stands for nothing in a change.
const NOTHING: &str = "(nothing)";
const ARROW: &str = " → ";

/// The label of a status, as printed; a damaged source is shown as a question, never as a value.
pub(super) fn label(label: Option<&Label>, reporting: Reporting) -> String {
    match (label, reporting) {
        (Some(label), _) => text::line(label.as_str()),
        (None, Reporting::Unknown) => "? source damaged".to_owned(),
        (None, _) => "(no label)".to_owned(),
    }
}

/// The status of a recommendation, for a table.
pub(super) fn status(recommendation: &Recommendation) -> (String, Tone) {
    let Some(status) = &recommendation.status else { return ("not yet stated".to_owned(), Tone::Quiet) };
    let mut shown = match (&status.label, status.reporting) {
        (None, Reporting::Unknown) if recommendation.text.is_none() => "? row lost".to_owned(),
        _ => statement(status),
    };
    if status.regress {
        shown.push_str(" (went back)");
    }
    (shown, if status.reporting == Reporting::Unknown { Tone::Doubtful } else { Tone::Plain })
}

/// The label of a statement, with the state that it leaves standing where it states none itself.
pub(super) fn statement(statement: &Statement) -> String {
    let shown = label(statement.label.as_ref(), statement.reporting);
    match &statement.state {
        Some(state) if statement.reporting != Reporting::Reported => format!("{shown} (last known: {state})"),
        _ => shown,
    }
}

/// What an entry says and changes.
pub(super) fn entry(entry: &Entry, zone: Zone) -> String {
    let target = entry.root.as_ref().or(entry.target.as_ref()).map(reference).unwrap_or_default();
    let changed =
        entry.change.as_ref().map_or_else(|| content(&entry.says, zone), |change| self::change(change, zone));
    match entry.event.kind {
        EventKind::EventCorrected => format!("corrects {target}: {changed}"),
        EventKind::EventRetracted if entry.target == entry.root => format!("withdraws {target}: {changed}"),
        EventKind::EventRetracted => {
            let withdrawn = entry.target.as_ref().map(reference).unwrap_or_default();
            format!("withdraws {withdrawn}, which changes {target}: {changed}")
        }
        EventKind::TextRedacted => format!("redacts {target}: {changed}"),
        EventKind::StatusVerified => format!("on {target}: {changed}"),
        EventKind::HoldLifted => format!("lifts the legal hold {target}"),
        EventKind::AccessRevoked => format!("no longer {changed}"),
        _ => changed,
    }
}

/// Old and new.
pub(super) fn change(change: &Change, zone: Zone) -> String {
    match (&change.before, &change.after) {
        (Some(Content::Statement(before)), Some(Content::Statement(after))) => restated(before, after, zone),
        (None, Some(Content::Statement(after))) => format!("{NOTHING}{ARROW}{}", statement(after)),
        (Some(Content::Recommendation(before)), Some(Content::Recommendation(after))) => {
            amended(before, after)
        }
        (Some(before), Some(after)) if before == after => "nothing changes".to_owned(),
        (Some(Content::Words(_)), Some(Content::Words(_))) => "the vocabulary is revised".to_owned(),
        (Some(before), Some(after)) => {
            let (old, new) = (content(before, zone), content(after, zone));
            // What differs does not show in one line: a date.
            if old == new { format!("{new}, otherwise dated") } else { format!("{old}{ARROW}{new}") }
        }
        (None, Some(after)) => content(after, zone),
        (Some(before), None) => format!("{}{ARROW}{NOTHING}", content(before, zone)),
        (None, None) => "nothing changes".to_owned(),
    }
}

/// From one statement to another: labels, or dates where the label stays.
pub(super) fn restated(before: &Statement, after: &Statement, zone: Zone) -> String {
    let (old, new) = (statement(before), statement(after));
    if old != new {
        return format!("{old}{ARROW}{new}");
    }
    let (old, since) = (dates::interval(&before.effective, zone), dates::interval(&after.effective, zone));
    if old == since { new } else { format!("{new}, effective {old}{ARROW}{since}") }
}

fn amended(before: &NumberAndText, after: &NumberAndText) -> String {
    let number = |facts: &NumberAndText| {
        let printed = || facts.number_printed.as_deref().map(text::line);
        facts
            .number
            .map(|number| number.to_string())
            .or_else(printed)
            .unwrap_or_else(|| "no number".to_owned())
    };
    let words = |facts: &NumberAndText| facts.text.as_ref().map_or_else(|| NOTHING.to_owned(), text::quoted);
    let mut parts = Vec::new();
    if number(before) != number(after) {
        parts.push(format!("number {}{ARROW}{}", number(before), number(after)));
    }
    if before.number_basis != after.number_basis
        && let (Some(old), Some(new)) = (before.number_basis, after.number_basis)
    {
        parts.push(format!("number {old}{ARROW}{new}"));
    }
    if before.text != after.text {
        parts.push(format!("text {}{ARROW}{}", words(before), words(after)));
    }
    if parts.is_empty() { "nothing changes".to_owned() } else { parts.join("; ") }
}

/// What an event says.
pub(super) fn content(content: &Content, zone: Zone) -> String {
    match content {
        Content::Status(status) => value(status),
        Content::Statement(statement) => self::statement(statement),
        Content::Finding(finding) => judged(finding),
        Content::Recommendation(facts) => facts_of(facts),
        Content::Note(note) if note.repeats.is_some() => {
            format!("{} note repeated word for word {}", note.role, text::quoted(&note.text))
        }
        Content::Note(note) => format!("{} note {}", note.role, text::quoted(&note.text)),
        Content::Evidence(evidence) => evidence_of(evidence),
        Content::Assignment(assigned) => assignment(assigned, zone),
        Content::Correction(correction) => corrected(correction, zone),
        Content::Retraction(_) => "withdrawn".to_owned(),
        Content::Redaction(redaction) => match (redaction.field, &redaction.blob) {
            (Some(field), _) => format!("text {field}, under {}", text::words(&redaction.authority)),
            (None, Some(blob)) => format!("document {blob}, under {}", text::words(&redaction.authority)),
            (None, None) => format!("under {}", text::words(&redaction.authority)),
        },
        Content::Register(register) => format!("register {}", text::quoted(&register.title)),
        Content::Words(words) => format!("{} labels, {} states", words.labels.len(), words.states.len()),
        Content::Source(source) => {
            format!("{} ({} bytes, SHA-256 {})", text::quoted(&source.title), source.size, source.sha256)
        }
        Content::Fragment(fragment) => format!("belongs to no row: {}", text::quoted(&fragment.text)),
        Content::Claim(claim) => {
            let figures =
                claim.figures.iter().map(|figure| format!("{} {}", text::line(&figure.name), figure.value));
            format!("claim {} ({})", text::quoted(&claim.text), figures.collect::<Vec<_>>().join(", "))
        }
        Content::Review(review) => {
            format!(
                "entries {} to {}: {}",
                review.from_index,
                review.to_index,
                text::quoted(&review.findings)
            )
        }
        Content::Access(access) => {
            format!("{} is {}", text::line(access.grantee.as_str()), text::line(&access.role))
        }
        Content::Key(key) => format!("the key is now {}", text::line(&key.key)),
        Content::Clock(clock) => format!("clocks {} ms apart are trusted", clock.drift_micros / 1000),
        Content::Continuation(log) => {
            format!("goes on from {} at {} entries", text::line(&log.previous_origin), log.previous_size)
        }
        Content::Hold(hold) => format!("legal hold, under {}", text::words(&hold.authority)),
        Content::HoldLift(_) => "legal hold lifted".to_owned(),
    }
}

fn value(status: &StatusValue) -> String {
    label(status.label.as_ref(), status.reporting)
}

fn judged(finding: &JudgedStatus) -> String {
    let verdict = if finding.agrees { "agrees" } else { "disagrees" };
    let state =
        finding.state.as_ref().map(|state: &StateName| format!(", found {state}")).unwrap_or_default();
    let comment =
        finding.comment.as_ref().map(|comment| format!(" {}", text::quoted(comment))).unwrap_or_default();
    format!("{verdict}{state}{comment}")
}

fn facts_of(facts: &NumberAndText) -> String {
    let number = facts.number.map(|number| format!("number {number}"));
    let basis = facts.number_basis.map(|basis| format!("({basis})"));
    let words = match (&facts.text, facts.text_basis) {
        (Some(words), _) => Some(text::quoted(words)),
        (None, Some(_)) => Some("text not known".to_owned()),
        (None, None) => None,
    };
    [number, basis, words].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A piece of evidence: its title or address, and its digest.
pub(super) fn evidence_of(evidence: &AttachedEvidence) -> String {
    let words = |text: &Option<Text>| text.as_ref().map(text::words);
    let digest = evidence.sha256.map(|digest| format!("SHA-256 {digest}"));
    [words(&evidence.title), words(&evidence.url), digest]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// An assignment.
pub(super) fn assignment(assigned: &Assigned, zone: Zone) -> String {
    let value = assigned.value.as_ref().map(text::words);
    let target = assigned.target.as_ref().map(|target| dates::interval(target, zone));
    let key = assigned.dependency.as_ref().map(ToString::to_string);
    let value = [value, target, key].into_iter().flatten().collect::<Vec<_>>().join(", ");
    match assigned.change {
        AssignmentChange::Set => format!("{}: {value}", assigned.attribute),
        AssignmentChange::Cleared if value.is_empty() => format!("{} cleared", assigned.attribute),
        AssignmentChange::Cleared => format!("{} cleared: {value}", assigned.attribute),
    }
}

/// The right values that a correction gives.
fn corrected(correction: &Correction, zone: Zone) -> String {
    let status = correction.status.as_ref().map(value);
    let words = correction.text.as_ref().map(text::quoted);
    let date = correction.effective.as_ref().map(|date| format!("effective {}", dates::interval(date, zone)));
    [status, words, date].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The short name of an event, or its type and place in the log.
pub(super) fn reference(event: &Reference) -> String {
    event.name.clone().unwrap_or_else(|| format!("{} (entry {})", event.kind.short(), event.index))
}

/// Source lines as "lines 10, 12-14"; of a row that the source has lost there are none.
pub(super) fn lines(lines: &[(u32, u32)]) -> String {
    if lines.is_empty() {
        return "no line".to_owned();
    }
    let shown = lines.iter().map(
        |(first, last)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        },
    );
    let several = lines.len() > 1 || lines.iter().any(|(first, last)| first != last);
    format!("{} {}", if several { "lines" } else { "line" }, shown.collect::<Vec<_>>().join(", "))
}
