import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

/** PostGraphile 5 as its documentation sets it up for production, on the tables of the bench. */
process.on('message', async ({ connectionString }: { connectionString: string }) => {
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    // Every column may be ordered by, as the product's lists allow.
    disablePlugins: ['PgIndexBehaviorsPlugin'],
    pgServices: [makePgService({ connectionString, schemas: ['public'], poolConfig: { max: 10 } })],
    grafserv: { watch: false, graphqlPath: '/graphql', graphiql: false },
    grafast: { explain: false },
  });
  const server = createServer();
  server.on('error', () => {});
  await instance.createServ(grafserv).addTo(server);
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
});
