//! A project: the photos, what is known of each, and where the work stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nalgebra::{Rotation3, Vector3};
use whimbrel_geo::{Crs, LocalFrame, Terrain, Wgs84, ellipsoid_from_amsl};
use whimbrel_geo::{Height, LatLon, Position};
use whimbrel_mission::camera::known_sensor_width_mm;
use whimbrel_photo::{CameraPose, PhotoMeta, RgbImage, read_meta};

use crate::bundle::{LensPrior, PosePrior};
use crate::lens::{Intrinsics, Pose, REFERENCE_WIDTH};
use crate::map::MapStore;
use crate::ortho::{Broad, MapGrid, View};
use crate::pixels::{PhotoData, PixelCache};
use crate::scene::{Scene, SceneCamera};
use crate::stale::Ledger;
use crate::surface::Surface;

/// Most photos of a project.
pub const MAX_PHOTOS: usize = 3000;
/// Longest name of a photo.
pub const MAX_NAME_BYTES: usize = 1024;
/// Focal length ÷ image width where the photo does not tell.
const GUESSED_FOCAL: f64 = 0.75;
/// Standard deviation of a focal length from the data sheet, as a share.
const FOCAL_SIGMA: f64 = 0.02;
/// The same for a guess.
const GUESSED_FOCAL_SIGMA: f64 = 0.25;
/// Standard deviations of k1 and k2.
const DISTORTION_SIGMA: [f64; 2] = [0.06, 0.06];
/// Standard deviation of attitude where the photo does not tell.
const ATTITUDE_SIGMA_RAD: f64 = 0.06;
/// Standard deviation of GPS per axis where the photo does not tell.
const GPS_SIGMA_M: f64 = 3.0;
/// The frame is laid anew when the photos turn out to be this far from its origin.
const MAX_FRAME_DISTANCE_M: f64 = 10_000.0;

/// Choices for a project.
#[derive(Clone, Default)]
pub struct Options {
    /// Projected coordinate system; by default the UTM zone of the photos.
    pub crs: Option<Crs>,
    /// Side of a map pixel; by default what the photos resolve.
    pub gsd_m: Option<f64>,
    /// Kept for the record: nothing here is drawn by lot.
    pub seed: u64,
    /// Ground heights, if known.
    pub terrain: Option<Arc<dyn Terrain>>,
    /// Standard deviation of the photos' GPS where they do not tell, metres per axis.
    pub gps_sigma_m: Option<f64>,
    /// Keeps the features found in a preview when a better layer follows: faster, and less exact.
    pub keep_preview_features: bool,
}

/// How good a photo's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Half size, strongly compressed.
    Preview,
    /// Full size, compressed.
    Mapping,
    /// As the camera wrote it.
    Original,
}

/// A photo, or a better layer of one.
#[derive(Clone, Debug)]
pub struct PhotoInput {
    /// Tells photos apart; layers of one photo share it.
    pub name: String,
    /// Which layer.
    pub grade: Grade,
    /// JPEG bytes.
    pub data: PhotoData,
    /// What it says about itself.
    pub meta: PhotoMeta,
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// A photo not seen before.
    New,
    /// A better layer of a photo that is here.
    Better,
    /// A layer no better than what is here.
    Ignored,
    /// It cannot be used; [`Project::cameras`] says why.
    LeftOut,
}

/// A photo that cannot even be listed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddError {
    /// See [`MAX_PHOTOS`].
    #[error("a map of more than {MAX_PHOTOS} photos cannot be made at once: split the folder")]
    TooMany,
    /// See [`MAX_NAME_BYTES`].
    #[error("a photo's name is empty or longer than {MAX_NAME_BYTES} bytes: rename it")]
    Name,
}

/// Why there is no map.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SolveError {
    /// Nothing was added.
    #[error("there are no photos")]
    NoPhotos,
    /// No photo has a position.
    #[error("none of the {0} photos can be placed: they cannot be read or carry no GPS position")]
    NoPositions(usize),
    /// The projection does not fit.
    #[error("the map's projection failed: {0}; choose another EPSG code")]
    Projection(String),
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Decoding photos and finding features.
    Reading,
    /// Comparing neighbours.
    Matching,
    /// Solving poses.
    Solving,
    /// Drawing tiles.
    Rendering,
}

/// A step of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Done so far.
    pub done: usize,
    /// To do in this stage.
    pub total: usize,
}

pub(crate) struct Photo {
    pub name: String,
    pub grade: Grade,
    pub data: PhotoData,
    pub meta: PhotoMeta,
    /// Width of the original, as far as known.
    pub full_width: f64,
    pub at: Option<LatLon>,
    pub height: Option<Height<whimbrel_geo::Ellipsoid>>,
    pub thumb: Option<RgbImage>,
    pub broad: Option<Arc<Broad>>,
    pub needs_features: bool,
    /// For good: unreadable, no position.
    pub useless: Option<String>,
    /// For now: far from the others.
    pub far: Option<String>,
    /// From GPS alone, and why.
    pub placed: Option<(Pose, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LensKey {
    make: Option<String>,
    model: Option<String>,
    focal: i64,
    aspect: i64,
}

/// Photos on their way to a map.
pub struct Project {
    pub(crate) options: Options,
    pub(crate) photos: Vec<Photo>,
    by_name: BTreeMap<String, usize>,
    lenses: BTreeMap<LensKey, usize>,
    pub(crate) scene: Scene,
    pub(crate) tried: BTreeSet<(usize, usize)>,
    pub(crate) frame: Option<LocalFrame>,
    pub(crate) terrain: Option<Surface>,
    pub(crate) surface: Option<Surface>,
    pub(crate) grid: Option<MapGrid>,
    pub(crate) views: Vec<Option<View>>,
    pub(crate) dirty: BTreeSet<crate::TileId>,
    pub(crate) ledger: Ledger,
    pub(crate) store: MapStore,
    pub(crate) cache: PixelCache,
}

impl Project {
    /// An empty project.
    pub fn new(options: Options) -> Project {
        Project {
            options,
            photos: Vec::new(),
            by_name: BTreeMap::new(),
            lenses: BTreeMap::new(),
            scene: Scene::default(),
            tried: BTreeSet::new(),
            frame: None,
            terrain: None,
            surface: None,
            grid: None,
            views: Vec::new(),
            dirty: BTreeSet::new(),
            ledger: Ledger::default(),
            store: MapStore::default(),
            cache: PixelCache::default(),
        }
    }

    /// Adds a JPEG, reading its metadata; one that cannot be read is listed as left out.
    pub fn add_jpeg(
        &mut self,
        name: &str,
        grade: Grade,
        data: PhotoData,
    ) -> Result<Added, AddError> {
        let meta = match &data {
            PhotoData::Bytes(bytes) => read_meta(bytes).map_err(|e| e.to_string()),
            PhotoData::Source(source) => source
                .read()
                .and_then(|bytes| read_meta(&bytes).map_err(|e| e.to_string())),
        };
        match meta {
            Ok(meta) => self.add(PhotoInput {
                name: name.into(),
                grade,
                data,
                meta,
            }),
            Err(reason) => self.leave_out(name, &reason),
        }
    }

    /// Lists a photo that cannot be used. A photo already here stays as it is.
    pub fn leave_out(&mut self, name: &str, reason: &str) -> Result<Added, AddError> {
        if self.by_name.contains_key(name) {
            return Ok(Added::Ignored);
        }
        let data = PhotoData::Bytes(Arc::from(Vec::new()));
        let i = self.insert(PhotoInput {
            name: name.into(),
            grade: Grade::Preview,
            data,
            meta: PhotoMeta::default(),
        })?;
        self.photos[i].useless = Some(reason.into());
        self.photos[i].needs_features = false;
        Ok(Added::LeftOut)
    }

    /// Adds a photo, or a better layer of one. Cheap: pixels are read in [`Project::solve_step`].
    pub fn add(&mut self, input: PhotoInput) -> Result<Added, AddError> {
        let Some(&i) = self.by_name.get(&input.name) else {
            let i = self.insert(input)?;
            return Ok(if self.photos[i].useless.is_some() {
                Added::LeftOut
            } else {
                Added::New
            });
        };
        let photo = &mut self.photos[i];
        let damaged = photo.useless.is_some();
        if !damaged && input.grade <= photo.grade {
            return Ok(Added::Ignored);
        }
        let was = photo.grade;
        photo.grade = input.grade;
        photo.data = input.data;
        photo.full_width = full_width(input.grade, &input.meta);
        if damaged {
            photo.useless = None;
            photo.meta = input.meta;
            photo.needs_features = true;
            self.locate(i);
        } else if !self.options.keep_preview_features && was == Grade::Preview {
            photo.needs_features = true;
        }
        self.cache.forget(i);
        self.redraw(i);
        Ok(if self.photos[i].useless.is_some() {
            Added::LeftOut
        } else {
            Added::Better
        })
    }

    fn insert(&mut self, input: PhotoInput) -> Result<usize, AddError> {
        if input.name.is_empty() || input.name.len() > MAX_NAME_BYTES {
            return Err(AddError::Name);
        }
        if self.photos.len() >= MAX_PHOTOS {
            return Err(AddError::TooMany);
        }
        let i = self.photos.len();
        self.by_name.insert(input.name.clone(), i);
        self.photos.push(Photo {
            name: input.name,
            grade: input.grade,
            full_width: full_width(input.grade, &input.meta),
            data: input.data,
            meta: input.meta,
            at: None,
            height: None,
            thumb: None,
            broad: None,
            needs_features: true,
            useless: None,
            far: None,
            placed: None,
        });
        self.scene.cameras.push(SceneCamera {
            prior: None,
            lens: 0,
            features: None,
            feature_size: [REFERENCE_WIDTH, 0.75 * REFERENCE_WIDTH],
            pose: None,
            support: 0,
        });
        self.views.push(None);
        self.locate(i);
        Ok(i)
    }

    /// Position and lens from the metadata.
    fn locate(&mut self, i: usize) {
        let lens = self.lens(i);
        let photo = &mut self.photos[i];
        photo.at = photo.meta.position.map(|p| p.at);
        photo.height = photo.meta.wgs84().map(|p| p.height);
        if photo.at.is_none() {
            photo.useless = Some(
                "it has no GPS position in its EXIF: add one, e.g. from the flight log".into(),
            );
            photo.needs_features = false;
        }
        let size = [
            f64::from(photo.meta.width_px.max(1)),
            f64::from(photo.meta.height_px.max(1)),
        ];
        self.scene.cameras[i].lens = lens;
        self.scene.cameras[i].feature_size = size;
        self.update_prior(i);
    }

    fn lens(&mut self, i: usize) -> usize {
        let meta = &self.photos[i].meta;
        let model = meta.camera_model(known_sensor_width_mm(meta));
        let width = f64::from(meta.width_px.max(1));
        let share = model.as_ref().map(|m| m.focal_px / width);
        let key = LensKey {
            make: meta.make.clone(),
            model: meta.model.clone(),
            focal: share.map_or(-1, |f| (f * 1e3).round() as i64),
            aspect: (f64::from(meta.height_px) / width * 100.0).round() as i64,
        };
        if let Some(&known) = self.lenses.get(&key) {
            return known;
        }
        let focal = share.unwrap_or(GUESSED_FOCAL) * REFERENCE_WIDTH;
        let value = Intrinsics {
            focal,
            k1: model.as_ref().map_or(0.0, |m| m.k1),
            k2: model.as_ref().map_or(0.0, |m| m.k2),
        };
        let sigma = focal
            * if share.is_some() {
                FOCAL_SIGMA
            } else {
                GUESSED_FOCAL_SIGMA
            };
        let prior = LensPrior {
            value,
            sigma: [sigma, DISTORTION_SIGMA[0], DISTORTION_SIGMA[1]],
        };
        let index = self.scene.lenses.len();
        self.scene.lenses.push((value, prior));
        self.lenses.insert(key, index);
        index
    }

    /// Puts the photo's telemetry into the local frame.
    fn update_prior(&mut self, i: usize) {
        let (Some(frame), photo) = (&self.frame, &self.photos[i]) else {
            return;
        };
        let Some(at) = photo.at else {
            self.scene.cameras[i].prior = None;
            return;
        };
        let known = photo.height;
        let height = known.unwrap_or_else(|| frame.origin().height);
        let place: Wgs84 = Position::new(at, height);
        let centre = frame.enu_from_wgs84(place).v();
        let position = photo.meta.position;
        let default = self.options.gps_sigma_m.unwrap_or(GPS_SIGMA_M);
        let xy = position
            .and_then(|p| p.sigma_xy_m)
            .unwrap_or(default)
            .clamp(0.01, 100.0);
        let z = if known.is_some() {
            position
                .and_then(|p| p.sigma_z_m)
                .unwrap_or(default)
                .clamp(0.01, 100.0)
        } else {
            100.0
        };
        let attitude = photo.meta.attitude.map(|a| {
            let pose = CameraPose::mounted_nadir(place, a.ned_from_body());
            let (_, enu_from_camera) = pose.in_frame(frame);
            let turn = Rotation3::from_matrix_unchecked(enu_from_camera.inverse().matrix());
            (
                turn,
                a.sigma_rad.unwrap_or(ATTITUDE_SIGMA_RAD).clamp(0.002, 1.0),
            )
        });
        self.scene.cameras[i].prior = Some(PosePrior {
            centre,
            sigma_m: Vector3::new(xy, xy, z),
            attitude,
        });
    }

    /// Lays the local frame where most photos are; returns whether there is one.
    pub(crate) fn settle_frame(&mut self) -> bool {
        let here = self.set_far_aside();
        let Some(origin) = here else {
            return self.frame.is_some();
        };
        let moved = self.frame.as_ref().is_none_or(|f| {
            whimbrel_geo::distance_m(f.origin().at, origin.at) > MAX_FRAME_DISTANCE_M
        });
        if moved {
            self.frame = Some(LocalFrame::new(origin));
            self.scene.cameras.iter_mut().for_each(|c| c.pose = None);
            self.scene.level_m = None;
            (self.grid, self.surface, self.terrain) = (None, None, None);
        }
        for i in 0..self.photos.len() {
            self.update_prior(i);
            if self.photos[i].far.is_some() || self.photos[i].useless.is_some() {
                self.scene.cameras[i].prior = None;
                self.scene.cameras[i].pose = None;
            }
        }
        true
    }

    /// Local up of the terrain model at a local place.
    pub(crate) fn terrain_up_m(
        terrain: &dyn Terrain,
        frame: &LocalFrame,
        x: f64,
        y: f64,
    ) -> Option<f64> {
        let at = frame.latlon_from_xy([x, y]);
        let height = terrain.height(at)?;
        Some(
            frame
                .enu_from_wgs84(ellipsoid_from_amsl(Position::new(at, height)))
                .z(),
        )
    }

    /// Photos added so far.
    pub fn photo_count(&self) -> usize {
        self.photos.len()
    }

    /// Photos whose features are still to be found.
    pub fn pending(&self) -> usize {
        self.photos.iter().filter(|p| p.needs_features).count()
    }

    /// Grows each time that tiles are redrawn.
    pub fn version(&self) -> u64 {
        self.store.version()
    }

    /// Tiles that [`Project::render`] has yet to draw.
    pub fn dirty_tiles(&self) -> Vec<crate::TileId> {
        self.dirty.iter().copied().collect()
    }
}

fn full_width(grade: Grade, meta: &PhotoMeta) -> f64 {
    let k = if grade == Grade::Preview { 2.0 } else { 1.0 };
    k * f64::from(meta.width_px.max(1))
}
