/**
 * The import table of the architecture, one rule per row (the order of the wings is one rule per wing).
 * Type imports count like any other import unless a rule says otherwise.
 */
const ts = require('typescript');

// Without a parser for .ts files dependency-cruiser finds no modules and reports success.
if (typeof ts.createSourceFile !== 'function') {
  throw new Error('dependency-cruiser needs the JavaScript API of TypeScript 6 under the name "typescript"');
}

const OURS = '^(src|schema|prisma|operations|tests|bench|scripts|web)/';
const WINGS = ['control', 'commerce', 'growth', 'delivery', 'reliability', 'finance'];
const WING = WINGS.join('|');
const DOORS = `^src/(?:${WING})/[^/]+/index\\.ts$`;
const GENERATED = '^prisma/generated/';

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Our own files except the allowed ones. */
const oursExcept = (...allowed) => ({ path: OURS, pathNot: allowed });

const wingOrder = WINGS.slice(0, -1).map((wing, index) =>
  rule(
    `wing-${wing}-looks-only-up`,
    'Facts fall through the wings in one order; an import of a lower wing would tie them in a knot.',
    { path: `^src/${wing}/` },
    { path: `^src/(${WINGS.slice(index + 1).join('|')})/` },
  ),
);

module.exports = {
  forbidden: [
    rule(
      'kernel-imports-nothing-of-ours',
      'Pure words everyone may use: if the kernel knew a room, every room would know it.',
      { path: '^src/kernel/' },
      oursExcept('^src/kernel/'),
    ),

    rule(
      'platform-knows-no-business',
      'Platform is ports to the outside; it must serve any wing, so it imports kernel, config and the generated client only.',
      { path: '^src/platform/' },
      oursExcept('^src/platform/', '^src/kernel/', '^src/config\\.ts$', GENERATED),
    ),
    rule(
      'platform-takes-config-as-types',
      'The composition root hands values in; a port that reads the environment cannot be built twice.',
      { path: '^src/platform/' },
      { path: '^src/config\\.ts$', dependencyTypesNot: ['type-only'] },
    ),

    rule(
      'domain-imports',
      'A domain stands on kernel and platform; it does not know the engine, the API or how it is composed.',
      { path: `^src/(?:${WING})/` },
      oursExcept(`^src/(?:${WING})/`, '^src/kernel/', '^src/platform/', GENERATED),
    ),
    rule(
      'domain-takes-generated-as-types',
      'Row types only: the client itself arrives as scope.db, already bound to the tenant.',
      { path: `^src/(?:${WING})/` },
      { path: GENERATED, dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'domain-through-the-door',
      "Another domain's inside is its own business; only its index.ts is promised.",
      { path: `^src/(${WING})/([^/]+)` },
      { path: `^src/(?:${WING})/`, pathNot: ['^src/$1/$2(?:/|$)', DOORS] },
    ),
    ...wingOrder,
    rule(
      'rules-do-not-know-graphql',
      'GraphQL is one way in; jobs and command lines take the same verbs.',
      { path: `^src/(?:kernel|engine|${WING})/` },
      { path: 'node_modules/(@pothos|@envelop|graphql[^/]*)/' },
    ),

    rule(
      'engine-imports',
      'The cycle orders phases; what a phase does lives behind a door, so a tick and a mutation share one path.',
      { path: '^src/engine/' },
      oursExcept(
        '^src/engine/',
        '^src/kernel/',
        '^src/platform/(?:jobs|events|db|log)(?:/|\\.ts$)',
        '^src/platform/scope\\.ts$',
        DOORS,
      ),
    ),
    rule(
      'engine-has-no-database',
      'The engine names db types to pass a Scope on, and never queries.',
      { path: '^src/engine/' },
      { path: '^src/platform/db(/|\\.ts$)', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'engine-has-no-prisma',
      'No second write path: the engine writes through verbs.',
      { path: '^src/engine/' },
      { path: 'node_modules/(@prisma|prisma|pg)/' },
    ),

    rule(
      'schema-imports',
      'The contract translates and decides names; rules and queries stay behind the doors.',
      { path: '^schema/', pathNot: '^schema/(?:builder|context)\\.ts$' },
      oursExcept('^schema/', '^src/kernel/', '^src/engine/index\\.ts$', DOORS, GENERATED),
    ),
    rule(
      'schema-builder-and-context-imports',
      'The two files that tie Pothos to a request may see the platform, and still no inside of a domain.',
      { path: '^schema/(?:builder|context)\\.ts$' },
      oursExcept('^schema/', '^src/kernel/', '^src/platform/', '^src/engine/index\\.ts$', DOORS, GENERATED),
    ),
    rule(
      'schema-takes-generated-as-types',
      'Only the builder needs the data model as a value; a Prisma value elsewhere would be a query.',
      { path: '^schema/', pathNot: '^schema/builder\\.ts$' },
      { path: GENERATED, dependencyTypesNot: ['type-only'] },
    ),

    rule(
      'app-is-the-root',
      'The composition root sees everything, so nothing inside may see it.',
      { pathNot: ['^src/(?:main|serve|demo)\\.ts$', '^src/cli/', '^scripts/', '^tests/', '^bench/'] },
      { path: '^src/app\\.ts$' },
    ),
    rule(
      'src-does-not-know-the-schema',
      'src does not know that GraphQL exists; host.ts injects the schema into platform/http.',
      { path: '^src/', pathNot: '^src/host\\.ts$' },
      { path: '^schema/' },
    ),
    rule(
      'product-does-not-use-the-workshop',
      'Tests, bench and scripts are not shipped.',
      { path: '^(src|schema)/' },
      { path: '^(tests|bench|scripts)/' },
    ),
    rule(
      'product-ships-its-dependencies',
      'A development dependency is missing in the production image.',
      { path: '^(src|schema)/', pathNot: '\\.test\\.ts$' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    ),

    rule(
      'clients-use-the-documents',
      'The dashboard is an outside client: what it may know is what the API says.',
      { path: '^(web|operations)/' },
      oursExcept('^(web|operations)/'),
    ),

    rule(
      'tests-imports',
      'Tests go through the doors like everyone else, or they freeze the insides.',
      { path: '^tests/' },
      oursExcept(
        '^tests/',
        '^src/(?:app|config|tour)\\.ts$',
        '^src/openfeature/(?:provider|index\\.d)\\.ts$',
        '^src/(?:cli|kernel|platform)/',
        '^src/engine/index\\.ts$',
        '^operations/generated/',
        DOORS,
      ),
    ),
    rule(
      'bench-imports',
      'A benchmark that reaches inside measures something no user can do.',
      { path: '^bench/' },
      oursExcept(
        '^bench/',
        '^tests/kit/',
        '^src/(?:app|config)\\.ts$',
        '^src/(?:cli|kernel|platform)/',
        '^src/engine/index\\.ts$',
        '^operations/generated/',
        DOORS,
      ),
    ),

    rule(
      'no-circular',
      'Two modules that need each other are one module, or hide a third.',
      { pathNot: GENERATED },
      { circular: true },
    ),
    rule(
      'no-unresolvable',
      'Node would stop at this import.',
      { path: OURS },
      {
        couldNotResolve: true,
        // Types only: the package has no module to resolve.
        pathNot: '^@graphql-typed-document-node/core$',
      },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    exclude: { path: '^(bench/peers|data|dist|coverage)/' },
    doNotFollow: { path: ['node_modules', '^prisma/generated/', '^operations/generated/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
