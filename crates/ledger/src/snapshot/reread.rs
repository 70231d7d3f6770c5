//! What the bytes of a snapshot's file say, whoever sealed them: for checks of the reading itself, which must withstand any bytes.
//!
//! Nothing of a log comes from here. An opening takes blocks only that were sealed with the log's key; `docket verify` reads the others too.

use std::sync::Arc;

use docket_domain::Event;
use docket_log::fs::FileHandle;
use docket_log::seal::SealedText;
use docket_projection::{Events, Projection};

use super::codec;
use super::file::{read_any_header, read_block};

/// The part of a file that has the form of a snapshot, written as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RereadSnapshot {
    /// The header, and every block up to the first that is not whole or whose rows do not fit behind those before.
    pub bytes: Vec<u8>,
    /// The rows in these blocks.
    pub rows: u64,
    /// What did not fit, in one line; nothing if the blocks end with one that is not whole, or with the file. What needs the log's events
    /// is not looked at.
    pub refused: Option<String>,
}

/// The events of no log.
struct NoEvents;

impl Events<SealedText> for NoEvents {
    fn event(&self, _: u64) -> Option<Arc<Event<SealedText>>> {
        None
    }
}

/// Reads the bytes of a snapshot as an opening does, but for the seals and the log that it is compared with there, and writes them again.
/// Nothing if they do not begin with the header of a snapshot.
#[must_use]
pub fn reread_snapshot(file: &dyn FileHandle) -> Option<RereadSnapshot> {
    let length = file.length().ok()?;
    let mut offset = read_any_header(file)?;
    let mut bytes = vec![0; usize::try_from(offset).ok()?];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let mut projection: Projection<SealedText> = Projection::over(Arc::new(NoEvents));
    let (mut payload, mut refused) = (Vec::new(), None);
    while let Some(block) = read_block(file, offset, length, &mut payload) {
        // What verify keeps of a block before it is compared.
        codec::spoken_about(&payload);
        if let Err(error) = codec::decode(&payload, block.rows, &mut projection) {
            refused = Some(error.to_string());
            break;
        }
        bytes.extend(block.bytes(&codec::again(&payload)?));
        offset += block.length();
    }
    let rows = projection.size();
    // The events of registers are read here, of which there are none; what comes before that must hold all the same.
    drop(projection.finish_rows());
    Some(RereadSnapshot { bytes, rows, refused })
}
