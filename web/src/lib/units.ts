// Numbers for people. SI inside; feet, knots and nautical miles only here.

export type UnitSystem = 'metric' | 'aviation';

const FOOT_M = 0.3048;
const KNOT_M_S = 1852 / 3600;
const NAUTICAL_MILE_M = 1852;
const ACRE_M2 = 4046.8564224;
const NARROW = '\u202f';

/** A number and its unit, so that a panel can set them in different sizes. */
export interface Quantity {
  value: string;
  unit: string;
}

export const text = (q: Quantity): string => (q.unit ? `${q.value}${NARROW}${q.unit}` : q.value);
const none: Quantity = { value: '–', unit: '' };

function fixed(x: number, digits: number): string {
  const s = x.toFixed(digits);
  return Number(s) === 0 && s.startsWith('-') ? s.slice(1) : s.replace('-', '\u2212');
}

function grouped(x: number): string {
  return Math.round(x).toString().replace(/\B(?=(\d{3})+$)/g, NARROW).replace('-', '\u2212');
}

/** A height above some datum; the caller always names the datum. */
export function height(m: number | null | undefined, s: UnitSystem): Quantity {
  if (m == null || !Number.isFinite(m)) return none;
  return s === 'metric' ? { value: fixed(m, Math.abs(m) < 100 ? 1 : 0), unit: 'm' } : { value: grouped(m / FOOT_M), unit: 'ft' };
}

export function length(m: number | null | undefined, s: UnitSystem): Quantity {
  if (m == null || !Number.isFinite(m)) return none;
  if (s === 'metric') return m < 1000 ? { value: fixed(m, 0), unit: 'm' } : { value: fixed(m / 1000, m < 1e4 ? 2 : 1), unit: 'km' };
  return m < NAUTICAL_MILE_M / 4 ? { value: grouped(m / FOOT_M), unit: 'ft' } : { value: fixed(m / NAUTICAL_MILE_M, 2), unit: 'NM' };
}

export function speed(m_s: number | null | undefined, s: UnitSystem): Quantity {
  if (m_s == null || !Number.isFinite(m_s)) return none;
  return s === 'metric' ? { value: fixed(m_s, 1), unit: 'm/s' } : { value: fixed(m_s / KNOT_M_S, 0), unit: 'kt' };
}

export function climb(m_s: number | null | undefined, s: UnitSystem): Quantity {
  if (m_s == null || !Number.isFinite(m_s)) return none;
  const sign = m_s >= 0.05 ? '+' : '';
  if (s === 'metric') return { value: sign + fixed(m_s, 1), unit: 'm/s' };
  return { value: sign + grouped(Math.round((m_s / FOOT_M) * 6) * 10), unit: 'ft/min' };
}

export function area(m2: number | null | undefined, s: UnitSystem): Quantity {
  if (m2 == null || !Number.isFinite(m2)) return none;
  if (s === 'aviation') return { value: fixed(m2 / ACRE_M2, m2 < 4e5 ? 1 : 0), unit: 'acres' };
  if (m2 < 1e4) return { value: grouped(m2), unit: 'm²' };
  return m2 < 1e7 ? { value: fixed(m2 / 1e4, 1), unit: 'ha' } : { value: fixed(m2 / 1e6, 1), unit: 'km²' };
}

/** Ground sampling distance; surveyors everywhere read it in centimetres. */
export function gsd(m: number | null | undefined): Quantity {
  if (m == null || !Number.isFinite(m)) return none;
  return { value: fixed(m * 100, m < 0.1 ? 1 : 0), unit: 'cm/px' };
}

export function duration(s: number | null | undefined): Quantity {
  if (s == null || !Number.isFinite(s)) return none;
  const whole = Math.max(0, Math.round(s));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const pad = (n: number) => n.toString().padStart(2, '0');
  return h > 0 ? { value: `${h}:${pad(m)}:${pad(whole % 60)}`, unit: 'h' } : { value: `${m}:${pad(whole % 60)}`, unit: 'min' };
}

export function energy(wh: number | null | undefined): Quantity {
  if (wh == null || !Number.isFinite(wh)) return none;
  return wh < 10000 ? { value: fixed(wh, wh < 10 ? 1 : 0), unit: 'Wh' } : { value: fixed(wh / 1000, 1), unit: 'kWh' };
}

export function percent(fraction: number | null | undefined, digits = 0): Quantity {
  if (fraction == null || !Number.isFinite(fraction)) return none;
  return { value: fixed(fraction * 100, digits), unit: '%' };
}

export function bytes(n: number | null | undefined): Quantity {
  if (n == null || !Number.isFinite(n)) return none;
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  let x = n;
  while (x >= 1000 && i < steps.length - 1) {
    x /= 1000;
    i += 1;
  }
  return { value: fixed(x, i === 0 || x >= 100 ? 0 : 1), unit: steps[i] ?? 'B' };
}

export function rate(bit_s: number | null | undefined): Quantity {
  if (bit_s == null || !Number.isFinite(bit_s)) return none;
  if (bit_s >= 1e6) return { value: fixed(bit_s / 1e6, 1), unit: 'Mbit/s' };
  return { value: fixed(bit_s / 1e3, 0), unit: 'kbit/s' };
}

export function age(s: number | null | undefined): Quantity {
  if (s == null || !Number.isFinite(s)) return none;
  if (s < 10) return { value: fixed(s, 1), unit: 's' };
  return s < 120 ? { value: fixed(s, 0), unit: 's' } : { value: fixed(s / 60, 0), unit: 'min' };
}

/** A true bearing, always three figures. */
export function bearing(deg: number | null): string {
  if (deg === null || !Number.isFinite(deg)) return '–';
  return `${(((Math.round(deg) % 360) + 360) % 360).toString().padStart(3, '0')}°`;
}

/** A place to about a decimetre, as surveyors write it. */
export function place(lat: number | null, lon: number | null): string {
  if (lat === null || lon === null) return 'no place yet';
  return `${Math.abs(lat).toFixed(6)}° ${lat < 0 ? 'S' : 'N'}  ${Math.abs(lon).toFixed(6)}° ${lon < 0 ? 'W' : 'E'}`;
}

export function utc(time_s: number | null): string {
  return time_s !== null && Number.isFinite(time_s) ? new Date(time_s * 1000).toISOString().slice(11, 19) : '--:--:--';
}

export function utcDate(time_s: number): string {
  return Number.isFinite(time_s) ? new Date(time_s * 1000).toISOString().slice(0, 10) : '';
}
