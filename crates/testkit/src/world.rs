//! Clock, aircraft, lines, fleet and radios.

use crate::dice::Dice;
use crate::line::{End, Line, LineConfig, LineStats};
use crate::survey;
use crate::transfer::{Arrival, Transfer};
use core::time::Duration;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use whimbrel_fly::{
    Alert, AlertKind, AuditRecord, Checks, Command, Effect, Fleet, FleetError, LinkId, LoadState,
    Operator, PhotoEvent, Role, VehicleId, VehicleView,
};
use whimbrel_geo::{
    Amsl, FlatTerrain, Height, LatLon, LocalFrame, Position, Terrain, ellipsoid_from_amsl,
};
use whimbrel_link::params::{Value, encode};
use whimbrel_link::{Sender, mav, messages};
use whimbrel_mission::Camera;
use whimbrel_plan::Sortie;
use whimbrel_sim::aircraft::{Aircraft, AircraftConfig, Event, Shutter};
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::battery::BatterySpec;
use whimbrel_sim::landscape::Landscape;
use whimbrel_sim::radio::RadioConfig;
use whimbrel_sim::render::{PhotoSpec, photo_jpeg};
use whimbrel_sim::wind::Wind;

/// When every world begins.
pub const START: Duration = Duration::from_secs(1_790_000_000);
/// Machines that want to be called at once wait for this long.
const LEAST_STEP: Duration = Duration::from_millis(1);
/// `run_until` looks this often.
const LOOK: Duration = Duration::from_millis(50);
/// A place is kept in the track this often.
const TRACK_EVERY: Duration = Duration::from_millis(200);
/// Longest wait for an autopilot to be ready to fly.
const READY_LIMIT: Duration = Duration::from_secs(120);
/// Longest wait for a mission to be on board, on the worst of lines.
const LOAD_LIMIT: Duration = Duration::from_secs(600);

/// What a world is made of.
#[derive(Clone)]
pub struct WorldConfig {
    /// Chance.
    pub seed: u64,
    /// What is photographed; without one the ground is flat and there are no photos.
    pub landscape: Option<Arc<Landscape>>,
    /// The camera of all aircraft.
    pub camera: Camera,
    /// Each aircraft's radio; outages count from the start of the world.
    pub radio: RadioConfig,
    /// Each aircraft's MAVLink line.
    pub line: LineConfig,
    /// The wind.
    pub wind: Wind,
}

impl WorldConfig {
    /// A calm, flat world with good lines.
    #[must_use]
    pub fn flat(seed: u64) -> Self {
        Self {
            seed,
            landscape: None,
            camera: camera(800, 600),
            radio: RadioConfig::symmetric(1_000_000, 0.2, Duration::from_millis(30), seed),
            line: LineConfig::good(),
            wind: Wind::CALM,
        }
    }

    /// A calm world over a landscape with good lines.
    #[must_use]
    pub fn over(landscape: Arc<Landscape>, seed: u64) -> Self {
        Self {
            landscape: Some(landscape),
            ..Self::flat(seed)
        }
    }
}

/// The catalogue's `mapper` with fewer pixels.
#[must_use]
pub fn camera(width_px: u32, height_px: u32) -> Camera {
    Camera {
        width_px,
        height_px,
        ..Camera::catalogue("mapper").expect("in the catalogue")
    }
}

/// An aircraft before it is switched on.
#[derive(Clone, Debug)]
pub struct Hangar {
    /// The aircraft.
    pub vehicle: whimbrel_mission::Vehicle,
    /// Its firmware.
    pub autopilot: Kind,
    /// Where it stands, metres east and north of the world's centre.
    pub home_xy_m: [f64; 2],
    /// The battery, where it is not as labelled.
    pub battery: Option<BatterySpec>,
}

impl Hangar {
    /// A built-in aircraft with a full battery.
    #[must_use]
    pub fn builtin(name: &str, autopilot: Kind, home_xy_m: [f64; 2]) -> Self {
        Self {
            vehicle: whimbrel_mission::Vehicle::builtin(name).expect("built in"),
            autopilot,
            home_xy_m,
            battery: None,
        }
    }
}

/// One of the world's aircraft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vehicle(usize);

struct Craft {
    hangar: Hangar,
    id: VehicleId,
    aircraft: Aircraft,
    line: Line,
    transfer: Transfer,
    events: Vec<Event>,
    shots: Vec<(String, Shutter)>,
    track: Vec<(Duration, Position<Amsl>)>,
}

/// The world.
pub struct World {
    config: WorldConfig,
    terrain: Arc<dyn Terrain>,
    frame: LocalFrame,
    now: Duration,
    fleet: Fleet,
    crafts: Vec<Craft>,
    pilot: Operator,
    audit: Vec<AuditRecord>,
    alerts: Vec<Alert>,
    heard_photos: Vec<PhotoEvent>,
    traffic: Sha256,
    tracked: Duration,
}

impl World {
    /// An empty world at [`START`].
    #[must_use]
    pub fn new(mut config: WorldConfig) -> Self {
        for outage in &mut config.radio.outages {
            outage.start += START;
        }
        let (terrain, frame): (Arc<dyn Terrain>, LocalFrame) = match &config.landscape {
            Some(landscape) => (landscape.clone(), *landscape.frame()),
            None => {
                let ground = Height::<Amsl>::from_m(430.0);
                let centre = LatLon::from_deg(47.1, 8.6).expect("a place");
                let origin = ellipsoid_from_amsl(Position::new(centre, ground));
                (Arc::new(FlatTerrain(ground)), LocalFrame::new(origin))
            }
        };
        Self {
            config,
            terrain,
            frame,
            now: START,
            fleet: Fleet::new(),
            crafts: vec![],
            pilot: Operator {
                name: "ada".to_owned(),
                role: Role::Pilot,
            },
            audit: vec![],
            alerts: vec![],
            heard_photos: vec![],
            traffic: Sha256::new(),
            tracked: START,
        }
    }

    /// Switches an aircraft on.
    pub fn add(&mut self, hangar: Hangar) -> Vehicle {
        let number = self.crafts.len();
        let system = u8::try_from(number + 1).expect("few aircraft");
        let at = self.place(hangar.home_xy_m);
        let ground = self.terrain.height(at).expect("home is on the terrain");
        let config = AircraftConfig {
            vehicle: hangar.vehicle.clone(),
            autopilot: hangar.autopilot,
            system_id: system,
            home: ellipsoid_from_amsl(Position::new(at, ground)),
            heading_rad: heading_to_centre(hangar.home_xy_m),
            wind: self.config.wind,
            seed: Dice::new(self.config.seed, u64::from(system)).bits(),
            start: self.now,
            battery: hangar.battery,
        };
        let aircraft = Aircraft::new(config, self.terrain.clone()).expect("it can fly");
        let id = VehicleId {
            link: LinkId(u32::from(system)),
            system,
        };
        self.fleet.add_link(self.now, id.link);
        let radio = RadioConfig {
            seed: self.config.radio.seed ^ u64::from(system) << 32,
            ..self.config.radio.clone()
        };
        self.crafts.push(Craft {
            hangar,
            id,
            aircraft,
            line: Line::new(self.config.line, self.config.seed, u64::from(system)),
            transfer: Transfer::new(radio, self.config.seed, system),
            events: vec![],
            shots: vec![],
            track: vec![],
        });
        Vehicle(number)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// A place from metres east and north of the centre.
    #[must_use]
    pub fn place(&self, xy_m: [f64; 2]) -> LatLon {
        self.frame.latlon_from_xy(xy_m)
    }

    /// The ground.
    #[must_use]
    pub fn terrain(&self) -> &Arc<dyn Terrain> {
        &self.terrain
    }

    /// The camera.
    #[must_use]
    pub fn camera(&self) -> &Camera {
        &self.config.camera
    }

    /// All aircraft.
    pub fn vehicles(&self) -> impl Iterator<Item = Vehicle> + use<> {
        (0..self.crafts.len()).map(Vehicle)
    }

    fn craft(&self, vehicle: Vehicle) -> &Craft {
        &self.crafts[vehicle.0]
    }

    /// What an aircraft is.
    #[must_use]
    pub fn hangar(&self, vehicle: Vehicle) -> &Hangar {
        &self.craft(vehicle).hangar
    }

    /// An aircraft in truth.
    #[must_use]
    pub fn aircraft(&self, vehicle: Vehicle) -> &Aircraft {
        &self.craft(vehicle).aircraft
    }

    /// An aircraft as the ground sees it.
    #[must_use]
    pub fn view(&self, vehicle: Vehicle) -> Option<VehicleView> {
        self.fleet.vehicle(self.now, self.craft(vehicle).id)
    }

    /// The pre-flight list.
    #[must_use]
    pub fn checks(&self, vehicle: Vehicle) -> Option<Checks> {
        self.fleet.checks(self.now, self.craft(vehicle).id)
    }

    /// What happened on an aircraft.
    #[must_use]
    pub fn events(&self, vehicle: Vehicle) -> &[Event] {
        &self.craft(vehicle).events
    }

    /// Where an aircraft truly was in the air.
    #[must_use]
    pub fn track(&self, vehicle: Vehicle) -> &[(Duration, Position<Amsl>)] {
        &self.craft(vehicle).track
    }

    /// Names of an aircraft's photos with how they were taken.
    #[must_use]
    pub fn shots(&self, vehicle: Vehicle) -> &[(String, Shutter)] {
        &self.craft(vehicle).shots
    }

    /// The way of an aircraft's photos.
    #[must_use]
    pub fn transfer(&self, vehicle: Vehicle) -> &Transfer {
        &self.craft(vehicle).transfer
    }

    /// The same, to restart an end of it.
    pub fn transfer_mut(&mut self, vehicle: Vehicle) -> &mut Transfer {
        &mut self.crafts[vehicle.0].transfer
    }

    /// What came from all aircraft, in the order in which it came.
    #[must_use]
    pub fn arrivals(&self) -> Vec<&Arrival> {
        let each = self.crafts.iter().flat_map(|c| c.transfer.arrivals());
        let mut all: Vec<&Arrival> = each.collect();
        all.sort_by(|a, b| (a.at, &a.name, a.layer).cmp(&(b.at, &b.name, b.layer)));
        all
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> &[AuditRecord] {
        &self.audit
    }

    /// All changes of alerts.
    #[must_use]
    pub fn alerts(&self) -> &[Alert] {
        &self.alerts
    }

    /// The alerts that are active.
    #[must_use]
    pub fn active_alerts(&self) -> Vec<Alert> {
        self.fleet.alerts()
    }

    /// Whether such an alert was ever raised for an aircraft.
    #[must_use]
    pub fn was_alerted(&self, vehicle: Vehicle, kind: AlertKind) -> bool {
        let id = self.craft(vehicle).id;
        let is = |a: &&Alert| a.active && a.kind == kind && a.vehicle == id;
        self.alerts.iter().any(|a| is(&a))
    }

    /// Photos that the ground heard of over MAVLink.
    #[must_use]
    pub fn heard_photos(&self) -> &[PhotoEvent] {
        &self.heard_photos
    }

    /// What a line carried.
    #[must_use]
    pub fn line_stats(&self, vehicle: Vehicle) -> LineStats {
        self.craft(vehicle).line.stats()
    }

    /// Cuts an aircraft's line or mends it.
    pub fn cut_line(&mut self, vehicle: Vehicle, cut: bool) {
        self.crafts[vehicle.0].line.cut(cut);
    }

    /// SHA-256 of all MAVLink traffic so far: time, direction, bytes.
    #[must_use]
    pub fn traffic_digest(&self) -> [u8; 32] {
        self.traffic.clone().finalize().into()
    }

    /// An order of the pilot.
    ///
    /// # Errors
    /// Why it was not taken.
    pub fn order(&mut self, vehicle: Vehicle, command: Command) -> Result<(), FleetError> {
        let id = self.craft(vehicle).id;
        let reply = self.fleet.command(self.now, &self.pilot, id, command);
        self.perform(reply.effects);
        reply.outcome
    }

    /// Sets a parameter of an autopilot, as another ground station would.
    pub fn set_parameter(&mut self, vehicle: Vehicle, name: &str, value: Value) {
        let craft = &mut self.crafts[vehicle.0];
        let bytewise = craft.hangar.autopilot == Kind::Px4;
        let (value, kind) = encode(value, bytewise);
        let mut station = Sender::new(254, mav::component::MISSIONPLANNER);
        let set = messages::ParamSet {
            target_system: craft.id.system,
            target_component: mav::component::AUTOPILOT1,
            param_id: name.into(),
            param_value: value,
            param_type: kind,
        };
        craft
            .aircraft
            .handle(self.now, &station.encode(&set.into()));
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { link, bytes } => {
                    let craft = self.crafts.iter_mut().find(|c| c.id.link == link);
                    let craft = craft.expect("a link of this world");
                    note(&mut self.traffic, self.now, link, End::Aircraft, &bytes);
                    craft.line.send(self.now, End::Aircraft, bytes);
                }
                Effect::Audit(record) => self.audit.push(record),
                Effect::Alert(alert) => self.alerts.push(alert),
                Effect::Photo(photo) => self.heard_photos.push(photo),
                Effect::Changed(_) | Effect::Forgotten(_) => {}
            }
        }
    }

    /// Goes to the next deadline of all machines, at most to `limit`.
    fn step(&mut self, limit: Duration) {
        let mut next = self.fleet.next_deadline();
        for craft in &self.crafts {
            let own = [
                Some(craft.aircraft.next_deadline()),
                craft.line.next_deadline(),
                craft.transfer.next_deadline(),
            ];
            next = own.into_iter().flatten().chain(next).min();
        }
        let next = next.unwrap_or(limit).max(self.now + LEAST_STEP);
        self.now = next.min(limit);
        for number in 0..self.crafts.len() {
            self.serve(number);
        }
        if self.fleet.next_deadline().is_some_and(|at| at <= self.now) {
            let effects = self.fleet.tick(self.now);
            self.perform(effects);
        }
    }

    fn serve(&mut self, number: usize) {
        let now = self.now;
        let craft = &mut self.crafts[number];
        let mut heard = vec![];
        craft.aircraft.advance(now);
        while let Some((end, bytes)) = craft.line.poll(now) {
            match end {
                End::Aircraft => craft.aircraft.handle(now, &bytes),
                End::Ground => heard.push(bytes),
            }
        }
        while let Some(bytes) = craft.aircraft.poll(now) {
            note(&mut self.traffic, now, craft.id.link, End::Ground, &bytes);
            craft.line.send(now, End::Ground, bytes);
        }
        let events: Vec<Event> = craft.aircraft.events().collect();
        for event in &events {
            if let (Event::Shutter(shutter), Some(landscape)) = (event, &self.config.landscape) {
                let name = format!("{}/IMG_{:04}.jpg", craft.id.system, shutter.index + 1);
                let seed = self.config.seed ^ u64::from(craft.id.system) << 32;
                let spec = PhotoSpec {
                    sensor_width_mm: self.config.camera.sensor_width_mm,
                    ..PhotoSpec::new(seed, u64::from(shutter.index), shutter.time)
                };
                let lens = self.config.camera.model();
                let photo = photo_jpeg(landscape, &lens, &shutter.true_pose, &spec);
                craft.transfer.photo(&name, photo.expect("a photo"));
                craft.shots.push((name, *shutter));
            }
        }
        craft.events.extend(events);
        craft.transfer.tick(now);
        if now >= self.tracked + TRACK_EVERY {
            let truth = craft.aircraft.truth();
            if truth.clearance_m() > 1.0 {
                craft.track.push((now, truth.amsl));
            }
            if number + 1 == self.crafts.len() {
                self.tracked = now;
            }
        }
        let link = self.crafts[number].id.link;
        for bytes in heard {
            let effects = self.fleet.handle(now, link, &bytes);
            self.perform(effects);
        }
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step(end);
        }
    }

    /// Lets time pass until `done`, at most `limit`. Returns whether it was done.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + limit;
        while self.now < end {
            if done(self) {
                return true;
            }
            let next = (self.now + LOOK).min(end);
            while self.now < next {
                self.step(next);
            }
        }
        done(self)
    }

    /// Waits until the autopilot says that it could fly.
    pub fn wait_ready(&mut self, vehicle: Vehicle) {
        let own = ["link", "gps", "autopilot"];
        let ready = self.run_until(READY_LIMIT, |w| {
            w.checks(vehicle).is_some_and(|checks| {
                checks
                    .0
                    .iter()
                    .all(|c| !own.contains(&c.name) || c.ok == Some(true))
            })
        });
        assert!(ready, "not ready: {:?}", self.checks(vehicle));
    }

    /// Loads a sortie and waits for the outcome.
    pub fn load(&mut self, vehicle: Vehicle, sortie: &Sortie) -> LoadState {
        let upload = survey::upload(self, vehicle, sortie);
        self.order(vehicle, Command::Upload(Box::new(upload)))
            .expect("an upload is taken");
        let state = |w: &Self| w.view(vehicle).map(|v| v.mission.state);
        let settled = self.run_until(LOAD_LIMIT, |w| state(w) != Some(LoadState::Uploading));
        assert!(settled, "the upload does not end");
        state(self).expect("the vehicle is known")
    }

    /// Takes off on the mission that was loaded.
    pub fn fly(&mut self, vehicle: Vehicle) {
        let checks = self.checks(vehicle).expect("the vehicle is known");
        assert!(checks.ready(), "{checks:?}");
        self.order(vehicle, Command::Fly).expect("it may fly");
        let off = self.run_until(Duration::from_secs(60), |w| {
            w.view(vehicle).is_some_and(|v| v.flying)
        });
        assert!(off, "it does not take off: {:?}", self.view(vehicle));
    }

    /// Whether it has flown, and stands disarmed again, in truth and as the ground sees it.
    #[must_use]
    pub fn is_home(&self, vehicle: Vehicle) -> bool {
        let truth = self.aircraft(vehicle).flight().autopilot();
        let seen = self.view(vehicle).is_some_and(|v| !v.armed && !v.flying);
        seen && !truth.armed() && !self.track(vehicle).is_empty()
    }
}

fn note(traffic: &mut Sha256, now: Duration, link: LinkId, to: End, bytes: &[u8]) {
    traffic.update(now.as_nanos().to_be_bytes());
    traffic.update(link.0.to_be_bytes());
    traffic.update([u8::from(to == End::Ground)]);
    traffic.update(bytes);
}

/// Clockwise from north.
fn heading_to_centre(xy_m: [f64; 2]) -> f64 {
    (-xy_m[0])
        .atan2(-xy_m[1])
        .rem_euclid(core::f64::consts::TAU)
}
