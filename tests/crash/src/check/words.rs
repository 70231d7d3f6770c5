//! The second half of invariant 5: words that were destroyed are nowhere, and all others are still to be read.

use std::collections::BTreeSet;
use std::path::Path;

use docket_ledger::Reader;
use docket_log::seal::ResolvedText;
use memchr::memmem::Finder;
use uuid::Uuid;

use super::entries::{Present, recipes};
use crate::error::{CrashError, Invariant, demand};
use crate::files;
use crate::recipe::{MARKER, Via};
use crate::witness::Testimony;

/// The length of a printed UUID.
const UUID_BYTES: usize = 36;

/// The notes whose words must be gone: their redaction was acknowledged, or is in the log.
pub(super) fn erased(testimony: &Testimony, present: &Present) -> BTreeSet<Uuid> {
    testimony.redacted.union(&present.redacted).copied().collect()
}

/// Every text of the suite reads as it was submitted, or as redacted where it is.
pub(super) fn check(
    reader: &Reader,
    testimony: &Testimony,
    present: &Present,
    erased: &BTreeSet<Uuid>,
) -> Result<(), CrashError> {
    for (recipe, indexes) in recipes(testimony, present) {
        for (step, &index) in recipe.steps.iter().zip(indexes) {
            let Some(words) = step.words() else { continue };
            let stored = Uuid::from_bytes(reader.log().event(index)?.entry.event.id.to_bytes());
            let gone = erased.contains(&stored) || erased.contains(&step.event);
            let texts = reader.texts(index)?;
            let shown =
                texts.iter().any(|text| matches!(text, ResolvedText::Words(found) if *found == words));
            let redacted = texts.iter().any(|text| matches!(text, ResolvedText::Redacted(_)));
            let what = if recipe.via == Via::Binary { "docket record" } else { "the recorder" };
            demand(shown != gone && redacted == gone, Invariant::Rebuilt, || {
                let is = if gone { "redacted" } else { "not redacted" };
                format!(
                    "entry {index} of {what} is {is}; its words are shown: {shown}, as redacted: {redacted}"
                )
            })?;
        }
    }
    Ok(())
}

/// The bytes of no file of the directory hold words that were destroyed.
pub(super) fn check_files(data: &Path, erased: &BTreeSet<Uuid>) -> Result<(), CrashError> {
    match leaked(data, erased)? {
        None => Ok(()),
        Some(detail) => Err(CrashError::violation(Invariant::Rebuilt, detail)),
    }
}

/// Where words of these events stand in the files of a directory: the first place, for people.
pub fn leaked(directory: &Path, erased: &BTreeSet<Uuid>) -> Result<Option<String>, CrashError> {
    let finder = Finder::new(MARKER);
    for path in files::all(directory)? {
        let bytes = std::fs::read(&path).map_err(CrashError::io("read", &path))?;
        for start in finder.find_iter(&bytes) {
            let id = bytes.get(start + MARKER.len()..).and_then(|rest| rest.get(..UUID_BYTES));
            let id = id.and_then(|id| Uuid::try_parse_ascii(id).ok());
            if let Some(id) = id.filter(|id| erased.contains(id)) {
                return Ok(Some(format!("words of note {id} stand in {} at {start}", path.display())));
            }
        }
    }
    Ok(None)
}
