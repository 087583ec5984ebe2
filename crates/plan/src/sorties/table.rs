//! What every sortie over consecutive atoms of a tour takes.

use super::atoms::grow;
use super::{Class, Fares, Load, Piece};

/// One way to fly a stretch of the tour.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Time in the air; infinite when it cannot be flown.
    pub time_s: f64,
    /// Whether all lines are flown against the tour's direction.
    pub flipped: bool,
}

const NONE: Entry = Entry {
    time_s: f64::INFINITY,
    flipped: false,
};

/// Entries by first atom, number of atoms and site.
pub struct Table {
    sites: usize,
    rows: Vec<Vec<Entry>>,
}

impl Table {
    /// All stretches that one class of vehicles can fly.
    pub fn new(fares: &dyn Fares, index: usize, class: &Class, atoms: &[Piece]) -> Self {
        let row = |start: usize| {
            let mut row = Vec::new();
            for flipped in [false, true] {
                fill(&mut row, fares, index, class, atoms, start, flipped);
            }
            row
        };
        Self {
            sites: class.sites,
            rows: (0..atoms.len()).map(row).collect(),
        }
    }

    /// How many atoms a sortie that starts at `start` can have at most.
    pub fn longest(&self, start: usize) -> usize {
        self.rows.get(start).map_or(0, |r| r.len() / self.sites)
    }

    /// The sortie over `count` atoms from `start`.
    pub fn entry(&self, start: usize, count: usize, site: usize) -> Entry {
        let at = count.wrapping_sub(1).wrapping_mul(self.sites) + site;
        let row = self.rows.get(start);
        row.and_then(|r| r.get(at)).copied().unwrap_or(NONE)
    }
}

fn fill(
    row: &mut Vec<Entry>,
    fares: &dyn Fares,
    index: usize,
    class: &Class,
    atoms: &[Piece],
    start: usize,
    flipped: bool,
) {
    let mut closed = Load::default();
    let mut first: Option<Piece> = None;
    let mut previous: Option<Piece> = None;
    let mut open: Option<Piece> = None;
    for (count, atom) in atoms.iter().skip(start).enumerate() {
        let grown = open.as_mut().is_some_and(|o| grow(o, *atom, flipped));
        if !grown {
            if let Some(done) = open {
                closed += fares.pass(index, done);
                if let Some(p) = previous {
                    closed += fares.between(index, p, done);
                }
                first = first.or(open);
                previous = open;
            }
            open = Some(if flipped { atom.reversed() } else { *atom });
        }
        let Some(last) = open else { continue };
        let mut inner = closed + fares.pass(index, last);
        if let Some(p) = previous {
            inner += fares.between(index, p, last);
        }
        if !inner.within(class.limit) {
            break;
        }
        for site in 0..class.sites {
            let at = count * class.sites + site;
            while row.len() <= at {
                row.push(NONE);
            }
            let load = inner
                + fares.out(index, site, first.unwrap_or(last))
                + fares.back(index, site, last);
            if let Some(entry) = row.get_mut(at)
                && load.within(class.limit)
                && load.time_s < entry.time_s
            {
                *entry = Entry {
                    time_s: load.time_s,
                    flipped,
                };
            }
        }
    }
}
