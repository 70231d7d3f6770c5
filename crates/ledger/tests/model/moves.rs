//! What a random history is made of. Numbers choose among what there is when their turn comes, so that any part of a history is one, too.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;

/// A list that prints one line for each of its parts: so a failing history can be read.
#[derive(Clone)]
pub(crate) struct Lines<T>(pub(crate) Vec<T>);

impl<T: fmt::Debug> fmt::Debug for Lines<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| writeln!(formatter, "\n    {part:?}"))
    }
}

/// One thing that happens to a log, and what is asked afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) happens: Happens,
    pub(crate) asked: Vec<Question>,
}

#[derive(Debug, Clone)]
pub(crate) enum Happens {
    /// Commands are handed over together: all are recorded or none.
    Request(Vec<Ordered>),
    /// A recorded command comes again.
    Again { command: u16, how: Again },
    /// Time passes: so many steps of the waiting table.
    Wait(u8),
    /// A request while the clock cannot be trusted.
    ClockAstray(Ordered),
    /// A source is imported, twice.
    Import(u8),
    /// The log is closed and opened.
    Restart,
    /// The process dies: another one finds the files as they are.
    Kill,
    /// The log is closed, and sled made anew from the journal.
    Rebuild,
    /// The log is closed, and its caches are gone when it is opened.
    Forget,
}

/// What of a command differs when it comes again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Again {
    Same,
    OtherWords,
    FewerSteps,
    ByAnother,
}

/// A command.
#[derive(Debug, Clone)]
pub(crate) struct Ordered {
    pub(crate) actor: u8,
    pub(crate) steps: Vec<(Act, Expect)>,
}

/// What is said of the version that a subject must have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    Nothing,
    Right,
    Wrong(u8),
}

/// What one step says. `on` chooses a recommendation, `of` an earlier event, `why` and `from` whether it has a reason and a source.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Status { on: u8, label: u8, when: When, why: u8, from: u8 },
    Illegible { on: u8, when: When, label: u8 },
    Note { on: u8, when: When, why: u8, role: u8, internal: bool },
    Verify { of: u16, when: When, state: u8, evidence: u16 },
    Evidence { on: u8, of: u16, document: u8 },
    Assign { on: u8, attribute: u8, value: u8, clear: bool, when: When },
    CorrectLabel { of: u16, label: u8, why: u8 },
    CorrectDate { of: u16, when: When },
    CorrectBoth { of: u16, label: u8, when: When },
    CorrectText { of: u16, when: Option<When> },
    Retract { of: u16 },
    Redact { of: u16, field: u8 },
    Hold { on: u8 },
    Lift { of: u16 },
    Amend { on: u8, what: u8, number: u8 },
    Register { on: u8, what: u8 },
    Revise { which: u8, register: u8 },
    Claim { when: When },
    Review { from: u8, to: u8 },
}

/// When something began.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    Now,
    Unknown,
    /// The place of the start among the points in time, and a length; the precision and basis follow from `how`.
    Span {
        start: u8,
        length: u8,
        how: u8,
    },
    /// Exactly from where a statement ends, or up to where it begins: those of the same subject are counted back from the latest.
    Beside {
        of: u8,
        side: Side,
        length: u8,
    },
}

/// On which side of another interval one lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) about: About,
    /// Which register, or none named.
    pub(crate) register: u8,
    pub(crate) known_at: KnownAt,
    pub(crate) effective_at: EffectiveAt,
    pub(crate) internal: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum About {
    List,
    Counts,
    Show(u8),
    Timeline(u8),
    Restated { from: KnownAt, actor: u8 },
    Happened { from: EffectiveAt, actor: u8 },
    Vocabulary,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum KnownAt {
    All,
    Size(u16),
    /// Around the time of recording of an event, in microseconds.
    Time {
        of: u16,
        shift: i8,
    },
    Day(u8),
    Long {
        after: bool,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum EffectiveAt {
    Today,
    Day(u8),
    /// Around a bound of the interval of an event.
    Bound {
        of: u16,
        end: bool,
        shift: i8,
    },
    Long {
        after: bool,
    },
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        3 => Just(When::Now),
        1 => Just(When::Unknown),
        6 => (any::<u8>(), any::<u8>(), any::<u8>())
            .prop_map(|(start, length, how)| When::Span { start, length, how }),
    ]
}

/// When a status began: now and then side by side with another one, which chance alone would hardly ever bring about.
fn when_beside() -> impl Strategy<Value = When> {
    let side = prop_oneof![3 => Just(Side::Before), 2 => Just(Side::After)];
    prop_oneof![
        3 => when(),
        2 => (0..4_u8, side, any::<u8>()).prop_map(|(of, side, length)| When::Beside { of, side, length }),
    ]
}

/// What is said about a status: most of what a history consists of.
fn statement() -> impl Strategy<Value = Act> {
    let n = any::<u8>;
    let of = any::<u16>;
    prop_oneof![
        6 => (n(), n(), when_beside(), n(), n())
            .prop_map(|(on, label, when, why, from)| Act::Status { on, label, when, why, from }),
        1 => (n(), when(), n()).prop_map(|(on, when, label)| Act::Illegible { on, when, label }),
        2 => (of(), when(), n(), of())
            .prop_map(|(of, when, state, evidence)| Act::Verify { of, when, state, evidence }),
        2 => (of(), n(), n()).prop_map(|(of, label, why)| Act::CorrectLabel { of, label, why }),
        3 => (of(), when_beside()).prop_map(|(of, when)| Act::CorrectDate { of, when }),
        1 => (of(), n(), when_beside()).prop_map(|(of, label, when)| Act::CorrectBoth { of, label, when }),
        3 => of().prop_map(|of| Act::Retract { of }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let n = any::<u8>;
    let of = any::<u16>;
    prop_oneof![
        16 => statement(),
        3 => (n(), when(), n(), n(), any::<bool>())
            .prop_map(|(on, when, why, role, internal)| Act::Note { on, when, why, role, internal }),
        2 => (n(), of(), n()).prop_map(|(on, of, document)| Act::Evidence { on, of, document }),
        3 => (n(), n(), n(), prop::bool::weighted(0.3), when()).prop_map(|(on, attribute, value, clear, when)| {
            Act::Assign { on, attribute, value, clear, when }
        }),
        2 => (of(), proptest::option::of(when())).prop_map(|(of, when)| Act::CorrectText { of, when }),
        1 => n().prop_map(|on| Act::Hold { on }),
        1 => of().prop_map(|of| Act::Lift { of }),
        2 => (n(), n(), n()).prop_map(|(on, what, number)| Act::Amend { on, what, number }),
        1 => (n(), n()).prop_map(|(on, what)| Act::Register { on, what }),
        1 => (n(), n()).prop_map(|(which, register)| Act::Revise { which, register }),
        1 => when().prop_map(|when| Act::Claim { when }),
        1 => (n(), n()).prop_map(|(from, to)| Act::Review { from, to }),
    ]
}

fn expect() -> impl Strategy<Value = Expect> {
    prop_oneof![
        16 => Just(Expect::Nothing),
        8 => Just(Expect::Right),
        1 => any::<u8>().prop_map(Expect::Wrong),
    ]
}

fn ordered(act: impl Strategy<Value = Act>) -> impl Strategy<Value = Ordered> {
    (0..3_u8, vec((act, expect()), 1..4)).prop_map(|(actor, steps)| Ordered { actor, steps })
}

fn redaction() -> impl Strategy<Value = Ordered> {
    let redact = (any::<u16>(), any::<u8>()).prop_map(|(of, field)| Act::Redact { of, field });
    (0..3_u8, vec((redact, expect()), 1..3)).prop_map(|(actor, steps)| Ordered { actor, steps })
}

fn known_at() -> impl Strategy<Value = KnownAt> {
    prop_oneof![
        2 => Just(KnownAt::All),
        6 => any::<u16>().prop_map(KnownAt::Size),
        2 => (any::<u16>(), -1..=1_i8).prop_map(|(of, shift)| KnownAt::Time { of, shift }),
        1 => any::<u8>().prop_map(KnownAt::Day),
        1 => any::<bool>().prop_map(|after| KnownAt::Long { after }),
    ]
}

fn effective_at() -> impl Strategy<Value = EffectiveAt> {
    prop_oneof![
        1 => Just(EffectiveAt::Today),
        4 => any::<u8>().prop_map(EffectiveAt::Day),
        6 => (any::<u16>(), any::<bool>(), -2..=1_i8)
            .prop_map(|(of, end, shift)| EffectiveAt::Bound { of, end, shift }),
        1 => any::<bool>().prop_map(|after| EffectiveAt::Long { after }),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    let about = prop_oneof![
        4 => Just(About::List),
        2 => Just(About::Counts),
        3 => any::<u8>().prop_map(About::Show),
        4 => any::<u8>().prop_map(About::Timeline),
        2 => (known_at(), 0..6_u8).prop_map(|(from, actor)| About::Restated { from, actor }),
        3 => (effective_at(), 0..6_u8).prop_map(|(from, actor)| About::Happened { from, actor }),
        1 => Just(About::Vocabulary),
    ];
    (about, 0..16_u8, known_at(), effective_at(), any::<bool>()).prop_map(
        |(about, register, known_at, effective_at, internal)| Question {
            about,
            register,
            known_at,
            effective_at,
            internal,
        },
    )
}

/// Random questions.
pub(crate) fn questions(count: usize) -> impl Strategy<Value = Lines<Question>> {
    vec(question(), 0..=count).prop_map(Lines)
}

/// Everything that can happen.
pub(crate) fn history(turns: usize) -> impl Strategy<Value = Lines<Turn>> {
    let again = prop_oneof![
        3 => Just(Again::Same),
        2 => Just(Again::OtherWords),
        1 => Just(Again::FewerSteps),
        1 => Just(Again::ByAnother),
    ];
    let happens = prop_oneof![
        36 => vec(ordered(act()), 1..2).prop_map(Happens::Request),
        3 => vec(prop_oneof![4 => ordered(act()).boxed(), 1 => redaction().boxed()], 2..4)
            .prop_map(Happens::Request),
        3 => vec(redaction(), 1..2).prop_map(Happens::Request),
        3 => (any::<u16>(), again).prop_map(|(command, how)| Happens::Again { command, how }),
        6 => any::<u8>().prop_map(Happens::Wait),
        1 => ordered(act()).prop_map(Happens::ClockAstray),
        1 => any::<u8>().prop_map(Happens::Import),
        1 => Just(Happens::Restart),
        1 => Just(Happens::Kill),
        1 => Just(Happens::Rebuild),
        1 => Just(Happens::Forget),
    ];
    let turn = (happens, vec(question(), 0..3)).prop_map(|(happens, asked)| Turn { happens, asked });
    vec(turn, 1..turns).prop_map(Lines)
}

/// Statements, corrections and retractions only, close together and over each other.
pub(crate) fn statements(turns: usize) -> impl Strategy<Value = Lines<Turn>> {
    let happens = prop_oneof![
        10 => vec(ordered(statement()), 1..2).prop_map(Happens::Request),
        3 => any::<u8>().prop_map(Happens::Wait),
    ];
    let turn = (happens, vec(question(), 0..2)).prop_map(|(happens, asked)| Turn { happens, asked });
    vec(turn, 1..turns).prop_map(Lines)
}
