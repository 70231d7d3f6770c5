//! Signatures of checkpoints, checked by threads of their own while the pass over the journal goes on.
//!
//! Each is checked singly and strictly: a batch of Ed25519 signatures can be accepted where one of them alone is not. Outcomes come in
//! the order in which they were asked for, and at places of the pass that depend on nothing but the log, so that findings have one order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use docket_domain::Origin;

use super::report::Place;
use crate::error::chain;
use crate::reader::note_of;
use crate::record::BundleCheckpoint;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::VerifierKey;
use crate::tlog::note::Note;
use crate::tlog::proof::TreeHead;

/// Signatures that may wait for each thread, and outcomes that may wait to be taken from it.
const SIGNATURES_WAITING: usize = 64;

/// More threads than this have to wait for the pass.
const THREADS_MAX: usize = 8;

/// A signature to be checked: over the checkpoint with this head, by this key.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) key: Arc<VerifierKey>,
    pub(super) origin: Origin,
    pub(super) head: TreeHead,
    pub(super) stored: BundleCheckpoint,
}

/// Whether it is good.
#[derive(Debug)]
pub(super) struct Answer {
    /// The size of the checkpoint.
    pub(super) size: u64,
    /// The signed note, or what is wrong with it.
    pub(super) outcome: Result<Note, String>,
    /// How long the checking took.
    pub(super) took: Duration,
}

impl Question {
    /// Checks the signature.
    pub(super) fn answer(&self) -> Answer {
        let Self { key, origin, head, stored } = self;
        let size = head.size;
        let note = match note_of(origin, *head, stored) {
            Ok(note) => note,
            Err(error) => return Answer { size, outcome: Err(chain(&error)), took: Duration::ZERO },
        };
        let began = Instant::now();
        let opened = Checkpoint::open_note(&note, std::slice::from_ref(key.as_ref()), origin.as_str());
        let took = began.elapsed();
        let outcome = opened.map(|_| note).map_err(|error| {
            format!("the signature of the checkpoint of size {size} is not good: {}", chain(&error))
        });
        Answer { size, outcome, took }
    }
}

/// The threads, and what they were asked and have not told yet. They end when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Checkers {
    threads: Vec<(SyncSender<Arc<Question>>, Receiver<Answer>)>,
    /// What was asked, where that signature stands, and which thread has it.
    waiting: VecDeque<(Arc<Question>, Place, usize)>,
    turn: usize,
}

impl Checkers {
    /// As many threads as the machine runs at once. What cannot be handed to one is answered by whoever asks.
    pub(super) fn start() -> Self {
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let threads = (0..count).filter_map(|_| {
            let (sender, questions) = sync_channel::<Arc<Question>>(SIGNATURES_WAITING);
            let (answers, receiver) = sync_channel(SIGNATURES_WAITING);
            // It ends when nobody listens any more.
            let work = move || {
                let told = questions.into_iter().try_for_each(|question| answers.send(question.answer()));
                drop(told);
            };
            let started = std::thread::Builder::new().name("verify-signatures".to_owned()).spawn(work);
            started.ok().map(|_| (sender, receiver))
        });
        Self { threads: threads.collect(), ..Self::default() }
    }

    /// Asks about a signature, and returns the oldest answer if as many wait as may wait.
    pub(super) fn ask(&mut self, question: Question, place: &Place) -> Option<(Place, Answer)> {
        let (question, turn) = (Arc::new(question), self.turn);
        if let Some((thread, _)) = self.threads.get(turn) {
            // If that thread has died, its answer will be missing.
            drop(thread.send(Arc::clone(&question)));
            self.turn = (turn + 1) % self.threads.len();
        }
        self.waiting.push_back((question, place.clone(), turn));
        let is_full = self.waiting.len() > SIGNATURES_WAITING * self.threads.len();
        if is_full { self.next() } else { None }
    }

    /// The oldest answer that was not taken yet.
    pub(super) fn next(&mut self) -> Option<(Place, Answer)> {
        let (question, place, turn) = self.waiting.pop_front()?;
        let told = self.threads.get(turn).and_then(|(_, answers)| answers.recv().ok());
        Some((place, told.unwrap_or_else(|| question.answer())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::hash::Hash;
    use crate::tlog::key::{KeyName, SignerKey};

    const ORIGIN: &str = "docket.example/signatures";

    /// The question about the checkpoint of a size; a bad one where the size is a multiple of 7.
    fn question(signer: &SignerKey, size: u64) -> Question {
        let head = TreeHead { size, root: Hash([7; 32]) };
        let note = Checkpoint::new(ORIGIN, head).unwrap().sign(signer).unwrap();
        let mut signature = [0; 64];
        signature.copy_from_slice(&note.signatures()[0].blob);
        signature[0] ^= u8::from(size.is_multiple_of(7));
        let key_id = signer.verifier().id().0.to_be_bytes();
        let stored = BundleCheckpoint { size, key_id, signature };
        let key = Arc::new(signer.verifier().clone());
        Question { key, origin: Origin::new(ORIGIN).unwrap(), head, stored }
    }

    #[test]
    fn answers_come_in_the_order_of_the_questions_with_and_without_threads() {
        let signer = SignerKey::from_seed(KeyName::new(ORIGIN).unwrap(), &[5; 32]);
        for mut checkers in [Checkers::start(), Checkers::default()] {
            let mut answers = Vec::new();
            for size in 1..=400 {
                answers.extend(checkers.ask(question(&signer, size), &Place::file("journal").at(size)));
            }
            answers.extend(std::iter::from_fn(|| checkers.next()));
            assert_eq!(answers.len(), 400);
            for ((place, answer), size) in answers.iter().zip(1..) {
                assert_eq!((place.offset, answer.size), (Some(size), size));
                assert_eq!(answer.outcome.is_ok(), !size.is_multiple_of(7), "{:?}", answer.outcome);
            }
        }
    }
}
