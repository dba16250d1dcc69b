import { randomUUID } from 'node:crypto';

const BEAT_MS = 400;
/** Beats without an answer after which messages may be getting lost: with BEAT_MS at most 1.2 s after the last one. */
const SILENT_BEATS = 2;
/** Beats without an answer after which the connections are made anew. */
const HOPELESS_BEATS = 5;

export interface HeartbeatParts {
  readonly database: string;
  isReady(): boolean;
  send(channel: string): Promise<unknown>;
  /** The answers have just stopped: something may have been missed. */
  onSilence(): void;
  /** No answer for long, though the connections look well. */
  giveUp(): void;
}

/** Says something to itself the whole way round, because a connection to a frozen server looks like a quiet one. */
export interface Heartbeat {
  readonly channel: string;
  /** Whether the last beats came back. */
  readonly isHeard: boolean;
  /** True when the message was one of the beats. */
  hear(channel: string): boolean;
  stop(): void;
}

export function createHeartbeat(parts: HeartbeatParts): Heartbeat {
  const channel = `${parts.database}:beat:${randomUUID()}`;
  let isHeard = false;
  let unanswered = 0;

  const beat = () => {
    const isReady = parts.isReady();
    if (isHeard && (!isReady || unanswered >= SILENT_BEATS)) {
      isHeard = false;
      parts.onSilence();
    }
    if (!isReady) {
      unanswered = 0;
      return;
    }
    if (unanswered >= HOPELESS_BEATS) {
      unanswered = 0;
      parts.giveUp();
      return;
    }
    unanswered++;
    parts.send(channel).catch(() => {}); // that nothing comes back says it as well
  };

  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return {
    channel,
    get isHeard() {
      return isHeard;
    },
    hear(from) {
      if (from !== channel) return false;
      unanswered = 0;
      isHeard = true;
      return true;
    },
    stop: () => clearInterval(timer),
  };
}
