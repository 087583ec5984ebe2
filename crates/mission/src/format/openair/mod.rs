//! OpenAir: airspaces as text lines, as gliders exchange them (WinPilot 1998;
//! XCSoar and Naviter 2024 with their extensions).
//!
//! Read: `AC`, `AY`, `AN`, `AL`, `AH`, `AI`, `V X=`, `V D=`, `V W=`, `DP`, `DA`,
//! `DB`, `DC`, `DY`. Distances are nautical miles.

mod geometry;
mod heights;

use super::FormatError;
use super::found::Gathered;
use crate::zone::{Limit, Rule, Zone};
use geometry::Outline;

const FORMAT: &str = "OpenAir";
/// Longest name that is kept, characters.
const MAX_NAME: usize = 200;

/// Whether a text has airspaces of this format.
pub(crate) fn looks_like(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|l| !l.is_empty() && !l.starts_with(['*', '#']))
        .is_some_and(|l| {
            matches!(
                l.split_ascii_whitespace().next(),
                Some("AC" | "ac" | "TO" | "TC" | "SP")
            )
        })
}

/// What a class asks for. `AY` (the type) says more than `AC` where both are
/// given.
fn rule(class: &str, kind: &str) -> Rule {
    let known = |word: &str| {
        Some(match word {
            "P" | "PROHIBITED" | "GP" => Rule::Prohibited,
            "R"
            | "RESTRICTED"
            | "Q"
            | "DANGER"
            | "D_OTHER"
            | "TRA"
            | "TSA"
            | "TFR"
            | "CTR"
            | "MCTR"
            | "ATZ"
            | "MATZ"
            | "A"
            | "B"
            | "C"
            | "D"
            | "OVERFLIGHT_RESTRICTION"
            | "PROTECTED"
            | "ADIZ" => Rule::Authorisation,
            "TMA" | "CTA" | "MTA" | "UTA" | "AWY" => Rule::Authorisation,
            "RMZ" | "TMZ" | "E" | "F" | "ALERT" | "WARNING" | "HTZ" | "LTA" => Rule::Conditional,
            "G"
            | "W"
            | "UNC"
            | "UNCLASSIFIED"
            | "FIR"
            | "UIR"
            | "FIS_SECTOR"
            | "ACC_SECTOR"
            | "GLIDING_SECTOR"
            | "AERIAL_SPORTING_RECREATIONAL"
            | "TIZ"
            | "TIA"
            | "VFR_SECTOR"
            | "MTR"
            | "TRP" => Rule::Free,
            _ => return None,
        })
    };
    known(kind)
        .or_else(|| known(class))
        .unwrap_or(Rule::Authorisation)
}

#[derive(Default)]
struct Block {
    class: String,
    kind: String,
    name: String,
    times: Option<String>,
    lower: Option<Limit>,
    upper: Option<Limit>,
    outline: Outline,
}

/// Reads all airspaces.
pub(crate) fn read_into(text: &str, into: &mut Gathered) -> Result<(), FormatError> {
    let mut block: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let syntax = |reason: String| FormatError::syntax(FORMAT, format!("line {number}"), reason);
        let line = line.split('*').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let word = word.to_ascii_uppercase();
        if word == "AC" {
            if let Some(done) = block.take() {
                keep(done, number, into)?;
            }
            block = Some(Block {
                class: rest.to_ascii_uppercase(),
                ..Block::default()
            });
            continue;
        }
        let Some(open) = &mut block else {
            continue; // terrain, pens and brushes before the first airspace
        };
        match word.as_str() {
            "AN" => open.name = rest.chars().take(MAX_NAME).collect(),
            "AY" => open.kind = rest.to_ascii_uppercase(),
            "AA" => open.times = Some(rest.chars().take(MAX_NAME).collect()),
            "AL" => open.lower = Some(heights::limit(rest).map_err(syntax)?),
            "AH" => open.upper = Some(heights::limit(rest).map_err(syntax)?),
            "V" | "DP" | "DA" | "DB" | "DC" | "DY" => {
                let before = open.outline.len();
                open.outline.line(&word, rest).map_err(syntax)?;
                into.vertices(open.outline.len().saturating_sub(before))?;
            }
            // Frequency, call sign, label, pens, terrain, identifiers.
            "AF" | "AG" | "AT" | "AI" | "AX" | "TP" | "SP" | "SB" | "TO" | "TC" | "AS" | "TI" => {}
            other => into.note(format!(
                "lines {other:?} of the OpenAir file are passed over"
            )),
        }
    }
    if let Some(done) = block {
        keep(done, text.lines().count(), into)?;
    }
    Ok(())
}

fn keep(block: Block, line: usize, into: &mut Gathered) -> Result<(), FormatError> {
    let areas = block.outline.areas();
    if areas.is_empty() {
        into.note(format!(
            "the airspace {:?} before line {line} of the OpenAir file has no outline",
            block.name
        ));
    }
    let class = match (block.kind.as_str(), block.class.as_str()) {
        ("", class) => class.to_owned(),
        (kind, class) => format!("{class} {kind}"),
    };
    for area in areas {
        into.zone(Zone {
            name: block.name.clone(),
            class: class.clone(),
            rule: rule(&block.class, &block.kind),
            area,
            lower: block.lower.unwrap_or(Limit::GROUND),
            upper: block.upper.unwrap_or(Limit::Unlimited),
            times: block.times.clone(),
        })?;
    }
    Ok(())
}
