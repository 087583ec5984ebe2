//! The plan: best angle, order, sorties, report.

use crate::build::{Builder, Flight};
use crate::launch::Launch;
use crate::lines::{Cell, Laid, Layout, Line, lay};
use crate::order::{Pass, Search};
use crate::profile::{Ground, Rules};
use crate::report::{Lengths, Report, SortieReport, bound};
use crate::request::{Detail, Objective, Plan, PlanError, Request, Sortie};
use crate::route::{Leads, cost, level};
use crate::space::{Room, Space, distance};
use core::f64::consts::{FRAC_PI_2, PI};
use whimbrel_geo::{LocalFrame, Polygon, Terrain, ellipsoid_from_amsl};
use whimbrel_mission::coverage::Coverage;
use whimbrel_mission::energy::{FlightModel, Wind};
use whimbrel_mission::{Area, Camera, Vehicle, footprint};
use whimbrel_photo::CameraPose;

/// Lowest flight that is planned.
const MIN_HEIGHT_M: f64 = 12.0;
/// Highest flight that is planned.
const MAX_HEIGHT_M: f64 = 4_000.0;
/// Photo lines may be this share of the height above their floor.
const HEIGHT_TOLERANCE: f64 = 0.08;
/// Edge directions that are tried as sweep angles.
const MAX_EDGE_ANGLES: usize = 24;
/// Even steps of sweep angles that are tried.
const EVEN_ANGLES: usize = 18;
/// Sweep angles whose routes are searched thoroughly.
const THOROUGH_ANGLES: usize = 6;
/// Rounds in which shares of several vehicles are balanced.
const BALANCE_ROUNDS: usize = 6;
/// A wing leaves out at most this share of the lines for want of room to turn.
const MAX_LOST: f64 = 0.2;
/// Most aircraft of one plan.
const MAX_VEHICLES: usize = 100;
/// Most photo lines of one plan.
const MAX_LINES: f64 = 5_000.0;

/// Height, swath, photo spacing.
struct Measures {
    height_m: f64,
    swath_m: f64,
    gsd_m: Option<f64>,
    photo_spacing_m: Option<f64>,
    footprint_m: Option<(f64, f64)>,
}

fn value<T>(name: &'static str, value: String, advice: String) -> Result<T, PlanError> {
    Err(PlanError::Value {
        name,
        value,
        advice,
    })
}

fn measures(request: &Request) -> Result<Measures, PlanError> {
    let o = request.overlap;
    for (name, overlap) in [("--forward", o.forward), ("--side", o.side)] {
        if !(0.0..=0.95).contains(&overlap) {
            return value(
                name,
                format!("{:.0} %", 100.0 * overlap),
                "give 0 % to 95 %".into(),
            );
        }
    }
    let camera = request.camera.as_ref();
    let (height_m, spacing) = match request.detail {
        Detail::Spacing {
            height_m,
            line_spacing_m,
        } => (height_m, Some(line_spacing_m)),
        Detail::HeightM(height_m) => (height_m, None),
        Detail::GsdM(gsd_m) => {
            let Some(camera) = camera else {
                return value(
                    "--gsd",
                    format!("{gsd_m} m"),
                    "a GSD needs --camera; without one give --height and --line-spacing".into(),
                );
            };
            let lowest = camera.gsd_m(MIN_HEIGHT_M);
            if !(gsd_m >= lowest && gsd_m.is_finite()) {
                return value(
                    "--gsd",
                    format!("{:.2} cm", 100.0 * gsd_m),
                    format!(
                        "{} would have to fly {:.1} m above ground, below the lowest of {MIN_HEIGHT_M} m: give --gsd {:.2}cm or more, or a camera with a longer lens",
                        camera.name,
                        camera.height_for_gsd_m(gsd_m),
                        100.0 * lowest
                    ),
                );
            }
            (camera.height_for_gsd_m(gsd_m), None)
        }
    };
    if !(MIN_HEIGHT_M..=MAX_HEIGHT_M).contains(&height_m) {
        return value(
            "--height",
            format!("{height_m:.1} m"),
            format!("give {MIN_HEIGHT_M} m to {MAX_HEIGHT_M} m above ground"),
        );
    }
    let footprint_m = camera.map(|c| c.footprint_m(height_m));
    let swath_m = match (spacing, footprint_m) {
        (Some(spacing), _) => spacing,
        (None, Some((wide, _))) => wide * (1.0 - o.side),
        (None, None) => {
            return value(
                "--line-spacing",
                "missing".into(),
                "without --camera give --height and --line-spacing".into(),
            );
        }
    };
    if !(0.5..=20_000.0).contains(&swath_m) {
        return value(
            "--line-spacing",
            format!("{swath_m:.2} m"),
            "give 0.5 m to 20 km".into(),
        );
    }
    Ok(Measures {
        height_m,
        swath_m,
        gsd_m: camera.map(|c| c.gsd_m(height_m)),
        photo_spacing_m: footprint_m.map(|(_, long)| long * (1.0 - o.forward)),
        footprint_m,
    })
}

/// The vehicles, slowed to what the camera can follow.
fn vehicles(
    request: &Request,
    m: &Measures,
    notes: &mut Vec<String>,
) -> Result<Vec<Vehicle>, PlanError> {
    if request.vehicles.is_empty() || request.vehicles.len() > MAX_VEHICLES {
        return value(
            "--vehicles",
            request.vehicles.len().to_string(),
            format!("give 1 to {MAX_VEHICLES}"),
        );
    }
    let mut vehicles = request.vehicles.clone();
    let (Some(spacing), Some(camera)) = (m.photo_spacing_m, request.camera.as_ref()) else {
        return Ok(vehicles);
    };
    let fastest = spacing / camera.min_interval_s.max(1e-3);
    for v in &mut vehicles {
        let cruise = v.performance.cruise_m_s;
        if v.kind.cruises_on_wing() {
            let ground = cruise + request.wind.speed_m_s;
            if ground > fastest {
                let need = ground * camera.min_interval_s;
                let long = spacing / (1.0 - request.overlap.forward);
                return value(
                    "--forward",
                    format!("{:.0} %", 100.0 * request.overlap.forward),
                    format!(
                        "{} flies up to {ground:.1} m/s over ground and {} needs {:.1} s from photo to photo: give --forward {:.0}% or less, or --gsd {:.1}cm or more",
                        v.name,
                        camera.name,
                        camera.min_interval_s,
                        (100.0 * (1.0 - need / long)).floor().max(0.0),
                        100.0 * m.gsd_m.unwrap_or(0.0) * need / spacing
                    ),
                );
            }
        } else if cruise > fastest {
            if fastest < 1.0 {
                return value(
                    "--forward",
                    format!("{:.0} %", 100.0 * request.overlap.forward),
                    format!(
                        "photos would follow every {spacing:.2} m, too close for {} at any useful speed: lower it or raise --gsd",
                        camera.name
                    ),
                );
            }
            v.performance.cruise_m_s = fastest;
            notes.push(format!(
                "{} flies {fastest:.1} m/s instead of {cruise:.1} m/s: {} needs {:.1} s from photo to photo",
                v.name, camera.name, camera.min_interval_s
            ));
        }
    }
    Ok(vehicles)
}

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
    let launches = launches(request, &frame, &areas, &vehicles);
    let room = room(&vehicles, request.wind, m.swath_m);
    let places: Vec<_> = launches
        .iter()
        .zip(&vehicles)
        .flat_map(|(l, v)| {
            let radius = FlightModel::new(v, request.wind, 0.0).turn_radius_m();
            l.map(|l| l.places(radius)).unwrap_or_default()
        })
        .collect();
    let space = Space::new(request, &frame, &areas, room, &places)?;
    for launch in launches.iter().flatten() {
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
        half,
        (m.height_m / 10.0).clamp(2.0, 10.0),
    )?;
    let task = Task {
        request,
        m: &m,
        frame: &frame,
        areas: &areas,
        space: &space,
        ground: &ground,
        vehicles: &vehicles,
        launches: &launches,
    };
    let angle = task.best_angle()?;
    let laid = task.lay(angle);
    task.check_room(&laid)?;
    let Laid { lines, cells, .. } = laid;
    let sorties = task.sorties(&lines, &cells)?;
    let swept = coverage(&sorties, None, &frame, &areas, terrain, m.swath_m);
    let coverage = match &request.camera {
        Some(camera) => coverage(&sorties, Some(camera), &frame, &areas, terrain, m.swath_m),
        None => swept,
    };
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
    let mut time_of = vec![0.0; vehicles.len()];
    for sortie in &sorties {
        lengths.add_all(&sortie.lengths);
        if let Some(t) = time_of.get_mut(sortie.vehicle_index) {
            *t += sortie.cost.time_s;
        }
    }
    let time_s = time_of.into_iter().fold(0.0, f64::max);
    let bound = bound(
        area_m2,
        swept,
        m.swath_m,
        diameter_m,
        &vehicles,
        request.wind,
        sorties.len(),
    );
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
        height_reference: request.height_reference,
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

fn diameter(areas: &[Polygon]) -> f64 {
    let points: Vec<[f64; 2]> = areas.iter().flat_map(|a| a.convex_hull().outer).collect();
    let far = |p: &[f64; 2]| points.iter().map(|q| distance(*p, *q)).fold(0.0, f64::max);
    points.iter().map(far).fold(0.0, f64::max)
}

fn launches(
    request: &Request,
    frame: &LocalFrame,
    areas: &[Polygon],
    vehicles: &[Vehicle],
) -> Vec<Option<Launch>> {
    let bounds = areas.iter().filter_map(Polygon::bounds);
    let middle = bounds.fold([0.0, 0.0, 0.0], |sum, (a, b)| {
        [
            sum[0] + 0.5 * (a[0] + b[0]),
            sum[1] + 0.5 * (a[1] + b[1]),
            sum[2] + 1.0,
        ]
    });
    let middle = [
        middle[0] / middle[2].max(1.0),
        middle[1] / middle[2].max(1.0),
    ];
    let homes = request.homes.iter().cycle();
    vehicles
        .iter()
        .enumerate()
        .map(|(index, v)| {
            let home = homes.clone().nth(index)?;
            Some(Launch::new(frame.enu_xy(*home), v, request.wind, middle))
        })
        .collect()
}

fn room(vehicles: &[Vehicle], wind: Wind, swath_m: f64) -> Room {
    let mut room = Room::default();
    for v in vehicles {
        let radius = FlightModel::new(v, wind, 0.0).turn_radius_m();
        let leads = Leads::of(v);
        let wing = v.kind.cruises_on_wing();
        let clearance = if wing {
            0.3 * radius
        } else {
            (2.0 * v.performance.acceptance_radius_m).min(0.15 * swath_m)
        };
        let margin = 0.5 * swath_m + leads.before_m.max(leads.after_m) + 2.8 * radius + 2.0;
        room.clearance_m = room.clearance_m.max(clearance);
        room.margin_m = room.margin_m.max(margin);
    }
    room
}

struct Task<'a> {
    request: &'a Request,
    m: &'a Measures,
    frame: &'a LocalFrame,
    areas: &'a [Polygon],
    space: &'a Space,
    ground: &'a Ground,
    vehicles: &'a [Vehicle],
    launches: &'a [Option<Launch>],
}

impl<'a> Task<'a> {
    fn lay(&self, angle: f64) -> Laid {
        let mut end_room_m: f64 = 0.0;
        for v in self.vehicles {
            let radius = FlightModel::new(v, self.request.wind, 0.0).turn_radius_m();
            let leads = Leads::of(v);
            if v.kind.cruises_on_wing() {
                end_room_m = end_room_m.max(leads.before_m.max(leads.after_m) + 2.0 * radius);
            }
        }
        lay(
            self.areas,
            self.space,
            angle,
            Layout {
                swath_m: self.m.swath_m,
                end_room_m,
                fill: self
                    .m
                    .footprint_m
                    .is_none_or(|f| f.0 < 1.7 * self.m.swath_m),
            },
        )
    }

    /// Refuses a plan that would leave out much for want of room to turn.
    fn check_room(&self, laid: &Laid) -> Result<(), PlanError> {
        if laid.lines.is_empty() {
            return Err(PlanError::NothingToFly);
        }
        let wing = self.vehicles.iter().find(|v| v.kind.cruises_on_wing());
        if let (Some(wing), Some(at)) = (wing, laid.lost_at)
            && laid.lost_m > MAX_LOST * laid.wanted_m
        {
            let radius = FlightModel::new(wing, self.request.wind, 0.0).turn_radius_m();
            return Err(PlanError::NoRoomToTurn {
                vehicle: wing.name.clone(),
                needs_m: Leads::of(wing).before_m + 3.0 * radius,
                at: self.frame.latlon_from_xy(at),
            });
        }
        Ok(())
    }

    fn search(&self, lines: &'a [Line], vehicle: usize, thorough: bool) -> Search<'a> {
        let mut skip = 1;
        if let Some(v) = self.vehicles.get(vehicle) {
            let radius = FlightModel::new(v, self.request.wind, 0.0).turn_radius_m();
            skip = (2.0 * radius / self.m.swath_m).ceil().max(1.0) as usize;
        }
        let home = self
            .launches
            .get(vehicle)
            .copied()
            .flatten()
            .map(|l| l.home);
        Search {
            lines,
            space: self.space,
            skip,
            home,
            thorough,
        }
    }

    /// The sweep angle that is best for the first vehicle, by the level route.
    fn best_angle(&self) -> Result<f64, PlanError> {
        let mut angles: Vec<f64> = Vec::new();
        let mut edges: Vec<(f64, f64)> = self
            .areas
            .iter()
            .flat_map(Polygon::edges)
            .map(|(a, b)| {
                (
                    distance(a, b),
                    (b[1] - a[1]).atan2(b[0] - a[0]).rem_euclid(PI),
                )
            })
            .collect();
        edges.sort_by(|a, b| b.0.total_cmp(&a.0));
        let apart = |a: f64, b: f64| {
            let d = (a - b).rem_euclid(PI);
            d.min(PI - d)
        };
        for (_, angle) in edges {
            let new = angles.iter().all(|a| apart(*a, angle) > 1f64.to_radians());
            if new && angles.len() < MAX_EDGE_ANGLES {
                angles.push(angle);
            }
        }
        angles.extend((0..EVEN_ANGLES).map(|i| PI * i as f64 / EVEN_ANGLES as f64));
        let mut error = None;
        let mut score = |angle: f64, thorough: bool| match self.score(angle, thorough) {
            Ok(score) => score,
            Err(e) => {
                error = Some(e);
                f64::INFINITY
            }
        };
        let mut quick: Vec<(f64, f64)> = angles.iter().map(|a| (score(*a, false), *a)).collect();
        // To a microsecond or micrometre, so that rounding does not decide
        // between equal ones: the sort is stable.
        quick.sort_by_key(|(s, _)| (s * 1e6).min(1e18) as u64);
        let mut best = (f64::INFINITY, 0.0);
        let offer = |best: &mut (f64, f64), s: f64, angle: f64| {
            if s < best.0 * (1.0 - 1e-9) {
                *best = (s, angle);
            }
        };
        for (_, angle) in quick.into_iter().take(THOROUGH_ANGLES) {
            offer(&mut best, score(angle, true), angle);
        }
        for step_deg in [4.0_f64, 2.0, 1.0] {
            for side in [-1.0, 1.0] {
                let angle = (best.1 + side * step_deg.to_radians()).rem_euclid(PI);
                offer(&mut best, score(angle, true), angle);
            }
        }
        if best.0.is_finite() {
            Ok(best.1)
        } else {
            Err(error.unwrap_or(PlanError::NothingToFly))
        }
    }

    fn score(&self, angle: f64, thorough: bool) -> Result<f64, PlanError> {
        let Laid {
            lines,
            cells,
            wanted_m,
            lost_m,
            ..
        } = self.lay(angle);
        // What cannot be laid is never worth what it saves.
        let loss = 1.0 + 10.0 * lost_m / wanted_m.max(1e-9);
        let Some(vehicle) = self.vehicles.first() else {
            return Err(PlanError::NothingToFly);
        };
        if lines.is_empty() {
            return Err(PlanError::NothingToFly);
        }
        if self.request.objective == Objective::Photos
            && let Some(spacing) = self.m.photo_spacing_m
        {
            let photos = |l: &Line| (l.length_m() / spacing + 1e-9).floor() + 1.0;
            return Ok(loss * lines.iter().map(photos).sum::<f64>());
        }
        let search = self.search(&lines, 0, thorough);
        let passes = search.arrange(&cells);
        let launch = self.launches.first().copied().flatten();
        let (start, end) = (launch.map(|l| l.start), launch.map(|l| l.end));
        let nodes = level(
            &search,
            &passes,
            vehicle,
            self.m.swath_m,
            start,
            end,
            self.frame,
        )?;
        let model = FlightModel::new(vehicle, self.request.wind, 0.0);
        let (time, lengths) = cost(&nodes, &model).ok_or(PlanError::Wind {
            vehicle: vehicle.name.clone(),
            cruise_m_s: vehicle.performance.cruise_m_s,
            wind_m_s: self.request.wind.speed_m_s,
            limit_m_s: 0.9 * vehicle.performance.cruise_m_s,
        })?;
        Ok(loss
            * if self.request.objective == Objective::Length {
                lengths.total
            } else {
                time.time_s
            })
    }

    fn builder(&self, vehicle_index: usize) -> Option<Builder<'a>> {
        let vehicle = self.vehicles.get(vehicle_index)?;
        let p = &vehicle.performance;
        let (wide, long) = self.m.footprint_m.unwrap_or((self.m.swath_m, 0.0));
        let slope = |rate: f64| 0.8 * rate / (p.cruise_m_s + self.request.wind.speed_m_s);
        let limit = self.request.endurance_s.unwrap_or(f64::INFINITY);
        Some(Builder {
            frame: self.frame,
            space: self.space,
            ground: self.ground,
            rules: Rules {
                height_m: self.m.height_m,
                half_across_m: 0.5 * wide,
                half_along_m: 0.5 * long.max(2.0),
                half_way_m: 30.0,
                tolerance_m: (HEIGHT_TOLERANCE * self.m.height_m).max(2.0),
                climb: slope(p.climb_m_s),
                descent: slope(p.descent_m_s),
            },
            swath_m: self.m.swath_m,
            photo_spacing_m: self.m.photo_spacing_m,
            vehicle,
            vehicle_index,
            wind: self.request.wind,
            launch: self.launches.get(vehicle_index).copied().flatten(),
            firmware: self.request.firmware,
            height_reference: self.request.height_reference,
            endurance_s: p.endurance_s.min(limit),
        })
    }

    /// The flights of one vehicle over the lines of `passes`, in an order of
    /// its own.
    fn flights(
        &self,
        lines: &[Line],
        cells: &[Cell],
        passes: &[Pass],
        vehicle: usize,
    ) -> Result<Vec<Flight>, PlanError> {
        let Some(builder) = self.builder(vehicle) else {
            return Ok(Vec::new());
        };
        let mut mine = vec![false; lines.len()];
        for pass in passes {
            if let Some(m) = mine.get_mut(pass.line) {
                *m = true;
            }
        }
        let only = |cell: &Cell| -> Cell {
            cell.iter()
                .copied()
                .filter(|l| mine.get(*l) == Some(&true))
                .collect()
        };
        let cells: Vec<Cell> = cells.iter().map(only).filter(|c| !c.is_empty()).collect();
        let task = Search {
            lines,
            ..self.search(&[], vehicle, true)
        };
        let passes = task.arrange(&cells);
        builder.split(&task, &passes)
    }

    fn sorties(&self, lines: &[Line], cells: &[Cell]) -> Result<Vec<Sortie>, PlanError> {
        let n = self.vehicles.len();
        let search = Search {
            lines,
            skip: 1,
            ..self.search(&[], 0, true)
        };
        let all = search.arrange(cells);
        let mut best: Option<(f64, Vec<Vec<Flight>>)> = None;
        let mut error = None;
        let mut rates = vec![1.0 / n as f64; n];
        for _ in 0..if n > 1 { BALANCE_ROUNDS } else { 1 } {
            let mut from = 0;
            let mut flights = Vec::with_capacity(n);
            let mut next_rates = Vec::with_capacity(n);
            let total: f64 = all
                .iter()
                .filter_map(|p| lines.get(p.line))
                .map(Line::length_m)
                .sum();
            let (mut share, mut done) = (0.0, 0.0);
            for (vehicle, rate) in rates.iter().enumerate() {
                share += rate;
                let mut to = from;
                let mut length = 0.0;
                while let Some(line) = all.get(to).and_then(|p| lines.get(p.line)) {
                    if vehicle + 1 < n && done + length + 0.5 * line.length_m() > share * total {
                        break;
                    }
                    length += line.length_m();
                    to += 1;
                }
                done += length;
                let part = all.get(from..to).unwrap_or_default();
                from = to;
                match self.flights(lines, cells, part, vehicle) {
                    Ok(f) => {
                        let time: f64 = f.iter().map(|f| f.cost().time_s).sum();
                        next_rates.push(if time > 0.0 {
                            length / time
                        } else {
                            total / n as f64 / 600.0
                        });
                        flights.push(f);
                    }
                    Err(e) => {
                        error = Some(e);
                        break;
                    }
                }
            }
            if flights.len() < n {
                break;
            }
            let time = |f: &Vec<Flight>| f.iter().map(|f| f.cost().time_s).sum::<f64>();
            let longest = flights.iter().map(time).fold(0.0, f64::max);
            if best.as_ref().is_none_or(|b| longest < b.0) {
                best = Some((longest, flights));
            }
            let sum: f64 = next_rates.iter().sum();
            rates = next_rates.iter().map(|r| r / sum.max(1e-9)).collect();
        }
        let Some((_, flights)) = best else {
            return Err(error.unwrap_or(PlanError::NothingToFly));
        };
        let mut sorties = Vec::new();
        for (vehicle, flights) in flights.iter().enumerate() {
            if let Some(builder) = self.builder(vehicle) {
                for flight in flights {
                    sorties.push(builder.finish(flight)?);
                }
            }
        }
        Ok(sorties)
    }
}

/// Share of the areas that the photos show, or the swaths where there is no
/// camera.
fn coverage(
    sorties: &[Sortie],
    camera: Option<&Camera>,
    frame: &LocalFrame,
    areas: &[Polygon],
    terrain: &dyn Terrain,
    swath_m: f64,
) -> f64 {
    let mut grid = Coverage::over(*frame, areas, (swath_m / 20.0).max(0.1));
    if let Some(camera) = camera {
        let model = camera.model();
        for sortie in sorties {
            for (photo, heading) in sortie.photos.iter().zip(&sortie.photo_headings_rad) {
                let pose = CameraPose::nadir(ellipsoid_from_amsl(*photo), *heading);
                if let Some(outline) = footprint::on_terrain(&model, &pose, terrain) {
                    grid.add(&outline);
                }
            }
        }
        return grid.fraction();
    }
    for segment in sorties.iter().flat_map(|s| &s.segments) {
        if segment.role != crate::Role::Photo {
            continue;
        }
        for pair in segment.points.windows(2) {
            let [a, b] = pair else { continue };
            let (a, b) = (frame.enu_xy(a.at), frame.enu_xy(b.at));
            let d = distance(a, b);
            if d < 1e-9 {
                continue;
            }
            let n = [
                -0.5 * swath_m * (b[1] - a[1]) / d,
                0.5 * swath_m * (b[0] - a[0]) / d,
            ];
            grid.add_xy(&[
                [a[0] - n[0], a[1] - n[1]],
                [b[0] - n[0], b[1] - n[1]],
                [b[0] + n[0], b[1] + n[1]],
                [a[0] + n[0], a[1] + n[1]],
            ]);
        }
    }
    grid.fraction()
}
