//! The map: ground, airspace, area, lines, photos, home.

use super::contours::Grid;
use super::{Briefing, style, units};
use crate::request::{Plan, Role, Sortie};
use core::fmt::Write as _;
use whimbrel_geo::{LatLon, LocalFrame};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::{Area, HeightReference};

/// Size of the page's text area.
const WIDTH_MM: f64 = 190.0;
/// Room for the numbers along the left and the lower edge.
const LEFT_MM: f64 = 7.0;
const BELOW_MM: f64 = 4.0;
/// What is drawn keeps this far from the frame, as a share.
const ROOM: f64 = 0.07;
/// Beyond so many photos their dots would cover the map.
const MAX_PHOTOS: usize = 6_000;
/// Contours are found on a grid of this many columns.
const COLUMNS: usize = 96;

/// Metres of the plan's plane to millimetres of the page.
struct Sheet<'a> {
    frame: &'a LocalFrame,
    /// Plane coordinates in the middle of the map.
    middle: [f64; 2],
    mm_per_m: f64,
    size: [f64; 2],
}

impl<'a> Sheet<'a> {
    fn new(plan: &'a Plan, briefing: &Briefing<'_>, height_mm: f64) -> Self {
        let frame = plan.frame();
        let size = [WIDTH_MM - LEFT_MM, height_mm - BELOW_MM];
        let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
        let areas = briefing.request.areas.iter().flat_map(|a| &a.outer);
        let flown = plan
            .sorties
            .iter()
            .flat_map(|s| &s.segments)
            .flat_map(|s| &s.points)
            .map(|p| &p.at);
        for at in areas.chain(flown) {
            let xy = frame.enu_xy(*at);
            for axis in 0..2 {
                low[axis] = low[axis].min(xy[axis]);
                high[axis] = high[axis].max(xy[axis]);
            }
        }
        if low[0] > high[0] {
            (low, high) = ([-1.0; 2], [1.0; 2]);
        }
        let room = 1.0 - 2.0 * ROOM;
        let fit = |axis: usize| size[axis] * room / (high[axis] - low[axis]).max(1.0);
        Self {
            frame,
            middle: [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])],
            mm_per_m: fit(0).min(fit(1)),
            size,
        }
    }

    fn xy(&self, at: LatLon) -> [f64; 2] {
        let p = self.frame.enu_xy(at);
        [
            self.size[0] / 2.0 + (p[0] - self.middle[0]) * self.mm_per_m,
            self.size[1] / 2.0 - (p[1] - self.middle[1]) * self.mm_per_m,
        ]
    }

    fn place(&self, xy: [f64; 2]) -> LatLon {
        self.frame.latlon_from_xy([
            self.middle[0] + (xy[0] - self.size[0] / 2.0) / self.mm_per_m,
            self.middle[1] - (xy[1] - self.size[1] / 2.0) / self.mm_per_m,
        ])
    }

    fn ring(&self, path: &mut String, ring: &[LatLon]) {
        for (i, at) in ring.iter().enumerate() {
            let [x, y] = self.xy(*at);
            let _ = write!(path, "{}{x:.2} {y:.2}", if i == 0 { 'M' } else { 'L' });
        }
        path.push('Z');
    }

    fn area(&self, area: &Area) -> String {
        let mut path = String::new();
        self.ring(&mut path, &area.outer);
        for hole in &area.holes {
            self.ring(&mut path, hole);
        }
        path
    }
}

pub(super) fn svg(plan: &Plan, briefing: &Briefing<'_>, height_mm: f64) -> String {
    let sheet = Sheet::new(plan, briefing, height_mm);
    let [w, h] = sheet.size;
    let mut svg = format!(
        "<svg viewBox=\"{:.1} 0 {WIDTH_MM} {height_mm:.1}\" role=\"img\" aria-label=\"map\"><defs>\
         <clipPath id=\"sheet\"><rect width=\"{w:.2}\" height=\"{h:.2}\"/></clipPath>\
         <pattern id=\"hatch\" width=\"1.8\" height=\"1.8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"1.8\" height=\"1.8\" fill=\"#c8322f\" fill-opacity=\".08\"/><path d=\"M0 0V1.8\" stroke=\"#c8322f\" stroke-width=\".5\" stroke-opacity=\".55\"/></pattern>\
         </defs><g clip-path=\"url(#sheet)\"><rect width=\"{w:.2}\" height=\"{h:.2}\" fill=\"#f6f5f0\"/>",
        -LEFT_MM,
    );
    ground(&mut svg, plan, briefing, &sheet);
    let _ = write!(
        svg,
        "<path d=\"{}\" fill=\"#2e8540\" fill-opacity=\".05\" stroke=\"#2e8540\" stroke-width=\".35\" stroke-dasharray=\"1.6 .9\" fill-rule=\"evenodd\"/>",
        sheet.area(&plan.airspace)
    );
    for area in &briefing.request.areas {
        let _ = write!(
            svg,
            "<path d=\"{}\" fill=\"#1f5fbf\" fill-opacity=\".10\" stroke=\"#17457f\" stroke-width=\".5\" fill-rule=\"evenodd\"/>",
            sheet.area(area)
        );
    }
    let no_fly: String = briefing
        .request
        .no_fly
        .iter()
        .map(|a| sheet.area(a))
        .collect();
    let holes: String = plan
        .airspace
        .holes
        .iter()
        .fold(String::new(), |mut path, hole| {
            sheet.ring(&mut path, hole);
            path
        });
    for path in [no_fly, holes].iter().filter(|p| !p.is_empty()) {
        let _ = write!(
            svg,
            "<path d=\"{path}\" fill=\"url(#hatch)\" stroke=\"#c8322f\" stroke-width=\".4\"/>"
        );
    }
    for (index, sortie) in plan.sorties.iter().enumerate() {
        route(&mut svg, &sheet, index, sortie);
    }
    let photos: usize = plan.sorties.iter().map(|s| s.photos.len()).sum();
    if photos <= MAX_PHOTOS {
        let mut dots = String::new();
        for photo in plan.sorties.iter().flat_map(|s| &s.photos) {
            let [x, y] = sheet.xy(photo.at);
            let _ = write!(dots, "M{x:.2} {y:.2}h0");
        }
        let _ = write!(
            svg,
            "<path d=\"{dots}\" stroke=\"#111a24\" stroke-width=\".45\" stroke-opacity=\".8\" stroke-linecap=\"round\" fill=\"none\"/>"
        );
    }
    homes(&mut svg, plan, &sheet);
    for (index, sortie) in plan.sorties.iter().enumerate() {
        start(&mut svg, &sheet, index, sortie);
    }
    svg.push_str("</g>");
    frame(&mut svg, &sheet, &briefing.request.wind);
    svg.push_str("</svg>");
    svg
}

/// Contours of the ground, where it is known and not level.
fn ground(svg: &mut String, plan: &Plan, briefing: &Briefing<'_>, sheet: &Sheet<'_>) {
    if plan.height_reference == HeightReference::AboveHome {
        return;
    }
    let [w, h] = sheet.size;
    let step = w / (COLUMNS - 1) as f64;
    let rows = (h / step).ceil() as usize + 1;
    let heights = (0..rows * COLUMNS)
        .map(|i| {
            let xy = [(i % COLUMNS) as f64 * step, (i / COLUMNS) as f64 * step];
            briefing.ground.height(sheet.place(xy)).map(|g| g.m())
        })
        .collect();
    let grid = Grid {
        columns: COLUMNS,
        rows,
        heights,
        step: [step, step],
    };
    if let Some((interval, thin, thick)) = grid.paths() {
        let _ = write!(
            svg,
            "<path d=\"{thin}\" stroke=\"#b9a88c\" stroke-width=\".12\" fill=\"none\"/><path d=\"{thick}\" stroke=\"#a08a66\" stroke-width=\".25\" fill=\"none\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#8a7550\" style=\"font-size:2.2px\">contours {interval} m</text>",
            w - 1.5,
            h - 1.5
        );
    }
}

fn route(svg: &mut String, sheet: &Sheet<'_>, index: usize, sortie: &Sortie) {
    let colour = style::colour(index);
    for (role, look) in [
        (
            Role::Transit,
            "stroke-width=\".3\" stroke-dasharray=\"1.2 .8\" stroke-opacity=\".8\"",
        ),
        (Role::Turn, "stroke-width=\".3\" stroke-opacity=\".75\""),
        (Role::Photo, "stroke-width=\".5\""),
    ] {
        let mut path = String::new();
        for segment in sortie.segments.iter().filter(|s| s.role == role) {
            for (i, p) in segment.points.iter().enumerate() {
                let [x, y] = sheet.xy(p.at);
                let _ = write!(path, "{}{x:.2} {y:.2}", if i == 0 { 'M' } else { 'L' });
            }
        }
        if !path.is_empty() {
            let _ = write!(
                svg,
                "<path d=\"{path}\" stroke=\"{colour}\" {look} fill=\"none\" stroke-linejoin=\"round\"/>"
            );
        }
    }
}

/// The number of a sortie where its first photo line begins.
fn start(svg: &mut String, sheet: &Sheet<'_>, index: usize, sortie: &Sortie) {
    let first = sortie.segments.iter().find(|s| s.role == Role::Photo);
    if let Some(place) = first.and_then(|s| s.points.first()) {
        let [x, y] = sheet.xy(place.at);
        let _ = write!(
            svg,
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"1.7\" fill=\"{}\" stroke=\"#fff\" stroke-width=\".4\"/><text x=\"{x:.2}\" y=\"{:.2}\" text-anchor=\"middle\" style=\"fill:#fff;font-size:2.2px;font-weight:700\">{}</text>",
            style::colour(index),
            y + 0.8,
            index + 1
        );
    }
}

fn homes(svg: &mut String, plan: &Plan, sheet: &Sheet<'_>) {
    let mut drawn: Vec<LatLon> = Vec::new();
    for home in plan.sorties.iter().filter_map(|s| s.mission.home) {
        if drawn.contains(&home.at) {
            continue;
        }
        drawn.push(home.at);
        let [x, y] = sheet.xy(home.at);
        let _ = write!(
            svg,
            "<g transform=\"translate({x:.2} {y:.2})\"><circle r=\"2.1\" fill=\"#fff\" stroke=\"#111a24\" stroke-width=\".5\"/><text y=\".95\" text-anchor=\"middle\" style=\"font-size:2.7px;font-weight:700;fill:#111a24\">H</text></g>"
        );
    }
}

/// Border, latitude and longitude, scale, north.
fn frame(svg: &mut String, sheet: &Sheet<'_>, wind_of: &Wind) {
    let [w, h] = sheet.size;
    let _ = write!(
        svg,
        "<rect width=\"{w:.2}\" height=\"{h:.2}\" fill=\"none\" stroke=\"#1d2733\" stroke-width=\".3\"/>"
    );
    let corner = sheet.place([0.0, h]);
    let other = sheet.place([w, 0.0]);
    let step_lon = units::round_below((other.lon_deg() - corner.lon_deg()).abs() / 3.0);
    let step_lat = units::round_below((other.lat_deg() - corner.lat_deg()).abs() / 2.0);
    let digits = |step: f64| (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    let ticks = |low: f64, high: f64, step: f64| {
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        (first..=last.min(first + 20)).map(move |n| n as f64 * step)
    };
    for lon in ticks(corner.lon_deg(), other.lon_deg(), step_lon) {
        if let Ok(at) = LatLon::from_deg(corner.lat_deg(), lon) {
            let [x, _] = sheet.xy(at);
            if !(8.0..w - 8.0).contains(&x) {
                continue;
            }
            let letter = if lon < 0.0 { 'W' } else { 'E' };
            let _ = write!(
                svg,
                "<path d=\"M{x:.2} {h:.2}v1\" stroke=\"#1d2733\" stroke-width=\".2\"/><text x=\"{x:.2}\" y=\"{:.2}\" text-anchor=\"middle\" style=\"font-size:2.1px\">{:.*}° {letter}</text>",
                h + 3.3,
                digits(step_lon),
                lon.abs()
            );
        }
    }
    for lat in ticks(corner.lat_deg(), other.lat_deg(), step_lat) {
        if let Ok(at) = LatLon::from_deg(lat, corner.lon_deg()) {
            let [_, y] = sheet.xy(at);
            if !(8.0..h - 8.0).contains(&y) {
                continue;
            }
            let letter = if lat < 0.0 { 'S' } else { 'N' };
            let _ = write!(
                svg,
                "<path d=\"M0 {y:.2}h-1\" stroke=\"#1d2733\" stroke-width=\".2\"/><text transform=\"translate(-1.8 {y:.2}) rotate(-90)\" text-anchor=\"middle\" style=\"font-size:2.1px\">{:.*}° {letter}</text>",
                digits(step_lat),
                lat.abs()
            );
        }
    }
    let bar_m = units::round_below(42.0 / sheet.mm_per_m);
    let bar = bar_m * sheet.mm_per_m;
    let y = h - 4.4;
    let _ = write!(
        svg,
        "<g><rect x=\"1.5\" y=\"{:.2}\" width=\"{:.2}\" height=\"7.4\" rx=\".8\" fill=\"#fff\" fill-opacity=\".86\"/>\
         <path d=\"M3 {y:.2}h{bar:.2}\" stroke=\"#1d2733\" stroke-width=\".7\"/><path d=\"M3 {y:.2}h{:.2}\" stroke=\"#fff\" stroke-width=\".35\"/>\
         <text x=\"3\" y=\"{:.2}\">{}</text><text x=\"3\" y=\"{:.2}\" style=\"font-size:2.1px\">{} · {}</text></g>",
        y - 4.0,
        bar + 3.0,
        bar / 2.0,
        y - 1.2,
        units::round_metric(bar_m),
        y + 2.7,
        units::feet(bar_m),
        units::nautical(bar_m),
    );
    wind(svg, wind_of, [w - 7.0, 18.0]);
    let _ = write!(
        svg,
        "<g transform=\"translate({:.2} 7.5)\"><circle r=\"4.6\" fill=\"#fff\" fill-opacity=\".86\"/><path d=\"M0 -3.6L1.5 1.2L0 .3L-1.5 1.2Z\" fill=\"#1d2733\"/><text y=\"3.7\" text-anchor=\"middle\" style=\"font-size:2.4px;font-weight:700\">N</text></g>",
        w - 7.0
    );
}

/// An arrow that blows with the wind.
fn wind(svg: &mut String, wind: &Wind, [x, y]: [f64; 2]) {
    if wind.speed_m_s <= 0.0 {
        return;
    }
    let towards_deg = wind.from_rad.to_degrees() + 180.0;
    let _ = write!(
        svg,
        "<g transform=\"translate({x:.2} {y:.2})\"><circle r=\"4.6\" fill=\"#fff\" fill-opacity=\".86\"/><path transform=\"translate(0 -.7) rotate({towards_deg:.0})\" d=\"M0 2.8V-1M-1.3 -.6L0 -2.9L1.3 -.6Z\" stroke=\"#0f6fb8\" fill=\"#0f6fb8\" stroke-width=\".5\"/><text y=\"3.9\" text-anchor=\"middle\" style=\"font-size:1.8px\">{:.0} m/s</text></g>",
        wind.speed_m_s
    );
}

pub(super) fn legend(plan: &Plan, briefing: &Briefing<'_>) -> String {
    let entry = |drawing: &str, words: &str| {
        format!("<span><svg viewBox=\"0 0 8 2.6\">{drawing}</svg>{words}</span>")
    };
    let mut legend = entry(
        "<rect x=\".2\" y=\".2\" width=\"7.6\" height=\"2.2\" fill=\"#1f5fbf\" fill-opacity=\".12\" stroke=\"#17457f\" stroke-width=\".4\"/>",
        "survey area",
    );
    legend += &entry(
        "<rect x=\".2\" y=\".2\" width=\"7.6\" height=\"2.2\" fill=\"#2e8540\" fill-opacity=\".06\" stroke=\"#2e8540\" stroke-width=\".4\" stroke-dasharray=\"1.4 .8\"/>",
        "airspace",
    );
    if !briefing.request.no_fly.is_empty() || !plan.airspace.holes.is_empty() {
        legend += &entry(
            "<rect x=\".2\" y=\".2\" width=\"7.6\" height=\"2.2\" fill=\"url(#hatch)\" stroke=\"#c8322f\" stroke-width=\".4\"/>",
            "no flying",
        );
    }
    let line = |look: &str| format!("<path d=\"M0 1.3H8\" stroke=\"#1f5fbf\" {look}/>");
    legend += &entry(&line("stroke-width=\".7\""), "photo line");
    legend += &entry(&line("stroke-width=\".4\" stroke-opacity=\".75\""), "turn");
    legend += &entry(
        &line("stroke-width=\".4\" stroke-dasharray=\"1.2 .8\""),
        "transit",
    );
    if plan.report.photo_count > 0 && plan.report.photo_count <= MAX_PHOTOS {
        legend += &entry(
            "<path d=\"M1.5 1.3h0M4 1.3h0M6.5 1.3h0\" stroke=\"#111a24\" stroke-width=\".9\" stroke-linecap=\"round\"/>",
            "photo",
        );
    }
    format!("<div class=\"legend\">{legend}</div>")
}
