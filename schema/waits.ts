/**
 * Extensions of a root field that waits on purpose: for the end of a run that its caller wants to see, or for somebody
 * else's answer. src/platform/http leaves its durations out of the latency indicator.
 */
export const WAITS = { waits: true } as const;
