//! Exchanging the ends of two sorties.

use super::{Local, merged, turned};
use crate::sorties::{Fares, Load, Piece};

/// Sums along the pieces of a sortie, flown by one class.
struct Sums {
    pass: Vec<Load>,
    way: Vec<Load>,
    turned_pass: Vec<Load>,
    turned_way: Vec<Load>,
}

fn cumulated(loads: impl Iterator<Item = Load>) -> Vec<Load> {
    let mut sum = Load::default();
    let mut out = vec![sum];
    for load in loads {
        sum += load;
        out.push(sum);
    }
    out
}

/// What a stretch takes by its cumulated passes and ways.
fn inner(pass: &[Load], way: &[Load], from: usize, to: usize) -> Load {
    let at = |list: &[Load], i: usize| list.get(i).copied().unwrap_or_default();
    if to <= from {
        return Load::default();
    }
    at(pass, to) - at(pass, from) + at(way, to - 1) - at(way, from)
}

impl Sums {
    fn new(fares: &dyn Fares, class: usize, pieces: &[Piece]) -> Self {
        let ways = |turn: bool| {
            pieces.windows(2).map(move |p| match p {
                [a, b] if turn => fares.between(class, b.reversed(), a.reversed()),
                [a, b] => fares.between(class, *a, *b),
                _ => Load::default(),
            })
        };
        Self {
            pass: cumulated(pieces.iter().map(|p| fares.pass(class, *p))),
            way: cumulated(ways(false)),
            turned_pass: cumulated(pieces.iter().map(|p| fares.pass(class, p.reversed()))),
            turned_way: cumulated(ways(true)),
        }
    }

    fn plain(&self, from: usize, to: usize) -> Load {
        inner(&self.pass, &self.way, from, to)
    }

    fn turned(&self, from: usize, to: usize) -> Load {
        inner(&self.turned_pass, &self.turned_way, from, to)
    }
}

impl Local<'_> {
    /// Exchanges the tails of a deciding sortie and another, or the tail of one
    /// with the turned head of the other.
    pub fn cross(&mut self) -> bool {
        let mut best: Option<((f64, f64), [usize; 4], bool)> = None;
        for a in self.critical() {
            for b in (0..self.jobs.len()).filter(|b| *b != a) {
                self.cross_pair(a, b, &mut best);
            }
        }
        let Some((_, [a, b, x, y], turn)) = best else {
            return false;
        };
        let (Some(ja), Some(jb)) = (self.jobs.get(a), self.jobs.get(b)) else {
            return false;
        };
        let (new_a, new_b) = exchanged(&ja.pieces, &jb.pieces, x, y, turn);
        match (self.job_of(a, merged(new_a)), self.job_of(b, merged(new_b))) {
            (Some(ja), Some(jb)) => self.take(vec![(a, ja), (b, jb)]),
            _ => false,
        }
    }

    fn cross_pair(&self, a: usize, b: usize, best: &mut Option<((f64, f64), [usize; 4], bool)>) {
        let (Some(ja), Some(jb)) = (self.jobs.get(a), self.jobs.get(b)) else {
            return;
        };
        let (ca, cb) = (self.class(a), self.class(b));
        let (limit_a, limit_b) = (self.fleet.limit(ca), self.fleet.limit(cb));
        let (pa, pb) = (&ja.pieces, &jb.pieces);
        let (n, m) = (pa.len(), pb.len());
        // What is flown by the class of the one and of the other.
        let (a_by_a, b_by_a) = (Sums::new(self.fares, ca, pa), Sums::new(self.fares, ca, pb));
        let (a_by_b, b_by_b) = (Sums::new(self.fares, cb, pa), Sums::new(self.fares, cb, pb));
        let one = |list: &[Piece], i: usize| list.get(i).copied();
        let before = |list: &[Piece], i: usize| i.checked_sub(1).and_then(|i| one(list, i));
        let back = |p: Option<Piece>| p.map(Piece::reversed);
        let way_a = |p, q| self.way(ca, ja.site, p, q);
        let way_b = |p, q| self.way(cb, jb.site, p, q);
        let old = ja.load.time_s + jb.load.time_s;
        let same = ja.vehicle == jb.vehicle;
        for x in 0..=n {
            let start_a = way_a(None, if x > 0 { one(pa, 0) } else { None }) + a_by_a.plain(0, x);
            for y in 0..=m {
                for turn in [false, true] {
                    let end_a = before(pa, x);
                    let (new_a, new_b);
                    if turn {
                        let (first, last) = (back(before(pb, y)), back(one(pb, 0)));
                        let empty = y == 0;
                        let way = way_a(end_a, if empty { None } else { first });
                        let home = if empty {
                            Load::default()
                        } else {
                            way_a(last, None)
                        };
                        new_a = start_a + way + b_by_a.turned(0, y) + home;
                        let (first, last) = (back(before(pa, n)), back(one(pa, x)));
                        let next = one(pb, y);
                        new_b = if x == n {
                            way_b(None, next)
                        } else {
                            way_b(None, first) + a_by_b.turned(x, n) + way_b(last, next)
                        } + b_by_b.plain(y, m)
                            + if y < m {
                                way_b(one(pb, m - 1), None)
                            } else {
                                Load::default()
                            };
                    } else {
                        let tail = one(pb, y);
                        let home = if y < m {
                            way_a(one(pb, m - 1), None)
                        } else {
                            Load::default()
                        };
                        new_a = start_a + way_a(end_a, tail) + b_by_a.plain(y, m) + home;
                        let start = way_b(None, if y > 0 { one(pb, 0) } else { None });
                        let home = if x < n {
                            way_b(one(pa, n - 1), None)
                        } else {
                            Load::default()
                        };
                        new_b = start
                            + b_by_b.plain(0, y)
                            + way_b(before(pb, y), one(pa, x))
                            + a_by_b.plain(x, n)
                            + home;
                    }
                    let sum = new_a.time_s + new_b.time_s;
                    let hopeless = if same {
                        sum > old
                    } else {
                        new_a.time_s.max(new_b.time_s) > old
                    };
                    if hopeless || !new_a.within(limit_a) || !new_b.within(limit_b) {
                        continue;
                    }
                    let s = self.with(&[(a, new_a.time_s), (b, new_b.time_s)]);
                    if self.is_better(s, best.map_or(self.score, |b| b.0)) {
                        *best = Some((s, [a, b, x, y], turn));
                    }
                }
            }
        }
    }
}

/// Two sorties with exchanged tails, or with the tail of one and the turned
/// head of the other.
fn exchanged(a: &[Piece], b: &[Piece], x: usize, y: usize, turn: bool) -> (Vec<Piece>, Vec<Piece>) {
    let (a_head, a_tail) = a.split_at(x.min(a.len()));
    let (b_head, b_tail) = b.split_at(y.min(b.len()));
    if !turn {
        return ([a_head, b_tail].concat(), [b_head, a_tail].concat());
    }
    let (mut b_head, mut a_tail) = (b_head.to_vec(), a_tail.to_vec());
    turned(&mut b_head);
    turned(&mut a_tail);
    (
        [a_head, &b_head[..]].concat(),
        [&a_tail[..], b_tail].concat(),
    )
}
