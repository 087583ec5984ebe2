//! Whimbrel's `photo`: pictures and what they say: camera model, JPEG, EXIF and XMP, layers.
