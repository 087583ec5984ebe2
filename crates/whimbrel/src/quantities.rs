//! Quantities of the command line: lengths, rates, shares, places, wind. SI inside.

use std::str::FromStr;
use std::time::Duration;

use whimbrel_geo::LatLon;

fn number(text: &str, what: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("`{text}` is not {what}")),
    }
}

/// A number and the unit behind it.
fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| c.is_alphabetic() || c == '%')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

/// A length in metres: `120`, `120m`, `3cm`, `400ft`, `1.2km`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length(pub f64);

impl FromStr for Length {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, unit) = split_unit(text);
        let per_unit = match unit {
            "" | "m" => 1.0,
            "mm" => 0.001,
            "cm" => 0.01,
            "km" => 1_000.0,
            "ft" => 0.3048,
            "nm" | "NM" => 1_852.0,
            other => {
                return Err(format!(
                    "`{other}` is not a unit of length: use m, mm, cm, km, ft or NM"
                ));
            }
        };
        let metres = number(value, "a length such as 120m, 3cm or 400ft")? * per_unit;
        if metres > 0.0 {
            Ok(Self(metres))
        } else {
            Err("a length must be more than nothing".into())
        }
    }
}

/// A share: `75%` or `0.75`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl FromStr for Share {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, unit) = split_unit(text);
        let value = number(value, "a share such as 75% or 0.75")?;
        let value = match unit {
            "%" => value / 100.0,
            "" => value,
            other => return Err(format!("`{other}` does not belong behind a share")),
        };
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{text} is not between 0% and 100%"))
        }
    }
}

/// A data rate in bits per second: `64kbit`, `2Mbit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, unit) = split_unit(text);
        let per_unit = match unit {
            "" | "bit" => 1.0,
            "kbit" => 1e3,
            "Mbit" => 1e6,
            "Gbit" => 1e9,
            other => {
                return Err(format!(
                    "`{other}` is not a unit of rate: use bit, kbit, Mbit or Gbit (per second)"
                ));
            }
        };
        let rate = number(value, "a rate such as 64kbit or 2Mbit")? * per_unit;
        if rate >= 1_000.0 {
            Ok(Self(rate))
        } else {
            Err("a rate must be at least 1kbit".into())
        }
    }
}

/// `LAT,LON` or `LAT,LON,AMSL_M,HEADING_DEG` in degrees and metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Where.
    pub at: LatLon,
    /// Height above mean sea level, if given.
    pub amsl_m: Option<f64>,
    /// Where the nose points, if given.
    pub heading_rad: Option<f64>,
}

impl FromStr for Place {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let value = |part: &str| number(part, "a number of degrees or metres");
        let parts: Vec<&str> = text.split(',').collect();
        let (lat, lon, amsl, heading) = match parts.as_slice() {
            [lat, lon] => (value(lat)?, value(lon)?, None, None),
            // The ground's own height.
            [lat, lon, "", heading] => (value(lat)?, value(lon)?, None, Some(value(heading)?)),
            [lat, lon, amsl, heading] => (
                value(lat)?,
                value(lon)?,
                Some(value(amsl)?),
                Some(value(heading)?),
            ),
            _ => return Err("a place is LAT,LON or LAT,LON,AMSL_M,HEADING_DEG".into()),
        };
        let at = LatLon::from_deg(lat, lon).map_err(|e| e.to_string())?;
        Ok(Self {
            at,
            amsl_m: amsl,
            heading_rad: heading.map(f64::to_radians),
        })
    }
}

/// `SPEED,FROM_DEG`: metres per second and the direction that the wind comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wind {
    /// Speed.
    pub speed_m_s: f64,
    /// Where it comes from, clockwise from north.
    pub from_rad: f64,
}

impl FromStr for Wind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (speed, from) = text
            .split_once(',')
            .ok_or("wind is SPEED,FROM_DEG, for example 6,270")?;
        let speed_m_s = number(speed, "a wind speed in m/s")?;
        if !(0.0..=60.0).contains(&speed_m_s) {
            return Err("a wind speed must be between 0 and 60 m/s".into());
        }
        Ok(Self {
            speed_m_s,
            from_rad: number(from, "a direction in degrees")?.to_radians(),
        })
    }
}

/// An outage of the simulated radio: `START_S,DURATION_S` after the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outage {
    /// When it begins.
    pub start: Duration,
    /// How long it is.
    pub length: Duration,
}

impl FromStr for Outage {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (start, length) = text
            .split_once(',')
            .ok_or("an outage is START_S,DURATION_S, for example 120,30")?;
        let seconds = |t: &str| match number(t, "a number of seconds")? {
            s if (0.0..1e9).contains(&s) => Ok(Duration::from_secs_f64(s)),
            _ => Err("an outage has a start and a duration of 0 s or more".to_owned()),
        };
        Ok(Self {
            start: seconds(start)?,
            length: seconds(length)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        assert_eq!("3cm".parse(), Ok(Length(0.03)));
        assert_eq!("400ft".parse(), Ok(Length(121.92)));
        assert_eq!("120".parse(), Ok(Length(120.0)));
        assert_eq!("75%".parse(), Ok(Share(0.75)));
        assert_eq!("0.65".parse(), Ok(Share(0.65)));
        assert_eq!("2Mbit".parse(), Ok(Rate(2e6)));
        assert!("75 parsecs".parse::<Length>().is_err());
        assert!("-3m".parse::<Length>().is_err());
        assert!("175%".parse::<Share>().is_err());
        assert!("nan".parse::<Length>().is_err());
    }

    #[test]
    fn places_are_read() {
        let place: Place = "46.5,9.25,1200,90".parse().expect("a place");
        assert_eq!(place.amsl_m, Some(1200.0));
        assert!((place.heading_rad.expect("heading") - std::f64::consts::FRAC_PI_2).abs() < 1e-12);
        assert!("46.5".parse::<Place>().is_err());
        assert!("146.5,9".parse::<Place>().is_err());
    }
}
