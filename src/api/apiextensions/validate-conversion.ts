import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, requiredField } from '../field-error.ts';
import { dns1035LabelComplaints } from '../validation/names.ts';
import { validateWebhookService, validateWebhookUrl } from '../validation/webhook-client.ts';
import type { CustomResourceConversion } from './custom-resource-definition.schema.ts';

type Webhook = NonNullable<CustomResourceConversion['webhook']>;
type Client = NonNullable<Webhook['clientConfig']>;

const reviewVersions = ['v1', 'v1beta1'];

function validateVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [requiredField(path)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalidField(`${path}[${index}]`, version, 'duplicate version')]
      : invalidFields(`${path}[${index}]`, version, dns1035LabelComplaints(version)),
  );
  if (versions.some((version) => reviewVersions.includes(version))) return errors;
  return [...errors, invalidField(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}

function validateBundle({ caBundle = '' }: Client, path: string): FieldError[] {
  if (caBundle === '') return [];
  const text = Buffer.from(caBundle, 'base64').toString('latin1');
  if (/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.test(text)) return [];
  const message = 'unable to load root certificates: unable to parse bytes as PEM block';
  return [invalidField(`${path}.caBundle`, caBundle, message)];
}

/** The faults of the webhook that converts between a definition's versions. */
export function validateWebhookConversion(webhook: Webhook | undefined, path: string): FieldError[] {
  const at = `${path}.webhookClientConfig`;
  const versions = validateVersions(webhook?.conversionReviewVersions ?? [], `${path}.conversionReviewVersions`);
  const client = webhook?.clientConfig;
  if (client === undefined) return [requiredField(at, 'required when strategy is set to Webhook'), ...versions];
  const { url, service } = client;
  const place =
    (url === undefined) === (service === undefined)
      ? [requiredField(at, 'exactly one of url or service is required')]
      : [
          ...(url === undefined ? [] : validateWebhookUrl(url, `${at}.url`)),
          ...(service === undefined ? [] : validateWebhookService(service, `${at}.service`)),
        ];
  return [...place, ...validateBundle(client, at), ...versions];
}
