//! Who uses which piece of land: a countryside divided by roads, tracks and field edges.

use crate::chance;

/// What grows or stands on a parcel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LandUse {
    /// Mown grass.
    Meadow,
    /// Grazed grass with single trees.
    Pasture,
    /// Young cereal in narrow rows with tramlines.
    Cereal,
    /// Bare soil in furrows.
    Plough,
    /// Cut cereal.
    Stubble,
    /// Maize or beets in wide rows.
    RowCrop,
    /// Fruit trees on grass, planted in a grid.
    Orchard,
    /// Trees, close together.
    Forest,
    /// Houses with gardens.
    Village,
}

/// One parcel.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// What it is used for.
    pub land_use: LandUse,
    /// Direction of rows: cosine and sine of the angle from east.
    pub row: [f32; 2],
    /// A number of its own in [0, 1), for variety.
    pub tone: f32,
    /// Lined with a hedge.
    pub hedged: bool,
    /// Bounds in the plan's own axes: least p, least q, greatest p, greatest q.
    pub bounds: [f64; 4],
}

/// Distances of a place from lines of the plan, in metres, and its parcel.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// Index of the parcel.
    pub parcel: usize,
    /// To the parcel's edge.
    pub edge_m: f64,
    /// To the middle of the nearest dirt track.
    pub track_m: f64,
    /// To the middle of the paved road.
    pub road_m: f64,
    /// To the river's bank, negative in the water.
    pub river_m: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Line {
    Road,
    Track,
    Edge,
}

enum Node {
    Split {
        across_p: bool,
        at: f64,
        line: Line,
        low: usize,
        high: usize,
    },
    Leaf(usize),
}

/// The division of the land. Its axes (p, q) are the landscape's turned and gently bent.
pub struct Parcels {
    nodes: Vec<Node>,
    parcels: Vec<Parcel>,
    angle: f64,
    phase: [f64; 6],
    river_q: f64,
}

/// Splits at most this deep.
const MAX_DEPTH: u32 = 14;
/// Distances beyond this are all the same, m.
pub const FAR_M: f64 = 60.0;

const DECK: [LandUse; 13] = {
    use LandUse::*;
    [
        Cereal, Meadow, Plough, Forest, Stubble, Pasture, RowCrop, Meadow, Cereal, Orchard, Plough,
        Village, Meadow,
    ]
};

impl Parcels {
    /// Divides a rectangle around the origin, `width_m` by `height_m`.
    pub fn divide(seed: u64, width_m: f64, height_m: f64) -> Parcels {
        let draw = |k: u64| chance::uniform(seed, 101, k);
        let reach = 0.5 * width_m.hypot(height_m) + 30.0;
        let mut plan = Parcels {
            nodes: Vec::new(),
            parcels: Vec::new(),
            angle: (draw(0) - 0.5) * 1.2,
            phase: std::array::from_fn(|k| draw(1 + k as u64) * std::f64::consts::TAU),
            river_q: (0.25 + 0.1 * draw(10))
                * height_m.min(width_m)
                * if draw(11) < 0.5 { 1.0 } else { -1.0 },
        };
        let mut counter = 100;
        plan.split(seed, [-reach, -reach, reach, reach], 0, &mut counter);
        plan.assign(seed);
        plan
    }

    /// The parcels.
    pub fn parcels(&self) -> &[Parcel] {
        &self.parcels
    }

    fn split(&mut self, seed: u64, bounds: [f64; 4], depth: u32, counter: &mut u64) -> usize {
        let mut draw = || {
            *counter += 1;
            chance::uniform(seed, 102, *counter)
        };
        let [p0, q0, p1, q1] = bounds;
        let (w, h) = (p1 - p0, q1 - q0);
        let index = self.nodes.len();
        let enough = 4_000.0 + 9_000.0 * draw().powi(2);
        if depth >= MAX_DEPTH || (depth > 1 && w * h < enough) || w.max(h) < 55.0 {
            self.nodes.push(Node::Leaf(self.parcels.len()));
            let along = if w > h {
                0.0
            } else {
                std::f64::consts::FRAC_PI_2
            };
            let angle = along - self.angle + (draw() - 0.5) * 0.12;
            self.parcels.push(Parcel {
                land_use: LandUse::Meadow,
                row: [angle.cos() as f32, angle.sin() as f32],
                tone: draw() as f32,
                hedged: draw() < 0.35,
                bounds,
            });
            return index;
        }
        let across_p = if w > 1.35 * h {
            true
        } else if h > 1.35 * w {
            false
        } else {
            draw() < 0.5
        };
        let share = if depth == 0 {
            0.46 + 0.08 * draw()
        } else {
            0.36 + 0.28 * draw()
        };
        let at = if across_p {
            p0 + share * w
        } else {
            q0 + share * h
        };
        let line = match depth {
            0 => Line::Road,
            1..=3 if draw() < 0.7 => Line::Track,
            _ => Line::Edge,
        };
        self.nodes.push(Node::Leaf(0));
        let (a, b) = if across_p {
            ([p0, q0, at, q1], [at, q0, p1, q1])
        } else {
            ([p0, q0, p1, at], [p0, at, p1, q1])
        };
        let low = self.split(seed, a, depth + 1, counter);
        let high = self.split(seed, b, depth + 1, counter);
        self.nodes[index] = Node::Split {
            across_p,
            at,
            line,
            low,
            high,
        };
        index
    }

    /// Deals land uses from the middle outwards, so that even a small landscape has most of them.
    fn assign(&mut self, seed: u64) {
        let mut order: Vec<usize> = (0..self.parcels.len()).collect();
        let key = |b: [f64; 4]| (b[0] + b[2]).hypot(b[1] + b[3]);
        order.sort_by(|a, b| key(self.parcels[*a].bounds).total_cmp(&key(self.parcels[*b].bounds)));
        let mut deck = DECK;
        for (dealt, i) in order.into_iter().enumerate() {
            let card = dealt % DECK.len();
            if card == 0 {
                for k in (1..deck.len()).rev() {
                    let other =
                        (chance::uniform(seed, 103, (dealt + k) as u64) * (k + 1) as f64) as usize;
                    deck.swap(k, other);
                }
            }
            self.parcels[i].land_use = deck[card];
        }
    }

    /// The plan's axes at a place, in metres.
    pub fn axes(&self, x: f64, y: f64) -> (f64, f64) {
        let (s, c) = self.angle.sin_cos();
        let (p, q) = (c * x - s * y, s * x + c * y);
        let f = &self.phase;
        let bend_p = 11.0 * (q / 71.0 + f[0]).sin() + 5.0 * (q / 33.0 + f[1]).sin();
        let bend_q = 11.0 * (p / 83.0 + f[2]).sin() + 5.0 * (p / 29.0 + f[3]).sin();
        (p + bend_p, q + bend_q)
    }

    /// The place with the given plan axes, to within about a metre.
    pub fn place(&self, p: f64, q: f64) -> (f64, f64) {
        let (s, c) = self.angle.sin_cos();
        let turn = |p: f64, q: f64| (c * p + s * q, c * q - s * p);
        let mut at = turn(p, q);
        for _ in 0..8 {
            let (p_now, q_now) = self.axes(at.0, at.1);
            let (dx, dy) = turn(p - p_now, q - q_now);
            at = (at.0 + 0.7 * dx, at.1 + 0.7 * dy);
        }
        at
    }

    /// The lines near a place.
    pub fn at(&self, x: f64, y: f64) -> Lines {
        let (p, q) = self.axes(x, y);
        let mut lines = Lines {
            parcel: 0,
            edge_m: FAR_M,
            track_m: FAR_M,
            road_m: FAR_M,
            river_m: self.river_m(p, q).min(FAR_M),
        };
        let mut node = 0;
        while let Some(Node::Split {
            across_p,
            at,
            line,
            low,
            high,
        }) = self.nodes.get(node)
        {
            let offset = if *across_p { p - at } else { q - at };
            let far = offset.abs();
            lines.edge_m = lines.edge_m.min(far);
            match line {
                Line::Road => lines.road_m = lines.road_m.min(far),
                Line::Track => lines.track_m = lines.track_m.min(far),
                Line::Edge => {}
            }
            node = if offset < 0.0 { *low } else { *high };
        }
        if let Some(Node::Leaf(parcel)) = self.nodes.get(node) {
            lines.parcel = *parcel;
        }
        lines
    }

    fn river_m(&self, p: f64, q: f64) -> f64 {
        let f = &self.phase;
        let middle = self.river_q + 26.0 * (p / 91.0 + f[4]).sin() + 9.0 * (p / 37.0 + f[5]).sin();
        let slope = 26.0 / 91.0 * (p / 91.0 + f[4]).cos() + 9.0 / 37.0 * (p / 37.0 + f[5]).cos();
        let half = 4.5 + 1.2 * (p / 61.0 + f[1]).sin();
        (q - middle).abs() / (1.0 + slope * slope).sqrt() - half
    }
}
