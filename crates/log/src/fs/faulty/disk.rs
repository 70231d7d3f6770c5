//! What the faulty disk remembers: visible beside durable, and the faults to come.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{Effect, Fault, Operation, Trigger};

/// The unit that a power cut keeps or drops whole.
const SECTOR: usize = 512;

#[derive(Debug, Clone)]
pub(super) struct Armed {
    pub(super) fault: Fault,
    pub(super) seen: u64,
}

impl Armed {
    /// Counts the operation and says whether the fault strikes at it.
    fn strikes(&mut self, operation: Operation) -> bool {
        let counted = match self.fault.trigger {
            Trigger::Nth(kind, _) => kind == operation,
            Trigger::NthMutation(_) => operation.is_mutation(),
            Trigger::DeadFromMutation(n) => operation.is_mutation() || self.seen >= n,
        };
        self.seen += u64::from(counted);
        counted
            && match self.fault.trigger {
                Trigger::Nth(_, n) | Trigger::NthMutation(n) => self.seen == n,
                Trigger::DeadFromMutation(n) => self.seen >= n,
            }
    }

    /// What the operation does all the same: only the first one that a dying process hits has any effect.
    fn effect(&self) -> Effect {
        match self.fault.trigger {
            Trigger::DeadFromMutation(n) if self.seen > n => Effect::NotPersisted,
            _ => self.fault.effect,
        }
    }
}

/// A small deterministic generator (`SplitMix64`): the same seed tears the same sectors, on every machine.
#[derive(Debug, Clone)]
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// A number below `bound`; 0 where the bound is 0.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }
}

/// How finely a power cut tears what was being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Sectors are kept or dropped whole.
    Sector,
    /// A sector may end up with its first bytes new and the others old.
    Byte,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Inode {
    pub(super) cached: Vec<u8>,
    pub(super) stored: Vec<u8>,
    /// The sectors that were written and not synced, each with what earlier writes since the last sync had made of it: writes that were
    /// not synced reach the disk in any order.
    pub(super) dirty: BTreeMap<usize, Vec<Vec<u8>>>,
}

impl Inode {
    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if self.cached.len() < end {
            grow(&mut self.cached, end);
        }
        for sector in offset / SECTOR..end.div_ceil(SECTOR) {
            let before = self.dirty.get(&sector).map(|_| self.sector(sector).to_vec());
            self.dirty.entry(sector).or_default().extend(before);
        }
        if let Some(target) = self.cached.get_mut(offset..end) {
            target.copy_from_slice(bytes);
        }
    }

    /// A sector as a process sees it; shorter at the end of the file.
    fn sector(&self, sector: usize) -> &[u8] {
        let start = sector * SECTOR;
        let end = (start + SECTOR).min(self.cached.len());
        self.cached.get(start..end).unwrap_or_default()
    }

    /// Stores the first bytes of a sector, as they are now or were after an earlier write.
    fn store(&mut self, sector: usize, bytes: &[u8]) {
        let start = sector * SECTOR;
        let end = start + bytes.len();
        if self.stored.len() < end {
            grow(&mut self.stored, end);
        }
        if let Some(to) = self.stored.get_mut(start..end) {
            to.copy_from_slice(bytes);
        }
    }

    /// Stores the dirty sectors that `keep` picks; all count as clean afterwards, as after a failed fsync.
    pub(super) fn sync(&mut self, mut keep: impl FnMut() -> bool) {
        for sector in std::mem::take(&mut self.dirty).into_keys() {
            if keep() {
                let bytes = self.sector(sector).to_vec();
                self.store(sector, &bytes);
            }
        }
    }

    fn sync_all(&mut self) {
        grow(&mut self.stored, self.cached.len());
        self.sync(|| true);
    }

    pub(super) fn lose_power(&mut self, seeded: &mut Seeded, grain: Grain) {
        for (sector, mut versions) in std::mem::take(&mut self.dirty) {
            if !seeded.coin() {
                continue;
            }
            versions.push(self.sector(sector).to_vec());
            let last = versions.len() - 1;
            let chosen = if last > 0 { seeded.below(last + 1) } else { last };
            let bytes = versions.swap_remove(chosen);
            let length = match grain {
                Grain::Byte if seeded.coin() => seeded.below(bytes.len()),
                _ => bytes.len(),
            };
            self.store(sector, bytes.get(..length).unwrap_or_default());
        }
        if seeded.coin() {
            grow(&mut self.stored, self.cached.len());
        }
        self.cached.clone_from(&self.stored);
    }
}

/// Makes a file longer, with zeros. Many times faster than `Vec::resize` where tests are not optimised.
fn grow(bytes: &mut Vec<u8>, length: usize) {
    bytes.append(&mut vec![0; length.saturating_sub(bytes.len())]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Directory,
    File(usize),
}

#[derive(Debug, Clone)]
pub(super) struct NameChange {
    pub(super) removed: Option<PathBuf>,
    pub(super) added: Option<(PathBuf, Node)>,
}

impl NameChange {
    fn is_in(&self, directory: &Path) -> bool {
        let path = self.added.as_ref().map(|(path, _)| path).or(self.removed.as_ref());
        path.and_then(|path| path.parent()) == Some(directory)
    }

    pub(super) fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        if let Some(path) = self.removed {
            names.remove(&path);
        }
        if let Some((path, node)) = self.added {
            names.insert(path, node);
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    pub(super) inodes: Vec<Inode>,
    pub(super) visible: BTreeMap<PathBuf, Node>,
    pub(super) durable: BTreeMap<PathBuf, Node>,
    pub(super) unsynced: Vec<NameChange>,
    pub(super) faults: Vec<Armed>,
    pub(super) log: Vec<Operation>,
    pub(super) generation: u64,
    /// How often the power was cut.
    pub(super) boots: u64,
}

impl Disk {
    /// Counts an operation; `Some` if a fault strikes at it.
    pub(super) fn begin(&mut self, operation: Operation) -> Option<(io::Error, Effect)> {
        self.log.push(operation);
        let mut struck = None;
        for armed in &mut self.faults {
            if armed.strikes(operation) && struck.is_none() {
                struck = Some((armed.fault.error(), armed.effect()));
            }
        }
        struck
    }

    pub(super) fn change_names(&mut self, operation: Operation, change: NameChange) -> io::Result<()> {
        let struck = self.begin(operation);
        if !matches!(struck, Some((_, Effect::NotPersisted | Effect::Partly(_) | Effect::Torn(_)))) {
            change.clone().apply(&mut self.visible);
            self.unsynced.push(change);
        }
        struck.map_or(Ok(()), |(error, _)| Err(error))
    }

    pub(super) fn sync_directory(&mut self, path: &Path) -> io::Result<()> {
        let struck = self.begin(Operation::SyncDirectory);
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.unsynced).into_iter().partition(|change| change.is_in(path));
        self.unsynced = elsewhere;
        if !matches!(struck, Some((_, Effect::NotPersisted | Effect::Partly(_) | Effect::Torn(_)))) {
            for change in here {
                change.apply(&mut self.durable);
            }
        }
        struck.map_or(Ok(()), |(error, _)| Err(error))
    }

    pub(super) fn write(&mut self, inode: usize, bytes: &[u8], offset: usize) -> io::Result<()> {
        let struck = self.begin(Operation::Write);
        let length = match struck {
            None | Some((_, Effect::Persisted)) => bytes.len(),
            Some((_, Effect::NotPersisted)) => 0,
            Some((_, Effect::Partly(seed))) => Seeded(seed).below(bytes.len() / SECTOR + 1) * SECTOR,
            Some((_, Effect::Torn(seed))) => Seeded(seed).below(bytes.len() + 1),
        };
        if let (Some(inode), Some(bytes)) = (self.inodes.get_mut(inode), bytes.get(..length))
            && length > 0
        {
            inode.write(bytes, offset);
        }
        struck.map_or(Ok(()), |(error, _)| Err(error))
    }

    pub(super) fn sync(&mut self, inode: usize) -> io::Result<()> {
        let struck = self.begin(Operation::Sync);
        if let Some(inode) = self.inodes.get_mut(inode) {
            match struck {
                None | Some((_, Effect::Persisted)) => inode.sync_all(),
                Some((_, Effect::NotPersisted)) => inode.dirty.clear(),
                Some((_, Effect::Partly(seed) | Effect::Torn(seed))) => {
                    let mut seeded = Seeded(seed);
                    inode.sync(|| seeded.coin());
                }
            }
        }
        struck.map_or(Ok(()), |(error, _)| Err(error))
    }

    pub(super) fn file(&self, path: &Path) -> io::Result<usize> {
        match self.visible.get(path) {
            Some(Node::File(inode)) => Ok(*inode),
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn require_room_for(&self, path: &Path) -> io::Result<()> {
        let parent = path.parent().and_then(|parent| self.visible.get(parent));
        if parent != Some(&Node::Directory) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if self.visible.contains_key(path) { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) }
    }
}
