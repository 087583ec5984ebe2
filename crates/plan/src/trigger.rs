//! Where the camera goes off.
//!
//! Photos are triggered by distance, the first one where the trigger is
//! switched on. Distances drift by what the aircraft flies between two looks of
//! its autopilot, so a line whose length is nearly a whole number of spacings
//! would have a photo more or less by chance. Such a line's spacing is made a
//! little smaller: then the last photo lies clear of the end.

use crate::route::{Leads, Node, Use};
use crate::space::distance;
use core::f64::consts::{FRAC_PI_2, TAU};

/// A line's spacing is at least this share of the one asked for.
pub const TIGHTEST: f64 = 0.96;
/// Farthest that the last photo is kept from the end of a line or from the
/// place where the next would be, as a share of the spacing.
const CLEAR: f64 = 0.15;

/// Half the time between two looks of an autopilot at the distance flown
/// (ArduPilot and PX4: 50 times a second): by so much photos come late.
const LATE_S: f64 = 0.01;

/// Where the trigger of one line is on, with heights.
pub struct Shooting {
    /// From switching on to switching off, each a place and its height.
    path: Vec<([f64; 2], f64)>,
    /// Bearing of the flight, clockwise from north.
    pub bearing_rad: f64,
    /// Distance of its photos.
    pub spacing_m: f64,
}

/// The spacing, not above `spacing_m`, that leaves the last photo of
/// `length_m` clear of its end.
fn clear_spacing_m(length_m: f64, spacing_m: f64) -> f64 {
    let whole = (length_m / spacing_m).floor();
    if whole < 1.0 {
        return spacing_m;
    }
    let spacings = length_m / spacing_m;
    let over = spacings - whole;
    let clear = CLEAR.min(whole * (1.0 / TIGHTEST - 1.0));
    // One photo more than would fit, if the spacing need not shrink too much.
    let one_more = CLEAR.min(spacings / TIGHTEST - whole - 1.0);
    if over < clear {
        length_m / (whole + clear)
    } else if over > 1.0 - CLEAR && one_more > 0.03 {
        length_m / (whole + 1.0 + one_more)
    } else {
        spacing_m
    }
}

impl Shooting {
    /// The lines of a route, in order.
    pub fn of(nodes: &[Node], leads: Leads, spacing_m: f64) -> Vec<Self> {
        let mut all = Vec::new();
        let mut path: Vec<([f64; 2], f64)> = Vec::new();
        for node in nodes {
            let u = node.heading_rad.map_or([0.0, 0.0], |h| [h.cos(), h.sin()]);
            let back = |by: f64| [node.xy[0] - by * u[0], node.xy[1] - by * u[1]];
            match node.used {
                // The waypoint counts as reached early: so does the trigger.
                Use::Start => path = vec![(back(leads.early_m), node.z)],
                _ if path.is_empty() => continue,
                Use::LeadOut => path.push((back(leads.early_m), node.z)),
                _ => path.push((node.xy, node.z)),
            }
            let last = match node.used {
                Use::LeadOut => true,
                Use::End => leads.after_m == 0.0,
                _ => false,
            };
            if last {
                let path = core::mem::take(&mut path);
                let length: f64 = path
                    .windows(2)
                    .map(|p| match p {
                        [a, b] => distance(a.0, b.0),
                        _ => 0.0,
                    })
                    .sum();
                all.push(Self {
                    bearing_rad: (FRAC_PI_2 - u[1].atan2(u[0])).rem_euclid(TAU),
                    spacing_m: clear_spacing_m(length, spacing_m),
                    path,
                });
            }
        }
        all
    }

    /// The distance to tell an autopilot that flies at a speed.
    pub fn trigger_m(&self, speed_m_s: f64) -> f64 {
        (self.spacing_m - LATE_S * speed_m_s).max(0.5 * self.spacing_m)
    }

    /// The photos: places and heights.
    pub fn photos(&self) -> Vec<([f64; 2], f64)> {
        let mut out = Vec::new();
        let mut next = 0.0;
        let mut done = 0.0;
        for pair in self.path.windows(2) {
            let [(a, za), (b, zb)] = pair else { continue };
            let length = distance(*a, *b);
            while next <= done + length + 1e-9 && length > 0.0 {
                let t = ((next - done) / length).clamp(0.0, 1.0);
                out.push((
                    [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])],
                    za + t * (zb - za),
                ));
                next += self.spacing_m;
            }
            done += length;
        }
        out
    }
}
