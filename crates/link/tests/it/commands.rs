//! Commands, acknowledgements and stream schedules.

use crate::net::{Net, Party, VEHICLE, run};
use core::time::Duration;
use whimbrel_link::gcs::{COMMAND_ATTEMPTS, Commander, Order, Outcome, QUEUE_MAX, Target, Ticket};
use whimbrel_link::quirks::{Autopilot, Class};
use whimbrel_link::vehicle::{CommandServer, STREAMS_MAX, Streams};
use whimbrel_link::{Frame, Message, mav, messages};

fn target() -> Target {
    Target {
        system: VEHICLE.0,
        component: VEHICLE.1,
        autopilot: Autopilot::Px4,
        class: Class::Multirotor,
    }
}

/// Accepts everything and counts how often each command was carried out.
#[derive(Default)]
struct Vehicle {
    server: CommandServer,
    done: Vec<(u16, f32)>,
    not_yet: u32,
}

impl Party for Vehicle {
    fn handle(&mut self, now: Duration, frame: &Frame) {
        if let Some(request) = self.server.handle(now, frame) {
            if self.not_yet > 0 {
                self.not_yet -= 1;
                self.server
                    .acknowledge(now, &request, mav::result::TEMPORARILY_REJECTED, 255);
                return;
            }
            self.done.push((request.command, request.param(1)));
            self.server
                .acknowledge(now, &request, mav::result::ACCEPTED, 255);
        }
    }
    fn poll(&mut self, _: Duration) -> Option<Message> {
        self.server.poll()
    }
    fn next_deadline(&self) -> Option<Duration> {
        None
    }
}

fn outcomes(commander: &mut Commander) -> Vec<(Ticket, Outcome)> {
    std::iter::from_fn(|| commander.next_outcome()).collect()
}

#[test]
fn every_command_is_answered_over_a_bad_link_and_done_once() {
    for seed in 0..50 {
        let mut net = Net::new(seed, Duration::from_millis(50), 0.2);
        let mut ground = Commander::new(target());
        let mut vehicle = Vehicle::default();
        for i in 0..10 {
            ground.send(Order::new(511, &[i as f32])).expect("room");
        }
        ground.send(Order::new(400, &[1.0])).expect("room");
        run(
            &mut net,
            &mut ground,
            &mut vehicle,
            Duration::from_secs(300),
            Commander::is_idle,
        );
        let all = outcomes(&mut ground);
        assert_eq!(all.len(), 11);
        assert!(
            all.iter().all(|(_, o)| *o == Outcome::Accepted),
            "seed {seed}"
        );
        assert_eq!(
            vehicle.done.iter().filter(|(c, _)| *c == 400).count(),
            1,
            "seed {seed}"
        );
        assert_eq!(vehicle.done.len(), 11, "seed {seed}: {:?}", vehicle.done);
    }
}

#[test]
fn not_now_is_tried_again_with_patience() {
    for (patience, wanted) in [(5, Outcome::Accepted), (1, Outcome::Refused(1))] {
        let mut net = Net::new(0, Duration::from_millis(5), 0.0);
        let mut ground = Commander::new(target());
        let mut vehicle = Vehicle {
            not_yet: 3,
            ..Default::default()
        };
        ground
            .send(Order::new(300, &[]).patient(patience))
            .expect("room");
        run(
            &mut net,
            &mut ground,
            &mut vehicle,
            Duration::from_secs(60),
            Commander::is_idle,
        );
        assert_eq!(outcomes(&mut ground), [(Ticket(0), wanted)]);
    }
}

#[test]
fn silence_ends_after_the_attempts() {
    let mut net = Net::new(0, Duration::from_millis(5), 1.0);
    let mut ground = Commander::new(target());
    ground.send(Order::new(300, &[])).expect("room");
    run(
        &mut net,
        &mut ground,
        &mut Vehicle::default(),
        Duration::from_secs(600),
        Commander::is_idle,
    );
    assert_eq!(outcomes(&mut ground), [(Ticket(0), Outcome::NoAnswer)]);
    assert_eq!(net.sent_by_ground, usize::from(COMMAND_ATTEMPTS));
}

#[test]
fn the_queue_is_bounded() {
    let mut ground = Commander::new(target());
    for _ in 0..QUEUE_MAX {
        assert!(ground.send(Order::new(300, &[])).is_some());
    }
    assert_eq!(ground.send(Order::new(300, &[])), None);
}

#[test]
fn streams_come_when_asked_for() {
    let start = Duration::from_secs(100);
    let mut streams = Streams::new(start, Autopilot::ArduPilot);
    assert!(streams.set_interval(start, messages::Attitude::ID, 250_000));
    let mut counts = [0; 2];
    let mut now = start;
    while now < start + Duration::from_secs(10) {
        while let Some(id) = streams.due(now) {
            counts[usize::from(id == messages::Attitude::ID)] += 1;
        }
        now = streams
            .next_deadline()
            .expect("streams")
            .max(now + Duration::from_micros(1));
    }
    assert_eq!(counts, [10, 40]);
    streams.set_interval(now, messages::Attitude::ID, -1);
    assert_eq!(streams.interval(messages::Attitude::ID), None);
    streams.once(messages::AutopilotVersion::ID);
    assert_eq!(streams.due(now), Some(messages::AutopilotVersion::ID));
}

#[test]
fn streams_are_bounded() {
    let now = Duration::ZERO;
    let mut streams = Streams::new(now, Autopilot::ArduPilot);
    let taken = (1..=100)
        .filter(|id| streams.set_interval(now, *id, 1000))
        .count();
    assert_eq!(taken, STREAMS_MAX - 1);
}
