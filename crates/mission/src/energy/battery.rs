//! Lithium polymer packs: voltage by charge, and what their resistance takes.

use crate::vehicle::Battery;

/// Open-circuit voltage of a lithium polymer cell at a state of charge of 0–1.
/// Points: ArduPilot's `SIM_Battery.cpp`.
#[must_use]
pub fn cell_voltage(charge: f64) -> f64 {
    const TABLE: [(f64, f64); 15] = [
        (0.0, 2.3),
        (0.012, 2.5),
        (0.02, 2.977),
        (0.0385, 3.091),
        (0.115, 3.218),
        (0.192, 3.379),
        (0.269, 3.503),
        (0.346, 3.588),
        (0.423, 3.679),
        (0.5, 3.742),
        (0.577, 3.801),
        (0.654, 3.854),
        (0.769, 3.943),
        (0.846, 4.039),
        (1.0, 4.173),
    ];
    let mut previous = (0.0, 2.3);
    for point in TABLE {
        if charge <= point.0 {
            let share = (charge - previous.0) / (point.0 - previous.0);
            return if share.is_finite() {
                previous.1 + share.max(0.0) * (point.1 - previous.1)
            } else {
                point.1
            };
        }
        previous = point;
    }
    previous.1
}

/// Mean of [`cell_voltage`] over a full discharge.
const MEAN_CELL_V: f64 = 3.679;

impl Battery {
    /// Open-circuit voltage of the pack at a state of charge of 0–1.
    #[must_use]
    pub fn open_circuit_v(&self, charge: f64) -> f64 {
        f64::from(self.cells) * cell_voltage(charge)
    }

    /// Energy of a full pack.
    #[must_use]
    pub fn energy_wh(&self) -> f64 {
        f64::from(self.cells) * MEAN_CELL_V * self.capacity_ah
    }

    /// Mean open-circuit voltage of the pack.
    #[must_use]
    pub fn mean_v(&self) -> f64 {
        f64::from(self.cells) * MEAN_CELL_V
    }

    /// Power drawn from the cells, resistance included, when `power_w` is
    /// wanted at the terminals (at mean voltage).
    #[must_use]
    pub fn drain_w(&self, power_w: f64) -> f64 {
        let v = self.mean_v();
        let r = self.resistance_ohm;
        if r <= 0.0 {
            return power_w;
        }
        // V·I − R·I² = P.
        let root = (v * v - 4.0 * r * power_w).max(0.0).sqrt();
        v * (v - root) / (2.0 * r)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_voltage_is_the_mean_of_the_curve() {
        let n = 10_000;
        let mean = (0..n)
            .map(|i| cell_voltage((f64::from(i) + 0.5) / f64::from(n)))
            .sum::<f64>()
            / f64::from(n);
        assert!((mean - MEAN_CELL_V).abs() < 0.005, "{mean}");
    }
}
