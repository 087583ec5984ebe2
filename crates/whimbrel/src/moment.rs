//! Times of the command line: exposures, dates, times of day.

use std::str::FromStr;
use std::time::Duration;

use whimbrel_geo::time::Civil;

/// An exposure in seconds: `1/1000`, `1/1000s` or `0.001`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure(pub f64);

impl FromStr for Exposure {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.trim().trim_end_matches('s').trim();
        let seconds = match plain.split_once('/') {
            Some((up, down)) => number(up).zip(number(down)).map(|(up, down)| up / down),
            None => number(plain),
        };
        seconds
            .filter(|s| *s > 0.0 && s.is_finite())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not an exposure such as 1/1000"))
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// A date: `2026-06-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    year: i64,
    month: u32,
    day: u32,
}

impl FromStr for Date {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let date = match parts.as_slice() {
            [y, m, d] => (y.parse().ok(), m.parse().ok(), d.parse().ok()),
            _ => (None, None, None),
        };
        let (Some(year), Some(month), Some(day)) = date else {
            return Err(format!("`{text}` is not a date such as 2026-06-21"));
        };
        let date = Self { year, month, day };
        date.at(TimeOfDay::default())
            .map(|_| date)
            .ok_or_else(|| format!("there is no day {text} after 1970"))
    }
}

/// A time of day: `10:30`, `10:30Z` (both UTC) or `12:30+02:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeOfDay {
    minute: u32,
    /// Minutes ahead of UTC.
    offset_min: i64,
}

impl FromStr for TimeOfDay {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a time such as 10:30 (UTC) or 12:30+02:00");
        let clock = |t: &str, hours: u32| -> Option<u32> {
            let (h, m) = t.split_once(':')?;
            let (h, m): (u32, u32) = (h.parse().ok()?, m.parse().ok()?);
            (h < hours && m < 60).then_some(60 * h + m)
        };
        let plain = text.trim().trim_end_matches('Z');
        let sign = plain.find(['+', '-']);
        let (time, offset_min) = match sign {
            Some(at) => {
                let (time, offset) = plain.split_at(at);
                let ahead = clock(&offset[1..], 15).ok_or_else(wrong)?;
                let ahead = i64::from(ahead);
                (
                    time,
                    if offset.starts_with('-') {
                        -ahead
                    } else {
                        ahead
                    },
                )
            }
            None => (plain, 0),
        };
        let minute = clock(time, 24).ok_or_else(wrong)?;
        Ok(Self { minute, offset_min })
    }
}

impl Date {
    /// That time of this day, since the Unix epoch.
    pub fn at(self, time: TimeOfDay) -> Option<Duration> {
        let midnight = Civil {
            year: self.year,
            month: self.month,
            day: self.day,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
        };
        let minutes = i64::from(time.minute) - time.offset_min;
        let start = i64::try_from(midnight.to_unix()?.as_secs()).ok()?;
        Some(Duration::from_secs(
            u64::try_from(start + 60 * minutes).ok()?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposures_dates_and_times_are_read() {
        assert_eq!("1/1000".parse(), Ok(Exposure(0.001)));
        assert_eq!("1/500 s".parse(), Ok(Exposure(0.002)));
        assert_eq!("0.5".parse(), Ok(Exposure(0.5)));
        for wrong in ["1/0", "0", "-1/100", "fast", "", "1/"] {
            assert!(wrong.parse::<Exposure>().is_err(), "{wrong}");
        }
        let day: Date = "2026-06-21".parse().expect("a date");
        let at = |time: &str| {
            let time = time.parse::<TimeOfDay>().expect("a time");
            day.at(time).expect("a moment").as_secs()
        };
        assert_eq!(at("10:00"), 1_782_036_000);
        assert_eq!(at("10:00Z"), at("12:00+02:00"));
        assert_eq!(at("05:30-04:30"), at("10:00"));
        for wrong in ["24:00", "10:60", "10", "10:00+25:00", "ä:00", "10:00+"] {
            assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
        }
        for wrong in ["2026-02-30", "1960-01-01", "2026-6", "heute"] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }
}
