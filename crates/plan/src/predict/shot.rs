//! One photo over a plane.

use whimbrel_mission::Camera;

/// A photo that looks straight down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shot {
    /// Where, in the grid's plane.
    pub at: [f64; 2],
    /// Height above sea level.
    pub height_m: f64,
    /// Direction of the picture's top.
    along: [f64; 2],
    /// Metres on the ground of a metre of the grid.
    scale: f64,
    focal_px: f64,
    half_px: [f64; 2],
}

impl Shot {
    /// Straight down, its top towards `heading_rad` (clockwise from the grid's
    /// north); `scale`: metres on the ground of a metre of the grid.
    pub fn nadir(
        camera: &Camera,
        at: [f64; 2],
        height_m: f64,
        heading_rad: f64,
        scale: f64,
    ) -> Self {
        Self {
            at,
            height_m,
            along: [heading_rad.sin(), heading_rad.cos()],
            scale,
            focal_px: camera.focal_px(),
            half_px: [
                0.5 * f64::from(camera.width_px),
                0.5 * f64::from(camera.height_px),
            ],
        }
    }

    /// Ground sampling distance at a place of that height, when it falls into
    /// the picture.
    pub fn gsd_m(&self, place: [f64; 2], height_m: f64) -> Option<f64> {
        let gsd = (self.height_m - height_m) / self.focal_px;
        let d = [
            (place[0] - self.at[0]) * self.scale,
            (place[1] - self.at[1]) * self.scale,
        ];
        let across = d[0] * self.along[1] - d[1] * self.along[0];
        let along = d[0] * self.along[0] + d[1] * self.along[1];
        let seen = across.abs() <= self.half_px[0] * gsd && along.abs() <= self.half_px[1] * gsd;
        (seen && gsd > 0.0).then_some(gsd)
    }

    /// How far it sees in the grid where the ground is no lower.
    pub fn reach_m(&self, lowest_m: f64) -> f64 {
        let gsd = (self.height_m - lowest_m).max(0.0) / self.focal_px;
        gsd * self.half_px[0].hypot(self.half_px[1]) / self.scale
    }

    /// Its corners on level ground, in the grid.
    pub fn outline(&self, ground_m: f64) -> [[f64; 2]; 4] {
        let gsd = (self.height_m - ground_m).max(0.0) / self.focal_px / self.scale;
        let (a, b) = (self.half_px[0] * gsd, self.half_px[1] * gsd);
        [[-a, b], [a, b], [a, -b], [-a, -b]].map(|[across, along]| {
            [
                self.at[0] + across * self.along[1] + along * self.along[0],
                self.at[1] - across * self.along[0] + along * self.along[1],
            ]
        })
    }
}
