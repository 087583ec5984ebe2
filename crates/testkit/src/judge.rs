//! The finished map against the landscape that it shows.

use crate::survey::Survey;
use crate::transfer::Layer;
use crate::world::World;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::sync::Arc;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use whimbrel_geo::Crs;
use whimbrel_mosaic::compare::{Accuracy, GreyRaster, accuracy, check_points};
use whimbrel_mosaic::{Grade, Options, PhotoData, Project, Report};
use whimbrel_sim::landscape::Landscape;
use whimbrel_sim::landscape::truth::TruthGrid;

/// The products of a survey, as they would be on disk.
pub struct Map {
    /// The orthomosaic's file.
    pub orthomosaic: Vec<u8>,
    /// The surface's file.
    pub surface: Vec<u8>,
    /// `cameras.json`.
    pub cameras_json: String,
    /// Numbers.
    pub report: Report,
}

impl Map {
    /// Makes the map from what has arrived on the ground, in the order in which it came.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let mut project = Project::new(Options {
            terrain: Some(world.terrain().clone()),
            ..Options::default()
        });
        for arrival in world.arrivals() {
            let grade = match arrival.layer {
                Layer::Thumb => continue,
                Layer::Preview => Grade::Preview,
                Layer::Mapping => Grade::Mapping,
                Layer::Original => Grade::Original,
            };
            let data = PhotoData::Bytes(Arc::from(arrival.data.as_slice()));
            let added = project.add_jpeg(&arrival.name, grade, data);
            added.expect("a photo");
        }
        project.solve(|_| {}).expect("a solution");
        let left = project.render(usize::MAX, |_| {}).expect("a map");
        assert_eq!(left, 0);
        let (mut orthomosaic, mut surface) = (Cursor::new(vec![]), Cursor::new(vec![]));
        let written = project.write_orthomosaic(&mut orthomosaic);
        written.expect("an orthomosaic");
        project.write_surface(&mut surface).expect("a surface");
        Self {
            orthomosaic: orthomosaic.into_inner(),
            surface: surface.into_inner(),
            cameras_json: project.cameras_json(),
            report: project.report(),
        }
    }

    /// SHA-256 of all products.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [
            &self.orthomosaic[..],
            &self.surface,
            self.cameras_json.as_bytes(),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// How good a map is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Share of the survey area that the map shows.
    pub coverage: f64,
    /// Side of a map pixel.
    pub gsd_m: f64,
    /// Displacement at check points in the area.
    pub accuracy: Accuracy,
}

/// Compares the orthomosaic with the landscape inside the survey area.
#[must_use]
pub fn judge(world: &World, landscape: &Landscape, survey: &Survey, map: &Map) -> Verdict {
    let (raster, crs) = read_orthomosaic(&map.orthomosaic);
    let area = survey.area(world);
    let corners = area
        .outer
        .iter()
        .map(|at| crs.project(*at).expect("in the zone"));
    let corners: Vec<[f64; 2]> = corners.collect();
    let inside = |x: f64, y: f64| area.contains(crs.unproject([x, y]).expect("in the zone"));
    let (mut all, mut shown) = (0_u32, 0_u32);
    // The box of the area, on the map's own pixels.
    let low = |axis: usize| {
        corners
            .iter()
            .map(|c| c[axis])
            .fold(f64::INFINITY, f64::min)
    };
    let high = |axis: usize| {
        corners
            .iter()
            .map(|c| c[axis])
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let gsd = raster.gsd_m;
    let west = raster.west_m + ((low(0) - raster.west_m) / gsd).floor() * gsd;
    let north = raster.north_m - ((raster.north_m - high(1)) / gsd).floor() * gsd;
    let (width, height) = (
        ((high(0) - west) / gsd).ceil(),
        ((north - low(1)) / gsd).ceil(),
    );
    let (width, height) = (width as usize, height as usize);
    let mut cut = vec![f32::NAN; width * height];
    for row in 0..height {
        for column in 0..width {
            let (x, y) = (
                west + (column as f64 + 0.5) * gsd,
                north - (row as f64 + 0.5) * gsd,
            );
            let grey = raster.sample(x, y);
            cut[row * width + column] = grey;
            // A check of every fourth pixel each way is enough for a share.
            if row % 4 == 0 && column % 4 == 0 && inside(x, y) {
                all += 1;
                shown += u32::from(!grey.is_nan());
            }
        }
    }
    let place = |grey: Vec<f32>| GreyRaster {
        width,
        height,
        west_m: west,
        north_m: north,
        gsd_m: gsd,
        grey,
    };
    let grid = TruthGrid {
        crs,
        west,
        north,
        pixel: gsd,
        width: width as u32,
        height: height as u32,
    };
    let truth = landscape
        .truth_orthophoto(&grid)
        .expect("in the zone")
        .to_gray();
    let truth = place(truth.data.iter().map(|v| f32::from(*v)).collect());
    let points = check_points(&place(cut), &truth, REACH_M);
    Verdict {
        coverage: f64::from(shown) / f64::from(all.max(1)),
        gsd_m: gsd,
        accuracy: accuracy(&points).expect("check points"),
    }
}

/// Largest displacement that is looked for.
const REACH_M: f64 = 5.0;

/// Grey values and projection of an orthomosaic's file; NaN where it is transparent.
#[must_use]
pub fn read_orthomosaic(file: &[u8]) -> (GreyRaster, Crs) {
    let mut decoder = Decoder::new(Cursor::new(file))
        .expect("a TIFF")
        .with_limits(Limits::unlimited());
    let (width, height) = decoder.dimensions().expect("a size");
    let tie = decoder
        .get_tag_f64_vec(Tag::ModelTiepointTag)
        .expect("a place");
    let scale = decoder
        .get_tag_f64_vec(Tag::ModelPixelScaleTag)
        .expect("a scale");
    let keys = decoder
        .get_tag_u16_vec(Tag::GeoKeyDirectoryTag)
        .expect("keys");
    // Key 3072 is the projected system's EPSG code (OGC 19-008 §7.5.3).
    let epsg = keys
        .chunks_exact(4)
        .find(|k| k[0] == 3072)
        .expect("a projection")[3];
    let sizes = decoder.get_tag_u64_vec(Tag::TileByteCounts).expect("tiles");
    let (tile_w, tile_h) = decoder.chunk_dimensions();
    let across = width.div_ceil(tile_w);
    let mut grey = vec![f32::NAN; width as usize * height as usize];
    for (number, size) in (0_u32..).zip(sizes) {
        if size == 0 {
            continue;
        }
        let Ok(DecodingResult::U8(rgba)) = decoder.read_chunk(number) else {
            panic!("tile {number} cannot be read");
        };
        let (x0, y0) = (number % across * tile_w, number / across * tile_h);
        let (wide, _) = decoder.chunk_data_dimensions(number);
        for (k, p) in rgba.as_chunks::<4>().0.iter().enumerate() {
            let (x, y) = (x0 + k as u32 % wide, y0 + k as u32 / wide);
            if p[3] >= 128 && x < width && y < height {
                let luma =
                    0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]);
                grey[y as usize * width as usize + x as usize] = luma;
            }
        }
    }
    let raster = GreyRaster {
        width: width as usize,
        height: height as usize,
        west_m: tie[3],
        north_m: tie[4],
        gsd_m: scale[0],
        grey,
    };
    (
        raster,
        Crs::from_epsg(u32::from(epsg)).expect("a known projection"),
    )
}
