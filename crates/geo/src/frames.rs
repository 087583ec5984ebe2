//! Vectors and rotations that know their frame, and the way between the Earth's frames.
//!
//! A rotation only turns vectors of the frame that it starts from:
//!
//! ```compile_fail
//! use whimbrel_geo::{Body, Enu, Ned, Rotation, Vec3};
//! let ned_from_body = Rotation::<Ned, Body>::from_euler_rad(0.0, 0.1, 0.2);
//! let wind = Vec3::<Enu>::new(1.0, 0.0, 0.0);
//! let wrong = ned_from_body * wind;
//! ```
//!
//! ```compile_fail
//! use whimbrel_geo::{Enu, Ned, Vec3};
//! let wrong = Vec3::<Enu>::new(1.0, 0.0, 0.0) + Vec3::<Ned>::new(1.0, 0.0, 0.0);
//! ```
//!
//! ```
//! use whimbrel_geo::{Body, Ned, Rotation, Vec3};
//! let ned_from_body = Rotation::<Ned, Body>::from_euler_rad(0.0, 0.0, core::f64::consts::FRAC_PI_2);
//! let ahead: Vec3<Ned> = ned_from_body * Vec3::<Body>::new(1.0, 0.0, 0.0);
//! assert!((ahead.y() - 1.0).abs() < 1e-12); // heading east
//! ```

use crate::height::Height;
use crate::place::{LatLon, Position, Wgs84};
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Add, AddAssign, Mul, Neg, Sub};
use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};

macro_rules! frames {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;
    )*};
}
frames! {
    /// Earth-centred, Earth-fixed: x to 0° N 0° E, z to the north pole.
    Ecef
    /// Tangent plane: x east, y north, z up.
    Enu
    /// Tangent plane: x north, y east, z down.
    Ned
    /// Aircraft: x ahead, y right, z down.
    Body
    /// Camera: x right in the image, y down in the image, z along the optical axis.
    Camera
}

/// A vector in the frame `F`; metres unless its name says otherwise.
pub struct Vec3<F> {
    v: Vector3<f64>,
    frame: PhantomData<F>,
}

impl<F> Vec3<F> {
    /// From components.
    pub const fn new(x: f64, y: f64, z: f64) -> Self {
        Self::from_v(Vector3::new(x, y, z))
    }
    /// From a bare vector whose frame the caller vouches for.
    pub const fn from_v(v: Vector3<f64>) -> Self {
        Self {
            v,
            frame: PhantomData,
        }
    }
    /// The zero vector.
    pub const fn zero() -> Self {
        Self::new(0.0, 0.0, 0.0)
    }
    /// The bare vector.
    pub const fn v(self) -> Vector3<f64> {
        self.v
    }
    /// First component.
    pub fn x(self) -> f64 {
        self.v.x
    }
    /// Second component.
    pub fn y(self) -> f64 {
        self.v.y
    }
    /// Third component.
    pub fn z(self) -> f64 {
        self.v.z
    }
    /// Scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.v.dot(&other.v)
    }
    /// Vector product.
    pub fn cross(self, other: Self) -> Self {
        Self::from_v(self.v.cross(&other.v))
    }
    /// Length.
    pub fn norm(self) -> f64 {
        self.v.norm()
    }
    /// The vector of length 1 in the same direction; `None` for (nearly) zero or not finite.
    pub fn unit(self) -> Option<Self> {
        let n = self.norm();
        (n.is_finite() && n > f64::MIN_POSITIVE).then(|| Self::from_v(self.v / n))
    }
}
impl<F> Clone for Vec3<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F> Copy for Vec3<F> {}
impl<F> PartialEq for Vec3<F> {
    fn eq(&self, other: &Self) -> bool {
        self.v == other.v
    }
}
impl<F> fmt::Debug for Vec3<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = core::any::type_name::<F>();
        let name = name.rsplit("::").next().unwrap_or(name);
        write!(f, "{name}[{}, {}, {}]", self.v.x, self.v.y, self.v.z)
    }
}
impl<F> Add for Vec3<F> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::from_v(self.v + other.v)
    }
}
impl<F> AddAssign for Vec3<F> {
    fn add_assign(&mut self, other: Self) {
        self.v += other.v;
    }
}
impl<F> Sub for Vec3<F> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::from_v(self.v - other.v)
    }
}
impl<F> Neg for Vec3<F> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::from_v(-self.v)
    }
}
impl<F> Mul<f64> for Vec3<F> {
    type Output = Self;
    fn mul(self, k: f64) -> Self {
        Self::from_v(self.v * k)
    }
}

/// Turns vectors of the frame `From` into vectors of the frame `To`.
pub struct Rotation<To, From> {
    q: UnitQuaternion<f64>,
    frames: PhantomData<(To, From)>,
}

impl<To, From> Rotation<To, From> {
    /// From a bare quaternion whose frames the caller vouches for.
    pub const fn new(q: UnitQuaternion<f64>) -> Self {
        Self {
            q,
            frames: PhantomData,
        }
    }
    /// From a bare orthonormal matrix (columns: the axes of `From` seen in `To`).
    pub fn from_matrix(m: &Matrix3<f64>) -> Self {
        Self::new(UnitQuaternion::from_rotation_matrix(
            &Rotation3::from_matrix_unchecked(*m),
        ))
    }
    /// The bare quaternion.
    pub const fn q(self) -> UnitQuaternion<f64> {
        self.q
    }
    /// The rotation matrix.
    pub fn matrix(self) -> Matrix3<f64> {
        *self.q.to_rotation_matrix().matrix()
    }
    /// No turn.
    pub fn identity() -> Self {
        Self::new(UnitQuaternion::identity())
    }
    /// The way back.
    pub fn inverse(self) -> Rotation<From, To> {
        Rotation::new(self.q.inverse())
    }
    /// The angle between this and another rotation, radians in [0, π].
    pub fn angle_to_rad(self, other: Self) -> f64 {
        self.q.angle_to(&other.q)
    }
}
impl Rotation<Ned, Body> {
    /// From aviation's Euler angles: yaw about z, then pitch about y, then roll about x
    /// (intrinsic), as in MAVLink's ATTITUDE.
    pub fn from_euler_rad(roll: f64, pitch: f64, yaw: f64) -> Self {
        Self::new(UnitQuaternion::from_euler_angles(roll, pitch, yaw))
    }
    /// (roll, pitch, yaw), the inverse of [`Rotation::from_euler_rad`].
    pub fn euler_rad(self) -> (f64, f64, f64) {
        self.q.euler_angles()
    }
}
impl<To, From> Clone for Rotation<To, From> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<To, From> Copy for Rotation<To, From> {}
impl<To, From> PartialEq for Rotation<To, From> {
    fn eq(&self, other: &Self) -> bool {
        self.q == other.q
    }
}
impl<To, From> fmt::Debug for Rotation<To, From> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Rotation[w {}, {}, {}, {}]",
            self.q.w, self.q.i, self.q.j, self.q.k
        )
    }
}
impl<To, From> Mul<Vec3<From>> for Rotation<To, From> {
    type Output = Vec3<To>;
    fn mul(self, v: Vec3<From>) -> Vec3<To> {
        Vec3::from_v(self.q * v.v)
    }
}
impl<To, From, X> Mul<Rotation<From, X>> for Rotation<To, From> {
    type Output = Rotation<To, X>;
    fn mul(self, other: Rotation<From, X>) -> Rotation<To, X> {
        Rotation::new(self.q * other.q)
    }
}

/// A point of an image; the centre of the top left pixel is (0.5, 0.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pixel {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// WGS 84 semi-major axis in metres (NGA.STND.0036, table 3.1).
pub const WGS84_A_M: f64 = 6_378_137.0;
/// WGS 84 flattening (NGA.STND.0036, table 3.1).
pub const WGS84_F: f64 = 1.0 / 298.257_223_563;
const E2: f64 = WGS84_F * (2.0 - WGS84_F);

/// Geodetic to geocentric (EPSG guidance note 7-2, §4.1.1).
pub fn ecef_from_wgs84(p: Wgs84) -> Vec3<Ecef> {
    let (sin_lat, cos_lat) = p.at.lat_rad().sin_cos();
    let (sin_lon, cos_lon) = p.at.lon_rad().sin_cos();
    let n = WGS84_A_M / (1.0 - E2 * sin_lat * sin_lat).sqrt();
    let h = p.height.m();
    Vec3::new(
        (n + h) * cos_lat * cos_lon,
        (n + h) * cos_lat * sin_lon,
        (n * (1.0 - E2) + h) * sin_lat,
    )
}

/// Geocentric to geodetic: Bowring's (1976) closed form, then fixed-point steps that each shrink
/// the error by about e². Exact to rounding from the deep crust to far above any aircraft.
pub fn wgs84_from_ecef(v: Vec3<Ecef>) -> Wgs84 {
    const STEPS: usize = 5;
    let (x, y, z) = (v.x(), v.y(), v.z());
    let p = x.hypot(y);
    let b = WGS84_A_M * (1.0 - WGS84_F);
    let ep2 = E2 / (1.0 - E2);
    let (sin_t, cos_t) = (z * WGS84_A_M).atan2(p * b).sin_cos();
    let mut lat = (z + ep2 * b * sin_t.powi(3)).atan2(p - E2 * WGS84_A_M * cos_t.powi(3));
    for _ in 0..STEPS {
        let s = lat.sin();
        let n = WGS84_A_M / (1.0 - E2 * s * s).sqrt();
        lat = (z + E2 * n * s).atan2(p);
    }
    let (s, c) = lat.sin_cos();
    let h = p * c + z * s - WGS84_A_M * (1.0 - E2 * s * s).sqrt();
    Position::new(LatLon::clamped_rad(lat, y.atan2(x)), Height::from_m(h))
}

/// The same vector with north, east, down instead of east, north, up.
pub fn ned_from_enu(v: Vec3<Enu>) -> Vec3<Ned> {
    Vec3::new(v.y(), v.x(), -v.z())
}

/// The same vector with east, north, up instead of north, east, down.
pub fn enu_from_ned(v: Vec3<Ned>) -> Vec3<Enu> {
    Vec3::new(v.y(), v.x(), -v.z())
}

/// A plane tangent to the ellipsoid (at the origin's height), with exact conversions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalFrame {
    origin: Wgs84,
    ecef: Vec3<Ecef>,
    /// Rows: east, north, up as seen from the Earth's centre frame.
    enu_from_ecef: Matrix3<f64>,
}

impl LocalFrame {
    /// The plane tangent at `origin`.
    pub fn new(origin: Wgs84) -> Self {
        let (sin_lat, cos_lat) = origin.at.lat_rad().sin_cos();
        let (sin_lon, cos_lon) = origin.at.lon_rad().sin_cos();
        #[rustfmt::skip]
        let enu_from_ecef = Matrix3::new(
            -sin_lon,            cos_lon,           0.0,
            -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat,
             cos_lat * cos_lon,  cos_lat * sin_lon, sin_lat,
        );
        Self {
            origin,
            ecef: ecef_from_wgs84(origin),
            enu_from_ecef,
        }
    }
    /// Where the plane touches.
    pub fn origin(&self) -> Wgs84 {
        self.origin
    }
    /// Position relative to the origin: east, north, up.
    pub fn enu_from_wgs84(&self, p: Wgs84) -> Vec3<Enu> {
        Vec3::from_v(self.enu_from_ecef * (ecef_from_wgs84(p) - self.ecef).v())
    }
    /// The inverse of [`LocalFrame::enu_from_wgs84`].
    pub fn wgs84_from_enu(&self, v: Vec3<Enu>) -> Wgs84 {
        wgs84_from_ecef(Vec3::from_v(self.enu_from_ecef.transpose() * v.v()) + self.ecef)
    }
    /// Position relative to the origin: north, east, down.
    pub fn ned_from_wgs84(&self, p: Wgs84) -> Vec3<Ned> {
        ned_from_enu(self.enu_from_wgs84(p))
    }
    /// The inverse of [`LocalFrame::ned_from_wgs84`].
    pub fn wgs84_from_ned(&self, v: Vec3<Ned>) -> Wgs84 {
        self.wgs84_from_enu(enu_from_ned(v))
    }
    /// Turns directions of the Earth's frame into the local frame.
    pub fn ned_from_ecef(&self) -> Rotation<Ned, Ecef> {
        let mut ned = self.enu_from_ecef;
        ned.swap_rows(0, 1);
        ned.row_mut(2).neg_mut();
        Rotation::from_matrix(&ned)
    }
    /// [east, north] in metres of a place taken at the origin's height.
    pub fn enu_xy(&self, at: LatLon) -> [f64; 2] {
        let v = self.enu_from_wgs84(Position::new(at, self.origin.height));
        [v.x(), v.y()]
    }
    /// The place whose [`LocalFrame::enu_xy`] is `xy`. Meant for tens of kilometres; each step
    /// shrinks the error by (distance / Earth's radius)².
    pub fn latlon_from_xy(&self, xy: [f64; 2]) -> LatLon {
        const STEPS: usize = 4;
        let mut z = 0.0;
        let mut p = self.wgs84_from_enu(Vec3::new(xy[0], xy[1], z));
        for _ in 0..STEPS {
            let too_high_m = p.height - self.origin.height;
            if too_high_m.abs() < 1e-9 {
                break;
            }
            z -= too_high_m;
            p = self.wgs84_from_enu(Vec3::new(xy[0], xy[1], z));
        }
        p.at
    }
}
