//! Names of shapes from the attribute table (dBASE III).

use crate::format::limits::MAX_AREAS;

/// Columns that are taken as names, in order.
const NAMES: [&str; 6] = ["NAME", "NAMN", "TITLE", "LABEL", "BEZ", "ID"];

/// The name of each record, in order; empty strings where there is none.
pub(super) fn names(bytes: &[u8], utf8: bool) -> Result<Vec<String>, &'static str> {
    let number = |at: usize, n: usize| -> Option<usize> {
        let bytes = bytes.get(at..at + n)?;
        Some(bytes.iter().rev().fold(0, |v, b| v << 8 | usize::from(*b)))
    };
    let short = "it is too short";
    let records = number(4, 4).ok_or(short)?.min(MAX_AREAS);
    let header = number(8, 2).ok_or(short)?;
    let length = number(10, 2).filter(|l| *l > 0).ok_or(short)?;
    let mut columns = Vec::new();
    let mut offset = 1; // the deletion mark
    for field in 1.. {
        let at = 32 * field;
        match bytes.get(at) {
            None => return Err("its header has no end"),
            Some(0x0d) => break,
            Some(_) if at + 32 > header => break,
            Some(_) => {}
        }
        let name = bytes.get(at..at + 11).ok_or(short)?;
        let name: String = name
            .iter()
            .take_while(|b| **b != 0)
            .map(|b| char::from(*b).to_ascii_uppercase())
            .collect();
        let width = number(at + 16, 1).ok_or(short)?;
        columns.push((name, offset, width));
        offset += width;
    }
    let named = NAMES
        .iter()
        .find_map(|wanted| columns.iter().find(|(name, ..)| name == wanted));
    let Some((_, offset, width)) = named else {
        return Ok(Vec::new());
    };
    Ok((0..records)
        .map_while(|record| {
            let at = header + record * length + offset;
            let field = bytes.get(at..at + width)?;
            let text = match core::str::from_utf8(field) {
                Ok(text) if utf8 || text.is_ascii() => text.to_owned(),
                // Latin-1, the default of the format's programs in Europe.
                _ => field.iter().copied().map(char::from).collect(),
            };
            Some(text.trim_matches(['\0', ' ']).to_owned())
        })
        .collect())
}
