//! Orthorectification: each ground pixel takes its colour from the photo that looks most steeply
//! at it, with a narrow blend where the choice changes. Broad differences of brightness between
//! photos are blended over their whole overlap (two bands; cf. Burt and Adelson, ACM Transactions
//! on Graphics 2(4), 1983).

use std::sync::Arc;

use nalgebra::Vector3;
use whimbrel_geo::{Crs, CrsError, LocalFrame};
use whimbrel_photo::RgbImage;

use crate::cog::TILE;
use crate::gains::Gain;
use crate::lens::{Intrinsics, Pose, REFERENCE_WIDTH};
use crate::scale_space::{FloatImage, blur};
use crate::surface::Surface;
use crate::tile::TILE_BYTES;

/// Pixels between places where the geometry is exact; linear in between.
const STEP: usize = 16;
const NODES: usize = TILE / STEP + 1;
/// Photos blended in one pixel.
const MAX_BLEND: usize = 4;
/// Photos considered at one node.
const NODE_CHOICES: usize = 3;
/// Sharpness of the choice between photos; the blend is about `1 / SHARPNESS` of the preference wide.
const SHARPNESS: f32 = 90.0;
/// Photos whose preference is this far behind have no part in the blend.
const BLEND_REACH: f32 = 6.0 / SHARPNESS;
/// Preference lost by a photo placed from GPS alone: it only fills what no other photo sees.
const PLACED_PENALTY: f32 = 4.0;
/// Squared tangent of the angle from straight down beyond which a photo is not drawn (58°): trees and walls hide the
/// ground there, and errors of height show more than one and a half times as large.
const STEEPEST_TAN2: f32 = 2.5;
/// Share of the image's width over which a photo fades towards its border.
const BORDER_SHARE: f32 = 0.03;
/// Preference below which a photo does not see a place.
const BLIND: f32 = -30.0;
/// Share of the image's width over which a photo's say in broad brightness fades to its border.
const BROAD_BORDER: f32 = 0.15;
/// How much steeper looks count for more in broad brightness.
const BROAD_SHARPNESS: f32 = 4.0;
/// Say in broad brightness of a photo placed from GPS alone.
const PLACED_SAY: f32 = 1e-3;
/// Added to both sides of a brightness ratio, so that shadows do not blow it up.
const SHADOW: f32 = 8.0;
/// Width of the broad band's copy of a photo, and its blur in pixels of that copy.
const BROAD_WIDTH: u32 = 64;
const BROAD_SIGMA: f32 = 2.0;

/// A tile of the map: column to the east, row to the north, in tiles from the projection's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// To the north.
    pub row: i32,
    /// To the east.
    pub column: i32,
}

/// The map's pixel grid.
#[derive(Clone, Debug)]
pub struct MapGrid {
    /// Projection.
    pub crs: Crs,
    /// Local axes of the solution.
    pub frame: LocalFrame,
    /// Side of a pixel.
    pub gsd_m: f64,
}

impl MapGrid {
    /// Side of a tile in metres.
    pub fn tile_m(&self) -> f64 {
        self.gsd_m * TILE as f64
    }

    /// Projected easting, northing of a local place.
    pub fn projected(&self, xy: [f64; 2]) -> Result<[f64; 2], CrsError> {
        self.crs.project(self.frame.latlon_from_xy(xy))
    }

    /// Local place of projected easting, northing.
    pub fn local(&self, en: [f64; 2]) -> Result<[f64; 2], CrsError> {
        Ok(self.frame.enu_xy(self.crs.unproject(en)?))
    }

    /// North-west corner of a tile.
    pub fn corner(&self, id: TileId) -> [f64; 2] {
        [
            f64::from(id.column) * self.tile_m(),
            f64::from(id.row + 1) * self.tile_m(),
        ]
    }

    /// Tiles that touch the projected box (west, south, east, north).
    pub fn tiles(&self, b: [f64; 4]) -> impl Iterator<Item = TileId> + use<> {
        let at = |v: f64| (v / self.tile_m()).floor().clamp(-1e8, 1e8) as i32;
        let (west, south, east, north) = (at(b[0]), at(b[1]), at(b[2]), at(b[3]));
        (south..=north).flat_map(move |row| (west..=east).map(move |column| TileId { row, column }))
    }

    /// Local places of a tile's nodes, row by row from the north-west.
    fn nodes(&self, id: TileId) -> Result<Vec<[f64; 2]>, CrsError> {
        let [w, n] = self.corner(id);
        let side = self.tile_m();
        let c = [
            self.local([w, n])?,
            self.local([w + side, n])?,
            self.local([w, n - side])?,
            self.local([w + side, n - side])?,
        ];
        // Over one tile the projection is bilinear to far below a pixel.
        let mut out = Vec::with_capacity(NODES * NODES);
        for j in 0..NODES {
            for i in 0..NODES {
                let (fx, fy) = (i as f64 / (NODES - 1) as f64, j as f64 / (NODES - 1) as f64);
                let mix = |k: usize| {
                    (c[0][k] * (1.0 - fx) + c[1][k] * fx) * (1.0 - fy)
                        + (c[2][k] * (1.0 - fx) + c[3][k] * fx) * fy
                };
                out.push([mix(0), mix(1)]);
            }
        }
        Ok(out)
    }
}

/// A photo as the map sees it.
#[derive(Clone, Debug)]
pub struct View {
    /// Where and how it looks.
    pub pose: Pose,
    /// Lens.
    pub lens: Intrinsics,
    /// Half the image's height in reference pixels.
    pub half_height: f64,
    /// From GPS alone.
    pub placed: bool,
    /// Brightness correction.
    pub gain: Gain,
    /// What the photo looks like from afar.
    pub broad: Option<Arc<Broad>>,
}

/// A small, blurred copy of a photo.
#[derive(Debug)]
pub struct Broad {
    channels: [FloatImage; 3],
}

impl Broad {
    /// From a small copy.
    pub fn new(thumb: &RgbImage) -> Broad {
        let width = BROAD_WIDTH.min(thumb.width).max(1);
        let height = (thumb.height * width / thumb.width.max(1)).max(1);
        let small = thumb.resized(width, height);
        let channels = [0, 1, 2].map(|c| {
            let data = small
                .data
                .chunks_exact(3)
                .map(|p| f32::from(p[c]))
                .collect();
            blur(
                &FloatImage {
                    width: width as usize,
                    height: height as usize,
                    data,
                },
                BROAD_SIGMA,
            )
        });
        Broad { channels }
    }

    fn at(&self, uv: [f32; 2]) -> [f32; 3] {
        let (w, h) = (self.channels[0].width, self.channels[0].height);
        let ((x0, x1, fx), (y0, y1, fy)) = (between(uv[0], w), between(uv[1], h));
        [0, 1, 2].map(|c| {
            let at = |x: usize, y: usize| self.channels[c].data[y * w + x];
            (at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx) * (1.0 - fy)
                + (at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx) * fy
        })
    }
}

#[derive(Clone, Copy)]
struct Node {
    /// Image place as shares of width and height.
    uv: [f32; 2],
    preference: f32,
    /// Say in broad brightness.
    say: f32,
    /// Brightness correction by channel.
    factor: [f32; 3],
}

const UNSEEN: Node = Node {
    uv: [0.0; 2],
    preference: f32::NEG_INFINITY,
    say: 0.0,
    factor: [1.0; 3],
};

impl View {
    fn node(&self, x: &Vector3<f64>) -> Node {
        let Some(image) = self.pose.image(&self.lens, x) else {
            return UNSEEN;
        };
        let u = (image.x / REFERENCE_WIDTH + 0.5) as f32;
        let v = (image.y / (2.0 * self.half_height) + 0.5) as f32;
        let aspect = (2.0 * self.half_height / REFERENCE_WIDTH) as f32;
        let border = u.min(1.0 - u).min(v.min(1.0 - v) * aspect);
        if border < -0.2 {
            return UNSEEN;
        }
        let d = x - self.pose.centre;
        let tan2 = ((d.x * d.x + d.y * d.y) / (d.z * d.z).max(1e-6)) as f32;
        if tan2 > STEEPEST_TAN2 {
            return UNSEEN;
        }
        // Smooth everywhere, so that it can be interpolated: steepness, and a fall at the border.
        let edge = (border / BORDER_SHARE).min(1.0);
        let mut preference = -tan2.min(20.0) - 0.5 * (1.0 - edge).powi(2);
        if self.placed {
            preference -= PLACED_PENALTY;
        }
        let r2 = ((image.x * image.x + image.y * image.y)
            / (REFERENCE_WIDTH * REFERENCE_WIDTH * 0.25)) as f32;
        let inside = (border / BROAD_BORDER).clamp(0.0, 1.0);
        let say = inside
            * inside
            * (-BROAD_SHARPNESS * tan2).exp()
            * if self.placed { PLACED_SAY } else { 1.0 };
        let vignette = self.gain.vignette(r2);
        Node {
            uv: [u, v],
            preference,
            say,
            factor: self.gain.factor.map(|f| f * vignette),
        }
    }

    /// How well a ground place is seen, where in the photo (as metres on the ground there), and its brightness
    /// correction; `None` when the photo does not show it.
    pub fn glance(&self, ground: &Vector3<f64>) -> Option<(f32, [f64; 2], [f32; 3])> {
        let node = self.node(ground);
        if !View::sees(&node) {
            return None;
        }
        let image = self.pose.image(&self.lens, ground)?;
        let unit_m = (self.pose.centre - ground).norm() / self.lens.focal.max(1.0);
        Some((
            node.preference,
            [image.x * unit_m, image.y * unit_m],
            node.factor,
        ))
    }

    fn sees(node: &Node) -> bool {
        node.preference > BLIND && node.uv.iter().all(|c| (0.0..=1.0).contains(c))
    }

    /// Local box (west, south, east, north) around the ground that the photo shows.
    pub fn footprint(&self, surface: &Surface) -> Option<[f64; 4]> {
        let mut bounds = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        for p in self.outline(surface)? {
            bounds = [
                bounds[0].min(p[0]),
                bounds[1].min(p[1]),
                bounds[2].max(p[0]),
                bounds[3].max(p[1]),
            ];
        }
        Some(bounds)
    }

    /// Ground places of eight places around the image's border.
    pub fn outline(&self, surface: &Surface) -> Option<Vec<[f64; 2]>> {
        let (w, h) = (0.5 * REFERENCE_WIDTH, self.half_height);
        let mut out = Vec::new();
        for (x, y) in [
            (-1.0, -1.0),
            (0.0, -1.0),
            (1.0, -1.0),
            (1.0, 0.0),
            (1.0, 1.0),
            (0.0, 1.0),
            (-1.0, 1.0),
            (-1.0, 0.0),
        ] {
            let mut up = surface.up_m(self.pose.centre.x, self.pose.centre.y);
            let mut hit = self.pose.on_level(&self.lens, [x * w, y * h], up)?;
            for _ in 0..3 {
                up = surface.up_m(hit.x, hit.y);
                hit = self.pose.on_level(&self.lens, [x * w, y * h], up)?;
            }
            out.push([hit.x, hit.y]);
        }
        Some(out)
    }
}

/// One tile's geometry: which photos it takes, and where in them.
pub struct Plan {
    /// Index of the photo, and its nodes.
    parts: Vec<(usize, Vec<Node>)>,
}

impl Plan {
    /// Chooses the photos of a tile among `candidates`.
    pub fn new(
        grid: &MapGrid,
        id: TileId,
        surface: &Surface,
        views: &[Option<View>],
        candidates: &[usize],
    ) -> Result<Plan, CrsError> {
        let ground: Vec<Vector3<f64>> = grid
            .nodes(id)?
            .into_iter()
            .map(|[x, y]| Vector3::new(x, y, surface.up_m(x, y)))
            .collect();
        let mut parts: Vec<(usize, Vec<Node>)> = candidates
            .iter()
            .filter_map(|&v| {
                let nodes: Vec<Node> = ground
                    .iter()
                    .map(|x| views[v].as_ref().map_or(UNSEEN, |view| view.node(x)))
                    .collect();
                nodes
                    .iter()
                    .any(|n| n.preference > BLIND)
                    .then_some((v, nodes))
            })
            .collect();
        for n in 0..ground.len() {
            let (mut total, mut sum) = (0f32, [0f32; 3]);
            let looks: Vec<Option<[f32; 3]>> = parts
                .iter()
                .map(|(v, nodes)| {
                    let node = &nodes[n];
                    let broad = views[*v].as_ref()?.broad.as_ref()?;
                    let colour = (node.preference > BLIND).then(|| broad.at(node.uv))?;
                    Some([0, 1, 2].map(|c| colour[c] * node.factor[c]))
                })
                .collect();
            for ((_, nodes), look) in parts.iter().zip(&looks) {
                if let Some(look) = look {
                    total += nodes[n].say;
                    (0..3).for_each(|c| sum[c] += nodes[n].say * look[c]);
                }
            }
            for ((_, nodes), look) in parts.iter_mut().zip(&looks) {
                if let (Some(look), true) = (look, total > 1e-6) {
                    for c in 0..3 {
                        let ratio = (sum[c] / total + SHADOW) / (look[c] + SHADOW);
                        nodes[n].factor[c] *= ratio.clamp(0.5, 2.0);
                    }
                }
            }
        }
        let mut wanted = vec![false; parts.len()];
        for n in 0..ground.len() {
            let mut best: Vec<(f32, usize)> = (0..parts.len())
                .filter(|&k| parts[k].1[n].preference > BLIND)
                .map(|k| {
                    (
                        parts[k].1[n].preference
                            - if View::sees(&parts[k].1[n]) {
                                0.0
                            } else {
                                10.0
                            },
                        k,
                    )
                })
                .collect();
            best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            best.iter()
                .take(NODE_CHOICES)
                .for_each(|b| wanted[b.1] = true);
        }
        let mut keep = wanted.into_iter();
        parts.retain(|_| keep.next().unwrap_or(false));
        Ok(Plan { parts })
    }

    /// Photos whose pixels are needed.
    pub fn photos(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().map(|p| p.0)
    }

    /// The pixels, from the photos that could be decoded.
    pub fn render(&self, image: impl Fn(usize) -> Option<Arc<RgbImage>>) -> Vec<u8> {
        let mut out = vec![0u8; TILE_BYTES];
        let sources: Vec<Option<Arc<RgbImage>>> =
            self.parts.iter().map(|(v, _)| image(*v)).collect();
        for cell_y in 0..NODES - 1 {
            for cell_x in 0..NODES - 1 {
                let corner = cell_y * NODES + cell_x;
                let corners = [corner, corner + 1, corner + NODES, corner + NODES + 1];
                let mut chosen: Vec<(f32, usize)> = (0..self.parts.len())
                    .filter(|&k| sources[k].is_some())
                    .filter_map(|k| {
                        let nodes = corners.map(|c| self.parts[k].1[c]);
                        if nodes.iter().any(|n| n.preference <= BLIND) {
                            return None;
                        }
                        Some((
                            nodes
                                .iter()
                                .map(|n| n.preference)
                                .fold(f32::NEG_INFINITY, f32::max),
                            k,
                        ))
                    })
                    .collect();
                chosen.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                self.cell(&mut out, [cell_x, cell_y], &corners, &chosen, &sources);
            }
        }
        out
    }

    fn cell(
        &self,
        out: &mut [u8],
        cell: [usize; 2],
        corners: &[usize; 4],
        chosen: &[(f32, usize)],
        sources: &[Option<Arc<RgbImage>>],
    ) {
        let parts: Vec<(f32, Across, &RgbImage)> = chosen
            .iter()
            .filter_map(|&(top, k)| {
                let nodes = corners.map(|c| self.parts[k].1[c].values());
                Some((top, Across { nodes }, sources[k].as_deref()?))
            })
            .collect();
        for dy in 0..STEP {
            let fy = (dy as f32 + 0.5) / STEP as f32;
            // Along one row everything is linear: a start and a slope.
            let lines: Vec<(f32, [f32; VALUES], [f32; VALUES], &RgbImage)> = parts
                .iter()
                .map(|(top, across, image)| {
                    let (start, slope) = across.row(fy);
                    (*top, start, slope, *image)
                })
                .collect();
            for dx in 0..STEP {
                let fx = (dx as f32 + 0.5) / STEP as f32;
                let mut best = f32::NEG_INFINITY;
                let mut blend = [(f32::NEG_INFINITY, [0.0f32; 3]); MAX_BLEND];
                let mut count = 0;
                for (top, start, slope, image) in &lines {
                    if count == MAX_BLEND || (count > 0 && *top < best - BLEND_REACH) {
                        break;
                    }
                    let preference = start[0] + slope[0] * fx;
                    if count > 0 && preference < best - BLEND_REACH {
                        continue;
                    }
                    let (u, v) = (start[1] + slope[1] * fx, start[2] + slope[2] * fx);
                    if !(0.0..=1.0).contains(&u) || !(0.0..=1.0).contains(&v) {
                        continue;
                    }
                    let Some(rgb) = sample(image, u, v) else {
                        continue;
                    };
                    blend[count] = (
                        preference,
                        [0, 1, 2].map(|c| rgb[c] * (start[3 + c] + slope[3 + c] * fx)),
                    );
                    best = best.max(preference);
                    count += 1;
                }
                let (mut total, mut colour) = (0.0, [0f32; 3]);
                match &blend[..count] {
                    [] => continue,
                    [(_, rgb)] => (total, colour) = (1.0, *rgb),
                    several => {
                        for (preference, rgb) in several {
                            let w = ((preference - best) * SHARPNESS).exp();
                            total += w;
                            (0..3).for_each(|c| colour[c] += w * rgb[c]);
                        }
                    }
                }
                let at = ((cell[1] * STEP + dy) * TILE + cell[0] * STEP + dx) * 4;
                for c in 0..3 {
                    out[at + c] = (colour[c] / total + 0.5).clamp(0.0, 255.0) as u8;
                }
                out[at + 3] = 255;
            }
        }
    }
}

/// Preference, place in the image, brightness by channel: what is interpolated between nodes.
const VALUES: usize = 6;

impl Node {
    fn values(&self) -> [f32; VALUES] {
        let ([u, v], [r, g, b]) = (self.uv, self.factor);
        [self.preference, u, v, r, g, b]
    }
}

/// The values of one photo at the corners of a cell: north-west, north-east, south-west, south-east.
struct Across {
    nodes: [[f32; VALUES]; 4],
}

impl Across {
    /// Values at the west end of a row, and what they gain to its east end.
    fn row(&self, fy: f32) -> ([f32; VALUES], [f32; VALUES]) {
        let [nw, ne, sw, se] = &self.nodes;
        let west = std::array::from_fn(|k| nw[k] + (sw[k] - nw[k]) * fy);
        let slope = std::array::from_fn(|k| ne[k] + (se[k] - ne[k]) * fy - west[k]);
        (west, slope)
    }
}

/// The two pixels around a share of `n`, and how far towards the second.
fn between(share: f32, n: usize) -> (usize, usize, f32) {
    let p = (share * n as f32 - 0.5).clamp(0.0, (n - 1) as f32);
    let i = p as usize;
    (i, (i + 1).min(n - 1), p - i as f32)
}

/// Bilinear colour at shares of width and height.
#[inline]
fn sample(image: &RgbImage, u: f32, v: f32) -> Option<[f32; 3]> {
    let (w, h) = (image.width as usize, image.height as usize);
    let ((x0, x1, fx), (y0, y1, fy)) = (between(u, w), between(v, h));
    let row = |y: usize| image.data.get(y * w * 3..(y + 1) * w * 3);
    let (top, bottom) = (row(y0)?, row(y1)?);
    let at = |row: &[u8], x: usize| row.get(x * 3..x * 3 + 3)?.try_into().ok();
    let (a, b): ([u8; 3], [u8; 3]) = (at(top, x0)?, at(top, x1)?);
    let (c, d): ([u8; 3], [u8; 3]) = (at(bottom, x0)?, at(bottom, x1)?);
    let weights = [
        (1.0 - fx) * (1.0 - fy),
        fx * (1.0 - fy),
        (1.0 - fx) * fy,
        fx * fy,
    ];
    Some(std::array::from_fn(|k| {
        f32::from(a[k]) * weights[0]
            + f32::from(b[k]) * weights[1]
            + f32::from(c[k]) * weights[2]
            + f32::from(d[k]) * weights[3]
    }))
}
