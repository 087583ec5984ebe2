//! Keys: the shared secret of an aircraft and its ground station, and what is derived from it.

use chacha20poly1305::aead::AeadInPlace;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::limits::TAG_BYTES;

/// The secret shared by one aircraft and its ground station: 32 bytes, never printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

/// A key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not 64 hexadecimal characters.
    #[error(
        "read the key: expected 64 hexadecimal characters, found {found}; make one with `whimbrel key`"
    )]
    NotHex {
        /// How many characters there were (white space around them not counted).
        found: usize,
    },
}

impl Key {
    /// A key from its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text of a key file: 64 hexadecimal characters, white space around them ignored.
    ///
    /// # Errors
    /// [`KeyError::NotHex`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let wrong = || KeyError::NotHex {
            found: text.chars().count(),
        };
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = core::str::from_utf8(pair).map_err(|_| wrong())?;
            if !pair.iter().all(u8::is_ascii_hexdigit) {
                return Err(wrong());
            }
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }

    /// HKDF-SHA-256 (RFC 5869): `salt` binds the derived key to a session, `purpose` to a direction.
    pub(crate) fn derive(&self, salt: &[u8], purpose: &[u8]) -> [u8; 32] {
        let mut out = [0u8; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(salt), &self.0);
        // 32 bytes are always within HKDF's limit of 255 hashes, so this cannot fail.
        let _ = hkdf.expand(purpose, &mut out);
        out
    }
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// ChaCha20-Poly1305 (RFC 8439) under one derived key. A counter is used once per key.
pub(crate) struct Seal(ChaCha20Poly1305);

impl Seal {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&key.into()))
    }

    fn nonce(counter: u64) -> Nonce {
        let mut nonce = [0u8; 12];
        nonce[4..].copy_from_slice(&counter.to_be_bytes());
        nonce.into()
    }

    /// `header ‖ ciphertext ‖ tag`; the header is authenticated, not hidden.
    pub(crate) fn seal(&self, counter: u64, header: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(header.len() + plain.len() + TAG_BYTES);
        out.extend_from_slice(header);
        out.extend_from_slice(plain);
        let (head, body) = out.split_at_mut(header.len());
        // Fails only beyond 256 GiB of text; a datagram holds at most 1200 bytes.
        match self
            .0
            .encrypt_in_place_detached(&Self::nonce(counter), head, body)
        {
            Ok(tag) => out.extend_from_slice(&tag),
            Err(_) => out.clear(),
        }
        out
    }

    /// The text of `header ‖ ciphertext ‖ tag`, or `None` if any bit of it was not written under this key.
    pub(crate) fn open(&self, counter: u64, header: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let text_len = sealed.len().checked_sub(TAG_BYTES)?;
        let (text, tag) = sealed.split_at_checked(text_len)?;
        let mut plain = text.to_vec();
        let tag = Tag::from_slice(tag);
        self.0
            .decrypt_in_place_detached(&Self::nonce(counter), header, &mut plain, tag)
            .ok()?;
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_sixty_four_hex_characters_and_nothing_else() {
        assert!(Key::from_hex(&format!("  {}\n", "0f".repeat(32))).is_ok());
        for bad in [
            "",
            "0f",
            &"zz".repeat(32),
            &"é".repeat(32),
            &"+f".repeat(32),
        ] {
            assert!(Key::from_hex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_secret_is_not_printed() {
        let key = Key::from_bytes([0xAB; 32]);
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
