//! The footprint against the camera's own projection, on rolling ground.

use proptest::prelude::*;
use whimbrel_geo::{
    Amsl, Body, Height, LatLon, LocalFrame, Ned, Position, Rotation, Terrain, ellipsoid_from_amsl,
};
use whimbrel_mission::{Camera, footprint};
use whimbrel_photo::CameraPose;

struct Waves(LocalFrame);

impl Terrain for Waves {
    fn height(&self, at: LatLon) -> Option<Height<Amsl>> {
        let [x, y] = self.0.enu_xy(at);
        Some(Height::from_m(
            500.0 + 20.0 * (x / 90.0).sin() + 12.0 * (y / 60.0).cos(),
        ))
    }
    fn bounds(&self) -> Option<(LatLon, LatLon)> {
        None
    }
}

fn at(lat_deg: f64, lon_deg: f64, amsl_m: f64) -> Position<Amsl> {
    let at = LatLon::from_deg(lat_deg, lon_deg).unwrap();
    Position::new(at, Height::from_m(amsl_m))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn every_point_of_the_outline_lies_on_the_pictures_edge(
        index in 0..1000_usize, height_m in 60.0..300.0_f64,
        yaw in -3.0..3.0_f64, pitch in -0.2..0.2_f64, roll in -0.2..0.2_f64)
    {
        let all = Camera::catalogue_all().unwrap();
        let camera = &all[index % all.len()];
        let here = at(46.0, 9.0, 540.0 + height_m);
        let waves = Waves(LocalFrame::new(ellipsoid_from_amsl(here)));
        let turned = Rotation::<Ned, Body>::from_euler_rad(roll, pitch, yaw);
        let pose = CameraPose::mounted_nadir(ellipsoid_from_amsl(here), turned);
        let model = camera.model();
        let outline = footprint::on_terrain(&model, &pose, &waves).unwrap();
        let (w, h) = (f64::from(model.width_px), f64::from(model.height_px));
        for place in outline {
            let ground = Position::new(place, waves.height(place).unwrap());
            let point = pose.camera_from_wgs84(ellipsoid_from_amsl(ground));
            let p = model.project(point).unwrap();
            // 2 cm of height is what a ray is followed to.
            let near = 0.05 / camera.gsd_m(height_m) + 0.5;
            let off = [p.x.abs(), (p.x - w).abs(), p.y.abs(), (p.y - h).abs()];
            prop_assert!(off.iter().any(|d| *d < near), "{p:?} of {w} × {h}");
            prop_assert!(p.x > -near && p.x < w + near && p.y > -near && p.y < h + near);
        }
    }
}
