import type { Session } from './types.ts';

/** Looks, once per credential however many streams it has open, whether it was revoked or has expired. */
export interface SessionWatch {
  /** Calls `onRevoked` once, later; returns how to stop watching. */
  watch(session: Session, onRevoked: () => void): () => void;
  close(): void;
}

export function createSessionWatch(everyMs: number, onError: (error: unknown) => void): SessionWatch {
  const watched = new Map<string, { session: Session; listeners: Set<() => void> }>();
  let isLooking = false;

  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    const entries = [...watched];
    await Promise.all(
      entries.map(async ([credential, { session, listeners }]) => {
        try {
          if (!(await session.isRevoked())) return;
          watched.delete(credential);
          for (const listener of [...listeners]) listener();
        } catch (error) {
          onError(error); // cannot tell: ask again at the next look
        }
      }),
    );
    isLooking = false;
  };

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    watch(session, onRevoked) {
      const { credential } = session;
      if (credential === null) return () => {};
      let entry = watched.get(credential);
      if (!entry) {
        entry = { session, listeners: new Set() };
        watched.set(credential, entry);
      }
      const { listeners } = entry;
      const listener = () => onRevoked();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && watched.get(credential)?.listeners === listeners)
          watched.delete(credential);
      };
    },
    close: () => clearInterval(timer),
  };
}
