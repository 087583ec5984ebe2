// The style of the map: its sources, and its layers from the ground up.
import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from 'maplibre-gl';
import { BASE } from '../lib/api';
import type { Palette } from './palette';

const FONT = ['Inter Variable', 'sans-serif'];
const empty = { type: 'FeatureCollection' as const, features: [] };
const geojson = (extra: object = {}): SourceSpecification => ({ type: 'geojson', data: empty, ...extra });

/** The layer below which the user's own backgrounds are put. */
export const ABOVE_BACKGROUNDS = 'hillshade';

export function sources(): Record<string, SourceSpecification> {
  return {
    outline: geojson({ tolerance: 0.3, maxzoom: 8 }),
    countries: geojson(),
    graticule: geojson(),
    hillshade: { type: 'raster', tiles: [`${location.origin}${BASE}/terrain/hillshade/{z}/{x}/{y}.png`], tileSize: 256, minzoom: 5, maxzoom: 17 },
    product: { type: 'raster', tiles: [`${location.origin}${BASE}/map/tiles/{z}/{x}/{y}.png`], tileSize: 256, minzoom: 8, maxzoom: 21 },
    footprints: geojson(),
    photos: geojson(),
    plan: geojson(),
    draw: geojson(),
    flown: geojson({ tolerance: 0.2 }),
    chosen: geojson(),
  };
}

const sortieColour = (p: Palette): ExpressionSpecification =>
  ['match', ['%', ['to-number', ['get', 'sortie'], 1], 3], 2, p.route2, 0, p.route3, p.route];

const photoColour = (p: Palette): ExpressionSpecification =>
  ['match', ['get', 'state'], 'received', p.photo.received, 'matched', p.photo.matched, 'placed', p.photo.placed, 'left_out', p.photo.left_out, p.photo.queued];

/** Which switch in the layers panel each layer obeys. */
export const GROUPS: Record<string, string[]> = {
  hillshade: ['hillshade'],
  graticule: ['graticule', 'graticule-label'],
  product: ['product'],
  footprints: ['footprint-fill', 'footprint-line', 'photo-dot'],
  plan: ['plan-fence', 'plan-transit', 'plan-photo-casing', 'plan-photo', 'plan-point', 'plan-name'],
  tracks: ['flown-casing', 'flown'],
};

export function layers(p: Palette): LayerSpecification[] {
  const role = (...roles: string[]): ExpressionSpecification => ['in', ['get', 'role'], ['literal', roles]];
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const byZoom = (...stops: number[]): ExpressionSpecification => ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as ExpressionSpecification;
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': p.sea } },
    { id: 'land', type: 'fill', source: 'outline', filter: ['==', ['get', 'what'], 'land'], paint: { 'fill-color': p.land, 'fill-antialias': true } },
    { id: 'border', type: 'line', source: 'outline', filter: ['==', ['get', 'what'], 'border'], paint: { 'line-color': p.border, 'line-width': byZoom(2, 0.5, 8, 1.4) } },
    { id: 'hillshade', type: 'raster', source: 'hillshade', paint: { 'raster-brightness-min': p.shadeMin, 'raster-brightness-max': p.shadeMax, 'raster-opacity': 0.85, 'raster-fade-duration': 0, 'raster-saturation': -1 } },
    { id: 'product', type: 'raster', source: 'product', layout: { visibility: 'none' }, paint: { 'raster-fade-duration': 0, 'raster-opacity': 1, 'raster-resampling': 'linear' } },
    { id: 'graticule', type: 'line', source: 'graticule', filter: ['!', ['has', 'label']], paint: { 'line-color': p.graticule, 'line-width': 0.75, 'line-opacity': 0.8 } },
    { id: 'footprint-fill', type: 'fill', source: 'footprints', paint: { 'fill-color': photoColour(p), 'fill-opacity': ['match', ['get', 'state'], 'left_out', 0.16, 'placed', 0.06, 0.01] } },
    { id: 'footprint-line', type: 'line', source: 'footprints', layout: { 'line-sort-key': ['match', ['get', 'state'], 'left_out', 3, 'placed', 2, 1] }, paint: { 'line-color': photoColour(p), 'line-width': ['match', ['get', 'state'], 'left_out', 2, 'placed', 1.4, 0.8], 'line-opacity': byZoom(13, 0.1, 16, 0.3, 18, 0.7) } },
    { id: 'plan-area', type: 'line', source: 'draw', filter: ['==', ['get', 'what'], 'ring'], layout: round, paint: { 'line-color': p.area, 'line-width': 2.2 } },
    { id: 'draw-fill', type: 'fill', source: 'draw', filter: ['==', ['get', 'what'], 'shape'], paint: { 'fill-color': p.area, 'fill-opacity': 0.07 } },
    { id: 'plan-fence', type: 'line', source: 'plan', filter: role('airspace'), layout: round, paint: { 'line-color': p.fence, 'line-width': 1.6, 'line-dasharray': [2, 2.4] } },
    { id: 'plan-transit', type: 'line', source: 'plan', filter: role('turn', 'transit', 'climb'), layout: round, paint: { 'line-color': sortieColour(p), 'line-width': 1.2, 'line-opacity': 0.65, 'line-dasharray': [3, 2] } },
    { id: 'plan-photo-casing', type: 'line', source: 'plan', filter: role('photo'), layout: { 'line-cap': 'butt' }, paint: { 'line-color': p.casing, 'line-width': 4.2, 'line-opacity': 0.45 } },
    { id: 'plan-photo', type: 'line', source: 'plan', filter: role('photo'), layout: { 'line-cap': 'butt' }, paint: { 'line-color': sortieColour(p), 'line-width': 2.6 } },
    { id: 'plan-point', type: 'circle', source: 'plan', minzoom: 15, filter: role('photo_point'), paint: { 'circle-radius': byZoom(15, 1.2, 18, 3), 'circle-color': sortieColour(p), 'circle-stroke-color': p.casing, 'circle-stroke-width': 0.6 } },
    { id: 'flown-casing', type: 'line', source: 'flown', layout: round, paint: { 'line-color': p.casing, 'line-width': 3.8, 'line-opacity': 0.6 } },
    { id: 'flown', type: 'line', source: 'flown', layout: round, paint: { 'line-color': p.flown, 'line-width': 1.7 } },
    { id: 'photo-dot', type: 'symbol', source: 'photos', minzoom: 12, layout: { 'icon-image': ['concat', 'photo-', ['get', 'state']], 'icon-size': byZoom(12, 0.35, 15, 0.6, 18, 1), 'icon-allow-overlap': true, 'icon-ignore-placement': true }, paint: {} },
    { id: 'chosen-fill', type: 'fill', source: 'chosen', paint: { 'fill-color': p.select, 'fill-opacity': 0.16 } },
    { id: 'chosen-line', type: 'line', source: 'chosen', layout: round, paint: { 'line-color': p.select, 'line-width': 3 } },
    { id: 'draw-line', type: 'line', source: 'draw', filter: ['==', ['get', 'what'], 'draft'], layout: round, paint: { 'line-color': p.select, 'line-width': 2.4 } },
    { id: 'draw-rubber', type: 'line', source: 'draw', filter: ['==', ['get', 'what'], 'rubber'], layout: round, paint: { 'line-color': p.select, 'line-width': 1.6, 'line-dasharray': [2, 2] } },
    { id: 'draw-cross', type: 'circle', source: 'draw', filter: ['==', ['get', 'what'], 'crossing'], paint: { 'circle-radius': 11, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': p.problem, 'circle-stroke-width': 3 } },
    { id: 'graticule-label', type: 'symbol', source: 'graticule', filter: ['has', 'label'], layout: { 'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 10.5, 'text-anchor': ['get', 'anchor'], 'text-offset': ['get', 'shift'], 'text-padding': 1 }, paint: { 'text-color': p.graticuleLabel, 'text-halo-color': p.halo, 'text-halo-width': 1.2 } },
    { id: 'plan-name', type: 'symbol', source: 'plan', filter: ['has', 'name'], layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 12, 'text-offset': [0, -0.9], 'symbol-placement': 'point', 'text-allow-overlap': true }, paint: { 'text-color': p.route, 'text-halo-color': p.halo, 'text-halo-width': 1.6 } },
    { id: 'country', type: 'symbol', source: 'countries', maxzoom: 8, layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': byZoom(2, 10, 6, 14), 'text-letter-spacing': 0.06, 'text-max-width': 8, 'symbol-sort-key': ['-', 0, ['get', 'size']] }, paint: { 'text-color': p.borderLabel, 'text-halo-color': p.halo, 'text-halo-width': 1.2 } },
  ];
}
