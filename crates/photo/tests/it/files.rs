//! Files that are no photos, or only the beginning of one.

use crate::picture;
use std::path::PathBuf;
use whimbrel_photo::{JpegError, MetaError, jpeg, make_layers, read_meta, write_meta};

#[test]
fn text_with_the_name_of_a_photo() {
    let error = jpeg::decode_rgb(b"these are no pixels, but a note about the weather").unwrap_err();
    assert_eq!(error, JpegError::NotJpeg("it is text"));
    assert_eq!(error.to_string(), "this is not a JPEG photo: it is text");
    assert!(matches!(
        read_meta(b"text"),
        Err(MetaError::Jpeg(JpegError::NotJpeg("it is text")))
    ));
    assert_eq!(
        jpeg::decode_rgb(b"").unwrap_err(),
        JpegError::NotJpeg("the file is empty")
    );
    assert!(matches!(
        jpeg::decode_rgb(&[0; 5000]),
        Err(JpegError::NotJpeg(_))
    ));
    assert!(make_layers(b"text").is_err());
}

#[test]
fn every_cut_is_noticed() {
    let whole = jpeg::encode(&picture(160, 120), 80).unwrap();
    assert!(jpeg::decode_rgb(&whole).is_ok());
    for length in (2..whole.len())
        .step_by(7)
        .chain([whole.len() - 2, whole.len() - 1])
    {
        let error = jpeg::decode_rgb(&whole[..length]).unwrap_err();
        assert!(
            matches!(error, JpegError::Truncated { got, .. } if got == length),
            "{length}: {error}"
        );
    }
    // A card that had room reserved, but not filled.
    let mut zeros = whole[..whole.len() / 2].to_vec();
    zeros.resize(whole.len(), 0);
    let error = jpeg::decode_rgb(&zeros).unwrap_err();
    assert!(
        error.to_string().contains("last rows are missing"),
        "{error}"
    );
}

#[test]
fn damage_never_panics() {
    let whole = jpeg::encode(&picture(48, 40), 60).unwrap();
    let whole = write_meta(&whole, &read_meta(&whole).unwrap()).unwrap();
    for at in 0..whole.len() {
        for flip in [0x01, 0x40, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            if jpeg::dimensions(&bytes).is_ok_and(|(w, h)| w * h < 1_000_000) {
                let _ = jpeg::decode_rgb(&bytes);
            }
            let _ = read_meta(&bytes);
        }
    }
}

#[test]
fn impossible_pictures_are_refused() {
    let mut image = picture(8, 8);
    image.data.pop();
    assert!(matches!(
        jpeg::encode(&image, 80),
        Err(JpegError::Encode(_))
    ));
    image.width = 70_000;
    assert!(matches!(
        jpeg::encode(&image, 80),
        Err(JpegError::Encode(_))
    ));
    let mut huge = jpeg::encode(&picture(16, 16), 80).unwrap();
    let frame = huge.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    huge[frame + 5..frame + 9].fill(0xFF);
    let refused = JpegError::TooLarge {
        width: 65_535,
        height: 65_535,
    };
    assert_eq!(jpeg::decode_rgb(&huge).unwrap_err(), refused);
}

#[test]
fn what_is_encoded_decodes() {
    let image = picture(161, 119);
    let bytes = jpeg::encode(&image, 95).unwrap();
    assert_eq!(jpeg::dimensions(&bytes).unwrap(), (161, 119));
    let back = jpeg::decode_rgb(&bytes).unwrap();
    let error: f64 = back
        .data
        .iter()
        .zip(&image.data)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum();
    assert!((error / image.data.len() as f64).sqrt() < 4.0);
    let gray = jpeg::decode_gray(&bytes).unwrap();
    let expected = back.to_gray();
    let off = gray
        .data
        .iter()
        .zip(&expected.data)
        .map(|(a, b)| a.abs_diff(*b))
        .max();
    assert!(off.unwrap() <= 4, "{off:?}");
}

#[test]
fn the_corpus_is_replayed() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/exif");
    let mut files = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        whimbrel_photo::fuzzing::photo(&bytes);
        files += 1;
    }
    assert!(files >= 4);
}
