// The console's state. Telemetry lands in `world`, a plain value that the map reads at each frame;
// panels see `view`, a snapshot taken at most five times a second.
import { api, Problem } from './api';
import type { Background, Catalogue, LiveMessage, LonLat, Session, Vehicle } from './contract';
import { LiveChannel } from './live';
import { dataAge, emptyWorld, freshness, reduce, type Freshness, type World } from './world';

/** Panels are redrawn at most this often. */
const VIEW_PERIOD_MS = 200;
/** Ages go on counting in silence. */
const TICK_MS = 500;
const TOAST_MS = 7000;
const TOAST_LIMIT = 4;

export interface Toast {
  id: number;
  tone: 'ok' | 'problem' | 'note';
  text: string;
}

class Console {
  stage = $state<'starting' | 'signed_out' | 'ready'>('starting');
  session = $state.raw<Session | null>(null);
  connected = $state(false);
  /** This browser draws no map. */
  mapless = $state(false);
  catalogue = $state.raw<Catalogue>({ vehicles: [], cameras: [], commands: [] });
  backgrounds = $state.raw<Background[]>([]);
  view = $state.raw<World>(emptyWorld());
  /** Wall-clock silence since the last vehicles message, seconds. */
  silence_s = $state(0);
  time_s = $state(NaN);
  toasts = $state.raw<Toast[]>([]);
  selectedPhoto = $state<string | null>(null);
  /** Where the photo's card leaves its footprint in sight. */
  photoSide = $state<'left' | 'right'>('left');
  selectedVehicle = $state<string | null>(null);

  world: World = emptyWorld();
  #heardAt = NaN;
  #viewTimer: ReturnType<typeof setTimeout> | undefined;
  #live: LiveChannel | null = null;
  #listeners = new Set<(w: World) => void>();
  #toastId = 0;

  /** Called at every message, outside the framework. */
  onWorld(listener: (w: World) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async begin(): Promise<void> {
    setInterval(() => this.#publish(), TICK_MS);
    const code = /(?:^#|&)code=([^&]+)/.exec(location.hash)?.[1];
    if (code) history.replaceState(null, '', location.pathname + location.search);
    try {
      let session = await api.session();
      if (!session.signed_in && code) {
        await api.signIn(decodeURIComponent(code));
        session = await api.session();
      }
      this.session = session;
      if (session.signed_in) await this.#enter();
      else this.stage = 'signed_out';
    } catch (error) {
      this.stage = 'signed_out';
      this.toast('problem', error instanceof Error ? error.message : String(error));
    }
  }

  async signIn(code: string): Promise<void> {
    await api.signIn(code);
    this.session = await api.session();
    await this.#enter();
  }

  /** The server looks at its folder again: a file that was put there shows up. */
  async lookForBackgrounds(): Promise<void> {
    const found = await api.backgrounds().catch(() => null);
    if (found && JSON.stringify(found) !== JSON.stringify(this.backgrounds)) this.backgrounds = found;
  }

  async signOut(): Promise<void> {
    await api.signOut().catch(() => undefined);
    this.#live?.stop();
    location.reload();
  }

  async #enter(): Promise<void> {
    const [state, catalogue, backgrounds] = await Promise.all([
      api.state(),
      api.catalogue(),
      api.backgrounds().catch(() => []),
    ]);
    this.catalogue = catalogue;
    this.backgrounds = backgrounds;
    this.take({ type: 'hello', state });
    this.#live = new LiveChannel(
      (m) => this.take(m),
      (connected) => {
        this.connected = connected;
        if (connected) void this.#refill();
        else void api.session().then((s) => (s.signed_in ? undefined : (this.stage = 'signed_out')), () => undefined);
      },
    );
    this.#live.start();
    this.stage = 'ready';
  }

  /** After each (re)connection everything is asked for once; then only changes arrive. */
  async #refill(): Promise<void> {
    const quiet = <T>(p: Promise<T>, use: (value: T) => void) => p.then(use).then(() => undefined, () => undefined);
    await Promise.all([
      quiet(api.photos(), (photos) => this.take({ type: 'photos', photos })),
      quiet(api.map(), (map) => map && this.take({ type: 'map', map })),
      quiet(api.radio(), (radio) => radio && this.take({ type: 'radio', radio })),
      quiet(api.alerts(), (alerts) => this.take({ type: 'alerts', alerts })),
      quiet(api.vehicles(), (vehicles) => {
        this.take({ type: 'vehicles', time_s: this.world.time_s, vehicles });
        for (const v of vehicles) void quiet(api.track(v.id), (t) => this.#oldTrack(v.id, t));
      }),
    ]);
  }

  #oldTrack(id: string, answer: Awaited<ReturnType<typeof api.track>>): void {
    const line = answer.type === 'Feature' ? answer.geometry : answer;
    const old = line.coordinates.map((p): LonLat => [p[0] ?? 0, p[1] ?? 0]);
    if (old.length < 2) return;
    this.world.tracks.set(id, old);
    this.world = { ...this.world, tracksEdition: this.world.tracksEdition + 1 };
    this.#tell();
  }

  take(message: LiveMessage): void {
    this.world = reduce(this.world, message);
    if (message.type === 'vehicles' || message.type === 'hello') this.#heardAt = performance.now();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.world);
    this.#viewTimer ??= setTimeout(() => this.#publish(), VIEW_PERIOD_MS);
  }

  #publish(): void {
    clearTimeout(this.#viewTimer);
    this.#viewTimer = undefined;
    this.silence_s = this.silenceNow();
    this.time_s = this.world.time_s + (this.connected ? this.silence_s * (this.world.state?.speed ?? 1) : 0);
    this.view = this.world;
  }

  silenceNow(): number {
    return Number.isFinite(this.#heardAt) ? (performance.now() - this.#heardAt) / 1000 : 0;
  }

  ageOf(v: Vehicle, silence_s = this.silence_s): number {
    return dataAge(v.link.age_s, this.world.state?.speed ?? 1, silence_s);
  }

  freshnessOf(v: Vehicle, silence_s = this.silence_s): Freshness {
    return freshness(this.ageOf(v, silence_s));
  }

  vehicle(id: string | null): Vehicle | undefined {
    return this.view.vehicles.find((v) => v.id === id);
  }

  nameOf(id: string | null): string {
    return this.vehicle(id)?.name || (id === null ? '' : `Aircraft ${id}`);
  }

  toast(tone: Toast['tone'], text: string): void {
    const id = (this.#toastId += 1);
    this.toasts = [...this.toasts, { id, tone, text }].slice(-TOAST_LIMIT);
    setTimeout(() => this.dismiss(id), TOAST_MS);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((t) => t.id !== id);
  }

  report(error: unknown): void {
    if (error instanceof Problem && error.status === 401) {
      this.stage = 'signed_out';
      return;
    }
    this.toast('problem', error instanceof Error ? error.message : String(error));
  }

  label(command: string): string {
    return this.catalogue.commands.find((c) => c.name === command)?.label ?? command[0]!.toUpperCase() + command.slice(1);
  }

  /** One aircraft, or a named list, or all. The answer is shown; it is never assumed. */
  async command(command: string, vehicles: string[] | 'all', args: unknown = {}): Promise<boolean> {
    const label = this.label(command);
    try {
      if (vehicles !== 'all' && vehicles.length === 1) {
        await api.command(vehicles[0]!, command, args);
        this.toast('ok', `${label}: sent to ${this.nameOf(vehicles[0]!)}`);
        return true;
      }
      const results = await api.groupCommand(command, vehicles);
      const refused = results.filter((r) => !r.ok);
      if (results.length === 0) this.toast('note', `${label}: there is no aircraft to send it to`);
      else if (refused.length < results.length) {
        this.toast('ok', `${label}: sent to ${results.filter((r) => r.ok).map((r) => this.nameOf(r.vehicle)).join(', ')}`);
      }
      for (const r of refused) this.toast('problem', `${label} refused for ${this.nameOf(r.vehicle)}: ${r.detail ?? 'no reason given'}`);
      return results.length > 0 && refused.length === 0;
    } catch (error) {
      if (error instanceof Problem) this.toast('problem', `${label}: ${error.message}`);
      else this.report(error);
      return false;
    }
  }

  async acknowledge(id: string): Promise<void> {
    try {
      await api.acknowledge(id);
      this.take({ type: 'alerts', alerts: this.world.alerts.map((a) => (a.id === id ? { ...a, acknowledged: true } : a)) });
    } catch (error) {
      this.report(error);
    }
  }
}

export const con = new Console();
