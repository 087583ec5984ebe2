//! A picture of a route.

use crate::measure::Path;
use whimbrel_geo::Polygon;

/// Area, airspace, route and photo lines.
pub fn draw(area: &Polygon, airspace: &Polygon, route: &Path, photo: &[Path]) -> String {
    let all: Vec<[f64; 2]> = airspace.rings().flatten().copied().collect();
    let fold = |k: usize| {
        all.iter()
            .map(|p| p[k])
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(v), b.max(v))
            })
    };
    let ((x0, x1), (y0, y1)) = (fold(0), fold(1));
    let scale = 1000.0 / (x1 - x0).max(y1 - y0);
    let at = |p: &[f64; 2]| format!("{:.2},{:.2}", (p[0] - x0) * scale, (y1 - p[1]) * scale);
    let ring = |r: &[[f64; 2]]| format!("M{}Z", r.iter().map(at).collect::<Vec<_>>().join("L"));
    let rings = |p: &Polygon| p.rings().map(ring).collect::<String>();
    let line = |p: &Path| format!("M{}", p.iter().map(at).collect::<Vec<_>>().join("L"));
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{:.0}' height='{:.0}' style='background:white'><g fill-rule='evenodd'>",
        (x1 - x0) * scale,
        (y1 - y0) * scale
    );
    svg += &format!("<path d='{}' fill='#eef' stroke='#99c'/>", rings(airspace));
    svg += &format!("<path d='{}' fill='#dfd' stroke='#080'/>", rings(area));
    svg += &format!(
        "<path d='{}' fill='none' stroke='#d00' stroke-width='1.2'/>",
        line(route)
    );
    for p in photo {
        svg += &format!(
            "<path d='{}' fill='none' stroke='#00a' stroke-width='1.6'/>",
            line(p)
        );
    }
    svg + "</g></svg>"
}
