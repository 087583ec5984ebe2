//! Photos of a landscape: what a camera at a pose would record, and the JPEG file it would write.

mod photo;
mod ray;
mod scan;

pub use photo::{PhotoSpec, photo_jpeg};
pub use scan::{RenderOptions, render};
