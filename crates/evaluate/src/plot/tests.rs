use super::*;
use crate::{LearningCurve, LearningPoint, ReliabilityBin};

fn curve(points: &[(usize, &[f64])]) -> LearningCurve {
    LearningCurve::new(
        points.iter().map(|&(n_labels, scores)| LearningPoint { n_labels, scores: scores.to_vec() }),
    )
}

/// English to German, with and without transfer; scripts and people look at it in tests/goldens.
fn chart() -> LineChart {
    let with = curve(&[
        (0, &[0.80, 0.80, 0.80]),
        (16, &[0.80, 0.82, 0.81]),
        (64, &[0.82, 0.83, 0.83]),
        (256, &[0.84, 0.845, 0.85]),
        (1024, &[0.852, 0.855, 0.86]),
    ]);
    let own = curve(&[
        (16, &[0.52, 0.60, 0.56]),
        (64, &[0.66, 0.70, 0.69]),
        (256, &[0.775, 0.79, 0.785]),
        (1024, &[0.842, 0.846, 0.85]),
    ]);
    let curves = [("transferred from English", &with), ("German labels alone", &own)];
    learning_curves("Reviews <en → de>", "macro-F1", &curves, 42)
}

/// The committed picture is what is drawn. After a change: run with INSTA_UPDATE=always, and look at it.
#[test]
fn learning_curves_are_drawn() {
    insta::assert_snapshot!(chart().to_svg());
}

#[test]
fn text_means_itself() {
    let svg = chart().to_svg();
    assert!(svg.contains("<title>Reviews &lt;en → de&gt;</title>") && !svg.contains("<en"));
    let series = Series { name: "a & \"b\"\u{0}\n".into(), points: Vec::new() };
    let svg = LineChart { series: vec![series], ..chart() }.to_svg();
    assert!(svg.contains(">a &amp; &quot;b&quot; </text>"), "{svg}");
}

#[test]
fn nothing_and_nonsense_are_drawn() {
    let point = |x: f64, y: f64| PlotPoint { x, y, low: y - 1.0, high: y + 1.0 };
    for points in [vec![], vec![point(3.0, 50.0)], vec![point(f64::NAN, 1.0), point(1.0, f64::INFINITY)]] {
        let series = vec![Series { name: "a".into(), points }];
        for x_scale in [Scale::Linear, Scale::Logarithmic] {
            let svg = LineChart { series: series.clone(), x_scale, ..chart() }.to_svg();
            assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.ends_with("</svg>\n"), "{svg}");
        }
    }
}

#[test]
fn a_reliability_diagram_has_the_line_where_it_should_be() {
    let bin = |confidence, accuracy| ReliabilityBin { confidence, accuracy, n: 50 };
    let chart = reliability_diagram("sms", &[bin(0.6, 0.5), bin(0.9, 0.96)]);
    let svg = chart.to_svg();
    assert_eq!((svg.matches("<circle").count(), svg.matches("wf-band\"").count()), (6, 1), "{svg}");
    assert!(svg.contains("60.0 % sure, 50.0 % right (50 texts)."));
    assert!(svg.contains("found, 90: 96.0 (86.5 to 98.9)"), "{svg}");
    assert!(reliability_diagram("none", &[]).to_svg().ends_with("</svg>\n"));
}
