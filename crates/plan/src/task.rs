//! What all steps of planning share.

use crate::launch::Launch;
use crate::lay::Layout;
use crate::lines::{Laid, Line};
use crate::measures::Measures;
use crate::order::{Care, Search};
use crate::price::Price;
use crate::profile::Ground;
use crate::radio::RadioSight;
use crate::request::{Effort, PlanError, Request};
use crate::route::Leads;
use crate::space::Space;
use whimbrel_geo::{LocalFrame, Polygon};
use whimbrel_mission::Vehicle;
use whimbrel_mission::energy::FlightModel;

/// A wing leaves out at most this share of the lines for want of room to turn.
const MAX_LOST: f64 = 0.2;

/// Kicks in the search for the final order of lines.
const QUICK_KICKS: usize = 60;
const FULL_KICKS: usize = 1_500;

/// A request with all that was derived of it.
pub struct Task<'a> {
    pub request: &'a Request,
    pub m: &'a Measures,
    pub frame: &'a LocalFrame,
    pub areas: &'a [Polygon],
    pub space: &'a Space,
    pub ground: &'a Ground<'a>,
    /// Added to all floors.
    pub margin_m: f64,
    /// The ground radio, when it must be in sight.
    pub sight: Option<&'a RadioSight<'a>>,
    pub vehicles: &'a [Vehicle],
    /// Vehicle, index of the home, launch.
    pub sites: &'a [(usize, usize, Launch)],
}

impl<'a> Task<'a> {
    /// How lines are laid for these vehicles and this camera.
    pub fn layout(&self) -> Layout {
        let mut end_room_m: f64 = 0.0;
        for v in self.vehicles {
            let radius = FlightModel::new(v, self.request.wind, 0.0).turn_radius_m();
            let leads = Leads::of(v);
            if v.kind.cruises_on_wing() {
                end_room_m = end_room_m.max(leads.before_m.max(leads.after_m) + 2.0 * radius);
            }
        }
        Layout {
            swath_m: self.m.swath_m,
            end_room_m,
            fill: self
                .m
                .footprint_m
                .is_none_or(|f| f.0 < 1.7 * self.m.swath_m),
            trim: self.m.footprint_m.is_none(),
            beyond_m: 0.0,
        }
    }

    /// Refuses a plan that would leave out much for want of room to turn.
    pub fn check_room(&self, laid: &Laid) -> Result<(), PlanError> {
        if laid.lines.is_empty() {
            return Err(PlanError::NothingToFly);
        }
        let wing = self.vehicles.iter().find(|v| v.kind.cruises_on_wing());
        if let (Some(wing), Some(at)) = (wing, laid.lost_at)
            && laid.lost_m > MAX_LOST * laid.wanted_m
        {
            let radius = FlightModel::new(wing, self.request.wind, 0.0).turn_radius_m();
            return Err(PlanError::NoRoomToTurn {
                vehicle: wing.name.clone(),
                needs_m: Leads::of(wing).before_m + 3.0 * radius,
                at: self.frame.latlon_from_xy(at),
            });
        }
        Ok(())
    }

    /// The first launch site of a vehicle.
    pub fn launch(&self, vehicle: usize) -> Option<Launch> {
        self.sites.iter().find(|s| s.0 == vehicle).map(|s| s.2)
    }

    /// What lines and legs cost a vehicle.
    pub fn price(&self, vehicle: usize) -> Option<Price> {
        Some(Price::new(
            self.vehicles.get(vehicle)?,
            self.request.wind,
            self.request.objective,
            self.m.photo_spacing_m,
        ))
    }

    /// The search for the order of lines for one vehicle.
    pub fn search<'l>(&self, lines: &'l [Line], vehicle: usize, care: Care) -> Option<Search<'l>>
    where
        'a: 'l,
    {
        let price = self.price(vehicle)?;
        let skip = (2.0 * price.radius_m / self.m.swath_m).ceil().max(1.0) as usize;
        Some(Search {
            lines,
            space: self.space,
            price,
            skip,
            home: self.launch(vehicle).map(|l| l.home),
            care,
        })
    }

    /// The care that a final order is worth.
    pub fn care(&self) -> Care {
        match self.request.effort {
            Effort::Quick => Care::Kicked(QUICK_KICKS),
            Effort::Full => Care::Kicked(FULL_KICKS),
        }
    }
}
