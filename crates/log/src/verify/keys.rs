//! The keys of the directory, and the signatures of its checkpoints.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::event::KeyChanged;
use docket_domain::{Data, Origin};
use ed25519_dalek::{Signature, VerifyingKey};

use super::report::{Findings, Place};
use super::signatures::{Answer, Checkers, Question};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::chain;
use crate::fs::{Access, FileSystem};
use crate::journal::FrameKey;
use crate::keys::{KEY_FILE, PREVIOUS_KEYS_FILE, VERIFIER_KEY_FILE, read_previous};
use crate::record::BundleCheckpoint;
use crate::tlog::key::{SignerKey, VerifierKey};
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;

/// A key line is far shorter; a longer file is none.
const KEY_BYTES_MAX: u64 = 4096;

/// The key that signs at the place in the log where verify stands.
#[derive(Debug)]
pub(crate) struct Signer {
    key: Option<Arc<VerifierKey>>,
    /// The keys that the log had under earlier names.
    previous: Vec<Arc<VerifierKey>>,
    checkers: Checkers,
    /// The signatures that were good, of those that [`Self::settle`] has settled.
    pub(crate) checked: u64,
    /// How long the checking took.
    pub(crate) took: Duration,
    /// The last good checkpoint.
    pub(crate) last: Option<(u64, Note)>,
}

impl Signer {
    /// Begins with this key; without one nothing can be checked.
    pub(crate) fn new(key: Option<VerifierKey>) -> Self {
        let (key, previous, checkers) = (key.map(Arc::new), Vec::new(), Checkers::default());
        Self { key, previous, checkers, checked: 0, took: Duration::ZERO, last: None }
    }

    /// With threads that check while others do something else.
    pub(crate) fn on_threads(self) -> Self {
        Self { checkers: Checkers::start(), ..self }
    }

    /// With the keys that the log had under earlier names, before it went on after a loss.
    pub(crate) fn with_previous(self, previous: Vec<VerifierKey>) -> Self {
        Self { previous: previous.into_iter().map(Arc::new).collect(), ..self }
    }

    /// Checks the signature of the checkpoint with this head. What is wrong is told then, or later, by [`Self::settle`] at the latest.
    pub(crate) fn check(
        &mut self,
        origin: &Origin,
        head: TreeHead,
        stored: &BundleCheckpoint,
        place: &Place,
        findings: &mut Findings,
    ) {
        let Some(key) = &self.key else { return };
        let is_of_origin = |key: &&Arc<VerifierKey>| key.name().as_str() == origin.as_str();
        let key = Arc::clone(self.previous.iter().find(is_of_origin).unwrap_or(key));
        let question = Question { key, origin: origin.clone(), head, stored: *stored };
        let answered = self.checkers.ask(question, place);
        self.tell(answered, findings);
    }

    /// Waits for every signature that is still being checked.
    pub(crate) fn settle(&mut self, findings: &mut Findings) {
        while let Some(answered) = self.checkers.next() {
            self.tell(Some(answered), findings);
        }
    }

    fn tell(&mut self, answered: Option<(Place, Answer)>, findings: &mut Findings) {
        let Some((place, Answer { size, outcome, took })) = answered else { return };
        self.took += took;
        match outcome {
            Ok(note) => {
                self.checked += 1;
                self.last = Some((size, note));
            }
            Err(message) => findings.add("signature-bad", place, message),
        }
    }

    /// Takes the next key, if the entry brings one in: it signs from its own commit on.
    pub(crate) fn take(&mut self, entry: &Entry, place: &Place, findings: &mut Findings) {
        let (Data::KeyChanged(changed), Some(old)) = (&entry.event.data, &self.key) else { return };
        match next_key(changed, old) {
            Ok(next) => self.key = Some(Arc::new(next)),
            Err(message) => findings.add("key-changed", place.clone().of_entry(entry.event.index), message),
        }
    }

    /// Compares the key's name with the log's, whether or not it has signed anything yet.
    pub(crate) fn check_name(
        &self,
        origin: Option<&Origin>,
        directory: &DataDirectory,
        findings: &mut Findings,
    ) {
        if let (Some(key), Some(origin)) = (&self.key, origin)
            && key.name().as_str() != origin.as_str()
        {
            let message = format!("the key is of the log {}, but the entries are of {origin}", key.name());
            findings.add(
                "key-of-another-log",
                Place::file(directory.path().join(VERIFIER_KEY_FILE)),
                message,
            );
        }
    }
}

/// The new key, if it and the old one have both signed its printed form.
fn next_key(changed: &KeyChanged<crate::seal::SealedText>, old: &VerifierKey) -> Result<VerifierKey, String> {
    let new: VerifierKey =
        changed.key.parse().map_err(|error| format!("the new key cannot be read: {}", chain(&error)))?;
    let signatures = [("new", &new, &changed.new_signature), ("old", old, &changed.old_signature)];
    for (which, key, signature) in signatures {
        if !has_signed(key, changed.key.as_bytes(), signature) {
            return Err(format!("the {which} key has not signed the new one"));
        }
    }
    Ok(new)
}

fn has_signed(key: &VerifierKey, message: &[u8], signature: &str) -> bool {
    let check = || {
        let line = key.to_string();
        let (_, encoded) = line.strip_prefix(key.name().as_str())?.strip_prefix('+')?.split_once('+')?;
        let public: [u8; 32] = STANDARD.decode(encoded).ok()?.get(1..)?.try_into().ok()?;
        let signature: [u8; 64] = STANDARD.decode(signature).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&public).ok()?;
        key.verify_strict(message, &Signature::from_bytes(&signature)).ok()
    };
    check().is_some()
}

/// The keys of a directory, as far as they can be used.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// What checks signatures.
    pub(super) public: Option<VerifierKey>,
    /// What tells who wrote a frame: where the secret key can be read, and belongs to the public one.
    pub(super) frames: Option<FrameKey>,
}

/// Reads the key files and says what is wrong with them.
pub(super) fn read_keys(directory: &DataDirectory, findings: &mut Findings) -> Keys {
    let (secret_path, public_path) =
        (directory.path().join(KEY_FILE), directory.path().join(VERIFIER_KEY_FILE));
    let files = directory.file_system();
    let secret = read_key(files, &secret_path, findings, |line| {
        SignerKey::from_private_line(line).map(|key| (format!("{}\n", key.to_private_line()), key))
    });
    let public = read_key(files, &public_path, findings, |line| {
        line.parse::<VerifierKey>().map(|key| (format!("{key}\n"), key))
    });
    match (&secret, &public) {
        (Found::Key(secret), Found::Key(public)) if secret.verifier() != public => {
            let message =
                format!("log.key and log.vkey do not belong together: log.key is {}", secret.verifier());
            findings.add("key-mismatch", Place::file(&public_path), message);
        }
        (Found::Key(_), Found::Nothing) => findings.add(
            "vkey-missing",
            Place::file(&public_path),
            "the public key is missing, though log.key is there: opening the log writes it again",
        ),
        (Found::Nothing, Found::Key(_)) => {
            findings.notice("key-missing", "log.key is not there: nothing can be recorded or signed here");
        }
        (Found::Nothing, Found::Nothing) => {
            let message = "there is neither log.vkey nor log.key: no signature can be checked";
            findings.add("no-key", Place::file(directory.path()), message);
        }
        _ => {}
    }
    if let Err(error) = read_previous(files, directory.path()) {
        let place = Place::file(directory.path().join(PREVIOUS_KEYS_FILE));
        findings.add("key-unreadable", place, chain(&error));
    }
    match (public, secret) {
        (Found::Key(public), Found::Key(secret)) if *secret.verifier() == public => {
            Keys { public: Some(public), frames: Some(FrameKey::of(&secret)) }
        }
        (Found::Key(public), _) => Keys { public: Some(public), frames: None },
        (_, Found::Key(secret)) => {
            Keys { public: Some(secret.verifier().clone()), frames: Some(FrameKey::of(&secret)) }
        }
        _ => Keys::default(),
    }
}

/// What is in the place of a key.
enum Found<K> {
    Key(K),
    Nothing,
    /// A file that is no key, or cannot be read; it has been reported.
    Unusable,
}

fn read_key<K>(
    files: &dyn FileSystem,
    path: &Path,
    findings: &mut Findings,
    parse: impl FnOnce(&str) -> Result<(String, K), crate::tlog::key::KeyError>,
) -> Found<K> {
    let bytes = match read_small(files, path, KEY_BYTES_MAX) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Found::Nothing,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            findings
                .notice("key-not-readable", format!("{} may not be read: it is not checked", path.display()));
            return Found::Unusable;
        }
        Err(error) => {
            findings.add("key-unreadable", Place::file(path), chain(&error));
            return Found::Unusable;
        }
    };
    let text = String::from_utf8(bytes).unwrap_or_default();
    match parse(text.strip_suffix('\n').unwrap_or(&text)) {
        Ok((spelling, key)) if spelling == text => Found::Key(key),
        // What it says is never repeated: it may be the secret.
        Ok(_) => {
            findings.add("key-unreadable", Place::file(path), "the key is not spelt as it was written");
            Found::Unusable
        }
        Err(error) => {
            findings.add("key-unreadable", Place::file(path), chain(&error));
            Found::Unusable
        }
    }
}

/// A small file; `None` if it is not there, an error if it is longer than `bytes_max`.
pub(super) fn read_small(files: &dyn FileSystem, path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match files.open(path, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.length()?;
    if length > bytes_max {
        return Err(io::Error::other(format!(
            "the file has {length} bytes, at most {bytes_max} are possible"
        )));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(Some(bytes))
}
