//! The pre-flight list: each line passes, fails with a reason, or cannot be
//! told (which does not block).

use crate::craft::Craft;
use crate::view::LoadState;
use core::time::Duration;
use whimbrel_geo::distance_m;
use whimbrel_link::mav;
use whimbrel_mission::fence;

/// A link is fresh when something came within this time.
pub const LINK_FRESH: Duration = Duration::from_secs(3);
/// Satellites that are enough.
pub const SATELLITES_MIN: u8 = 6;
/// Charge that must be left after the flight, as a share of a full battery.
pub const RESERVE: f64 = 0.2;
/// Charge that is enough when the need of the flight is not known.
pub const CHARGE_MIN: f64 = 0.5;
/// The farthest that the first place of a mission may be.
pub const FIRST_PLACE_MAX_M: f64 = 2_000.0;

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name in the API.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Passed, failed, or cannot be told.
    pub ok: Option<bool>,
    /// Why, or what is the case.
    pub detail: String,
}

/// The list.
#[derive(Clone, Debug, PartialEq)]
pub struct Checks(pub Vec<Check>);

impl Checks {
    /// Nothing failed.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.first_failure().is_none()
    }

    /// The first line that failed.
    #[must_use]
    pub fn first_failure(&self) -> Option<&Check> {
        self.0.iter().find(|c| c.ok == Some(false))
    }
}

fn line(
    name: &'static str,
    label: &'static str,
    ok: impl Into<Option<bool>>,
    detail: impl Into<String>,
) -> Check {
    Check {
        name,
        label,
        ok: ok.into(),
        detail: detail.into(),
    }
}

/// Goes through the list for one vehicle.
pub(crate) fn run(now: Duration, craft: &Craft) -> Checks {
    let mut lines = vec![
        link(now, craft),
        gps(craft),
        autopilot(craft),
        ground(craft),
    ];
    lines.push(battery(craft));
    lines.extend(mission(craft));
    Checks(lines)
}

fn link(now: Duration, craft: &Craft) -> Check {
    let age = now.saturating_sub(craft.state.heard_at);
    let detail = format!(
        "last heard {:.1} s ago, {:.0} % lost",
        age.as_secs_f64(),
        craft.state.loss * 100.0
    );
    line("link", "Link", age <= LINK_FRESH, detail)
}

fn gps(craft: &Craft) -> Check {
    let gps = craft.state.gps;
    let label = "Satellites";
    if gps.fix == mav::gps_fix::NO_GPS && gps.satellites.is_none() {
        return line("gps", label, None, "not reported yet");
    }
    let enough = gps.satellites.is_none_or(|n| n >= SATELLITES_MIN);
    let ok = gps.fix >= mav::gps_fix::FIX_3D && enough;
    let count = gps.satellites.map_or("?".to_owned(), |n| n.to_string());
    let fix = if gps.fix >= mav::gps_fix::FIX_3D {
        "3D fix"
    } else {
        "no 3D fix"
    };
    line("gps", label, ok, format!("{fix}, {count} satellites"))
}

fn autopilot(craft: &Craft) -> Check {
    let label = "Autopilot";
    let state = &craft.state;
    if state.prearm_ok == Some(false) {
        let why = craft
            .last_complaint()
            .unwrap_or("its own checks have not passed");
        return line("autopilot", label, false, why);
    }
    if state.motion.position.is_none() {
        return line("autopilot", label, None, "has not told its position");
    }
    if !state.position_ready() {
        return line(
            "autopilot",
            label,
            false,
            "does not know its position yet; wait",
        );
    }
    line("autopilot", label, true, "ready")
}

fn ground(craft: &Craft) -> Check {
    let flying = craft.state.in_air();
    let detail = if flying {
        "already in the air"
    } else {
        "on the ground"
    };
    line("ground", "On the ground", !flying, detail)
}

fn battery(craft: &Craft) -> Check {
    let label = "Battery";
    let Some(charge) = craft.state.battery.remaining else {
        return line("battery", label, None, "charge not reported");
    };
    let need = craft.loaded.as_ref().and_then(|l| l.upload.battery_need);
    let (limit, why) = match need {
        Some(need) => (
            need + RESERVE,
            format!(
                "the flight needs {:.0} % and {:.0} % reserve",
                need * 100.0,
                RESERVE * 100.0
            ),
        ),
        None => (CHARGE_MIN, "the need of the flight is not known".to_owned()),
    };
    // The vehicle tells whole percent.
    let ok = charge + 0.005 >= limit;
    line(
        "battery",
        label,
        ok,
        format!("{:.0} %; {why}", charge * 100.0),
    )
}

fn mission(craft: &Craft) -> Vec<Check> {
    let Some(loaded) = &craft.loaded else {
        return vec![line("mission", "Mission", false, "nothing was uploaded")];
    };
    let state = |state: &LoadState, what: &str| match state {
        LoadState::None => (None, format!("no {what}")),
        LoadState::Uploading => (Some(false), format!("the {what} is still being uploaded")),
        LoadState::Verified => (Some(true), "read back and equal".to_owned()),
        LoadState::Failed(why) => (Some(false), why.clone()),
    };
    let (ok, detail) = state(&loaded.mission_state, "mission");
    let mut lines = vec![line("mission", "Mission", ok == Some(true), detail)];
    let shapes = &loaded.upload.mission.fence;
    let (ok, detail) = state(&loaded.fence_state, "fence");
    lines.push(line("fence", "Fence", ok, detail));
    let home = craft.state.home.or(craft.state.motion.position);
    if let Some(home) = home {
        let inside = shapes.is_empty() || fence::contains(shapes, home.at);
        let detail = if inside {
            "inside the fence"
        } else {
            "home is outside the fence: move the vehicle or change the fence"
        };
        lines.push(line("home", "Home", inside, detail));
    } else {
        lines.push(line("home", "Home", None, "home is not known yet"));
    }
    let path = loaded.upload.mission.path();
    if let Err(breach) = fence::check(&path, shapes) {
        lines.push(line("path", "Path", false, breach.to_string()));
    }
    if let (Some(first), Some(here)) = (path.first(), craft.state.motion.position) {
        let away_m = distance_m(first.at, here.at);
        let ok = away_m <= FIRST_PLACE_MAX_M;
        let detail = format!("the mission begins {away_m:.0} m from here");
        lines.push(line("distance", "Distance", ok, detail));
    }
    lines
}
