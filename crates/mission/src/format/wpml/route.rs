//! From mission items to waypoints and photo runs.

use crate::{Item, Mission, VehicleKind, command, frame};
use whimbrel_geo::{
    Amsl, Height, LatLon, Position, bearing_rad, destination, distance_m, ellipsoid_from_amsl,
};

/// Most waypoints of a route (the index is a number of 0 to 65535).
pub const MAX_WAYPOINTS: usize = 65_535;
/// Fastest transitional speed that the format allows.
pub const MAX_SPEED_M_S: f64 = 15.0;

/// How photos are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Photos {
    /// By distance along each line: few waypoints, no stops.
    #[default]
    ByDistance,
    /// A waypoint for each photo: for aircraft that know no distance trigger.
    AtWaypoints,
}

/// A place of the route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waypoint {
    pub at: LatLon,
    /// As [`Route::above_start`] says.
    pub height_m: f64,
    pub speed_m_s: f64,
    /// Take a photo on arrival.
    pub photo: bool,
}

/// Photos by distance from one waypoint to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    pub first: usize,
    pub last: usize,
    pub spacing_m: f64,
}

/// A route as the format has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// Heights are above the place of take-off (else above the ellipsoid).
    pub above_start: bool,
    pub waypoints: Vec<Waypoint>,
    pub runs: Vec<Run>,
    pub speed_m_s: f64,
    /// Height above the start to climb to before anything else.
    pub takeoff_m: f64,
    /// Goes home at its end (else it hovers there).
    pub goes_home: bool,
    /// Reference take-off place: latitude, longitude, ellipsoid height.
    pub start: Option<(LatLon, f64)>,
    pub length_m: f64,
    pub duration_s: f64,
    /// Way since the camera's last photo.
    since_photo_m: f64,
}

impl Route {
    pub fn of(mission: &Mission, photos: Photos) -> Result<Self, String> {
        if mission
            .vehicle_kind
            .is_some_and(VehicleKind::cruises_on_wing)
        {
            return Err("the mission is for a wing; DJI's aircraft are multirotors: plan it for one (--vehicle quad)".into());
        }
        let places: Vec<&Item> = mission
            .items
            .iter()
            .filter(|i| i.place().is_some())
            .collect();
        let relative = places
            .iter()
            .filter(|i| {
                matches!(
                    i.frame,
                    frame::GLOBAL_RELATIVE_ALT | frame::GLOBAL_RELATIVE_ALT_INT
                )
            })
            .count();
        if relative != 0 && relative != places.len() && mission.home.is_none() {
            return Err("heights are partly above home, partly above sea level, and there is no home: give --home".into());
        }
        let mut route = Self {
            above_start: relative == places.len(),
            speed_m_s: mission.cruise_m_s.unwrap_or(10.0).clamp(0.5, MAX_SPEED_M_S),
            takeoff_m: 20.0,
            start: mission
                .home
                .map(|h| (h.at, ellipsoid_from_amsl(h).height.m())),
            ..Self::default()
        };
        let mut speed_m_s = route.speed_m_s;
        let mut spacing_m = 0.0;
        for (index, item) in mission.items.iter().enumerate() {
            let wrong = |what: &str| format!("item {}: {what}", index + 1);
            match item.command {
                command::NAV_TAKEOFF => {
                    let home = mission.home.map_or(0.0, |h| h.height.m());
                    let up = match item.frame {
                        frame::GLOBAL | frame::GLOBAL_INT => f64::from(item.z) - home,
                        _ => f64::from(item.z),
                    };
                    route.takeoff_m = up.clamp(2.0, 1500.0);
                }
                command::NAV_WAYPOINT => {
                    let waypoint = route
                        .waypoint(item, mission, speed_m_s)
                        .map_err(|e| wrong(&e))?;
                    route.fly_to(waypoint, photos, spacing_m)?;
                }
                command::DO_CHANGE_SPEED => {
                    let wanted = item.params.get(1).copied().map_or(0.0, f64::from);
                    if wanted > 0.0 {
                        speed_m_s = wanted.clamp(0.5, MAX_SPEED_M_S);
                    }
                }
                command::DO_SET_CAM_TRIGG_DIST => {
                    let [distance, _, now, _] = item.params;
                    spacing_m = f64::from(distance).max(0.0);
                    route.trigger(spacing_m, now > 0.0, photos);
                }
                command::NAV_RETURN_TO_LAUNCH => route.goes_home = true,
                // Landing at home is what going home ends with.
                command::NAV_LAND => route.goes_home = true,
                command::DO_SET_HOME | command::DO_LAND_START | command::SET_CAMERA_MODE => {}
                other => {
                    return Err(wrong(&format!(
                        "command {other} has no counterpart in a DJI route: write .plan or .waypoints"
                    )));
                }
            }
        }
        route.trigger(0.0, false, photos);
        if route.waypoints.len() < 2 {
            return Err("a route needs two waypoints at least".into());
        }
        route.measure();
        Ok(route)
    }

    fn waypoint(&self, item: &Item, mission: &Mission, speed_m_s: f64) -> Result<Waypoint, String> {
        let at = item.place().ok_or("the waypoint has no place")?;
        let height_m = if self.above_start {
            f64::from(item.z)
        } else {
            let home = mission.home.map(|h| h.height);
            let amsl: Height<Amsl> = item.amsl(home).ok_or(
                "its height is above the ground, which a DJI route cannot say: plan with --dem",
            )?;
            ellipsoid_from_amsl(Position::new(at, amsl)).height.m()
        };
        Ok(Waypoint {
            at,
            height_m,
            speed_m_s,
            photo: false,
        })
    }

    /// Adds a waypoint, and the photos on the way to it if each has its own.
    fn fly_to(&mut self, to: Waypoint, photos: Photos, spacing_m: f64) -> Result<(), String> {
        let from = self.waypoints.last().copied();
        if let (Photos::AtWaypoints, Some(from)) = (photos, from)
            && spacing_m > 0.0
        {
            let length = distance_m(from.at, to.at);
            let bearing = bearing_rad(from.at, to.at);
            // The last photo may have been before a bend.
            let mut next = spacing_m - self.since_photo_m;
            while next < length - 0.01 && self.waypoints.len() < MAX_WAYPOINTS {
                let t = next / length;
                self.waypoints.push(Waypoint {
                    at: destination(from.at, bearing, next),
                    height_m: from.height_m + t * (to.height_m - from.height_m),
                    photo: true,
                    ..to
                });
                next += spacing_m;
            }
            self.since_photo_m = length - (next - spacing_m);
        }
        if self.waypoints.len() >= MAX_WAYPOINTS {
            return Err(format!(
                "a route has at most {MAX_WAYPOINTS} waypoints: split the area, or take photos by distance"
            ));
        }
        self.waypoints.push(to);
        Ok(())
    }

    /// The camera is started (with a photo at once if `now`) or stopped.
    fn trigger(&mut self, spacing_m: f64, now: bool, photos: Photos) {
        let here = self.waypoints.len().saturating_sub(1);
        match photos {
            Photos::AtWaypoints => {
                self.since_photo_m = 0.0;
                if let Some(waypoint) = self.waypoints.last_mut() {
                    waypoint.photo |= spacing_m > 0.0 && now;
                }
            }
            Photos::ByDistance => {
                if let Some(open) = self.runs.last_mut().filter(|r| r.last == usize::MAX) {
                    open.last = here;
                }
                self.runs.retain(|r| r.last > r.first);
                if spacing_m > 0.0 {
                    self.runs.push(Run {
                        first: here,
                        last: usize::MAX,
                        spacing_m,
                    });
                }
            }
        }
    }

    fn measure(&mut self) {
        for pair in self.waypoints.windows(2) {
            if let [a, b] = pair {
                let leg = distance_m(a.at, b.at).hypot(b.height_m - a.height_m);
                self.length_m += leg;
                self.duration_s += leg / b.speed_m_s.max(0.5);
            }
        }
    }
}
