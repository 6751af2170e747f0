export {
  type ClusterNode,
  type ClusterOptions,
  type LocalCluster,
  startCluster,
} from './cluster.ts';
export type { PlacedServer } from './placed-server.ts';
export { type LocalSentinels, type SentinelOptions, startSentinels } from './sentinel.ts';
