import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import { type CompiledFlags, cached } from '../control/flags/evaluate.ts';
import { followFlags, type RemoteOptions } from './remote.ts';

export type { RemoteOptions } from './remote.ts';

/** How long `initialize` waits for the first answer of the server, in ms. */
const START_MS = 10_000;

/**
 * The engine's flags for programs elsewhere, through the OpenFeature SDK: everything is read once, evaluated in this
 * process by the very evaluator of the server, and read again within two seconds of a change. While the server is away the
 * last known values are served with the reason CACHED and the provider is STALE.
 */
export class RevenueEngineProvider implements Provider {
  readonly metadata = { name: 'revenue-engine' } as const;
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  private readonly options: RemoteOptions;
  private flags: CompiledFlags | undefined;
  private isLost = false;
  private following: { stop(): void } | undefined;

  constructor(options: RemoteOptions) {
    this.options = options;
  }

  /** Resolves when the flags are known; rejects when the server cannot be reached now, and goes on trying. */
  async initialize(): Promise<void> {
    const first = Promise.withResolvers<void>();
    const late = setTimeout(
      () => first.reject(new Error(`No flags from ${this.options.url} yet.`)),
      START_MS,
    );
    let isStarting = true;
    this.following?.stop();
    this.following = followFlags(this.options, {
      onFlags: (flags, changed) => {
        const wasLost = this.isLost || !this.flags;
        this.flags = flags;
        this.isLost = false;
        first.resolve();
        if (isStarting) return;
        if (wasLost) this.events.emit(ProviderEvents.Ready);
        if (changed.length > 0)
          this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: changed });
      },
      onLost: ({ message }) => {
        first.reject(new Error(message));
        if (isStarting || this.isLost) return;
        this.isLost = true;
        this.events.emit(this.flags ? ProviderEvents.Stale : ProviderEvents.Error, { message });
      },
    });
    try {
      await first.promise;
    } finally {
      isStarting = false;
      clearTimeout(late);
    }
  }

  /** Stops listening to the server. */
  async onClose(): Promise<void> {
    this.following?.stop();
    this.following = undefined;
  }

  async resolveBooleanEvaluation(
    key: string,
    fallback: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.resolve(key, fallback, context, 'boolean');
  }

  async resolveStringEvaluation(
    key: string,
    fallback: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.resolve(key, fallback, context, 'string');
  }

  async resolveNumberEvaluation(
    key: string,
    fallback: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.resolve(key, fallback, context, 'number');
  }

  async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.resolve(key, fallback, context, 'object');
  }

  private resolve<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
    type: 'boolean' | 'string' | 'number' | 'object',
  ): ResolutionDetails<T> {
    const failed = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => ({
      ...{ value: fallback, reason: 'ERROR', errorCode, errorMessage },
    });
    if (!this.flags) return failed(ErrorCode.PROVIDER_NOT_READY, 'The flags are not known yet.');
    // The SDK hands over an empty context where nobody gave one: then the tenant as a whole is meant.
    const found = this.flags.evaluate(key, null, Object.keys(context).length > 0 ? context : null);
    if (found.errorCode === 'FLAG_NOT_FOUND') return failed(ErrorCode.FLAG_NOT_FOUND, found.note ?? key);
    if (typeof found.value !== type) {
      return failed(
        ErrorCode.TYPE_MISMATCH,
        `${key} is ${JSON.stringify(found.value)?.slice(0, 80)}, not a ${type}.`,
      );
    }
    const answer = this.isLost ? cached(found) : found;
    const { reason, variant, version, note } = answer;
    return {
      value: answer.value as T,
      reason,
      ...(variant !== null && { variant }),
      flagMetadata: { ...(version !== null && { version }), ...(note !== null && { note }) },
    };
  }
}
