//! KML 2.2 (OGC 07-147r2): areas and lines in, plans out.

mod read;
mod write;

pub(crate) use read::read_into;
pub use write::{Colour, Writer};
