//! The limit of the disk: a plain file to which the same payloads are appended, with one write and one fdatasync for what all clients
//! have waiting. It checks nothing, and it can be asked nothing.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::peer::{Peer, PeerError, Place, Taken, Timed};
use crate::workload::{Commit, State};

/// How much is read at once.
const READ_BYTES: usize = 1 << 20;

/// An open file.
pub(super) struct RawLog {
    path: PathBuf,
    file: File,
}

impl RawLog {
    pub(super) fn open(place: &Place) -> Result<Self, PeerError> {
        let path = place.directory.join("rawlog");
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        Ok(Self { file: file.map_err(PeerError::io("make the raw log"))?, path })
    }
}

impl Peer for RawLog {
    fn about(&self) -> String {
        "a file that grows; one write and one fdatasync for a commit of each client".to_owned()
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        let mut clients: Vec<_> = clients.into_iter().map(Vec::into_iter).collect();
        let mut frames = Vec::new();
        loop {
            let waiting: Vec<Commit> = clients.iter_mut().filter_map(Iterator::next).collect();
            if waiting.is_empty() {
                break;
            }
            frames
                .push(waiting.iter().flatten().flat_map(|event| event.payload.clone()).collect::<Vec<u8>>());
        }
        let (began, mut shortest) = (Instant::now(), Duration::MAX);
        for frame in frames {
            let started = Instant::now();
            let written = self.file.write_all(&frame).and_then(|()| self.file.sync_data());
            written.map_err(PeerError::io("append to the raw log"))?;
            shortest = shortest.min(started.elapsed());
        }
        Ok(Taken { whole: began.elapsed(), shortest })
    }

    fn replay(&mut self) -> Result<Timed<State>, PeerError> {
        let mut buffer = vec![0; READ_BYTES];
        let started = Instant::now();
        let mut file = File::open(&self.path).map_err(PeerError::io("open the raw log"))?;
        while file.read(&mut buffer).map_err(PeerError::io("read the raw log"))? > 0 {}
        Ok(Some((started.elapsed(), State::new())))
    }

    fn current(&mut self, _: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        Ok(None)
    }

    fn as_of(&mut self, _: u64) -> Result<Timed<State>, PeerError> {
        Ok(None)
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        Ok(())
    }
}
