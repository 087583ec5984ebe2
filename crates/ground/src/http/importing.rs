//! Files of areas, lines and zones.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use serde_json::{Value, json};
use whimbrel_geo::LatLon;
use whimbrel_mission::Area;
use whimbrel_mission::format::{FormatError, Found, read};

use super::problem::Problem;

/// What a file must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// An area to survey.
    #[default]
    Area,
    /// Lines, for corridors.
    Lines,
    /// Zones to stay out of.
    Zones,
}

#[derive(serde::Deserialize)]
pub struct Import {
    name: Option<String>,
    #[serde(default)]
    what: What,
}

fn places(places: &[LatLon]) -> Vec<[f64; 2]> {
    places.iter().map(|p| [p.lon_deg(), p.lat_deg()]).collect()
}

fn rings(area: &Area) -> Vec<Vec<[f64; 2]>> {
    let closed = |ring: &Vec<LatLon>| {
        let mut ring = places(ring);
        ring.extend(ring.first().copied());
        ring
    };
    std::iter::once(&area.outer)
        .chain(&area.holes)
        .map(closed)
        .collect()
}

fn areas(areas: &[Area]) -> Value {
    match areas {
        [] => Value::Null,
        [one] => json!({"type": "Polygon", "coordinates": rings(one)}),
        many => {
            let all: Vec<_> = many.iter().map(rings).collect();
            json!({"type": "MultiPolygon", "coordinates": all})
        }
    }
}

fn lines(found: &Found) -> Value {
    found
        .lines
        .iter()
        .map(|l| {
            json!({
                "name": l.name, "width_m": l.width_m,
                "geometry": {"type": "LineString", "coordinates": places(&l.places)},
            })
        })
        .collect()
}

/// Everything that the file holds.
fn describe(found: Found, what: What) -> Result<Value, FormatError> {
    let (kind, notes, lines) = (found.kind.name(), found.notes.clone(), lines(&found));
    if what == What::Lines {
        found.clone().into_lines()?;
    }
    let zones = match found.clone().into_no_fly() {
        Err(error) if what == What::Zones => return Err(error),
        zones => zones.unwrap_or_default(),
    };
    let zones: Vec<Value> = zones
        .iter()
        .map(|z| {
            json!({
                "name": z.name, "class": z.class, "rule": format!("{:?}", z.rule).to_lowercase(),
                "lower": z.lower.to_string(), "upper": z.upper.to_string(), "times": z.times,
                "geometry": {"type": "Polygon", "coordinates": rings(&z.area)},
            })
        })
        .collect();
    let found = match what {
        What::Area => found.into_areas()?,
        _ => found.areas.into_iter().map(|a| a.area).collect(),
    };
    Ok(json!({"kind": kind, "area": areas(&found), "lines": lines, "zones": zones, "notes": notes}))
}

/// `POST /areas/import`.
pub async fn import(Query(query): Query<Import>, body: Bytes) -> Result<Json<Value>, Problem> {
    let name = query.name.unwrap_or_else(|| "the file".into());
    let said = name.clone();
    let answer = tokio::task::spawn_blocking(move || -> Result<Value, String> {
        let found = read(&name, &body).map_err(|e| e.to_string())?;
        if query.what == What::Area {
            let areas = found.clone().into_areas().map_err(|e| e.to_string())?;
            for area in &areas {
                area.validate().map_err(|e| e.to_string())?;
            }
        }
        describe(found, query.what).map_err(|e| e.to_string())
    })
    .await
    .map_err(Problem::ours)?;
    answer
        .map(Json)
        .map_err(|e| Problem::unfit(format!("{said}: {e}")))
}
