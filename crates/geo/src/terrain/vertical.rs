//! What a GeoTIFF says of its heights (OGC 19-008r4, clause 7.5: vertical GeoKeys).

use super::TerrainError;
use super::datum::{Stated, VerticalDatum};
use std::io::{Read, Seek};
use tiff::decoder::Decoder;
use tiff::tags::Tag;

const GEODETIC_CRS: u16 = 2048;
const VERTICAL_CRS: u16 = 4096;
const VERTICAL_CITATION: u16 = 4097;
const VERTICAL_DATUM: u16 = 4098;
const VERTICAL_UNITS: u16 = 4099;
/// Metres in an international and in a US survey foot (EPSG units 9002 and 9003).
const FOOT_M: f64 = 0.3048;
const SURVEY_FOOT_M: f64 = 1200.0 / 3937.0;

/// The vertical keys of the image that the decoder is at.
pub(super) fn stated(file: &mut Decoder<impl Read + Seek>) -> Result<Stated, TerrainError> {
    let tiff = |e: tiff::TiffError| TerrainError::Tiff(e.to_string());
    let keys = file
        .find_tag_unsigned_vec::<u16>(Tag::GeoKeyDirectoryTag)
        .map_err(tiff)?
        .unwrap_or_default();
    let entries = || keys.chunks_exact(4).skip(1);
    let number = |wanted: u16| {
        entries().find_map(|entry| match entry {
            [id, 0, 1, value] if *id == wanted => Some(*value),
            _ => None,
        })
    };
    let citation = entries().find_map(|entry| match entry {
        [VERTICAL_CITATION, _, count, offset] => Some((usize::from(*offset), usize::from(*count))),
        _ => None,
    });
    let mut words = String::new();
    if let Some((from, count)) = citation
        && let Some(all) = file.find_tag(Tag::GeoAsciiParamsTag).map_err(tiff)?
    {
        let all = all.into_string().map_err(tiff)?;
        words = all
            .get(from..(from + count).min(all.len()))
            .unwrap_or_default()
            .to_ascii_uppercase();
    }
    Ok(meaning(
        number(GEODETIC_CRS),
        number(VERTICAL_CRS),
        number(VERTICAL_DATUM),
        number(VERTICAL_UNITS),
        &words,
    ))
}

fn meaning(
    geodetic: Option<u16>,
    vertical: Option<u16>,
    datum: Option<u16>,
    units: Option<u16>,
    words: &str,
) -> Stated {
    let (known, other_epsg) = match (vertical, datum) {
        // EGM96 height; EGM2008 height.
        (Some(5773), _) | (_, Some(5171)) => (Some(VerticalDatum::Egm96), None),
        (Some(3855), _) | (_, Some(1027)) => (Some(VerticalDatum::Egm2008), None),
        // Ellipsoids of GeoTIFF 1.0, and WGS 84 with three dimensions.
        (Some(5001..=5035 | 4979), _) => (Some(VerticalDatum::Ellipsoid), None),
        (Some(code), _) if code != 0 && code != 32_767 => (None, Some(code)),
        _ if words.contains("EGM2008") || words.contains("EGM08") => {
            (Some(VerticalDatum::Egm2008), None)
        }
        _ if words.contains("EGM96") => (Some(VerticalDatum::Egm96), None),
        _ if words.contains("ELLIPSOID") => (Some(VerticalDatum::Ellipsoid), None),
        // Geographic systems with ellipsoidal heights: WGS 84, ETRS89.
        _ if matches!(geodetic, Some(4979 | 4937)) => (Some(VerticalDatum::Ellipsoid), None),
        _ => (None, None),
    };
    let metres = match (units, vertical) {
        (Some(9002), _) | (_, Some(8228)) => FOOT_M,
        (Some(9003), _) | (_, Some(6360)) => SURVEY_FOOT_M,
        _ => 1.0,
    };
    Stated {
        datum: known,
        other_epsg,
        metres,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_words_tell_the_datum() {
        let datum = |v, d, words| meaning(None, v, d, None, words).datum;
        assert_eq!(datum(Some(5773), None, ""), Some(VerticalDatum::Egm96));
        assert_eq!(datum(Some(3855), None, ""), Some(VerticalDatum::Egm2008));
        assert_eq!(datum(None, Some(5171), ""), Some(VerticalDatum::Egm96));
        assert_eq!(datum(Some(5030), None, ""), Some(VerticalDatum::Ellipsoid));
        let words = datum(Some(32_767), None, "EGM2008 HEIGHT|");
        assert_eq!(words, Some(VerticalDatum::Egm2008));
        assert_eq!(datum(None, None, ""), None);
        let swiss = meaning(None, Some(5728), None, None, "");
        assert_eq!((swiss.datum, swiss.other_epsg), (None, Some(5728)));
        let feet = meaning(None, Some(6360), None, Some(9003), "");
        assert!((feet.metres - 0.304_800_6).abs() < 1e-6);
        let solid = meaning(Some(4979), None, None, None, "");
        assert_eq!(solid.datum, Some(VerticalDatum::Ellipsoid));
    }
}
