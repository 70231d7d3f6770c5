//! A disk in memory that fails, forgets and tears on command.
//!
//! It keeps what a running process sees (the page cache, the names) apart from what would survive a power cut, sector
//! by sector. Harsher than real file systems where they differ: syncing a file does not make its name durable, and
//! changes of names survive independently of each other.

mod disk;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::disk::{Armed, Disk, Grain, Inode, NameChange, Node, Seeded};
use super::{Access, FileHandle, FileSystem, Privacy};

/// The kinds of operation that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// [`FileSystem::open`]
    Open,
    /// [`FileSystem::create_new`]
    Create,
    /// [`FileSystem::create_directory`]
    CreateDirectory,
    /// [`FileSystem::rename`]
    Rename,
    /// [`FileSystem::remove`]
    Remove,
    /// [`FileSystem::sync_directory`]
    SyncDirectory,
    /// [`FileSystem::list`]
    List,
    /// [`FileHandle::read_exact_at`]
    Read,
    /// [`FileHandle::write_all_at`]
    Write,
    /// [`FileHandle::sync_data`]
    Sync,
}

impl Operation {
    /// Whether the operation changes what is visible or durable.
    #[must_use]
    pub fn is_mutation(self) -> bool {
        !matches!(self, Self::Open | Self::List | Self::Read)
    }
}

/// Which operation a fault hits, counted from 1, from when the fault is armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The n-th operation of one kind.
    Nth(Operation, u64),
    /// The n-th operation that changes anything.
    NthMutation(u64),
    /// The n-th operation that changes anything, and every operation after it: the process is as good as dead, and
    /// nothing that it does in its last moments reaches the disk.
    DeadFromMutation(u64),
}

/// The error that the failing operation reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultError {
    /// EIO
    Io,
    /// ENOSPC
    NoSpace,
}

/// What the failing operation does all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing. A failed sync leaves the bytes visible, forgets that they were dirty, and so never persists them.
    NotPersisted,
    /// All of it: reported as failed, but persisted.
    Persisted,
    /// A part chosen by the seed: a write's first sectors, any sectors of a sync; nothing of other operations.
    Partly(u64),
    /// The same, but a write ends after any byte, and not only after a sector.
    Torn(u64),
}

/// One failure to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// When it strikes.
    pub trigger: Trigger,
    /// What is reported.
    pub error: FaultError,
    /// What happens all the same.
    pub effect: Effect,
}

impl Fault {
    fn error(self) -> io::Error {
        // The Linux numbers, so that `io::Error::kind` classifies them as it does real ones.
        io::Error::from_raw_os_error(match self.error {
            FaultError::Io => 5,
            FaultError::NoSpace => 28,
        })
    }
}

/// The faulty disk. Clones share the disk; [`FaultyFileSystem::fork`] copies it.
#[derive(Debug, Clone)]
pub struct FaultyFileSystem {
    disk: Arc<Mutex<Disk>>,
}

impl FaultyFileSystem {
    /// A disk with one durable, empty directory.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        let mut disk = Disk::default();
        disk.visible.insert(root.to_owned(), Node::Directory);
        disk.durable.insert(root.to_owned(), Node::Directory);
        Self { disk: Arc::new(Mutex::new(disk)) }
    }

    /// An independent copy of the whole disk, with its armed faults.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { disk: Arc::new(Mutex::new(self.lock().clone())) }
    }

    /// Arms a fault; several can be armed, the first armed wins where two strike at once.
    pub fn arm(&self, fault: Fault) {
        self.lock().faults.push(Armed { fault, seen: 0 });
    }

    /// Disarms all faults: space has returned, the cable is back in.
    pub fn disarm(&self) {
        self.lock().faults.clear();
    }

    /// The operations so far, in order.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.lock().log.clone()
    }

    /// Ends the process: open handles are dead, everything written stays visible, in the page cache at least.
    pub fn kill(&self) {
        let mut disk = self.lock();
        disk.generation += 1;
        disk.faults.clear();
    }

    /// Cuts the power: what was synced stays; every other written sector, and every other change of names, is kept or
    /// dropped as the seed says. Of a sector that was written more than once any of the writes may be the one that is kept.
    pub fn power_cut(&self, seed: u64) {
        self.lose_power(seed, Grain::Sector);
    }

    /// The same on a disk that does not write sectors whole: of a sector that was being written the first bytes may be new and the others
    /// old. Real disks promise more, and Docket counts on it: on this disk it may refuse to open, but must not be wrong.
    pub fn power_cut_within_sectors(&self, seed: u64) {
        self.lose_power(seed, Grain::Byte);
    }

    fn lose_power(&self, seed: u64, grain: Grain) {
        let mut seeded = Seeded(seed);
        let mut guard = self.lock();
        let disk = &mut *guard;
        for change in std::mem::take(&mut disk.unsynced) {
            if seeded.coin() {
                change.apply(&mut disk.durable);
            }
        }
        let names = disk.durable.clone();
        disk.durable
            .retain(|path, _| path.parent().is_none_or(|parent| !is_lost(parent, &names, &disk.visible)));
        disk.visible.clone_from(&disk.durable);
        for inode in &mut disk.inodes {
            inode.lose_power(&mut seeded, grain);
        }
        disk.boots += 1;
        disk.generation += 1;
        disk.faults.clear();
    }

    /// What a process would read from a file; `None` if there is none of this name.
    #[must_use]
    pub fn contents(&self, path: &Path) -> Option<Vec<u8>> {
        let disk = self.lock();
        let inode = disk.file(path).ok()?;
        disk.inodes.get(inode).map(|inode| inode.cached.clone())
    }

    /// Every file, as a process would read it.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let disk = self.lock();
        let file = |(path, node): (&PathBuf, &Node)| match node {
            Node::Directory => None,
            Node::File(inode) => Some((path.clone(), disk.inodes.get(*inode)?.cached.clone())),
        };
        disk.visible.iter().filter_map(file).collect()
    }

    /// Replaces or makes a file, durably, past all faults: damage done by somebody else.
    pub fn tamper(&self, path: &Path, contents: Vec<u8>) {
        let mut guard = self.lock();
        let disk = &mut *guard;
        let tampered = Inode { stored: contents.clone(), cached: contents, ..Inode::default() };
        if let Some(inode) = disk.file(path).ok().and_then(|inode| disk.inodes.get_mut(inode)) {
            *inode = tampered;
            return;
        }
        let node = Node::File(disk.inodes.len());
        disk.inodes.push(tampered);
        disk.visible.insert(path.to_owned(), node);
        disk.durable.insert(path.to_owned(), node);
    }

    /// Removes a file, durably, past all faults.
    pub fn tamper_remove(&self, path: &Path) {
        let mut disk = self.lock();
        disk.visible.remove(path);
        disk.durable.remove(path);
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, inode: usize, access: Access, generation: u64) -> Box<dyn FileHandle> {
        Box::new(FaultyFile { file_system: self.clone(), inode, access, generation })
    }
}

/// Whether a directory was visible but its own name did not survive, which loses the names in it.
fn is_lost(directory: &Path, kept: &BTreeMap<PathBuf, Node>, visible: &BTreeMap<PathBuf, Node>) -> bool {
    visible.contains_key(directory) && !kept.contains_key(directory)
}

impl FileSystem for FaultyFileSystem {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FileHandle>> {
        let mut disk = self.lock();
        if let Some((error, _)) = disk.begin(Operation::Open) {
            return Err(error);
        }
        let inode = disk.file(path)?;
        Ok(self.handle(inode, access, disk.generation))
    }

    fn create_new(&self, path: &Path, _privacy: Privacy) -> io::Result<Box<dyn FileHandle>> {
        let mut disk = self.lock();
        disk.require_room_for(path)?;
        let inode = disk.inodes.len();
        disk.inodes.push(Inode::default());
        let added = Some((path.to_owned(), Node::File(inode)));
        disk.change_names(Operation::Create, NameChange { removed: None, added })?;
        Ok(self.handle(inode, Access::ReadWrite, disk.generation))
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.require_room_for(path)?;
        let added = Some((path.to_owned(), Node::Directory));
        disk.change_names(Operation::CreateDirectory, NameChange { removed: None, added })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        let node = Node::File(disk.file(from)?);
        let change = NameChange { removed: Some(from.to_owned()), added: Some((to.to_owned(), node)) };
        disk.change_names(Operation::Rename, change)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.file(path)?;
        disk.change_names(Operation::Remove, NameChange { removed: Some(path.to_owned()), added: None })
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.lock().sync_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let mut disk = self.lock();
        if let Some((error, _)) = disk.begin(Operation::List) {
            return Err(error);
        }
        if disk.visible.get(path) != Some(&Node::Directory) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = disk.visible.keys().filter(|name| name.parent() == Some(path));
        Ok(inside.filter_map(|name| name.file_name().map(OsString::from)).collect())
    }

    /// Another one after each power cut.
    fn boot_id(&self) -> String {
        format!("boot {} of a faulty disk", self.lock().boots)
    }
}

#[derive(Debug)]
struct FaultyFile {
    file_system: FaultyFileSystem,
    inode: usize,
    access: Access,
    generation: u64,
}

impl FaultyFile {
    /// The disk, for the living: a handle of a process that was killed answers nothing but errors.
    fn disk(&self) -> io::Result<MutexGuard<'_, Disk>> {
        let disk = self.file_system.lock();
        if disk.generation == self.generation {
            Ok(disk)
        } else {
            Err(io::Error::other("the process is dead"))
        }
    }
}

impl FileHandle for FaultyFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut disk = self.disk()?;
        if let Some((error, _)) = disk.begin(Operation::Read) {
            return Err(error);
        }
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let bytes =
            disk.inodes.get(self.inode).and_then(|inode| inode.cached.get(start..)?.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.access == Access::Read {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.disk()?.write(self.inode, bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk()?.sync(self.inode)
    }

    fn length(&self) -> io::Result<u64> {
        let disk = self.disk()?;
        let length = disk.inodes.get(self.inode).map_or(0, |inode| inode.cached.len());
        u64::try_from(length).map_err(io::Error::other)
    }
}
