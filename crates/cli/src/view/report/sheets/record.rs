//! What was promised, and how good the record is: promises, corrections, claims, findings, data quality, and the appendix.

use std::fmt::Write as _;

use docket_ledger::answer::report::{ClaimSection, Figure, ReportAnswer};

use super::super::references;
use super::super::sheet::{Axis, Kind, Section, Sheet, Value, bounds, days, place, words};
use super::columns;

pub(in super::super) fn sheets(answer: &ReportAnswer) -> Vec<Sheet> {
    vec![
        promises(answer),
        corrections(answer),
        claims(answer),
        findings(answer),
        data_quality(answer),
        events(answer),
    ]
}

fn promises(answer: &ReportAnswer) -> Sheet {
    let found = &answer.promises;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for late in &found.overdue {
        let what = if late.certain { "overdue" } else { "possibly overdue" };
        let [first, last] = bounds(&late.target, answer.zone);
        let owner = late.owner.as_ref().map_or_else(|| "no owner recorded".to_owned(), words);
        let state = late.state.as_ref().map_or("no known state", |state| state.as_str());
        rows.push(vec![
            what.into(),
            late.key.to_string().into(),
            format!("{owner}; {state}").into(),
            first,
            last,
            days(late.days).into(),
            Value::Empty,
            (&late.event).into(),
        ]);
    }
    for blocked in &found.blocked {
        let by: Vec<String> = blocked.by.iter().map(|wait| wait.key.to_string()).collect();
        let chain: Vec<String> = blocked.chain.iter().map(ToString::to_string).collect();
        let mut detail = format!("waits for {}", by.join(", "));
        if blocked.circular {
            detail.push_str("; the chain leads back to itself");
        } else if blocked.chain_length > 1 {
            let _ = write!(detail, "; chain of {}: {}", blocked.chain_length, chain.join(" → "));
        }
        let events = blocked.by.iter().map(|wait| references::name(&wait.event)).collect();
        rows.push(row("waiting", &blocked.key.to_string(), detail, Value::Empty, Value::Events(events)));
    }
    for owner in &found.owners {
        let detail = format!("{} open, {} overdue", owner.open.count, owner.overdue.count);
        let count = owner.recommendations.count.into();
        rows.push(row(
            "owner",
            "",
            format!("{}: {detail}", words(&owner.owner)),
            count,
            (&owner.recommendations).into(),
        ));
    }
    let mut total = |what: &str, figure: &Figure| {
        rows.push(row("total", "", what.to_owned(), figure.count.into(), figure.into()));
    };
    total("target dates of work that is not closed", &found.open);
    total("of these: at no known date", &found.undated);
    total("recommendations without a recorded owner", &found.without_owner);
    Sheet {
        section: Section::Promises,
        notes: vec![
            "A promise is overdue when the whole interval promised has passed and the state is not a closing one; “possibly” while its \
             interval lasts. Something waits only for what is not closed."
                .to_owned(),
        ],
        columns: columns([
            ("What", Kind::Name),
            ("No.", Kind::Name),
            ("Who or what", Kind::Words),
            ("Promised (first day)", Kind::Detail),
            ("Promised (last day)", Kind::Day),
            ("Overdue", Kind::Name),
            ("Count", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

/// A row of the promises without dates.
fn row(what: &str, key: &str, detail: String, count: Value, events: Value) -> Vec<Value> {
    vec![what.into(), key.into(), detail.into(), Value::Empty, Value::Empty, Value::Empty, count, events]
}

fn corrections(answer: &ReportAnswer) -> Sheet {
    let found = &answer.corrections;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut total = |what: &str, figure: &Figure| {
        let empty = || Value::Empty;
        rows.push(vec![
            what.into(),
            figure.count.into(),
            empty(),
            empty(),
            empty(),
            empty(),
            empty(),
            figure.into(),
        ]);
    };
    total("corrections in force", &found.corrections);
    total("retractions in force", &found.retractions);
    total("redactions", &found.redactions);
    for month in &found.months {
        rows.push(vec![
            format!("recorded in {}", month.month).into(),
            month.entries.into(),
            month.dated.into(),
            month.undated.into(),
            month.late.count.into(),
            month.median_days.into(),
            month.max_days.into(),
            (&month.late).into(),
        ]);
    }
    Sheet {
        section: Section::Corrections,
        notes: vec![format!(
            "Over everything known. A lag is counted from the last day on which what is stated can have begun to the day of recording; \
             an entry is late after more than {} days. The median is the lower of two middle values.",
            found.late_after_days
        )],
        columns: columns([
            ("What", Kind::Name),
            ("Entries", Kind::Number),
            ("dated", Kind::Number),
            ("undated", Kind::Number),
            ("late", Kind::Number),
            ("median lag", Kind::Number),
            ("longest lag", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

/// What a verdict says, for people.
pub(in super::super) fn verdict(verdict: &str) -> &'static str {
    match verdict {
        "agrees" => "the log agrees",
        "cannot-be-refuted" => "can’t be refuted",
        "contradicts" => "contradicts the log",
        _ => "not comparable",
    }
}

/// What a whole claim comes to, with the unknown rows that could explain it.
pub(in super::super) fn conclusion(claim: &ClaimSection) -> String {
    let (unknown, unstated) = (claim.unknown.count, claim.not_yet_stated.count);
    let rows = match (unknown, unstated) {
        (0, 0) => "no unknown rows".to_owned(),
        (unknown, 0) => format!("{unknown} unknown"),
        (0, unstated) => format!("{unstated} not yet stated at that date"),
        (unknown, unstated) => format!("{unknown} unknown, {unstated} not yet stated at that date"),
    };
    let missing: Vec<String> = claim
        .figures
        .iter()
        .filter(|figure| figure.verdict == "cannot-be-refuted")
        .filter_map(|figure| figure.difference.map(|difference| difference.to_string()))
        .collect();
    match claim.verdict {
        "cannot-be-refuted" => {
            format!("can’t be refuted: {rows}, which would have to hold {}", missing.join(" / "))
        }
        "contradicts" => format!("contradicts the log, whatever the unknown rows hold ({rows})"),
        other => verdict(other).to_owned(),
    }
}

fn claims(answer: &ReportAnswer) -> Sheet {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for claim in &answer.claims {
        let [first, last] = bounds(&claim.effective, answer.zone);
        for figure in &claim.figures {
            let mut events: Vec<String> = vec![references::name(&claim.event)];
            events.extend(figure.logged.iter().flat_map(|logged| &logged.events).map(references::name));
            rows.push(vec![
                first.clone(),
                last.clone(),
                claim.asserted_by.to_string().into(),
                figure.name.clone().into(),
                figure.claimed.into(),
                figure.logged.as_ref().map(|logged| logged.count).into(),
                figure.difference.map_or(Value::Empty, Value::Signed),
                figure.logged_then.into(),
                verdict(figure.verdict).into(),
                conclusion(claim).into(),
                (&claim.text).into(),
                claim.source_url.as_ref().map(words).into(),
                Value::Events(events),
            ]);
        }
    }
    let nothing = "No public claim about totals is recorded.".to_owned();
    let rule = "Each figure stands beside what the log says of the claim's own date, by the latest line of each recommendation, as known \
                now and as known when the claim was recorded. Rows that the log does not know could hold anything: a claim that they could \
                make up can’t be refuted.";
    Sheet {
        section: Section::Claims,
        notes: if rows.is_empty() { vec![nothing] } else { vec![rule.to_owned()] },
        columns: columns([
            ("Of", Kind::Day),
            ("Of (last day)", Kind::Detail),
            ("Claimed by", Kind::Name),
            ("Figure", Kind::Name),
            ("claimed", Kind::Number),
            ("log", Kind::Number),
            ("difference", Kind::Number),
            ("log then", Kind::Number),
            ("Alone", Kind::Name),
            ("Together", Kind::Words),
            ("Words", Kind::Detail),
            ("Where", Kind::Detail),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

fn findings(answer: &ReportAnswer) -> Sheet {
    let found = &answer.findings;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let totals = [
        ("a reviewer agrees", &found.agrees),
        ("a reviewer disagrees", &found.disagrees),
        ("nobody reviewed it", &found.unreviewed),
        ("nothing known to review", &found.nothing_to_review),
        ("the claim was corrected after its review", &found.claim_corrected_since),
    ];
    for (name, figure) in totals {
        let empty = || Value::Empty;
        rows.push(vec![name.into(), empty(), empty(), empty(), figure.count.into(), figure.into()]);
    }
    for one in &found.disagreements {
        let state = |state: Option<&docket_domain::StateName>| state.map(ToString::to_string);
        let events = vec![references::name(&one.claim), references::name(&one.finding)];
        rows.push(vec![
            "disagreement".into(),
            one.key.to_string().into(),
            state(one.claimed.as_ref()).into(),
            state(one.found.as_ref()).into(),
            Value::Empty,
            Value::Events(events),
        ]);
    }
    Sheet {
        section: Section::Findings,
        notes: vec![
            "A status is the word of whoever reported it. A finding is an independent reviewer's, on the statement that stands at the date asked about."
                .to_owned(),
        ],
        columns: columns([
            ("What", Kind::Name),
            ("No.", Kind::Name),
            ("claimed", Kind::Name),
            ("found", Kind::Name),
            ("Count", Kind::Number),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

fn data_quality(answer: &ReportAnswer) -> Sheet {
    let found = &answer.data_quality;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut row = |what: &str, name: Value, count: Value, detail: Value, events: Value| {
        rows.push(vec![what.into(), name, count, detail, events]);
    };
    for value in &answer.counts.numbers {
        let name = place(Axis::Number, &value.place);
        row("number", name.into(), value.figure.count.into(), Value::Empty, (&value.figure).into());
    }
    for text in &found.texts {
        row("text", text.name.clone().into(), text.figure.count.into(), Value::Empty, (&text.figure).into());
    }
    let undamaged = &found.undamaged;
    row("damage", "none".into(), undamaged.count.into(), Value::Empty, undamaged.into());
    for damage in &found.damage {
        let figure = &damage.figure;
        row("damage", damage.name.clone().into(), figure.count.into(), Value::Empty, figure.into());
    }
    for date in &found.dates {
        let figure = &date.figure;
        row(
            "date of a statement or note",
            date.name.clone().into(),
            figure.count.into(),
            Value::Empty,
            figure.into(),
        );
    }
    for source in &found.sources {
        let [first, last] = bounds(&source.effective, answer.zone).map(|day| day.text());
        let derivation = source.derivation.as_ref().map(words).unwrap_or_default();
        let detail = format!("{first} to {last} ({}). {derivation}", source.effective.basis);
        row("document", words(&source.title).into(), Value::Empty, detail.into(), (&source.event).into());
        let fragments = &source.fragments;
        let owner = "lines that belong to no recommendation";
        row("fragments", owner.into(), fragments.count.into(), Value::Empty, fragments.into());
    }
    for same in &found.contradictions {
        let states = same.recommendations.iter().map(|one| {
            let state = one.state.as_ref().map_or("no known state", |state| state.as_str());
            format!("{}: {state}", one.key)
        });
        let states = states.collect::<Vec<_>>().join("; ");
        let events = same.recommendations.iter().map(|one| references::name(&one.note)).collect();
        row(
            "same note, other state",
            states.into(),
            Value::Empty,
            (&same.text).into(),
            Value::Events(events),
        );
    }
    Sheet {
        section: Section::DataQuality,
        notes: vec!["Damage is counted by row: a row with two kinds of damage stands under both.".to_owned()],
        columns: columns([
            ("What", Kind::Name),
            ("Value", Kind::Name),
            ("Count", Kind::Number),
            ("Detail", Kind::Words),
            ("Events", Kind::Events),
        ]),
        rows,
    }
}

fn events(answer: &ReportAnswer) -> Sheet {
    let rows = answer.events.iter().map(|event| {
        let name = event.name.clone().unwrap_or_else(|| format!("{} #{}", event.kind.short(), event.index));
        vec![
            name.into(),
            event.kind.short().into(),
            event.index.into(),
            event.subject.to_string().into(),
            event.version.into(),
            event.event.to_string().into(),
        ]
    });
    Sheet {
        section: Section::Events,
        notes: vec![
            "7@3 is the third event about recommendation 7. `docket receipt 7@3` proves that an event stands in the log; `docket timeline 7` \
             tells the whole story."
                .to_owned(),
        ],
        columns: columns([
            ("Name", Kind::Name),
            ("Type", Kind::Name),
            ("Place in the log", Kind::Number),
            ("Subject", Kind::Detail),
            ("Version", Kind::Detail),
            ("Id", Kind::Words),
        ]),
        rows: rows.collect(),
    }
}
