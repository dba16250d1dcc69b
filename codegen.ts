import type { CodegenConfig } from '@graphql-codegen/cli';

/** graphql-scalars arrive as JSON: 64-bit numbers and instants are strings on the wire, small numbers are numbers. */
const scalars = {
  BigInt: 'string',
  Country: 'string',
  CountryCode: 'string',
  Currency: 'string',
  Cursor: 'string',
  Date: 'string',
  DateTime: 'string',
  Decimal: 'string',
  Duration: 'string',
  EmailAddress: 'string',
  Hour: 'string',
  JSON: 'unknown',
  JSONObject: 'Record<string, unknown>',
  Latitude: 'number',
  LocalDate: 'string',
  Locale: 'string',
  Longitude: 'number',
  LooseNumber: 'number | string',
  NonEmptyString: 'string',
  NonNegativeFloat: 'number',
  NonNegativeInt: 'number',
  PhoneNumber: 'string',
  PositiveFloat: 'number',
  PositiveInt: 'number',
  Seq: 'string',
  TimeZone: 'string',
  URL: 'string',
  UUID: 'string',
  Void: 'null',
};

const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: ['operations/**/*.graphql'],
  silent: true,
  generates: {
    'operations/generated/': {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        // Hash stays in document.__meta__.hash; the manifest is what the server trusts.
        persistedDocuments: {
          mode: 'embedHashInDocument',
          hashAlgorithm: 'sha256',
          hashPropertyName: 'hash',
        },
      },
      config: {
        enumType: 'string-literal', // enum and class syntax cannot be stripped by Node
        importExtension: '.ts',
        scalars,
        strictScalars: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
