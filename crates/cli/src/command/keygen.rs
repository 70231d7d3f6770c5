//! `docket keygen`: the key of a new log.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Origin;
use docket_log::fs::{DirectoryLock, RealFileSystem};
use docket_log::keys::KeyFiles;
use docket_log::tlog::key::KeyName;
use docket_log::{DataDirectory, LogError};

use crate::args::KeygenArguments;
use crate::error::{CliError, Verdict};
use crate::output;

pub(super) fn run(data: &Path, arguments: &KeygenArguments) -> Result<Verdict, CliError> {
    let keys = match &arguments.origin {
        Some(origin) => make(data, origin)?,
        None => KeyFiles::read_public(&RealFileSystem, data)?,
    };
    let verifier = keys.verifier.ok_or_else(|| CliError::NoVerifierKey { data: data.to_owned() })?;
    output::print(&format!("{verifier}\n"))?;
    Ok(Verdict::Done)
}

/// Makes a key where there is neither a key nor anything that a log left.
fn make(data: &Path, origin: &Origin) -> Result<KeyFiles, CliError> {
    let name =
        KeyName::new(origin.as_str()).map_err(|source| LogError::Name { origin: origin.clone(), source })?;
    let directory = DataDirectory::new(data, Arc::new(RealFileSystem));
    directory.create()?;
    // Taken before looking, so that two of these cannot both find nothing.
    let _lock = DirectoryLock::acquire(data)?;
    let keys = KeyFiles::read(&RealFileSystem, data)?;
    let log_was_here = directory.holds_a_log()? || directory.store().exists() || directory.mark().exists();
    match (keys.signer.is_some(), keys.verifier.is_some(), log_was_here) {
        (true, ..) => Err(CliError::KeyExists { data: data.to_owned() }),
        (false, true, _) | (false, _, true) => Err(CliError::KeyLost { data: data.to_owned() }),
        (false, false, false) => Ok(KeyFiles::create(&RealFileSystem, data, name)?),
    }
}
