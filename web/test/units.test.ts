import { describe, expect, it } from 'vitest';
import * as u from '../src/lib/units';

const t = (q: u.Quantity) => u.text(q).replace(/\u202f/g, ' ');

describe('units', () => {
  it('keeps SI in metric', () => {
    expect(t(u.height(118.4, 'metric'))).toBe('118 m');
    expect(t(u.height(9.96, 'metric'))).toBe('10.0 m');
    expect(t(u.speed(12.34, 'metric'))).toBe('12.3 m/s');
    expect(t(u.length(640, 'metric'))).toBe('640 m');
    expect(t(u.length(9110, 'metric'))).toBe('9.11 km');
    expect(t(u.area(513000, 'metric'))).toBe('51.3 ha');
  });
  it('converts for aviation', () => {
    expect(t(u.height(304.8, 'aviation'))).toBe('1 000 ft');
    expect(t(u.speed(51.4444, 'aviation'))).toBe('100 kt');
    expect(t(u.length(1852, 'aviation'))).toBe('1.00 NM');
    expect(t(u.climb(5.08, 'aviation'))).toBe('+1 000 ft/min');
    expect(t(u.climb(-2.54, 'aviation'))).toBe('\u2212500 ft/min');
  });
  it('never writes a negative zero', () => {
    expect(t(u.climb(-0.01, 'metric'))).toBe('0.0 m/s');
    expect(t(u.height(-0.04, 'metric'))).toBe('0.0 m');
  });
  it('says nothing where nothing is known', () => {
    expect(t(u.height(null, 'metric'))).toBe('–');
    expect(t(u.duration(NaN))).toBe('–');
    expect(t(u.percent(undefined))).toBe('–');
  });
  it('writes times, bearings, bytes and rates', () => {
    expect(t(u.duration(983))).toBe('16:23 min');
    expect(t(u.duration(3725))).toBe('1:02:05 h');
    expect(u.bearing(359.7)).toBe('000°');
    expect(u.bearing(-10)).toBe('350°');
    expect(t(u.bytes(48_211_034))).toBe('48.2 MB');
    expect(t(u.rate(8e6))).toBe('8.0 Mbit/s');
    expect(u.utc(0)).toBe('00:00:00');
    expect(u.utc(NaN)).toBe('--:--:--');
    expect(u.place(-46.5, -9.25)).toBe('46.500000° S  9.250000° W');
  });
});
