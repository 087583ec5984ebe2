//! Erasure of datagrams by chance.

use crate::chance;

/// How datagrams are erased. Probabilities outside 0 to 1 act as the nearer bound.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Loss {
    /// Each with the same probability, independently.
    Independent {
        /// Probability of erasure.
        erasure: f64,
    },
    /// In bursts: a two-state Markov chain that moves with each datagram (Gilbert 1960, Elliott 1963).
    GilbertElliott {
        /// Probability of going from the good state to the bad one.
        good_to_bad: f64,
        /// Probability of going from the bad state to the good one; the mean burst is its inverse.
        bad_to_good: f64,
        /// Probability of erasure in the good state.
        erasure_good: f64,
        /// Probability of erasure in the bad state.
        erasure_bad: f64,
    },
}

impl Default for Loss {
    fn default() -> Self {
        Loss::Independent { erasure: 0.0 }
    }
}

impl Loss {
    /// Bursts of `mean_burst` datagrams (at least 1), all erased, with the long-run share `erasure` (below 1).
    pub fn bursts(erasure: f64, mean_burst: f64) -> Loss {
        let erasure = erasure.clamp(0.0, 0.999);
        let bad_to_good = 1.0 / mean_burst.max(1.0);
        // In the long run the share of time in the bad state is a/(a+b).
        let good_to_bad = bad_to_good * erasure / (1.0 - erasure);
        Loss::GilbertElliott {
            good_to_bad,
            bad_to_good,
            erasure_good: 0.0,
            erasure_bad: 1.0,
        }
    }

    /// The share of datagrams erased in the long run.
    pub fn mean(&self) -> f64 {
        match *self {
            Loss::Independent { erasure } => erasure.clamp(0.0, 1.0),
            Loss::GilbertElliott {
                good_to_bad: a,
                bad_to_good: b,
                erasure_good,
                erasure_bad,
            } => {
                let bad = if a + b > 0.0 { a / (a + b) } else { 0.0 };
                bad * erasure_bad + (1.0 - bad) * erasure_good
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct LossState {
    loss: Loss,
    seed: u64,
    stream: u64,
    sent: u64,
    bad: bool,
}

impl LossState {
    pub(super) fn new(loss: Loss, seed: u64, stream: u64) -> Self {
        LossState {
            loss,
            seed,
            stream,
            sent: 0,
            bad: false,
        }
    }

    /// Whether the next datagram is erased.
    pub(super) fn next(&mut self) -> bool {
        let draw = |k: u64| chance::uniform(self.seed, self.stream, 2 * self.sent + k);
        let erased = match self.loss {
            Loss::Independent { erasure } => draw(0) < erasure,
            Loss::GilbertElliott {
                good_to_bad,
                bad_to_good,
                erasure_good,
                erasure_bad,
            } => {
                let leave = if self.bad { bad_to_good } else { good_to_bad };
                let bad = self.bad != (draw(1) < leave);
                let erased = draw(0) < if bad { erasure_bad } else { erasure_good };
                self.bad = bad;
                erased
            }
        };
        self.sent += 1;
        erased
    }
}
