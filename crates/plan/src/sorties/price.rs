//! Fares of real aircraft over real ground.

use super::{Fares, Load, Piece};
use crate::build::{Builder, Flight};
use crate::lines::Line;
use crate::order::{Care, Pass, Search};
use crate::price::Price;
use crate::request::{Objective, PlanError};
use crate::route::{Use, cost};
use crate::space::distance;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// Ways are measured from and to so much of a line.
const STUB_M: f64 = 30.0;

/// An end of a line, or of a part of it: line, place, flown against it.
type End = (usize, u64, bool);
/// Class, site, from, to; `None` is the site.
type Way = (usize, usize, Option<End>, Option<End>);

/// What flying takes with builders for each class and launch site.
pub(crate) struct Prices<'a> {
    /// By class and site.
    pub stands: &'a [Vec<Builder<'a>>],
    /// All lines.
    pub lines: &'a [Line],
    /// By class, over what was computed: measured on whole sorties.
    pub correction: Vec<Load>,
    ends: Vec<(usize, usize)>,
    profiles: RefCell<Known<(usize, usize, bool), Rc<Profile>>>,
    ways: RefCell<Known<Way, Load>>,
}

/// What was computed before.
type Known<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// A quick hash for keys of our own: nobody else chooses them, and maps are
/// only looked up in.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(25) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }
}

/// What a line takes up to each place.
struct Profile {
    /// Share of the line from where it is begun; what it takes up to there;
    /// height above sea level.
    steady: Vec<(f64, Load, f64)>,
    /// Speeding up, slowing down, leads.
    fixed: Load,
}

impl Profile {
    fn at(&self, share: f64) -> (Load, f64) {
        let next = self.steady.partition_point(|p| p.0 < share).max(1);
        let (Some(a), Some(b)) = (self.steady.get(next - 1), self.steady.get(next)) else {
            return self
                .steady
                .last()
                .map_or_else(Default::default, |p| (p.1, p.2));
        };
        let t = ((share - a.0) / (b.0 - a.0).max(1e-12)).clamp(0.0, 1.0);
        (a.1 + scaled(b.1 - a.1, t), a.2 + t * (b.2 - a.2))
    }
}

fn scaled(load: Load, t: f64) -> Load {
    Load {
        time_s: t * load.time_s,
        energy_wh: t * load.energy_wh,
        items: t * load.items,
    }
}

impl<'a> Prices<'a> {
    /// Prices for `stands`.
    pub fn new(stands: &'a [Vec<Builder<'a>>], lines: &'a [Line]) -> Self {
        let one = Load {
            time_s: 1.0,
            energy_wh: 1.0,
            items: 1.0,
        };
        Self {
            stands,
            lines,
            correction: vec![one; stands.len()],
            ends: stands.iter().map(|s| items(s)).collect(),
            profiles: RefCell::default(),
            ways: RefCell::default(),
        }
    }

    /// The builder of a class at a site.
    pub fn stand(&self, class: usize, site: usize) -> Option<&'a Builder<'a>> {
        self.stands.get(class)?.get(site)
    }

    /// A part of a line as a line of its own, in the direction of flight.
    fn cut(&self, piece: Piece) -> Line {
        let line = self.lines.get(piece.line).copied().unwrap_or(Line {
            a: [0.0; 2],
            b: [0.0; 2],
            row: 0,
        });
        let at = |share: f64| match share {
            0.0 => line.a,
            1.0 => line.b,
            t => [
                line.a[0] + t * (line.b[0] - line.a[0]),
                line.a[1] + t * (line.b[1] - line.a[1]),
            ],
        };
        Line {
            a: at(piece.from),
            b: at(piece.to),
            row: line.row,
        }
    }

    /// The flight of a sortie over `pieces`, exactly.
    pub fn fly(&self, class: usize, site: usize, pieces: &[Piece]) -> Result<Flight, PlanError> {
        let lines: Vec<Line> = pieces.iter().map(|p| self.cut(*p)).collect();
        let stand = self.stand(class, site).ok_or(PlanError::NothingToFly)?;
        stand.fly(&searched(stand, &lines), &passes(lines.len()))
    }

    /// What the route over stubs of lines takes, which are flown at heights
    /// above sea level. Ways are flown straight from height to height: only
    /// whole sorties look at the ground below them.
    fn route(
        &self,
        stand: &Builder<'_>,
        stubs: &[(Line, f64)],
        out: bool,
        back: bool,
    ) -> Option<Load> {
        let start = stand.launch.filter(|_| out).map(|l| l.start);
        let end = stand.launch.filter(|_| back).map(|l| l.end);
        let lines: Vec<Line> = stubs.iter().map(|s| s.0).collect();
        let search = searched(stand, &lines);
        let mut nodes = stand
            .level(&search, &passes(lines.len()), start, end)
            .ok()?;
        let mut at = 0;
        for node in &mut nodes {
            let z = |i: usize| stubs.get(i).map(|s| s.1);
            let near = match node.used {
                Use::Via => z(at).or_else(|| z(at.wrapping_sub(1))),
                _ => z(at),
            };
            node.z = near?;
            let over = matches!(node.used, Use::LeadOut)
                || (node.used == Use::End && !stand.vehicle.kind.cruises_on_wing());
            at += usize::from(over);
        }
        let (cost, _) = cost(&nodes, &stand.model())?;
        Some(Load {
            time_s: cost.time_s,
            energy_wh: cost.energy_wh,
            items: stand.route_item_count(&nodes) as f64,
        })
    }

    fn stub(&self, piece: Piece, at_end: bool) -> Line {
        let whole = self.cut(Piece::whole(piece.line, false));
        let step = STUB_M / whole.length_m().max(1e-3);
        let along = if piece.to >= piece.from { step } else { -step };
        let part = if at_end {
            Piece {
                from: (piece.to - along).clamp(0.0, 1.0),
                ..piece
            }
        } else {
            Piece {
                to: (piece.from + along).clamp(0.0, 1.0),
                ..piece
            }
        };
        self.cut(part)
    }

    fn way(&self, class: usize, site: usize, from: Option<Piece>, to: Option<Piece>) -> Load {
        let end = |p: Piece, at: f64| (p.line, at.to_bits(), p.to < p.from);
        let key = (
            class,
            site,
            from.map(|p| end(p, p.to)),
            to.map(|p| end(p, p.from)),
        );
        if let Some(load) = self.ways.borrow().get(&key) {
            return *load;
        }
        let load = self.new_way(class, site, from, to);
        let load = load.unwrap_or(Load::IMPOSSIBLE);
        self.ways.borrow_mut().insert(key, load);
        load
    }

    fn new_way(
        &self,
        class: usize,
        site: usize,
        from: Option<Piece>,
        to: Option<Piece>,
    ) -> Option<Load> {
        let stand = self.stand(class, site)?;
        let z = |p: Piece, at: f64| {
            let reversed = p.to < p.from;
            let share = if reversed { 1.0 - at } else { at };
            self.profile(class, p.line, reversed).at(share).1
        };
        let before = from.map(|p| (self.stub(p, true), z(p, p.to)));
        let after = to.map(|p| (self.stub(p, false), z(p, p.from)));
        let both: Vec<(Line, f64)> = before.into_iter().chain(after).collect();
        let mut load = self.route(stand, &both, from.is_none(), to.is_none())?;
        for stub in &both {
            load = load - self.route(stand, &[*stub], false, false)?;
        }
        let (first_z, last_z) = (both.first()?.1, both.last()?.1);
        let with = |cost: Result<(whimbrel_mission::energy::Cost, f64), PlanError>,
                    items: usize| {
            let cost = cost.ok()?.0;
            Some(Load {
                time_s: cost.time_s,
                energy_wh: cost.energy_wh,
                items: items as f64,
            })
        };
        if from.is_none() {
            // The item that sets the speed comes with the take-off.
            load += with(stand.takeoff(first_z), self.ends(class).0 + 1)?;
        }
        if to.is_none() {
            load += with(stand.landing(last_z), self.ends(class).1)?;
        }
        load.time_s = load.time_s.max(0.0);
        load.energy_wh = load.energy_wh.max(0.0);
        Some(load)
    }

    /// Items of take-off and landing.
    fn ends(&self, class: usize) -> (usize, usize) {
        self.ends.get(class).copied().unwrap_or_default()
    }

    fn profile(&self, class: usize, line: usize, reversed: bool) -> Rc<Profile> {
        let key = (class, line, reversed);
        if let Some(known) = self.profiles.borrow().get(&key) {
            return Rc::clone(known);
        }
        let new = self.new_profile(class, Piece::whole(line, reversed));
        let new = Rc::new(new.unwrap_or(Profile {
            steady: Vec::new(),
            fixed: Load::IMPOSSIBLE,
        }));
        self.profiles.borrow_mut().insert(key, Rc::clone(&new));
        new
    }

    fn new_profile(&self, class: usize, piece: Piece) -> Option<Profile> {
        let stand = self.stand(class, 0)?;
        let lines = [self.cut(piece)];
        let search = searched(stand, &lines);
        let route = stand.route(&search, &passes(1), None, None).ok()?;
        let model = stand.model();
        let from = route.nodes.iter().position(|n| n.used == Use::Start)?;
        let to = route.nodes.iter().position(|n| n.used == Use::End)?;
        let photo = route.nodes.get(from..=to)?;
        let whole = distance(photo.first()?.xy, photo.last()?.xy).max(1e-9);
        let mut sum = Load::default();
        let mut steady = vec![(0.0, sum, photo.first()?.z)];
        for pair in photo.windows(2) {
            let [a, b] = pair else { continue };
            let place = |n: &crate::route::Node| [n.xy[0], n.xy[1], n.z];
            let cost = model.run(place(a), place(b), false, false)?;
            sum += Load {
                time_s: cost.time_s,
                energy_wh: cost.energy_wh,
                items: f64::from(u8::from(b.used == Use::Via && b.waypoint)),
            };
            steady.push((distance(photo.first()?.xy, b.xy) / whole, sum, b.z));
        }
        let total = Load {
            time_s: route.cost.time_s,
            energy_wh: route.cost.energy_wh,
            items: stand.route_item_count(&route.nodes) as f64,
        };
        let mut fixed = total - sum;
        fixed.time_s = fixed.time_s.max(0.0);
        fixed.energy_wh = fixed.energy_wh.max(0.0);
        Some(Profile { steady, fixed })
    }

    fn corrected(&self, class: usize, load: Load) -> Load {
        let by = self.correction.get(class).copied().unwrap_or_default();
        Load {
            time_s: load.time_s * by.time_s,
            energy_wh: load.energy_wh * by.energy_wh,
            items: load.items * by.items,
        }
    }
}

impl Fares for Prices<'_> {
    fn pass(&self, class: usize, piece: Piece) -> Load {
        let reversed = piece.to < piece.from;
        let profile = self.profile(class, piece.line, reversed);
        let (from, to) = if reversed {
            (1.0 - piece.from, 1.0 - piece.to)
        } else {
            (piece.from, piece.to)
        };
        let mut load = profile.fixed + profile.at(to).0 - profile.at(from).0;
        load.items = load.items.ceil();
        self.corrected(class, load)
    }

    fn between(&self, class: usize, from: Piece, to: Piece) -> Load {
        self.corrected(class, self.way(class, 0, Some(from), Some(to)))
    }

    fn out(&self, class: usize, site: usize, to: Piece) -> Load {
        self.corrected(class, self.way(class, site, None, Some(to)))
    }

    fn back(&self, class: usize, site: usize, from: Piece) -> Load {
        self.corrected(class, self.way(class, site, Some(from), None))
    }
}

fn items(stands: &[Builder<'_>]) -> (usize, usize) {
    let first = stands.first();
    first.map_or((0, 0), |s| {
        (s.takeoff_items(0.0).len(), s.landing_items().len())
    })
}

fn passes(n: usize) -> Vec<Pass> {
    let pass = |line| Pass {
        line,
        reversed: false,
    };
    (0..n).map(pass).collect()
}

fn searched<'b>(stand: &Builder<'b>, lines: &'b [Line]) -> Search<'b> {
    Search {
        lines,
        space: stand.space,
        price: Price::new(stand.vehicle, stand.wind, Objective::Time, None),
        skip: 1,
        home: None,
        care: Care::Rough,
    }
}
