//! A fleet, its toy vehicles and the radio between them, in virtual time.

use crate::toy::Toy;
use core::time::Duration;
use whimbrel_fly::{
    Alert, AuditRecord, Command, Effect, Fleet, LinkId, Operator, PhotoEvent, Role, Upload,
    VehicleId, VehicleView,
};
use whimbrel_geo::{Amsl, Height, LatLon, Position, destination};
use whimbrel_mission::{FenceShape, Item, Mission};

pub const START: Duration = Duration::from_secs(1_900_000_000);
pub const LINK: LinkId = LinkId(3);

pub struct World {
    pub now: Duration,
    pub fleet: Fleet,
    pub toys: Vec<Toy>,
    pub loss: f64,
    pub delay: Duration,
    state: u64,
    flying: Vec<(Duration, Option<usize>, Vec<u8>)>,
    pub alerts: Vec<Alert>,
    pub audit: Vec<AuditRecord>,
    pub photos: Vec<PhotoEvent>,
    pub sent: usize,
    pub bytes: Vec<u8>,
}

impl World {
    pub fn new(seed: u64, toys: Vec<Toy>) -> Self {
        let mut fleet = Fleet::new();
        fleet.add_link(START, LINK);
        Self {
            now: START,
            fleet,
            toys,
            loss: 0.0,
            delay: Duration::from_millis(20),
            state: seed,
            flying: vec![],
            alerts: vec![],
            audit: vec![],
            photos: vec![],
            sent: 0,
            bytes: vec![],
        }
    }

    fn chance(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn radio(&mut self, to: Option<usize>, bytes: Vec<u8>) {
        if self.chance() >= self.loss {
            self.flying.push((self.now + self.delay, to, bytes));
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { link, bytes } => {
                    assert_eq!(link, LINK);
                    self.sent += 1;
                    self.bytes.extend(&bytes);
                    for i in 0..self.toys.len() {
                        self.radio(Some(i), bytes.clone());
                    }
                }
                Effect::Audit(record) => self.audit.push(record),
                Effect::Alert(alert) => self.alerts.push(alert),
                Effect::Photo(photo) => self.photos.push(photo),
                Effect::Changed(_) | Effect::Forgotten(_) => {}
            }
        }
    }

    /// Runs until `done`, at most `seconds`; tells whether it was.
    pub fn run(&mut self, seconds: u64, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            let now = self.now;
            let mut arrived = vec![];
            self.flying.retain(|f| {
                if f.0 <= now {
                    arrived.push(f.clone());
                }
                f.0 > now
            });
            arrived.sort_by_key(|f| f.0);
            for (_, to, bytes) in arrived {
                match to {
                    Some(i) => self.toys[i].handle(now, &bytes),
                    None => {
                        let effects = self.fleet.handle(now, LINK, &bytes);
                        self.perform(effects);
                    }
                }
            }
            for i in 0..self.toys.len() {
                for bytes in self.toys[i].advance(now) {
                    self.radio(None, bytes);
                }
            }
            if self.fleet.next_deadline().is_some_and(|d| d <= now) {
                let effects = self.fleet.tick(now);
                self.perform(effects);
            }
            if done(self) {
                return true;
            }
            let next = self
                .flying
                .iter()
                .map(|f| f.0)
                .chain(self.toys.iter().map(Toy::next_deadline));
            let next = next
                .chain(self.fleet.next_deadline())
                .min()
                .expect("heartbeats");
            self.now = next.max(now + Duration::from_millis(1));
        }
        false
    }

    pub fn wait(&mut self, seconds: u64) {
        self.run(seconds, |_| false);
    }

    pub fn id(&self, i: usize) -> VehicleId {
        VehicleId {
            link: LINK,
            system: i as u8 + 1,
        }
    }

    pub fn view(&self, i: usize) -> VehicleView {
        self.fleet.vehicle(self.now, self.id(i)).expect("found")
    }

    pub fn order(&mut self, i: usize, command: Command) -> Result<(), String> {
        let id = self.id(i);
        let reply = self.fleet.command(self.now, &pilot(), id, command);
        self.perform(reply.effects);
        reply.outcome.map_err(|e| e.to_string())
    }

    pub fn records(&self, verb: &str) -> Vec<&str> {
        self.audit
            .iter()
            .filter(|a| a.verb == verb)
            .map(|a| a.detail.as_str())
            .collect()
    }
}

pub fn pilot() -> Operator {
    Operator {
        name: "eva".to_owned(),
        role: Role::Pilot,
    }
}

pub fn home() -> LatLon {
    LatLon::from_deg(47.3, 8.5).expect("valid")
}

fn at(north_m: f64, east_m: f64, height_m: f64) -> Position<Amsl> {
    let place = destination(
        destination(home(), 0.0, north_m),
        std::f64::consts::FRAC_PI_2,
        east_m,
    );
    Position::new(place, Height::from_m(height_m))
}

fn relative(item: Item) -> Item {
    item.above_home(Height::from_m(0.0))
}

/// Four lines of 200 m, a photo every 20 m, and back; a fence around.
pub fn survey() -> Mission {
    let mut items = vec![relative(Item::takeoff(at(0.0, 0.0, 40.0)))];
    for line in 0..4 {
        let east = 20.0 + 30.0 * f64::from(line);
        let ends = if line % 2 == 0 {
            [20.0, 220.0]
        } else {
            [220.0, 20.0]
        };
        items.push(relative(Item::waypoint(at(ends[0], east, 40.0), 2.0)));
        items.push(Item::trigger_distance(20.0, true));
        items.push(relative(Item::waypoint(at(ends[1], east, 40.0), 2.0)));
        items.push(Item::trigger_distance(0.0, false));
    }
    items.push(Item::return_home());
    let corner = |n, e| at(n, e, 0.0).at;
    let vertices = vec![
        corner(-60.0, -60.0),
        corner(300.0, -60.0),
        corner(300.0, 200.0),
        corner(-60.0, 200.0),
    ];
    Mission {
        home: Some(at(0.0, 0.0, 400.0)),
        items,
        fence: vec![FenceShape::Polygon {
            inclusion: true,
            vertices,
        }],
        ..Mission::default()
    }
}

pub fn upload(mission: Mission) -> Command {
    Command::Upload(Box::new(Upload {
        mission,
        plan: "field".to_owned(),
        sortie: 0,
        battery_need: Some(0.4),
    }))
}
