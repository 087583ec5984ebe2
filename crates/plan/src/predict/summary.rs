//! The prediction in numbers.

use serde::{Deserialize, Serialize};

/// How a quantity is spread over the area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Least.
    pub min: f64,
    /// A twentieth of the area has less.
    pub p5: f64,
    /// Half of the area has less.
    pub median: f64,
    /// Most.
    pub max: f64,
}

/// Shares of the area that few photos see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Few {
    /// Fewer than three: no reliable surface.
    pub three: f64,
    /// Fewer than five.
    pub five: f64,
}

/// What photos will show of the area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Share that at least one photo shows.
    pub coverage: f64,
    /// How many photos see a place.
    pub overlap: Spread,
    /// Ground sampling distance of the photo that sees a place best.
    pub gsd_m: Spread,
    /// Shares that few photos see.
    pub share_seen_by_fewer_than: Few,
    /// Side of the cells that were looked at.
    pub cell_m: f64,
}

/// The spread of values; all zero when there are none.
pub(super) fn spread(mut values: Vec<f64>) -> Spread {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (share * values.len().saturating_sub(1) as f64).floor() as usize;
        values.get(index).copied().unwrap_or(0.0)
    };
    Spread {
        min: at(0.0),
        p5: at(0.05),
        median: at(0.5),
        max: at(1.0),
    }
}
