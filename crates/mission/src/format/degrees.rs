//! Angles as people write them: `47.3977`, `47°23'51.7"N`, `53:40:00 N`, `8 32.74 E`.

/// An angle and the axis that its letter names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Angle {
    /// Degrees, south and west negative.
    pub deg: f64,
    /// Whether a letter says that it is a latitude (`true`) or a longitude.
    pub latitude: Option<bool>,
}

/// Reads one angle; `None` when it is none.
pub(crate) fn angle(text: &str) -> Option<Angle> {
    let text = text.trim();
    let mut sign = 1.0;
    let mut latitude = None;
    let mut numbers = [0.0_f64; 3];
    let mut count = 0;
    let mut digits = String::new();
    let mut close = |digits: &mut String, count: &mut usize| -> Option<()> {
        if !digits.is_empty() {
            let slot = numbers.get_mut(*count)?;
            *slot = digits.parse().ok()?;
            *count += 1;
            digits.clear();
        }
        Some(())
    };
    for (index, c) in text.char_indices() {
        match c {
            '0'..='9' | '.' => digits.push(c),
            '-' | '+' if index == 0 => sign = if c == '-' { -1.0 } else { 1.0 },
            'N' | 'n' | 'S' | 's' | 'E' | 'e' | 'O' | 'o' | 'W' | 'w' => {
                close(&mut digits, &mut count)?;
                if latitude.is_some() {
                    return None;
                }
                latitude = Some(matches!(c, 'N' | 'n' | 'S' | 's'));
                if matches!(c, 'S' | 's' | 'W' | 'w') {
                    sign = -sign;
                }
            }
            ' ' | '\t' | ':' | '°' | 'º' | '\'' | '′' | '’' | '"' | '″' | '”' => {
                close(&mut digits, &mut count)?
            }
            _ => return None,
        }
    }
    close(&mut digits, &mut count)?;
    let [d, m, s] = numbers;
    if count == 0 || m >= 60.0 || s >= 60.0 {
        return None;
    }
    Some(Angle {
        deg: sign * (d + m / 60.0 + s / 3600.0),
        latitude,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_as_people_write_them() {
        let deg = |text: &str| angle(text).expect(text).deg;
        assert_eq!(deg("47.5"), 47.5);
        assert_eq!(deg("-8.25"), -8.25);
        assert!((deg("53:40:30 N") - 53.675).abs() < 1e-12);
        assert!((deg("006:30.5W") + 6.508_333_333).abs() < 1e-8);
        assert!((deg("47°23'51.72\"N") - 47.397_7).abs() < 1e-12);
        assert!((deg("8 32.4 e") - 8.54).abs() < 1e-12);
        assert_eq!(angle("12:30 S").expect("one").latitude, Some(true));
        assert_eq!(angle("12").expect("one").latitude, None);
        for none in ["", "N", "12:61", "1:2:3:4", "12NE", "abc", "1.2.3", "1e5x"] {
            assert_eq!(angle(none), None, "{none:?}");
        }
    }
}
