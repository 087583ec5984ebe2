//! The prediction as maps.

use super::{Prediction, Shot, Shown};
use crate::request::{Plan, Request};
use whimbrel_geo::{
    Amsl, Crs, CrsError, LatLon, Pixels, Polygon, Position, RasterError, RasterPlace, Terrain,
    destination, distance_m, ellipsoid_from_amsl,
};
use whimbrel_mission::grid::MAX_CELLS;
use whimbrel_mission::{AreaError, Camera, footprint, format::geojson};
use whimbrel_photo::CameraPose;

/// Metres of the grid between exact places; between them they are interpolated,
/// to millimetres.
const EXACT_EVERY_M: f64 = 250.0;
/// Most exact places along one side.
const EXACT_MAX: usize = 400;
/// What cells outside the areas hold where counts are.
const OUTSIDE: u16 = u16::MAX;
/// The same where bytes are.
const OUTSIDE_BYTE: u8 = u8::MAX;

/// Why there are no maps.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MapsError {
    /// Nothing photographs.
    #[error("maps of photos need a camera: add --camera")]
    NoCamera,
    /// The areas are none.
    #[error(transparent)]
    Area(#[from] AreaError),
    /// There is no projection.
    #[error("projecting the maps failed: {0}")]
    Crs(#[from] CrsError),
    /// A file could not be made.
    #[error(transparent)]
    Raster(#[from] RasterError),
}

/// Maps of what a plan's photos will show, in the area's UTM zone.
#[derive(Clone, Debug)]
pub struct Maps {
    /// GeoTIFF, u8: 1 where a photo sees the ground, 0 where none does, 255
    /// outside the areas.
    pub coverage: Vec<u8>,
    /// GeoTIFF, u16: how many photos see the ground, 65535 outside the areas.
    pub overlap: Vec<u8>,
    /// GeoTIFF, f32: best ground sampling distance in metres, NaN elsewhere.
    pub gsd: Vec<u8>,
    /// GeoJSON: each photo's outline on the ground.
    pub footprints: Vec<u8>,
    /// Where the pixels of the three maps lie.
    pub place: RasterPlace,
    /// The numbers at this resolution.
    pub prediction: Prediction,
}

/// Places of a projection by interpolation between exact ones.
struct Places {
    west: f64,
    south: f64,
    step: f64,
    columns: usize,
    exact: Vec<LatLon>,
}

impl Places {
    fn over(crs: &Crs, low: [f64; 2], high: [f64; 2]) -> Result<Self, CrsError> {
        let longest = (high[0] - low[0]).max(high[1] - low[1]).max(1.0);
        let step = EXACT_EVERY_M.max(longest / EXACT_MAX as f64);
        let count = |span: f64| (span / step).ceil() as usize + 2;
        let (columns, rows) = (count(high[0] - low[0]), count(high[1] - low[1]));
        let mut exact = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = (column as f64 * step, row as f64 * step);
                exact.push(crs.unproject([low[0] + x, low[1] + y])?);
            }
        }
        Ok(Self {
            west: low[0],
            south: low[1],
            step,
            columns,
            exact,
        })
    }

    fn at(&self, [x, y]: [f64; 2]) -> Option<LatLon> {
        let (x, y) = ((x - self.west) / self.step, (y - self.south) / self.step);
        if !(x >= 0.0 && y >= 0.0) {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        if column + 1 >= self.columns {
            return None;
        }
        let exact = |c: usize, r: usize| self.exact.get(r * self.columns + c);
        let (a, b) = (exact(column, row)?, exact(column + 1, row)?);
        let (c, d) = (exact(column, row + 1)?, exact(column + 1, row + 1)?);
        let (u, v) = (x - column as f64, y - row as f64);
        let mix = |of: fn(LatLon) -> f64| {
            (of(*a) * (1.0 - u) + of(*b) * u) * (1.0 - v) + (of(*c) * (1.0 - u) + of(*d) * u) * v
        };
        LatLon::from_rad(mix(LatLon::lat_rad), mix(LatLon::lon_rad)).ok()
    }
}

/// A photo in a projection: its grid north and scale are found by a step ahead.
fn projected(
    crs: &Crs,
    camera: &Camera,
    photo: Position<Amsl>,
    heading_rad: f64,
) -> Result<Shot, CrsError> {
    let ahead = destination(photo.at, heading_rad, 100.0);
    let (p, q) = (crs.project(photo.at)?, crs.project(ahead)?);
    let d = [q[0] - p[0], q[1] - p[1]];
    let scale = distance_m(photo.at, ahead) / d[0].hypot(d[1]).max(1e-9);
    let heading = d[0].atan2(d[1]);
    Ok(Shot::nadir(camera, p, photo.height.m(), heading, scale))
}

impl Plan {
    /// Maps of what the photos of this plan, made of `request`, will show of
    /// its areas on `terrain`, with pixels of `pixel_m` (larger ones when that
    /// would be more than [`MAX_CELLS`]).
    ///
    /// # Errors
    /// Without a camera, or where there is no projection.
    pub fn maps(
        &self,
        request: &Request,
        terrain: &dyn Terrain,
        pixel_m: f64,
    ) -> Result<Maps, MapsError> {
        let camera = request.camera.as_ref().ok_or(MapsError::NoCamera)?;
        let crs = Crs::utm_for(self.frame().origin().at)?;
        let ring = |places: &Vec<LatLon>| -> Result<Vec<[f64; 2]>, CrsError> {
            places.iter().map(|p| crs.project(*p)).collect()
        };
        let mut areas = Vec::with_capacity(request.areas.len());
        for area in &request.areas {
            areas.push(Polygon {
                outer: ring(&area.outer)?,
                holes: area.holes.iter().map(ring).collect::<Result<_, _>>()?,
            });
        }
        let (wide, long) = camera.footprint_m(self.report.height_m);
        let around_m = 0.6 * wide.hypot(long);
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for (a, b) in areas.iter().filter_map(Polygon::bounds) {
            for axis in 0..2 {
                low[axis] = low[axis].min(a[axis] - around_m);
                high[axis] = high[axis].max(b[axis] + around_m);
            }
        }
        let places = Places::over(&crs, low, high)?;
        let height = |p| Some(terrain.height(places.at(p)?)?.m());
        let mut shown = Shown::over(&areas, around_m, pixel_m, MAX_CELLS, height);
        for sortie in &self.sorties {
            for (photo, heading) in sortie.photos.iter().zip(&sortie.photo_headings_rad) {
                shown.add(&projected(&crs, camera, *photo, *heading)?);
            }
        }
        let raster = shown.raster(crs);
        Ok(Maps {
            coverage: raster.geotiff(
                Pixels::U8(&shown.rows(|s, i| match s.count(i) {
                    Some(n) => u8::from(n > 0),
                    None => OUTSIDE_BYTE,
                })),
                Some("255"),
            )?,
            overlap: raster.geotiff(
                Pixels::U16(&shown.rows(|s, i| s.count(i).unwrap_or(OUTSIDE))),
                Some("65535"),
            )?,
            gsd: raster.geotiff(
                Pixels::F32(&shown.rows(|s, i| s.gsd_m.get(i).copied().unwrap_or(f32::NAN))),
                Some("nan"),
            )?,
            footprints: self.footprints(camera, terrain),
            prediction: shown.prediction(),
            place: raster,
        })
    }

    /// Each photo's outline on the terrain; those that reach beyond it are left
    /// out.
    fn footprints(&self, camera: &Camera, terrain: &dyn Terrain) -> Vec<u8> {
        let model = camera.model();
        let mut writer = geojson::Writer::default();
        for (sortie, s) in self.sorties.iter().enumerate() {
            let photos = s.photos.iter().zip(&s.photo_headings_rad);
            for (number, (photo, heading)) in photos.enumerate() {
                let pose = CameraPose::nadir(ellipsoid_from_amsl(*photo), *heading);
                let Some(outline) = footprint::on_terrain(&model, &pose, terrain) else {
                    continue;
                };
                let ground = terrain.height(photo.at);
                let gsd_m = ground.map(|g| camera.gsd_m(photo.height - g));
                let mut properties = serde_json::Map::new();
                properties.insert("role".into(), "footprint".into());
                properties.insert("sortie".into(), (sortie + 1).into());
                properties.insert("number".into(), (number + 1).into());
                properties.insert("gsd_m".into(), gsd_m.into());
                writer.area(&whimbrel_mission::Area::new(outline), properties);
            }
        }
        writer.finish()
    }
}

impl Shown {
    /// How many photos see a cell; `None` outside the areas.
    fn count(&self, index: usize) -> Option<u16> {
        let inside = self.inside.get(index) == Some(&true);
        let seen = self.seen.get(index).copied();
        seen.filter(|_| inside).map(|n| n.min(OUTSIDE - 1))
    }

    /// Values of all cells, the northernmost row first.
    fn rows<T>(&self, value: impl Fn(&Self, usize) -> T) -> Vec<T> {
        let columns = self.grid.columns;
        let rows = (0..self.grid.rows).rev();
        rows.flat_map(|row| row * columns..(row + 1) * columns)
            .map(|index| value(self, index))
            .collect()
    }

    fn raster(&self, crs: Crs) -> RasterPlace {
        let g = &self.grid;
        let north = g.south_m + g.rows as f64 * g.cell_m;
        RasterPlace::north_up(crs, [g.west_m, north], g.cell_m, g.columns, g.rows)
    }
}
