//! The corpora of the fuzz targets, and broken forms of the test files.

use crate::areas::data;
use proptest::prelude::*;
use whimbrel_mission::format::{FileKind, Source, read, read_as};
use whimbrel_mission::fuzzing::{areas, shapefile};

/// Targets and what they read.
const TARGETS: [(&str, FileKind); 9] = [
    ("area_geojson", FileKind::GeoJson),
    ("area_kml", FileKind::Kml),
    ("area_archive", FileKind::Kmz),
    ("area_geopackage", FileKind::GeoPackage),
    ("area_gpx", FileKind::Gpx),
    ("area_wkt", FileKind::Wkt),
    ("area_csv", FileKind::Csv),
    ("area_openair", FileKind::OpenAir),
    ("area_ed269", FileKind::Ed269),
];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(&folder).expect(&folder);
    let files: Vec<Vec<u8>> = entries
        .map(|e| std::fs::read(e.expect("an entry").path()).expect("a file"))
        .collect();
    assert!(files.len() >= 2, "{folder}");
    files
}

#[test]
fn the_corpora_are_read_without_panic() {
    for (target, kind) in TARGETS {
        for bytes in corpus(target) {
            areas(kind, &bytes);
        }
    }
    for bytes in corpus("area_shapefile") {
        shapefile(&bytes);
    }
}

const FILES: [&str; 15] = [
    "sites.geojson",
    "sites.kml",
    "sites.kmz",
    "sites.gpkg",
    "sites_utm.zip",
    "sites.shp",
    "sites.dbf",
    "sites.prj",
    "sites_wkt.csv",
    "line.gpx",
    "zones.openair",
    "zones_ed269.json",
    "zones_ed318.json",
    "faa_grid.geojson",
    "corridor.plan",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Bytes changed, cut, doubled: an answer or an error, never a panic.
    #[test]
    fn broken_files_do_not_panic(
        file in 0..FILES.len(),
        changes in proptest::collection::vec((0_usize..30_000, any::<u8>()), 0..12),
        cut in proptest::option::of(0_usize..30_000),
        double in proptest::option::of((0_usize..1000, 0_usize..300)),
    ) {
        let mut bytes = data(FILES[file]);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Some((at, n)) = double {
            let at = at.min(bytes.len());
            let piece = bytes[at..(at + n).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut % (bytes.len() + 1));
        }
        if let Ok(found) = read(FILES[file], &bytes) {
            let _ = found.summary();
            let _ = found.clone().into_no_fly();
            for area in found.into_areas().unwrap_or_default().iter().take(3) {
                let _ = area.validate();
            }
        }
        let (prj, dbf, shp) = (data("sites.prj"), data("sites.dbf"), data("sites.shp"));
        let parts = match file % 3 {
            0 => [&bytes, &dbf, &shp],
            1 => [&prj, &bytes, &shp],
            _ => [&prj, &dbf, &bytes],
        };
        let source = Source { name: "x.shp", bytes: parts[2], beside: vec![("prj", parts[0]), ("dbf", parts[1])] };
        let _ = source.read();
    }

    /// Whatever the text.
    #[test]
    fn any_text_of_any_kind(text in "[ACDPVXYW0-9NSE:=.,;()<>/a-z\"\\[\\]{} \n-]{0,200}") {
        for (_, kind) in TARGETS {
            let _ = read_as(kind, text.as_bytes());
        }
        let _ = read("", text.as_bytes());
        let _ = read("", format!("AC R\n{text}").as_bytes());
        let _ = read("", format!("POLYGON(({text}").as_bytes());
        let _ = read("", format!("lat,lon\n{text}").as_bytes());
    }
}
