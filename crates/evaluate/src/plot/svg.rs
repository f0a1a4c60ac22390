//! A chart in, its SVG out.

use std::fmt::Write;

use super::axis::Axis;
use super::{LineChart, PlotPoint, Scale, Series};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 68.0;
const RIGHT: f64 = 28.0;
const BOTTOM: f64 = 58.0;
/// Of the title; a line of the legend takes as much again below it.
const TITLE: f64 = 34.0;
const LEGEND_LINE: f64 = 22.0;
/// Roughly, of a character of the legend.
const CHARACTER: f64 = 7.2;

/// Colours that people tell apart who do not see all of them, on white and on black.
const STYLE: &str = "\
.wf-paper{fill:#fff}.wf-ink{fill:#1d2433}.wf-soft{fill:#566073}.wf-grid{stroke:#e4e7ed}.wf-axis{stroke:#8b94a5}\
.wf-0{stroke:#0067ad;fill:#0067ad}.wf-1{stroke:#c04d00;fill:#c04d00}.wf-2{stroke:#00795a;fill:#00795a}\
.wf-3{stroke:#a3407a;fill:#a3407a}.wf-4{stroke:#6a5acd;fill:#6a5acd}.wf-5{stroke:#7a6a00;fill:#7a6a00}\
.wf-line{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}\
.wf-band{stroke:none;fill-opacity:.16}.wf-dot{stroke-width:0}.wf-whisker{stroke-width:1.5}\
@media(prefers-color-scheme:dark){\
.wf-paper{fill:#12161f}.wf-ink{fill:#eef1f6}.wf-soft{fill:#a9b2c3}.wf-grid{stroke:#2a3140}.wf-axis{stroke:#6b7487}\
.wf-0{stroke:#6cb8ff;fill:#6cb8ff}.wf-1{stroke:#ff9c55;fill:#ff9c55}.wf-2{stroke:#4fd6a8;fill:#4fd6a8}\
.wf-3{stroke:#f18fc6;fill:#f18fc6}.wf-4{stroke:#a99cff;fill:#a99cff}.wf-5{stroke:#dccb52;fill:#dccb52}\
.wf-line{fill:none}.wf-band{stroke:none;fill-opacity:.22}}";
const N_COLOURS: usize = 6;
/// Of lines, in the order of the colours.
const DASHES: [&str; N_COLOURS] = ["", "7 4", "2 4", "10 4 2 4", "12 5", "4 3"];

pub(super) fn draw(chart: &LineChart) -> String {
    let legend = legend(&chart.series);
    let top = TITLE + LEGEND_LINE * (2.0 + legend.last().map_or(0.0, |entry| entry.line));
    let seen = || chart.series.iter().flat_map(seen);
    let frame = Frame {
        top,
        x: Axis::around(seen().map(|point| point.x), chart.x_scale, 8),
        y: Axis::around(seen().flat_map(|point| [point.y, point.low, point.high]), Scale::Linear, 6),
    };
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif\" font-size=\"13\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"wf-paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\n",
        escaped(&chart.title),
        escaped(&chart.description)
    );
    let title = format!("x=\"{LEFT}\" y=\"{TITLE}\" font-size=\"17\" font-weight=\"600\"");
    text(&mut svg, "wf-ink", &title, &chart.title);
    legend.iter().for_each(|entry| entry.draw(&mut svg));
    frame.draw(&mut svg, chart);
    // Bands lie below all lines.
    for (number, series) in chart.series.iter().enumerate() {
        frame.draw_band(&mut svg, number, series);
    }
    for (number, series) in chart.series.iter().enumerate() {
        frame.draw_line(&mut svg, number, series);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The points that can be drawn.
fn seen(series: &Series) -> impl Iterator<Item = &PlotPoint> {
    series
        .points
        .iter()
        .filter(|point| [point.x, point.y, point.low, point.high].iter().all(|value| value.is_finite()))
}

/// Where the lines are drawn.
struct Frame {
    top: f64,
    x: Axis,
    y: Axis,
}

impl Frame {
    fn x(&self, number: f64) -> f64 {
        LEFT + self.x.place(number) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, number: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(number) * (HEIGHT - BOTTOM - self.top)
    }

    fn draw(&self, svg: &mut String, chart: &LineChart) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for &tick in &self.y.ticks {
            let y = self.y(tick);
            let _ = writeln!(svg, "<path class=\"wf-grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            let place = format!("x=\"{}\" y=\"{:.1}\" text-anchor=\"end\"", LEFT - 10.0, y + 4.5);
            text(svg, "wf-soft", &place, &self.y.write(tick));
        }
        let _ = writeln!(svg, "<path class=\"wf-axis\" d=\"M{LEFT} {bottom}H{right}\"/>");
        for &tick in &self.x.ticks {
            let x = self.x(tick);
            let _ = writeln!(svg, "<path class=\"wf-axis\" d=\"M{x:.1} {bottom}v5\"/>");
            let place = format!("x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\"", bottom + 20.0);
            text(svg, "wf-soft", &place, &self.x.write(tick));
        }
        let place = format!("x=\"{}\" y=\"{}\" text-anchor=\"middle\"", (LEFT + right) / 2.0, HEIGHT - 14.0);
        text(svg, "wf-ink", &place, &chart.x_label);
        let y = (self.top + bottom) / 2.0;
        let place = format!("transform=\"translate(20 {y:.1})rotate(-90)\" text-anchor=\"middle\"");
        text(svg, "wf-ink", &place, &chart.y_label);
    }

    fn draw_band(&self, svg: &mut String, number: usize, series: &Series) {
        let points: Vec<&PlotPoint> = seen(series).collect();
        if points.len() < 2 || points.iter().all(|point| point.low == point.high) {
            return;
        }
        let upper = points.iter().map(|point| (point.x, point.high));
        let lower = points.iter().rev().map(|point| (point.x, point.low));
        let path = self.path(upper.chain(lower));
        let _ = writeln!(svg, "<path class=\"wf-{} wf-band\" d=\"{path}Z\"/>", number % N_COLOURS);
    }

    fn draw_line(&self, svg: &mut String, number: usize, series: &Series) {
        let (colour, points) = (number % N_COLOURS, seen(series).collect::<Vec<_>>());
        let path = self.path(points.iter().map(|point| (point.x, point.y)));
        if points.len() > 1 {
            let dashes = DASHES[colour];
            let _ = writeln!(
                svg,
                "<path class=\"wf-{colour} wf-line\" stroke-dasharray=\"{dashes}\" d=\"{path}\"/>"
            );
        } else if let Some(point) = points.first() {
            let (x, low, high) = (self.x(point.x), self.y(point.low), self.y(point.high));
            let _ =
                writeln!(svg, "<path class=\"wf-{colour} wf-whisker\" d=\"M{x:.1} {low:.1}V{high:.1}\"/>");
        }
        for point in points {
            let (x, y) = (self.x(point.x), self.y(point.y));
            let told = format!("{}, {}: {:.1}", series.name, point.x, point.y);
            let told = match point.low < point.high {
                true => format!("{told} ({:.1} to {:.1})", point.low, point.high),
                false => told,
            };
            let told = escaped(&told);
            let _ = writeln!(
                svg,
                "<circle class=\"wf-{colour} wf-dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.6\"><title>{told}</title></circle>"
            );
        }
    }

    fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (i, (x, y)) in points.enumerate() {
            let _ = write!(path, "{}{:.1} {:.1}", if i == 0 { 'M' } else { 'L' }, self.x(x), self.y(y));
        }
        path
    }
}

/// A name of the legend, and where it stands.
struct Entry<'c> {
    name: &'c str,
    number: usize,
    x: f64,
    line: f64,
}

/// The legend, in as many lines as it takes.
fn legend(series: &[Series]) -> Vec<Entry<'_>> {
    let (mut x, mut line) = (LEFT, 0.0);
    let mut entries = Vec::new();
    for (number, Series { name, .. }) in series.iter().enumerate() {
        let width = 46.0 + CHARACTER * name.chars().count() as f64;
        if x > LEFT && x + width > WIDTH - RIGHT {
            (x, line) = (LEFT, line + 1.0);
        }
        entries.push(Entry { name, number, x, line });
        x += width;
    }
    entries
}

impl Entry<'_> {
    fn draw(&self, svg: &mut String) {
        let (x, colour) = (self.x, self.number % N_COLOURS);
        let y = TITLE + LEGEND_LINE * (1.0 + self.line);
        let middle = y - 4.5;
        let dashes = DASHES[colour];
        let _ = writeln!(
            svg,
            "<path class=\"wf-{colour} wf-line\" stroke-dasharray=\"{dashes}\" d=\"M{x:.1} {middle:.1}h24\"/>\
             <circle class=\"wf-{colour} wf-dot\" cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"3.6\"/>",
            x + 12.0
        );
        text(svg, "wf-ink", &format!("x=\"{:.1}\" y=\"{y:.1}\"", x + 31.0), self.name);
    }
}

fn text(svg: &mut String, class: &str, place: &str, words: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" {place}>{}</text>", escaped(words));
}

/// Text that means itself in XML; characters that XML has no way to write are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {}
            character => escaped.push(character),
        }
    }
    escaped
}
