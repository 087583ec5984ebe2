//! `whimbrel plan`: an area in, sorties out.

mod inputs;
mod outputs;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use whimbrel_geo::{FlatTerrain, Height, Terrain};
use whimbrel_mission::energy::Wind;
use whimbrel_mission::{Firmware, HeightReference, Vehicle, Zone};
use whimbrel_plan::{
    Balance, Detail, Effort, Heights, Light, Objective, Overlap, Pattern, Photography, Plan,
    PlanError, Radio, Request, plan, shown_exposure,
};

use crate::outcome::{Done, Exit, Exits, Failure, print_json, print_line, write};
use crate::quantities::Length;
use crate::{cli, equip, terrain};
use outputs::{Format, Made};

/// Aircraft of one plan at most.
const VEHICLES_MAX: usize = 100;

fn detail(args: &cli::Plan) -> Result<Detail, Failure> {
    let usage = |message: &str| Err(Failure::new(Exit::Usage, message));
    match (
        args.camera.is_some(),
        args.gsd,
        args.height,
        args.line_spacing,
    ) {
        (true, Some(gsd), None, None) => Ok(Detail::GsdM(gsd.0)),
        (true, None, Some(height), None) => Ok(Detail::HeightM(height.0)),
        (_, None, Some(height), Some(spacing)) => Ok(Detail::Spacing {
            height_m: height.0,
            line_spacing_m: spacing.0,
        }),
        (true, None, None, _) => usage("say how fine or how high: --gsd 3cm or --height 120m"),
        (false, Some(_), ..) => {
            usage("--gsd needs a camera: add --camera, for example --camera mapper")
        }
        (false, None, Some(_), None) => usage(
            "--height alone does not say how far apart the lines are: add --camera or --line-spacing",
        ),
        (false, None, None, _) => usage(
            "say what photographs and how high: --camera C with --gsd or --height, or --height and --line-spacing",
        ),
        (true, Some(_), ..) => usage("--gsd goes with neither --height nor --line-spacing"),
    }
}

fn vehicles(args: &cli::Plan) -> Result<Vec<Vehicle>, Failure> {
    if args.vehicles == 0 || args.vehicles > VEHICLES_MAX {
        return Err(Failure::new(
            Exit::Usage,
            format!("--vehicles must be 1 to {VEHICLES_MAX}"),
        ));
    }
    let types = args
        .vehicle
        .iter()
        .map(|name| equip::vehicle(name))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let more = types
        .first()
        .into_iter()
        .cycle()
        .take(args.vehicles.saturating_sub(1))
        .cloned();
    let mut all: Vec<Vehicle> = types.iter().take(1).cloned().chain(more).collect();
    all.extend(types.into_iter().skip(1));
    Ok(all)
}

/// What is asked for, and what belongs to it.
struct Asked {
    request: Request,
    ground: Arc<dyn Terrain>,
    /// Zones near the flight.
    zones: Vec<Zone>,
    /// What is to be said of the files.
    notes: Vec<String>,
}

fn request(args: &cli::Plan) -> Result<Asked, Failure> {
    let detail = detail(args)?;
    let vehicles = vehicles(args)?;
    let Some(first) = vehicles.first().cloned() else {
        return Err(Failure::new(Exit::Usage, "--vehicle is missing"));
    };
    let camera = args.camera.as_deref().map(equip::camera).transpose()?;
    let mut notes = Vec::new();
    let areas = inputs::areas(&args.area, &mut notes)?;
    let mut request = Request::new(areas, camera, first, detail);
    request.vehicles = vehicles;
    if let Some(path) = &args.airspace {
        request.airspace = Some(inputs::airspace(path, &mut notes)?);
    }
    request.overfly_holes = args.overfly_holes;
    request.overlap = Overlap {
        forward: args.forward.0,
        side: args.side.0,
    };
    request.photography = Photography {
        exposure_s: args.exposure.map(|e| e.0),
        blur_px: args.blur,
        begins: args.date.and_then(|d| d.at(args.time)),
        sun_min_rad: args.sun_min.map(f64::to_radians),
        over_water: args.over_water,
    };
    request.homes = args.home.iter().map(|p| p.at).collect();
    if let Some(wind) = args.wind {
        request.wind = Wind {
            speed_m_s: wind.speed_m_s,
            from_rad: wind.from_rad,
        };
    }
    request.objective = match args.objective {
        cli::Objective::Time => Objective::Time,
        cli::Objective::Length => Objective::Length,
        cli::Objective::Photos => Objective::Photos,
    };
    request.pattern = match args.pattern {
        cli::Pattern::Parallel => Pattern::Parallel,
        cli::Pattern::Crosshatch => Pattern::Crosshatch,
    };
    if args.quick {
        request.effort = Effort::Quick;
    }
    request.endurance_s = args.endurance.map(|min| min * 60.0);
    if !(0.0..=1440.0).contains(&args.swap) {
        return Err(Failure::new(
            Exit::Usage,
            format!("--swap is {} min: give 0 to 1440", args.swap),
        ));
    }
    request.swap_s = args.swap * 60.0;
    request.balance = match args.balance {
        cli::BalanceArg::Makespan => Balance::Makespan,
        cli::BalanceArg::Effort => Balance::Effort,
    };
    request.firmware = match args.autopilot {
        cli::AutopilotArg::Ardupilot => Firmware::ArduPilot,
        cli::AutopilotArg::Px4 => Firmware::Px4,
    };
    let t = &args.terrain;
    request.heights = Heights {
        floor_m: t.floor.map(|l| l.0),
        tolerance_m: t.terrain_tolerance.map(|l| l.0),
        clearance_m: t.clearance.map(|l| l.0),
    };
    request.radio = t.radio.as_ref().map(|place| Radio {
        antenna_m: t.antenna.0,
        frequency_hz: t.radio_mhz * 1e6,
        required: t.line_of_sight == cli::LineOfSight::Require,
        ..Radio::at(place.at)
    });
    let areas = request.areas.iter().chain(&request.airspace);
    let mut places: Vec<_> = areas.flat_map(|a| a.outer.iter().copied()).collect();
    places.extend(&request.homes);
    places.extend(request.radio.map(|r| r.at));
    let ground: Arc<dyn Terrain> = match terrain::load_around(t, places)? {
        Some((dem, said)) => {
            notes.extend(said);
            dem
        }
        // Without a DEM the ground is taken as level, and heights are above the launch place.
        None => {
            request.height_reference = HeightReference::AboveHome;
            let amsl_m = args.home.first().and_then(|p| p.amsl_m).unwrap_or(0.0);
            Arc::new(FlatTerrain(Height::from_m(amsl_m)))
        }
    };
    // The sea is known with a DEM or with the height of home.
    let known =
        !args.terrain.dem.is_empty() || args.home.first().is_some_and(|p| p.amsl_m.is_some());
    let known = known.then_some(ground.as_ref());
    let zones = inputs::no_fly(args, &mut request, known, &mut notes)?;
    Ok(Asked {
        request,
        ground,
        zones,
        notes,
    })
}

/// Maps of what the photos will show.
fn maps(
    plan: &Plan,
    request: &Request,
    ground: &dyn Terrain,
    folder: &Path,
    pixel: Option<Length>,
) -> anyhow::Result<Vec<PathBuf>> {
    let pixel_m = pixel.map_or(plan.report().swath_m / 50.0, |l| l.0);
    let maps = plan.maps(request, ground, pixel_m)?;
    let files = [
        ("coverage.tif", maps.coverage),
        ("overlap.tif", maps.overlap),
        ("gsd.tif", maps.gsd),
        ("footprints.geojson", maps.footprints),
    ];
    let mut written = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let path = folder.join(name);
        write(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

fn clock(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

fn light_line(light: &Light) -> String {
    let good: Vec<String> = light
        .good_light
        .iter()
        .map(|w| format!("{} to {}", w.from, w.to))
        .collect();
    let good = if good.is_empty() {
        "never that day".to_owned()
    } else {
        good.join(", ")
    };
    let glint = if light.glint_on_lines {
        "; water would mirror the sun into the pictures"
    } else {
        ""
    };
    format!(
        "sun {:.0}° high in {:.0}° at {}, lowest {:.0}°{glint}; good light {good}",
        light.sun_elevation_deg, light.sun_azimuth_deg, light.flight.from, light.lowest_sun_deg
    )
}

fn table(plan: &Plan, written: &[PathBuf]) {
    let r = plan.report();
    let gsd = r
        .gsd_m
        .map_or_else(String::new, |m| format!(", GSD {:.1} cm", m * 100.0));
    print_line(&format!(
        "{:.2} ha from {:.0} m above ground{gsd}, lines {:.1} m apart at {:.0}°: {} photos, {:.1} % covered",
        r.area_m2 / 10_000.0,
        r.height_m,
        r.swath_m,
        r.line_bearing_deg,
        r.photo_count,
        r.coverage * 100.0
    ));
    print_line(&format!(
        "{:>6}  {:<14} {:>10} {:>9} {:>9} {:>9}",
        "sortie", "vehicle", "length", "time", "energy", "items"
    ));
    for (number, s) in r.sorties.iter().enumerate() {
        print_line(&format!(
            "{:>6}  {:<14} {:>8.0} m {:>5} min {:>6.1} Wh {:>9}",
            number + 1,
            s.vehicle,
            s.length_m,
            clock(s.time_s),
            s.energy_wh,
            s.waypoint_count
        ));
    }
    let l = &r.length_m;
    print_line(&format!(
        "photo lines {:.0} m, turns {:.0} m, transits {:.0} m, climbs {:.0} m; all back after {} min; {:.0} % above the bound",
        l.photo,
        l.turn,
        l.transit,
        l.climb,
        clock(r.time_s),
        r.gap * 100.0
    ));
    if let Some(p) = &r.photos {
        let (n, fine, few) = (
            p.prediction.overlap,
            p.prediction.gsd_m,
            p.prediction.share_seen_by_fewer_than,
        );
        print_line(&format!(
            "photos every {:.1} s, blur {:.1} px at {} s; overlap {:.0} to {:.0} photos (median {:.0}, {:.1} % of the area below 3, {:.1} % below 5), GSD {:.2} to {:.2} cm",
            p.interval_s,
            p.blur_px,
            shown_exposure(p.exposure_s),
            n.min,
            n.max,
            n.median,
            few.three * 100.0,
            few.five * 100.0,
            fine.min * 100.0,
            fine.max * 100.0
        ));
    }
    if let Some(light) = &r.light {
        print_line(&light_line(light));
    }
    if plan.height_reference == HeightReference::Amsl {
        let t = &r.terrain;
        print_line(&format!(
            "over ground {:.1} to {:.1} m on photo lines, never below {:.1} m in a photo; climbs {:.0} %, descents {:.0} %",
            t.lowest_m,
            t.highest_m,
            t.lowest_in_photo_m.unwrap_or(t.lowest_m),
            100.0 * t.climb,
            100.0 * t.descent
        ));
    }
    if let Some(radio) = &r.radio {
        print_line(&format!(
            "ground radio in sight on {:.1} % of the way; {:.0} m without, {:.0} m at a stretch",
            100.0 * radio.in_sight,
            radio.lost_m,
            radio.longest_m
        ));
    }
    for note in &r.notes {
        print_line(&format!("note: {note}"));
    }
    for path in written {
        print_line(&format!("wrote {}", path.display()));
    }
}

/// The command.
pub fn run(args: &cli::Plan, as_json: bool) -> Done {
    let mut outputs = args
        .output
        .iter()
        .map(|path| Ok((path, Format::of(path)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    outputs.extend(args.briefing.iter().map(|path| (path, Format::Html)));
    let Asked {
        request,
        ground,
        zones,
        notes,
    } = request(args)?;
    let mut made = plan(&request, ground.as_ref()).map_err(|error| {
        let exit = if matches!(error, PlanError::Fence(_)) {
            Exit::Refused
        } else {
            Exit::Failed
        };
        Failure {
            exit,
            error: error.into(),
        }
    })?;
    made.report.notes.extend(notes);
    let mut written = Vec::new();
    let files = Made {
        plan: &made,
        request: &request,
        ground: ground.as_ref(),
        zones: &zones,
        args,
    };
    for (path, format) in outputs {
        written.extend(files.save(path, format)?);
    }
    if let Some(folder) = &args.maps {
        written.extend(maps(
            &made,
            &request,
            ground.as_ref(),
            folder,
            args.maps_pixel,
        )?);
    }
    let report = serde_json::to_value(made.report()).exits(Exit::Failed)?;
    if let Some(path) = &args.report {
        write(path, serde_json::to_string_pretty(&report)?.as_bytes())?;
    }
    if as_json {
        print_json(&report)
    } else {
        table(&made, &written)
    }
    Ok(())
}
