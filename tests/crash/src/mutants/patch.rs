//! The patches: a header of `Name: words` lines that says what is broken and who must notice, and a diff.

use std::path::{Path, PathBuf};

use super::suite::Suite;
use crate::error::CrashError;

/// A patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    /// The file's name without its ending.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// What the mistake is.
    pub(super) breaks: String,
    /// The promises of `docs/reliability.md` that it breaks.
    pub(super) promise: String,
    pub(super) share: Share,
    pub(super) demands: Vec<Demand>,
}

/// A suite that must turn red, and what its failing test must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) suite: Suite,
    pub(super) because: String,
}

/// When a mutant is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// With every change.
    EveryChange,
    /// When somebody asks.
    OnRequest,
}

impl Patch {
    /// The patches of a directory, by name.
    pub(super) fn all(directory: &Path) -> Result<Vec<Self>, CrashError> {
        let mut patches = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(CrashError::io("list", directory))? {
            let path = entry.map_err(CrashError::io("list", directory))?.path();
            if path.extension().is_some_and(|extension| extension == "patch") {
                let text = std::fs::read_to_string(&path).map_err(CrashError::io("read", &path))?;
                patches.push(Self::parse(&path, &text)?);
            }
        }
        patches.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(patches)
    }

    /// Reads the header. `Suite` and `Because` come in pairs, the cheapest suite first.
    fn parse(path: &Path, text: &str) -> Result<Self, CrashError> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let problem = |problem: String| CrashError::Mutant { name: name.clone(), problem };
        let (mut breaks, mut promise, mut share) = (None, None, Share::OnRequest);
        let (mut demands, mut suite) = (Vec::new(), None);
        for line in text.lines().take_while(|line| !line.starts_with("diff ") && !line.starts_with("---")) {
            let Some((field, value)) = line.split_once(": ") else {
                return Err(problem(format!("its header has a line without a name: {line:?}")));
            };
            match field {
                "Breaks" => breaks = Some(value.to_owned()),
                "Promise" => promise = Some(value.to_owned()),
                "Share" if value == "every change" => share = Share::EveryChange,
                "Suite" if suite.is_none() => suite = Some(Suite::new(value)),
                "Because" if let Some(suite) = suite.take() => {
                    demands.push(Demand { suite, because: value.to_owned() });
                }
                _ => return Err(problem(format!("its header has a line that is not understood: {line:?}"))),
            }
        }
        match (breaks, promise) {
            (Some(breaks), Some(promise)) if !demands.is_empty() && suite.is_none() => {
                Ok(Self { path: path.to_owned(), breaks, promise, share, demands, name })
            }
            _ => Err(problem("its header lacks Breaks, Promise, Suite or Because".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Breaks: it\nPromise: 1\nSuite: -p a --lib x::\nBecause: lost\n";

    fn parse(text: &str) -> Result<Patch, CrashError> {
        Patch::parse(Path::new("tests/mutants/07-it.patch"), text)
    }

    #[test]
    fn a_header_names_suites_with_their_reasons() {
        let text =
            format!("{HEADER}Suite: -p b\nBecause: gone\nShare: every change\ndiff --git a b\n-x: y\n");
        let patch = parse(&text).unwrap();
        assert_eq!((patch.name.as_str(), patch.share), ("07-it", Share::EveryChange));
        let demands: Vec<(String, &str)> =
            patch.demands.iter().map(|demand| (demand.suite.to_string(), demand.because.as_str())).collect();
        assert_eq!(demands, [("-p a --lib x::".to_owned(), "lost"), ("-p b".to_owned(), "gone")]);
    }

    #[test]
    fn a_header_that_lacks_something_is_refused() {
        assert!(parse(HEADER).is_ok());
        let lines: Vec<&str> = HEADER.lines().collect();
        for left_out in 0..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(left_out);
            assert!(parse(&fewer.join("\n")).is_err(), "without line {left_out}");
        }
        for wrong in ["Share: sometimes", "Suite: -p c", "words"] {
            assert!(parse(&format!("{HEADER}{wrong}\n")).is_err(), "{wrong}");
        }
    }
}
