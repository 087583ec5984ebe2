//! Writing a flight down: mission items, segments, photos.

use crate::build::{Builder, Flight};
use crate::request::{PlanError, Role, Segment, Sortie};
use crate::route::{Leads, Use, turn_path};
use crate::space::distance;
use core::f64::consts::{FRAC_PI_2, TAU};
use whimbrel_geo::{Amsl, Height, Position};
use whimbrel_mission::{HeightReference, Item, Mission, fence};

impl Builder<'_> {
    /// The mission items, heights above sea level.
    pub(crate) fn items(&self, flight: &Flight) -> Vec<Item> {
        let p = &self.vehicle.performance;
        let wing = self.vehicle.kind.cruises_on_wing();
        let accept_m = if wing { p.acceptance_radius_m } else { 0.0 };
        let first = flight.nodes.first();
        let mut items = first.map_or_else(Vec::new, |n| self.takeoff_items(n.z));
        items.push(Item::speed(p.cruise_m_s, wing));
        for node in &flight.nodes {
            if node.waypoint {
                items.push(Item::waypoint(self.position(node.xy, node.z), accept_m));
            }
            if let Some(spacing) = self.photo_spacing_m {
                match node.used {
                    Use::Start => items.push(Item::trigger_distance(spacing, true)),
                    Use::End if !wing => items.push(Item::trigger_distance(0.0, false)),
                    Use::LeadOut => items.push(Item::trigger_distance(0.0, false)),
                    _ => {}
                }
            }
        }
        items.extend(self.landing_items());
        items
    }

    /// Writes a flight down and checks it against its own fence.
    pub fn finish(&self, flight: &Flight) -> Result<Sortie, PlanError> {
        let home = self.home();
        // What heights above home count from: home, or the level ground itself.
        let zero = home.map_or_else(
            || {
                let first = flight.nodes.first().and_then(|n| self.ground.height(n.xy));
                Height::from_m(first.unwrap_or(0.0))
            },
            |home| home.height,
        );
        let mut mission = Mission {
            home,
            items: self.items(flight),
            fence: fence::fence_of_area(&self.space.area(self.frame)),
            rally: Vec::new(),
            vehicle_kind: Some(self.vehicle.kind),
            firmware: self.firmware,
            cruise_m_s: Some(self.vehicle.performance.cruise_m_s),
        };
        fence::check(&mission.path(), &mission.fence)?;
        if self.height_reference == HeightReference::AboveHome {
            for item in &mut mission.items {
                *item = item.above_home(zero);
            }
        }
        let (photos, photo_headings_rad) = self.photos(flight);
        Ok(Sortie {
            vehicle_index: self.vehicle_index,
            vehicle: self.vehicle.name.clone(),
            zero,
            mission,
            segments: self.segments(flight),
            photos,
            photo_headings_rad,
            length_m: flight.lengths.total,
            cost: flight.cost,
            lengths: flight.lengths,
        })
    }

    fn segments(&self, flight: &Flight) -> Vec<Segment> {
        let radius = self.model().turn_radius_m();
        let mut segments: Vec<Segment> = Vec::new();
        let ends = flight.nodes.first().zip(flight.nodes.last());
        let climb = |a, b| Segment {
            role: Role::Climb,
            points: vec![a, b],
        };
        if let (Some(home), Some((first, _))) = (self.home(), ends) {
            segments.push(climb(home, self.position(first.xy, first.z)));
        }
        for pair in flight.nodes.windows(2) {
            let [from, to] = pair else { continue };
            let mut points = Vec::new();
            if let Some(turn) = turn_path(from, to, radius) {
                let places = turn.points(10.0);
                let n = places.len().max(2) - 1;
                for (i, xy) in places.into_iter().enumerate() {
                    let z = from.z + (to.z - from.z) * i as f64 / n as f64;
                    points.push(self.position(xy, z));
                }
            } else if distance(from.xy, to.xy) > 1e-6 {
                points = vec![self.position(from.xy, from.z), self.position(to.xy, to.z)];
            } else {
                continue;
            }
            match segments.last_mut() {
                Some(last) if last.role == to.role && to.role != Role::Climb => {
                    last.points.extend(points.into_iter().skip(1));
                }
                _ => segments.push(Segment {
                    role: to.role,
                    points,
                }),
            }
        }
        if let (Some(home), Some((_, last))) = (self.home(), ends) {
            segments.push(climb(self.position(last.xy, last.z), home));
        }
        segments
    }

    /// Where pictures are expected, as the trigger items will make them.
    fn photos(&self, flight: &Flight) -> (Vec<Position<Amsl>>, Vec<f64>) {
        let mut photos = Vec::new();
        let mut headings = Vec::new();
        let Some(spacing) = self.photo_spacing_m else {
            return (photos, headings);
        };
        let leads = Leads::of(self.vehicle);
        let mut line: Vec<([f64; 2], f64)> = Vec::new();
        for node in &flight.nodes {
            let u = node.heading_rad.map_or([0.0, 0.0], |h| [h.cos(), h.sin()]);
            if node.used == Use::Start {
                // The waypoint counts as reached early: so does the trigger.
                let early = leads.early_m;
                line = vec![(
                    [node.xy[0] - early * u[0], node.xy[1] - early * u[1]],
                    node.z,
                )];
            }
            if line.is_empty() {
                continue;
            }
            let last_of_line = match node.used {
                Use::LeadOut => true,
                Use::End => leads.after_m == 0.0,
                _ => false,
            };
            let back = if node.used == Use::LeadOut {
                leads.early_m
            } else {
                0.0
            };
            line.push(([node.xy[0] - back * u[0], node.xy[1] - back * u[1]], node.z));
            if last_of_line {
                let course = u[1].atan2(u[0]);
                let bearing = (FRAC_PI_2 - course).rem_euclid(TAU);
                for (xy, z) in every(&line, spacing) {
                    photos.push(self.position(xy, z));
                    headings.push(bearing);
                }
                line.clear();
            }
        }
        (photos, headings)
    }
}

/// Places every `step` metres along a line with heights, its start included.
fn every(line: &[([f64; 2], f64)], step: f64) -> Vec<([f64; 2], f64)> {
    let mut out = Vec::new();
    let mut next = 0.0;
    let mut done = 0.0;
    for pair in line.windows(2) {
        let [(a, za), (b, zb)] = pair else { continue };
        let length = distance(*a, *b);
        while next <= done + length + 1e-9 && length > 0.0 {
            let t = ((next - done) / length).clamp(0.0, 1.0);
            out.push((
                [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])],
                za + t * (zb - za),
            ));
            next += step;
        }
        done += length;
    }
    out
}
