//! Columns of a product, laid out as the inner loop reads them.

use super::tile::{Kind, LINE, LINES, Line, Rows, Sums, WIDTH, multiply};

/// Columns by panels of 32: for every unit, the unit of each column. What is missing of the last panel is zero.
#[derive(Debug)]
pub(crate) struct Packed {
    kind: Kind,
    n_units: usize,
    n_columns: usize,
    lines: Vec<Line>,
}

impl Packed {
    /// No columns yet.
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, n_units: 0, n_columns: 0, lines: Vec::new() }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The units of a column.
    pub(crate) fn n_units(&self) -> usize {
        self.n_units
    }

    /// Makes room for columns of `n_units` units, all of them zero.
    pub(crate) fn clear(&mut self, n_columns: usize, n_units: usize) {
        (self.n_columns, self.n_units) = (n_columns, n_units);
        self.lines.clear();
        self.lines.resize(n_columns.div_ceil(WIDTH) * n_units * LINES, Line::default());
    }

    /// Sets a column.
    pub(crate) fn set_column(&mut self, column: usize, units: &[u32]) {
        let (panel, place) = (column / WIDTH, column % WIDTH);
        let panel = &mut self.lines[panel * self.n_units * LINES..][..self.n_units * LINES];
        let lines = panel[place / LINE..].iter_mut().step_by(LINES);
        lines.zip(units).for_each(|(line, unit)| line.0[place % LINE] = *unit);
    }

    /// Sets one unit of all columns.
    pub(crate) fn set_unit(&mut self, unit: usize, columns: &[u32]) {
        for (at, part) in columns.chunks(LINE).enumerate() {
            let line = &mut self.lines[(at / LINES * self.n_units + unit) * LINES + at % LINES];
            line.0[..part.len()].copy_from_slice(part);
        }
    }

    /// Multiplies rows by all columns, `sums` being the room for it. `take` gets what is found by the panel: its first column,
    /// how many of its sums are columns, and the sums of all rows.
    pub(crate) fn multiply(
        &self,
        rows: Rows<'_>,
        sums: &mut Vec<Sums>,
        mut take: impl FnMut(usize, usize, &[Sums]),
    ) {
        sums.resize(rows.len(), [0; WIDTH]);
        for column in (0..self.n_columns).step_by(WIDTH) {
            let start = column / WIDTH * self.n_units * LINES;
            multiply(self.kind, rows, &self.lines[start..start + self.n_units * LINES], sums);
            take(column, WIDTH.min(self.n_columns - column), sums);
        }
    }
}
