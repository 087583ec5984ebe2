//! The shells' one clock: simulated time is the wall's, times a factor, from a moment that all processes know.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Fastest and slowest factor.
pub const SPEED_RANGE: std::ops::RangeInclusive<f64> = 0.1..=100.0;

/// Tells machines the time. With speed 1 it is the wall's time, but steady: steps of the wall's clock do not matter.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    from_unix_s: f64,
    elapsed_at_start_s: f64,
    started: Instant,
    speed: f64,
}

/// A clock that cannot run.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ClockError {
    /// Outside [`SPEED_RANGE`].
    #[error("the speed {0} is not between 0.1 and 100")]
    Speed(f64),
    /// Not a moment.
    #[error("{0} is no moment in seconds since 1970")]
    Moment(f64),
}

/// Seconds since the Unix epoch by the wall.
#[must_use]
pub fn wall() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

impl Clock {
    /// The wall's time.
    #[must_use]
    pub fn real() -> Self {
        let now = wall().as_secs_f64();
        Self {
            from_unix_s: now,
            elapsed_at_start_s: 0.0,
            started: Instant::now(),
            speed: 1.0,
        }
    }

    /// Time that ran like the wall's until `from_unix_s` (now, if not given) and runs at `speed` from then on.
    ///
    /// # Errors
    /// A speed or moment that makes no sense.
    pub fn new(speed: f64, from_unix_s: Option<f64>) -> Result<Self, ClockError> {
        if !SPEED_RANGE.contains(&speed) {
            return Err(ClockError::Speed(speed));
        }
        let now = wall().as_secs_f64();
        let from = from_unix_s.unwrap_or(now);
        if !(0.0..1e11).contains(&from) {
            return Err(ClockError::Moment(from));
        }
        Ok(Self {
            from_unix_s: from,
            elapsed_at_start_s: now - from,
            started: Instant::now(),
            speed,
        })
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Duration {
        let elapsed_s = self.elapsed_at_start_s + self.started.elapsed().as_secs_f64();
        let factor = if elapsed_s < 0.0 { 1.0 } else { self.speed };
        Duration::from_secs_f64((self.from_unix_s + elapsed_s * factor).max(0.0))
    }

    /// Simulated seconds per second of the wall.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// How long the wall takes until the clock shows `at`; nothing when that is past.
    #[must_use]
    pub fn wall_until(&self, at: Duration) -> Duration {
        at.saturating_sub(self.now()).div_f64(self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clocks_from_one_moment_agree() {
        let from = wall().as_secs_f64() - 100.0;
        let (a, b) = (Clock::new(10.0, Some(from)), Clock::new(10.0, Some(from)));
        let (a, b) = (
            a.expect("runs").now().as_secs_f64(),
            b.expect("runs").now().as_secs_f64(),
        );
        assert!((a - b).abs() < 1.0);
        assert!((a - (from + 1000.0)).abs() < 5.0);
        assert_eq!(Clock::new(0.0, None).unwrap_err(), ClockError::Speed(0.0));
    }
}
