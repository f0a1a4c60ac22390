//! Features of texts: what encoders make and classifiers read.

use ndarray::{Array2, Axis};

use crate::SparseRows;

/// One row a text, n × d: blocks of columns side by side, each dense or sparse.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    n_rows: usize,
    blocks: Vec<Block>,
    /// Whether the columns' units are meant.
    scaled: bool,
}

/// Columns that are kept in the same way.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Every value.
    Dense(Array2<f32>),
    /// The values that are not 0.
    Sparse(SparseRows),
}

/// A row of a block.
#[derive(Clone, Copy, Debug)]
pub enum BlockRow<'a> {
    /// Every value.
    Dense(&'a [f32]),
    /// Columns, ascending, and their values.
    Sparse(&'a [u32], &'a [f32]),
}

impl<'a> BlockRow<'a> {
    /// Columns, ascending, and their values; of a dense row all of them.
    pub fn entries(self) -> impl Iterator<Item = (usize, f32)> + 'a {
        let (dense, columns, sparse): (&[f32], &[u32], &[f32]) = match self {
            Self::Dense(values) => (values, &[], &[]),
            Self::Sparse(columns, values) => (&[], columns, values),
        };
        let kept = columns.iter().map(|&column| column as usize).zip(sparse.iter().copied());
        dense.iter().copied().enumerate().chain(kept)
    }
}

impl Block {
    /// The number of rows, n.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.nrows(),
            Self::Sparse(rows) => rows.n_rows(),
        }
    }

    /// The number of columns, d.
    pub fn n_columns(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.ncols(),
            Self::Sparse(rows) => rows.n_columns(),
        }
    }

    /// A row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, index: usize) -> BlockRow<'_> {
        match self {
            Self::Dense(rows) => {
                let d = rows.ncols();
                let values = rows.as_slice().expect("features are in standard layout");
                BlockRow::Dense(&values[index * d..(index + 1) * d])
            }
            Self::Sparse(rows) => {
                let (columns, values) = rows.row(index);
                BlockRow::Sparse(columns, values)
            }
        }
    }

    /// Multiplies every value by a factor.
    #[must_use]
    pub fn times(mut self, factor: f32) -> Self {
        match &mut self {
            Self::Dense(rows) => *rows *= factor,
            Self::Sparse(rows) => rows.values_mut().iter_mut().for_each(|value| *value *= factor),
        }
        self
    }

    fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Dense(rows), Self::Dense(more)) => {
                rows.append(Axis(0), more.view()).expect("blocks of the same columns");
            }
            (Self::Sparse(rows), Self::Sparse(more)) => rows.append(more),
            _ => panic!("blocks of the same kind"),
        }
    }

    fn first_not_finite(&self) -> Option<(usize, usize, f32)> {
        match self {
            Self::Dense(rows) => rows
                .indexed_iter()
                .find(|(_, value)| !value.is_finite())
                .map(|((row, column), &value)| (row, column, value)),
            Self::Sparse(rows) => (0..rows.n_rows()).find_map(|row| {
                let (columns, values) = rows.row(row);
                let at = values.iter().position(|value| !value.is_finite())?;
                Some((row, columns[at] as usize, values[at]))
            }),
        }
    }
}

impl From<Array2<f32>> for Block {
    fn from(rows: Array2<f32>) -> Self {
        match rows.is_standard_layout() {
            true => Self::Dense(rows),
            false => Self::Dense(rows.as_standard_layout().into_owned()),
        }
    }
}

impl From<SparseRows> for Block {
    fn from(rows: SparseRows) -> Self {
        Self::Sparse(rows)
    }
}

impl<T: Into<Block>> From<T> for Features {
    fn from(block: T) -> Self {
        let block = block.into();
        Self { n_rows: block.n_rows(), scaled: matches!(block, Block::Sparse(_)), blocks: vec![block] }
    }
}

impl Features {
    /// Features whose columns are those of all parts, one after the other. How long a part's rows are says how much the part
    /// counts, so that the columns are scaled as they are meant.
    ///
    /// # Panics
    /// If there is no part, or the parts are of different numbers of rows.
    pub fn beside(parts: impl IntoIterator<Item = Features>) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().expect("at least one part");
        all.scaled = true;
        for part in parts {
            assert_eq!(all.n_rows, part.n_rows, "features of the same texts");
            all.blocks.extend(part.blocks);
        }
        all
    }

    /// The rows of all parts, one part after the other.
    ///
    /// # Panics
    /// If there is no part, or the parts' blocks are not of the same kinds and widths.
    pub fn stacked(parts: impl IntoIterator<Item = Features>) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().expect("at least one part");
        for part in parts {
            assert_eq!(all.blocks.len(), part.blocks.len(), "features of one encoder");
            all.n_rows += part.n_rows;
            all.blocks.iter_mut().zip(&part.blocks).for_each(|(above, below)| above.append(below));
        }
        all
    }

    /// Multiplies every value by a factor.
    #[must_use]
    pub fn times(self, factor: f32) -> Self {
        Self { blocks: self.blocks.into_iter().map(|block| block.times(factor)).collect(), ..self }
    }

    /// The number of texts, n.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of columns of all blocks, d.
    pub fn n_columns(&self) -> usize {
        self.blocks.iter().map(Block::n_columns).sum()
    }

    /// The blocks, from left to right.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Whether a classifier should take the columns in their own units. Those of one dense encoder are better standardised.
    pub fn is_scaled(&self) -> bool {
        self.scaled
    }

    /// The matrix, if it is one dense block.
    pub fn as_dense(&self) -> Option<&Array2<f32>> {
        match &self.blocks[..] {
            [Block::Dense(rows)] => Some(rows),
            _ => None,
        }
    }

    /// The parts of a row with the column that each begins at, from left to right.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, index: usize) -> impl Iterator<Item = (usize, BlockRow<'_>)> {
        self.blocks.iter().scan(0, move |start, block| {
            let at = *start;
            *start += block.n_columns();
            Some((at, block.row(index)))
        })
    }

    /// Columns, ascending, and values of a row; of dense blocks all of them.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn entries(&self, index: usize) -> impl Iterator<Item = (usize, f32)> {
        self.row(index)
            .flat_map(|(start, part)| part.entries().map(move |(column, value)| (start + column, value)))
    }

    /// Row, column and value of the first value that is no finite number.
    pub fn first_not_finite(&self) -> Option<(usize, usize, f32)> {
        let mut start = 0;
        self.blocks.iter().find_map(|block| {
            let at = start;
            start += block.n_columns();
            block.first_not_finite().map(|(row, column, value)| (row, at + column, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn blocks_lie_side_by_side() {
        let mut sparse = SparseRows::new(3);
        sparse.push([(2, 7.0)]);
        sparse.push([]);
        let features =
            Features::beside([array![[1.0, 2.0], [3.0, 4.0]].into(), Block::from(sparse).times(2.0).into()]);
        assert_eq!((features.n_rows(), features.n_columns()), (2, 5));
        let row: Vec<_> = features.row(0).collect();
        assert!(matches!(row[0], (0, BlockRow::Dense(&[1.0, 2.0]))));
        assert!(matches!(row[1], (2, BlockRow::Sparse(&[2], &[14.0]))));
        assert_eq!(features.entries(0).collect::<Vec<_>>(), [(0, 1.0), (1, 2.0), (4, 14.0)]);
        assert!(features.as_dense().is_none());
        assert_eq!(features.first_not_finite(), None);
    }

    #[test]
    fn a_transposed_matrix_is_laid_out_anew() {
        let features = Features::from(array![[1.0, 2.0], [3.0, f32::NAN]].reversed_axes());
        assert!(matches!(features.row(0).next(), Some((0, BlockRow::Dense(&[1.0, 3.0])))));
        assert!(matches!(features.first_not_finite(), Some((1, 1, _))));
    }
}
