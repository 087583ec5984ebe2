//! Coordinate systems written as text: WKT 1 (OGC 01-009), ESRI's dialect of it
//! in `.prj` files, and the identifiers of WKT 2.
//!
//! First the EPSG code it names itself, then names that ESRI's programs write,
//! then its parameters.

mod named;
mod parameters;
mod tree;

use tree::Node;
use whimbrel_geo::Crs;

/// Longest text that is read.
const MAX_TEXT: usize = 64 * 1024;

/// The coordinate system that a text describes.
///
/// # Errors
/// What cannot be used, and what to do.
pub(crate) fn crs(text: &str) -> Result<Crs, String> {
    if text.len() > MAX_TEXT {
        return Err("the coordinate system is described in more than 64 kB".into());
    }
    let root = tree::parse(text)?;
    if root.word == "LOCAL_CS" || root.word == "ENGCRS" {
        return Err(advice(
            "coordinates of a local system have no place on Earth",
        ));
    }
    // A compound system's first part is the horizontal one.
    let root = match root.word.as_str() {
        "COMPD_CS" | "COMPOUNDCRS" => root.children.into_iter().find(|n| !n.children.is_empty()),
        _ => Some(root),
    };
    let root = root.ok_or_else(|| advice("the coordinate system is empty"))?;
    if let Some(epsg) = authority(&root).or_else(|| named::epsg(&root.text))
        && let Ok(crs) = Crs::from_epsg(epsg)
    {
        return Ok(crs);
    }
    let definition = parameters::definition(&root)?;
    Crs::from_proj4(&definition).map_err(|e| advice(&e.to_string()))
}

fn authority(node: &Node) -> Option<u32> {
    let id = node
        .children
        .iter()
        .find(|c| c.word == "AUTHORITY" || c.word == "ID")?;
    if !id.text.eq_ignore_ascii_case("EPSG") {
        return None;
    }
    let code = id.children.first()?;
    code.number
        .map(|n| n as u32)
        .or_else(|| code.text.parse().ok())
}

fn advice(reason: &str) -> String {
    format!(
        "{reason}: save it in WGS 84 (EPSG:4326), for example with ogr2ogr -t_srs EPSG:4326 new old"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const UTM: &str = r#"PROJCS["ETRS_1989_UTM_Zone_32N",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

    fn same_place(a: &Crs, b: &Crs, xy: [f64; 2]) {
        let (p, q) = (
            a.unproject(xy).expect("a place"),
            b.unproject(xy).expect("a place"),
        );
        let apart = whimbrel_geo::distance_m(p, q);
        assert!(apart < 0.01, "{apart} m between {p} and {q}");
    }

    #[test]
    fn by_code_by_name_and_by_parameters() {
        let epsg = |code| Crs::from_epsg(code).expect("known");
        assert_eq!(crs(UTM).expect("known").epsg(), 25832);
        let unnamed = UTM.replace("ETRS_1989_UTM_Zone_32N", "Flurstueck");
        same_place(
            &crs(&unnamed).expect("by parameters"),
            &epsg(25832),
            [470_000.0, 5_500_000.0],
        );
        let coded = format!(
            "{}{}",
            &unnamed[..unnamed.len() - 1],
            r#",AUTHORITY["EPSG","25832"]]"#
        );
        assert_eq!(crs(&coded).expect("by code").epsg(), 25832);
        let state_plane = r#"PROJCS["NAD_1983_StatePlane_Vermont_FIPS_4400_Feet",GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",1640416.666666667],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-72.5],PARAMETER["Scale_Factor",0.9999642857142857],PARAMETER["Latitude_Of_Origin",42.5],UNIT["Foot_US",0.3048006096012192]]"#;
        same_place(
            &crs(state_plane).expect("feet"),
            &epsg(5646),
            [1_500_000.0, 700_000.0],
        );
        let lambert = r#"PROJCS["x",GEOGCS["RGF93",DATUM["Reseau_Geodesique_Francais_1993",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic_2SP"],PARAMETER["standard_parallel_1",49],PARAMETER["standard_parallel_2",44],PARAMETER["latitude_of_origin",46.5],PARAMETER["central_meridian",3],PARAMETER["false_easting",700000],PARAMETER["false_northing",6600000],UNIT["metre",1]]"#;
        same_place(
            &crs(lambert).expect("Lambert"),
            &epsg(2154),
            [650_000.0, 6_860_000.0],
        );
        assert!(crs(r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#).expect("WGS 84").is_geographic());
        let wkt2 = r#"PROJCRS["ETRS89 / UTM zone 32N",BASEGEOGCRS["ETRS89"],CONVERSION["UTM zone 32N"],ID["EPSG",25832]]"#;
        assert_eq!(crs(wkt2).expect("WKT 2").epsg(), 25832);
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let error = |text: &str| crs(text).expect_err("refused");
        assert!(error("").contains("ogr2ogr"));
        assert!(error("PROJCS[\"x\"").contains("ogr2ogr"));
        assert!(error("LOCAL_CS[\"site\",UNIT[\"metre\",1]]").contains("local"));
        // An old ellipsoid without a way to WGS 84 would be hundreds of metres off.
        let old = UTM
            .replace("ETRS_1989_UTM_Zone_32N", "x")
            .replace("D_ETRS_1989", "D_Potsdam")
            .replace("6378137.0,298.257222101", "6377397.155,299.1528128");
        assert!(error(&old).contains("datum"), "{}", error(&old));
        let shifted = old.replace(
            "299.1528128]",
            "299.1528128],TOWGS84[598.1,73.7,418.2,0.202,0.045,-2.455,6.7]",
        );
        assert!(crs(&shifted).is_ok());
        let deep = "A[".repeat(100_000);
        assert!(error(&deep[..60_000]).contains("ogr2ogr"));
    }
}
