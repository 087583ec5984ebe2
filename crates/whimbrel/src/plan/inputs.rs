//! Area, airspace and no-fly zones from the files of the command line.

use std::path::Path;

use anyhow::Context;
use whimbrel_geo::{Height, LatLon, Terrain};
use whimbrel_mission::format::{Found, Source, companions};
use whimbrel_mission::zone::Reach;
use whimbrel_mission::{Area, Rule, Zone};
use whimbrel_plan::{Detail, Request};

use crate::cli;
use crate::outcome::{log, read};

/// How far around the areas a flight may come: turns, lead-in, transits.
const AROUND_M: f64 = 3_000.0;
/// Added to the planned height above ground: what is between the highest
/// ground of a photo and the ground elsewhere is known from the terrain, what
/// the autopilot overshoots is not.
const OVERSHOOT_M: f64 = 30.0;
/// Ground is looked at in this many rows and columns of the reach.
const SAMPLES: u32 = 33;
/// Heights above sea level between which land lies, where there is no terrain.
const ANYWHERE_M: (f64, f64) = (-450.0, 8_900.0);
/// Zones that are named on the terminal at most.
const NAMED_MAX: usize = 20;

/// Reads a file with what lies beside it.
fn found(path: &Path, what: &str, notes: &mut Vec<String>) -> anyhow::Result<Found> {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let bytes = read(path)?;
    let beside: Vec<(&str, Vec<u8>)> = companions(&name)
        .iter()
        .filter_map(|ending| {
            let there = [ending.to_string(), ending.to_ascii_uppercase()]
                .into_iter()
                .find_map(|e| std::fs::read(path.with_extension(e)).ok())?;
            Some((*ending, there))
        })
        .collect();
    let source = Source {
        name: &name,
        bytes: &bytes,
        beside: beside.iter().map(|(e, b)| (*e, b.as_slice())).collect(),
    };
    let found = source
        .read()
        .with_context(|| format!("read the {what} {}", path.display()))?;
    notes.extend(found.notes.iter().map(|note| format!("{name}: {note}")));
    Ok(found)
}

/// The areas to survey.
pub fn areas(path: &Path, notes: &mut Vec<String>) -> anyhow::Result<Vec<Area>> {
    found(path, "area", notes)?
        .into_areas()
        .with_context(|| format!("read the area {}", path.display()))
}

/// The airspace: one polygon, or several that touch.
pub fn airspace(path: &Path, notes: &mut Vec<String>) -> anyhow::Result<Area> {
    let areas = found(path, "airspace", notes)?
        .into_areas()
        .with_context(|| format!("read the airspace {}", path.display()))?;
    let [one] = areas.as_slice() else {
        let frame = Area::local_frame(&areas)
            .with_context(|| format!("use the airspace {}", path.display()))?;
        let polygons: Vec<_> = areas.iter().map(|a| a.polygon(&frame)).collect();
        let united = whimbrel_geo::Polygon::union(&polygons);
        let [one] = united.as_slice() else {
            anyhow::bail!(
                "{} holds {} polygons that do not touch: the airspace is one",
                path.display(),
                united.len()
            );
        };
        return Ok(Area::from_polygon(one, &frame));
    };
    Ok(one.clone())
}

/// Height over ground that was asked for.
fn height_m(request: &Request) -> f64 {
    match (request.detail, &request.camera) {
        (Detail::HeightM(m), _) | (Detail::Spacing { height_m: m, .. }, _) => m,
        (Detail::GsdM(gsd_m), Some(camera)) => camera.height_for_gsd_m(gsd_m),
        (Detail::GsdM(_), None) => 0.0,
    }
}

/// Where the flight may be; `ground` is `None` when its height above the sea
/// is not known.
fn reach(request: &Request, ground: Option<&dyn Terrain>) -> anyhow::Result<Reach> {
    let frame = Area::local_frame(&request.areas)?;
    let places = request
        .areas
        .iter()
        .flat_map(|a| &a.outer)
        .chain(&request.homes);
    let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
    for place in places {
        let xy = frame.enu_xy(*place);
        for axis in 0..2 {
            low[axis] = low[axis].min(xy[axis] - AROUND_M);
            high[axis] = high[axis].max(xy[axis] + AROUND_M);
        }
    }
    let height_m = height_m(request);
    let heights: Vec<f64> = ground.map_or_else(Vec::new, |ground| {
        let along = |i: u32, axis: usize| {
            low[axis] + (high[axis] - low[axis]) * f64::from(i) / f64::from(SAMPLES - 1)
        };
        (0..SAMPLES * SAMPLES)
            .filter_map(|i| {
                let xy = [along(i % SAMPLES, 0), along(i / SAMPLES, 1)];
                Some(ground.height(frame.latlon_from_xy(xy))?.m())
            })
            .collect()
    });
    let lowest = heights.iter().copied().reduce(f64::min);
    let highest = heights.iter().copied().reduce(f64::max);
    let relief_m = highest.zip(lowest).map_or(0.0, |(h, l)| h - l);
    Ok(Reach {
        frame,
        low,
        high,
        lowest_ground: Height::from_m(lowest.unwrap_or(ANYWHERE_M.0)),
        highest_ground: Height::from_m(highest.unwrap_or(ANYWHERE_M.1)),
        top: Height::from_m(highest.unwrap_or(ANYWHERE_M.1) + height_m + OVERSHOOT_M),
        top_above_ground: Height::from_m(relief_m + height_m + OVERSHOOT_M),
    })
}

/// No-fly zones that concern the flight are added to the request; returned for
/// the briefing.
pub fn no_fly(
    args: &cli::Plan,
    request: &mut Request,
    ground: Option<&dyn Terrain>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<Zone>> {
    if args.no_fly.is_empty() {
        return Ok(Vec::new());
    }
    let reach = reach(request, ground)?;
    let (mut kept, mut elsewhere) = (Vec::new(), 0);
    for path in &args.no_fly {
        let zones = found(path, "no-fly zones", notes)?
            .into_no_fly()
            .with_context(|| format!("read the no-fly zones {}", path.display()))?;
        for zone in zones {
            let pieces = reach.concerned(&zone);
            if pieces.is_empty() {
                elsewhere += 1;
                continue;
            }
            if permitted(args, &zone) {
                log(&format!("note: flying in {} with permission", shown(&zone)));
                kept.push(zone);
                continue;
            }
            if kept.len() < NAMED_MAX {
                log(&format!("note: staying out of {}", shown(&zone)));
            }
            request.no_fly.extend(pieces);
            kept.push(zone);
        }
    }
    if elsewhere > 0 {
        notes.push(format!(
            "{elsewhere} zones lie elsewhere, above or below the flight"
        ));
    }
    warn_of_cover(request, &kept);
    Ok(kept)
}

/// Whether the pilot has a permission for a zone; there is none for what is
/// prohibited.
pub fn permitted(args: &cli::Plan, zone: &Zone) -> bool {
    zone.rule != Rule::Prohibited
        && args
            .permit
            .iter()
            .any(|name| zone.name.to_lowercase().contains(&name.to_lowercase()))
}

fn shown(zone: &Zone) -> String {
    let name = match (zone.name.as_str(), zone.class.as_str()) {
        ("", "") => "a polygon".to_owned(),
        (name, "") => name.to_owned(),
        (name, class) => format!("{name} ({class})"),
    };
    format!("{name}, {} to {}", zone.lower, zone.upper)
}

/// A zone over a whole area leaves nothing to fly: say so before the planner
/// does, with the way out.
fn warn_of_cover(request: &Request, zones: &[Zone]) {
    for zone in zones.iter().filter(|z| z.rule != Rule::Prohibited) {
        let inside = |at: &LatLon| {
            let frame = Area::local_frame(&[Area::new(vec![*at])]);
            frame.is_ok_and(|f| zone.area.polygon(&f).contains([0.0, 0.0]))
        };
        if request
            .areas
            .iter()
            .any(|a| !a.outer.is_empty() && a.outer.iter().all(inside))
        {
            log(&format!(
                "note: a whole area lies in {}: with a permission for it, add --permit {:?}",
                shown(zone),
                zone.name
            ));
        }
    }
}
