//! The landscape is the same for everyone who looks at it, and looks as its description says.

use std::sync::OnceLock;
use whimbrel_geo::{Amsl, Height, LatLon, Terrain, amsl_from_ellipsoid};
use whimbrel_sim::landscape::{
    LandUse, Landscape, LandscapeConfig, LandscapeError, MAX_SIDE_M, Top,
};

pub fn config(seed: u64, side_m: f64, relief_m: f64) -> LandscapeConfig {
    let centre = LatLon::from_deg(47.1, 8.6).expect("a place");
    LandscapeConfig {
        width_m: side_m,
        height_m: side_m,
        relief_m,
        ..LandscapeConfig::around(centre, seed)
    }
}

/// One landscape of 240 m for all tests.
pub fn small() -> &'static Landscape {
    static LANDSCAPE: OnceLock<Landscape> = OnceLock::new();
    LANDSCAPE.get_or_init(|| Landscape::generate(&config(4, 240.0, 25.0)).expect("in range"))
}

/// One landscape of 500 m for all tests.
pub fn large() -> &'static Landscape {
    static LANDSCAPE: OnceLock<Landscape> = OnceLock::new();
    LANDSCAPE.get_or_init(|| Landscape::generate(&config(1, 500.0, 25.0)).expect("in range"))
}

#[test]
fn extents_out_of_range_are_refused() {
    for (side, relief) in [
        (49.0, 0.0),
        (MAX_SIDE_M + 1.0, 0.0),
        (f64::NAN, 0.0),
        (100.0, -1.0),
        (100.0, 301.0),
    ] {
        let error = Landscape::generate(&config(1, side, relief)).expect_err("out of range");
        let extent = !(50.0..=MAX_SIDE_M).contains(&side);
        assert_eq!(
            extent,
            matches!(error, LandscapeError::Extent { .. }),
            "{error}"
        );
    }
}

#[test]
fn same_seed_same_landscape_whatever_the_threads() {
    let make = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| {
            let l = Landscape::generate(&config(seed, 90.0, 20.0)).expect("in range");
            let grid = l.truth_grid(0.5).expect("UTM");
            (
                l.truth_orthophoto(&grid).expect("places").data,
                l.truth_surface(&grid).expect("places"),
            )
        })
    };
    let one = make(1, 8);
    assert!(one == make(3, 8));
    assert!(one.0 != make(1, 9).0);
}

#[test]
fn terrain_heights_are_the_bare_ground_above_the_sea() {
    let l = small();
    for xy in [[0.0, 0.0], [100.0, -80.0], [-110.0, 60.0], [37.3, 91.8]] {
        let at = l.frame().latlon_from_xy(xy);
        let height: Height<Amsl> = l.height(at).expect("inside");
        // Straight from the frame: the surface point there, converted exactly.
        let exact = l.frame().wgs84_from_enu(whimbrel_geo::Vec3::new(
            xy[0],
            xy[1],
            l.ground_m(xy[0], xy[1]),
        ));
        let expected = amsl_from_ellipsoid(exact).height;
        assert!(
            (height - expected).abs() < 2e-3,
            "{} and {}",
            height.m(),
            expected.m()
        );
        assert!(l.surface_at(at).height - l.ground_at(at).height >= 0.0);
    }
    assert!(l.height(l.frame().latlon_from_xy([130.0, 0.0])).is_none());
    let (south_west, north_east) = l.bounds().expect("bounded");
    assert!(
        south_west.lat_rad() < north_east.lat_rad() && south_west.lon_rad() < north_east.lon_rad()
    );
}

#[test]
fn there_are_houses_of_4_to_8_metres_trees_and_many_uses() {
    let l = large();
    assert!(
        l.houses().len() >= 5 && l.trees() > 300,
        "{} houses, {} trees",
        l.houses().len(),
        l.trees()
    );
    for house in l.houses() {
        let (top, what) = l.surface_m(house.centre[0], house.centre[1]);
        assert!(matches!(what, Top::Roof(_)), "{what:?}");
        let height = top - house.floor_m;
        assert!((3.0..=8.8).contains(&height), "{height} m");
    }
    let (low, high) = l.ground_range_m();
    assert!(
        high - low > 10.0 && high - low < 60.0,
        "relief {}",
        high - low
    );
    for land_use in [
        LandUse::Meadow,
        LandUse::Forest,
        LandUse::Plough,
        LandUse::Village,
        LandUse::Cereal,
    ] {
        assert!(
            l.parcels().iter().any(|p| p.land_use == land_use),
            "{land_use:?}"
        );
    }
}

/// Mean and standard deviation of brightness, and correlation with the same texture `shift` samples further.
fn statistics(rows: &[Vec<f64>], shift: usize) -> (f64, f64, f64) {
    let all: Vec<f64> = rows.iter().flatten().copied().collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / all.len() as f64;
    let pairs = rows.iter().flat_map(|r| r.iter().zip(&r[shift..]));
    let (mut product, mut n) = (0.0, 0.0);
    for (a, b) in pairs {
        product += (a - mean) * (b - mean);
        n += 1.0;
    }
    (mean, variance.sqrt(), product / n / variance)
}

#[test]
fn every_kind_of_ground_has_texture_for_matching() {
    let l = small();
    let brush = l.brush(0.1);
    let mut plain = 0;
    let mut tested = 0;
    for j in -5..=5 {
        for i in -5..=5 {
            let (x0, y0) = (f64::from(i) * 20.0, f64::from(j) * 20.0);
            let patch: Vec<Vec<f64>> = (0..40)
                .map(|r| {
                    (0..40)
                        .map(|c| {
                            f64::from(
                                l.colour(&brush, x0 + 0.1 * f64::from(c), y0 + 0.1 * f64::from(r))
                                    [1],
                            )
                        })
                        .collect()
                })
                .collect();
            let (_, deviation, neighbour) = statistics(&patch, 1);
            tested += 1;
            plain += usize::from(deviation < 3.0 || neighbour > 0.97);
        }
    }
    assert!(
        plain * 20 <= tested,
        "{plain} of {tested} patches are too plain"
    );
}

#[test]
fn texture_does_not_repeat() {
    // Along 200 m of one parcel's texture, no shift makes it look like itself.
    let l = small();
    let brush = l.brush(0.1);
    let strip: Vec<f64> = (0..2_000)
        .map(|i| f64::from(l.colour(&brush, -100.0 + 0.1 * f64::from(i), 3.0)[1]))
        .collect();
    // Take out what is wider than a metre: fields and patches.
    let fine: Vec<f64> = strip
        .windows(11)
        .map(|w| w[5] - w.iter().sum::<f64>() / 11.0)
        .collect();
    let energy = fine.iter().map(|v| v * v).sum::<f64>() / fine.len() as f64;
    for shift in 30..1_500 {
        let n = fine.len() - shift;
        let product = fine
            .iter()
            .zip(&fine[shift..])
            .map(|(a, b)| a * b)
            .sum::<f64>()
            / n as f64;
        assert!(
            product / energy < 0.5,
            "looks like itself after {} m: {}",
            0.1 * shift as f64,
            product / energy
        );
    }
}
