//! A suite: what `cargo test` runs with some arguments, and how that ended.

use std::fmt;
use std::process::{Command, Stdio};

use super::tree::Tree;
use crate::docket::{Run, finish};
use crate::error::CrashError;

/// Seconds after which a suite is ended. The longest takes two minutes where nothing else runs.
const HANGS_AFTER: &str = "1200";

/// Seconds after which building is ended: it cannot hang as a mutant can, and takes long beside other builds.
const BUILT_AFTER: &str = "7200";

/// Exit code of `timeout` for what it has ended.
const ENDED_BY_TIMEOUT: i32 = 124;

/// The chance of a model check that is to find a mutant: with another one for each run it would be found in most runs only.
const SEED: &str = "20261123";

/// Arguments of `cargo test`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Suite(String);

/// How a suite ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Tests ran, and all passed.
    Green,
    /// A test failed: the first one, and what it said.
    Red { test: String, says: String },
    /// The code does not compile.
    DoesNotCompile(String),
    /// It ended in another way.
    Otherwise(String),
}

impl Verdict {
    /// Whether a test failed, and said this.
    pub(super) fn is_for(&self, because: &str) -> bool {
        matches!(self, Self::Red { says, .. } if says.contains(because))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Green => f.write_str("all its tests passed"),
            Self::Red { test, says } => write!(f, "`{test}` failed: {says}"),
            Self::DoesNotCompile(error) => write!(f, "it does not compile: {error}"),
            Self::Otherwise(how) => f.write_str(how),
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Suite {
    pub(super) fn new(arguments: &str) -> Self {
        Self(arguments.to_owned())
    }

    /// Builds it, and runs it.
    pub(super) fn run(&self, tree: &Tree) -> Result<Verdict, CrashError> {
        let built = self.cargo(tree, BUILT_AFTER, &["--no-run"])?;
        if built.code == Some(ENDED_BY_TIMEOUT) {
            return Ok(Verdict::Otherwise(format!("it was not built within {BUILT_AFTER} s")));
        }
        if built.code != Some(0) {
            let error = built.stderr.lines().find(|line| line.starts_with("error"));
            return Ok(Verdict::DoesNotCompile(error.unwrap_or("cargo says no more").to_owned()));
        }
        Ok(verdict(&self.cargo(tree, HANGS_AFTER, &[])?))
    }

    fn cargo(&self, tree: &Tree, seconds: &str, more: &[&str]) -> Result<Run, CrashError> {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", seconds, &cargo, "test", "--locked"]);
        command.args(self.0.split_whitespace()).args(more);
        command.current_dir(tree.root()).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", tree.target()).env("CARGO_INCREMENTAL", "0");
        command.env("PROPTEST_RNG_SEED", SEED).env_remove("RUST_BACKTRACE").env_remove("CARGO_MANIFEST_DIR");
        finish(command)
    }
}

/// What a run of tests says.
fn verdict(run: &Run) -> Verdict {
    let failure = first_failure(&run.stdout);
    match (run.code, failure) {
        (Some(ENDED_BY_TIMEOUT), _) => Verdict::Otherwise(format!("it did not end within {HANGS_AFTER} s")),
        (Some(0), _) if passed(&run.stdout) == 0 => Verdict::Otherwise("no test of that name ran".to_owned()),
        (Some(0), _) => Verdict::Green,
        (_, Some((test, says))) => Verdict::Red { test, says },
        (code, None) => Verdict::Otherwise(format!("it ended with {code:?} and no test that failed")),
    }
}

/// The tests that passed, in all programs that ran.
fn passed(stdout: &str) -> u64 {
    let lines = stdout.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    lines.filter_map(|rest| rest.split(' ').next()?.parse::<u64>().ok()).sum()
}

/// The first test that failed, and what it printed, in one line.
fn first_failure(stdout: &str) -> Option<(String, String)> {
    let mut lines = stdout.lines().skip_while(|line| *line != "failures:");
    let test = lines.find_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"))?;
    let printed = lines.take_while(|line| !line.starts_with("---- ") && *line != "failures:");
    let printed: Vec<&str> = printed.map(str::trim).filter(|line| !line.is_empty()).collect();
    Some((test.to_owned(), printed.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "\nrunning 2 tests\ntest a::one ... ok\ntest a::two ... FAILED\n\nfailures:\n\n---- a::two stdout ----\n\nthread 'a::two' panicked at src/a.rs:7:5:\nthe entry is lost\n\n\nfailures:\n    a::two\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\n";
    const PASSED: &str =
        "running 1 test\ntest a::one ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
    const NOTHING: &str = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored\n";

    fn of(code: i32, stdout: &str) -> Verdict {
        verdict(&Run { code: Some(code), stdout: stdout.to_owned(), stderr: String::new() })
    }

    #[test]
    fn a_mutant_is_caught_by_a_test_that_fails_for_the_reason_named_and_by_nothing_else() {
        let red = of(101, FAILED);
        let Verdict::Red { test, .. } = &red else { panic!("{red}") };
        assert_eq!(test, "a::two");
        assert!(red.is_for("is lost") && !red.is_for("is there twice"), "{red}");
        assert_eq!(of(0, PASSED), Verdict::Green);
        for other in [of(0, NOTHING), of(101, ""), of(101, PASSED), of(124, FAILED), of(124, "")] {
            assert!(matches!(other, Verdict::Otherwise(_)), "{other}");
            assert!(!other.is_for(""), "{other}");
        }
        assert!(!Verdict::DoesNotCompile("is lost".to_owned()).is_for("is lost"));
    }
}
