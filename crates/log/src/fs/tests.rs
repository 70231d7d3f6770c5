use std::io;
use std::path::Path;

use super::*;

const ROOT: &str = "/data";
const FILE: &str = "/data/file";

fn sector(byte: u8) -> Vec<u8> {
    vec![byte; 512]
}

/// A disk with one durable file of four sectors of zeros, and its open handle.
fn disk_with_file() -> (FaultyFileSystem, Box<dyn FileHandle>) {
    let disk = FaultyFileSystem::new(Path::new(ROOT));
    let file = disk.create_new(Path::new(FILE), Privacy::Ordinary).unwrap();
    file.write_all_at(&[0; 2048], 0).unwrap();
    file.sync_data().unwrap();
    disk.sync_directory(Path::new(ROOT)).unwrap();
    (disk, file)
}

fn fault(operation: Operation, effect: Effect) -> Fault {
    Fault { trigger: Trigger::Nth(operation, 1), error: FaultError::Io, effect }
}

#[test]
fn a_power_cut_keeps_synced_bytes_and_tears_the_others_by_sector() {
    let (mut torn, mut kept, mut dropped) = (0, 0, 0);
    for seed in 0..64 {
        let (disk, file) = disk_with_file();
        file.write_all_at(&sector(1), 0).unwrap();
        file.sync_data().unwrap();
        file.write_all_at(&[sector(2), sector(3)].concat(), 512).unwrap();
        disk.power_cut(seed);
        let bytes = disk.contents(Path::new(FILE)).unwrap();
        assert_eq!(bytes[..512], sector(1), "synced");
        assert_eq!(bytes[1536..], sector(0), "never written");
        match (bytes[512], bytes[1024]) {
            (2, 3) => kept += 1,
            (0, 0) => dropped += 1,
            (2, 0) | (0, 3) => torn += 1,
            other => panic!("bytes from nowhere: {other:?}"),
        }
        assert!(file.length().is_err(), "the handle died with its process");
    }
    assert!(torn > 0 && kept > 0 && dropped > 0);
}

#[test]
fn a_kill_keeps_everything_written() {
    let (disk, file) = disk_with_file();
    file.write_all_at(&sector(7), 512).unwrap();
    disk.kill();
    assert_eq!(disk.contents(Path::new(FILE)).unwrap()[512..1024], sector(7));
    assert!(file.sync_data().is_err());
}

#[test]
fn a_failed_sync_shows_bytes_that_no_later_sync_will_persist() {
    let (disk, file) = disk_with_file();
    disk.arm(fault(Operation::Sync, Effect::NotPersisted));
    file.write_all_at(&sector(9), 0).unwrap();
    assert_eq!(file.sync_data().unwrap_err().raw_os_error(), Some(5));
    file.sync_data().expect("the retry claims success");
    assert_eq!(disk.contents(Path::new(FILE)).unwrap()[..512], sector(9));
    disk.power_cut(3);
    assert_eq!(disk.contents(Path::new(FILE)).unwrap()[..512], sector(0));
}

#[test]
fn a_sync_can_fail_after_persisting() {
    let (disk, file) = disk_with_file();
    disk.arm(fault(Operation::Sync, Effect::Persisted));
    file.write_all_at(&sector(9), 0).unwrap();
    assert!(file.sync_data().is_err());
    disk.power_cut(3);
    assert_eq!(disk.contents(Path::new(FILE)).unwrap()[..512], sector(9));
}

#[test]
fn no_space_is_reported_as_such_and_a_short_write_is_a_prefix() {
    let (disk, file) = disk_with_file();
    let mut lengths = std::collections::BTreeSet::new();
    for seed in 0..64 {
        file.write_all_at(&[0; 2048], 0).unwrap();
        disk.arm(Fault { error: FaultError::NoSpace, ..fault(Operation::Write, Effect::Partly(seed)) });
        let error = file.write_all_at(&[1; 2048], 0).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let bytes = disk.contents(Path::new(FILE)).unwrap();
        let written = bytes.iter().take_while(|byte| **byte == 1).count();
        assert!(bytes[written..].iter().all(|byte| *byte == 0));
        lengths.insert(written);
    }
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [0, 512, 1024, 1536, 2048]);
}

#[test]
fn names_are_durable_only_after_their_directory_is_synced() {
    let other = Path::new("/data/other");
    let mut survived = std::collections::BTreeSet::new();
    for seed in 0..64 {
        let (disk, _file) = disk_with_file();
        disk.rename(Path::new(FILE), other).unwrap();
        assert_eq!(disk.list(Path::new(ROOT)).unwrap(), ["other"]);
        disk.power_cut(seed);
        survived.insert(disk.list(Path::new(ROOT)).unwrap());
    }
    assert_eq!(survived.len(), 2, "renamed or not, and nothing else: {survived:?}");
    let (disk, _file) = disk_with_file();
    disk.rename(Path::new(FILE), other).unwrap();
    disk.sync_directory(Path::new(ROOT)).unwrap();
    disk.power_cut(1);
    assert_eq!(disk.list(Path::new(ROOT)).unwrap(), ["other"]);
}

#[test]
fn a_dying_process_does_nothing_more() {
    let (disk, file) = disk_with_file();
    let trigger = Trigger::DeadFromMutation(2);
    disk.arm(Fault { trigger, error: FaultError::Io, effect: Effect::NotPersisted });
    file.write_all_at(&sector(1), 0).unwrap();
    assert!(file.sync_data().is_err());
    assert!(file.write_all_at(&sector(2), 0).is_err());
    assert!(file.read_exact_at(&mut [0; 1], 0).is_err());
    disk.kill();
    assert_eq!(disk.contents(Path::new(FILE)).unwrap()[..512], sector(1));
}

/// Both implementations answer alike, so that what is proven on one holds on the other.
#[test]
fn real_and_faulty_files_agree() {
    let temporary = tempfile::tempdir().unwrap();
    let faulty = FaultyFileSystem::new(temporary.path());
    for file_system in [&RealFileSystem as &dyn FileSystem, &faulty] {
        let path = temporary.path().join("a");
        let kind = |result: io::Result<()>| result.unwrap_err().kind();
        assert_eq!(
            kind(file_system.open(&path, Access::Read).map(drop)),
            io::ErrorKind::NotFound,
            "{file_system:?}"
        );
        let file = file_system.create_new(&path, Privacy::OwnerOnly).unwrap();
        file.write_all_at(b"world", 2).unwrap();
        assert_eq!(file.length().unwrap(), 7);
        assert_eq!(
            kind(file_system.create_new(&path, Privacy::Ordinary).map(drop)),
            io::ErrorKind::AlreadyExists
        );
        let mut buffer = [1; 7];
        file.read_exact_at(&mut buffer, 0).unwrap();
        assert_eq!(&buffer, b"\0\0world");
        assert_eq!(kind(file.read_exact_at(&mut buffer, 1)), io::ErrorKind::UnexpectedEof);
        let reading = file_system.open(&path, Access::Read).unwrap();
        assert!(reading.write_all_at(b"x", 0).is_err());
        write_durably(file_system, &path, b"replaced", Privacy::Ordinary).unwrap();
        assert_eq!(file_system.list(temporary.path()).unwrap(), ["a"]);
        assert_eq!(file_system.open(&path, Access::Read).unwrap().length().unwrap(), 8);
        file_system.create_directory(&temporary.path().join("d")).unwrap();
        assert_eq!(
            kind(file_system.create_directory(&temporary.path().join("d"))),
            io::ErrorKind::AlreadyExists
        );
        file_system.remove(&path).unwrap();
        assert_eq!(kind(file_system.remove(&path)), io::ErrorKind::NotFound);
        remove_if_present(file_system, &path).unwrap();
        file_system.sync_directory(temporary.path()).unwrap();
        assert_eq!(file_system.list(temporary.path()).unwrap(), ["d"]);
        assert_eq!(kind(file_system.list(&temporary.path().join("none")).map(drop)), io::ErrorKind::NotFound);
    }
}

#[test]
fn a_private_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("key");
    write_durably(&RealFileSystem, &path, b"secret", Privacy::OwnerOnly).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_second_lock_on_a_directory_is_refused_until_the_first_is_dropped() {
    let temporary = tempfile::tempdir().unwrap();
    let first = DirectoryLock::acquire(temporary.path()).unwrap();
    let refused = DirectoryLock::acquire(temporary.path()).unwrap_err();
    assert!(matches!(&refused, LockError::Locked { directory } if directory == temporary.path()));
    drop(first);
    let _second = DirectoryLock::acquire(temporary.path()).unwrap();
    assert_eq!(std::fs::metadata(temporary.path().join("lock")).unwrap().len(), 0);
    let missing = temporary.path().join("none");
    assert!(matches!(DirectoryLock::acquire(&missing), Err(LockError::Io { .. })));
}

#[test]
fn a_durable_write_leaves_old_or_new_content_at_every_crash() {
    let path = Path::new(FILE);
    for step in 1..=5 {
        for effect in [Effect::NotPersisted, Effect::Persisted, Effect::Partly(1)] {
            for seed in 0..16 {
                let (disk, _file) = disk_with_file();
                let old = disk.contents(path).unwrap();
                let trigger = Trigger::DeadFromMutation(step);
                disk.arm(Fault { trigger, error: FaultError::Io, effect });
                let result = write_durably(&disk, path, &sector(4), Privacy::Ordinary);
                disk.power_cut(seed);
                let found = disk.contents(path).unwrap();
                assert!(found == sector(4) || (found == old && result.is_err()), "step {step}");
            }
        }
    }
}

#[test]
fn a_write_can_end_after_any_byte() {
    let (disk, file) = disk_with_file();
    let mut lengths = std::collections::BTreeSet::new();
    for seed in 0..64 {
        file.write_all_at(&[0; 2048], 0).unwrap();
        disk.arm(fault(Operation::Write, Effect::Torn(seed)));
        assert!(file.write_all_at(&[1; 2048], 0).is_err());
        let bytes = disk.contents(Path::new(FILE)).unwrap();
        let written = bytes.iter().take_while(|byte| **byte == 1).count();
        assert!(bytes[written..].iter().all(|byte| *byte == 0));
        lengths.insert(written % 512);
    }
    assert!(lengths.len() > 40, "{lengths:?}");
}

/// Of two writes that were not synced the first may be the one that reaches the disk.
#[test]
fn writes_that_were_not_synced_reach_the_disk_in_any_order() {
    let mut found = std::collections::BTreeSet::new();
    for seed in 0..64 {
        let (disk, file) = disk_with_file();
        for byte in 1..4 {
            file.write_all_at(&sector(byte), 512).unwrap();
        }
        disk.power_cut(seed);
        let bytes = disk.contents(Path::new(FILE)).unwrap();
        assert_eq!(bytes[512..1024], sector(bytes[512]), "sectors are whole");
        found.insert(bytes[512]);
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn a_disk_without_whole_sectors_tears_within_them_and_is_another_boot() {
    let mut torn = 0;
    for seed in 0..64 {
        let (disk, file) = disk_with_file();
        let before = disk.boot_id();
        disk.kill();
        assert_eq!(disk.boot_id(), before);
        drop(file);
        let file = disk.open(Path::new(FILE), Access::ReadWrite).unwrap();
        file.write_all_at(&sector(1), 0).unwrap();
        disk.power_cut_within_sectors(seed);
        assert_ne!(disk.boot_id(), before);
        let bytes = disk.contents(Path::new(FILE)).unwrap();
        let new = bytes.iter().take_while(|byte| **byte == 1).count();
        assert!(bytes[new..].iter().all(|byte| *byte == 0));
        torn += u64::from(new > 0 && new < 512);
    }
    assert!(torn > 8, "{torn}");
}
