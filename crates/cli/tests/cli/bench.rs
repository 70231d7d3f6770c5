//! `docket bench`: the shape of its results, never its speeds.

use serde_json::Value;

use super::support::Docket;

/// Those of a small register, whose pages are not measured.
const ROWS: [&str; 13] = [
    "append-1",
    "append-16",
    "append-64",
    "bulk",
    "replay",
    "replay-both",
    "start",
    "current-state",
    "timeline",
    "memory",
    "disk",
    "verify",
    "signatures",
];

#[test]
fn a_quick_run_measures_every_row_beside_rawlog_and_keeps_only_the_log() {
    let docket = Docket::empty();
    let place = docket.around().join("bench");
    let dir = place.to_str().unwrap();
    let results = docket.json(&["bench", "--quick", "--dir", dir]);
    assert_eq!((&results["format"], &results["seed"]), (&1.into(), &1.into()));
    assert!(results["machine"]["cpus"].as_u64().unwrap() > 0);
    let [scenario] = results["scenarios"].as_array().unwrap().as_slice() else { panic!("{results}") };
    assert_eq!((&scenario["events"], &scenario["subjects"]), (&3000.into(), &82.into()));
    let rows = scenario["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["row"].as_str().unwrap()).collect::<Vec<_>>(), ROWS);
    for row in rows {
        let figure = |name: &str| row["figure"][name].as_f64().unwrap();
        assert!(0.0 < figure("min") && figure("min") <= figure("median"), "{row}");
        assert!(figure("median") <= figure("max"), "{row}");
        assert!(!row["title"].as_str().unwrap().is_empty() && !row["method"].as_str().unwrap().is_empty());
        assert!(["met", "missed", "not-judged"].contains(&row["verdict"].as_str().unwrap()), "{row}");
        assert_eq!(row["verdict"] == "not-judged", row["target"] == Value::Null, "{row}");
        assert_eq!(row["rawlog"] == Value::Null, row["ratio"] == Value::Null, "{row}");
    }
    for durable in rows.iter().take(4) {
        assert!(durable["rawlog"]["rounds"].as_u64().unwrap() >= 5, "{durable}");
    }
    assert!(!docket.data().exists(), "a benchmark leaves the data directory alone");
    let kept: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["log-3000-82"]);

    // The log that is there is read again, and pasted results have a line a row.
    let again = ["bench", "--quick", "--dir", dir, "--rows", "disk,bulk", "--format", "markdown"];
    let page = docket.run(again).done().stdout;
    assert_eq!(page.lines().filter(|line| line.starts_with("| ")).count(), 3, "{page}");
}

#[test]
fn sizes_that_contradict_each_other_or_are_no_numbers_are_usage_errors() {
    let docket = Docket::empty();
    docket.run(["bench", "--quick", "--all"]).is_usage("cannot be used with");
    docket.run(["bench", "--events", "1.5M"]).is_usage("such as 82, 200k or 10M");
    docket.run(["bench", "--rows", "http"]).is_usage("possible values: append-1");
}
