//! Rasters are read back by our own reader; GDAL's is asked in `whimbrel`'s real tests.

use whimbrel_geo::{Crs, GridTerrain, Pixels, RasterError, RasterPlace, Terrain, VerticalDatum};

fn place(affine: [f64; 6]) -> RasterPlace {
    RasterPlace {
        crs: Crs::from_epsg(32632).unwrap(),
        affine,
        width: 3,
        height: 2,
    }
}

#[test]
fn values_come_back_where_they_were() {
    let north_up = [500_000.0, 2.0, 0.0, 5_200_000.0, 0.0, -2.0];
    let turned = [500_000.0, 1.6, 1.2, 5_200_000.0, 1.2, -1.6];
    for affine in [north_up, turned] {
        let place = place(affine);
        let bytes: [u8; 6] = [1, 2, 3, 4, 5, 6];
        let wide = bytes.map(u16::from);
        let real = bytes.map(f32::from);
        for pixels in [Pixels::U8(&bytes), Pixels::U16(&wide), Pixels::F32(&real)] {
            let file = place.geotiff(pixels, Some("0")).unwrap();
            let back = GridTerrain::from_geotiff(&file, VerticalDatum::Egm96).unwrap();
            assert_eq!(back.size(), (3, 2));
            for (i, v) in bytes.iter().enumerate() {
                let (c, r) = ((i % 3) as f64 + 0.5, (i / 3) as f64 + 0.5);
                let at = [
                    affine[0] + affine[1] * c + affine[2] * r,
                    affine[3] + affine[4] * c + affine[5] * r,
                ];
                let height = back.height(place.crs.unproject(at).unwrap()).unwrap();
                assert!((height.m() - f64::from(*v)).abs() < 0.01, "{i}: {height:?}");
            }
        }
    }
}

#[test]
fn sizes_must_fit() {
    let place = place([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]);
    let wrong = place.geotiff(Pixels::U8(&[1, 2, 3]), None).unwrap_err();
    assert!(
        matches!(wrong, RasterError::Shape { values: 3, .. }),
        "{wrong}"
    );
    assert!(place.geotiff(Pixels::Rgb8(&[0; 18]), None).is_ok());
    let none = RasterPlace { width: 0, ..place };
    assert!(none.geotiff(Pixels::U8(&[]), None).is_err());
}
