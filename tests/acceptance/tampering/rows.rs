//! The rows of the table.

use super::table::Expected::{
    Cache, Found, FoundBeside, FoundIn, Harmless, LetsLoose, Noted, Nothing, Refused, RefusedOrWhole, Unseen,
};
use super::table::{Expected, Place, Row};

const DATA: Place = Place::Data("data");
const RESTORED: Place = Place::Data("restored");
const LOST: Place = Place::Data("lost");
const PRIOR: Place = Place::Data("prior");
const BACKUP: Place = Place::Backup;
const BUNDLE: Place = Place::Bundle;

/// What damage to a frame is found as: the openings have no check sum, but digests in the entries.
const DAMAGE: Expected = Found(&["journal-damage", "opening-mismatch"]);
const BAD_KEY: Expected = Found(&["key-unreadable"]);
const BAD_DOCUMENT: Expected = Found(&["blob-altered"]);
const BAD_TILE: Expected = Found(&["tile", "file-unreadable"]);
const BAD_OPENINGS: Expected = Found(&["openings", "opening-mismatch"]);
const BAD_SOURCE: Expected = Found(&["source-altered"]);
const BAD_CHECKPOINT: Expected = Found(&["checkpoint"]);
const NO_RECEIPT: Expected = Found(&["not-verified"]);
const NOT_OF_THIS_LOG: Expected = Found(&["not-of-this-log"]);
/// Frames of another key's log do not go on from those before, and their signatures are not this key's.
const OTHER_LOG: Expected = Found(&["signature-bad", "frame-root", "entry-previous"]);
/// The signatures from before the log went on under its present name are checked with the keys of then.
const NO_PREVIOUS_KEY: Expected = FoundIn("data/journal/00000000000000000000.seg", &["signature-bad"]);

const fn row(place: Place, files: &'static str, expected: &'static [Expected; 8]) -> Row {
    Row { place, files, sibling: None, expected }
}

const fn beside(
    place: Place,
    files: &'static str,
    sibling: &'static str,
    expected: &'static [Expected; 8],
) -> Row {
    Row { place, files, sibling: Some(sibling), expected }
}

const FIRST: &str = "journal/00000000000000000000.seg";
const SECOND: &str = "journal/00000000000000000001.seg";
const LAST: &str = "journal/00000000000000000002.seg";

/// Every kind of file that Docket writes. The columns: flip, truncate, empty, delete, swap, older, fork, foreign.
#[rustfmt::skip]
pub(super) const ROWS: [Row; 42] = [
    // What a data directory holds.
    beside(DATA, FIRST, SECOND, &[DAMAGE, DAMAGE, DAMAGE, DAMAGE, DAMAGE, Nothing, Nothing, OTHER_LOG]),
    beside(DATA, SECOND, LAST, &[DAMAGE, DAMAGE, DAMAGE, DAMAGE, DAMAGE, Nothing, Nothing, OTHER_LOG]),
    beside(DATA, LAST, SECOND, &[
        DAMAGE, DAMAGE, DAMAGE, Found(&["journal-behind"]), DAMAGE, Found(&["journal-behind"]),
        FoundIn("data/sled.mark", &["mark-contradicts"]), OTHER_LOG,
    ]),
    row(DATA, "sled/conf", &[Cache, Cache, Cache, Cache, Nothing, Nothing, Nothing, Nothing]),
    row(DATA, "sled/db", &[Cache, Cache, Cache, Cache, Nothing, Cache, Cache, Cache]),
    row(DATA, "sled/snap.*", &[Cache, Cache, Cache, Cache, Nothing, Cache, Cache, Cache]),
    row(DATA, "sled.mark", &[
        Found(&["mark-damaged"]), Found(&["mark-damaged"]), Found(&["mark-damaged"]), Noted("mark-missing"),
        Nothing, Harmless, Found(&["mark-contradicts"]), Found(&["mark-contradicts"]),
    ]),
    row(DATA, "snapshots/projection.v2", &[
        Unseen, Unseen, Unseen, Unseen, Nothing, Nothing, Nothing, Found(&["snapshot"]),
    ]),
    beside(DATA, "blobs/*", "blobs/*", &[
        BAD_DOCUMENT, BAD_DOCUMENT, BAD_DOCUMENT, Found(&["blob-missing"]), BAD_DOCUMENT, Nothing, Nothing, Nothing,
    ]),
    beside(DATA, "blobs/*.redacted", "blobs/*", &[
        Nothing, Nothing, Nothing, Found(&["redaction-unguarded"]), FoundBeside(&["blob-altered"]),
        Nothing, Nothing, Nothing,
    ]),
    beside(DATA, "log.key", "log.vkey", &[
        BAD_KEY, BAD_KEY, BAD_KEY, Noted("key-missing"), BAD_KEY, Nothing, Nothing, FoundBeside(&["key-mismatch"]),
    ]),
    beside(DATA, "log.vkey", "log.vkey.previous", &[
        BAD_KEY, BAD_KEY, BAD_KEY, Found(&["vkey-missing"]), Found(&["key-mismatch"]), Nothing, Nothing,
        Found(&["key-mismatch"]),
    ]),
    beside(DATA, "log.vkey.previous", "log.vkey", &[
        BAD_KEY, BAD_KEY, NO_PREVIOUS_KEY, NO_PREVIOUS_KEY, FoundBeside(&["key-mismatch"]), Nothing, Nothing,
        NO_PREVIOUS_KEY,
    ]),
    row(DATA, "log.redactions", &[Unseen, Unseen, Unseen, Unseen, Nothing, Nothing, Nothing, Nothing]),
    row(DATA, "lock", &[Nothing, Nothing, Nothing, Unseen, Nothing, Nothing, Nothing, Nothing]),
    row(RESTORED, "log.restored", &[
        Found(&["restore-unfinished"]), Found(&["restore-unfinished"]), Found(&["restore-unfinished"]), LetsLoose,
        Nothing, Unseen, Unseen, Unseen,
    ]),
    row(LOST, "log.lost", &[
        Found(&["lost-damaged"]), Found(&["lost-damaged"]), Found(&["lost-damaged"]), Unseen, Nothing, Nothing,
        Found(&["lost-contradicts"]), Found(&["lost-contradicts"]),
    ]),
    row(PRIOR, "log.continued-as", &[Unseen, Unseen, Unseen, LetsLoose, Nothing, Nothing, Nothing, Unseen]),
    // A backup.
    row(BACKUP, "backup.json", &[
        RefusedOrWhole("backup.json"), Refused("backup.json"), Refused("backup.json"), Refused("backup.json"),
        Nothing, Unseen, Refused("backup.json"), Refused("backup.json"),
    ]),
    beside(BACKUP, FIRST, SECOND, &[
        Refused(FIRST), Refused(FIRST), Refused(FIRST), Refused(FIRST), Refused("journal/"), Nothing, Nothing,
        Refused("journal/"),
    ]),
    beside(BACKUP, SECOND, LAST, &[
        Refused(SECOND), Refused(SECOND), Refused(SECOND), Refused(SECOND), Refused("journal/"), Nothing, Nothing,
        Refused("journal/"),
    ]),
    beside(BACKUP, LAST, SECOND, &[
        Refused(LAST), Refused(LAST), Refused(LAST), Refused("entries have not the root"), Refused("journal/"),
        Refused("entries have not the root"), Refused("blobs/"), Refused("journal/"),
    ]),
    beside(BACKUP, "blobs/*", "blobs/*", &[
        Refused("blobs/"), Refused("blobs/"), Refused("blobs/"), Refused("blobs/"), Refused("blobs/"), Nothing,
        Nothing, Nothing,
    ]),
    // The redaction is carried out again where the backup is restored to.
    beside(BACKUP, "blobs/*.redacted", "blobs/*", &[
        Nothing, Nothing, Nothing, Unseen, Refused("blobs/"), Nothing, Nothing, Nothing,
    ]),
    beside(BACKUP, "log.vkey", "log.vkey.previous", &[
        Refused("log.vkey"), Refused("log.vkey"), Refused("log.vkey"), Refused("log.vkey"), Refused("log.vkey"),
        Nothing, Nothing, Refused("signature"),
    ]),
    beside(BACKUP, "log.vkey.previous", "log.vkey", &[
        Refused("log.vkey.previous"), Refused("log.vkey.previous"), Refused("signature"), Refused("signature"),
        Refused("log.vkey"), Nothing, Nothing, Refused("signature"),
    ]),
    row(BACKUP, "lock", &[Nothing, Nothing, Nothing, Unseen, Nothing, Nothing, Nothing, Nothing]),
    // A bundle. Its README is for people.
    row(BUNDLE, "README.txt", &[Unseen, Unseen, Unseen, Unseen, Nothing, Unseen, Nothing, Nothing]),
    row(BUNDLE, "checkpoint", &[
        BAD_CHECKPOINT, BAD_CHECKPOINT, BAD_CHECKPOINT, Found(&["file-unreadable"]), Nothing,
        FoundIn("bundle/tile/entries/016.p/134", &["file-unreadable"]), Found(&["root"]), Found(&["checkpoint"]),
    ]),
    row(BUNDLE, "log.vkey", &[
        BAD_KEY, BAD_KEY, BAD_KEY, Found(&["file-unreadable"]), Nothing, Nothing, Nothing, Noted("other-key"),
    ]),
    row(BUNDLE, "openings.jsonl", &[
        BAD_OPENINGS, BAD_OPENINGS, BAD_OPENINGS, BAD_OPENINGS, Nothing, BAD_OPENINGS, BAD_OPENINGS, BAD_OPENINGS,
    ]),
    beside(BUNDLE, "sources/*", "sources/*", &[
        BAD_SOURCE, BAD_SOURCE, BAD_SOURCE, Found(&["source-missing"]), BAD_SOURCE, Nothing, Nothing, Nothing,
    ]),
    beside(BUNDLE, "tile/*/*", "tile/0/001", &[
        BAD_TILE, BAD_TILE, BAD_TILE, BAD_TILE, BAD_TILE, Nothing, Nothing, BAD_TILE,
    ]),
    beside(BUNDLE, "tile/*/*/*", "tile/0/001", &[
        BAD_TILE, BAD_TILE, BAD_TILE, BAD_TILE, BAD_TILE, Nothing, BAD_TILE, BAD_TILE,
    ]),
    // What is handed out one by one. An older receipt or checkpoint is as true as ever, and a receipt of a history that the same key signed
    // proves that history: only a checkpoint of the one shown to the other tells.
    beside(Place::Receipt("9.tlog-proof"), "9.tlog-proof", "8.tlog-proof", &[
        NO_RECEIPT, NO_RECEIPT, NO_RECEIPT, Refused("9.tlog-proof"), Unseen, Unseen, Unseen, NO_RECEIPT,
    ]),
    beside(Place::Receipt("8.tlog-proof"), "8.tlog-proof", "9.tlog-proof", &[
        NO_RECEIPT, NO_RECEIPT, NO_RECEIPT, Refused("8.tlog-proof"), Unseen, Unseen, Unseen, NO_RECEIPT,
    ]),
    row(Place::Checkpoint("checkpoint"), "checkpoint", &[
        NOT_OF_THIS_LOG, NOT_OF_THIS_LOG, NOT_OF_THIS_LOG, Refused("checkpoint"), Nothing, Unseen,
        Found(&["history-differs"]), NOT_OF_THIS_LOG,
    ]),
    // What no command of Docket reads: another checkpoint, and exports for other tools. The tiles are those of the bundle.
    row(Place::Export("."), "lost.checkpoint", &[Nothing; 8]),
    row(Place::Export("."), "entries.jsonl", &[Nothing; 8]),
    row(Place::Export("tiles"), "checkpoint", &[Nothing; 8]),
    row(Place::Export("tiles"), "tile/*/*", &[Nothing; 8]),
    row(Place::Export("tiles"), "tile/*/*/*", &[Nothing; 8]),
];
