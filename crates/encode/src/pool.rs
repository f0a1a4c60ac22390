//! Memory that threads use again, from text to text and from call to call.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

/// Something of its own for each thread that is at work, so that none waits for another. What is computed must not depend on which.
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

/// What a pool lends; it goes back when it is dropped.
pub(crate) struct Lent<'a, T: Default> {
    pool: &'a Pool<T>,
    lent: T,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T: Default> Pool<T> {
    pub(crate) fn lend(&self) -> Lent<'_, T> {
        let lent = self.lock().pop();
        Lent { pool: self, lent: lent.unwrap_or_default() }
    }
}

impl<T> Pool<T> {
    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T: Default> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        // What a panic left in the middle of a text is of no more use.
        if !std::thread::panicking() {
            let lent = std::mem::take(&mut self.lent);
            self.pool.lock().push(lent);
        }
    }
}

impl<T: Default> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.lent
    }
}

impl<T: Default> DerefMut for Lent<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.lent
    }
}
