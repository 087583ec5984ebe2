//! Where and how an aircraft starts and lands: places, cost, mission items.

use crate::build::Builder;
use crate::request::PlanError;
use crate::space::distance;
use whimbrel_mission::energy::{Cost, Wind};
use whimbrel_mission::{Item, Vehicle, VehicleKind, command};

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
                cost += model.vertical(-(down - APPROACH_HEIGHT_M).max(0.0));
                cost += to_home(APPROACH_HEIGHT_M)?;
                APPROACH_M.hypot(down)
            }
            VehicleKind::Quadplane => {
                cost += model.vertical(-(down - TRANSITION_M).max(0.0));
                cost += to_home(0.0)?;
                cost += model.rotor_borne(-TRANSITION_M);
                APPROACH_M + down
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
                let (command, height) = if kind == VehicleKind::FixedWing {
                    (command::NAV_LAND, APPROACH_HEIGHT_M)
                } else {
                    (command::NAV_VTOL_LAND, TRANSITION_M)
                };
                let approach = self.position(launch.end, home.height.m() + height);
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
