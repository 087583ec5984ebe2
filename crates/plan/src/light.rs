//! The sun over a survey: how high it stands, and where water mirrors it into
//! the pictures.

use crate::measures::value;
use crate::request::{PlanError, Request};
use core::time::Duration;
use serde::{Deserialize, Serialize};
use whimbrel_geo::time::Civil;
use whimbrel_geo::{LatLon, Sun, sun};
use whimbrel_mission::Camera;

/// Sun above which light is called good when none is asked for: shadows are at
/// most 1.7 times as long as things are high.
const GOOD_SUN_DEG: f64 = 30.0;
/// Steps in which a day is looked at.
const STEP: Duration = Duration::from_secs(300);
/// Steps of a day.
const STEPS: u32 = 288;

/// From one moment to another, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When it begins.
    pub from: String,
    /// When it ends.
    pub to: String,
}

/// The sun at the time of the flights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// When the first aircraft takes off and the last lands, UTC.
    pub flight: Window,
    /// Lowest sun during the flights.
    pub lowest_sun_deg: f64,
    /// The sun's elevation at the beginning.
    pub sun_elevation_deg: f64,
    /// The sun's azimuth at the beginning.
    pub sun_azimuth_deg: f64,
    /// Bearings of lines (0° to 180°) whose photos of water would show the sun's
    /// mirror image at the beginning: pairs of first and last.
    pub glint_bearings_deg: Vec<[f64; 2]>,
    /// Whether the planned lines are among them at any time of the flights.
    pub glint_on_lines: bool,
    /// When the sun is high enough that day.
    pub good_light: Vec<Window>,
    /// When besides no water on the planned lines mirrors it.
    pub good_light_over_water: Vec<Window>,
}

/// `2026-06-21T09:05Z`.
fn minute(t: Duration) -> String {
    let c = Civil::from_unix(t);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}Z",
        c.year, c.month, c.day, c.hour, c.minute
    )
}

/// The picture's half angles, grown by the slopes of the waves.
struct Mirror {
    across_rad: f64,
    along_rad: f64,
}

impl Mirror {
    /// C. Cox, W. Munk, Journal of the Optical Society of America 44, 1954: the
    /// mean square slope of a clean sea is 0.003 + 0.00512 s/m × wind. A facet
    /// turns the mirror image by twice its slope.
    fn new(camera: &Camera, wind_m_s: f64) -> Self {
        let slope = (0.5 * (0.003 + 0.00512 * wind_m_s)).sqrt();
        let waves = 2.0 * slope.atan();
        let half = |mm: f64| (0.5 * mm / camera.focal_mm).atan() + waves;
        Self {
            across_rad: half(camera.sensor_width_mm),
            along_rad: half(camera.sensor_height_mm),
        }
    }

    /// Whether a photo taken on that bearing shows it.
    fn shown(&self, sun: Sun, bearing_rad: f64) -> bool {
        if sun.elevation_rad <= 0.0 {
            return false;
        }
        let off_nadir = 1.0 / sun.elevation_rad.tan();
        let turn = sun.azimuth_rad - bearing_rad;
        let along = (off_nadir * turn.cos()).abs().atan();
        let across = (off_nadir * turn.sin()).abs().atan();
        along < self.along_rad && across < self.across_rad
    }

    /// Bearings from 0° to 180° that show it, as pairs of first and last.
    fn bearings_deg(&self, sun: Sun) -> Vec<[f64; 2]> {
        let mut pairs: Vec<[f64; 2]> = Vec::new();
        for degree in 0..180 {
            let b = f64::from(degree);
            if !self.shown(sun, b.to_radians()) {
                continue;
            }
            match pairs.last_mut() {
                Some(pair) if pair[1] == b - 1.0 => pair[1] = b,
                _ => pairs.push([b, b]),
            }
        }
        pairs
    }
}

/// The moments of the 24 hours around the solar noon nearest to `t`.
fn day(at: LatLon, t: Duration) -> impl Iterator<Item = Duration> {
    let noon_s = 43_200.0 - 240.0 * at.lon_deg();
    let since = (t.as_secs_f64() - noon_s) / 86_400.0;
    let first_s = (since.round() * 86_400.0 + noon_s - 43_200.0).max(0.0);
    let first = Duration::from_secs((first_s / 300.0).floor() as u64 * 300);
    (0..=STEPS).map(move |i| first + STEP * i)
}

/// The windows in which something holds.
fn windows(at: LatLon, t: Duration, holds: impl Fn(Sun) -> bool) -> Vec<Window> {
    let mut all: Vec<(Duration, Duration)> = Vec::new();
    for moment in day(at, t) {
        if !holds(sun(at, moment)) {
            continue;
        }
        match all.last_mut() {
            Some(last) if last.1 + STEP == moment => last.1 = moment,
            _ => all.push((moment, moment)),
        }
    }
    let window = |(from, to)| Window {
        from: minute(from),
        to: minute(to),
    };
    all.into_iter().map(window).collect()
}

impl Light {
    /// Of a request that says when it is flown; photos are taken on
    /// `bearings_rad`, and all is done after `time_s`.
    ///
    /// # Errors
    /// When the light is refused, and when it is better.
    pub(crate) fn of(
        request: &Request,
        at: LatLon,
        bearings_rad: &[f64],
        time_s: f64,
    ) -> Result<Option<Self>, PlanError> {
        let rules = request.photography;
        let (Some(begins), Some(camera)) = (rules.begins, request.camera.as_ref()) else {
            return Ok(None);
        };
        let good = rules.sun_min_rad.unwrap_or(GOOD_SUN_DEG.to_radians());
        let mirror = Mirror::new(camera, request.wind.speed_m_s);
        let high = |s: Sun| s.elevation_rad >= good;
        let glints = |s: Sun| bearings_rad.iter().any(|b| mirror.shown(s, *b));
        let clear = |s: Sun| high(s) && !glints(s);
        let ends = begins + Duration::from_secs_f64(time_s.clamp(0.0, 1e6));
        let steps = ((ends - begins).as_secs() / STEP.as_secs()).min(u64::from(STEPS)) as u32;
        let during = (0..=steps).map(|i| begins + STEP * i).chain([ends]);
        let suns: Vec<Sun> = during.map(|t| sun(at, t)).collect();
        let lowest = suns.iter().map(|s| s.elevation_rad).fold(9.0, f64::min);
        let first = sun(at, begins);
        let light = Self {
            flight: Window {
                from: minute(begins),
                to: minute(ends),
            },
            lowest_sun_deg: lowest.to_degrees(),
            sun_elevation_deg: first.elevation_rad.to_degrees(),
            sun_azimuth_deg: first.azimuth_rad.to_degrees(),
            glint_bearings_deg: mirror.bearings_deg(first),
            glint_on_lines: suns.iter().any(|s| glints(*s)),
            good_light: windows(at, begins, high),
            good_light_over_water: windows(at, begins, clear),
        };
        if rules.sun_min_rad.is_some() && lowest < good {
            return light.refuse(
                &light.good_light,
                &format!("the sun stands as low as {:.0}°", lowest.to_degrees()),
                &format!(
                    "--sun-min {:.0} or less, or another --date",
                    highest(at, begins).to_degrees().floor()
                ),
            );
        }
        if rules.over_water && light.glint_on_lines {
            return light.refuse(
                &light.good_light_over_water,
                "water mirrors the sun into the pictures",
                "another --date, or leave out --over-water",
            );
        }
        Ok(Some(light))
    }

    fn refuse<T>(&self, better: &[Window], why: &str, otherwise: &str) -> Result<T, PlanError> {
        let shown: Vec<String> = better
            .iter()
            .map(|w| format!("{} to {}", w.from, w.to))
            .collect();
        let when = if shown.is_empty() {
            format!("at no time that day it is better: give {otherwise}")
        } else {
            format!(
                "give a --time such that all flights are within {}",
                shown.join(" or ")
            )
        };
        value(
            "--time",
            format!("{} to {}", self.flight.from, self.flight.to),
            format!("{why}: {when}"),
        )
    }
}

/// Highest sun of the day.
fn highest(at: LatLon, t: Duration) -> f64 {
    let suns = day(at, t).map(|t| sun(at, t).elevation_rad);
    suns.fold(-9.0, f64::max)
}
