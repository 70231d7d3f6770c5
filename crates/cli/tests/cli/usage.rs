//! Bad input: a clear line, the right exit code, and nothing recorded.

use super::support::{Docket, Run, command, source};

#[test]
fn what_the_command_line_refuses() {
    let docket = Docket::empty();
    let table: [(&[&str], &str); 16] = [
        (&["list", "--register", "Birmingham"], "lower-case letters, digits and '-'"),
        (&["list", "--format", "xml"], "possible values: table, json, csv"),
        (&["list", "--color", "blue"], "possible values: auto, always, never"),
        (&["record", "status", "7"], "<LABEL>"),
        (&["record", "status", "7", ""], "status label is empty"),
        (&["record", "status", "7", "X", "--by", "a\nb"], "actor"),
        (&["record", "status", "7", "X", "--expect-version", "-1"], "unexpected argument"),
        (&["record", "status", "7", "X", "--command-id", "7"], "--command-id"),
        (
            &["record", "note", "7", "x", "--role", "gossip"],
            "expected one of progress, earlier-answer, annotation",
        ),
        (&["record", "verification", "7"], "--agrees"),
        (&["record", "verification", "7", "--agrees", "--disagrees"], "cannot be used with"),
        (&["correct", "7@3", "--reason", "x"], "<--label <LABEL>|--text <TEXT>|--effective <WHEN>>"),
        (&["correct", "7@3", "--text", "x"], "--reason <TEXT>"),
        (&["changes", "--from", "1"], "--to <SIZE|TIME>"),
        (&["verify", "--key", "k"], "<--receipt <FILE>|--bundle <DIR>>"),
        (&["keygen"], "--origin <ORIGIN>"),
    ];
    for (arguments, message) in table {
        docket.run(arguments).is_usage(message);
    }
    assert!(!docket.data().exists());
}

#[test]
fn options_in_front_of_a_subcommand_of_record() {
    let docket = Docket::imported();
    let size = docket.size();
    let data = docket.data();
    let data = data.to_str().unwrap();
    let record = |arguments: &[&str]| Run::of(command().args(arguments).output().unwrap());
    // Options of every command may stand anywhere.
    record(&["record", "--data", data, "--color", "never", "status", "7", "IN PROGRESS"]).done();
    assert_eq!(docket.size(), size + 1);
    let table: [(&[&str], &str); 5] = [
        (&["--from", "month.csv"], "--from records a file, and cannot be used together with `record status`"),
        (&["--dry-run"], "--dry-run goes with `record --from FILE.csv`"),
        (&["--effective", "2025-04-01"], "--effective goes with"),
        (&["--by", "ann"], "--by goes with"),
        (&["--format", "table"], "--format goes with"),
    ];
    for (options, message) in table {
        let arguments = [&["record", "--data", data], options, &["status", "7", "IN PROGRESS"]].concat();
        record(&arguments).is_usage(message);
    }
    assert_eq!(docket.size(), size + 1);
}

#[test]
fn what_is_refused_after_looking_into_the_log() {
    let docket = Docket::imported();
    let size = docket.size();
    let table: [(&[&str], i32, &str); 26] = [
        (&["list", "--known-at", "abc"], 2, "expected a number of entries, a day or a time"),
        (&["list", "--known-at", "999999"], 3, "so nothing is known at 999999"),
        (&["list", "--register", "other"], 3, "there is no register other"),
        (&["list", "--effective-at", "2025-02-30"], 2, "\"2025-02-30\" is not a date"),
        (&["show", "12", "--known-at", "3"], 3, "was not known yet at size 3: it is known since size "),
        (&["show", "999", "--known-at", "3"], 3, "no recommendation 999 in birmingham-crime-commission"),
        (&["show", "999"], 3, "no recommendation 999 in birmingham-crime-commission"),
        (&["timeline", "x/y"], 3, "no recommendation x/y"),
        (&["changes", "--from", "9", "--to", "3"], 2, "from entry 9 to entry 3 runs backwards"),
        (&["record", "status", "7", "IN PROGRES"], 3, "the nearest is \"IN PROGRESS\""),
        (&["record", "status", "999", "IN PROGRESS"], 3, "no recommendation 999"),
        (
            &["record", "status", "7", "IN PROGRESS", "--effective", "2025-02-30"],
            2,
            "expected a day (2025-04-01)",
        ),
        (
            &["record", "status", "7", "IN PROGRESS", "--effective", "2025-04-02/2025-04-01"],
            2,
            "ends before it begins",
        ),
        (
            &["record", "status", "7", "IN PROGRESS", "--expect-version", "1"],
            3,
            "not at the expected version 1",
        ),
        (&["record", "status", "7", "IN PLANNING"], 3, "without a reason"),
        (&["record", "note", "7", ""], 3, "the note is empty"),
        (
            &["record", "verification", "7", "--agrees", "--by", "importer"],
            3,
            "cannot record the finding on it",
        ),
        (&["record", "verification", "7", "--agrees", "--state", "unheard-of"], 3, "unheard-of"),
        (&["record", "verification", "7", "--agrees", "--claim", "8@1"], 3, "is about"),
        (&["correct", "7@2", "--label", "IN PROGRESS", "--reason", "x"], 3, ""),
        (&["correct", "7@1", "--text", "x", "--reason", "x"], 3, "is amended, not corrected"),
        (&["correct", "7@2", "--effective", "soon", "--reason", "x"], 2, "\"soon\" is not a date"),
        (&["retract", "7@99", "--reason", "x"], 3, "has no version 99"),
        (&["retract", "7@2", "--reason", " "], 3, "the reason is empty"),
        (&["retract", "seven", "--reason", "x"], 2, "\"seven\" names no event"),
        (&["receipt", "7@3", "--known-at", "1"], 3, "was not known yet at size 1"),
    ];
    for (arguments, code, message) in table {
        docket.run(arguments).fails(code, message);
    }
    assert_eq!(docket.size(), size);
}

#[test]
fn a_date_is_refused_with_the_zone_in_which_it_was_read() {
    let docket = Docket::imported();
    for arguments in [
        ["list", "--effective-at", "2025-03-09T02:30"].as_slice(),
        &["record", "status", "7", "IN PROGRESS", "--effective", "2025-03-09T02:30"],
    ] {
        let run = docket.run(arguments);
        run.fails(2, "does not exist in America/Chicago: the clock skips it");
        assert!(
            run.stderr.contains("hint: dates are read in the register's zone, America/Chicago"),
            "{run:?}"
        );
    }
}

#[test]
fn texts_that_are_none_or_too_long() {
    let docket = Docket::imported();
    let size = docket.size();
    let longest = "x".repeat(65_536);
    let note = ["record", "note", "7", "-"];
    docket.run_with(b"ab\xff", &note).fails(2, "not valid UTF-8 at byte 2");
    docket.run_with(b"a\0b", &note).fails(3, "NUL character at byte 1");
    docket.run_with(b"", &note).fails(3, "the note is empty");
    docket.run_with(format!("{longest}x").as_bytes(), &note).fails(3, "over 65536 bytes");
    docket.run(["record", "note", "7", &format!("{longest}x")]).fails(3, "65537 bytes is too long");
    docket
        .run(["record", "status", "7", "IN PROGRESS", "--reason", &format!("{longest}x")])
        .fails(3, "too long");
    assert_eq!(docket.size(), size);
    docket.run_with(format!("{longest}\n").as_bytes(), &note).done();
    assert_eq!(docket.size(), size + 1);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf8_is_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let mut command = command();
    command.args(["record", "note", "7"]).arg(OsStr::from_bytes(b"ab\xffcd"));
    Run::of(command.output().unwrap()).fails(2, "argument 4 is not valid UTF-8 at byte 2: \"ab\u{fffd}cd\"");
}

#[test]
fn sources_that_cannot_be_imported() {
    let docket = Docket::empty();
    let import = |path: &std::path::Path| docket.run(["import".as_ref(), path.as_os_str()]);
    import(&docket.around().join("nowhere")).fails(2, "cannot read");
    let folder = docket.around().join("source");
    std::fs::create_dir(&folder).unwrap();
    import(&folder).fails(2, "there is no source.toml");
    let seed = source("seeds/birmingham-crime-commission");
    for file in std::fs::read_dir(&seed).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let document = folder.join("000_66732e4ab12be8fc.txt");
    let curation = folder.join("curation.toml");
    let whole = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&document, whole.replacen("IN PROGRESS", "IN PROGRESs", 1)).unwrap();
    import(&folder).fails(3, "but its manifest states cc165ecfadb1aa42");
    std::fs::write(&document, whole).unwrap();
    let decisions = std::fs::read_to_string(&curation).unwrap();
    std::fs::write(&curation, decisions.replacen("lines = \"18\"", "lines = \"19\"", 1)).unwrap();
    import(&folder).fails(3, "curation.toml: 1 decision is refused");
    std::fs::write(&curation, "[[decision]]\nlines = ").unwrap();
    import(&folder).fails(3, "curation.toml, line ");
    // Everything is checked before anything is begun.
    assert!(!docket.data().exists());
}
