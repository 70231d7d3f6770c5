//! The pass over the journal: every frame, every entry, every opening, in one reading.

use std::sync::Arc;

use docket_domain::EventId;

use super::ahead::{Ahead, Checked};
use super::blobs::BlobList;
use super::chain::Chain;
use super::frames::FrameCheck;
use super::keys::{Keys, Signer};
use super::report::{Findings, Place};
use super::store::StoreCheck;
use super::{Observer, causes};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::erasure::Erased;
use crate::journal::{FrameEntry, OpeningPosition, Seen, SeenFrame};
use crate::keys::read_previous;
use crate::open::stored_signature;
use crate::progress::{Progress, Stage};
use crate::redaction;
use crate::store::mark::Mark;
use crate::stored::location;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;
use crate::tlog::proof::TreeHead;

/// The fewest bytes that an entry takes in the journal: its attributes without their values are more than that.
const JOURNAL_BYTES_PER_ENTRY_MIN: u64 = 256;

/// What is counted on the way.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) entries: u64,
    pub(super) commits: u64,
    pub(super) openings_intact: u64,
    pub(super) openings_erased: u64,
}

/// Everything that is known of the journal up to the place where the pass stands.
pub(super) struct JournalPass<'a> {
    directory: &'a DataDirectory,
    mark: Option<&'a Mark>,
    pub(super) chain: Chain,
    pub(super) signer: Signer,
    frames: FrameCheck,
    pub(super) store: StoreCheck,
    pub(super) blobs: BlobList,
    pub(super) counts: Counts,
    /// Size and root at the end of the last frame: computed, or, behind a gap, as the frame states them.
    pub(super) head: Option<TreeHead>,
    range: CompactRange,
    /// Frames are missing: the tree cannot be computed any more.
    has_gap: bool,
    erased: Erased,
    mismatched: Vec<OpeningPosition>,
    bytes: (u64, u64),
}

impl<'a> JournalPass<'a> {
    pub(super) fn new(
        directory: &'a DataDirectory,
        keys: Keys,
        mark: Option<&'a Mark>,
        store: StoreCheck,
        total_bytes: u64,
    ) -> Self {
        Self {
            directory,
            mark,
            // The journal cannot hold more, whatever store and mark say.
            chain: Chain::bounded(store.known_size().min(total_bytes / JOURNAL_BYTES_PER_ENTRY_MIN)),
            signer: Signer::new(keys.public)
                .with_previous(read_previous(directory.file_system(), directory.path()).unwrap_or_default()),
            frames: FrameCheck::new(keys.frames),
            store,
            blobs: BlobList::default(),
            counts: Counts::default(),
            head: None,
            range: CompactRange::new(),
            has_gap: false,
            erased: Erased::default(),
            mismatched: Vec::new(),
            bytes: (0, total_bytes),
        }
    }

    /// Takes what the survey shows next.
    pub(super) fn take(
        &mut self,
        seen: Seen<'_>,
        ahead: &Ahead,
        findings: &mut Findings,
        observer: &mut dyn Observer,
    ) {
        match seen {
            Seen::Damage(damage) => {
                let place = Place::file(&damage.path).at(damage.offset);
                findings.add("journal-damage", place, causes(&damage));
            }
            Seen::Frame(seen) => {
                let entries = ahead.take(seen.position.entry_count);
                self.frame(&seen, entries, findings, observer);
                self.bytes.0 += u64::from(seen.position.bytes);
                let (done, total) = self.bytes;
                observer.progress(Progress { stage: Stage::Journal, done, total });
            }
        }
    }

    fn frame(
        &mut self,
        seen: &SeenFrame<'_>,
        entries: Vec<Checked>,
        findings: &mut Findings,
        observer: &mut dyn Observer,
    ) {
        let file = self.directory.journal().segment_path(seen.position.segment);
        let place = Place::file(file).at(seen.position.offset);
        self.counts.commits += 1;
        if seen.position.first_index != self.head.map_or(0, |head| head.size) {
            self.has_gap = true;
            self.chain.skip();
            self.store.stop();
        }
        self.check_signature(seen, &place, findings);
        for (part, entry) in seen.frame.entries().zip(entries) {
            let offset = seen.position.offset.saturating_add(u64::from(part.entry_offset));
            let place = place.clone().at(offset);
            self.entry(seen, &part, entry, &place, findings, observer);
        }
        self.frames.take(seen, self.chain.origin(), &place, findings);
        let stated = Hash(*seen.frame.root);
        let size = seen.position.end_index();
        let root = if self.has_gap { stated } else { self.range.root() };
        if root != stated {
            let message =
                format!("the entries up to {size} have the root {root}, but the frame says {stated}");
            findings.add("frame-root", place, message);
        }
        self.head = Some(TreeHead { size, root });
        self.mismatched.extend_from_slice(seen.mismatched);
        self.store.compare(findings, observer);
    }

    /// Each frame bears the signature of the checkpoint at its own beginning.
    fn check_signature(&mut self, seen: &SeenFrame<'_>, place: &Place, findings: &mut Findings) {
        let first = seen.position.first_index;
        let signature = seen.frame.previous_checkpoint.map(stored_signature);
        match signature {
            // A log that goes on after a loss may have lost the last signature too.
            None if first == 0 || continues(seen) => {}
            None => findings.add(
                "signature-missing",
                place.clone(),
                format!("the signature of the checkpoint of size {first} is missing"),
            ),
            Some(signature) if signature.size != first || first == 0 => findings.add(
                "signature-size",
                place.clone(),
                format!(
                    "the checkpoint before the frame of entry {first} is said to have size {}",
                    signature.size
                ),
            ),
            Some(signature) => {
                if let (Some(head), Some(origin)) =
                    (self.head.filter(|head| head.size == first), self.chain.origin())
                {
                    self.signer.check(origin, head, &signature, place, findings);
                }
                self.store.sign(signature);
            }
        }
    }

    fn entry(
        &mut self,
        seen: &SeenFrame<'_>,
        part: &FrameEntry<'_>,
        Checked { stored, leaf, mut recorded, .. }: Checked,
        place: &Place,
        findings: &mut Findings,
        observer: &mut dyn Observer,
    ) {
        if !self.has_gap {
            self.range.append(leaf);
            self.check_mark(findings);
            self.store.reach(&self.range, findings);
        }
        let mut stored = match stored {
            Ok(stored) => stored,
            Err(error) => {
                findings.add("entry-not-canonical", place.clone().of_entry(part.index), causes(&error));
                self.chain.skip();
                self.store.stop();
                return;
            }
        };
        let at = location(seen.position, part);
        if stored.location != at {
            Arc::make_mut(&mut stored).location = at;
            recorded.is_same = false;
        }
        let entry = &stored.entry;
        self.chain.take(entry, part.index, leaf, place, findings);
        self.signer.take(entry, place, findings);
        self.blobs.take(entry);
        self.openings(seen, part, entry);
        self.counts.entries += 1;
        observer.journal_entry(&stored);
        if !self.has_gap {
            observer.journal_tree(&self.range);
        }
        self.store.push(stored, leaf, recorded);
    }

    fn openings(&mut self, seen: &SeenFrame<'_>, part: &FrameEntry<'_>, entry: &Entry) {
        let mut texts = 0_u64;
        entry.event.data.visit_texts(&mut |_| texts += 1);
        let bad = seen.mismatched.iter().filter(|opening| opening.entry == part.index).count() as u64;
        self.counts.openings_intact += texts.saturating_sub(bad);
        self.erased.note_redaction(entry);
        if bad > 0 {
            self.erased.note_zeros(entry, part.index, part.openings, part.openings_offset);
        }
    }

    /// The mark beside sled names a size and a root that the log had.
    fn check_mark(&self, findings: &mut Findings) {
        let Some(mark) = self.mark.filter(|mark| mark.size == self.range.size()) else { return };
        let root = self.range.root();
        if root != mark.root {
            let message =
                format!("the journal has the root {root} at size {}, the mark says {}", mark.size, mark.root);
            findings.add("mark-contradicts", Place::file(self.directory.mark()), message);
        }
    }

    /// The signature of the last commit is in no frame yet: it is in the mark, once the log was closed.
    fn check_marked_signature(&mut self, findings: &mut Findings) {
        let Some((head, origin)) = self.head.zip(self.chain.origin().cloned()) else { return };
        let known = self.signer.last.as_ref().map_or(0, |(size, _)| *size);
        let signature = self.mark.and_then(|mark| mark.signature);
        if let Some(signature) =
            signature.filter(|signature| signature.size == head.size && known < head.size)
        {
            self.signer.check(&origin, head, &signature, &Place::file(self.directory.mark()), findings);
        }
    }

    /// What can only be said at the end: whether redactions explain the mismatched openings, and how the store ends.
    pub(super) fn finish(&mut self, findings: &mut Findings, observer: &mut dyn Observer) {
        let is_pending = redaction::is_pending(self.directory);
        for opening in std::mem::take(&mut self.mismatched) {
            if self.erased.is_redacted(opening.entry, opening.offset) {
                self.counts.openings_erased += 1;
                continue;
            }
            // Counted among the pending ones below.
            if is_pending && self.erased.is_named(opening.entry, opening.offset) {
                continue;
            }
            let message = if self.erased.is_zero(opening.entry, opening.offset) {
                "the opening is all zero, but no redaction names it"
            } else {
                "the opening does not match its digest"
            };
            let offset = opening.frame.offset.saturating_add(u64::from(opening.offset));
            let file = self.directory.journal().segment_path(opening.frame.segment);
            findings.add("opening-mismatch", Place::file(file).at(offset).of_entry(opening.entry), message);
        }
        let pending = self.erased.pending();
        if !pending.is_empty() && (is_pending || !self.words_back(&pending, findings)) {
            let message = format!("{} redacted texts are not destroyed yet", pending.len());
            findings.notice("redaction-pending", message);
        }
        self.signer.check_name(self.chain.origin(), self.directory, findings);
        self.store.finish(self.head, self.chain.origin(), &mut self.signer, findings, observer);
        self.signer.settle(findings);
        self.check_marked_signature(findings);
        self.signer.settle(findings);
        self.frames.finish(self.signer.last.as_ref().map_or(0, |(size, _)| *size), findings);
    }
}

impl JournalPass<'_> {
    /// Redactions that were carried out, by the mark, and whose words are there: somebody put them back. Returns whether any are.
    fn words_back(&self, redacted: &[(EventId, u32)], findings: &mut Findings) -> bool {
        let places = redaction::words_left(self.directory, &redaction::Named::of(redacted));
        for opening in &places {
            let offset = opening.frame.offset.saturating_add(u64::from(opening.offset));
            let file = self.directory.journal().segment_path(opening.frame.segment);
            let place = Place::file(file).at(offset).of_entry(opening.entry);
            let message = "redacted words are back; run `docket rebuild`, which destroys them again";
            findings.add("redacted-words", place, message);
        }
        !places.is_empty()
    }
}

/// Whether a frame begins with the entry by which a log goes on under another origin.
fn continues(seen: &SeenFrame<'_>) -> bool {
    let first = seen.frame.entries().next().and_then(|part| Entry::decode(part.bytes).ok());
    first.is_some_and(|entry| matches!(entry.event.data, docket_domain::Data::LogContinued(_)))
}
