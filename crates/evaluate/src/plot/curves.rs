//! Learning curves in, their chart out.

use super::{LineChart, PlotPoint, Scale, Series};
use crate::{Interval, LearningCurve};

/// Scores by the number of target labels, a line a curve with the 95 % interval over its seeds; `score` names what was measured.
pub fn learning_curves(title: &str, score: &str, curves: &[(&str, &LearningCurve)], seed: u64) -> LineChart {
    let series: Vec<Series> = curves
        .iter()
        .map(|(name, curve)| Series { name: (*name).to_owned(), points: points(curve, seed) })
        .collect();
    let told = series.iter().filter_map(|series| {
        let (first, last) = (series.points.first()?, series.points.last()?);
        let Series { name, .. } = series;
        Some(format!("{name}: from {:.1} with {} labels to {:.1} with {}.", first.y, first.x, last.y, last.x))
    });
    LineChart {
        title: title.to_owned(),
        description: told.collect::<Vec<_>>().join(" "),
        x_label: "target labels".into(),
        y_label: format!("{score}, %"),
        x_scale: Scale::Logarithmic,
        series,
    }
}

fn points(curve: &LearningCurve, seed: u64) -> Vec<PlotPoint> {
    let point = |point: &crate::LearningPoint| {
        let Interval(low, high) = point.interval(seed);
        PlotPoint { x: point.n_labels as f64, y: 100.0 * point.mean(), low: 100.0 * low, high: 100.0 * high }
    };
    curve.points().iter().map(point).collect()
}
