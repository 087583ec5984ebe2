import type { Feature, FeatureCollection } from 'geojson';
import type { Bounds } from '../lib/contract';
import { niceStep } from '../lib/geometry';

const LINES_LIMIT = 60;

function label(deg: number, step: number, plus: string, minus: string): string {
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return `${Math.abs(deg).toFixed(digits)}°${deg < 0 ? minus : plus}`;
}

/** Meridians and parallels about so many pixels apart; labels sit at the edge of what is free of panels. */
export function graticule(view: Bounds, width_px: number, spacing_px = 190, edge: { lon: number; lat: number }): FeatureCollection {
  const [w, s, e, n] = view;
  const step = niceStep(((e - w) * spacing_px) / Math.max(1, width_px));
  const features: Feature[] = [];
  if (!(step > 0) || (e - w) / step > LINES_LIMIT) return { type: 'FeatureCollection', features };
  const line = (coordinates: number[][]) => features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } });
  const name = (coordinates: number[], text: string, anchor: string, shift: number[]) =>
    features.push({ type: 'Feature', properties: { label: text, anchor, shift }, geometry: { type: 'Point', coordinates } });
  for (let x = Math.ceil(w / step); x * step <= e; x += 1) {
    const lon = x * step;
    line([[lon, s], [lon, n]]);
    if (lon > edge.lon) name([lon, edge.lat], label(((((lon + 180) % 360) + 360) % 360) - 180, step, 'E', 'W'), 'bottom-left', [0.2, -0.1]);
  }
  for (let y = Math.ceil(Math.max(-85, s) / step); y * step <= Math.min(85, n); y += 1) {
    const lat = y * step;
    line([[w, lat], [e, lat]]);
    if (lat > edge.lat) name([edge.lon, lat], label(lat, step, 'N', 'S'), 'bottom-left', [0.2, -0.1]);
  }
  return { type: 'FeatureCollection', features };
}
