use docket_domain::event::{AccessRevoked, Cell, Data, NoteRecorded, RecommendationRegistered};
use docket_domain::term::{NoteRole, NumberBasis, TextBasis, Visibility};
use docket_domain::{
    Actor, Asserter, Digest, Effective, Key, TEXT_BYTES_MAX, TEXTS_PER_EVENT_MAX, Timestamp,
};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use super::{
    FixedSalts, Opening, OpeningFault, OpeningState, ResolvedText, Salt, SaltSource, SealError, SealedText,
    SystemSalts, commit, is_intact, read_opening, read_openings, resolve, seal,
};
use crate::testing::assert_hides;
use crate::wire::tests::assert_golden;

fn revoked(reason: &str) -> Data<String> {
    let (grantee, role) = (Actor::new("ben").unwrap(), "recorder".to_owned());
    Data::AccessRevoked(AccessRevoked { grantee, reason: reason.to_owned(), role })
}

fn note(reason: Option<&str>, text: &str) -> Data<String> {
    Data::NoteRecorded(NoteRecorded {
        asserter: Asserter::new("city").unwrap(),
        effective: Effective { phrase: Some("in March".to_owned()), ..Effective::recorded(Timestamp::EPOCH) },
        reason: reason.map(str::to_owned),
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: text.to_owned(),
        visibility: Visibility::Public,
    })
}

fn row(cells: usize) -> Data<String> {
    Data::RecommendationRegistered(RecommendationRegistered {
        cells: (0..cells).map(|_| Cell { column: 1, line: 1, text: "x".to_owned() }).collect(),
        damage: vec![],
        key: Key::new("7").unwrap(),
        number: None,
        number_basis: NumberBasis::Missing,
        number_printed: None,
        source: None,
        text: None,
        text_basis: TextBasis::Unknown,
    })
}

fn opening(salt: u8, text: &str) -> (SealedText, Opening) {
    let salt = Salt([salt; 32]);
    let sealed = SealedText { digest: commit(&salt, text), bytes: u32::try_from(text.len()).unwrap() };
    (sealed, Opening { salt, text: text.to_owned() })
}

#[test]
fn digests_and_openings_of_version_1_are_frozen() {
    let lines: Vec<String> = [(1, ""), (2, "Met this month."), (3, "naïve “quotes” 😀")]
        .into_iter()
        .map(|(salt, text)| {
            let (sealed, opening) = opening(salt, text);
            format!("{} {} {}", sealed.digest, sealed.bytes, hex::encode(opening.encode()))
        })
        .collect();
    assert_golden("openings.v1.txt", &lines);
}

/// The digest computed by other means than ours: `printf 'docket/sealed/v1\0%s%s' "$salt" "$text" | sha256sum`.
#[test]
fn the_digest_is_what_design_section_5_says() {
    let digest = commit(&Salt(*b"0123456789abcdef0123456789abcdef"), "text");
    assert_eq!(digest.to_string(), "303cc6e56b8db077d482ae2be3f77f9901628ec38e5f67a2f445c580f80bbf75");
}

#[test]
fn texts_are_sealed_in_order_and_resolved_again() {
    let data = note(Some("asked for"), "Met this month.");
    let (sealed, openings) = seal(data.clone(), &mut FixedSalts::default()).unwrap();
    let words: Vec<&str> = openings.iter().map(|opening| opening.text.as_str()).collect();
    assert_eq!(words, ["in March", "asked for", "Met this month."]);
    for (text, opening) in sealed.texts().iter().zip(&openings) {
        assert!(opening.check(text));
    }
    let states = openings.into_iter().map(OpeningState::Intact).collect();
    let resolved = resolve(sealed, states).unwrap();
    let expected = data.try_map(&mut |text| Ok::<_, SealError>(ResolvedText::Words(text))).unwrap();
    assert_eq!(resolved, expected);
}

#[test]
fn an_erased_opening_shows_its_digest() {
    let (sealed, openings) = seal(note(None, "secret"), &mut FixedSalts::default()).unwrap();
    let texts = sealed.texts();
    let redacted = *texts[1];
    let mut bytes: Vec<u8> = openings.iter().flat_map(Opening::encode).collect();
    bytes[texts[0].opening_bytes()..].fill(0);
    let states = read_openings(&texts, &bytes).unwrap();
    assert_eq!(states, [OpeningState::Intact(openings[0].clone()), OpeningState::Erased]);
    let Data::NoteRecorded(resolved) = resolve(sealed, states).unwrap() else { unreachable!() };
    assert_eq!(resolved.text, ResolvedText::Redacted(redacted));
    assert_eq!(resolved.effective.phrase, Some(ResolvedText::Words("in March".to_owned())));
}

#[test]
fn openings_of_other_texts_are_refused() {
    let (sealed, openings) = seal(note(None, "one"), &mut FixedSalts::default()).unwrap();
    let swapped = openings.iter().rev().cloned().map(OpeningState::Intact).collect();
    assert!(matches!(resolve(sealed.clone(), swapped), Err(SealError::Mismatch { ordinal: 0, .. })));
    for count in [0, 1, 3] {
        let states = std::iter::repeat_n(OpeningState::Erased, count).collect();
        match resolve(sealed.clone(), states) {
            Err(SealError::Count { texts: 2, openings }) => assert_eq!(openings, count),
            result => panic!("{result:?}"),
        }
    }
}

#[test]
fn limits_of_texts() {
    let salts = &mut FixedSalts::default();
    assert!(seal(revoked(""), salts).is_ok());
    assert!(seal(revoked(&"x".repeat(TEXT_BYTES_MAX)), salts).is_ok());
    let too_long = seal(revoked(&"x".repeat(TEXT_BYTES_MAX + 1)), salts);
    assert!(matches!(too_long, Err(SealError::TooLong { ordinal: 0, bytes: 65_537 })));
    let nul = seal(note(None, "a\0b"), salts);
    assert!(matches!(nul, Err(SealError::Nul { ordinal: 1, offset: 1 })));
    assert!(seal(row(TEXTS_PER_EVENT_MAX), salts).is_ok());
    assert!(matches!(seal(row(TEXTS_PER_EVENT_MAX + 1), salts), Err(SealError::TooMany)));
}

#[test]
fn an_empty_text_is_erased_by_its_salt_alone() {
    let (sealed, opening) = opening(7, "");
    assert_eq!(read_opening(&sealed, &opening.encode()), Ok(OpeningState::Intact(opening)));
    assert_eq!(read_opening(&sealed, &[0; 32]), Ok(OpeningState::Erased));
    assert!(matches!(read_opening(&sealed, &[0; 33]), Err(OpeningFault::Length { expected: 32, found: 33 })));
    assert!(matches!(read_opening(&sealed, &[0; 31]), Err(OpeningFault::Length { .. })));
}

#[test]
fn what_was_sealed_must_be_a_text() {
    let salt = Salt([9; 32]);
    for content in [b"\xff\xfe".as_slice(), b"a\0"] {
        let sealed = SealedText { digest: super::commit_bytes(&salt, content), bytes: 2 };
        let bytes = [salt.0.as_slice(), content].concat();
        assert_eq!(read_opening(&sealed, &bytes), Err(OpeningFault::NoText { ordinal: 0 }));
    }
}

#[test]
fn neither_salts_nor_words_are_printed() {
    let (_, opening) = opening(7, "secret words");
    let printed = format!("{opening:?} {:?}", opening.salt);
    assert_eq!(printed, "Opening(12 bytes) Salt(..)");
}

#[test]
fn no_two_salts_are_equal() {
    let mut system = SystemSalts;
    assert_ne!(system.salt().unwrap(), system.salt().unwrap());
    let mut fixed = FixedSalts::default();
    let (first, second) = (fixed.salt().unwrap(), fixed.salt().unwrap());
    assert_ne!(first, second);
    assert_eq!(first, FixedSalts::default().salt().unwrap());
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>().prop_filter("no NUL", |&c| c != '\0'), 0..20)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #[test]
    fn a_changed_byte_is_found_unless_all_are_zero(
        salt in 1_u8..,
        text in texts(),
        place in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let (sealed, opening) = opening(salt, &text);
        let mut bytes = opening.encode();
        prop_assert_eq!(read_opening(&sealed, &bytes).unwrap(), OpeningState::Intact(opening));
        let place = place.index(bytes.len());
        bytes[place] ^= change;
        let fault = OpeningFault::Mismatch { ordinal: 0, digest: sealed.digest };
        prop_assert_eq!(read_opening(&sealed, &bytes), Err(fault));
        bytes.fill(0);
        prop_assert_eq!(read_opening(&sealed, &bytes).unwrap(), OpeningState::Erased);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), lengths in prop::collection::vec(any::<u32>(), 0..4)) {
        let digest = Digest::from_bytes([1; 32]);
        let sealed: Vec<SealedText> = lengths.into_iter().map(|bytes| SealedText { digest, bytes }).collect();
        let expected: usize = sealed.iter().map(SealedText::opening_bytes).sum();
        let read = read_openings(&sealed.iter().collect::<Vec<_>>(), &bytes);
        prop_assert!(bytes.len() == expected || read.is_err());
    }
}

#[test]
fn debug_output_shows_no_words_and_no_salt() {
    let salt = FixedSalts::default().salt().unwrap();
    let opening = Opening { salt, text: "she moved to Elm Street".to_owned() };
    let words = ResolvedText::Words(opening.text.clone());
    assert_eq!(format!("{words:?}"), "Words(23 bytes)");
    for value in [&words as &dyn std::fmt::Debug, &opening, &OpeningState::Intact(opening.clone()), &salt] {
        assert_hides(value, opening.text.as_bytes());
        assert_hides(value, &salt.0);
    }
}

proptest! {
    /// Looking at an opening and reading it agree, whatever is wrong with it.
    #[test]
    fn an_opening_is_intact_if_it_reads(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..3), sealed in any::<bool>()) {
        let salt = Salt([7; 32]);
        let raw = [text.as_bytes(), &bytes].concat();
        let opening = [&salt.0[..], &raw].concat();
        let digest = if sealed { super::commit_bytes(&salt, &raw) } else { commit(&salt, &text) };
        let sealed = SealedText { digest, bytes: u32::try_from(raw.len()).unwrap() };
        for stored in [opening.clone(), opening[..opening.len() - 1].to_vec(), vec![0; opening.len()]] {
            let reads = matches!(read_opening(&sealed, &stored), Ok(OpeningState::Intact(_)));
            prop_assert_eq!(is_intact(&sealed, &stored), reads);
        }
    }
}
