//! Counter-based random numbers: a value depends only on (seed, stream, counter), never on the order of calls, so
//! that results are the same whatever the number of threads.

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection that scrambles all 64 bits.
#[inline]
pub fn scramble(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// 64 random bits for place `counter` of stream `stream` of `seed`.
#[inline]
pub fn bits(seed: u64, stream: u64, counter: u64) -> u64 {
    scramble(scramble(seed ^ scramble(stream)) ^ counter)
}

/// The top 53 bits as a number in [0, 1).
#[inline]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// A number in [0, 1) for place `counter` of stream `stream` of `seed`.
#[inline]
pub fn uniform(seed: u64, stream: u64, counter: u64) -> f64 {
    unit(bits(seed, stream, counter))
}

/// A standard normal number (Box and Muller 1958).
pub fn normal(seed: u64, stream: u64, counter: u64) -> f64 {
    let a = 1.0 - unit(bits(seed, stream, 2 * counter));
    let b = unit(bits(seed, stream, 2 * counter + 1));
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_right_moments() {
        let n = 20_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for i in 0..n {
            let x = normal(7, 3, i);
            sum += x;
            squares += x * x;
        }
        let mean = sum / n as f64;
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!((squares / n as f64 - 1.0).abs() < 0.04);
    }
}
