//! Wordferry carries a text classifier from one language to another.
//!
//! Word vectors come in, two languages are aligned, a classifier is trained where labels are, and it reads the other
//! language. This crate only gathers the parts, in the order of the data's path:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`vectors`] | bytes | word vectors |
//! | [`align`] | vectors of two languages | one shared space, with a verdict |
//! | [`encode`] | texts | features |
//! | [`classify`] | features | labels |
//! | [`transfer`] | labelled texts of the source | a model that reads the target |
//! | [`evaluate`] | an experiment | models and a report |
//! | [`benchmark`] | vectors of many languages | a table, and a page that shows it |
//!
//! ```no_run
//! use wordferry::evaluate::{Plan, run};
//!
//! let plan = Plan::open("data/demo.toml".as_ref())?;
//! let outcome = run(&plan, &mut |_| {})?;
//! println!("{}", outcome.report);
//! # Ok::<(), wordferry::evaluate::Error>(())
//! ```
//!
//! The guides in `examples/` are programs to read: `zero_shot.rs`, `align.rs` and `custom_encoder.rs`.

pub use wordferry_align as align;
pub use wordferry_benchmark as benchmark;
pub use wordferry_classify as classify;
pub use wordferry_encode as encode;
pub use wordferry_evaluate as evaluate;
pub use wordferry_transfer as transfer;
pub use wordferry_vectors as vectors;
