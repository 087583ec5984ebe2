//! Renders what a simulated aircraft photographs and writes it where its camera would.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use whimbrel_geo::{Camera, Ned, Vec3};
use whimbrel_photo::{CameraModel, CameraPose};
use whimbrel_sim::landscape::Landscape;
use whimbrel_sim::render::{PhotoSpec, photo_jpeg};

use crate::outcome::{log, print_json, write};

/// Photos that wait to be rendered; the simulation waits when there are more.
const WAITING_MAX: usize = 2_000;

/// List of the photos and the cameras' true places, one JSON object a line, in the photo folder.
const NOTES: &str = "truth.jsonl";

/// One press of the shutter.
pub struct Shot {
    /// System id of the aircraft.
    pub system: u8,
    /// Number of the photo on that aircraft since it booted, from 1.
    pub index: u64,
    /// When.
    pub taken_at: Duration,
    /// Where the camera truly was.
    pub pose: CameraPose,
}

/// Highest number of the photos that are already in a folder.
fn taken_before(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|e| {
            e.file_name()
                .to_str()?
                .strip_prefix("IMG_")?
                .strip_suffix(".jpg")?
                .parse()
                .ok()
        })
        .max()
        .unwrap_or(0)
}

/// What the photographer works with.
pub struct Studio {
    /// The world.
    pub landscape: Arc<Landscape>,
    /// The camera.
    pub camera: CameraModel,
    /// Width of its sensor.
    pub sensor_width_mm: f64,
    /// Chance of its errors.
    pub seed: u64,
    /// Folder that gets one folder an aircraft.
    pub folder: PathBuf,
    /// Print an event for each photo.
    pub report: bool,
}

impl Studio {
    /// Start the thread; photos are rendered in the order of the shots.
    pub fn open(self) -> std::io::Result<SyncSender<Shot>> {
        let (shots, inbox) = sync_channel(WAITING_MAX);
        std::thread::Builder::new()
            .name("photographer".into())
            .spawn(move || self.work(&inbox))?;
        Ok(shots)
    }

    /// Add a line to the list of true places.
    fn note(&self, truth: &serde_json::Value) -> anyhow::Result<()> {
        let path = self.folder.join(NOTES);
        let mut notes = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("open {}", path.display()))?;
        writeln!(notes, "{truth}").with_context(|| format!("write {}", path.display()))
    }

    fn work(&self, inbox: &Receiver<Shot>) {
        let mut taken = BTreeMap::new();
        for shot in inbox {
            let index = shot.index
                + *taken
                    .entry(shot.system)
                    .or_insert_with(|| taken_before(&self.folder.join(shot.system.to_string())));
            let name = format!("{}/IMG_{index:04}.jpg", shot.system);
            let spec = PhotoSpec {
                sensor_width_mm: self.sensor_width_mm,
                ..PhotoSpec::new(
                    self.seed ^ (u64::from(shot.system) << 32),
                    index,
                    shot.taken_at,
                )
            };
            let truth = truth(&shot, &name);
            let made = photo_jpeg(&self.landscape, &self.camera, &shot.pose, &spec)
                .map_err(anyhow::Error::from)
                .and_then(|bytes| write(&self.folder.join(&name), &bytes))
                .and_then(|()| self.note(&truth));
            if let Err(error) = made {
                log(&format!("photo {name}: {error:#}"));
            }
            if self.report {
                print_json(&truth);
            }
        }
    }
}

/// Omega, phi, kappa in degrees: the rotation from image axes (x right, y up, z back) to east, north, up is
/// Rx(omega) · Ry(phi) · Rz(kappa), as in `cameras.json` of a map.
fn omega_phi_kappa_deg(pose: &CameraPose) -> [f64; 3] {
    // Columns: the image axes, which are the camera's x, −y and −z, in north, east, down; rows: east, north, up.
    let axis = |v: Vec3<Camera>| {
        let ned: Vec3<Ned> = pose.ned_from_camera * v;
        [ned.y(), ned.x(), -ned.z()]
    };
    let (x, y, z) = (
        axis(Vec3::new(1.0, 0.0, 0.0)),
        axis(Vec3::new(0.0, -1.0, 0.0)),
        axis(Vec3::new(0.0, 0.0, -1.0)),
    );
    let phi = z[0].clamp(-1.0, 1.0).asin();
    let omega = (-z[1]).atan2(z[2]);
    let kappa = (-y[0]).atan2(x[0]);
    [omega.to_degrees(), phi.to_degrees(), kappa.to_degrees()]
}

fn truth(shot: &Shot, name: &str) -> serde_json::Value {
    let [omega_deg, phi_deg, kappa_deg] = omega_phi_kappa_deg(&shot.pose);
    json!({
        "event": "photo",
        "photo": name,
        "vehicle": shot.system,
        "time_s": shot.taken_at.as_secs_f64(),
        "lat_deg": shot.pose.position.at.lat_deg(),
        "lon_deg": shot.pose.position.at.lon_deg(),
        "height_ellipsoid_m": shot.pose.position.height.m(),
        "omega_deg": omega_deg,
        "phi_deg": phi_deg,
        "kappa_deg": kappa_deg,
    })
}
