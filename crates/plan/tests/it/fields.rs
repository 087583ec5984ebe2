//! Fields and relief of the shared data folder.

use crate::{area, shared};
use whimbrel_geo::{FlatTerrain, GridTerrain, Height, LatLon, VerticalDatum};
use whimbrel_mission::{Area, Camera, Vehicle, fence, format};
use whimbrel_plan::{Detail, Request, plan};

#[test]
fn generated_shapes_are_covered_by_swaths() {
    let Some(path) = shared("fields/shapes.json") else { return };
    let shapes: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (name, shape) in shapes.as_object().unwrap() {
        let rings: Vec<Vec<[f64; 2]>> = serde_json::from_value(shape["rings"].clone()).unwrap();
        let line_spacing_m = shape["spacing_m"].as_f64().unwrap();
        let detail = Detail::Spacing { height_m: 50.0, line_spacing_m };
        let request = Request::new(vec![area(&rings)], None, Vehicle::builtin("quad").unwrap(), detail);
        let started = std::time::Instant::now();
        let plan = plan(&request, &FlatTerrain(Height::from_m(100.0))).unwrap();
        let r = plan.report();
        println!(
            "{name}: length {:.0} m = {:.3} x bound, time {:.0} s = {:.3} x bound, coverage {:.4}, {} sorties, {:?}",
            r.length_m.total, r.length_m.total / r.bound.length_m, r.time_s,
            r.time_s / r.bound.time_s, r.coverage, r.sorties.len(), started.elapsed()
        );
        assert!(r.coverage >= 0.99, "{name}: {}", r.coverage);
        for sortie in &plan.sorties {
            fence::check(&sortie.mission.path(), &fence::fence_of_area(&plan.airspace)).unwrap();
        }
    }
}

#[test]
fn real_fields() {
    for file in ["fields/f2c_field.geojson", "fields/f2c_two_cells.geojson"] {
        let Some(path) = shared(file) else { return };
        let areas = format::read_areas(&std::fs::read(path).unwrap()).unwrap();
        for vehicle in ["quad", "fixed-wing"] {
            let camera = Camera::catalogue("mapper").unwrap();
            let mut request = Request::new(
                areas.clone(), Some(camera), Vehicle::builtin(vehicle).unwrap(), Detail::GsdM(0.05));
            request.homes = vec![areas[0].outer[0]];
            let plan = plan(&request, &FlatTerrain(Height::from_m(20.0))).unwrap();
            println!("{file} {vehicle}: {}", serde_json::to_string(plan.report()).unwrap());
            assert!(plan.report().coverage >= 0.99);
        }
    }
}

#[test]
fn davos() {
    let Some(path) = shared("dem/davosdorf.tif") else { return };
    let bytes = std::fs::read(path).unwrap();
    let terrain = GridTerrain::from_geotiff(&bytes, VerticalDatum::Amsl).unwrap();
    let corners = [(46.830, 9.850), (46.830, 9.862), (46.838, 9.862), (46.838, 9.850)];
    let areas = vec![Area::new(corners.map(|(a, o)| LatLon::from_deg(a, o).unwrap()).to_vec())];
    let camera = Camera::catalogue("mapper").unwrap();
    let mut request =
        Request::new(areas, Some(camera), Vehicle::builtin("quad").unwrap(), Detail::GsdM(0.095));
    request.homes = vec![LatLon::from_deg(46.834, 9.849).unwrap()];
    let started = std::time::Instant::now();
    let plan_ = plan(&request, &terrain).unwrap();
    let r = plan_.report();
    println!("davos {:?}: {}", started.elapsed(), serde_json::to_string(r).unwrap());
    assert!(r.coverage >= 0.99, "{}", r.coverage);
    request.areas = vec![Area::new(
        [(46.9, 9.6), (46.9, 9.61), (46.91, 9.61)].map(|(a, o)| LatLon::from_deg(a, o).unwrap()).to_vec())];
    request.homes.clear();
    let error = plan(&request, &terrain).unwrap_err().to_string();
    assert!(error.contains("DEM misses"), "{error}");
}
