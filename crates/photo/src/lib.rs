//! Whimbrel's `photo`: pictures and what they say. Camera model and pose, JPEG in and out, the
//! metadata of photos (EXIF and XMP) read and written, a photo's layers for a thin radio link, and pictures that say
//! where they lie.

pub mod camera;
mod exif_read;
mod exif_write;
#[doc(hidden)]
pub mod fuzzing;
pub mod geo_picture;
pub mod image;
pub mod jpeg;
pub mod layers;
pub mod meta;
mod segments;
mod xmp;

pub use camera::{CameraModel, CameraPose, body_from_camera_nadir};
pub use geo_picture::{ChunkCache, GeoPicture, PictureError};
pub use image::{GrayImage, RgbImage};
pub use jpeg::JpegError;
pub use layers::{Layers, make_layers};
pub use meta::{Attitude, GpsHeight, GpsPosition, MetaError, PhotoMeta, read_meta, write_meta};
