//! A bounded share of the crash suite, as `cargo test` runs it. `cargo run -p docket-crash -- all` runs the whole.
//!
//! Nothing is skipped: where strace, FUSE or mount are missing or refused, these tests fail, and say so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

/// Runs a part, which must hold, and gives what it printed.
fn held(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_docket-crash")).args(arguments).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "docket-crash {arguments:?} ended with {:?}:\n{stdout}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(stdout.lines().last().is_some_and(|line| line.starts_with("held: ")), "{stdout}");
    stdout
}

/// The number before these words in the last line.
fn figure(printed: &str, words: &str) -> u64 {
    let line = printed.lines().last().unwrap();
    let before = line.split(words).next().unwrap();
    assert!(before.len() < line.len(), "{line}");
    let digits: Vec<char> = before.trim_end().chars().rev().take_while(char::is_ascii_digit).collect();
    digits.into_iter().rev().collect::<String>().parse().unwrap()
}

#[test]
fn kills_at_random_moments_lose_nothing() {
    // Two or three cycles of each kind.
    let printed = held(&["kill", "--rounds", "21"]);
    assert!(figure(&printed, "processes killed") > 10, "{printed}");
    assert!(figure(&printed, "acknowledged entries") > 50, "{printed}");
}

#[test]
fn errors_of_the_operating_system_lose_nothing() {
    let printed = held(&["inject", "--rounds", "1"]);
    assert!(figure(&printed, "runs,") > 40, "{printed}");
    assert!(printed.lines().last().unwrap().contains("with exit code 4"), "{printed}");
}

#[test]
fn a_full_disk_loses_nothing() {
    let printed = held(&["full", "--rounds", "2"]);
    assert!(figure(&printed, "processes refused") > 0, "{printed}");
}

#[test]
fn power_cuts_lose_nothing_where_sled_alone_does() {
    // This fails where sled loses nothing.
    held(&["sled", "--rounds", "12"]);
    let printed = held(&["power", "--rounds", "20"]);
    assert!(figure(&printed, "cuts while writing") > 8, "{printed}");
    assert!(figure(&printed, "acknowledged entries") > 0, "{printed}");
}
