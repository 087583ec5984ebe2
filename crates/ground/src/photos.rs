//! Photos as they arrive: stored first, then shown, then given to the map.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use whimbrel_air::Clock;
use whimbrel_geo::{FlatTerrain, Height, LatLon, Terrain, amsl_from_ellipsoid};
use whimbrel_mission::{camera::known_sensor_width_mm, footprint};
use whimbrel_mosaic::Grade;
use whimbrel_photo::{PhotoMeta, read_meta};
use whimbrel_store::{Layer, PhotoRow, Store, StoreError};

use crate::live::Live;
use crate::mapping::{Mapping, PhotoLayer, Placed};

/// All photos of the server.
pub struct Photos {
    store: Store,
    live: Arc<Live>,
    clock: Clock,
    terrain: Option<Arc<dyn Terrain>>,
    mapping: OnceLock<Arc<Mapping>>,
}

/// The layer's place in the map; thumbs are too small for it.
fn grade(layer: Layer) -> Option<Grade> {
    match layer {
        Layer::Thumb => None,
        Layer::Preview => Some(Grade::Preview),
        Layer::Mapping => Some(Grade::Mapping),
        Layer::Original => Some(Grade::Original),
    }
}

/// What a layer's metadata say of the place, for the console.
fn place(meta: &PhotoMeta, terrain: Option<&dyn Terrain>) -> Value {
    let Some(position) = meta.wgs84() else {
        return json!({});
    };
    let amsl = amsl_from_ellipsoid(position);
    let mut data = json!({"lat": position.at.lat_deg(), "lon": position.at.lon_deg(), "height_amsl_m": amsl.height.m()});
    let model = meta.camera_model(known_sensor_width_mm(meta));
    if let (Some(model), Some(pose)) = (model, meta.pose()) {
        // Without terrain the ground is taken to be level 100 m below: a sketch until the map knows better.
        let level = FlatTerrain(Height::from_m(amsl.height.m() - 100.0));
        let corners = footprint::on_terrain(&model, &pose, terrain.unwrap_or(&level));
        data["footprint"] = json!(corners.map(|c| ring(&c)));
    }
    data
}

fn ring(corners: &[LatLon]) -> Vec<[f64; 2]> {
    corners.iter().map(|c| [c.lon_deg(), c.lat_deg()]).collect()
}

/// A photo as the interface has it.
fn describe(row: &PhotoRow) -> Value {
    let layer = row.best().map_or("none", |(layer, _)| layer.name());
    json!({
        "id": row.id.to_string(),
        "name": row.name,
        "vehicle": row.vehicle,
        "taken_s": row.taken.map(|t| t.as_secs_f64()),
        "state": row.state,
        "reason": row.reason,
        "layer": layer,
        "lat": row.data["lat"],
        "lon": row.data["lon"],
        "height_amsl_m": row.data["height_amsl_m"],
        "footprint": row.data["footprint"],
    })
}

/// The name by which the map knows a photo.
fn map_name(vehicle: &str, name: &str) -> String {
    format!("{vehicle}/{name}")
}

impl Photos {
    /// Photos of a store; the map is joined later.
    pub fn new(
        store: Store,
        live: Arc<Live>,
        clock: Clock,
        terrain: Option<Arc<dyn Terrain>>,
    ) -> Self {
        Self {
            store,
            live,
            clock,
            terrain,
            mapping: OnceLock::new(),
        }
    }

    /// Join the map and give it everything that is already here.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn join(&self, mapping: Arc<Mapping>) -> Result<(), StoreError> {
        for row in self.store.photos()? {
            self.live.set_photo(&row.id.to_string(), describe(&row));
            if let Some((layer, hash)) = row.best()
                && let Some(grade) = grade(layer)
            {
                mapping.add(PhotoLayer {
                    name: map_name(&row.vehicle, &row.name),
                    grade,
                    path: self.store.blob_path(hash),
                });
            }
        }
        // Set once, at the start; a second call would change nothing.
        let _ = self.mapping.set(mapping);
        Ok(())
    }

    /// Store a layer. When this returns it is durable and may be acknowledged.
    ///
    /// # Errors
    /// When the disk is full or fails: then do not acknowledge it.
    pub fn arrived(
        &self,
        vehicle: &str,
        name: &str,
        layer: Layer,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let meta = read_meta(bytes).ok();
        let taken = meta.as_ref().and_then(|m| m.taken_at);
        let data = meta
            .as_ref()
            .map_or_else(|| json!({}), |m| place(m, self.terrain.as_deref()));
        let id = self.store.add_photo_layer(
            self.clock.now(),
            vehicle,
            name,
            layer,
            bytes,
            None,
            taken,
            &data,
        )?;
        let Some(row) = self.store.photo(id)? else {
            return Ok(());
        };
        self.live.set_photo(&id.to_string(), describe(&row));
        if let (Some(grade), Some(hash), Some(mapping)) =
            (grade(layer), row.layer(layer), self.mapping.get())
        {
            mapping.add(PhotoLayer {
                name: map_name(vehicle, name),
                grade,
                path: self.store.blob_path(hash),
            });
        }
        Ok(())
    }

    /// Keep and show what the map made of a photo.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn placed(&self, map_name: &str, placed: &Placed) -> Result<(), StoreError> {
        let Some((vehicle, name)) = map_name.split_once('/') else {
            return Ok(());
        };
        let Some(row) = self.store.photo_named(vehicle, name)? else {
            return Ok(());
        };
        let data = placed
            .footprint
            .as_ref()
            .map_or_else(|| json!({}), |f| json!({"footprint": f}));
        self.store.set_photo_state(
            self.clock.now(),
            row.id,
            placed.state,
            placed.reason.as_deref(),
            &data,
        )?;
        if let Some(row) = self.store.photo(row.id)? {
            self.live.set_photo(&row.id.to_string(), describe(&row));
        }
        Ok(())
    }

    /// The file of a photo's layer, or of its best one.
    pub fn best_file(&self, id: &str, layer: Option<&str>) -> Option<PathBuf> {
        let row = self.store.photo(id.parse().ok()?).ok()??;
        let hash = match layer {
            Some(name) => row.layer(Layer::ALL.into_iter().find(|l| l.name() == name)?)?,
            None => row.best()?.1,
        };
        Some(self.store.blob_path(hash))
    }

    /// How many photos have arrived as each layer.
    ///
    /// # Errors
    /// When the catalogue fails.
    pub fn counts(&self) -> Result<[u64; 4], StoreError> {
        self.store.photo_counts()
    }
}
