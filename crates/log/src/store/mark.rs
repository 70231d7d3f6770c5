//! The mark beside `sled/`: under which boot it was opened, whether it was closed, and how far it had come.
//!
//! sled syncs neither file growth nor directories, so what it says of itself after a power cut proves nothing. The mark is written and
//! synced before sled opens and after its clean close; it tells whether the files can be trusted, and how large the log was at least.

use std::io;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::fs::{Access, FileSystem, Privacy, write_durably};
use crate::record::BundleCheckpoint;
use crate::store::Meta;
use crate::tlog::hash::Hash;

/// The name of the mark in the data directory.
pub const MARK_FILE: &str = "sled.mark";

/// What stands in the place of the boot where sled was found damaged: whoever opens it next makes it anew.
pub const DAMAGED: &str = "none: sled was found damaged";

/// A mark is far shorter; a longer file is none.
const MARK_BYTES_MAX: u64 = 1024;

/// Whether sled was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkState {
    /// It was opened, and not closed since.
    Open,
    /// It was closed cleanly.
    Clean,
}

/// The mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The boot of the machine under which it was written.
    pub boot: String,
    /// Whether sled was closed.
    pub state: MarkState,
    /// The entries that the log had when the mark was written.
    pub size: u64,
    /// The root at that size.
    pub root: Hash,
    /// The signature of the checkpoint at that size: the journal has it only in the next frame.
    pub signature: Option<BundleCheckpoint>,
    /// The most that the log ever had, where a rebuild went on with a journal that ends before. A second entry must never be recorded
    /// and signed in a place that had one.
    pub lost: Option<Meta>,
}

impl Mark {
    /// Reads the mark; `None` if there is none or it is no mark.
    pub fn read(file_system: &dyn FileSystem, path: &Path) -> io::Result<Option<Self>> {
        let file = match file_system.open(path, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.length()?;
        if length > MARK_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(std::str::from_utf8(&bytes).ok().and_then(Self::parse))
    }

    /// Whether sled was open when the machine restarted: its files may hold anything, and the next opening makes it anew. Not where it was
    /// found damaged: that is a fault of its own.
    pub fn was_open_at_a_restart(&self, file_system: &dyn FileSystem) -> bool {
        self.state == MarkState::Open && self.boot != DAMAGED && self.boot != file_system.boot_id()
    }

    /// Writes the mark durably.
    pub fn write(&self, file_system: &dyn FileSystem, path: &Path) -> io::Result<()> {
        write_durably(file_system, path, self.print().as_bytes(), Privacy::Ordinary)
    }

    fn print(&self) -> String {
        let state = match self.state {
            MarkState::Open => "open",
            MarkState::Clean => "clean",
        };
        let signature = self.signature.map_or_else(
            || "none".to_owned(),
            |signed| BASE64_STANDARD.encode([signed.key_id.as_slice(), signed.signature.as_slice()].concat()),
        );
        let lost = self.lost.map_or_else(|| "none".to_owned(), |lost| format!("{} {}", lost.size, lost.root));
        let Self { boot, size, root, .. } = self;
        let fields = format!(
            "boot {boot}\nstate {state}\nsize {size}\nroot {root}\nsignature {signature}\nlost {lost}\n"
        );
        let checked = format!("docket-sled-mark 1\n{fields}");
        // A flipped bit must not turn into another size: that would look like a lost journal.
        let check = crc32c::crc32c(checked.as_bytes());
        format!("{checked}crc32c {check:08x}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == "docket-sled-mark 1").then_some(())?;
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let mark = Self {
            boot: field("boot")?.to_owned(),
            state: match field("state")? {
                "open" => MarkState::Open,
                "clean" => MarkState::Clean,
                _ => return None,
            },
            size: field("size")?.parse().ok()?,
            root: Hash::from_hex(field("root")?).ok()?,
            signature: None,
            lost: None,
        };
        let signature = match field("signature")? {
            "none" => None,
            text => Some(signature_of(mark.size, &BASE64_STANDARD.decode(text).ok()?)?),
        };
        let lost = match field("lost")? {
            "none" => None,
            text => Some(lost_of(text)?),
        };
        let mark = Self { signature, lost, ..mark };
        // Compares the checksum too.
        (mark.print() == text).then_some(mark)
    }
}

fn lost_of(text: &str) -> Option<Meta> {
    let (size, root) = text.split_once(' ')?;
    Some(Meta { size: size.parse().ok()?, root: Hash::from_hex(root).ok()? })
}

fn signature_of(size: u64, bytes: &[u8]) -> Option<BundleCheckpoint> {
    let (key_id, signature) = bytes.split_first_chunk::<4>()?;
    Some(BundleCheckpoint { size, key_id: *key_id, signature: *signature.as_array::<64>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::RealFileSystem;

    #[test]
    fn a_mark_reads_back_and_a_damaged_one_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(MARK_FILE);
        assert_eq!(Mark::read(&RealFileSystem, &path).unwrap(), None);
        let signature = Some(BundleCheckpoint { size: 211, key_id: [1, 2, 3, 4], signature: [9; 64] });
        let lost = Some(Meta { size: 3000, root: Hash([8; 32]) });
        let (boot, state, root) = (RealFileSystem.boot_id(), MarkState::Clean, Hash([7; 32]));
        let mark = Mark { boot, state, size: 211, root, signature, lost };
        let unsigned = Mark { signature: None, lost: None, ..mark.clone() };
        unsigned.write(&RealFileSystem, &path).unwrap();
        assert_eq!(Mark::read(&RealFileSystem, &path).unwrap(), Some(unsigned));
        mark.write(&RealFileSystem, &path).unwrap();
        assert_eq!(Mark::read(&RealFileSystem, &path).unwrap(), Some(mark.clone()));
        let text = mark.print();
        for damaged in
            [&text[..text.len() - 1], &text.replace("211", "0211"), &text.replace("clean", "open"), ""]
        {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(Mark::read(&RealFileSystem, &path).unwrap(), None, "{damaged:?}");
        }
        for bit in 0..text.len() * 8 {
            let mut damaged = text.clone().into_bytes();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(Mark::read(&RealFileSystem, &path).unwrap(), None, "bit {bit}");
        }
    }
}
