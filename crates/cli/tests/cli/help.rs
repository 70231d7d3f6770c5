//! Help, in full: people learn the tool from it.

use super::support::{Run, command};

#[test]
fn help_of_every_command() {
    let commands: [&[&str]; 23] = [
        &[],
        &["list"],
        &["show"],
        &["timeline"],
        &["changes"],
        &["receipt"],
        &["verify"],
        &["export"],
        &["import"],
        &["record"],
        &["record", "status"],
        &["record", "note"],
        &["record", "verification"],
        &["correct"],
        &["retract"],
        &["redact"],
        &["hold"],
        &["hold", "place"],
        &["hold", "lift"],
        &["rebuild"],
        &["keygen"],
        &["backup"],
        &["restore"],
    ];
    for arguments in commands {
        let name = ["docket"].iter().chain(arguments).copied().collect::<Vec<_>>().join("-");
        let run = Run::of(command().args(arguments).arg("--help").output().unwrap()).done();
        assert_eq!(run.stderr, "", "{name}");
        insta::assert_snapshot!(name, run.stdout);
    }
}

#[test]
fn version_and_missing_commands() {
    let version = Run::of(command().arg("--version").output().unwrap()).done();
    assert_eq!(version.stdout, format!("docket {}\n", env!("CARGO_PKG_VERSION")));
    Run::of(command().output().unwrap()).is_usage("Usage: docket [OPTIONS] <COMMAND>");
    Run::of(command().arg("lst").output().unwrap()).is_usage("unrecognized subcommand 'lst'");
    Run::of(command().arg("record").output().unwrap()).is_usage("Usage: docket record");
}
