// The user's own maps, put under the hillshade. Vector tiles get a plain drawing of the
// layers that the Protomaps and OpenMapTiles schemas share.
import type { LayerSpecification, Map } from 'maplibre-gl';
import type { Background } from '../lib/contract';
import { ABOVE_BACKGROUNDS } from './layers';
import type { Palette } from './palette';

function vectorLayers(source: string, p: Palette): LayerSpecification[] {
  const fill = (id: string, layer: string, colour: string): LayerSpecification => ({
    id: `${source}-${id}`, type: 'fill', source, 'source-layer': layer, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour },
  });
  const line = (id: string, layer: string, colour: string, width: number): LayerSpecification => ({
    id: `${source}-${id}`, type: 'line', source, 'source-layer': layer, paint: { 'line-color': colour, 'line-width': ['interpolate', ['exponential', 1.5], ['zoom'], 8, width / 3, 18, width * 3] },
  });
  return [
    fill('earth', 'earth', p.land),
    fill('landuse', 'landuse', p.land),
    fill('water', 'water', p.sea),
    line('waterway', 'waterway', p.sea, 1),
    line('boundaries', 'boundaries', p.border, 0.8),
    line('boundary', 'boundary', p.border, 0.8),
    line('roads', 'roads', p.graticule, 1.4),
    line('transportation', 'transportation', p.graticule, 1.4),
    fill('buildings', 'buildings', p.border),
    fill('building', 'building', p.border),
  ];
}

export const backgroundLayers = (b: Background, p: Palette): LayerSpecification[] =>
  b.kind === 'raster'
    ? [{ id: `bg-${b.id}-raster`, type: 'raster', source: `bg-${b.id}`, paint: { 'raster-fade-duration': 0 } }]
    : vectorLayers(`bg-${b.id}`, p);

export function addBackground(map: Map, b: Background, p: Palette): void {
  const source = `bg-${b.id}`;
  if (map.getSource(source)) return;
  // Only this server's tiles: an address from elsewhere is not followed.
  if (!b.tiles.startsWith('/')) return;
  map.addSource(source, {
    type: b.kind,
    tiles: [location.origin + b.tiles],
    minzoom: b.min_zoom,
    maxzoom: b.max_zoom,
    ...(b.bounds ? { bounds: b.bounds } : {}),
    ...(b.kind === 'raster' ? { tileSize: 256 } : {}),
  });
  for (const layer of backgroundLayers(b, p)) map.addLayer(layer, ABOVE_BACKGROUNDS);
}

/** Nothing of it has changed that the map would have to know. */
export const sameBackground = (a: Background, b: Background): boolean => JSON.stringify(a) === JSON.stringify(b);

export function removeBackground(map: Map, b: Background, p: Palette): void {
  for (const layer of backgroundLayers(b, p)) if (map.getLayer(layer.id)) map.removeLayer(layer.id);
  if (map.getSource(`bg-${b.id}`)) map.removeSource(`bg-${b.id}`);
}
