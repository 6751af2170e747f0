export {
  type ClusterNode,
  type ClusterOptions,
  type LocalCluster,
  startCluster,
} from './cluster.ts';
export { type LocalSentinels, type SentinelOptions, startSentinels } from './sentinel.ts';
