//! Cutting an order of passes into sorties that one battery carries.

use crate::build::{Builder, Flight};
use crate::order::{Pass, Search};
use crate::request::PlanError;

/// Rounds in which the sorties of one vehicle are made equally long.
const BALANCE_ROUNDS: usize = 5;

impl Builder<'_> {
    /// the endurance and the item budget allow.
    /// Sorties are made about equally long, as long as that makes no more of
    /// them.
    pub fn split(&self, search: &Search<'_>, passes: &[Pass]) -> Result<Vec<Flight>, PlanError> {
        let mut flights = self.cut(search, passes, self.endurance_s)?;
        if flights.len() < 2 {
            return Ok(flights);
        }
        let total_s: f64 = flights.iter().map(|f| f.cost.time_s).sum();
        let (mut low, mut high) = (total_s / flights.len() as f64, self.endurance_s);
        for _ in 0..BALANCE_ROUNDS {
            let middle = 0.5 * (low + high);
            match self.cut(search, passes, middle) {
                Ok(even) if even.len() <= flights.len() => (high, flights) = (middle, even),
                _ => low = middle,
            }
        }
        Ok(flights)
    }

    fn cut(
        &self,
        search: &Search<'_>,
        passes: &[Pass],
        longest_s: f64,
    ) -> Result<Vec<Flight>, PlanError> {
        let mut flights = Vec::new();
        let mut rest = passes;
        while !rest.is_empty() {
            let whole = self.fly(search, rest)?;
            if self.fits(&whole, longest_s) {
                flights.push(whole);
                break;
            }
            let mut best = None;
            let (mut low, mut high) = (0, rest.len());
            while high - low > 1 {
                let middle = (low + high) / 2;
                let flight = self.fly(search, rest.get(..middle).unwrap_or_default())?;
                if self.fits(&flight, longest_s) {
                    (low, best) = (middle, Some(flight));
                } else {
                    high = middle;
                }
            }
            let Some(flight) = best else {
                return Err(self.too_long(search, rest));
            };
            flights.push(flight);
            rest = rest.get(low..).unwrap_or_default();
        }
        Ok(flights)
    }

    fn fits(&self, flight: &Flight, longest_s: f64) -> bool {
        let p = &self.vehicle.performance;
        flight.cost.time_s <= longest_s
            && flight.cost.energy_wh <= self.model().usable_wh()
            && flight.items <= usize::from(p.waypoint_budget)
    }

    fn too_long(&self, search: &Search<'_>, rest: &[Pass]) -> PlanError {
        let one = rest.get(..1).unwrap_or_default();
        let flight = match self.fly(search, one) {
            Ok(flight) => flight,
            Err(error) => return error,
        };
        let budget = usize::from(self.vehicle.performance.waypoint_budget);
        let vehicle = self.vehicle.name.clone();
        if flight.items > budget {
            return PlanError::TooManyItems {
                needs: flight.items,
                budget,
                vehicle,
            };
        }
        let has_wh = self.model().usable_wh();
        let share = (self.endurance_s / flight.cost.time_s).min(has_wh / flight.cost.energy_wh);
        let line_m = flight.lengths.photo;
        let fixed = flight.lengths.total - line_m;
        PlanError::LineTooLong {
            line_m,
            needs_s: flight.cost.time_s,
            needs_wh: flight.cost.energy_wh,
            has_s: self.endurance_s,
            has_wh,
            vehicle,
            part_m: (share * flight.lengths.total - fixed).max(0.0) * 0.9,
        }
    }
}
