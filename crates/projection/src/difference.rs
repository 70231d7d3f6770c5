//! Old and new: what was known just before an event was recorded, and just after it.

use std::sync::Arc;

use docket_domain::{Data, Event, EventKind, Vocabulary};

use crate::fold::Knowledge;
use crate::recommendation::RecommendationFacts;
use crate::status::StatementView;
use crate::text::TextRef;

/// What an event changed, as known just before and just after it. For a correction or retraction, what it changed in its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference<T> {
    /// A status: the statement that held at the place of the one spoken about, in the order of (`from`, index).
    ///
    /// For a new statement, `before` is the one that it takes over from, which need not be the newest recorded. For a retracted one,
    /// `after` is the one that takes its place again.
    Status {
        /// The statement that held before; nothing where none was stated.
        before: Option<Box<StatementView<T>>>,
        /// The statement that holds after.
        after: Option<Box<StatementView<T>>>,
    },
    /// The number or text of a recommendation.
    Recommendation {
        /// As known before; nothing before the registration.
        before: Option<RecommendationFacts<T>>,
        /// As known after.
        after: Option<RecommendationFacts<T>>,
    },
    /// The vocabulary of a register.
    Vocabulary {
        /// As known before; nothing before the opening.
        before: Option<Vocabulary>,
        /// As known after.
        after: Option<Vocabulary>,
    },
    /// Any other statement: a note, a finding, an assignment ...
    Content {
        /// What it said before; nothing if it was not there or not in force.
        before: Option<Box<Data<TextRef<T>>>>,
        /// What it says after; nothing if it is withdrawn.
        after: Option<Box<Data<TextRef<T>>>>,
    },
}

impl<T: Clone> Knowledge<'_, T> {
    /// What the event changed when it was recorded. `None` for a redaction, which changes no answer but destroys words, and for a
    /// correction or retraction that leads to no known event.
    pub(crate) fn difference(self, event: &Arc<Event<T>>) -> Option<Difference<T>> {
        let (before, after) = (self.with(event.index), self.with(event.index + 1));
        let root = self.root_of(event)?;
        match root.data.kind() {
            EventKind::TextRedacted => None,
            EventKind::StatusReported => Some(Difference::Status {
                before: before.statement_at(&root).map(Box::new),
                after: after.statement_at(&root).map(Box::new),
            }),
            EventKind::RecommendationRegistered | EventKind::RecommendationAmended => {
                Some(Difference::Recommendation {
                    before: before.recommendation_facts(&root.subject),
                    after: after.recommendation_facts(&root.subject),
                })
            }
            EventKind::RegisterOpened | EventKind::VocabularyRevised => {
                let register = root.subject.register()?;
                Some(Difference::Vocabulary {
                    before: before.vocabulary(register).cloned(),
                    after: after.vocabulary(register).cloned(),
                })
            }
            _ => Some(Difference::Content {
                before: before.content_in_force(root.index).map(Box::new),
                after: after.content_in_force(root.index).map(Box::new),
            }),
        }
    }

    /// The statement that holds at the place of this one in the order of its subject: itself, if it is known and in force.
    fn statement_at(self, event: &Event<T>) -> Option<StatementView<T>> {
        let place = self.statement(event)?.place();
        self.held_upto(&event.subject, place)
    }

    fn content_in_force(self, index: u64) -> Option<Data<TextRef<T>>> {
        if self.in_force(index) { self.content(index) } else { None }
    }
}
