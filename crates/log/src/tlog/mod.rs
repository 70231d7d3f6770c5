//! The transparency log as published specifications define it: RFC 6962 / RFC 9162 trees and proofs, and the
//! C2SP formats for tiles, checkpoints, signed notes, cosignatures and receipts.
//!
//! One file per specification, byte for byte, each usable alone. Everything here is a function of its arguments:
//! no file, no clock, no randomness, and no knowledge of events, journals or sled. An entry is a byte string.

pub mod bundle;
pub mod checkpoint;
pub mod compact;
pub mod derived;
mod encoding;
pub mod hash;
pub mod key;
pub mod note;
pub mod proof;
pub mod proof_file;
pub mod tile;
pub mod witness;

#[cfg(test)]
mod tests;
