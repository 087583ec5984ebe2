//! Sharing the lines among vehicles, launch sites and sorties.

use crate::build::{Builder, Flight};
use crate::launch::Launch;
use crate::lines::Laid;
use crate::order::{Pass, Search};
use crate::profile::{Ground, Rules};
use crate::request::{PlanError, Sortie};
use crate::sorties::limits::{Ability, Work, fewest_sorties, least_makespan_s};
use crate::sorties::{Budget, Class, Fleet, Job, Load, Piece, Prices, verified};
use crate::space::distance;
use crate::task::Task;
use whimbrel_geo::Polygon;

/// Speed of a crew that drives to another launch site, as the crow flies:
/// about 30 km/h on farm tracks.
const DRIVE_M_S: f64 = 8.0;

/// Sorties and when the last of them is back.
pub struct Shared {
    /// The flights, vehicle by vehicle, in order.
    pub sorties: Vec<Sortie>,
    /// Time until the last vehicle is back.
    pub time_s: f64,
}

impl<'a> Task<'a> {
    fn builder(
        &self,
        vehicle_index: usize,
        site: usize,
        launch: Option<Launch>,
    ) -> Option<Builder<'a>> {
        let vehicle = self.vehicles.get(vehicle_index)?;
        let p = &vehicle.performance;
        let limit = self.request.endurance_s.unwrap_or(f64::INFINITY);
        Some(Builder {
            frame: self.frame,
            space: self.space,
            ground: self.ground,
            rules: Rules::of(self.request, self.m, vehicle).raised(self.margin_m),
            sight: self.sight,
            swath_m: self.m.swath_m,
            photo_spacing_m: self.m.photo_spacing_m,
            vehicle,
            vehicle_index,
            wind: self.request.wind,
            site,
            launch,
            firmware: self.request.firmware,
            height_reference: self.request.height_reference,
            endurance_s: p.endurance_s.min(limit),
        })
    }

    /// The launch sites of a vehicle: index of the home, launch.
    fn sites(&self, vehicle: usize) -> Vec<(usize, Option<Launch>)> {
        let sites: Vec<(usize, Option<Launch>)> = self
            .sites
            .iter()
            .filter(|s| s.0 == vehicle)
            .map(|s| (s.1, Some(s.2)))
            .collect();
        if sites.is_empty() {
            return vec![(0, None)];
        }
        sites
    }

    /// The classes of the vehicles with a builder for each of their sites.
    fn fleet(&self) -> (Fleet, Vec<Vec<Builder<'a>>>) {
        let mut fleet = Fleet {
            classes: Vec::new(),
            vehicles: Vec::new(),
            swap_s: self.request.swap_s,
        };
        let mut stands: Vec<Vec<Builder<'a>>> = Vec::new();
        for (index, vehicle) in self.vehicles.iter().enumerate() {
            let sites = self.sites(index);
            let same = |s: &&Vec<Builder<'a>>| {
                let homes = s.iter().map(|b| b.site).eq(sites.iter().map(|s| s.0));
                homes && s.first().is_some_and(|b| b.vehicle == vehicle)
            };
            if let Some(class) = stands.iter().position(|s| same(&s)) {
                fleet.vehicles.push(class);
                continue;
            }
            let builders: Vec<Builder<'a>> = sites
                .iter()
                .filter_map(|(site, launch)| self.builder(index, *site, *launch))
                .collect();
            let home = |s: &(usize, Option<Launch>)| s.1.map_or([0.0; 2], |l| l.home);
            let moves = sites.iter().flat_map(|a| {
                sites
                    .iter()
                    .map(move |b| distance(home(a), home(b)) / DRIVE_M_S)
            });
            fleet.vehicles.push(fleet.classes.len());
            fleet.classes.push(Class {
                limit: builders.first().map_or_else(Load::default, Builder::limit),
                sites: sites.len(),
                moves_s: moves.collect(),
            });
            stands.push(builders);
        }
        (fleet, stands)
    }

    /// Tours over all lines: from home and open, with the turns that each kind
    /// of vehicle needs, and each of them backwards.
    fn tours(&self, laid: &Laid, order: &[Pass]) -> Vec<Vec<Piece>> {
        let mut tours: Vec<Vec<Piece>> = Vec::new();
        let mut offer = |tour: Vec<Piece>| {
            if !tours.contains(&tour) {
                tours.push(tour);
            }
        };
        let mut add = |passes: &[Pass]| {
            let pieces = passes.iter().map(|p| Piece::whole(p.line, p.reversed));
            let tour: Vec<Piece> = pieces.collect();
            let back = tour.iter().rev().map(|p| p.reversed()).collect();
            offer(tour);
            offer(back);
        };
        add(order);
        for (vehicle, kind) in self.vehicles.iter().enumerate() {
            let Some(search) = self.search(&[], vehicle, self.care()) else {
                continue;
            };
            let same = |other: usize| {
                self.vehicles.get(other) == Some(kind)
                    && self.launch(other).map(|l| l.home) == search.home
            };
            if (0..vehicle).any(same) {
                continue;
            }
            for home in [search.home, None] {
                // The first vehicle's order is known.
                if vehicle > 0 || home != search.home {
                    let lines = &laid.lines;
                    let search = Search {
                        lines,
                        home,
                        ..search
                    };
                    add(&search.arrange(&laid.cells));
                }
            }
        }
        tours
    }

    /// Fewest sorties, and least time until the last vehicle is back, for
    /// covering so much of the areas.
    pub fn least(&self, area_m2: f64) -> (usize, f64) {
        let (fleet, stands) = self.fleet();
        let lowest = lowest_m(self.ground, self.areas);
        let able = |(class, stands): (usize, &Vec<Builder<'_>>)| {
            let stand = stands.first()?;
            let p = &stand.vehicle.performance;
            let wind = if stand.vehicle.kind.cruises_on_wing() {
                self.request.wind.speed_m_s
            } else {
                0.0
            };
            let homes: Vec<[f64; 2]> = stands.iter().filter_map(|s| Some(s.launch?.home)).collect();
            let height = |h: &[f64; 2]| self.ground.height(*h).unwrap_or(lowest);
            let highest = homes.iter().map(height).fold(f64::NEG_INFINITY, f64::max);
            let up = (lowest + self.m.height_m - highest).max(0.0);
            let up = if up.is_finite() { up } else { 0.0 };
            Some(Ability {
                vehicles: fleet.vehicles.iter().filter(|v| **v == class).count(),
                speed_m_s: p.cruise_m_s + wind,
                endurance_s: stand.endurance_s,
                overhead_s: up / p.climb_m_s + up / p.descent_m_s,
                sites: homes,
            })
        };
        let abilities: Vec<Ability> = stands.iter().enumerate().filter_map(able).collect();
        let work = Work {
            area_m2,
            swath_m: self.m.swath_m,
            swap_s: self.request.swap_s,
        };
        (
            fewest_sorties(&work, self.areas, &abilities),
            least_makespan_s(&work, &abilities),
        )
    }

    /// The flights of all vehicles over all lines.
    pub fn sorties(&self, laid: &Laid, order: &[Pass]) -> Result<Shared, PlanError> {
        let (fleet, stands) = self.fleet();
        let mut prices = Prices::new(&stands, &laid.lines);
        let budget = match self.request.effort {
            crate::request::Effort::Quick => Budget { looks: 0 },
            crate::request::Effort::Full => Budget::default(),
        };
        let balance = self.request.balance;
        let mut flown = match alone(&prices, &fleet, order)? {
            Some(one) => vec![one],
            None => {
                let tours = self.tours(laid, order);
                verified(&mut prices, &fleet, &tours, balance, budget)?
            }
        };
        flown.sort_by_key(|(job, _)| job.vehicle);
        let jobs: Vec<_> = flown.iter().map(|(job, _)| job.clone()).collect();
        let mut sorties = Vec::with_capacity(flown.len());
        for (job, flight) in &flown {
            if let Some(stand) = prices.stand(fleet.class(job.vehicle), job.site) {
                let mut sortie = stand.finish(flight)?;
                sortie.vehicle_index = job.vehicle;
                sorties.push(sortie);
            }
        }
        Ok(Shared {
            sorties,
            time_s: fleet.times_s(&jobs).into_iter().fold(0.0, f64::max),
        })
    }
}

/// The lowest ground of the areas, on a coarse grid.
fn lowest_m(ground: &Ground<'_>, areas: &[Polygon]) -> f64 {
    const STEPS: usize = 40;
    let mut lowest = f64::INFINITY;
    for (low, high) in areas.iter().filter_map(Polygon::bounds) {
        for i in 0..=STEPS * STEPS {
            let (u, v) = (i % STEPS, i / STEPS);
            let at = |axis: usize, k: usize| {
                low[axis] + (high[axis] - low[axis]) * k as f64 / (STEPS - 1) as f64
            };
            if let Some(z) = ground.height([at(0, u), at(1, v.min(STEPS - 1))]) {
                lowest = lowest.min(z);
            }
        }
    }
    lowest
}

/// The whole order in one flight, where one vehicle at one site can carry it:
/// nothing is to be shared then.
fn alone(
    prices: &Prices<'_>,
    fleet: &Fleet,
    order: &[Pass],
) -> Result<Option<(Job, Flight)>, PlanError> {
    let [class] = fleet.classes.as_slice() else {
        return Ok(None);
    };
    if fleet.vehicles.len() != 1 || class.sites != 1 {
        return Ok(None);
    }
    let pieces = order.iter().map(|p| Piece::whole(p.line, p.reversed));
    let pieces: Vec<Piece> = pieces.collect();
    let flight = prices.fly(0, 0, &pieces)?;
    let load = Load {
        time_s: flight.cost.time_s,
        energy_wh: flight.cost.energy_wh,
        items: flight.items as f64,
    };
    let job = Job {
        vehicle: 0,
        site: 0,
        pieces,
        load,
    };
    Ok(load.within(class.limit).then_some((job, flight)))
}
