//! What is to be surveyed: a square in the middle of the landscape, and the plan for it.

use crate::world::{Vehicle, World};
use whimbrel_fly::Upload;
use whimbrel_mission::Area;
use whimbrel_plan::{Detail, Overlap, Plan, Request, Sortie};
use whimbrel_sim::battery::NOMINAL_CELL_V;

/// A survey to be planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// Half the side of the square around the world's centre.
    pub half_side_m: f64,
    /// Ground sampling distance.
    pub gsd_m: f64,
    /// Overlaps.
    pub overlap: Overlap,
}

impl Survey {
    /// A square with the overlaps that are usual for maps.
    #[must_use]
    pub fn square(side_m: f64, gsd_m: f64) -> Self {
        Self {
            half_side_m: 0.5 * side_m,
            gsd_m,
            overlap: Overlap::default(),
        }
    }

    /// The square on the ground.
    #[must_use]
    pub fn area(&self, world: &World) -> Area {
        let h = self.half_side_m;
        let corners = [[-h, -h], [h, -h], [h, h], [-h, h]];
        Area::new(corners.map(|xy| world.place(xy)).to_vec())
    }

    /// The plan for these aircraft from where they stand.
    #[must_use]
    pub fn plan(&self, world: &World, vehicles: &[Vehicle]) -> Plan {
        let hangars: Vec<_> = vehicles.iter().map(|v| world.hangar(*v)).collect();
        let first = hangars.first().expect("a plan needs an aircraft");
        let mut request = Request::new(
            vec![self.area(world)],
            Some(world.camera().clone()),
            first.vehicle.clone(),
            Detail::GsdM(self.gsd_m),
        );
        request.vehicles = hangars.iter().map(|h| h.vehicle.clone()).collect();
        request.homes = hangars.iter().map(|h| world.place(h.home_xy_m)).collect();
        request.overlap = self.overlap;
        whimbrel_plan::plan(&request, world.terrain().as_ref()).expect("a plan")
    }
}

/// What to load for a sortie.
#[must_use]
pub fn upload(world: &World, vehicle: Vehicle, sortie: &Sortie) -> Upload {
    let battery = &world.hangar(vehicle).vehicle.battery;
    let full_wh = battery.capacity_ah * f64::from(battery.cells) * NOMINAL_CELL_V;
    Upload {
        mission: sortie.mission.clone(),
        plan: "testkit".to_owned(),
        sortie: 0,
        battery_need: Some(sortie.cost.energy_wh / full_wh),
    }
}
