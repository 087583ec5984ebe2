//! Geoid heights from a file: the grids that GeographicLib publishes (PGM, its manual "Geoid
//! height", section "The format of the geoid data files").

use super::TerrainError;
use crate::place::LatLon;
use std::io::{BufRead, Read};

/// Most heights of a geoid file: EGM2008 at 1′.
const MAX_NODES: usize = 21_600 * 10_801;
/// Longest header line and most lines of a header.
const MAX_LINE: u64 = 4_096;
const MAX_LINES: usize = 64;

/// Heights of a geoid above the WGS 84 ellipsoid all around the Earth.
#[derive(Clone, Debug)]
pub struct GeoidGrid {
    columns: usize,
    rows: usize,
    offset_m: f64,
    scale_m: f64,
    /// From 90° N to 90° S, each row from 0° eastward.
    values: Vec<u16>,
}

fn broken(what: &str) -> TerrainError {
    TerrainError::Geoid(what.into())
}

impl GeoidGrid {
    /// Reads a file such as `egm2008-5.pgm`.
    ///
    /// # Errors
    /// When it is no geoid of this format.
    pub fn from_pgm(reader: impl BufRead) -> Result<Self, TerrainError> {
        let mut reader = reader;
        let (mut offset_m, mut scale_m) = (None, None);
        let mut numbers: Vec<usize> = Vec::new();
        let mut magic = false;
        for _ in 0..MAX_LINES {
            if numbers.len() >= 3 {
                break;
            }
            let mut line = String::new();
            let read = reader.by_ref().take(MAX_LINE).read_line(&mut line);
            if read.map_err(|_| broken("its header is no text"))? == 0 {
                break;
            }
            let line = line.trim();
            if !magic {
                if line != "P5" {
                    return Err(broken("it does not begin with P5"));
                }
                magic = true;
            } else if let Some(comment) = line.strip_prefix('#') {
                let mut words = comment.split_whitespace();
                let value = (words.next(), words.next().and_then(|v| v.parse().ok()));
                match value {
                    (Some("Offset"), Some(v)) => offset_m = Some(v),
                    (Some("Scale"), Some(v)) => scale_m = Some(v),
                    _ => {}
                }
            } else {
                numbers.extend(
                    line.split_whitespace()
                        .filter_map(|n| n.parse::<usize>().ok()),
                );
            }
        }
        let (Some(offset_m), Some(scale_m)) = (offset_m, scale_m) else {
            return Err(broken("its header has no Offset and Scale"));
        };
        let finite = |v: f64| v.is_finite() && v.abs() < 1e6;
        let [columns, rows, 65_535] = numbers[..] else {
            return Err(broken("its header has no width, height and 65535"));
        };
        let nodes = columns.checked_mul(rows).filter(|n| *n <= MAX_NODES);
        let Some(nodes) = nodes.filter(|_| columns >= 4 && rows >= 3 && rows % 2 == 1) else {
            return Err(broken("its width and height are not those of a geoid"));
        };
        if !(finite(offset_m) && finite(scale_m)) {
            return Err(broken("its Offset and Scale are out of range"));
        }
        let mut bytes = Vec::new();
        let wanted = 2 * nodes;
        let read = reader.take(wanted as u64).read_to_end(&mut bytes);
        if read.map_err(|e| TerrainError::Io(e.to_string()))? < wanted {
            return Err(broken("it ends early: download it again"));
        }
        let values = bytes
            .chunks_exact(2)
            .map(|b| u16::from_be_bytes([b[0], b[1]]))
            .collect();
        Ok(Self {
            columns,
            rows,
            offset_m,
            scale_m,
            values,
        })
    }

    /// Height of the geoid above the ellipsoid, bilinear.
    #[must_use]
    pub fn undulation_m(&self, at: LatLon) -> Option<f64> {
        let y = (90.0 - at.lat_deg()) / 180.0 * (self.rows - 1) as f64;
        let x = at.lon_deg().rem_euclid(360.0) / 360.0 * self.columns as f64;
        let (row, column) = ((y as usize).min(self.rows - 2), x as usize);
        let (v, u) = (y - row as f64, x - column as f64);
        let node = |r: usize, c: usize| {
            let raw = self.values.get(r * self.columns + c % self.columns)?;
            Some(self.offset_m + self.scale_m * f64::from(*raw))
        };
        let (a, b) = (node(row, column)?, node(row, column + 1)?);
        let (c, d) = (node(row + 1, column)?, node(row + 1, column + 1)?);
        Some((a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(values: impl Fn(usize, usize) -> u16) -> Vec<u8> {
        let mut bytes = b"P5\n# Geoid file\n# Offset -108\n# Scale 0.003\n8 5\n65535\n".to_vec();
        for r in 0..5 {
            for c in 0..8 {
                bytes.extend(values(r, c).to_be_bytes());
            }
        }
        bytes
    }

    #[test]
    fn nodes_and_between() {
        let grid = GeoidGrid::from_pgm(&file(|r, c| (1_000 * r + 100 * c) as u16)[..]).unwrap();
        let n = |lat, lon| {
            grid.undulation_m(LatLon::from_deg(lat, lon).unwrap())
                .unwrap()
        };
        // 45° steps both ways.
        assert!((n(90.0, 0.0) - -108.0).abs() < 1e-9);
        assert!((n(0.0, 90.0) - (-108.0 + 0.003 * 2_200.0)).abs() < 1e-9);
        assert!((n(22.5, -22.5) - (-108.0 + 0.003 * 1_850.0)).abs() < 1e-9);
        assert!((n(-90.0, 180.0) - (-108.0 + 0.003 * 4_400.0)).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_geoid_is_refused() {
        let whole = file(|_, _| 7);
        for cut in 0..whole.len() {
            assert!(GeoidGrid::from_pgm(&whole[..cut]).is_err(), "{cut}");
        }
        for wrong in [
            &b"P6\n"[..],
            b"P5\n8 5\n65535\n",
            b"P5\n# Offset 1\n# Scale nan\n9 9\n65535\n",
        ] {
            assert!(GeoidGrid::from_pgm(wrong).is_err());
        }
        let huge = b"P5\n# Offset 1\n# Scale 1\n99999999999 99999999\n65535\n";
        assert!(GeoidGrid::from_pgm(&huge[..]).is_err());
    }
}
