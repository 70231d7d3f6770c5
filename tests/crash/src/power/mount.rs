//! The disk as a filesystem, on FUSE: the kernel asks, the disk answers.
//!
//! Writes go through to the disk at once and fsync is passed on; `sync_file_range` is a matter of the kernel's cache alone and reaches no
//! filesystem, as on a real disk with a cache of its own. `flock` is the kernel's, too.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    AccessFlags, BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem,
    FopenFlags, Generation, INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate,
    ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyStatfs, ReplyWrite, Request, TimeOrNow,
    WriteFlags,
};

use super::disk::{Disk, Refusal};
use crate::error::CrashError;

/// How long the kernel may remember what it was told: there is nobody else who changes it.
const REMEMBERED: Duration = Duration::from_secs(1);
/// What the filesystem says about its size, in blocks of 512 bytes: far more than is ever needed.
const BLOCKS: u64 = 1 << 22;

/// A disk that the filesystem shares with whoever cuts its power.
#[derive(Debug, Clone, Default)]
pub struct SharedDisk(Arc<Mutex<Disk>>);

impl SharedDisk {
    /// The disk, while nobody else uses it.
    pub fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mounts the disk. It stays mounted until the value is unmounted or dropped.
    pub fn mount(&self, place: &Path) -> Result<BackgroundSession, CrashError> {
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("docket-crash".to_owned()), MountOption::NoAtime];
        fuser::spawn_mount(PowerFileSystem(self.clone()), place, &config)
            .map_err(|error| CrashError::Tool { tool: "FUSE", reason: error.to_string() })
    }
}

struct PowerFileSystem(SharedDisk);

impl From<Refusal> for Errno {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoEntry => Self::ENOENT,
            Refusal::NoPower => Self::EIO,
            Refusal::Exists => Self::EEXIST,
            Refusal::NotEmpty => Self::ENOTEMPTY,
            Refusal::IsDirectory => Self::EISDIR,
        }
    }
}

fn attributes(disk: &Disk, number: u64) -> Result<FileAttr, Refusal> {
    let node = disk.node(number)?;
    let size = node.bytes.len() as u64;
    let kind = if node.is_directory { FileType::Directory } else { FileType::RegularFile };
    Ok(FileAttr {
        ino: INodeNo(number),
        size,
        blocks: size.div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: u16::try_from(node.mode & 0o7777).unwrap_or(0o644),
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    })
}

/// An offset or length in memory; one beyond it is beyond every file.
fn within(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl PowerFileSystem {
    fn done(result: Result<(), Refusal>, reply: ReplyEmpty) {
        match result {
            Ok(()) => reply.ok(),
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn make(
        &self,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        is_directory: bool,
    ) -> Result<FileAttr, Refusal> {
        let mut disk = self.0.lock();
        let number = disk.make(parent.0, name, mode, is_directory)?;
        attributes(&disk, number)
    }
}

impl Filesystem for PowerFileSystem {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let disk = self.0.lock();
        match disk.lookup(parent.0, name).and_then(|number| attributes(&disk, number)) {
            Ok(found) => reply.entry(&REMEMBERED, &found, Generation(0)),
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match attributes(&self.0.lock(), number.0) {
            Ok(found) => reply.attr(&REMEMBERED, &found),
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut disk = self.0.lock();
        let moded = mode.map_or(Ok(()), |mode| disk.set_mode(number.0, mode));
        let sized = moded.and_then(|()| size.map_or(Ok(()), |size| disk.resize(number.0, within(size))));
        match sized.and_then(|()| attributes(&disk, number.0)) {
            Ok(found) => reply.attr(&REMEMBERED, &found),
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        match self.make(parent, name, mode & !umask, true) {
            Ok(made) => reply.entry(&REMEMBERED, &made, Generation(0)),
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        match self.make(parent, name, mode & !umask, false) {
            Ok(made) => {
                reply.created(&REMEMBERED, &made, Generation(0), FileHandle(0), FopenFlags::empty());
            }
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        Self::done(self.0.lock().remove(parent.0, name), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        Self::done(self.0.lock().remove(parent.0, name), reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        Self::done(self.0.lock().rename((parent.0, name), (new_parent.0, new_name)), reply);
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let disk = self.0.lock();
        match disk.node(number.0) {
            Ok(node) => {
                let start = within(offset).min(node.bytes.len());
                let end = (start + within(size.into())).min(node.bytes.len());
                reply.data(node.bytes.get(start..end).unwrap_or_default());
            }
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.0.lock().write(number.0, within(offset), data) {
            Ok(()) => reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(refusal) => reply.error(refusal.into()),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        Self::done(self.0.lock().sync(number.0), reply);
    }

    fn fsyncdir(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        Self::done(self.0.lock().sync_directory(number.0), reply);
    }

    fn readdir(&self, _: &Request, number: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let disk = self.0.lock();
        let names = match disk.names(number.0) {
            Ok(names) => names,
            Err(refusal) => return reply.error(refusal.into()),
        };
        for ((name, entry), next) in names.iter().zip(1_u64..).skip(within(offset)) {
            let is_directory = disk.node(*entry).is_ok_and(|node| node.is_directory);
            let kind = if is_directory { FileType::Directory } else { FileType::RegularFile };
            if reply.add(INodeNo(*entry), next, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, 512, 255, 512);
    }

    fn access(&self, _: &Request, _: INodeNo, _: AccessFlags, reply: ReplyEmpty) {
        reply.ok();
    }
}
