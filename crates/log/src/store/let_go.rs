//! Letting sled go: on a disk that has failed meanwhile its end panics (it unwraps a last sync), wherever the last handle happens to be dropped.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::OPENING_THREAD;

/// A value whose drop may panic: it is dropped in a thread of its own, and the panic goes no further.
#[derive(Debug, Clone)]
pub(super) struct LetGo<T: Send + 'static>(Option<T>);

impl<T: Send + 'static> LetGo<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Drops the value, and says if that panicked.
    pub(super) fn let_go(mut self) -> std::thread::Result<()> {
        self.0.take().map_or(Ok(()), quietly)
    }
}

impl<T: Send + 'static> Deref for LetGo<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("the value is taken only where it is dropped")
    }
}

impl<T: Send + 'static> Drop for LetGo<T> {
    fn drop(&mut self) {
        // Whoever drops it without asking has an error of its own to tell, and nothing rests on this one.
        drop(self.0.take().map(quietly));
    }
}

/// Drops a value in a thread of the name for which panic hooks keep silent.
fn quietly<T: Send + 'static>(value: T) -> std::thread::Result<()> {
    catch_unwind(AssertUnwindSafe(|| {
        let thread = std::thread::Builder::new().name(OPENING_THREAD.to_owned());
        // Where no thread can be had, the value is dropped here.
        thread.spawn(move || drop(value)).map_or(Ok(()), std::thread::JoinHandle::join)
    }))
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("Input/output error");
        }
    }

    #[test]
    fn a_drop_that_panics_is_told_to_whoever_asks_and_ends_nobody_else() {
        crate::testing::silence_sled();
        drop(LetGo::new(Bomb));
        let panic = LetGo::new(Bomb).let_go().unwrap_err();
        assert_eq!(crate::store::panic_message(panic.as_ref()), "Input/output error");
        assert!(LetGo::new(7).let_go().is_ok());
    }
}
