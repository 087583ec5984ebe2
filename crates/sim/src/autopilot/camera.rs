//! The camera trigger: by distance over ground, by time, or once.

use nalgebra::Vector2;

/// Shortest time between two photos that any survey camera manages.
pub const MIN_INTERVAL_S: f64 = 0.3;

/// The trigger.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CameraTrigger {
    distance_m: f64,
    interval_s: f64,
    last_at: Option<Vector2<f64>>,
    last_s: f64,
    next_s: f64,
    pending: bool,
    paused: bool,
}

impl CameraTrigger {
    /// A photo for every `distance_m` from here on; 0 stops. `now`: one at once.
    pub fn set_distance(&mut self, distance_m: f64, now: bool) {
        self.distance_m = if distance_m.is_finite() {
            distance_m.max(0.0)
        } else {
            0.0
        };
        self.interval_s = 0.0;
        self.last_at = None;
        self.pending |= now && self.distance_m > 0.0;
    }

    /// A photo for every `interval_s`; 0 stops.
    pub fn set_interval(&mut self, interval_s: f64, now_s: f64) {
        self.interval_s = if interval_s > 0.0 {
            interval_s.max(MIN_INTERVAL_S)
        } else {
            0.0
        };
        self.distance_m = 0.0;
        self.next_s = now_s;
    }

    /// One photo.
    pub fn shoot_once(&mut self) {
        self.pending = true;
    }

    /// No more photos.
    pub fn stop(&mut self) {
        *self = Self {
            last_s: self.last_s,
            ..Self::default()
        };
    }

    /// Holds the trigger, or lets it go on.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// The same for an aircraft on the ground: only single photos.
    pub fn step_on_ground(&mut self, now_s: f64) -> bool {
        let shoot = std::mem::take(&mut self.pending) && now_s - self.last_s >= MIN_INTERVAL_S;
        if shoot {
            self.last_s = now_s;
        }
        shoot
    }

    /// Whether a photo is taken now.
    pub fn step(&mut self, at: Vector2<f64>, now_s: f64) -> bool {
        if self.paused {
            return false;
        }
        let mut shoot = std::mem::take(&mut self.pending);
        if self.distance_m > 0.0 {
            match self.last_at {
                None => self.last_at = Some(at),
                Some(last) => shoot |= (at - last).norm() >= self.distance_m,
            }
        }
        if self.interval_s > 0.0 && now_s >= self.next_s {
            shoot = true;
            self.next_s += self.interval_s;
        }
        if shoot && now_s - self.last_s < MIN_INTERVAL_S {
            // The camera is not ready: as soon as it is.
            self.pending = true;
            return false;
        }
        if shoot {
            // Distances are counted from the last photo, as both autopilots do.
            self.last_at = Some(at);
            self.last_s = now_s;
        }
        shoot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_stops() {
        let mut camera = CameraTrigger::default();
        camera.set_distance(25.0, true);
        let mut shots = 0;
        for i in 0..=30_000 {
            let at = Vector2::new(f64::from(i) * 0.01, 0.0);
            shots += u32::from(camera.step(at, 1.0 + f64::from(i) * 0.001 * 10.0));
        }
        // 300 m at 25 m with one at once: 0, 25, …, 300.
        assert_eq!(shots, 13);
        camera.set_distance(0.0, false);
        assert!(!camera.step(Vector2::new(1e6, 0.0), 1e6));
    }

    #[test]
    fn without_the_first_it_starts_after_one_distance() {
        let mut camera = CameraTrigger::default();
        camera.set_distance(10.0, false);
        assert!(!camera.step(Vector2::zeros(), 1.0));
        assert!(!camera.step(Vector2::new(9.9, 0.0), 2.0));
        assert!(camera.step(Vector2::new(10.0, 0.0), 3.0));
    }

    #[test]
    fn a_camera_is_never_hurried() {
        let mut camera = CameraTrigger::default();
        camera.set_distance(1.0, true);
        let shots = (0..100)
            .filter(|i| camera.step(Vector2::new(f64::from(*i), 0.0), 1.0 + f64::from(*i) * 0.01))
            .count();
        assert!(shots <= 5, "{shots}");
    }
}
