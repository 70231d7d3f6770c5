//! What is fuzzed: everything that reads bytes which somebody else may have written, and what must hold whatever they are.
//!
//! A target is a function of bytes that panics where a promise is broken. `tests/fuzz` runs each under libFuzzer; the tests of this crate
//! run each over the committed corpus and seeded mutations of it. More is asked than that nothing panics:
//!
//! 1. what decodes encodes to the same bytes, and what is accepted is canonical;
//! 2. nothing verifies that was not signed, whatever was altered;
//! 3. an error and each of its causes is one line;
//! 4. memory stays within a multiple of the input.
//!
//! Nothing here depends on a clock, on randomness or on an earlier input, so that whatever fails fails again.

mod check;
pub mod corpus;
mod dates;
mod desk;
mod entries;
mod journal;
mod memory;
pub mod mutate;
mod notes;
mod snapshot;
mod sources;
mod specimen;
mod store;
mod tiles;

pub use check::accepted;
use memory::Bound;

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of the function, of the fuzzer and of the folder of its corpus.
    pub name: &'static str,
    /// Runs it on bytes. Panics where a promise is broken.
    pub run: fn(&[u8]),
    /// How many seeded mutations of its corpus the test runs: few of what is slow.
    pub mutations: u32,
}

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident = $run:path, $mutations:literal mutations, $bound:expr;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Panics
            /// Where a promise is broken.
            pub fn $name(data: &[u8]) {
                memory::within(stringify!($name), data, $bound, $run);
            }
        )+

        /// All targets, in the order of the page that lists them.
        pub const TARGETS: &[Target] =
            &[$(Target { name: stringify!($name), run: $name, mutations: $mutations },)+];
    };
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

targets! {
    /// A frame of the journal: raw, with its check sums made right again, and built from the input and then altered.
    journal_frame = journal::frame, 3000 mutations, Bound { base: 256 * KIB, factor: 8 };
    /// A whole segment: scanned, surveyed, opened for writing, and scanned again.
    journal_segment = journal::segment, 250 mutations, Bound { base: 8 * MIB, factor: 8 };
    /// An entry: canonical JSON.
    entry = entries::entry, 4000 mutations, Bound { base: 64 * KIB, factor: 64 };
    /// Openings: salts and words.
    openings = entries::openings, 3000 mutations, Bound { base: 64 * KIB, factor: 64 };
    // serde makes room for as many elements as a list is said to have, but for 1 MiB at most.
    /// A record of the store, alone and beside an entry.
    record = store::record, 4000 mutations, Bound { base: 4 * MIB, factor: 64 };
    /// A bundle of records.
    bundle = store::bundle, 3000 mutations, Bound { base: 4 * MIB, factor: 64 };
    /// A signed note, the checkpoint in it, and a witness's request around it.
    checkpoint = notes::checkpoint, 2000 mutations, Bound { base: 64 * KIB, factor: 64 };
    /// The lines of keys, public and private.
    key_line = notes::key_line, 2000 mutations, Bound { base: 64 * KIB, factor: 64 };
    /// A receipt.
    receipt = notes::receipt, 2000 mutations, Bound { base: 64 * KIB, factor: 64 };
    /// A tile's path, and the tile or bundle of entries under it.
    tile = tiles::tile, 4000 mutations, Bound { base: 64 * KIB, factor: 64 };
    /// A source document, transcribed by rule.
    source_table = sources::table, 1000 mutations, Bound { base: 16 * MIB, factor: 2048 };
    /// `source.toml`.
    manifest = sources::manifest, 1500 mutations, Bound { base: MIB, factor: 1024 };
    /// `claims.toml`.
    claims = sources::claims, 1500 mutations, Bound { base: MIB, factor: 1024 };
    /// `curation.toml`, read and applied.
    curation = sources::curation, 400 mutations, Bound { base: 16 * MIB, factor: 2048 };
    /// The plan for a next table.
    next_plan = sources::next_plan, 1000 mutations, Bound { base: MIB, factor: 1024 };
    /// A CSV file for `record --from`.
    csv_batch = desk::csv_batch, 500 mutations, Bound { base: 16 * MIB, factor: 2048 };
    /// The dates, times and sizes of the command line.
    date = dates::date, 4000 mutations, Bound { base: 64 * KIB, factor: 64 };
    /// The snapshot of the projection's index.
    snapshot = snapshot::snapshot, 3000 mutations, Bound { base: 256 * KIB, factor: 1024 };
}
