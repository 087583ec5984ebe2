// What the console knows, as one value changed only by `reduce`. No clock, no DOM: it is tested as it is.
import type { Alert, LiveMessage, LonLat, MapState, Photo, Radio, ServerState, Vehicle } from './contract';
import { distance } from './geometry';

/** Points kept for each flown track; the oldest half is thinned when the limit is reached. */
export const TRACK_LIMIT = 4000;
/** A track point is kept when the aircraft has moved so far. */
export const TRACK_STEP_M = 2;
/** Wall-clock seconds without news after which data are shown as stale, and as lost. */
export const STALE_S = 3;
export const LOST_S = 15;

export interface World {
  state: ServerState | null;
  time_s: number;
  vehicles: Vehicle[];
  tracks: Map<string, LonLat[]>;
  photos: Map<string, Photo>;
  /** Counts up whenever `photos` or `tracks` change, so that readers can tell cheaply. */
  photosEdition: number;
  tracksEdition: number;
  map: MapState | null;
  radio: Radio | null;
  alerts: Alert[];
  newPlan: string | null;
}

export const emptyWorld = (): World => ({
  state: null,
  time_s: NaN,
  vehicles: [],
  tracks: new Map(),
  photos: new Map(),
  photosEdition: 0,
  tracksEdition: 0,
  map: null,
  radio: null,
  alerts: [],
  newPlan: null,
});

/** Where an aircraft is, if it knows: 0, 0 is what an autopilot without a position says. */
export function placeOf(v: { lat: number | null; lon: number | null }): LonLat | null {
  const { lat, lon } = v;
  return lat !== null && lon !== null && Number.isFinite(lat) && Number.isFinite(lon) && (lat !== 0 || lon !== 0) ? [lon, lat] : null;
}

/** Halves the density of the older half; the newer half stays exact. */
export function thin(track: LonLat[]): LonLat[] {
  const half = Math.floor(track.length / 2);
  return track.filter((_, i) => i >= half || i % 2 === 0);
}

function growTracks(w: World, vehicles: Vehicle[]): number {
  let edition = w.tracksEdition;
  for (const v of vehicles) {
    const here = placeOf(v);
    if (!here) continue;
    const track = w.tracks.get(v.id) ?? [];
    const last = track[track.length - 1];
    if (last && distance(last, here) < TRACK_STEP_M) continue;
    track.push(here);
    w.tracks.set(v.id, track.length > TRACK_LIMIT ? thin(track) : track);
    edition += 1;
  }
  return edition;
}

/** The world after a message. Big collections are updated in place and marked by their edition. */
export function reduce(w: World, m: LiveMessage): World {
  switch (m.type) {
    case 'hello':
      return { ...w, state: m.state, time_s: m.state.time_s };
    case 'vehicles':
      return { ...w, time_s: m.time_s, vehicles: m.vehicles, tracksEdition: growTracks(w, m.vehicles) };
    case 'photos':
      for (const p of m.photos) w.photos.set(p.id, p);
      return { ...w, photosEdition: w.photosEdition + (m.photos.length > 0 ? 1 : 0) };
    case 'map':
      return { ...w, map: m.map };
    case 'radio':
      return { ...w, radio: m.radio };
    case 'alerts':
      return { ...w, alerts: sortAlerts(m.alerts) };
    case 'plan':
      return { ...w, newPlan: m.id };
    default:
      return w; // A newer server may say more.
  }
}

const RANK = { warning: 0, caution: 1, advisory: 2 } as const;

/** Unacknowledged before acknowledged, then by level, then newest first. */
export function sortAlerts(alerts: Alert[]): Alert[] {
  return [...alerts].sort(
    (a, b) => Number(a.acknowledged) - Number(b.acknowledged) || RANK[a.level] - RANK[b.level] || b.time_s - a.time_s,
  );
}

export type Freshness = 'live' | 'stale' | 'lost';

/** How old a vehicle's data are, in seconds of the wall: its own age at the last message, and the silence since. */
export function dataAge(link_age_s: number, speed: number, silence_s: number): number {
  return link_age_s / Math.max(1, speed || 1) + silence_s;
}

export function freshness(age_s: number): Freshness {
  return age_s >= LOST_S ? 'lost' : age_s >= STALE_S ? 'stale' : 'live';
}

/** Bounds check of what arrives, so that a bad frame changes nothing. */
export function parseMessage(data: string): LiveMessage | null {
  try {
    const m = JSON.parse(data) as { type?: unknown } & Record<string, unknown>;
    if (m === null || typeof m !== 'object' || typeof m.type !== 'string') return null;
    const lists: Record<string, string> = { vehicles: 'vehicles', photos: 'photos', alerts: 'alerts' };
    const list = lists[m.type];
    if (list && !Array.isArray(m[list])) return null;
    if (m.type === 'hello' && typeof m.state !== 'object') return null;
    return m as unknown as LiveMessage;
  } catch {
    return null;
  }
}
