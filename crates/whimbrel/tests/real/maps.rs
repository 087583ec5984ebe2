//! Maps of real photos, and what becomes of photos that are none.

use std::time::Duration;

use crate::program::{folder, run_within, shared, text};

#[test]
fn a_few_real_photos_become_a_map() {
    let Some(images) = shared("data/brighton_beach/images") else {
        return;
    };
    let dir = folder();
    let (photos, out) = (dir.path().join("photos"), dir.path().join("map"));
    std::fs::create_dir(&photos).expect("made");
    let mut names: Vec<_> = std::fs::read_dir(&images)
        .expect("listed")
        .flatten()
        .map(|e| e.path())
        .collect();
    names.sort();
    for path in names.iter().take(8) {
        std::fs::copy(path, photos.join(path.file_name().expect("a name"))).expect("copied");
    }
    let whole = std::fs::read(names.first().expect("a photo")).expect("read");
    std::fs::write(photos.join("cut_off.jpg"), &whole[..whole.len() / 3]).expect("written");
    std::fs::write(photos.join("letter.jpg"), "this is no photo").expect("written");
    let ended = run_within(
        Duration::from_secs(300),
        &["--json", "map", text(&photos), "-o", text(&out)],
    );
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let report = ended.json();
    assert_eq!(report["photos"], 10, "{report}");
    assert!(
        report["matched"].as_u64().expect("a count") >= 6,
        "{report}"
    );
    assert!(ended.err.contains("letter.jpg: left out"), "{}", ended.err);
    assert!(ended.err.contains("cut_off.jpg: "), "{}", ended.err);
    let cameras: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("cameras.json")).expect("a file"))
            .expect("JSON");
    assert_eq!(
        cameras.as_array().expect("rows").len(),
        10,
        "every photo is named"
    );
    for name in ["orthomosaic.tif", "surface.tif", "report.json"] {
        assert!(
            out.join(name).metadata().expect("written").len() > 300,
            "{name}"
        );
    }
    let strict = run_within(
        Duration::from_secs(300),
        &["map", text(&photos), "--strict", "-o", text(&out)],
    );
    assert_eq!(strict.code, Some(3), "{}", strict.err);
    assert!(strict.complaint().contains("left out"));
}
