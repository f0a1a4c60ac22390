//! Rows that are mostly zeros.

use std::sync::Arc;

/// A matrix, n × d, of which the values that are not 0 are kept, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    n_columns: usize,
    /// Where each row begins, and where the last one ends.
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    n_with: Option<Arc<[u64]>>,
}

impl SparseRows {
    /// A matrix of no rows and `n_columns` columns.
    ///
    /// # Panics
    /// If there are more columns than a `u32` counts.
    pub fn new(n_columns: usize) -> Self {
        assert!(u32::try_from(n_columns).is_ok(), "columns are counted in 32 bits");
        Self { n_columns, starts: vec![0], columns: Vec::new(), values: Vec::new(), n_with: None }
    }

    /// The same, told in how many texts each column was found when the columns were chosen.
    ///
    /// # Panics
    /// If there is not one number a column.
    #[must_use]
    pub fn counted(self, n_with: &Arc<[u64]>) -> Self {
        assert_eq!(n_with.len(), self.n_columns, "one number a column");
        Self { n_with: Some(Arc::clone(n_with)), ..self }
    }

    /// In how many texts each column was found when the columns were chosen, if that is known.
    pub fn n_with(&self) -> Option<&[u64]> {
        self.n_with.as_deref()
    }

    /// Adds a row of columns with their values, in the order of the columns.
    ///
    /// # Panics
    /// If a column is none of the matrix, or the columns do not ascend.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        let start = self.columns.len();
        for (column, value) in row {
            let ascends = self.columns[start..].last().is_none_or(|&last| last < column);
            assert!(
                ascends && (column as usize) < self.n_columns,
                "columns ascend below the number of columns"
            );
            self.columns.push(column);
            self.values.push(value);
        }
        self.starts.push(self.columns.len());
    }

    /// Adds the rows of another matrix of the same columns.
    ///
    /// # Panics
    /// If the other has another number of columns.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.n_columns, other.n_columns, "matrices of the same columns");
        let start = self.columns.len();
        self.columns.extend(&other.columns);
        self.values.extend(&other.values);
        self.starts.extend(other.starts[1..].iter().map(|end| start + end));
    }

    /// Where rows begin and the last one ends, columns, and values.
    pub(crate) fn parts(&self) -> (&[usize], &[u32], &[f32]) {
        (&self.starts, &self.columns, &self.values)
    }

    /// A matrix of its parts; `None` if they do not fit together.
    pub(crate) fn from_parts(
        n_columns: u64,
        starts: &[u64],
        columns: &[u64],
        values: Vec<f32>,
    ) -> Option<Self> {
        let n_columns = usize::try_from(u32::try_from(n_columns).ok()?).ok()?;
        let starts: Vec<usize> =
            starts.iter().map(|&start| usize::try_from(start).ok()).collect::<Option<_>>()?;
        let columns: Vec<u32> =
            columns.iter().map(|&column| u32::try_from(column).ok()).collect::<Option<_>>()?;
        let is_whole = starts.first() == Some(&0) && starts.last() == Some(&columns.len());
        let rows = || starts.windows(2).map(|pair| columns.get(pair[0]..pair[1]));
        let is_row = |row: &[u32]| {
            row.windows(2).all(|pair| pair[0] < pair[1])
                && row.last().is_none_or(|&last| (last as usize) < n_columns)
        };
        let fits = is_whole && values.len() == columns.len() && rows().all(|row| row.is_some_and(is_row));
        fits.then_some(Self { n_columns, starts, columns, values, n_with: None })
    }

    /// The number of rows, n.
    pub fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns, d.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The columns of a row that are kept, ascending, and their values.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, index: usize) -> (&[u32], &[f32]) {
        let range = self.starts[index]..self.starts[index + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// The values that are kept, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values that are kept, row by row, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let mut rows = SparseRows::new(5);
        rows.push([(1, 0.5), (4, -2.0)]);
        rows.push([]);
        let mut more = SparseRows::new(5);
        more.push([(0, 1.0)]);
        rows.append(&more);
        assert_eq!((rows.n_rows(), rows.n_columns()), (3, 5));
        assert_eq!(rows.row(0), (&[1, 4][..], &[0.5, -2.0][..]));
        assert_eq!(rows.row(1), (&[][..], &[][..]));
        assert_eq!(rows.row(2), (&[0][..], &[1.0][..]));
    }

    #[test]
    #[should_panic(expected = "columns ascend")]
    fn columns_ascend() {
        SparseRows::new(5).push([(1, 0.5), (1, 0.5)]);
    }
}
