//! Help, in full: people learn the tool from it.

use super::support::{Run, command};

/// The reference is the help of every command, as one file that people read. `DOCKET_WRITE_DOCS=1` writes it anew.
#[test]
fn the_reference_in_the_documentation_is_what_the_program_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let run = Run::of(command().arg("manual").output().unwrap()).done();
    assert_eq!(run.stderr, "");
    if std::env::var_os("DOCKET_WRITE_DOCS").is_some() {
        std::fs::write(path, &run.stdout).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    for (line, (said, written)) in (1..).zip(run.stdout.lines().zip(written.lines())) {
        assert_eq!(
            said, written,
            "line {line}: run this test with DOCKET_WRITE_DOCS=1 and read what changed"
        );
    }
    assert_eq!(run.stdout.len(), written.len());
}

/// A page of the manual is the help, so --help and the reference cannot drift apart either.
#[test]
fn help_of_a_command_is_what_the_reference_says() {
    let reference = Run::of(command().arg("manual").output().unwrap()).done().stdout;
    let help = Run::of(command().args(["record", "status", "--help"]).output().unwrap()).done().stdout;
    let usage = help.lines().find(|line| line.starts_with("Usage: docket record status")).unwrap();
    assert!(reference.contains(usage), "{usage}");
}

#[test]
fn completions_and_man_pages_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Run::of(command().args(["completions", shell]).output().unwrap()).done().stdout;
        for word in ["timeline", "known-at", "retract"] {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    Run::of(command().args(["manual", "--man"]).arg(&pages).output().unwrap()).done();
    let page = std::fs::read_to_string(pages.join("docket-record-status.1")).unwrap();
    assert!(page.starts_with(".ie") && page.contains("\\-\\-effective"), "{page}");
    assert!(pages.join("docket.1").exists());
}

#[test]
fn version_and_missing_commands() {
    let version = Run::of(command().arg("--version").output().unwrap()).done();
    assert_eq!(version.stdout, format!("docket {}\n", env!("CARGO_PKG_VERSION")));
    Run::of(command().output().unwrap()).is_usage("Usage: docket [OPTIONS] <COMMAND>");
    Run::of(command().arg("lst").output().unwrap()).is_usage("unrecognized subcommand 'lst'");
    Run::of(command().arg("record").output().unwrap()).is_usage("Usage: docket record");
}
