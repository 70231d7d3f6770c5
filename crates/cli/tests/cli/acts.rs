//! The other acts of a month: amendments, evidence, assignments, claims, reviews, vocabularies.

use serde_json::Value;

use super::support::{Docket, source};

const COMMAND: &str = "0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b";

#[test]
fn a_text_that_was_learned_later_is_known_only_since_then() {
    let docket = Docket::imported();
    let size = docket.size();
    let before = docket.json(&["show", "37"])["recommendation"].clone();
    let text = "Implement tougher gun laws for Jefferson County only (e.g., restrict carrying a concealed weapon \
                without a license and prevent brandishing of weapons in public).";
    let file = docket.around().join("37.txt");
    std::fs::write(&file, format!("{text}\r\n")).unwrap();
    let path = file.to_str().unwrap();
    let reason = "quoted whole by the press";
    let url = "yellowhammernews.com/birmingham-crime-commission-releases-report";
    let amend = [
        "amend",
        "37",
        "--text-file",
        path,
        "--text-basis",
        "printed",
        "--reason",
        reason,
        "--source-url",
        url,
    ];
    docket.run(amend).done();
    let shown = docket.json(&["show", "37"]);
    let after = &shown["recommendation"];
    assert_eq!((&after["text"], &after["text_basis"]), (&Value::from(text), &Value::from("printed")));
    let then = docket.json(&["show", "37", "--known-at", &size.to_string()])["recommendation"].clone();
    assert_eq!((&then["text"], &then["text_basis"]), (&before["text"], &"partial".into()));
    let page = docket.run(["timeline", "37"]).done().stdout;
    assert!(page.contains(reason) && page.contains(url), "{page}");
    docket.run(["amend", "37", "--text", "x", "--reason", "y"]).is_usage("--text-basis");
    docket.run(["amend", "37", "--reason", "y"]).is_usage("--number");
    docket
        .run(["amend", "37", "--text", "x", "--text-basis", "unknown", "--reason", "y"])
        .fails(3, "a text that is given is not unknown");
    docket.run(["amend", "70", "--number", "70", "--number-basis", "printed", "--reason", "seen"]).done();
    assert_eq!(docket.json(&["show", "70"])["recommendation"]["number_basis"], "printed");
}

#[test]
fn evidence_is_kept_before_it_is_named() {
    let docket = Docket::imported();
    let file = docket.around().join("contract.pdf");
    std::fs::write(&file, "signed").unwrap();
    let path = file.to_str().unwrap();
    let blobs = || std::fs::read_dir(docket.data().join("blobs")).unwrap().count();
    assert_eq!(blobs(), 1);
    // What is refused leaves no document behind.
    docket
        .run(["record", "evidence", "7", path, "--expect-version", "1", "--by", "ann"])
        .fails(3, "not at the expected version 1");
    docket.run(["record", "evidence", "7", path, "--for", "8@2", "--by", "ann"]).fails(3, "is about");
    assert_eq!(blobs(), 1);
    let attach = [
        "record",
        "evidence",
        "7",
        path,
        "--title",
        "The contract",
        "--for",
        "7@2",
        "--by",
        "ann",
        "--command-id",
        COMMAND,
    ];
    docket.run(attach).done();
    assert_eq!(docket.json(&attach)["repeated"], true);
    assert_eq!(blobs(), 2);
    let evidence = docket.json(&["show", "7"])["recommendation"]["evidence"][0].clone();
    assert_eq!((&evidence["title"], &evidence["size"]), (&"The contract".into(), &6.into()), "{evidence}");
    assert_eq!(evidence["media_type"], "application/pdf");
    let digest = evidence["sha256"].as_str().unwrap();
    assert_eq!(std::fs::read(docket.data().join("blobs").join(digest)).unwrap(), b"signed");
    docket.run(["record", "evidence", "7", "--url", "https://example.org/minutes"]).done();
    docket.run(["record", "evidence", "7"]).is_usage("--url <URL>");
    docket.run(["record", "evidence", "7", "nowhere.pdf"]).fails(2, "cannot read nowhere.pdf");
    docket.run(["record", "evidence", "7", path, "--media-type", "pdf"]).is_usage("application/pdf");
    docket.run(["verify"]).done();
}

#[test]
fn assignments_are_set_and_cleared_and_wait_in_no_circle() {
    let docket = Docket::imported();
    let assign = |arguments: &[&str]| {
        docket.run(["record", "assignment"].iter().chain(arguments).chain(&["--by", "ann"]))
    };
    assign(&[
        "44",
        "--owner",
        "BPD",
        "--category",
        "recruitment",
        "--target-date",
        "2025-09",
        "--depends-on",
        "39",
    ])
    .done();
    let held = docket.json(&["show", "44"])["recommendation"]["assignments"].clone();
    assert_eq!(held["owner"]["value"], "BPD", "{held}");
    assert_eq!(held["target_date"]["target"]["precision"], "month", "{held}");
    assert_eq!(held["dependencies"][0]["dependency"], "39", "{held}");
    assign(&["39", "--depends-on", "38"]).done();
    assign(&["38", "--depends-on", "44"])
        .fails(3, "38 would wait for itself: 38 waits for 44, which waits for 39, which waits for 38");
    assign(&["44", "--depends-on", "44"]).fails(3, "44 cannot wait for itself");
    assign(&["44", "--depends-on", "999"]).fails(3, "no recommendation 999");
    // All or none: the owner is not cleared either.
    assign(&["44", "--clear", "owner", "--depends-on", "44"]).fails(3, "44 cannot wait for itself");
    assert_eq!(docket.json(&["show", "44"])["recommendation"]["assignments"]["owner"]["value"], "BPD");
    assign(&["44", "--clear", "owner", "--clear", "dependency:39", "--reason", "found elsewhere"]).done();
    let held = docket.json(&["show", "44"])["recommendation"]["assignments"].clone();
    assert_eq!((&held["owner"], held["dependencies"].as_array().unwrap().len()), (&Value::Null, 0));
    assign(&["38", "--depends-on", "44", "--depends-on", "45"]).done();
    assign(&["38", "--clear", "dependency"]).done();
    let held = docket.json(&["show", "38"])["recommendation"]["assignments"].clone();
    assert_eq!(held["dependencies"].as_array().unwrap().len(), 0);
    assign(&["44"]).is_usage("--owner");
    assign(&["44", "--clear", "owner:39"]).is_usage("dependency:M");
    assign(&["44", "--target-date", "soon"]).fails(2, "\"soon\" is not a date");
    assign(&["44", "--owner", " "]).fails(3, "the owner or category is empty");
}

#[test]
fn claims_are_recorded_one_by_one_and_from_a_file() {
    let docket = Docket::imported();
    let claims = source("seeds/birmingham-crime-commission/claims.toml");
    let path = claims.to_str().unwrap();
    let size = docket.size();
    let recorded = docket.json(&["record", "claims", path, "--by", "ann"]);
    assert_eq!(recorded["events"].as_array().unwrap().len(), 2);
    assert_eq!(docket.json(&["record", "claims", path, "--by", "ann"])["repeated"], true);
    docket.run(["record", "claims", path, "--by", "bob"]).fails(3, "is already in this log");
    let first = size.to_string();
    let newest = (size + 2).to_string();
    let changes = docket.json(&["changes", "--from", &first, "--to", &newest]);
    let said: Vec<&Value> =
        changes["changes"].as_array().unwrap().iter().map(|change| &change["says"]).collect();
    let figures = |claim: &Value| -> Vec<(String, u64)> {
        let figures = claim["figures"].as_array().unwrap().iter();
        figures
            .map(|figure| (figure["name"].as_str().unwrap().to_owned(), figure["value"].as_u64().unwrap()))
            .collect()
    };
    let named = |values: [u64; 3]| {
        let names = ["planning+development", "pre-launch+in-progress", "rest"].map(ToOwned::to_owned);
        names.into_iter().zip(values).collect::<Vec<_>>()
    };
    assert_eq!(figures(said[0]), named([23, 23, 36]), "{changes}");
    assert_eq!(figures(said[1]), named([19, 30, 33]), "{changes}");
    let one = [
        "record",
        "claim",
        "--figure",
        "total=82",
        "--effective",
        "2025-04-01",
        "--text",
        "All 82 are funded",
        "--asserted-by",
        "A newspaper",
        "--source-url",
        "https://example.org",
        "--command-id",
        COMMAND,
    ];
    let first = docket.json(&one);
    assert_eq!(docket.json(&one)["events"], first["events"]);
    let twice = one.iter().copied().chain(["--figure", "total=83"]).filter(|argument| *argument != COMMAND);
    docket.run(twice.filter(|argument| *argument != "--command-id")).fails(3, "each figure once");
    docket.run(["record", "claim", "--figure", "total"]).is_usage("NAME=VALUE");
    let broken = docket.around().join("claims.toml");
    std::fs::write(&broken, std::fs::read_to_string(&claims).unwrap().replace("2025-03-18", "2025-03-32"))
        .unwrap();
    let size = docket.size();
    docket.run(["record", "claims", broken.to_str().unwrap()]).fails(2, "\"2025-03-32\" is not a date");
    std::fs::write(&broken, "register = 7").unwrap();
    docket.run(["record", "claims", broken.to_str().unwrap()]).fails(3, "claims.toml, line 1");
    assert_eq!(docket.size(), size);
}

#[test]
fn a_review_is_of_entries_that_are_there() {
    let docket = Docket::imported();
    let size = docket.size().to_string();
    let review = |to: &str| {
        docket.run([
            "record",
            "review",
            "--from-index",
            "0",
            "--to-index",
            to,
            "--findings",
            "sound",
            "--by",
            "eve",
        ])
    };
    review(&size).done();
    review("99999").fails(3, "the reviewed range ends at 99999, but the log has");
    review("0").fails(3, "the reviewed range holds no entry");
    let newest = docket.size().to_string();
    let changes = docket.json(&["changes", "--from", &size, "--to", &newest]);
    let review = &changes["changes"][0];
    assert_eq!(
        (&review["asserted_by"], &review["says"]["findings"]),
        (&"eve".into(), &"sound".into()),
        "{review}"
    );
}

#[test]
fn a_vocabulary_is_shown_and_revised() {
    let docket = Docket::imported();
    let size = docket.size();
    let seed = std::fs::read_to_string(source("seeds/birmingham-crime-commission/source.toml")).unwrap();
    let vocabulary = seed.split_at(seed.find("[vocabulary]").unwrap()).1.to_owned();
    let file = docket.around().join("vocabulary.toml");
    let path = file.to_str().unwrap();
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let revise = ["vocabulary", "revise", path, "--reason", "a new label", "--by", "ann"];
    write(&vocabulary);
    docket.run(revise).fails_after("the vocabulary of birmingham-crime-commission is the same already");
    write(
        &vocabulary
            .replace("    { name = \"in-progress\", order = 4 },\n", "")
            .replace("\"in-progress\"", "\"planning\""),
    );
    docket.run(revise).fails_after("drops in-progress, which recorded statements use");
    let dry: Vec<&str> = revise.iter().copied().chain(["--dry-run"]).collect();
    docket.run(&dry).fails(3, "drops in-progress, which recorded statements use");
    write(&vocabulary.replace("printed = \"COMPLETE\"", "printed = \"ONGOING\"").replace(
        "{ printed = \"DEVELOPMENT\", state = \"development\"",
        "{ printed = \"DEVELOPMENT\", state = \"planning\"",
    ));
    let preview = docket.run(&dry).done().stdout;
    assert!(preview.contains("label COMPLETE goes (it was completed)"), "{preview}");
    assert!(preview.contains("new label ONGOING: completed"), "{preview}");
    assert!(
        preview.contains(
            "label DEVELOPMENT: development → planning; 4 statements use it and stay as they were recorded"
        ),
        "{preview}"
    );
    assert_eq!(docket.size(), size);
    docket.run(revise).done();
    let shown = docket.run(["vocabulary", "show"]).done().stdout;
    assert!(shown.contains("ONGOING") && shown.contains("reason: a new label"), "{shown}");
    let then = docket.json(&["vocabulary", "show", "--known-at", &size.to_string()]);
    assert!(then["vocabulary"]["labels"].as_array().unwrap().iter().all(|label| label["label"] != "ONGOING"));
    docket.run(["record", "status", "7", "ONGOING", "--by", "ann"]).done();
    docket.run(["record", "status", "7", "COMPLETE", "--by", "ann"]).fails(3, "the label \"COMPLETE\"");
    // What was recorded keeps what it was recorded with.
    assert_eq!(docket.json(&["show", "3"])["recommendation"]["status"]["state"], "development");
    let table = docket.run(["vocabulary", "show", "--format", "csv"]).done().stdout;
    assert!(table.starts_with("word,name,state,reporting,order,closed,"), "{table}");
}
