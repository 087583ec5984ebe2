// From the console's values to what the map's sources hold. Pure.
import type { Feature, FeatureCollection, Position } from 'geojson';
import type { LonLat, Photo, PlanAnswer } from '../lib/contract';
import type { Shape } from '../lib/geometry';
import { placeOf, type World } from '../lib/world';

const collection = (features: Feature[]): FeatureCollection => ({ type: 'FeatureCollection', features });
const closed = (ring: LonLat[]): Position[] => (ring.length > 0 ? [...ring, ring[0]!] : []);

export function footprintFeatures(photos: Iterable<Photo>): FeatureCollection {
  const features: Feature[] = [];
  for (const p of photos) {
    if (!p.footprint || p.footprint.length < 3) continue;
    features.push({
      type: 'Feature',
      properties: { id: p.id, state: p.state },
      geometry: { type: 'Polygon', coordinates: [closed(p.footprint)] },
    });
  }
  return collection(features);
}

export function photoFeatures(photos: Iterable<Photo>): FeatureCollection {
  const features: Feature[] = [];
  for (const p of photos) {
    const coordinates = placeOf(p);
    if (coordinates) features.push({ type: 'Feature', properties: { id: p.id, state: p.state }, geometry: { type: 'Point', coordinates } });
  }
  return collection(features);
}

export function flownFeatures(world: World): FeatureCollection {
  const features: Feature[] = [];
  for (const [id, track] of world.tracks) {
    if (track.length > 1) features.push({ type: 'Feature', properties: { id }, geometry: { type: 'LineString', coordinates: track } });
  }
  return collection(features);
}

/** The plan as it came, and a name at the first photo line of each sortie. */
export function planFeatures(plan: PlanAnswer | null): FeatureCollection {
  if (!plan) return collection([]);
  const named = new Map<number, Position>();
  for (const f of plan.geojson.features) {
    const sortie = f.properties?.['sortie'] as unknown;
    if (f.properties?.['role'] !== 'photo' || f.geometry.type !== 'LineString' || typeof sortie !== 'number') continue;
    const start = f.geometry.coordinates[0];
    if (start && !named.has(sortie)) named.set(sortie, start);
  }
  const several = named.size > 1;
  const names = [...named].map(([sortie, at]): Feature => ({
    type: 'Feature',
    properties: { name: several ? `Sortie ${sortie} ▸` : 'Start ▸', sortie },
    geometry: { type: 'Point', coordinates: at },
  }));
  return collection([...plan.geojson.features.filter((f) => f.properties?.['role'] !== 'area'), ...names]);
}

export function drawFeatures(shapes: Shape[], draft: LonLat[], cursor: LonLat | null, crossing: LonLat | null): FeatureCollection {
  const features: Feature[] = [];
  for (const rings of shapes) {
    const coordinates = rings.filter((r) => r.length >= 3).map(closed);
    if (coordinates.length > 0) features.push({ type: 'Feature', properties: { what: 'shape' }, geometry: { type: 'Polygon', coordinates } });
    for (const ring of coordinates) features.push({ type: 'Feature', properties: { what: 'ring' }, geometry: { type: 'LineString', coordinates: ring } });
  }
  if (draft.length > 1) features.push({ type: 'Feature', properties: { what: 'draft' }, geometry: { type: 'LineString', coordinates: draft } });
  const last = draft[draft.length - 1];
  const first = draft[0];
  if (cursor && last && first) {
    const rubber = draft.length > 1 ? [last, cursor, first] : [last, cursor];
    features.push({ type: 'Feature', properties: { what: 'rubber' }, geometry: { type: 'LineString', coordinates: rubber } });
  }
  if (crossing) features.push({ type: 'Feature', properties: { what: 'crossing' }, geometry: { type: 'Point', coordinates: crossing } });
  return collection(features);
}

export function chosenFeatures(photo: Photo | undefined): FeatureCollection {
  return photo ? footprintFeatures([photo]) : collection([]);
}
