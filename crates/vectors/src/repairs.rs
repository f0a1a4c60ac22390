//! What was put right while a file was read.

/// How often something in a file had to be put right or passed over. Nothing of it is silent.
///
/// Counts of rows and words concern what was read: with a limit, the rows before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repairs {
    /// The header's number of rows and the number found, where they differ (lenient reading only).
    pub rows_declared_and_found: Option<(u64, u64)>,
    /// The header's dimension and the one found, where they differ (lenient reading only).
    pub dimension_declared_and_found: Option<(u64, u64)>,
    /// Bytes after the last declared row of a word2vec file: passed over (lenient reading only).
    pub bytes_after_rows: bool,
    /// Rows whose word came before: the first row of a word is kept.
    pub duplicates: u64,
    /// Words that are not UTF-8: kept as bytes.
    pub invalid_utf8: u64,
    /// Rows with a value that is not finite, or beyond ±10¹⁵: left out (lenient reading only).
    pub non_finite: u64,
    /// Words of a fastText or finalfusion model whose own row has a value that is not finite, or beyond ±10¹⁵: the row is taken as
    /// zeros, and in fastText's their n-grams count as before (lenient reading only).
    pub zeroed_words: u64,
    /// The same of rows of n-grams, which many words share (lenient reading only).
    pub zeroed_n_grams: u64,
    /// Rows with a wrong number of values, or something that is no number: left out (lenient reading only).
    pub malformed: u64,
    /// Rows of zeros only, those of words that came before among them: kept as they are.
    pub zero_rows: u64,
    /// A byte-order mark at the start: passed over.
    pub byte_order_mark: bool,
    /// Lines that end in CR LF.
    pub carriage_returns: u64,
    /// Empty lines: passed over.
    pub blank_lines: u64,
    /// Rows with a tab between word and values.
    pub tabs: u64,
    /// Words with a no-break space inside: kept.
    pub no_break_spaces: u64,
    /// Words with a space or a tab inside: kept, the values were counted from the right.
    pub spaced_words: u64,
}

impl Repairs {
    /// Whether the file was in order.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// One line for each kind that occurred, for people.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let header = [
            self.rows_declared_and_found
                .map(|(declared, found)| format!("the header declares {declared} rows, {found} were found")),
            self.dimension_declared_and_found.map(|(declared, found)| {
                format!("the header declares {declared} values a row, rows have {found}")
            }),
            self.bytes_after_rows.then(|| "bytes after the last declared row were passed over".to_owned()),
            self.byte_order_mark.then(|| "a byte-order mark was passed over".to_owned()),
        ];
        let counted = [
            (self.duplicates, "duplicate", "left out: the first row of a word is kept"),
            (self.malformed, "malformed row", "left out"),
            (self.non_finite, "row with NaN, infinity or a value beyond ±1e15", "left out"),
            (
                self.zeroed_words,
                "word's own row with NaN, infinity or a value beyond ±1e15",
                "taken as zeros",
            ),
            (self.zeroed_n_grams, "n-gram row with NaN, infinity or a value beyond ±1e15", "taken as zeros"),
            (self.zero_rows, "row of zeros", "kept"),
            (self.invalid_utf8, "word that is not UTF-8", "kept as bytes"),
            (self.no_break_spaces, "word with a no-break space", "kept"),
            (self.spaced_words, "word with spaces", "kept: values were counted from the right"),
            (self.carriage_returns, "line that ends in CR LF", "read as LF"),
            (self.blank_lines, "empty line", "passed over"),
            (self.tabs, "row with tabs", "read as spaces"),
        ];
        let counted = counted.into_iter().filter(|(count, ..)| *count > 0);
        let counted = counted.map(|(count, what, done)| format!("{count} × {what}, {done}"));
        header.into_iter().flatten().chain(counted)
    }

    /// Adds what was counted in another part of the same file.
    pub(crate) fn add(&mut self, other: &Self) {
        self.duplicates += other.duplicates;
        self.invalid_utf8 += other.invalid_utf8;
        self.non_finite += other.non_finite;
        self.zeroed_words += other.zeroed_words;
        self.zeroed_n_grams += other.zeroed_n_grams;
        self.malformed += other.malformed;
        self.zero_rows += other.zero_rows;
        self.carriage_returns += other.carriage_returns;
        self.blank_lines += other.blank_lines;
        self.tabs += other.tabs;
        self.no_break_spaces += other.no_break_spaces;
        self.spaced_words += other.spaced_words;
    }

    /// Counts what is unusual about a word that is kept.
    pub(crate) fn look_at_word(&mut self, word: &[u8]) {
        if word.is_ascii() {
            return;
        }
        match std::str::from_utf8(word) {
            Err(_) => self.invalid_utf8 += 1,
            Ok(word) if word.contains('\u{a0}') => self.no_break_spaces += 1,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_what_occurred() {
        assert!(Repairs::default().is_empty());
        let repairs = Repairs { duplicates: 2, rows_declared_and_found: Some((5, 3)), ..Repairs::default() };
        let lines: Vec<_> = repairs.iter().collect();
        assert_eq!(
            lines,
            [
                "the header declares 5 rows, 3 were found",
                "2 × duplicate, left out: the first row of a word is kept"
            ]
        );
        assert!(!repairs.is_empty());
    }
}
