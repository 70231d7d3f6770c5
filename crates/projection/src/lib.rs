//! What a log of events says: current state, timelines, both as-ofs, changes and counts (DESIGN sections 2, 3 and 4).
//!
//! A [`Projection`] is the fold of events in the order of the log. Every question is put to a [`Knowledge`], the first `known_at`
//! entries of it, and is answered exactly as a projection that had only ever seen those entries would answer. Nothing is computed
//! ahead per position: corrections and retractions are evaluated when asked, so an answer at an earlier position cannot change.
//!
//! Everything here is a value or a pure function. This crate knows nothing of files, clocks, bytes, JSON or words: a recorded text is a
//! sealed value of the type parameter `T`, and views hold a [`TextRef`] by which the caller finds its words.

mod assignment;
mod changes;
mod counts;
mod difference;
mod error;
mod fact;
mod fold;
mod hold;
mod in_force;
mod index;
mod known;
mod order;
mod recommendation;
mod register;
pub mod report;
mod resolve;
mod standing;
mod status;
mod succession;
mod text;
mod timeline;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use assignment::{Assignment, Assignments};
pub use changes::{ChangeScope, EffectiveChange, EffectiveChanges, SubjectChange};
pub use counts::{AxisCounts, CertaintyCounts, Counts, NumberCounts, ReportingCounts, VerifiedCounts};
pub use difference::Difference;
pub use error::ProjectionError;
pub use fact::{EventReference, Fact, Mark, Provenance};
pub use fold::{Events, Knowledge, NewRow, Projection, RowsAnew};
pub use hold::Hold;
pub use index::{Printed, Row, RowBounds, RowError, RowFact, RowTarget};
pub use known::VocabularyUses;
pub use recommendation::{Audience, Evidence, Finding, Note, RecommendationFacts, RecommendationView};
pub use register::{RegisterView, SourceView, VocabularyVersion};
pub use status::{Certainty, HeldStatus, StateInOrder, StatementView, StatusView};
pub use succession::Succession;
pub use text::TextRef;
pub use timeline::{Page, TimelineEntry};
