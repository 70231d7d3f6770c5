//! What every durable figure is judged against: a plain file, appended and synced, with the bytes of the same frames and no work besides.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A file that grows by one frame and one fdatasync at a time.
#[derive(Debug)]
pub(super) struct RawLog {
    path: PathBuf,
    file: File,
    bytes: Vec<u8>,
}

impl RawLog {
    /// A new file in this directory, empty; one that is there is replaced.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        let path = directory.join("rawlog");
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&path)?;
        // Text-like bytes: a drive that compresses gets no zeros for a present.
        let bytes = (0..=u16::MAX).flat_map(|n| n.wrapping_mul(40_503).to_le_bytes()).collect();
        Ok(Self { path, file, bytes })
    }

    /// Appends frames of these lengths, each with one write and one fdatasync, and says how long that took.
    pub(super) fn append(&mut self, frames: &[u32]) -> io::Result<Duration> {
        let longest = frames.iter().copied().max().unwrap_or_default() as usize;
        while self.bytes.len() < longest {
            self.bytes.extend_from_within(..);
        }
        let started = Instant::now();
        for &length in frames {
            self.file.write_all(self.bytes.get(..length as usize).unwrap_or_default())?;
            self.file.sync_data()?;
        }
        Ok(started.elapsed())
    }

    /// Removes the file.
    pub(super) fn remove(self) -> io::Result<()> {
        drop(self.file);
        std::fs::remove_file(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_exactly_the_frames_and_goes_away() {
        let directory = tempfile::tempdir().unwrap();
        let mut rawlog = RawLog::create(directory.path()).unwrap();
        rawlog.append(&[512, 1024, 400_000]).unwrap();
        assert_eq!(std::fs::metadata(directory.path().join("rawlog")).unwrap().len(), 401_536);
        rawlog.remove().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
