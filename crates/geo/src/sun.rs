//! Where the sun stands.
//!
//! The low-precision theory of J. Meeus, Astronomical Algorithms, 2nd edition,
//! chapter 25, in the form of NOAA's solar calculator: within 0.01° of the sun
//! between 1900 and 2100, refraction near the horizon aside.

use crate::place::{LatLon, wrap_bearing_rad};
use core::time::Duration;

/// Where the sun is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sun {
    /// Above the horizon, refraction of a standard atmosphere included.
    pub elevation_rad: f64,
    /// Clockwise from north.
    pub azimuth_rad: f64,
}

/// The sun from a place at a time since the Unix epoch (UTC).
pub fn sun(at: LatLon, t: Duration) -> Sun {
    // Julian centuries since 2000-01-01 12:00; UTC for terrestrial time costs 0.001°.
    let century = (t.as_secs_f64() / 86_400.0 + 2_440_587.5 - 2_451_545.0) / 36_525.0;
    let c = century;
    let mean_longitude = (280.466_46 + c * (36_000.769_83 + c * 0.000_303_2)).to_radians();
    let anomaly = (357.529_11 + c * (35_999.050_29 - c * 0.000_153_7)).to_radians();
    let eccentricity = 0.016_708_634 - c * (0.000_042_037 + c * 0.000_000_126_7);
    let centre = anomaly.sin() * (1.914_602 - c * (0.004_817 + c * 0.000_014))
        + (2.0 * anomaly).sin() * (0.019_993 - c * 0.000_101)
        + (3.0 * anomaly).sin() * 0.000_289;
    let node = (125.04 - 1934.136 * c).to_radians();
    let longitude = mean_longitude + (centre - 0.00569 - 0.00478 * node.sin()).to_radians();
    let obliquity_s = 21.448 - c * (46.8150 + c * (0.000_59 - c * 0.001_813));
    let obliquity = (23.0 + (26.0 + obliquity_s / 60.0) / 60.0 + 0.00256 * node.cos()).to_radians();
    let declination = (obliquity.sin() * longitude.sin()).asin();
    // Equation of time, minutes.
    let y = (0.5 * obliquity).tan().powi(2);
    let equation = 4.0
        * (y * (2.0 * mean_longitude).sin() - 2.0 * eccentricity * anomaly.sin()
            + 4.0 * eccentricity * y * anomaly.sin() * (2.0 * mean_longitude).cos()
            - 0.5 * y * y * (4.0 * mean_longitude).sin()
            - 1.25 * eccentricity * eccentricity * (2.0 * anomaly).sin())
        .to_degrees();
    let minutes = (t.as_secs() % 86_400) as f64 / 60.0 + f64::from(t.subsec_nanos()) / 6e10;
    let solar_minutes = minutes + equation + 4.0 * at.lon_deg();
    let hour_angle = (0.25 * solar_minutes - 180.0).to_radians();
    let (lat, dec) = (at.lat_rad(), declination);
    let height = (lat.sin() * dec.sin() + lat.cos() * dec.cos() * hour_angle.cos())
        .clamp(-1.0, 1.0)
        .asin();
    let south = hour_angle.cos() * lat.sin() - dec.tan() * lat.cos();
    Sun {
        elevation_rad: height + refraction_rad(height),
        azimuth_rad: wrap_bearing_rad(hour_angle.sin().atan2(south) + core::f64::consts::PI),
    }
}

/// How much the air lifts the sun (NOAA's solar calculator).
fn refraction_rad(elevation_rad: f64) -> f64 {
    let h = elevation_rad.to_degrees();
    let tan = elevation_rad.tan();
    let seconds = if h > 85.0 {
        0.0
    } else if h > 5.0 {
        58.1 / tan - 0.07 / tan.powi(3) + 0.000_086 / tan.powi(5)
    } else if h > -0.575 {
        1735.0 + h * (-518.2 + h * (103.4 + h * (-12.79 + h * 0.711)))
    } else {
        -20.774 / tan
    };
    (seconds / 3600.0).to_radians()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Civil;

    fn moment(year: i64, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Duration {
        let civil = Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            nanosecond: 0,
        };
        civil.to_unix().expect("a date")
    }

    fn seen(lat_deg: f64, lon_deg: f64, t: Duration) -> (f64, f64) {
        let s = sun(LatLon::from_deg(lat_deg, lon_deg).expect("valid"), t);
        (s.elevation_rad.to_degrees(), s.azimuth_rad.to_degrees())
    }

    #[test]
    fn the_example_of_nrel() {
        // I. Reda, A. Andreas, Solar Position Algorithm, NREL/TP-560-34302, table A5.1:
        // zenith 50.11162°, azimuth 194.34024° (820 mbar, 11 °C).
        let (elevation, azimuth) = seen(39.742476, -105.1786, moment(2003, 10, 17, 19, 30, 30));
        assert!((elevation - (90.0 - 50.11162)).abs() < 0.01, "{elevation}");
        assert!((azimuth - 194.34024).abs() < 0.01, "{azimuth}");
    }

    #[test]
    fn solstice_equinox_and_poles() {
        // Noon on the tropic of Cancer at the June solstice: overhead.
        let (elevation, _) = seen(23.436, 0.0, moment(2024, 6, 20, 12, 1, 45));
        assert!(elevation > 89.9, "{elevation}");
        // At the March equinox the sun rises due east everywhere.
        let (elevation, azimuth) = seen(10.0, 30.0, moment(2024, 3, 20, 4, 7, 0));
        assert!(
            elevation.abs() < 1.0 && (azimuth - 90.0).abs() < 1.0,
            "{elevation} {azimuth}"
        );
        // South of the equator the noon sun is in the north.
        let (elevation, azimuth) = seen(-35.0, 0.0, moment(2024, 6, 20, 12, 1, 45));
        assert!((elevation - 31.57).abs() < 0.05, "{elevation}");
        assert!(!(1.0..=359.0).contains(&azimuth), "{azimuth}");
        for t in [0, 1_000_000_000, 4_000_000_000] {
            let (elevation, azimuth) = seen(90.0, 0.0, Duration::from_secs(t));
            assert!(elevation.abs() < 24.0 && azimuth.is_finite());
        }
    }
}
