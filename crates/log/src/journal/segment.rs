//! Segments: their names and sizes, what a directory holds, preparing a new one, and searching their sectors.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::PathBuf;

use super::frame::is_zero;
use super::window::Window;
use super::{
    Damage, FRAME_BYTES_MAX, FrameHeader, JournalDirectory, JournalError, JournalFault, JournalPosition,
    SECTOR_BYTES,
};
use crate::fs::{Access, FileHandle, Privacy, remove_if_present, temporary_path};

const SEGMENT_SUFFIX: &str = ".seg";
const TEMPORARY_SUFFIX: &str = ".tmp";
const SEGMENT_DIGITS: usize = 20;

/// The number of a segment, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u64);

impl fmt::Display for SegmentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl SegmentId {
    pub(super) fn file_name(self) -> String {
        format!("{:0SEGMENT_DIGITS$}{SEGMENT_SUFFIX}", self.0)
    }

    fn from_file_name(name: &str) -> Option<Self> {
        let digits = name.strip_suffix(SEGMENT_SUFFIX)?;
        let all_digits = digits.len() == SEGMENT_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        all_digits.then(|| digits.parse().ok().map(Self)).flatten()
    }
}

/// How long segments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentGeometry {
    /// The length of segment 0.
    pub first_bytes: u64,
    /// How many times the length doubles from one segment to the next.
    pub doublings: u32,
}

impl SegmentGeometry {
    /// The geometry of format version 1: from 1 MiB to 64 MiB.
    pub const V1: Self = Self { first_bytes: 1024 * 1024, doublings: 6 };

    /// The length of a segment whose first frame is not longer.
    #[must_use]
    pub fn bytes(&self, segment: SegmentId) -> u64 {
        let doublings = u32::try_from(segment.0).unwrap_or(u32::MAX).min(self.doublings);
        self.first_bytes << doublings
    }
}

/// A byte of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) segment: SegmentId,
    pub(super) offset: u64,
}

/// A segment that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentFile {
    pub(super) id: SegmentId,
    pub(super) bytes: u64,
}

/// What the journal's directory holds.
#[derive(Debug)]
pub(super) struct Segments {
    pub(super) directory: JournalDirectory,
    /// In the order of their ids.
    pub(super) files: Vec<SegmentFile>,
    pub(super) temporaries: Vec<PathBuf>,
    /// What is wrong with names and lengths, in the order of names.
    pub(super) damage: Vec<Damage>,
}

impl Segments {
    /// Lists the directory and looks at every length; reads no content.
    pub(super) fn list(directory: &JournalDirectory) -> Result<Self, JournalError> {
        let names = directory
            .file_system
            .list(&directory.path)
            .map_err(|source| JournalError::io("list", &directory.path, source))?;
        let mut segments =
            Self { directory: directory.clone(), files: vec![], temporaries: vec![], damage: vec![] };
        for name in names {
            segments.add(&name)?;
        }
        Ok(segments)
    }

    fn add(&mut self, name: &OsStr) -> Result<(), JournalError> {
        let path = self.directory.path.join(name);
        let text = name.to_str().unwrap_or_default();
        if text.strip_suffix(TEMPORARY_SUFFIX).and_then(SegmentId::from_file_name).is_some() {
            self.temporaries.push(path);
            return Ok(());
        }
        let Some(id) = SegmentId::from_file_name(text) else {
            self.damage.push(Damage { path, offset: 0, fault: JournalFault::UnknownFile });
            return Ok(());
        };
        let expected_id = self.files.last().map_or(0, |file| file.id.0.saturating_add(1));
        if id.0 != expected_id {
            let missing = SegmentId(expected_id);
            let path = self.directory.segment_path(missing);
            self.damage.push(Damage { path, offset: 0, fault: JournalFault::SegmentMissing(missing) });
        }
        let bytes = self
            .open(id, Access::Read)?
            .length()
            .map_err(|source| JournalError::io("read the length of", &path, source))?;
        let expected = self.directory.geometry.bytes(id);
        let longest = expected.max(u64::from(FRAME_BYTES_MAX));
        if bytes < expected || bytes > longest || bytes % SECTOR_BYTES as u64 != 0 {
            let fault = JournalFault::SegmentLength { expected, found: bytes };
            self.damage.push(Damage { path, offset: bytes, fault });
        }
        self.files.push(SegmentFile { id, bytes });
        Ok(())
    }

    pub(super) fn open(&self, id: SegmentId, access: Access) -> Result<Box<dyn FileHandle>, JournalError> {
        self.directory.open_segment(id, access)
    }

    pub(super) fn window(&self, file: SegmentFile) -> Result<Window, JournalError> {
        let handle = self.open(file.id, Access::Read)?;
        Ok(Window::new(handle, self.directory.segment_path(file.id), file.bytes))
    }

    /// The segment, or the next one that is there.
    pub(super) fn at_or_after(&self, id: SegmentId) -> Option<SegmentFile> {
        let index = self.files.partition_point(|file| file.id < id);
        self.files.get(index).copied()
    }

    pub(super) fn after(&self, id: SegmentId) -> Option<SegmentFile> {
        self.at_or_after(SegmentId(id.0.checked_add(1)?))
    }

    pub(super) fn damage_at(&self, place: Place, fault: JournalFault) -> Damage {
        Damage { path: self.directory.segment_path(place.segment), offset: place.offset, fault }
    }

    /// The damage that it is if a scan must begin in a segment that is not there.
    pub(super) fn lack_of(&self, start: JournalPosition) -> Option<Damage> {
        let there = self.at_or_after(start.segment).is_some_and(|file| file.id == start.segment);
        if there || start == JournalPosition::START {
            return None;
        }
        let place = Place { segment: start.segment, offset: 0 };
        Some(self.damage_at(place, JournalFault::SegmentMissing(start.segment)))
    }

    /// What is wrong with the segments before `start`, by the headers of their first frames: each must be there, with a higher first
    /// index than the one before.
    pub(super) fn fault_before(&self, start: JournalPosition) -> Result<Option<Damage>, JournalError> {
        if start == JournalPosition::START {
            return Ok(None);
        }
        let mut least = 0;
        for file in self.files.iter().filter(|file| file.id <= start.segment) {
            let mut window = self.window(*file)?;
            let place = Place { segment: file.id, offset: 0 };
            let sector = window.bytes(0, SECTOR_BYTES)?.unwrap_or_default();
            let index = if file.id.0 == 0 { Some(0) } else { None };
            let checked = FrameHeader::decode(sector).and_then(|header| {
                let found = header.first_index;
                // One frame at least lies between the beginnings of two segments.
                header.check_place(file.id, index.unwrap_or(found.max(least).min(start.index)))?;
                Ok(header.end_index())
            });
            match checked {
                Ok(end) => least = end,
                Err(fault) => return Ok(Some(self.damage_at(place, fault.into()))),
            }
        }
        Ok(None)
    }

    /// The first sector from `place` on, in this or a later segment, for which `found` answers something.
    pub(super) fn search<T>(
        &self,
        place: Place,
        mut found: impl FnMut(Place, &[u8]) -> Option<T>,
    ) -> Result<Option<T>, JournalError> {
        let mut next = self.at_or_after(place.segment);
        while let Some(file) = next {
            let mut window = self.window(file)?;
            let mut offset = if file.id == place.segment { place.offset } else { 0 };
            while let Some(sector) = window.bytes(offset, SECTOR_BYTES)? {
                let here = Place { segment: file.id, offset };
                if let Some(answer) = found(here, sector) {
                    return Ok(Some(answer));
                }
                offset += SECTOR_BYTES as u64;
            }
            next = self.after(file.id);
        }
        Ok(None)
    }

    /// The first sector from `place` on that is not zero.
    pub(super) fn first_nonzero(&self, place: Place) -> Result<Option<Place>, JournalError> {
        self.search(place, |here, sector| (!is_zero(sector)).then_some(here))
    }

    /// The first sector from `place` on that is the header of a frame, of any segment and any index.
    pub(super) fn next_header(&self, place: Place) -> Result<Option<(Place, FrameHeader)>, JournalError> {
        self.search(place, |here, sector| FrameHeader::decode(sector).ok().map(|header| (here, header)))
    }
}

impl JournalDirectory {
    pub(super) fn open_segment(
        &self,
        id: SegmentId,
        access: Access,
    ) -> Result<Box<dyn FileHandle>, JournalError> {
        let path = self.segment_path(id);
        self.file_system.open(&path, access).map_err(|source| JournalError::io("open", &path, source))
    }

    /// Makes a segment of zeros, open for writing; an empty one of the same id, which was too short, is replaced. One that was filled
    /// ahead is used.
    /// `NoSpace` leaves everything as it was; after any other error the journal must be opened again.
    pub(super) fn prepare_segment(
        &self,
        id: SegmentId,
        bytes: u64,
        ahead: Option<Box<dyn FileHandle>>,
    ) -> Result<Box<dyn FileHandle>, JournalError> {
        let path = self.segment_path(id);
        let temporary = temporary_path(&path);
        let io = |operation, source| JournalError::io(operation, &path, source);
        let remove_temporary = || {
            remove_if_present(self.file_system.as_ref(), &temporary)
                .map_err(|source| JournalError::io("remove", &temporary, source))
        };
        let filled = if let Some(file) = ahead {
            Ok(file)
        } else {
            remove_temporary()?;
            self.fill_temporary(id, bytes)
        };
        let file = match filled {
            Ok(file) => file,
            Err(source) if is_no_space(&source) => {
                // The half-made file goes, and with it whatever its failed write or sync left in doubt.
                remove_temporary()?;
                return Err(JournalError::NoSpace { path, source });
            }
            Err(source) => return Err(io("prepare", source)),
        };
        // If the process dies here: a temporary, whole or not, which the next writer deletes.
        self.file_system.rename(&temporary, &path).map_err(|source| io("rename to", source))?;
        // If the process dies here: an empty last segment. If the power fails, its name may be lost: no frame is in it yet.
        self.file_system
            .sync_directory(&self.path)
            .map_err(|source| JournalError::io("sync the directory", &self.path, source))?;
        // If the process dies here: an empty last segment, for good.
        Ok(file)
    }

    /// Makes and fills a segment under its temporary name, and syncs it.
    pub(super) fn fill_temporary(&self, id: SegmentId, bytes: u64) -> io::Result<Box<dyn FileHandle>> {
        let temporary = temporary_path(&self.segment_path(id));
        let file = self.file_system.create_new(&temporary, Privacy::Ordinary)?;
        fill_with_zeros(file.as_ref(), 0, bytes)?;
        file.sync_data()?;
        Ok(file)
    }
}

fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

const ZEROS_BYTES: usize = 256 * 1024;
static ZEROS: [u8; ZEROS_BYTES] = [0; ZEROS_BYTES];

/// Writes zeros from `start` to `end`, in pieces.
pub(super) fn fill_with_zeros(file: &dyn FileHandle, start: u64, end: u64) -> io::Result<()> {
    let mut offset = start;
    while offset < end {
        let length = usize::try_from(end - offset).unwrap_or(ZEROS_BYTES).min(ZEROS_BYTES);
        file.write_all_at(ZEROS.get(..length).unwrap_or(&ZEROS), offset)?;
        offset += length as u64;
    }
    Ok(())
}
