//! Civil time (UTC, proleptic Gregorian) from and to the time since the Unix epoch.

use core::fmt;
use core::time::Duration;

/// A moment as people write it, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Year, e.g. 2026.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 59.
    pub second: u32,
    /// Nanosecond, 0 to 999,999,999.
    pub nanosecond: u32,
}

/// Days of each month of a common year.
const MONTH_DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_days(year: i64, month: u32) -> u32 {
    let days = MONTH_DAYS
        .get((month as usize).wrapping_sub(1))
        .copied()
        .unwrap_or(0);
    days + u32::from(month == 2 && is_leap(year))
}

/// Days from 1970-01-01 to the first of January of `year`.
fn days_before_year(year: i64) -> i64 {
    let y = year - 1;
    365 * (year - 1970) + (y.div_euclid(4) - 492) - (y.div_euclid(100) - 19)
        + (y.div_euclid(400) - 4)
}

impl Civil {
    /// The civil time of a moment since the Unix epoch. Years beyond 9999 are given as they are.
    pub fn from_unix(t: Duration) -> Self {
        let mut days = (t.as_secs() / 86_400).min(3_652_425_000) as i64;
        let of_day = (t.as_secs() % 86_400) as u32;
        let mut year = 1970 + days / 366;
        while days_before_year(year + 1) <= days {
            year += ((days - days_before_year(year + 1)) / 366).max(1);
        }
        days -= days_before_year(year);
        let mut month = 1;
        while days >= i64::from(month_days(year, month)) && month < 12 {
            days -= i64::from(month_days(year, month));
            month += 1;
        }
        Self {
            year,
            month,
            day: days as u32 + 1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanosecond: t.subsec_nanos(),
        }
    }
    /// Time since the Unix epoch; `None` if it is no date or before 1970. A leap second (60) is
    /// taken as the first second of the next minute.
    pub fn to_unix(self) -> Option<Duration> {
        let valid = (1970..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=month_days(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second <= 60
            && self.nanosecond < 1_000_000_000;
        if !valid {
            return None;
        }
        let days = days_before_year(self.year)
            + (1..self.month)
                .map(|m| i64::from(month_days(self.year, m)))
                .sum::<i64>()
            + i64::from(self.day)
            - 1;
        let seconds = days * 86_400
            + i64::from(self.hour) * 3600
            + i64::from(self.minute) * 60
            + i64::from(self.second);
        Some(Duration::new(u64::try_from(seconds).ok()?, self.nanosecond))
    }
}

/// ISO 8601 with milliseconds: `2026-11-20T12:35:18.250Z`.
impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.nanosecond / 1_000_000
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        // POSIX.1-2017 §4.16 and `date -u -d @N`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_372_679_999, "2013-07-01T11:59:59.000Z"),
            (4_102_444_799, "2099-12-31T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            let civil = Civil::from_unix(Duration::from_secs(seconds));
            assert_eq!(civil.to_string(), text);
            assert_eq!(civil.to_unix(), Some(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn every_day_round_trips() {
        for day in 0..200_000u64 {
            let t = Duration::from_secs(day * 86_400 + day % 86_400);
            assert_eq!(Civil::from_unix(t).to_unix(), Some(t));
        }
        let no_date = Civil {
            day: 30,
            month: 2,
            ..Civil::from_unix(Duration::ZERO)
        };
        assert_eq!(no_date.to_unix(), None);
        Civil::from_unix(Duration::MAX); // ends
    }
}
