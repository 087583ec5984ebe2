//! One sortie: route with heights, cost, mission items, photos.

use crate::order::{Pass, Search};
use crate::profile::{Ground, Rules, heights};
use crate::report::Lengths;
use crate::request::{PlanError, Role, Segment, Sortie};
use crate::route::{Leads, Node, Use, cost, level, turn_path};
use crate::space::{Space, distance};
use core::f64::consts::{FRAC_PI_2, TAU};
use whimbrel_geo::{Amsl, Height, LocalFrame, Position};
use whimbrel_mission::energy::{Cost, FlightModel, Wind};
use whimbrel_mission::{
    Firmware, HeightReference, Item, Mission, Vehicle, VehicleKind, command, fence,
};

/// Height above home at which a wing's take-off item ends.
const TAKEOFF_M: f64 = 40.0;
/// Least pitch of a wing's take-off (ArduPlane takes it from the item).
const TAKEOFF_PITCH_DEG: f32 = 10.0;
/// Circles for climb and descent are this much wider than the tightest turn.
const CIRCLE_RATIO: f64 = 1.3;
/// Where a wing's climb-out ends, from home.
const CLIMB_OUT_M: f64 = 150.0;
/// Length of a wing's final approach, and its height at the start: 4.3°, below
/// the 5° that PX4 accepts by default (FW_LND_ANG).
const APPROACH_M: f64 = 400.0;
const APPROACH_HEIGHT_M: f64 = 30.0;
/// Height above home at which a quadplane changes between rotors and wing.
const TRANSITION_M: f64 = 40.0;

/// Rounds in which the sorties of one vehicle are made equally long.
const BALANCE_ROUNDS: usize = 5;

/// Where one vehicle starts and lands.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Home.
    pub home: [f64; 2],
    /// Where the route begins and the climb ends.
    pub start: [f64; 2],
    /// Where it ends and the descent begins.
    pub end: [f64; 2],
}

impl Launch {
    /// At `home`; wings climb out into the wind and land into it (without wind:
    /// on the side of `towards`).
    pub fn new(home: [f64; 2], vehicle: &Vehicle, wind: Wind, towards: [f64; 2]) -> Self {
        if vehicle.kind == VehicleKind::Multirotor {
            return Self {
                home,
                start: home,
                end: home,
            };
        }
        let d = distance(home, towards).max(1e-6);
        let side = [(towards[0] - home[0]) / d, (towards[1] - home[1]) / d];
        let (out, approach) = if wind.speed_m_s > 1.0 {
            let v = wind.velocity_en();
            let down = [v[0] / wind.speed_m_s, v[1] / wind.speed_m_s];
            ([-down[0], -down[1]], down)
        } else {
            (side, side)
        };
        Self {
            home,
            start: [
                home[0] + CLIMB_OUT_M * out[0],
                home[1] + CLIMB_OUT_M * out[1],
            ],
            end: [
                home[0] + APPROACH_M * approach[0],
                home[1] + APPROACH_M * approach[1],
            ],
        }
    }

    /// Places that the airspace must hold, each with the room around it.
    pub fn places(&self, turn_radius_m: f64) -> Vec<([f64; 2], f64)> {
        let room = if turn_radius_m > 0.0 {
            1.5 * turn_radius_m
        } else {
            15.0
        };
        vec![
            (self.home, room.min(60.0)),
            (self.start, room),
            (self.end, room),
        ]
    }
}

/// All that the sorties of one vehicle share.
pub struct Builder<'a> {
    pub frame: &'a LocalFrame,
    pub space: &'a Space,
    pub ground: &'a Ground,
    pub rules: Rules,
    pub swath_m: f64,
    pub photo_spacing_m: Option<f64>,
    pub vehicle: &'a Vehicle,
    pub vehicle_index: usize,
    pub wind: Wind,
    pub launch: Option<Launch>,
    pub firmware: Firmware,
    pub height_reference: HeightReference,
    pub endurance_s: f64,
}

/// A sortie before it is written down.
pub struct Flight {
    nodes: Vec<Node>,
    cost: Cost,
    lengths: Lengths,
    items: usize,
}

impl Flight {
    /// Time and energy.
    pub fn cost(&self) -> Cost {
        self.cost
    }
}

impl Builder<'_> {
    fn model(&self) -> FlightModel<'_> {
        let at = self.launch.map_or([0.0; 2], |l| l.home);
        let ground = self.ground.height(at).unwrap_or(0.0);
        FlightModel::new(self.vehicle, self.wind, ground + self.rules.height_m)
    }

    fn windy(&self) -> PlanError {
        let cruise_m_s = self.vehicle.performance.cruise_m_s;
        PlanError::Wind {
            vehicle: self.vehicle.name.clone(),
            cruise_m_s,
            wind_m_s: self.wind.speed_m_s,
            limit_m_s: 0.9 * cruise_m_s,
        }
    }

    /// The sorties that fly all passes in order, each as long as the battery,
    /// the endurance and the item budget allow.
    /// Sorties are made about equally long, as long as that makes no more of
    /// them.
    pub fn split(&self, search: &Search<'_>, passes: &[Pass]) -> Result<Vec<Flight>, PlanError> {
        let mut flights = self.cut(search, passes, self.endurance_s)?;
        if flights.len() < 2 {
            return Ok(flights);
        }
        let total_s: f64 = flights.iter().map(|f| f.cost.time_s).sum();
        let (mut low, mut high) = (total_s / flights.len() as f64, self.endurance_s);
        for _ in 0..BALANCE_ROUNDS {
            let middle = 0.5 * (low + high);
            match self.cut(search, passes, middle) {
                Ok(even) if even.len() <= flights.len() => (high, flights) = (middle, even),
                _ => low = middle,
            }
        }
        Ok(flights)
    }

    fn cut(
        &self,
        search: &Search<'_>,
        passes: &[Pass],
        longest_s: f64,
    ) -> Result<Vec<Flight>, PlanError> {
        let mut flights = Vec::new();
        let mut rest = passes;
        while !rest.is_empty() {
            let whole = self.fly(search, rest)?;
            if self.fits(&whole, longest_s) {
                flights.push(whole);
                break;
            }
            let mut best = None;
            let (mut low, mut high) = (0, rest.len());
            while high - low > 1 {
                let middle = (low + high) / 2;
                let flight = self.fly(search, rest.get(..middle).unwrap_or_default())?;
                if self.fits(&flight, longest_s) {
                    (low, best) = (middle, Some(flight));
                } else {
                    high = middle;
                }
            }
            let Some(flight) = best else {
                return Err(self.too_long(search, rest));
            };
            flights.push(flight);
            rest = rest.get(low..).unwrap_or_default();
        }
        Ok(flights)
    }

    fn fits(&self, flight: &Flight, longest_s: f64) -> bool {
        let p = &self.vehicle.performance;
        flight.cost.time_s <= longest_s
            && flight.cost.energy_wh <= self.model().usable_wh()
            && flight.items <= usize::from(p.waypoint_budget)
    }

    fn too_long(&self, search: &Search<'_>, rest: &[Pass]) -> PlanError {
        let one = rest.get(..1).unwrap_or_default();
        let flight = match self.fly(search, one) {
            Ok(flight) => flight,
            Err(error) => return error,
        };
        let budget = usize::from(self.vehicle.performance.waypoint_budget);
        let vehicle = self.vehicle.name.clone();
        if flight.items > budget {
            return PlanError::TooManyItems {
                needs: flight.items,
                budget,
                vehicle,
            };
        }
        let has_wh = self.model().usable_wh();
        let share = (self.endurance_s / flight.cost.time_s).min(has_wh / flight.cost.energy_wh);
        let line_m = flight.lengths.photo;
        let fixed = flight.lengths.total - line_m;
        PlanError::LineTooLong {
            line_m,
            needs_s: flight.cost.time_s,
            needs_wh: flight.cost.energy_wh,
            has_s: self.endurance_s,
            has_wh,
            vehicle,
            part_m: (share * flight.lengths.total - fixed).max(0.0) * 0.9,
        }
    }

    fn fly(&self, search: &Search<'_>, passes: &[Pass]) -> Result<Flight, PlanError> {
        let launch = self.launch;
        let (start, end) = (launch.map(|l| l.start), launch.map(|l| l.end));
        let mut flat = level(
            search,
            passes,
            self.vehicle,
            self.swath_m,
            start,
            end,
            self.frame,
        )?;
        if launch.is_some() {
            let last = flat.len().saturating_sub(1);
            let wing = self.vehicle.kind.cruises_on_wing();
            for (index, node) in flat.iter_mut().enumerate() {
                // Take-off and the landing pattern have items of their own.
                if index == 0 || (index == last && wing) {
                    node.waypoint = false;
                }
            }
        }
        self.check_turns(&flat)?;
        let nodes = heights(&flat, self.ground, &self.rules);
        let model = self.model();
        let (mut total, mut lengths) = cost(&nodes, &model).ok_or_else(|| self.windy())?;
        if let (Some(launch), Some(first), Some(last)) = (launch, nodes.first(), nodes.last()) {
            let ground = self.ground.height(launch.home).unwrap_or(0.0);
            let up = (first.z - ground).max(0.0);
            let down = (last.z - ground).max(0.0);
            match self.vehicle.kind {
                VehicleKind::Multirotor => {
                    total += model.vertical(up);
                    total += model.vertical(-down);
                    lengths.add(Role::Climb, up + down);
                }
                VehicleKind::FixedWing => {
                    total += model.vertical(up);
                    total += model.vertical(-(down - APPROACH_HEIGHT_M).max(0.0));
                    let approach = [
                        launch.home[0] - launch.end[0],
                        launch.home[1] - launch.end[1],
                    ];
                    let glide = [approach[0], approach[1], -APPROACH_HEIGHT_M];
                    total += model
                        .run([0.0; 3], glide, false, false)
                        .ok_or_else(|| self.windy())?;
                    lengths.add(Role::Climb, CLIMB_OUT_M.hypot(up) + APPROACH_M.hypot(down));
                }
                VehicleKind::Quadplane => {
                    total += model.rotor_borne(TRANSITION_M);
                    total += model.vertical((up - TRANSITION_M).max(0.0));
                    total += model.vertical(-(down - TRANSITION_M).max(0.0));
                    let home = [
                        launch.home[0] - launch.end[0],
                        launch.home[1] - launch.end[1],
                        0.0,
                    ];
                    total += model
                        .run([0.0; 3], home, false, false)
                        .ok_or_else(|| self.windy())?;
                    total += model.rotor_borne(-TRANSITION_M);
                    lengths.add(Role::Climb, CLIMB_OUT_M + up + APPROACH_M + down);
                }
            }
        }
        let mut flight = Flight {
            nodes,
            cost: total,
            lengths,
            items: 0,
        };
        flight.items = self.items(&flight).len();
        Ok(flight)
    }

    fn check_turns(&self, nodes: &[Node]) -> Result<(), PlanError> {
        let radius = self.model().turn_radius_m();
        let outside = |p: &[f64; 2]| {
            !self.space.airspace.contains(*p) && self.space.airspace.distance_to_edge_m(*p) > 0.1
        };
        let leads = Leads::of(self.vehicle);
        let no_room = |at: [f64; 2]| PlanError::NoRoomToTurn {
            vehicle: self.vehicle.name.clone(),
            needs_m: leads.before_m.max(leads.after_m) + 3.0 * radius,
            at: self.frame.latlon_from_xy(at),
        };
        for pair in nodes.windows(2) {
            let [from, to] = pair else { continue };
            if let Some(turn) = turn_path(from, to, radius)
                && let Some(at) = turn.points(5.0).iter().find(|p| outside(p))
            {
                return Err(no_room(*at));
            }
        }
        if radius > 0.0
            && let Some(node) = nodes.iter().find(|n| outside(&n.xy))
        {
            return Err(no_room(node.xy));
        }
        Ok(())
    }

    fn position(&self, xy: [f64; 2], z: f64) -> Position<Amsl> {
        Position::new(self.frame.latlon_from_xy(xy), Height::from_m(z))
    }

    fn home(&self) -> Option<Position<Amsl>> {
        let launch = self.launch?;
        Some(self.position(launch.home, self.ground.height(launch.home)?))
    }

    /// The mission items, heights above sea level.
    fn items(&self, flight: &Flight) -> Vec<Item> {
        let p = &self.vehicle.performance;
        let wing = self.vehicle.kind.cruises_on_wing();
        let accept_m = if wing { p.acceptance_radius_m } else { 0.0 };
        let radius = CIRCLE_RATIO * self.model().turn_radius_m();
        let mut items = Vec::new();
        let ends = flight.nodes.first().zip(flight.nodes.last());
        if let (Some(home), Some(launch), Some((first, _))) = (self.home(), self.launch, ends) {
            let ground = home.height.m();
            match self.vehicle.kind {
                VehicleKind::Multirotor => {
                    items.push(Item::takeoff(self.position(launch.home, first.z)))
                }
                VehicleKind::FixedWing => {
                    let to = self.position(launch.start, ground + TAKEOFF_M);
                    let pitch = [TAKEOFF_PITCH_DEG, 0.0, 0.0, f32::NAN];
                    items.push(Item::at(command::NAV_TAKEOFF, to, pitch));
                }
                VehicleKind::Quadplane => items.push(Item::at(
                    command::NAV_VTOL_TAKEOFF,
                    self.position(launch.home, ground + TRANSITION_M),
                    [0.0, 0.0, 0.0, f32::NAN],
                )),
            }
            if wing {
                items.push(Item::loiter_to_height(
                    self.position(launch.start, first.z),
                    radius,
                ));
            }
        }
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
        match (self.vehicle.kind, self.home(), self.launch) {
            (VehicleKind::Multirotor, ..) => items.push(Item::return_home()),
            // PX4 refuses a mission of a wing that ends by RTL; both autopilots
            // take a landing sequence.
            (kind, Some(home), Some(launch)) => {
                let (command, height) = if kind == VehicleKind::FixedWing {
                    (command::NAV_LAND, APPROACH_HEIGHT_M)
                } else {
                    (command::NAV_VTOL_LAND, TRANSITION_M)
                };
                let approach = self.position(launch.end, home.height.m() + height);
                items.push(Item::action(command::DO_LAND_START, [0.0; 4]));
                items.push(Item::loiter_to_height(approach, radius));
                items.push(Item::at(command, home, [0.0, 0.0, 0.0, f32::NAN]));
            }
            _ => {}
        }
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
