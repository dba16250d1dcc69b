export { createHttpServer, type HttpServer } from './server.ts';
export type {
  Credentials,
  GraphiqlTab,
  GraphQLHost,
  HttpOptions,
  Limits,
  PlainAnswer,
  PlainRequest,
  PlainRoute,
  Session,
} from './types.ts';
export { DEFAULT_LIMITS } from './types.ts';
