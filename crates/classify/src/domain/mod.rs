//! Texts of two domains in, what makes a classifier of the one fit the other out: rows, weights of rows, or shares of classes.

mod coral;
mod importance;
mod label_shift;

pub use self::coral::coral;
pub use self::importance::importance_weights;
pub use self::label_shift::{label_shift, shift_labels};
