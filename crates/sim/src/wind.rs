//! Wind: a steady part and Dryden turbulence (MIL-F-8785C, low-altitude model).
//!
//! The shaping filters are discretised exactly, so the standard deviation of the gusts does not
//! depend on the length of the step.

use nalgebra::Vector3;

use crate::random::{Stream, Subsystem};

/// Feet per metre: MIL-F-8785C states its lengths in feet.
const FEET_PER_METRE: f64 = 1.0 / 0.304_8;
/// The low-altitude model holds between 10 ft and 1,000 ft; outside, the nearest end is used.
const RANGE_FT: (f64, f64) = (10.0, 1_000.0);
/// Gusts pass a hovering aircraft with at least this speed (they never freeze).
const LEAST_PASSING_SPEED_M_S: f64 = 1.0;

/// The wind of a flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wind {
    /// Mean speed, the same at every height.
    pub speed_m_s: f64,
    /// Where it blows from, clockwise from true north.
    pub from_rad: f64,
    /// Wind speed at 20 ft that sets the strength of turbulence (MIL-F-8785C: 7.7 m/s light,
    /// 15.4 m/s moderate, 23.2 m/s severe); 0 for smooth air.
    pub turbulence_w20_m_s: f64,
}

impl Wind {
    /// No wind, no turbulence.
    pub const CALM: Self = Self {
        speed_m_s: 0.0,
        from_rad: 0.0,
        turbulence_w20_m_s: 0.0,
    };

    /// Steady wind with the turbulence that belongs to it over open ground (W20 = mean speed).
    pub fn from_direction(speed_m_s: f64, from_rad: f64) -> Self {
        Self {
            speed_m_s,
            from_rad,
            turbulence_w20_m_s: speed_m_s,
        }
    }

    /// The steady part as a velocity of the air, NED.
    pub fn steady_ned_m_s(&self) -> Vector3<f64> {
        Vector3::new(
            -self.speed_m_s * self.from_rad.cos(),
            -self.speed_m_s * self.from_rad.sin(),
            0.0,
        )
    }
}

/// Scale lengths and intensities at one height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrydenScale {
    /// Longitudinal and lateral scale length.
    pub horizontal_m: f64,
    /// Vertical scale length.
    pub vertical_m: f64,
    /// Standard deviation of u and v.
    pub sigma_horizontal_m_s: f64,
    /// Standard deviation of w.
    pub sigma_vertical_m_s: f64,
}

/// MIL-F-8785C §3.7.3.4: L_w = h, L_u = L_v = h/(0.177+0.000823h)^1.2, σ_w = 0.1 W20,
/// σ_u = σ_v = σ_w/(0.177+0.000823h)^0.4, h in feet.
pub fn dryden_scale(height_agl_m: f64, w20_m_s: f64) -> DrydenScale {
    let h = (height_agl_m * FEET_PER_METRE).clamp(RANGE_FT.0, RANGE_FT.1);
    let k = 0.177 + 0.000_823 * h;
    let sigma_w = 0.1 * w20_m_s;
    DrydenScale {
        horizontal_m: h / k.powf(1.2) / FEET_PER_METRE,
        vertical_m: h / FEET_PER_METRE,
        sigma_horizontal_m_s: sigma_w / k.powf(0.4),
        sigma_vertical_m_s: sigma_w,
    }
}

/// The second-order shaping filter of v and w in unit-variance states.
#[derive(Clone, Copy, Debug, Default)]
struct SecondOrder {
    z1: f64,
    z2: f64,
}

impl SecondOrder {
    fn start(stream: &mut Stream) -> Self {
        Self {
            z1: stream.normal(),
            z2: stream.normal(),
        }
    }

    /// Advances by `tau` = V·dt/L and returns the output with unit variance.
    ///
    /// With a = V/L: ẋ₁ = −2a x₁ − a² x₂ + n, ẋ₂ = x₁, y = √(3a)(x₁ + (a/√3) x₂); here
    /// z₁ = x₁√(4a), z₂ = x₂√(4a³), whose stationary covariance is the identity, so that the
    /// covariance of the step's noise is I − ΦΦᵀ.
    fn step(&mut self, tau: f64, stream: &mut Stream) -> f64 {
        let e = (-tau).exp();
        let (p11, p12, p21, p22) = (e * (1.0 - tau), -e * tau, e * tau, e * (1.0 + tau));
        let q11 = (1.0 - p11 * p11 - p12 * p12).max(0.0);
        let q12 = -(p11 * p21 + p12 * p22);
        let q22 = (1.0 - p21 * p21 - p22 * p22).max(0.0);
        let l11 = q11.sqrt();
        let l21 = if l11 > 0.0 { q12 / l11 } else { 0.0 };
        let l22 = (q22 - l21 * l21).max(0.0).sqrt();
        let (n1, n2) = (stream.normal(), stream.normal());
        let z1 = p11 * self.z1 + p12 * self.z2 + l11 * n1;
        let z2 = p21 * self.z1 + p22 * self.z2 + l21 * n1 + l22 * n2;
        *self = Self { z1, z2 };
        0.5 * (3f64.sqrt() * z1 + z2)
    }
}

/// Dryden gusts along the flight path (u forward, v right, w down).
#[derive(Clone, Debug)]
pub struct Dryden {
    stream: Stream,
    u: f64,
    v: SecondOrder,
    w: SecondOrder,
}

impl Dryden {
    /// Turbulence of the world of `seed`, started in its stationary state.
    pub fn new(seed: u64) -> Self {
        let mut stream = Stream::new(seed, Subsystem::Turbulence);
        let u = stream.normal();
        let v = SecondOrder::start(&mut stream);
        let w = SecondOrder::start(&mut stream);
        Self { stream, u, v, w }
    }

    /// Gust velocity after `dt_s` at `airspeed_m_s` and `height_agl_m`.
    pub fn step(
        &mut self,
        dt_s: f64,
        airspeed_m_s: f64,
        height_agl_m: f64,
        w20_m_s: f64,
    ) -> Vector3<f64> {
        if w20_m_s <= 0.0 {
            return Vector3::zeros();
        }
        let scale = dryden_scale(height_agl_m, w20_m_s);
        let v = airspeed_m_s.max(LEAST_PASSING_SPEED_M_S);
        let tau_h = v * dt_s / scale.horizontal_m;
        let tau_v = v * dt_s / scale.vertical_m;
        let e = (-tau_h).exp();
        self.u = e * self.u + (1.0 - e * e).max(0.0).sqrt() * self.stream.normal();
        let gv = self.v.step(tau_h, &mut self.stream);
        let gw = self.w.step(tau_v, &mut self.stream);
        Vector3::new(
            scale.sigma_horizontal_m_s * self.u,
            scale.sigma_horizontal_m_s * gv,
            scale.sigma_vertical_m_s * gw,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// σ must be right at every step size (a fault of other simulators: 14 to 31 times too weak).
    #[test]
    fn gusts_have_the_right_sigma_at_every_step() {
        let (v, h, w20) = (25.0, 100.0, 15.4);
        let scale = dryden_scale(h, w20);
        for dt in [0.005, 0.01, 0.05, 0.5] {
            // Long enough for some 4,000 correlation lengths; thinned so that all cases cost alike.
            let (mut sums, mut squares) = ([0.0; 3], [0.0; 3]);
            let n = 120_000;
            let repeats = ((0.5 / dt) as usize).clamp(1, 20);
            let mut count = 0.0;
            for seed in 0..repeats as u64 {
                let mut dryden = Dryden::new(seed);
                for _ in 0..n / repeats.min(4) {
                    let g = dryden.step(dt, v, h, w20);
                    for i in 0..3 {
                        sums[i] += g[i];
                        squares[i] += g[i] * g[i];
                    }
                    count += 1.0;
                }
            }
            let sigma: Vec<f64> = (0..3)
                .map(|i| (squares[i] / count - (sums[i] / count).powi(2)).sqrt())
                .collect();
            for (got, want) in sigma.iter().zip([
                scale.sigma_horizontal_m_s,
                scale.sigma_horizontal_m_s,
                scale.sigma_vertical_m_s,
            ]) {
                assert!((got / want - 1.0).abs() < 0.06, "dt {dt}: {got} for {want}");
            }
        }
    }

    #[test]
    fn smooth_air_is_still() {
        let mut dryden = Dryden::new(3);
        assert_eq!(dryden.step(0.01, 20.0, 100.0, 0.0), Vector3::zeros());
        let wind = Wind {
            speed_m_s: 5.0,
            from_rad: 0.0,
            turbulence_w20_m_s: 0.0,
        };
        assert!((wind.steady_ned_m_s() - Vector3::new(-5.0, 0.0, 0.0)).norm() < 1e-12);
    }
}
