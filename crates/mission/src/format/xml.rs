//! A bounded walk over XML.

use super::FormatError;
use super::limits::MAX_DEPTH;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A piece of a document.
pub(crate) enum Piece<'a> {
    /// An element begins; an empty one ends at once.
    Start(BytesStart<'a>),
    /// Text of the element that is open.
    Text(String),
    /// The element of this local name ends.
    End(String),
}

/// Walks a document; document types are refused, nesting is bounded.
pub(crate) struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    format: &'static str,
    depth: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8], format: &'static str) -> Result<Self, FormatError> {
        let text = core::str::from_utf8(bytes).map_err(|e| {
            FormatError::syntax(
                format,
                format!("byte {}", e.valid_up_to()),
                "not UTF-8 text: save it with that encoding",
            )
        })?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        Ok(Self {
            reader,
            format,
            depth: 0,
        })
    }

    /// An error at the place that was read last.
    pub(crate) fn syntax(&self, reason: impl Into<String>) -> FormatError {
        let place = format!("byte {}", self.reader.buffer_position());
        FormatError::syntax(self.format, place, reason)
    }

    /// The next piece; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'a>>, FormatError> {
        loop {
            let event = self
                .reader
                .read_event()
                .map_err(|e| self.syntax(e.to_string()))?;
            return Ok(Some(match event {
                Event::Eof if self.depth > 0 => {
                    return Err(self.syntax("the file ends in the middle: get it again"));
                }
                Event::Eof => return Ok(None),
                Event::DocType(_) => return Err(self.syntax("a document type is not accepted")),
                Event::Start(element) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(self.syntax("elements are nested too deep"));
                    }
                    Piece::Start(element)
                }
                Event::End(element) => {
                    self.depth = self.depth.saturating_sub(1);
                    Piece::End(element.local_name().as_ref().to_owned())
                }
                Event::Text(text) => Piece::Text(text.into_inner().into_owned()),
                Event::CData(text) => Piece::Text(text.into_inner().into_owned()),
                Event::GeneralRef(entity) => {
                    let plain = match entity.resolve_char_ref() {
                        Ok(Some(c)) => c.to_string(),
                        _ => match &*entity.into_inner() {
                            "amp" => "&".into(),
                            "lt" => "<".into(),
                            "gt" => ">".into(),
                            "quot" => "\"".into(),
                            "apos" => "'".into(),
                            _ => String::new(),
                        },
                    };
                    Piece::Text(plain)
                }
                _ => continue,
            }));
        }
    }
}

/// An attribute of an element by its local name.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .flatten()
        .find(|a| a.key.local_name().as_ref() == name)
        .map(|a| a.value.trim().to_owned())
}
