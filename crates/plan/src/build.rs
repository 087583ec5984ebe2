//! One sortie: route with heights and what it costs.

use crate::launch::Launch;
use crate::order::{Pass, Search};
use crate::profile::{Ground, Rules, heights};
use crate::radio::RadioSight;
use crate::report::Lengths;
use crate::request::{PlanError, Role};
use crate::route::{Leads, Node, Use, cost, level, turn_path};
use crate::sorties::Load;
use crate::space::Space;
use whimbrel_geo::{Amsl, Height, LocalFrame, Position};
use whimbrel_mission::energy::{Cost, FlightModel, Wind};
use whimbrel_mission::{Firmware, HeightReference, Vehicle};

/// All that the sorties of one vehicle share.
pub struct Builder<'a> {
    pub frame: &'a LocalFrame,
    pub space: &'a Space,
    pub ground: &'a Ground<'a>,
    pub sight: Option<&'a RadioSight<'a>>,
    pub rules: Rules,
    pub swath_m: f64,
    pub photo_spacing_m: Option<f64>,
    pub vehicle: &'a Vehicle,
    pub vehicle_index: usize,
    pub wind: Wind,
    /// Index into the homes of the request.
    pub site: usize,
    pub launch: Option<Launch>,
    pub firmware: Firmware,
    pub height_reference: HeightReference,
    pub endurance_s: f64,
}

/// A route with heights.
pub struct Route {
    /// Its places before heights were given, without the knots for them.
    pub flat: Vec<Node>,
    /// Its places.
    pub nodes: Vec<Node>,
    /// What it costs, without take-off and landing.
    pub cost: Cost,
    /// How long it is.
    pub lengths: Lengths,
}

/// A sortie before it is written down.
pub struct Flight {
    pub(crate) nodes: Vec<Node>,
    pub(crate) cost: Cost,
    pub(crate) lengths: Lengths,
    pub(crate) items: usize,
}

impl Builder<'_> {
    pub(crate) fn model(&self) -> FlightModel<'_> {
        let at = self.launch.map_or([0.0; 2], |l| l.home);
        let ground = self.ground.height(at).unwrap_or(0.0);
        FlightModel::new(self.vehicle, self.wind, ground + self.rules.height_m)
    }

    pub(crate) fn windy(&self) -> PlanError {
        let cruise_m_s = self.vehicle.performance.cruise_m_s;
        PlanError::Wind {
            vehicle: self.vehicle.name.clone(),
            cruise_m_s,
            wind_m_s: self.wind.speed_m_s,
            limit_m_s: 0.9 * cruise_m_s,
        }
    }

    /// The sorties that fly all passes in order, each as long as the battery,
    /// The flight over `passes`, from launch to landing.
    pub(crate) fn fly(&self, search: &Search<'_>, passes: &[Pass]) -> Result<Flight, PlanError> {
        let launch = self.launch;
        let (start, end) = (launch.map(|l| l.start), launch.map(|l| l.end));
        let route = self.route(search, passes, start, end)?;
        self.check_turns(&route.flat)?;
        let mut flight = Flight {
            nodes: route.nodes,
            cost: route.cost,
            lengths: route.lengths,
            items: 0,
        };
        if let (Some(first), Some(last)) = (flight.nodes.first(), flight.nodes.last()) {
            for (cost, length) in [self.takeoff(first.z)?, self.landing(last.z)?] {
                flight.cost += cost;
                flight.lengths.add(Role::Climb, length);
            }
        }
        flight.items = self.items(&flight).len();
        Ok(flight)
    }

    /// The level route between take-off and landing, from `start` to `end` if
    /// they are given.
    pub(crate) fn level(
        &self,
        search: &Search<'_>,
        passes: &[Pass],
        start: Option<[f64; 2]>,
        end: Option<[f64; 2]>,
    ) -> Result<Vec<Node>, PlanError> {
        let mut flat = level(
            search,
            passes,
            self.vehicle,
            self.swath_m,
            start,
            end,
            self.frame,
        )?;
        let last = flat.len().saturating_sub(1);
        let wing = self.vehicle.kind.cruises_on_wing();
        for (index, node) in flat.iter_mut().enumerate() {
            // Take-off and the landing pattern have items of their own.
            if (index == 0 && start.is_some()) || (index == last && wing && end.is_some()) {
                node.waypoint = false;
            }
        }
        Ok(flat)
    }

    /// The same with heights.
    pub(crate) fn route(
        &self,
        search: &Search<'_>,
        passes: &[Pass],
        start: Option<[f64; 2]>,
        end: Option<[f64; 2]>,
    ) -> Result<Route, PlanError> {
        let flat = self.level(search, passes, start, end)?;
        let radius_m = self.model().turn_radius_m();
        let nodes = heights(&flat, self.ground, self.sight, &self.rules, radius_m)
            .map_err(|lack| self.ground.lacking(lack))?;
        let (cost, lengths) = cost(&nodes, &self.model()).ok_or_else(|| self.windy())?;
        Ok(Route {
            flat,
            nodes,
            cost,
            lengths,
        })
    }

    /// The limit of one flight.
    pub(crate) fn limit(&self) -> Load {
        Load {
            time_s: self.endurance_s,
            energy_wh: self.model().usable_wh(),
            items: f64::from(self.vehicle.performance.waypoint_budget),
        }
    }

    /// Says that even this flight is too long.
    pub(crate) fn too_far(&self, flight: &Flight) -> PlanError {
        let limit = self.limit();
        let vehicle = self.vehicle.name.clone();
        if flight.items as f64 > limit.items {
            return PlanError::TooManyItems {
                needs: flight.items,
                budget: usize::from(self.vehicle.performance.waypoint_budget),
                vehicle,
            };
        }
        let at = flight.nodes.iter().find(|n| n.used == Use::Start);
        PlanError::TooFar {
            at: self.frame.latlon_from_xy(at.map_or([0.0; 2], |n| n.xy)),
            needs_s: flight.cost.time_s,
            needs_wh: flight.cost.energy_wh,
            has_s: limit.time_s,
            has_wh: limit.energy_wh,
            vehicle,
        }
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

    pub(crate) fn position(&self, xy: [f64; 2], z: f64) -> Position<Amsl> {
        Position::new(self.frame.latlon_from_xy(xy), Height::from_m(z))
    }

    pub(crate) fn home(&self) -> Option<Position<Amsl>> {
        let launch = self.launch?;
        Some(self.position(launch.home, self.ground.height(launch.home)?))
    }
}
