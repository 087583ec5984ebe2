// Flies the console in a real Chromium against a real server, and looks at what it shows:
// signs in, draws, plans, uploads, checks, flies, sees aircraft move, presses Return, sees the map grow.
//
//   node console.mjs BASE_URL ONE_TIME_CODE OUTPUT_DIR [--skip-map] [--limit SECONDS] [--side METRES] [--theme dark|sunlight]
//
// Needs `npm ci` in web/ and Chromium (CHROMIUM=path, else /usr/bin/chromium). Writes screenshots and
// console.json to OUTPUT_DIR. Exit: 0 done; 1 failed, with one line on stderr; 2 usage.
// Waits are for events in the page, never for a length of time.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const USAGE = 'usage: console.mjs BASE_URL ONE_TIME_CODE OUTPUT_DIR [--skip-map] [--limit SECONDS] [--side METRES] [--theme dark|sunlight]';
const FLAGS = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-gpu-sandbox', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps'];
const STEP_MS = 60_000;
const MOVED_M = 25;
/** Return is pressed after so many photos, or a quarter of the planned ones. */
const PHOTOS_BEFORE_RETURN = 5;
/** What a layer with a picture in it shows at least: share of pixels, colours, deviation of luminance. */
const CONTENT = { covered: 0.002, colours: 8, deviation: 3 };

function options(argv) {
  const plain = [];
  const o = { skipMap: false, limit_s: 420, side_m: 320, theme: 'dark' };
  for (let i = 0; i < argv.length; i += 1) {
    if (argv[i] === '--skip-map') o.skipMap = true;
    else if (argv[i] === '--limit') o.limit_s = Number(argv[(i += 1)]);
    else if (argv[i] === '--side') o.side_m = Number(argv[(i += 1)]);
    else if (argv[i] === '--theme') o.theme = argv[(i += 1)];
    else plain.push(argv[i]);
  }
  if (plain.length !== 3 || !(o.limit_s > 0) || !(o.side_m > 0)) {
    console.error(USAGE);
    process.exit(2);
  }
  return { base: plain[0].replace(/\/$/, ''), code: plain[1], out: plain[2], ...o };
}

const o = options(process.argv.slice(2));
mkdirSync(o.out, { recursive: true });
const began = Date.now();
const left = () => Math.max(1, o.limit_s * 1000 - (Date.now() - began));
const result = { steps: {}, problems: [] };
let doing = 'start';
let browser;

async function step(name, body) {
  doing = name;
  const from = Date.now();
  const value = await body();
  result.steps[name] = (Date.now() - from) / 1000;
  return value;
}
function must(truth, what) {
  if (!truth) throw new Error(what);
}
/** Waits for a predicate inside the page, within the step's and the whole run's time. */
const until = (page, f, arg, ms = STEP_MS) => page.waitForFunction(f, arg, { timeout: Math.min(ms, left()), polling: 200 });
async function holdDown(page, test) {
  const button = page.locator(`[data-test=${test}]`);
  await button.hover();
  await page.mouse.down();
  await page.waitForSelector(`[data-test=${test}].holding`, { timeout: Math.min(STEP_MS, left()) });
  // Either the button has acted and let go, or it has gone with its dialog.
  await until(page, (t) => !document.querySelector(`[data-test=${t}].holding`), test);
  await page.mouse.up();
}
const shot = (page, name) => page.screenshot({ path: join(o.out, `${name}.png`), timeout: Math.min(STEP_MS, left()) });

async function fly() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript((theme) => localStorage.setItem('whimbrel.prefs', JSON.stringify({ theme })), o.theme);
  const page = await context.newPage();
  page.setDefaultTimeout(Math.min(STEP_MS, left()));
  const origin = new URL(o.base).origin;
  page.on('pageerror', (e) => result.problems.push(`script error: ${e.message}`));
  page.on('console', (m) => {
    if (m.type() === 'error' && /Content Security Policy/i.test(m.text())) result.problems.push(m.text());
  });
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.origin.replace(/^ws/, 'http') !== origin) result.problems.push(`asked another server: ${url.origin}`);
  });

  await step('sign in', async () => {
    await page.goto(`${o.base}/`);
    await page.fill('[data-test=code]', o.code);
    await page.click('[data-test=sign-in]');
    await page.waitForSelector('[data-test=map], [data-test=no-map], form [role=alert]');
    const refusal = await page.locator('form [role=alert]').allInnerTexts();
    must(refusal.length === 0, `sign-in was refused: ${refusal.join(' ')}`);
    must(await page.locator('[data-test=no-map]').count() === 0, 'this Chromium has no WebGL');
    await until(page, () => window.__whimbrel?.ready());
    result.renderer = await page.evaluate(() => window.__whimbrel.renderer());
    must(result.renderer.length > 0, 'WebGL names no renderer');
    await shot(page, '1-signed-in');
  });

  const centre = await step('hear aircraft', async () => {
    await until(page, () => window.__whimbrel.world().vehicles.some((v) => v.home && (v.lat !== 0 || v.lon !== 0)));
    return page.evaluate(() => {
      const v = window.__whimbrel.world().vehicles.filter((x) => x.home);
      return [v.reduce((s, x) => s + x.lon, 0) / v.length, v.reduce((s, x) => s + x.lat, 0) / v.length];
    });
  });

  await step('draw', async () => {
    const dLat = o.side_m / 2 / 111195;
    const dLon = dLat / Math.cos((centre[1] * Math.PI) / 180);
    const at = (x, y) => [centre[0] + x * dLon, centre[1] + y * dLat];
    const corners = [at(-1, -0.8), at(0.9, -1), at(1, 0.7), at(0.1, 1), at(-0.9, 0.8)];
    await page.click('[data-test=step-area]');
    await page.evaluate(([c, dx, dy]) => {
      const { map } = window.__whimbrel;
      map.fitBounds([[c[0] - 1.6 * dx, c[1] - 1.6 * dy], [c[0] + 1.6 * dx, c[1] + 1.6 * dy]], { padding: { left: 400, right: 380, top: 60, bottom: 60 }, duration: 0 });
    }, [centre, dLon, dLat]);
    if (await page.evaluate(() => window.__whimbrel.plan() !== null)) await page.click('text=Clear');
    await page.click('[data-test=draw]');
    const box = await page.locator('[data-test=map]').boundingBox();
    for (const [lon, lat] of corners) {
      const p = await page.evaluate(([x, y]) => window.__whimbrel.project(x, y), [lon, lat]);
      await page.mouse.click(box.x + p.x, box.y + p.y);
    }
    await page.click('[data-test=close-area]');
    await page.waitForSelector('[data-test=to-plan]');
    await page.keyboard.press('Control+z');
    await page.waitForSelector('[data-test=to-plan]', { state: 'detached' });
    await page.keyboard.press('Control+Shift+z');
    await page.waitForSelector('[data-test=to-plan]');
  });

  await step('plan', async () => {
    await page.click('[data-test=to-plan]');
    await until(page, () => window.__whimbrel.refusal() !== null || (window.__whimbrel.plan() && !document.querySelector('[data-test=plan-result].old')));
    const refusal = await page.evaluate(() => window.__whimbrel.refusal());
    must(refusal === null, `the plan was refused: ${refusal}`);
    result.plan = await page.evaluate(() => {
      const { report } = window.__whimbrel.plan();
      return { area_m2: report.area_m2, photo_count: report.photo_count, time_s: report.time_s, sorties: report.sorties.length };
    });
    must(result.plan.photo_count > 0 && result.plan.sorties > 0, 'the plan has no photos');
    await shot(page, '2-plan');
  });

  await step('upload and check', async () => {
    await page.click('[data-test=to-fly]');
    await page.click('[data-test=upload]');
    await page.waitForSelector('[data-test=fly]:not([disabled])', { timeout: Math.min(3 * STEP_MS, left()) });
    await shot(page, '3-checks');
  });

  const before = await step('fly', async () => {
    await page.click('[data-test=fly]');
    await page.waitForSelector('[data-test=fly-dialog][open]');
    await shot(page, '4-confirm');
    const places = await page.evaluate(() => window.__whimbrel.world().vehicles.map((v) => [v.id, v.lon, v.lat]));
    await holdDown(page, 'fly-confirm');
    await until(page, () => window.__whimbrel.world().vehicles.some((v) => v.flying), undefined, 2 * STEP_MS);
    return places;
  });

  await step('see aircraft move', async () => {
    await until(page, ([places, least]) => window.__whimbrel.world().vehicles.some((v) => {
      const p = places.find(([id]) => id === v.id);
      return p && Math.hypot((v.lat - p[2]) * 111195, (v.lon - p[1]) * 111195 * Math.cos((v.lat * Math.PI) / 180)) > least;
    }), [before, MOVED_M], 3 * STEP_MS);
    // The aircraft drawn on the map is where telemetry has it.
    await until(page, () => {
      const v = window.__whimbrel.world().vehicles.find((x) => x.flying);
      const mark = v && document.querySelector(`.craft[data-id="${CSS.escape(v.id)}"]`);
      if (!mark) return false;
      const a = mark.getBoundingClientRect();
      const m = document.querySelector('[data-test=map]').getBoundingClientRect();
      const p = window.__whimbrel.project(v.lon, v.lat);
      return Math.hypot(a.x - m.x - p.x, a.y - m.y - p.y) < 30;
    });
    await shot(page, '5-flying');
  });

  if (!o.skipMap) await step('photos arrive', async () => {
    await page.click('[data-test=step-map]');
    const enough = Math.min(PHOTOS_BEFORE_RETURN, Math.ceil(result.plan.photo_count / 4));
    await until(page, (n) => window.__whimbrel.world().photos.size >= n, enough, 3 * STEP_MS);
  });

  await step('return', async () => {
    const flying = await page.evaluate(() => window.__whimbrel.world().vehicles.filter((v) => v.flying).map((v) => v.id));
    must(flying.length > 0, 'no aircraft was flying any more when Return was to be pressed');
    await holdDown(page, 'return-all');
    await until(page, (ids) => ids.every((id) => {
      const v = window.__whimbrel.world().vehicles.find((x) => x.id === id);
      return v && (['returning', 'landing', 'landed', 'idle'].includes(v.phase) || !v.flying);
    }), flying);
    await shot(page, '6-return');
  });

  if (!o.skipMap) await step('see the map', async () => {
    await until(page, () => {
      const m = window.__whimbrel.world().map;
      return m && m.bounds && m.matched + m.placed > 0;
    }, undefined, left());
    await page.evaluate(() => {
      const b = window.__whimbrel.world().map.bounds;
      window.__whimbrel.map.fitBounds(b, { padding: { left: 400, right: 380, top: 60, bottom: 60 }, duration: 0 });
    });
    // A later version may bring the first pixels: look until there is a picture.
    for (;;) {
      const pixels = await page.evaluate(() => window.__whimbrel.layerPixels('product').catch((e) => ({ error: e.message })));
      result.pixels = pixels;
      if (pixels.covered >= CONTENT.covered && pixels.colours >= CONTENT.colours && pixels.deviation >= CONTENT.deviation) break;
      const seen = await page.evaluate(() => String(window.__whimbrel.world().map.version));
      must(left() > 1000, `the map layer is blank or uniform: ${JSON.stringify(pixels)}`);
      await until(page, (v) => String(window.__whimbrel.world().map.version) !== v, seen, left()).catch(() => {
        throw new Error(`the map layer is blank or uniform, and no newer version came: ${JSON.stringify(pixels)}`);
      });
    }
    // For the picture only: a map that still grows may never be complete.
    await until(page, () => window.__whimbrel.map.areTilesLoaded() && window.__whimbrel.map.queryRenderedFeatures({ layers: ['flown'] }).length > 0, undefined, 15_000).catch(() => undefined);
    await shot(page, '7-map');
  });

  await step('without WebGL', async () => {
    const cookies = await context.storageState();
    const bare = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, '--disable-3d-apis'] });
    try {
      const second = await (await bare.newContext({ viewport: { width: 1280, height: 800 }, storageState: cookies })).newPage();
      second.setDefaultTimeout(Math.min(STEP_MS, left()));
      await second.goto(`${o.base}/`);
      await second.waitForSelector('[data-test=no-map] tbody tr b');
      for (const test of ['hold-all', 'return-all', 'land-all']) must(await second.isEnabled(`[data-test=${test}]`), `${test} is not offered without WebGL`);
      await shot(second, '8-no-webgl');
    } finally {
      await bare.close();
    }
  });
  must(result.problems.length === 0, result.problems[0]);
}

const alarm = setTimeout(() => end(new Error(`the whole run took longer than ${o.limit_s} s`)), o.limit_s * 1000);
let ended = false;
async function end(error) {
  if (ended) return;
  ended = true;
  clearTimeout(alarm);
  result.ok = !error;
  result.wall_s = (Date.now() - began) / 1000;
  if (error) {
    result.failed_at = doing;
    result.error = String(error.message ?? error).split('\n')[0];
    const page = browser?.contexts()[0]?.pages()[0];
    await page?.screenshot({ path: join(o.out, 'failed.png'), timeout: 5000 }).catch(() => undefined);
  }
  await browser?.close().catch(() => undefined);
  writeFileSync(join(o.out, 'console.json'), `${JSON.stringify(result, null, 2)}\n`);
  const seen = doing === 'see the map' && result.pixels ? `; the map layer showed ${JSON.stringify(result.pixels)}` : '';
  if (error) console.error(`console: failed at "${doing}" after ${result.wall_s.toFixed(0)} s: ${result.error}${seen}`);
  else console.log(JSON.stringify(result));
  process.exit(error ? 1 : 0);
}
fly().then(() => end(), end);
