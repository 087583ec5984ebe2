//! The elevation profile: ground, floor and flight along the route.

use super::{Briefing, style, units};
use crate::export::heights::Heights;
use crate::request::Plan;
use core::fmt::Write as _;
use whimbrel_mission::HeightReference;

const WIDTH_MM: f64 = 190.0;
const HEIGHT_MM: f64 = 45.0;
const LEFT_MM: f64 = 11.0;
const RIGHT_MM: f64 = 11.0;
const ABOVE_MM: f64 = 4.5;
const BELOW_MM: f64 = 6.5;
/// Looks along the whole route.
const SAMPLES: f64 = 1_400.0;

/// A look at the route.
struct Sample {
    way_m: f64,
    flown_m: f64,
    ground_m: Option<f64>,
}

/// Samples of each sortie, ways counted over all.
fn samples(plan: &Plan, briefing: &Briefing<'_>) -> Vec<Vec<Sample>> {
    let total: f64 = plan.sorties.iter().map(|s| s.length_m).sum();
    let step_m = (total / SAMPLES).max(1.0);
    let mut done = 0.0;
    plan.sorties
        .iter()
        .map(|sortie| {
            let heights = Heights::of(plan, sortie, briefing.ground);
            let below = match plan.height_reference {
                HeightReference::Amsl => 0.0,
                HeightReference::AboveHome => sortie.zero.m(),
            };
            let mut list = Vec::new();
            for segment in &sortie.segments {
                let mut last = 0.0;
                heights.walk(&segment.points, step_m, |way_m, place| {
                    last = way_m;
                    list.push(Sample {
                        way_m: done + way_m,
                        flown_m: heights.shown_m(place),
                        ground_m: heights.ground(place).map(|g| g.m() - below),
                    });
                });
                done += last;
            }
            list
        })
        .collect()
}

pub(super) fn svg(plan: &Plan, briefing: &Briefing<'_>) -> String {
    let sorties = samples(plan, briefing);
    let all = || sorties.iter().flatten();
    let long_m = all().map(|s| s.way_m).fold(1.0, f64::max);
    let heights = || all().flat_map(|s| [Some(s.flown_m), s.ground_m]).flatten();
    let low = heights().reduce(f64::min).unwrap_or(0.0);
    let high = heights().reduce(f64::max).unwrap_or(1.0).max(low + 10.0);
    let room = 0.08 * (high - low);
    let (low, high) = (low - room, high + room);
    let (w, h) = (
        WIDTH_MM - LEFT_MM - RIGHT_MM,
        HEIGHT_MM - ABOVE_MM - BELOW_MM,
    );
    let x = |way_m: f64| way_m / long_m * w;
    let y = |m: f64| (high - m) / (high - low) * h;
    let mut svg = format!(
        "<svg viewBox=\"{:.1} {:.1} {WIDTH_MM} {HEIGHT_MM}\" role=\"img\" aria-label=\"elevation profile\"><defs><clipPath id=\"cut\"><rect width=\"{w:.2}\" height=\"{h:.2}\"/></clipPath></defs>",
        -LEFT_MM, -ABOVE_MM,
    );
    axes(&mut svg, [low, high], long_m, [w, h]);
    svg.push_str("<g clip-path=\"url(#cut)\">");
    for (index, list) in sorties.iter().enumerate() {
        let line = |of: &dyn Fn(&Sample) -> Option<f64>| {
            let mut path = String::new();
            let mut on = false;
            for sample in list {
                match of(sample) {
                    Some(m) => {
                        let mark = if on { 'L' } else { 'M' };
                        let _ = write!(path, "{mark}{:.2} {:.2}", x(sample.way_m), y(m));
                        on = true;
                    }
                    None => on = false,
                }
            }
            path
        };
        let ground = line(&|s| s.ground_m);
        if let (Some(first), Some(last), false) = (list.first(), list.last(), ground.is_empty()) {
            let _ = write!(
                svg,
                "<path d=\"{ground}L{:.2} {h:.2}L{:.2} {h:.2}Z\" fill=\"#c9b893\" fill-opacity=\".75\"/><path d=\"{ground}\" fill=\"none\" stroke=\"#7d6a45\" stroke-width=\".3\"/>",
                x(last.way_m),
                x(first.way_m)
            );
        }
        let floor = line(&|s| Some(s.ground_m? + plan.report.terrain.floor_m));
        let _ = write!(
            svg,
            "<path d=\"{floor}\" fill=\"none\" stroke=\"#c8322f\" stroke-width=\".25\" stroke-dasharray=\"1 .7\" stroke-opacity=\".8\"/><path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\".5\" stroke-linejoin=\"round\"/>",
            line(&|s| Some(s.flown_m)),
            style::colour(index)
        );
        if let Some(first) = list.first().filter(|_| index > 0) {
            let _ = write!(
                svg,
                "<path d=\"M{0:.2} 0V{h:.2}\" stroke=\"#1d2733\" stroke-width=\".2\" stroke-dasharray=\".6 .6\"/>",
                x(first.way_m)
            );
        }
    }
    let _ = write!(
        svg,
        "</g><rect width=\"{w:.2}\" height=\"{h:.2}\" fill=\"none\" stroke=\"#1d2733\" stroke-width=\".25\"/>"
    );
    caption(&mut svg, plan, w);
    svg.push_str("</svg>");
    svg
}

/// Metres and kilometres left and below, feet and nautical miles right.
fn axes(svg: &mut String, [low, high]: [f64; 2], long_m: f64, [w, h]: [f64; 2]) {
    let step = units::round_below((high - low) / 2.6);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    for n in first..=last.min(first + 12) {
        let m = n as f64 * step;
        let y = (high - m) / (high - low) * h;
        let _ = write!(
            svg,
            "<path d=\"M0 {y:.2}H{w:.2}\" stroke=\"#d5dae0\" stroke-width=\".15\"/><text x=\"-1.2\" y=\"{0:.2}\" text-anchor=\"end\">{m:.0} m</text><text x=\"{1:.2}\" y=\"{0:.2}\">{2}</text>",
            y + 0.9,
            w + 1.2,
            units::feet(m)
        );
    }
    let step = units::round_below(long_m / 3.0);
    let last = ((long_m / step) as i64).min(6);
    for n in 0..=last {
        let way_m = n as f64 * step;
        let x = way_m / long_m * w;
        let (anchor, label) = match n {
            0 => ("start", "0".to_owned()),
            _ if x > w - 9.0 => ("end", units::way(way_m)),
            _ => ("middle", units::way(way_m)),
        };
        let _ = write!(
            svg,
            "<path d=\"M{x:.2} {h:.2}v.9\" stroke=\"#1d2733\" stroke-width=\".2\"/><text x=\"{x:.2}\" y=\"{:.2}\" text-anchor=\"{anchor}\">{label}</text>",
            h + 3.4,
        );
    }
}

fn caption(svg: &mut String, plan: &Plan, w: f64) {
    let reference = match plan.height_reference {
        HeightReference::Amsl => "above sea level",
        HeightReference::AboveHome => "above home",
    };
    let _ = write!(
        svg,
        "<text x=\"{w:.2}\" y=\"-1.3\" text-anchor=\"end\" style=\"font-size:2.2px\">flight and <tspan fill=\"#7d6a45\" font-weight=\"700\">ground</tspan> {reference}; <tspan fill=\"#c8322f\" font-weight=\"700\">floor</tspan>: ground + {:.0} m ({})</text>",
        plan.report.terrain.floor_m,
        units::feet(plan.report.terrain.floor_m)
    );
}
