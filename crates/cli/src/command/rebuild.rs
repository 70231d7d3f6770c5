//! `docket rebuild`.

use std::path::Path;
use std::sync::Arc;

use docket_log::DataDirectory;
use docket_log::fs::RealFileSystem;

use crate::error::{CliError, Verdict};
use crate::output;
use crate::progress::Progress;

pub(super) fn run(data: &Path) -> Result<Verdict, CliError> {
    let directory = DataDirectory::new(data, Arc::new(RealFileSystem));
    let mut progress = Progress::new("rebuilding");
    let rebuilt = docket_log::rebuild(&directory, &mut |reached| progress.reached(reached))?;
    drop(progress);
    for notice in &rebuilt.notices {
        output::say("note", &notice.to_string());
    }
    let head = rebuilt.head;
    output::print(&format!(
        "sled was made anew from the journal: {} entries, root {}\n",
        head.size,
        head.root.to_base64()
    ))?;
    Ok(Verdict::Done)
}
