//! The user's own background maps: GeoTIFFs in the data folder.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::serving::{Client, config, start};

fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../photo/tests/data/geo_pictures")
        .join(name)
}

fn put(folder: &Path, name: &str, from: &str) -> PathBuf {
    let target = folder.join("backgrounds");
    std::fs::create_dir_all(&target).expect("a folder");
    let target = target.join(name);
    std::fs::copy(picture(from), &target).expect("copied");
    target
}

/// Column and row of the tile of a zoom that holds a place.
fn tile_of(row: &Value, zoom: u8) -> String {
    let at = |k: usize| row["bounds"][k].as_f64().expect("bounds");
    let middle = whimbrel_geo::LatLon::from_deg((at(1) + at(3)) / 2.0, (at(0) + at(2)) / 2.0);
    let (x, y) = whimbrel_geo::WebTile::holding(zoom, middle.expect("a place")).xy();
    format!(
        "/backgrounds/{}/{zoom}/{x}/{y}",
        row["id"].as_str().expect("an id")
    )
}

#[test]
fn a_geotiff_in_the_folder_is_offered_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), "Field 7.tif", "cog_overviews.tif");
    let running = start(config(folder.path())).expect("starts");
    let mut client = Client::signed_in(&running);
    let (status, list) = client.send("GET", "/backgrounds", None);
    assert_eq!(status, 200);
    let row = &list[0];
    assert_eq!(
        (
            row["id"].as_str(),
            row["name"].as_str(),
            row["format"].as_str(),
            row["kind"].as_str()
        ),
        (
            Some("field-7"),
            Some("Field 7"),
            Some("geotiff"),
            Some("raster")
        )
    );
    assert_eq!(
        (row["min_zoom"].as_u64(), row["max_zoom"].as_u64()),
        (Some(0), Some(16))
    );
    let (status, kind, bytes) = client.bytes(&tile_of(row, 16));
    assert_eq!((status, kind.as_str()), (200, "image/png"));
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("pixels");
    assert_eq!(
        (frame.width, frame.height, frame.color_type),
        (256, 256, png::ColorType::Rgba)
    );
    // The picture's reds grow to the east, its greens to the south, blue is the same everywhere.
    let at = |x: usize, y: usize| &pixels[(y * 256 + x) * 4..][..4];
    assert!(at(250, 128)[0] > at(5, 128)[0] + 30 && at(128, 250)[1] > at(128, 5)[1] + 30);
    assert!(
        pixels
            .chunks_exact(4)
            .all(|p| p[3] == 0 || (p[2] == 128 && p[3] == 255))
    );
    assert_eq!(client.bytes("/backgrounds/field-7/16/0/0").0, 204);
    assert_eq!(client.bytes("/backgrounds/none/16/0/0").0, 204);
    // A second one, put there while the server runs, with the same name but for its ending.
    put(folder.path(), "field-7.tiff", "swiss.tif");
    let (_, list) = client.send("GET", "/backgrounds", None);
    let ids: Vec<&str> = list
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|r| r["id"].as_str())
        .collect();
    assert_eq!(ids, ["field-7", "field-7-2"]);
    std::fs::remove_file(folder.path().join("backgrounds/Field 7.tif")).expect("removed");
    let (_, list) = client.send("GET", "/backgrounds", None);
    assert_eq!(list[0]["id"], "field-7-2", "the other keeps its id");
    assert_eq!(client.bytes(&tile_of(&list[0], 17)).0, 200);
}

#[test]
fn a_file_that_cannot_be_shown_raises_an_alert_until_it_is_better() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = put(folder.path(), "old.tif", "refused_16bit.tif");
    let running = start(config(folder.path())).expect("starts all the same");
    let mut client = Client::signed_in(&running);
    let alert = client.until("/alerts", |alerts| alerts.to_string().contains("16 bits"));
    let alert = &alert[0];
    assert!(
        alert["action"]
            .as_str()
            .is_some_and(|a| a.contains("old.tif"))
            && alert["level"] == "advisory",
        "{alert}"
    );
    let path = format!(
        "/alerts/{}/acknowledge",
        alert["id"].as_str().expect("an id")
    );
    assert_eq!(client.send("POST", &path, None).0, 204);
    client.until("/alerts", |alerts| alerts[0]["acknowledged"] == true);
    std::fs::copy(picture("rgba_deflate_big.tif"), &bad).expect("a better one");
    let (_, list) = client.send("GET", "/backgrounds", None);
    assert_eq!(list[0]["id"], "old");
    client.until("/alerts", |alerts| {
        alerts.as_array().is_some_and(Vec::is_empty)
    });
    // What is damaged inside is found when it is drawn.
    let mut bytes = std::fs::read(&bad).expect("read");
    for byte in bytes.iter_mut().skip(1_600) {
        *byte ^= 0x55;
    }
    std::fs::write(folder.path().join("backgrounds/torn.tif"), bytes).expect("written");
    client.send("GET", "/backgrounds", None);
    let alerts = client.until("/alerts", |alerts| alerts.to_string().contains("torn"));
    assert!(alerts.to_string().contains("cannot be"), "{alerts}");
}

#[test]
fn one_that_is_given_and_cannot_be_opened_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = config(folder.path());
    wrong.backgrounds = vec![picture("make.py")];
    let error = start(wrong).err().expect("it does not start");
    assert!(
        error.contains("make.py") && error.contains("GeoTIFF"),
        "{error}"
    );
    let mut right = config(folder.path());
    right.backgrounds = vec![picture("degrees.tif")];
    let running = start(right).expect("starts");
    let (_, list) = Client::signed_in(&running).send("GET", "/backgrounds", None);
    assert_eq!(list[0]["id"], "degrees");
}
