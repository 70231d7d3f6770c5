//! Histories that once showed a defect, of the ledger or of the model.

use docket_domain::event::TextRedacted;
use docket_domain::{Data, EventKind};

use crate::facts::{Fact, texts};
use crate::moves::{About, Act, EffectiveAt, Expect, Happens, KnownAt, Ordered, Question, Turn, When};
use crate::play_on;
use crate::world::World;

fn asked(about: About, register: u8, known_at: KnownAt) -> Question {
    Question { about, register, known_at, effective_at: EffectiveAt::Today, internal: false }
}

fn says(step: Act) -> Turn {
    let steps = vec![(step, Expect::Nothing)];
    Turn { happens: Happens::Request(vec![Ordered { actor: 0, steps }]), asked: Vec::new() }
}

/// The number that a source prints becomes the key, too: a redaction destroys the one, and the other stands in every answer, old and new.
#[test]
fn a_key_stays_where_the_printed_number_of_the_same_words_was_redacted() {
    let school = 15;
    let mut world = World::new();
    world.turn(&Turn {
        happens: Happens::Import(0),
        asked: vec![asked(About::List, school, KnownAt::All), asked(About::Timeline(9), 0, KnownAt::All)],
    });
    let is_it = |fact: &&Fact| {
        fact.kind() == EventKind::RecommendationRegistered
            && texts(&mut fact.data.clone()).iter().any(|text| *text == "I.1")
    };
    let registered = world.facts.iter().find(is_it).unwrap().clone();
    let field = texts(&mut registered.data.clone()).iter().position(|text| *text == "I.1").unwrap();
    let redaction = TextRedacted {
        authority: "Court of Appeal".to_owned(),
        blob: None,
        field: Some(u32::try_from(field).unwrap()),
        reason: "names a person".to_owned(),
        target: registered.id,
    };
    let command = world.in_full(vec![(registered.subject, Data::TextRedacted(redaction))]);
    world.request(&[command]);
    play_on(world, &[], &[asked(About::List, school, KnownAt::All)]);
}

/// A day belongs to a zone. Where no register was known yet it is that of the first one, whatever other one is opened afterwards.
#[test]
fn an_answer_from_before_all_registers_stays_when_another_one_is_opened() {
    let unnamed = 13;
    let from = EffectiveAt::Bound { of: 0, end: false, shift: 0 };
    let happened = About::Happened { from, actor: 0 };
    let mut first = says(Act::Status { on: 0, label: 0, when: When::Now, why: 0, from: 0 });
    first.asked.push(asked(happened, unnamed, KnownAt::Long { after: false }));
    let another = says(Act::Register { on: 0, what: 107 });
    play_on(World::new(), &[first, another], &[]);
}
