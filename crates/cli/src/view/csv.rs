//! Answers as CSV: one flat row for each thing, safe to open in a spreadsheet.
//!
//! A cell that a spreadsheet would take for a formula begins with an apostrophe. Several values in one cell are joined with ` | `. The
//! basis stands in the last columns of every row, so that a row cut out of its file still says what it rests on.

use docket_domain::Zone;
use docket_ledger::answer::{
    Basis, Certainty, EffectiveChange, EffectiveChanges, Entry, Interval, ListAnswer, Recommendation,
    RecordedChanges, SourceReference, Statement, Text, TimelineAnswer,
};

use super::brief;

/// Between several values of one cell.
const SEPARATOR: &str = " | ";

/// The columns of the list: the fixed fields of DESIGN section 10, flattened.
const LIST: [&str; 31] = [
    "register",
    "key",
    "number",
    "number_basis",
    "text",
    "text_basis",
    "version",
    "label",
    "state",
    "state_event",
    "reporting",
    "certainty",
    "from",
    "to",
    "precision",
    "phrase",
    "basis",
    "event",
    "recorded_at",
    "actor",
    "asserted_by",
    "verified_agrees",
    "verified_state",
    "verified_event",
    "verified_actor",
    "notes",
    "note_roles",
    "source_sha256",
    "source_lines",
    "damage",
    "number_printed",
];
/// The columns of a timeline and of changes on the recorded clock.
const ENTRIES: [&str; 22] = [
    "index",
    "event",
    "type",
    "subject",
    "version",
    "name",
    "recorded_at",
    "actor",
    "actor_basis",
    "asserted_by",
    "from",
    "to",
    "precision",
    "phrase",
    "basis",
    "source_sha256",
    "source_lines",
    "reason",
    "in_force",
    "regress",
    "change",
    "marks",
];
/// The columns of changes on the effective clock.
const HAPPENED: [&str; 21] = [
    "index",
    "event",
    "type",
    "subject",
    "version",
    "name",
    "recorded_at",
    "actor",
    "asserted_by",
    "from",
    "to",
    "precision",
    "phrase",
    "basis",
    "reason",
    "regress",
    "label_before",
    "state_before",
    "label_after",
    "state_after",
    "reporting_after",
];
/// The columns that every row ends with.
pub(super) const BASIS: [&str; 7] =
    ["format", "origin", "size", "root", "known_at", "effective_at", "audience"];

/// The list, one row for each recommendation.
pub(crate) fn list(answer: &ListAnswer) -> Result<String, csv::Error> {
    write(&LIST, answer.recommendations.iter().map(recommendation), &answer.basis)
}

/// One recommendation, in the columns of the list.
pub(crate) fn show(basis: &Basis, shown: &Recommendation) -> Result<String, csv::Error> {
    write(&LIST, std::iter::once(recommendation(shown)), basis)
}

/// A timeline, one row for each event.
pub(crate) fn timeline(answer: &TimelineAnswer) -> Result<String, csv::Error> {
    write(&ENTRIES, answer.timeline.iter().map(|entry| self::entry(entry, answer.zone)), &answer.basis)
}

/// Changes on the recorded clock, one row for each event.
pub(crate) fn recorded_changes(answer: &RecordedChanges) -> Result<String, csv::Error> {
    write(&ENTRIES, answer.changes.iter().map(|entry| self::entry(entry, answer.zone)), &answer.basis)
}

/// Changes on the effective clock, one row for each statement.
pub(crate) fn effective_changes(answer: &EffectiveChanges) -> Result<String, csv::Error> {
    write(&HAPPENED, answer.changes.iter().map(happened), &answer.basis)
}

fn write<const N: usize>(
    columns: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
    basis: &Basis,
) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().chain(&BASIS))?;
    for row in rows {
        writer.write_record(row.into_iter().chain(basis_cells(basis)).map(safe))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that no spreadsheet takes for a formula, with or without the full-width forms of the signs that begin one.
pub(super) fn safe(cell: String) -> String {
    let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula || cell.starts_with(['\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

fn recommendation(shown: &Recommendation) -> [String; 31] {
    let status = shown.status.as_ref();
    let verified = shown.verified.as_ref();
    let [from, to, precision, phrase, basis] = interval(status.map(|status| &status.effective));
    let [sha256, lines] = source(shown.source.as_ref());
    let damage = shown.damage.iter().map(|damage| match &damage.note {
        Some(note) => format!("{}: {}", damage.code, words(note)),
        None => damage.code.clone(),
    });
    [
        shown.register.to_string(),
        shown.key.to_string(),
        optional(shown.number.as_ref()),
        shown.number_basis.to_string(),
        shown.text.as_ref().map(words).unwrap_or_default(),
        shown.text_basis.to_string(),
        shown.version.to_string(),
        optional(status.and_then(|status| status.label.as_ref())),
        optional(status.and_then(|status| status.state.as_ref())),
        optional(status.and_then(|status| status.state_event.as_ref())),
        optional(status.map(|status| status.reporting).as_ref()),
        certainty(status),
        from,
        to,
        precision,
        phrase,
        basis,
        optional(status.map(|status| status.event).as_ref()),
        optional(status.map(|status| status.recorded_at).as_ref()),
        optional(status.map(|status| &status.actor)),
        optional(status.and_then(|status| status.asserted_by.as_ref())),
        optional(verified.map(|finding| finding.agrees).as_ref()),
        optional(verified.and_then(|finding| finding.state.as_ref())),
        optional(verified.map(|finding| finding.event).as_ref()),
        optional(verified.map(|finding| &finding.actor)),
        joined(shown.notes.iter().map(|note| words(&note.text))),
        joined(shown.notes.iter().map(|note| note.role.to_string())),
        sha256,
        lines,
        joined(damage),
        shown.number_printed.clone().unwrap_or_default(),
    ]
}

fn certainty(status: Option<&Statement>) -> String {
    match status.and_then(|status| status.certainty) {
        Some(Certainty::Certain) => "certain".to_owned(),
        Some(Certainty::Possible) => "possible".to_owned(),
        None => String::new(),
    }
}

fn entry(entry: &Entry, zone: Zone) -> [String; 22] {
    let [from, to, precision, phrase, basis] = interval(entry.effective.as_ref());
    let [sha256, lines] = source(entry.source.as_ref());
    let marks = entry.marks.iter().map(|mark| format!("{} {}", mark.kind().short(), mark.id()));
    [
        entry.event.index.to_string(),
        entry.event.event.to_string(),
        entry.event.kind.short().to_owned(),
        entry.event.subject.to_string(),
        entry.event.version.to_string(),
        entry.event.name.clone().unwrap_or_default(),
        entry.recorded_at.to_string(),
        entry.actor.to_string(),
        entry.actor_basis.to_string(),
        optional(entry.asserted_by.as_ref()),
        from,
        to,
        precision,
        phrase,
        basis,
        sha256,
        lines,
        entry.reason.as_ref().map(words).unwrap_or_default(),
        entry.in_force.to_string(),
        entry.regress.to_string(),
        brief::entry(entry, zone),
        joined(marks),
    ]
}

fn happened(change: &EffectiveChange) -> [String; 21] {
    let after = &change.after;
    let before = change.before.as_ref();
    let [from, to, precision, phrase, basis] = interval(Some(&after.effective));
    [
        change.event.index.to_string(),
        change.event.event.to_string(),
        change.event.kind.short().to_owned(),
        change.event.subject.to_string(),
        change.event.version.to_string(),
        change.event.name.clone().unwrap_or_default(),
        after.recorded_at.to_string(),
        after.actor.to_string(),
        optional(after.asserted_by.as_ref()),
        from,
        to,
        precision,
        phrase,
        basis,
        after.reason.as_ref().map(words).unwrap_or_default(),
        after.regress.to_string(),
        optional(before.and_then(|before| before.label.as_ref())),
        optional(before.and_then(|before| before.state.as_ref())),
        optional(after.label.as_ref()),
        optional(after.state.as_ref()),
        after.reporting.to_string(),
    ]
}

fn interval(effective: Option<&Interval>) -> [String; 5] {
    let Some(effective) = effective else { return Default::default() };
    [
        optional(effective.from.as_ref()),
        optional(effective.to.as_ref()),
        effective.precision.to_string(),
        effective.phrase.as_ref().map(words).unwrap_or_default(),
        effective.basis.to_string(),
    ]
}

fn source(source: Option<&SourceReference>) -> [String; 2] {
    let Some(source) = source else { return Default::default() };
    let lines = source.lines.iter().map(|(first, last)| format!("{first}-{last}"));
    [source.sha256.to_string(), joined(lines)]
}

pub(super) fn basis_cells(basis: &Basis) -> [String; 7] {
    let audience = match basis.audience {
        docket_ledger::answer::Audience::Public => "public",
        docket_ledger::answer::Audience::Internal => "internal",
    };
    [
        basis.format.to_string(),
        basis.origin.to_string(),
        basis.size.to_string(),
        basis.root.clone(),
        basis.known_at.to_string(),
        basis.effective_at.to_string(),
        audience.to_owned(),
    ]
}

fn words(text: &Text) -> String {
    match text {
        Text::Words(words) => words.clone(),
        Text::Redacted { redacted } => format!("[redacted {redacted}]"),
    }
}

fn optional(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(SEPARATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1"] {
            assert_eq!(safe(formula.to_owned()), format!("'{formula}"));
        }
        for plain in ["", "a=1", "2025-04-01", "'x", "“=”"] {
            assert_eq!(safe(plain.to_owned()), plain);
        }
    }

    #[test]
    fn every_row_is_as_long_as_its_header() {
        let basis = Basis {
            format: 1,
            origin: docket_domain::Origin::new("log.example").unwrap(),
            size: 0,
            root: "+root".to_owned(),
            known_at: 0,
            effective_at: docket_domain::time::Moment::Instant(docket_domain::Timestamp::EPOCH),
            audience: docket_ledger::answer::Audience::Public,
        };
        let text =
            write(&["a", "b"], std::iter::once(["x,\n".to_owned(), "\"y\"".to_owned()]), &basis).unwrap();
        let mut lines = text.split('\n');
        assert_eq!(lines.next(), Some("a,b,format,origin,size,root,known_at,effective_at,audience"));
        assert_eq!(text.lines().count(), 3);
        assert!(
            text.contains(
                "\"x,\n\",\"\"\"y\"\"\",1,log.example,0,'+root,0,1970-01-01T00:00:00.000000Z,public"
            )
        );
    }
}
