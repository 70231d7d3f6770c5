//! The recommendations of a register in its order: by number, those without one after them, equal ones in the order in which they were
//! first recorded.

use docket_domain::term::NumberBasis;
use docket_domain::{Key, RegisterId, Subject};

use crate::fold::Knowledge;
use crate::index::{NumberedBy, Rank, RegisterOrder, SubjectIndex};
use crate::timeline::Page;

impl<'a, T> Knowledge<'a, T> {
    /// The keys of a register's recommendations in its order: by number, those without one after them, equal ones in the order in
    /// which they were first recorded.
    #[must_use]
    pub fn recommendation_keys(self, register: &RegisterId) -> Vec<Key> {
        self.recommendation_page(register, Page::ALL)
    }

    /// A page of them; those before it and after it are not looked at one by one where they were registered once and never amended.
    #[must_use]
    pub fn recommendation_page(self, register: &RegisterId, page: Page) -> Vec<Key> {
        self.ranked(register)
            .skip(page.skip)
            .take(page.take)
            .filter_map(|rank| self.key(rank.subject))
            .collect()
    }

    /// How many recommendations a register has.
    #[must_use]
    pub fn recommendations(self, register: &RegisterId) -> usize {
        self.ranked(register).count()
    }

    /// Those that have this number, in the order of the register.
    pub(crate) fn recommendations_numbered(self, register: &RegisterId, number: u32) -> Vec<Key> {
        let Some(order) = self.order(register) else { return Vec::new() };
        let mut ranks: Vec<Rank> = order
            .settled
            .range(Rank::of_number(number))
            .copied()
            .filter(|rank| self.is_registered(*rank))
            .chain(self.unsettled(order).into_iter().filter(|rank| Rank::of_number(number).contains(rank)))
            .collect();
        ranks.sort_unstable();
        ranks.into_iter().filter_map(|rank| self.key(rank.subject)).collect()
    }

    /// Those that a source may print with another number than that by which they are found, in the order of the register.
    pub(crate) fn recommendations_printed_otherwise(self, register: &RegisterId) -> Vec<Key> {
        let Some(order) = self.order(register) else { return Vec::new() };
        let numbers = order.odd.union(&order.unsettled);
        let mut ranks: Vec<Rank> = numbers.filter_map(|&number| self.rank(number)).collect();
        ranks.sort_unstable();
        ranks.into_iter().filter_map(|rank| self.key(rank.subject)).collect()
    }

    /// How the number of a recommendation is known, where it was registered once and never amended, and that is known.
    pub(crate) fn settled_basis(self, subject: &Subject) -> Option<NumberBasis> {
        let number = self.index().number_of(subject)?;
        let order = self.order(subject.register()?)?;
        match self.index().subject(subject)?.numbers.as_slice() {
            [only] if !order.unsettled.contains(&number) && u64::from(only.index) < self.known_at() => {
                match only.by {
                    NumberedBy::Registration { basis, .. } => Some(basis),
                    NumberedBy::Amendment => None,
                }
            }
            _ => None,
        }
    }

    /// The ranks of the recommendations that are known, in order.
    fn ranked(self, register: &RegisterId) -> impl Iterator<Item = Rank> + use<'a, T> {
        let order = self.order(register);
        let settled = order.into_iter().flat_map(|order| order.settled.iter().copied());
        let mut settled = settled.filter(move |rank| self.is_registered(*rank)).peekable();
        let unsettled = order.map(|order| self.unsettled(order)).unwrap_or_default();
        let mut unsettled = unsettled.into_iter().peekable();
        std::iter::from_fn(move || match (settled.peek(), unsettled.peek()) {
            (Some(first), Some(second)) if first > second => unsettled.next(),
            (Some(_), _) => settled.next(),
            (None, _) => unsettled.next(),
        })
    }

    /// The ranks as known of those whose rank depends on it, in order.
    fn unsettled(self, order: &RegisterOrder) -> Vec<Rank> {
        let mut ranks: Vec<Rank> = order.unsettled.iter().filter_map(|&number| self.rank(number)).collect();
        ranks.sort_unstable();
        ranks
    }

    /// The rank of a recommendation as amended; `None` if its registration is not known or not in force.
    fn rank(self, number: u32) -> Option<Rank> {
        let subject = self.subject(number)?;
        let known = || {
            let numbers = subject.numbers.iter().rev().map(|numbered| (numbered, u64::from(numbered.index)));
            numbers.filter(|(_, index)| self.in_force(*index)).map(|(numbered, _)| numbered)
        };
        let registered = known().find(|numbered| numbered.by != NumberedBy::Amendment)?;
        let mut amended = known().filter(|numbered| numbered.by == NumberedBy::Amendment);
        Some(Rank::new(amended.find_map(|numbered| numbered.number).or(registered.number), number))
    }

    /// Whether one that was registered once and never amended is known.
    fn is_registered(self, rank: Rank) -> bool {
        let registration = self.subject(rank.subject).and_then(|subject| subject.numbers.first());
        registration.is_some_and(|numbered| u64::from(numbered.index) < self.known_at())
    }

    fn order(self, register: &RegisterId) -> Option<&'a RegisterOrder> {
        self.register_subjects().get(register).map(|subjects| &subjects.order)
    }

    fn subject(self, number: u32) -> Option<&'a SubjectIndex> {
        self.index().subjects.get(number as usize)
    }

    fn key(self, number: u32) -> Option<Key> {
        self.subject(number).and_then(|subject| subject.subject.key()).cloned()
    }
}
