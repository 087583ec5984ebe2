//! EPSG codes of the names that ESRI's programs and GDAL write into `.prj`
//! files (the files themselves carry no code).

/// Families with a number in the name: what stands before it, what behind it,
/// and the code that the number is added to.
const FAMILIES: [(&str, &str, u32); 14] = [
    ("WGS_1984_UTM_ZONE_", "N", 32600),
    ("WGS_1984_UTM_ZONE_", "S", 32700),
    ("ETRS_1989_UTM_ZONE_", "N", 25800),
    ("NAD_1983_UTM_ZONE_", "N", 26900),
    ("NAD_1983_CSRS_UTM_ZONE_", "N", 26900),
    ("NAD_1983_2011_UTM_ZONE_", "N", 26900),
    ("SIRGAS_2000_UTM_ZONE_", "S", 31960),
    ("SIRGAS_2000_UTM_ZONE_", "N", 31954),
    ("DHDN_3_DEGREE_GAUSS_ZONE_", "", 31464),
    ("GDA_1994_MGA_ZONE_", "", 28300),
    ("GDA2020_MGA_ZONE_", "", 7800),
    ("GDA_2020_MGA_ZONE_", "", 7800),
    ("JGD_2011_JAPAN_ZONE_", "", 6668),
    ("JGD_2000_JAPAN_ZONE_", "", 2442),
];

const NAMES: [(&str, u32); 37] = [
    ("GCS_WGS_1984", 4326),
    ("WGS_1984", 4326),
    ("GCS_ETRS_1989", 4258),
    ("GCS_NORTH_AMERICAN_1983", 4269),
    ("GCS_NAD_1983_2011", 6318),
    ("GCS_GDA_1994", 4283),
    ("GCS_GDA2020", 7844),
    ("GCS_NZGD_2000", 4167),
    ("GCS_SIRGAS_2000", 4674),
    ("GCS_JGD_2011", 6668),
    ("GCS_DEUTSCHES_HAUPTDREIECKSNETZ", 4314),
    ("GCS_OSGB_1936", 4277),
    ("GCS_CH1903", 4149),
    ("WGS_1984_WEB_MERCATOR_AUXILIARY_SPHERE", 3857),
    ("WGS_1984_WEB_MERCATOR", 3857),
    ("WGS_1984_WORLD_MERCATOR", 3395),
    ("CH1903_LV03", 21781),
    ("CH1903_CH1903_LV03", 21781),
    ("CH1903+_LV95", 2056),
    ("BRITISH_NATIONAL_GRID", 27700),
    ("RGF_1993_LAMBERT_93", 2154),
    ("MGI_AUSTRIA_LAMBERT", 31287),
    ("RD_NEW", 28992),
    ("ETRS_1989_LAEA", 3035),
    ("NZGD_2000_NEW_ZEALAND_TRANSVERSE_MERCATOR", 2193),
    ("SWEREF99_TM", 3006),
    ("ETRS_1989_POLAND_CS92", 2180),
    ("BELGE_LAMBERT_1972", 31370),
    ("BELGIAN_LAMBERT_2008", 3812),
    ("BELGE_LAMBERT_2008", 3812),
    ("TM65_IRISH_GRID", 29902),
    ("IRENET95_IRISH_TRANSVERSE_MERCATOR", 2157),
    ("ETRS_1989_TM35FIN", 3067),
    ("EUREF_FIN_TM35FIN", 3067),
    ("ETRS_1989_PORTUGAL_TM06", 3763),
    ("ETRS_1989_TM_BALTIC_1993", 3059),
    ("ESTONIAN_COORDINATE_SYSTEM_OF_1997", 3301),
];

/// The code of a name, if it is one of those.
pub(super) fn epsg(name: &str) -> Option<u32> {
    let name: String = name
        .chars()
        .map(|c| match c {
            ' ' | '/' | '-' => '_',
            c => c.to_ascii_uppercase(),
        })
        .collect();
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    FAMILIES.iter().find_map(|(before, behind, base)| {
        let number = name.strip_prefix(before)?.strip_suffix(behind)?;
        let number: u32 = number.parse().ok().filter(|n| (1..=60).contains(n))?;
        Some(base + number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_system() {
        for (name, code) in NAMES {
            let crs = whimbrel_geo::Crs::from_epsg(code);
            assert!(crs.is_ok(), "{name}: {crs:?}");
        }
        assert_eq!(epsg("WGS_1984_UTM_Zone_32N"), Some(32632));
        assert_eq!(epsg("SIRGAS_2000_UTM_Zone_23S"), Some(31983));
        assert_eq!(epsg("SIRGAS_2000_UTM_Zone_19N"), Some(31973));
        assert_eq!(epsg("DHDN_3_Degree_Gauss_Zone_3"), Some(31467));
        assert_eq!(epsg("JGD_2011_Japan_Zone_9"), Some(6677));
        assert_eq!(epsg("Utopia"), None);
    }
}
