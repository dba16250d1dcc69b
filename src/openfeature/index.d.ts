import type {
  EvaluationContext,
  JsonValue,
  OpenFeatureEventEmitter,
  Provider,
  ResolutionDetails,
} from '@openfeature/server-sdk';

/** Where the flags are and who asks. */
export interface RemoteOptions {
  /** The GraphQL endpoint, e.g. `https://engine.example.com/graphql`. */
  readonly url: string;
  /** A key with the scope VIEWER. */
  readonly apiKey: string;
  /** Slug of the tenant; only for the platform's admin token. */
  readonly tenant?: string;
  /** First and longest pause between attempts to connect again, in ms; default 250 and 15,000. */
  readonly reconnectMs?: readonly [first: number, longest: number];
  /** Without a sign of life for so long the connection counts as lost, in ms; default 30,000. */
  readonly silenceMs?: number;
}

/** The revenue engine's flags through the OpenFeature SDK. */
export declare class RevenueEngineProvider implements Provider {
  readonly metadata: { readonly name: 'revenue-engine' };
  readonly runsOn: 'server';
  readonly events: OpenFeatureEventEmitter;
  constructor(options: RemoteOptions);
  initialize(): Promise<void>;
  onClose(): Promise<void>;
  resolveBooleanEvaluation(
    key: string,
    fallback: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>>;
  resolveStringEvaluation(
    key: string,
    fallback: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>>;
  resolveNumberEvaluation(
    key: string,
    fallback: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>>;
  resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>>;
}
