//! What each command does, and how the two autopilots answer.

use whimbrel_geo::{Amsl, Height, LatLon, Position};
use whimbrel_link::mav::{cmd, frame, result, severity};
use whimbrel_link::messages as m;
use whimbrel_link::quirks::{self, Role};
use whimbrel_link::vehicle::Request;

use super::{Aircraft, telemetry};
use crate::autopilot::mode::Mode;
use crate::autopilot::{Kind, Landed, Notice, Refusal};

/// Arms or disarms whatever the checks say (`COMPONENT_ARM_DISARM` parameter 2).
const FORCE: f32 = 21_196.0;
/// `MAV_STANDARD_MODE` and the role that PX4 gives it.
const STANDARD_MODES: [(u8, Role); 4] = [
    (5, Role::Return),
    (6, Role::Mission),
    (7, Role::Land),
    (8, Role::Takeoff),
];
/// Bits of POSITION_TARGET_TYPEMASK that ignore the position.
const IGNORES_POSITION: u16 = 0b111;

impl Aircraft {
    /// Does a command; its `MAV_RESULT`.
    pub(super) fn execute(&mut self, r: &Request) -> u8 {
        let now = self.flight.time();
        let kind = self.config.autopilot;
        if r.command == cmd::REQUEST_MESSAGE
            && r.param(1) as u32 == m::AvailableModes::ID
            && kind == Kind::Px4
        {
            return self.list_modes(r.param(2));
        }
        if let Some(result) = self
            .streams
            .command(now, r, |id| telemetry::knows(kind, id))
        {
            return result;
        }
        match r.command {
            cmd::COMPONENT_ARM_DISARM => self.arm_or_disarm(r),
            cmd::DO_SET_MODE => {
                let custom = match kind {
                    Kind::ArduPilot => r.param(2) as u32,
                    _ => (r.param(2) as u32) << 16 | (r.param(3) as u32) << 24,
                };
                let outcome = self.set_mode(custom);
                self.say_refusal(&outcome)
            }
            cmd::DO_SET_STANDARD_MODE => self.set_standard_mode(r),
            cmd::MISSION_START => self.order(|a, e| a.start_mission(e)),
            cmd::NAV_TAKEOFF | cmd::NAV_VTOL_TAKEOFF => self.take_off(r),
            cmd::NAV_LAND | cmd::NAV_VTOL_LAND => self.set_role(Role::Land),
            cmd::NAV_RETURN_TO_LAUNCH => self.set_role(Role::Return),
            cmd::NAV_LOITER_UNLIM => {
                let outcome = self.set_mode(crate::autopilot::mode::number(
                    kind,
                    self.class(),
                    Mode::Hold,
                ));
                self.say_refusal(&outcome)
            }
            cmd::DO_LAND_START => self.order(|a, e| a.start_landing(e)),
            cmd::DO_REPOSITION => self.reposition(r),
            cmd::DO_CHANGE_SPEED => {
                self.flight
                    .autopilot_mut()
                    .change_speed(f64::from(r.param(2)));
                result::ACCEPTED
            }
            cmd::DO_SET_MISSION_CURRENT => {
                let seq = r.param(1) as u16;
                if self.missions.index(seq).is_none() {
                    return result::DENIED;
                }
                self.missions.want_current(seq);
                result::ACCEPTED
            }
            cmd::DO_SET_HOME => self.set_home(r),
            cmd::GET_HOME_POSITION => {
                if !self.flight.autopilot().ready() {
                    return result::DENIED;
                }
                self.streams.once(m::HomePosition::ID);
                result::ACCEPTED
            }
            cmd::REQUEST_AUTOPILOT_CAPABILITIES => {
                self.streams.once(m::AutopilotVersion::ID);
                result::ACCEPTED
            }
            cmd::REQUEST_PROTOCOL_VERSION => {
                self.streams.once(m::ProtocolVersion::ID);
                result::ACCEPTED
            }
            cmd::RUN_PREARM_CHECKS if kind == Kind::ArduPilot => self.prearm(),
            cmd::DO_FENCE_ENABLE if kind == Kind::ArduPilot => {
                self.flight.autopilot_mut().settings.fence = r.param(1) > 0.5;
                result::ACCEPTED
            }
            cmd::DO_SET_CAM_TRIGG_DIST => {
                let (distance, now) = (f64::from(r.param(1)), r.param(3) > 0.5);
                self.flight
                    .autopilot_mut()
                    .camera()
                    .set_distance(distance, now);
                result::ACCEPTED
            }
            cmd::DO_DIGICAM_CONTROL => {
                self.flight.autopilot_mut().camera().shoot_once();
                result::ACCEPTED
            }
            // With CAM1_TYPE 1 (a relay or servo) ArduPilot fails it; PX4 leaves it to a camera.
            cmd::IMAGE_START_CAPTURE if kind == Kind::ArduPilot => result::FAILED,
            cmd::IMAGE_START_CAPTURE => result::UNSUPPORTED,
            cmd::DO_VTOL_TRANSITION => self.transition(r),
            _ => result::UNSUPPORTED,
        }
    }

    fn order(
        &mut self,
        order: impl FnOnce(
            &mut crate::autopilot::Autopilot,
            &crate::autopilot::estimate::Estimate,
        ) -> Result<(), Refusal>,
    ) -> u8 {
        let outcome = self.flight.order(order);
        self.say_refusal(&outcome)
    }

    pub(super) fn set_mode(&mut self, custom: u32) -> Result<(), Refusal> {
        self.flight.order(|a, e| a.set_mode(custom, e))
    }

    fn set_role(&mut self, role: Role) -> u8 {
        match quirks::mode_for(self.config.autopilot, self.class(), role) {
            Some(mode) => {
                let outcome = self.set_mode(mode.custom);
                self.say_refusal(&outcome)
            }
            None => result::UNSUPPORTED,
        }
    }

    fn arm_or_disarm(&mut self, r: &Request) -> u8 {
        let force = r.param(2) == FORCE;
        let outcome = if r.param(1) > 0.5 {
            self.flight.autopilot_mut().arm(force)
        } else {
            self.flight.autopilot_mut().disarm(force)
        };
        self.say_refusal(&outcome)
    }

    fn prearm(&mut self) -> u8 {
        if self.flight.autopilot().armed() {
            return result::TEMPORARILY_REJECTED;
        }
        if let Some(text) = self
            .flight
            .autopilot()
            .arming_refusal()
            .and_then(|r| r.text)
        {
            let text = text.replacen("Arm: ", "PreArm: ", 1);
            self.say(&Notice {
                severity: severity::CRITICAL,
                text,
            });
        }
        result::ACCEPTED
    }

    fn set_standard_mode(&mut self, r: &Request) -> u8 {
        if self.config.autopilot == Kind::ArduPilot {
            return result::UNSUPPORTED;
        }
        let standard = r.param(1) as u8;
        match STANDARD_MODES
            .iter()
            .find(|(number, _)| *number == standard)
        {
            Some((_, role)) => self.set_role(*role),
            None => result::DENIED,
        }
    }

    /// `MAV_STANDARD_MODE` of a role, 0 where there is none.
    pub(super) fn standard_mode(role: Role) -> u8 {
        STANDARD_MODES
            .iter()
            .find(|(_, r)| *r == role)
            .map_or(0, |(number, _)| *number)
    }

    fn list_modes(&mut self, index: f32) -> u8 {
        let modes = quirks::modes(self.config.autopilot, self.class());
        let number_modes = u8::try_from(modes.len()).unwrap_or(u8::MAX);
        let wanted = index as usize;
        if wanted > modes.len() {
            return result::DENIED;
        }
        for (i, mode) in modes.iter().enumerate() {
            if wanted != 0 && wanted != i + 1 {
                continue;
            }
            self.send(m::AvailableModes {
                number_modes,
                mode_index: u8::try_from(i + 1).unwrap_or(u8::MAX),
                standard_mode: Self::standard_mode(mode.role),
                custom_mode: mode.custom,
                properties: 0,
                mode_name: mode.name.into(),
            });
        }
        result::ACCEPTED
    }

    fn take_off(&mut self, r: &Request) -> u8 {
        let home = self.flight.autopilot().home().height.m();
        let z = r.params[6];
        let amsl = match (self.config.autopilot, r.frame) {
            _ if !z.is_finite() => None,
            // ArduPilot takes a height above home, unless the frame of a COMMAND_INT says otherwise.
            (_, Some(frame::GLOBAL | frame::GLOBAL_INT)) => Some(z),
            (Kind::ArduPilot, _)
            | (_, Some(frame::GLOBAL_RELATIVE_ALT | frame::GLOBAL_RELATIVE_ALT_INT)) => {
                Some(home + z)
            }
            _ => Some(z),
        };
        self.order(|a, e| a.take_off(amsl, e))
    }

    fn place(&self, lat: f64, lon: f64, z: f64, in_frame: Option<u8>) -> Option<Position<Amsl>> {
        let e = self.flight.estimate();
        let autopilot = self.flight.autopilot();
        let at = if lat.is_finite() && lon.is_finite() && (lat != 0.0 || lon != 0.0) {
            LatLon::from_deg(lat, lon).ok()?
        } else {
            e.position.at
        };
        let amsl = match in_frame {
            _ if !z.is_finite() => e.amsl_m(),
            Some(frame::GLOBAL_RELATIVE_ALT | frame::GLOBAL_RELATIVE_ALT_INT) => {
                autopilot.home().height.m() + z
            }
            Some(frame::GLOBAL_TERRAIN_ALT | frame::GLOBAL_TERRAIN_ALT_INT) => {
                e.amsl_m() - e.agl_m + z
            }
            _ => z,
        };
        Some(Position::new(at, Height::from_m(amsl)))
    }

    fn reposition(&mut self, r: &Request) -> u8 {
        let Some(to) = self.place(r.params[4], r.params[5], r.params[6], r.frame) else {
            return result::DENIED;
        };
        if r.param(1) > 0.0 {
            self.flight
                .autopilot_mut()
                .change_speed(f64::from(r.param(1)));
        }
        self.order(|a, e| a.go_to(to, e))
    }

    pub(super) fn guided_target(&mut self, t: &m::SetPositionTargetGlobalInt) {
        let guided = self.flight.autopilot().mode() == Mode::Guided;
        if !guided || t.type_mask & IGNORES_POSITION == IGNORES_POSITION {
            return;
        }
        let (lat, lon) = (f64::from(t.lat_int) * 1e-7, f64::from(t.lon_int) * 1e-7);
        if let Some(to) = self.place(lat, lon, f64::from(t.alt), Some(t.coordinate_frame)) {
            let _refused_on_the_ground = self.flight.order(|a, e| a.go_to(to, e));
        }
    }

    pub(super) fn guided_item(&mut self, item: &m::MissionItemInt) {
        let (lat, lon) = (f64::from(item.x) * 1e-7, f64::from(item.y) * 1e-7);
        let result = match self.place(lat, lon, f64::from(item.z), Some(item.frame)) {
            Some(to) if self.flight.autopilot().mode() == Mode::Guided => {
                self.flight.order(|a, e| a.go_to(to, e)).is_ok()
            }
            _ => false,
        };
        self.send(m::MissionAck {
            r#type: if result { 0 } else { 1 },
            ..Default::default()
        });
    }

    fn set_home(&mut self, r: &Request) -> u8 {
        let home = if r.param(1) as i32 == 1 {
            Some(self.flight.estimate().position)
        } else {
            self.place(r.params[4], r.params[5], r.params[6], r.frame)
        };
        match home {
            Some(home) if self.flight.autopilot().ready() => {
                self.flight.autopilot_mut().set_home(home);
                self.missions
                    .set_home(whimbrel_mission::Item::waypoint(home, 0.0));
                self.streams.once(m::HomePosition::ID);
                result::ACCEPTED
            }
            _ => result::DENIED,
        }
    }

    fn transition(&mut self, r: &Request) -> u8 {
        let autopilot = self.flight.autopilot();
        let flying = autopilot.landed() != Landed::OnGround;
        let possible = autopilot.class() == quirks::Class::Vtol;
        if !possible || !flying {
            return result::FAILED;
        }
        self.flight.autopilot_mut().transition(r.param(1) as i32);
        result::ACCEPTED
    }
}
