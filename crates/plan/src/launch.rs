//! Where and how an aircraft starts and lands: places, cost, mission items.

use crate::build::Builder;
use crate::request::PlanError;
use crate::space::distance;
use whimbrel_mission::energy::Cost;
use whimbrel_mission::{Item, VehicleKind, command};

/// Height above home at which a wing's take-off item ends.
pub const TAKEOFF_M: f64 = 40.0;
/// Least pitch of a wing's take-off (ArduPlane takes it from the item).
const TAKEOFF_PITCH_DEG: f32 = 10.0;
/// Circles for climb and descent are this much wider than the tightest turn.
pub const CIRCLE_RATIO: f64 = 1.3;
/// Where a wing's climb-out ends, from home.
pub const CLIMB_OUT_M: f64 = 150.0;
/// Height above home at which a quadplane changes between rotors and wing.
const TRANSITION_M: f64 = 40.0;

/// Where one vehicle starts and lands.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Home.
    pub home: [f64; 2],
    /// Where the route begins and the climb ends.
    pub start: [f64; 2],
    /// Where it ends and the descent begins.
    pub end: [f64; 2],
    /// Height above home at which a wing leaves `end` to land.
    pub landing_m: f64,
}

impl Launch {
    /// Straight up from `home` and down again.
    pub fn vertical(home: [f64; 2]) -> Self {
        Self {
            home,
            start: home,
            end: home,
            landing_m: 0.0,
        }
    }

    /// Length of a wing's last leg.
    fn last_m(&self) -> f64 {
        distance(self.home, self.end)
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

impl Builder<'_> {
    /// Take-off and climb to the first place of a route, whose height above sea
    /// level is `first_z`: cost and length. Nothing on an open route.
    pub(crate) fn takeoff(&self, first_z: f64) -> Result<(Cost, f64), PlanError> {
        let mut cost = Cost::default();
        let Some(launch) = self.launch else {
            return Ok((cost, 0.0));
        };
        let model = self.model();
        let up = (first_z - self.ground.height(launch.home).unwrap_or(0.0)).max(0.0);
        let length = match self.vehicle.kind {
            VehicleKind::Multirotor => {
                cost += model.vertical(up);
                up
            }
            VehicleKind::FixedWing => {
                cost += model.vertical(up);
                CLIMB_OUT_M.hypot(up)
            }
            VehicleKind::Quadplane => {
                cost += model.rotor_borne(TRANSITION_M);
                cost += model.vertical((up - TRANSITION_M).max(0.0));
                CLIMB_OUT_M + up
            }
        };
        Ok((cost, length))
    }

    /// Descent from the last place of a route and landing: cost and length.
    pub(crate) fn landing(&self, last_z: f64) -> Result<(Cost, f64), PlanError> {
        let mut cost = Cost::default();
        let Some(launch) = self.launch else {
            return Ok((cost, 0.0));
        };
        let model = self.model();
        let down = (last_z - self.ground.height(launch.home).unwrap_or(0.0)).max(0.0);
        let to_home = |drop_m: f64| {
            let way = [
                launch.home[0] - launch.end[0],
                launch.home[1] - launch.end[1],
                -drop_m,
            ];
            model
                .run([0.0; 3], way, false, false)
                .ok_or_else(|| self.windy())
        };
        let length = match self.vehicle.kind {
            VehicleKind::Multirotor => {
                cost += model.vertical(-down);
                down
            }
            VehicleKind::FixedWing => {
                cost += model.vertical(-(down - launch.landing_m).max(0.0));
                cost += to_home(launch.landing_m)?;
                launch.last_m().hypot(down)
            }
            VehicleKind::Quadplane => {
                cost += model.vertical(-(down - launch.landing_m).max(0.0));
                cost += to_home(0.0)?;
                cost += model.rotor_borne(-launch.landing_m);
                launch.last_m() + down
            }
        };
        Ok((cost, length))
    }

    /// The items before the route, whose first place has the height `first_z`.
    pub(crate) fn takeoff_items(&self, first_z: f64) -> Vec<Item> {
        let (Some(home), Some(launch)) = (self.home(), self.launch) else {
            return Vec::new();
        };
        let ground = home.height.m();
        let takeoff = match self.vehicle.kind {
            VehicleKind::Multirotor => Item::takeoff(self.position(launch.home, first_z)),
            VehicleKind::FixedWing => Item::at(
                command::NAV_TAKEOFF,
                self.position(launch.start, ground + TAKEOFF_M),
                [TAKEOFF_PITCH_DEG, 0.0, 0.0, f32::NAN],
            ),
            VehicleKind::Quadplane => Item::at(
                command::NAV_VTOL_TAKEOFF,
                self.position(launch.home, ground + TRANSITION_M),
                [0.0, 0.0, 0.0, f32::NAN],
            ),
        };
        let mut items = vec![takeoff];
        if self.vehicle.kind.cruises_on_wing() {
            let at = self.position(launch.start, first_z);
            items.push(Item::loiter_to_height(at, self.circle_m()));
        }
        items
    }

    /// The items after the route.
    pub(crate) fn landing_items(&self) -> Vec<Item> {
        match (self.vehicle.kind, self.home(), self.launch) {
            (VehicleKind::Multirotor, ..) => vec![Item::return_home()],
            // PX4 refuses a mission of a wing that ends by RTL; both autopilots
            // take a landing sequence.
            (kind, Some(home), Some(launch)) => {
                let command = if kind == VehicleKind::FixedWing {
                    command::NAV_LAND
                } else {
                    command::NAV_VTOL_LAND
                };
                let approach = self.position(launch.end, home.height.m() + launch.landing_m);
                vec![
                    Item::action(command::DO_LAND_START, [0.0; 4]),
                    Item::loiter_to_height(approach, self.circle_m()),
                    Item::at(command, home, [0.0, 0.0, 0.0, f32::NAN]),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// Radius of circles for climb and descent.
    fn circle_m(&self) -> f64 {
        CIRCLE_RATIO * self.model().turn_radius_m()
    }
}
