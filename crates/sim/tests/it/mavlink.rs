//! The simulated autopilots over MAVLink, in virtual time, met by the ground's own services.

use std::sync::Arc;
use std::time::Duration;

use whimbrel_geo::{FlatTerrain, Height};
use whimbrel_link::gcs::{MissionTransfer, ParamTransfer, Target};
use whimbrel_link::mav::{cmd, result};
use whimbrel_link::messages as m;
use whimbrel_link::params::Value;
use whimbrel_link::quirks::{Class, PlanKind};
use whimbrel_link::{Frame, Message, Parser, Sender};
use whimbrel_sim::aircraft::MAX_OUTBOX;
use whimbrel_sim::autopilot::Kind;
use whimbrel_sim::{Aircraft, Event};

use crate::flight::{GROUND_M, config, survey};

/// A ground station on a perfect link, and what it has heard.
struct Ground {
    aircraft: Aircraft,
    sender: Sender,
    parser: Parser,
    now: Duration,
    heard: Vec<Message>,
    bytes: Vec<u8>,
}

impl Ground {
    fn new(vehicle: &str, kind: Kind, seed: u64) -> Self {
        let config = config(vehicle, kind, seed);
        let now = config.start;
        let terrain = Arc::new(FlatTerrain(Height::from_m(GROUND_M)));
        Self {
            aircraft: Aircraft::new(config, terrain).expect("can fly"),
            sender: Sender::new(255, 190),
            parser: Parser::new(),
            now,
            heard: vec![],
            bytes: vec![],
        }
    }

    fn send(&mut self, message: impl Into<Message>) {
        let bytes = self.sender.encode(&message.into());
        self.aircraft.handle(self.now, &bytes);
    }

    /// Lets time pass; every frame goes to `each`.
    fn pass(&mut self, time: Duration, mut each: impl FnMut(Duration, &Frame)) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(20);
            self.aircraft.advance(self.now);
            while let Some(bytes) = self.aircraft.poll(self.now) {
                self.bytes.extend_from_slice(&bytes);
                self.parser.push(&bytes);
                while let Some(frame) = self.parser.next() {
                    let frame = frame.expect("a good frame");
                    each(self.now, &frame);
                    self.heard.push(frame.message);
                }
            }
        }
    }

    fn seconds(&mut self, s: f64) {
        self.pass(Duration::from_secs_f64(s), |_, _| {});
    }

    /// Sends a command; its result.
    fn command(&mut self, command: u16, p: &[f32]) -> Option<u8> {
        let param = |i: usize| p.get(i).copied().unwrap_or_default();
        self.send(m::CommandLong {
            target_system: 1,
            target_component: 1,
            command,
            confirmation: 0,
            param1: param(0),
            param2: param(1),
            param3: param(2),
            param4: param(3),
            param5: param(4),
            param6: param(5),
            param7: param(6),
        });
        self.heard.clear();
        self.seconds(0.2);
        self.heard.iter().find_map(|message| match message {
            Message::CommandAck(ack) if ack.command == command => Some(ack.result),
            _ => None,
        })
    }

    fn said(&self, words: &str) -> bool {
        self.heard.iter().any(
            |message| matches!(message, Message::Statustext(t) if t.text.as_str().contains(words)),
        )
    }

    fn count(&self, id: u32) -> usize {
        self.heard
            .iter()
            .filter(|message| message.id() == id)
            .count()
    }

    /// Uploads by the ground's own service, which reads back and compares.
    fn upload(&mut self, kind: Kind, class: Class, items: &[whimbrel_mission::Item]) {
        let target = Target {
            system: 1,
            component: 1,
            autopilot: kind,
            class,
        };
        let mut transfer =
            MissionTransfer::upload(self.now, target, PlanKind::Mission, items, None);
        for _ in 0..20_000 {
            while let Some(message) = transfer.poll(self.now) {
                let bytes = self.sender.encode(&message);
                self.aircraft.handle(self.now, &bytes);
            }
            self.pass(Duration::from_millis(20), |now, frame| {
                transfer.handle(now, frame)
            });
            if transfer.outcome().is_some() {
                break;
            }
        }
        let read = transfer
            .outcome()
            .expect("an end")
            .as_ref()
            .expect("uploaded and read back");
        assert_eq!(read.len(), items.len());
    }
}

#[test]
fn streams_are_as_measured() {
    let mut ardupilot = Ground::new("quad", Kind::ArduPilot, 1);
    ardupilot.seconds(10.0);
    assert!(ardupilot.count(m::Heartbeat::ID) >= 9);
    assert_eq!(
        ardupilot.count(m::Attitude::ID),
        0,
        "ArduPilot streams nothing unasked"
    );
    assert_eq!(
        ardupilot.command(cmd::SET_MESSAGE_INTERVAL, &[30.0, 20_000.0]),
        Some(result::ACCEPTED)
    );
    ardupilot.heard.clear();
    ardupilot.seconds(2.0);
    assert!(
        (95..=105).contains(&ardupilot.count(m::Attitude::ID)),
        "{}",
        ardupilot.count(m::Attitude::ID)
    );

    let mut px4 = Ground::new("quad", Kind::Px4, 1);
    px4.seconds(20.0);
    for id in [
        m::Attitude::ID,
        m::GlobalPositionInt::ID,
        m::SysStatus::ID,
        m::HomePosition::ID,
    ] {
        assert!(px4.count(id) > 1, "{id}");
    }
    assert_eq!(
        px4.command(cmd::SET_MESSAGE_INTERVAL, &[30.0, -1.0]),
        Some(result::ACCEPTED)
    );
    px4.heard.clear();
    px4.seconds(2.0);
    assert_eq!(px4.count(m::Attitude::ID), 0);
}

#[test]
fn refusals_are_as_measured() {
    let mut a = Ground::new("quad", Kind::ArduPilot, 1);
    assert_eq!(
        a.command(cmd::COMPONENT_ARM_DISARM, &[1.0]),
        Some(result::FAILED)
    );
    assert!(a.said("Need Position Estimate"));
    assert_eq!(
        a.command(cmd::DO_SET_MODE, &[1.0, 99.0]),
        Some(result::FAILED)
    );
    assert!(a.said("No such mode 99"));
    assert_eq!(
        a.command(cmd::REQUEST_MESSAGE, &[435.0]),
        Some(result::FAILED)
    );
    assert_eq!(
        a.command(cmd::DO_SET_STANDARD_MODE, &[5.0]),
        Some(result::UNSUPPORTED)
    );
    assert_eq!(
        a.command(cmd::IMAGE_START_CAPTURE, &[0.0, 0.0, 1.0]),
        Some(result::FAILED)
    );
    a.seconds(50.0);
    // AUTO cannot be armed in, and not entered without a mission.
    assert_eq!(
        a.command(cmd::DO_SET_MODE, &[1.0, 3.0]),
        Some(result::FAILED)
    );
    assert_eq!(
        a.command(cmd::DO_SET_MODE, &[1.0, 6.0]),
        Some(result::ACCEPTED)
    );
    assert_eq!(
        a.command(cmd::COMPONENT_ARM_DISARM, &[1.0]),
        Some(result::FAILED)
    );
    assert_eq!(
        a.command(cmd::DO_SET_MODE, &[1.0, 4.0]),
        Some(result::ACCEPTED)
    );
    assert_eq!(
        a.command(cmd::COMPONENT_ARM_DISARM, &[1.0]),
        Some(result::ACCEPTED)
    );

    let mut p = Ground::new("quad", Kind::Px4, 1);
    assert_eq!(
        p.command(cmd::COMPONENT_ARM_DISARM, &[1.0]),
        Some(result::TEMPORARILY_REJECTED)
    );
    assert_eq!(
        p.command(cmd::DO_SET_MODE, &[1.0, 99.0]),
        Some(result::TEMPORARILY_REJECTED)
    );
    p.seconds(20.0);
    assert_eq!(
        p.command(cmd::MISSION_START, &[]),
        Some(result::TEMPORARILY_REJECTED)
    );
    assert!(p.said("Mission start denied! No valid mission"));
    assert_eq!(
        p.command(cmd::REQUEST_MESSAGE, &[435.0, 0.0]),
        Some(result::ACCEPTED)
    );
    assert!(p.count(m::AvailableModes::ID) > 10);
    assert_eq!(
        p.command(cmd::DO_SET_STANDARD_MODE, &[5.0]),
        Some(result::ACCEPTED)
    );
    assert_eq!(
        p.command(cmd::IMAGE_START_CAPTURE, &[0.0, 0.0, 1.0]),
        Some(result::UNSUPPORTED)
    );
}

#[test]
fn missions_are_uploaded_flown_and_told() {
    for kind in [Kind::ArduPilot, Kind::Px4] {
        let mut g = Ground::new("quad", kind, 2);
        g.seconds(50.0);
        let mission = survey("quad");
        g.upload(kind, Class::Multirotor, &mission.items);
        g.seconds(3.0);
        if kind == Kind::ArduPilot {
            assert_eq!(
                g.command(cmd::DO_SET_MODE, &[1.0, 4.0]),
                Some(result::ACCEPTED)
            );
        }
        assert_eq!(
            g.command(cmd::COMPONENT_ARM_DISARM, &[1.0]),
            Some(result::ACCEPTED)
        );
        assert_eq!(g.command(cmd::MISSION_START, &[]), Some(result::ACCEPTED));
        let mut photos = 0;
        for _ in 0..600 {
            g.heard.clear();
            g.seconds(1.0);
            photos += g.count(m::CameraFeedback::ID) + g.count(m::CameraImageCaptured::ID);
            if g.aircraft
                .events()
                .any(|e| matches!(e, Event::Disarmed { .. }))
            {
                break;
            }
        }
        assert!((48..=52).contains(&photos), "{kind:?}: {photos} photos");
        assert_eq!(photos, g.aircraft.flight().photos() as usize);
    }
}

#[test]
fn a_wing_of_px4_without_a_landing_is_rejected_after_the_ack() {
    let mut g = Ground::new("fixed-wing", Kind::Px4, 3);
    g.seconds(20.0);
    let mut mission = survey("fixed-wing");
    mission.items.pop();
    g.heard.clear();
    g.upload(Kind::Px4, Class::FixedWing, &mission.items);
    g.seconds(4.0);
    assert!(g.said("Mission rejected: Landing waypoint/pattern"));
    assert_eq!(
        g.command(cmd::MISSION_START, &[]),
        Some(result::TEMPORARILY_REJECTED)
    );
}

#[test]
fn parameters_change_how_it_flies() {
    let mut g = Ground::new("quad", Kind::ArduPilot, 4);
    g.seconds(5.0);
    let target = Target {
        system: 1,
        component: 1,
        autopilot: Kind::ArduPilot,
        class: Class::Multirotor,
    };
    let mut transfer = ParamTransfer::set(g.now, target, "FENCE_ENABLE", Value::Int(1));
    for _ in 0..200 {
        while let Some(message) = transfer.poll(g.now) {
            let bytes = g.sender.encode(&message);
            g.aircraft.handle(g.now, &bytes);
        }
        g.pass(Duration::from_millis(20), |now, frame| {
            transfer.handle(now, frame)
        });
    }
    assert!(transfer.outcome().expect("an end").is_ok());
    assert!(g.aircraft.flight().autopilot().settings.fence);
}

#[test]
fn the_same_seed_sends_the_same_bytes() {
    let run = |seed| {
        let mut g = Ground::new("quad", Kind::Px4, seed);
        g.seconds(30.0);
        g.bytes
    };
    let first = run(5);
    assert!(first.len() > 50_000);
    assert_eq!(first, run(5));
    assert_ne!(first, run(6));
}

#[test]
fn a_link_that_nobody_reads_does_not_grow() {
    let mut g = Ground::new("quad", Kind::Px4, 6);
    g.now += Duration::from_secs(600);
    g.aircraft.advance(g.now);
    let mut frames = 0;
    while g.aircraft.poll(g.now).is_some() {
        frames += 1;
    }
    assert_eq!(frames, MAX_OUTBOX);
}

#[test]
fn noise_is_no_command() {
    let mut g = Ground::new("quad", Kind::ArduPilot, 7);
    let mut state = 1u32;
    for _ in 0..200 {
        let noise: Vec<u8> = (0..97)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        g.aircraft.handle(g.now, &noise);
    }
    g.seconds(1.0);
    assert!(!g.aircraft.flight().autopilot().armed());
    assert!(g.count(m::Heartbeat::ID) > 0);
}
