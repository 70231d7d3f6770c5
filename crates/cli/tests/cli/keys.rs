//! Keys: made once, never for a log that lost its own, and shown as one line.

use super::support::{Docket, source};

#[test]
fn a_key_is_made_once_and_shown_alone() {
    let docket = Docket::empty();
    docket.run(["keygen", "--show"]).fails(4, "there is no key in");
    let made = docket.run(["keygen", "--origin", "docket.example/made"]).done();
    let shown = docket.run(["keygen", "--show"]).done();
    assert_eq!(made.stdout, shown.stdout);
    assert!(shown.stdout.starts_with("docket.example/made+"), "{shown:?}");
    assert_eq!((shown.stdout.lines().count(), shown.stderr.as_str()), (1, ""));
    docket.run(["keygen", "--origin", "docket.example/other"]).fails(3, "there is a key in");
    assert_eq!(docket.run(["keygen", "--show"]).stdout, shown.stdout);
    docket.run(["keygen", "--show", "--origin", "x"]).is_usage("cannot be used with");
    docket.run(["keygen", "--origin", "a b"]).is_usage("printable ASCII without spaces");
    // The key was made for this log: an import begins it under the key's name.
    docket.run(["import".as_ref(), source("seeds").as_os_str()]).done();
    assert!(docket.run(["list", "--format", "json"]).done().stdout.contains("\"docket.example/made\""));
}

#[test]
fn a_log_keeps_the_name_that_it_began_with() {
    let docket = Docket::empty();
    let seeds = source("seeds");
    let import = |origin: &str| {
        docket.run(["import".as_ref(), seeds.as_os_str(), "--origin".as_ref(), origin.as_ref()])
    };
    import("docket.example/first").done();
    assert!(docket.run(["keygen", "--show"]).done().stdout.starts_with("docket.example/first+"));
    import("docket.example/second").fails(3, "the log is docket.example/first, not docket.example/second");
    import("docket.example/first").done();
    docket.run(["import".as_ref(), seeds.as_os_str()]).done();
}

#[test]
fn a_log_that_lost_its_key_is_read_and_never_given_another() {
    let docket = Docket::imported();
    let size = docket.size();
    std::fs::remove_file(docket.data().join("log.key")).unwrap();
    let run = docket.run(["record", "note", "7", "x"]);
    run.fails(4, "log.key is missing: without it nothing can be signed or recorded");
    assert!(run.stderr.contains("hint: put log.key back"), "{run:?}");
    docket.run(["keygen", "--origin", "docket.example/x"]).fails(3, "log.key is missing from");
    std::fs::remove_file(docket.data().join("log.vkey")).unwrap();
    docket.run(["keygen", "--origin", "docket.example/x"]).fails(3, "log.key is missing from");
    assert!(!docket.data().join("log.key").exists());
    assert_eq!(docket.size(), size);
}
