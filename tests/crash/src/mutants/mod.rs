//! Mutants: mistakes that somebody could make in this code, each as a patch. The suites must turn red with each of them, or they show nothing.
//!
//! A copy of the repository is built and tested as it is, which must be green; then once with each patch of `tests/mutants`. A mutant is
//! caught by a suite if a test of that suite fails and says what the patch names as the reason: one that does not compile, that fails
//! otherwise, or that never ends, is not caught. This module knows nothing of Docket but where the patches are.

mod patch;
mod suite;
mod tree;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::CrashError;
use patch::{Demand, Patch, Share};
use suite::{Suite, Verdict};
use tree::Tree;

/// Which mutants are tried, and where.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Only those whose name begins so; all of them where nothing is named.
    pub only: Vec<String>,
    /// Whether the cheap ones are enough.
    pub extent: Extent,
    /// A directory for what is built, which is kept; without it one that is removed.
    pub target: Option<PathBuf>,
}

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every mutant, with every suite that is to catch it.
    Whole,
    /// The mutants that are marked for every change, with their first suite.
    Share,
}

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The mutants.
    pub mutants: usize,
    /// Those that were caught, and by every suite that was to catch them.
    pub caught: usize,
    /// The suites that are green without a mutant.
    pub suites: usize,
}

/// What is tried of a mutant.
struct Trial {
    patch: Patch,
    demands: Vec<Demand>,
}

/// Tries the mutants, and says of each what caught it. That one is not caught is no error: the caller compares the numbers.
pub fn run(root: &Path, orders: &Orders, say: &mut dyn FnMut(&str)) -> Result<Tried, CrashError> {
    let trials = trials(root, orders)?;
    let tree = Tree::copy(root, orders.target.as_deref())?;
    let suites: BTreeSet<&Suite> =
        trials.iter().flat_map(|trial| &trial.demands).map(|demand| &demand.suite).collect();
    say(&format!("{} mutants; first {} suites without any of them", trials.len(), suites.len()));
    for suite in &suites {
        let took = without_a_mutant(&tree, suite)?;
        say(&format!("green: {suite}; {} s", took.as_secs()));
    }
    say("| mutant | breaks | promise | caught by | seconds |");
    say("|---|---|---|---|---|");
    let mut caught = 0;
    for trial in &trials {
        tree.apply(&trial.patch)?;
        let mut by_all = true;
        for demand in &trial.demands {
            let started = Instant::now();
            let verdict = demand.suite.run(&tree)?;
            let is_caught = verdict.is_for(&demand.because);
            by_all &= is_caught;
            say(&row(&trial.patch, demand, &verdict, is_caught, started.elapsed()));
        }
        caught += usize::from(by_all);
        tree.take_back(&trial.patch)?;
    }
    Ok(Tried { mutants: trials.len(), caught, suites: suites.len() })
}

fn trials(root: &Path, orders: &Orders) -> Result<Vec<Trial>, CrashError> {
    let mut patches = Patch::all(&root.join("tests/mutants"))?;
    if !orders.only.is_empty() {
        patches.retain(|patch| orders.only.iter().any(|wanted| patch.name.starts_with(wanted)));
    }
    if orders.extent == Extent::Share {
        patches.retain(|patch| patch.share == Share::EveryChange);
    }
    if patches.is_empty() {
        return Err(CrashError::Mutant {
            name: orders.only.join(", "),
            problem: "no patch of this name is in tests/mutants".to_owned(),
        });
    }
    let demands = |patch: &Patch| match orders.extent {
        Extent::Whole => patch.demands.clone(),
        Extent::Share => patch.demands.iter().take(1).cloned().collect(),
    };
    Ok(patches.into_iter().map(|patch| Trial { demands: demands(&patch), patch }).collect())
}

/// How long a suite takes on the code as it is, which it must find good.
fn without_a_mutant(tree: &Tree, suite: &Suite) -> Result<Duration, CrashError> {
    let started = Instant::now();
    match suite.run(tree)? {
        Verdict::Green => Ok(started.elapsed()),
        other => Err(CrashError::Mutant {
            name: format!("none ({suite})"),
            problem: format!("without a mutant every suite must be green, and this one is not: {other}"),
        }),
    }
}

fn row(patch: &Patch, demand: &Demand, verdict: &Verdict, is_caught: bool, took: Duration) -> String {
    let Patch { name, breaks, promise, .. } = patch;
    let suite = &demand.suite;
    let by = match verdict {
        Verdict::Red { test, .. } if is_caught => format!("`{suite}`: `{test}`"),
        Verdict::Red { test, says } => {
            format!(
                "**NOT for its reason** by `{suite}`: `{test}` says \"{says}\", not \"{}\"",
                demand.because
            )
        }
        other => format!("**NOT by** `{suite}`: {other}"),
    };
    format!("| {name} | {breaks} | {promise} | {by} | {} |", took.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn orders(extent: Extent, only: &[&str]) -> Orders {
        Orders { only: only.iter().map(|&name| name.to_owned()).collect(), extent, target: None }
    }

    #[test]
    fn every_patch_says_what_it_breaks_and_who_must_notice() {
        let all = trials(&workspace(), &orders(Extent::Whole, &[])).unwrap();
        assert!(all.len() >= 13, "{}", all.len());
        for trial in &all {
            assert!(!trial.demands.is_empty(), "{}", trial.patch.name);
        }
        let few = trials(&workspace(), &orders(Extent::Share, &[])).unwrap();
        assert!((2..=4).contains(&few.len()), "{}", few.len());
        assert!(few.iter().all(|trial| trial.demands.len() == 1));
    }

    #[test]
    fn a_name_that_no_patch_has_is_refused() {
        let refused = trials(&workspace(), &orders(Extent::Whole, &["99-"])).err().unwrap();
        assert!(refused.to_string().contains("99-"), "{refused}");
    }

    #[test]
    fn every_patch_applies_to_the_code_as_it_is_and_can_be_taken_back() {
        // Nothing is built here.
        let tree = Tree::copy(&workspace(), Some(Path::new("nowhere"))).unwrap();
        for Trial { patch, .. } in trials(&workspace(), &orders(Extent::Whole, &[])).unwrap() {
            tree.apply(&patch).unwrap();
            tree.take_back(&patch).unwrap();
        }
    }

    #[test]
    fn the_page_of_promises_names_every_mutant_and_only_files_that_are_there() {
        let page = std::fs::read_to_string(workspace().join("docs/reliability.md")).unwrap();
        for Trial { patch, .. } in trials(&workspace(), &orders(Extent::Whole, &[])).unwrap() {
            assert!(page.contains(&format!("| {} |", patch.name)), "{} is not in the table", patch.name);
        }
        let quoted = page.split('`').skip(1).step_by(2);
        let is_path = |text: &&str| text.starts_with("crates/") || text.starts_with("tests/");
        let paths: Vec<&str> = quoted.filter(is_path).collect();
        assert!(paths.len() > 10, "{paths:?}");
        for path in paths {
            assert!(workspace().join(path).exists(), "{path} is named and not there");
        }
    }
}
