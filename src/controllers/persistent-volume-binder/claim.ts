import type { Node } from '../../api/core/node.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { StorageClass } from '../../api/storage/storage-class.schema.ts';
import type { PlannedEvent } from '../planned-event.ts';
import {
  bindCompletedAnnotation,
  boundByControllerAnnotation,
  className,
  leavesClassOpen,
  selectedNodeAnnotation,
} from '../volume-claims.ts';
import { bestMatch, isMeantFor, mismatch } from './match.ts';

export interface ClaimState {
  readonly claim: PersistentVolumeClaim;
  readonly volumes: readonly PersistentVolume[];
  readonly storageClasses: readonly StorageClass[];
  readonly node: (name: string) => Node | undefined;
  /** Pods without a node that wait for the claim. */
  readonly waitingPods: readonly string[];
}

/** What is to be done for a claim; all but `bind` and `lost` leave it pending. */
export type ClaimPlan =
  | { readonly type: 'bind'; readonly volume: PersistentVolume }
  | { readonly type: 'lost'; readonly event: PlannedEvent }
  | { readonly type: 'pending'; readonly event: PlannedEvent | undefined }
  /** Ask this provisioner for a volume. */
  | { readonly type: 'provision'; readonly provisioner: string; readonly event: PlannedEvent }
  | { readonly type: 'assign-class'; readonly storageClass: string };

const normal = (reason: string, message: string): PlannedEvent => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): PlannedEvent => ({ type: 'Warning', reason, message });
const pending = (event?: PlannedEvent): ClaimPlan => ({ type: 'pending', event });

/** The next step for a claim, by upstream's rules. */
export function reconcileClaim(state: ClaimState): ClaimPlan {
  const { claim, volumes } = state;
  const { volumeName = '' } = claim.spec;
  const volume = volumes.find(({ metadata }) => metadata.name === volumeName);
  if (claim.metadata.annotations?.[bindCompletedAnnotation] !== undefined) return boundClaim(claim, volume);
  return volumeName === '' ? freeClaim(state) : namingClaim(claim, volume);
}

/** A claim that has been bound once stays so, or is lost for ever. */
function boundClaim(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): ClaimPlan {
  if ((claim.spec.volumeName ?? '') === '') {
    const message = 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
    return { type: 'lost', event: warning('ClaimLost', message) };
  }
  if (volume === undefined) {
    const message = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!';
    return { type: 'lost', event: warning('ClaimLost', message) };
  }
  if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) {
    return { type: 'bind', volume };
  }
  const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
  return { type: 'lost', event: warning('ClaimMisbound', message) };
}

/** A claim whose maker has chosen the volume. */
function namingClaim(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): ClaimPlan {
  if (volume === undefined) return pending();
  const name = JSON.stringify(volume.metadata.name);
  if (volume.spec.claimRef === undefined) {
    const why = mismatch(volume, claim);
    if (why === undefined) return { type: 'bind', volume };
    return pending(warning('VolumeMismatch', `Cannot bind to requested volume ${name}: ${why}`));
  }
  if (isMeantFor(volume, claim)) return { type: 'bind', volume };
  const chosenByUs = claim.metadata.annotations?.[boundByControllerAnnotation] !== undefined;
  return pending(
    chosenByUs ? undefined : warning('FailedBinding', `volume ${name} already bound to a different claim.`),
  );
}

function freeClaim(state: ClaimState): ClaimPlan {
  const { claim, volumes, storageClasses, waitingPods } = state;
  const storageClass = storageClasses.find(({ metadata }) => metadata.name === className(claim));
  const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  const selected = claim.metadata.annotations?.[selectedNodeAnnotation];
  const node = selected === undefined ? undefined : state.node(selected);
  const volume = bestMatch(claim, volumes, { reservedOnly: waits && selected === undefined, node });
  if (volume !== undefined) return { type: 'bind', volume };
  const usual = leavesClassOpen(claim) ? defaultClass(storageClasses) : undefined;
  if (usual !== undefined) return { type: 'assign-class', storageClass: usual.metadata.name };
  if (waits && selected === undefined) return pending(waitingEvent(waitingPods));
  if (className(claim) !== '') return provision(className(claim), storageClass);
  const message = 'no persistent volumes available for this claim and no storage class is set';
  return pending(normal('FailedBinding', message));
}

function waitingEvent(pods: readonly string[]): PlannedEvent {
  if (pods.length === 0) {
    return normal('WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  }
  const who = pods.length === 1 ? `pod ${pods[0]}` : `pods ${pods.join(',')}`;
  return normal('WaitForPodScheduled', `waiting for ${who} to be scheduled`);
}

function provision(name: string, storageClass: StorageClass | undefined): ClaimPlan {
  if (storageClass === undefined) {
    return pending(warning('ProvisioningFailed', `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`));
  }
  const { provisioner } = storageClass;
  if (provisioner.startsWith('kubernetes.io/')) {
    return pending(warning('ProvisioningFailed', `no volume plugin matched name: ${provisioner}`));
  }
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  return { type: 'provision', provisioner, event: normal('ExternalProvisioning', message) };
}

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** The class for claims that leave it open: of several defaults the newest. */
function defaultClass(storageClasses: readonly StorageClass[]): StorageClass | undefined {
  const defaults = storageClasses.filter(({ metadata }) =>
    defaultAnnotations.some((annotation) => metadata.annotations?.[annotation] === 'true'),
  );
  const created = ({ metadata }: StorageClass): number => Date.parse(metadata.creationTimestamp);
  return defaults.toSorted((a, b) => created(b) - created(a) || (a.metadata.name < b.metadata.name ? -1 : 1))[0];
}
