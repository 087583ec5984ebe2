//! Outlines: points, arcs, circles, airways.

use crate::Area;
use crate::format::degrees::angle;
use crate::format::ring::{arc, circle, opened};
use core::f64::consts::TAU;
use whimbrel_geo::{
    Ellipsoid, Height, LatLon, LocalFrame, Polygon, Position, bearing_rad, distance_m,
};

/// Metres in a nautical mile.
const NAUTICAL_MILE_M: f64 = 1852.0;
/// Largest radius of an arc or circle, and width of an airway.
const MAX_RADIUS_NM: f64 = 1_000.0;
/// The radii of an arc's two ends may differ by this share; beyond, the arc is
/// drawn from one to the other as a spiral.
const SAME_RADIUS: f64 = 0.02;

/// The outline of one airspace under construction.
#[derive(Default)]
pub(super) struct Outline {
    centre: Option<LatLon>,
    counter_clockwise: bool,
    width_nm: Option<f64>,
    ring: Vec<LatLon>,
    circles: Vec<Vec<LatLon>>,
    airway: Vec<LatLon>,
}

impl Outline {
    /// How many vertices there are.
    pub(super) fn len(&self) -> usize {
        self.ring.len() + self.airway.len() + self.circles.iter().map(Vec::len).sum::<usize>()
    }

    /// One line of the file.
    pub(super) fn line(&mut self, word: &str, rest: &str) -> Result<(), String> {
        match word {
            "DP" => self.ring.push(place(rest)?),
            "DY" => self.airway.push(place(rest)?),
            "DC" => self.circles.push(circle(self.centre()?, radius(rest)?)),
            "DA" => self.angles(rest)?,
            "DB" => self.ends(rest)?,
            _ => self.variable(rest)?,
        }
        Ok(())
    }

    fn variable(&mut self, rest: &str) -> Result<(), String> {
        let (name, value) = rest.split_once('=').ok_or_else(|| {
            format!("V {rest}: a variable is set like V X=47:00:00 N 008:00:00 E")
        })?;
        match name.trim().to_ascii_uppercase().as_str() {
            "X" => self.centre = Some(place(value)?),
            "D" => self.counter_clockwise = value.trim() == "-",
            "W" => self.width_nm = Some(miles(value)?),
            _ => {} // zoom levels and the like
        }
        Ok(())
    }

    fn centre(&self) -> Result<LatLon, String> {
        self.centre
            .ok_or_else(|| "no centre yet: V X=… must come before".to_owned())
    }

    /// Clockwise sweep from one bearing to another, or the other way round.
    fn sweep(&self, from: f64, to: f64) -> f64 {
        let clockwise = (to - from).rem_euclid(TAU);
        if self.counter_clockwise {
            clockwise - TAU
        } else {
            clockwise
        }
    }

    /// `DA radius, start, end`.
    fn angles(&mut self, rest: &str) -> Result<(), String> {
        let parts: Vec<&str> = rest.split(',').map(str::trim).collect();
        let [r, start, end] = parts.as_slice() else {
            return Err(format!(
                "DA {rest}: it must be radius, start angle, end angle"
            ));
        };
        let bearing = |text: &str| -> Result<f64, String> {
            let deg: f64 = text
                .parse()
                .map_err(|_| format!("{text:?} is not an angle"))?;
            if (-360.0..=720.0).contains(&deg) {
                Ok(deg.to_radians())
            } else {
                Err(format!("{text}° is not an angle"))
            }
        };
        let (centre, r) = (self.centre()?, radius(r)?);
        let (from, to) = (bearing(start)?, bearing(end)?);
        self.ring.extend(arc(centre, r, from, self.sweep(from, to)));
        Ok(())
    }

    /// `DB place, place`.
    fn ends(&mut self, rest: &str) -> Result<(), String> {
        let centre = self.centre()?;
        let (a, b) = rest
            .split_once(',')
            .ok_or_else(|| format!("DB {rest}: it must be two places with a comma between"))?;
        let (a, b) = (place(a)?, place(b)?);
        let (ra, rb) = (distance_m(centre, a), distance_m(centre, b));
        if ra.max(rb) > MAX_RADIUS_NM * NAUTICAL_MILE_M {
            return Err(format!(
                "the arc is {:.0} km from its centre",
                ra.max(rb) / 1000.0
            ));
        }
        let from = bearing_rad(centre, a);
        let sweep = self.sweep(from, bearing_rad(centre, b));
        if ra < 1.0 || rb < 1.0 {
            self.ring.extend([a, b]);
            return Ok(());
        }
        let middle = arc(centre, ra.max(rb), from, sweep);
        let steps = middle.len().saturating_sub(1).max(1) as f64;
        self.ring.push(a);
        let same = (ra - rb).abs() <= SAME_RADIUS * ra.max(rb);
        let inner = middle
            .iter()
            .enumerate()
            .skip(1)
            .take(middle.len().saturating_sub(2));
        self.ring.extend(inner.map(|(i, _)| {
            let t = i as f64 / steps;
            let r = if same { ra.max(rb) } else { ra + t * (rb - ra) };
            whimbrel_geo::destination(centre, from + sweep * t, r)
        }));
        self.ring.push(b);
        Ok(())
    }

    /// What came out: the ring, each circle, the airway with its width.
    pub(super) fn areas(self) -> Vec<Area> {
        let airway = airway(&self.airway, self.width_nm.unwrap_or(0.0) * NAUTICAL_MILE_M);
        opened(self.ring)
            .into_iter()
            .chain(self.circles)
            .map(Area::new)
            .chain(airway)
            .collect()
    }
}

/// A line of a width: its legs as rectangles and its bends as circles, united.
fn airway(places: &[LatLon], width_m: f64) -> Vec<Area> {
    let Some(middle) = places.get(places.len() / 2) else {
        return Vec::new();
    };
    if places.len() < 2 || width_m <= 0.0 {
        return Vec::new();
    }
    let frame = LocalFrame::new(Position::new(*middle, Height::<Ellipsoid>::from_m(0.0)));
    let mut pieces = Vec::new();
    for (leg, pair) in places.windows(2).enumerate() {
        if let [a, b] = pair {
            let (p, q) = (frame.enu_xy(*a), frame.enu_xy(*b));
            let d = [q[0] - p[0], q[1] - p[1]];
            let length = d[0].hypot(d[1]);
            if length > 0.0 {
                let n = [
                    -d[1] / length * width_m / 2.0,
                    d[0] / length * width_m / 2.0,
                ];
                pieces.push(Polygon::new(vec![
                    [p[0] - n[0], p[1] - n[1]],
                    [q[0] - n[0], q[1] - n[1]],
                    [q[0] + n[0], q[1] + n[1]],
                    [p[0] + n[0], p[1] + n[1]],
                ]));
            }
            if leg > 0 {
                let ring = circle(*a, width_m / 2.0);
                pieces.push(Polygon::new(
                    ring.iter().map(|at| frame.enu_xy(*at)).collect(),
                ));
            }
        }
    }
    Polygon::union(&pieces)
        .iter()
        .map(|p| Area::from_polygon(p, &frame))
        .collect()
}

fn miles(text: &str) -> Result<f64, String> {
    let text = text
        .trim()
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    match text.trim().parse::<f64>() {
        Ok(nm) if nm > 0.0 && nm <= MAX_RADIUS_NM => Ok(nm),
        _ => Err(format!(
            "{text:?} is not a distance of 0 to {MAX_RADIUS_NM} nautical miles"
        )),
    }
}

fn radius(text: &str) -> Result<f64, String> {
    Ok(miles(text)? * NAUTICAL_MILE_M)
}

/// `53:40:30 N 006:30:00 W`, with or without blanks before the letters.
fn place(text: &str) -> Result<LatLon, String> {
    let text = text.trim();
    let wrong = || format!("{text:?} is not a place like 47:23:30 N 008:33:00 E");
    let end = text
        .find(['N', 'S', 'n', 's'])
        .map(|i| i + 1)
        .ok_or_else(wrong)?;
    let (lat, lon) = text.split_at(end);
    let lat = angle(lat)
        .filter(|a| a.latitude == Some(true))
        .ok_or_else(wrong)?;
    let lon = angle(lon.trim_start_matches([' ', ',', '\t']))
        .filter(|a| a.latitude == Some(false))
        .ok_or_else(wrong)?;
    LatLon::from_deg(lat.deg, lon.deg).map_err(|e| e.to_string())
}
