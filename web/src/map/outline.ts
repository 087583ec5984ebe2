// The embedded world: Natural Earth 1:50m (public domain), by world-atlas, as TopoJSON of its own file.
import topologyUrl from 'world-atlas/countries-50m.json?url';
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';

type Atlas = Topology<{ countries: GeometryCollection<{ name: string }>; land: GeometryCollection }>;

export interface Outline {
  ground: FeatureCollection;
  names: FeatureCollection;
}

function planeArea(ring: Position[]): number {
  let sum = 0;
  for (let i = 0; i < ring.length - 1; i += 1) sum += ring[i]![0]! * ring[i + 1]![1]! - ring[i + 1]![0]! * ring[i]![1]!;
  return sum / 2;
}

function centroid(ring: Position[]): Position {
  let x = 0;
  let y = 0;
  let a = 0;
  for (let i = 0; i < ring.length - 1; i += 1) {
    const c = ring[i]![0]! * ring[i + 1]![1]! - ring[i + 1]![0]! * ring[i]![1]!;
    x += (ring[i]![0]! + ring[i + 1]![0]!) * c;
    y += (ring[i]![1]! + ring[i + 1]![1]!) * c;
    a += c;
  }
  return [x / (3 * a), y / (3 * a)];
}

/** One name for a country, in its largest part. */
function nameOf(country: Feature<Polygon | MultiPolygon, { name: string }>): Feature | null {
  const parts = country.geometry.type === 'Polygon' ? [country.geometry.coordinates] : country.geometry.coordinates;
  let best: Position[] | undefined;
  let size = 0;
  for (const part of parts) {
    const a = Math.abs(planeArea(part[0] ?? []));
    if (a > size) [best, size] = [part[0], a];
  }
  if (!best || size < 0.02) return null;
  return { type: 'Feature', properties: { name: country.properties.name, size }, geometry: { type: 'Point', coordinates: centroid(best) } };
}

export async function loadOutline(): Promise<Outline> {
  const atlas = (await (await fetch(topologyUrl)).json()) as Atlas;
  const countries = feature(atlas, atlas.objects.countries).features as Feature<Polygon | MultiPolygon, { name: string }>[];
  const land = feature(atlas, atlas.objects.land) as unknown as FeatureCollection;
  const coast = mesh(atlas, atlas.objects.countries);
  return {
    ground: {
      type: 'FeatureCollection',
      features: [
        ...land.features.map((f) => ({ ...f, properties: { what: 'land' } })),
        { type: 'Feature', properties: { what: 'border' }, geometry: coast },
      ],
    },
    names: { type: 'FeatureCollection', features: countries.map(nameOf).filter((f): f is Feature => f !== null) },
  };
}
