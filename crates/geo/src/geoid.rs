//! The EGM96 geoid (F. G. Lemoine et al., NASA/TP-1998-206861): spherical harmonics to degree
//! and order 360 with the correction of R. H. Rapp (1997), evaluated at the nodes of the
//! customary 15′ grid and interpolated bicubically between them.
//!
//! A node costs about a millisecond, so nodes are remembered once computed. The memo holds values
//! of a pure function: results do not depend on who asked first.

use crate::height::{Amsl, Ellipsoid, Height};
use crate::place::{LatLon, Position, Wgs84};
use std::sync::atomic::{AtomicU32, Ordering};

const NODES_PER_DEG: f64 = 4.0;
const ROWS: usize = 721;
const COLUMNS: usize = 1440;

/// Bits of an f32 in metres; 0 means not computed yet (a true 0.0 is stored as -0.0).
static NODES: [AtomicU32; ROWS * COLUMNS] = [const { AtomicU32::new(0) }; ROWS * COLUMNS];

/// Node by row from the south pole and column east from Greenwich; rows beyond a pole are
/// mirrored to the opposite meridian.
fn node(row: i64, column: i64) -> f64 {
    let last = ROWS as i64 - 1;
    let (row, column) = if row < 0 {
        (-row, column + COLUMNS as i64 / 2)
    } else if row > last {
        (2 * last - row, column + COLUMNS as i64 / 2)
    } else {
        (row, column)
    };
    let row = row.clamp(0, last);
    let column = column.rem_euclid(COLUMNS as i64);
    let Some(slot) = NODES.get(row as usize * COLUMNS + column as usize) else {
        return 0.0; // unreachable: both indices are within the array
    };
    let bits = slot.load(Ordering::Relaxed);
    if bits != 0 {
        return f64::from(f32::from_bits(bits));
    }
    let lat_deg = row as f64 / NODES_PER_DEG - 90.0;
    let lon_deg = column as f64 / NODES_PER_DEG;
    let value = egm96::egm96_compute_altitude_offset(lat_deg, lon_deg) as f32;
    let bits = if value == 0.0 {
        (-0.0f32).to_bits()
    } else {
        value.to_bits()
    };
    slot.store(bits, Ordering::Relaxed);
    f64::from(value)
}

/// Catmull–Rom weights of four neighbours at `t` in [0, 1] between the middle two.
fn weights(t: f64) -> [f64; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t + 2.0 * t2 - t3),
        0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
        0.5 * (t + 4.0 * t2 - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}

/// Height of the geoid above the ellipsoid, metres. Within a few centimetres of the full series.
pub fn undulation_m(at: LatLon) -> f64 {
    let y = (at.lat_deg() + 90.0) * NODES_PER_DEG;
    let x = at.lon_deg().rem_euclid(360.0) * NODES_PER_DEG;
    let (row, column) = (y.floor(), x.floor());
    let (wy, wx) = (weights(y - row), weights(x - column));
    let mut sum = 0.0;
    for (j, wy) in (-1i64..).zip(wy) {
        for (i, wx) in (-1i64..).zip(wx) {
            if wy != 0.0 && wx != 0.0 {
                sum += wy * wx * node(row as i64 + j, column as i64 + i);
            }
        }
    }
    sum
}

/// From a height above sea level to one above the ellipsoid: h = H + N.
pub fn ellipsoid_from_amsl(p: Position<Amsl>) -> Wgs84 {
    Position::new(
        p.at,
        Height::<Ellipsoid>::from_m(p.height.m() + undulation_m(p.at)),
    )
}

/// From a height above the ellipsoid to one above sea level: H = h − N.
pub fn amsl_from_ellipsoid(p: Wgs84) -> Position<Amsl> {
    Position::new(
        p.at,
        Height::<Amsl>::from_m(p.height.m() - undulation_m(p.at)),
    )
}
