//! GeoPackage 1.0–1.4 (OGC 12-128r18): all feature tables of a SQLite database
//! that is read from memory.
//!
//! The schema is not trusted: its functions and views may not do more than
//! read, and only for so many steps.

use super::FormatError;
use super::found::Gathered;
use super::limits::MAX_SQL_STEPS;
use super::prj;
use super::wkb;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};
use whimbrel_geo::{Crs, LatLon};

const FORMAT: &str = "GeoPackage";
/// Instructions of SQLite's machine in one step of [`MAX_SQL_STEPS`].
const STEP: i32 = 1_000;
/// Most feature tables that are read.
const MAX_TABLES: usize = 1_000;
/// Columns that are taken as names, in order.
const NAMES: [&str; 5] = ["name", "title", "label", "bezeichnung", "nom"];

fn failed(what: &str, error: &rusqlite::Error) -> FormatError {
    FormatError::syntax(
        FORMAT,
        what,
        format!("{error}; repair it with ogr2ogr new.gpkg old.gpkg"),
    )
}

/// Reads all features.
pub(crate) fn read_into(bytes: &[u8], into: &mut Gathered) -> Result<(), FormatError> {
    let open = |e: rusqlite::Error| failed("the database", &e);
    let mut database = Connection::open_in_memory().map_err(open)?;
    database
        .deserialize_read_exact(MAIN_DB, bytes, bytes.len(), true)
        .map_err(open)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    ] {
        database.set_db_config(setting, on).map_err(open)?;
    }
    database
        .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;")
        .map_err(open)?;
    let mut steps = 0;
    let stop = move || {
        steps += 1;
        steps > MAX_SQL_STEPS
    };
    database.progress_handler(STEP, Some(stop)).map_err(open)?;
    for table in tables(&database)? {
        features(&database, &table, into)?;
    }
    Ok(())
}

struct Table {
    name: String,
    column: String,
    crs: Option<Crs>,
}

fn tables(database: &Connection) -> Result<Vec<Table>, FormatError> {
    let query = "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition \
        FROM gpkg_geometry_columns g JOIN gpkg_contents c ON c.table_name = g.table_name \
        LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE c.data_type = 'features' LIMIT 1001";
    let open = |e: rusqlite::Error| failed("gpkg_geometry_columns", &e);
    let mut statement = database.prepare(query).map_err(open)?;
    let mut rows = statement.query([]).map_err(open)?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next().map_err(open)? {
        if tables.len() >= MAX_TABLES {
            return Err(FormatError::TooMany {
                what: "feature tables",
                limit: MAX_TABLES,
            });
        }
        let name: String = row.get(0).map_err(open)?;
        let column: String = row.get(1).map_err(open)?;
        let organization: Option<String> = row.get(2).map_err(open)?;
        let code: Option<i64> = row.get(3).map_err(open)?;
        let definition: Option<String> = row.get(4).map_err(open)?;
        let said = |e: String| FormatError::syntax(FORMAT, format!("table {name:?}"), e);
        let epsg = organization
            .filter(|o| o.eq_ignore_ascii_case("EPSG"))
            .and(code)
            .and_then(|c| u32::try_from(c).ok())
            .filter(|c| *c > 0);
        let crs = match (epsg, definition) {
            (Some(4326), _) => None,
            (Some(code), definition) => Some(
                Crs::from_epsg(code)
                    .map_err(|e| e.to_string())
                    .or_else(|e| prj::crs(&definition.unwrap_or_default()).map_err(|_| e))
                    .map_err(said)?,
            ),
            (None, Some(definition)) if definition.len() > 20 => {
                Some(prj::crs(&definition).map_err(said)?)
            }
            _ => None,
        };
        tables.push(Table { name, column, crs });
    }
    Ok(tables)
}

/// A name as SQL quotes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn features(database: &Connection, table: &Table, into: &mut Gathered) -> Result<(), FormatError> {
    let place = format!("table {:?}", table.name);
    let open = |e: rusqlite::Error| failed(&place, &e);
    let query = format!("SELECT * FROM {} LIMIT 500001", quoted(&table.name));
    let mut statement = database.prepare(&query).map_err(open)?;
    let columns: Vec<String> = statement
        .column_names()
        .map(str::to_ascii_lowercase)
        .collect();
    let wanted = table.column.to_ascii_lowercase();
    let geometry = columns.iter().position(|c| *c == wanted).ok_or_else(|| {
        FormatError::syntax(
            FORMAT,
            place.clone(),
            format!("it has no column {wanted:?}"),
        )
    })?;
    let name = NAMES
        .iter()
        .find_map(|n| columns.iter().position(|c| c == n));
    let to_place = |xy: [f64; 2]| match &table.crs {
        Some(crs) => crs.unproject(xy).map_err(|e| e.to_string()),
        None => LatLon::from_deg(xy[1], xy[0]).map_err(|e| e.to_string()),
    };
    let mut rows = statement.query([]).map_err(open)?;
    let mut number = 0_usize;
    while let Some(row) = rows.next().map_err(open)? {
        number += 1;
        let called = match name.map(|n| row.get_ref(n)) {
            Some(Ok(ValueRef::Text(text))) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        if let ValueRef::Blob(blob) = row.get_ref(geometry).map_err(open)? {
            let Some(wkb) = body(blob) else {
                return Err(FormatError::syntax(
                    FORMAT,
                    format!("{place}, feature {number}"),
                    "the geometry does not begin as the standard says",
                ));
            };
            wkb::read_into(wkb, &called, &to_place, into)
                .map_err(|e| e.inside(&format!("{place}, feature {number}")))?;
        }
    }
    Ok(())
}

/// The WKB behind a geometry's header (OGC 12-128r18 §2.1.3).
fn body(blob: &[u8]) -> Option<&[u8]> {
    let [b'G', b'P', _version, flags, ..] = blob else {
        return None;
    };
    let envelope = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    blob.get(8 + envelope..)
}
