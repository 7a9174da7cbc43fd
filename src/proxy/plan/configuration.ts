/** What the plan must know about this node and the cluster; a change of it means a full sync. */
export interface ProxyConfiguration {
  readonly nodeName: string;
  /** The node's own addresses, on which node ports answer. */
  readonly nodeAddresses: readonly string[];
  readonly zone: string | undefined;
  /** All pods of the cluster, e.g. `10.233.64.0/18`. */
  readonly podRange: string;
  /** Pods of this node; the whole range while the node has none yet. */
  readonly localPodRange: string;
  /** Ranges that hold nothing but Service addresses, e.g. `10.233.0.0/18`. */
  readonly serviceRanges: readonly string[];
  /** Where load balancers' addresses come from: what none of them offers there is refused. */
  readonly balancerRanges: readonly string[];
  /** Service addresses that the node itself serves, such as the cluster DNS address. */
  readonly localAddresses: readonly string[];
  /**
   * Sources that stand for the machine under the nodes: what arrives from there has lost its client's address already,
   * so that policy Local has nothing to keep, and is treated as the node's own traffic.
   */
  readonly gatewayAddresses: readonly string[];
}
