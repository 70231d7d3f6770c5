use std::fmt::Debug;

use super::super::frame::Parts;
use super::super::window::Window;
use super::*;
use crate::fs::Access;
use crate::testing::assert_hides;

const ENTRY: &[u8] = b"{\"an\":\"entry\"}";
const OPENING: &[u8] = b"salt and the words";

fn hides(value: &dyn Debug) {
    assert_hides(value, ENTRY);
    assert_hides(value, OPENING);
}

/// What a redaction must be able to destroy must not survive in a log or a panic message.
#[test]
fn debug_output_shows_no_entry_and_no_opening() {
    let entries = [NewEntry { bytes: ENTRY, openings: OPENING }];
    let frame =
        NewFrame { first_index: 0, entries: &entries, root: [7; 32], previous_checkpoint: None, key: None };
    hides(&entries);
    hides(&frame);

    let mut bytes = Vec::new();
    let header = encode(&frame, SegmentId(0), &mut bytes).unwrap();
    hides(&Parts::split(&header, &bytes).unwrap());
    let decoded = Frame::decode(&bytes).unwrap();
    hides(&decoded);
    assert_eq!(decoded.entries().next().map(|entry| entry.openings), Some(OPENING));
    decoded.entries().for_each(|entry| hides(&entry));
    hides(&SeenFrame { position: header.position(0), frame: decoded, mismatched: &[] });

    let directory = tempfile::tempdir().unwrap();
    let file_system: Arc<dyn crate::fs::FileSystem> = Arc::new(crate::fs::RealFileSystem);
    let path = directory.path().join("segment");
    std::fs::write(&path, &bytes).unwrap();
    let file = file_system.open(&path, Access::Read).unwrap();
    let mut window = Window::new(file, path, bytes.len() as u64);
    assert_eq!(window.bytes(0, bytes.len()).unwrap(), Some(bytes.as_slice()));
    hides(&window);

    let journal_directory = JournalDirectory::new(file_system, &directory.path().join("journal"));
    let mut journal = Journal::continuing(journal_directory.clone(), None, JournalPosition::START, None);
    journal_directory.create().unwrap();
    journal.append(&frame).unwrap();
    hides(&journal);
}
