//! The closed vocabularies of the event catalogue: small enums with a printed name and a frozen tag.
//!
//! The name is what JSON carries, the tag is what the binary records of the store carry. Neither ever changes for a value that was
//! released; a new value takes the next free tag.

/// Declares an enum whose values have a printed name and a frozen tag.
macro_rules! term {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident = $tag:literal $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$value_meta])* $value,)+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The name as printed in JSON and on the command line.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// The frozen tag of the binary records.
            #[must_use]
            pub const fn tag(self) -> u8 {
                match self { $(Self::$value => $tag,)+ }
            }

            /// The value with this tag, or `None` for a tag that this version does not know.
            #[must_use]
            pub const fn from_tag(tag: u8) -> Option<Self> {
                match tag { $($tag => Some(Self::$value),)+ _ => None }
            }

            /// The value with this name, or `None`; names are matched exactly.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$value),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

term! {
    /// How finely a date is known (DESIGN section 2).
    Precision {
        /// To the minute.
        Minute = 1 "minute",
        /// To the day.
        Day = 2 "day",
        /// To the month.
        Month = 3 "month",
        /// To a season of a year.
        Season = 4 "season",
        /// Somewhere in a stated range.
        Range = 5 "range",
        /// Not known; there are no bounds.
        Unknown = 6 "unknown",
        /// An exact instant: the basis `recorded`.
        Instant = 7 "instant",
    }
}

term! {
    /// Where an effective interval comes from.
    Basis {
        /// The source or the recorder states it.
        Stated = 1 "stated",
        /// Somebody derived it; the derivation is recorded beside it.
        Inferred = 2 "inferred",
        /// The words allow more than one reading.
        Ambiguous = 3 "ambiguous",
        /// Nothing was said: it begins when it was recorded.
        Recorded = 4 "recorded",
    }
}

term! {
    /// The third status axis: what a statement says about the reporting rather than about the work.
    Reporting {
        /// Something was reported.
        Reported = 1 "reported",
        /// The source says that there is no update. It never overwrites a state.
        NoUpdate = 2 "no-update",
        /// The source is damaged: what it said cannot be known.
        Unknown = 3 "unknown",
    }
}

term! {
    /// How the number of a recommendation is known.
    NumberBasis {
        /// The source prints it.
        Printed = 1 "printed",
        /// The source has the row without a number; its place tells it.
        Inferred = 2 "inferred",
        /// The source has no such row; the expected count says that it exists.
        Missing = 3 "missing",
    }
}

term! {
    /// How much of the text of a recommendation is known.
    TextBasis {
        /// The source prints it whole.
        Printed = 1 "printed",
        /// The source prints part of it.
        Partial = 2 "partial",
        /// Nothing of it is known.
        Unknown = 3 "unknown",
    }
}

term! {
    /// What a note is.
    NoteRole {
        /// A progress note, as printed in the notes column or typed by a recorder.
        Progress = 1 "progress",
        /// An older answer whose words survive elsewhere in a source.
        EarlierAnswer = 2 "earlier-answer",
        /// A remark of the register's keeper about the record.
        Annotation = 3 "annotation",
    }
}

term! {
    /// Who may read a note.
    Visibility {
        /// Everyone.
        Public = 1 "public",
        /// The register's own staff.
        Internal = 2 "internal",
    }
}

term! {
    /// How an actor was established.
    ActorBasis {
        /// The name of the operating system's user.
        Os = 1 "os",
        /// A token that the service issued.
        Token = 2 "token",
        /// An `OpenID` Connect identity.
        Oidc = 3 "oidc",
    }
}

term! {
    /// What an assignment is about.
    AssignmentAttribute {
        /// Who is responsible.
        Owner = 1 "owner",
        /// Which group of recommendations it is counted in.
        Category = 2 "category",
        /// When it is promised for.
        TargetDate = 3 "target-date",
        /// Which other recommendation it waits for.
        Dependency = 4 "dependency",
    }
}

term! {
    /// Whether an assignment was made or taken back.
    AssignmentChange {
        /// The value holds from now on.
        Set = 1 "set",
        /// The value no longer holds.
        Cleared = 2 "cleared",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags_lead_back_to_their_value() {
        macro_rules! check {
            ($($term:ident),+) => { $(for value in $term::ALL {
                assert_eq!($term::from_name(value.as_str()), Some(*value));
                assert_eq!($term::from_tag(value.tag()), Some(*value));
            }
            assert_eq!($term::from_tag(0), None);)+ };
        }
        check!(Precision, Basis, Reporting, NumberBasis, TextBasis, NoteRole, Visibility, ActorBasis);
        check!(AssignmentAttribute, AssignmentChange);
    }

    #[test]
    fn tags_are_frozen() {
        let tags: Vec<u8> = Precision::ALL.iter().map(|value| value.tag()).collect();
        assert_eq!(tags, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(Reporting::NoUpdate.tag(), 2);
        assert_eq!(NoteRole::EarlierAnswer.tag(), 2);
    }
}
