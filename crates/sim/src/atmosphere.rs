//! The International Standard Atmosphere (ISO 2533) below 11 km.

/// Standard acceleration of free fall, m/s² (ISO 2533).
pub const STANDARD_GRAVITY: f64 = 9.806_65;
/// Density of air at mean sea level, kg/m³.
pub const SEA_LEVEL_DENSITY: f64 = 1.225;

const SEA_LEVEL_TEMPERATURE_K: f64 = 288.15;
const SEA_LEVEL_PRESSURE_PA: f64 = 101_325.0;
const LAPSE_K_M: f64 = 0.006_5;
const GAS_CONSTANT: f64 = 287.052_87;
/// Below this and above this the formula is held constant: survey aircraft never go there.
const RANGE_M: (f64, f64) = (-1_000.0, 11_000.0);

/// Air at one height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// kg/m³
    pub density: f64,
    /// Static pressure.
    pub pressure_pa: f64,
    /// Static temperature.
    pub temperature_k: f64,
}

/// Air at `height_amsl_m` (geopotential height taken as height above mean sea level).
pub fn standard(height_amsl_m: f64) -> Air {
    let h = height_amsl_m.clamp(RANGE_M.0, RANGE_M.1);
    let temperature_k = SEA_LEVEL_TEMPERATURE_K - LAPSE_K_M * h;
    let pressure_pa = SEA_LEVEL_PRESSURE_PA
        * (temperature_k / SEA_LEVEL_TEMPERATURE_K)
            .powf(STANDARD_GRAVITY / (GAS_CONSTANT * LAPSE_K_M));
    Air {
        density: pressure_pa / (GAS_CONSTANT * temperature_k),
        pressure_pa,
        temperature_k,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_table() {
        // ISO 2533, table 5: 0 m, 1 000 m, 5 000 m.
        for (h, t, p, rho) in [
            (0.0, 288.15, 101_325.0, 1.225),
            (1_000.0, 281.65, 89_874.6, 1.111_64),
            (5_000.0, 255.65, 54_019.9, 0.736_116),
        ] {
            let air = standard(h);
            assert!((air.temperature_k - t).abs() < 1e-9);
            assert!(
                (air.pressure_pa / p - 1.0).abs() < 2e-5,
                "{}",
                air.pressure_pa
            );
            assert!((air.density / rho - 1.0).abs() < 2e-5, "{}", air.density);
        }
    }
}
