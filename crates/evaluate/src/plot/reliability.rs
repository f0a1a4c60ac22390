//! Bins of neighbouring confidence in, their chart out.

use super::{LineChart, PlotPoint, Scale, Series};
use crate::{Interval, ReliabilityBin};

/// How often a classifier is right by how sure it is, in per cent, with 95 % intervals (Wilson), beside the line where both are the same.
pub fn reliability_diagram(title: &str, bins: &[ReliabilityBin]) -> LineChart {
    let point = |bin: &ReliabilityBin| {
        let n_right = (bin.accuracy * bin.n as f64).round() as usize;
        let Interval(low, high) = Interval::of_share(n_right, bin.n);
        PlotPoint { x: 100.0 * bin.confidence, y: 100.0 * bin.accuracy, low: 100.0 * low, high: 100.0 * high }
    };
    let points: Vec<PlotPoint> = bins.iter().map(point).collect();
    let even = |x: f64| PlotPoint { x, y: x, low: x, high: x };
    let ends = [points.first(), points.last()].into_iter().flatten().map(|point| even(point.x)).collect();
    let told = bins.iter().map(|bin| {
        let ReliabilityBin { confidence, accuracy, n } = bin;
        format!("{:.1} % sure, {:.1} % right ({n} texts).", 100.0 * confidence, 100.0 * accuracy)
    });
    LineChart {
        title: title.to_owned(),
        description: told.collect::<Vec<_>>().join(" "),
        x_label: "sure of its answer, %".into(),
        y_label: "right, %".into(),
        x_scale: Scale::Linear,
        series: vec![
            Series { name: "found".into(), points },
            Series { name: "as sure as right".into(), points: ends },
        ],
    }
}
