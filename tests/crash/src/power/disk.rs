//! A disk in memory that knows what would survive a power cut.
//!
//! Beside what processes see it keeps what is durable: bytes per sector of 512, and names per directory. Bytes are durable after a sync of their
//! file, names only after a sync of their directory; a synced file whose name is not durable is lost with its name. As harsh as the disk of the
//! log's own fault tests, and written apart from it, so that a mistake in one of them does not hide in the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use crate::dice::Dice;

/// The unit that is kept or dropped whole.
const SECTOR: usize = 512;
/// The number of the root directory.
pub const ROOT: u64 = 1;

/// The error numbers that the disk answers with, as Linux has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// ENOENT
    NoEntry,
    /// EIO: the power is off.
    NoPower,
    /// EEXIST
    Exists,
    /// ENOTEMPTY
    NotEmpty,
    /// EISDIR
    IsDirectory,
}

/// What a power cut does to what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// All of it is gone.
    DropAll,
    /// All of it is there: the cache was written back just before.
    KeepAll,
    /// Each sector and each change of names by chance: torn and reordered.
    Chance,
    /// Names are there, bytes are not: files have their new length, filled with zeros.
    NamesOnly,
    /// Bytes are there, names are not.
    BytesOnly,
    /// One sector in sixteen is gone.
    Torn,
}

/// The styles that take turns by chance; the middle ones most often.
pub const STYLES: [Style; 8] = [
    Style::DropAll,
    Style::KeepAll,
    Style::Chance,
    Style::Chance,
    Style::NamesOnly,
    Style::BytesOnly,
    Style::Torn,
    Style::Torn,
];

impl Style {
    fn keeps_name(self, dice: &mut Dice) -> bool {
        match self {
            Self::DropAll | Self::BytesOnly => false,
            Self::KeepAll | Self::NamesOnly => true,
            Self::Chance | Self::Torn => dice.one_in(2),
        }
    }

    fn keeps_sector(self, dice: &mut Dice) -> bool {
        match self {
            Self::DropAll | Self::NamesOnly => false,
            Self::KeepAll | Self::BytesOnly => true,
            Self::Chance => dice.one_in(2),
            Self::Torn => !dice.one_in(16),
        }
    }

    fn keeps_length(self, dice: &mut Dice) -> bool {
        self == Self::NamesOnly || self.keeps_sector(dice)
    }
}

/// A file or directory.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Its permissions.
    pub mode: u32,
    /// What processes read.
    pub bytes: Vec<u8>,
    stored: Vec<u8>,
    dirty: BTreeSet<usize>,
    /// The shortest that the file has been since it was synced, if it was made shorter.
    cut_to: Option<usize>,
}

impl Node {
    fn write(&mut self, offset: usize, data: &[u8]) {
        let end = offset + data.len();
        if self.bytes.len() < end {
            self.resize(end);
        }
        if let Some(place) = self.bytes.get_mut(offset..end) {
            place.copy_from_slice(data);
            self.dirty.extend(offset / SECTOR..end.div_ceil(SECTOR));
        }
    }

    fn resize(&mut self, length: usize) {
        if length < self.bytes.len() {
            self.cut_to = Some(self.cut_to.unwrap_or(length).min(length));
            self.dirty = self.dirty.range(..length.div_ceil(SECTOR)).copied().collect();
        }
        self.bytes.resize(length, 0);
    }

    fn sync(&mut self) {
        self.stored.clone_from(&self.bytes);
        self.dirty.clear();
        self.cut_to = None;
    }

    fn lose_power(&mut self, style: Style, dice: &mut Dice) {
        if let Some(length) = self.cut_to.filter(|_| style.keeps_length(dice)) {
            self.stored.truncate(length);
        }
        if self.bytes.len() > self.stored.len() && style.keeps_length(dice) {
            self.stored.resize(self.bytes.len(), 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            if style.keeps_sector(dice) {
                self.store(sector);
            }
        }
        self.bytes.clone_from(&self.stored);
        self.cut_to = None;
    }

    fn store(&mut self, sector: usize) {
        let (start, end) = (sector * SECTOR, ((sector + 1) * SECTOR).min(self.bytes.len()));
        if self.stored.len() < end {
            self.stored.resize(end, 0);
        }
        if let (Some(to), Some(from)) = (self.stored.get_mut(start..end), self.bytes.get(start..end)) {
            to.copy_from_slice(from);
        }
    }
}

/// Names of one directory.
pub type Names = BTreeMap<OsString, u64>;

/// One change of names: all of its parts become durable together.
#[derive(Debug, Clone)]
struct Change(Vec<(u64, OsString, Option<u64>)>);

impl Change {
    fn apply(&self, directories: &mut BTreeMap<u64, Names>) {
        for (directory, name, to) in &self.0 {
            let names = directories.entry(*directory).or_default();
            match to {
                Some(number) => names.insert(name.clone(), *number),
                None => names.remove(name),
            };
        }
    }
}

/// The disk.
#[derive(Debug, Clone)]
pub struct Disk {
    nodes: BTreeMap<u64, Node>,
    visible: BTreeMap<u64, Names>,
    durable: BTreeMap<u64, Names>,
    changes: Vec<Change>,
    next: u64,
    mutations: u64,
    /// At this mutation the power goes.
    cut_at: Option<u64>,
    is_off: bool,
}

impl Default for Disk {
    fn default() -> Self {
        let root = Node { is_directory: true, mode: 0o755, ..Node::default() };
        let directories = BTreeMap::from([(ROOT, Names::new())]);
        Self {
            nodes: BTreeMap::from([(ROOT, root)]),
            visible: directories.clone(),
            durable: directories,
            changes: Vec::new(),
            next: ROOT + 1,
            mutations: 0,
            cut_at: None,
            is_off: false,
        }
    }
}

impl Disk {
    /// The power goes at the n-th mutation from now on, before it takes effect; a write leaves its sectors unsynced.
    pub fn cut_in(&mut self, mutations: u64) {
        self.cut_at = Some(self.mutations + mutations);
    }

    /// Whether the power is off.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.is_off
    }

    /// How many operations have changed anything, or synced.
    #[must_use]
    pub fn mutations(&self) -> u64 {
        self.mutations
    }

    /// The power comes back: what was not synced is treated as the style says.
    pub fn come_back(&mut self, style: Style, dice: &mut Dice) {
        for change in std::mem::take(&mut self.changes) {
            if style.keeps_name(dice) {
                change.apply(&mut self.durable);
            }
        }
        self.visible.clone_from(&self.durable);
        for node in self.nodes.values_mut() {
            node.lose_power(style, dice);
        }
        self.forget_unreachable();
        self.is_off = false;
        self.cut_at = None;
    }

    /// Everything as it is now is durable: the state before the first fault.
    pub fn settle(&mut self) {
        self.changes.clear();
        self.durable.clone_from(&self.visible);
        self.nodes.values_mut().for_each(Node::sync);
        self.cut_at = None;
    }

    fn forget_unreachable(&mut self) {
        let mut reached = BTreeSet::from([ROOT]);
        let mut open = vec![ROOT];
        while let Some(directory) = open.pop() {
            for number in self.visible.get(&directory).into_iter().flat_map(Names::values) {
                if reached.insert(*number) {
                    open.push(*number);
                }
            }
        }
        self.nodes.retain(|number, _| reached.contains(number));
        self.visible.retain(|number, _| reached.contains(number));
        self.durable.retain(|number, _| reached.contains(number));
    }

    fn powered(&self) -> Result<(), Refusal> {
        if self.is_off { Err(Refusal::NoPower) } else { Ok(()) }
    }

    /// Counts a mutation; false if the power goes at it.
    fn mutate(&mut self) -> Result<(), Refusal> {
        self.powered()?;
        self.mutations += 1;
        self.is_off = self.cut_at.is_some_and(|at| self.mutations >= at);
        self.powered()
    }

    fn change(&mut self, parts: Vec<(u64, OsString, Option<u64>)>) -> Result<(), Refusal> {
        let change = Change(parts);
        let done = self.mutate();
        // If the power goes at this one, it is unsynced like those before it.
        change.apply(&mut self.visible);
        self.changes.push(change);
        done
    }

    /// A file or directory.
    pub fn node(&self, number: u64) -> Result<&Node, Refusal> {
        self.powered()?;
        self.nodes.get(&number).ok_or(Refusal::NoEntry)
    }

    fn node_mut(&mut self, number: u64) -> Result<&mut Node, Refusal> {
        self.nodes.get_mut(&number).ok_or(Refusal::NoEntry)
    }

    /// The number behind a name.
    pub fn lookup(&self, directory: u64, name: &OsStr) -> Result<u64, Refusal> {
        self.names(directory)?.get(name).copied().ok_or(Refusal::NoEntry)
    }

    /// The names in a directory.
    pub fn names(&self, directory: u64) -> Result<&Names, Refusal> {
        self.powered()?;
        self.visible.get(&directory).ok_or(Refusal::NoEntry)
    }

    /// Makes an empty file or directory.
    pub fn make(
        &mut self,
        directory: u64,
        name: &OsStr,
        mode: u32,
        is_directory: bool,
    ) -> Result<u64, Refusal> {
        if self.names(directory)?.contains_key(name) {
            return Err(Refusal::Exists);
        }
        let number = self.next;
        self.next += 1;
        self.nodes.insert(number, Node { is_directory, mode: mode & 0o7777, ..Node::default() });
        if is_directory {
            self.visible.insert(number, Names::new());
            self.durable.insert(number, Names::new());
        }
        self.change(vec![(directory, name.to_owned(), Some(number))])?;
        Ok(number)
    }

    /// Takes a name away.
    pub fn remove(&mut self, directory: u64, name: &OsStr) -> Result<(), Refusal> {
        let number = self.lookup(directory, name)?;
        if self.visible.get(&number).is_some_and(|names| !names.is_empty()) {
            return Err(Refusal::NotEmpty);
        }
        self.change(vec![(directory, name.to_owned(), None)])
    }

    /// Renames, replacing what has the new name.
    pub fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Result<(), Refusal> {
        let number = self.lookup(from.0, from.1)?;
        if let Ok(replaced) = self.lookup(to.0, to.1)
            && self.visible.get(&replaced).is_some_and(|names| !names.is_empty())
        {
            return Err(Refusal::NotEmpty);
        }
        self.change(vec![(from.0, from.1.to_owned(), None), (to.0, to.1.to_owned(), Some(number))])
    }

    /// Writes; nothing of it is durable yet.
    pub fn write(&mut self, number: u64, offset: usize, data: &[u8]) -> Result<(), Refusal> {
        let done = self.mutate();
        let node = self.node_mut(number)?;
        if node.is_directory {
            return Err(Refusal::IsDirectory);
        }
        node.write(offset, data);
        done
    }

    /// Makes a file longer or shorter.
    pub fn resize(&mut self, number: u64, length: usize) -> Result<(), Refusal> {
        let done = self.mutate();
        self.node_mut(number)?.resize(length);
        done
    }

    /// Sets permissions; they are durable at once.
    pub fn set_mode(&mut self, number: u64, mode: u32) -> Result<(), Refusal> {
        self.powered()?;
        self.node_mut(number)?.mode = mode & 0o7777;
        Ok(())
    }

    /// Makes the bytes and the length of a file durable, but not its name.
    pub fn sync(&mut self, number: u64) -> Result<(), Refusal> {
        self.mutate()?;
        self.node_mut(number)?.sync();
        Ok(())
    }

    /// Makes the names in a directory durable.
    pub fn sync_directory(&mut self, directory: u64) -> Result<(), Refusal> {
        self.mutate()?;
        let (done, left): (Vec<Change>, Vec<Change>) = std::mem::take(&mut self.changes)
            .into_iter()
            .partition(|change| change.0.iter().any(|part| part.0 == directory));
        self.changes = left;
        for change in &done {
            change.apply(&mut self.durable);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
