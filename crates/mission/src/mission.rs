//! A mission: what is loaded into one aircraft for one flight.

use crate::{FenceShape, Item, VehicleKind};
use serde::{Deserialize, Serialize};
use whimbrel_geo::{Amsl, Position};

/// Which autopilot a mission is written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Firmware {
    /// Acceptable to both.
    #[default]
    Either,
    /// ArduPilot (QGC firmware type 3).
    ArduPilot,
    /// PX4 (QGC firmware type 12).
    Px4,
}

/// What the heights of a mission's places are measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeightReference {
    /// Mean sea level (EGM96): the plan knows the ground from a DEM.
    #[default]
    Amsl,
    /// The launch place: no DEM was given, the ground is taken as level.
    AboveHome,
}

/// A mission, its fence and its rally points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mission {
    /// Where the aircraft starts and returns to, if it was planned.
    pub home: Option<Position<Amsl>>,
    /// The items, **without** ArduPilot's home slot (item 0 on its wire).
    pub items: Vec<Item>,
    /// Where the aircraft may and may not be.
    pub fence: Vec<FenceShape>,
    /// Places to return to other than home, as items (`NAV_RALLY_POINT`).
    pub rally: Vec<Item>,
    /// The kind of aircraft it was planned for.
    pub vehicle_kind: Option<VehicleKind>,
    /// The autopilot that it was written for.
    pub firmware: Firmware,
    /// Planned speed over ground of rotors or airspeed of wings.
    pub cruise_m_s: Option<f64>,
}

impl Mission {
    /// The places that the aircraft will fly to in order, heights above sea
    /// level; items whose height cannot be told without a DEM are left out.
    #[must_use]
    pub fn path(&self) -> Vec<Position<Amsl>> {
        let home = self.home.map(|h| h.height);
        self.items
            .iter()
            .filter(|item| item.is_navigation())
            .filter_map(|item| Some(Position::new(item.place()?, item.amsl(home)?)))
            .collect()
    }
}
