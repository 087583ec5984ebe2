//! `whimbrel sim`: aircraft that speak MAVLink, their cameras and their radio, in real time or faster.

mod photographer;
mod relay;
mod trace;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use whimbrel_air::Clock;
use whimbrel_air::links::{LinkEvent, Links};
use whimbrel_geo::{
    Amsl, FlatTerrain, Height, Position, Terrain, destination, ellipsoid_from_amsl,
};
use whimbrel_link::endpoint::Endpoint;
use whimbrel_mission::Vehicle;
use whimbrel_sim::aircraft::{Aircraft, AircraftConfig, Event};
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::landscape::Landscape;
use whimbrel_sim::radio::{Outage, RadioConfig};
use whimbrel_sim::wind::Wind;

use crate::outcome::{Done, Exit, Exits, Failure, log, print_json, print_line};
use crate::quantities::Place;
use crate::serve::udp_address;
use crate::{cli, equip, stop, terrain, world};
use photographer::{Shot, Studio};
use relay::Relay;
use trace::Trace;

/// Aircraft of one simulation at most: MAVLink has 255 system ids, one is the ground's.
const AIRCRAFT_MAX: usize = 250;
/// Longest wait for input.
const LOOK: Duration = Duration::from_millis(5);
/// Inputs taken before aircraft are looked at again.
const BATCH: usize = 256;
/// Aircraft without a home of their own stand so far apart.
const SPACING_M: f64 = 5.0;
/// Delay of the simulated radio.
const RADIO_DELAY: Duration = Duration::from_millis(20);
/// A home that is given this far above or below the ground is told.
const HOME_TOLERANCE_M: f64 = 2.0;

/// One aircraft and what is said about it.
struct Craft {
    aircraft: Aircraft,
    system: u8,
    vehicle: String,
    autopilot: &'static str,
    home: Position<Amsl>,
}

fn autopilot(args: &cli::Sim, index: usize) -> Kind {
    let given = args.autopilot.get(index).or(args.autopilot.first());
    match given {
        Some(cli::AutopilotArg::Px4) => Kind::Px4,
        Some(cli::AutopilotArg::Ardupilot) | None => Kind::ArduPilot,
    }
}

/// Where an aircraft stands: its own home, or beside the last one that was given.
fn place(homes: &[Place], index: usize) -> Option<Place> {
    if let Some(own) = homes.get(index) {
        return Some(*own);
    }
    let last = homes.last()?;
    let beyond = index + 1 - homes.len();
    Some(Place {
        at: destination(
            last.at,
            std::f64::consts::FRAC_PI_2,
            SPACING_M * beyond as f64,
        ),
        ..*last
    })
}

fn home(place: &Place, ground: &dyn Terrain) -> Result<Position<Amsl>, Failure> {
    let Some(height) = ground.height(place.at) else {
        let message = format!(
            "the terrain does not reach {:.5},{:.5}: give a DEM that holds it, or move --home",
            place.at.lat_deg(),
            place.at.lon_deg()
        );
        return Err(Failure::new(Exit::Failed, message));
    };
    if let Some(said) = place.amsl_m
        && (said - height.m()).abs() > HOME_TOLERANCE_M
    {
        log(&format!(
            "home is given at {said:.1} m, the ground there is at {:.1} m: the aircraft stands on the ground",
            height.m()
        ));
    }
    Ok(Position::new(place.at, height))
}

/// The ground, and the landscape where there is one to photograph.
type Ground = (Arc<dyn Terrain>, Option<Arc<Landscape>>);

fn ground(args: &cli::Sim, first: &Place) -> anyhow::Result<Ground> {
    if args.photos.is_some() {
        let centre = args.landscape_centre.unwrap_or(*first);
        let base_m = centre.amsl_m.or(first.amsl_m).unwrap_or(world::BASE_AMSL_M);
        let landscape = world::demo_landscape(args.seed, centre.at, args.landscape.0, base_m)?;
        return Ok((landscape.clone(), Some(landscape)));
    }
    Ok(match terrain::load(&args.dem)? {
        Some(dem) => (dem, None),
        None => (
            Arc::new(FlatTerrain(Height::from_m(
                first.amsl_m.unwrap_or(world::BASE_AMSL_M),
            ))),
            None,
        ),
    })
}

fn fleet(args: &cli::Sim, ground: &Arc<dyn Terrain>, clock: &Clock) -> Result<Vec<Craft>, Failure> {
    let types = args
        .vehicle
        .iter()
        .map(|name| Ok((name.clone(), equip::vehicle(name)?)))
        .collect::<anyhow::Result<Vec<(String, Vehicle)>>>()?;
    let total = types.len() * args.count;
    if total == 0 || total > AIRCRAFT_MAX {
        return Err(Failure::new(
            Exit::Usage,
            format!("{total} aircraft: 1 to {AIRCRAFT_MAX} can be simulated at once"),
        ));
    }
    let wind = args.wind.map_or(Wind::CALM, |w| {
        Wind::from_direction(w.speed_m_s, w.from_rad)
    });
    let start = clock.now();
    let mut fleet = Vec::with_capacity(total);
    for index in 0..total {
        let Some((name, vehicle)) = types.get(index / args.count) else {
            continue;
        };
        let system = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let Some(place) = place(&args.home, index) else {
            return Err(Failure::new(Exit::Usage, "--home is missing"));
        };
        let home = home(&place, ground.as_ref())?;
        let kind = autopilot(args, index / args.count);
        let config = AircraftConfig {
            vehicle: vehicle.clone(),
            autopilot: kind,
            system_id: system,
            home: ellipsoid_from_amsl(home),
            heading_rad: place.heading_rad.unwrap_or(0.0),
            wind,
            seed: args.seed.wrapping_add((index as u64) << 32),
            start,
            battery: None,
        };
        fleet.push(Craft {
            aircraft: Aircraft::new(config, ground.clone())
                .with_context(|| format!("simulate {name}"))?,
            system,
            vehicle: name.clone(),
            autopilot: if kind == Kind::Px4 {
                "px4"
            } else {
                "ardupilot"
            },
            home,
        });
    }
    Ok(fleet)
}

fn radio(args: &cli::Sim, clock: Clock, as_json: bool) -> anyhow::Result<Option<Relay>> {
    let (Some(listen), Some(to)) = (&args.radio, &args.radio_to) else {
        return Ok(None);
    };
    let mut config =
        RadioConfig::symmetric(args.rate.0 as u64, args.loss.0, RADIO_DELAY, args.seed);
    let start = clock.now();
    config.outages = args
        .outage
        .iter()
        .map(|o| Outage {
            start: start + o.start,
            duration: o.length,
        })
        .collect();
    Relay::bind(
        udp_address(listen)?,
        udp_address(to)?,
        config,
        clock,
        as_json,
    )
    .map(Some)
}

fn studio(
    args: &cli::Sim,
    landscape: Option<&Arc<Landscape>>,
    as_json: bool,
) -> anyhow::Result<Option<SyncSender<Shot>>> {
    let (Some(folder), Some(landscape)) = (&args.photos, landscape) else {
        return Ok(None);
    };
    let camera = equip::camera(&args.camera)?;
    let studio = Studio {
        landscape: landscape.clone(),
        sensor_width_mm: camera.sensor_width_mm,
        camera: camera.model(),
        seed: args.seed,
        folder: folder.clone(),
        report: as_json,
    };
    Ok(Some(studio.open().context("start the photographer")?))
}

fn announce(
    fleet: &[Craft],
    links: &Links,
    endpoint: &Endpoint,
    radio: Option<&Relay>,
    as_json: bool,
) -> anyhow::Result<()> {
    let address = radio
        .map(Relay::address)
        .transpose()
        .context("ask for the radio's address")?;
    if as_json {
        let rows: Vec<Value> = fleet
            .iter()
            .map(|c| json!({"system": c.system, "vehicle": c.vehicle, "autopilot": c.autopilot, "home": [c.home.at.lon_deg(), c.home.at.lat_deg(), c.home.height.m()]}))
            .collect();
        print_json(
            &json!({"event": "ready", "mavlink": links.bound(), "endpoint": endpoint.to_string(), "radio": address, "aircraft": rows, "pid": std::process::id()}),
        );
        return Ok(());
    }
    for c in fleet {
        print_line(&format!(
            "aircraft {}: {} with {} at {:.6},{:.6}, {:.1} m above the sea",
            c.system,
            c.vehicle,
            c.autopilot,
            c.home.at.lat_deg(),
            c.home.at.lon_deg(),
            c.home.height.m()
        ));
    }
    let bound = links
        .bound()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    print_line(&format!(
        "MAVLink over {endpoint} ({bound}); Ctrl-C ends it"
    ));
    if let Some(address) = address {
        print_line(&format!("radio on udp:{address}"));
    }
    Ok(())
}

/// Tell what happened to an aircraft.
fn tell(system: u8, event: &Event, as_json: bool) {
    let (what, detail): (&str, Value) = match event {
        Event::Mode { name, .. } => ("mode", json!(name)),
        Event::Armed { .. } => ("armed", Value::Null),
        Event::Disarmed { .. } => ("disarmed", Value::Null),
        Event::TookOff { .. } => ("took_off", Value::Null),
        Event::Landed { sink_m_s, .. } => ("landed", json!(sink_m_s)),
        Event::Said { notice, .. } => ("text", json!(notice.text)),
        Event::Reached { index, .. } => ("reached", json!(index)),
        Event::Shutter(shutter) => ("shutter", json!(shutter.index + 1)),
    };
    if as_json {
        print_json(
            &json!({"event": what, "vehicle": system, "time_s": event_time(event).as_secs_f64(), "detail": detail}),
        );
    } else if !matches!(event, Event::Reached { .. } | Event::Shutter(_)) {
        let detail = detail.as_str().map_or_else(
            || {
                if detail.is_null() {
                    String::new()
                } else {
                    detail.to_string()
                }
            },
            str::to_owned,
        );
        log(format!("aircraft {system}: {what} {detail}").trim_end());
    }
}

fn event_time(event: &Event) -> Duration {
    match event {
        Event::Shutter(shutter) => shutter.time,
        Event::Mode { time, .. }
        | Event::Armed { time }
        | Event::Disarmed { time }
        | Event::TookOff { time }
        | Event::Landed { time, .. }
        | Event::Said { time, .. }
        | Event::Reached { time, .. } => *time,
    }
}

/// The running simulation.
struct Simulation {
    fleet: Vec<Craft>,
    links: Links,
    clock: Clock,
    trace: Option<Trace>,
    shots: Option<SyncSender<Shot>>,
    as_json: bool,
}

impl Simulation {
    /// Bring all aircraft to the present, send what they say, tell what happened.
    fn turn(&mut self) -> anyhow::Result<()> {
        let now = self.clock.now();
        if let (Some(trace), Some(first)) = (&mut self.trace, self.fleet.first_mut()) {
            trace.follow(&mut first.aircraft, now)?;
        }
        for craft in &mut self.fleet {
            craft.aircraft.advance(now);
            while let Some(frame) = craft.aircraft.poll(now) {
                self.links.send_all(&frame);
            }
            for event in craft.aircraft.events() {
                tell(craft.system, &event, self.as_json);
                let (Event::Shutter(shutter), Some(shots)) = (&event, &self.shots) else {
                    continue;
                };
                let shot = Shot {
                    system: craft.system,
                    index: u64::from(shutter.index) + 1,
                    taken_at: shutter.time,
                    pose: shutter.true_pose,
                };
                if shots.try_send(shot).is_err() {
                    log("the photographer cannot follow: a photo is lost; choose a lower --speed");
                }
            }
        }
        Ok(())
    }

    /// Wait for input or the next step, and hand input to all aircraft.
    fn listen(&mut self) {
        let next = self.fleet.iter().map(|c| c.aircraft.next_deadline()).min();
        let mut patience = next.map_or(LOOK, |at| {
            self.clock
                .wall_until(at)
                .clamp(Duration::from_millis(1), LOOK)
        });
        for _ in 0..BATCH {
            let Some(event) = self.links.next(patience) else {
                return;
            };
            patience = Duration::ZERO;
            match event {
                LinkEvent::Bytes(_, bytes) => {
                    let now = self.clock.now();
                    for craft in &mut self.fleet {
                        craft.aircraft.handle(now, &bytes);
                    }
                }
                LinkEvent::Opened(_, name) => log(&format!("{name} is there")),
                LinkEvent::Closed(_, reason) => log(&format!("a ground station went: {reason}")),
            }
        }
    }

    fn run(mut self, stop: &AtomicBool) -> anyhow::Result<()> {
        while !stop.load(Ordering::Relaxed) {
            self.turn()?;
            self.listen();
        }
        if let Some(trace) = &mut self.trace {
            trace.flush()?;
        }
        Ok(())
    }
}

/// The command.
pub fn run(args: &cli::Sim, as_json: bool) -> Done {
    let clock = args.clock.clock().exits(Exit::Usage)?;
    let first = args
        .home
        .first()
        .copied()
        .ok_or_else(|| Failure::new(Exit::Usage, "--home is missing"))?;
    let stop = stop::flag()?;
    let (terrain, landscape) = ground(args, &first)?;
    let links = Links::open(std::slice::from_ref(&args.mavlink))?;
    let fleet = fleet(args, &terrain, &clock)?;
    let shots = studio(args, landscape.as_ref(), as_json)?;
    let radio = radio(args, clock.clone(), as_json)?;
    let trace = args
        .trace
        .as_deref()
        .map(|path| {
            Trace::create(
                path,
                fleet
                    .first()
                    .map_or_else(|| clock.now(), |c| c.aircraft.time()),
            )
        })
        .transpose()?;
    announce(&fleet, &links, &args.mavlink, radio.as_ref(), as_json)?;
    let carrier = radio.map(|radio| {
        let stop = stop.clone();
        std::thread::Builder::new()
            .name("radio".into())
            .spawn(move || radio.run(&stop))
    });
    let carrier = carrier.transpose().context("start the radio")?;
    let flown = Simulation {
        fleet,
        links,
        clock,
        trace,
        shots,
        as_json,
    }
    .run(&stop);
    stop.store(true, Ordering::Relaxed);
    if let Some(carrier) = carrier
        && carrier.join().is_err()
    {
        log("the radio had failed");
    }
    flown?;
    Ok(())
}
