//! The rows of `sim --trace`: truth at each step, as CSV.

use std::fmt;

use crate::plant::State;

/// The columns, in order.
pub const HEADER: &str = "time_s,lat_deg,lon_deg,height_ellipsoid_m,velocity_north_m_s,velocity_east_m_s,velocity_down_m_s,\
q_w,q_x,q_y,q_z,rate_x_rad_s,rate_y_rad_s,rate_z_rad_s";

/// One row. The quaternion turns body axes into NED (`ned_from_body`), scalar first.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Row {
    /// Seconds since boot.
    pub time_s: f64,
    /// Latitude.
    pub lat_deg: f64,
    /// Longitude.
    pub lon_deg: f64,
    /// Height above the WGS 84 ellipsoid.
    pub height_ellipsoid_m: f64,
    /// Velocity over ground: north, east, down.
    pub velocity_ned_m_s: [f64; 3],
    /// `ned_from_body`: w, x, y, z.
    pub quaternion: [f64; 4],
    /// Body rates: x, y, z.
    pub rates_rad_s: [f64; 3],
}

impl Row {
    /// The row of `state` at `time_s` after boot.
    pub fn of(time_s: f64, state: &State) -> Self {
        let (v, q, w) = (
            state.velocity_m_s,
            state.ned_from_body.q(),
            state.rates_rad_s,
        );
        Self {
            time_s,
            lat_deg: state.position.at.lat_deg(),
            lon_deg: state.position.at.lon_deg(),
            height_ellipsoid_m: state.position.height.m(),
            velocity_ned_m_s: [v.x(), v.y(), v.z()],
            quaternion: [q.w, q.i, q.j, q.k],
            rates_rad_s: [w.x(), w.y(), w.z()],
        }
    }
}

impl fmt::Display for Row {
    /// A line of CSV without its end; degrees to 1e-9 (0.1 mm), the rest to 1e-6.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.3},{:.9},{:.9},{:.4}",
            self.time_s, self.lat_deg, self.lon_deg, self.height_ellipsoid_m
        )?;
        for value in self
            .velocity_ned_m_s
            .iter()
            .chain(&self.quaternion)
            .chain(&self.rates_rad_s)
        {
            write!(f, ",{value:.6}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_value_for_each_column() {
        let row = Row {
            time_s: 1.0,
            lat_deg: 47.0,
            lon_deg: -8.0,
            height_ellipsoid_m: 500.0,
            velocity_ned_m_s: [1.0, 2.0, 3.0],
            quaternion: [1.0, 0.0, 0.0, 0.0],
            rates_rad_s: [0.0; 3],
        };
        assert_eq!(
            row.to_string().split(',').count(),
            HEADER.split(',').count()
        );
        assert!(
            row.to_string()
                .starts_with("1.000,47.000000000,-8.000000000,500.0000,1.000000,")
        );
    }
}
