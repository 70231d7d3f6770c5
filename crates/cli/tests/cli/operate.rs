//! Import, verify, rebuild, receipts and exports.

use std::fs;

use super::support::{Docket, Run, command, source};

#[test]
fn an_import_is_reconciled_verified_and_repeated_without_effect() {
    let docket = Docket::empty();
    let seeds = source("seeds");
    let seeds = seeds.to_str().unwrap();
    let first = docket.run(["import", seeds, "--by", "importer"]).done().stdout;
    for line in [
        "102 = 20 blank + 76 owned + 6 quarantined",
        "82: 57 numbers printed, 12 inferred, 13 missing",
        "25 NO UPDATE AVAILABLE, 22 IN PROGRESS, 12 IN PLANNING, 4 DEVELOPMENT, 4 PRE-LAUNCH, 1 IN DEVELOPMENT, 14 unknown",
        "\nverified: ",
        "\ncheckpoint:\ndocket.example/birmingham-crime-commission\n",
    ] {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat(&first).contains(&flat(line)), "{line:?} is not in {first}");
    }
    let size = docket.size();
    let again = docket.json(&["import", seeds, "--by", "importer"]);
    assert_eq!((&again["recorded"], &again["verified"]), (&0.into(), &true.into()));
    assert_eq!(again["size"], size);
    assert_eq!(again["sources"][0]["unchanged"], size);
    assert_eq!(again["checkpoint"].as_str().unwrap().lines().nth(1), Some(size.to_string().as_str()));
    let said = docket.run(["import", seeds, "--by", "importer"]).done().stdout;
    assert!(said.contains("Nothing new: nothing was recorded."), "{said}");
    assert_eq!(docket.size(), size);
}

#[test]
fn verify_finds_a_flipped_bit_and_changes_nothing() {
    let docket = Docket::imported();
    let clean = docket.json(&["verify"]);
    assert_eq!((&clean["verified"], &clean["findings_count"]), (&true.into(), &0.into()));
    let segment = fs::read_dir(docket.data().join("journal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    *bytes.get_mut(5000).unwrap() ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let run = docket.run(["verify"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{run:?}");
    assert!(run.stdout.contains("NOT verified") && run.stdout.contains(segment.to_str().unwrap()), "{run:?}");
    let found = docket.run(["verify", "--format", "json"]);
    assert_eq!(found.code, 1);
    assert!(!found.json()["findings"].as_array().unwrap().is_empty());
    assert_eq!(fs::read(&segment).unwrap(), bytes);
}

#[test]
fn sled_is_made_anew_from_the_journal() {
    let docket = Docket::imported();
    let before = docket.run(["list", "--format", "json"]).done().stdout;
    fs::remove_dir_all(docket.data().join("sled")).unwrap();
    let rebuilt = docket.run(["rebuild"]).done();
    assert!(rebuilt.stdout.starts_with("sled was made anew from the journal: "), "{rebuilt:?}");
    assert_eq!(docket.run(["list", "--format", "json"]).done().stdout, before);
    fs::remove_dir_all(docket.data().join("sled")).unwrap();
    let list = docket.run(["list", "--format", "json"]).done();
    assert_eq!(list.stdout, before);
    assert!(list.stderr.starts_with("note: sled was made anew from the journal"), "{list:?}");
}

#[test]
fn a_receipt_holds_on_its_own_and_a_changed_one_does_not() {
    let docket = Docket::imported();
    let key = docket.run(["keygen", "--show"]).done().stdout;
    let receipt = docket.run(["receipt", "7@3"]).done().stdout;
    let file = docket.around().join("7-3.tlog-proof");
    fs::write(&file, &receipt).unwrap();
    let verify = |key: &str, format: &str| {
        let mut command = command();
        command.arg("verify").arg("--receipt").arg(&file).args(["--key", key.trim(), "--format", format]);
        Run::of(command.output().unwrap())
    };
    let held = verify(&key, "json").done().json();
    assert_eq!(held["verified"], true);
    assert_eq!(held["proven"]["entry"]["subject"], "birmingham-crime-commission/recommendation/7");
    assert!(held["proven"]["texts"][0].is_string(), "{held}");
    let vkey = docket.data().join("log.vkey");
    let table = verify(vkey.to_str().unwrap(), "table").done().stdout;
    assert!(table.starts_with("verified: ") && table.contains("7@3"), "{table}");

    let withheld = docket.run(["receipt", "7@3", "--withhold-texts"]).done().stdout;
    fs::write(&file, &withheld).unwrap();
    assert_eq!(verify(&key, "json").done().json()["proven"]["texts"][0], serde_json::Value::Null);

    fs::write(&file, receipt.replacen("\nindex ", "\nindex 1", 1)).unwrap();
    let broken = verify(&key, "table");
    assert_eq!(broken.code, 1);
    assert!(broken.stdout.starts_with("NOT verified: "), "{broken:?}");
    fs::write(&file, "nonsense").unwrap();
    assert_eq!(verify(&key, "json").json()["verified"], false);
    fs::remove_file(&file).unwrap();
    verify(&key, "table").fails(2, "cannot read");
    verify("nonsense", "table").fails(2, "neither a public key (vkey) nor a file that holds one");
}

#[test]
fn exports_go_where_nothing_is_and_verify_elsewhere() {
    let docket = Docket::imported();
    let key = docket.run(["keygen", "--show"]).done().stdout;
    let size = docket.size();
    let jsonl = docket.run(["export", "--format", "jsonl"]).done().stdout;
    assert_eq!(jsonl.lines().count() as u64, size);
    assert_eq!(docket.run(["export", "--format", "jsonl", "-"]).done().stdout, jsonl);
    let file = docket.around().join("entries.jsonl");
    let to_file = ["export", "--format", "jsonl", file.to_str().unwrap()];
    assert_eq!(docket.run(to_file).done().stdout, "");
    assert_eq!(fs::read_to_string(&file).unwrap(), jsonl);
    docket.run(to_file).fails(4, "cannot make");
    docket.run(["export", "--format", "tiles"]).fails(2, "name a new or empty one");
    docket.run(["export", "--format", "bundle", "-"]).fails(2, "name a new or empty one");

    let bundle = docket.around().join("bundle");
    let bundle = bundle.to_str().unwrap();
    docket.run(["export", "--format", "bundle", bundle]).done();
    docket.run(["export", "--format", "bundle", bundle]).fails(2, "is not empty");
    let verified =
        Run::of(command().args(["verify", "--bundle", bundle, "--key", key.trim()]).output().unwrap()).done();
    assert!(verified.stdout.contains("\nverified: "), "{verified:?}");
    assert_eq!(verified.stderr, "");
    let own_key = Run::of(command().args(["verify", "--bundle", bundle]).output().unwrap()).done();
    assert!(own_key.stderr.contains("note: checked with the key in the bundle"), "{own_key:?}");
    let document =
        fs::read_dir(docket.around().join("bundle/sources")).unwrap().next().unwrap().unwrap().path();
    fs::write(document, "altered").unwrap();
    let altered =
        Run::of(command().args(["verify", "--bundle", bundle, "--key", key.trim()]).output().unwrap());
    assert_eq!(altered.code, 1, "{altered:?}");
    let nowhere = docket.around().join("nowhere");
    let nowhere = command().arg("verify").arg("--bundle").arg(nowhere).output().unwrap();
    Run::of(nowhere).fails(2, "cannot read");
}
