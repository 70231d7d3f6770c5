//! Checking a bundle: everything is computed again from its entries, and nothing is asked of the log that it came from.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};

use docket_domain::{Data, EventId, Origin};

use super::bundle::OpeningsLine;
use super::tiles::TileWriter;
use super::{CHECKPOINT_FILE, ExportError, OPENINGS_FILE, README_FILE, SOURCES_DIRECTORY};
use crate::blobs::digest_of;
use crate::entry::Entry;
use crate::error::chain as causes;
use crate::json;
use crate::keys::VERIFIER_KEY_FILE;
use crate::tlog::bundle::parse_bundle;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::VerifierKey;
use crate::tlog::note::Note;
use crate::tlog::tile::{Tile, entry_bundles};
use crate::verify::chain::Chain;
use crate::verify::report::{Findings, Place};
use crate::verify::{BlobList, Finding, VerifyNotice};

/// The longest line of openings, in bytes: all openings of a frame, 4 MiB, with every byte escaped as six, and their salts.
const LINE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Whose word the signature is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysUsed {
    /// The keys that the caller gave.
    Given(Vec<VerifierKey>),
    /// The key in the bundle itself: it shows that the bundle is whole, not whose it is.
    OfBundle(VerifierKey),
    /// There was none.
    None,
}

/// What was checked in a bundle, and what was found.
#[derive(Debug, Clone)]
pub struct BundleReport {
    /// The keys that the signature was checked with.
    pub keys: KeysUsed,
    /// The origin that the checkpoint names.
    pub origin: Option<String>,
    /// The size that the checkpoint states.
    pub size: u64,
    /// The root that was computed from the entries.
    pub root: Hash,
    /// The entries that were read.
    pub entries: u64,
    /// The hash tiles that were compared.
    pub tiles: u64,
    /// The texts that match their digests.
    pub openings: u64,
    /// The texts that are redacted.
    pub redacted: u64,
    /// The documents that have their hash.
    pub sources: u64,
    /// What is worth telling.
    pub notices: Vec<VerifyNotice>,
    /// The faults.
    pub findings: Vec<Finding>,
    /// How many faults there are in all.
    pub findings_count: u64,
}

impl BundleReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.findings_count == 0
    }
}

/// Verifies a bundle with the keys given, or, without any, with the one that it holds.
///
/// An error means that the directory cannot be listed; everything else is in the report.
pub fn verify_bundle(directory: &Path, keys: &[VerifierKey]) -> Result<BundleReport, ExportError> {
    let list = |source| ExportError::Io { operation: "list", path: directory.to_owned(), source };
    let names: Vec<_> = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>())
        .map_err(list)?;
    let mut check = Check::new(directory);
    let known = [CHECKPOINT_FILE, VERIFIER_KEY_FILE, OPENINGS_FILE, SOURCES_DIRECTORY, README_FILE, "tile"];
    for name in names.iter().filter(|name| !known.iter().any(|known| *known == name.as_os_str())) {
        check.findings.notice("file-unknown", format!("{} belongs to no bundle", name.display()));
    }
    let keys = check.keys(keys);
    let checkpoint = check.checkpoint(&keys);
    let size = checkpoint.as_ref().map_or(0, Checkpoint::size);
    if let Some(checkpoint) = &checkpoint {
        check.entries(checkpoint);
    }
    check.documents();
    let (root, origin) = (check.range.root(), checkpoint.map(|checkpoint| checkpoint.origin().to_owned()));
    let Counts { entries, tiles, openings, redacted, sources } = check.counts;
    let findings_count = check.findings.count();
    let (findings, notices) = check.findings.into_parts();
    Ok(BundleReport {
        keys,
        origin,
        size,
        root,
        entries,
        tiles,
        openings,
        redacted,
        sources,
        notices,
        findings,
        findings_count,
    })
}

#[derive(Debug, Default)]
struct Counts {
    entries: u64,
    tiles: u64,
    openings: u64,
    redacted: u64,
    sources: u64,
}

/// A bundle, and what is known of it so far.
struct Check<'a> {
    directory: &'a Path,
    findings: Findings,
    chain: Chain,
    range: CompactRange,
    documents: BlobList,
    /// Texts that are null in the bundle, until a redaction explains each: the event, the ordinal of the text, the entry.
    closed: Vec<(EventId, u32, u64)>,
    redacted: HashSet<(EventId, u32)>,
    counts: Counts,
}

impl<'a> Check<'a> {
    fn new(directory: &'a Path) -> Self {
        Self {
            directory,
            findings: Findings::default(),
            chain: Chain::default(),
            range: CompactRange::new(),
            documents: BlobList::default(),
            closed: Vec::new(),
            redacted: HashSet::new(),
            counts: Counts::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// A file of the bundle; what cannot be read is a finding.
    fn read(&mut self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        fs::read(&path)
            .map_err(|error| self.findings.add("file-unreadable", Place::file(&path), causes(&error)))
            .ok()
    }

    fn keys(&mut self, given: &[VerifierKey]) -> KeysUsed {
        let place = Place::file(self.path(VERIFIER_KEY_FILE));
        let own = self.read(VERIFIER_KEY_FILE).and_then(|bytes| {
            let text = String::from_utf8(bytes).unwrap_or_default();
            let key = text.strip_suffix('\n').and_then(|line| line.parse::<VerifierKey>().ok());
            let key = key.filter(|key| format!("{key}\n") == text);
            if key.is_none() {
                self.findings.add("key-unreadable", place, "this is no public key");
            }
            key
        });
        if given.is_empty() {
            return own.map_or(KeysUsed::None, KeysUsed::OfBundle);
        }
        if own.is_some_and(|own| !given.contains(&own)) {
            self.findings.notice("other-key", "the key in the bundle is none of those given");
        }
        KeysUsed::Given(given.to_vec())
    }

    fn checkpoint(&mut self, keys: &KeysUsed) -> Option<Checkpoint> {
        let place = Place::file(self.path(CHECKPOINT_FILE));
        let bytes = self.read(CHECKPOINT_FILE)?;
        let mut fault = |message| self.findings.add("checkpoint", place.clone(), message);
        let note = Note::parse(&bytes).map_err(|error| fault(causes(&error))).ok()?;
        let body = Checkpoint::parse(note.text()).map_err(|error| fault(causes(&error))).ok()?;
        let keys = match keys {
            KeysUsed::Given(keys) => keys.as_slice(),
            KeysUsed::OfBundle(key) => std::slice::from_ref(key),
            KeysUsed::None => &[],
        };
        if note.to_string().as_bytes() != bytes {
            fault("the note is not spelt as it was written".to_owned());
        }
        if let Err(error) = Checkpoint::open_note(&note, keys, body.checkpoint.origin()) {
            fault(format!("the signature is not good: {}", causes(&error)));
        }
        if !keys.is_empty() && !keys.iter().any(|key| key.name().as_str() == body.checkpoint.origin()) {
            fault(format!("no key is of the log {}", body.checkpoint.origin()));
        }
        Some(body.checkpoint)
    }

    /// Reads the entries bundle by bundle, with their openings beside them, and compares every tile with what they give.
    fn entries(&mut self, checkpoint: &Checkpoint) {
        let mut openings = Openings::open(&self.path(OPENINGS_FILE), &mut self.findings);
        let mut tiles = TileWriter::default();
        for tile in entry_bundles(checkpoint.size()) {
            if !self.bundle(&tile, &mut tiles, &mut openings) {
                return;
            }
        }
        openings.finish(&mut self.findings);
        let (head, place) = (checkpoint.head(), Place::file(self.path(CHECKPOINT_FILE)));
        let finished = tiles.finish(&head, &mut |name, bytes| {
            self.compare_tile(name, bytes);
            Ok(())
        });
        if let Err::<(), ExportError>(error) = finished {
            self.findings.add("root", place.clone(), causes(&error));
        }
        if let Some(origin) =
            self.chain.origin().map(Origin::as_str).filter(|origin| *origin != checkpoint.origin())
        {
            let message =
                format!("the checkpoint is of the log {}, the entries of {origin}", checkpoint.origin());
            self.findings.add("origin", place, message);
        }
        for (event, field, entry) in std::mem::take(&mut self.closed) {
            if self.redacted.contains(&(event, field)) {
                self.counts.redacted += 1;
            } else {
                let place = Place::file(self.path(OPENINGS_FILE)).of_entry(entry);
                self.findings.add(
                    "opening-missing",
                    place,
                    format!("text {field} is left out, and no redaction names it"),
                );
            }
        }
    }

    /// Takes the entries of one bundle; false if the tree cannot be computed any further.
    fn bundle(&mut self, tile: &Tile, tiles: &mut TileWriter, openings: &mut Openings) -> bool {
        let name = tile.to_string();
        let Some(bytes) = self.read(&name) else { return false };
        let place = Place::file(self.path(&name));
        let entries = match parse_bundle(&bytes, usize::from(tile.width())) {
            Ok(entries) => entries,
            Err(error) => {
                self.findings.add("entries", place, causes(&error));
                return false;
            }
        };
        for bytes in entries {
            self.entry(bytes, &place, openings);
            let compared = tiles.entry(bytes, &mut |name, bytes| {
                // The bundles of entries come out as they went in.
                if !name.starts_with("tile/entries/") {
                    self.compare_tile(name, bytes);
                }
                Ok(())
            });
            if let Err::<(), ExportError>(error) = compared {
                self.findings.add("entries", place, causes(&error));
                return false;
            }
        }
        true
    }

    fn entry(&mut self, bytes: &[u8], place: &Place, openings: &mut Openings) {
        let (index, leaf) = (self.range.size(), leaf_hash(bytes));
        self.range.append(leaf);
        self.counts.entries += 1;
        let entry = match Entry::decode(bytes) {
            Ok(entry) => entry,
            Err(error) => {
                self.findings.add("entry-not-canonical", place.clone().of_entry(index), causes(&error));
                return self.chain.skip();
            }
        };
        self.chain.take(&entry, index, leaf, place, &mut self.findings);
        self.documents.take(&entry);
        if let Data::TextRedacted(redaction) = &entry.event.data {
            self.redacted.extend(redaction.field.map(|field| (redaction.target, field)));
        }
        self.openings(&entry, openings);
    }

    fn openings(&mut self, entry: &Entry, openings: &mut Openings) {
        let (index, texts) = (entry.event.index, entry.event.data.texts());
        if texts.is_empty() {
            return;
        }
        let place = Place::file(&openings.path).of_entry(index);
        let line = match openings.of(index, &mut self.findings) {
            Some(line) if line.openings.len() == texts.len() => line,
            Some(_) => return self.findings.add("openings", place, "there is not one opening for each text"),
            None => return self.findings.add("openings", place, "the openings of the entry are missing"),
        };
        for ((sealed, printed), field) in texts.into_iter().zip(line.openings).zip(0..) {
            match printed.map(|printed| printed.open(sealed)) {
                None => self.closed.push((entry.event.id, field, index)),
                Some(Some(_)) => self.counts.openings += 1,
                Some(None) => {
                    let message = format!("text {field} does not match its digest");
                    self.findings.add("opening-mismatch", place.clone(), message);
                }
            }
        }
    }

    fn compare_tile(&mut self, name: &str, expected: &[u8]) {
        if name.starts_with("tile/entries/") {
            return;
        }
        let Some(found) = self.read(name) else { return };
        self.counts.tiles += 1;
        if let Some(offset) = first_difference(&found, expected) {
            let place = Place::file(self.path(name)).at(offset);
            self.findings.add("tile", place, "the tile does not follow from the entries");
        }
    }

    /// Hashes the documents that the entries name.
    fn documents(&mut self) {
        let documents = std::mem::take(&mut self.documents);
        let mut named = HashSet::new();
        for (digest, facts) in documents.named() {
            named.insert(digest.to_string());
            let path = self.directory.join(SOURCES_DIRECTORY).join(digest.to_string());
            let place = Place::file(&path).of_entry(facts.entry);
            match fs::read(&path) {
                Ok(bytes) if digest_of(&bytes) != digest => {
                    self.findings.add(
                        "source-altered",
                        place,
                        "the document has not the SHA-256 of its name",
                    );
                }
                Ok(bytes) if facts.sizes.iter().any(|size| *size != bytes.len() as u64) => {
                    self.findings.add(
                        "source-size",
                        place,
                        "the document has not the size that an event states",
                    );
                }
                Ok(_) => self.counts.sources += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if !documents.is_redacted(digest) {
                        self.findings.add(
                            "source-missing",
                            place,
                            "the document is missing, and no redaction names it",
                        );
                    }
                }
                Err(error) => self.findings.add("file-unreadable", place, causes(&error)),
            }
        }
        for name in fs::read_dir(self.path(SOURCES_DIRECTORY)).into_iter().flatten().flatten() {
            let name = name.file_name().to_string_lossy().into_owned();
            if !named.contains(&name) {
                self.findings
                    .notice("file-unknown", format!("{SOURCES_DIRECTORY}/{name} is named by no entry"));
            }
        }
    }
}

fn first_difference(found: &[u8], expected: &[u8]) -> Option<u64> {
    if found == expected {
        return None;
    }
    let equal = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
    Some(equal as u64)
}

/// The file of openings, read line by line beside the entries.
struct Openings {
    path: PathBuf,
    lines: Option<io::BufReader<fs::File>>,
    next: Option<OpeningsLine>,
    number: u64,
}

impl Openings {
    fn open(path: &Path, findings: &mut Findings) -> Self {
        let file = fs::File::open(path)
            .map_err(|error| findings.add("file-unreadable", Place::file(path), causes(&error)))
            .ok();
        Self { path: path.to_owned(), lines: file.map(io::BufReader::new), next: None, number: 0 }
    }

    /// The line of an entry, if it is the next one.
    fn of(&mut self, index: u64, findings: &mut Findings) -> Option<OpeningsLine> {
        if self.next.is_none() {
            self.next = self.read(findings);
        }
        self.next.take_if(|line| line.index == index)
    }

    /// Whatever is left belongs to no entry.
    fn finish(&mut self, findings: &mut Findings) {
        if self.next.take().is_some() || self.read(findings).is_some() {
            let message =
                format!("line {} belongs to no entry that has texts, or is out of order", self.number);
            findings.add("openings", Place::file(&self.path), message);
        }
    }

    fn read(&mut self, findings: &mut Findings) -> Option<OpeningsLine> {
        use io::Read as _;
        let mut line = Vec::new();
        let lines = self.lines.as_mut()?;
        let read = lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        self.number += 1;
        let parsed = read.map_err(|error| causes(&error)).and_then(|bytes| match line.split_last() {
            None if bytes == 0 => Ok(None),
            Some((b'\n', line)) => parse_line(line).map(Some),
            _ => Err("the line does not end".to_owned()),
        });
        match parsed {
            Ok(line) => line,
            Err(message) => {
                findings.add("openings", Place::file(&self.path), format!("line {}: {message}", self.number));
                None
            }
        }
    }
}

fn parse_line(bytes: &[u8]) -> Result<OpeningsLine, String> {
    let line: OpeningsLine = json::read(bytes).map_err(|error| causes(&error))?;
    let canonical = serde_json::to_vec(&line).map_err(|error| causes(&error))?;
    if canonical == bytes { Ok(line) } else { Err("the line is not canonical JSON".to_owned()) }
}
