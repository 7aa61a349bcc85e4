import { Ajv } from 'ajv';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { PodMonitor, PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { readRepositoryFile } from '../root.ts';
import { kubernetesVersions, type Manifest } from './chart.ts';

type Version = (typeof kubernetesVersions)[number];

/** The definition of each kind of Kubernetes' own. */
const definitions: Readonly<Record<string, string>> = {
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler': 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'networking.k8s.io/v1 Ingress': 'io.k8s.api.networking.v1.Ingress',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
  'v1 ConfigMap': 'io.k8s.api.core.v1.ConfigMap',
  'v1 Pod': 'io.k8s.api.core.v1.Pod',
  'v1 Service': 'io.k8s.api.core.v1.Service',
};

/** The kinds that others bring. */
const custom: Readonly<Record<string, (manifest: never) => { validate(): void }>> = {
  'gateway.networking.k8s.io/v1 HTTPRoute': (manifest) => new HTTPRoute(manifest),
  'keda.sh/v1alpha1 ScaledObject': (manifest) => new ScaledObject(manifest),
  'monitoring.coreos.com/v1 PodMonitor': (manifest) => new PodMonitor(manifest),
  'monitoring.coreos.com/v1 PrometheusRule': (manifest) => new PrometheusRule(manifest),
};

const schemas = Object.fromEntries(
  kubernetesVersions.map((version) => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const path = `test/repository/helm/schemas/kubernetes-${version}.json`;
    ajv.addSchema(JSON.parse(readRepositoryFile(path)) as object, 'kubernetes');
    return [version, ajv];
  }),
) as Readonly<Record<Version, Ajv>>;

/** What is wrong with an object, by the schema of this version of Kubernetes or of those who bring the kind; unknown keys, too. */
export function problemsOf(version: Version, manifest: Manifest): readonly string[] {
  const kind = `${manifest.apiVersion} ${manifest.kind}`;
  const definition = definitions[kind];
  if (definition === undefined) return customProblems(kind, manifest);
  const ajv = schemas[version];
  const validate = ajv.getSchema(`kubernetes#/$defs/${definition}`);
  if (validate === undefined) return [`${kind}: no schema here`];
  if (validate(manifest) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${kind}: ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function customProblems(kind: string, manifest: Manifest): readonly string[] {
  const model = custom[kind];
  if (model === undefined) return [`${kind}: no schema here`];
  try {
    model(manifest as never).validate(); // which is what finds out its form
    return [];
  } catch (error) {
    return [`${kind}: ${String(error)}`];
  }
}
