//! Plans that were made: what was asked for and what came out, kept with the missions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use whimbrel_fly::Upload;
use whimbrel_geo::{FlatTerrain, Height, LatLon, Terrain};
use whimbrel_link::quirks::Autopilot;
use whimbrel_mission::format::{FormatError, read_areas};
use whimbrel_mission::{
    Camera, CameraError, Firmware, HeightReference, Mission, Vehicle, VehicleError, energy,
};
use whimbrel_plan::{
    Balance, Detail, Effort, Heights, Objective, Overlap, Pattern, Photography, Plan, PlanError,
    Request, plan,
};
use whimbrel_store::{Store, StoreError};

/// Aircraft of one plan.
pub const VEHICLES_MAX: usize = 32;
/// Plans that are kept ready; older ones are read from the store again.
const READY_MAX: usize = 64;

/// What the console asks for.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// GeoJSON geometry.
    pub area: Value,
    /// Camera of the catalogue.
    pub camera: String,
    /// Vehicle types, one an aircraft.
    pub vehicles: Vec<String>,
    /// Ground sample distance …
    #[serde(default)]
    pub gsd_m: Option<f64>,
    /// … or height over ground.
    #[serde(default)]
    pub height_m: Option<f64>,
    /// Overlap along the line.
    #[serde(default = "forward")]
    pub forward: f64,
    /// Overlap between lines.
    #[serde(default = "side")]
    pub side: f64,
    /// Launch place: longitude, latitude.
    #[serde(default)]
    pub home: Option<[f64; 2]>,
    /// Launch places of the aircraft in turn, instead of one for all.
    #[serde(default)]
    pub homes: Vec<[f64; 2]>,
    /// Wind.
    #[serde(default)]
    pub wind: Option<WindOrder>,
    /// What is made as small as possible.
    #[serde(default)]
    pub objective: Objective,
    /// How lines cross the area.
    #[serde(default)]
    pub pattern: Pattern,
    /// How long the planner searches.
    #[serde(default)]
    pub effort: Effort,
    /// Minutes of one flight.
    #[serde(default)]
    pub endurance_min: Option<f64>,
    /// Fly over holes of the area.
    #[serde(default)]
    pub overfly_holes: bool,
}

fn forward() -> f64 {
    Overlap::default().forward
}

fn side() -> f64 {
    Overlap::default().side
}

/// Wind as the console gives it.
#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize)]
pub struct WindOrder {
    /// Speed.
    pub speed_m_s: f64,
    /// Where it comes from, degrees.
    pub from_deg: f64,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    /// The area cannot be read.
    #[error("the area: {0}")]
    Area(#[from] FormatError),
    /// The camera is not known.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// The vehicle is not known.
    #[error(transparent)]
    Vehicle(#[from] VehicleError),
    /// A value makes no sense.
    #[error("{0}")]
    Value(String),
    /// The planner says no.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A plan and how it came about.
pub struct Made {
    /// Its id.
    pub id: i64,
    /// What was asked for.
    pub order: Order,
    /// What came out.
    pub plan: Plan,
    /// The ground that it was planned over.
    pub ground: Arc<dyn Terrain>,
    /// When it was kept.
    pub created: Duration,
    /// How long the planner took.
    pub elapsed: Duration,
}

/// The plans of the server.
pub struct Plans {
    store: Store,
    terrain: Option<Arc<dyn Terrain>>,
    ready: Mutex<BTreeMap<i64, Arc<Made>>>,
}

/// The firmware that a mission is written for.
pub fn firmware_of(autopilot: Autopilot) -> Firmware {
    match autopilot {
        Autopilot::ArduPilot => Firmware::ArduPilot,
        Autopilot::Px4 => Firmware::Px4,
        Autopilot::Generic => Firmware::Either,
    }
}

fn place([lon, lat]: [f64; 2]) -> Result<LatLon, PlanningError> {
    LatLon::from_deg(lat, lon).map_err(|e| PlanningError::Value(format!("the launch place: {e}")))
}

impl Order {
    fn request(&self, firmware: Firmware, terrain: bool) -> Result<Request, PlanningError> {
        let areas = read_areas(self.area.to_string().as_bytes())?;
        let camera = Camera::catalogue(&self.camera)?;
        if self.vehicles.is_empty() || self.vehicles.len() > VEHICLES_MAX {
            return Err(PlanningError::Value(format!(
                "choose between 1 and {VEHICLES_MAX} aircraft"
            )));
        }
        let vehicles = self
            .vehicles
            .iter()
            .map(|name| Vehicle::builtin(name))
            .collect::<Result<Vec<_>, _>>()?;
        let detail = match (self.gsd_m, self.height_m) {
            (Some(gsd_m), None) => Detail::GsdM(gsd_m),
            (None, Some(height_m)) => Detail::HeightM(height_m),
            _ => {
                return Err(PlanningError::Value(
                    "give either a ground sample distance or a height".into(),
                ));
            }
        };
        let homes = self.homes.iter().chain(
            self.homes
                .is_empty()
                .then_some(self.home.as_ref())
                .flatten(),
        );
        Ok(Request {
            areas,
            airspace: None,
            no_fly: Vec::new(),
            overfly_holes: self.overfly_holes,
            camera: Some(camera),
            vehicles,
            detail,
            overlap: Overlap {
                forward: self.forward,
                side: self.side,
            },
            photography: Photography::default(),
            heights: Heights::default(),
            radio: None,
            homes: homes.map(|h| place(*h)).collect::<Result<_, _>>()?,
            wind: self
                .wind
                .map_or_else(energy::Wind::default, |w| energy::Wind {
                    speed_m_s: w.speed_m_s,
                    from_rad: w.from_deg.to_radians(),
                }),
            objective: self.objective,
            pattern: self.pattern,
            effort: self.effort,
            endurance_s: self.endurance_min.map(|m| m * 60.0),
            swap_s: 0.0,
            balance: Balance::default(),
            firmware,
            height_reference: if terrain {
                HeightReference::Amsl
            } else {
                HeightReference::AboveHome
            },
        })
    }
}

impl Made {
    /// The interface's answer.
    pub fn describe(&self) -> Value {
        let mut geojson: Value =
            serde_json::from_slice(&self.plan.geojson(self.ground.as_ref())).unwrap_or_default();
        if let Some(features) = geojson["features"].as_array_mut() {
            features.push(json!({"type": "Feature", "properties": {"role": "area"}, "geometry": self.order.area}));
        }
        json!({
            "id": self.id.to_string(),
            "created_s": self.created.as_secs_f64(),
            "report": self.plan.report(),
            "geojson": geojson,
            "order": self.order,
            "elapsed_ms": self.elapsed.as_secs_f64() * 1_000.0,
        })
    }
}

impl Plans {
    /// Plans of a store.
    pub fn new(store: Store, terrain: Option<Arc<dyn Terrain>>) -> Self {
        Self {
            store,
            terrain,
            ready: Mutex::default(),
        }
    }

    /// The terrain, or level ground.
    fn ground(&self) -> Arc<dyn Terrain> {
        let level = || -> Arc<dyn Terrain> { Arc::new(FlatTerrain(Height::from_m(0.0))) };
        self.terrain.clone().unwrap_or_else(level)
    }

    fn compute(&self, order: &Order, firmware: Firmware) -> Result<Plan, PlanningError> {
        let request = order.request(firmware, self.terrain.is_some())?;
        Ok(plan(&request, self.ground().as_ref())?)
    }

    fn keep(&self, made: Made) -> Arc<Made> {
        let made = Arc::new(made);
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= READY_MAX {
            ready.pop_first();
        }
        ready.insert(made.id, made.clone());
        made
    }

    /// Plan and keep.
    ///
    /// # Errors
    /// What cannot be planned and what to change; or a full disk.
    pub fn create(&self, now: Duration, order: Order) -> Result<Arc<Made>, PlanningError> {
        let started = Instant::now();
        let plan = self.compute(&order, Firmware::Either)?;
        let elapsed = started.elapsed();
        let data = json!({"order": order, "area_m2": plan.report().area_m2, "sorties": plan.sorties.len()});
        let id = self.store.add_mission(
            now,
            "survey",
            Some(&plan.geojson(self.ground().as_ref())),
            &data,
        )?;
        Ok(self.keep(Made {
            id,
            order,
            plan,
            ground: self.ground(),
            created: now,
            elapsed,
        }))
    }

    /// A plan, computed again from what was asked for when it is not at hand; nothing when there is none of that id.
    ///
    /// # Errors
    /// When the catalogue fails, or the plan can no longer be made (another terrain, an order of another version).
    pub fn get(&self, id: i64) -> Result<Option<Arc<Made>>, PlanningError> {
        let ready = self
            .ready
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        if ready.is_some() {
            return Ok(ready);
        }
        let Some(row) = self.store.mission(id)? else {
            return Ok(None);
        };
        let order = row.data.get("order").cloned().unwrap_or_default();
        let order: Order = serde_json::from_value(order).map_err(|e| {
            PlanningError::Value(format!(
                "plan {id} was kept by another version of the program and cannot be read ({e}): plan it again"
            ))
        })?;
        let started = Instant::now();
        let plan = self.compute(&order, Firmware::Either)?;
        Ok(Some(self.keep(Made {
            id,
            order,
            plan,
            ground: self.ground(),
            created: row.created,
            elapsed: started.elapsed(),
        })))
    }

    /// What is loaded into an aircraft for one sortie (0 for the first) of a plan.
    ///
    /// # Errors
    /// What cannot be planned, or which plan or sortie there is not.
    pub fn upload(
        &self,
        plan: &str,
        sortie: usize,
        firmware: Firmware,
    ) -> Result<Upload, PlanningError> {
        let none = || PlanningError::Value(format!("there is no plan {plan}"));
        let id = plan.parse().map_err(|_| none())?;
        let made = self.get(id)?.ok_or_else(none)?;
        let mission = self.mission(&made, sortie, firmware)?;
        Ok(Upload {
            mission,
            plan: plan.to_owned(),
            sortie,
            battery_need: self.battery_need(&made, sortie),
        })
    }

    /// The share of a full battery that a sortie needs, without reserve.
    fn battery_need(&self, made: &Made, sortie: usize) -> Option<f64> {
        let planned = made.plan.sorties.get(sortie)?;
        let vehicle = Vehicle::builtin(made.order.vehicles.get(planned.vehicle_index)?).ok()?;
        Some(planned.cost.energy_wh / vehicle.battery.energy_wh())
    }

    /// All plans, newest first.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn list(&self) -> Result<Value, StoreError> {
        let rows = self.store.missions()?;
        Ok(rows
            .iter()
            .rev()
            .map(|row| json!({"id": row.id.to_string(), "created_s": row.created.as_secs_f64(), "area_m2": row.data["area_m2"], "sorties": row.data["sorties"]}))
            .collect())
    }

    /// The mission of one sortie (0 for the first), written for an autopilot.
    ///
    /// # Errors
    /// What cannot be planned.
    pub fn mission(
        &self,
        made: &Made,
        sortie: usize,
        firmware: Firmware,
    ) -> Result<Mission, PlanningError> {
        let plan = if firmware == Firmware::Either {
            None
        } else {
            Some(self.compute(&made.order, firmware)?)
        };
        let plan = plan.as_ref().unwrap_or(&made.plan);
        plan.sorties
            .get(sortie)
            .map(|s| s.mission.clone())
            .ok_or_else(|| {
                PlanningError::Value(format!(
                    "the plan has {} sorties: choose one of them",
                    plan.sorties.len()
                ))
            })
    }
}
