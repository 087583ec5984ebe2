//! Chance by counting: the n-th draw of a stream depends on nothing else.

/// A stream of draws.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    key: u64,
    count: u64,
}

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self {
            key: mix(seed ^ mix(stream)),
            count: 0,
        }
    }

    pub fn bits(&mut self) -> u64 {
        self.count += 1;
        mix(self
            .key
            .wrapping_add(self.count.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Sixteen bytes that differ for each call.
    pub fn bytes(&mut self) -> [u8; 16] {
        (u128::from(self.bits()) << 64 | u128::from(self.bits())).to_be_bytes()
    }
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
