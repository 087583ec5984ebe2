//! Decoded photos, a few at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use whimbrel_photo::{RgbImage, jpeg};

/// Bytes of decoded photos kept.
pub const MAX_DECODED_BYTES: usize = 384 << 20;

/// Where a photo's JPEG bytes come from.
pub trait PhotoSource: Send + Sync {
    /// All bytes, or why not.
    fn read(&self) -> Result<Vec<u8>, String>;
}

impl<F: Fn() -> Result<Vec<u8>, String> + Send + Sync> PhotoSource for F {
    fn read(&self) -> Result<Vec<u8>, String> {
        self()
    }
}

/// JPEG bytes: in memory, or to be read when needed.
#[derive(Clone)]
pub enum PhotoData {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// Read again each time that pixels are needed.
    Source(Arc<dyn PhotoSource>),
}

impl PhotoData {
    /// The photo's pixels.
    pub fn decode(&self) -> Result<RgbImage, String> {
        let image = match self {
            PhotoData::Bytes(bytes) => jpeg::decode_rgb(bytes),
            PhotoData::Source(source) => jpeg::decode_rgb(&source.read()?),
        }
        .map_err(|e| e.to_string())?;
        let expected = image.width as usize * image.height as usize * 3;
        if image.width < 2 || image.height < 2 || image.data.len() != expected {
            return Err("the picture has no pixels".into());
        }
        Ok(image)
    }
}

impl std::fmt::Debug for PhotoData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PhotoData::Bytes(b) => write!(f, "{} bytes", b.len()),
            PhotoData::Source(_) => write!(f, "source"),
        }
    }
}

/// Keeps the photos used last, up to [`MAX_DECODED_BYTES`].
#[derive(Default)]
pub struct PixelCache {
    kept: BTreeMap<usize, (Arc<RgbImage>, u64)>,
    bytes: usize,
    clock: u64,
}

impl PixelCache {
    /// A photo if it is here.
    pub fn get(&mut self, photo: usize) -> Option<Arc<RgbImage>> {
        self.clock += 1;
        let entry = self.kept.get_mut(&photo)?;
        entry.1 = self.clock;
        Some(entry.0.clone())
    }

    /// Keeps a photo, letting the longest unused go.
    pub fn put(&mut self, photo: usize, image: Arc<RgbImage>) {
        self.forget(photo);
        self.clock += 1;
        self.bytes += image.data.len();
        self.kept.insert(photo, (image, self.clock));
        while self.bytes > MAX_DECODED_BYTES && self.kept.len() > 1 {
            let Some(oldest) = self.kept.iter().min_by_key(|(_, v)| v.1).map(|(k, _)| *k) else {
                break;
            };
            self.forget(oldest);
        }
    }

    /// Lets a photo go.
    pub fn forget(&mut self, photo: usize) {
        if let Some((image, _)) = self.kept.remove(&photo) {
            self.bytes -= image.data.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_within_its_limit() {
        let mut cache = PixelCache::default();
        let image = Arc::new(RgbImage {
            width: 4000,
            height: 3000,
            data: vec![0; 36_000_000],
        });
        for i in 0..40 {
            cache.put(i, image.clone());
            assert!(cache.bytes <= MAX_DECODED_BYTES);
        }
        assert!(cache.get(39).is_some());
        assert!(cache.get(0).is_none());
    }
}
