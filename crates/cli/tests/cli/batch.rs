//! A month's file: previewed, recorded once, refused whole.

use std::path::PathBuf;

use serde_json::Value;

use super::support::Docket;

/// About thirty lines: most stay, some move on, one goes back, some dates lie before what is recorded, notes with quotes and lines.
const APRIL: &str = "\u{feff}number,status,note,effective,asserted_by,reason,source_url,note_role,visibility,expect_version\r
1,IN PROGRESS,\"The bus ad campaign \"\"See it, say it\"\" began;\r\nboth lines run.\",2025-04-28,,,,,,\r
2,IN PROGRESS,,2025-04-15,,,https://example.org/april,,,\r
3,IN DEVELOPMENT,,2025-04-30,,,,,,\r
4,IN PROGRESS,,2025-04-30,,,,,,\r
5,COMPLETE,\"The meeting was held, and minutes were taken.\",2025-03-19T18:00,,,,,,2\r
6,IN PROGRESS,,2025-04-30,,,,,,\r
7,IN PLANNING,,2025-04-22,,\"the hospital withdrew, talks begin anew\",,,,\r
7,,An MOU is being reviewed by legal; training of hospital violence interrupters is March 17-21.,2025-04-30,,,,,,\r
8,IN PROGRESS,,2025-04-01,,,,,,\r
9,IN PROGRESS,Began with eight.,2025-04,,,,,,\r
\r
10,DEVELOPMENT,,2025-04-30,,,,,,\r
11,IN PROGRESS,,2025-02,Mobile Crisis Partners,,,,,\r
12,DEVELOPMENT,,2025-04-30,,,,,,\r
13,NO UPDATE AVAILABLE,No update available,2025-04-30,,,,,,\r
14,IN PLANNING,,2025-04-30,,,,,,\r
15,NO UPDATE AVAILABLE,,2025-04-30,,,,,,\r
16,NO UPDATE AVAILABLE,,2025-04-30,,,,,,\r
17,COMPLETED,,2025-04-10/2025-04-20,,,,,,\r
20,PRE-LAUNCH,,2025-04-30,,,,,,\r
39,IN PROGRESS,Funded with $15.8 million.,2025-04-30,,,,,,\r
44,PRE-LAUNCH,,2025-04-30,,,,,,\r
46,IN PROGRESS,,unknown,,,,,,\r
51,DEVELOPMENT,,2025-04-30,,,,,,\r
54,DEVELOPMENT,,2025-04-30,,,,,,\r
57,IN PROGRESS,Seventy-five vehicles are in service.,2025-04-30,,,,,,\r
62,IN PROGRESS,,2025-04-30,,,,,,\r
75,IN PLANNING,,2025-04-30,,,,,,\r
76,IN PROGRESS,Scan is hard to read,2025-04-30,,,,annotation,internal,\r
82,COMPLETE,,2025-04-30,,,,,,\r
";

fn april(docket: &Docket) -> PathBuf {
    let file = docket.around().join("april.csv");
    let version = docket.json(&["show", "5"])["recommendation"]["version"].to_string();
    std::fs::write(&file, APRIL.replace(",,,,,,2\r", &format!(",,,,,,{version}\r"))).unwrap();
    file
}

#[test]
fn a_preview_is_what_is_answered_once_the_file_is_recorded() {
    let docket = Docket::imported();
    let file = april(&docket);
    let path = file.to_str().unwrap();
    let from = ["record", "--from", path, "--by", "clerk"];
    let size = docket.size();
    let preview = docket.json(&[&from[..], &["--dry-run"]].concat());
    assert_eq!((docket.size(), &preview["known_before"]), (size, &size.into()));
    assert_eq!(preview["lines"].as_array().unwrap().len(), 29);
    let recorded = docket.json(&from);
    assert_eq!(recorded["size"], preview["known_after"]);
    let line = |number: u64| -> Value {
        let lines = preview["lines"].as_array().unwrap();
        lines.iter().find(|line| line["number"] == number && !line["status"].is_null()).unwrap().clone()
    };
    for number in [1, 2, 5, 7, 9, 11, 13, 14, 17, 46, 75, 82] {
        let (line, number) = (line(number), number.to_string());
        for moved in [&line["status"]["then"], &line["status"]["today"]] {
            let day = moved["true_on"].as_str().unwrap();
            for (known_at, shown) in
                [(size, &moved["before"]), (recorded["size"].as_u64().unwrap(), &moved["after"])]
            {
                let known_at = known_at.to_string();
                let at = ["show", &number, "--effective-at", day, "--known-at", &known_at];
                let status = docket.json(&at)["recommendation"]["status"].clone();
                for name in ["label", "state", "reporting", "certainty", "event"] {
                    assert_eq!(status[name], shown[name], "{number} {day} {name}");
                }
            }
        }
    }
    // Backdated: the meeting was over on 19 March, but nothing later was said until then.
    assert_eq!(line(5)["status"]["then"]["true_on"], "2025-03-19");
    assert_eq!(line(7)["status"]["regress"], true);
    assert_eq!(line(11)["status"]["today"]["after"]["event"], line(11)["status"]["today"]["before"]["event"]);
    let notes: Vec<&Value> =
        preview["lines"].as_array().unwrap().iter().filter(|line| !line["note"].is_null()).collect();
    let repeated: Vec<&Value> =
        notes.iter().filter(|line| !line["note"]["repeats"].is_null()).map(|line| &line["number"]).collect();
    assert_eq!(repeated, [7]);
    let words =
        docket.json(&["show", "1"])["recommendation"]["notes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(words["text"], "The bus ad campaign \"See it, say it\" began;\nboth lines run.");
}

#[test]
fn a_file_is_one_commit_and_is_recorded_once() {
    let docket = Docket::imported();
    let file = april(&docket);
    let path = file.to_str().unwrap();
    let first = docket.run(["record", "--from", path, "--by", "clerk"]).done();
    assert!(first.stdout.lines().all(|line| line.starts_with("recorded ")), "{first:?}");
    assert!(
        first.stderr.contains("29 lines for birmingham-crime-commission: 28 statuses (1 going back)"),
        "{first:?}"
    );
    assert!(first.stderr.contains("goes back"), "{first:?}");
    let size = docket.size();
    // The import was one commit, the file is another one.
    assert_eq!(docket.json(&["verify"])["commits"], 2);
    for by in ["clerk", "deputy"] {
        let again = docket.run(["record", "--from", path, "--by", by]).done();
        assert!(again.stderr.contains("this file was recorded before, by clerk on "), "{again:?}");
        assert!(again.stdout.lines().all(|line| line.starts_with("already recorded ")), "{again:?}");
    }
    docket
        .run(["record", "--from", path, "--by", "clerk", "--source-url", "https://example.org/other"])
        .fails_after("was recorded before with other options");
    let dry = docket.run(["record", "--from", path, "--dry-run"]).done();
    assert!(dry.stdout.contains("it is not recorded again"), "{dry:?}");
    assert_eq!(docket.size(), size);
    docket.run(["verify"]).done();
}

#[test]
fn any_problem_refuses_the_whole_file_and_all_are_said() {
    let docket = Docket::imported();
    let size = docket.size();
    let file = docket.around().join("bad.csv");
    let path = file.to_str().unwrap();
    std::fs::write(
        &file,
        "number,status,effective\n7,IN PLANNING,2025-04-30\n8,IN PROGRESS,2025-04-30\n9,LATE,2025-04-30\n",
    )
    .unwrap();
    for arguments in [&["record", "--from", path][..], &["record", "--from", path, "--dry-run"]] {
        let run = docket.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{run:?}");
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(lines.len(), 4, "{run:?}");
        assert!(
            lines[0].starts_with("problem: line 2, column reason: ")
                && lines[0].contains("say why in the column reason")
        );
        assert!(lines[1].starts_with("problem: line 4, column status: the label \"LATE\""));
        assert!(
            lines[2].starts_with("error: 2 problems in ") && lines[2].ends_with(": nothing was recorded")
        );
    }
    let run = docket.run(["record", "--from", path, "--format", "json"]);
    assert_eq!((run.code, run.json()["problems"].as_array().unwrap().len()), (3, 2));
    std::fs::write(&file, "number,satus\n7,IN PROGRESS\n").unwrap();
    assert_eq!(docket.run(["record", "--from", path]).code, 2);
    docket.run(["record", "--from", "nowhere.csv"]).fails(2, "cannot read nowhere.csv");
    docket.run(["record", "--from", path, "--effective", "soon"]).fails(2, "");
    docket.run(["record", "--dry-run"]).is_usage("--from <FILE.csv>");
    docket.run(["record", "--by", "ann", "status", "7", "IN PROGRESS"]).is_usage("Usage: docket record");
    assert_eq!(docket.size(), size);
}

#[test]
fn a_preview_reads_as_a_page() {
    let docket = Docket::imported();
    let file = april(&docket);
    let mut command = docket.command(["record", "--from", file.to_str().unwrap(), "--dry-run"]);
    let run = super::support::Run::of(command.env("COLUMNS", "80").output().unwrap()).done();
    let page = run.stdout;
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    for expected in [
        "line 10 · recommendation 7 · effective 2025-04-30",
        "true on 2025-04-22: IN PROGRESS (in-progress) → IN PLANNING",
        "goes back to a lower state",
        "status          IN PLANNING",
        "the hospital withdrew, talks begin anew",
        "repeats 7@3 word for word",
        "annotation, internal: “Scan is hard to read”",
    ] {
        assert!(page.contains(expected), "{expected:?} not in {page}");
    }
}

/// The largest file is read whole and said to be too large for one commit; one byte more is not read.
#[test]
fn a_file_at_its_limit_is_read_and_one_beyond_it_is_not() {
    let docket = Docket::imported();
    let file = docket.around().join("large.csv");
    let path = file.to_str().unwrap();
    let limit = 8 * 1024 * 1024;
    let mut text = "number,note\n".to_owned();
    for number in 0.. {
        let line = format!("7,{number} {}\n", "x".repeat(20_000));
        if text.len() + line.len() > limit {
            break;
        }
        text += &line;
    }
    text += &"\n".repeat(limit - text.len());
    std::fs::write(&file, &text).unwrap();
    let whole = docket.run(["record", "--from", path, "--by", "clerk"]);
    assert_eq!(whole.code, 3, "{whole:?}");
    assert!(whole.stderr.contains("the file is too large for one commit"), "{whole:?}");
    text.push('\n');
    std::fs::write(&file, &text).unwrap();
    let beyond = docket.run(["record", "--from", path, "--by", "clerk"]);
    assert!(!beyond.stderr.contains("problem:"), "{beyond:?}");
    beyond.fails(3, "is over 8388608 bytes");
}
