//! Zones of the air: where who may fly up to which height, as authorities publish them.

use crate::Area;
use core::fmt;
use whimbrel_geo::{
    Agl, Amsl, Ellipsoid, Height, LatLon, LocalFrame, Polygon, Position, amsl_from_ellipsoid,
};

/// Metres in a foot (international).
pub const FOOT_M: f64 = 0.3048;
/// A flight level is a pressure; at the lowest sea-level pressure on record in
/// settled weather (940 hPa) it lies this much lower than in the standard
/// atmosphere (8.3 m per hPa, ICAO Doc 7488).
pub const FLIGHT_LEVEL_ERROR_M: f64 = 610.0;

/// What a zone asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Flying is forbidden.
    Prohibited,
    /// Flying needs a permission.
    Authorisation,
    /// Flying is bound to conditions.
    Conditional,
    /// For information.
    Free,
}

/// A lower or upper limit with what it is measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Above the ground below; 0 is the ground itself.
    Agl(Height<Agl>),
    /// Above mean sea level.
    Amsl(Height<Amsl>),
    /// Above the WGS 84 ellipsoid.
    Ellipsoid(Height<Ellipsoid>),
    /// Pressure altitude in hundreds of feet.
    FlightLevel(f64),
    /// No limit.
    Unlimited,
}

impl Limit {
    /// The ground.
    pub const GROUND: Self = Self::Agl(Height::from_m(0.0));

    /// The lowest height above sea level that this limit may be at, over
    /// ground no lower than `ground`; `None` when there is no limit.
    #[must_use]
    pub fn lowest(self, at: LatLon, ground: Height<Amsl>) -> Option<Height<Amsl>> {
        Some(match self {
            Self::Agl(h) => h.over(ground),
            Self::Amsl(h) => h,
            Self::Ellipsoid(h) => amsl_from_ellipsoid(Position::new(at, h)).height,
            Self::FlightLevel(level) => {
                Height::from_m(level * 100.0 * FOOT_M - FLIGHT_LEVEL_ERROR_M)
            }
            Self::Unlimited => return None,
        })
    }

    /// The highest height above sea level that this limit may be at, over
    /// ground no higher than `ground`; `None` when there is no limit.
    #[must_use]
    pub fn highest(self, at: LatLon, ground: Height<Amsl>) -> Option<Height<Amsl>> {
        match self {
            Self::FlightLevel(level) => Some(Height::from_m(
                level * 100.0 * FOOT_M + FLIGHT_LEVEL_ERROR_M,
            )),
            other => other.lowest(at, ground),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metres_and_feet = |f: &mut fmt::Formatter<'_>, m: f64, datum: &str| {
            write!(f, "{m:.0} m ({:.0} ft) {datum}", m / FOOT_M)
        };
        match *self {
            Self::Agl(h) if h.m() == 0.0 => f.write_str("ground"),
            Self::Agl(h) => metres_and_feet(f, h.m(), "above ground"),
            Self::Amsl(h) => metres_and_feet(f, h.m(), "above sea level"),
            Self::Ellipsoid(h) => metres_and_feet(f, h.m(), "above the ellipsoid"),
            Self::FlightLevel(level) => write!(f, "FL{level:03.0}"),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// A zone of the air.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Its name or identifier.
    pub name: String,
    /// Its class or type in the words of the file (`CTR`, `R`, `REQ_AUTHORISATION`).
    pub class: String,
    /// What it asks for.
    pub rule: Rule,
    /// Its outline.
    pub area: Area,
    /// Where it begins.
    pub lower: Limit,
    /// Where it ends.
    pub upper: Limit,
    /// When it holds, in the words of the file; `None`: always. Planning takes
    /// every zone as active.
    pub times: Option<String>,
}

/// Where a flight may be, for asking which zones concern it.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Plane of the plan.
    pub frame: LocalFrame,
    /// South-west corner in the plane, metres.
    pub low: [f64; 2],
    /// North-east corner.
    pub high: [f64; 2],
    /// Lowest ground there, where the flight takes off and lands.
    pub lowest_ground: Height<Amsl>,
    /// Highest ground there.
    pub highest_ground: Height<Amsl>,
    /// Highest place of the flight above sea level.
    pub top: Height<Amsl>,
    /// Highest place of the flight above the ground below it.
    pub top_above_ground: Height<Agl>,
}

impl Reach {
    /// What of `zone` lies within reach of the flight: pieces inside the box,
    /// none when it lies elsewhere, above or below. Rings that cross
    /// themselves are taken as their union.
    #[must_use]
    pub fn concerned(&self, zone: &Zone) -> Vec<Area> {
        let Some(at) = zone.area.outer.first().copied() else {
            return Vec::new();
        };
        let over = match zone.lower {
            Limit::Agl(floor) => floor > self.top_above_ground,
            lower => lower
                .lowest(at, self.lowest_ground)
                .is_none_or(|floor| floor > self.top),
        };
        let under = zone
            .upper
            .highest(at, self.highest_ground)
            .is_some_and(|ceiling| ceiling < self.lowest_ground);
        if over || under || !self.near(&zone.area) {
            return Vec::new();
        }
        let polygon = zone.area.polygon(&self.frame);
        let [w, s] = self.low;
        let [e, n] = self.high;
        let reach = Polygon::new(vec![[w, s], [e, s], [e, n], [w, n]]);
        let mut pieces = polygon.intersection(&reach);
        if polygon.validate().is_err() {
            // The cut goes by even and odd, the union by winding: what either
            // takes as inside counts.
            let whole = Polygon::union(core::slice::from_ref(&polygon));
            pieces.extend(whole.iter().flat_map(|p| p.intersection(&reach)));
            pieces = Polygon::union(&pieces);
        }
        pieces
            .iter()
            .map(|piece| Area::from_polygon(piece, &self.frame))
            .collect()
    }

    /// Whether the boxes of latitude and longitude touch: keeps zones of
    /// another country out of the plane, which ends at the horizon.
    fn near(&self, area: &Area) -> bool {
        let corners = [
            self.low,
            [self.high[0], self.low[1]],
            self.high,
            [self.low[0], self.high[1]],
        ];
        let reach = Area::new(
            corners
                .iter()
                .map(|c| self.frame.latlon_from_xy(*c))
                .collect(),
        );
        match (area.bounds(), reach.bounds()) {
            (Some(a), Some(b)) => {
                a.south_deg <= b.north_deg
                    && b.south_deg <= a.north_deg
                    && a.west_deg <= b.east_deg
                    && b.west_deg <= a.east_deg
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::from_deg(lat, lon).expect("valid")
    }

    fn reach() -> Reach {
        Reach {
            frame: LocalFrame::new(Position::new(at(47.0, 8.0), Height::from_m(0.0))),
            low: [-2000.0, -2000.0],
            high: [2000.0, 2000.0],
            lowest_ground: Height::from_m(400.0),
            highest_ground: Height::from_m(600.0),
            top: Height::from_m(720.0),
            top_above_ground: Height::from_m(320.0),
        }
    }

    fn zone(lower: Limit, upper: Limit, ring: &[[f64; 2]]) -> Zone {
        Zone {
            name: "Z".into(),
            class: "R".into(),
            rule: Rule::Prohibited,
            area: Area::new(ring.iter().map(|p| at(p[0], p[1])).collect()),
            lower,
            upper,
            times: None,
        }
    }

    #[test]
    fn heights_decide_which_zones_concern_a_flight() {
        let big = [[46.0, 7.0], [46.0, 9.0], [48.0, 9.0], [48.0, 7.0]];
        let concerned = |lower, upper| !reach().concerned(&zone(lower, upper, &big)).is_empty();
        let feet = |ft: f64| Limit::Amsl(Height::from_m(ft * FOOT_M));
        assert!(concerned(Limit::GROUND, Limit::Unlimited));
        assert!(!concerned(feet(4500.0), Limit::FlightLevel(100.0)));
        assert!(concerned(feet(2300.0), Limit::FlightLevel(100.0)));
        assert!(!concerned(
            Limit::Agl(Height::from_m(330.0)),
            Limit::Unlimited
        ));
        assert!(concerned(
            Limit::Agl(Height::from_m(300.0)),
            Limit::Unlimited
        ));
        assert!(!concerned(Limit::FlightLevel(65.0), Limit::Unlimited));
        assert!(concerned(Limit::FlightLevel(40.0), Limit::Unlimited));
        assert!(!concerned(Limit::GROUND, feet(1000.0)));
        // 740 m above the ellipsoid is 692 m above the sea here.
        assert!(concerned(
            Limit::Ellipsoid(Height::from_m(740.0)),
            Limit::Unlimited
        ));
        assert_eq!(Limit::GROUND.to_string(), "ground");
        assert_eq!(feet(2500.0).to_string(), "762 m (2500 ft) above sea level");
        assert_eq!(Limit::FlightLevel(65.0).to_string(), "FL065");
    }

    #[test]
    fn a_zone_is_cut_to_the_reach_and_mended() {
        let big = [[46.0, 7.0], [46.0, 8.0], [48.0, 8.0], [48.0, 7.0]];
        let cut = reach().concerned(&zone(Limit::GROUND, Limit::Unlimited, &big));
        assert_eq!(cut.len(), 1);
        assert!((cut[0].area_m2() - 8.0e6).abs() < 2.0e4, "the western half");
        let far = [[46.0, 17.0], [46.0, 18.0], [48.0, 18.0]];
        assert!(
            reach()
                .concerned(&zone(Limit::GROUND, Limit::Unlimited, &far))
                .is_empty()
        );
        let bow_tie = [[46.99, 7.99], [47.01, 8.01], [47.01, 7.99], [46.99, 8.01]];
        let pieces = reach().concerned(&zone(Limit::GROUND, Limit::Unlimited, &bow_tie));
        let area_m2: f64 = pieces.iter().map(Area::area_m2).sum();
        assert!((area_m2 / 1.690e6 - 1.0).abs() < 0.01, "{area_m2}");
        assert!(pieces.iter().all(|p| p.validate().is_ok()), "{pieces:?}");
    }
}
