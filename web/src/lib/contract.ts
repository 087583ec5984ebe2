// The shapes of docs/api.md. SI units, degrees for places, seconds since the Unix epoch.
import type { Feature, FeatureCollection, MultiPolygon, Polygon } from 'geojson';

export type LonLat = [number, number];
export type Bounds = [number, number, number, number];
export type Kind = 'multirotor' | 'fixed_wing' | 'quadplane';

export interface Session {
  signed_in: boolean;
  user?: string;
  role?: string;
}
export interface ServerState {
  version: string;
  name: string;
  time_s: number;
  speed: number;
  simulated: boolean;
  first_view: Bounds | null;
  terrain: boolean;
  web: boolean;
}
export interface CatalogueVehicle {
  id: string;
  name: string;
  kind: Kind;
  cruise_m_s: number;
  endurance_s: number;
  battery_wh: number;
}
export interface CatalogueCamera {
  id: string;
  name: string;
  width_px: number;
  height_px: number;
  focal_mm: number;
  sensor_width_mm: number;
}
export interface CommandInfo {
  name: string;
  label: string;
  confirm: boolean;
  group: 'flight' | 'prepare';
  hint: string;
}
export interface Catalogue {
  vehicles: CatalogueVehicle[];
  cameras: CatalogueCamera[];
  commands: CommandInfo[];
}
export interface Background {
  id: string;
  name: string;
  format?: 'pmtiles' | 'geotiff';
  kind: 'raster' | 'vector';
  tiles: string;
  min_zoom: number;
  max_zoom: number;
  bounds: Bounds | null;
}

export type AreaGeometry = Polygon | MultiPolygon;
export type Objective = 'time' | 'length' | 'photos';
export interface PlanRequest {
  area: AreaGeometry;
  camera: string;
  vehicles: string[];
  gsd_m?: number;
  height_m?: number;
  forward: number;
  side: number;
  home: LonLat | null;
  wind: { speed_m_s: number; from_deg: number } | null;
  objective: Objective;
  endurance_min: number | null;
  overfly_holes: boolean;
}
export interface SortieReport {
  vehicle: string;
  length_m: number;
  time_s: number;
  energy_wh: number;
  waypoint_count: number;
}
export interface PlanReport {
  area_m2: number;
  swath_m: number;
  gsd_m: number;
  photo_count: number;
  coverage: number;
  length_m: { photo: number; turn: number; transit: number; climb: number; total: number };
  time_s: number;
  energy_wh: number;
  bound: { length_m: number; time_s: number };
  gap: number;
  sorties: SortieReport[];
}
export interface PlanAnswer {
  id: string;
  report: PlanReport;
  geojson: FeatureCollection;
  elapsed_ms: number;
  /** What was asked for; the console fills its form with it. */
  order?: Partial<PlanRequest>;
}
export interface PlanSummary {
  id: string;
  created_s: number;
  area_m2: number;
  sorties: number;
}

export type Phase =
  | 'idle' | 'preparing' | 'armed' | 'climbing' | 'surveying' | 'returning' | 'landing' | 'landed' | 'holding';
export interface Vehicle {
  id: string;
  system: number;
  name: string;
  autopilot: 'ardupilot' | 'px4' | 'other';
  kind: Kind;
  link: { name: string | null; age_s: number; signed: boolean; loss: number };
  mode: string;
  armed: boolean;
  flying: boolean;
  lat: number | null;
  lon: number | null;
  height_amsl_m: number | null;
  height_agl_m: number | null;
  height_home_m: number | null;
  heading_deg: number | null;
  ground_speed_m_s: number | null;
  climb_m_s: number | null;
  battery: { fraction: number | null; voltage_v: number | null; current_a: number | null; used_wh: number | null };
  /** GPS_FIX_TYPE of MAVLink. */
  gps: { fix: number; satellites: number | null };
  mission: {
    plan: string | null;
    sortie: number | null;
    state: 'none' | 'uploading' | 'verified' | 'failed';
    progress: number;
    current: number;
    count: number;
    detail: string;
  };
  phase: Phase;
  photos: number;
  home: LonLat | null;
  messages: { time_s: number; severity: number | string; text: string }[];
}
export interface Check {
  name: string;
  label: string;
  ok: boolean | null;
  detail: string;
}
export interface Checks {
  ready: boolean;
  checks: Check[];
}
export interface Alert {
  id: string;
  time_s: number;
  level: 'warning' | 'caution' | 'advisory';
  vehicle: string | null;
  text: string;
  action: string;
  acknowledged: boolean;
  active: boolean;
}
export interface AuditRow {
  id: string | number;
  time_s: number;
  user: string;
  verb: string;
  subject: string;
  detail: unknown;
}

export type PhotoState = 'queued' | 'received' | 'matched' | 'placed' | 'left_out';
export interface Photo {
  id: string;
  name: string;
  vehicle: string | null;
  taken_s: number | null;
  state: PhotoState;
  reason: string | null;
  layer: 'none' | 'thumb' | 'preview' | 'mapping' | 'original';
  lat: number | null;
  lon: number | null;
  height_amsl_m: number | null;
  footprint: LonLat[] | null;
}
export interface MapState {
  version: number | string;
  bounds: Bounds | null;
  gsd_m: number | null;
  photos: number;
  matched: number;
  placed: number;
  left_out: number;
  coverage: number | null;
  busy: boolean;
  stage: string;
  refined: boolean;
}
export interface LayerCounts {
  preview: number;
  mapping: number;
  original: number;
}
export interface Radio {
  rate_bit_s?: number | null;
  loss: number;
  connected: boolean;
  /** A time of the server's clock. */
  last_heard_s: number | null;
  queued: LayerCounts;
  received: LayerCounts;
  bytes: number;
  /** Why files cannot be kept, when they cannot. */
  problem?: string | null;
}
export interface FlightRow {
  id: string;
  vehicle: string;
  started_s: number;
  ended_s: number | null;
  bytes: number;
}
export interface FileRow {
  name: string;
  bytes: number;
}
export interface CommandResult {
  vehicle: string;
  ok: boolean;
  detail: string | null;
}

export type LiveMessage =
  | { type: 'hello'; state: ServerState }
  | { type: 'vehicles'; time_s: number; vehicles: Vehicle[] }
  | { type: 'photos'; photos: Photo[] }
  | { type: 'map'; map: MapState }
  | { type: 'radio'; radio: Radio }
  | { type: 'alerts'; alerts: Alert[] }
  | { type: 'plan'; id: string };

export type { Feature, FeatureCollection };
