// The live channel: reconnects by itself, hands every valid message on, tells when it was last heard.
import { BASE } from './api';
import type { LiveMessage } from './contract';
import { parseMessage } from './world';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 5000;
/** After so long a silence the server is asked whether it is still there; it says nothing when nothing changes. */
const SILENCE_MS = 10000;
const ANSWER_MS = 5000;

export class LiveChannel {
  #socket: WebSocket | null = null;
  #retry = RETRY_FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    private readonly onMessage: (m: LiveMessage) => void,
    private readonly onState: (connected: boolean) => void,
  ) {}

  start(): void {
    if (this.#stopped) return;
    const url = new URL(`${BASE}/live`, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#watch();
    socket.onopen = () => {
      this.#retry = RETRY_FIRST_MS;
      this.onState(true);
    };
    socket.onmessage = (event) => {
      this.#watch();
      const message = typeof event.data === 'string' ? parseMessage(event.data) : null;
      if (message) this.onMessage(message);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.onState(false);
      clearTimeout(this.#timer);
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.start(), this.#retry);
      this.#retry = Math.min(RETRY_MAX_MS, this.#retry * 2);
    };
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), SILENCE_MS);
  }

  async #ask(): Promise<void> {
    const socket = this.#socket;
    try {
      const answer = await fetch(`${BASE}/state`, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (!answer.ok) throw new Error(answer.statusText);
      this.#watch();
    } catch {
      if (this.#socket !== socket) return;
      // A dead socket may take minutes to close by itself.
      this.#socket = null;
      socket?.close();
      this.onState(false);
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#retry);
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }
}
