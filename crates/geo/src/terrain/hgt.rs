//! SRTM tiles (.hgt): big-endian 16-bit metres above EGM96, rows from north to south, nodes on
//! the degree lines at both ends, −32768 where unknown (NASA LP DAAC, SRTM user guide v3, §3).

use super::grid::{Georeference, GridTerrain};
use super::{TerrainError, VerticalDatum};
use crate::crs::Crs;

const UNKNOWN: i16 = i16::MIN;

/// South-west corner (latitude, longitude in degrees) from a name such as `N46E009.hgt`; a path
/// before it is ignored.
fn corner_deg(name: &str) -> Option<(f64, f64)> {
    let file = name.rsplit(['/', '\\']).next()?;
    let stem = file.split('.').next()?.to_ascii_uppercase();
    let mut rest = stem.as_str();
    let mut number = |negative: char, positive: char, digits: usize| -> Option<f64> {
        let sign = match rest.chars().next()? {
            c if c == negative => -1.0,
            c if c == positive => 1.0,
            _ => return None,
        };
        let text = rest.get(1..=digits)?;
        rest = rest.get(1 + digits..)?;
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(sign * text.parse::<f64>().ok()?)
    };
    let lat = number('S', 'N', 2)?;
    let lon = number('W', 'E', 3)?;
    ((-90.0..90.0).contains(&lat) && (-180.0..180.0).contains(&lon)).then_some((lat, lon))
}

impl GridTerrain {
    /// Reads an SRTM tile of 1″ or 3″; `name` tells its place.
    pub fn from_hgt(name: &str, bytes: &[u8]) -> Result<Self, TerrainError> {
        let (lat, lon) = corner_deg(name).ok_or_else(|| TerrainError::HgtName(name.into()))?;
        let side = [1201usize, 3601]
            .into_iter()
            .find(|n| n * n * 2 == bytes.len())
            .ok_or(TerrainError::HgtLength(bytes.len()))?;
        let values = bytes
            .chunks_exact(2)
            .map(|b| match b {
                [hi, lo] => i16::from_be_bytes([*hi, *lo]),
                _ => UNKNOWN,
            })
            .map(|v| if v == UNKNOWN { f32::NAN } else { f32::from(v) })
            .collect();
        let step = 1.0 / (side - 1) as f64;
        let place = Georeference::Crs {
            crs: Crs::from_epsg(4326)?,
            affine: [lon, step, 0.0, lat + 1.0, 0.0, -step],
        };
        Self::new(place, side, side, values, VerticalDatum::Egm96)
    }
}

#[cfg(test)]
mod tests {
    use super::corner_deg;

    #[test]
    fn names_tell_the_corner() {
        assert_eq!(corner_deg("dem/N44W072.hgt"), Some((44.0, -72.0)));
        assert_eq!(corner_deg("s01e179.SRTMGL1.hgt"), Some((-1.0, 179.0)));
        for wrong in [
            "", "N4", "Nä4W072", "N44W07", "X44W072", "N95E000", "N44E180", "N+4W0+2",
        ] {
            assert_eq!(corner_deg(wrong), None, "{wrong}");
        }
    }
}
