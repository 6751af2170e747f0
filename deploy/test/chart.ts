/** Renders the chart without Helm, and checks objects as an API server would. */
import { readdirSync } from 'node:fs';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Pod } from 'kubernetes-models/v1/Pod';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT, read } from './files.ts';
import { GoTemplates, valuesWith } from './go-template.ts';

export const CHART = 'deploy/helm/deja/';

const MODELS = [
  ...[Deployment, Ingress, NetworkPolicy, Pod, PodDisruptionBudget, Secret, Service],
  ...[ScaledObject, TriggerAuthentication, PrometheusRule, ServiceMonitor],
];

/** As YAML has it. The tests ask it for what they know to be there. */
// biome-ignore lint/suspicious/noExplicitAny: an object of any kind
export type KubernetesObject = any;

interface Rendered {
  readonly objects: readonly KubernetesObject[];
  readonly notes: string;
}

/** @param own Values of a release, as YAML. */
export function renderChart(own = ''): Rendered {
  const templates = new GoTemplates();
  const { version, appVersion } = parse(read(`${CHART}Chart.yaml`));
  const dot = {
    Values: valuesWith(read(`${CHART}values.yaml`), own),
    Release: { Name: 'deja', Namespace: 'ml', Service: 'Helm' },
    Chart: { Name: 'deja', Version: version, AppVersion: appVersion },
    Files: { Get: (path: unknown) => read(`${CHART}${path}`) },
  };
  const files = readdirSync(new URL(`${CHART}templates`, ROOT), { recursive: true }).map(String);
  const render = (file: string) => templates.render(read(`${CHART}templates/${file}`), dot);
  render('_helpers.tpl');
  const objects = files
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(render(file)))
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS();
    });
  return { objects: objects.filter((object) => object !== null), notes: render('NOTES.txt') };
}

/** What is wrong with an object: the schema's errors, and members that the schema does not know. */
export function faultsOf(object: KubernetesObject): readonly string[] {
  const Model = MODELS.find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (!Model) return [`no schema of ${object.apiVersion} ${object.kind}`];
  const unread = new Set<string>();
  try {
    // Not of an instance, which would be a copy.
    Model.prototype.validate.call(watched(object, '', unread) as never);
  } catch (error) {
    return [String(error)];
  }
  return [...unread].map((path) => `unknown member ${path}`);
}

/** A validator reads every member that its schema knows; what is left in `unread` it does not know. */
function watched<T extends object>(value: T, path: string, unread: Set<string>): T {
  const isArray = Array.isArray(value);
  if (!isArray) for (const name of Object.keys(value)) unread.add(`${path}.${name}`);
  const children = new Map<PropertyKey, unknown>();
  for (const [name, child] of Object.entries(value)) {
    const below = isArray ? `${path}[${name}]` : `${path}.${name}`;
    const isObject = typeof child === 'object' && child !== null;
    children.set(name, isObject ? watched(child, below, unread) : child);
  }
  return new Proxy(value, {
    get(target, name) {
      unread.delete(`${path}.${String(name)}`);
      return children.has(name) ? children.get(name) : Reflect.get(target, name);
    },
  });
}
