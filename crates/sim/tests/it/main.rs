//! The simulated world keeps its promises.

mod flight;
mod landscape;
mod radio;
mod render;
