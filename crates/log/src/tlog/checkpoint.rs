//! Checkpoints: c2sp.org/tlog-checkpoint, a log's signed statement of its size and root.

use super::encoding::{find_control, parse_decimal};
use super::hash::{Hash, HashError, empty_root};
use super::key::{KeyName, KeyType, SignerKey, VerifierKey};
use super::note::{Note, NoteError, VerifiedSignature};
use super::proof::TreeHead;
use std::fmt;
use thiserror::Error;

/// Origin, size and root of a log. `Display` is the body that is signed: three lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
}

/// A checkpoint's body as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointBody {
    /// The three lines that every checkpoint has.
    pub checkpoint: Checkpoint,
    /// Lines after the root, without their newlines. Other logs may add some; ours never does.
    pub extensions: Vec<String>,
}

/// A checkpoint whose log signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedCheckpoint {
    /// What the log stated.
    pub checkpoint: Checkpoint,
    /// Further signed lines.
    pub extensions: Vec<String>,
    /// One signature for each known key that signed, the log's among them.
    pub signatures: Vec<VerifiedSignature>,
}

/// Why there is no such checkpoint, or none to be trusted.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// The note around the checkpoint is malformed, or no known key signed it.
    #[error("the checkpoint is not a note signed by a known key")]
    Note(#[from] NoteError),
    /// A body has at least three lines, each ending in a newline.
    #[error("a checkpoint has the lines origin, size and root, each ending in a newline")]
    Lines,
    /// An origin is one line of text.
    #[error("{origin:?} is not an origin: it must not be empty or hold control characters")]
    Origin {
        /// The origin found.
        origin: String,
    },
    /// The size is not a plain decimal: digits without sign, spaces or leading zeros.
    #[error("{text:?} is not a tree size")]
    Size {
        /// The line found.
        text: String,
    },
    /// The root is not a hash in base64.
    #[error("the checkpoint's root is malformed")]
    Root(#[source] HashError),
    /// The empty tree has only one root.
    #[error("{root} is not the root of the empty tree")]
    EmptyTreeRoot {
        /// The root found.
        root: Hash,
    },
    /// An extension line is empty or holds a control character.
    #[error("extension line {line} of the checkpoint is empty or holds a control character")]
    Extension {
        /// Which, counted from 1.
        line: usize,
    },
    /// The checkpoint is another log's.
    #[error("the checkpoint is of the log {found:?}, not {expected:?}")]
    OriginMismatch {
        /// The origin that it must have.
        expected: String,
        /// The origin that it has.
        found: String,
    },
    /// Only witnesses signed; no log key did.
    #[error("the checkpoint is cosigned but not signed by the log")]
    NoLogSignature,
    /// A log's own key bears its origin, so that nothing is signed for another log by mistake.
    #[error("key {name} cannot sign a checkpoint of the log {origin:?}: their names differ")]
    ForeignSigner {
        /// The signing key's name.
        name: KeyName,
        /// The checkpoint's origin.
        origin: String,
    },
}

impl Checkpoint {
    /// The statement that the log `origin` has this size and root.
    pub fn new(origin: impl Into<String>, head: TreeHead) -> Result<Self, CheckpointError> {
        let origin = origin.into();
        if origin.is_empty() || !is_one_line(&origin) {
            return Err(CheckpointError::Origin { origin });
        }
        if head.size == 0 && head.root != empty_root() {
            return Err(CheckpointError::EmptyTreeRoot { root: head.root });
        }
        Ok(Self { origin, head })
    }

    /// Reads a body: the text of a note.
    pub fn parse(text: &str) -> Result<CheckpointBody, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Lines);
        };
        let size = parse_decimal(size).ok_or_else(|| CheckpointError::Size { text: size.to_owned() })?;
        let root = Hash::from_base64(root).map_err(CheckpointError::Root)?;
        let checkpoint = Self::new(origin, TreeHead { size, root })?;
        let extensions = lines
            .zip(1..)
            .map(|(extension, line)| {
                let valid = !extension.is_empty() && is_one_line(extension);
                if valid { Ok(extension.to_owned()) } else { Err(CheckpointError::Extension { line }) }
            })
            .collect::<Result<_, _>>()?;
        Ok(CheckpointBody { checkpoint, extensions })
    }

    /// Reads a signed checkpoint of the log `origin`.
    ///
    /// One of the log's own keys among `keys` must have signed it: cosignatures by witnesses do not replace that.
    /// A bad signature by any of `keys` rejects the whole.
    pub fn open(
        note: &[u8],
        keys: &[VerifierKey],
        origin: &str,
    ) -> Result<OpenedCheckpoint, CheckpointError> {
        Self::open_note(&Note::parse(note)?, keys, origin)
    }

    /// [`Checkpoint::open`] for a note that is already parsed.
    pub fn open_note(
        note: &Note,
        keys: &[VerifierKey],
        origin: &str,
    ) -> Result<OpenedCheckpoint, CheckpointError> {
        let signatures = note.verify(keys)?;
        let CheckpointBody { checkpoint, extensions } = Self::parse(note.text())?;
        if checkpoint.origin != origin {
            let expected = origin.to_owned();
            return Err(CheckpointError::OriginMismatch { expected, found: checkpoint.origin });
        }
        if !signatures.iter().any(|signature| signature.key.key_type() == KeyType::Ed25519) {
            return Err(CheckpointError::NoLogSignature);
        }
        Ok(OpenedCheckpoint { checkpoint, extensions, signatures })
    }

    /// Signs the checkpoint with the log's key, whose name is the origin.
    ///
    /// The caller answers for never signing two checkpoints that no consistency proof can link.
    pub fn sign(&self, signer: &SignerKey) -> Result<Note, CheckpointError> {
        let name = signer.verifier().name();
        if name.as_str() != self.origin {
            let origin = self.origin.clone();
            return Err(CheckpointError::ForeignSigner { name: name.clone(), origin });
        }
        let text = self.to_string();
        let signature = signer.sign(&text);
        Ok(Note::new(text, vec![signature])?)
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.head.root
    }

    /// Size and root together.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeHead { size, root } = self.head;
        writeln!(formatter, "{}\n{size}\n{}", self.origin, root.to_base64())
    }
}

fn is_one_line(text: &str) -> bool {
    !text.contains('\n') && find_control(text).is_none()
}
