// For work on the console only: answers docs/api.md with two toy aircraft and drawn tiles.
// It proves nothing about the real server and no test of the project uses it.
//   npm run build && npm run mock        → http://127.0.0.1:8471/#code=dev
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { deflateSync, crc32 as zlibCrc } from 'node:zlib';
import { WebSocketServer } from 'ws';

const PORT = Number(process.env.PORT ?? 8471);
const SPEED = Number(process.env.SPEED ?? 8);
const DIST = process.env.DIST ?? new URL('../dist/', import.meta.url).pathname;
const HOME = [9.86, 46.803];
const RAD = Math.PI / 180;
const M_LAT = 111195;
const mLon = (lat) => M_LAT * Math.cos(lat * RAD);
const t0 = Date.now();
const start = Date.UTC(2026, 5, 12, 9, 14, 0) / 1000;
const now = () => start + ((Date.now() - t0) / 1000) * SPEED;

// --- pictures
const CRC = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
const crc = (b) => (zlibCrc ? zlibCrc(b) : (b.reduce((c, x) => CRC[(c ^ x) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0);
function png(w, h, at) {
  const raw = Buffer.alloc(h * (w * 4 + 1));
  for (let y = 0, o = 0; y < h; y += 1) { raw[o++] = 0; for (let x = 0; x < w; x += 1) for (const v of at(x, y)) raw[o++] = v; }
  const chunk = (type, data) => { const b = Buffer.alloc(12 + data.length); b.writeUInt32BE(data.length); b.write(type, 4, 'latin1'); data.copy(b, 8); b.writeUInt32BE(crc(b.subarray(4, 8 + data.length)), 8 + data.length); return b; };
  const head = Buffer.alloc(13); head.writeUInt32BE(w); head.writeUInt32BE(h, 4); head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))]);
}
const hash = (x, y) => { const s = Math.sin(x * 127.1 + y * 311.7) * 43758.5453; return s - Math.floor(s); };
function noise(x, y) {
  const [i, j] = [Math.floor(x), Math.floor(y)]; const f = (t) => t * t * (3 - 2 * t); const [u, v] = [f(x - i), f(y - j)];
  return (hash(i, j) * (1 - u) + hash(i + 1, j) * u) * (1 - v) + (hash(i, j + 1) * (1 - u) + hash(i + 1, j + 1) * u) * v;
}
const metres = (lon, lat) => [(lon - HOME[0]) * mLon(HOME[1]), (lat - HOME[1]) * M_LAT];
const terrain = (lon, lat) => { const [x, y] = metres(lon, lat); return 1480 + 130 * noise(x / 900 + 7, y / 900 + 3) + 34 * noise(x / 230, y / 230) + 5 * noise(x / 40, y / 40); };
const lonLat = (z, x, y, px, py) => { const n = 2 ** z; const lon = ((x + px / 256) / n) * 360 - 180; return [lon, Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + py / 256)) / n))) / RAD]; };
function shade(lon, lat) {
  const d = 12; const gx = terrain(lon + d / mLon(lat), lat) - terrain(lon - d / mLon(lat), lat); const gy = terrain(lon, lat + d / M_LAT) - terrain(lon, lat - d / M_LAT);
  return Math.max(20, Math.min(250, 175 + (gx - gy) * 9));
}
function groundColour(lon, lat) {
  const [x, y] = metres(lon, lat); const field = hash(Math.floor((x + 30 * noise(y / 200, 1)) / 120), Math.floor((y + 20 * noise(x / 150, 5)) / 85));
  const base = [[92, 112, 58], [142, 128, 74], [74, 98, 52], [158, 146, 98], [112, 124, 66]][Math.floor(field * 5)];
  const k = (shade(lon, lat) / 175) * (0.82 + 0.3 * noise(x / 3, y / 3)); const tree = noise(x / 14 + 90, y / 14) > 0.78;
  return (tree ? [38, 58, 34] : base).map((c) => Math.max(0, Math.min(255, c * k)));
}

// --- plan
const vehiclesCat = [
  { id: 'quad', name: 'Quad', kind: 'multirotor', cruise_m_s: 10, endurance_s: 1500, battery_wh: 98 },
  { id: 'fixed-wing', name: 'Fixed wing', kind: 'fixed_wing', cruise_m_s: 18, endurance_s: 3600, battery_wh: 142 },
  { id: 'quadplane', name: 'Quadplane', kind: 'quadplane', cruise_m_s: 20, endurance_s: 4200, battery_wh: 260 }];
const cameras = [{ id: 'demo', name: 'Demo 2.4 MP (8 mm)', width_px: 1800, height_px: 1350, focal_mm: 8, sensor_width_mm: 6.3 }, { id: 'phantom4rtk', name: 'DJI Phantom 4 RTK', width_px: 5472, height_px: 3648, focal_mm: 8.8, sensor_width_mm: 13.2 }];
const plans = new Map();
function inside(ring, x, y) { let c = false; for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) { const [xi, yi] = ring[i], [xj, yj] = ring[j]; if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) c = !c; } return c; }
function makePlan(q) {
  const ring = (q.area.type === 'Polygon' ? q.area.coordinates : q.area.coordinates[0])[0]; const cam = cameras.find((c) => c.id === q.camera) ?? cameras[0];
  const gsd = q.gsd_m ?? (q.height_m * cam.sensor_width_mm) / cam.focal_mm / cam.width_px; const swath = gsd * cam.width_px; const gap = swath * (1 - q.side); const base = gsd * cam.height_px * (1 - q.forward);
  const lats = ring.map((p) => p[1]), lons = ring.map((p) => p[0]); const [s, n, w, e] = [Math.min(...lats), Math.max(...lats), Math.min(...lons), Math.max(...lons)]; const mid = (s + n) / 2;
  if ((n - s) * M_LAT > 20000) return { error: 'The area is larger than any of these aircraft can cover. Draw a smaller one or use a coarser GSD.' };
  const lines = []; for (let lat = s + gap / 2 / M_LAT; lat < n; lat += gap / M_LAT) { const hits = []; for (let x = w; x <= e; x += 4 / mLon(mid)) if (inside(ring, x, lat)) hits.push(x); if (hits.length > 4) lines.push([[hits[0], lat], [hits.at(-1), lat]]); }
  const N = q.vehicles.length; const features = [{ type: 'Feature', properties: { role: 'area' }, geometry: q.area }]; const sorties = []; const routes = []; let photos = 0; const L = { photo: 0, turn: 0, transit: 0, climb: 0, total: 0 }; const pad = 45;
  features.push({ type: 'Feature', properties: { role: 'airspace' }, geometry: { type: 'Polygon', coordinates: [[[w - pad / mLon(mid), s - pad / M_LAT], [e + pad / mLon(mid), s - pad / M_LAT], [e + pad / mLon(mid), n + pad / M_LAT], [w - pad / mLon(mid), n + pad / M_LAT], [w - pad / mLon(mid), s - pad / M_LAT]]] } });
  const dist = (a, b) => Math.hypot((a[0] - b[0]) * mLon(mid), (a[1] - b[1]) * M_LAT);
  for (let k = 0; k < N; k += 1) {
    const mine = lines.slice(Math.floor((k * lines.length) / N), Math.floor(((k + 1) * lines.length) / N)).map((l, i) => (i % 2 ? [...l].reverse() : l)); if (mine.length === 0) continue; const sortie = sorties.length; const route = []; let len = 0;
    const add = (role, a, b) => { const d = dist(a, b); L[role] += d; len += d; features.push({ type: 'Feature', properties: { role, sortie: sortie + 1 }, geometry: { type: 'LineString', coordinates: [a, b] } }); route.push({ role, a, b }); };
    if (q.home) add('transit', q.home, mine[0][0]);
    mine.forEach((l, i) => { add('photo', l[0], l[1]); const m = Math.ceil(dist(...l) / base) + 1; for (let j = 0; j < m; j += 1) { photos += 1; const f = j / Math.max(1, m - 1); features.push({ type: 'Feature', properties: { role: 'photo_point', sortie: sortie + 1 }, geometry: { type: 'Point', coordinates: [l[0][0] + (l[1][0] - l[0][0]) * f, l[0][1]] } }); } if (mine[i + 1]) add('turn', l[1], mine[i + 1][0]); });
    if (q.home) add('transit', mine.at(-1)[1], q.home); const v = vehiclesCat.find((c) => c.id === q.vehicles[k]); const time = len / v.cruise_m_s + mine.length * 6;
    sorties.push({ vehicle: v.id, length_m: len, time_s: time, energy_wh: (time / v.endurance_s) * v.battery_wh, waypoint_count: mine.length * 2 + 3 }); routes.push(route);
  }
  L.total = L.photo + L.turn + L.transit; const time = Math.max(...sorties.map((x) => x.time_s)); const area = lines.reduce((a, l) => a + dist(...l) * gap, 0);
  const id = `plan-${plans.size + 1}`; const answer = { id, elapsed_ms: 41.7, geojson: { type: 'FeatureCollection', features }, report: { area_m2: area, swath_m: swath, gsd_m: gsd, photo_count: photos, coverage: 1, length_m: L, time_s: time, energy_wh: sorties.reduce((a, x) => a + x.energy_wh, 0), bound: { length_m: L.total * 0.9, time_s: time * 0.91 }, gap: 0.096, sorties } };
  plans.set(id, { answer, routes, created_s: now(), request: q, base, swath, gsd, cam }); return answer;
}

// --- world
const alerts = []; const audit = []; const photos = []; let mapState = { version: 0, bounds: null, gsd_m: 0, photos: 0, matched: 0, placed: 0, left_out: 0, coverage: 0, busy: false, stage: '', refined: false };
const radio = { rate_bit_s: 8e6, loss: 0.2, connected: true, last_heard_s: now(), queued: { preview: 0, mapping: 0, original: 0 }, received: { preview: 0, mapping: 0, original: 0 }, bytes: 0 };
const craft = (id, name, kind, speed, i) => ({ speed, track: [], route: null, leg: 0, along: 0, bornMute: false, v: { id, system: Number(id), name, autopilot: i ? 'px4' : 'ardupilot', kind, link: { name: `udp:1455${i}`, age_s: 0.2, signed: i === 0, loss: 0.01 }, mode: i ? 'AUTO.LOITER' : 'STABILIZE', armed: false, flying: false, lat: HOME[1] + i * 0.0003, lon: HOME[0] + i * 0.0004, height_amsl_m: terrain(...HOME), height_agl_m: 0, height_home_m: 0, heading_deg: 40 + 90 * i, ground_speed_m_s: 0, climb_m_s: 0, battery: { fraction: 0.97, voltage_v: 16.4, current_a: 0.6, used_wh: 2 }, gps: { fix: 3, satellites: 17 - i }, mission: { plan: null, sortie: null, state: 'none', progress: 0, current: 0, count: 0, detail: '' }, phase: 'idle', photos: 0, home: [HOME[0] + i * 0.0004, HOME[1] + i * 0.0003], messages: [{ time_s: now(), severity: 6, text: 'EKF3 IMU0 is using GPS' }] } });
const fleet = [craft('1', 'Heron', 'multirotor', 10, 0), craft('2', 'Tern', 'fixed_wing', 18, 1)];
function step(dt) {
  for (const c of fleet) {
    const { v } = c; v.link.age_s = process.env.STALE === v.id ? v.link.age_s + dt : 0.2 + Math.random() * 0.4; v.battery.fraction -= v.flying ? dt / 1900 : 0; v.battery.voltage_v = 13.2 + 3.3 * v.battery.fraction; v.battery.current_a = v.flying ? 14 : 0.6;
    if (v.mission.state === 'uploading') { v.mission.progress = Math.min(1, v.mission.progress + dt / 12); if (v.mission.progress >= 1) v.mission.state = 'verified'; }
    const ground = terrain(v.lon, v.lat); v.height_agl_m = v.flying ? v.height_agl_m : 0; v.climb_m_s = 0; v.ground_speed_m_s = 0;
    if (v.phase === 'climbing') { v.climb_m_s = 3; v.height_agl_m += 3 * dt; if (v.height_agl_m >= 110) v.phase = 'surveying'; }
    else if (v.phase === 'landing') { v.climb_m_s = -2; v.height_agl_m -= 2.5 * dt; if (v.height_agl_m <= 0) Object.assign(v, { phase: 'landed', flying: false, armed: false, height_agl_m: 0 }); }
    else if (v.phase === 'surveying' || v.phase === 'returning') {
      let d = c.speed * dt; v.ground_speed_m_s = c.speed;
      while (d > 0) {
        const leg = v.phase === 'returning' ? { role: 'transit', a: [v.lon, v.lat], b: v.home } : c.route[c.leg]; if (!leg) { v.phase = 'returning'; break; }
        const from = [v.lon, v.lat]; const [dx, dy] = [(leg.b[0] - from[0]) * mLon(v.lat), (leg.b[1] - from[1]) * M_LAT]; const left = Math.hypot(dx, dy); if (left > 0.5) v.heading_deg = (Math.atan2(dx, dy) / RAD + 360) % 360;
        const go = Math.min(d, left); if (left > 0) { v.lon += ((dx / left) * go) / mLon(v.lat); v.lat += ((dy / left) * go) / M_LAT; } d -= Math.max(go, 0.01);
        if (leg.role === 'photo') { c.along += go; if (c.along > c.base) { c.along = 0; shoot(c); } }
        if (go >= left - 0.01) { if (v.phase === 'returning') { v.phase = 'landing'; break; } c.leg += 1; v.mission.current = Math.min(v.mission.count, c.leg); }
      }
    }
    v.height_amsl_m = ground + (v.height_agl_m ?? 0); v.height_home_m = v.height_amsl_m - terrain(...v.home); if (v.flying) c.track.push([v.lon, v.lat, v.height_amsl_m]);
  }
}
function shoot(c) {
  const { v } = c; const [hw, hh] = [c.plan.swath / 2, (c.plan.gsd * c.plan.cam.height_px) / 2]; v.photos += 1; const t = v.heading_deg * RAD; const corner = (x, y) => [v.lon + (x * Math.cos(t) + y * Math.sin(t)) / mLon(v.lat), v.lat + (-x * Math.sin(t) + y * Math.cos(t)) / M_LAT];
  photos.push({ id: `p${photos.length}`, name: `${v.name}_${String(v.photos).padStart(4, '0')}.jpg`, vehicle: v.id, taken_s: now(), state: 'queued', reason: '', layer: 'none', lat: v.lat, lon: v.lon, height_amsl_m: v.height_amsl_m, footprint: [corner(-hw, hh), corner(hw, hh), corner(hw, -hh), corner(-hw, -hh)] }); changed.add(photos.at(-1));
}
const changed = new Set();
function photosStep() {
  const bump = (p, o) => { Object.assign(p, o); changed.add(p); };
  for (const p of photos.filter((x) => x.layer === 'none').slice(0, 6)) bump(p, { layer: 'preview', state: 'received' });
  for (const p of photos.filter((x) => x.layer === 'preview').slice(0, 4)) bump(p, { layer: 'mapping', ...(hash(p.lat * 1e5, p.lon * 1e5) > 0.97 ? { state: 'left_out', reason: 'too few matches: motion blur' } : hash(p.lon * 1e5, 3) > 0.93 ? { state: 'placed', reason: 'no overlap with a matched photo yet' } : { state: 'matched' }) });
  const n = (l) => photos.filter((p) => l.includes(p.layer)).length; radio.received = { preview: n(['preview', 'mapping', 'original']), mapping: n(['mapping', 'original']), original: 0 }; radio.queued = { preview: photos.length - radio.received.preview, mapping: photos.length - radio.received.mapping, original: photos.length }; radio.bytes = radio.received.preview * 21000 + radio.received.mapping * 310000; radio.last_heard_s = now();
  const done = photos.filter((p) => p.state === 'matched' || p.state === 'placed'); if (ticks % 25 || done.length <= mapState.matched + mapState.placed) return; const all = done.flatMap((p) => p.footprint); const f = (g, i) => g(...all.map((q) => q[i]));
  mapState = { ...mapState, version: mapState.version + 1, bounds: [f(Math.min, 0), f(Math.min, 1), f(Math.max, 0), f(Math.max, 1)], gsd_m: 0.1, photos: photos.length, matched: done.filter((p) => p.state === 'matched').length, placed: done.filter((p) => p.state === 'placed').length, left_out: photos.filter((p) => p.state === 'left_out').length, coverage: Math.min(1, done.length / 180), busy: true, stage: 'orthorectifying' }; send({ type: 'map', map: mapState });
}
function command(id, name, args) {
  const c = fleet.find((x) => x.v.id === id); if (!c) return 'There is no such aircraft. Wait until it is heard.'; const { v } = c; audit.unshift({ id: audit.length + 1, time_s: now(), user: 'operator', verb: name, subject: v.name, detail: args?.plan ? `${args.plan}, sortie ${args.sortie + 1}` : 'accepted' });
  if (name === 'upload') { const p = plans.get(args.plan); if (!p) return 'There is no such plan.'; Object.assign(c, { route: p.routes[args.sortie], plan: p, base: p.base, leg: 0, along: 0 }); v.mission = { plan: args.plan, sortie: args.sortie, state: 'uploading', progress: 0, current: 0, count: c.route.length, detail: '' }; }
  else if (name === 'fly') { if (v.mission.state !== 'verified') return 'No verified mission on board. Upload one first.'; Object.assign(v, { armed: true, flying: true, phase: 'climbing', mode: v.autopilot === 'px4' ? 'AUTO.MISSION' : 'AUTO' }); }
  else if (!v.flying && ['hold', 'return', 'land', 'resume'].includes(name)) return 'It is on the ground.';
  else if (name === 'hold') Object.assign(v, { phase: 'holding', mode: 'LOITER' }); else if (name === 'resume') Object.assign(v, { phase: 'surveying', mode: 'AUTO' }); else if (name === 'return') Object.assign(v, { phase: 'returning', mode: 'RTL' }); else if (name === 'land') Object.assign(v, { phase: 'landing', mode: 'LAND' });
  v.messages.push({ time_s: now(), severity: 6, text: `Mode ${v.mode}` }); v.messages = v.messages.slice(-20); return null;
}

// --- server
const flags = [['upload', 'Upload', false, 'prepare', 'Mission and fence'], ['fly', 'Fly', true, 'prepare', 'Arms and starts'], ['hold', 'Hold', false, 'flight', 'Stops and stays'], ['resume', 'Resume', false, 'flight', 'Goes on with the mission'], ['return', 'Return', true, 'flight', 'Flies home and lands'], ['land', 'Land', true, 'flight', 'Lands here'], ['arm', 'Arm', true, 'flight', 'Starts the motors'], ['disarm', 'Disarm', true, 'flight', 'Stops the motors on the ground']];
const state = () => ({ version: '0.1.0', name: 'Davos meadow', time_s: now(), speed: SPEED, simulated: true, first_view: [9.851, 46.797, 9.873, 46.811], terrain: true, web: true });
const body = (req) => new Promise((r) => { const b = []; req.on('data', (d) => b.push(d)); req.on('end', () => r(Buffer.concat(b))); });
const MIME = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2' };
const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x'); const json = (v, s = 200) => { res.writeHead(s, { 'content-type': s < 400 ? 'application/json' : 'application/problem+json' }); res.end(s === 204 ? '' : JSON.stringify(v)); }; const bad = (s, title, detail) => json({ title, detail, status: s }, s); const image = (b) => { res.writeHead(b ? 200 : 204, { 'content-type': 'image/png', 'cache-control': 'no-store' }); res.end(b ?? ''); };
  res.setHeader('content-security-policy', "default-src 'self'");
  if (!url.pathname.startsWith('/api/v1')) { const file = join(DIST, normalize(url.pathname === '/' ? 'index.html' : url.pathname)); if (!file.startsWith(DIST) || !existsSync(file)) return bad(404, 'Not here', ''); res.writeHead(200, { 'content-type': MIME[extname(file)] ?? 'application/octet-stream' }); return createReadStream(file).pipe(res); }
  const p = url.pathname.slice(7).split('/').filter(Boolean); const m = req.method; const signed = /whimbrel_session=dev/.test(req.headers.cookie ?? '');
  if (p[0] === 'session') { if (m === 'POST') { const { code } = JSON.parse(await body(req)); if (code !== 'dev') return bad(401, 'Wrong code', 'That code is not right or was used before. Read the newest one where the server was started.'); res.setHeader('set-cookie', 'whimbrel_session=dev; HttpOnly; SameSite=Strict; Path=/'); return json({ user: 'operator', role: 'pilot' }); } return json({ signed_in: signed, user: 'operator', role: 'pilot' }); }
  if (!signed) return bad(401, 'Sign in', 'Sign in with the one-time code.');
  const xyz = () => p.slice(-3).map((s) => parseInt(s, 10));
  switch (`${m} ${p[0]}${p[1] && ['terrain', 'areas', 'map'].includes(p[0]) ? `/${p[1]}` : ''}`) {
    case 'GET state': return json(state());
    case 'GET catalogue': return json({ vehicles: vehiclesCat, cameras, commands: flags.map(([name, label, confirm, group, hint]) => ({ name, label, confirm, group, hint })) });
    case 'GET backgrounds': return json([]);
    case 'GET terrain/height': { const [la, lo] = [Number(url.searchParams.get('lat')), Number(url.searchParams.get('lon'))]; return json({ amsl_m: terrain(lo, la) }); }
    case 'GET terrain/hillshade': { const [z, x, y] = xyz(); const [lo, la] = lonLat(z, x, y, 128, 128); if (z < 10 || Math.hypot(...metres(lo, la)) > 6000) return image(null); return image(png(128, 128, (i, j) => { const s = shade(...lonLat(z, x, y, i * 2, j * 2)); return [s, s, s, 255]; })); }
    case 'POST areas/import': { const g = JSON.parse(await body(req)); const f = g.features?.[0]?.geometry ?? g.geometry ?? g; return f.type === 'Polygon' || f.type === 'MultiPolygon' ? json({ area: f }) : bad(422, 'No area', 'The file holds no polygon. Export the outline as a polygon and try again.'); }
    case 'POST plans': { const a = makePlan(JSON.parse(await body(req))); return a.error ? bad(422, 'Cannot plan this', a.error) : json(a); }
    case 'GET plans': return p[1] ? json(plans.get(p[1])?.answer ?? null, plans.has(p[1]) ? 200 : 404) : json([...plans].map(([id, x]) => ({ id, created_s: x.created_s, area_m2: x.answer.report.area_m2, sorties: x.routes.length })).reverse());
    case 'GET vehicles': if (!p[1]) return json(fleet.map((c) => c.v)); { const c = fleet.find((x) => x.v.id === p[1]); if (p[2] === 'track') return json({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: c.track } }); const ok = c.v.mission.state === 'verified'; return json({ ready: ok, checks: [{ name: 'link', label: 'Link', ok: true, detail: 'heard 0.2 s ago, 1 % lost' }, { name: 'gps', label: 'GPS', ok: true, detail: '3D fix, 17 satellites' }, { name: 'battery', label: 'Battery', ok: true, detail: '97 %, plan needs 41 %' }, { name: 'mission', label: 'Mission', ok: ok || (c.v.mission.state === 'uploading' ? null : false), detail: ok ? 'read back, equal' : 'none on board: upload it' }, { name: 'prearm', label: 'Autopilot’s own checks', ok: true, detail: 'passed' }] }); }
    case 'POST vehicles': { const q = JSON.parse(await body(req)); const no = command(p[1], q.command, q.args); return no ? bad(409, 'Refused', no) : json({ audit_id: audit.length }, 202); }
    case 'POST commands': { const q = JSON.parse(await body(req)); return json(fleet.filter((c) => q.vehicles === 'all' || q.vehicles.includes(c.v.id)).map((c) => { const no = command(c.v.id, q.command); return { vehicle: c.v.id, ok: !no, detail: no ?? 'accepted' }; }), 202); }
    case 'GET alerts': return json(alerts);
    case 'POST alerts': { const a = alerts.find((x) => x.id === p[1]); if (a) a.acknowledged = true; send({ type: 'alerts', alerts }); return json(null, 204); }
    case 'GET audit': return json(audit.slice(0, Number(url.searchParams.get('limit') ?? 100)));
    case 'GET photos': { const ph = photos.find((x) => x.id === p[1]); if (!p[1]) return json(photos); return image(png(320, 240, (i, j) => [...groundColour(ph.lon + ((i - 160) * 0.56) / mLon(ph.lat), ph.lat - ((j - 120) * 0.56) / M_LAT), 255])); }
    case 'GET map': return json(mapState);
    case 'GET map/tiles': { const [z, x, y] = xyz(); const done = photos.filter((q) => q.state === 'matched' || q.state === 'placed'); const [w, n] = lonLat(z, x, y, 0, 0), [e, s] = lonLat(z, x, y, 256, 256); const near = done.filter((q) => q.footprint.some((c) => c[0] > w - 0.002 && c[0] < e + 0.002 && c[1] > s - 0.002 && c[1] < n + 0.002)); if (near.length === 0) return image(null); return image(png(256, 256, (i, j) => { const [lo, la] = lonLat(z, x, y, i, j); return near.some((q) => inside(q.footprint, lo, la)) ? [...groundColour(lo, la), 255] : [0, 0, 0, 0]; })); }
    case 'GET map/files': return json(mapState.version ? [{ name: 'orthomosaic.tif', bytes: 48211034 }, { name: 'surface.tif', bytes: 11900112 }, { name: 'cameras.json', bytes: 81233 }, { name: 'report.json', bytes: 1820 }] : []);
    case 'GET radio': return json(radio);
    case 'GET flights': return json(fleet.filter((c) => c.track.length).map((c) => ({ id: `f${c.v.id}`, vehicle: c.v.id, started_s: start + 60, ended_s: c.v.flying ? null : now(), bytes: c.track.length * 900 })));
    default: return bad(404, 'No such call', `${m} ${url.pathname}`);
  }
});
const sockets = new WebSocketServer({ server, path: '/api/v1/live' });
function send(mm) { const s = JSON.stringify(mm); for (const c of sockets.clients) if (c.readyState === 1) c.send(s); }
sockets.on('connection', (c) => c.send(JSON.stringify({ type: 'hello', state: state() })));
let ticks = 0;
setInterval(() => {
  step(0.2 * SPEED); ticks += 1; send({ type: 'vehicles', time_s: now(), vehicles: fleet.map((c) => c.v) });
  if (ticks % 5 === 0) { photosStep(); if (changed.size) send({ type: 'photos', photos: [...changed] }); changed.clear(); send({ type: 'radio', radio }); }
  if (photos.length === 40 && alerts.length === 0) { alerts.push({ id: 'a1', time_s: now(), level: 'caution', vehicle: '1', text: 'Wind is 9.5 m/s, the plan allows 8 m/s.', action: 'Return Heron, or go on watching its battery.', acknowledged: false, active: true }); send({ type: 'alerts', alerts }); }
}, 200);
server.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/#code=dev`));
