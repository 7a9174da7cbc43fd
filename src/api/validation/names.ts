/**
 * The forms that names and values take. Each check gives upstream's messages, none when the value is right.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */

/** What is wrong with a value, as upstream words it. */
export type Complaints = readonly string[];
const fine: Complaints = [];

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelRegExp = new RegExp(`^${label}$`);
const subdomainRegExp = new RegExp(`^${subdomain}$`);
const label1035RegExp = new RegExp(`^${label1035}$`);
const wildcardRegExp = new RegExp(`^\\*\\.${subdomain}$`);
const qualifiedRegExp = new RegExp(`^${qualified}$`);
const labelValueRegExp = new RegExp(`^(${qualified})?$`);

/** The wording for a value that a regular expression does not match. */
export function regexComplaint(message: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return examples.length === 0
    ? `${message} (regex used for validation is '${pattern}')`
    : `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const tooLong = (value: string, max: number): Complaints =>
  value.length > max ? [`must be no more than ${max} bytes`] : fine;

/** `my-name`: at most 63 lower-case letters, digits and hyphens. */
export function dnsLabelComplaints(value: string): Complaints {
  const length = tooLong(value, 63);
  if (labelRegExp.test(value)) return length;
  if (subdomainRegExp.test(value)) return [...length, 'must not contain dots'];
  return [
    ...length,
    regexComplaint(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      label,
      'my-name',
      '123-abc',
    ),
  ];
}

/** `example.com`: DNS labels joined by dots, at most 253 characters. */
export function dnsSubdomainComplaints(value: string): Complaints {
  const length = tooLong(value, 253);
  if (subdomainRegExp.test(value)) return length;
  return [
    ...length,
    regexComplaint(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      subdomain,
      'example.com',
    ),
  ];
}

/** `my-name`: a DNS label that starts with a letter. */
export function dns1035LabelComplaints(value: string): Complaints {
  const length = tooLong(value, 63);
  if (label1035RegExp.test(value)) return length;
  return [
    ...length,
    regexComplaint(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      label1035,
      'my-name',
      'abc-123',
    ),
  ];
}

/** `*.example.com`. */
export function wildcardDnsSubdomainComplaints(value: string): Complaints {
  const length = tooLong(value, 253);
  if (wildcardRegExp.test(value)) return length;
  return [
    ...length,
    regexComplaint(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      `\\*\\.${subdomain}`,
      '*.example.com',
    ),
  ];
}

/** A name that fits into a URL path as it is. */
export function pathSegmentComplaints(value: string, prefix = false): Complaints {
  if (!prefix && (value === '.' || value === '..')) return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

const qualifiedMessage = regexComplaint(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualified,
  'MyName',
  'my.name',
  '123-abc',
);

/** `MyName` or `example.com/MyName`, as label and annotation keys are. */
export function qualifiedNameComplaints(value: string): Complaints {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${qualifiedMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const complaints: string[] = [];
  if (prefix === '') complaints.push('prefix part must be non-empty');
  else if (prefix !== undefined)
    complaints.push(...dnsSubdomainComplaints(prefix).map((text) => `prefix part ${text}`));
  if (name === '') complaints.push('name part must be non-empty');
  complaints.push(...tooLong(name, 63).map((text) => `name part ${text}`));
  if (!qualifiedRegExp.test(name)) complaints.push(`name part ${qualifiedMessage}`);
  return complaints;
}

/** The value of a label: empty, or like a qualified name's last part. */
export function labelValueComplaints(value: string): Complaints {
  const length = tooLong(value, 63);
  if (labelValueRegExp.test(value)) return length;
  return [
    ...length,
    regexComplaint(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      `(${qualified})?`,
      'MyValue',
      'my_value',
      '12345',
    ),
  ];
}

/** A key of a ConfigMap or Secret, which may become a file name. */
export function configMapKeyComplaints(value: string): Complaints {
  const complaints = [...tooLong(value, 253)];
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    complaints.push(
      regexComplaint(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (value === '.' || value === '..') complaints.push(`must not be '${value}'`);
  else if (value.startsWith('..')) complaints.push("must not start with '..'");
  return complaints;
}

/** The name of an environment variable: printable ASCII without `=`. */
export function envVarNameComplaints(value: string): Complaints {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]+$/.test(value)) return fine;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** The name of a container's port, per RFC 6335. */
export function portNameComplaints(value: string): Complaints {
  const complaints = [...tooLong(value, 15)];
  if (!/^[-a-z0-9]+$/.test(value)) {
    complaints.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) complaints.push('must contain at least one letter (a-z)');
  if (value.includes('--')) complaints.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) complaints.push('must not begin or end with a hyphen');
  return complaints;
}

/** The name of an HTTP header. */
export function httpHeaderComplaints(value: string): Complaints {
  if (/^[-A-Za-z0-9]+$/.test(value)) return fine;
  return [
    regexComplaint(
      "a valid HTTP header must consist of alphanumeric characters or '-'",
      '[-A-Za-z0-9]+',
      'X-Header-Name',
    ),
  ];
}
