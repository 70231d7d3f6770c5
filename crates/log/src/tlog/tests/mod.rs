//! Tests of the transparency log: against a naive model, the published vectors, and tables of malformed input.

mod checkpoints;
mod keys;
mod model;
mod notes;
mod proofs;
mod receipts;
mod tiles;
mod trees;
mod vectors;

use super::checkpoint::Checkpoint;
use super::key::{KeyName, SignerKey};
use super::note::Note;
use super::proof::TreeHead;

const ORIGIN: &str = "audit.example/recommendations";

/// The key of the vectors' log.
fn log_signer() -> SignerKey {
    SignerKey::from_seed(KeyName::new(ORIGIN).unwrap(), &[1; 32])
}

/// Another log's key.
fn other_signer() -> SignerKey {
    SignerKey::from_seed(KeyName::new("other.example/log").unwrap(), &[3; 32])
}

fn signed_checkpoint(head: TreeHead) -> Note {
    Checkpoint::new(ORIGIN, head).unwrap().sign(&log_signer()).unwrap()
}
