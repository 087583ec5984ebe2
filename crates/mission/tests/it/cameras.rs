//! The catalogue of cameras.

use std::collections::BTreeSet;
use whimbrel_mission::camera::known_sensor_width_mm;
use whimbrel_mission::{Camera, CameraError};
use whimbrel_photo::PhotoMeta;

fn photo(make: &str, model: &str, focal_mm: f64, width_px: u32) -> PhotoMeta {
    PhotoMeta {
        make: Some(make.into()),
        model: Some(model.into()),
        focal_mm: Some(focal_mm),
        width_px,
        ..PhotoMeta::default()
    }
}

#[test]
fn every_camera_is_sound_and_names_its_source() {
    let all = Camera::catalogue_all().unwrap();
    let real = all.iter().filter(|c| c.key != "mapper").count();
    assert!(real >= 40, "{real} cameras");
    let keys: BTreeSet<&str> = all.iter().map(|c| c.key.as_str()).collect();
    assert_eq!(keys.len(), all.len(), "keys are unique");
    for camera in all {
        camera.validate().unwrap();
        assert!(!camera.source.is_empty(), "{}", camera.key);
        assert!(
            camera.readout_s.is_none() || camera.shutter.is_some(),
            "{}: a readout time belongs to a shutter",
            camera.key
        );
        // A survey camera's field of view: 15° to 100° across.
        let across = 2.0 * (0.5 * camera.sensor_width_mm / camera.focal_mm).atan();
        assert!(
            (15.0..100.0).contains(&across.to_degrees()),
            "{}: {:.0}°",
            camera.key,
            across.to_degrees()
        );
        let (wide, long) = camera.footprint_m(100.0);
        assert!(
            (wide / long - f64::from(camera.width_px) / f64::from(camera.height_px)).abs() < 1e-9
        );
        let height = camera.height_for_gsd_m(camera.gsd_m(77.0));
        assert!((height - 77.0).abs() < 1e-9);
        assert_eq!(Camera::catalogue(&camera.key).as_ref(), Ok(camera));
    }
}

#[test]
fn photos_tell_their_camera() {
    for (make, model, focal_mm, width_px, key) in [
        ("DJI", "FC6310", 8.8, 5472, "p4pro"),
        ("DJI", "FC6310S", 8.8, 5472, "p4pro"),
        ("DJI", "FC6310R", 8.8, 4864, "p4rtk"),
        ("Hasselblad", "L1D-20c", 10.3, 5472, "mavic2pro"),
        ("DJI", "ZenmuseP1", 35.0, 8192, "p1-35"),
        ("DJI", "ZenmuseP1", 50.0, 8192, "p1-50"),
        ("SONY", "ILCE-6000", 16.0, 6000, "a6000-16"),
        ("SONY", "ILCE-7RM2", 28.0, 7952, "a7r2-28"),
        ("Skydio", "2", 3.7, 4056, "skydio2"),
        ("DJI", "FC3582", 6.7, 4032, "mini3pro"),
        ("DJI", "FC3582", 6.7, 8064, "mini3pro-48"),
    ] {
        let meta = photo(make, model, focal_mm, width_px);
        let camera = Camera::of_photo(&meta).map(|c| c.key.as_str());
        assert_eq!(camera, Some(key), "{make} {model}");
    }
    assert!(Camera::of_photo(&photo("Acme", "Box", 8.0, 4000)).is_none());
    assert!(Camera::of_photo(&PhotoMeta::default()).is_none());
    let width = |make, model| known_sensor_width_mm(&photo(make, model, 8.0, 4000));
    assert_eq!(width("DJI", "FC7203"), Some(6.17));
    assert_eq!(width("SONY", "DSC-RX1RM2"), Some(35.9));
    assert_eq!(width("Canon", "Canon PowerShot ELPH 300 HS"), Some(6.17));
    assert_eq!(width("Acme", "Box"), None);
}

#[test]
fn words_find_cameras() {
    let keys = |text| -> Vec<&str> {
        let found = Camera::catalogue_like(text).unwrap();
        found.iter().map(|c| c.key.as_str()).collect()
    };
    assert_eq!(keys("zenmuse p1"), ["p1-24", "p1-35", "p1-50"]);
    assert_eq!(keys("FC3411"), ["air2s"]);
    assert!(keys("no such thing").is_empty());
    assert_eq!(keys("").len(), Camera::catalogue_all().unwrap().len());
    let error = Camera::catalogue("phantom").unwrap_err().to_string();
    assert!(error.contains("phantom3, phantom4"), "{error}");
    let error = Camera::catalogue("nope").unwrap_err().to_string();
    assert!(error.contains("whimbrel cameras"), "{error}");
}

#[test]
fn own_cameras_are_files() {
    let text = "name = \"Mine\"\nsensor_width_mm = 36.0\nsensor_height_mm = 24.0\nwidth_px = 6000\nheight_px = 4000\nfocal_mm = 24.0\n";
    let mine = Camera::from_toml(text).unwrap();
    assert_eq!((mine.min_interval_s, mine.shutter), (None, None));
    assert!((mine.gsd_m(100.0) - 0.025).abs() < 1e-12);
    let with = |line: &str| Camera::from_toml(&format!("{text}{line}\n"));
    assert!(with("min_interval_s = 1.5\nshutter = \"global\"").is_ok());
    for (line, field) in [
        ("min_interval_s = -1.0", "min_interval_s"),
        ("readout_s = 0.0", "readout_s"),
        ("exposure_fastest_s = nan", "exposure_fastest_s"),
    ] {
        let error = with(line).unwrap_err();
        assert!(
            matches!(&error, CameraError::Value { field: f, .. } if *f == field),
            "{error}"
        );
    }
    assert!(with("shutter = \"leaf\"").is_err());
    let square = text.replace("height_px = 4000", "height_px = 6000");
    assert!(
        Camera::from_toml(&square)
            .unwrap_err()
            .to_string()
            .contains("one shape")
    );
}

#[test]
fn the_corpus_of_camera_files_is_read_without_panic() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/camera_file");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for cut in 0..=bytes.len() {
            whimbrel_mission::fuzzing::camera_file(&bytes[..cut]);
        }
    }
    let long = format!("name = \"{}\"", "x".repeat(70_000));
    assert!(matches!(
        Camera::from_toml(&long),
        Err(CameraError::TooLarge(_))
    ));
}
