//! The status statements of one subject in their order (`from`, index), so laid out that the one that holds is found without a scan.
//!
//! Blocks of bounded length: a statement dated back moves at most one block. Each block knows what lets a walk leave it out: the oldest
//! and newest entry in it, its latest end, the latest end before it, and whether any of it can be certain at all.

use smallvec::SmallVec;

/// The start or end of a statement of unknown date: before all others.
pub(crate) const UNKNOWN: i64 = i64::MIN;

/// The longest block: 8 KiB. In tests it is short, so that small logs have many of them.
const BLOCK_SLOTS_MAX: usize = if cfg!(test) { 4 } else { 512 };

/// A status statement as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Its start, in microseconds, or [`UNKNOWN`].
    pub(crate) from: i64,
    /// The index of its event.
    pub(crate) index: u32,
    /// What it states, and for how long it may not have begun: see [`super::values::Shapes`].
    pub(crate) shape: u32,
}

/// What a slot's shape says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Its end, in microseconds, or [`UNKNOWN`].
    pub(crate) end: i64,
    /// Whether it states a state.
    pub(crate) states: bool,
}

/// A place in the order. A search is for what lies before a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) from: i64,
    pub(crate) index: u64,
}

/// The statements of a subject, but for those that were corrected or retracted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statements {
    /// The first stands with the subject itself: most have no other, and what holds today is found with one look less at memory.
    blocks: SmallVec<[Block; 1]>,
}

#[derive(Debug, Clone)]
struct Block {
    slots: Vec<Slot>,
    oldest: u32,
    newest: u32,
    latest_end: i64,
    /// The latest end in all blocks before this one.
    end_before: i64,
    states: bool,
    /// Whether some statement of the block overlaps no other one of it. May be true where none does, never the other way.
    may_be_certain: bool,
}

impl PartialEq for Statements {
    /// How they are cut into blocks depends on the order in which they came, and says nothing.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Statements {}

impl Slot {
    pub(crate) const fn place(self) -> Place {
        Place { from: self.from, index: self.index as u64 }
    }
}

impl Statements {
    pub(crate) const fn new() -> Self {
        Self { blocks: SmallVec::new_const() }
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Slot> + use<'_> {
        self.blocks.iter().flat_map(|block| block.slots.iter().copied())
    }

    /// Makes room for so many more statements, as far as they go into the last block.
    pub(super) fn make_room_for(&mut self, more: usize) {
        if more > 0 && self.blocks.is_empty() {
            self.blocks.push(Block::new(UNKNOWN));
        }
        if let Some(block) = self.blocks.last_mut() {
            let left = BLOCK_SLOTS_MAX.saturating_sub(block.slots.len());
            super::make_room_for(&mut block.slots, more.min(left));
        }
    }

    /// Adds a statement at its place. `reach` tells that of any slot.
    pub(crate) fn insert(&mut self, slot: Slot, reach: impl Fn(Slot) -> Reach) {
        let place = slot.place();
        let after = self.blocks.partition_point(|block| block.first() <= Some(place));
        let mut number = after.saturating_sub(1);
        match self.blocks.get(number) {
            None => self.blocks.push(Block::new(UNKNOWN)),
            Some(block) if block.slots.len() >= BLOCK_SLOTS_MAX => {
                let at_end = after == self.blocks.len() && block.last() < Some(place);
                number += self.make_room(number, place, at_end, &reach);
            }
            Some(_) => {}
        }
        let Some(block) = self.blocks.get_mut(number) else { return };
        block.insert(slot, reach(slot));
        self.raise_ends(number);
    }

    /// Makes room in a full block: a new one behind the last, or the block in two. How far to go on from it for `place`.
    fn make_room(
        &mut self,
        number: usize,
        place: Place,
        at_end: bool,
        reach: &impl Fn(Slot) -> Reach,
    ) -> usize {
        let Some(block) = self.blocks.get_mut(number) else { return 0 };
        let split_at = if at_end { block.slots.len() } else { block.slots.len() / 2 };
        let mut behind = Block::new(UNKNOWN);
        behind.slots = block.slots.split_off(split_at);
        block.slots.shrink_to_fit();
        block.measure(reach);
        behind.measure(reach);
        behind.end_before = block.latest_end.max(block.end_before);
        let goes_behind = at_end || behind.first() < Some(place);
        self.blocks.insert(number + 1, behind);
        usize::from(goes_behind)
    }

    /// Takes a statement out.
    pub(crate) fn remove(&mut self, place: Place, reach: impl Fn(Slot) -> Reach) -> Option<Slot> {
        let number = self.blocks.partition_point(|block| block.first() <= Some(place)).checked_sub(1)?;
        let block = self.blocks.get_mut(number)?;
        let found = block.slots.binary_search_by_key(&place, |slot| slot.place()).ok()?;
        let slot = block.slots.remove(found);
        block.measure(&reach);
        if block.slots.is_empty() {
            self.blocks.remove(number);
        }
        let mut end_before = UNKNOWN;
        for block in &mut self.blocks {
            block.end_before = end_before;
            end_before = end_before.max(block.latest_end);
        }
        Some(slot)
    }

    /// Tells the blocks behind one of its latest end.
    fn raise_ends(&mut self, number: usize) {
        let Some(block) = self.blocks.get(number) else { return };
        let end = block.latest_end.max(block.end_before);
        for block in self.blocks.iter_mut().skip(number + 1) {
            if block.end_before >= end {
                return;
            }
            block.end_before = end;
        }
    }

    /// A walk from before `place` towards the beginning, over what is known.
    pub(crate) fn walk(&self, place: Place, known_at: u64) -> Walk<'_> {
        // Most questions are about what comes after everything that is known: no search for those.
        if let Some(block) = self.blocks.last().filter(|block| block.last() < Some(place)) {
            return Walk { statements: self, block: self.blocks.len(), slots: block.slots.len(), known_at };
        }
        let blocks = self.blocks.partition_point(|block| block.first() < Some(place));
        let last = blocks.checked_sub(1).and_then(|last| self.blocks.get(last));
        let slots = last.map_or(0, |block| block.slots.partition_point(|slot| slot.place() < place));
        Walk { statements: self, block: blocks, slots, known_at }
    }
}

impl Block {
    const fn new(end_before: i64) -> Self {
        Self {
            slots: Vec::new(),
            oldest: u32::MAX,
            newest: 0,
            latest_end: UNKNOWN,
            end_before,
            states: false,
            may_be_certain: true,
        }
    }

    fn first(&self) -> Option<Place> {
        self.slots.first().map(|slot| slot.place())
    }

    fn last(&self) -> Option<Place> {
        self.slots.last().map(|slot| slot.place())
    }

    fn insert(&mut self, slot: Slot, reach: Reach) {
        let place = match self.last() {
            Some(last) if last > slot.place() => {
                self.slots.partition_point(|other| other.place() < slot.place())
            }
            _ => self.slots.len(),
        };
        super::make_room(&mut self.slots);
        self.slots.insert(place, slot);
        self.count(slot, reach);
        self.may_be_certain = true;
    }

    fn count(&mut self, slot: Slot, reach: Reach) {
        self.oldest = self.oldest.min(slot.index);
        self.newest = self.newest.max(slot.index);
        self.latest_end = self.latest_end.max(reach.end);
        self.states |= reach.states;
    }

    /// Finds anew what lets a walk leave the block out.
    fn measure(&mut self, reach: &impl Fn(Slot) -> Reach) {
        let slots = std::mem::take(&mut self.slots);
        *self = Self { may_be_certain: false, ..Self::new(self.end_before) };
        let mut latest_end = UNKNOWN;
        let followers = slots.iter().skip(1).map(|next| next.from).chain([UNKNOWN]);
        for (&slot, next) in slots.iter().zip(followers) {
            let own = reach(slot);
            self.may_be_certain |= latest_end <= slot.from && (next == UNKNOWN || own.end <= next);
            latest_end = latest_end.max(own.end);
            self.count(slot, own);
        }
        self.slots = slots;
    }
}

/// A walk over the statements of a subject, the last first.
#[derive(Debug, Clone)]
pub(crate) struct Walk<'a> {
    statements: &'a Statements,
    /// The number of the block under way, from 1; 0 at the end.
    block: usize,
    /// How many slots of that block are left.
    slots: usize,
    known_at: u64,
}

impl<'a> Walk<'a> {
    fn here(&self) -> Option<&'a Block> {
        self.block.checked_sub(1).and_then(|number| self.statements.blocks.get(number))
    }

    fn leave_block(&mut self) {
        self.block = self.block.saturating_sub(1);
        self.slots = self.here().map_or(0, |block| block.slots.len());
    }

    /// The next one of the block under way for which `wanted` holds.
    fn find_here(&mut self, block: &Block, wanted: impl Fn(Slot) -> bool) -> Option<Slot> {
        if u64::from(block.oldest) >= self.known_at {
            return None;
        }
        while let Some(place) = self.slots.checked_sub(1) {
            self.slots = place;
            let slot = *block.slots.get(place)?;
            if u64::from(slot.index) < self.known_at && wanted(slot) {
                return Some(slot);
            }
        }
        None
    }

    /// The next one that states a state.
    pub(crate) fn find_stating(&mut self, reach: impl Fn(Slot) -> Reach) -> Option<Slot> {
        while let Some(block) = self.here() {
            if block.states
                && let Some(found) = self.find_here(block, |slot| reach(slot).states)
            {
                return Some(found);
            }
            self.leave_block();
        }
        None
    }

    /// The next one that ends after `start`.
    pub(crate) fn find_ending_after(&mut self, start: i64, reach: impl Fn(Slot) -> Reach) -> Option<Slot> {
        while let Some(block) = self.here() {
            if block.latest_end > start
                && let Some(found) = self.find_here(block, |slot| reach(slot).end > start)
            {
                return Some(found);
            }
            if block.end_before <= start {
                return None;
            }
            self.leave_block();
        }
        None
    }

    /// Leaves out whole blocks in which nothing can be certain, and gives the start of the earliest statement that was left out.
    pub(crate) fn skip_uncertain(&mut self) -> Option<i64> {
        let mut start = None;
        while let Some(block) = self.here() {
            let is_known = u64::from(block.newest) < self.known_at;
            if self.slots == 0 {
                self.leave_block();
            } else if is_known && !block.may_be_certain {
                start = block.slots.first().map(|slot| slot.from);
                self.leave_block();
            } else {
                break;
            }
        }
        start
    }
}

impl Iterator for Walk<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        while let Some(block) = self.here() {
            if let Some(found) = self.find_here(block, |_| true) {
                return Some(found);
            }
            self.leave_block();
        }
        None
    }
}
