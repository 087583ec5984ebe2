//! Whimbrel's `mosaic`: photos and poses in, a map out.
