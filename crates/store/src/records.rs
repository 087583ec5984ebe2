//! Vehicles, missions, flights and photos.

use std::time::Duration;

use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::blob::BlobHash;
use crate::catalogue::{Store, event, from_ms, json, to_ms};
use crate::error::StoreError;

/// A vehicle that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleRow {
    /// Its id.
    pub id: String,
    /// When it was last recorded.
    pub seen: Duration,
    /// What is known of it.
    pub data: Value,
}

/// A mission.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionRow {
    /// Its id.
    pub id: i64,
    /// When it was made.
    pub created: Duration,
    /// What the user calls it.
    pub name: String,
    /// Its file.
    pub blob: Option<BlobHash>,
    /// Everything else (area, report, state …).
    pub data: Value,
}

/// A flight.
#[derive(Debug, Clone, PartialEq)]
pub struct FlightRow {
    /// Its id.
    pub id: i64,
    /// Who flew.
    pub vehicle: String,
    /// What was flown.
    pub mission: Option<i64>,
    /// When it started.
    pub started: Duration,
    /// When it ended, if it has.
    pub ended: Option<Duration>,
    /// Its log file's name in the `flights` folder.
    pub log: Option<String>,
    /// Everything else.
    pub data: Value,
}

/// What a photo has arrived as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A few kilobytes.
    Thumb,
    /// Half size, about 2–4 % of the bytes.
    Preview,
    /// Full size, about 15–20 % of the bytes.
    Mapping,
    /// As the camera wrote it.
    Original,
}

impl Layer {
    /// All layers, smallest first.
    pub const ALL: [Self; 4] = [Self::Thumb, Self::Preview, Self::Mapping, Self::Original];

    /// Its name in records and interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Thumb => "thumb",
            Self::Preview => "preview",
            Self::Mapping => "mapping",
            Self::Original => "original",
        }
    }
}

/// A photo and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoRow {
    /// Its id.
    pub id: i64,
    /// Whose camera.
    pub vehicle: String,
    /// The camera's name for it; unique for a vehicle.
    pub name: String,
    /// Its flight, if known.
    pub flight: Option<i64>,
    /// When it was taken, if known.
    pub taken: Option<Duration>,
    /// When its first layer arrived.
    pub arrived: Duration,
    /// The blobs of its layers, in the order of [`Layer::ALL`].
    pub layers: [Option<BlobHash>; 4],
    /// `received`, or what the map says: `matched`, `placed`, `left_out`.
    pub state: String,
    /// Why it was left out.
    pub reason: Option<String>,
    /// Everything else: place, pose, footprint.
    pub data: Value,
}

impl PhotoRow {
    /// The blob of a layer.
    #[must_use]
    pub fn layer(&self, layer: Layer) -> Option<BlobHash> {
        Layer::ALL
            .iter()
            .position(|other| *other == layer)
            .and_then(|index| self.layers.get(index).copied().flatten())
    }

    /// The best layer that is here.
    #[must_use]
    pub fn best(&self) -> Option<(Layer, BlobHash)> {
        Layer::ALL
            .into_iter()
            .rev()
            .find_map(|layer| Some((layer, self.layer(layer)?)))
    }
}

const PHOTO_COLUMNS: &str = "id, vehicle, name, flight, taken_ms, arrived_ms, thumb, preview, mapping, original, state, reason, data";

fn photo_row(row: &Row<'_>) -> rusqlite::Result<PhotoRow> {
    let mut layers = [None; 4];
    for (index, layer) in layers.iter_mut().enumerate() {
        *layer = row
            .get::<_, Option<String>>(6 + index)?
            .and_then(|hex| BlobHash::from_hex(&hex));
    }
    Ok(PhotoRow {
        id: row.get(0)?,
        vehicle: row.get(1)?,
        name: row.get(2)?,
        flight: row.get(3)?,
        taken: row.get::<_, Option<i64>>(4)?.map(from_ms),
        arrived: from_ms(row.get(5)?),
        layers,
        state: row.get(10)?,
        reason: row.get(11)?,
        data: json(row.get(12)?),
    })
}

fn flight_row(row: &Row<'_>) -> rusqlite::Result<FlightRow> {
    Ok(FlightRow {
        id: row.get(0)?,
        vehicle: row.get(1)?,
        mission: row.get(2)?,
        started: from_ms(row.get(3)?),
        ended: row.get::<_, Option<i64>>(4)?.map(from_ms),
        log: row.get(5)?,
        data: json(row.get(6)?),
    })
}

fn mission_row(row: &Row<'_>) -> rusqlite::Result<MissionRow> {
    Ok(MissionRow {
        id: row.get(0)?,
        created: from_ms(row.get(1)?),
        name: row.get(2)?,
        blob: row
            .get::<_, Option<String>>(3)?
            .and_then(|hex| BlobHash::from_hex(&hex)),
        data: json(row.get(4)?),
    })
}

impl Store {
    /// Records a vehicle, or what is new about it.
    ///
    /// # Errors
    /// When the disk is full or fails; the same for all that write.
    pub fn put_vehicle(&self, now: Duration, id: &str, data: &Value) -> Result<(), StoreError> {
        self.change("record a vehicle", now, |sql, events| {
            sql.execute(
                "INSERT OR REPLACE INTO vehicle (id, seen_ms, data) VALUES (?1, ?2, ?3)",
                params![id, to_ms(now), data.to_string()],
            )?;
            events.push(event("vehicle", id, data.clone()));
            Ok(())
        })
    }

    /// All vehicles.
    ///
    /// # Errors
    /// When the catalogue fails; the same for all that read.
    pub fn vehicles(&self) -> Result<Vec<VehicleRow>, StoreError> {
        self.read("read the vehicles", |sql| {
            let mut query =
                sql.prepare_cached("SELECT id, seen_ms, data FROM vehicle ORDER BY id")?;
            let rows = query.query_map([], |row| {
                Ok(VehicleRow {
                    id: row.get(0)?,
                    seen: from_ms(row.get(1)?),
                    data: json(row.get(2)?),
                })
            })?;
            rows.collect()
        })
    }

    /// Records a mission; its file, if given, is stored as a blob first.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn add_mission(
        &self,
        now: Duration,
        name: &str,
        file: Option<&[u8]>,
        data: &Value,
    ) -> Result<i64, StoreError> {
        let blob = file.map(|bytes| self.put_blob(bytes)).transpose()?;
        self.change("record a mission", now, |sql, events| {
            sql.execute(
                "INSERT INTO mission (created_ms, name, blob, data) VALUES (?1, ?2, ?3, ?4)",
                params![
                    to_ms(now),
                    name,
                    blob.map(BlobHash::to_hex),
                    data.to_string()
                ],
            )?;
            let id = sql.last_insert_rowid();
            events.push(event("mission", id, json!({ "name": name })));
            Ok(id)
        })
    }

    /// Replaces what is known of a mission.
    ///
    /// # Errors
    /// When there is none of that id, or the disk is full or fails.
    pub fn set_mission(&self, now: Duration, id: i64, data: &Value) -> Result<(), StoreError> {
        let changed = self.change("record a mission", now, |sql, events| {
            events.push(event("mission", id, Value::Null));
            sql.execute(
                "UPDATE mission SET data = ?2 WHERE id = ?1",
                params![id, data.to_string()],
            )
        })?;
        if changed == 1 {
            Ok(())
        } else {
            Err(StoreError::Missing {
                what: format!("mission {id}"),
            })
        }
    }

    /// A mission.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn mission(&self, id: i64) -> Result<Option<MissionRow>, StoreError> {
        self.read("read a mission", |sql| {
            sql.query_row(
                "SELECT id, created_ms, name, blob, data FROM mission WHERE id = ?1",
                [id],
                mission_row,
            )
            .optional()
        })
    }

    /// All missions, oldest first.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn missions(&self) -> Result<Vec<MissionRow>, StoreError> {
        self.read("read the missions", |sql| {
            let mut query = sql.prepare_cached(
                "SELECT id, created_ms, name, blob, data FROM mission ORDER BY id",
            )?;
            query.query_map([], mission_row)?.collect()
        })
    }

    /// Records the start of a flight.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn start_flight(
        &self,
        now: Duration,
        vehicle: &str,
        mission: Option<i64>,
        log: Option<&str>,
        data: &Value,
    ) -> Result<i64, StoreError> {
        self.change("record a flight", now, |sql, events| {
            sql.execute(
                "INSERT INTO flight (vehicle, mission, started_ms, log, data) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![vehicle, mission, to_ms(now), log, data.to_string()],
            )?;
            let id = sql.last_insert_rowid();
            events.push(event("flight", id, json!({ "vehicle": vehicle, "state": "started" })));
            Ok(id)
        })
    }

    /// Records the end of a flight.
    ///
    /// # Errors
    /// When there is none of that id, or the disk is full or fails.
    pub fn end_flight(&self, now: Duration, id: i64, data: &Value) -> Result<(), StoreError> {
        let changed = self.change("record a flight", now, |sql, events| {
            events.push(event("flight", id, json!({ "state": "ended" })));
            sql.execute(
                "UPDATE flight SET ended_ms = ?2, data = ?3 WHERE id = ?1",
                params![id, to_ms(now), data.to_string()],
            )
        })?;
        if changed == 1 {
            Ok(())
        } else {
            Err(StoreError::Missing {
                what: format!("flight {id}"),
            })
        }
    }

    /// All flights, oldest first.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn flights(&self) -> Result<Vec<FlightRow>, StoreError> {
        self.read("read the flights", |sql| {
            let mut query = sql
                .prepare_cached("SELECT id, vehicle, mission, started_ms, ended_ms, log, data FROM flight ORDER BY id")?;
            query.query_map([], flight_row)?.collect()
        })
    }

    /// Stores a layer of a photo: first its bytes as a blob, then its row. When this returns both are durable,
    /// and the aircraft may be told so. `data` is kept from the first layer on, keys of later layers added.
    ///
    /// # Errors
    /// When the disk is full or fails: then do not acknowledge it.
    #[allow(clippy::too_many_arguments)]
    pub fn add_photo_layer(
        &self,
        now: Duration,
        vehicle: &str,
        name: &str,
        layer: Layer,
        bytes: &[u8],
        flight: Option<i64>,
        taken: Option<Duration>,
        data: &Value,
    ) -> Result<i64, StoreError> {
        let hash = self.put_blob(bytes)?;
        // The column is one of four constants, never a text from outside.
        let column = layer.name();
        let insert = format!(
            "INSERT INTO photo (vehicle, name, flight, taken_ms, arrived_ms, {column}, state, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'received', ?7)
             ON CONFLICT (vehicle, name) DO UPDATE SET {column} = excluded.{column},
             flight = coalesce(flight, excluded.flight), taken_ms = coalesce(taken_ms, excluded.taken_ms),
             data = json_patch(data, excluded.data)
             RETURNING id"
        );
        let data = if data.is_object() {
            data.to_string()
        } else {
            "{}".to_owned()
        };
        self.change("record a photo", now, |sql, events| {
            let id: i64 = sql.query_row(
                &insert,
                params![
                    vehicle,
                    name,
                    flight,
                    taken.map(to_ms),
                    to_ms(now),
                    hash.to_hex(),
                    data
                ],
                |row| row.get(0),
            )?;
            events.push(event(
                "photo",
                id,
                json!({ "vehicle": vehicle, "name": name, "layer": column }),
            ));
            Ok(id)
        })
    }

    /// Records what the map made of a photo; the keys of `data` (pose, footprint) are added to what is known.
    ///
    /// # Errors
    /// When there is none of that id, or the disk is full or fails.
    pub fn set_photo_state(
        &self,
        now: Duration,
        id: i64,
        state: &str,
        reason: Option<&str>,
        data: &Value,
    ) -> Result<(), StoreError> {
        let patch = if data.is_object() {
            data.to_string()
        } else {
            "{}".to_owned()
        };
        let changed = self.change("record a photo", now, |sql, events| {
            events.push(event("photo", id, json!({ "state": state, "reason": reason })));
            sql.execute(
                "UPDATE photo SET state = ?2, reason = ?3, data = json_patch(data, ?4) WHERE id = ?1",
                params![id, state, reason, patch],
            )
        })?;
        if changed == 1 {
            Ok(())
        } else {
            Err(StoreError::Missing {
                what: format!("photo {id}"),
            })
        }
    }

    /// All photos, in the order of their arrival.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn photos(&self) -> Result<Vec<PhotoRow>, StoreError> {
        self.read("read the photos", |sql| {
            let mut query =
                sql.prepare_cached(&format!("SELECT {PHOTO_COLUMNS} FROM photo ORDER BY id"))?;
            query.query_map([], photo_row)?.collect()
        })
    }

    /// How many photos have arrived as each layer, in the order of [`Layer::ALL`].
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn photo_counts(&self) -> Result<[u64; 4], StoreError> {
        self.read("count the photos", |sql| {
            let mut query = sql.prepare_cached(
                "SELECT count(thumb), count(preview), count(mapping), count(original) FROM photo",
            )?;
            query.query_row([], |row| {
                let mut counts = [0; 4];
                for (index, count) in counts.iter_mut().enumerate() {
                    *count = u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0);
                }
                Ok(counts)
            })
        })
    }

    /// A photo by id.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn photo(&self, id: i64) -> Result<Option<PhotoRow>, StoreError> {
        self.read("read a photo", |sql| {
            sql.query_row(
                &format!("SELECT {PHOTO_COLUMNS} FROM photo WHERE id = ?1"),
                [id],
                photo_row,
            )
            .optional()
        })
    }

    /// A photo by its vehicle and name.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn photo_named(&self, vehicle: &str, name: &str) -> Result<Option<PhotoRow>, StoreError> {
        self.read("read a photo", |sql| {
            let query =
                format!("SELECT {PHOTO_COLUMNS} FROM photo WHERE vehicle = ?1 AND name = ?2");
            sql.query_row(&query, [vehicle, name], photo_row).optional()
        })
    }
}
