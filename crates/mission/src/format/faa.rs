//! FAA UAS facility maps: the cells of the ArcGIS layer
//! `FAA_UAS_FacilityMap_Data`, saved as GeoJSON. A cell's CEILING (feet above
//! ground) is how high the FAA permits flights without further study; below it
//! an authorisation (LAANC) is needed all the same.

use super::FormatError;
use super::found::Gathered;
use super::geojson::{Shape, What};
use crate::zone::{FOOT_M, Limit, Rule, Zone};
use serde_json::Value;
use whimbrel_geo::Height;

/// Whether a feature is a cell.
pub(crate) fn is_cell(properties: &Value) -> bool {
    ceiling_ft(properties).is_some()
}

fn ceiling_ft(properties: &Value) -> Option<f64> {
    let value = properties.get("CEILING")?;
    let feet = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    (0.0..=100_000.0).contains(&feet).then_some(feet)
}

/// The zone of a cell: from its ceiling up.
pub(crate) fn cell(
    properties: &Value,
    shapes: Vec<Shape<'_>>,
    into: &mut Gathered,
) -> Result<(), FormatError> {
    let text = |key: &str| {
        properties
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let ceiling_ft = ceiling_ft(properties).unwrap_or(0.0);
    into.note("below the ceilings of an FAA facility map an authorisation (LAANC) is still needed");
    let airport = match (text("APT1_FAAID"), text("APT1_NAME")) {
        ("", name) => name,
        (id, _) => id,
    };
    for shape in shapes {
        if let What::Area(area) = shape.what {
            into.zone(Zone {
                name: format!("{airport} {ceiling_ft:.0} ft")
                    .trim_start()
                    .to_owned(),
                class: "UASFM".into(),
                rule: Rule::Authorisation,
                area,
                lower: Limit::Agl(Height::from_m(ceiling_ft * FOOT_M)),
                upper: Limit::Unlimited,
                times: None,
            })?;
        }
    }
    Ok(())
}
