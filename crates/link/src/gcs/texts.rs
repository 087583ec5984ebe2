//! `STATUSTEXT`, put together from its pieces.

use crate::messages::Statustext;

/// The longest text that is put together, bytes.
pub const TEXT_MAX: usize = 500;

/// Puts texts together: one at a time, as vehicles send them.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    id: u16,
    next: u8,
    severity: u8,
    text: String,
}

impl Texts {
    /// Takes a piece; gives severity and text when it is complete. A text with
    /// a lost piece is given as far as it came, with "…".
    pub fn take(&mut self, m: &Statustext) -> Option<(u8, String)> {
        let piece = m.text.as_str();
        if m.id == 0 {
            return Some((m.severity, piece.to_owned()));
        }
        // A piece that fills its field is followed by another.
        let last = piece.len() < m.text.0.len();
        if m.id != self.id || m.chunk_seq == 0 {
            self.id = m.id;
            self.severity = m.severity;
            self.text.clear();
            self.next = m.chunk_seq;
            if m.chunk_seq > 0 {
                self.text.push('…');
            }
        }
        if m.chunk_seq != self.next {
            self.text.push('…');
        }
        self.text.push_str(piece);
        self.next = m.chunk_seq.wrapping_add(1);
        if last || self.text.len() > TEXT_MAX {
            self.id = 0;
            return Some((self.severity, std::mem::take(&mut self.text)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined() {
        let mut texts = Texts::default();
        let long = "x".repeat(50);
        let piece = |chunk_seq, text: &str| Statustext {
            severity: 4,
            text: text.into(),
            id: 7,
            chunk_seq,
        };
        assert_eq!(texts.take(&piece(0, &long)), None);
        assert_eq!(
            texts.take(&piece(1, "end")),
            Some((4, format!("{long}end")))
        );
        assert_eq!(texts.take(&piece(0, &long)), None);
        assert_eq!(
            texts.take(&piece(2, "end")),
            Some((4, format!("{long}…end")))
        );
    }
}
