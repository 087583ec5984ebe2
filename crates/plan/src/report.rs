//! The numbers of a plan, and how far it is from the best possible.

use crate::Role;
use crate::radio::RadioReport;
use crate::verify::TerrainReport;
use serde::{Deserialize, Serialize};

/// Lengths by role, metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lengths {
    /// Photo lines.
    pub photo: f64,
    /// Turns, lead-in, lead-out.
    pub turn: f64,
    /// Farther ways.
    pub transit: f64,
    /// Take-off and landing.
    pub climb: f64,
    /// All.
    pub total: f64,
}

impl Lengths {
    /// Adds a leg.
    pub fn add(&mut self, role: Role, length_m: f64) {
        *match role {
            Role::Photo => &mut self.photo,
            Role::Turn => &mut self.turn,
            Role::Transit => &mut self.transit,
            Role::Climb => &mut self.climb,
        } += length_m;
        self.total += length_m;
    }

    /// Adds another route.
    pub fn add_all(&mut self, other: &Self) {
        self.photo += other.photo;
        self.turn += other.turn;
        self.transit += other.transit;
        self.climb += other.climb;
        self.total += other.total;
    }
}

/// What no plan can beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Length.
    pub length_m: f64,
    /// Time.
    pub time_s: f64,
    /// Fewest sorties of these vehicles.
    #[serde(default)]
    pub sorties: usize,
    /// Least time until the last of them is back, with take-offs, landings and
    /// the time on the ground between flights.
    #[serde(default)]
    pub makespan_s: f64,
}

/// Numbers of one flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SortieReport {
    /// Name of the vehicle.
    pub vehicle: String,
    /// Length of the route.
    pub length_m: f64,
    /// Time in the air.
    pub time_s: f64,
    /// Energy out of the battery.
    pub energy_wh: f64,
    /// Items of the mission.
    pub waypoint_count: usize,
}

/// The report of `whimbrel plan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Surface to be photographed.
    pub area_m2: f64,
    /// Distance of lines that was asked for.
    pub swath_m: f64,
    /// Ground sampling distance at the planned height; null without a camera.
    pub gsd_m: Option<f64>,
    /// Height above the highest ground under each photo.
    pub height_m: f64,
    /// Photos expected.
    pub photo_count: usize,
    /// Distance of photos along the lines; null without a camera.
    pub photo_spacing_m: Option<f64>,
    /// Share of the area that at least one photo (or swath) shows.
    pub coverage: f64,
    /// Lengths by role, all sorties.
    pub length_m: Lengths,
    /// Time until the last aircraft is back, time on the ground between flights
    /// (`swap_s`, crews that drive to another home) included.
    pub time_s: f64,
    /// Energy of all sorties.
    pub energy_wh: f64,
    /// What no plan with this swath can beat.
    pub bound: Bound,
    /// Length over its bound less 1 for the objective `length`, else time over
    /// its bound less 1.
    pub gap: f64,
    /// What the order of the lines costs over the least that an order of these
    /// lines can cost, less 1 (see the objective); null with several flights or
    /// very many lines.
    pub order_gap: Option<f64>,
    /// Each flight.
    pub sorties: Vec<SortieReport>,
    /// How the heights over ground are kept, measured on the terrain.
    pub terrain: TerrainReport,
    /// The line of sight to the ground radio; null without one.
    pub radio: Option<RadioReport>,
    /// What the heights in the missions are measured from.
    pub height_reference: whimbrel_mission::HeightReference,
    /// What the photos will be and show; null without a camera.
    pub photos: Option<crate::photos::PhotoReport>,
    /// The sun at the time of the flights; null when no time was given.
    pub light: Option<crate::light::Light>,
    /// Direction of the lines, degrees clockwise from north.
    pub line_bearing_deg: f64,
    /// What the reader should know.
    pub notes: Vec<String>,
}
