//! The surroundings: pipes, disks, locks, directories that cannot be written, users without a name.

use std::fmt::Write as _;

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use super::support::{Docket, Run, source};

#[test]
fn a_reader_that_has_seen_enough_ends_the_command_quietly() {
    let docket = Docket::imported();
    for arguments in
        [["list", "--format", "json"], ["export", "--format", "jsonl"], ["list", "--format", "csv"]]
    {
        let mut child = docket.command(arguments).spawn().unwrap();
        let mut first = [0];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        Run::of(child.wait_with_output().unwrap()).done().is_silent();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let docket = Docket::imported();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for arguments in [["list", "--format", "json"], ["export", "--format", "jsonl"]] {
        let child = docket.command(arguments).stdout(full()).spawn().unwrap();
        Run::of(child.wait_with_output().unwrap())
            .fails(4, "cannot write to standard output: No space left on device");
    }
    let size = docket.size();
    let recorded = docket.command(["record", "note", "7", "kept"]).stdout(full()).spawn().unwrap();
    let run = Run::of(recorded.wait_with_output().unwrap());
    run.fails(4, "No space left on device");
    assert!(run.stderr.contains("what was recorded stays recorded"), "{run:?}");
    assert_eq!(docket.size(), size + 1);
}

#[test]
fn a_second_process_is_told_to_wait() {
    let docket = Docket::imported();
    let lock = File::options().write(true).open(docket.data().join("lock")).unwrap();
    lock.lock().unwrap();
    for arguments in [["list"].as_slice(), &["record", "note", "7", "x"], &["verify"], &["rebuild"]] {
        docket.run(arguments).fails(4, "another process is using");
    }
    lock.unlock().unwrap();
    docket.run(["list"]).done();
}

#[test]
fn a_directory_without_a_log() {
    let docket = Docket::empty();
    for arguments in [
        ["list"].as_slice(),
        &["record", "note", "7", "x"],
        &["verify"],
        &["rebuild"],
        &["receipt", "7@1"],
        &["export", "--format", "jsonl"],
    ] {
        let run = docket.run(arguments);
        run.fails(4, "there is no log in");
        assert!(run.stderr.contains("hint: begin one with `docket import PATH`"), "{run:?}");
    }
    assert!(!docket.data().exists());
}

#[test]
fn a_data_directory_that_cannot_be_made() {
    let docket = Docket::empty();
    std::fs::write(docket.data(), "a file").unwrap();
    let seeds = source("seeds");
    docket.run(["import".as_ref(), seeds.as_os_str()]).fails(4, "cannot make the data directory");
    docket.run(["keygen", "--origin", "docket.example/x"]).fails(4, "cannot make the data directory");
    assert_eq!(std::fs::read_to_string(docket.data()).unwrap(), "a file");
}

#[cfg(unix)]
mod users {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;

    use super::super::support::{Docket, Run, command};

    /// A user that no system names.
    const NOBODY_AT_ALL: u32 = 3_456_789;

    /// The command as somebody whom permissions bind. Root is bound by none, so it becomes somebody else, with a copy of the binary where
    /// that one can read it.
    fn bound_by_permissions(docket: &Docket, arguments: &[&str]) -> Command {
        let mut command = command();
        if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            let binary = docket.around().join("docket");
            std::fs::copy(env!("CARGO_BIN_EXE_docket"), &binary).unwrap();
            permit(docket.around(), 0o755);
            let mut other = Command::new(binary);
            other.uid(NOBODY_AT_ALL).gid(NOBODY_AT_ALL);
            other.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
            other.stderr(std::process::Stdio::piped()).env_remove("DOCKET_DATA");
            command = other;
        }
        command.arg("--data").arg(docket.data()).args(arguments);
        command
    }

    fn permit(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_directory_that_can_only_be_read_is_read_and_not_written() {
        let docket = Docket::imported();
        let whole = docket.json(&["list"]);
        // A copy for readers has no secret key.
        std::fs::remove_file(docket.data().join("log.key")).unwrap();
        for directory in ["", "journal", "sled", "blobs"] {
            permit(&docket.data().join(directory), 0o555);
        }
        permit(&docket.data().join("lock"), 0o444);
        let run = |arguments: &[&str]| Run::of(bound_by_permissions(&docket, arguments).output().unwrap());
        let list = run(&["list", "--format", "json"]).done();
        assert!(list.stderr.starts_with("note: opened for reading only: "), "{list:?}");
        assert_eq!(list.json()["recommendations"], whole["recommendations"]);
        let refused = run(&["record", "note", "7", "x", "--by", "ann"]);
        assert_eq!(refused.code, 4, "{refused:?}");
        assert!(refused.stderr.contains("Permission denied"), "{refused:?}");
        assert!(refused.stderr.contains("hint: this directory can only be read by this user"), "{refused:?}");
        for directory in ["", "journal", "sled", "blobs"] {
            permit(&docket.data().join(directory), 0o755);
        }
    }

    #[test]
    fn a_user_without_a_name_is_asked_for_one() {
        if !std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            // Only root can become somebody whom the system does not name; the rule itself needs nobody else.
            return;
        }
        let docket = Docket::empty();
        let mut command = bound_by_permissions(&docket, &["record", "note", "7", "x"]);
        let run = Run::of(command.output().unwrap());
        run.fails(2, "the operating system does not name its user");
        assert!(run.stderr.contains("hint: say who records with --by"), "{run:?}");
    }
}

/// Changes bits at a place so that no CRC-32 over it changes: the pattern is the generator polynomial itself, and a CRC is linear.
fn change_under_checksum(bytes: &mut [u8], offset: usize) {
    let pattern = (1 | (0xedb8_8320_u64 << 1)).to_le_bytes();
    bytes[offset..].iter_mut().zip(&pattern[..5]).for_each(|(byte, change)| *byte ^= change);
}

#[test]
fn damage_in_sled_is_told_answered_from_the_journal_and_mended_by_rebuild() {
    let docket = Docket::imported();
    // Opening looks at the newest 4096 entries, and mends what is damaged there: what lies before is read when it is asked for.
    for month in 0..17 {
        let mut lines = "number,note\n".to_owned();
        (0..240).for_each(|line| writeln!(lines, "{},month {month} note {line}", line % 20 + 1).unwrap());
        let file = docket.around().join("month.csv");
        std::fs::write(&file, lines).unwrap();
        docket.run(["record".as_ref(), "--from".as_ref(), file.as_os_str()]).done();
    }
    let list = ["list", "--effective-at", "2025-06-01"];
    let expected = docket.run(list).done();
    expected.is_silent();
    let answer = docket.json(&list);
    let event = answer["recommendations"][0]["status"]["event"].as_str().unwrap().replace('-', "");
    let id = u128::from_str_radix(&event, 16).unwrap().to_be_bytes();
    assert!(change_in_files(&docket.data().join("sled"), &id) > 0);
    let damaged = docket.run(list).done();
    assert_eq!(damaged.stdout, expected.stdout);
    let told =
        damaged.stderr.starts_with("note: sled is damaged") && damaged.stderr.contains("docket rebuild");
    assert!(told, "{}", damaged.stderr);
    docket.run(["rebuild"]).done();
    docket.run(list).done().is_silent();
}

/// Changes these bytes wherever they stand in the files below a directory, and says at how many places.
fn change_in_files(directory: &std::path::Path, wanted: &[u8]) -> usize {
    let mut changed = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            changed += change_in_files(&path, wanted);
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let parts = bytes.windows(wanted.len()).enumerate();
        let places: Vec<usize> = parts.filter(|(_, part)| *part == wanted).map(|(at, _)| at).collect();
        for &place in &places {
            change_under_checksum(&mut bytes, place);
        }
        if !places.is_empty() {
            std::fs::write(&path, &bytes).unwrap();
        }
        changed += places.len();
    }
    changed
}

#[test]
fn changes_of_an_actor_of_whom_nothing_is_found_name_the_actor() {
    let docket = Docket::imported();
    let size = docket.size().to_string();
    for (actor, from, clock, said) in [
        ("nobody", "0", "recorded", "No actor of that name had recorded anything"),
        ("importer", size.as_str(), "recorded", "Other entries of that actor were known"),
        ("nobody", "2025-01-01", "effective", "No actor of that name had recorded anything"),
    ] {
        let to = if clock == "recorded" { size.as_str() } else { "2025-06-01" };
        let run =
            docket.run(["changes", "--from", from, "--to", to, "--clock", clock, "--actor", actor]).done();
        assert!(
            run.stdout.contains(&format!("Nothing by {actor} (--actor)")) && run.stdout.contains(said),
            "{run:?}"
        );
    }
}
