//! Numbers as people read them: metric first, aviation behind.

use whimbrel_mission::zone::FOOT_M;

const KNOT_M_S: f64 = 1852.0 / 3600.0;
const NAUTICAL_MILE_M: f64 = 1852.0;
const ACRE_M2: f64 = 4_046.856;

/// `2h 03min`, `14:05 min`.
pub(super) fn time(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    let (h, m, s) = (whole / 3600, whole / 60 % 60, whole % 60);
    if h > 0 {
        format!("{h} h {m:02} min")
    } else {
        format!("{m}:{s:02} min")
    }
}

pub(super) fn feet(m: f64) -> String {
    format!("{:.0} ft", m / FOOT_M)
}

/// Metres and feet.
pub(super) fn height(m: f64) -> String {
    format!("{m:.0} m <small>({})</small>", feet(m))
}

/// Kilometres and nautical miles.
pub(super) fn distance(m: f64) -> String {
    format!(
        "{} <small>({:.2} NM)</small>",
        metric(m),
        m / NAUTICAL_MILE_M
    )
}

/// `850 m`, `12.40 km`.
pub(super) fn metric(m: f64) -> String {
    if m.abs() < 1000.0 {
        format!("{m:.0} m")
    } else {
        format!("{:.2} km", m / 1000.0)
    }
}

/// A round way along an axis: `15 km · 8.1 NM`.
pub(super) fn way(m: f64) -> String {
    format!("{} · {:.1} NM", round_metric(m), m / NAUTICAL_MILE_M)
}

/// A round length without digits that mean nothing.
pub(super) fn round_metric(m: f64) -> String {
    if m < 1000.0 {
        format!("{m} m")
    } else {
        format!("{} km", m / 1000.0)
    }
}

pub(super) fn nautical(m: f64) -> String {
    format!("{:.2} NM", m / NAUTICAL_MILE_M)
}

/// Metres per second and knots.
pub(super) fn speed(m_s: f64) -> String {
    format!("{m_s:.1} m/s <small>({:.0} kt)</small>", m_s / KNOT_M_S)
}

/// Hectares or square kilometres, number and unit.
pub(super) fn area(m2: f64) -> (String, &'static str) {
    if m2 < 1.0e6 {
        (format!("{:.2}", m2 / 1.0e4), "ha")
    } else {
        (format!("{:.2}", m2 / 1.0e6), "km²")
    }
}

pub(super) fn acres(m2: f64) -> String {
    format!("{:.1} acres", m2 / ACRE_M2)
}

/// A round number of 1, 2 or 5 times a power of ten, not above `value`.
pub(super) fn round_below(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-9).log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|n| n * power)
        .find(|n| *n <= value)
        .unwrap_or(power)
}

/// Degrees, minutes, seconds: `47°23'51.7"N`.
pub(super) fn sexagesimal(deg: f64, letters: [char; 2]) -> String {
    let letter = if deg < 0.0 { letters[1] } else { letters[0] };
    let tenths = (deg.abs() * 36_000.0).round() as u64;
    let (d, m, s) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    format!("{d}°{m:02}′{:02}.{}″{letter}", s / 10, s % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(time(845.4), "14:05 min");
        assert_eq!(time(7_384.0), "2 h 03 min");
        assert_eq!(height(120.0), "120 m <small>(394 ft)</small>");
        assert_eq!(distance(12_400.0), "12.40 km <small>(6.70 NM)</small>");
        assert_eq!(sexagesimal(-8.545_6, ['E', 'W']), "8°32′44.2″W");
        assert_eq!(round_below(730.0), 500.0);
        assert_eq!(round_below(0.3), 0.2);
    }
}
