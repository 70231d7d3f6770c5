//! Every answer of a reader against a naive recomputation: live, after reopening, read-only, and after a rebuild.

use std::collections::HashMap;

use super::super::{open_read_only, rebuild};
use crate::reader::LogReader;
use crate::record::StoredEvent;
use crate::seal::OpeningState;
use crate::testing::{Place, Recorder, finished, note, place, recommendation};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::hash::{Hash, empty_root, leaf_hash, node_hash};
use crate::tlog::proof::{
    TreeHead, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};

/// Past a block of the subject index, a tile of tiles' worth of leaves, and then a bundle that is not finished.
const ENTRIES: u64 = 4096 + 64 + 37;

/// What the log must answer, kept as plainly as possible.
struct Model {
    events: Vec<StoredEvent>,
    leaves: Vec<Hash>,
    /// The sizes at which commits ended, each with its signed note.
    commits: Vec<(u64, String)>,
    roots: Vec<Hash>,
}

impl Model {
    fn of(recorder: &Recorder, commits: Vec<(u64, String)>) -> Self {
        let events: Vec<StoredEvent> = recorder.entries.iter().map(|stored| (**stored).clone()).collect();
        let leaves: Vec<Hash> =
            events.iter().map(|stored| leaf_hash(&stored.entry.encode().unwrap())).collect();
        let mut tree = NaiveTree { leaves: &leaves, full: HashMap::new() };
        let roots = (0..=leaves.len()).map(|size| tree.root(0, size)).collect();
        Self { events, leaves, commits, roots }
    }

    fn check(&self, reader: &LogReader, signed_to: u64, name: &str) {
        let size = self.events.len() as u64;
        assert_eq!(reader.size(), size, "{name}");
        assert_eq!(reader.head(), TreeHead { size, root: self.roots[self.events.len()] }, "{name}");
        let mut shown = Vec::new();
        reader
            .visit(0, &mut |stored| {
                shown.push((*stored).clone());
                Ok(())
            })
            .unwrap();
        assert_eq!(shown, self.events, "{name}");
        for at in 0..=size {
            assert_eq!(reader.root_at(at).unwrap(), self.roots[place(at)], "{name}: root at {at}");
        }
        assert!(reader.event(size).is_err());
        assert!(reader.root_at(size + 1).is_err());
        self.check_checkpoints(reader, signed_to, name);
        self.check_proofs(reader, name);
        self.check_versions(reader, name);
        self.check_openings(reader, name);
    }

    fn check_checkpoints(&self, reader: &LogReader, signed_to: u64, name: &str) {
        let keys = [reader.verifier().unwrap().clone()];
        let signed: Vec<_> = self.commits.iter().filter(|(size, _)| *size <= signed_to).collect();
        let size = self.events.len() as u64;
        let ends = self.commits.iter().flat_map(|(end, _)| [end - 1, *end, (end + 1).min(size)]);
        for at in ends.chain([0]) {
            let expected = signed.iter().find(|(size, _)| *size >= at).map(|(_, note)| note.clone());
            let found = reader.checkpoint_from(at).unwrap().map(|note| note.to_string());
            assert_eq!(found, expected, "{name}: checkpoint from {at}");
        }
        let last = reader.last_checkpoint().unwrap().map(|note| note.to_string());
        assert_eq!(last, signed.last().map(|(_, note)| note.clone()), "{name}");
        let opened = Checkpoint::open(last.unwrap().as_bytes(), &keys, reader.origin().as_str()).unwrap();
        assert_eq!(opened.checkpoint.root(), self.roots[place(opened.checkpoint.size())], "{name}");
    }

    fn check_proofs(&self, reader: &LogReader, name: &str) {
        let size = self.events.len() as u64;
        let sizes = [1, 2, 63, 64, 65, 255, 256, 257, 1000, 4095, 4096, 4097, 4160, size - 1, size];
        for (old, new) in
            sizes.iter().flat_map(|old| sizes.map(|new| (*old, new))).filter(|(old, new)| old <= new)
        {
            let heads = [old, new].map(|size| TreeHead { size, root: self.roots[place(size)] });
            let proof = consistency_proof(reader, old, new).unwrap();
            verify_consistency(&heads[0], &heads[1], &proof)
                .unwrap_or_else(|error| panic!("{name} {old} {new}: {error}"));
            let index = old - 1;
            let proof = inclusion_proof(reader, index, new).unwrap();
            verify_inclusion(&self.leaves[place(index)], index, &proof, &heads[1])
                .unwrap_or_else(|error| panic!("{name} {index} in {new}: {error}"));
        }
    }

    fn check_versions(&self, reader: &LogReader, name: &str) {
        for number in 0..8 {
            let subject = recommendation(number);
            let all: Vec<(u64, u64)> = self
                .events
                .iter()
                .filter(|stored| stored.entry.event.subject == subject)
                .map(|stored| (stored.entry.event.index, stored.entry.event.version))
                .collect();
            for known_at in [0, 1, 64, 65, 4095, 4096, 4100, self.events.len() as u64] {
                let expected: Vec<_> = all.iter().filter(|(index, _)| *index < known_at).copied().collect();
                assert_eq!(
                    reader.versions(&subject, known_at).unwrap(),
                    expected,
                    "{name}: {subject} at {known_at}"
                );
            }
        }
    }

    fn check_openings(&self, reader: &LogReader, name: &str) {
        for stored in self.events.iter().step_by(97) {
            let openings = reader.openings(stored).unwrap();
            let words = format!("note {}", stored.entry.event.index);
            assert!(
                openings
                    .iter()
                    .any(|state| matches!(state, OpeningState::Intact(opening) if opening.text == words)),
                "{name}: {words}"
            );
        }
    }
}

/// RFC 6962 section 2.1 word for word; full subtrees are remembered, because they come up again at every size.
struct NaiveTree<'a> {
    leaves: &'a [Hash],
    full: HashMap<(usize, usize), Hash>,
}

impl NaiveTree<'_> {
    fn root(&mut self, start: usize, count: usize) -> Hash {
        match count {
            0 => empty_root(),
            1 => self.leaves[start],
            _ => {
                if let Some(known) = self.full.get(&(start, count)) {
                    return *known;
                }
                let split = (count - 1).ilog2();
                let (left, right) =
                    (self.root(start, 1 << split), self.root(start + (1 << split), count - (1 << split)));
                let root = node_hash(&left, &right);
                if count.is_power_of_two() {
                    self.full.insert((start, count), root);
                }
                root
            }
        }
    }
}

#[test]
fn every_answer_is_the_naive_one_live_reopened_read_only_and_rebuilt() {
    let directory = Place::new();
    let mut recorder = directory.open();
    let mut commits = Vec::new();
    // Commits of every length from 1 to 256, so that they end within and at the ends of bundles, blocks and tiles.
    let mut length = 1;
    while (recorder.entries.len() as u64) < ENTRIES {
        let left = ENTRIES - recorder.entries.len() as u64;
        let count = length.min(left);
        let commit = recorder.notes(count);
        commits.push((commit.head.size, commit.checkpoint.to_string()));
        length = length * 5 % 257;
    }
    let model = Model::of(&recorder, commits);
    model.check(&recorder.log.reader(), ENTRIES, "live");
    recorder.close();
    let recorder = directory.open();
    assert_eq!(recorder.notices, []);
    model.check(&recorder.log.reader(), ENTRIES, "reopened");
    recorder.close();
    let before_last = model.commits[model.commits.len() - 2].0;
    let reader = open_read_only(&directory.data()).unwrap();
    model.check(&reader, before_last, "read-only");
    assert_eq!(rebuild(&directory.data(), &mut |_| {}).unwrap().head.size, ENTRIES);
    let recorder = directory.open();
    assert_eq!(recorder.notices, []);
    model.check(&recorder.log.reader(), ENTRIES, "rebuilt");
    recorder.close();
    let report = crate::verify(&directory.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(report.store_size, Some(finished(ENTRIES)));
}

/// Readers ask while the writer commits and the store follows: what moves from the tail to the store is never out of sight.
#[test]
fn readers_see_every_commit_while_the_store_follows() {
    let directory = Place::new();
    let mut recorder = directory.open();
    recorder.notes(1);
    let reader = recorder.log.reader();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let size = reader.size();
                let versions = reader.versions(&recommendation(0), size).unwrap();
                assert_eq!(versions.len() as u64, size, "{versions:?}");
                // Commits are of one entry: the first checkpoint of at least a size is the one of that size.
                let at = size / 2 + 1;
                let note = reader.checkpoint_from(at).unwrap().unwrap();
                assert_eq!(Checkpoint::parse(note.text()).unwrap().checkpoint.size(), at);
                inclusion_proof(&reader, size / 2, size).unwrap();
            }
        });
        for number in 1..1500 {
            recorder.commit(vec![(recommendation(0), note(&format!("note {number}")))]);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    recorder.close();
}
