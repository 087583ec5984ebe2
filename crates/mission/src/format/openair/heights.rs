//! Heights: `GND`, `2500ft MSL`, `1000 AGL`, `450 m`, `FL 65`, `UNL`.

use crate::zone::{FOOT_M, Limit};
use whimbrel_geo::Height;

/// What may stand behind a number.
const UNITS: [&str; 14] = [
    "", "FT", "F", "FEET", "M", "MT", "MSL", "AMSL", "ALT", "AGL", "ASFC", "GND", "SFC", "STD",
];

/// Reads a height; feet and sea level where nothing else is said.
pub(super) fn limit(text: &str) -> Result<Limit, String> {
    let upper = text.to_ascii_uppercase();
    let wrong = || {
        format!(
            "{text:?} is not a height: write it like 2500ft MSL, 1000ft AGL, 450m AGL, FL65, GND or UNL"
        )
    };
    let first = upper.split_ascii_whitespace().next().unwrap_or_default();
    match first {
        "GND" | "SFC" | "GROUND" | "SURFACE" => return Ok(Limit::GROUND),
        "UNL" | "UNLIM" | "UNLIMITED" | "UNLTD" => return Ok(Limit::Unlimited),
        _ => {}
    }
    let start = upper
        .find(|c: char| c.is_ascii_digit() || c == '-')
        .ok_or_else(wrong)?;
    let (before, rest) = upper.split_at(start);
    let end = rest
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && *c == '-')))
        .map_or(rest.len(), |(i, _)| i);
    let (number, after) = rest.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    if number.abs() > 200_000.0 {
        return Err(wrong());
    }
    if before.trim().starts_with("FL") {
        return Ok(Limit::FlightLevel(number));
    }
    let after = after.trim();
    let unit = after.split_ascii_whitespace().next().unwrap_or_default();
    if !UNITS.contains(&unit) {
        return Err(wrong());
    }
    let metres = after.starts_with('M') && !after.starts_with("MSL");
    let m = if metres { number } else { number * FOOT_M };
    let words = format!("{before} {after}");
    let above_ground = ["AGL", "GND", "SFC", "ASFC"]
        .iter()
        .any(|w| words.contains(w));
    Ok(if above_ground {
        Limit::Agl(Height::from_m(m))
    } else {
        Limit::Amsl(Height::from_m(m))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_as_they_are_written() {
        let feet = |ft: f64| Height::from_m(ft * FOOT_M);
        for (text, wanted) in [
            ("GND", Limit::GROUND),
            ("sfc", Limit::GROUND),
            ("0", Limit::Amsl(Height::from_m(0.0))),
            ("FL65", Limit::FlightLevel(65.0)),
            ("FL 095", Limit::FlightLevel(95.0)),
            ("2500ft MSL", Limit::Amsl(feet(2500.0))),
            ("2500 MSL", Limit::Amsl(feet(2500.0))),
            ("2500FT AMSL", Limit::Amsl(feet(2500.0))),
            ("4500", Limit::Amsl(feet(4500.0))),
            ("1000ft AGL", Limit::Agl(Height::from_m(1000.0 * FOOT_M))),
            ("1000 F GND", Limit::Agl(Height::from_m(1000.0 * FOOT_M))),
            ("450M AGL", Limit::Agl(Height::from_m(450.0))),
            ("3600m MSL", Limit::Amsl(Height::from_m(3600.0))),
            ("UNLIM", Limit::Unlimited),
        ] {
            assert_eq!(limit(text), Ok(wanted), "{text}");
        }
        for text in ["", "high", "FL", "1e9 ft", "9999999"] {
            assert!(limit(text).is_err(), "{text}");
        }
    }
}
