//! The table: every kind of file, every kind of tampering, and what must come of it.

/// Where a kind of file is tampered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A data directory: verified, opened and asked.
    Data(&'static str),
    /// A backup: restored.
    Backup,
    /// A bundle: verified with the key from elsewhere.
    Bundle,
    /// A receipt: verified with the key from elsewhere.
    Receipt(&'static str),
    /// A checkpoint: shown to the log.
    Checkpoint(&'static str),
    /// An export that no command of Docket reads, in this directory.
    Export(&'static str),
}

/// What must come of a kind of tampering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// There is nothing to do: the file would be as it is, or there is no other one of its kind.
    Nothing,
    /// A finding with one of these codes that names the file, or the directory of a cache that it is in. Answers are the same, or refused.
    Found(&'static [&'static str]),
    /// As `Found`, in this other file.
    FoundIn(&'static str, &'static [&'static str]),
    /// As `Found`, in any file of the same directory.
    FoundBeside(&'static [&'static str]),
    /// Nothing is found, and every answer is the same.
    Unseen,
    /// The same, perhaps with a notice.
    Harmless,
    /// The same, with a notice.
    Noted(&'static str),
    /// Found or not, because only what is in use is compared. Every answer is the same, or what is found is refused.
    Cache,
    /// The command that reads it ends with an error that holds these words.
    Refused(&'static str),
    /// The same, or all of it is whole, because what was hit is only a hint.
    RefusedOrWhole(&'static str),
    /// Nothing is found and every answer is the same, but something can be recorded where nothing should be.
    LetsLoose,
}

/// A kind of file.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) place: Place,
    /// Its path below the place; `*` stands for anything but a slash.
    pub(super) files: &'static str,
    /// Another file of the same kind, below the same place.
    pub(super) sibling: Option<&'static str>,
    /// What comes of it: flip, truncate, empty, delete, swap, older, fork, foreign.
    pub(super) expected: &'static [Expected; 8],
}

impl Place {
    /// Its directory, from the world's root.
    pub(super) const fn directory(self) -> &'static str {
        match self {
            Self::Data(directory) | Self::Export(directory) => directory,
            Self::Backup => "backup",
            Self::Bundle => "bundle",
            Self::Receipt(_) | Self::Checkpoint(_) => ".",
        }
    }
}

/// Whether a path is of a pattern.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let (wanted, found): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    let fits = |(wanted, found): (&&str, &&str)| match wanted.split_once('*') {
        Some((start, end)) => {
            found.len() >= start.len() + end.len() && found.starts_with(start) && found.ends_with(end)
        }
        None => wanted == found,
    };
    wanted.len() == found.len() && wanted.iter().zip(&found).all(fits)
}
