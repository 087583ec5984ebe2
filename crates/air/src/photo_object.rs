//! What a photo is called on the downlink: the object's kind is its layer, its metadata the camera's name for it.

use whimbrel_store::Layer;

/// Longest name of a photo, bytes.
pub const NAME_MAX_BYTES: usize = 200;

/// A photo's layer as an object of the downlink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoObject {
    /// The camera's name for the photo; never used as a path.
    pub name: String,
    /// Which layer.
    pub layer: Layer,
}

impl PhotoObject {
    /// The object's kind: 1 thumb, 2 preview, 3 mapping-grade, 4 original.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self.layer {
            Layer::Thumb => 1,
            Layer::Preview => 2,
            Layer::Mapping => 3,
            Layer::Original => 4,
        }
    }

    /// All previews go before all mapping-grade layers, these before all originals.
    #[must_use]
    pub fn priority(&self) -> u32 {
        match self.layer {
            Layer::Thumb => 400,
            Layer::Preview => 300,
            Layer::Mapping => 200,
            Layer::Original => 100,
        }
    }

    /// The object's metadata.
    #[must_use]
    pub fn meta(&self) -> Vec<u8> {
        self.name.as_bytes().to_vec()
    }

    /// Read kind and metadata; nothing when they are no photo's.
    #[must_use]
    pub fn read(kind: u8, meta: &[u8]) -> Option<Self> {
        let layer = match kind {
            1 => Layer::Thumb,
            2 => Layer::Preview,
            3 => Layer::Mapping,
            4 => Layer::Original,
            _ => return None,
        };
        let name = std::str::from_utf8(meta).ok().filter(|n| !n.is_empty() && n.len() <= NAME_MAX_BYTES)?;
        Some(Self { name: name.to_owned(), layer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for layer in Layer::ALL {
            let object = PhotoObject { name: "IMG_0001.jpg".into(), layer };
            assert_eq!(PhotoObject::read(object.kind(), &object.meta()), Some(object));
        }
        assert_eq!(PhotoObject::read(9, b"IMG_0001.jpg"), None);
        assert_eq!(PhotoObject::read(2, b""), None);
        assert_eq!(PhotoObject::read(2, &[0xff, 0xfe]), None);
        assert_eq!(PhotoObject::read(2, &[b'a'; NAME_MAX_BYTES + 1]), None);
    }
}
