//! The layer arrows of the design, and where the packages that are to stay in one place appear.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::docket::workspace;

/// What each crate may depend on inside the workspace.
fn arrows() -> BTreeMap<&'static str, Vec<&'static str>> {
    BTreeMap::from([
        ("docket-domain", vec![]),
        ("docket-projection", vec!["docket-domain"]),
        ("docket-log", vec!["docket-domain"]),
        ("docket-ledger", vec!["docket-domain", "docket-log", "docket-projection"]),
        ("docket-cli", vec!["docket-domain", "docket-ledger", "docket-log", "docket-projection"]),
        ("docket-tests", vec!["docket-domain", "docket-ledger", "docket-log", "docket-projection"]),
        ("docket-crash", vec!["docket-domain", "docket-ledger", "docket-log"]),
        ("docket-fuzz-targets", vec!["docket-domain", "docket-ledger", "docket-log"]),
    ])
}

#[test]
fn crates_depend_only_downwards() {
    let metadata = MetadataCommand::new().current_dir(workspace()).no_deps().exec().unwrap();
    let arrows = arrows();
    let mut seen = Vec::new();
    for package in metadata.workspace_packages() {
        let allowed =
            arrows.get(package.name.as_str()).unwrap_or_else(|| panic!("{} has its arrows", package.name));
        for dependency in package.dependencies.iter().filter(|found| found.kind == DependencyKind::Normal) {
            if dependency.name.starts_with("docket-") {
                assert!(
                    allowed.contains(&dependency.name.as_str()),
                    "{} -> {}",
                    package.name,
                    dependency.name
                );
            }
        }
        seen.push(package.name.to_string());
    }
    assert_eq!(seen.len(), arrows.len(), "{seen:?}");
}

#[test]
fn packages_that_may_change_stay_in_one_module() {
    // Package, the only place where it may be named, and how it would be named.
    let rules = [
        ("sled::", "crates/log/src/store/"),
        ("bincode::", "crates/log/src/record/"),
        ("SystemTime::now", "crates/ledger/src/clock.rs"),
        ("Utc::now", "nowhere"),
        ("Local::now", "nowhere"),
    ];
    let root = workspace();
    // The crash suite has a place of its own for sled, where it is the negative control: it must fail where Docket must not.
    let control = "tests/crash/src/power/control.rs";
    for file in [rust_files(&root.join("crates")), rust_files(&root.join("tests/crash/src"))].concat() {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for (package, place) in rules {
                // Tests damage sled on purpose, and may open it for that.
                let is_test = name.contains("tests") && !name.starts_with("tests/crash/src/");
                let is_control = package == "sled::" && name == control;
                let named = line.contains(package) && !is_test && !is_control;
                assert!(!named || name.starts_with(place), "{name} names {package}: {line}");
            }
        }
    }
}

#[test]
fn the_architecture_page_names_the_crates_that_there_are() {
    let page = std::fs::read_to_string(workspace().join("docs/architecture.md")).unwrap();
    let crates: Vec<String> = std::fs::read_dir(workspace().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in &crates {
        assert!(page.contains(&format!("`crates/{name}`")), "docs/architecture.md names crates/{name}");
    }
    for word in page
        .split('`')
        .filter(|word| word.starts_with("crates/") && !word.trim_end_matches('/').contains(".rs"))
    {
        let name = word.trim_start_matches("crates/").split('/').next().unwrap();
        assert!(
            crates.iter().any(|known| known == name),
            "docs/architecture.md names {word}, which does not exist"
        );
    }
}

#[test]
fn files_and_lines_keep_their_limits() {
    let root = workspace();
    for file in [rust_files(&root.join("crates")), rust_files(&root.join("tests/crash"))].concat() {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        let is_test = name.contains("tests") && !name.starts_with("tests/crash/");
        assert!(lines <= 500 || is_test, "{name} has {lines} lines; at most 500 are allowed");
    }
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
