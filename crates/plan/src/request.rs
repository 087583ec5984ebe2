//! What is asked for and what comes out.

use crate::heights::Heights;
use crate::photography::Photography;
use crate::radio::Radio;
use crate::report::Report;
use crate::sorties::Balance;
use serde::{Deserialize, Serialize};
use whimbrel_geo::{Amsl, Height, LatLon, LocalFrame, Polygon, Position};
use whimbrel_mission::energy::{Cost, Wind};
use whimbrel_mission::{
    Area, AreaError, Camera, FenceBreach, Firmware, HeightReference, Mission, Vehicle,
};

/// What "best" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Least time in the air.
    #[default]
    Time,
    /// Shortest way.
    Length,
    /// Fewest photos.
    Photos,
}

/// How lines cross an area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// In one direction.
    #[default]
    Parallel,
    /// In two directions across each other.
    Crosshatch,
}

/// How long the planner searches. Its budgets are numbers of tries, so that the
/// same request always gives the same plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// A good plan at once, for replanning while something is dragged.
    Quick,
    /// The best plan that it can find.
    #[default]
    Full,
}

/// Overlaps of neighbouring photos, 0 to less than 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// Along the line.
    pub forward: f64,
    /// From line to line.
    pub side: f64,
}

impl Default for Overlap {
    fn default() -> Self {
        Self {
            forward: 0.75,
            side: 0.65,
        }
    }
}

/// How fine, how high, how dense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detail {
    /// Ground sampling distance, needs a camera.
    GsdM(f64),
    /// Height above ground; the spacing of lines follows from the camera.
    HeightM(f64),
    /// Height above ground and line spacing; no camera needed.
    Spacing {
        /// Height above ground.
        height_m: f64,
        /// Distance of neighbouring lines.
        line_spacing_m: f64,
    },
}

/// A survey to plan.
#[derive(Clone, Debug)]
pub struct Request {
    /// What must be photographed.
    pub areas: Vec<Area>,
    /// Where the aircraft may be; by default the areas grown by what turns,
    /// lead-in and settling need, and the way from home.
    pub airspace: Option<Area>,
    /// Where it must not be.
    pub no_fly: Vec<Area>,
    /// Whether it may fly over holes of the areas (else they are no-fly).
    pub overfly_holes: bool,
    /// The camera; without one, lines are planned and no photos.
    pub camera: Option<Camera>,
    /// One entry for each aircraft.
    pub vehicles: Vec<Vehicle>,
    /// How fine, how high, how dense.
    pub detail: Detail,
    /// Overlaps, with a camera.
    pub overlap: Overlap,
    /// Exposure, blur and light, with a camera.
    pub photography: Photography,
    /// Launch places in turn for the vehicles; when there are more places than
    /// vehicles, all vehicles use all of them, sortie by sortie, and the crew
    /// drives. None: the route is open, from the first photo line to the last.
    pub homes: Vec<LatLon>,
    /// Wind in the time and energy model.
    pub wind: Wind,
    /// What is minimised.
    pub objective: Objective,
    /// How lines cross the areas.
    pub pattern: Pattern,
    /// How long the planner searches.
    pub effort: Effort,
    /// Longest flight, when shorter than the vehicles' own.
    pub endurance_s: Option<f64>,
    /// Time on the ground between two flights of a vehicle.
    pub swap_s: f64,
    /// What is minimised when there are several vehicles.
    pub balance: Balance,
    /// How exactly the height over ground is kept.
    pub heights: Heights,
    /// The ground radio, when the line of sight to it matters.
    pub radio: Option<Radio>,
    /// For which autopilot.
    pub firmware: Firmware,
    /// What the heights in the missions are measured from. `AboveHome` is for
    /// level ground when there is no DEM.
    pub height_reference: HeightReference,
}

impl Request {
    /// A request with the defaults of the command line.
    #[must_use]
    pub fn new(areas: Vec<Area>, camera: Option<Camera>, vehicle: Vehicle, detail: Detail) -> Self {
        Self {
            areas,
            airspace: None,
            no_fly: Vec::new(),
            overfly_holes: false,
            camera,
            vehicles: vec![vehicle],
            detail,
            overlap: Overlap::default(),
            photography: Photography::default(),
            homes: Vec::new(),
            wind: Wind::default(),
            objective: Objective::default(),
            pattern: Pattern::default(),
            effort: Effort::default(),
            endurance_s: None,
            swap_s: 0.0,
            balance: Balance::default(),
            heights: Heights::default(),
            radio: None,
            firmware: Firmware::default(),
            height_reference: HeightReference::default(),
        }
    }
}

/// What a part of the route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A photo line.
    Photo,
    /// From a line to its neighbour, lead-in and lead-out.
    Turn,
    /// Farther ways.
    Transit,
    /// Take-off and landing.
    Climb,
}

/// A part of a route.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What it is for.
    pub role: Role,
    /// Its places, two or more.
    pub points: Vec<Position<Amsl>>,
    /// Heights of the places over ground; `None` where it is not known.
    pub agl_m: Vec<Option<f64>>,
    /// Share of its length from which the ground radio is in sight, if there is one.
    pub in_sight: Option<f64>,
}

impl Segment {
    /// A part of a route about which nothing more is known yet.
    #[must_use]
    pub fn new(role: Role, points: Vec<Position<Amsl>>) -> Self {
        Self {
            role,
            points,
            agl_m: Vec::new(),
            in_sight: None,
        }
    }
}

/// One flight of one aircraft.
#[derive(Clone, Debug)]
pub struct Sortie {
    /// Index into the vehicles of the request.
    pub vehicle_index: usize,
    /// Name of the vehicle.
    pub vehicle: String,
    /// Index into the homes of the request; 0 on an open route.
    pub site: usize,
    /// Where heights above home count from.
    pub zero: Height<Amsl>,
    /// What is loaded into it.
    pub mission: Mission,
    /// The route by roles.
    pub segments: Vec<Segment>,
    /// Where pictures are expected.
    pub photos: Vec<Position<Amsl>>,
    /// Direction of flight at each of the photos, clockwise from north.
    pub photo_headings_rad: Vec<f64>,
    /// Length of the route.
    pub length_m: f64,
    /// Time and energy expected.
    pub cost: Cost,
    /// Length by role.
    pub lengths: crate::report::Lengths,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The flights, vehicle by vehicle, in order.
    pub sorties: Vec<Sortie>,
    /// Where the aircraft may be, no-fly zones as holes.
    pub airspace: Area,
    /// Direction of the lines, clockwise from north, below a half turn.
    pub line_bearing_rad: f64,
    /// What the heights in the missions are measured from.
    pub height_reference: HeightReference,
    /// Numbers.
    pub report: Report,
    pub(crate) frame: LocalFrame,
}

impl Plan {
    /// The report of DESIGN.md's results table.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The plane that the plan was computed in.
    #[must_use]
    pub fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// The airspace in metres of [`Plan::frame`].
    #[must_use]
    pub fn airspace_polygon(&self) -> Polygon {
        self.airspace.polygon(&self.frame)
    }
}

/// A survey that cannot be planned, and which value to change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The area is none.
    #[error(transparent)]
    Area(#[from] AreaError),
    /// The airspace or a no-fly zone is none.
    #[error("the {what}: {error}")]
    Zone {
        /// `airspace` or `no-fly zone`.
        what: &'static str,
        /// What is wrong with it.
        error: AreaError,
    },
    /// A number out of its range.
    #[error("{name} is {value}: {advice}")]
    Value {
        /// Which option.
        name: &'static str,
        /// What was given, with its unit.
        value: String,
        /// What to give instead.
        advice: String,
    },
    /// The DEM does not reach.
    #[error("the DEM misses {missing_percent:.0} % of the ground to be flown over (first at {:.5},{:.5}); add the tile that holds {:.4}..{:.4} N, {:.4}..{:.4} E", .at.lat_deg(), .at.lon_deg(), .south_west.lat_deg(), .north_east.lat_deg(), .south_west.lon_deg(), .north_east.lon_deg())]
    NoTerrain {
        /// How much of it is missing.
        missing_percent: f64,
        /// A place without height.
        at: LatLon,
        /// South-west corner of what is needed.
        south_west: LatLon,
        /// North-east corner of what is needed.
        north_east: LatLon,
    },
    /// A place that no flight reaches and comes back from.
    #[error(
        "flying to {:.6},{:.6}, photographing there and coming back takes {needs_s:.0} s and {needs_wh:.0} Wh, but {vehicle} has {has_s:.0} s and {has_wh:.0} Wh for a flight: raise --endurance to {:.0} min, give a --home closer to it, or take a larger battery", .at.lat_deg(), .at.lon_deg(), (.needs_s / 60.0).ceil()
    )]
    TooFar {
        /// Where it is.
        at: LatLon,
        /// Time of the shortest sortie to it.
        needs_s: f64,
        /// Its energy.
        needs_wh: f64,
        /// Time that there is.
        has_s: f64,
        /// Energy that there is.
        has_wh: f64,
        /// The vehicle's name.
        vehicle: String,
    },
    /// More items on one line than the autopilot holds.
    #[error(
        "a part of one line needs {needs} mission items but {vehicle} holds {budget}: raise waypoint_budget in its vehicle file"
    )]
    TooManyItems {
        /// Items of the shortest sortie.
        needs: usize,
        /// Items that it holds.
        budget: usize,
        /// The vehicle's name.
        vehicle: String,
    },
    /// The aircraft cannot fly against the wind.
    #[error(
        "{vehicle} cruises at {cruise_m_s:.1} m/s and cannot fly every leg in a wind of {wind_m_s:.1} m/s: wait for less than {limit_m_s:.1} m/s"
    )]
    Wind {
        /// The vehicle's name.
        vehicle: String,
        /// Its speed.
        cruise_m_s: f64,
        /// The wind.
        wind_m_s: f64,
        /// Wind that would do.
        limit_m_s: f64,
    },
    /// No way between parts of the area, or home is outside.
    #[error("{what} near {:.6},{:.6} cannot be reached inside the airspace: enlarge --airspace there, or remove a --no-fly zone or a hole (--overfly-holes)", .at.lat_deg(), .at.lon_deg())]
    Unreachable {
        /// What cannot be reached.
        what: &'static str,
        /// Where it is.
        at: LatLon,
    },
    /// The final look at the route found it too low.
    #[error("the planned route is {over_m:.1} m above {what} at {:.6},{:.6} instead of {least_m:.1} m: please report this, and raise --height or --clearance meanwhile", .at.lat_deg(), .at.lon_deg())]
    Floor {
        /// Above what.
        what: &'static str,
        /// How high it is.
        over_m: f64,
        /// How high it must be.
        least_m: f64,
        /// Where.
        at: LatLon,
    },
    /// The ground radio is not in sight, though it must be.
    #[error("near {:.6},{:.6} the ground radio is not in sight: the aircraft would have to be {raise_m:.0} m higher there, and {room_m:.0} m are allowed: raise --antenna, move --radio, allow more with --terrain-tolerance, or only report it (--line-of-sight report)", .at.lat_deg(), .at.lon_deg())]
    OutOfSight {
        /// Where.
        at: LatLon,
        /// How much higher it would have to be.
        raise_m: f64,
        /// How much higher it may be.
        room_m: f64,
    },
    /// A wing can neither take off nor land at a home.
    #[error("{vehicle} has no {what} at {:.6},{:.6} that clears the terrain inside the airspace{} with at most 2 m/s from behind in {wind_m_s:.0} m/s of wind: move --home to open ground, enlarge --airspace, add the DEM for 1 km around, or fly a multirotor", .at.lat_deg(), .at.lon_deg(), .short_m.map_or_else(String::new, |m| format!(" (the best is {m:.0} m too low)")))]
    Approach {
        /// `take-off` or `approach`.
        what: &'static str,
        /// The vehicle's name.
        vehicle: String,
        /// Home.
        at: LatLon,
        /// By how much the best direction is too low.
        short_m: Option<f64>,
        /// The wind.
        wind_m_s: f64,
    },
    /// A wing has no room to turn.
    #[error("{vehicle} needs about {needs_m:.0} m around its lines to turn, and near {:.6},{:.6} the airspace ends: enlarge --airspace, allow --overfly-holes, or fly a multirotor", .at.lat_deg(), .at.lon_deg())]
    NoRoomToTurn {
        /// The vehicle's name.
        vehicle: String,
        /// Room needed.
        needs_m: f64,
        /// Where it is missing.
        at: LatLon,
    },
    /// The final check of the route against the fence failed.
    #[error("the planned route breaks its own fence: {0}")]
    Fence(#[from] FenceBreach),
    /// Nothing is left to photograph.
    #[error(
        "no part of the area can be photographed from inside the airspace: enlarge --airspace or remove a --no-fly zone"
    )]
    NothingToFly,
}
