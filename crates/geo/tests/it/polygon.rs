//! Polygons: what is wrong with them, what is inside, growing and cutting.

use proptest::prelude::*;
use whimbrel_geo::{Polygon, PolygonError};

fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
    vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
}

fn ring_with_hole() -> Polygon {
    Polygon {
        outer: square(0.0, 0.0, 100.0),
        holes: vec![square(40.0, 40.0, 20.0)],
    }
}

#[test]
fn a_bow_tie_is_named() {
    let bow = Polygon::new(vec![[0.0, 0.0], [100.0, 80.0], [100.0, 0.0], [0.0, 80.0]]);
    let error = bow.validate().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("from vertex 1 to 2 meets the edge from vertex 3 to 4"),
        "{text}"
    );
    assert!(text.contains("(50.0 m, 40.0 m)"), "{text}");
}

#[test]
fn what_is_wrong_is_said() {
    let error = |outer: Vec<[f64; 2]>, holes| Polygon { outer, holes }.validate().unwrap_err();
    assert!(matches!(
        error(vec![], vec![]),
        PolygonError::TooFewVertices { vertices: 0, .. }
    ));
    assert!(matches!(
        error(vec![[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]], vec![]),
        PolygonError::TooFewVertices { vertices: 2, .. }
    ));
    assert!(matches!(
        error(vec![[0.0, 0.0], [10.0, 10.0], [20.0, 20.0]], vec![]),
        PolygonError::ZeroArea { .. }
    ));
    assert!(matches!(
        error(vec![[0.0, 0.0], [f64::NAN, 1.0], [0.0, 1.0]], vec![]),
        PolygonError::NotFinite { vertex: 2, .. }
    ));
    let outer = || square(0.0, 0.0, 100.0);
    assert!(matches!(
        error(outer(), vec![square(200.0, 0.0, 10.0)]),
        PolygonError::HoleOutside { hole: 1 }
    ));
    assert!(matches!(
        error(outer(), vec![square(95.0, 50.0, 10.0)]),
        PolygonError::RingsCross { .. }
    ));
    assert!(matches!(
        error(
            outer(),
            vec![square(10.0, 10.0, 50.0), square(20.0, 20.0, 5.0)]
        ),
        PolygonError::HoleInHole { hole: 2, other: 1 }
    ));
    // A spike that returns on itself.
    assert!(matches!(
        error(
            vec![
                [0.0, 0.0],
                [50.0, 0.0],
                [50.0, 90.0],
                [50.0, 0.0],
                [100.0, 0.0],
                [50.0, -80.0]
            ],
            vec![]
        ),
        PolygonError::SelfCrossing { .. }
    ));
    let many = (0..20_001)
        .map(|i| [f64::from(i), f64::from(i * i % 7)])
        .collect();
    assert_eq!(error(many, vec![]), PolygonError::TooManyVertices(20_001));
}

#[test]
fn good_polygons_pass() {
    ring_with_hole().validate().unwrap();
    let mut closed = ring_with_hole();
    closed.outer.push([0.0, 0.0]);
    closed.outer.insert(1, [50.0, 0.0]); // on an edge
    closed.outer.insert(1, [50.0, 0.0]); // twice
    closed.outer.reverse();
    closed.validate().unwrap();
    assert_eq!(closed.area_m2(), 9600.0);
    // A round field of many vertices at large coordinates.
    let round = (0..2000)
        .map(|i| f64::from(i) / 2000.0 * core::f64::consts::TAU)
        .map(|a| [560_000.0 + 500.0 * a.cos(), 5_180_000.0 + 500.0 * a.sin()])
        .collect();
    let round = Polygon::new(round);
    round.validate().unwrap();
    assert!((round.area_m2() / (core::f64::consts::PI * 250_000.0) - 1.0).abs() < 1e-5);
}

#[test]
fn lines_are_clipped() {
    let p = ring_with_hole();
    assert_eq!(
        p.clip_line([-50.0, 50.0], [150.0, 50.0]),
        [(0.25, 0.45), (0.55, 0.75)]
    );
    assert_eq!(p.clip_line([-50.0, 10.0], [150.0, 10.0]), [(0.25, 0.75)]);
    assert_eq!(p.clip_line([10.0, 10.0], [20.0, 20.0]), [(0.0, 1.0)]);
    assert!(p.clip_line([-50.0, 150.0], [150.0, 150.0]).is_empty());
    assert!(p.clip_line([1.0, 1.0], [1.0, 1.0]).is_empty());
    // Through two corners, along the diagonal.
    assert_eq!(p.clip_line([-100.0, -100.0], [200.0, 200.0]).len(), 2);
}

#[test]
fn growing_and_cutting() {
    let p = ring_with_hole();
    let grown = p.grown(5.0);
    let [one] = grown.as_slice() else {
        panic!("{grown:?}")
    };
    let expected = 10_000.0 + 4.0 * 100.0 * 5.0 + core::f64::consts::PI * 25.0 - 100.0;
    assert!((one.area_m2() - expected).abs() < 2.0, "{}", one.area_m2());
    assert!(one.contains([-4.9, 50.0]) && !one.contains([-5.1, 50.0]));
    assert_eq!(one.holes.len(), 1);
    let [shrunk] = &p.grown(-5.0)[..] else {
        panic!()
    };
    let expected = 8100.0 - 400.0 - 4.0 * 20.0 * 5.0 - core::f64::consts::PI * 25.0;
    assert!(
        (shrunk.area_m2() - expected).abs() < 2.0,
        "{}",
        shrunk.area_m2()
    );
    assert!(
        !shrunk.contains([4.0, 50.0])
            && shrunk.contains([6.0, 50.0])
            && !shrunk.contains([36.0, 50.0])
    );
    assert!(p.grown(-60.0).is_empty());
    assert!(p.grown(f64::NAN).is_empty());

    // A bar across cuts it in two.
    let bar = Polygon::new(vec![
        [45.0, -10.0],
        [55.0, -10.0],
        [55.0, 110.0],
        [45.0, 110.0],
    ]);
    let parts = p.difference(std::slice::from_ref(&bar));
    assert_eq!(parts.len(), 2);
    let area: f64 = parts.iter().map(Polygon::area_m2).sum();
    assert!((area - (9600.0 - 1000.0 + 200.0)).abs() < 0.01, "{area}");
    let common: f64 = p.intersection(&bar).iter().map(Polygon::area_m2).sum();
    assert!((common - 800.0).abs() < 0.01);
    let both: f64 = Polygon::union(&[p.clone(), bar])
        .iter()
        .map(Polygon::area_m2)
        .sum();
    assert!((both - (9600.0 + 1200.0 - 800.0)).abs() < 0.01);
    assert!((p.convex_hull().area_m2() - 10_000.0).abs() < 1e-9);
}

proptest! {
    #[test]
    fn clipping_agrees_with_containment(p in prop::array::uniform2(-30.0..130.0f64), q in prop::array::uniform2(-30.0..130.0f64), t in 0.0..1.0f64) {
        let shape = ring_with_hole();
        let at = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
        prop_assume!(shape.distance_to_edge_m(at) > 1e-6);
        let clipped = shape.clip_line(p, q).iter().any(|(a, b)| (*a..=*b).contains(&t));
        prop_assert_eq!(clipped, shape.contains(at));
    }

    #[test]
    fn validation_never_panics(ring in prop::collection::vec(prop::array::uniform2(0..8i32), 0..12)) {
        let ring: Vec<[f64; 2]> = ring.into_iter().map(|p| p.map(f64::from)).collect();
        let shape = Polygon::new(ring);
        if shape.validate().is_ok() {
            prop_assert!(shape.area_m2() > 0.0);
            let united: f64 = Polygon::union(std::slice::from_ref(&shape)).iter().map(Polygon::area_m2).sum();
            prop_assert!((united - shape.area_m2()).abs() < 1e-3);
        }
    }
}
