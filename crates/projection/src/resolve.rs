//! From what people type to the recommendation or event that they mean.

use docket_domain::{EventId, Key, RegisterId, Subject};

use crate::error::ProjectionError;
use crate::fact::EventReference;
use crate::fold::Knowledge;

impl<T: Clone> Knowledge<'_, T> {
    /// The recommendations meant by a number or key, in the order of the register: none, one, or several with the same number.
    ///
    /// A key is matched first, because it is permanent; then the number as known, then the number as printed.
    #[must_use]
    pub fn find(self, register: &RegisterId, value: &str) -> Vec<Key> {
        if let Ok(key) = Key::new(value)
            && self.version(&Subject::Recommendation(register.clone(), key.clone())) > 0
        {
            return vec![key];
        }
        let number = value.parse::<u32>().ok().filter(|number| number.to_string() == value);
        let by_number =
            number.map(|number| self.recommendations_numbered(register, number)).unwrap_or_default();
        if !by_number.is_empty() {
            return by_number;
        }
        let subject = |key: &Key| Subject::Recommendation(register.clone(), key.clone());
        let is_printed = |key: &Key| {
            let facts = self.recommendation_facts(&subject(key));
            facts.and_then(|facts| facts.number_printed).as_deref() == Some(value)
        };
        self.recommendations_printed_otherwise(register).into_iter().filter(is_printed).collect()
    }

    /// The event meant by an id, or by a recommendation and a subject version: `7@3`. The register is needed for the second form where
    /// there is not exactly one.
    pub fn resolve_event(
        self,
        register: Option<&RegisterId>,
        value: &str,
    ) -> Result<EventReference, ProjectionError> {
        if let Ok(event) = EventId::parse(value) {
            let found = self.event(event).ok_or(ProjectionError::UnknownEvent { event })?;
            return Ok(EventReference::to(&found));
        }
        let form = || ProjectionError::EventForm { value: value.to_owned() };
        let (recommendation, version) = value.rsplit_once('@').ok_or_else(form)?;
        let version =
            version.parse::<u64>().ok().filter(|number| number.to_string() == version).ok_or_else(form)?;
        let register = self.one_register(register, value)?;
        let key = self.one_recommendation(&register, recommendation)?;
        let subject = Subject::Recommendation(register, key);
        match self.event_version(&subject, version) {
            Some(event) => Ok(EventReference::to(&event)),
            None => Err(ProjectionError::UnknownVersion { newest: self.version(&subject), subject, version }),
        }
    }

    fn one_register(self, register: Option<&RegisterId>, value: &str) -> Result<RegisterId, ProjectionError> {
        if let Some(register) = register {
            return Ok(register.clone());
        }
        let known: Vec<&RegisterId> = self.registers().collect();
        match known.as_slice() {
            [only] => Ok((*only).clone()),
            _ => Err(ProjectionError::RegisterNeeded { value: value.to_owned(), registers: known.len() }),
        }
    }

    fn one_recommendation(self, register: &RegisterId, value: &str) -> Result<Key, ProjectionError> {
        let mut keys = self.find(register, value);
        match keys.len() {
            0 | 1 => keys.pop().ok_or_else(|| ProjectionError::UnknownRecommendation {
                register: register.clone(),
                value: value.to_owned(),
            }),
            _ => Err(ProjectionError::AmbiguousRecommendation {
                register: register.clone(),
                value: value.to_owned(),
                keys,
            }),
        }
    }
}
