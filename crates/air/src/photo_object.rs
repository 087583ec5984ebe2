//! How a photo's layers travel: the downlink object's kind is the layer, its metadata the photo's name.

use whimbrel_downlink::ObjectInfo;
use whimbrel_store::Layer;

/// Longest name of a photo or file, bytes.
pub const NAME_MAX_BYTES: usize = 400;
/// Kind of an object that is a whole file of `send`.
pub const KIND_FILE: u8 = 16;
/// Kind of the object that lists all files of one `send`.
pub const KIND_LIST: u8 = 17;

/// A layer of a photo, as an object on the downlink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoObject {
    /// The camera's name for the photo: its path in the camera's folder. A text, never to be used as a path.
    pub name: String,
    /// Which layer.
    pub layer: Layer,
}

impl PhotoObject {
    /// Previews of all photos first, mapping-grade layers next, originals last.
    #[must_use]
    pub fn priority(layer: Layer) -> u32 {
        match layer {
            Layer::Thumb => 400,
            Layer::Preview => 300,
            Layer::Mapping => 200,
            Layer::Original => 100,
        }
    }

    /// Kind of the object.
    #[must_use]
    pub fn kind(layer: Layer) -> u8 {
        match layer {
            Layer::Thumb => 1,
            Layer::Preview => 2,
            Layer::Mapping => 3,
            Layer::Original => 4,
        }
    }

    /// Describes a layer for the downlink.
    #[must_use]
    pub fn info(&self, size: u64, sha256: [u8; 32]) -> ObjectInfo {
        ObjectInfo {
            kind: Self::kind(self.layer),
            priority: Self::priority(self.layer),
            size,
            sha256,
            meta: self.name.clone().into_bytes(),
        }
    }

    /// Reads what [`info`](Self::info) wrote; `None` for other objects and impossible names.
    #[must_use]
    pub fn read(kind: u8, meta: &[u8]) -> Option<Self> {
        let layer = Layer::ALL
            .into_iter()
            .find(|layer| Self::kind(*layer) == kind)?;
        Some(Self {
            name: read_name(meta)?,
            layer,
        })
    }
}

/// A name as it may come over the air: short text without control characters.
#[must_use]
pub fn read_name(meta: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(meta).ok()?;
    let good =
        !name.is_empty() && name.len() <= NAME_MAX_BYTES && !name.chars().any(char::is_control);
    good.then(|| name.to_owned())
}
