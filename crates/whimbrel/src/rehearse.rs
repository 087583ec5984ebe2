//! `whimbrel rehearse`: a mission flown many times in simulation, and what happened counted.

use std::sync::Arc;

use anyhow::Context;
use whimbrel_geo::{FlatTerrain, Position, Terrain, bearing_rad, distance_m};
use whimbrel_mission::Mission;
use whimbrel_mission::format::read_mission;
use whimbrel_rehearse::{Campaign, Report, Shard, WindForecast};
use whimbrel_sim::autopilot::Kind;

use crate::outcome::{Done, Exit, Exits, Failure, print_json, print_line, progress, read, write};
use crate::{cli, equip, terrain, usage};

/// A first place nearer than this does not say where the mission goes.
const FAR_M: f64 = 5.0;

fn heading_rad(mission: &Mission, home: &Position<whimbrel_geo::Amsl>) -> f64 {
    let first = mission
        .path()
        .into_iter()
        .find(|p| distance_m(home.at, p.at) > FAR_M);
    first.map_or(0.0, |p| bearing_rad(home.at, p.at))
}

fn shard(text: &str) -> Result<Shard, Failure> {
    let parts = text
        .split_once('/')
        .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    let (index, of) = parts.ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            format!("`{text}` is no shard: give I/N, for example 1/4"),
        )
    })?;
    Ok(Shard { index, of })
}

fn campaign(args: &cli::Rehearse) -> Result<(Campaign, Arc<dyn Terrain>), Failure> {
    let shown = args.mission.display();
    let mission =
        read_mission(&read(&args.mission)?).with_context(|| format!("read the mission {shown}"))?;
    let mut home = mission.home.ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            format!("{shown} has no launch place: plan it with --home"),
        )
    })?;
    let ground: Arc<dyn Terrain> = match terrain::load(&args.dem)? {
        Some(dem) => dem,
        None => Arc::new(FlatTerrain(home.height)),
    };
    home.height = ground.height(home.at).with_context(|| {
        format!("the terrain does not reach the launch place of {shown}: give a DEM that holds it")
    })?;
    let heading_rad = heading_rad(&mission, &home);
    let wind = args.wind.map_or_else(
        || WindForecast::expected(0.0, 0.0),
        |w| WindForecast::expected(w.speed_m_s, w.from_rad),
    );
    let campaign = Campaign {
        vehicle: equip::vehicle(&args.vehicle)?,
        autopilot: match args.autopilot {
            cli::AutopilotArg::Ardupilot => Kind::ArduPilot,
            cli::AutopilotArg::Px4 => Kind::Px4,
        },
        mission,
        home,
        heading_rad,
        runs: u32::try_from(args.runs).unwrap_or(u32::MAX),
        seed: args.seed,
        wind,
        shard: args.shard.as_deref().map(shard).transpose()?,
    };
    Ok((campaign, ground))
}

fn table(report: &Report) {
    for p in &report.probabilities {
        print_line(&format!(
            "{:<18} {:>6} of {:<6} at least {:.2} % (95 % confidence)",
            p.name.replace('_', " "),
            p.k,
            p.n,
            p.one_sided95 * 100.0
        ));
    }
    let q = &report.reserve_wh;
    print_line(&format!(
        "energy left: {:.1} Wh in half of the runs, {:.1} Wh in the worst twentieth, {:.1} Wh in the worst hundredth",
        q.p50, q.p5, q.p1
    ));
    for worst in &report.worst {
        let r = &worst.run;
        print_line(&format!(
            "to watch: run {} (wind {:.1} m/s, battery {:.0} Wh): {:.0} % left",
            r.run,
            r.conditions.wind_m_s,
            r.conditions.battery_wh,
            r.reserve_fraction * 100.0
        ));
    }
    print_line("A simulation's numbers: no proof of airworthiness.");
}

/// The command.
pub fn run(args: &cli::Rehearse, as_json: bool) -> Done {
    let (campaign, ground) = campaign(args)?;
    let bar = progress(u64::from(campaign.runs), "flying");
    let flown = campaign.fly(&ground, &|| bar.inc(1)).exits(Exit::Failed);
    bar.finish_and_clear();
    let report = Report::of(&flown?, usage::usage().cpu_s);
    let document = serde_json::to_value(&report)?;
    if let Some(folder) = &args.output {
        write(
            &folder.join("report.json"),
            serde_json::to_string_pretty(&document)?.as_bytes(),
        )?;
    }
    if as_json {
        print_json(&document)
    } else {
        table(&report)
    }
    Ok(())
}
