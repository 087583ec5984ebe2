// Small plane and sphere geometry for drawing. The server's geometry decides; this only helps the hand.
import type { AreaGeometry, Bounds, LonLat } from './contract';

/** Mean Earth radius of the IUGG, metres. */
export const EARTH_RADIUS_M = 6371008.8;
const RAD = Math.PI / 180;

/** A polygon as an operator edits it: rings without the repeated last point, outer ring first. */
export type Shape = LonLat[][];

export function toGeometry(shapes: Shape[]): AreaGeometry | null {
  const closed = shapes
    .map((rings) => rings.filter((ring) => ring.length >= 3).map((ring) => [...ring, ring[0]!]))
    .filter((rings) => rings.length > 0);
  if (closed.length === 0) return null;
  return closed.length === 1 ? { type: 'Polygon', coordinates: closed[0]! } : { type: 'MultiPolygon', coordinates: closed };
}

export function fromGeometry(g: AreaGeometry): Shape[] {
  const polygons = g.type === 'Polygon' ? [g.coordinates] : g.coordinates;
  return polygons.map((rings) =>
    rings.map((ring) => {
      const points = ring.map((p): LonLat => [p[0] ?? 0, p[1] ?? 0]);
      const first = points[0];
      const last = points[points.length - 1];
      if (points.length > 1 && first && last && first[0] === last[0] && first[1] === last[1]) points.pop();
      return points;
    }),
  );
}

/** Area of a ring on the sphere, m² (Chamberlain and Duquette 2007, eq. 7). */
export function ringArea(ring: LonLat[]): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i += 1) {
    const [lon1, lat1] = ring[i]!;
    const [lon2, lat2] = ring[(i + 1) % ring.length]!;
    sum += (lon2 - lon1) * RAD * (2 + Math.sin(lat1 * RAD) + Math.sin(lat2 * RAD));
  }
  return Math.abs((sum * EARTH_RADIUS_M * EARTH_RADIUS_M) / 2);
}

export function shapesArea(shapes: Shape[]): number {
  return shapes.reduce((all, [outer, ...holes]) => all + (outer ? ringArea(outer) : 0) - holes.reduce((h, r) => h + ringArea(r), 0), 0);
}

/** Great-circle distance, metres (haversine). */
export function distance(a: LonLat, b: LonLat): number {
  const dLat = (b[1] - a[1]) * RAD;
  const dLon = (b[0] - a[0]) * RAD;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a[1] * RAD) * Math.cos(b[1] * RAD) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

export function boundsOf(points: Iterable<LonLat>): Bounds | null {
  let b: Bounds | null = null;
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    b = b ? [Math.min(b[0], x), Math.min(b[1], y), Math.max(b[2], x), Math.max(b[3], y)] : [x, y, x, y];
  }
  return b;
}

const side = (a: LonLat, b: LonLat, c: LonLat) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));

function crosses(a: LonLat, b: LonLat, c: LonLat, d: LonLat): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Where two edges of a ring cross each other, if any do. */
export function selfCrossing(ring: LonLat[]): LonLat | null {
  const n = ring.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if (i === 0 && j === n - 1) continue;
      const [a, b, c, d] = [ring[i]!, ring[(i + 1) % n]!, ring[j]!, ring[(j + 1) % n]!];
      if (!crosses(a, b, c, d)) continue;
      const den = (a[0] - b[0]) * (c[1] - d[1]) - (a[1] - b[1]) * (c[0] - d[0]);
      const t = ((a[0] - c[0]) * (c[1] - d[1]) - (a[1] - c[1]) * (c[0] - d[0])) / den;
      return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
    }
  }
  return null;
}

export const midpoint = (a: LonLat, b: LonLat): LonLat => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** A point so many metres north and east of another (small distances). */
export function offset(p: LonLat, north_m: number, east_m: number): LonLat {
  const lat = p[1] + north_m / EARTH_RADIUS_M / RAD;
  return [p[0] + east_m / (EARTH_RADIUS_M * Math.cos(p[1] * RAD)) / RAD, lat];
}

/** The greatest 1, 2 or 5 × 10ⁿ not above x: for scale bars and graticules. */
export function niceStep(x: number): number {
  const p = 10 ** Math.floor(Math.log10(x));
  const m = x / p;
  return (m >= 5 ? 5 : m >= 2 ? 2 : 1) * p;
}
