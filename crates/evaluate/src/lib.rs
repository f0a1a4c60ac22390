//! Wordferry: predictions to report.
