//! CRC-16/MCRF4XX, the checksum of MAVLink frames and of the seed
//! ("CRC_EXTRA") that each message definition adds to it
//! (mavlink.io, "MAVLink Checksum").

/// The register before the first byte.
pub const START: u16 = 0xffff;

const TABLE: [u16; 256] = {
    let mut table = [0_u16; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0x8408
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

/// The register after one more byte.
#[must_use]
pub const fn step(crc: u16, byte: u8) -> u16 {
    (crc >> 8) ^ TABLE[((crc ^ byte as u16) & 0xff) as usize]
}

/// The register after `bytes`.
#[must_use]
pub const fn update(mut crc: u16, bytes: &[u8]) -> u16 {
    let mut i = 0;
    while i < bytes.len() {
        crc = step(crc, bytes[i]);
        i += 1;
    }
    crc
}

/// The one byte that takes the register from `before` to `after`, if any does:
/// how the CRC_EXTRA of an unknown message is recovered from a frame.
#[must_use]
pub fn byte_between(before: u16, after: u16) -> Option<u8> {
    let wanted = after ^ (before >> 8);
    let index = TABLE.iter().position(|entry| *entry == wanted)?;
    Some((index as u16 ^ before) as u8)
}

#[cfg(test)]
mod tests {
    #[test]
    fn check_value_of_the_catalogue() {
        // CRC-16/MCRF4XX of "123456789" is 0x6f91 (reveng catalogue).
        assert_eq!(super::update(super::START, b"123456789"), 0x6f91);
    }
}
