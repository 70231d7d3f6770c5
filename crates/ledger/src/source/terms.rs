//! The transcript's words as the domain's: two vocabularies, so that neither changes with the other.

use docket_domain::term::{NoteRole, NumberBasis, Reporting, TextBasis};

use crate::import::{self, vocabulary};

pub(crate) const fn reporting(reporting: vocabulary::Reporting) -> Reporting {
    match reporting {
        vocabulary::Reporting::Reported => Reporting::Reported,
        vocabulary::Reporting::NoUpdate => Reporting::NoUpdate,
        vocabulary::Reporting::Unknown => Reporting::Unknown,
    }
}

pub(super) const fn number_basis(basis: import::NumberBasis) -> NumberBasis {
    match basis {
        import::NumberBasis::Printed => NumberBasis::Printed,
        import::NumberBasis::Inferred => NumberBasis::Inferred,
        import::NumberBasis::Missing => NumberBasis::Missing,
    }
}

pub(super) const fn text_basis(basis: import::TextBasis) -> TextBasis {
    match basis {
        import::TextBasis::Printed => TextBasis::Printed,
        import::TextBasis::Partial => TextBasis::Partial,
        import::TextBasis::Unknown => TextBasis::Unknown,
    }
}

pub(super) const fn note_role(role: import::NoteRole) -> NoteRole {
    match role {
        import::NoteRole::Progress => NoteRole::Progress,
        import::NoteRole::EarlierAnswer => NoteRole::EarlierAnswer,
        import::NoteRole::Annotation => NoteRole::Annotation,
    }
}
