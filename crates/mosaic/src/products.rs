//! The results: orthomosaic, surface, cameras, report.

use std::collections::BTreeMap;
use std::io::{Seek, Write};

use nalgebra::Vector3;
use serde::Serialize;
use whimbrel_geo::{Camera, Enu, Rotation, Vec3, Wgs84, amsl_from_ellipsoid};
use whimbrel_photo::CameraPose;

use crate::cog::{Cog, CogError, Level, Pixels, TILE, overview_count};
use crate::lens::{Pose, REFERENCE_WIDTH};
use crate::map::MapView;
use crate::ortho::TileId;
use crate::project::Project;
use crate::surface::Surface;
use crate::tile;

/// Map pixels per pixel of the surface.
const SURFACE_STEP: usize = 8;
/// Vertical system of the surface: heights above the EGM96 geoid.
const EGM96_HEIGHT: u32 = 5773;

/// What became of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Joined to its neighbours by matching.
    Matched,
    /// Placed from GPS alone.
    Placed,
    /// Not in the map.
    LeftOut,
}

/// One photo of `cameras.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CameraResult {
    /// Its name.
    pub photo: String,
    /// What became of it.
    pub state: State,
    /// Why it was not matched.
    pub reason: Option<String>,
    /// Of the projection centre.
    pub lat_deg: Option<f64>,
    /// Of the projection centre.
    pub lon_deg: Option<f64>,
    /// Above the WGS 84 ellipsoid.
    pub height_ellipsoid_m: Option<f64>,
    /// Rotation from image axes (x right, y up, z back) to east, north, up at the camera is
    /// Rx(omega) · Ry(phi) · Rz(kappa).
    pub omega_deg: Option<f64>,
    /// See `omega_deg`.
    pub phi_deg: Option<f64>,
    /// See `omega_deg`.
    pub kappa_deg: Option<f64>,
    /// Pose for programs.
    #[serde(skip)]
    pub pose: Option<CameraPose>,
}

/// Numbers about the map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Photos given.
    pub photos: usize,
    /// Joined by matching.
    pub matched: usize,
    /// Placed from GPS.
    pub placed: usize,
    /// Not in the map.
    pub left_out: usize,
    /// Root mean square distance of tie points from where they were seen, in pixels of the photos.
    pub reprojection_rmse_px: Option<f64>,
    /// Tie points of the solution.
    pub tie_points: usize,
    /// Root mean square horizontal distance between GPS and solved positions.
    pub gps_rmse_m: Option<f64>,
    /// Side of a map pixel.
    pub gsd_m: Option<f64>,
    /// Projection.
    pub crs: Option<String>,
    /// Lenses as solved.
    pub lenses: Vec<LensReport>,
    /// Area drawn.
    pub covered_m2: f64,
    /// Part of the convex hull of the photo positions that is drawn.
    pub coverage: f64,
}

/// A lens as solved: focal length in image widths, radial distortion (Brown 1971).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LensReport {
    /// Focal length ÷ image width.
    pub focal_widths: f64,
    /// Second order.
    pub k1: f64,
    /// Fourth order.
    pub k2: f64,
}

/// `report.json` with what only the shell can measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// About the map.
    #[serde(flatten)]
    pub report: Report,
    /// Duration.
    pub wall_s: f64,
    /// User and system time of all threads.
    pub cpu_s: f64,
    /// Largest resident set.
    pub peak_rss_mb: f64,
}

/// Why a product cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ProductError {
    /// Nothing drawn.
    #[error("there is no map yet: no photo could be placed")]
    Empty,
    /// The file failed.
    #[error(transparent)]
    Cog(#[from] CogError),
    /// A place has no projection.
    #[error("the map's projection failed: {0}")]
    Projection(String),
}

/// The box of what is drawn, in pixels of the projection's grid (north-west corner, size).
struct Extent {
    west: i64,
    north: i64,
    size: [usize; 2],
}

impl Project {
    /// What is drawn; a cheap copy for another thread.
    pub fn map(&self) -> MapView {
        self.store.view()
    }

    /// Where the map is.
    pub fn bounds(&self) -> Option<crate::MapBounds> {
        self.store.view().bounds()
    }

    /// One row for each photo, in the order they were added.
    pub fn cameras(&self) -> Vec<CameraResult> {
        (0..self.photos.len()).map(|i| self.camera(i)).collect()
    }

    /// `cameras.json`.
    pub fn cameras_json(&self) -> String {
        serde_json::to_string_pretty(&self.cameras()).unwrap_or_default()
    }

    fn camera(&self, i: usize) -> CameraResult {
        let photo = &self.photos[i];
        let (state, reason, pose) =
            if let Some(reason) = photo.useless.as_ref().or(photo.far.as_ref()) {
                (State::LeftOut, Some(reason.clone()), None)
            } else if let Some(pose) = self.scene.cameras[i].pose {
                (State::Matched, None, Some(pose))
            } else if let Some((pose, reason)) = &photo.placed {
                (State::Placed, Some(reason.clone()), Some(*pose))
            } else {
                (
                    State::LeftOut,
                    Some("it has not been read yet".to_string()),
                    None,
                )
            };
        let pose = pose.and_then(|p| self.world_pose(&p));
        let angles = pose.as_ref().map(omega_phi_kappa_deg);
        CameraResult {
            photo: photo.name.clone(),
            state,
            reason,
            lat_deg: pose.map(|p| p.position.at.lat_deg()),
            lon_deg: pose.map(|p| p.position.at.lon_deg()),
            height_ellipsoid_m: pose.map(|p| p.position.height.m()),
            omega_deg: angles.map(|a| a[0]),
            phi_deg: angles.map(|a| a[1]),
            kappa_deg: angles.map(|a| a[2]),
            pose,
        }
    }

    fn world_pose(&self, pose: &Pose) -> Option<CameraPose> {
        let frame = self.frame.as_ref()?;
        let turn = Rotation::<Enu, Camera>::from_matrix(pose.camera_from_enu.inverse().matrix());
        Some(CameraPose::from_frame(
            frame,
            Vec3::from_v(pose.centre),
            turn,
        ))
    }

    /// Ground places of a photo's border, for showing it on a map.
    pub fn footprint(&self, name: &str) -> Option<Vec<whimbrel_geo::LatLon>> {
        let i = self.photos.iter().position(|p| p.name == name)?;
        let (view, surface, frame) = (
            self.views[i].as_ref()?,
            self.surface.as_ref()?,
            self.frame.as_ref()?,
        );
        Some(
            view.outline(surface)?
                .into_iter()
                .map(|xy| frame.latlon_from_xy(xy))
                .collect(),
        )
    }

    /// Numbers about the map.
    pub fn report(&self) -> Report {
        let cameras = self.cameras();
        let count = |state| cameras.iter().filter(|c| c.state == state).count();
        let (rms, observations) = self.scene.reprojection_rms();
        let widths = self
            .photos
            .iter()
            .zip(&self.scene.cameras)
            .filter(|(_, c)| c.pose.is_some())
            .map(|(p, _)| p.full_width);
        let width = crate::scene::median(widths.collect()).unwrap_or(REFERENCE_WIDTH);
        let gps: Vec<f64> = self
            .scene
            .cameras
            .iter()
            .filter_map(|c| {
                let d = c.pose?.centre - c.prior?.centre;
                Some(d.x * d.x + d.y * d.y)
            })
            .collect();
        let (covered_m2, coverage) = self.coverage();
        Report {
            photos: cameras.len(),
            matched: count(State::Matched),
            placed: count(State::Placed),
            left_out: count(State::LeftOut),
            reprojection_rmse_px: (observations > 0).then_some(rms * width / REFERENCE_WIDTH),
            tie_points: self.scene.tracks.len(),
            gps_rmse_m: (!gps.is_empty())
                .then(|| (gps.iter().sum::<f64>() / gps.len() as f64).sqrt()),
            gsd_m: self.grid.as_ref().map(|g| g.gsd_m),
            crs: self.grid.as_ref().map(|g| format!("EPSG:{}", g.crs.epsg())),
            lenses: self
                .scene
                .lenses
                .iter()
                .map(|(lens, _)| LensReport {
                    focal_widths: lens.focal / REFERENCE_WIDTH,
                    k1: lens.k1,
                    k2: lens.k2,
                })
                .collect(),
            covered_m2,
            coverage,
        }
    }

    /// Area drawn, and the part of the hull of the photo positions that is drawn.
    fn coverage(&self) -> (f64, f64) {
        let Some(grid) = &self.grid else {
            return (0.0, 0.0);
        };
        let places: Vec<[f64; 2]> = self
            .views
            .iter()
            .flatten()
            .filter_map(|v| grid.projected([v.pose.centre.x, v.pose.centre.y]).ok())
            .collect();
        let hull = hull(places);
        let hull_m2 = 0.5
            * (0..hull.len())
                .map(|i| {
                    let (p, q) = (hull[i], hull[(i + 1) % hull.len()]);
                    p[0] * q[1] - p[1] * q[0]
                })
                .sum::<f64>();
        let level = 2u8; // A quarter of the resolution is enough for areas.
        let pixel = grid.gsd_m * f64::from(1u32 << level);
        let (mut all, mut inside) = (0usize, 0usize);
        let view = self.store.view();
        for (id, packed) in view.level(level) {
            let Some(rgba) = tile::unpack(packed) else {
                continue;
            };
            let side = TILE as f64;
            for (k, p) in rgba
                .chunks_exact(4)
                .enumerate()
                .filter(|(_, p)| p[3] >= 128)
            {
                let _ = p;
                all += 1;
                let x = (f64::from(id.column) * side + (k % TILE) as f64 + 0.5) * pixel;
                let y = (f64::from(id.row + 1) * side - (k / TILE) as f64 - 0.5) * pixel;
                let within = (0..hull.len()).all(|i| {
                    let (p, q) = (hull[i], hull[(i + 1) % hull.len()]);
                    (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]) >= 0.0
                });
                inside += usize::from(within && hull.len() >= 3);
            }
        }
        let area = pixel * pixel;
        let share = if hull_m2 > 1.0 {
            (inside as f64 * area / hull_m2).min(1.0)
        } else {
            f64::from(u8::from(all > 0))
        };
        (all as f64 * area, share)
    }

    fn extent(&self, view: &MapView) -> Option<Extent> {
        let side = TILE as i64;
        let ids: Vec<TileId> = view.level(0).map(|t| t.0).collect();
        let west = i64::from(ids.iter().map(|i| i.column).min()?) * side;
        let east = (i64::from(ids.iter().map(|i| i.column).max()?) + 1) * side;
        let south = i64::from(ids.iter().map(|i| i.row).min()?) * side;
        let north = (i64::from(ids.iter().map(|i| i.row).max()?) + 1) * side;
        Some(Extent {
            west,
            north,
            size: [(east - west) as usize, (north - south) as usize],
        })
    }

    /// Writes the orthomosaic as a cloud-optimised GeoTIFF: RGB and opacity.
    pub fn write_orthomosaic(&self, out: &mut (impl Write + Seek)) -> Result<u64, ProductError> {
        let view = self.store.view();
        let (Some(grid), Some(extent)) = (&self.grid, self.extent(&view)) else {
            return Err(ProductError::Empty);
        };
        let side = TILE as i64;
        let mut levels: Vec<Level> = vec![Level::new()];
        for (id, packed) in view.level(0) {
            let row = (extent.north - (i64::from(id.row) + 1) * side) / side;
            let column = (i64::from(id.column) * side - extent.west) / side;
            levels[0].insert((row as usize, column as usize), packed.clone());
        }
        for n in 0..overview_count(extent.size) {
            use rayon::prelude::*;
            let below = &levels[n];
            let mut keys: Vec<(usize, usize)> = below.keys().map(|k| (k.0 / 2, k.1 / 2)).collect();
            keys.dedup();
            keys.sort_unstable();
            keys.dedup();
            let made: BTreeMap<_, _> = keys
                .par_iter()
                .filter_map(|&(r, c)| {
                    let child = |dr: usize, dc: usize| below.get(&(2 * r + dr, 2 * c + dc));
                    tile::parent([child(0, 0), child(0, 1), child(1, 0), child(1, 1)])
                        .map(|t| ((r, c), t))
                })
                .collect();
            levels.push(made);
        }
        let cog = Cog {
            pixels: Pixels::Rgba,
            size: extent.size,
            corner_m: [
                extent.west as f64 * grid.gsd_m,
                extent.north as f64 * grid.gsd_m,
            ],
            pixel_m: grid.gsd_m,
            epsg: grid.crs.epsg(),
            vertical_epsg: None,
            description: "orthomosaic; band 4 is opacity",
            levels: &levels,
        };
        Ok(cog.write(out)?)
    }

    /// Writes the surface as a cloud-optimised GeoTIFF: heights above the EGM96 geoid.
    pub fn write_surface(&self, out: &mut (impl Write + Seek)) -> Result<u64, ProductError> {
        let view = self.store.view();
        let (Some(grid), Some(surface), Some(extent)) =
            (&self.grid, &self.surface, self.extent(&view))
        else {
            return Err(ProductError::Empty);
        };
        let size = extent.size.map(|v| v.div_ceil(SURFACE_STEP));
        let pixel_m = grid.gsd_m * SURFACE_STEP as f64;
        let corner_m = [
            extent.west as f64 * grid.gsd_m,
            extent.north as f64 * grid.gsd_m,
        ];
        let drawn = Drawn::new(&view, &extent);
        let mut heights = Heights::new(self, surface, corner_m, pixel_m, size)?;
        let mut levels = Vec::new();
        let mut values: Vec<f32> = Vec::with_capacity(size[0] * size[1]);
        for y in 0..size[1] {
            for x in 0..size[0] {
                values.push(if drawn.at(x, y) {
                    heights.at(x, y)
                } else {
                    f32::NAN
                });
            }
        }
        let mut level_size = size;
        for n in 0..=overview_count(size) {
            levels.push(float_tiles(&values, level_size));
            if n < overview_count(size) {
                let next = level_size.map(|v| v.div_ceil(2));
                values = halved(&values, level_size, next);
                level_size = next;
            }
        }
        let cog = Cog {
            pixels: Pixels::Float,
            size,
            corner_m,
            pixel_m,
            epsg: grid.crs.epsg(),
            vertical_epsg: Some(EGM96_HEIGHT),
            description: "surface: metres above mean sea level (EGM96)",
            levels: &levels,
        };
        Ok(cog.write(out)?)
    }
}

/// Which pixels of the surface have map over them, read from the map's third smaller copy.
struct Drawn {
    size: [usize; 2],
    bits: Vec<bool>,
}

impl Drawn {
    fn new(view: &MapView, extent: &Extent) -> Drawn {
        let size = extent.size.map(|v| v.div_ceil(SURFACE_STEP));
        let mut bits = vec![false; size[0] * size[1]];
        let step = SURFACE_STEP as i64;
        let level = SURFACE_STEP.ilog2() as u8;
        for (id, packed) in view.level(level) {
            let Some(rgba) = tile::unpack(packed) else {
                continue;
            };
            let side = TILE as i64;
            for (k, _) in rgba.chunks_exact(4).enumerate().filter(|(_, p)| p[3] > 0) {
                let e = i64::from(id.column) * side + (k % TILE) as i64;
                let n = (i64::from(id.row) + 1) * side - (k / TILE) as i64;
                let (x, y) = (
                    e - extent.west.div_euclid(step),
                    extent.north.div_euclid(step) - n,
                );
                if x >= 0 && y >= 0 && x < size[0] as i64 && y < size[1] as i64 {
                    bits[y as usize * size[0] + x as usize] = true;
                }
            }
        }
        Drawn { size, bits }
    }

    fn at(&self, x: usize, y: usize) -> bool {
        self.bits[y * self.size[0] + x]
    }
}

/// Heights above sea level on the surface's pixels; projection and geoid on a coarse net.
struct Heights<'a> {
    surface: &'a Surface,
    net: Vec<NetNode>,
    columns: usize,
}

/// Local east, north; sea level in local up, negative.
type NetNode = ([f64; 2], f64);

/// Pixels between nodes of the net.
const NET: usize = 32;

impl<'a> Heights<'a> {
    fn new(
        project: &Project,
        surface: &'a Surface,
        corner: [f64; 2],
        pixel_m: f64,
        size: [usize; 2],
    ) -> Result<Heights<'a>, ProductError> {
        let (Some(grid), Some(frame)) = (&project.grid, &project.frame) else {
            return Err(ProductError::Empty);
        };
        let [columns, rows] = size.map(|v| v / NET + 2);
        let mut net = Vec::with_capacity(columns * rows);
        for j in 0..rows {
            for i in 0..columns {
                let at = |k: usize| ((k * NET) as f64 + 0.5) * pixel_m;
                let xy = grid
                    .local([corner[0] + at(i), corner[1] - at(j)])
                    .map_err(|e| ProductError::Projection(e.to_string()))?;
                // Sea level under local up 0.
                let place: Wgs84 =
                    frame.wgs84_from_enu(Vec3::from_v(Vector3::new(xy[0], xy[1], 0.0)));
                net.push((xy, amsl_from_ellipsoid(place).height.m()));
            }
        }
        Ok(Heights {
            surface,
            net,
            columns,
        })
    }

    fn at(&mut self, x: usize, y: usize) -> f32 {
        let (i, j) = (x / NET, y / NET);
        let (fx, fy) = ((x % NET) as f64 / NET as f64, (y % NET) as f64 / NET as f64);
        let node = |di: usize, dj: usize| &self.net[(j + dj) * self.columns + i + di];
        let mix = |f: fn(&NetNode) -> f64| {
            (f(node(0, 0)) * (1.0 - fx) + f(node(1, 0)) * fx) * (1.0 - fy)
                + (f(node(0, 1)) * (1.0 - fx) + f(node(1, 1)) * fx) * fy
        };
        let (e, n, zero) = (mix(|v| v.0[0]), mix(|v| v.0[1]), mix(|v| v.1));
        (self.surface.up_m(e, n) + zero) as f32
    }
}

fn float_tiles(values: &[f32], size: [usize; 2]) -> Level {
    let mut out = BTreeMap::new();
    for row in 0..size[1].div_ceil(TILE) {
        for column in 0..size[0].div_ceil(TILE) {
            let mut bytes = Vec::with_capacity(TILE * TILE * 4);
            let mut any = false;
            for y in row * TILE..(row + 1) * TILE {
                for x in column * TILE..(column + 1) * TILE {
                    let v = if x < size[0] && y < size[1] {
                        values[y * size[0] + x]
                    } else {
                        f32::NAN
                    };
                    any |= v.is_finite();
                    bytes.extend(v.to_le_bytes());
                }
            }
            // Unlike opacity 0, a missing tile of floats would read as height 0.
            if let Some(packed) = tile::deflate(&bytes) {
                let _ = any;
                out.insert((row, column), packed);
            }
        }
    }
    out
}

fn halved(values: &[f32], size: [usize; 2], next: [usize; 2]) -> Vec<f32> {
    let mut out = Vec::with_capacity(next[0] * next[1]);
    for y in 0..next[1] {
        for x in 0..next[0] {
            let (mut sum, mut n) = (0.0, 0);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (sx, sy) = (2 * x + dx, 2 * y + dy);
                if sx < size[0] && sy < size[1] && values[sy * size[0] + sx].is_finite() {
                    sum += values[sy * size[0] + sx];
                    n += 1;
                }
            }
            out.push(if n > 0 { sum / n as f32 } else { f32::NAN });
        }
    }
    out
}

/// Photogrammetric angles of a pose at its own place.
fn omega_phi_kappa_deg(pose: &CameraPose) -> [f64; 3] {
    let ned = pose.ned_from_camera.matrix();
    // Rows to east, north, up; columns from (right, down, forward) to (right, up, back).
    let m = |row: usize, column: usize| {
        let v = match row {
            0 => ned[(1, column)],
            1 => ned[(0, column)],
            _ => -ned[(2, column)],
        };
        if column == 0 { v } else { -v }
    };
    let phi = m(0, 2).clamp(-1.0, 1.0).asin();
    let omega = (-m(1, 2)).atan2(m(2, 2));
    let kappa = (-m(0, 1)).atan2(m(0, 0));
    [omega, phi, kappa].map(f64::to_degrees)
}

/// Convex hull, counter-clockwise (Andrew's monotone chain, 1979).
fn hull(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let turn = |o: [f64; 2], a: [f64; 2], b: [f64; 2]| {
        (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
    };
    let half = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for p in points {
            while chain.len() >= 2 && turn(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut out = half(&mut points.iter().copied());
    out.extend(half(&mut points.iter().rev().copied()));
    out
}
