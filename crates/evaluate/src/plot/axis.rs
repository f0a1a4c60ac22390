//! The range of some numbers in, places and ticks out.

use super::Scale;

/// An axis from `from` to `to`, in its numbers' own unit.
pub(super) struct Axis {
    scale: Scale,
    from: f64,
    to: f64,
    /// Where numbers are written.
    pub(super) ticks: Vec<f64>,
    decimals: usize,
}

impl Axis {
    /// An axis that holds all of some finite numbers, with at most about `most` ticks. Without any number it goes from 0 to 1.
    pub(super) fn around(numbers: impl Iterator<Item = f64>, scale: Scale, most: usize) -> Self {
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        });
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        match scale {
            Scale::Linear => Self::linear(low, high, most),
            Scale::Logarithmic => Self::logarithmic(low.max(0.0), high.max(0.0), most),
        }
    }

    /// Ends at ticks.
    fn linear(low: f64, high: f64, most: usize) -> Self {
        // Numbers that are all alike have a range all the same.
        let least = (low.abs().max(high.abs()) * 1e-6).max(1e-9);
        let (low, high) = if high - low < least { (low - least, high + least) } else { (low, high) };
        let step = nice((high - low) / most as f64);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let ticks: Vec<f64> = (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect();
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        Self { scale: Scale::Linear, from: first * step, to: last * step, ticks, decimals }
    }

    /// Ticks are 0 and 1, 2 and 5 times powers of ten, or powers of ten alone.
    fn logarithmic(low: f64, high: f64, most: usize) -> Self {
        let high = if high > low { high } else { low * 2.0 + 1.0 };
        let candidates = |factors: &[f64]| {
            let powers = (-3..=15).map(|power| 10f64.powi(power));
            let within = powers.flat_map(|power| factors.iter().map(move |factor| factor * power));
            let within = within.filter(|tick| (low..=high).contains(tick) && *tick >= 1.0);
            std::iter::once(0.0).filter(|_| low == 0.0).chain(within).collect::<Vec<f64>>()
        };
        let ticks = candidates(&[1.0, 2.0, 5.0]);
        let ticks = if ticks.len() > most + 2 { candidates(&[1.0]) } else { ticks };
        let ticks = if ticks.len() < 2 { vec![low, high] } else { ticks };
        let decimals = usize::from(high < 2.0) * 2;
        Self { scale: Scale::Logarithmic, from: low, to: high, ticks, decimals }
    }

    /// Where a number stands: 0 at the beginning of the axis, 1 at its end.
    pub(super) fn place(&self, number: f64) -> f64 {
        let along = |number: f64| match self.scale {
            Scale::Linear => number,
            Scale::Logarithmic => number.max(0.0).ln_1p(),
        };
        (along(number) - along(self.from)) / (along(self.to) - along(self.from))
    }

    /// A tick as it is written.
    pub(super) fn write(&self, tick: f64) -> String {
        let decimals =
            if self.scale == Scale::Logarithmic && tick.fract() == 0.0 { 0 } else { self.decimals };
        // There is no negative zero on an axis.
        format!("{:.decimals$}", tick + 0.0)
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `step`.
fn nice(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scale: Scale, numbers: &[f64], expected: &[&str]) {
        let axis = Axis::around(numbers.iter().copied(), scale, 6);
        let found: Vec<String> = axis.ticks.iter().map(|&tick| axis.write(tick)).collect();
        assert_eq!(found, expected, "{numbers:?}");
        assert!(numbers.iter().all(|&number| (-1e-9..=1.0 + 1e-9).contains(&axis.place(number))));
    }

    #[test]
    fn ticks() {
        check(Scale::Linear, &[61.3, 84.0], &["60", "65", "70", "75", "80", "85"]);
        check(Scale::Linear, &[-0.02, 0.05], &["-0.02", "0.00", "0.02", "0.04", "0.06"]);
        check(Scale::Linear, &[], &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(Scale::Logarithmic, &[8.0, 256.0], &["10", "20", "50", "100", "200"]);
        check(Scale::Logarithmic, &[0.0, 64.0], &["0", "1", "2", "5", "10", "20", "50"]);
        check(Scale::Logarithmic, &[0.0, 50_000.0], &["0", "1", "10", "100", "1000", "10000"]);
        check(
            Scale::Logarithmic,
            &[7.0, 7.0],
            &["10"].map(|_| "7").iter().chain(&["15"]).copied().collect::<Vec<_>>(),
        );
    }

    #[test]
    fn numbers_that_are_alike_have_a_place() {
        for number in [0.0, 50.0, -3.0, 1e15] {
            let axis = Axis::around([number].into_iter(), Scale::Linear, 6);
            assert!((0.0..=1.0).contains(&axis.place(number)), "{number}");
        }
    }
}
