//! Writing a flight down: mission items, segments, photos.

use crate::build::{Builder, Flight};
use crate::request::{PlanError, Role, Segment, Sortie};
use crate::route::{Leads, Node, Use, turn_path};
use crate::space::distance;
use crate::trigger::Shooting;
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
        let shooting = self.shooting(flight);
        let mut lines = shooting.iter();
        for node in &flight.nodes {
            if node.waypoint {
                items.push(Item::waypoint(self.position(node.xy, node.z), accept_m));
            }
            match node.used {
                Use::Start => {
                    let trigger =
                        |l: &Shooting| Item::trigger_distance(l.trigger_m(p.cruise_m_s), true);
                    items.extend(lines.next().map(trigger));
                }
                Use::End if wing => {}
                Use::End | Use::LeadOut if !shooting.is_empty() => {
                    items.push(Item::trigger_distance(0.0, false));
                }
                _ => {}
            }
        }
        items.extend(self.landing_items());
        items
    }

    /// How many items a route makes, without take-off and landing.
    pub(crate) fn route_item_count(&self, nodes: &[Node]) -> usize {
        let wing = self.vehicle.kind.cruises_on_wing();
        let trigger = |n: &Node| match n.used {
            Use::Start | Use::LeadOut => self.photo_spacing_m.is_some(),
            Use::End => self.photo_spacing_m.is_some() && !wing,
            _ => false,
        };
        let count = |n: &Node| usize::from(n.waypoint) + usize::from(trigger(n));
        nodes.iter().map(count).sum()
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
            site: self.site,
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
        let climb = |a, b| Segment::new(Role::Climb, vec![a, b]);
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
                _ => segments.push(Segment::new(to.role, points)),
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
        for line in self.shooting(flight) {
            for (xy, z) in line.photos() {
                photos.push(self.position(xy, z));
                headings.push(line.bearing_rad);
            }
        }
        (photos, headings)
    }

    /// Where the camera is on.
    fn shooting(&self, flight: &Flight) -> Vec<Shooting> {
        let leads = Leads::of(self.vehicle);
        let of = |spacing| Shooting::of(&flight.nodes, leads, spacing);
        self.photo_spacing_m.map_or_else(Vec::new, of)
    }
}
