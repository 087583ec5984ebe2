//! A radio link between aircraft and ground, both ways.
//!
//! Each direction is a queue of datagrams served at a constant rate. A datagram that is erased still uses airtime,
//! as on a radio: the receiver could not make it out, but the transmitter sent it. Outages silence both directions.

mod loss;

use std::collections::VecDeque;
use std::time::Duration;

pub use loss::Loss;
use loss::LossState;

/// Datagrams larger than this are refused.
pub const MAX_DATAGRAM_BYTES: usize = 9_000;
/// Datagrams on their way in one direction at most; more are dropped as if the queue were full.
pub const MAX_IN_FLIGHT: usize = 65_536;
/// IPv4 (RFC 791) and UDP (RFC 768) headers, which use airtime too.
pub const IP_UDP_HEADER_BYTES: u32 = 28;

/// The way a datagram goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Direction {
    /// From the aircraft to the ground.
    Down,
    /// From the ground to the aircraft.
    Up,
}

impl Direction {
    /// Both, in the order in which simultaneous datagrams are delivered.
    pub const BOTH: [Direction; 2] = [Direction::Down, Direction::Up];
}

/// One value for each direction.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Both<T> {
    /// From the aircraft to the ground.
    pub down: T,
    /// From the ground to the aircraft.
    pub up: T,
}

impl<T: Clone> Both<T> {
    /// The same value for both directions.
    pub fn same(value: T) -> Self {
        Both {
            down: value.clone(),
            up: value,
        }
    }
}

impl<T> Both<T> {
    /// The value of one direction.
    pub fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::Down => &self.down,
            Direction::Up => &self.up,
        }
    }

    fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Down => &mut self.down,
            Direction::Up => &mut self.up,
        }
    }
}

/// A time during which nothing gets through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outage {
    /// When it begins, on the clock given to [`Radio::send`].
    pub start: Duration,
    /// How long it lasts.
    pub duration: Duration,
}

/// What the link is like.
#[derive(Clone, PartialEq, Debug)]
pub struct RadioConfig {
    /// Bits per second on air; 0 makes a direction silent.
    pub rate_bit_s: Both<u64>,
    /// Chance of erasure.
    pub loss: Both<Loss>,
    /// Time from the end of transmission to reception.
    pub delay: Both<Duration>,
    /// Airtime that may wait in the queue; a datagram that finds more is dropped.
    pub queue: Both<Duration>,
    /// Bytes added to each datagram on air.
    pub overhead_bytes: u32,
    /// When nothing gets through, in either direction.
    pub outages: Vec<Outage>,
    /// Chance.
    pub seed: u64,
}

impl RadioConfig {
    /// The same in both directions, without outages, with IP and UDP headers and 200 ms of queue.
    pub fn symmetric(rate_bit_s: u64, loss: f64, delay: Duration, seed: u64) -> Self {
        RadioConfig {
            rate_bit_s: Both::same(rate_bit_s),
            loss: Both::same(Loss::Independent { erasure: loss }),
            delay: Both::same(delay),
            queue: Both::same(Duration::from_millis(200)),
            overhead_bytes: IP_UDP_HEADER_BYTES,
            outages: Vec::new(),
            seed,
        }
    }
}

/// What became of a datagram handed to [`Radio::send`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// It is, or will be, on air.
    Queued,
    /// The queue holds too much airtime.
    QueueFull,
    /// It is larger than [`MAX_DATAGRAM_BYTES`].
    TooLarge,
}

/// Counters of one direction. `datagrams_offered = datagrams_sent + queue_drops + refused`, and
/// `datagrams_sent = datagrams_erased + datagrams_in_outage + datagrams_delivered` + those on their way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RadioStats {
    /// Datagrams handed over.
    pub datagrams_offered: u64,
    /// Datagrams put on air, or queued for it.
    pub datagrams_sent: u64,
    /// Datagrams sent but erased by chance.
    pub datagrams_erased: u64,
    /// Datagrams sent but lost because of an outage.
    pub datagrams_in_outage: u64,
    /// Datagrams received at the other end.
    pub datagrams_delivered: u64,
    /// Datagrams dropped because the queue was full.
    pub queue_drops: u64,
    /// Datagrams refused because they are too large.
    pub refused: u64,
    /// Payload bytes put on air.
    pub payload_bytes: u64,
    /// Payload bytes received at the other end.
    pub bytes_delivered: u64,
    /// Bytes put on air with their headers, erased or not.
    pub bytes_on_air: u64,
    /// Time the transmitter was sending.
    pub airtime: Duration,
}

#[derive(Clone, Debug)]
struct Lane {
    free_at: Duration,
    loss: LossState,
    on_the_way: VecDeque<(Duration, Vec<u8>)>,
    stats: RadioStats,
}

/// The link. Hand it datagrams with [`send`](Radio::send), take them out with [`poll`](Radio::poll).
#[derive(Clone, Debug)]
pub struct Radio {
    config: RadioConfig,
    lanes: Both<Lane>,
}

impl Radio {
    /// A link on which nothing has been sent yet.
    pub fn new(config: RadioConfig) -> Self {
        let lane = |direction: Direction, stream: u64| Lane {
            free_at: Duration::ZERO,
            loss: LossState::new(*config.loss.of(direction), config.seed, stream),
            on_the_way: VecDeque::new(),
            stats: RadioStats::default(),
        };
        let lanes = Both {
            down: lane(Direction::Down, 1),
            up: lane(Direction::Up, 2),
        };
        Radio { config, lanes }
    }

    /// What the link is like.
    pub fn config(&self) -> &RadioConfig {
        &self.config
    }

    /// Hands over a datagram at `now`. Time must not run backwards between calls; if it does, the datagram waits
    /// until the transmitter is free, as any other.
    pub fn send(&mut self, now: Duration, direction: Direction, datagram: Vec<u8>) -> Admission {
        let rate = *self.config.rate_bit_s.of(direction);
        let queue = *self.config.queue.of(direction);
        let delay = *self.config.delay.of(direction);
        let on_air = datagram.len() as u64 + u64::from(self.config.overhead_bytes);
        let lane = self.lanes.of_mut(direction);
        lane.stats.datagrams_offered += 1;
        if datagram.len() > MAX_DATAGRAM_BYTES {
            lane.stats.refused += 1;
            return Admission::TooLarge;
        }
        let start = lane.free_at.max(now);
        if rate == 0 || start - now > queue || lane.on_the_way.len() >= MAX_IN_FLIGHT {
            lane.stats.queue_drops += 1;
            return Admission::QueueFull;
        }
        let airtime = airtime(on_air, rate);
        let end = start + airtime;
        lane.free_at = end;
        lane.stats.datagrams_sent += 1;
        lane.stats.payload_bytes += datagram.len() as u64;
        lane.stats.bytes_on_air += on_air;
        lane.stats.airtime += airtime;
        // The channel's state moves on with each transmission, outage or not.
        let erased = lane.loss.next();
        let silenced = |o: &Outage| start < o.start.saturating_add(o.duration) && end > o.start;
        if self.config.outages.iter().any(silenced) {
            lane.stats.datagrams_in_outage += 1;
        } else if erased {
            lane.stats.datagrams_erased += 1;
        } else {
            lane.on_the_way
                .push_back((end.saturating_add(delay), datagram));
        }
        Admission::Queued
    }

    /// The next datagram that has arrived by `now`, with the way it went; earliest first.
    pub fn poll(&mut self, now: Duration) -> Option<(Direction, Vec<u8>)> {
        let direction = self.next_arrival().filter(|(at, _)| *at <= now)?.1;
        let lane = self.lanes.of_mut(direction);
        let (_, datagram) = lane.on_the_way.pop_front()?;
        lane.stats.datagrams_delivered += 1;
        lane.stats.bytes_delivered += datagram.len() as u64;
        Some((direction, datagram))
    }

    /// When the next datagram arrives, if one is on its way.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.next_arrival().map(|(at, _)| at)
    }

    /// Airtime waiting in the queue of one direction at `now`.
    pub fn backlog(&self, now: Duration, direction: Direction) -> Duration {
        self.lanes.of(direction).free_at.saturating_sub(now)
    }

    /// The counters of one direction.
    pub fn stats(&self, direction: Direction) -> RadioStats {
        self.lanes.of(direction).stats
    }

    fn next_arrival(&self) -> Option<(Duration, Direction)> {
        let first = |d: Direction| self.lanes.of(d).on_the_way.front().map(|(at, _)| (*at, d));
        Direction::BOTH
            .into_iter()
            .filter_map(first)
            .min_by_key(|(at, _)| *at)
    }
}

/// Time to send `bytes` at `rate_bit_s` (not 0), rounded up to a nanosecond so that the rate is never exceeded.
fn airtime(bytes: u64, rate_bit_s: u64) -> Duration {
    Duration::from_nanos((bytes * 8 * 1_000_000_000).div_ceil(rate_bit_s))
}
