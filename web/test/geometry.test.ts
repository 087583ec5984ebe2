import { describe, expect, it } from 'vitest';
import type { LonLat } from '../src/lib/contract';
import * as g from '../src/lib/geometry';

const square = (lon: number, lat: number, side_m: number): LonLat[] => {
  const a: LonLat = [lon, lat];
  return [a, g.offset(a, 0, side_m), g.offset(a, side_m, side_m), g.offset(a, side_m, 0)];
};

describe('geometry', () => {
  it('measures a hectare to better than a part in a thousand', () => {
    expect(g.ringArea(square(9.86, 46.8, 100)) / 1e4).toBeCloseTo(1, 3);
    expect(g.ringArea([...square(9.86, 46.8, 100)].reverse()) / 1e4).toBeCloseTo(1, 3);
  });
  it('takes holes away', () => {
    const shapes = [[square(9.86, 46.8, 200), square(9.8605, 46.8005, 50)]];
    expect(g.shapesArea(shapes)).toBeCloseTo(40000 - 2500, -2);
  });
  it('measures distance', () => {
    expect(g.distance([0, 0], [0, 1])).toBeCloseTo(111195, 0);
  });
  it('finds where an outline crosses itself', () => {
    const bow: LonLat[] = [[0, 0], [2, 2], [2, 0], [0, 2]];
    expect(g.selfCrossing(bow)).toEqual([1, 1]);
    expect(g.selfCrossing(square(0, 0, 100))).toBeNull();
    expect(g.selfCrossing([[0, 0], [1, 0], [0, 1]])).toBeNull();
  });
  it('goes to GeoJSON and back', () => {
    const shapes = [[square(9, 46, 100)], [square(9.1, 46, 100), square(9.1001, 46.0001, 20)]];
    const geometry = g.toGeometry(shapes);
    expect(geometry?.type).toBe('MultiPolygon');
    expect(g.fromGeometry(geometry!)).toEqual(shapes);
    expect(g.toGeometry([[[[0, 0], [1, 1]]]])).toBeNull();
  });
  it('finds bounds and skips what is no place', () => {
    expect(g.boundsOf([[1, 2], [NaN, 5], [-3, 4]])).toEqual([-3, 2, 1, 4]);
    expect(g.boundsOf([])).toBeNull();
  });
  it('rounds down to 1, 2 or 5', () => {
    expect([0.73, 1.9, 4.99, 5, 230].map(g.niceStep)).toEqual([0.5, 1, 2, 5, 200]);
  });
});
