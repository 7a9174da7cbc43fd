import { Optional } from '@marcbachmann/cel-js';
import type { Environment } from '@marcbachmann/cel-js';
import {
  dns1035LabelComplaints,
  dnsLabelComplaints,
  dnsSubdomainComplaints,
  labelValueComplaints,
  qualifiedNameComplaints,
} from '../../../api/validation/names.ts';
import { hasFormat } from '../../structural/formats.ts';
import { chargeFor } from '../budget.ts';

const sync = { async: false };
const library = 'kubernetes.FormatLibrary';
const own = 'kubernetes.NamedFormat';
type Judge = (text: string) => readonly string[];

class CelFormat {
  readonly judge: Judge;
  constructor(judge: Judge) {
    this.judge = judge;
  }
}
class CelFormats {
  named(name: string): CelFormat | undefined {
    const judge = Object.hasOwn(judges, name) ? judges[name] : undefined;
    return judge === undefined ? undefined : new CelFormat(judge);
  }
}

/** A prefix is what a whole name could begin with. */
const asPrefix =
  (judge: Judge): Judge =>
  (text) =>
    judge(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);
const known =
  (format: string, complaint: string): Judge =>
  (text) =>
    hasFormat(format, text) ? [] : [complaint];

const judges: Readonly<Record<string, Judge>> = {
  dns1123Label: dnsLabelComplaints,
  dns1123Subdomain: dnsSubdomainComplaints,
  dns1035Label: dns1035LabelComplaints,
  qualifiedName: qualifiedNameComplaints,
  dns1123LabelPrefix: asPrefix(dnsLabelComplaints),
  dns1123SubdomainPrefix: asPrefix(dnsSubdomainComplaints),
  dns1035LabelPrefix: asPrefix(dns1035LabelComplaints),
  labelValue: labelValueComplaints,
  uri: (text) => (URL.canParse(text) || text.startsWith('/') ? [] : ['invalid URI']),
  uuid: known('uuid', 'does not match the UUID format'),
  byte: known('byte', 'invalid base64'),
  date: known('date', 'invalid date'),
  datetime: known('date-time', 'invalid datetime'),
};

/** Named formats of text: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library */
export function addFormatFunctions(environment: Environment): void {
  const define = (signature: string, handler: (...args: never[]) => unknown): void =>
    void environment.registerFunction(signature, handler, sync);
  environment.registerType(library, { ctor: CelFormats, fields: {} });
  environment.registerType(own, { ctor: CelFormat, fields: {} });
  environment.registerConstant('format', library, new CelFormats());
  const optional = (value: unknown): unknown => (value === undefined ? Optional.none() : Optional.of(value));
  define(`${library}.named(string): optional<${own}>`, (formats: CelFormats, name: string) =>
    optional(formats.named(name)),
  );
  for (const name of Object.keys(judges)) {
    define(`${library}.${name}(): ${own}`, (formats: CelFormats) => formats.named(name));
  }
  define(`${own}.validate(string): optional<list<string>>`, ({ judge }: CelFormat, text: string) => {
    const complaints = judge(chargeFor(text));
    return optional(complaints.length === 0 ? undefined : [...complaints]);
  });
}
