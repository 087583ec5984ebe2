//! What is too much is refused, whatever a header says.

use whimbrel_mission::format::{self, FileKind, FormatError, read, read_as};

/// A ZIP archive of one stored entry, with sizes as told.
fn stored(name: &str, content: &[u8], told: u32) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in content {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (0_u32.wrapping_sub(crc & 1)));
        }
    }
    let fields = |out: &mut Vec<u8>| {
        out.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        out.extend((!crc).to_le_bytes());
        out.extend(told.to_le_bytes());
        out.extend(told.to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
    };
    let mut out = b"PK\x03\x04".to_vec();
    fields(&mut out);
    out.extend(name.as_bytes());
    out.extend(content);
    let start = out.len() as u32;
    out.extend(b"PK\x01\x02\x14\x00");
    fields(&mut out);
    out.extend([0; 14]);
    out.extend(name.as_bytes());
    let length = out.len() as u32 - start;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[test]
fn archives() {
    let kml = b"<kml><Placemark><Polygon><outerBoundaryIs><coordinates>8,47 9,47 9,48</coordinates></outerBoundaryIs></Polygon></Placemark></kml>";
    let good = stored("../../etc/doc.kml", kml, kml.len() as u32);
    assert_eq!(
        read("", &good).expect("names are no paths").summary(),
        "1 area"
    );
    assert!(read("", &stored("doc.kml", kml, 4_000_000_000)).is_err());
    let nested = stored("in.kml", &good, good.len() as u32);
    let error = read("", &nested).expect_err("nested").to_string();
    assert!(error.contains("archive inside an archive"), "{error}");
    let error = read("", &stored("a.pdf", b"x", 1)).expect_err("nothing");
    assert!(
        error.to_string().contains("nothing in the archive"),
        "{error}"
    );
    assert!(read("", b"PK\x03\x04 and no more").is_err());
    // A bomb: 40 MB of blanks in 40 kB.
    let bomb = include_bytes!("../data/bomb.kmz");
    assert!(bomb.len() < 60_000);
    assert!(matches!(read("", bomb), Err(FormatError::Bomb(name)) if name == "doc.kml"));
}

#[test]
fn vertices_areas_zones() {
    let many = |n: usize, one: &str| vec![one; n].join(",");
    let line = format!("LINESTRING({})", many(format::MAX_VERTICES + 1, "8 47"));
    let too_many = |text: &str, what: &str| match read("", text.as_bytes()) {
        Err(FormatError::TooMany { what: said, .. }) => assert_eq!(said, what),
        other => panic!("{what}: {other:?}"),
    };
    too_many(&line, "vertices");
    let ring = "((8 47,9 47,9 48))";
    let areas = format!("MULTIPOLYGON({})", many(format::MAX_AREAS + 1, ring));
    too_many(&areas, "areas");
    let at_limit = format!("MULTIPOLYGON({})", many(format::MAX_AREAS, ring));
    assert_eq!(
        read("", at_limit.as_bytes())
            .expect("the limit")
            .areas
            .len(),
        format::MAX_AREAS
    );
    let zone = "AC R\nDP 1:0N 1:0E\nDP 1:0N 2:0E\nDP 2:0N 2:0E\n";
    too_many(&zone.repeat(format::MAX_ZONES + 1), "zones");
}

#[test]
fn nesting() {
    let deep = "GEOMETRYCOLLECTION(".repeat(100_000);
    assert!(
        read("", deep.as_bytes())
            .expect_err("deep")
            .to_string()
            .contains("nested")
    );
    let deep = "<kml>".repeat(100_000);
    assert!(
        read("", deep.as_bytes())
            .expect_err("deep")
            .to_string()
            .contains("nested")
    );
    let deep = "[".repeat(100_000);
    assert!(read("", deep.as_bytes()).is_err());
    let deep = format!(
        "{{\"type\":\"GeometryCollection\",\"geometries\":[{}",
        "[".repeat(1000)
    );
    assert!(read("", deep.as_bytes()).is_err());
}

#[test]
fn counts_that_lie() {
    // One record that claims two thousand million points.
    let mut shp = vec![0; 100];
    shp[..4].copy_from_slice(&[0, 0, 0x27, 0x0a]);
    shp[32] = 5;
    let mut content = vec![0_u8; 60];
    content[0] = 5;
    content[36..40].copy_from_slice(&1_i32.to_le_bytes());
    content[40..44].copy_from_slice(&2_000_000_000_i32.to_le_bytes());
    shp.extend(1_i32.to_be_bytes());
    shp.extend(30_i32.to_be_bytes());
    shp.extend(&content);
    let error = read("a.shp", &shp).expect_err("a lie").to_string();
    assert!(error.contains("record 1"), "{error}");
    shp.truncate(120);
    assert!(
        read("a.shp", &shp)
            .expect_err("cut")
            .to_string()
            .contains("middle")
    );
}

#[test]
fn a_geopackage_may_not_run_away() {
    let build = |sql: &str| {
        let mut database = rusqlite::Connection::open_in_memory().expect("opens");
        let schema = "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
          CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
          CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);
          INSERT INTO gpkg_contents VALUES ('v', 'features');
          INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 4326);";
        database.execute_batch(schema).expect("schema");
        database.execute_batch(sql).expect("table");
        database
            .serialize(rusqlite::MAIN_DB)
            .expect("bytes")
            .to_vec()
    };
    let endless = build(
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS geom FROM c WHERE x < 0;",
    );
    let error = read_as(FileKind::GeoPackage, &endless)
        .expect_err("endless")
        .to_string();
    assert!(error.contains("interrupted"), "{error}");
    let odd = build("CREATE TABLE v (geom BLOB); INSERT INTO v VALUES (x'47500001');");
    let error = read("", &odd).expect_err("too short").to_string();
    assert!(error.contains("feature 1"), "{error}");
    let quoted = build("CREATE TABLE v (a, name); ");
    assert!(
        read("", &quoted)
            .expect_err("no column")
            .to_string()
            .contains("geom")
    );
    let point = build(
        "CREATE TABLE v (geom BLOB); INSERT INTO v VALUES (NULL), (x'4750000100000000010100000000000000000020400000000000804740');",
    );
    assert_eq!(read("", &point).expect("a point is no area").summary(), "");
}
