//! How the data of events is declared: structs over a text type `T`, with a map over their texts.
//!
//! Fields stand in the order of their canonical JSON names (RFC 8785), so that the order in which the map visits texts is the order in
//! which their openings stand in the journal.

/// The longest text, in bytes of UTF-8 (DESIGN section 5).
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The most texts in one event: a sealed text takes about 80 bytes of an entry of at most 65,535.
pub const TEXTS_PER_EVENT_MAX: usize = 700;

/// A field with its texts mapped: `plain` (it holds none), `text`, `optional_text`,
/// `part` (a struct with texts), `optional_part` or `parts`.
macro_rules! field_map {
    ($value:expr, $map:ident, plain) => {
        $value
    };
    ($value:expr, $map:ident, text) => {
        $map($value)?
    };
    ($value:expr, $map:ident, optional_text) => {
        $value.map(&mut *$map).transpose()?
    };
    ($value:expr, $map:ident, part) => {
        $value.try_map($map)?
    };
    ($value:expr, $map:ident, optional_part) => {
        $value.map(|part| part.try_map($map)).transpose()?
    };
    ($value:expr, $map:ident, parts) => {
        $value.into_iter().map(|part| part.try_map($map)).collect::<Result<Vec<_>, _>>()?
    };
}

/// A visit to the texts of a field, of the same kinds.
macro_rules! field_visit {
    ($value:expr, $visit:ident, plain) => {};
    ($value:expr, $visit:ident, text) => {
        $visit($value)
    };
    ($value:expr, $visit:ident, optional_text) => {
        $value.iter().for_each(&mut *$visit)
    };
    ($value:expr, $visit:ident, part) => {
        $value.visit_texts($visit)
    };
    ($value:expr, $visit:ident, optional_part) => {
        $value.iter().for_each(|part| part.visit_texts($visit))
    };
    ($value:expr, $visit:ident, parts) => {
        $value.iter().for_each(|part| part.visit_texts($visit))
    };
}

/// Declares payload structs: `field: Type => kind`, with the kinds of [`field_map`].
macro_rules! payload {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty => $kind:ident,)+ })+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name<T> { $($(#[$field_meta])* pub $field: $type,)+ }

        impl<T> $name<T> {
            /// The same with every text mapped, in the order of the canonical JSON.
            #[allow(unused_variables, clippy::unnecessary_wraps, reason = "one macro serves payloads with and without texts")]
            pub fn try_map<U, E>(self, map: &mut impl FnMut(T) -> Result<U, E>) -> Result<$name<U>, E> {
                Ok($name { $($field: field_map!(self.$field, map, $kind),)+ })
            }

            /// Shows every text to `visit`, in the order of the canonical JSON.
            pub fn visit_texts<'a>(&'a self, visit: &mut impl FnMut(&'a T)) {
                $(field_visit!(&self.$field, visit, $kind);)+
            }
        }
    )+ };
}

pub(crate) use {field_map, field_visit, payload};
