//! The disk keeps what was synced, whatever the style, and each style does to the rest what it says.

use super::*;

fn name(text: &str) -> &OsStr {
    OsStr::new(text)
}

fn contents(disk: &Disk, file: &str) -> Option<Vec<u8>> {
    let number = disk.lookup(ROOT, name(file)).ok()?;
    Some(disk.node(number).unwrap().bytes.clone())
}

/// A file with two synced sectors and a durable name, then overwritten in both without a sync; and a file that was never synced.
fn half_synced() -> Disk {
    let mut disk = Disk::default();
    let file = disk.make(ROOT, name("file"), 0o644, false).unwrap();
    disk.write(file, 0, &[1; 1024]).unwrap();
    disk.sync(file).unwrap();
    disk.sync_directory(ROOT).unwrap();
    disk.write(file, 100, &[2; 800]).unwrap();
    let other = disk.make(ROOT, name("other"), 0o644, false).unwrap();
    disk.write(other, 0, &[3; 700]).unwrap();
    disk
}

#[test]
fn what_was_synced_survives_every_style() {
    for style in STYLES {
        for seed in 0..20 {
            let mut disk = half_synced();
            disk.come_back(style, &mut Dice::new(seed));
            let found = contents(&disk, "file").unwrap();
            assert_eq!((found.len(), found[0], found[1023]), (1024, 1, 1), "{style:?}, seed {seed}");
        }
    }
}

#[test]
fn unsynced_bytes_and_names_go_as_the_style_says() {
    let after = |style, seed| {
        let mut disk = half_synced();
        disk.come_back(style, &mut Dice::new(seed));
        (contents(&disk, "file").unwrap(), contents(&disk, "other"))
    };
    assert_eq!(after(Style::DropAll, 1), (vec![1; 1024], None));
    let (file, other) = after(Style::KeepAll, 1);
    assert_eq!((file[100], file[899], other), (2, 2, Some(vec![3; 700])));
    assert_eq!(after(Style::NamesOnly, 1), (vec![1; 1024], Some(vec![0; 700])), "long, but empty");
    assert_eq!(after(Style::BytesOnly, 1).1, None, "synced bytes without a name are lost");
    // By chance one of the two sectors stays behind: the write is torn at the sector.
    let torn = (0..50).map(|seed| after(Style::Chance, seed).0).any(|file| file[511] != file[512]);
    assert!(torn);
}

#[test]
fn a_rename_is_durable_as_a_whole_and_only_after_its_directory_is_synced() {
    let renamed = || {
        let mut disk = half_synced();
        disk.settle();
        disk.rename((ROOT, name("other")), (ROOT, name("file"))).unwrap();
        disk
    };
    for seed in 0..20 {
        let mut disk = renamed();
        disk.come_back(Style::Chance, &mut Dice::new(seed));
        let (file, other) = (contents(&disk, "file").unwrap(), contents(&disk, "other"));
        assert!(
            (file.len(), other.is_some()) == (700, false) || (file.len(), other.is_some()) == (1024, true)
        );
    }
    let mut disk = renamed();
    disk.sync_directory(ROOT).unwrap();
    disk.come_back(Style::DropAll, &mut Dice::new(1));
    assert_eq!((contents(&disk, "file").unwrap().len(), contents(&disk, "other")), (700, None));
}

#[test]
fn after_the_cut_nothing_is_answered_until_power_is_back() {
    let mut disk = half_synced();
    let file = disk.lookup(ROOT, name("file")).unwrap();
    disk.cut_in(2);
    disk.write(file, 0, &[4; 10]).unwrap();
    assert_eq!(disk.sync(file), Err(Refusal::NoPower), "the cut comes before the sync takes effect");
    assert!(disk.is_off());
    assert_eq!(disk.lookup(ROOT, name("file")), Err(Refusal::NoPower));
    disk.come_back(Style::DropAll, &mut Dice::new(1));
    assert_eq!(contents(&disk, "file").unwrap()[0], 1);
}

#[test]
fn a_shortened_file_may_be_long_again() {
    let shortened = |style| {
        let mut disk = half_synced();
        disk.settle();
        let file = disk.lookup(ROOT, name("file")).unwrap();
        disk.resize(file, 10).unwrap();
        disk.come_back(style, &mut Dice::new(1));
        contents(&disk, "file").unwrap().len()
    };
    assert_eq!((shortened(Style::DropAll), shortened(Style::KeepAll)), (1024, 10));
}
