//! Where the recommendations stand: counts, moves, time in status, staleness, notes.

use docket_domain::term::Reporting;
use docket_ledger::answer::Certainty;
use docket_ledger::answer::report::{
    AxisCount, Figure, Heard, MatrixCell, Named, RecommendationStanding, ReportAnswer, StalenessBands,
};

use super::super::sheet::{Axis, Kind, Section, Sheet, Value, bounds, days, place, words};
use super::{columns, share};

pub(in super::super) fn sheets(answer: &ReportAnswer) -> Vec<Sheet> {
    vec![counts(answer), moved(answer), time_in_status(answer), staleness(answer), notes(answer)]
}

fn counts(answer: &ReportAnswer) -> Sheet {
    let counts = &answer.counts;
    let (all, known) = (counts.recommendations.count, counts.known.count);
    let axes: [(&str, Axis, &[AxisCount]); 6] = [
        ("state", Axis::State, &counts.states),
        ("label as printed", Axis::Label, &counts.labels),
        ("reporting", Axis::Reporting, &counts.reporting),
        ("reviewers found", Axis::Finding, &counts.verified),
        ("certainty", Axis::Certainty, &counts.certainty),
        ("number", Axis::Number, &counts.numbers),
    ];
    let mut rows = Vec::new();
    for (name, axis, values) in axes {
        for value in values {
            rows.push(vec![
                name.into(),
                place(axis, &value.place).into(),
                value.figure.count.into(),
                share(value.figure.count, all),
                value.of_known.into(),
                share(value.of_known, known),
                (&value.figure).into(),
            ]);
        }
    }
    let mut row = |name: &str, figure: &Figure, of_known: u64| {
        rows.push(vec![
            "recommendations".into(),
            name.into(),
            figure.count.into(),
            share(figure.count, all),
            of_known.into(),
            share(of_known, known),
            figure.into(),
        ]);
    };
    row("all", &counts.recommendations, known);
    row("status known", &counts.known, known);
    row("status unknown (source damaged)", &counts.unknown, 0);
    row("not yet stated", &counts.not_yet_stated, 0);
    Sheet {
        section: Section::Counts,
        notes: vec![
            format!(
                "{all} recommendations, {known} of known status. Each axis is counted over both; the four axes are never mixed, and \
                 certainty and number basis stand apart."
            ),
            "“No update” says something about the reporting, not about the work: it leaves the last known state standing.".to_owned(),
        ],
        columns: columns([
            ("Axis", Kind::Name),
            ("Value", Kind::Name),
            ("Count", Kind::Number),
            ("of all", Kind::Number),
            ("known", Kind::Number),
            ("of known", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

fn moved(answer: &ReportAnswer) -> Sheet {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    match (&answer.since, &answer.moved) {
        (Some(since), Some(moved)) => {
            notes.push(format!(
                "Since what was true on {} as known at {} entries. Recommendations that stand where they stood are listed too, so that \
                 each matrix adds up to those that both bases know.",
                since.effective_at, since.known_at
            ));
            let mut cells = |what: &str, axis: Axis, cells: &[MatrixCell]| {
                for cell in cells {
                    let (from, to) = (place(axis, &cell.from), place(axis, &cell.to));
                    let figure = &cell.figure;
                    rows.push(vec![what.into(), from.into(), to.into(), figure.count.into(), figure.into()]);
                }
            };
            cells("state", Axis::State, &moved.states);
            cells("reporting", Axis::Reporting, &moved.reporting);
            for back in &moved.regressions {
                let (from, to) = (back.from.to_string(), back.to.to_string());
                rows.push(vec!["went back".into(), from.into(), to.into(), 1.into(), (&back.event).into()]);
            }
            let mut named = |what: &str, list: &[Named]| {
                for one in list {
                    let row = [what.into(), Value::Empty, one.key.to_string().into(), 1.into()];
                    rows.push(row.into_iter().chain([(&one.event).into()]).collect());
                }
            };
            named("reworded", &moved.reworded);
            named("new", &moved.added);
            named("withdrawn", &moved.vanished);
            named("not in the newest document", &moved.absent_from_newest);
        }
        _ => notes.push(
            "There is no earlier document to compare with. Name another basis with --since-effective-at or --since-known-at.".to_owned(),
        ),
    }
    Sheet {
        section: Section::Moved,
        notes,
        columns: columns([
            ("What", Kind::Name),
            ("From", Kind::Name),
            ("To", Kind::Name),
            ("Count", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

fn time_in_status(answer: &ReportAnswer) -> Sheet {
    Sheet {
        section: Section::TimeInStatus,
        notes: vec![
            "“At least” where the beginning is not known: a first statement says where the work stood, not when it came there. Two \
             numbers of days where the date is an interval. “No update” does not interrupt a state."
                .to_owned(),
        ],
        columns: columns([
            ("No.", Kind::Name),
            ("Recommendation", Kind::Words),
            ("Status", Kind::Name),
            ("State", Kind::Detail),
            ("Reporting", Kind::Detail),
            ("Certainty", Kind::Detail),
            ("Since (first day)", Kind::Detail),
            ("Since (last day)", Kind::Detail),
            ("Days, at least", Kind::Detail),
            ("Days, at most", Kind::Detail),
            ("In that status", Kind::Name),
            ("Last news", Kind::Name),
            ("Last contact", Kind::Name),
            ("Events", Kind::Events),
        ]),
        rows: answer.recommendations.iter().map(|standing| standing_row(standing, answer)).collect(),
    }
}

fn standing_row(standing: &RecommendationStanding, answer: &ReportAnswer) -> Vec<Value> {
    let since = standing.since.as_ref();
    let [first, last] =
        since.map_or([Value::Empty, Value::Empty], |since| bounds(&since.effective, answer.zone));
    let events = [since.map(|since| &since.event), since.map(|since| &since.last_stated)];
    let heard = [standing.last_substance.event.as_ref(), standing.last_contact.event.as_ref()];
    let mut names: Vec<String> = Vec::new();
    for event in events.into_iter().chain(heard).flatten() {
        let name = super::super::references::name(event);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    vec![
        number(standing).into(),
        standing.text.as_ref().map_or_else(|| "? text lost".to_owned(), words).into(),
        status(standing).into(),
        standing.state.as_ref().map(ToString::to_string).into(),
        standing.reporting.map(|reporting| reporting.to_string()).into(),
        standing.certainty.map(|certainty| certainty_name(certainty).to_owned()).into(),
        first,
        last,
        since.and_then(|since| since.days.at_least).into(),
        since.and_then(|since| since.days.at_most).into(),
        since.map(|since| in_status(since.days, since.begun)).into(),
        heard_ago(&standing.last_substance).into(),
        heard_ago(&standing.last_contact).into(),
        Value::Events(names),
    ]
}

const fn certainty_name(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Certain => "certain",
        Certainty::Possible => "possible",
    }
}

/// The number, or the key where there is none.
pub(in super::super) fn number(standing: &RecommendationStanding) -> String {
    standing.number.map_or_else(|| standing.key.to_string(), |number| number.to_string())
}

/// What the latest line says, with the state that it leaves standing.
pub(in super::super) fn status(standing: &RecommendationStanding) -> String {
    match (&standing.label, &standing.state, standing.reporting) {
        (_, _, None) => "not yet stated".to_owned(),
        (Some(label), Some(state), Some(Reporting::NoUpdate)) => format!("{label} (last known: {state})"),
        (Some(label), ..) => label.to_string(),
        (None, Some(state), Some(Reporting::Unknown)) => format!("? source damaged (last known: {state})"),
        (None, None, Some(Reporting::Unknown)) => "? source damaged".to_owned(),
        (None, ..) => "(no label)".to_owned(),
    }
}

fn in_status(known: docket_ledger::answer::report::Days, begun: bool) -> String {
    if begun || known.at_least.is_none() {
        days(known)
    } else {
        format!("{} (may not have begun)", days(known))
    }
}

/// How long ago something was heard.
pub(in super::super) fn heard_ago(heard: &Heard) -> String {
    match heard.kind {
        "dated" => days(heard.days),
        "undated" => "date unknown".to_owned(),
        "lost" => "? source damaged".to_owned(),
        _ => "never".to_owned(),
    }
}

/// The name of a band of days.
pub(in super::super) fn band(from: u64, to: Option<u64>) -> String {
    match to {
        Some(to) => format!("{from} to {to} days"),
        None => format!("over {} days", from.saturating_sub(1)),
    }
}

fn staleness(answer: &ReportAnswer) -> Sheet {
    let all = answer.counts.recommendations.count;
    let mut rows = Vec::new();
    let mut measure = |name: &str, found: &StalenessBands| {
        let mut row = |band: String, figure: &Figure, older: Value| {
            let row = [name.into(), band.into(), figure.count.into(), share(figure.count, all), older];
            rows.push(row.into_iter().chain([figure.into()]).collect());
        };
        for one in &found.bands {
            let older = if one.may_be_older > 0 { one.may_be_older.into() } else { Value::Empty };
            row(band(one.from_days, one.to_days), &one.figure, older);
        }
        row("date unknown".to_owned(), &found.undated, Value::Empty);
        row("never".to_owned(), &found.never, Value::Empty);
        row("unknown (source damaged)".to_owned(), &found.lost, Value::Empty);
    };
    measure("last news", &answer.staleness.substance);
    measure("last contact", &answer.staleness.contact);
    Sheet {
        section: Section::Staleness,
        notes: vec![
            "News is a note that says something: not one that only says that there is no update, nor one that repeats an earlier note of \
             the same recommendation word for word. Contact is any statement or note, “no update” and repetitions included; remarks of \
             the register's keeper are neither."
                .to_owned(),
            "A row stands in the band of the fewest days that its date allows; the column beside it says how many may be older.".to_owned(),
        ],
        columns: columns([
            ("Since", Kind::Name),
            ("Band", Kind::Name),
            ("Count", Kind::Number),
            ("of all", Kind::Number),
            ("may be older", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

fn notes(answer: &ReportAnswer) -> Sheet {
    let found = &answer.notes;
    let (all, known) = (answer.counts.recommendations.count, answer.counts.known.count);
    let shared = [
        ("recommendations with a note", &found.with_note, true),
        ("of these: with one that says something", &found.with_substance, true),
        ("of these: saying only that there is no update", &found.only_no_update, true),
        ("recommendations without a note", &found.empty, true),
        ("unknown (source damaged)", &found.lost, false),
        ("not yet stated", &found.not_yet_stated, false),
    ];
    let single = [
        ("notes that only say that there is no update", &found.no_update_notes),
        ("notes repeated word for word", &found.repeated_notes),
        ("earlier answers that survive elsewhere in a source", &found.earlier_answers),
        ("remarks of the register's keeper", &found.annotations),
        ("notes whose words were redacted", &found.redacted_notes),
    ];
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for (name, figure, is_known) in shared {
        let of_known = if is_known { share(figure.count, known) } else { Value::Empty };
        rows.push(vec![name.into(), figure.count.into(), share(figure.count, all), of_known, figure.into()]);
    }
    for (name, figure) in single {
        rows.push(vec![name.into(), figure.count.into(), Value::Empty, Value::Empty, figure.into()]);
    }
    Sheet {
        section: Section::Notes,
        notes: vec![
            "An empty note, a note that says “no update”, the status “no update” and a note that is lost with its page are four different \
             facts."
                .to_owned(),
        ],
        columns: columns([
            ("What", Kind::Name),
            ("Count", Kind::Number),
            ("of all", Kind::Number),
            ("of known", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}
