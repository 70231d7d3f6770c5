//! What each type of event says: one struct a type, over a text type `T`.

use crate::effective::Effective;
use crate::event::{Figure, SourceLines, StatusValue};
use crate::id::{Actor, Asserter, Digest, EventId, Key, Label, StateName};
use crate::payload::{field_map, field_visit, payload};
use crate::term::{
    AssignmentAttribute, AssignmentChange, NoteRole, NumberBasis, Reporting, TextBasis, Visibility,
};
use crate::time::Zone;
use crate::vocabulary::Vocabulary;

payload! {
    /// A register is opened.
    RegisterOpened {
        /// How many recommendations it is known to have.
        expected_count: Option<u32> => plain,
        /// Whose register it is; the default asserter.
        publisher: Asserter => plain,
        /// The zone in which its dates are read.
        time_zone: Zone => plain,
        /// Its title.
        title: T => text,
        /// Its labels and states.
        vocabulary: Vocabulary => plain,
    }
    /// The vocabulary of a register changes.
    VocabularyRevised {
        /// Why.
        reason: T => text,
        /// The whole new vocabulary.
        vocabulary: Vocabulary => plain,
    }
    /// A document arrives.
    SourceReceived {
        /// How the stated interval was derived, where it was.
        derivation: Option<T> => optional_text,
        /// The interval in which what it states was true.
        effective: Effective<T> => part,
        /// Its media type.
        media_type: String => plain,
        /// Who published it.
        publisher: Asserter => plain,
        /// Its SHA-256.
        sha256: Digest => plain,
        /// Its size in bytes.
        size: u64 => plain,
        /// Its title.
        title: T => text,
    }
    /// One cell of a row exactly as printed.
    Cell {
        /// The column, counted from 1.
        column: u32 => plain,
        /// The line, counted from 1.
        line: u32 => plain,
        /// The characters between the separators.
        text: T => text,
    }
    /// Something that is damaged in a row.
    Damage {
        /// What kind of damage: a stable word.
        code: String => plain,
        /// What exactly, and what was decided.
        note: Option<T> => optional_text,
    }
    /// A recommendation is entered in the register.
    RecommendationRegistered {
        /// The cells of its row as printed.
        cells: Vec<Cell<T>> => parts,
        /// What is damaged in it.
        damage: Vec<Damage<T>> => parts,
        /// Its permanent key.
        key: Key => plain,
        /// Its number.
        number: Option<u32> => plain,
        /// How the number is known.
        number_basis: NumberBasis => plain,
        /// The number as printed.
        number_printed: Option<String> => plain,
        /// Where it stands.
        source: Option<SourceLines> => plain,
        /// Its text, as far as it is known.
        text: Option<T> => optional_text,
        /// How much of the text is known.
        text_basis: TextBasis => plain,
    }
    /// The text or number of a recommendation is corrected or supplemented.
    RecommendationAmended {
        /// The new number, if it changes.
        number: Option<u32> => plain,
        /// How the new number is known.
        number_basis: Option<NumberBasis> => plain,
        /// The new number as printed.
        number_printed: Option<String> => plain,
        /// Why.
        reason: T => text,
        /// From which source.
        source: Option<SourceLines> => plain,
        /// Where that can be read.
        source_url: Option<T> => optional_text,
        /// The new text, if it changes.
        text: Option<T> => optional_text,
        /// How much of the text is now known.
        text_basis: Option<TextBasis> => plain,
    }
    /// A status is claimed.
    StatusReported {
        /// On whose word.
        asserter: Asserter => plain,
        /// When it began.
        effective: Effective<T> => part,
        /// The label exactly as printed.
        label: Option<Label> => plain,
        /// Why, where a reason was asked for.
        reason: Option<T> => optional_text,
        /// Whether it goes back to a lower state than the one before it.
        regress: bool => plain,
        /// What it says about the reporting.
        reporting: Reporting => plain,
        /// From which source.
        source: Option<SourceLines> => plain,
        /// Where that can be read.
        source_url: Option<T> => optional_text,
        /// The mapped state, if the label states one.
        state: Option<StateName> => plain,
    }
    /// A reviewer's finding on a claim.
    StatusVerified {
        /// Whether the finding agrees with the claim.
        agrees: bool => plain,
        /// The reviewer.
        asserter: Asserter => plain,
        /// The claim.
        claim: EventId => plain,
        /// What was found.
        comment: Option<T> => optional_text,
        /// When it was found.
        effective: Effective<T> => part,
        /// The evidence that was looked at.
        evidence: Vec<EventId> => plain,
        /// Where that can be read.
        source_url: Option<T> => optional_text,
        /// The state that was found.
        state: Option<StateName> => plain,
    }
    /// A note.
    NoteRecorded {
        /// On whose word.
        asserter: Asserter => plain,
        /// When what it says was true.
        effective: Effective<T> => part,
        /// Why it was recorded, where that needs saying.
        reason: Option<T> => optional_text,
        /// What kind of note it is.
        role: NoteRole => plain,
        /// From which source.
        source: Option<SourceLines> => plain,
        /// Where that can be read.
        source_url: Option<T> => optional_text,
        /// Its words.
        text: T => text,
        /// Who may read it.
        visibility: Visibility => plain,
    }
    /// A document or address that supports a statement.
    EvidenceAttached {
        /// On whose word.
        asserter: Asserter => plain,
        /// The statement that it supports, if it is one.
        event: Option<EventId> => plain,
        /// Its media type, where its bytes are kept.
        media_type: Option<String> => plain,
        /// The SHA-256 of its bytes, where they are kept.
        sha256: Option<Digest> => plain,
        /// Their size in bytes.
        size: Option<u64> => plain,
        /// Its title.
        title: Option<T> => optional_text,
        /// Its address.
        url: Option<T> => optional_text,
    }
    /// An owner, category, target date or dependency is set or cleared.
    AssignmentChanged {
        /// On whose word.
        asserter: Asserter => plain,
        /// What is assigned.
        attribute: AssignmentAttribute => plain,
        /// Set or cleared.
        change: AssignmentChange => plain,
        /// The recommendation that is waited for.
        dependency: Option<Key> => plain,
        /// Since when the assignment holds.
        effective: Effective<T> => part,
        /// Why.
        reason: Option<T> => optional_text,
        /// From which source.
        source: Option<SourceLines> => plain,
        /// The date that is promised.
        target: Option<Effective<T>> => optional_part,
        /// The owner or category.
        value: Option<T> => optional_text,
    }
    /// A public statement about totals.
    ClaimRecorded {
        /// Who made it.
        asserter: Asserter => plain,
        /// The day that it speaks of.
        effective: Effective<T> => part,
        /// The totals.
        figures: Vec<Figure> => plain,
        /// Where it can be read.
        source_url: Option<T> => optional_text,
        /// Its words.
        text: T => text,
    }
    /// Somebody reviewed a range of the log.
    ReviewPerformed {
        /// The reviewer.
        asserter: Asserter => plain,
        /// What was found.
        findings: T => text,
        /// The first entry reviewed.
        from_index: u64 => plain,
        /// The entry after the last one reviewed.
        to_index: u64 => plain,
    }
    /// Source lines that belong to no row.
    FragmentQuarantined {
        /// Why they belong to none.
        reason: T => text,
        /// Which lines.
        source: SourceLines => plain,
        /// What stands there.
        text: T => text,
    }
    /// An earlier event is corrected. What is absent stays as it was.
    EventCorrected {
        /// The corrected interval.
        effective: Option<Effective<T>> => optional_part,
        /// Why.
        reason: T => text,
        /// From which source.
        source: Option<SourceLines> => plain,
        /// Where that can be read.
        source_url: Option<T> => optional_text,
        /// The corrected status.
        status: Option<StatusValue> => plain,
        /// The event that is corrected.
        target: EventId => plain,
        /// The corrected words.
        text: Option<T> => optional_text,
    }
    /// An earlier event is withdrawn.
    EventRetracted {
        /// Why.
        reason: T => text,
        /// The event that is withdrawn.
        target: EventId => plain,
    }
    /// The opening of a text is destroyed.
    TextRedacted {
        /// Under which authority.
        authority: T => text,
        /// The blob that is destroyed, where it is one.
        blob: Option<Digest> => plain,
        /// Which text of the event, counted from 0 in the order of its entry.
        field: Option<u32> => plain,
        /// Why.
        reason: T => text,
        /// The event that holds the text.
        target: EventId => plain,
    }
    /// Somebody is let in.
    AccessGranted {
        /// Who.
        grantee: Actor => plain,
        /// Why.
        reason: Option<T> => optional_text,
        /// As what: a word such as `recorder`.
        role: String => plain,
    }
    /// Somebody is shut out.
    AccessRevoked {
        /// Who.
        grantee: Actor => plain,
        /// Why.
        reason: T => text,
        /// From what.
        role: String => plain,
    }
    /// The key of the log changes.
    KeyChanged {
        /// The new verifier key, in its printed form.
        key: String => plain,
        /// The Ed25519 signature of the new key's printed form by the new key, in base64.
        new_signature: String => plain,
        /// The same by the old key.
        old_signature: String => plain,
        /// Why.
        reason: T => text,
    }
    /// An administrator vouches for a wall clock that the writer distrusts.
    ClockOverridden {
        /// How far the clocks lie apart, in microseconds.
        drift_micros: i64 => plain,
        /// Why.
        reason: T => text,
    }
    /// A log goes on under a new origin after losing acknowledged commits.
    LogContinued {
        /// The origin of the lost log.
        previous_origin: String => plain,
        /// The root of its last known checkpoint.
        previous_root: Digest => plain,
        /// The size of its last known checkpoint.
        previous_size: u64 => plain,
        /// Why.
        reason: T => text,
    }
    /// A legal hold: while it is in force, nothing of its subject is redacted.
    HoldPlaced {
        /// Under which authority.
        authority: T => text,
        /// Why.
        reason: T => text,
    }
    /// A legal hold ends.
    HoldLifted {
        /// Why.
        reason: T => text,
        /// The event that placed the hold.
        target: EventId => plain,
    }
}
