//! The demo's stage: where it plays, what is flown, and what is remembered so that it can go on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};
use whimbrel_air::Pacer;
use whimbrel_geo::{Crs, GridTerrain, LatLon, LocalFrame, Terrain, VerticalDatum};
use whimbrel_sim::landscape::Landscape;

use super::pace::Pace;
use crate::outcome::{read, write};
use crate::{cli, key, world};

/// Middle of the landscape, degrees north and east.
const CENTRE_DEG: (f64, f64) = (52.10, 8.40);
/// The landscape reaches so far beyond the surveyed square on each side: turns, what photos see, and a wing's approach.
const MARGIN_M: f64 = 550.0;
/// Smallest side of the landscape.
const LANDSCAPE_MIN_M: f64 = 1_600.0;
/// Launch places are so far south of the square.
const HOME_OFFSET_M: f64 = 30.0;
/// Cell of the elevation model that the planner is given.
const DEM_CELL_M: f64 = 5.0;
/// Camera of the catalogue.
pub const CAMERA: &str = "mapper";

/// Changes of the speed of simulated time.
const PACE: &str = "pace";

/// One aircraft of the demo.
#[derive(Clone, Copy, Debug)]
pub struct Craft {
    /// MAVLink system id, also the name of its photo folder and key.
    pub system: u8,
    /// Built-in vehicle.
    pub vehicle: &'static str,
    /// Manners of its autopilot.
    pub autopilot: &'static str,
    /// Launch place east of the middle of the south edge.
    pub east_m: f64,
}

/// The vehicle that needs room to land.
const WING: &str = "fixed-wing";
/// The wing starts at the first of these shifts at which it can land.
pub const WING_SHIFTS_M: [f64; 7] = [0.0, 120.0, -120.0, -160.0, 200.0, -240.0, 280.0];

/// The aircraft.
pub const FLEET: [Craft; 2] = [
    Craft {
        system: 1,
        vehicle: "quad",
        autopilot: "px4",
        east_m: -40.0,
    },
    Craft {
        system: 2,
        vehicle: WING,
        autopilot: "ardupilot",
        east_m: 40.0,
    },
];

/// What a flight took, as it was followed: a flight record begins anew when the server is killed.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Flown {
    /// From arming to disarming.
    pub time_s: f64,
    /// Out of the battery.
    pub energy_wh: f64,
}

/// What must be the same when a demo is gone on with.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct State {
    /// Chance.
    pub seed: u64,
    /// Side of the square.
    pub side_m: f64,
    /// Ground sample distance.
    pub gsd_m: f64,
    /// Simulated seconds per second.
    pub speed: f64,
    /// When time began to run at that speed.
    pub speed_from: f64,
    /// The plan's id at the server.
    pub plan: Option<String>,
    /// How far east of its usual place the wing starts, where it can take off and land.
    #[serde(default)]
    pub wing_shift_m: f64,
    /// Flights that are finished, by system.
    #[serde(default)]
    pub landed: BTreeMap<u8, Flown>,
    /// Seconds of the clock at which the map from mapping-grade layers stood.
    #[serde(default)]
    pub map_ready_s: Option<f64>,
    /// The radio's counters of earlier runs, summed.
    #[serde(default)]
    pub radio: Value,
}

/// The folder and what is in it.
pub struct Setting {
    /// Results.
    pub folder: PathBuf,
    /// What is remembered.
    pub state: State,
    /// Whether an earlier run is gone on with.
    pub resumed: bool,
    /// The middle of the square.
    pub frame: LocalFrame,
    /// The world.
    pub landscape: Arc<Landscape>,
}

fn state_path(folder: &Path) -> PathBuf {
    folder.join("demo.json")
}

impl Setting {
    /// Begin a demo, or pick one up.
    pub fn open(args: &cli::Demo, default_speed: f64) -> anyhow::Result<Self> {
        let folder = args.output.clone();
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("make the folder {}", folder.display()))?;
        let path = state_path(&folder);
        let (state, resumed) = if path.is_file() {
            let state: State = serde_json::from_slice(&read(&path)?)
                .with_context(|| format!("read {}: use another folder with -o", path.display()))?;
            let same = state.seed == args.seed
                && state.side_m == args.side.0
                && state.gsd_m == args.gsd.0
                && args.speed.is_none_or(|s| s == state.speed);
            anyhow::ensure!(
                same,
                "{} holds a demo with --seed {} --side {} --gsd {} --speed {}: use the same to go on with it, or another folder with -o",
                folder.display(),
                state.seed,
                state.side_m,
                state.gsd_m,
                state.speed
            );
            (state, true)
        } else {
            let state = State {
                seed: args.seed,
                side_m: args.side.0,
                gsd_m: args.gsd.0,
                speed: args.speed.unwrap_or(default_speed),
                speed_from: whimbrel_air::clock::wall().as_secs_f64(),
                plan: None,
                wing_shift_m: 0.0,
                landed: BTreeMap::new(),
                map_ready_s: None,
                radio: Value::Null,
            };
            (state, false)
        };
        let centre = LatLon::from_deg(CENTRE_DEG.0, CENTRE_DEG.1)?;
        let side_m = (state.side_m + 2.0 * MARGIN_M).max(LANDSCAPE_MIN_M);
        let landscape = world::demo_landscape(state.seed, centre, side_m, world::BASE_AMSL_M)?;
        let frame = *landscape.frame();
        let setting = Self {
            folder,
            state,
            resumed,
            frame,
            landscape,
        };
        for name in ["truth", "missions", "flights", "log", "keys", "photos"] {
            let path = setting.folder.join(name);
            std::fs::create_dir_all(&path)
                .with_context(|| format!("make the folder {}", path.display()))?;
        }
        setting.write_keys()?;
        setting.write_dem()?;
        setting.remember()?;
        Ok(setting)
    }

    /// Write down what is remembered.
    pub fn remember(&self) -> anyhow::Result<()> {
        write(
            &state_path(&self.folder),
            serde_json::to_string_pretty(&self.state)?.as_bytes(),
        )
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A path in the folder as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The clock that all processes share.
    pub fn clock(&self) -> anyhow::Result<whimbrel_air::Clock> {
        Ok(whimbrel_air::Clock::paced(
            self.state.speed,
            Some(self.state.speed_from),
            &self.path(PACE),
        )?)
    }

    /// What sets that clock's speed.
    pub fn pace(&self) -> anyhow::Result<Pace> {
        let path = self.path(PACE);
        let pacer = Pacer::open(&path, self.state.speed, self.state.speed_from)?;
        Ok(Pace::new(pacer, self.state.speed))
    }

    /// The options that give another process this clock.
    pub fn clock_args(&self) -> [String; 6] {
        [
            "--speed".into(),
            self.state.speed.to_string(),
            "--speed-from".into(),
            self.state.speed_from.to_string(),
            "--pace".into(),
            self.arg(PACE),
        ]
    }

    /// The middle of the square.
    pub fn centre(&self) -> LatLon {
        self.frame.origin().at
    }

    /// Side of the landscape.
    pub fn landscape_side_m(&self) -> f64 {
        self.landscape.config().width_m
    }

    /// The surveyed square's corners.
    pub fn corners(&self) -> [LatLon; 4] {
        let half = 0.5 * self.state.side_m;
        [[-half, -half], [half, -half], [half, half], [-half, half]]
            .map(|xy| self.frame.latlon_from_xy(xy))
    }

    /// The square as GeoJSON.
    pub fn area(&self) -> Value {
        let corners = self.corners();
        let ring: Vec<[f64; 2]> = corners
            .iter()
            .chain(corners.first())
            .map(|c| [c.lon_deg(), c.lat_deg()])
            .collect();
        json!({"type": "Polygon", "coordinates": [ring]})
    }

    /// Where an aircraft starts.
    pub fn home(&self, craft: &Craft) -> LatLon {
        let shift_m = if craft.vehicle == WING {
            self.state.wing_shift_m
        } else {
            0.0
        };
        let south = -0.5 * self.state.side_m - HOME_OFFSET_M;
        self.frame.latlon_from_xy([craft.east_m + shift_m, south])
    }

    fn write_keys(&self) -> anyhow::Result<()> {
        for craft in &FLEET {
            let path = self.path(&format!("keys/{}.key", craft.system));
            if !path.is_file() {
                write(&path, key::fresh()?.as_bytes())?;
                use std::os::unix::fs::PermissionsExt;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                    .with_context(|| format!("protect {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// The bare ground as the operator would have it: an elevation model, coarser than the world.
    fn write_dem(&self) -> anyhow::Result<()> {
        let path = self.path("dem.tif");
        if path.is_file() {
            return Ok(());
        }
        let centre = self.centre();
        let crs = Crs::utm_for(centre)?;
        let [east, north] = crs.project(centre)?;
        let cells = (self.landscape_side_m() / DEM_CELL_M) as usize;
        let half = 0.5 * cells as f64 * DEM_CELL_M;
        let corner = [
            ((east - half) / DEM_CELL_M).round() * DEM_CELL_M,
            ((north + half) / DEM_CELL_M).round() * DEM_CELL_M,
        ];
        let mut heights = Vec::with_capacity(cells * cells);
        for row in 0..cells {
            for column in 0..cells {
                let xy = [
                    corner[0] + (column as f64 + 0.5) * DEM_CELL_M,
                    corner[1] - (row as f64 + 0.5) * DEM_CELL_M,
                ];
                let height = self.landscape.height(crs.unproject(xy)?);
                heights.push(height.map_or(f32::NAN, |h| h.m() as f32));
            }
        }
        let grid = GridTerrain::from_crs_grid(
            crs,
            corner,
            DEM_CELL_M,
            cells,
            cells,
            heights,
            VerticalDatum::Egm96,
        )?;
        write(&path, &grid.to_geotiff()?)
    }
}
