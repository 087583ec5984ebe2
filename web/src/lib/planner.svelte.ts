// From an area to assigned sorties: the area with its undo, the form, the plan it gives, who flies what.
import { api, Problem } from './api';
import { con } from './console.svelte';
import type { CatalogueVehicle, LonLat, Objective, PlanAnswer, PlanRequest, Vehicle } from './contract';
import { fromGeometry, selfCrossing, shapesArea, toGeometry, type Shape } from './geometry';
import { UndoStack } from './undo';

const REPLAN_DELAY_MS = 350;
/** Aircraft of one type in one plan. */
const FLEET_LIMIT = 16;

export type Step = 'area' | 'plan' | 'fly' | 'map';
export type Tool = 'none' | 'draw' | 'home';

class Planner {
  step = $state<Step>('area');
  tool = $state<Tool>('none');
  shapes = $state.raw<Shape[]>([]);
  /** The ring being drawn. */
  draft = $state.raw<LonLat[]>([]);
  canUndo = $state(false);
  canRedo = $state(false);

  camera = $state('');
  counts = $state<Record<string, number>>({});
  by = $state<'gsd' | 'height'>('gsd');
  gsd_cm = $state(10);
  height_m = $state(100);
  forward = $state(75);
  side = $state(65);
  home = $state.raw<LonLat | null>(null);
  wind = $state(false);
  wind_m_s = $state(5);
  wind_from = $state(270);
  objective = $state<Objective>('time');
  endurance_min = $state<number | null>(null);
  overflyHoles = $state(false);

  plan = $state.raw<PlanAnswer | null>(null);
  planning = $state(false);
  refusal = $state<string | null>(null);
  assignment = $state<Record<number, string>>({});
  /** Counts up when the view should move to the area or plan. */
  look = $state(0);

  #undo = new UndoStack<Shape[]>([]);
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastRequest = '';
  #countsTouched = false;
  #homeTouched = false;
  #opened = false;
  #followed: string | null = null;

  get area_m2(): number {
    return shapesArea(this.shapes);
  }
  get crossing(): LonLat | null {
    for (const rings of this.shapes) for (const ring of rings) {
      const at = selfCrossing(ring);
      if (at) return at;
    }
    return null;
  }

  edit(shapes: Shape[]): void {
    this.#undo.push(shapes);
    this.#show();
  }
  undo(): void {
    if (this.draft.length > 0) {
      this.draft = this.draft.slice(0, -1);
      return;
    }
    this.#undo.undo();
    this.#show();
  }
  redo(): void {
    this.#undo.redo();
    this.#show();
  }
  #show(): void {
    this.shapes = this.#undo.value;
    this.canUndo = this.#undo.canUndo;
    this.canRedo = this.#undo.canRedo;
  }

  finishDraft(): void {
    const ring = this.draft;
    this.draft = [];
    if (ring.length < 3) return;
    this.tool = 'none';
    this.edit([...this.shapes, [ring]]);
  }

  async importFile(file: File): Promise<void> {
    try {
      const { area } = await api.importArea(file);
      this.tool = 'none';
      this.draft = [];
      this.edit(fromGeometry(area));
      this.look += 1;
      con.toast('ok', `${file.name} is on the map`);
    } catch (error) {
      con.toast('problem', `${file.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Sensible first choices from the catalogue and the fleet, until the operator chooses otherwise. */
  seed(fleet: Vehicle[]): void {
    const { cameras, vehicles } = con.catalogue;
    if (!this.camera && cameras[0]) this.camera = cameras[0].id;
    if (!this.#countsTouched) {
      const counts: Record<string, number> = Object.fromEntries(vehicles.map((v) => [v.id, 0]));
      for (const v of fleet) {
        const match = vehicles.find((c) => c.kind === v.kind);
        if (match) counts[match.id] = (counts[match.id] ?? 0) + 1;
      }
      if (vehicles[0] && Object.values(counts).every((n) => n === 0)) counts[vehicles[0].id] = 1;
      if (JSON.stringify(counts) !== JSON.stringify(this.counts)) this.counts = counts;
    }
    const home = fleet.find((v) => v.home)?.home;
    if (!this.#homeTouched && !this.home && home) this.home = home;
  }
  setCount(id: string, n: number): void {
    this.#countsTouched = true;
    this.counts = { ...this.counts, [id]: Math.min(FLEET_LIMIT, Math.max(0, n)) };
  }
  setHome(home: LonLat | null): void {
    this.#homeTouched = true;
    this.home = home;
  }

  request(): PlanRequest | null {
    const area = toGeometry(this.shapes);
    const vehicles = Object.entries(this.counts).flatMap(([id, n]) => Array<string>(Math.max(0, n || 0)).fill(id));
    if (!area || !this.camera || vehicles.length === 0 || this.crossing) return null;
    const spacing = this.by === 'gsd' ? { gsd_m: this.gsd_cm / 100 } : { height_m: this.height_m };
    if (!Object.values(spacing).every((x) => Number.isFinite(x) && x > 0)) return null;
    return {
      area, camera: this.camera, vehicles, ...spacing,
      forward: this.forward / 100,
      side: this.side / 100,
      home: this.home,
      wind: this.wind ? { speed_m_s: this.wind_m_s, from_deg: this.wind_from } : null,
      objective: this.objective,
      endurance_min: this.endurance_min || null,
      overfly_holes: this.overflyHoles,
    };
  }

  /** Called whenever the request may have changed; plans after a short pause. */
  replanSoon(request: PlanRequest | null): void {
    const key = request ? JSON.stringify(request) : '';
    if (this.#opened) {
      // A plan from the server stands as it is until the operator changes something.
      if (this.#lastRequest === '') this.#lastRequest = key;
      if (key === this.#lastRequest) return;
      this.#opened = false;
    }
    if (key === this.#lastRequest) return;
    this.#lastRequest = key;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.planning = false;
    if (!request) {
      this.plan = null;
      this.refusal = null;
      return;
    }
    this.planning = true;
    this.#timer = setTimeout(() => void this.#replan(request), REPLAN_DELAY_MS);
  }

  async #replan(request: PlanRequest): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const plan = await api.plan(request, abort.signal);
      if (abort.signal.aborted) return;
      this.#accept(plan);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.plan = null;
      this.refusal = error instanceof Error ? error.message : String(error);
      if (error instanceof Problem && error.status === 401) con.report(error);
    }
    this.planning = false;
  }

  /** Opens a plan that is already on the server, as it is. */
  async open(id: string): Promise<void> {
    try {
      const plan = await api.planById(id);
      const area = plan.geojson.features.find((f) => f.properties?.['role'] === 'area')?.geometry;
      this.#opened = true;
      this.#lastRequest = '';
      clearTimeout(this.#timer);
      this.#abort?.abort();
      this.planning = false;
      if (area?.type === 'Polygon' || area?.type === 'MultiPolygon') this.edit(fromGeometry(area));
      this.#fill(plan);
      this.#accept(plan);
      this.look += 1;
    } catch (error) {
      con.report(error);
    }
  }

  /** The form as it was when an opened plan was made. */
  #fill(plan: PlanAnswer): void {
    const o = plan.order ?? {};
    const types = o.vehicles ?? plan.report.sorties.map((s) => s.vehicle);
    const counts: Record<string, number> = Object.fromEntries(con.catalogue.vehicles.map((v) => [v.id, 0]));
    for (const t of types) {
      const id = this.typeOf(t)?.id;
      if (id !== undefined) counts[id] = (counts[id] ?? 0) + 1;
    }
    this.#countsTouched = true;
    this.#homeTouched = true;
    this.counts = counts;
    if (o.camera !== undefined) this.camera = o.camera;
    this.by = o.height_m ? 'height' : 'gsd';
    if (o.height_m) this.height_m = o.height_m;
    this.gsd_cm = Math.round((o.gsd_m || plan.report.gsd_m) * 1000) / 10;
    if (o.forward) this.forward = Math.round(o.forward * 100);
    if (o.side) this.side = Math.round(o.side * 100);
    this.home = o.home ?? null;
    this.wind = Boolean(o.wind);
    if (o.wind) [this.wind_m_s, this.wind_from] = [o.wind.speed_m_s, o.wind.from_deg];
    if (o.objective) this.objective = o.objective;
    this.endurance_min = o.endurance_min ?? null;
    this.overflyHoles = o.overfly_holes ?? false;
  }

  /** With nothing begun here, shows the plan that the aircraft carry or that somebody just saved. */
  follow(id: string | null): void {
    if (id === null || id === this.#followed || this.plan || this.shapes.length > 0 || this.draft.length > 0 || this.tool !== 'none') return;
    this.#followed = id;
    void this.open(id);
  }

  #accept(plan: PlanAnswer): void {
    if (this.plan === null && this.step !== 'area') this.look += 1;
    this.plan = plan;
    this.refusal = null;
    this.assign();
  }

  /** The catalogue's type of a sortie, which names it by id or by name. */
  typeOf(sortieVehicle: string): CatalogueVehicle | undefined {
    return con.catalogue.vehicles.find((v) => v.id === sortieVehicle || v.name === sortieVehicle);
  }

  /** Gives each sortie the first free aircraft of its kind; the operator may change it. */
  assign(): void {
    const free = new Set(con.world.vehicles.map((v) => v.id));
    const next: Record<number, string> = {};
    this.plan?.report.sorties.forEach((sortie, i) => {
      const kind = this.typeOf(sortie.vehicle)?.kind;
      const kept = this.assignment[i];
      const match = con.world.vehicles.find((v) => free.has(v.id) && (kept ? v.id === kept : v.kind === kind)) ??
        con.world.vehicles.find((v) => free.has(v.id) && (kind === undefined || v.kind === kind));
      if (match) free.delete(match.id);
      next[i] = match?.id ?? '';
    });
    this.assignment = next;
  }
}

export const planner = new Planner();
