import { describe, expect, it } from 'vitest';
import type { Alert, Photo, Vehicle } from '../src/lib/contract';
import { dataAge, emptyWorld, freshness, parseMessage, reduce, sortAlerts, thin, TRACK_LIMIT } from '../src/lib/world';

const vehicle = (lat: number, lon: number, id = '1') => ({ id, lat, lon }) as unknown as Vehicle;
const photo = (id: string, state: Photo['state']) => ({ id, state }) as unknown as Photo;
const alert = (id: string, level: Alert['level'], time_s: number, acknowledged = false): Alert =>
  ({ id, level, time_s, acknowledged, vehicle: null, text: '', action: '', active: true });

describe('the world', () => {
  it('grows a track only when the aircraft has moved', () => {
    let w = emptyWorld();
    const at = (lat: number) => (w = reduce(w, { type: 'vehicles', time_s: 1, vehicles: [vehicle(lat, 9)] }));
    at(46);
    const edition = at(46.000001).tracksEdition;
    expect(w.tracks.get('1')).toHaveLength(1);
    at(46.001);
    expect(w.tracks.get('1')).toHaveLength(2);
    expect(w.tracksEdition).toBeGreaterThan(edition);
  });
  it('takes no place from an aircraft that has none', () => {
    const w = reduce(emptyWorld(), { type: 'vehicles', time_s: 1, vehicles: [vehicle(0, 0), vehicle(NaN, 9, '2')] });
    expect(w.tracks.size).toBe(0);
    expect(w.vehicles).toHaveLength(2);
  });
  it('keeps long tracks within their limit', () => {
    let w = emptyWorld();
    for (let i = 0; i < TRACK_LIMIT + 10; i += 1) w = reduce(w, { type: 'vehicles', time_s: i, vehicles: [vehicle(40 + i * 1e-4, 9)] });
    const track = w.tracks.get('1')!;
    expect(track.length).toBeLessThanOrEqual(TRACK_LIMIT);
    expect(track[0]).toEqual([9, 40]);
    expect(track.at(-1)![1]).toBeCloseTo(40 + (TRACK_LIMIT + 9) * 1e-4, 9);
    expect(thin([[0, 0], [1, 0], [2, 0], [3, 0]])).toEqual([[0, 0], [2, 0], [3, 0]]);
  });
  it('replaces the photos that changed and keeps the others', () => {
    let w = reduce(emptyWorld(), { type: 'photos', photos: [photo('a', 'queued'), photo('b', 'queued')] });
    w = reduce(w, { type: 'photos', photos: [photo('b', 'matched')] });
    expect([...w.photos.values()].map((p) => p.state)).toEqual(['queued', 'matched']);
    expect(w.photosEdition).toBe(2);
  });
  it('leaves the world as it was for a message it does not know', () => {
    const w = emptyWorld();
    expect(reduce(w, { type: 'weather' } as never)).toBe(w);
  });
  it('puts what wants an answer first', () => {
    const order = sortAlerts([alert('old', 'warning', 1, true), alert('b', 'caution', 9), alert('a', 'warning', 5), alert('c', 'caution', 10)]);
    expect(order.map((a) => a.id)).toEqual(['a', 'c', 'b', 'old']);
  });
});

describe('freshness', () => {
  it('counts simulated ages in seconds of the wall', () => {
    expect(dataAge(8, 8, 0.5)).toBeCloseTo(1.5);
    expect(dataAge(2, 0.5, 0)).toBe(2);
  });
  it('has three steps', () => {
    expect([0, 2.9, 3, 14, 15].map(freshness)).toEqual(['live', 'live', 'stale', 'stale', 'lost']);
  });
});

describe('messages', () => {
  it('refuses what is not one', () => {
    for (const bad of ['', '{', 'null', '[]', '{"type":5}', '{"type":"vehicles","vehicles":3}', '{"type":"photos"}', '{"type":"hello"}']) expect(parseMessage(bad)).toBeNull();
    expect(parseMessage('{"type":"plan","id":"p"}')).toEqual({ type: 'plan', id: 'p' });
  });
});
