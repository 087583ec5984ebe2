//! Whimbrel's `mosaic`: photos and poses in, a map out.
//!
//! A [`Project`] takes photos as they arrive, small previews first, better layers later. Each call
//! of [`Project::solve_step`] finds features in what is new, matches it with its neighbours by GPS
//! and improves all poses a little; [`Project::solve`] brings everything to convergence.
//! [`Project::render`] then redraws the tiles that changed. [`Project::map`] is a cheap copy of
//! what is drawn, to be served from another thread.
//!
//! Same photos in the same order, same bytes out, whatever the number of threads.

mod bundle;
mod cholesky;
pub mod cog;
pub mod compare;
pub mod features;
mod gains;
mod layout;
mod lens;
mod map;
pub mod matching;
mod ortho;
mod pixels;
mod places;
mod products;
mod project;
mod render;
mod resect;
pub mod scale_space;
mod scene;
mod stale;
mod step;
mod surface;
mod tile;
mod tracks;

pub use cog::CogError;
pub use map::{MapBounds, MapView};
pub use ortho::TileId;
pub use pixels::{MAX_DECODED_BYTES, PhotoData, PhotoSource};
pub use products::{CameraResult, LensReport, ProductError, Report, RunReport, State};
pub use project::{
    AddError, Added, Grade, MAX_NAME_BYTES, MAX_PHOTOS, Options, PhotoInput, Progress, Project,
    SolveError, Stage,
};
pub use step::{MAX_STEP_PHOTOS, Step};
