//! As few sorties as possible.
//!
//! Tours are divided into the fewest sorties that the endurance allows. Then it
//! is tried with fewer: the shortest longest sortie of so many does not depend
//! on the endurance, so whatever a shorter endurance allows a longer one allows
//! too, and more endurance never needs more sorties.

use super::divide::{assign, divide};
use super::{
    Balance, Budget, Class, Fares, Fleet, Job, Load, Piece, better, load_of, score, soonest,
};

/// How much longer than its share a sortie of an even division may be.
const UNEVEN: f64 = 2.0;

/// The fewest sorties over all lines, and then the least time.
pub fn fewest(
    fares: &dyn Fares,
    fleet: &Fleet,
    tours: &[Vec<Piece>],
    budget: Budget,
) -> Option<Vec<Job>> {
    let divided = tours
        .iter()
        .filter_map(|tour| divide(fares, fleet, tour, Balance::Effort))
        .map(|jobs| (score(fleet, Balance::Effort, &jobs), jobs))
        .reduce(|a, b| if better(b.0, a.0) { b } else { a });
    let mut best = divided.map(|d| d.1);
    let [class] = fleet.classes.as_slice() else {
        return best;
    };
    if budget.looks == 0 {
        return best;
    }
    let mut sorties = best.as_ref().map_or(MAX_SORTIES, Vec::len);
    while sorties > 1 {
        let Some(even) = even(fares, class, tours, sorties - 1, budget) else {
            break;
        };
        if even.iter().any(|j| !j.load.within(class.limit)) {
            break;
        }
        sorties = even.len();
        best = Some(even);
    }
    let mut jobs = best?;
    let classes = vec![0; jobs.len()];
    assign(fleet, &mut jobs, &classes);
    Some(jobs)
}

/// Most sorties that are tried where no division of a tour was found.
const MAX_SORTIES: usize = 60;

/// So many sorties, the longest of them as short as can be found, whatever the
/// endurance.
fn even(
    fares: &dyn Fares,
    class: &Class,
    tours: &[Vec<Piece>],
    sorties: usize,
    budget: Budget,
) -> Option<Vec<Job>> {
    let sites = 0..class.sites;
    let whole = sites.flat_map(|site| tours.iter().map(move |t| load_of(fares, 0, site, t).time_s));
    let time_s = whole.fold(f64::INFINITY, f64::min);
    if !time_s.is_finite() {
        return None;
    }
    let mut share_s = UNEVEN * time_s / sorties as f64;
    for _ in 0..4 {
        let one_each = Fleet {
            classes: vec![Class {
                limit: Load {
                    time_s: share_s,
                    ..class.limit
                },
                moves_s: Vec::new(),
                ..*class
            }],
            vehicles: vec![0; sorties],
            // No vehicle flies twice.
            swap_s: 1e6,
        };
        let jobs = soonest(fares, &one_each, tours, budget);
        let jobs = jobs.filter(|j| j.len() <= sorties);
        if jobs.is_some() {
            return jobs;
        }
        share_s *= 2.0;
    }
    None
}
