/** The one function that tests compare our sampler with. */
declare module 'jstat' {
  const jstat: { beta: { inv(p: number, a: number, b: number): number } };
  export default jstat;
}
