//! The basis that a report is compared with.

use docket_domain::time::Moment;
use docket_domain::{Digest, Timestamp};
use docket_log::seal::SealedText;
use docket_projection::{RegisterView, SourceView};

use super::super::query::Asked;
use crate::error::LedgerError;

/// What a report is compared with. A clock that is not named is that of the report itself; where neither is, it is the end of the interval
/// of the document before the newest one, as known at the report's basis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Since {
    /// A number of entries, a day or a time on the recorded clock.
    pub known_at: Option<String>,
    /// A day or an instant on the effective clock.
    pub effective_at: Option<String>,
}

impl Since {
    /// The resolved basis; `None` where nothing is named and there is no earlier document.
    pub(super) fn resolve<'a>(
        &self,
        asked: &Asked<'a>,
        view: Option<&RegisterView<SealedText>>,
        at: Timestamp,
    ) -> Result<Option<Asked<'a>>, LedgerError> {
        let moment = match &self.effective_at {
            Some(wanted) => Moment::parse(wanted, asked.zone)?,
            None if self.known_at.is_some() => asked.moment,
            None => match view.and_then(|view| previous(view, at)).map(|end| moment(end, asked)) {
                Some(moment) => moment,
                None => return Ok(None),
            },
        };
        let known_at = match &self.known_at {
            Some(wanted) => {
                let known_at = asked.reader.known_at(Some(wanted), asked.zone)?;
                if known_at > asked.known_at {
                    return Err(LedgerError::SinceLater { wanted: wanted.clone(), known_at: asked.known_at });
                }
                known_at
            }
            None => asked.known_at,
        };
        let Asked { reader, ref register, zone, audience, .. } = *asked;
        Ok(Some(Asked { reader, register: register.clone(), zone, known_at, moment, audience }))
    }
}

/// The day whose end an instant is, or the instant itself.
fn moment(end: Timestamp, asked: &Asked<'_>) -> Moment {
    let last = end.plus_micros(-1);
    let day = last.day_in(asked.zone);
    if asked.zone.end_of(day) == Ok(end) { Moment::Day(day) } else { Moment::Instant(last) }
}

/// The documents that speak of a time before the bound, oldest first.
fn counted(view: &RegisterView<SealedText>, at: Timestamp) -> Vec<&SourceView<SealedText>> {
    let mut sources: Vec<_> =
        view.sources.iter().filter(|source| source.source.content.effective.counts_at(at)).collect();
    sources.sort_by_key(|source| (source.source.content.effective.from, source.source.provenance.index));
    sources
}

/// The end of the interval of the document before the newest one.
fn previous(view: &RegisterView<SealedText>, at: Timestamp) -> Option<Timestamp> {
    counted(view, at).iter().rev().nth(1)?.source.content.effective.to
}

/// The newest document, where there are several.
pub(super) fn newest_of_several(view: &RegisterView<SealedText>, at: Timestamp) -> Option<Digest> {
    match counted(view, at).as_slice() {
        [] | [_] => None,
        [.., newest] => Some(newest.source.content.sha256),
    }
}
