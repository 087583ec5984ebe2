//! The way along a route: straight legs and turns, by distance flown.

use crate::Role;
use crate::route::{Node, Use, turn_path};
use crate::space::distance;

/// Distance of places looked at along a turn.
const TURN_STEP_M: f64 = 5.0;

/// One leg of a route.
pub struct Leg {
    /// Distance flown before it.
    pub start_m: f64,
    /// Its length.
    pub length_m: f64,
    /// Its first place.
    pub from: [f64; 2],
    /// Its last place.
    pub to: [f64; 2],
    /// What it is for.
    pub role: Role,
    /// Whether photos are taken on it: wings switch the camera on before a line begins and off
    /// after its end.
    pub camera: bool,
    /// Places along it when it is a turn: how far along, and how far along the chord.
    pub turn: Vec<Bend>,
}

/// A place in a turn.
pub struct Bend {
    /// Where.
    pub xy: [f64; 2],
    /// Part of the length flown, 0 to 1.
    pub flown: f64,
    /// Part of the straight way from begin to end that lies behind, 0 to 1: some autopilots take
    /// their height from it.
    pub passed: f64,
}

impl Leg {
    /// Direction of a straight leg.
    pub fn direction(&self) -> [f64; 2] {
        let d = distance(self.from, self.to);
        if d > 1e-9 {
            [
                (self.to[0] - self.from[0]) / d,
                (self.to[1] - self.from[1]) / d,
            ]
        } else {
            [1.0, 0.0]
        }
    }

    /// A place of a straight leg.
    pub fn at(&self, s_m: f64) -> [f64; 2] {
        let t = if self.length_m > 0.0 {
            ((s_m - self.start_m) / self.length_m).clamp(0.0, 1.0)
        } else {
            0.0
        };
        [
            self.from[0] + t * (self.to[0] - self.from[0]),
            self.from[1] + t * (self.to[1] - self.from[1]),
        ]
    }
}

/// The legs between the nodes of a route.
pub fn legs(nodes: &[Node], turn_radius_m: f64) -> Vec<Leg> {
    let mut start_m = 0.0;
    let mut out = Vec::with_capacity(nodes.len());
    for pair in nodes.windows(2) {
        let [from, to] = pair else { continue };
        let mut turn = Vec::new();
        let mut length_m = distance(from.xy, to.xy);
        if let Some(path) = turn_path(from, to, turn_radius_m) {
            let chord = [to.xy[0] - from.xy[0], to.xy[1] - from.xy[1]];
            let square = (chord[0] * chord[0] + chord[1] * chord[1]).max(1e-9);
            length_m = path.length_m();
            let places = path.points(TURN_STEP_M);
            let last = places.len().max(2) - 1;
            turn = places
                .into_iter()
                .enumerate()
                .map(|(i, xy)| {
                    let d = [xy[0] - from.xy[0], xy[1] - from.xy[1]];
                    Bend {
                        xy,
                        flown: i as f64 / last as f64,
                        passed: ((d[0] * chord[0] + d[1] * chord[1]) / square).clamp(0.0, 1.0),
                    }
                })
                .collect();
        }
        out.push(Leg {
            start_m,
            length_m,
            from: from.xy,
            to: to.xy,
            role: to.role,
            camera: to.role == Role::Photo
                || to.used == Use::LeadOut
                || (to.used == Use::Start && from.used == Use::LeadIn),
            turn,
        });
        start_m += length_m;
    }
    out
}
