//! Every problem of every line, each named with its column.

use super::*;

/// Line, column and the beginning of each problem.
fn listed(seeded: &Seeded, file: &str) -> (bool, Vec<String>) {
    let Problems { malformed, problems } = seeded.problems(file);
    let short = |problem: &super::super::Problem| {
        let column = problem.column.as_deref().unwrap_or("-");
        format!("{} {column}: {}", problem.line, problem.problem)
    };
    (malformed, problems.iter().map(short).collect())
}

#[test]
fn a_file_that_is_no_table_is_malformed() {
    let seeded = Seeded::new();
    let table = [
        ("", vec!["1 -: the file is empty"]),
        ("\u{feff}\r\n\r\n", vec!["1 -: the file is empty"]),
        ("number,status\n", vec!["1 -: no line follows the head"]),
        ("number,state\n7,X\n", vec!["1 -: there is no such column: \"state\""]),
        ("Number,note\n7,x\n", vec!["1 -: there is no such column: \"Number\""]),
        (
            "number,status,number,status\n7,X,7,X\n",
            vec!["1 number: this column is there twice", "1 status: this column is there twice"],
        ),
        ("number;status\n7;X\n", vec!["1 -: there is no such column: \"number;status\""]),
        ("number,\n7,\n", vec!["1 -: a column has no name"]),
        ("status\nIN PROGRESS\n", vec!["1 -: no column says which recommendation is meant"]),
        (
            "number,key,note\n7,7,x\n",
            vec!["1 -: the columns `number` and `key` both say which recommendation is meant"],
        ),
        ("number,effective\n7,2025-04-01\n", vec!["1 -: no column says what is to be recorded"]),
        ("number,note\n7,\"x\n8,y\n", vec!["2 -: a cell begins with a quotation mark and never ends"]),
        (
            "number,note\n7,the \"best\"\n8,\"a\"b\n",
            vec![
                "2 -: a quotation mark stands in a cell that does not begin with one",
                "3 -: something stands between the closing quotation mark of a cell and the next comma",
            ],
        ),
    ];
    for (file, expected) in table {
        assert_eq!(
            listed(&seeded, file),
            (true, expected.iter().map(ToString::to_string).collect()),
            "{file:?}"
        );
    }
    let bytes = b"number,note\n7,caf\xe9\n";
    let reader = seeded.ledger.reader();
    let checked = check(&reader, &seeded.register, bytes, &defaults(), now()).unwrap();
    let Checked::Refused(problems) = checked else { panic!() };
    assert!(problems.malformed);
    assert_eq!(problems.problems.first().map(|problem| problem.line), Some(2));
}

#[test]
fn every_problem_of_every_line_is_listed() {
    let seeded = Seeded::new();
    let size = seeded.ledger.reader().size();
    let file = "number,status,note,effective,asserted_by,note_role,visibility,expect_version\n\
                999,IN PROGRESS,,2025-02-30,,,,\n\
                7,IN PROGRES,,2025-04-30,,,,\n\
                ,,,,,,,\n\
                8,,x,soon,\" \t\",gossip,secret,last\n\
                10,,,,,,,\n\
                1,IN PROGRESS,,2025-04-30,,annotation,internal,\n\
                2,,x,,,,,999\n\
                3,,x,,,,,,stray\n\
                ,IN PROGRESS,,,,,,\n";
    let (malformed, problems) = listed(&seeded, file);
    assert!(!malformed);
    let expected = [
        "2 number: there is no recommendation 999 in birmingham-crime-commission",
        "2 effective: \"2025-02-30\" is not a date",
        "5 effective: \"soon\" is not a date",
        "5 note_role: \"gossip\" is none of progress, earlier-answer, annotation",
        "5 visibility: \"secret\" is none of public, internal",
        "5 expect_version: \"last\" is no version",
        "6 -: the line says nothing",
        "7 note_role: the line has no note that this is about",
        "7 visibility: the line has no note that this is about",
        "9 -: the line has 9 cells, but the head names 8 columns",
        "10 number: the line does not say which recommendation is meant",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem:?} is not {expected:?}");
    }
    assert_eq!(seeded.ledger.reader().size(), size);
}

#[test]
fn every_refusal_by_a_rule_is_listed() {
    let seeded = Seeded::new();
    let file = "number,status,note,reason,effective,expect_version\n\
                7,IN PROGRES,,,2025-04-30,\n\
                7,IN PLANNING,,,2025-04-30,\n\
                7,COMPLETE,,,2025-04-30,\n\
                7,IN PROGRESS,,,2025-05-30,\n\
                8,IN PROGRESS,,,2025-04-30,999\n\
                9,,x,,2025-04-30,\n\
                9,,x,,2025-04-30,\n\
                10,,y,,2025-04-30,\n";
    let (_, problems) = listed(&seeded, file);
    assert_eq!(problems, ["8 -: the line says the same as line 7"]);
    let (_, problems) = listed(&seeded, &file.replacen("9,,x,,2025-04-30,\n", "", 1));
    let expected = [
        "2 status: the label \"IN PROGRES\" is not in the register's vocabulary; the nearest is \"IN PROGRESS\"",
        "3 reason: birmingham-crime-commission/recommendation/7 would go back from in-progress to planning without a reason",
        // Line 4 counts when line 5 is looked at.
        "5 reason: birmingham-crime-commission/recommendation/7 would go back from completed to in-progress without a reason",
    ];
    for (problem, expected) in problems.iter().zip(expected) {
        assert_eq!(problem, expected);
    }
    let version = problems.last().unwrap();
    assert!(
        version.starts_with("6 expect_version: ") && version.ends_with("not at the expected version 999")
    );
    assert_eq!(problems.len(), 4, "{problems:#?}");
}

#[test]
fn a_file_that_no_commit_holds_says_how_much_of_it_does() {
    let seeded = Seeded::new();
    let lines = |range: std::ops::Range<u32>| -> String {
        range.fold(String::new(), |lines, n| lines + "7,IN PROGRESS,note " + &n.to_string() + ",2025-04-30\n")
    };
    let head = "number,status,note,effective\n";
    // Two entries a line: 128 lines fit.
    let (malformed, problems) = listed(&seeded, &format!("{head}{}", lines(0..129)));
    assert!(!malformed);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("130 -: the file is too large for one commit (258 entries;"),
        "{problems:?}"
    );
    assert!(problems[0].ends_with("the first 128 of its 129 lines fit"), "{problems:?}");
    let batch = seeded.ready(&format!("{head}{}", lines(0..128)));
    assert_eq!(batch.record(&seeded.ledger).unwrap().events.len(), 256);
    // The words of one commit are limited, too: 64 of the longest, with their salts a few less.
    let long = "x".repeat(65_000);
    let words =
        |count: usize| (0..count).map(|n| format!("7,,{n} {long},2025-04-30")).collect::<Vec<_>>().join("\n");
    let (_, problems) = listed(&seeded, &format!("{head}{}", words(70)));
    assert!(problems[0].contains("of its 70 lines fit"), "{problems:?}");
    let fitting = problems[0].split("the first ").nth(1).unwrap().split(' ').next().unwrap();
    let fitting: usize = fitting.parse().unwrap();
    let batch = seeded.ready(&format!("{head}{}", words(fitting)));
    assert_eq!(batch.record(&seeded.ledger).unwrap().events.len(), fitting);
}

/// A line of a file by its number.
type Line<'a> = &'a dyn Fn(u32) -> String;

/// What stands behind the last line that could fit is not read: it cannot be in the same commit, whatever it says.
#[test]
fn a_file_of_more_lines_than_entries_fit_says_where_to_split_it() {
    let seeded = Seeded::new();
    let size = seeded.ledger.reader().size();
    let file = |count: u32, line: Line<'_>| {
        (0..count).fold("number,status,note,effective\n".to_owned(), |file, n| file + &line(n))
    };
    let note = |n: u32| format!("7,,note {n},2025-04-30\n");
    let both = |n: u32| format!("7,IN PROGRESS,note {n},2025-04-30\n");
    // A note of two lines: the line behind it in the table stands two further down in the file.
    let broken = |n: u32| format!("7,,\"note {n},\nand so on\",2025-04-30\n");
    // Every other line says what another line says.
    let mixed = |n: u32| if n.is_multiple_of(2) { both(n) } else { note(n) };
    let table: [(u32, Line<'_>, u64, u32); 5] = [
        (257, &note, 258, 256),
        (300, &note, 258, 256),
        (300, &both, 130, 128),
        (300, &broken, 514, 256),
        // Two entries, then one: 85 pairs have 255, and one more line with one entry would be the 256th, but the next has two.
        (300, &mixed, 172, 170),
    ];
    for (count, line, first_beyond, fitting) in table {
        let problems = seeded.problems(&file(count, line)).problems;
        let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
        assert_eq!(problem.line, first_beyond, "{problem}");
        let (first, all) = (format!("the first {fitting} of its"), format!("{count} lines fit"));
        assert!(problem.problem.contains(&first) && problem.problem.ends_with(&all), "{problem}");
        let hint = problem.hint.as_deref().unwrap();
        assert!(hint.starts_with(&format!("split the file before line {first_beyond}, ")), "{problem}");
    }
    // Faults among the lines that could fit are listed with it, those behind are not looked at.
    let faulty = |n: u32| if n == 5 || n == 280 { "7,NO SUCH,,soon\n".to_owned() } else { note(n) };
    let lines: Vec<u64> =
        seeded.problems(&file(300, &faulty)).problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [7, 258]);
    assert_eq!(seeded.ledger.reader().size(), size);
    // Split there, both parts are recorded.
    let whole = file(257, &note);
    let (head, lines) = whole.split_once('\n').unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    for part in [&lines[..256], &lines[256..]] {
        let batch = seeded.ready(&format!("{head}\n{}\n", part.join("\n")));
        assert_eq!(batch.record(&seeded.ledger).unwrap().events.len(), part.len());
    }
    assert_eq!(seeded.ledger.reader().size(), size + 257);
}
