//! Random streams: one ChaCha stream per (seed, subsystem), so that adding a draw in one place
//! never changes another and any flight can be repeated from its seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Who draws from a stream. The number is part of the result: never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Subsystem {
    /// Gusts.
    Turbulence = 1,
    /// Errors of the navigation solution.
    Navigation = 2,
    /// Capacity and resistance of the battery.
    Battery = 3,
    /// Sensor noise seen by the controllers and shown in telemetry.
    Sensors = 4,
    /// Jitter of the autopilot's own timing (readiness, verdicts).
    Timing = 5,
    /// Conditions drawn by a campaign.
    Campaign = 6,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
    spare: Option<f64>,
}

impl Stream {
    /// The stream of `subsystem` in the world of `seed`.
    pub fn new(seed: u64, subsystem: Subsystem) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(subsystem as u64);
        Self { rng, spare: None }
    }

    /// A number uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A standard normal number (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        loop {
            let a = 2.0 * self.uniform() - 1.0;
            let b = 2.0 * self.uniform() - 1.0;
            let s = a * a + b * b;
            if s > 0.0 && s < 1.0 {
                let scale = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(b * scale);
                return a * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, subsystem| {
            let mut stream = Stream::new(seed, subsystem);
            (0..8).map(|_| stream.normal()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7, Subsystem::Battery), draw(7, Subsystem::Battery));
        assert_ne!(draw(7, Subsystem::Battery), draw(8, Subsystem::Battery));
        assert_ne!(draw(7, Subsystem::Battery), draw(7, Subsystem::Turbulence));
    }

    #[test]
    fn normal_has_unit_variance() {
        let mut stream = Stream::new(1, Subsystem::Sensors);
        let n = 100_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = stream.normal();
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        assert!(mean.abs() < 0.015, "mean {mean}");
        let variance = squares / f64::from(n);
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
    }
}
