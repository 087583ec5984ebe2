//! Where a giant tour may be cut.

use super::{Fares, Fleet, Piece};

/// Most atoms of a tour, unless it has more lines.
const MAX_ATOMS: f64 = 320.0;
/// No cut leaves less than this to fly on a line, where there is a choice.
const SHORTEST_S: f64 = 6.0;
/// Lines are cut at least so fine, in parts of a whole endurance.
const FINEST_SHARE: f64 = 0.1;

/// A tour cut into atoms: lines in equal parts, finer where lines are long.
pub fn atoms(fares: &dyn Fares, fleet: &Fleet, tour: &[Piece]) -> Vec<Piece> {
    let time = |p: &Piece| {
        let classes = 0..fleet.classes.len();
        let times = classes.map(|c| fares.pass(c, *p).time_s);
        times.fold(f64::INFINITY, f64::min)
    };
    let total: f64 = tour.iter().map(time).sum();
    let longest = fleet.classes.iter().map(|c| c.limit.time_s);
    let longest = longest.fold(0.0, f64::max);
    let left = (MAX_ATOMS - tour.len() as f64).max(1.0);
    let grain = (total / left).max(SHORTEST_S);
    let mut out = Vec::new();
    for piece in tour {
        let t = time(piece);
        let parts = (t / grain)
            .floor()
            .max((t / (FINEST_SHARE * longest)).ceil());
        let parts = parts.clamp(1.0, MAX_ATOMS) as usize;
        let at = |i: usize| {
            if i == parts {
                piece.to
            } else {
                piece.from + (piece.to - piece.from) * i as f64 / parts as f64
            }
        };
        out.extend((0..parts).map(|i| Piece {
            line: piece.line,
            from: at(i),
            to: at(i + 1),
        }));
    }
    out
}

/// Atoms as they are flown: those of a line joined, all in the direction of
/// the tour or all against it.
pub fn joined(atoms: &[Piece], flipped: bool) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for atom in atoms {
        let grown = out.last_mut().is_some_and(|o| grow(o, *atom, flipped));
        if !grown {
            out.push(if flipped { atom.reversed() } else { *atom });
        }
    }
    out
}

/// Adds an atom to the piece before it when they are of one line.
pub fn grow(open: &mut Piece, atom: Piece, flipped: bool) -> bool {
    if open.line != atom.line {
        return false;
    }
    if flipped && open.from == atom.from {
        open.from = atom.to;
        return true;
    }
    if !flipped && open.to == atom.from {
        open.to = atom.to;
        return true;
    }
    false
}
