/** Where a command line reads its paths and writes its words; local or at the far end of the control socket. */
export interface Io {
  cwd: string;
  print(text: string): void;
  /** True when `print` reaches a terminal, so that a line may be overwritten. */
  isTty: boolean;
  /** Aborts on Ctrl-C or when the far end goes away. */
  signal: AbortSignal;
}

/** A wrong command line; its message is all that is shown. */
export class UsageError extends Error {}

/** One line that says how far the work is: overwritten on a terminal, every 5 s elsewhere. */
export function progressLine(io: Io, clock: () => number = () => performance.now()) {
  const started = clock();
  let last = Number.NEGATIVE_INFINITY;
  return {
    /** `share` is 0…1; `detail` says what was done so far. */
    show(share: number, detail: string): void {
      const now = clock();
      if (now - last < (io.isTty ? 100 : 5_000)) return;
      last = now;
      const seconds = (now - started) / 1000;
      const left = share > 0 ? (seconds / share) * (1 - share) : Number.NaN;
      const bar = '█'.repeat(Math.round(share * 24)).padEnd(24, '░');
      const eta = Number.isFinite(left) ? `${Math.ceil(left)} s left` : '';
      const text = `${bar} ${Math.floor(share * 100)} %  ${detail}  ${eta}`;
      io.print(io.isTty ? `\r\u001b[K${text}` : `${text}\n`);
    },
    done(): void {
      if (io.isTty) io.print('\r\u001b[K');
    },
  };
}
