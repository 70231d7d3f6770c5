//! The accountability report over the first source, against the figures counted by hand in the notes on it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;

use docket_domain::effective::parse_effective;
use docket_domain::event::{ClaimRecorded, Figure, NoteRecorded};
use docket_domain::term::{ActorBasis, NoteRole, Visibility};
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, Data, EventId, Key, RegisterId, Step, Subject, Timestamp,
    Zone,
};
use docket_ledger::answer::Query;
use docket_ledger::answer::report::{ReportAnswer, Since, report};
use docket_ledger::next::{self, Plan, next_table};
use docket_ledger::source::{Importer, prepare};
use docket_ledger::{Ledger, OpenOptions};
use serde_json::Value;

const REGISTER: &str = "birmingham-crime-commission";

struct Seeded {
    ledger: Ledger,
    next: u8,
    _directory: tempfile::TempDir,
}

impl Seeded {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds").join(REGISTER);
        let prepared = prepare(&seed).unwrap();
        let options = OpenOptions::new(directory.path()).or_begin(prepared.origin().clone());
        let ledger = Ledger::open(options).unwrap();
        let importer = Importer { actor: Actor::new("clerk").unwrap(), actor_basis: ActorBasis::Os };
        prepared.record(&ledger, &importer).unwrap();
        Self { ledger, next: 1, _directory: directory }
    }

    fn record(&mut self, subject: Subject, data: Data<String>) {
        let command = Command {
            id: CommandId::from_bytes([self.next; 16]),
            actor: Actor::new("ann").unwrap(),
            actor_basis: ActorBasis::Os,
            steps: vec![Step {
                event: EventId::from_bytes([self.next; 16]),
                subject,
                expect_version: None,
                action: Action::Record(data),
            }],
        };
        self.next += 1;
        self.ledger.submit(vec![command]).unwrap();
    }

    fn claim(&mut self, day: &str, figures: [(&str, u64); 3]) {
        let register = RegisterId::new(REGISTER).unwrap();
        let id = uuid::Uuid::from_bytes([self.next; 16]);
        let figures = figures.map(|(name, value)| Figure { name: name.to_owned(), value });
        self.record(
            Subject::Claim(register, id),
            Data::ClaimRecorded(ClaimRecorded {
                asserter: Asserter::new("the press").unwrap(),
                effective: parse_effective(day, Zone::parse("America/Chicago").unwrap()).unwrap(),
                figures: figures.to_vec(),
                source_url: None,
                text: "totals of the day".to_owned(),
            }),
        );
    }

    fn note(&mut self, key: &str, text: &str) {
        let subject = Subject::Recommendation(RegisterId::new(REGISTER).unwrap(), Key::new(key).unwrap());
        self.record(
            subject,
            Data::NoteRecorded(NoteRecorded {
                asserter: Asserter::new("the city").unwrap(),
                effective: parse_effective("2025-04-30", Zone::parse("America/Chicago").unwrap()).unwrap(),
                reason: None,
                role: NoteRole::Progress,
                source: None,
                source_url: None,
                text: text.to_owned(),
                visibility: Visibility::Public,
            }),
        );
    }

    fn report(&self, query: &Query, since: &Since) -> ReportAnswer {
        let now = Timestamp::parse("2026-01-01T12:00:00.000000Z").unwrap();
        report(&self.ledger.reader(), query, since, now).unwrap()
    }

    /// The table of April, every derived event accepted.
    fn april(&self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/birmingham-april");
        let prepared = prepare(&folder).unwrap();
        let importer = Importer { actor: Actor::new("clerk").unwrap(), actor_basis: ActorBasis::Os };
        let reader = self.ledger.reader();
        let table = next_table(&reader, &prepared, &importer, reader.size()).unwrap();
        let plan = Plan::new(&table, "table.txt").to_toml().unwrap();
        let plan = plan.replace("decision = \"decide\"", "decision = \"accept\"");
        next::record(&self.ledger, &prepared, &importer, &Plan::parse(&plan, "plan").unwrap()).unwrap();
    }

    fn on(&self, day: &str) -> Value {
        let query = Query { effective_at: Some(day.to_owned()), ..Query::default() };
        serde_json::to_value(self.report(&query, &Since::default())).unwrap()
    }
}

/// The counts of an axis, without zeros.
fn axis(answer: &Value, name: &str) -> Vec<(String, u64, u64)> {
    let values = answer["counts"][name].as_array().unwrap().iter();
    let counted = values.map(|value| {
        let name = value["value"].as_str().or(value["kind"].as_str()).unwrap();
        assert_eq!(value["count"].as_u64().unwrap(), value["events"].as_array().unwrap().len() as u64);
        (name.to_owned(), value["count"].as_u64().unwrap(), value["of_known"].as_u64().unwrap())
    });
    counted.filter(|(_, count, _)| *count > 0).collect()
}

#[test]
fn the_figures_are_those_counted_by_hand() {
    let answer = Seeded::new().on("2025-06-01");
    let of = |figures: &[(&str, u64, u64)]| -> Vec<(String, u64, u64)> {
        figures.iter().map(|(name, count, known)| ((*name).to_owned(), *count, *known)).collect()
    };
    assert_eq!(
        axis(&answer, "labels"),
        of(&[
            ("IN PLANNING", 12, 12),
            ("DEVELOPMENT", 4, 4),
            ("IN DEVELOPMENT", 1, 1),
            ("PRE-LAUNCH", 4, 4),
            ("IN PROGRESS", 22, 22),
            ("NO UPDATE AVAILABLE", 25, 25),
            ("unknown", 14, 0),
        ])
    );
    assert_eq!(
        axis(&answer, "states"),
        of(&[
            ("planning", 12, 12),
            ("development", 5, 5),
            ("pre-launch", 4, 4),
            ("in-progress", 22, 22),
            ("none", 25, 25),
            ("unknown", 14, 0),
        ])
    );
    assert_eq!(
        axis(&answer, "reporting"),
        of(&[("reported", 43, 43), ("no-update", 25, 25), ("unknown", 14, 0)])
    );
    assert_eq!(
        axis(&answer, "numbers"),
        of(&[("printed", 57, 57), ("inferred", 12, 11), ("missing", 13, 0)])
    );
    let counts = &answer["counts"];
    assert_eq!((&counts["recommendations"]["count"], &counts["known"]["count"]), (&82.into(), &68.into()));
    let notes = &answer["notes"];
    let noted = ["with_note", "with_substance", "only_no_update", "empty", "lost"];
    assert_eq!(noted.map(|name| notes[name]["count"].as_u64().unwrap()), [49, 44, 5, 19, 14]);
    let quality = &answer["data_quality"];
    assert_eq!(quality["sources"][0]["fragments"]["count"], 3);
    let same = quality["contradictions"].as_array().unwrap();
    let keys: Vec<&str> = same
        .iter()
        .flat_map(|one| one["recommendations"].as_array().unwrap())
        .filter_map(|row| row["key"].as_str())
        .collect();
    assert_eq!(keys, ["76", "77"]);
    assert!(answer["moved"].is_null() && answer["since"].is_null(), "there is no earlier document");
    let seven = answer["recommendations"].as_array().unwrap().iter().find(|row| row["key"] == "7").unwrap();
    assert_eq!(seven["since"]["days"], serde_json::json!({"at_least": 74, "at_most": null}));
    assert_eq!(seven["last_contact"]["days"], serde_json::json!({"at_least": 74, "at_most": 87}));
    let lost = answer["recommendations"].as_array().unwrap().iter().find(|row| row["key"] == "30").unwrap();
    assert_eq!(
        (&lost["since"]["days"]["at_least"], &lost["last_contact"]["kind"]),
        (&Value::Null, &"lost".into())
    );
}

#[test]
fn every_event_of_a_figure_stands_in_the_appendix() {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    if name == "events"
                        && field.as_array().is_some_and(|all| all.iter().all(Value::is_string))
                    {
                        found.extend(
                            field.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()),
                        );
                    }
                    collect(field, found);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let answer = Seeded::new().on("2025-06-01");
    let appendix: std::collections::BTreeSet<&str> =
        answer["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    let mut named = Vec::new();
    collect(&answer, &mut named);
    assert!(named.len() > 500, "{}", named.len());
    assert!(named.iter().all(|id| appendix.contains(id.as_str())));
}

#[test]
fn the_two_public_totals_cannot_be_refuted() {
    let mut seeded = Seeded::new();
    let names = ["planning+development", "pre-launch+in-progress", "rest"];
    let figures = |values: [u64; 3]| [0, 1, 2].map(|place: usize| (names[place], values[place]));
    seeded.claim("2025-02-11", figures([23, 23, 36]));
    seeded.claim("2025-03-18", figures([19, 30, 33]));
    let answer = seeded.on("2025-06-01");
    let claims = answer["claims"].as_array().unwrap();
    let differences = |claim: &Value| -> Vec<i64> {
        claim["figures"].as_array().unwrap().iter().map(|one| one["difference"].as_i64().unwrap()).collect()
    };
    let (february, march) = (&claims[0], &claims[1]);
    // Nothing is recorded of a day before the document's interval.
    assert_eq!(
        (&february["verdict"], &february["not_yet_stated"]["count"]),
        (&"cannot-be-refuted".into(), &82.into())
    );
    assert_eq!(differences(february), [23, 23, 36]);
    assert_eq!((&march["verdict"], &march["unknown"]["count"]), (&"cannot-be-refuted".into(), &14.into()));
    assert_eq!(differences(march), [2, 4, 8]);
    let logged: Vec<u64> = march["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["logged"]["count"].as_u64().unwrap())
        .collect();
    assert_eq!(logged, [17, 26, 25]);
}

#[test]
fn the_same_basis_gives_the_same_bytes_whatever_comes_later() {
    let mut seeded = Seeded::new();
    let size = seeded.ledger.reader().size();
    let query = Query {
        known_at: Some(size.to_string()),
        effective_at: Some("2025-06-01".to_owned()),
        ..Query::default()
    };
    let since = Since { known_at: Some("100".to_owned()), effective_at: Some("2025-03-10".to_owned()) };
    let bytes = |seeded: &Seeded| serde_json::to_string(&seeded.report(&query, &since)).unwrap();
    let before = bytes(&seeded);
    seeded.note("13", "A fellowship was founded");
    seeded.note("14", "No updates available.");
    seeded.claim("2025-03-18", [("total", 82), ("in-progress", 22), ("rest", 60)]);
    assert_eq!(bytes(&seeded), before);
    // News is told from no news.
    let answer = seeded.on("2025-05-10");
    let row = |key: &str| {
        let rows = answer["recommendations"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).expect("every recommendation has a row").clone()
    };
    assert_eq!(row("13")["last_substance"]["days"]["at_most"], 10);
    assert_eq!(
        (&row("14")["last_substance"]["kind"], &row("14")["last_contact"]["days"]["at_most"]),
        (&"never".into(), &10.into())
    );
}

#[test]
fn a_report_of_nothing_is_all_zero() {
    let seeded = Seeded::new();
    let query = Query { known_at: Some("0".to_owned()), ..Query::default() };
    let answer = serde_json::to_value(seeded.report(&query, &Since::default())).unwrap();
    assert_eq!(answer["counts"]["recommendations"]["count"], 0);
    assert!(answer["register"].is_null() && answer["events"].as_array().unwrap().is_empty());
    let future = Since { known_at: Some("999".to_owned()), ..Since::default() };
    let now = Timestamp::EPOCH;
    assert!(report(&seeded.ledger.reader(), &Query::default(), &future, now).is_err());
}

#[test]
fn with_two_documents_the_clock_runs_on_and_the_older_one_is_what_is_compared_with() {
    let seeded = Seeded::new();
    let row = |answer: &Value, key: &str| {
        let rows = answer["recommendations"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).unwrap().clone()
    };
    let alone = seeded.on("2025-06-01");
    seeded.april();
    let both = seeded.on("2025-06-01");
    // The end of the first document's interval; without a second one there is nothing to compare with.
    assert!(alone["since"].is_null());
    assert_eq!(both["since"]["effective_at"], "2025-03-19", "{}", both["since"]);
    assert_eq!(both["since"]["known_at"], both["basis"]["known_at"]);
    // Number 7 is IN PROGRESS in both tables: the time in status still counts from the first.
    assert_eq!(row(&both, "7")["since"]["days"], row(&alone, "7")["since"]["days"]);
    assert_ne!(row(&both, "7")["last_contact"], row(&alone, "7")["last_contact"]);
    // Number 2 went from PRE-LAUNCH to IN PROGRESS in April.
    let moved = &row(&both, "2")["since"]["days"];
    assert!(moved["at_most"].as_u64().unwrap() < 74, "{moved}");
    let absent: Vec<&str> = both["moved"]["absent_from_newest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["key"].as_str().unwrap())
        .collect();
    // 20 is left out, and the rows that are lost in both documents have no line of their own in the newer one.
    assert_eq!(absent, ["20", "29", "30", "31", "32", "33", "34", "35", "36"]);
}
