//! Which folders are sources.

use std::path::{Path, PathBuf};

use docket_ledger::import::MANIFEST_FILE;

use crate::error::CliError;

/// The folder itself if it is a source, else the sources in it, in the order of their names.
pub(super) fn source_folders(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if path.join(MANIFEST_FILE).is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |source| CliError::Unreadable { what: path.display().to_string(), source };
    let mut folders = std::fs::read_dir(path)
        .map_err(unreadable)?
        .map(|item| Ok(item.map_err(unreadable)?.path()))
        .collect::<Result<Vec<PathBuf>, CliError>>()?;
    folders.retain(|folder| folder.join(MANIFEST_FILE).is_file());
    folders.sort();
    if folders.is_empty() { Err(CliError::NoSource { path: path.to_owned() }) } else { Ok(folders) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_itself_and_a_folder_is_its_sources_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for name in ["b", "a", "notes"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        assert!(matches!(source_folders(root), Err(CliError::NoSource { .. })));
        for name in ["b", "a"] {
            std::fs::write(root.join(name).join(MANIFEST_FILE), "").unwrap();
        }
        std::fs::write(root.join("README.md"), "").unwrap();
        assert_eq!(source_folders(root).unwrap(), [root.join("a"), root.join("b")]);
        assert_eq!(source_folders(&root.join("b")).unwrap(), [root.join("b")]);
        assert!(matches!(source_folders(&root.join("c")), Err(CliError::Unreadable { .. })));
        assert!(matches!(source_folders(&root.join("README.md")), Err(CliError::Unreadable { .. })));
    }
}
