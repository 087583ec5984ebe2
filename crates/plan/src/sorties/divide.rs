//! Dividing a giant tour among vehicles and sorties: exact for the tour and
//! the order of the vehicles along it.

use super::atoms::{atoms, joined};
use super::table::Table;
use super::{Balance, Class, Fares, Fleet, Job, Piece, better, load_of, score};

/// Orders of unlike vehicles along the tour that are tried.
const MAX_ORDERS: usize = 24;
/// Halvings of the makespan.
const HALVINGS: usize = 24;
/// Larger than any time: counts sorties before seconds.
const SORTIE_S: f64 = 1e7;

/// A stretch of the tour that one sortie flies.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    class: usize,
    site: usize,
    start: usize,
    count: usize,
    flipped: bool,
}

/// The best division of a tour of whole lines.
pub fn divide(
    fares: &dyn Fares,
    fleet: &Fleet,
    tour: &[Piece],
    balance: Balance,
) -> Option<Vec<Job>> {
    let atoms = atoms(fares, fleet, tour);
    let classes = fleet.classes.iter().enumerate();
    let tables: Vec<Table> = classes
        .map(|(i, c)| Table::new(fares, i, c, &atoms))
        .collect();
    let whole = Whole {
        fleet,
        tables: &tables,
        atoms: atoms.len(),
    };
    let job = |vehicle: usize, s: &Stretch| {
        let range = s.start..s.start + s.count;
        let pieces = joined(atoms.get(range).unwrap_or_default(), s.flipped);
        Job {
            vehicle,
            site: s.site,
            load: load_of(fares, s.class, s.site, &pieces),
            pieces,
        }
    };
    if balance == Balance::Effort {
        let stretches = whole.fewest()?;
        let mut jobs: Vec<Job> = stretches.iter().map(|s| job(usize::MAX, s)).collect();
        let classes: Vec<usize> = stretches.iter().map(|s| s.class).collect();
        assign(fleet, &mut jobs, &classes);
        return Some(jobs);
    }
    let mut best: Option<((f64, f64), Vec<Job>)> = None;
    for order in orders(fleet) {
        let Some(parts) = whole.soonest(&order) else {
            continue;
        };
        let jobs: Vec<Job> = order
            .iter()
            .zip(&parts)
            .flat_map(|(vehicle, part)| part.iter().map(|s| job(*vehicle, s)))
            .collect();
        let s = score(fleet, balance, &jobs);
        if best.as_ref().is_none_or(|b| better(s, b.0)) {
            best = Some((s, jobs));
        }
    }
    best.map(|b| b.1)
}

/// Gives sorties to the vehicles of their classes: the longest first, each to
/// the vehicle with the least to do.
pub fn assign(fleet: &Fleet, jobs: &mut [Job], classes: &[usize]) {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    let time = |jobs: &[Job], i: usize| jobs.get(i).map_or(0.0, |j| j.load.time_s);
    order.sort_by(|a, b| time(jobs, *b).total_cmp(&time(jobs, *a)));
    let mut busy = vec![0.0; fleet.vehicles.len()];
    for index in order {
        let class = classes.get(index).copied().unwrap_or(0);
        let free = busy
            .iter()
            .enumerate()
            .filter(|(v, _)| fleet.class(*v) == class)
            .min_by(|a, b| f64::total_cmp(a.1, b.1))
            .map_or(0, |(v, _)| v);
        if let (Some(job), Some(b)) = (jobs.get_mut(index), busy.get_mut(free)) {
            job.vehicle = free;
            *b += job.load.time_s + fleet.swap_s;
        }
    }
}

/// Orders of the vehicles along the tour, none twice but for like vehicles.
fn orders(fleet: &Fleet) -> Vec<Vec<usize>> {
    let n = fleet.vehicles.len();
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut stack: Vec<Vec<usize>> = vec![Vec::new()];
    while let Some(part) = stack.pop() {
        if part.len() == n {
            found.push(part);
            if found.len() == MAX_ORDERS {
                break;
            }
            continue;
        }
        let mut classes = Vec::new();
        for vehicle in (0..n).rev() {
            // The first free vehicle of each class.
            let first = !part.contains(&vehicle)
                && (0..vehicle)
                    .all(|v| part.contains(&v) || fleet.class(v) != fleet.class(vehicle));
            if first && !classes.contains(&fleet.class(vehicle)) {
                classes.push(fleet.class(vehicle));
                let mut next = part.clone();
                next.push(vehicle);
                stack.push(next);
            }
        }
    }
    found
}

struct Whole<'a> {
    fleet: &'a Fleet,
    tables: &'a [Table],
    atoms: usize,
}

impl Whole<'_> {
    /// Fewest sorties, then least time, by any vehicles.
    fn fewest(&self) -> Option<Vec<Stretch>> {
        let mut best: Vec<(f64, Option<Stretch>)> = vec![(f64::INFINITY, None); self.atoms + 1];
        if let Some(first) = best.first_mut() {
            first.0 = 0.0;
        }
        for start in 0..self.atoms {
            let so_far = best.get(start).map_or(f64::INFINITY, |b| b.0);
            if so_far.is_infinite() {
                continue;
            }
            for (class, table) in self.tables.iter().enumerate() {
                let sites = self.fleet.classes.get(class).map_or(0, |c| c.sites);
                for count in 1..=table.longest(start) {
                    for site in 0..sites {
                        let entry = table.entry(start, count, site);
                        let cost = so_far + SORTIE_S + entry.time_s;
                        if let Some(to) = best.get_mut(start + count)
                            && cost < to.0
                        {
                            let stretch = Stretch {
                                class,
                                site,
                                start,
                                count,
                                flipped: entry.flipped,
                            };
                            *to = (cost, Some(stretch));
                        }
                    }
                }
            }
        }
        let mut stretches = Vec::new();
        let mut at = self.atoms;
        while at > 0 {
            let stretch = best.get(at)?.1?;
            at = stretch.start;
            stretches.push(stretch);
        }
        stretches.reverse();
        Some(stretches)
    }

    /// Least time of the last vehicle, vehicles along the tour in this order.
    fn soonest(&self, order: &[usize]) -> Option<Vec<Vec<Stretch>>> {
        let mut best = None;
        let (mut low, mut high) = (0.0, 60.0);
        for _ in 0..32 {
            best = self.within(order, high);
            if best.is_some() {
                break;
            }
            (low, high) = (high, 2.0 * high);
        }
        best.as_ref()?;
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            match self.within(order, middle) {
                Some(parts) => (high, best) = (middle, Some(parts)),
                None => low = middle,
            }
        }
        best
    }

    /// Each vehicle takes as much of the tour as it can fly in `longest_s`.
    fn within(&self, order: &[usize], longest_s: f64) -> Option<Vec<Vec<Stretch>>> {
        let mut at = 0;
        let mut parts = Vec::with_capacity(order.len());
        for vehicle in order {
            let class = self.fleet.class(*vehicle);
            let part = match (self.tables.get(class), self.fleet.classes.get(class)) {
                (Some(table), Some(c)) if at < self.atoms => {
                    self.farthest(table, c, class, at, longest_s)
                }
                _ => Vec::new(),
            };
            at = part.last().map_or(at, |s| s.start + s.count);
            parts.push(part);
        }
        (at >= self.atoms).then_some(parts)
    }

    /// The sorties of one vehicle from `from` as far as it comes.
    fn farthest(
        &self,
        table: &Table,
        class: &Class,
        index: usize,
        from: usize,
        longest_s: f64,
    ) -> Vec<Stretch> {
        let sites = class.sites;
        // By place and site: time until back, and the last sortie with the
        // site of the one before.
        let mut best: Vec<(f64, Option<(Stretch, usize)>)> =
            vec![(f64::INFINITY, None); (self.atoms - from + 1) * sites];
        let mut reached = from;
        for start in from..self.atoms {
            if start > reached {
                break;
            }
            for site in 0..sites {
                // The cheapest way to be ready at this site.
                let ready = (0..sites)
                    .map(|s| {
                        let back = best.get((start - from) * sites + s).map_or(0.0, |b| b.0);
                        (back + self.fleet.swap_s + class.move_s(s, site), s)
                    })
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                let (ready_s, before) = match ready {
                    _ if start == from => (0.0, site),
                    Some(r) if r.0 < longest_s => r,
                    _ => continue,
                };
                for count in 1..=table.longest(start) {
                    let entry = table.entry(start, count, site);
                    let back = ready_s + entry.time_s;
                    let at = (start + count - from) * sites + site;
                    if back <= longest_s
                        && let Some(b) = best.get_mut(at)
                        && back < b.0
                    {
                        reached = reached.max(start + count);
                        let stretch = Stretch {
                            class: index,
                            site,
                            start,
                            count,
                            flipped: entry.flipped,
                        };
                        *b = (back, Some((stretch, before)));
                    }
                }
            }
        }
        let mut stretches = Vec::new();
        let ends = (0..sites).map(|s| (reached - from) * sites + s);
        let value = |at: &usize| best.get(*at).map_or(f64::INFINITY, |b| b.0);
        let mut at = ends.min_by(|a, b| value(a).total_cmp(&value(b)));
        while let Some((stretch, before)) = at.and_then(|a| best.get(a)?.1) {
            stretches.push(stretch);
            at = (stretch.start > from).then_some((stretch.start - from) * sites + before);
        }
        stretches.reverse();
        stretches
    }
}
