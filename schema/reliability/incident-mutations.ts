import {
  acknowledgeIncident,
  addNote,
  type Incident,
  mitigateIncident,
  openManually,
  previewRunbook,
  type RunbookPreview,
  resolveIncident,
  runRunbookStep,
  type StepRun,
} from '../../src/reliability/incidents/index.ts';
import { builder } from '../builder.ts';
import { VerdictEnum } from '../control/decisions.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { IncidentSeverityEnum, IncidentType } from './incidents.ts';
import { InspectionType, RunbookRunType, RunbookStepEnum } from './runbook-types.ts';

const IncidentPayload = builder.objectRef<{ incident: Incident }>('IncidentPayload').implement({
  description: 'The incident as it is now.',
  fields: (t) => ({
    incident: t.field({ type: IncidentType, description: 'As it is now.', resolve: (p) => p.incident }),
  }),
});

const OpenIncidentInput = builder.inputType('OpenIncidentInput', {
  description: 'What is wrong.',
  fields: (t) => ({
    title: t.string({ required: true, description: '1–200 characters.' }),
    severity: t.field({ type: IncidentSeverityEnum, required: true, description: 'How bad.' }),
    component: t.string({ required: true, description: 'The part it is about, 1–100 characters.' }),
    message: t.string({ required: true, description: 'What is known so far, 1–2000 characters.' }),
    idempotencyKey: t.string({ description: 'The same key gives the same answer for 24 h.' }),
  }),
});

builder.mutationField('openIncident', (t) =>
  t.field({
    type: IncidentPayload,
    description: 'Opens an incident in a person’s name; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: OpenIncidentInput, required: true, description: 'What is wrong.' }) },
    resolve: async (_root, { input }, { scope }) => ({ incident: await openManually(scope, input) }),
  }),
);

const IncidentStepInput = builder.inputType('IncidentStepInput', {
  description: 'Which incident, and what to say.',
  fields: (t) => ({
    id: t.globalID({ for: IncidentType, required: true, description: 'Incident.id.' }),
    message: t.string({ description: 'For the timeline, up to 2000 characters.' }),
  }),
});

const stepOf = (
  name: 'acknowledgeIncident' | 'mitigateIncident' | 'resolveIncident',
  description: string,
  step: typeof acknowledgeIncident,
) =>
  builder.mutationField(name, (t) =>
    t.field({
      type: IncidentPayload,
      description,
      authScopes: { operator: true },
      errors: { types: [...COMMON_ERRORS] },
      args: { input: t.arg({ type: IncidentStepInput, required: true, description: 'Which one.' }) },
      resolve: async (_root, { input }, { scope }) => ({
        incident: await step(scope, input.id.id, input.message),
      }),
    }),
  );

stepOf('acknowledgeIncident', 'A person takes the incident; audited.', acknowledgeIncident);
stepOf('mitigateIncident', 'The harm has stopped; runbooks let go of it. Audited.', mitigateIncident);
stepOf(
  'resolveIncident',
  'It is over; a cause that returns opens another incident. Audited.',
  resolveIncident,
);

const NoteInput = builder.inputType('NoteOnIncidentInput', {
  description: 'Which incident, and what to write down.',
  fields: (t) => ({
    id: t.globalID({ for: IncidentType, required: true, description: 'Incident.id.' }),
    message: t.string({ required: true, description: '1–2000 characters.' }),
  }),
});

builder.mutationField('noteOnIncident', (t) =>
  t.field({
    type: IncidentPayload,
    description: 'Writes a note on the timeline; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: NoteInput, required: true, description: 'Which one, and what.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      incident: await addNote(scope, input.id.id, input.message),
    }),
  }),
);

const PreviewType = builder.objectRef<RunbookPreview>('RunbookPreview').implement({
  description: 'What the runbook would do now; nothing was done.',
  fields: (t) => ({
    incident: t.field({ type: IncidentType, description: 'About which.', resolve: (p) => p.incident }),
    steps: t.field({ type: [InspectionType], description: 'Every step.', resolve: (p) => [...p.steps] }),
    verdict: t.field({
      type: VerdictEnum,
      description: 'What the gate says to a person who runs a step.',
      resolve: (p) => p.gate.verdict,
    }),
    verdictReason: t.string({
      nullable: true,
      description: 'STABILIZE_MODE, or null.',
      resolve: (p) => p.gate.reason,
    }),
  }),
});

builder.queryField('previewRunbook', (t) =>
  t.field({
    type: PreviewType,
    description: 'The dry run of an incident’s runbook.',
    authScopes: { operator: true },
    args: { incidentId: t.arg.globalID({ for: IncidentType, required: true, description: 'Incident.id.' }) },
    resolve: (_root, { incidentId }, { scope }) => previewRunbook(scope, incidentId.id),
  }),
);

const RunInput = builder.inputType('RunRunbookStepInput', {
  description: 'Which step of which incident’s runbook.',
  fields: (t) => ({
    incidentId: t.globalID({ for: IncidentType, required: true, description: 'Incident.id.' }),
    step: t.field({ type: RunbookStepEnum, required: true, description: 'Which step.' }),
    isDryRun: t.boolean({ description: 'Only write down what would be done. Default false.' }),
  }),
});

const RunPayload = builder
  .objectRef<{ incident: Incident; run: StepRun }>('RunRunbookStepPayload')
  .implement({
    description: 'What the step did; whether it helped is looked at within 10 minutes.',
    fields: (t) => ({
      incident: t.field({ type: IncidentType, description: 'About which.', resolve: (p) => p.incident }),
      run: t.field({ type: RunbookRunType, description: 'The step.', resolve: (p) => p.run }),
    }),
  });

builder.mutationField('runRunbookStep', (t) =>
  t.field({
    type: RunPayload,
    description:
      'A person runs one step of the runbook: without the flag and the pause of the automatic ones, but not while stabilised (HELD). Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RunInput, required: true, description: 'Which step.' }) },
    resolve: (_root, { input }, { scope }) =>
      runRunbookStep(scope, {
        ...{ incidentId: input.incidentId.id, step: input.step, isDryRun: input.isDryRun ?? false },
      }),
  }),
);
