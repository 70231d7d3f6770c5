//! A backup, a restore drill, and what a checkpoint kept elsewhere shows.

use super::support::{Docket, Run, command};

/// The signed checkpoint that `verify` prints, kept in a file beside the data directory.
fn keep_checkpoint(docket: &Docket, name: &str) -> String {
    let checkpoint = docket.json(&["verify"])["checkpoint"].as_str().unwrap().to_owned();
    let file = docket.around().join(name);
    std::fs::write(&file, checkpoint).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_restore_drill() {
    let docket = Docket::imported();
    let kept = keep_checkpoint(&docket, "kept.txt");
    docket.run(["record", "note", "7", "Contract signed", "--by", "ann"]).done();
    let backup = docket.around().join("backup");
    let backup = backup.to_str().unwrap();
    let made = docket.json(&["backup", backup]);
    assert_eq!(made["size"], docket.size());
    assert!(made["checkpoint"].is_string() && made["redaction_pending"] == false, "{made}");
    let again = docket.run(["backup", backup]).done().stdout;
    assert!(again.contains("copied     0 files") && again.contains("to be kept elsewhere"), "{again}");
    let newest = keep_checkpoint(&docket, "newest.txt");
    docket.run(["record", "note", "7", "Later", "--by", "ann"]).done();
    let later = keep_checkpoint(&docket, "later.txt");

    let restored = Docket::empty();
    restored.run(["restore"]).is_usage("required");
    restored.run(["restore", backup, "--checkpoint", "missing.txt"]).fails(2, "cannot read missing.txt");
    let line = restored.run(["restore", backup]).done().stdout;
    assert!(
        line.contains("everything in the backup verifies") && line.contains("can only be read"),
        "{line}"
    );
    restored.run(["restore", backup]).fails(2, "is not empty");
    std::fs::copy(docket.data().join("log.key"), restored.data().join("log.key")).unwrap();
    assert_eq!(restored.size(), docket.size() - 1);
    restored
        .run(["record", "note", "7", "new", "--by", "ann"])
        .fails(3, "can only be read until it is shown a checkpoint kept elsewhere");
    restored.run(["restore", "--checkpoint", &later]).fails(3, "entries are missing");
    let missing = restored.run(["verify", "--checkpoint", &later]);
    assert_eq!(missing.code, 1);
    assert!(missing.stdout.starts_with("NOT verified: entries are missing: "), "{missing:?}");
    // An older checkpoint, and the backup's own, agree also where entries are missing.
    restored.run(["restore", "--checkpoint", &kept]).fails(3, "an older checkpoint does not show");
    let own = restored.run(["restore", "--checkpoint", &newest]);
    assert!(own.stderr.contains("--no-later-checkpoint-is-known"), "{own:?}");
    own.fails(3, "this is the checkpoint of the backup itself");
    restored.run(["restore", "--no-later-checkpoint-is-known"]).is_usage("required");
    let stated = ["restore", "--checkpoint", &newest, "--no-later-checkpoint-is-known"];
    let released = restored.run(stated).done().stdout;
    assert!(released.contains("consistent with the checkpoint"), "{released}");
    assert!(released.contains("stated     by the operator: no later checkpoint is known"), "{released}");
    restored.run(["record", "note", "7", "new", "--by", "ann"]).done();
    restored.run(["verify"]).done();
    assert_eq!(restored.json(&["verify", "--checkpoint", &kept])["code"], "consistent");
    // The two went on differently: each shows the other's checkpoint to be of another history.
    let differs = restored.run(["verify", "--checkpoint", &later]);
    assert_eq!(differs.code, 1);
    assert!(differs.stdout.starts_with("NOT verified: history differs: "), "{differs:?}");
    let other = Docket::empty();
    let origin =
        ["import", super::support::source("seeds").to_str().unwrap(), "--origin", "docket.example/other"]
            .map(str::to_owned);
    other.run(origin).done();
    let foreign = other.run(["verify", "--checkpoint", &kept]);
    assert_eq!(foreign.code, 1);
    assert!(foreign.stdout.contains("shows nothing about this log"), "{foreign:?}");
    other.run(["backup", backup]).fails(3, "are not the first ones of this log");
}

#[test]
fn a_log_that_lost_entries_goes_on_under_another_name() {
    let docket = Docket::imported();
    let backup = docket.around().join("backup");
    let backup = backup.to_str().unwrap();
    docket.run(["backup", backup]).done();
    docket.run(["record", "note", "7", "Lost with the disk", "--by", "ann"]).done();
    let newest = keep_checkpoint(&docket, "newest.txt");
    let old_receipt = docket.run(["receipt", "7@1"]).done().stdout;
    let origin = docket.json(&["list"])["basis"]["origin"].as_str().unwrap().to_owned();
    let size = docket.size();

    let other = Docket::empty();
    let go_on = |name: &str| {
        let restore = [
            "restore",
            backup,
            "--checkpoint",
            &newest,
            "--continue-as",
            name,
            "--reason",
            "the disk was lost",
        ];
        other.run(restore.map(str::to_owned))
    };
    go_on(&origin).fails(3, "is a name that this log had");
    let said = go_on("docket.example/second").done().stdout;
    assert!(
        said.contains(&format!("{origin}, last known with {size} entries, goes on as docket.example/second")),
        "{said}"
    );
    other.run(["record", "note", "7", "Again", "--by", "ann"]).done();
    let list = other.json(&["list"]);
    assert_eq!(
        (&list["basis"]["origin"], &list["basis"]["size"]),
        (&"docket.example/second".into(), &(size + 1).into())
    );
    // As known before, the answer is the old log's.
    let before = other.json(&["list", "--known-at", &(size - 1).to_string()]);
    assert_eq!(before["basis"]["origin"], origin.as_str());
    other.run(["verify"]).done();
    let receipt = other.around().join("old.tlog-proof");
    std::fs::write(&receipt, old_receipt).unwrap();
    let key = other.data().join("log.vkey.previous");
    let verify = ["verify", "--receipt", receipt.to_str().unwrap(), "--key", key.to_str().unwrap()];
    other.run(verify).done();
    assert_eq!(other.run(["verify", "--checkpoint", &newest]).code, 1);
}

#[test]
fn nothing_is_written_into_what_is_read() {
    let docket = Docket::imported();
    let inside = docket.data().join("journal").join("b");
    docket.run(["backup", inside.to_str().unwrap()]).fails(2, "which is only read");
    assert!(!inside.exists());
    docket.run(["verify"]).done();
    let backup = docket.around().join("backup");
    docket.run(["backup", backup.to_str().unwrap()]).done();
    let into = |target: &std::path::Path| {
        Run::of(command().arg("--data").arg(target).arg("restore").arg(&backup).output().unwrap())
    };
    into(&backup).fails(2, "which is only read");
    into(&backup.join("new")).fails(2, "which is only read");
    docket.run(["backup", backup.to_str().unwrap()]).done();
}

/// Mail and editors end lines with carriage returns; what was signed has none.
#[test]
fn a_checkpoint_that_came_by_mail_is_the_one_that_was_signed() {
    let docket = Docket::imported();
    let kept = keep_checkpoint(&docket, "kept.txt");
    docket.run(["record", "note", "7", "Later", "--by", "ann"]).done();
    let signed = std::fs::read_to_string(&kept).unwrap();
    let mailed = docket.around().join("mailed.txt");
    let mailed_as = mailed.to_str().unwrap();
    let shown = |text: &str| {
        std::fs::write(&mailed, text).unwrap();
        docket.run(["verify", "--checkpoint", mailed_as, "--format", "json"])
    };
    let mail = signed.replace('\n', "\r\n");
    for text in [&signed, &mail] {
        let outcome = shown(text).done().json();
        assert_eq!(
            (&outcome["code"], &outcome["signed_size"]),
            (&"consistent".into(), &(docket.size() - 1).into())
        );
    }
    let piped = docket.run_with(mail.as_bytes(), &["verify", "--checkpoint", "-", "--format", "json"]);
    assert_eq!(piped.done().json()["code"], "consistent");
    // A carriage return elsewhere was typed by somebody, and is no line end: nothing that was signed.
    for text in
        [signed.replacen('\n', "\r\r\n", 1), signed.replacen('\n', "\r", 1), mail.replacen('/', "\r/", 1)]
    {
        assert_eq!(shown(&text).code, 1, "{text:?}");
    }
    // The same words are released by a restored directory.
    let backup = docket.around().join("backup");
    docket.run(["backup", backup.to_str().unwrap()]).done();
    let restored = Docket::empty();
    restored.run(["restore", backup.to_str().unwrap()]).done();
    std::fs::write(&mailed, &mail).unwrap();
    restored.run(["restore", "--checkpoint", mailed_as, "--no-later-checkpoint-is-known"]).done();
}
