//! Metadata written and read again.

use crate::picture;
use core::time::Duration;
use proptest::prelude::*;
use whimbrel_geo::{Height, LatLon};
use whimbrel_photo::*;

fn full() -> PhotoMeta {
    PhotoMeta {
        make: Some("Whimbrel".into()),
        model: Some("Survey 20".into()),
        focal_mm: Some(8.8),
        focal_35mm: Some(24.0),
        sensor_width_mm: Some(13.2),
        taken_at: Some(Duration::new(1_795_178_118, 250_000_001)),
        position: Some(GpsPosition {
            at: LatLon::from_deg(46.801_234_567_89, -9.850_987_654_32).unwrap(),
            height: GpsHeight::Ellipsoid(Height::from_m(1701.2345)),
            sigma_xy_m: Some(1.5),
            sigma_z_m: Some(2.25),
        }),
        attitude: Some(Attitude {
            yaw_rad: -2.5,
            pitch_rad: 0.0123,
            roll_rad: -0.0456,
            sigma_rad: Some(0.02),
        }),
        relative_height_m: Some(118.75),
        orientation: Some(1),
        id: Some(0x0123_4567_89AB_CDEF),
        ..PhotoMeta::default()
    }
}

fn assert_same(a: &PhotoMeta, b: &PhotoMeta) {
    assert_eq!((&a.make, &a.model), (&b.make, &b.model));
    assert_eq!(a.taken_at, b.taken_at);
    assert_eq!(
        (a.id, a.orientation, a.focal_35mm),
        (b.id, b.orientation, b.focal_35mm)
    );
    let near = |a: Option<f64>, b: Option<f64>, e: f64| match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= e, "{a} {b}"),
        (a, b) => assert_eq!(a, b),
    };
    near(a.focal_mm, b.focal_mm, 1e-6);
    near(a.sensor_width_mm, b.sensor_width_mm, 1e-4);
    near(a.relative_height_m, b.relative_height_m, 0.0);
    match (a.position, b.position) {
        (Some(p), Some(q)) => {
            assert!((p.at.lat_deg() - q.at.lat_deg()).abs() < 2e-11);
            assert!((p.at.lon_deg() - q.at.lon_deg()).abs() < 2e-11);
            match (p.height, q.height) {
                (GpsHeight::Amsl(p), GpsHeight::Amsl(q)) => assert!((p - q).abs() < 1e-4),
                (GpsHeight::Ellipsoid(p), GpsHeight::Ellipsoid(q)) => assert!((p - q).abs() < 1e-4),
                (p, q) => assert_eq!(p, q),
            }
            assert_eq!((p.sigma_xy_m, p.sigma_z_m), (q.sigma_xy_m, q.sigma_z_m));
        }
        (p, q) => assert_eq!(p, q),
    }
    match (a.attitude, b.attitude) {
        (Some(p), Some(q)) => {
            near(Some(p.yaw_rad), Some(q.yaw_rad), 1e-12);
            near(Some(p.pitch_rad), Some(q.pitch_rad), 1e-12);
            near(Some(p.roll_rad), Some(q.roll_rad), 1e-12);
            near(p.sigma_rad, q.sigma_rad, 1e-12);
        }
        (p, q) => assert_eq!(p, q),
    }
}

#[test]
fn all_of_it_comes_back() {
    let bare = jpeg::encode(&picture(64, 48), 80).unwrap();
    let tagged = write_meta(&bare, &full()).unwrap();
    let back = read_meta(&tagged).unwrap();
    assert_same(&full(), &back);
    assert_eq!(
        (back.width_px, back.height_px, back.exif_width_px),
        (64, 48, Some(64))
    );
    assert_eq!(jpeg::decode_rgb(&bare), jpeg::decode_rgb(&tagged));
    // Writing again replaces instead of adding.
    assert_eq!(write_meta(&tagged, &back).unwrap().len(), tagged.len());
    let model = back.camera_model(None).unwrap();
    assert!((model.focal_px - 8.8 / 13.2 * 64.0).abs() < 1e-3);

    let pose = back.pose().unwrap();
    let (roll, pitch, yaw) = pose.euler_rad();
    assert!((roll + 0.0456).abs() + (pitch - 0.0123).abs() + (yaw + 2.5).abs() < 1e-9);
}

#[test]
fn little_or_nothing_known() {
    let bare = jpeg::encode(&picture(64, 48), 80).unwrap();
    let none = read_meta(&bare).unwrap();
    assert_eq!(
        none,
        PhotoMeta {
            width_px: 64,
            height_px: 48,
            ..PhotoMeta::default()
        }
    );
    assert!(none.camera_model(None).is_none() && none.wgs84().is_none() && none.pose().is_none());
    let back = read_meta(&write_meta(&bare, &none).unwrap()).unwrap();
    assert_same(&none, &back);
    let long = PhotoMeta {
        make: Some("ä".repeat(100_000)),
        ..full()
    };
    let back = read_meta(&write_meta(&bare, &long).unwrap()).unwrap();
    assert!(back.make.unwrap().len() <= 200);
    let odd = PhotoMeta {
        focal_mm: Some(f64::NAN),
        relative_height_m: Some(f64::INFINITY),
        ..full()
    };
    let back = read_meta(&write_meta(&bare, &odd).unwrap()).unwrap();
    assert_eq!((back.focal_mm, back.relative_height_m), (None, None));
}

#[test]
fn film_focal_length_counts_by_the_diagonal() {
    let meta = PhotoMeta {
        width_px: 3600,
        height_px: 2400,
        focal_35mm: Some(24.0),
        ..PhotoMeta::default()
    };
    assert!((meta.camera_model(None).unwrap().focal_px - 2400.0).abs() < 1e-6);
}

#[test]
fn layers_have_their_sizes_and_the_metadata() {
    let original = jpeg::encode(&picture(1200, 900), 92).unwrap();
    let original = write_meta(&original, &full()).unwrap();
    let layers = make_layers(&original).unwrap();
    for layer in [&layers.thumb, &layers.preview, &layers.mapping] {
        assert_same(&full(), &read_meta(layer).unwrap());
    }
    assert_eq!(jpeg::dimensions(&layers.thumb).unwrap(), (320, 240));
    assert_eq!(jpeg::dimensions(&layers.preview).unwrap(), (600, 450));
    assert_eq!(jpeg::dimensions(&layers.mapping).unwrap(), (1200, 900));
    assert!(layers.thumb.len() <= 8_500, "{}", layers.thumb.len());
    let share = layers.mapping.len() as f64 / original.len() as f64;
    assert!((0.15..0.2).contains(&share), "{share}");
    assert_eq!(make_layers(&original).unwrap(), layers);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_place_comes_back(lat in -90.0..90.0f64, lon in -180.0..180.0f64, h in -400.0..9000.0f64, amsl: bool, ns in 0u32..1_000_000_000, s in 0u64..4_000_000_000) {
        let height = if amsl { GpsHeight::Amsl(Height::from_m(h)) } else { GpsHeight::Ellipsoid(Height::from_m(h)) };
        let at = LatLon::from_deg(lat, lon).unwrap();
        let meta = PhotoMeta {
            position: Some(GpsPosition { at, height, sigma_xy_m: None, sigma_z_m: None }),
            taken_at: Some(Duration::new(s, ns)),
            attitude: None,
            relative_height_m: None,
            ..full()
        };
        let bare = jpeg::encode(&RgbImage::filled(16, 8, [9, 99, 199]), 80).unwrap();
        assert_same(&meta, &read_meta(&write_meta(&bare, &meta).unwrap()).unwrap());
    }
}

/// The previews of the first demo decoded with green and pink patches, and its map was off by metres:
/// tables made for each picture put every channel into a scan of its own, which the decoder misread at half
/// resolution of the colours. Names and sizes had been tested, what the layers show had not.
#[test]
fn a_layer_shows_what_the_original_shows() {
    let mut picture = picture(640, 480);
    for (i, pixel) in picture.data.chunks_exact_mut(3).enumerate() {
        // Colours that change over the picture, so that a shift of one channel shows.
        let (x, y) = (i % 640, i / 640);
        pixel[0] = pixel[0].saturating_add((x / 8) as u8);
        pixel[2] = pixel[2].saturating_add((y / 6) as u8);
    }
    let original = jpeg::encode(&picture, 92).unwrap();
    let layers = make_layers(&original).unwrap();
    for (name, bytes) in [
        ("thumb", &layers.thumb),
        ("preview", &layers.preview),
        ("mapping", &layers.mapping),
    ] {
        let shown = jpeg::decode_rgb(bytes).unwrap();
        let want = picture.resized(shown.width, shown.height);
        for channel in 0..3 {
            let sum: f64 = shown
                .data
                .iter()
                .zip(&want.data)
                .skip(channel)
                .step_by(3)
                .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
                .sum();
            let rms = (sum / f64::from(shown.width * shown.height)).sqrt();
            assert!(
                rms < 16.0,
                "{name}, channel {channel}: {rms:.1} grey levels off"
            );
        }
    }
}
