//! Power of lifting rotors.

use crate::vehicle::{GRAVITY_M_S2, Rotors, Vehicle};
use core::f64::consts::PI;

/// Induced power factor of real rotors over the ideal (Johnson, *Helicopter
/// Theory*: 1.1–1.2).
const INDUCED_FACTOR: f64 = 1.15;
/// Growth of rotor profile power with the square of the advance ratio
/// (Johnson; Bramwell: 4.6–4.7).
const PROFILE_GROWTH: f64 = 4.65;
/// Steps of Newton's method for the induced velocity: six are within 1e-6.
const NEWTON_STEPS: usize = 6;
/// Deepest descent that the fit for it holds for, in induced velocities of
/// hover.
const DEEPEST: f64 = 2.0;

impl Rotors {
    /// Electrical power of all rotors together: thrust `thrust_n` in sum, air
    /// moving past in the disc plane at `in_plane_m_s` and down through the
    /// discs (climbing) at `through_m_s`.
    ///
    /// Momentum theory (Glauert): induced velocity from
    /// v = T / (2ρA·√(u² + (w + v)²)); profile power from the figure of merit
    /// in hover, growing with the advance ratio.
    #[must_use]
    pub fn power_w(
        &self,
        thrust_n: f64,
        in_plane_m_s: f64,
        through_m_s: f64,
        density_kg_m3: f64,
    ) -> f64 {
        if thrust_n <= 0.0 {
            return 0.0;
        }
        let count = f64::from(self.count);
        let disc_m2 = count * 0.25 * PI * self.diameter_m * self.diameter_m;
        let hover_induced = (thrust_n / (2.0 * density_kg_m3 * disc_m2)).sqrt();
        let induced = hover_induced
            * induced_ratio(in_plane_m_s / hover_induced, through_m_s / hover_induced);
        let profile_w =
            thrust_n * hover_induced * (1.0 / self.figure_of_merit - INDUCED_FACTOR).max(0.0);
        let tip_m_s = (thrust_n / (count * self.thrust_n_s2)).sqrt() * 0.5 * self.diameter_m;
        let advance = in_plane_m_s / tip_m_s.max(1.0);
        let shaft_w = thrust_n * (INDUCED_FACTOR * induced + through_m_s)
            + profile_w * (1.0 + PROFILE_GROWTH * advance * advance);
        shaft_w.max(0.0) / self.drive_efficiency
    }
}

/// Induced velocity over that of hover, with the air past at `u` in the disc
/// plane and `w` through the disc, both in induced velocities of hover.
fn induced_ratio(u: f64, w: f64) -> f64 {
    if w >= 0.0 {
        return momentum(u, w);
    }
    // Straight descents stir the air up again: momentum theory has no
    // solution; measured by Leishman (*Principles of Helicopter Aerodynamics*,
    // 2nd ed., eq. 2.97). With air from the side it holds again.
    let x = w.max(-DEEPEST);
    let straight = 1.0 + x * (-1.125 + x * (-1.372 + x * (-1.718 - 0.655 * x)));
    let share = u.clamp(0.0, 1.0);
    if share <= 0.0 {
        return straight;
    }
    straight * (1.0 - share) + momentum(u, x) * share
}

/// v of v·√(u² + (w + v)²) = 1, by Newton's method.
fn momentum(u: f64, w: f64) -> f64 {
    let mut v = 1.0 / u.hypot(w.max(0.0)).max(1.0);
    for _ in 0..NEWTON_STEPS {
        let through = w + v;
        let speed = u.hypot(through).max(1e-3);
        let slope = speed + v * through / speed;
        v = (v - (v * speed - 1.0) / slope.max(0.1)).clamp(0.02, 4.0);
    }
    v
}

/// Electrical power of an aircraft on its rotors in steady flight at
/// `airspeed_m_s`, climbing at `climb_m_s`, without avionics.
#[must_use]
pub fn multirotor_power_w(
    vehicle: &Vehicle,
    airspeed_m_s: f64,
    climb_m_s: f64,
    density_kg_m3: f64,
) -> f64 {
    let Some(rotors) = &vehicle.rotors else {
        return 0.0;
    };
    let a = &vehicle.airframe;
    let weight = a.mass_kg * GRAVITY_M_S2;
    // A wing in a hover turns its nose into the wind: its body counts with the wing.
    let area = if vehicle.kind.cruises_on_wing() {
        0.0
    } else {
        a.drag_area_m2
    };
    let drag_n =
        0.5 * density_kg_m3 * area * airspeed_m_s.powi(2) + a.drag_linear_n_s_m * airspeed_m_s;
    let thrust_n = weight.hypot(drag_n);
    let (sin_tilt, cos_tilt) = (drag_n / thrust_n, weight / thrust_n);
    rotors.power_w(
        thrust_n,
        (airspeed_m_s * cos_tilt - climb_m_s * sin_tilt).abs(),
        airspeed_m_s * sin_tilt + climb_m_s * cos_tilt,
        density_kg_m3,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::AIR_DENSITY_KG_M3;

    #[test]
    fn quad_hovers_at_momentum_theory() {
        let quad = Vehicle::builtin("quad").expect("built in");
        // (mg)^1.5 / (FM · √(2ρA)) / drive efficiency, by hand: 283 W.
        let hover = multirotor_power_w(&quad, 0.0, 0.0, AIR_DENSITY_KG_M3);
        assert!((hover - 283.0).abs() < 4.0, "{hover}");
        let slow = multirotor_power_w(&quad, 6.0, 0.0, AIR_DENSITY_KG_M3);
        let fast = multirotor_power_w(&quad, 18.0, 0.0, AIR_DENSITY_KG_M3);
        assert!(
            slow < hover && fast > slow,
            "the power curve has a bucket: {hover} {slow} {fast}"
        );
        // Torque and speed of the rotors give the same shaft power.
        let rotors = quad.rotors.expect("has rotors");
        let w = (quad.airframe.mass_kg * GRAVITY_M_S2 / 4.0 / rotors.thrust_n_s2).sqrt();
        let shaft = 4.0 * rotors.torque_n_m_s2 * w.powi(3);
        assert!(
            (shaft / rotors.drive_efficiency / hover - 1.0).abs() < 0.03,
            "{shaft}"
        );
    }

    #[test]
    fn climbs_cost_and_descents_save_little() {
        let quad = Vehicle::builtin("quad").expect("built in");
        let at = |v, climb| multirotor_power_w(&quad, v, climb, AIR_DENSITY_KG_M3);
        // Climbing slowly takes half the power of lifting (Leishman, §2.6), then more.
        assert!(at(0.0, 1.0) > at(0.0, 0.0) + 0.5 * 29.4 && at(0.0, 3.0) > at(0.0, 0.0) + 50.0);
        let straight_down = at(0.0, -2.0) / at(0.0, 0.0);
        assert!((0.94..1.02).contains(&straight_down), "{straight_down}");
        assert!(at(10.0, -2.0) < 0.9 * at(10.0, 0.0));
    }

    #[test]
    fn induced_velocity_solves_its_equation() {
        for (u, w) in [(0.0, 0.0), (0.0, 1.5), (2.0, 0.3), (4.0, 0.0), (1.5, -0.4)] {
            let v = induced_ratio(u, w);
            assert!((v * f64::hypot(u, w + v) - 1.0).abs() < 1e-6, "{u} {w} {v}");
        }
        // The measured value at the worst descent, and windmilling.
        assert!((induced_ratio(0.0, -1.0) - 1.816).abs() < 0.02);
    }
}
