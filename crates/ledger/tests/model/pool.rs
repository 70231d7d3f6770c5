//! What a history draws from: registers, recommendations, labels, states and vocabularies.

use chrono_tz::Tz;
use docket_domain::event::{
    Cell, ClaimRecorded, Damage, Figure, RecommendationAmended, RecommendationRegistered, RegisterOpened,
};
use docket_domain::term::{Basis, NumberBasis, Precision, Reporting, TextBasis};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Asserter, Data, Effective, Key, Label, RegisterId, StateName, Subject, Vocabulary, Zone,
};

use crate::build::Maker;

/// Labels of the first vocabulary, and one of none.
pub(crate) const LABELS: [&str; 16] = [
    "PLANNED",
    "BUILDING",
    "DONE",
    "NO UPDATE AVAILABLE",
    "BUILDING",
    "SEE NOTE",
    "BLURRED",
    "DONE",
    "PLANNED",
    "BUILDING",
    "DONE",
    "NO UPDATE AVAILABLE",
    "PLANNED",
    "DONE",
    "BUILDING",
    "UNHEARD OF",
];
/// States of the first vocabulary, and one of none.
pub(crate) const STATES: [&str; 4] = ["planned", "building", "done", "nowhere"];

pub(crate) fn r() -> RegisterId {
    RegisterId::new("r").unwrap()
}

pub(crate) fn other() -> RegisterId {
    RegisterId::new("other").unwrap()
}

pub(crate) fn by_key(register: &RegisterId, key: &str) -> Subject {
    Subject::Recommendation(register.clone(), Key::new(key).unwrap())
}

/// A recommendation: most often the first one.
pub(crate) fn recommendation(choice: u8) -> Subject {
    match choice % 32 {
        0..=17 => by_key(&r(), "1"),
        18..=24 => by_key(&r(), "2"),
        25..=27 => by_key(&r(), "3a"),
        28 => by_key(&r(), "III.2"),
        29 => by_key(&r(), "7"),
        30 => by_key(&other(), "1"),
        _ => by_key(&r(), "99"),
    }
}

/// The zone in which the dates of a subject are read.
pub(crate) fn zone_of(subject: &Subject) -> Tz {
    if subject.register() == Some(&other()) { Tz::Africa__Cairo } else { Tz::America__Chicago }
}

/// A vocabulary: the first one, the states in another order, without a label, without a state, with another meaning, or one that
/// cannot be used.
pub(crate) fn vocabulary(which: u8) -> Vocabulary {
    let which = which % 8;
    let state = |(order, name): (u32, &&str)| StateDefinition {
        closed: order == 3,
        name: StateName::new(name).unwrap(),
        order,
    };
    let label = |label: &str, reporting, state: Option<&str>| LabelMeaning {
        label: Label::new(label).unwrap(),
        reporting,
        state: state.map(|state| StateName::new(state).unwrap()),
    };
    let done = if which == 4 { "building" } else { "done" };
    let mut labels = vec![
        label("PLANNED", Reporting::Reported, Some("planned")),
        label("BUILDING", Reporting::Reported, Some("building")),
        label("DONE", Reporting::Reported, Some(done)),
        label("NO UPDATE AVAILABLE", Reporting::NoUpdate, None),
        label("SEE NOTE", Reporting::Reported, None),
        label("BLURRED", Reporting::Unknown, None),
    ];
    let mut states: Vec<StateDefinition> = (1..).zip(&STATES[..3]).map(state).collect();
    match which {
        1 => states.iter_mut().for_each(|state| state.order = 10 - state.order),
        2 => drop(labels.remove(0)),
        3 => {
            states.remove(2);
            labels.remove(2);
        }
        5 => drop(states.remove(0)),
        6 => states.push(states[0].clone()),
        _ => {}
    }
    Vocabulary { labels, states }
}

pub(crate) fn register(maker: &mut Maker, zone: &str) -> Data<String> {
    Data::RegisterOpened(RegisterOpened {
        expected_count: Some(4),
        publisher: Asserter::new("City").unwrap(),
        time_zone: Zone::parse(zone).unwrap(),
        title: maker.words("title"),
        vocabulary: vocabulary(0),
    })
}

pub(crate) fn registration(maker: &mut Maker, subject: &Subject, what: u8) -> Data<String> {
    let cell = |maker: &mut Maker, (line, column)| Cell { column, line, text: maker.words("cell") };
    let number = (what % 5 < 3).then_some(u32::from(what / 5 % 3) + 1);
    let bases = [NumberBasis::Printed, NumberBasis::Inferred, NumberBasis::Missing];
    let text = (what % 7 != 6).then(|| maker.words("Do it"));
    Data::RecommendationRegistered(RecommendationRegistered {
        cells: [(2, 1), (1, 2), (1, 1)][..usize::from(what % 4)].iter().map(|at| cell(maker, *at)).collect(),
        damage: vec![Damage { code: "torn".to_owned(), note: (what > 128).then(|| maker.words("damage")) }],
        key: subject.key().unwrap().clone(),
        number,
        number_basis: bases[usize::from(what) / 4 % 3],
        number_printed: (what % 3 == 2).then(|| "VII.".to_owned()),
        source: None,
        text_basis: if text.is_some() { TextBasis::Printed } else { TextBasis::Unknown },
        text,
    })
}

/// A claim of which nothing is known but that it was made.
pub(crate) fn claim(maker: &mut Maker) -> Data<String> {
    let effective =
        Effective { basis: Basis::Stated, from: None, phrase: None, precision: Precision::Unknown, to: None };
    Data::ClaimRecorded(ClaimRecorded {
        asserter: Asserter::new("City").unwrap(),
        effective,
        figures: vec![Figure { name: "in-progress".to_owned(), value: 30 }],
        source_url: None,
        text: maker.words("claim"),
    })
}

pub(crate) fn amendment(maker: &mut Maker, what: u8, number: u8) -> Data<String> {
    let text = (!what.is_multiple_of(3)).then(|| maker.words("Do it"));
    Data::RecommendationAmended(RecommendationAmended {
        number: number.is_multiple_of(2).then_some(u32::from(number) / 2 % 4 + 1),
        number_basis: (number % 8 == 4).then_some(NumberBasis::Inferred),
        number_printed: (number % 8 == 6).then(|| "vii".to_owned()),
        reason: maker.words("reason"),
        source: None,
        source_url: (what % 4 == 3).then(|| maker.words("https://city.example/")),
        text_basis: text.is_some().then_some(TextBasis::Partial).filter(|_| what.is_multiple_of(2)),
        text,
    })
}
