//! Numbers in, a line chart as SVG out.
//!
//! The same chart gives the same bytes. Colours follow the reader's choice of light or dark; dashes and the order of the legend say the same
//! as the colours do. Nothing is loaded from elsewhere, and no script runs.

mod axis;
mod curves;
mod reliability;
mod svg;

pub use self::curves::learning_curves;
pub use self::reliability::reliability_diagram;

/// How a coordinate becomes a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// By its value.
    Linear,
    /// By the logarithm of 1 + its value, so that there is room for 0. Values below 0 are drawn as 0.
    Logarithmic,
}

/// A point of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlotPoint {
    /// Where it stands.
    pub x: f64,
    /// What was measured.
    pub y: f64,
    /// The lower end of its interval; `y` where there is none.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is, in the legend.
    pub name: String,
    /// Its points, by x. Those that are not finite are left out.
    pub points: Vec<PlotPoint>,
}

/// A chart of lines with bands around them.
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart {
    /// Above the chart.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub description: String,
    /// What x is, with its unit.
    pub x_label: String,
    /// What y is, with its unit.
    pub y_label: String,
    /// How x becomes a place; y is linear.
    pub x_scale: Scale,
    /// The lines; there are colours for six.
    pub series: Vec<Series>,
}

impl LineChart {
    /// The chart as an SVG document.
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }
}

#[cfg(test)]
mod tests;
