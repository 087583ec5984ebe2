//! From a request to a plan: the steps in order, and the report.

use crate::bound::{Covered, bound, order_gap};
use crate::covered::coverage;
use crate::layout::Found;
use crate::light::Light;
use crate::measures::{measures, value};
use crate::order::Care;
use crate::pace::vehicles;
use crate::photos::{PhotoReport, Survey};
use crate::profile::{Ground, Rules};
use crate::radio::RadioSight;
use crate::report::{Lengths, Report, SortieReport};
use crate::request::{Effort, Objective, Plan, PlanError, Request, Sortie};
use crate::share::Shared;
use crate::site::{diameter, room, sites};
use crate::space::Space;
use crate::task::Task;
use crate::verify::verify;
use core::f64::consts::{FRAC_PI_2, PI};
use std::collections::BTreeSet;
use whimbrel_geo::{Polygon, Terrain};
use whimbrel_mission::Area;
use whimbrel_mission::energy::FlightModel;

/// How often the route is raised when the look at it finds it too low, and by how much at once.
const MAX_RAISES: usize = 3;
const MAX_RAISE_M: f64 = 5.0;
/// Most photo lines of one plan.
const MAX_LINES: f64 = 5_000.0;

/// Plans a survey.
///
/// # Errors
/// What cannot be planned, and which value to change to what.
pub fn plan(request: &Request, terrain: &dyn Terrain) -> Result<Plan, PlanError> {
    let m = measures(request)?;
    let mut notes = Vec::new();
    let vehicles = vehicles(request, &m, &mut notes)?;
    for area in &request.areas {
        area.validate()?;
    }
    let frame = Area::local_frame(&request.areas)?;
    let areas: Vec<Polygon> = request.areas.iter().map(|a| a.polygon(&frame)).collect();
    let area_m2: f64 = areas.iter().map(Polygon::area_m2).sum();
    let diameter_m = diameter(&areas);
    if diameter_m / m.swath_m > MAX_LINES {
        return value(
            "--line-spacing",
            format!("{:.2} m", m.swath_m),
            format!(
                "more than {MAX_LINES} lines: give {:.1} m or more, or split the area",
                diameter_m / MAX_LINES
            ),
        );
    }
    let sites = sites(request, &frame, &areas, &vehicles, terrain)?;
    let room = room(&vehicles, request.wind, m.swath_m);
    let places: Vec<_> = sites
        .iter()
        .filter_map(|(v, _, launch)| Some((vehicles.get(*v)?, launch)))
        .flat_map(|(v, launch)| {
            launch.places(FlightModel::new(v, request.wind, 0.0).turn_radius_m())
        })
        .collect();
    let space = Space::new(request, &frame, &areas, room, &places)?;
    for (_, _, launch) in &sites {
        for p in [launch.home, launch.start, launch.end] {
            if !space.routing.contains(p) {
                return Err(PlanError::Unreachable {
                    what: "home or its approach",
                    at: frame.latlon_from_xy(p),
                });
            }
        }
    }
    let half = m
        .footprint_m
        .map_or(0.5 * m.swath_m, |(w, l)| 0.5 * w.hypot(l));
    let ground = Ground::new(
        &frame,
        terrain,
        &space.airspace,
        &areas,
        half,
        (m.height_m / 20.0).clamp(1.0, 8.0),
    )?;
    let radio = request.radio.as_ref();
    let sight = radio
        .map(|r| RadioSight::new(*r, &frame, terrain, &space.airspace))
        .transpose()?;
    let mut task = Task {
        request,
        m: &m,
        frame: &frame,
        areas: &areas,
        space: &space,
        ground: &ground,
        margin_m: 0.0,
        sight: sight.as_ref().filter(|s| s.radio().required),
        vehicles: &vehicles,
        sites: &sites,
    };
    let Found { laid, order, .. } = task.best_layout()?;
    task.check_room(&laid)?;
    let angle = laid.angle_rad();
    let rules: Vec<Rules> = vehicles.iter().map(|v| Rules::of(request, &m, v)).collect();
    let mut rounds = 0;
    let (mut sorties, time_s, seen) = loop {
        let Shared {
            mut sorties,
            time_s,
        } = task.sorties(&laid, &order)?;
        let camera = request.camera.is_some();
        match verify(&mut sorties, &rules, &frame, terrain, camera) {
            Ok(seen) => break (sorties, time_s, seen),
            // Ground that is rougher than its grid tells: fly that much higher.
            Err(PlanError::Floor {
                over_m, least_m, ..
            }) if rounds < MAX_RAISES && least_m - over_m < MAX_RAISE_M => {
                task.margin_m += least_m - over_m + 0.1;
                rounds += 1;
            }
            Err(error) => return Err(error),
        }
    };
    let radio = sight.as_ref().map(|s| s.report(&mut sorties, &frame));
    let swept = coverage(&sorties, &frame, &areas, m.swath_m);
    let survey = Survey {
        sorties: &sorties,
        vehicles: &vehicles,
        frame: &frame,
        areas: &areas,
        ground: &ground,
    };
    let photos = PhotoReport::of(request, &m, &survey)?;
    let coverage = photos.as_ref().map_or(swept, |p| p.prediction.coverage);
    if coverage < 0.99 {
        notes.push(format!(
            "{:.1} % of the area is not covered: the airspace ends too close to it",
            100.0 * (1.0 - coverage)
        ));
    }
    if request.homes.is_empty() {
        notes.push("no --home: the route has no take-off and no landing".into());
    }
    let line_bearing_rad = (FRAC_PI_2 - angle).rem_euclid(PI);
    let mut lengths = Lengths::default();
    for sortie in &sorties {
        lengths.add_all(&sortie.lengths);
    }
    let mut bound = bound(
        Covered {
            area_m2,
            coverage: swept,
            diameter_m,
        },
        m.swath_m,
        &vehicles,
        request.wind,
        sorties.len(),
    );
    (bound.sorties, bound.makespan_s) = task.least(swept * area_m2);
    let order_gap = if sorties.len() == 1 && request.effort == Effort::Full {
        let search = task.search(&laid.lines, 0, Care::Rough);
        search.and_then(|s| order_gap(&s, &order))
    } else {
        None
    };
    let over = |value: f64, bound: f64| {
        if bound > 0.0 {
            value / bound - 1.0
        } else {
            0.0
        }
    };
    let gap = match request.objective {
        Objective::Length => over(lengths.total, bound.length_m),
        Objective::Time | Objective::Photos => over(time_s, bound.time_s),
    };
    let light = Light::of(request, frame.origin().at, &bearings(&sorties), time_s)?;
    let report = Report {
        area_m2,
        swath_m: m.swath_m,
        gsd_m: m.gsd_m,
        height_m: m.height_m,
        photo_count: sorties.iter().map(|s| s.photos.len()).sum(),
        photo_spacing_m: m.photo_spacing_m,
        coverage,
        length_m: lengths,
        time_s,
        energy_wh: sorties.iter().map(|s| s.cost.energy_wh).sum(),
        bound,
        gap,
        order_gap,
        sorties: sorties
            .iter()
            .map(|s| SortieReport {
                vehicle: s.vehicle.clone(),
                length_m: s.length_m,
                time_s: s.cost.time_s,
                energy_wh: s.cost.energy_wh,
                waypoint_count: s.mission.items.len(),
            })
            .collect(),
        terrain: seen,
        radio,
        height_reference: request.height_reference,
        photos,
        light,
        line_bearing_deg: line_bearing_rad.to_degrees(),
        notes,
    };
    Ok(Plan {
        sorties,
        airspace: space.area(&frame),
        line_bearing_rad,
        height_reference: request.height_reference,
        report,
        frame,
    })
}

/// The directions in which photos are taken, to a degree, opposite ones once.
fn bearings(sorties: &[Sortie]) -> Vec<f64> {
    let headings = sorties.iter().flat_map(|s| &s.photo_headings_rad);
    let degrees = headings.map(|h| h.to_degrees().round().rem_euclid(180.0) as u32);
    let distinct: BTreeSet<u32> = degrees.collect();
    distinct
        .into_iter()
        .map(|d| f64::from(d).to_radians())
        .collect()
}
