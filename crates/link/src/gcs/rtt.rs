//! How long to wait for an answer: smoothed round trip and its deviation
//! (RFC 6298), answers to repeated questions not measured (Karn).

use core::time::Duration;

/// The wait before anything was measured.
const FIRST: Duration = Duration::from_secs(1);
/// The shortest wait.
const MIN: Duration = Duration::from_millis(50);
/// The longest wait, backoff included.
const MAX: Duration = Duration::from_secs(4);
/// Waits grow at most to this multiple: loss on a radio is noise more often
/// than congestion.
const BACKOFF_MAX: u32 = 4;

/// A round trip timer.
#[derive(Clone, Copy, Debug)]
pub struct Rtt {
    smoothed: Option<Duration>,
    shortest: Option<Duration>,
    deviation: Duration,
    backoff: u32,
}

impl Default for Rtt {
    fn default() -> Self {
        Self {
            smoothed: None,
            shortest: None,
            deviation: Duration::ZERO,
            backoff: 1,
        }
    }
}

impl Rtt {
    /// How long to wait for the next answer.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        let base = match self.smoothed {
            None => FIRST,
            Some(smoothed) => smoothed + (self.deviation * 4).max(smoothed / 4).max(MIN / 2),
        };
        (base * self.backoff).clamp(MIN, MAX)
    }

    /// The smoothed round trip, once measured.
    #[must_use]
    pub fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    /// An answer came `sample` after a question that was asked once.
    pub fn answered(&mut self, sample: Duration) {
        self.backoff = 1;
        self.shortest = Some(self.shortest.map_or(sample, |s| s.min(sample)));
        match self.smoothed {
            // Far shorter than believed: a first guess was taken over a loss.
            Some(smoothed) if sample >= smoothed / 2 => {
                let error = smoothed.abs_diff(sample);
                self.deviation = self.deviation * 3 / 4 + error / 4;
                self.smoothed = Some(smoothed * 7 / 8 + sample / 8);
            }
            _ => {
                self.smoothed = Some(sample);
                self.deviation = sample / 2;
            }
        }
    }

    /// Something came `sample` after a message that the other side may also
    /// answer late, by its own timer: much longer than the shortest is that.
    pub fn answered_in_turn(&mut self, sample: Duration) {
        match self.shortest {
            Some(shortest) if sample > shortest * 2 => self.backoff = 1,
            _ => self.answered(sample),
        }
    }

    /// An answer came to a question that was asked again: `first` and `last`
    /// are the times since the first and the last asking. If it came sooner
    /// after the last than any answer ever did, the first was still on its way
    /// (as the Eifel test, RFC 3522, but by time); else something was lost,
    /// which says nothing about the round trip.
    pub fn answered_again(&mut self, first: Duration, last: Duration) {
        match self.shortest {
            Some(shortest) if last >= shortest * 4 / 5 => self.backoff = 1,
            _ => self.answered(first),
        }
    }

    /// No answer came in time.
    pub fn expired(&mut self) {
        self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settles_above_a_steady_round_trip() {
        let mut rtt = Rtt::default();
        for _ in 0..50 {
            rtt.answered(Duration::from_millis(600));
        }
        let wait = rtt.timeout();
        assert!(wait > Duration::from_millis(650) && wait < Duration::from_millis(900));
        for _ in 0..10 {
            rtt.expired();
        }
        assert!(rtt.timeout() <= wait * BACKOFF_MAX);
    }
}
