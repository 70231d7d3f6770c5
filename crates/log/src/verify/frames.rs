//! Whether the frames were written with the log's key: asked where `log.key` can be read.

use docket_domain::Origin;

use super::report::{Findings, Place};
use crate::journal::{Authenticity, FrameKey, SeenFrame};
use crate::open::Foreign;

/// The code of the finding.
const CODE: &str = "frame-seal";

/// Entries of a frame, first and last, and where it stands.
type Bare = (Place, u64, u64);

/// What the pass has seen of authenticators.
#[derive(Debug)]
pub(super) struct FrameCheck {
    key: Option<FrameKey>,
    has_good: bool,
    /// The last frame, if it is of version 1: a signature must cover it. Those before it have theirs in the frame behind them.
    bare: Option<Bare>,
}

impl FrameCheck {
    pub(super) const fn new(key: Option<FrameKey>) -> Self {
        Self { key, has_good: false, bare: None }
    }

    /// Takes the next frame; `origin` is the one that its last entry states. What was written under an earlier name had an earlier key.
    pub(super) fn take(
        &mut self,
        seen: &SeenFrame<'_>,
        origin: Option<&Origin>,
        place: &Place,
        findings: &mut Findings,
    ) {
        let Some(key) =
            self.key.as_ref().filter(|key| origin.is_some_and(|origin| origin.as_str() == key.origin()))
        else {
            return;
        };
        self.bare = None;
        let frame: Bare =
            (place.clone(), seen.position.first_index, seen.position.end_index().saturating_sub(1));
        match key.judge(&seen.frame) {
            Authenticity::Good => self.has_good = true,
            Authenticity::Bad => tell(frame, Foreign::Authenticator, findings),
            Authenticity::Absent if self.has_good => tell(frame, Foreign::Downgraded, findings),
            Authenticity::Absent => self.bare = Some(frame),
        }
    }

    /// Says at the end whether the last frame lacks both, with the size of the last good signature.
    pub(super) fn finish(&mut self, signed: u64, findings: &mut Findings) {
        if let Some(frame) = self.bare.take().filter(|(_, _, last)| *last >= signed) {
            tell(frame, Foreign::Unsigned, findings);
        }
    }
}

fn tell((place, first, last): Bare, why: Foreign, findings: &mut Findings) {
    let message = format!("entries {first} to {last} were not written with the key in log.key: {why}");
    findings.add(CODE, place.of_entry(first), message);
}
