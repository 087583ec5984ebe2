//! Sorties whose loads were measured on the finished routes.

use super::price::Prices;
use super::{Balance, Budget, Fares, Fleet, Job, Load, Piece, atoms::atoms, share};
use crate::build::Flight;
use crate::request::PlanError;

/// Rounds of correcting the prices by what whole sorties take.
const ROUNDS: usize = 5;
/// Taken on top of what was found too little.
const SLACK: f64 = 1.001;

/// Shares the lines and flies each sortie on paper. Where a sortie comes out
/// above its limit, the prices of its class are raised and the lines are
/// shared again.
pub(crate) fn verified(
    prices: &mut Prices<'_>,
    fleet: &Fleet,
    tours: &[Vec<Piece>],
    balance: Balance,
    budget: Budget,
) -> Result<Vec<(Job, Flight)>, PlanError> {
    for _ in 0..ROUNDS {
        let Some(jobs) = share(prices, fleet, tours, balance, budget) else {
            break;
        };
        let mut flights = Vec::with_capacity(jobs.len());
        let mut fits = true;
        for mut job in jobs {
            let class = fleet.class(job.vehicle);
            let flight = prices.fly(class, job.site, &job.pieces)?;
            let load = Load {
                time_s: flight.cost.time_s,
                energy_wh: flight.cost.energy_wh,
                items: flight.items as f64,
            };
            let limit = fleet.limit(class);
            if !load.within(limit)
                && let Some(by) = prices.correction.get_mut(class)
            {
                fits = false;
                let raise = |by: &mut f64, actual: f64, planned: f64, limit: f64| {
                    if actual > limit {
                        *by = by.max(*by * SLACK * actual / planned.max(1e-9));
                    }
                };
                raise(&mut by.time_s, load.time_s, job.load.time_s, limit.time_s);
                raise(
                    &mut by.energy_wh,
                    load.energy_wh,
                    job.load.energy_wh,
                    limit.energy_wh,
                );
                raise(&mut by.items, load.items, job.load.items, limit.items);
            }
            job.load = load;
            flights.push((job, flight));
        }
        if fits {
            return Ok(flights);
        }
    }
    Err(too_far(prices, fleet, tours))
}

/// Why the lines cannot be shared: the place that asks for most.
fn too_far(prices: &Prices<'_>, fleet: &Fleet, tours: &[Vec<Piece>]) -> PlanError {
    let tour = tours.first().map(Vec::as_slice).unwrap_or_default();
    let mut worst: Option<(f64, PlanError)> = None;
    for piece in atoms(prices, fleet, tour) {
        // The vehicle and site that come closest to it.
        let mut least: Option<(f64, PlanError)> = None;
        for (class, kind) in fleet.classes.iter().enumerate() {
            for site in 0..kind.sites {
                let load = prices.out(class, site, piece)
                    + prices.pass(class, piece)
                    + prices.back(class, site, piece);
                let flight = match prices.fly(class, site, &[piece]) {
                    Ok(flight) => flight,
                    Err(error) => return error,
                };
                let over = (load.time_s.max(flight.cost.time_s) / kind.limit.time_s)
                    .max(load.energy_wh.max(flight.cost.energy_wh) / kind.limit.energy_wh)
                    .max(load.items / kind.limit.items);
                if least.as_ref().is_none_or(|l| over < l.0)
                    && let Some(stand) = prices.stand(class, site)
                {
                    least = Some((over, stand.too_far(&flight)));
                }
            }
        }
        if let Some(least) = least
            && worst.as_ref().is_none_or(|w| least.0 > w.0)
        {
            worst = Some(least);
        }
    }
    worst.map_or(PlanError::NothingToFly, |w| w.1)
}
