//! A vehicle without physics: it speaks MAVLink through `link`'s vehicle side,
//! flies straight lines and refuses what the real autopilots refuse.

use core::time::Duration;
use whimbrel_geo::{LatLon, bearing_rad, destination, distance_m};
use whimbrel_link::quirks::{Autopilot, Class, PlanKind, Role, mode_for, personality};
use whimbrel_link::vehicle::{
    CommandServer, MissionServer, Request, Streams, Verdict, is_for, status_text,
};
use whimbrel_link::{Frame, Message, Parser, Sender, mav, messages as m};

const STEP: Duration = Duration::from_millis(100);

pub struct Toy {
    pub autopilot: Autopilot,
    pub class: Class,
    pub missions: MissionServer,
    commands: CommandServer,
    streams: Streams,
    parser: Parser,
    sender: Sender,
    out: Vec<Message>,
    next: Duration,
    pub mode: u32,
    pub armed: bool,
    pub at: LatLon,
    pub home: LatLon,
    pub height_m: f64,
    pub battery: f64,
    pub ready_at: Duration,
    /// Accepts orders to change mode and does not.
    pub stubborn: bool,
    pub speed_m_s: f64,
    course_rad: f64,
    item: usize,
    trigger_m: f64,
    since_photo_m: f64,
    pub photos: u16,
    gcs_heard: Duration,
    pub silent: bool,
    pub was_armed: bool,
}

impl Toy {
    pub fn new(now: Duration, autopilot: Autopilot, class: Class, system: u8) -> Self {
        let home = LatLon::from_deg(47.3, 8.5).expect("valid");
        let mode = match (autopilot, class) {
            (Autopilot::ArduPilot, _) => 0,
            _ => {
                mode_for(autopilot, class, Role::Hold)
                    .expect("known")
                    .custom
            }
        };
        let mut missions = MissionServer::new(autopilot, class);
        missions.set_storage_ready(true);
        Self {
            autopilot,
            class,
            missions,
            commands: CommandServer::new(),
            streams: Streams::new(now, autopilot),
            parser: Parser::new(),
            sender: Sender::new(system, 1),
            out: vec![],
            next: now,
            mode,
            armed: false,
            at: home,
            home,
            height_m: 0.0,
            battery: 1.0,
            ready_at: now + Duration::from_secs(20),
            stubborn: false,
            speed_m_s: 10.0,
            course_rad: 0.0,
            item: 0,
            trigger_m: 0.0,
            since_photo_m: 0.0,
            photos: 0,
            gcs_heard: now,
            silent: false,
            was_armed: false,
        }
    }

    pub fn role(&self) -> Role {
        whimbrel_link::quirks::mode(self.autopilot, self.class, self.mode)
            .map_or(Role::Other, |m| m.role)
    }

    pub fn enter(&mut self, role: Role) {
        self.mode = mode_for(self.autopilot, self.class, role)
            .expect("known")
            .custom;
    }

    pub fn handle(&mut self, now: Duration, bytes: &[u8]) {
        self.parser.push(bytes);
        while let Some(frame) = self.parser.next() {
            let frame = frame.expect("clean");
            if is_for(&frame, self.sender.system, 1) {
                self.take(now, &frame);
            }
        }
    }

    fn take(&mut self, now: Duration, frame: &Frame) {
        if let Message::Heartbeat(_) = frame.message {
            self.gcs_heard = now;
        }
        self.missions.handle(now, frame);
        self.streams.handle(now, frame);
        if let Some(request) = self.commands.handle(now, frame) {
            let result = self.obey(now, &request);
            self.commands.acknowledge(now, &request, result, 0);
        }
    }

    fn obey(&mut self, now: Duration, r: &Request) -> u8 {
        if let Some(result) = self.streams.command(now, r, |_| true) {
            return result;
        }
        match r.command {
            mav::cmd::DO_SET_MODE => {
                let custom = match self.autopilot {
                    Autopilot::ArduPilot => r.param(2) as u32,
                    _ => (r.param(2) as u32) << 16 | (r.param(3) as u32) << 24,
                };
                let known = whimbrel_link::quirks::mode(self.autopilot, self.class, custom);
                let Some(known) = known else {
                    return personality(self.autopilot).unknown_mode_result;
                };
                if known.role == Role::Mission && self.missions.verdict() != Verdict::Flyable {
                    return mav::result::TEMPORARILY_REJECTED;
                }
                if !self.stubborn {
                    self.mode = custom;
                }
                mav::result::ACCEPTED
            }
            mav::cmd::COMPONENT_ARM_DISARM if r.param(1) == 1.0 => {
                let copter =
                    self.autopilot == Autopilot::ArduPilot && self.class == Class::Multirotor;
                if now < self.ready_at {
                    self.out.push(status_text(
                        mav::severity::CRITICAL,
                        "PreArm: Need Position Estimate",
                    ));
                    return mav::result::FAILED;
                }
                if copter && matches!(self.role(), Role::Mission | Role::Return | Role::Land) {
                    return mav::result::FAILED;
                }
                self.armed = true;
                self.was_armed = true;
                self.item = 0;
                mav::result::ACCEPTED
            }
            mav::cmd::COMPONENT_ARM_DISARM if self.height_m > 0.1 => mav::result::FAILED,
            mav::cmd::COMPONENT_ARM_DISARM => {
                self.armed = false;
                mav::result::ACCEPTED
            }
            mav::cmd::MISSION_START if self.missions.verdict() != Verdict::Flyable => {
                mav::result::DENIED
            }
            mav::cmd::MISSION_START if self.armed => {
                self.enter(Role::Mission);
                mav::result::ACCEPTED
            }
            mav::cmd::MISSION_START => mav::result::FAILED,
            mav::cmd::DO_CHANGE_SPEED => {
                self.speed_m_s = f64::from(r.param(2));
                mav::result::ACCEPTED
            }
            _ => mav::result::UNSUPPORTED,
        }
    }

    pub fn next_deadline(&self) -> Duration {
        self.next
    }

    /// Moves the world on and gives what is sent.
    pub fn advance(&mut self, now: Duration) -> Vec<Vec<u8>> {
        while self.next <= now {
            self.next += STEP;
            self.fly(STEP.as_secs_f64());
        }
        while let Some(message) = self.commands.poll() {
            self.out.push(message);
        }
        while let Some(message) = self.missions.poll(now) {
            self.out.push(message);
        }
        while let Some(message) = self.streams.poll() {
            self.out.push(message);
        }
        while let Some(id) = self.streams.due(now) {
            let message = self.report(now, id);
            self.out.extend(message);
        }
        let out = std::mem::take(&mut self.out);
        if self.silent {
            return vec![];
        }
        out.iter()
            .map(|message| self.sender.encode(message))
            .collect()
    }

    fn fly(&mut self, dt: f64) {
        if !self.armed {
            return;
        }
        self.battery -= dt / 1200.0;
        match self.role() {
            Role::Mission => self.fly_mission(dt),
            Role::Return if self.approach(self.home, 30.0, dt) => self.enter(Role::Land),
            Role::Land => {
                self.height_m = (self.height_m - 2.0 * dt).max(0.0);
                if self.height_m == 0.0 {
                    self.armed = false;
                }
            }
            _ => {}
        }
    }

    fn fly_mission(&mut self, dt: f64) {
        let Some(item) = self
            .missions
            .items(PlanKind::Mission)
            .get(self.item)
            .copied()
        else {
            self.enter(Role::Return);
            return;
        };
        let done = match item.command {
            mav::cmd::NAV_TAKEOFF => {
                self.height_m += 3.0 * dt;
                self.height_m >= f64::from(item.z)
            }
            mav::cmd::NAV_WAYPOINT => match item.place() {
                Some(place) => self.approach(place, f64::from(item.z), dt),
                None => true,
            },
            mav::cmd::DO_SET_CAM_TRIGG_DIST => {
                self.trigger_m = f64::from(item.params[0]);
                self.since_photo_m = 0.0;
                if item.params[2] > 0.0 {
                    self.photo();
                }
                true
            }
            mav::cmd::NAV_RETURN_TO_LAUNCH => {
                self.enter(Role::Return);
                return;
            }
            mav::cmd::NAV_LAND => {
                self.enter(Role::Land);
                return;
            }
            _ => true,
        };
        if done {
            self.out.push(
                m::MissionItemReached {
                    seq: self.missions.wire_seq(self.item),
                }
                .into(),
            );
            self.item += 1;
        }
    }

    fn approach(&mut self, place: LatLon, height_m: f64, dt: f64) -> bool {
        let way_m = self.speed_m_s * dt;
        let left_m = distance_m(self.at, place);
        self.height_m += (height_m - self.height_m).clamp(-3.0 * dt, 3.0 * dt);
        if left_m > 0.01 {
            self.course_rad = bearing_rad(self.at, place);
        }
        self.at = if left_m <= way_m {
            place
        } else {
            destination(self.at, self.course_rad, way_m)
        };
        self.since_photo_m += way_m.min(left_m);
        if self.trigger_m > 0.0 && self.since_photo_m >= self.trigger_m {
            self.since_photo_m -= self.trigger_m;
            self.photo();
        }
        left_m <= way_m
    }

    fn photo(&mut self) {
        self.photos += 1;
        let lat = (self.at.lat_deg() * 1e7).round() as i32;
        let lon = (self.at.lon_deg() * 1e7).round() as i32;
        let message: Message = match self.autopilot {
            Autopilot::ArduPilot => m::CameraFeedback {
                img_idx: self.photos,
                lat,
                lng: lon,
                alt_msl: (400.0 + self.height_m) as f32,
                alt_rel: self.height_m as f32,
                yaw: self.course_rad.to_degrees() as f32,
                ..Default::default()
            }
            .into(),
            _ => m::CameraImageCaptured {
                image_index: i32::from(self.photos),
                lat,
                lon,
                alt: ((400.0 + self.height_m) * 1e3) as i32,
                q: [1.0, 0.0, 0.0, 0.0],
                capture_result: 1,
                ..Default::default()
            }
            .into(),
        };
        self.out.push(message);
    }

    fn report(&self, now: Duration, id: u32) -> Option<Message> {
        let lat = (self.at.lat_deg() * 1e7).round() as i32;
        let lon = (self.at.lon_deg() * 1e7).round() as i32;
        let alt = ((400.0 + self.height_m) * 1e3) as i32;
        let moving = self.armed && matches!(self.role(), Role::Mission | Role::Return);
        let speed = if moving { self.speed_m_s } else { 0.0 };
        let flags = if now >= self.ready_at { 0x1f } else { 0x81 };
        Some(match id {
            m::Heartbeat::ID => m::Heartbeat {
                r#type: match self.class {
                    Class::Multirotor => mav::kind::QUADROTOR,
                    Class::FixedWing => mav::kind::FIXED_WING,
                    Class::Vtol => mav::kind::VTOL_FIXEDROTOR,
                },
                autopilot: self.autopilot.mav(),
                base_mode: 1 | if self.armed {
                    mav::mode_flag::SAFETY_ARMED
                } else {
                    0
                },
                custom_mode: self.mode,
                system_status: mav::state::STANDBY,
                mavlink_version: 3,
            }
            .into(),
            m::SysStatus::ID => m::SysStatus {
                battery_remaining: (self.battery * 100.0) as i8,
                voltage_battery: 15_000,
                ..Default::default()
            }
            .into(),
            m::GpsRawInt::ID => m::GpsRawInt {
                fix_type: 3,
                satellites_visible: 12,
                ..Default::default()
            }
            .into(),
            m::GlobalPositionInt::ID => m::GlobalPositionInt {
                lat,
                lon,
                alt,
                relative_alt: (self.height_m * 1e3) as i32,
                vx: (speed * self.course_rad.cos() * 100.0) as i16,
                vy: (speed * self.course_rad.sin() * 100.0) as i16,
                ..Default::default()
            }
            .into(),
            m::HomePosition::ID => m::HomePosition {
                latitude: (self.home.lat_deg() * 1e7).round() as i32,
                longitude: (self.home.lon_deg() * 1e7).round() as i32,
                altitude: 400_000,
                ..Default::default()
            }
            .into(),
            m::ExtendedSysState::ID => m::ExtendedSysState {
                landed_state: if self.height_m > 0.1 {
                    mav::landed::IN_AIR
                } else {
                    mav::landed::ON_GROUND
                },
                ..Default::default()
            }
            .into(),
            m::MissionCurrent::ID => m::MissionCurrent {
                seq: self.missions.wire_seq(self.item),
                total: self.missions.wire_count(PlanKind::Mission),
                ..Default::default()
            }
            .into(),
            m::EkfStatusReport::ID => m::EkfStatusReport {
                flags,
                ..Default::default()
            }
            .into(),
            m::EstimatorStatus::ID => m::EstimatorStatus {
                flags,
                ..Default::default()
            }
            .into(),
            m::AutopilotVersion::ID => m::AutopilotVersion {
                flight_sw_version: u32::from_be_bytes(personality(self.autopilot).version),
                ..Default::default()
            }
            .into(),
            _ => return None,
        })
    }
}
