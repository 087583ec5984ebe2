//! How fast simulated time runs: as asked, unless this machine is short of time. A simulated camera takes a second of
//! computing for each photo, a real one none: time waits for it. For Whimbrel's own work, the map, time slows down to the
//! wall's and no further, for a real flight would not wait either.

use whimbrel_air::{ClockError, Pacer};

/// Photos that may wait to be rendered at full speed …
const UNRENDERED_FREE: f64 = 2.0;
/// … and at which time nearly stands.
const UNRENDERED_MAX: f64 = 8.0;
/// Photos that may wait for the map at full speed.
const UNMAPPED_FREE: u64 = 8;
/// Slowest.
const SPEED_MIN: f64 = 0.1;
/// Smaller changes are not worth telling.
const CHANGE_MIN: f64 = 0.1;

/// What this machine has still to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behind {
    /// Photos taken and not rendered.
    pub unrendered: u64,
    /// Photos received and not in the map.
    pub unmapped: u64,
    /// All aircraft are down, and the map does not stand yet.
    pub finishing: bool,
}

/// The speed for what is behind.
pub fn speed(asked: f64, behind: Behind) -> f64 {
    let late = behind.unrendered as f64 - UNRENDERED_FREE;
    let share = (1.0 - late / (UNRENDERED_MAX - UNRENDERED_FREE)).clamp(0.0, 1.0);
    let most = if behind.finishing || behind.unmapped > UNMAPPED_FREE {
        asked.min(1.0)
    } else {
        asked
    };
    (share * most).max(SPEED_MIN)
}

/// Sets the speed as the work goes.
pub struct Pace {
    pacer: Pacer,
    asked: f64,
    slowest: f64,
}

impl Pace {
    /// With the file that all processes follow.
    pub fn new(pacer: Pacer, asked: f64) -> Self {
        Self {
            pacer,
            asked,
            slowest: asked,
        }
    }

    /// Look at what is behind.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn follow(&mut self, behind: Behind) -> Result<(), ClockError> {
        let wanted = speed(self.asked, behind);
        let now = self.pacer.speed();
        let limit = wanted == self.asked || wanted == SPEED_MIN || wanted == 1.0;
        if wanted != now && (limit || (wanted / now - 1.0).abs() > CHANGE_MIN) {
            self.pacer.set(wanted)?;
            self.slowest = self.slowest.min(wanted);
        }
        Ok(())
    }

    /// The slowest speed so far.
    pub fn slowest(&self) -> f64 {
        self.slowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_waits_for_the_renderer_and_only_slows_down_for_the_map() {
        let none = Behind::default();
        assert_eq!(speed(4.0, none), 4.0);
        let late = |unrendered| Behind { unrendered, ..none };
        assert_eq!(speed(4.0, late(2)), 4.0);
        assert_eq!(speed(4.0, late(5)), 2.0);
        assert_eq!(speed(4.0, late(500)), SPEED_MIN);
        let map = Behind {
            unmapped: 500,
            finishing: true,
            ..none
        };
        assert_eq!(speed(4.0, map), 1.0);
        assert_eq!(speed(0.5, map), 0.5);
    }
}
