//! What a query returns: wire structs with their words, in the shape of DESIGN section 10.
//!
//! Every answer begins with its [`Basis`], and holds nothing that depends on the present, on later entries or on the environment: the
//! same basis gives the same bytes, for ever. The one exception shows itself: a redacted text reads as redacted wherever it stood. So
//! names are looked up as known at the basis, not as known today.
//!
//! A day stands for an instant in the newest zone of the register (DESIGN section 2). No event of version 1 can change a zone: a register is
//! opened once, and its opening can neither be corrected nor retracted. A later type that could would have to be a new format.
//!
//! Nothing here reads a clock or prints: the present comes in as an argument, how answers look is for others.

mod changes;
mod content;
mod counts;
mod hold;
mod query;
mod recommendation;
pub mod report;
mod says;
mod show;
mod statement;
mod text;
mod timeline;
mod vocabulary;
mod wire;

#[cfg(test)]
mod tests;

pub use changes::{
    ChangedRecommendation, EffectiveChange, EffectiveChanges, RecordedChanges, Span, changes_effective,
    changes_recorded,
};
pub use content::{
    Access, Assigned, AttachedEvidence, Claim, ClockOverride, Content, Continuation, Correction,
    DefinedState, Figure, Fragment, HoldLift, JudgedStatus, KeyChange, LegalHold, MappedLabel, NumberAndText,
    OpenedRegister, ReceivedSource, RecordedNote, Redaction, Retraction, Review, StatusValue, Words,
};
pub use counts::{
    Axis, CertaintyCount, Counts, CountsAnswer, NumberCount, ReportingCount, ValueCount, VerifiedCount,
    counts,
};
pub use docket_projection::{Audience, Certainty, Page};
pub use hold::Hold;
pub use query::{Basis, FORMAT, Query};
pub use recommendation::{
    Assignment, Assignments, Damage, Evidence, Finding, ListAnswer, Note, Recommendation, list, list_page,
};
pub use show::{Amendment, Cell, Registration, ShowAnswer, show};
pub use statement::Statement;
pub use text::Text;
pub use timeline::{Change, Entry, Mark, TimelineAnswer, timeline};
pub use vocabulary::{VocabularyAnswer, VocabularyVersion, vocabulary};
pub use wire::{Interval, Reference, SourceReference};
pub(crate) use wire::{certainty, shown, shown_if};
