//! Signed notes, checkpoints, witness requests, keys and receipts: what strangers are handed, and hand back.

use docket_log::receipt::verify_receipt;
use docket_log::seal::ResolvedText;
use docket_log::tlog::checkpoint::{Checkpoint, CheckpointBody};
use docket_log::tlog::key::{SignerKey, VerifierKey};
use docket_log::tlog::note::Note;
use docket_log::tlog::proof_file::ProofFile;
use docket_log::tlog::witness::AddCheckpointRequest;

use crate::check::{accept, one_line, same};
use crate::specimen::{ORIGIN, specimen};

pub(crate) fn checkpoint(data: &[u8]) {
    match Note::parse(data) {
        Ok(note) => {
            same("a note", data, note.to_string().as_bytes());
            check_body(note.text());
        }
        Err(error) => one_line(&error),
    }
    match AddCheckpointRequest::parse(data) {
        Ok(request) => same("a request", data, request.to_string().as_bytes()),
        Err(error) => one_line(&error),
    }
    match Checkpoint::open(data, std::slice::from_ref(&specimen().key), ORIGIN) {
        Ok(opened) => {
            assert!(opened.extensions.is_empty(), "the log never signs extension lines");
            let text = opened.checkpoint.to_string();
            assert!(
                specimen().checkpoints.iter().any(|note| note.text() == text),
                "a checkpoint was accepted that was never signed: {text:?}"
            );
            accept();
        }
        Err(error) => one_line(&error),
    }
}

fn check_body(text: &str) {
    match Checkpoint::parse(text) {
        Ok(CheckpointBody { checkpoint, extensions }) => {
            let again = extensions.iter().fold(checkpoint.to_string(), |text, line| text + line + "\n");
            same("a checkpoint", text.as_bytes(), again.as_bytes());
        }
        Err(error) => one_line(&error),
    }
}

pub(crate) fn key_line(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<VerifierKey>() {
        Ok(key) => {
            same("a public key", data, key.to_string().as_bytes());
            accept();
        }
        Err(error) => one_line(&error),
    }
    match SignerKey::from_private_line(text) {
        Ok(key) => same("a private key", data, key.to_private_line().as_bytes()),
        Err(error) => one_line(&error),
    }
}

pub(crate) fn receipt(data: &[u8]) {
    match ProofFile::parse(data) {
        Ok(file) => same("a receipt", data, file.to_string().as_bytes()),
        Err(error) => one_line(&error),
    }
    let specimen = specimen();
    let verified = match verify_receipt(data, std::slice::from_ref(&specimen.key)) {
        Ok(verified) => verified,
        Err(error) => return one_line(&error),
    };
    // Whatever was altered, what is believed is what was recorded: the entry, its words, and the checkpoint.
    let index = usize::try_from(verified.entry.event.index).expect("a small log");
    let known = specimen.entries.get(index).expect("an entry was accepted that was never recorded");
    same("the entry of a receipt", &verified.entry.encode().expect("an entry"), &known.bytes);
    let text = verified.checkpoint.checkpoint.to_string();
    assert!(specimen.checkpoints.iter().any(|note| note.text() == text));
    assert_eq!(verified.texts.len(), known.words.len());
    for (shown, words) in verified.texts.iter().zip(&known.words) {
        if let ResolvedText::Words(shown) = shown {
            assert_eq!(shown, words, "words were accepted that were never recorded");
        }
    }
    accept();
}
