/** What `kubectl explain` says of the fields of built-in messages, by the last part of the message's name. */
const descriptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ObjectMeta: {
    annotations: 'Notes of any size that tools keep on the object; nothing is selected by them.',
    creationTimestamp: 'CreationTimestamp is a timestamp of when the server made the object. Written by the system.',
    deletionGracePeriodSeconds: 'How long the object may take to end once it is being deleted. Written by the system.',
    deletionTimestamp: 'When the object is to be gone. Written by the system once its deletion is asked for.',
    finalizers: 'Who has to agree before the object goes; it stays as long as one is left.',
    generateName: 'A prefix to which the server adds random letters when no name is given.',
    generation: 'Counts the versions of what is wanted. Written by the system.',
    labels: 'Short values by which objects are selected and grouped.',
    managedFields: 'Who set which fields; kept by the server for server-side apply.',
    name: 'The name, which no other object of the kind has in the namespace. Cannot be changed.',
    namespace: 'The namespace that the object belongs to. Cannot be changed.',
    ownerReferences: 'The objects with whose end this one ends; one of them may be its controller.',
    resourceVersion: 'Changes with every write; a write that names it fails when the object has changed since.',
    selfLink: 'No longer set.',
    uid: 'Tells the object from all others, former ones of the same name included. Written by the system.',
  },
};

/** One sentence on a field; undefined where there is none. */
export function describeField(message: string, field: string): string | undefined {
  if (!message.startsWith('io.k8s.')) return undefined;
  return descriptions[message.slice(message.lastIndexOf('.') + 1)]?.[field];
}
