//! Photos of real flights: see the README of the shared data.

use crate::shared;
use whimbrel_photo::*;

#[test]
fn a_fixed_wing_over_fields() {
    let files = shared("seneca/images");
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let meta = read_meta(&bytes).unwrap();
        let place = meta.position.unwrap();
        assert!((41.0..41.1).contains(&place.at.lat_deg()), "{path:?}");
        assert!((-83.4..-83.2).contains(&place.at.lon_deg()));
        assert!(matches!(place.height, GpsHeight::Amsl(h) if (200.0..400.0).contains(&h.m())));
        assert_eq!(meta.model.as_deref(), Some("Canon PowerShot ELPH 300 HS"));
        // 2013-06-04, a flight of some minutes.
        let seconds = meta.taken_at.unwrap().as_secs();
        assert_eq!(seconds / 86_400, 15_860);
        // 4.3 mm behind 6.17 mm, whatever size the photo has been brought to.
        let camera = meta.camera_model(Some(6.17)).unwrap();
        let (w, h) = jpeg::dimensions(&bytes).unwrap();
        assert_eq!((camera.width_px, camera.height_px), (w, h));
        assert!((camera.focal_px / f64::from(w) - 4.3 / 6.17).abs() < 1e-9);
        // EXIF's own word on the sensor is near the catalogue's.
        assert!((meta.sensor_width_mm.unwrap() - 6.2).abs() < 0.01);
    }
    let Some(first) = files.get(1) else { return };
    let bytes = std::fs::read(first).unwrap();
    let image = jpeg::decode_rgb(&bytes).unwrap();
    assert_eq!((image.width, image.height), (1800, 1350));
    let cut = jpeg::decode_rgb(&bytes[..bytes.len() * 2 / 3]).unwrap_err();
    assert!(matches!(cut, JpegError::Truncated { .. }), "{cut}");
    assert!(
        read_meta(&bytes[..30_000]).is_ok(),
        "the header is enough for metadata"
    );
}

#[test]
fn a_quadrotor_at_the_beach() {
    for path in shared("brighton_beach/images") {
        let bytes = std::fs::read(&path).unwrap();
        let meta = read_meta(&bytes).unwrap();
        assert_eq!(meta.make.as_deref(), Some("DJI"));
        assert_eq!(meta.model.as_deref(), Some("FC300S"));
        let place = meta.position.unwrap();
        assert!((46.8..46.9).contains(&place.at.lat_deg()), "{path:?}");
        assert!((-92.1..-91.9).contains(&place.at.lon_deg()));
        let camera = meta.camera_model(Some(6.17)).unwrap();
        assert_eq!((camera.width_px, camera.height_px), (2000, 1125));
        assert!((camera.focal_px - 3.61 / 6.17 * 2000.0).abs() < 1e-6);
        assert_eq!(meta.exif_width_px, Some(4000));
    }
}

#[test]
fn layers_of_real_photos() {
    let some = [
        shared("seneca/images").into_iter().nth(40),
        shared("brighton_beach/images").into_iter().nth(5),
    ];
    for path in some.into_iter().flatten() {
        let bytes = std::fs::read(&path).unwrap();
        let layers = make_layers(&bytes).unwrap();
        let share = |l: &Vec<u8>| l.len() as f64 / bytes.len() as f64;
        println!(
            "{path:?}: {} bytes; thumb {} bytes, preview {:.3}, mapping {:.3}",
            bytes.len(),
            layers.thumb.len(),
            share(&layers.preview),
            share(&layers.mapping)
        );
        assert!((4_000..=8_500).contains(&layers.thumb.len()));
        assert!((0.015..0.04).contains(&share(&layers.preview)));
        assert!((0.13..0.2).contains(&share(&layers.mapping)));
        let (original, mapping) = (
            read_meta(&bytes).unwrap(),
            read_meta(&layers.mapping).unwrap(),
        );
        assert_eq!(original.taken_at, mapping.taken_at);
        let moved =
            whimbrel_geo::distance_m(original.position.unwrap().at, mapping.position.unwrap().at);
        assert!(moved < 1e-4, "{moved}");
        let preview = read_meta(&layers.preview).unwrap();
        let (a, b) = (
            original.camera_model(None).unwrap(),
            preview.camera_model(None).unwrap(),
        );
        assert_eq!(b.width_px, a.width_px.div_ceil(2));
        assert_eq!(b.height_px, a.height_px.div_ceil(2));
        assert!(
            (a.focal_px / b.focal_px - 2.0).abs() < 1e-3,
            "{} {}",
            a.focal_px,
            b.focal_px
        );
    }
}
