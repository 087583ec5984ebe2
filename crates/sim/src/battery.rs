//! A battery: open-circuit voltage by charge, one series resistance, one RC pair (Thevenin).

use whimbrel_mission::energy::cell_voltage;

use crate::random::{Stream, Subsystem};

/// Nominal voltage of a cell: energy is stated at it.
pub const NOMINAL_CELL_V: f64 = 3.7;
/// Time constant of the RC pair.
const RC_S: f64 = 30.0;
/// Share of the resistance that sits in the RC pair.
const RC_SHARE: f64 = 0.4;

/// What a battery is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatterySpec {
    /// Cells in series.
    pub cells: u32,
    /// Charge when full.
    pub capacity_ah: f64,
    /// Total direct-current resistance.
    pub resistance_ohm: f64,
}

impl BatterySpec {
    /// The same pack as it may come out of the case: capacity N(0.95, 0.05) of the label, at least
    /// 70 %, resistance log-normal with σ 0.2.
    pub fn worn(self, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Subsystem::Battery);
        let capacity = (0.95 + 0.05 * stream.normal()).clamp(0.7, 1.05);
        let resistance = (0.2 * stream.normal()).exp();
        Self {
            capacity_ah: self.capacity_ah * capacity,
            resistance_ohm: self.resistance_ohm * resistance,
            ..self
        }
    }

    /// Energy at nominal voltage.
    pub fn capacity_wh(&self) -> f64 {
        self.capacity_ah * f64::from(self.cells) * NOMINAL_CELL_V
    }
}

/// A battery in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Battery {
    spec: BatterySpec,
    charge: f64,
    rc_v: f64,
    voltage_v: f64,
    current_a: f64,
    used_wh: f64,
    drained_wh: f64,
    used_ah: f64,
}

impl Battery {
    /// A full battery.
    pub fn full(spec: BatterySpec) -> Self {
        let voltage_v = cell_voltage(1.0) * f64::from(spec.cells);
        Self {
            spec,
            charge: 1.0,
            rc_v: 0.0,
            voltage_v,
            current_a: 0.0,
            used_wh: 0.0,
            drained_wh: 0.0,
            used_ah: 0.0,
        }
    }

    /// Draws `power_w` for `dt_s`. Returns the share of the power that the battery could give:
    /// 1, or less when it is empty or the voltage would collapse.
    pub fn draw(&mut self, power_w: f64, dt_s: f64) -> f64 {
        let r0 = self.spec.resistance_ohm * (1.0 - RC_SHARE);
        let r1 = self.spec.resistance_ohm * RC_SHARE;
        let e = cell_voltage(self.charge) * f64::from(self.spec.cells) - self.rc_v;
        let wanted = power_w.max(0.0);
        // P = (E − I R0) I; more than E²/4R0 cannot be drawn.
        let possible = if self.charge > 0.0 {
            0.9 * e * e / (4.0 * r0)
        } else {
            0.0
        };
        let power = wanted.min(possible);
        self.current_a = (e - (e * e - 4.0 * r0 * power).max(0.0).sqrt()) / (2.0 * r0);
        self.voltage_v = e - self.current_a * r0;
        // V̇1 = (I R1 − V1)/RC, exactly over the step.
        let decay = (-dt_s / RC_S).exp();
        self.rc_v = self.current_a * r1 + (self.rc_v - self.current_a * r1) * decay;
        let ah = self.current_a * dt_s / 3_600.0;
        self.charge = (self.charge - ah / self.spec.capacity_ah).max(0.0);
        self.used_ah += ah;
        self.used_wh += power * dt_s / 3_600.0;
        self.drained_wh += cell_voltage(self.charge) * f64::from(self.spec.cells) * ah;
        if wanted > 0.0 { power / wanted } else { 1.0 }
    }

    /// State of charge, 0 to 1.
    pub fn charge(&self) -> f64 {
        self.charge
    }
    /// Voltage at the terminals.
    pub fn voltage_v(&self) -> f64 {
        self.voltage_v
    }
    /// Current drawn.
    pub fn current_a(&self) -> f64 {
        self.current_a
    }
    /// Energy delivered at the terminals.
    pub fn used_wh(&self) -> f64 {
        self.used_wh
    }
    /// Energy out of the cells: what was delivered and what the resistance took.
    pub fn drained_wh(&self) -> f64 {
        self.drained_wh
    }
    /// Charge taken out.
    pub fn used_ah(&self) -> f64 {
        self.used_ah
    }
    /// What this battery is.
    pub fn spec(&self) -> BatterySpec {
        self.spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 Wh, losing 4 % of the voltage when emptied in half an hour.
    fn pack() -> BatterySpec {
        BatterySpec {
            cells: 6,
            capacity_ah: 100.0 / 22.2,
            resistance_ohm: 0.1,
        }
    }

    #[test]
    fn gives_about_its_label_and_then_stops() {
        let mut battery = Battery::full(pack());
        let mut share = 1.0;
        let mut seconds = 0;
        while share >= 1.0 && seconds < 10_000 {
            share = battery.draw(200.0, 1.0);
            seconds += 1;
        }
        // 100 Wh at nominal voltage, mean open-circuit voltage a little above nominal, 4 % lost.
        assert!(
            (battery.used_wh() - 98.0).abs() < 5.0,
            "{} Wh",
            battery.used_wh()
        );
        assert!((f64::from(seconds) - 1_764.0).abs() < 90.0, "{seconds} s");
        assert!(battery.charge() < 0.02);
        for _ in 0..100 {
            battery.draw(200.0, 1.0);
        }
        assert!(battery.draw(200.0, 1.0) < 1.0);
        assert!(battery.used_wh() < 104.0);
    }

    #[test]
    fn voltage_sags_under_load_and_recovers() {
        let mut battery = Battery::full(pack());
        let rest = battery.voltage_v();
        for _ in 0..60 {
            battery.draw(300.0, 1.0);
        }
        let loaded = battery.voltage_v();
        for _ in 0..200 {
            battery.draw(0.0, 1.0);
        }
        assert!(loaded < rest - 0.5);
        assert!(battery.voltage_v() > loaded + 0.5);
    }

    #[test]
    fn a_worn_pack_repeats_from_its_seed() {
        let new = pack();
        assert_eq!(new.worn(5), new.worn(5));
        assert_ne!(new.worn(5), new.worn(6));
    }
}
