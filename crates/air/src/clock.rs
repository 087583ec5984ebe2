//! The shells' one clock: simulated time is the wall's, times a factor that may change, from a moment that all processes
//! know.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Fastest and slowest factor.
pub const SPEED_RANGE: std::ops::RangeInclusive<f64> = 0.1..=100.0;
/// Largest file of changes that is read.
const PACE_BYTES_MAX: u64 = 4096;
/// How often a file of changes is looked at.
const PACE_LOOK: Duration = Duration::from_millis(40);
/// A change is told so long before it counts, so that every process knows it in time.
const PACE_NOTICE_S: f64 = 0.25;
/// Nobody who waits for a moment sleeps longer than this while the factor may change.
const PACE_SLEEP_MAX: Duration = Duration::from_millis(50);

/// From the wall's `wall_s` on, the clock shows `shown_s` and runs at `speed`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Beat {
    wall_s: f64,
    shown_s: f64,
    speed: f64,
}

impl Beat {
    fn at(&self, wall_s: f64) -> f64 {
        self.shown_s + (wall_s - self.wall_s) * self.speed
    }
}

#[derive(Debug)]
struct Shared {
    started: Instant,
    started_s: f64,
    /// The beat that counts now, and the one after it, if that is known.
    beats: RwLock<(Beat, Option<Beat>)>,
    paced: bool,
    /// Nanoseconds shown last: time does not go back when news of a change came late.
    shown_ns: AtomicU64,
}

/// Tells machines the time. With speed 1 it is the wall's time, but steady: steps of the wall's clock do not matter.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Shared>);

/// A clock that cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// Outside [`SPEED_RANGE`].
    #[error("the speed {0} is not between 0.1 and 100")]
    Speed(f64),
    /// Not a moment.
    #[error("{0} is no moment in seconds since 1970")]
    Moment(f64),
    /// The file of changes.
    #[error("the pace of simulated time cannot be followed in {path}: {problem}")]
    Pace {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
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
        let beat = Beat {
            wall_s: now,
            shown_s: now,
            speed: 1.0,
        };
        Self::beating(beat, None, false)
    }

    fn beating(beat: Beat, next: Option<Beat>, paced: bool) -> Self {
        Self(Arc::new(Shared {
            started: Instant::now(),
            started_s: wall().as_secs_f64(),
            beats: RwLock::new((beat, next)),
            paced,
            shown_ns: AtomicU64::new(0),
        }))
    }

    fn first(speed: f64, from_unix_s: Option<f64>) -> Result<Beat, ClockError> {
        if !SPEED_RANGE.contains(&speed) {
            return Err(ClockError::Speed(speed));
        }
        let from = from_unix_s.unwrap_or_else(|| wall().as_secs_f64());
        if !(0.0..1e11).contains(&from) {
            return Err(ClockError::Moment(from));
        }
        Ok(Beat {
            wall_s: from,
            shown_s: from,
            speed,
        })
    }

    /// Time that is the wall's at `from_unix_s` (now, if not given) and runs at `speed` from then on.
    ///
    /// # Errors
    /// A speed or moment that makes no sense.
    pub fn new(speed: f64, from_unix_s: Option<f64>) -> Result<Self, ClockError> {
        Ok(Self::beating(Self::first(speed, from_unix_s)?, None, false))
    }

    /// The same, with changes of speed that another process writes to a file (see [`Pacer`]): a thread follows it.
    ///
    /// # Errors
    /// A speed or moment that makes no sense; a file that is there and cannot be read.
    pub fn paced(speed: f64, from_unix_s: Option<f64>, path: &Path) -> Result<Self, ClockError> {
        let (beat, next) = match read_pace(path)? {
            Some((beat, next)) => (beat, next),
            None => (Self::first(speed, from_unix_s)?, None),
        };
        let clock = Self::beating(beat, next, true);
        let (weak, path) = (Arc::downgrade(&clock.0), path.to_owned());
        let follow = move || {
            while let Some(shared) = weak.upgrade() {
                // Half a second of an unreadable file changes nothing: the last change counts on.
                if let Ok(Some(beats)) = read_pace(&path) {
                    *shared.beats.write().unwrap_or_else(PoisonError::into_inner) = beats;
                }
                drop(shared);
                std::thread::sleep(PACE_LOOK);
            }
        };
        let failed = |problem: std::io::Error| ClockError::Pace {
            path: PathBuf::new(),
            problem: problem.to_string(),
        };
        std::thread::Builder::new()
            .name("pace".into())
            .spawn(follow)
            .map_err(failed)?;
        Ok(clock)
    }

    fn wall_s(&self) -> f64 {
        self.0.started_s + self.0.started.elapsed().as_secs_f64()
    }

    fn beat(&self, wall_s: f64) -> Beat {
        let beats = self.0.beats.read().unwrap_or_else(PoisonError::into_inner);
        match beats.1 {
            Some(next) if next.wall_s <= wall_s => next,
            _ => beats.0,
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Duration {
        let wall_s = self.wall_s();
        let beat = self.beat(wall_s);
        let shown_s = if wall_s < beat.wall_s && !self.0.paced {
            wall_s
        } else {
            beat.at(wall_s)
        };
        let shown = Duration::from_secs_f64(shown_s.max(0.0));
        let ns = u64::try_from(shown.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.0.shown_ns.fetch_max(ns, Ordering::Relaxed).max(ns))
    }

    /// Simulated seconds per second of the wall.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.beat(self.wall_s()).speed
    }

    /// How long to wait by the wall until the clock shows `at` (nothing when that is past); when the speed may change,
    /// perhaps less: look again.
    #[must_use]
    pub fn wall_until(&self, at: Duration) -> Duration {
        let wait = at.saturating_sub(self.now()).div_f64(self.speed());
        if self.0.paced {
            wait.min(PACE_SLEEP_MAX)
        } else {
            wait
        }
    }
}

/// Two beats as `wall_s shown_s speed`, a line each; `None` when there is no file yet.
fn read_pace(path: &Path) -> Result<Option<(Beat, Option<Beat>)>, ClockError> {
    let failed = |problem: &dyn std::fmt::Display| ClockError::Pace {
        path: path.to_owned(),
        problem: problem.to_string(),
    };
    let text = match std::fs::metadata(path) {
        Ok(meta) if meta.len() > PACE_BYTES_MAX => return Err(failed(&"it is too long")),
        Ok(_) => std::fs::read_to_string(path).map_err(|e| failed(&e))?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(&e)),
    };
    let beat = |line: &str| -> Option<Beat> {
        let mut numbers = line.split(' ').map(str::parse::<f64>);
        let mut next = || numbers.next()?.ok().filter(|n| n.is_finite());
        let (wall_s, shown_s, speed) = (next()?, next()?, next()?);
        SPEED_RANGE.contains(&speed).then_some(Beat {
            wall_s,
            shown_s,
            speed,
        })
    };
    let mut lines = text.lines().map(beat);
    match (lines.next(), lines.next()) {
        (Some(Some(first)), None) => Ok(Some((first, None))),
        (Some(Some(first)), Some(Some(second))) => Ok(Some((first, Some(second)))),
        _ => Err(failed(&"it does not hold moments and speeds")),
    }
}

/// Sets the speed of all clocks that follow a file.
#[derive(Debug)]
pub struct Pacer {
    path: PathBuf,
    beat: Beat,
}

impl Pacer {
    /// Take the file over; without one, time is the wall's at `from_unix_s` and runs at `speed`.
    ///
    /// # Errors
    /// A speed or moment that makes no sense; a file that cannot be read or written.
    pub fn open(path: &Path, speed: f64, from_unix_s: f64) -> Result<Self, ClockError> {
        let beat = match read_pace(path)? {
            Some((beat, next)) => next.unwrap_or(beat),
            None => Clock::first(speed, Some(from_unix_s))?,
        };
        let pacer = Self {
            path: path.to_owned(),
            beat,
        };
        pacer.write(&[beat])?;
        Ok(pacer)
    }

    fn write(&self, beats: &[Beat]) -> Result<(), ClockError> {
        let lines: Vec<String> = beats
            .iter()
            .map(|b| format!("{:.6} {:.6} {}\n", b.wall_s, b.shown_s, b.speed))
            .collect();
        let part = self.path.with_extension("part");
        std::fs::write(&part, lines.concat())
            .and_then(|()| std::fs::rename(&part, &self.path))
            .map_err(|problem| ClockError::Pace {
                path: self.path.clone(),
                problem: problem.to_string(),
            })
    }

    /// The speed that was set last.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.beat.speed
    }

    /// Run at `speed` from a moment a little later.
    ///
    /// # Errors
    /// A speed that makes no sense; a file that cannot be written.
    pub fn set(&mut self, speed: f64) -> Result<(), ClockError> {
        if !SPEED_RANGE.contains(&speed) {
            return Err(ClockError::Speed(speed));
        }
        // One change at a time: the next follows when the last one counts.
        let wall_s = (wall().as_secs_f64() + PACE_NOTICE_S).max(self.beat.wall_s);
        let next = Beat {
            wall_s,
            shown_s: self.beat.at(wall_s),
            speed,
        };
        self.write(&[self.beat, next])?;
        self.beat = next;
        Ok(())
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
        assert!(matches!(Clock::new(0.0, None), Err(ClockError::Speed(_))));
    }

    #[test]
    fn time_goes_on_without_a_step_when_the_speed_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pace");
        let from = wall().as_secs_f64() - 100.0;
        let mut pacer = Pacer::open(&path, 10.0, from).expect("writes");
        pacer.set(0.5).expect("writes");
        let (before, after) = read_pace(&path).expect("reads").expect("is there");
        let after = after.expect("a change");
        assert!((before.at(after.wall_s) - after.shown_s).abs() < 1e-3);
        assert_eq!((before.speed, after.speed), (10.0, 0.5));
        // Whoever comes later goes on from there.
        let again = Pacer::open(&path, 3.0, 0.0).expect("reads");
        assert_eq!(again.speed(), 0.5);
        let clock = Clock::paced(3.0, None, &path).expect("follows");
        let shown = clock.now().as_secs_f64();
        assert!((shown - after.shown_s).abs() < 30.0, "{shown} {after:?}");
        std::fs::write(&path, "now then").expect("writes");
        assert!(matches!(
            Clock::paced(1.0, None, &path),
            Err(ClockError::Pace { .. })
        ));
    }
}
